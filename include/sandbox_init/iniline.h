/* SPDX-License-Identifier: MIT */
/*
 * iniline: one line of INI text, looked at.
 *
 * inifile.h says what the syntax is; this module knows bytes only: where a line ends and what is in it.
 * Nothing is copied, every pointer leads into the text.
 */
#ifndef SANDBOX_INIT_INILINE_H
#define SANDBOX_INIT_INILINE_H

#include <stdbool.h>
#include <stddef.h>

struct iniline {
    const char *text; /* without the line end */
    size_t length;
    const char *body; /* without the white space around it: blanks and tabs */
    size_t body_length;
    bool is_indented;
    bool is_blank; /* or a comment */
};

/* Looks at the line of TEXT, LENGTH bytes, that begins at OFFSET. Returns the offset of the next one. */
size_t iniline_read(const char *text, size_t length, size_t offset, struct iniline *ret_line);

/* Drops the white space from both ends of TEXT, *LENGTH bytes. */
void iniline_trim(const char **text, size_t *length);

/* How many bytes of TEXT are a byte order mark (UTF-8's) at its beginning: 3 or 0. */
size_t iniline_measure_mark(const char *text, size_t length);

/* Is there a byte order mark anywhere in LINE? */
bool iniline_has_mark(const struct iniline *line);

/* Returns the first control character but tabs, or NULL. A NUL is one. */
const char *iniline_find_control(const struct iniline *line);

/* Is there a ";" behind white space, where inih begins a comment? */
bool iniline_has_inline_comment(const struct iniline *line);

/* Finds the key of LINE, and the "=" or ":" behind it. Returns NULL, with all of the body as the key, when
 * there is neither.
 */
const char *iniline_find_separator(const struct iniline *line, const char **ret_key, size_t *ret_length);

/* What LINE has behind INDENT, LENGTH bytes, or behind as much of that as it begins with. */
const char *iniline_skip_indent(const struct iniline *line, const char *indent, size_t length);

/* Is LINE all that a shell ends a pattern's commands with in `case`: ";;", ";&" or ";;&"? */
bool iniline_is_case_end(const struct iniline *line);

#endif
