/* SPDX-License-Identifier: MIT */
/*
 * fields: the lines that are said over the control socket, written and read.
 *
 *   NAME<tab>KEY=VALUE<tab>KEY=VALUE...<newline>
 *
 * Values may hold any bytes but NUL; what would be mistaken, or is not printable ASCII, is escaped as
 * escape_text() does it, so that a line can be shown on a terminal as it is. Names and keys are words of the
 * program itself. Pure: both ends use it, and neither allocates.
 */
#ifndef SANDBOX_INIT_FIELDS_H
#define SANDBOX_INIT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FIELDS_LINE_MAX = 16384, /* bytes of a line with its newline; what is longer is nothing of ours */
};

/* ---- writing ---- */

/* Records that are being put together, one behind the other. To begin, set `buffer` and `size`, zero the
 * rest. */
struct fields_writer {
    char *buffer; /* not ended with a NUL */
    size_t size;
    size_t used;     /* bytes of whole records, to be sent, and of the one that is begun */
    size_t begun_at; /* where the present record begins */
    bool is_over;    /* the present record does not fit */
};

/* Begins the record NAME. The one before was ended. */
void fields_begin(struct fields_writer *writer, const char *name);

/* Adds KEY with VALUE. NULL is the same as "": unknown, or does not apply. */
void fields_put(struct fields_writer *writer, const char *key, const char *value);

/* Adds KEY with VALUE as a decimal number. */
void fields_put_number(struct fields_writer *writer, const char *key, uint64_t value);

/*
 * Ends the record. Returns true; or false when it did not fit, and then it is as if it had not been begun:
 * what was written before it can be sent, and it can be written again into an empty buffer.
 */
bool fields_end(struct fields_writer *writer);

/* ---- reading ---- */

struct fields_reader {
    char *rest; /* what was not read yet; NULL: nothing */
};

/*
 * Begins to read LINE, which may end with a newline, and is written over: the names, keys and values that are
 * returned are parts of it. Returns the record's name, maybe "".
 */
const char *fields_open(struct fields_reader *reader, char *line);

/*
 * Takes the next field, with the escapes in its value undone. A field without "=" is a key with the value "".
 * An escape that is none stands for itself, as does that of a NUL. Returns false when there are no more.
 */
bool fields_next(struct fields_reader *reader, const char **ret_key, const char **ret_value);

/* Is TEXT a decimal number and nothing else? RET_NUMBER is untouched if not. */
bool fields_read_number(const char *text, uint64_t *ret_number);

#endif
