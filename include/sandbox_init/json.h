/* SPDX-License-Identifier: MIT */
/*
 * json: the members of a JSON object, one behind the other, on a stream.
 *
 * Only what modes print needs: objects and arrays are opened and closed by hand where they stand; this knows
 * the commas, the escapes, and that what is unknown is null. Strings are escaped as escape_json() does it, so
 * that a reader gets what the text form shows. Allocates nothing.
 */
#ifndef SANDBOX_INIT_JSON_H
#define SANDBOX_INIT_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    JSON_STRING_MAX = 6144, /* bytes of an escaped string; what does not fit is cut */
};

struct json {
    FILE *stream;
    bool is_first; /* of its object: no comma stands before it */
};

/* '{' or '[' and, after its last member, '}' or ']'. */
void json_open(struct json *json, char bracket);
void json_close(struct json *json, char bracket);

/* Begins the member NAME, whose value the caller writes. */
void json_name(struct json *json, const char *name);

void json_string(struct json *json, const char *name, const char *value);

/* The same; "" is null: it is unknown, or does not apply. */
void json_text(struct json *json, const char *name, const char *value);

void json_number(struct json *json, const char *name, uint64_t value);
void json_null(struct json *json, const char *name);
void json_flag(struct json *json, const char *name, bool is_true);

/* Entries of an array: an object or array that json_open() begins, or VALUE. */
void json_entry(struct json *json);
void json_entry_line(struct json *json); /* the same, on a line of its own, for those who use grep(1) */
void json_entry_string(struct json *json, const char *value);

#endif
