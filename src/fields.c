/* SPDX-License-Identifier: MIT */
#include "sandbox_init/fields.h"

#include "sandbox_init/escape.h"

#include <stdio.h>
#include <string.h>

/* ---- writing ---- */

static void put_bytes(struct fields_writer *writer, const char *bytes, size_t length)
{
    if (length > writer->size - writer->used) {
        writer->is_over = true;
        return;
    }
    memcpy(writer->buffer + writer->used, bytes, length);
    writer->used += length;
}

static void put_key(struct fields_writer *writer, const char *key)
{
    put_bytes(writer, "\t", 1);
    put_bytes(writer, key, strlen(key));
    put_bytes(writer, "=", 1);
}

void fields_begin(struct fields_writer *writer, const char *name)
{
    writer->begun_at = writer->used;
    writer->is_over = false;
    put_bytes(writer, name, strlen(name));
}

static bool is_plain(char byte)
{
    return byte >= 0x20 && byte <= 0x7e && byte != '\\';
}

void fields_put(struct fields_writer *writer, const char *key, const char *value)
{
    char unit[ESCAPE_WIDTH_MAX + 1];
    put_key(writer, key);
    while (value != NULL && *value != '\0') {
        size_t plain = 0;
        while (is_plain(value[plain])) { /* nearly all that is ever said */
            plain++;
        }
        put_bytes(writer, value, plain);
        value += plain;
        if (*value != '\0') {
            const char byte[] = {*value++, '\0'};
            put_bytes(writer, unit, escape_text(unit, sizeof unit, byte));
        }
    }
}

void fields_put_number(struct fields_writer *writer, const char *key, uint64_t value)
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    put_key(writer, key);
    put_bytes(writer, digits, (size_t)length);
}

bool fields_end(struct fields_writer *writer)
{
    put_bytes(writer, "\n", 1);
    if (writer->is_over) {
        writer->used = writer->begun_at;
    }
    return !writer->is_over;
}

/* ---- reading ---- */

/* Cuts what is left at the next tab or at the line's end. Returns the part before it, or NULL: nothing left.
 */
static char *cut_next(struct fields_reader *reader)
{
    char *const part = reader->rest;
    if (part != NULL) {
        char *const end = part + strcspn(part, "\t\n");
        reader->rest = *end == '\t' ? end + 1 : NULL;
        *end = '\0';
    }
    return part;
}

/* Returns the value of the hexadecimal DIGIT, or more than 15: it is none. */
static unsigned read_digit(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = strchr(digits, digit); /* a NUL is the sixteenth */
    return found != NULL ? (unsigned)(found - digits) : 16;
}

/* Writes the byte that the escape at TEXT, a backslash, stands for. Returns its width, or 0: it is none. */
static size_t read_escape(const char *text, char *ret_byte)
{
    static const char letters[] = "nrte\\";
    static const char bytes[] = "\n\r\t\x1b\\";
    if (text[1] == 'x') {
        const unsigned high = read_digit(text[2]);
        const unsigned low = high < 16 ? read_digit(text[3]) : 16;
        const unsigned char byte = (unsigned char)(high * 16 + low);
        if (low > 15 || byte == 0) {
            return 0;
        }
        memcpy(ret_byte, &byte, 1);
        return 4;
    }
    const char *letter = text[1] != '\0' ? strchr(letters, text[1]) : NULL;
    if (letter == NULL) {
        return 0;
    }
    *ret_byte = bytes[letter - letters];
    return 2;
}

static void unescape(char *text)
{
    char *to = text;
    while (*text != '\0') {
        *to = *text;
        const size_t width = *text == '\\' ? read_escape(text, to) : 0;
        text += width > 0 ? width : 1;
        to++;
    }
    *to = '\0';
}

const char *fields_open(struct fields_reader *reader, char *line)
{
    reader->rest = line;
    return cut_next(reader);
}

bool fields_next(struct fields_reader *reader, const char **ret_key, const char **ret_value)
{
    char *const key = cut_next(reader);
    if (key == NULL) {
        return false;
    }
    char *value = key + strcspn(key, "=");
    if (*value == '=') {
        *value++ = '\0';
    }
    unescape(value);
    *ret_key = key;
    *ret_value = value;
    return true;
}

bool fields_read_number(const char *text, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (const char *digit = text; *digit != '\0'; digit++) {
        const uint64_t next = number * 10 + (uint64_t)(*digit - '0');
        if (*digit < '0' || *digit > '9' || number > UINT64_MAX / 10 || next < number) {
            return false;
        }
        number = next;
    }
    if (*text == '\0') {
        return false;
    }
    *ret_number = number;
    return true;
}
