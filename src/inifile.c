/* SPDX-License-Identifier: MIT */
#include "sandbox_init/inifile.h"

#include "sandbox_init/iniline.h"

#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
    MESSAGE_SIZE = 128,
};

_Static_assert(INIFILE_LINE_MAX == 196 && INIFILE_NAME_MAX == 49 && INIFILE_SCRIPT_LINE_MAX == 4096,
               "the messages name these numbers");
static const char stand_in[] = "x"; /* for a line of a script: what any inih takes as it is */
static const char too_small_message[] = "the INI library takes no line this long; shorten it";
static const char long_script_message[] = "this line of a script is longer than 4096 bytes; break it";
static const char mark_message[] = "there is a byte order mark in this line; remove it";
static const char other_options_message[] =
    "the INI library reads this line in another way; it was not built with its usual options";

/* What an indented line would go on with. */
enum above {
    ABOVE_NOTHING,
    ABOVE_KEY,
    ABOVE_REFUSED, /* a key that was reported; or one of a section that was */
};

struct parse {
    const struct inifile_handler *handler;
    const char *text;
    size_t length;
    size_t offset;
    size_t line_offset; /* of the line at hand */
    unsigned line_number;
    int faults;
    bool is_section_refused;
    enum above above;
    bool is_script;       /* what is above is one, refused or not */
    bool has_script_line; /* it has one line at least */
    size_t indent_length; /* what each of its indented lines begins with; 0: there is none yet */
    const char *indent;
    size_t blank_offset; /* where the blank lines begin that may turn out to stand between its lines */
    unsigned blank_line; /* their first one; 0: there are none */
    char section[INIFILE_NAME_MAX + 1];
    char key[INIFILE_NAME_MAX + 1];
    /* What inih has to make of the line at hand. */
    bool is_for_inih; /* it is to see the line at all */
    bool is_pair_due; /* it has to come up with this: */
    bool is_continued;
    const char *value;
    size_t value_length;
    char script_line[INIFILE_SCRIPT_LINE_MAX + 1];
};

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

static void deliver(struct parse *parse, const char *value, unsigned line_number)
{
    const struct inifile_pair pair = {
        .section = parse->section,
        .key = parse->key,
        .value = value,
        .line = line_number,
        .is_continued = parse->is_continued,
    };
    parse->handler->pair(parse->handler->context, &pair);
}

/* Takes the next line off the text. Returns false at its end. */
static bool next_line(struct parse *parse, struct iniline *ret_line)
{
    if (parse->offset == 0) {
        parse->offset = iniline_measure_mark(parse->text, parse->length);
    }
    if (parse->offset >= parse->length) {
        return false;
    }
    parse->line_offset = parse->offset;
    parse->offset = iniline_read(parse->text, parse->length, parse->offset, ret_line);
    parse->line_number++;
    return true;
}

/* inih's own strings end at a NUL; the rest would show as something else, or drive a terminal. */
static bool find_control_byte(const struct iniline *line, char message[static MESSAGE_SIZE])
{
    const char *byte = iniline_find_control(line);
    if (byte && *byte == '\0') {
        snprintf(message, MESSAGE_SIZE, "there is a NUL byte in this line; a configuration is plain text");
    } else if (byte) {
        snprintf(message, MESSAGE_SIZE, "there is a control character (\\x%02x) in this line; remove it",
                 (unsigned)*byte);
    }
    return byte != NULL;
}

static const char *take_section(struct parse *parse, const struct iniline *line)
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

/* Does LINE, which stands in the first column, begin a script? */
static bool begins_script(const struct parse *parse, const struct iniline *line)
{
    const char *key = NULL;
    size_t length = 0;
    char name[INIFILE_NAME_MAX + 1];
    const char *separator = iniline_find_separator(line, &key, &length);
    if (!parse->handler->is_script || !separator || *separator != '=' || length == 0 ||
        length > INIFILE_NAME_MAX) {
        return false;
    }
    memcpy(name, key, length);
    name[length] = '\0';
    return parse->handler->is_script(parse->handler->context, parse->section, name);
}

/* Keeps a line of a script aside while inih reads the stand-in for it. */
static void expect_script_line(struct parse *parse, const char *text, size_t length, bool is_continued)
{
    memcpy(parse->script_line, text, length);
    parse->script_line[length] = '\0';
    parse->has_script_line = true;
    expect_value(parse, stand_in, strlen(stand_in), is_continued);
}

static const char *take_pair(struct parse *parse, const struct iniline *line)
{
    const char *key = NULL;
    size_t length = 0;
    const char *separator = iniline_find_separator(line, &key, &length);
    if (!separator) {
        return "there is no '=' in this line; write 'key = value', or indent what belongs to the key above";
    }
    if (*separator == ':') {
        return "there is a ':' behind the key; write 'key = value'";
    }
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
    size_t value_length = (size_t)(line->body + line->body_length - value);
    iniline_trim(&value, &value_length);
    if (parse->is_script && iniline_measure_mark(value, value_length) > 0) {
        return mark_message;
    }
    if (parse->is_script && value_length > 0) {
        expect_script_line(parse, value, (size_t)(line->text + line->length - value), false);
    } else {
        expect_value(parse, value, value_length, false);
    }
    return NULL;
}

static const char *take_continuation(struct parse *parse, const struct iniline *line)
{
    if (parse->above == ABOVE_NOTHING) {
        return "an indented line goes on with the key above it, and there is none; start in the first column";
    }
    if (parse->above == ABOVE_KEY) {
        expect_value(parse, line->body, line->body_length, true);
    }
    return NULL;
}

static const char *skip_indent(const struct parse *parse, const struct iniline *line)
{
    return iniline_skip_indent(line, parse->indent, parse->indent_length);
}

/*
 * Is LINE no longer than it may be? One byte at least stands before what the script gets of it when that is
 * written down again, so a blank line of which nothing is taken off must leave room for it.
 */
static bool fits_script(const struct parse *parse, const struct iniline *line)
{
    bool is_kept_whole = line->body_length == 0 && skip_indent(parse, line) == line->text;
    return line->length + (is_kept_whole ? 1 : 0) <= INIFILE_SCRIPT_LINE_MAX;
}

/* Delivers the blank lines before the line at hand, which have turned out to stand between two of the script.
 */
static void deliver_blank_lines(struct parse *parse)
{
    size_t offset = parse->blank_offset;
    unsigned line_number = parse->blank_line;
    parse->is_continued = true;
    while (parse->blank_line > 0 && offset < parse->line_offset) {
        struct iniline line;
        offset = iniline_read(parse->text, parse->length, offset, &line);
        /* Else it is a comment of the file's, or was refused. */
        if (line.body_length == 0 && fits_script(parse, &line)) {
            const char *rest = skip_indent(parse, &line);
            size_t length = (size_t)(line.text + line.length - rest);
            memcpy(parse->script_line, rest, length);
            parse->script_line[length] = '\0';
            deliver(parse, parse->script_line, line_number);
        }
        line_number++;
    }
    parse->blank_line = 0;
}

/* Takes an indented line of a script that has something in it. */
static const char *take_script_line(struct parse *parse, const struct iniline *line)
{
    if (parse->above != ABOVE_KEY) {
        return NULL;
    }
    if (parse->indent_length == 0) {
        parse->indent = line->text;
        parse->indent_length = (size_t)(line->body - line->text);
    }
    const char *rest = skip_indent(parse, line);
    if (rest != line->text + parse->indent_length) {
        return "this line of a script begins with other white space than its first indented one; give it the "
               "same blanks or tabs, and more behind them if need be";
    }
    if (parse->has_script_line) {
        deliver_blank_lines(parse);
    }
    parse->blank_line = 0;
    expect_script_line(parse, rest, (size_t)(line->text + line->length - rest), true);
    return NULL;
}

/* Notes a blank line, which is one of the script if another one of it follows. */
static void take_script_blank(struct parse *parse)
{
    if (parse->blank_line == 0) {
        parse->blank_offset = parse->line_offset;
        parse->blank_line = parse->line_number;
    }
}

/* Takes a line below the first one of a script. Returns what is wrong with it, or NULL. */
static const char *take_in_script(struct parse *parse, const struct iniline *line)
{
    bool is_comment = line->body_length > 0 && !line->is_indented;
    if (is_comment) {
        return iniline_is_case_end(line)
                   ? "this would be a comment of the file; indent what belongs to the script"
                   : NULL;
    }
    if (!fits_script(parse, line)) {
        return long_script_message;
    }
    if (line->body_length == 0) {
        take_script_blank(parse);
        return NULL;
    }
    bool has_mark = iniline_measure_mark(line->body, line->body_length) > 0;
    return has_mark ? mark_message : take_script_line(parse, line);
}

/* A new key or section is to come, and even when it is refused, what hangs on it is a script or not. */
static void leave_script(struct parse *parse, bool begins_another)
{
    parse->is_script = begins_another;
    parse->has_script_line = false;
    parse->indent_length = 0;
    parse->blank_line = 0;
}

/* What is wrong with LINE, whatever it is. A script's first line may have in it what it likes. */
static const char *find_line_fault(const struct parse *parse, const struct iniline *line)
{
    bool is_script = parse->is_script && !line->is_indented;
    if (is_script && line->length > INIFILE_SCRIPT_LINE_MAX) {
        return long_script_message;
    }
    if (!is_script && line->length > INIFILE_LINE_MAX) {
        return "the line is longer than 196 bytes; go on in an indented line if the key is a list";
    }
    /* inih would drop it at the beginning of the first line, and what stands behind may come to stand there.
     */
    if (iniline_measure_mark(line->body, line->body_length) > 0 || (!is_script && iniline_has_mark(line))) {
        return mark_message;
    }
    if (!is_script && iniline_has_inline_comment(line)) {
        return "' ;' would begin a comment and cut the line off; put comments on a line of their own";
    }
    return NULL;
}

/* Finds out what LINE is. Returns what is wrong with it, or NULL. */
static const char *take_text(struct parse *parse, const struct iniline *line)
{
    const char *message = NULL;
    bool is_below = line->is_blank || line->is_indented;
    if (parse->is_script && is_below) {
        return take_in_script(parse, line);
    }
    if (line->is_blank) {
        return NULL;
    }
    message = find_line_fault(parse, line);
    if (message) {
        return message;
    }
    if (line->is_indented) {
        return take_continuation(parse, line);
    }
    return *line->body == '[' ? take_section(parse, line) : take_pair(parse, line);
}

/* Reports LINE, and sees to it that what hangs on it does not fall to the key or section above. */
static void refuse_line(struct parse *parse, const struct iniline *line, const char *message)
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
static bool take_line(struct parse *parse, const struct iniline *line)
{
    char control_message[MESSAGE_SIZE];
    parse->is_for_inih = false;
    const char *message = control_message;
    if (!line->is_blank && !line->is_indented) {
        leave_script(parse, *line->body != '[' && begins_script(parse, line));
    }
    if (!find_control_byte(line, control_message)) {
        message = take_text(parse, line);
    }
    if (message) {
        refuse_line(parse, line, message);
    }
    return parse->is_for_inih;
}

/* Writes what inih is to read of LINE, in SIZE bytes with its NUL. Returns false when it takes none that
 * long. */
static bool write_for_inih(const struct parse *parse, const struct iniline *line, char *buffer, size_t size)
{
    if (!parse->is_script) {
        snprintf(buffer, size, "%.*s", (int)line->length, line->text);
        return line->length < size;
    }
    bool is_continued = parse->is_continued;
    size_t length = (size_t)snprintf(buffer, size, "%s%s%.*s", is_continued ? "" : parse->key,
                                     is_continued ? " " : "=", (int)parse->value_length, parse->value);
    return length < size;
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
    struct iniline line;
    settle(parse);
    if (size < 1 || !next_line(parse, &line)) {
        return NULL;
    }
    bool is_whole = true;
    buffer[0] = '\0';
    if (take_line(parse, &line)) {
        is_whole = write_for_inih(parse, &line, buffer, (size_t)size);
    }
    if (!is_whole) {
        parse->is_pair_due = false;
        refuse_line(parse, &line, too_small_message);
        buffer[0] = '\0';
    }
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
    bool is_stand_in = parse->is_script && parse->value_length > 0;
    deliver(parse, is_stand_in ? parse->script_line : value, parse->line_number);
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
