/* SPDX-License-Identifier: MIT */
/*
 * childenv: what a program that we start is given: its environment and its user.
 *
 * One for the main command and one for each job and service, built from the configuration; and what children
 * are not given is taken out of our own memory. Strongest first: what is configured for this one job, what
 * login(1) would set for its user, [env], what we were given ourselves.
 */
#ifndef SANDBOX_INIT_CHILDENV_H
#define SANDBOX_INIT_CHILDENV_H

#include "sandbox_init/config_table.h"
#include "sandbox_init/identity.h"

#include <stdbool.h>
#include <stddef.h>

struct childenv {
    char **variables; /* owned; ends in NULL */
    bool has_user;    /* false: it runs as we do */
    struct identity user;
};

struct childenv_request {
    const struct config *config; /* its [env] */
    char *const *environ_in;     /* ours; before childenv_wipe() or after it, that makes no difference */
    const char *section;         /* who asks, for messages: "init", "job:NAME" */
    const char *user;            /* a name or a number; NULL: as we run */
    char *const *environment; /* NAME=VALUE, ends in NULL: these are there whatever [env] says; NULL: none */
};

/*
 * Builds it. With a user the environment has what login(1) would set: HOME, SHELL, and where it has a name
 * USER and LOGNAME, which are gone where it has none.
 * Returns 0; -ENOMEM; or -EINVAL when there is no such user or we may not become it: then MESSAGE (printable
 * ASCII, SIZE bytes, at least 256) says what is wrong and in which section. RET_CHILDENV is untouched on
 * failure; childenv_finish() frees it.
 */
int childenv_build(struct childenv *ret_childenv, const struct childenv_request *request, char *message,
                   size_t size);

/*
 * Overwrites in ENVIRON_IN, and so in /proc/PID/environ, what CONFIG's [env] keeps from children.
 * Returns how many variables that were.
 */
size_t childenv_wipe(const struct config *config, char **environ_in);

/* A zeroed object is fine. */
void childenv_finish(struct childenv *childenv);

#endif
