/* SPDX-License-Identifier: MIT */
/*
 * places: from the configured globs to the directories that exist now.
 *
 * A glob such as /run/user/[*] names directories that appear, vanish and are replaced while we run. The walk
 * reports not only the directories that match but also every directory on the way to them, with the name
 * that is looked for there: whoever watches those learns when the answer changes.
 *
 * Every step is taken from a held descriptor. Symbolic links are followed, but by reading them and walking on
 * from where they stand, so that the directories behind a link are on the way too. Whoever made them: an
 * agent that replaces /tmp/user by a link would else lead VS Code's sockets to where nobody looks. What it
 * gains by leading us astray is that sockets with VS Code's names are revoked there.
 *
 * Nothing is allocated by the walk.
 */
#ifndef SANDBOX_INIT_PLACES_H
#define SANDBOX_INIT_PLACES_H

#include "sandbox_init/fileid.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    PLACES_GLOBS_MAX = 64,
    PLACES_PATH_SIZE_MAX = 512, /* bytes of a directory's path, and of a glob, with its NUL */
    PLACES_LINKS_MAX = 40,      /* links in a row, then -ELOOP; as many as the kernel follows */
    PLACES_BEHIND_MAX = 1024,   /* directories behind links in a whole walk, then -ELOOP */
    PLACES_DEPTH_MAX = 128,     /* directories gone through, those behind links too, then -ELOOP */
};

struct places {
    char (*globs)[PLACES_PATH_SIZE_MAX]; /* owned: absolute paths whose components are for fnmatch(3) */
    size_t count;
};

/*
 * Compiles DIRS (ends in NULL; as in struct config: absolute globs, or $NAME with an optional /rest).
 * ENVIRON_IN answers $NAME; its value is taken literally, whatever globs it contains. An entry whose variable
 * is unset or not an absolute path is left out. RET_PLACES is overwritten; places_finish() frees it.
 * Returns 0, -ENOMEM, -E2BIG (too many globs) or -ENAMETOOLONG.
 */
int places_init(struct places *ret_places, char *const *dirs, char *const *environ_in);

/* Takes a half-initialised or zeroed object too. */
void places_finish(struct places *places);

struct places_visit {
    int fd;    /* O_PATH, closed after the call: dup(2) it to keep it; -1: see `error` */
    int error; /* negative errno: something is there but cannot be used; 0: `id` is valid */
    struct fileid id;
    const char *path;   /* as it was reached, links resolved; not escaped */
    const char *child;  /* the glob that the walk looks for in this directory; NULL where the glob ends */
    bool is_child_last; /* what matches `child` is a directory that the glob is for, not one on the way */
};

/* Strings live only in the call. Returns false to end the whole walk. */
typedef bool places_callback(void *context, const struct places_visit *visit);

/*
 * Walks all globs in their order, from / down. A directory that several globs lead to is visited for each.
 * What does not exist, or is no directory, is not visited; the directory that it would be in is.
 */
void places_walk(const struct places *places, places_callback *callback, void *context);

#endif
