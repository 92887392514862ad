/* SPDX-License-Identifier: MIT */
/*
 * config_table: the keys that can be configured, and what they mean.
 *
 * config_table_keys is the only list of them. The parser, the defaults, --check-config's output, the sample's
 * test and the manual page's test read it, so they cannot disagree (rejected alternative: a handler that
 * compares names, with the defaults in a second and the documentation in a third and fourth place).
 */
#ifndef SANDBOX_INIT_CONFIG_TABLE_H
#define SANDBOX_INIT_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONFIG_KEYS_MAX = 32,      /* rows of the table */
    CONFIG_DIRS_MAX = 64,      /* entries of [scrub] dirs */
    CONFIG_DIR_DEPTH_MAX = 32, /* components of one of them */
    CONFIG_PATTERNS_MAX = 64,  /* entries of [scrub] patterns */
    CONFIG_RULES_MAX = 32,     /* entries of [init] rewrite, and of remap_exit */
    CONFIG_ENTRY_SIZE = 512,   /* bytes of any string or entry with its NUL; lines of files are shorter */
    CONFIG_LIST_MAX = 256,     /* entries of any other list */
    CONFIG_MESSAGE_SIZE = 512, /* bytes of a message with its NUL, enough for all of them */
    CONFIG_SHOWN_SIZE = 80,    /* bytes of a quoted value in a message with its NUL; longer ones are cut */
};

enum config_log_level { CONFIG_LOG_ERROR, CONFIG_LOG_WARNING, CONFIG_LOG_INFO, CONFIG_LOG_DEBUG };
enum config_log_format { CONFIG_LOG_TEXT, CONFIG_LOG_JSON };
enum config_scrub_action { CONFIG_SCRUB_REVOKE, CONFIG_SCRUB_REPORT };

/* Read-only once loaded. Lists are arrays that end in NULL and are never NULL themselves. */
struct config {
    struct {
        char *user;             /* NULL: children run as we do; else a name or a number */
        uint64_t stop_grace_ms; /* between the request to stop and KILL */
        uint64_t kill_grace_ms; /* between KILL and giving up on what outlives it */
        char **rewrite;         /* "FROM:TO" for signame_parse_rewrite(), each signal in one FROM at most */
        char **remap_exit;      /* exit statuses in decimal, 0 to 255, that are taken as 0 */
        char *pdeathsig;        /* NULL: none; else a signal for signame_parse() */
        int log_level;          /* enum config_log_level */
        int log_format;         /* enum config_log_format */
        char *log_dir;          /* NULL: no log file; else an absolute path */
        char *runtime_dir;      /* NULL: no pid file; else an absolute path */
    } init;
    struct {
        bool enabled;
        char **dirs;     /* absolute globs, or "$NAME" with an optional "/..." behind it */
        char **patterns; /* passed pattern_check() */
        int action;      /* enum config_scrub_action */
    } scrub;
    struct {
        char **strip; /* as in struct envset_policy */
        char **empty;
        char **keep;
        char **set;
    } env;
};

enum config_type {
    CONFIG_BOOL,     /* bool: yes, no, true, false, on, off, 1, 0 */
    CONFIG_DURATION, /* uint64_t, milliseconds: a whole number with ms, s, m or h, seconds without a unit */
    CONFIG_CHOICE,   /* int: the index of the word in `choices` */
    CONFIG_STRING,   /* char *, NULL when empty */
    CONFIG_WORDS,    /* char **: words separated by white space, over several lines if need be */
    CONFIG_LINES,    /* char **: one entry a line */
};

struct config_key {
    const char *section;
    const char *name;
    enum config_type type;
    size_t offset;        /* of the member in struct config */
    const char *fallback; /* the default, as one would write it in a file; "\n" between lines of a list */
    uint64_t min;         /* CONFIG_DURATION: bounds in milliseconds, inclusive */
    uint64_t max;         /* of a list: how many entries it takes */
    const char *const *choices; /* CONFIG_CHOICE: ends in NULL */
    /*
     * Checks one value or list entry; NULL: anything goes. When it is not fit, writes what is wrong and how
     * to mend it in printable ASCII, SIZE being CONFIG_MESSAGE_SIZE or more, and returns false.
     */
    bool (*check)(const char *entry, char *message, size_t size);
    const char *help; /* one line: what it is */
};

/* Ends with a row whose section is NULL. Rows of one section stand together. */
extern const struct config_key config_table_keys[];

/* In a list of words or lines this entry stands for all the entries of the default. */
#define CONFIG_DEFAULT_WORD "@default"

/* Returns the row, or NULL. SECTION may be NULL: the first key with this name of any section. */
const struct config_key *config_table_find(const char *section, const char *name);

bool config_table_has_section(const char *section);

/* Is KEY, a row of the table, the first one of its section? */
bool config_table_begins_section(const struct config_key *key);

/* Where KEY's value is kept in CONFIG. */
void *config_table_member(struct config *config, const struct config_key *key);
const void *config_table_value(const struct config *config, const struct config_key *key);

#endif
