/* SPDX-License-Identifier: MIT */
#include "sandbox_init/iniline.h"

#include <string.h>

static const char byte_order_mark[] = {'\xef', '\xbb', '\xbf'};

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

void iniline_trim(const char **text, size_t *length)
{
    while (*length > 0 && is_space(**text)) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && is_space((*text)[*length - 1])) {
        (*length)--;
    }
}

size_t iniline_read(const char *text, size_t length, size_t offset, struct iniline *ret_line)
{
    const char *start = text + offset;
    size_t left = length - offset;
    const char *end = memchr(start, '\n', left);
    size_t line_length = end ? (size_t)(end - start) : left;
    offset += line_length + (end ? 1 : 0);
    if (end && line_length > 0 && start[line_length - 1] == '\r') {
        line_length--;
    }
    struct iniline line = {.text = start, .length = line_length, .body = start, .body_length = line_length};
    iniline_trim(&line.body, &line.body_length);
    line.is_indented = line.body > start;
    line.is_blank = line.body_length == 0 || *line.body == '#' || *line.body == ';';
    *ret_line = line;
    return offset;
}

size_t iniline_measure_mark(const char *text, size_t length)
{
    bool has_mark =
        length >= sizeof(byte_order_mark) && memcmp(text, byte_order_mark, sizeof(byte_order_mark)) == 0;
    return has_mark ? sizeof(byte_order_mark) : 0;
}

bool iniline_has_mark(const struct iniline *line)
{
    return memmem(line->body, line->body_length, byte_order_mark, sizeof(byte_order_mark)) != NULL;
}

const char *iniline_find_control(const struct iniline *line)
{
    for (size_t i = 0; i < line->length; i++) {
        unsigned char byte = (unsigned char)line->text[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return line->text + i;
        }
    }
    return NULL;
}

bool iniline_has_inline_comment(const struct iniline *line)
{
    for (size_t i = 1; i < line->body_length; i++) {
        if (line->body[i] == ';' && is_space(line->body[i - 1])) {
            return true;
        }
    }
    return false;
}

const char *iniline_find_separator(const struct iniline *line, const char **ret_key, size_t *ret_length)
{
    const char *separator = line->body;
    const char *end = line->body + line->body_length;
    while (separator < end && *separator != '=' && *separator != ':') {
        separator++;
    }
    *ret_key = line->body;
    *ret_length = (size_t)(separator - line->body);
    iniline_trim(ret_key, ret_length);
    return separator < end ? separator : NULL;
}

const char *iniline_skip_indent(const struct iniline *line, const char *indent, size_t length)
{
    size_t shared = 0;
    while (shared < length && shared < line->length && line->text[shared] == indent[shared]) {
        shared++;
    }
    return line->text + shared;
}

bool iniline_is_case_end(const struct iniline *line)
{
    static const char *const ends[] = {";;", ";&", ";;&"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (line->body_length == strlen(ends[i]) && memcmp(line->body, ends[i], line->body_length) == 0) {
            return true;
        }
    }
    return false;
}
