/* SPDX-License-Identifier: MIT */
/*
 * cli: the command line, from one table of options.
 *
 * cli_options drives the parsing, --help and the tests that hold the manual page to it.
 */
#ifndef SANDBOX_INIT_CLI_H
#define SANDBOX_INIT_CLI_H

#include "sandbox_init/signame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum cli_mode {
    CLI_INIT,
    CLI_FOREGROUND,
    CLI_ONESHOT_CLEAN,
    CLI_CHECK_CONFIG,
    CLI_EXEC,
    CLI_HELP,
    CLI_VERSION,
    CLI_MODE_COUNT,
};

/* Exit statuses of our own (sysexits.h; the numbers are the contract, not the header). */
enum cli_status {
    CLI_STATUS_OK = 0,
    CLI_STATUS_LEFT = 1,      /* --oneshot-clean: something is still there */
    CLI_STATUS_USAGE = 64,    /* EX_USAGE */
    CLI_STATUS_SYSTEM = 71,   /* EX_OSERR */
    CLI_STATUS_CONFIG = 78,   /* EX_CONFIG */
    CLI_STATUS_AIRLOCK = 125, /* --exec: the airlock that was asked for cannot be had; as env(1) fails */
};

enum {
    CLI_REPEATS_MAX = 32, /* how often an option that may be repeated may be */
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
};

/* Ends with a row whose name is NULL; modes first. */
extern const struct cli_option cli_options[];

/*
 * Reads ARGV (ends in NULL; argv[0] is skipped). Options end at the first argument that is none, or at "--".
 * RET_CLI points into ARGV. On failure MESSAGE (SIZE bytes) says what is wrong and how to mend it,
 * in printable ASCII, and RET_CLI is untouched. Returns 0 or -EINVAL.
 */
int cli_parse(char *const *argv, struct cli *ret_cli, char *message, size_t size);

/* Writes what --help prints. */
void cli_render_help(FILE *stream);

#endif
