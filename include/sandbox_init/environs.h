/* SPDX-License-Identifier: MIT */
/*
 * environs: the values that some variables have in our environment and in those of all visible processes.
 *
 * VS Code's server, its terminals and what the agent started there have other environments than we: they
 * say where sockets are that nobody else knows of. A value is kept once, however many have it. Anybody may
 * have put it there; it is a hint where to look, and never printed.
 */
#ifndef SANDBOX_INIT_ENVIRONS_H
#define SANDBOX_INIT_ENVIRONS_H

#include "sandbox_init/scene.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    ENVIRONS_VALUES_MAX = 128,
    ENVIRONS_VALUE_SIZE = 2048,  /* bytes with the NUL; longer ones are cut */
    ENVIRONS_TEXT_SIZE = 262144, /* of an environment that are read */
};

struct environs_value {
    const char *name; /* of those that were asked for */
    char text[ENVIRONS_VALUE_SIZE];
};

struct environs {
    struct environs_value *values; /* owned */
    size_t count;
    bool is_cut;   /* there were more, or more processes */
    size_t unread; /* environments that we may not read, but for that of a sandbox-init that is PID 1 */
};

/*
 * Gathers the values, but for empty ones, of NAMES, which ends in NULL and outlives ENVIRONS. Processes that
 * end meanwhile are left out. Returns 0 or -ENOMEM; then there is nothing to finish.
 */
int environs_gather(struct environs *ret_environs, const struct scene *scene, const char *const *names);

/* Takes a zeroed object too. */
void environs_finish(struct environs *environs);

#endif
