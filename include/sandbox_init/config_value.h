/* SPDX-License-Identifier: MIT */
/*
 * config_value: text in, a member of a record out (config_table.h).
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

/* One thing that is wrong; MESSAGE begins with the key's name and lives during the call. Printable ASCII. */
typedef void config_value_report(void *context, const char *message);

/*
 * Frees what KEY holds in RECORD (which may be zeroed) and sets it to false, 0, NULL or an empty list.
 * Returns 0 or -ENOMEM, in which case a list is NULL.
 */
int config_value_clear(void *record, const struct config_key *key);

/*
 * Reads TEXT, a value without white space around it, into KEY's place in RECORD, which has been cleared. A
 * list is added to, so that a list over several lines is several calls; entries of CONFIG_WORDS that are
 * there already are not repeated unless the row takes that. In a list every entry that is wrong is reported.
 * TEXT of a CONFIG_SCRIPT is a line of it, and is taken as it is; an empty one before the first is not
 * counted.
 * Returns 0, -EINVAL when something was reported, or -ENOMEM.
 */
int config_value_take(void *record, const struct config_key *key, const char *text,
                      config_value_report *report, void *context);

/* Does the value of KEY in RECORD have fewer entries than it must have? Never for what is no list. */
bool config_value_is_too_short(const void *record, const struct config_key *key);

/* Frees what KEY holds in RECORD; the place is zeroed. */
void config_value_free(void *record, const struct config_key *key);

#endif
