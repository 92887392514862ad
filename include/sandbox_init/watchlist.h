/* SPDX-License-Identifier: MIT */
/*
 * watchlist: the directories that are watched now, kept in line with the file system.
 *
 * A walk over the configured globs (places.h) finds the directories in which sockets are revoked, the
 * targets, and those on the way to them. All are watched, so that one that appears, vanishes or is renamed
 * leads to a new walk. A directory is watched before the walk looks into it and is handed out for a sweep
 * after that: nothing appears unseen in between.
 *
 * The table has a fixed size and nothing is allocated. What does not fit, and what cannot be watched for want
 * of inotify's limits, makes the list incomplete; the guard then sweeps it regularly. A walk that fills the
 * table ends there: an agent that makes thousands of matching directories must not slow down what follows
 * each event.
 */
#ifndef SANDBOX_INIT_WATCHLIST_H
#define SANDBOX_INIT_WATCHLIST_H

#include "sandbox_init/fileid.h"
#include "sandbox_init/places.h"
#include "sandbox_init/tally.h"
#include "sandbox_init/watch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WATCHLIST_MAX = 128,           /* directories, those on the way included */
    WATCHLIST_CHILDREN_SIZE = 256, /* bytes of all the globs looked for in one directory on the way */
};

struct watchlist_directory {
    bool is_used;
    bool is_seen;     /* in the walk that is going on */
    bool is_target;   /* sockets are revoked in it */
    bool has_targets; /* a direct child may be a target */
    bool has_rest;    /* a socket in it could not be removed: a change of its mode is worth another try */
    int fd;           /* O_PATH of a target; -1 else: a held directory's deletion would go unnoticed */
    int watch_id;     /* -1: not watched, because of `error` */
    int error;
    uint32_t mask; /* that it is watched with */
    struct fileid id;
    char children[WATCHLIST_CHILDREN_SIZE]; /* globs of what is looked for in it, each ended by a NUL */
    size_t children_length;
    bool has_any_child; /* there were more globs than fit: any name may matter */
    char path[PLACES_PATH_SIZE_MAX];
};

/* A target is watched from now on, or again: time to look what is in it. */
typedef void watchlist_callback(void *context, struct watchlist_directory *directory);

struct watchlist {
    const struct places *places;
    struct watch *watch;
    struct tally *tally;
    watchlist_callback *on_target;
    void *context;
    bool is_full; /* there are more directories than fit */
    size_t end;   /* entries from here on were never used, and their memory never touched */
    struct watchlist_directory directories[WATCHLIST_MAX];
};

/*
 * Brings the list in line with the directories that exist now. The caller has set the pointers, on_target
 * and context in zeroed memory before the first walk; they stay the caller's. IS_THOROUGH: goes on when the
 * table is full, and so finds out whether there is room in it again.
 */
void watchlist_walk(struct watchlist *list, bool is_thorough);

/* The directory behind an event's id, or NULL when it is not in the list any more. */
struct watchlist_directory *watchlist_find(struct watchlist *list, int watch_id);

/* The directory with this identity, or NULL. */
struct watchlist_directory *watchlist_find_id(struct watchlist *list, const struct fileid *id);

/* A socket in DIRECTORY could not be removed: from now on changes of modes are told too. */
void watchlist_note_rest(struct watchlist *list, struct watchlist_directory *directory);

/* Is NAME in DIRECTORY something whose coming or going calls for a walk? */
bool watchlist_is_on_the_way(const struct watchlist_directory *directory, const char *name);

/* The kernel ended this watch. The next walk sets it again if the directory is still there. */
void watchlist_lose(struct watchlist_directory *directory);

/* Does every target that we may read have its watch? */
bool watchlist_is_complete(const struct watchlist *list);

/* Targets that are watched. */
size_t watchlist_count(const struct watchlist *list);

/* Directories, those on the way included, that we may not look into: what is made in them stays unseen. */
size_t watchlist_count_closed(const struct watchlist *list);

/* Closes what it holds and empties the table. */
void watchlist_clear(struct watchlist *list);

#endif
