/* SPDX-License-Identifier: MIT */
/*
 * socktable: the Unix sockets of our network namespace, as the kernel lists them (/proc/net/unix, proc(5)).
 *
 * They are there wherever their names were made, and when the names are gone; so this finds what no search
 * through directories does. What it tells are claims: a name may have a newline in it that forges an entry,
 * may have been made in another mount namespace, and may stand for another socket by now. Connect to be sure.
 */
#ifndef SANDBOX_INIT_SOCKTABLE_H
#define SANDBOX_INIT_SOCKTABLE_H

#include "sandbox_init/scene.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    SOCKTABLE_MAX = 20000, /* sockets that are looked at */
    SOCKTABLE_NAME_SIZE = 128,
};

struct socktable_entry {
    bool is_abstract;
    bool is_listening;
    char name[SOCKTABLE_NAME_SIZE]; /* abstract: without the "@" before it, and "@" for a NUL in it */
};

/* Returns false to end. */
typedef bool socktable_visit(void *context, const struct socktable_entry *entry);

/*
 * Visits the sockets that have a name; one that listens comes once for itself and once for each connection to
 * it, of which only the first is_listening. Returns 0; -E2BIG: there are more than were looked at; another
 * -errno.
 */
int socktable_walk(const struct scene *scene, socktable_visit *visit, void *context);

#endif
