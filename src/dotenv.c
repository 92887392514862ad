/* SPDX-License-Identifier: MIT */
#include "sandbox_init/dotenv.h"

#include "sandbox_init/envset.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Reads at `at` and writes at `to`, which is never in front of it: everything that is decoded shrinks. */
struct reader {
    char *at;
    char *end; /* the byte behind the text; a NUL is put there */
    char *to;
    size_t line;
    struct dotenv_error error;
};

static int refuse(struct reader *reader, size_t line, const char *message)
{
    reader->error = (struct dotenv_error){.line = line, .message = message};
    return -EINVAL;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static void skip_blanks(struct reader *reader)
{
    while (is_blank(*reader->at)) {
        reader->at++;
    }
}

/* How many bytes end a line right here: 0 for none, and at the end of the text. */
static size_t line_end_width(const struct reader *reader, const char *at)
{
    if (at == reader->end) {
        return 0;
    }
    return *at == '\n' ? 1 : *at == '\r' && at[1] == '\n' ? 2 : 0;
}

static bool is_line_over(const struct reader *reader)
{
    return reader->at == reader->end || line_end_width(reader, reader->at) > 0;
}

static void end_line(struct reader *reader)
{
    reader->at += line_end_width(reader, reader->at);
    reader->line++;
}

static void skip_line(struct reader *reader)
{
    while (!is_line_over(reader)) {
        reader->at++;
    }
}

/* Up to the end of the line, or to a "#" behind a blank; blanks in front of either do not count. */
static void read_plain_value(struct reader *reader)
{
    char *last = reader->to;
    bool is_behind_blank = is_blank(reader->at[-1]);
    while (!is_line_over(reader) && !(*reader->at == '#' && is_behind_blank)) {
        is_behind_blank = is_blank(*reader->at);
        *reader->to++ = *reader->at++;
        last = is_behind_blank ? last : reader->to;
    }
    reader->to = last;
    skip_line(reader);
}

/* Returns what stands for BYTE behind a backslash, or 0 for nothing. */
static char decode_escape(char byte)
{
    static const char letters[] = "nrt\"\\$";
    static const char meanings[] = "\n\r\t\"\\$";
    const char *found = byte != '\0' ? strchr(letters, byte) : NULL;
    if (found == NULL) {
        return '\0';
    }
    return meanings[found - letters];
}

/* One byte of a quoted value, or what stands for one. */
static int read_quoted_byte(struct reader *reader, char quote)
{
    const size_t width = line_end_width(reader, reader->at);
    if (width > 0) {
        end_line(reader);
        *reader->to++ = '\n';
        return 0;
    }
    if (*reader->at != '\\' || quote == '\'') {
        *reader->to++ = *reader->at++;
        return 0;
    }
    const char decoded = decode_escape(reader->at[1]);
    if (decoded == '\0') {
        return refuse(
            reader, reader->line,
            "in double quotes a backslash stands only before n, r, t, \", \\ and $; for the backslash "
            "itself write \\\\, or use single quotes");
    }
    *reader->to++ = decoded;
    reader->at += 2;
    return 0;
}

static int read_quoted_value(struct reader *reader)
{
    const size_t first_line = reader->line;
    const char quote = *reader->at++;
    while (reader->at != reader->end && *reader->at != quote) {
        const int result = read_quoted_byte(reader, quote);
        if (result < 0) {
            return result;
        }
    }
    if (reader->at == reader->end) {
        return refuse(reader, first_line, "the quote that begins here is not closed");
    }
    reader->at++;
    const bool is_behind_blank = is_blank(*reader->at);
    skip_blanks(reader);
    if (!is_line_over(reader) && !(*reader->at == '#' && is_behind_blank)) {
        return refuse(
            reader, reader->line,
            "behind the closing quote there is more; quote the whole value, and in double quotes write "
            "\\\" for a quote");
    }
    skip_line(reader);
    return 0;
}

static void skip_export(struct reader *reader)
{
    static const char word[] = "export";
    const size_t length = sizeof word - 1;
    if (strncmp(reader->at, word, length) == 0 && is_blank(reader->at[length])) {
        reader->at += length;
        skip_blanks(reader);
    }
}

/* Reads NAME and "=" and the blanks around it. RET_ENTRY begins with both. */
static int read_name(struct reader *reader, char **ret_entry)
{
    char *const name = reader->at;
    while (!is_line_over(reader) && *reader->at != '=' && !is_blank(*reader->at)) {
        reader->at++;
    }
    char *const name_end = reader->at;
    skip_blanks(reader);
    if (*reader->at != '=') {
        return refuse(reader, reader->line,
                      "there is no \"=\" behind the name; an empty value is written NAME=");
    }
    if (!envset_is_name(name, (size_t)(name_end - name))) {
        return refuse(reader, reader->line,
                      "a name has letters, digits and \"_\" only, and does not begin with a digit");
    }
    reader->at++;
    skip_blanks(reader);
    *name_end = '=';
    reader->to = name_end + 1;
    *ret_entry = name;
    return 0;
}

/* Returns 1 with RET_ENTRY, 0 for a line without a variable, or -EINVAL. */
static int read_line(struct reader *reader, char **ret_entry)
{
    skip_blanks(reader);
    if (is_line_over(reader) || *reader->at == '#') {
        skip_line(reader);
        return 0;
    }
    skip_export(reader);
    int result = read_name(reader, ret_entry);
    if (result == 0 && (*reader->at == '"' || *reader->at == '\'')) {
        result = read_quoted_value(reader);
    } else if (result == 0) {
        read_plain_value(reader);
    }
    return result < 0 ? result : 1;
}

/* Bytes that nobody sees in an editor, and that every reader takes for something else. */
static int refuse_unseen(struct reader *reader)
{
    size_t line = 1;
    for (const char *byte = reader->at; byte != reader->end; byte++) {
        if (*byte == '\0') {
            return refuse(reader, line, "there is a NUL byte; save the file as plain text (UTF-8)");
        }
        if (*byte == '\r' && byte[1] != '\n') {
            return refuse(reader, line,
                          "there is a carriage return within the line; end lines with LF or CRLF");
        }
        line += *byte == '\n' ? 1 : 0;
    }
    return 0;
}

static int read_all(struct reader *reader, dotenv_callback *callback, void *context)
{
    while (reader->at != reader->end) {
        char *entry = NULL;
        int result = read_line(reader, &entry);
        if (result < 0) {
            return result;
        }
        const bool is_last = reader->at == reader->end;
        if (!is_last) {
            end_line(reader);
        }
        if (result > 0) {
            *reader->to = '\0';
            result = callback(context, entry);
        }
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

int dotenv_parse(char *text, size_t length, dotenv_callback *callback, void *context,
                 struct dotenv_error *ret_error)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct reader reader = {.at = text, .end = text + length, .line = 1};
    text[length] = '\0';
    if (strncmp(text, byte_order_mark, 3) == 0) {
        reader.at += 3;
    }
    int result = refuse_unseen(&reader);
    if (result == 0) {
        result = read_all(&reader, callback, context);
    }
    if (result == -EINVAL && reader.error.message != NULL) {
        *ret_error = reader.error;
    }
    return result;
}
