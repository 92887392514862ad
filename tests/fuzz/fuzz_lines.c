/* SPDX-License-Identifier: MIT */
/*
 * fuzz_lines: the first bytes say how the rest is cut into pieces. However that is, what comes out is what
 * comes out of one piece, and its bytes are those that went in.
 */
#include "sandbox_init/lines.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIZES = 4,          /* of pieces, which take turns */
    TEXT_MAX = 1 << 16, /* bytes that are looked at */
    REPEAT = 1024,      /* each byte stands for so many, so that short inputs have long lines */
    SHOWN_MAX = 2 * TEXT_MAX + 64,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct shown {
    size_t used;
    size_t payload; /* bytes of text and newlines */
    char text[SHOWN_MAX];
};

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void show(struct shown *shown, const struct lines_part *part)
{
    require(part->length <= LINES_PART_MAX);
    require(part->is_last || part->length > LINES_PART_MAX - 4);
    require(memchr(part->text, '\n', part->length) == NULL);
    memcpy(shown->text + shown->used, part->text, part->length);
    shown->used += part->length;
    shown->text[shown->used++] = part->is_last ? '\n' : '|';
    shown->payload += part->length + (part->is_last ? 1 : 0);
}

static void feed(struct lines *lines, struct shown *shown, const char *piece, size_t length)
{
    struct lines_part part;
    char *const copy = malloc(length + 1); /* of just its size: a sanitizer sees who reads behind it */
    const char *at = copy;
    require(copy != NULL);
    memcpy(copy, piece, length);
    while (lines_next(lines, &at, &length, &part)) {
        show(shown, &part);
    }
    require(length == 0 && lines->used <= LINES_PART_MAX);
    free(copy);
}

static void end(struct lines *lines, struct shown *shown)
{
    struct lines_part part;
    if (lines_end(lines, &part)) {
        show(shown, &part);
    }
    require(!lines_end(lines, &part));
}

/* Every seventh byte value is a long run of it. Returns the length. */
static size_t expand(char *text, const uint8_t *data, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < size && length < TEXT_MAX - REPEAT; i++) {
        const size_t count = data[i] != '\n' && data[i] % 7 == 0 ? REPEAT : 1;
        memset(text + length, data[i], count);
        length += count;
    }
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX];
    static struct shown whole;
    static struct shown pieces;
    static struct lines lines;
    if (size < SIZES) {
        return 0;
    }
    const size_t length = expand(text, data + SIZES, size - SIZES);
    memset(&lines, 0, sizeof lines);
    whole.used = whole.payload = pieces.used = pieces.payload = 0;
    feed(&lines, &whole, text, length);
    end(&lines, &whole);
    require(whole.payload == length + (length > 0 && text[length - 1] != '\n' ? 1 : 0));

    memset(&lines, 0, sizeof lines);
    size_t at = 0;
    for (size_t turn = 0; at < length; turn++) {
        const size_t wanted = 1 + (size_t)data[turn % SIZES] * data[(turn + 1) % SIZES];
        const size_t piece = wanted < length - at ? wanted : length - at;
        feed(&lines, &pieces, text + at, piece);
        at += piece;
    }
    end(&lines, &pieces);
    require(pieces.used == whole.used && memcmp(pieces.text, whole.text, whole.used) == 0);
    return 0;
}
