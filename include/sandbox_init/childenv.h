/* SPDX-License-Identifier: MIT */
/*
 * childenv: what programs that we start are given: their environment and their user.
 *
 * Built once, at the start, from the configuration; and what they are not given is taken out of our own
 * memory.
 */
#ifndef SANDBOX_INIT_CHILDENV_H
#define SANDBOX_INIT_CHILDENV_H

#include "sandbox_init/config_table.h"
#include "sandbox_init/identity.h"

#include <stdbool.h>
#include <stddef.h>

struct childenv {
    char **variables; /* owned; ends in NULL */
    bool has_user;    /* false: children run as we do */
    struct identity user;
};

/*
 * Builds it from CONFIG's [env] and [init] user, and from ENVIRON_IN. With a user the environment has what
 * login(1) would set: HOME, SHELL, and where it has a name USER and LOGNAME.
 * Returns 0; -ENOMEM; or -EINVAL when there is no such user or we may not become it: then MESSAGE (SIZE
 * bytes, at least 256) says what is wrong. childenv_finish() frees.
 */
int childenv_build(struct childenv *ret_childenv, const struct config *config, char *const *environ_in,
                   char *message, size_t size);

/*
 * Overwrites in ENVIRON_IN, and so in /proc/PID/environ, what CONFIG's [env] keeps from children.
 * Returns how many variables that were.
 */
size_t childenv_wipe(const struct config *config, char **environ_in);

/* A zeroed object is fine. */
void childenv_finish(struct childenv *childenv);

#endif
