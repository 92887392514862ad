/* SPDX-License-Identifier: MIT */
#include "sandbox_init/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char cut_mark[] = "...";

struct form {
    bool is_json;
    bool is_line; /* UTF-8 and tabs go through */
};

/* The letter that stands for BYTE behind a backslash, or 0 for none. */
static char escape_letter(unsigned char byte)
{
    switch (byte) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case 0x1b:
        return 'e';
    case '\\':
        return '\\';
    default:
        return 0;
    }
}

static bool is_plain(unsigned char byte, struct form form)
{
    return byte >= 0x20 && byte <= 0x7e && byte != '\\' && !(form.is_json && byte == '"');
}

/* Writes what stands for BYTE into UNIT, without a NUL. Returns its width. */
static size_t escape_byte(char unit[static ESCAPE_WIDTH_MAX], unsigned char byte, struct form form)
{
    static const char digits[] = "0123456789abcdef";
    const char letter = escape_letter(byte);
    size_t width = 0;
    if (is_plain(byte, form) || (form.is_line && byte == '\t' && !form.is_json)) {
        unit[width++] = (char)byte;
        return width;
    }
    unit[width++] = '\\';
    if (byte == '"' || (form.is_line && byte == '\t')) {
        unit[width++] = byte == '"' ? '"' : 't';
        return width;
    }
    if (form.is_json) {
        unit[width++] = '\\';
    }
    if (letter) {
        unit[width++] = letter;
        if (form.is_json && letter == '\\') {
            unit[width++] = letter;
        }
        return width;
    }
    unit[width++] = 'x';
    unit[width++] = digits[byte >> 4];
    unit[width++] = digits[byte & 0xf];
    return width;
}

/* What is not to be seen, sorted. */
static const struct {
    uint32_t first;
    uint32_t last;
} hidden[] = {
    {0x0000, 0x009f},      /* C0, and C1 behind ASCII, which comes another way */
    {0x00ad, 0x00ad},      /* soft hyphen */
    {0x034f, 0x034f},      /* combining grapheme joiner */
    {0x061c, 0x061c},      /* Arabic letter mark */
    {0x115f, 0x1160},      /* Hangul fillers */
    {0x17b4, 0x17b5},      /* Khmer inherent vowels */
    {0x180b, 0x180f},      /* Mongolian variation selectors, vowel separator */
    {0x200b, 0x200f},      /* zero width space and joiners, directional marks */
    {0x2028, 0x202e},      /* line and paragraph separator, directional embeddings and overrides */
    {0x2060, 0x206f},      /* word joiner, invisible operators, directional isolates */
    {0x3164, 0x3164},      /* Hangul filler */
    {0xd800, 0xf8ff},      /* surrogates, private use */
    {0xfdd0, 0xfdef},      /* noncharacters */
    {0xfe00, 0xfe0d},      /* variation selectors; 0xfe0e and 0xfe0f tell emoji from text */
    {0xfeff, 0xfeff},      /* zero width no-break space, the byte order mark */
    {0xffa0, 0xffa0},      /* halfwidth Hangul filler */
    {0xfff0, 0xfffb},      /* interlinear annotations */
    {0x1bca0, 0x1bca3},    /* shorthand format controls */
    {0x1d173, 0x1d17a},    /* musical format controls */
    {0xe0000, 0xe0fff},    /* tags, more variation selectors */
    {0xf0000, UINT32_MAX}, /* private use, and beyond Unicode */
};

static bool is_hidden(uint32_t character)
{
    size_t i = 0;
    while (hidden[i].last < character) {
        i++;
    }
    const bool is_noncharacter = (character & 0xfffe) == 0xfffe; /* the last two of each plane */
    return hidden[i].first <= character || is_noncharacter;
}

/* How many bytes the character of UTF-8 takes with which TEXT begins; 0: none that may be shown. */
static size_t shown_length(const unsigned char *text, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char lead = text[0];
    const size_t width = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (width == 1 || lead > 0xf4 || width > length) {
        return 0;
    }
    uint32_t character = lead & (0x7fU >> width);
    for (size_t i = 1; i < width; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        character = character << 6 | (text[i] & 0x3fU);
    }
    return character < least[width] || is_hidden(character) ? 0 : width;
}

/* How many bytes at the beginning of TEXT stand for themselves. */
static size_t plain_length(const unsigned char *text, size_t length, struct form form)
{
    size_t plain = 0;
    while (plain < length && is_plain(text[plain], form)) {
        plain++;
    }
    return plain;
}

/* A text that grows, as long as there is room. */
struct sink {
    char *buffer;
    size_t size;
    size_t used;
    size_t cut; /* the last place between two escapes that leaves room for cut_mark */
};

/* Returns false when UNIT, which may not be cut, does not fit. */
static bool put_unit(struct sink *sink, const char *unit, size_t width)
{
    if (width >= sink->size - sink->used) {
        return false;
    }
    memcpy(sink->buffer + sink->used, unit, width);
    sink->used += width;
    if (sink->size - sink->used >= sizeof(cut_mark)) {
        sink->cut = sink->used;
    }
    return true;
}

/* Returns false when not all of TEXT fits, which may be cut anywhere. */
static bool put_plain(struct sink *sink, const char *text, size_t length)
{
    const size_t room = sink->size - sink->used - 1;
    const size_t bytes = length < room ? length : room;
    const size_t last_cut = sink->size - sizeof(cut_mark);
    memcpy(sink->buffer + sink->used, text, bytes);
    if (sink->used <= last_cut) {
        sink->cut = sink->used + bytes < last_cut ? sink->used + bytes : last_cut;
    }
    sink->used += bytes;
    return bytes == length;
}

/* Puts what the beginning of TEXT, which is not empty, comes to. Returns how much of it, or 0: no room. */
static size_t put_next(struct sink *sink, const char *text, size_t length, struct form form)
{
    const unsigned char *const bytes = (const unsigned char *)text;
    const size_t plain = plain_length(bytes, length, form);
    if (plain > 0) {
        return put_plain(sink, text, plain) ? plain : 0;
    }
    const size_t shown = form.is_line ? shown_length(bytes, length) : 0;
    if (shown > 0) {
        return put_unit(sink, text, shown) ? shown : 0;
    }
    char unit[ESCAPE_WIDTH_MAX] = {0};
    const size_t width = escape_byte(unit, bytes[0], form);
    return put_unit(sink, unit, width) ? 1 : 0;
}

static size_t escape(char *buffer, size_t size, const char *text, size_t length, struct form form)
{
    struct sink sink = {.buffer = buffer, .size = size};
    for (size_t taken; length > 0; text += taken, length -= taken) {
        taken = put_next(&sink, text, length, form);
        if (taken == 0) {
            memcpy(buffer + sink.cut, cut_mark, sizeof(cut_mark));
            return sink.cut + sizeof(cut_mark) - 1;
        }
    }
    buffer[sink.used] = '\0';
    return sink.used;
}

size_t escape_text(char *buffer, size_t size, const char *text)
{
    return escape(buffer, size, text, strlen(text), (struct form){.is_json = false});
}

size_t escape_json(char *buffer, size_t size, const char *text)
{
    return escape(buffer, size, text, strlen(text), (struct form){.is_json = true});
}

size_t escape_line(char *buffer, size_t size, const char *text, size_t length)
{
    return escape(buffer, size, text, length, (struct form){.is_line = true});
}

size_t escape_line_json(char *buffer, size_t size, const char *text, size_t length)
{
    return escape(buffer, size, text, length, (struct form){.is_json = true, .is_line = true});
}
