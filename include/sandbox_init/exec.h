/* SPDX-License-Identifier: MIT */
/*
 * exec: --exec, a command behind the airlock.
 *
 * VS Code's terminals, tasks and agents are started by `docker exec` and are no children of ours, so neither
 * our clean environment nor an airlock reaches them, unless a command is put in front of them: a terminal
 * profile, an alias, an agent's process wrapper. This is that command. It becomes what it starts: same
 * process, terminal, directory and descriptors, and nothing stays behind.
 */
#ifndef SANDBOX_INIT_EXEC_H
#define SANDBOX_INIT_EXEC_H

#include "sandbox_init/config.h"

#include <stdbool.h>
#include <stdio.h>

struct exec_request {
    const struct config *config;
    char *const *environ_in;
    char *const *command; /* ends in NULL; not used with is_explain */
    int unix_sockets;     /* enum config_unix_sockets in place of the configuration's; -1: that */
    bool is_explain;      /* enter and tell what holds, instead of running anything */
    bool is_json;         /* with is_explain: one JSON object */
    bool is_quiet;        /* do not say which walls are missing */
    FILE *stream;         /* where is_explain writes */
};

/*
 * Enters the airlock and becomes the command; the environment is [env]'s, the user stays, whatever [init]
 * user says. Missing walls are said in one line on stderr, and so is every failure. Returns only when there
 * is no command or it cannot be started, with the exit status: 125 the airlock that was asked for cannot be
 * had, 126 not executable, 127 not found, CLI_STATUS_SYSTEM. With is_explain: CLI_STATUS_OK, 125 or
 * CLI_STATUS_SYSTEM.
 */
int exec_run(const struct exec_request *request);

#endif
