/* SPDX-License-Identifier: MIT */
#include "sandbox_init/inifile.h"

#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
    MESSAGE_SIZE = 128,
};

_Static_assert(INIFILE_LINE_MAX == 196 && INIFILE_NAME_MAX == 49, "the messages name these numbers");
static const char byte_order_mark[] = {'\xef', '\xbb', '\xbf'}; /* UTF-8's */
static const char too_small_message[] = "the INI library takes no line this long; shorten it";
static const char other_options_message[] =
    "the INI library reads this line in another way; it was not built with its usual options";

/* What an indented line would go on with. */
enum above {
    ABOVE_NOTHING,
    ABOVE_KEY,
    ABOVE_REFUSED, /* a key that was reported; or one of a section that was */
};

struct line {
    const char *text; /* without the line end */
    size_t length;
    const char *body; /* without the white space around it */
    size_t body_length;
    bool is_indented;
    bool is_blank; /* or a comment */
};

struct parse {
    const struct inifile_handler *handler;
    const char *text;
    size_t length;
    size_t offset;
    unsigned line_number;
    int faults;
    bool is_section_refused;
    enum above above;
    char section[INIFILE_NAME_MAX + 1];
    char key[INIFILE_NAME_MAX + 1];
    /* What inih has to make of the line at hand. */
    bool is_for_inih; /* it is to see the line at all */
    bool is_pair_due; /* it has to come up with this: */
    bool is_continued;
    const char *value;
    size_t value_length;
};

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

static void report(struct parse *parse, unsigned line_number, const char *message)
{
    if (parse->faults < INT_MAX) {
        parse->faults++;
    }
    parse->handler->fault(parse->handler->context, line_number, message);
}

/* A pair is due from inih: what the line at hand says of the key `key`. */
static void expect_value(struct parse *parse, const char *value, size_t length, bool is_continued)
{
    parse->value = value;
    parse->value_length = length;
    parse->is_continued = is_continued;
    parse->is_pair_due = true;
    parse->is_for_inih = true;
}

/* Drops white space from both ends. */
static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_space(**text)) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && is_space((*text)[*length - 1])) {
        (*length)--;
    }
}

static bool has_byte_order_mark(const char *text, size_t length)
{
    return length >= sizeof(byte_order_mark) && memcmp(text, byte_order_mark, sizeof(byte_order_mark)) == 0;
}

/* Takes the next line off the text. Returns false at its end. */
static bool next_line(struct parse *parse, struct line *ret_line)
{
    if (parse->offset == 0 && has_byte_order_mark(parse->text, parse->length)) {
        parse->offset = sizeof(byte_order_mark);
    }
    if (parse->offset >= parse->length) {
        return false;
    }
    const char *start = parse->text + parse->offset;
    size_t left = parse->length - parse->offset;
    const char *end = memchr(start, '\n', left);
    size_t length = end ? (size_t)(end - start) : left;
    parse->offset += length + (end ? 1 : 0);
    parse->line_number++;
    if (end && length > 0 && start[length - 1] == '\r') {
        length--;
    }
    *ret_line = (struct line){.text = start, .length = length, .body = start, .body_length = length};
    trim(&ret_line->body, &ret_line->body_length);
    ret_line->is_indented = ret_line->body > start;
    ret_line->is_blank = ret_line->body_length == 0 || *ret_line->body == '#' || *ret_line->body == ';';
    return true;
}

/* inih's own strings end at a NUL; the rest would show as something else, or drive a terminal. */
static bool find_control_byte(const struct line *line, char message[static MESSAGE_SIZE])
{
    for (size_t i = 0; i < line->length; i++) {
        unsigned char byte = (unsigned char)line->text[i];
        if ((byte >= 0x20 && byte != 0x7f) || byte == '\t') {
            continue;
        }
        if (byte == 0) {
            snprintf(message, MESSAGE_SIZE,
                     "there is a NUL byte in this line; a configuration is plain text");
        } else {
            snprintf(message, MESSAGE_SIZE, "there is a control character (\\x%02x) in this line; remove it",
                     byte);
        }
        return true;
    }
    return false;
}

static bool has_inline_comment(const struct line *line)
{
    for (size_t i = 1; i < line->body_length; i++) {
        if (line->body[i] == ';' && is_space(line->body[i - 1])) {
            return true;
        }
    }
    return false;
}

static const char *take_section(struct parse *parse, const struct line *line)
{
    const char *name = line->body + 1;
    const char *end = memchr(name, ']', line->body_length - 1);
    if (!end) {
        return "there is no ']' behind the section's name";
    }
    size_t length = (size_t)(end - name);
    if (length == 0) {
        return "the section has no name";
    }
    if (length > INIFILE_NAME_MAX) {
        return "the section's name is longer than 49 bytes";
    }
    if (end + 1 != line->body + line->body_length) {
        return "there is text behind ']'; put it on a line of its own";
    }
    memcpy(parse->section, name, length);
    parse->section[length] = '\0';
    parse->is_section_refused = false;
    parse->above = ABOVE_NOTHING;
    parse->is_for_inih = true;
    if (parse->handler->section) {
        parse->handler->section(parse->handler->context, parse->line_number, parse->section);
    }
    return NULL;
}

static const char *take_pair(struct parse *parse, const struct line *line)
{
    const char *separator = line->body;
    const char *end = line->body + line->body_length;
    while (separator < end && *separator != '=' && *separator != ':') {
        separator++;
    }
    if (separator == end) {
        return "there is no '=' in this line; write 'key = value', or indent what goes on with a list";
    }
    if (*separator == ':') {
        return "there is a ':' behind the key; write 'key = value'";
    }
    const char *key = line->body;
    size_t length = (size_t)(separator - key);
    trim(&key, &length);
    if (length == 0) {
        return "there is no key before '='";
    }
    if (length > INIFILE_NAME_MAX) {
        return "the key is longer than 49 bytes";
    }
    parse->above = ABOVE_REFUSED;
    if (parse->is_section_refused) {
        return NULL;
    }
    memcpy(parse->key, key, length);
    parse->key[length] = '\0';
    parse->above = ABOVE_KEY;
    const char *value = separator + 1;
    size_t value_length = (size_t)(end - value);
    trim(&value, &value_length);
    expect_value(parse, value, value_length, false);
    return NULL;
}

static const char *take_continuation(struct parse *parse, const struct line *line)
{
    if (parse->above == ABOVE_NOTHING) {
        return "an indented line goes on with the key above it, and there is none; start in the first column";
    }
    if (parse->above == ABOVE_KEY) {
        expect_value(parse, line->body, line->body_length, true);
    }
    return NULL;
}

/* Finds out what LINE is. Returns what is wrong with it, or NULL. */
static const char *take_text(struct parse *parse, const struct line *line)
{
    if (line->is_blank) {
        return NULL;
    }
    if (line->length > INIFILE_LINE_MAX) {
        return "the line is longer than 196 bytes; go on in an indented line if the key is a list";
    }
    if (has_byte_order_mark(line->body, line->body_length)) { /* inih would drop it in the first line only */
        return "there is a byte order mark in this line; remove it";
    }
    if (has_inline_comment(line)) {
        return "' ;' would begin a comment and cut the line off; put comments on a line of their own";
    }
    if (line->is_indented) {
        return take_continuation(parse, line);
    }
    return *line->body == '[' ? take_section(parse, line) : take_pair(parse, line);
}

/* Reports LINE, and sees to it that what hangs on it does not fall to the key or section above. */
static void refuse_line(struct parse *parse, const struct line *line, const char *message)
{
    report(parse, parse->line_number, message);
    if (line->is_blank || line->is_indented) {
        return;
    }
    parse->above = ABOVE_REFUSED;
    if (*line->body == '[') {
        parse->is_section_refused = true;
    }
}

/* Says whether inih is to see LINE, and sets what it has to make of it. */
static bool take_line(struct parse *parse, const struct line *line)
{
    char control_message[MESSAGE_SIZE];
    parse->is_for_inih = false;
    const char *message = control_message;
    if (!find_control_byte(line, control_message)) {
        message = take_text(parse, line);
    }
    if (message) {
        refuse_line(parse, line, message);
    }
    return parse->is_for_inih;
}

/* Was the pair of the line before delivered? */
static void settle(struct parse *parse)
{
    if (parse->is_pair_due) {
        report(parse, parse->line_number, other_options_message);
    }
    parse->is_pair_due = false;
}

/* What inih reads by: as fgets(3), but only whole lines, without their ends. */
static char *read_line(char *buffer, int size, void *stream)
{
    struct parse *parse = stream;
    struct line line;
    settle(parse);
    if (size < 1 || !next_line(parse, &line)) {
        return NULL;
    }
    size_t length = take_line(parse, &line) ? line.length : 0;
    if (length >= (size_t)size) {
        parse->is_pair_due = false;
        refuse_line(parse, &line, too_small_message);
        length = 0;
    }
    memcpy(buffer, line.text, length);
    buffer[length] = '\0';
    return buffer;
}

static bool is_as_due(const struct parse *parse, const char *section, const char *name, const char *value)
{
    return parse->is_pair_due && strcmp(section, parse->section) == 0 && strcmp(name, parse->key) == 0 &&
           strlen(value) == parse->value_length && memcmp(value, parse->value, parse->value_length) == 0;
}

#if INI_HANDLER_LINENO
static int take_pair_of_inih(void *user, const char *section, const char *name, const char *value, int lineno)
#else
static int take_pair_of_inih(void *user, const char *section, const char *name, const char *value)
#endif
{
    struct parse *parse = user;
#if INI_HANDLER_LINENO
    (void)lineno; /* ours is the same, and always there */
#endif
    if (!name || !value) { /* a build that calls at section lines too */
        return 1;
    }
    bool is_right = is_as_due(parse, section, name, value);
    parse->is_pair_due = false;
    if (!is_right) {
        report(parse, parse->line_number, other_options_message);
        return 1;
    }
    struct inifile_pair pair = {
        .section = section,
        .key = name,
        .value = value,
        .line = parse->line_number,
        .is_continued = parse->is_continued,
    };
    parse->handler->pair(parse->handler->context, &pair);
    return 1;
}

int inifile_parse(const char *text, size_t length, const struct inifile_handler *handler)
{
    struct parse parse = {.handler = handler, .text = text, .length = length};
    int result = ini_parse_stream(read_line, &parse, take_pair_of_inih, &parse);
    settle(&parse);
    /* inih saw none of the lines that were refused, so an error of its own is one that we overlooked. */
    bool is_read = result == 0 && parse.offset >= parse.length;
    if (!is_read && parse.faults == 0) {
        report(&parse, result > 0 ? (unsigned)result : parse.line_number,
               "the INI library gives up in this line");
    }
    return parse.faults;
}
