/* SPDX-License-Identifier: MIT */
/*
 * config_value: text in, a member of struct config out.
 *
 * What a key may hold is in its row of the table; this module does it, for files and for defaults alike.
 *
 * Invariant: what it takes can be written as a file again and read back to the same (config_render.h). So it
 * refuses words that another reading of the line would swallow: those that look like a comment, a quoted
 * string, a section or a key.
 */
#ifndef SANDBOX_INIT_CONFIG_VALUE_H
#define SANDBOX_INIT_CONFIG_VALUE_H

#include "sandbox_init/config_table.h"

enum {
    CONFIG_DURATION_SIZE = 24, /* bytes of a duration in words with its NUL */
};

/* One thing that is wrong; MESSAGE begins with the key's name and lives during the call. Printable ASCII. */
typedef void config_value_report(void *context, const char *message);

/*
 * Frees what KEY holds in CONFIG (which may be zeroed) and sets it to false, 0, NULL or an empty list.
 * Returns 0 or -ENOMEM, in which case a list is NULL.
 */
int config_value_clear(struct config *config, const struct config_key *key);

/*
 * Reads TEXT, a value without white space around it, into KEY's place in CONFIG, which has been cleared. A
 * list is added to, so that a list over several lines is several calls; entries of CONFIG_WORDS that are
 * there already are not repeated. In a list every entry that is wrong is reported.
 * Returns 0, -EINVAL when something was reported, or -ENOMEM.
 */
int config_value_take(struct config *config, const struct config_key *key, const char *text,
                      config_value_report *report, void *context);

/* Frees what KEY holds in CONFIG; the place is zeroed. */
void config_value_free(struct config *config, const struct config_key *key);

/* Writes MILLISECONDS as one would in a file, in the largest unit that leaves no rest: "8s", "1500ms", "0".
 */
void config_value_write_duration(char buffer[CONFIG_DURATION_SIZE], uint64_t milliseconds);

#endif
