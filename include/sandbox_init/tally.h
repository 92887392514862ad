/* SPDX-License-Identifier: MIT */
/*
 * tally: counts what the guard did, and says it without flooding the log.
 *
 * Lines are limited for each kind separately, so that a hundred thousand removals do not drown the one
 * failure; the number of those left out is said a second later. What cannot be helped and is met again at
 * every sweep is counted and said once.
 */
#ifndef SANDBOX_INIT_TALLY_H
#define SANDBOX_INIT_TALLY_H

#include "sandbox_init/log.h"
#include "sandbox_init/ratelimit.h"
#include "sandbox_init/revoke.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    TALLY_BURST = 20,     /* lines of one kind that may come at once */
    TALLY_PER_SECOND = 2, /* and after that */
    TALLY_SAID_MAX = 64,  /* troubles remembered */
};

struct tally_counters {
    uint64_t revoked;    /* for good */
    uint64_t unlinked;   /* degraded: not for who held a descriptor or hard link */
    uint64_t links;      /* symbolic links removed */
    uint64_t found;      /* action = report: sockets left as they are */
    uint64_t refused;    /* matching names that are no socket of ours to remove */
    uint64_t failed;     /* sockets that could not be removed */
    uint64_t hard_links; /* sockets that had a second name: somebody tries to keep them */
    uint64_t moved_away; /* matching names moved out of the watched directories before we came */
    uint64_t overflows;  /* of the event queue; each is followed by a sweep */
};

/* What is limited separately. */
enum tally_kind { TALLY_REMOVED, TALLY_REFUSED, TALLY_FAILED, TALLY_EVIDENCE, TALLY_PLACE, TALLY_KIND_COUNT };

/* Something was done or seen, WHAT in a word that stays: see revoke_result_name(); "moved-away", "overflow".
 */
typedef void tally_callback(void *context, const char *what);

struct tally {
    struct log *log;
    tally_callback *callback; /* NULL: nobody wants to know */
    void *context;
    uv_timer_t timer; /* active while lines were left out */
    struct tally_counters counters;
    struct ratelimit limits[TALLY_KIND_COUNT];
    uint64_t said[TALLY_SAID_MAX]; /* hashes of troubles, a ring */
    size_t said_next;
};

/* Returns 0 or -errno. LOG outlives it. */
int tally_start(struct tally *tally, uv_loop_t *loop, struct log *log);

/* From now on CALLBACK is called with CONTEXT for each thing that is counted. It only takes note. */
void tally_listen(struct tally *tally, tally_callback *callback, void *context);

/* Counts and says OUTCOME of NAME in the directory PATH. Neither need be escaped. */
void tally_outcome(struct tally *tally, const struct revoke_outcome *outcome, const char *path,
                   const char *name);

/* Counts and says that a name to be revoked was moved where we do not see it. */
void tally_moved_away(struct tally *tally);

/* Counts and says that events were lost. */
void tally_overflow(struct tally *tally);

/* Says, once for each PATH and error, that the directory PATH "cannot be <DEED>: <error>; <HINT>". */
void tally_trouble(struct tally *tally, const char *path, const char *deed, int error, const char *hint);

/* Says what was left out and, if anything was counted, the counters; closes its timer. A zeroed object is
 * fine. */
void tally_stop(struct tally *tally);

#endif
