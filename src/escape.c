/* SPDX-License-Identifier: MIT */
#include "sandbox_init/escape.h"

#include <stdbool.h>
#include <string.h>

static const char cut_mark[] = "...";

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

/* Writes what stands for BYTE into UNIT, without a NUL. Returns its width. */
static size_t escape_byte(char unit[static ESCAPE_WIDTH_MAX], unsigned char byte, bool is_json)
{
    static const char digits[] = "0123456789abcdef";
    char letter = escape_letter(byte);
    size_t width = 0;
    if (byte >= 0x20 && byte <= 0x7e && !letter) {
        if (is_json && byte == '"') {
            unit[width++] = '\\';
        }
        unit[width++] = (char)byte;
        return width;
    }
    unit[width++] = '\\';
    if (is_json) {
        unit[width++] = '\\';
    }
    if (letter) {
        unit[width++] = letter;
        if (is_json && letter == '\\') {
            unit[width++] = letter;
        }
        return width;
    }
    unit[width++] = 'x';
    unit[width++] = digits[byte >> 4];
    unit[width++] = digits[byte & 0xf];
    return width;
}

static size_t escape(char *buffer, size_t size, const char *text, bool is_json)
{
    size_t used = 0;
    size_t cut = 0; /* the last place between two escapes that leaves room for cut_mark */
    for (; *text; text++) {
        char unit[ESCAPE_WIDTH_MAX];
        size_t width = escape_byte(unit, (unsigned char)*text, is_json);
        if (width >= size - used) {
            memcpy(buffer + cut, cut_mark, sizeof(cut_mark));
            return cut + sizeof(cut_mark) - 1;
        }
        memcpy(buffer + used, unit, width);
        used += width;
        if (size - used >= sizeof(cut_mark)) {
            cut = used;
        }
    }
    buffer[used] = '\0';
    return used;
}

size_t escape_text(char *buffer, size_t size, const char *text)
{
    return escape(buffer, size, text, false);
}

size_t escape_json(char *buffer, size_t size, const char *text)
{
    return escape(buffer, size, text, true);
}
