/* SPDX-License-Identifier: MIT */
/*
 * gitconfig: git's own configuration files, read as git-config(1) ("CONFIGURATION FILE", "Syntax") says.
 *
 * Lenient where git gives up: a line that is no pair is left out and the reading goes on, because the
 * question is what might be meant, not whether git would start. Names are made lower case but for a
 * subsection's. Nothing is allocated; what is longer than the room for it is cut.
 */
#ifndef SANDBOX_INIT_GITCONFIG_H
#define SANDBOX_INIT_GITCONFIG_H

#include <stddef.h>

enum {
    GITCONFIG_NAME_SIZE = 64,
    GITCONFIG_SUBSECTION_SIZE = 256,
    GITCONFIG_VALUE_SIZE = 1024,
};

struct gitconfig_pair {
    char section[GITCONFIG_NAME_SIZE];          /* "credential"; "" before the first one */
    char subsection[GITCONFIG_SUBSECTION_SIZE]; /* "https://github.com"; "" if there is none */
    char key[GITCONFIG_NAME_SIZE];
    char value[GITCONFIG_VALUE_SIZE]; /* without quotes and comment; "" also for a key alone */
};

typedef void gitconfig_visit(void *context, const struct gitconfig_pair *pair);

/* Visits the pairs of TEXT, which ends in a NUL, in their order. */
void gitconfig_read(const char *text, gitconfig_visit *visit, void *context);

#endif
