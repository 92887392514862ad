/* SPDX-License-Identifier: MIT */
/*
 * config_table: the keys that can be configured, and what they mean.
 *
 * config_table_keys and config_table_job_keys are the only lists of them. The parser, the defaults,
 * --check-config's output, the sample's test and the manual page's test read them, so they cannot disagree
 * (rejected alternative: a handler that compares names, with the defaults in a second and the documentation
 * in a third and fourth place).
 *
 * A row says where its value is kept: in struct config, or, for jobs and services, in struct config_job.
 * "Record" is either of the two.
 */
#ifndef SANDBOX_INIT_CONFIG_TABLE_H
#define SANDBOX_INIT_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONFIG_KEYS_MAX = 32,      /* rows of the table of fixed sections */
    CONFIG_JOB_KEYS_MAX = 32,  /* rows of the table of jobs and services */
    CONFIG_JOBS_MAX = 64,      /* jobs and services together */
    CONFIG_JOB_NAME_SIZE = 33, /* bytes of the name of one with its NUL */
    CONFIG_SCRIPT_MAX = 65536, /* bytes of a script or text; execve(2) takes 128 KiB for one argument */
    CONFIG_DIRS_MAX = 64,      /* entries of [scrub] dirs */
    CONFIG_DIR_DEPTH_MAX = 32, /* components of one of them */
    CONFIG_PATTERNS_MAX = 64,  /* entries of [scrub] patterns */
    CONFIG_SOCKETS_MAX = 64,   /* entries of [airlock] allow_unix */
    CONFIG_RULES_MAX = 32,     /* entries of [init] rewrite, and of remap_exit */
    CONFIG_ENTRY_SIZE = 512,   /* bytes of any string or entry with its NUL; lines of files are shorter */
    CONFIG_LIST_MAX = 256,     /* entries of any other list */
    CONFIG_MESSAGE_SIZE = 512, /* bytes of a message with its NUL, enough for all of them */
    CONFIG_SHOWN_SIZE = 80,    /* bytes of a quoted value in a message with its NUL; longer ones are cut */
};

enum config_log_level { CONFIG_LOG_ERROR, CONFIG_LOG_WARNING, CONFIG_LOG_INFO, CONFIG_LOG_DEBUG };
enum config_log_format { CONFIG_LOG_TEXT, CONFIG_LOG_JSON };
enum config_scrub_action { CONFIG_SCRUB_REVOKE, CONFIG_SCRUB_REPORT };
enum config_unix_sockets { CONFIG_UNIX_AUTO, CONFIG_UNIX_STRICT, CONFIG_UNIX_OFF };
enum config_confine { CONFIG_CONFINE_NO, CONFIG_CONFINE_AUTO, CONFIG_CONFINE_STRICT };
enum config_restart { CONFIG_RESTART_ALWAYS, CONFIG_RESTART_ON_FAILURE, CONFIG_RESTART_NEVER };

/*
 * A section [job:NAME] or [service:NAME]. Names are unique over both kinds; letters, digits, "_", "-" and
 * ".", the first one a letter or digit. What is for the other kind only is zero.
 */
struct config_job {
    char name[CONFIG_JOB_NAME_SIZE];
    bool is_service;
    bool enabled;           /* no: is started only when somebody asks for it; nobody waits for it */
    char *command;          /* a script for `shell`, byte for byte; never NULL */
    char **shell;           /* the words before "-c" and `command`; at least one */
    char *directory;        /* NULL: the init's own; else an absolute path */
    char *user;             /* NULL: as [init] user says; else a name or a number */
    char **environment;     /* NAME=VALUE */
    char *environment_file; /* NULL: none; else a path, relative to `directory` */
    char **after;           /* names as they were written */
    uint64_t needs;         /* the same as bits 1 << index in `jobs`; those that are not enabled left out */
    char **only_if_exists;  /* paths, relative to `directory` */
    char **unless_exists;
    uint64_t timeout_ms; /* of one run; 0: none */
    char *stop_signal;   /* for signame_parse(); never NULL */
    uint64_t stop_grace_ms;
    int64_t nice;              /* -20 to 19 */
    uint64_t umask;            /* 0 to 0777 */
    bool allow_privileges;     /* no: no_new_privs (prctl(2)) */
    int confine;               /* enum config_confine; not with allow_privileges */
    bool echo;                 /* output also to the container's log */
    uint64_t log_max_size;     /* bytes of a file, then the next is begun */
    uint64_t log_keep;         /* older files that are kept */
    uint64_t retries;          /* jobs: further tries after a failure */
    uint64_t retry_delay_ms;   /* jobs: before the first of them */
    int restart;               /* services: enum config_restart */
    uint64_t restart_delay_ms; /* services: before the first restart in a row */
    uint64_t start_limit;      /* services: failures in a row before it is given up; 0: never */
};

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
        char *log_dir;          /* NULL: jobs log to a default place, the init to no file; else absolute */
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
    struct {
        char **allow_unix; /* absolute paths, or "$NAME" with an optional "/..." behind it */
        int unix_sockets;  /* enum config_unix_sockets */
        bool allow_signals;
    } airlock;
    struct {
        char *text; /* Markdown, byte for byte; NULL: none */
    } prompt;
    struct config_job
        *jobs; /* owned: job_count of them, in the order of their first appearance; NULL: none */
    size_t job_count;
};

enum config_type {
    CONFIG_BOOL,     /* bool: yes, no, true, false, on, off, 1, 0 */
    CONFIG_DURATION, /* uint64_t, milliseconds: a whole number with ms, s, m or h, seconds without a unit */
    CONFIG_CHOICE,   /* int: the index of the word in `choices` */
    CONFIG_STRING,   /* char *, NULL when empty */
    CONFIG_WORDS,    /* char **: words separated by white space, over several lines if need be */
    CONFIG_LINES,    /* char **: one entry a line */
    CONFIG_NUMBER,   /* int64_t, or uint64_t where `min` is not below 0: a whole number, decimal */
    CONFIG_OCTAL,    /* uint64_t: octal digits, as umask(1) takes them */
    CONFIG_SIZE,     /* uint64_t, bytes: a whole number with K, M or G (of 1024), bytes without a unit */
    CONFIG_SCRIPT,   /* char *: a text of several lines, kept byte for byte (inifile.h) */
};

/* Which of them a row of config_table_job_keys is for. */
enum config_kind { CONFIG_FOR_BOTH, CONFIG_FOR_JOBS, CONFIG_FOR_SERVICES };

struct config_key {
    const char *section; /* NULL in config_table_job_keys, whose sections have names of the user's */
    const char *name;
    enum config_type type;
    enum config_kind kind;
    size_t offset;        /* of the member in the record */
    const char *fallback; /* the default, as one would write it; "\n" between lines; NULL: must be set */
    /*
     * Bounds, inclusive: of a CONFIG_DURATION in milliseconds, of a CONFIG_SIZE in bytes, of a CONFIG_NUMBER
     * (there int64_t: cast), of a CONFIG_OCTAL; of a list how many entries it has. A CONFIG_STRING with a
     * `min` above 0 cannot be empty.
     */
    uint64_t min;
    uint64_t max;
    bool takes_repeats;         /* CONFIG_WORDS: an entry may come again, as the words of a command do */
    const char *const *choices; /* CONFIG_CHOICE: ends in NULL */
    /*
     * Checks one value or list entry; NULL: anything goes. When it is not fit, writes what is wrong and how
     * to mend it in printable ASCII, SIZE being CONFIG_MESSAGE_SIZE or more, and returns false.
     */
    bool (*check)(const char *entry, char *message, size_t size);
    const char *help; /* one line: what it is */
};

/* Those of struct config. Ends with a row whose section and name are NULL. Rows of a section stand together.
 */
extern const struct config_key config_table_keys[];

/* Those of struct config_job. Ends with a row whose name is NULL. */
extern const struct config_key config_table_job_keys[];

/* In a list of words or lines this entry stands for all the entries of the default. */
#define CONFIG_DEFAULT_WORD "@default"

/* Returns the row, or NULL. SECTION may be NULL: the first key with this name of any section. */
const struct config_key *config_table_find(const char *section, const char *name);

/* Returns the row of config_table_job_keys, whichever kind it is for, or NULL. */
const struct config_key *config_table_find_job_key(const char *name);

/* Is KEY, a row of config_table_job_keys, one of services (IS_SERVICE) or of jobs? */
bool config_table_fits(const struct config_key *key, bool is_service);

/* The first row of the table that KEY stands in. */
const struct config_key *config_table_of(const struct config_key *key);

/* Can a job or service be called NAME? */
bool config_table_is_job_name(const char *name);

bool config_table_has_section(const char *section);

/* Is KEY, a row of config_table_keys, the first one of its section? */
bool config_table_begins_section(const struct config_key *key);

/* The words of [airlock] unix_sockets in the order of enum config_unix_sockets; ends in NULL. */
extern const char *const config_table_unix_sockets[];

/* Where KEY's value is kept in RECORD, a struct config or struct config_job as KEY's table says. */
void *config_table_member(void *record, const struct config_key *key);
const void *config_table_value(const void *record, const struct config_key *key);

#endif
