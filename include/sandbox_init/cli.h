/* SPDX-License-Identifier: MIT */
/*
 * cli: the command line, from one table of options.
 *
 * cli_options drives the parsing, --help and the tests that hold the manual page to it.
 */
#ifndef SANDBOX_INIT_CLI_H
#define SANDBOX_INIT_CLI_H

#include "sandbox_init/config_table.h"
#include "sandbox_init/signame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum cli_mode {
    CLI_INIT,
    CLI_FOREGROUND,
    CLI_ONESHOT_CLEAN,
    CLI_CHECK_CONFIG,
    CLI_EXEC,
    CLI_STATUS,
    CLI_WAIT,
    CLI_LOGS,
    CLI_START,
    CLI_STOP,
    CLI_RESTART,
    CLI_TIMELINE,
    CLI_AUDIT,
    CLI_PROMPT,
    CLI_COMPLETION,
    CLI_HELP,
    CLI_VERSION,
    CLI_MODE_COUNT,
};

/* Exit statuses of our own (sysexits.h; the numbers are the contract, not the header). */
enum cli_status {
    CLI_STATUS_OK = 0,
    CLI_STATUS_LEFT = 1,      /* --oneshot-clean: something is still there */
    CLI_STATUS_FAILED = 1,    /* a job, a service or a check failed, or the guard cannot revoke */
    CLI_STATUS_NO_INIT = 3,   /* no init answers */
    CLI_STATUS_USAGE = 64,    /* EX_USAGE */
    CLI_STATUS_SYSTEM = 71,   /* EX_OSERR */
    CLI_STATUS_BUSY = 75,     /* EX_TEMPFAIL: the init serves too many others */
    CLI_STATUS_DENIED = 77,   /* EX_NOPERM */
    CLI_STATUS_CONFIG = 78,   /* EX_CONFIG */
    CLI_STATUS_TIMEOUT = 124, /* as of timeout(1) */
    CLI_STATUS_AIRLOCK = 125, /* --exec: the airlock that was asked for cannot be had; as env(1) fails */
};

enum {
    CLI_REPEATS_MAX = 32,               /* how often an option that may be repeated may be */
    CLI_OPERANDS_MAX = CONFIG_JOBS_MAX, /* of a mode that takes any number */
    CLI_LINES_MAX = 1000000,            /* of --lines */
};

struct cli {
    enum cli_mode mode;
    const char *config_file; /* NULL: the default places */
    bool is_dry_run;
    bool is_json;
    bool is_quiet;
    bool is_verbose;
    bool is_explain;
    int unix_sockets; /* enum config_unix_sockets; -1: not given */
    bool is_following;
    bool is_text;
    int64_t lines;                              /* -1: not given */
    uint64_t timeout_ms;                        /* 0: not given */
    const char *output_file;                    /* NULL: not given */
    const char *only;                           /* of --audit; NULL: not given */
    const char *skip;                           /* the same */
    const char *user;                           /* of --audit and --prompt; NULL: not given */
    const char *operands[CLI_OPERANDS_MAX + 1]; /* names of jobs, or a shell; end in NULL */
    size_t operand_count;
    struct signame_rewrite rewrites[CLI_REPEATS_MAX];
    size_t rewrite_count;
    int success_statuses[CLI_REPEATS_MAX];
    size_t success_count;
    int parent_death_signal; /* 0: not given */
    char *const *command;    /* ends in NULL; NULL: none was given */
};

struct cli_option {
    const char *name;     /* without the dashes */
    char letter;          /* 0: none */
    const char *argument; /* its name in --help; NULL: takes none */
    enum cli_mode mode;   /* the mode that it selects; CLI_INIT: it selects none */
    unsigned modes;       /* bits 1 << mode of the modes that it can be used with, for a modifier */
    const char *help;
    const char *operands; /* of a mode: what stands behind it, as --help says it; NULL: nothing */
    size_t operands_min;
    size_t operands_max;
};

/* Ends with a row whose name is NULL; modes first. */
extern const struct cli_option cli_options[];

/*
 * Reads ARGV (ends in NULL; argv[0] is skipped). Options end at the first argument that is none, or at "--".
 * Behind a mode that takes operands they end at "--" only, and may stand between and behind these. RET_CLI
 * points into ARGV. On failure MESSAGE (SIZE bytes) says what is wrong and how to mend it, in printable
 * ASCII, and RET_CLI is untouched. Returns 0 or -EINVAL.
 */
int cli_parse(char *const *argv, struct cli *ret_cli, char *message, size_t size);

/* Writes what --help prints. */
void cli_render_help(FILE *stream);

#endif
