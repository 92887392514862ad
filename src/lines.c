/* SPDX-License-Identifier: MIT */
#include "sandbox_init/lines.h"

#include <string.h>

/* How long a sequence of UTF-8 is that begins with BYTE; 1 for what begins none (RFC 3629, section 3). */
static size_t sequence_length(unsigned char byte)
{
    if (byte < 0xc0) {
        return 1;
    }
    return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/* How much of TEXT, LINES_PART_MAX bytes in the middle of a line, comes out: no character is cut. */
static size_t cut_length(const char *text)
{
    for (size_t back = 1; back <= 3; back++) {
        const unsigned char byte = (unsigned char)text[LINES_PART_MAX - back];
        if ((byte & 0xc0) != 0x80) {
            return sequence_length(byte) > back ? LINES_PART_MAX - back : LINES_PART_MAX;
        }
    }
    return LINES_PART_MAX;
}

static void give(struct lines *lines, struct lines_part *part, const char *text, size_t length, bool is_last)
{
    *part = (struct lines_part){
        .text = text, .length = length, .is_first = !lines->is_within, .is_last = is_last};
    lines->is_within = !is_last;
}

/* What was given last is not needed any more. */
static void drop_taken(struct lines *lines)
{
    if (lines->taken > 0) {
        lines->used -= lines->taken;
        memmove(lines->text, lines->text + lines->taken, lines->used);
        lines->taken = 0;
    }
}

static void advance(const char **piece, size_t *length, size_t bytes)
{
    *piece += bytes;
    *length -= bytes;
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The next part, straight from the piece. */
static bool next_in_piece(struct lines *lines, const char **piece, size_t *length, struct lines_part *part)
{
    const char *const text = *piece;
    const char *const end = memchr(text, '\n', lesser(*length, LINES_PART_MAX + 1));
    if (end != NULL) {
        give(lines, part, text, (size_t)(end - text), true);
        advance(piece, length, part->length + 1);
        return true;
    }
    if (*length > LINES_PART_MAX) {
        give(lines, part, text, cut_length(text), false);
        advance(piece, length, part->length);
        return true;
    }
    memcpy(lines->text, text, *length);
    lines->used = *length;
    advance(piece, length, *length);
    return false;
}

/* The next part, which begins with what was kept. */
static bool next_in_kept(struct lines *lines, const char **piece, size_t *length, struct lines_part *part)
{
    const size_t wanted = lesser(*length, LINES_PART_MAX - lines->used);
    const char *const end = memchr(*piece, '\n', lesser(*length, wanted + 1));
    const size_t bytes = end != NULL ? (size_t)(end - *piece) : wanted;
    memcpy(lines->text + lines->used, *piece, bytes);
    lines->used += bytes;
    advance(piece, length, bytes + (end != NULL ? 1 : 0));
    if (end == NULL && *length == 0) {
        return false;
    }
    lines->taken = end != NULL ? lines->used : cut_length(lines->text);
    give(lines, part, lines->text, lines->taken, end != NULL);
    return true;
}

bool lines_next(struct lines *lines, const char **piece, size_t *length, struct lines_part *ret_part)
{
    drop_taken(lines);
    if (*length == 0) {
        return false;
    }
    if (lines->used > 0) {
        return next_in_kept(lines, piece, length, ret_part);
    }
    return next_in_piece(lines, piece, length, ret_part);
}

bool lines_end(struct lines *lines, struct lines_part *ret_part)
{
    drop_taken(lines);
    if (lines->used == 0 && !lines->is_within) {
        return false;
    }
    lines->taken = lines->used;
    give(lines, ret_part, lines->text, lines->used, true);
    return true;
}
