/* SPDX-License-Identifier: MIT */
/*
 * guard: revokes VS Code's sockets for as long as the container lives.
 *
 * The policy of the scrub is here: what an event means, when to sweep, what to do when events cannot be had.
 * At the start every directory is watched first and swept then. From then on events alone drive it; it never
 * wakes by itself, unless inotify cannot be had: then it sweeps every second, says so, and goes back to
 * events as soon as it can.
 *
 * A race remains, which is why this is a mitigation and no boundary: between bind(2) and our chown(2) lie
 * some tens of microseconds in which a program that waits for just that can connect.
 */
#ifndef SANDBOX_INIT_GUARD_H
#define SANDBOX_INIT_GUARD_H

#include "sandbox_init/config.h"
#include "sandbox_init/log.h"
#include "sandbox_init/mounts.h"
#include "sandbox_init/pattern.h"
#include "sandbox_init/places.h"
#include "sandbox_init/tally.h"
#include "sandbox_init/watch.h"
#include "sandbox_init/watchlist.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    GUARD_POLL_MS = 1000,
    GUARD_WALK_SHARE = 10,        /* walks that are slow get one tenth of the time, events the rest */
    GUARD_WALK_SLOW_NS = 1000000, /* of processor time */
};

struct guard {
    struct log *log;
    tally_callback *callback; /* NULL: nobody wants to know what it does */
    void *context;
    uv_loop_t *loop; /* NULL: not started */
    bool is_dry;     /* action = report */
    bool is_final;   /* what others made can be revoked for good */
    struct places places;
    struct pattern patterns[CONFIG_PATTERNS_MAX];
    size_t pattern_count;

    struct watch watch;
    struct mounts mounts;
    struct tally tally;
    struct watchlist list;
    uv_timer_t walk_timer; /* active while a walk is put off */
    uint64_t walk_after;   /* uv_hrtime(): when the next walk may begin */
    uv_timer_t poll_timer; /* active while events cannot be had */

    bool is_dirty;               /* a directory came or went: the next walk will find others */
    bool is_unsure;              /* events were lost */
    uint32_t moved_cookie;       /* of a matching name that was moved and not seen to arrive yet; 0: none */
    char fugitive[NAME_MAX + 1]; /* the name that one arrived under and had left again when we came */
    bool is_move_told;           /* and it was counted as moved away, since it took too long */
};

/* A snapshot for who asks. */
struct guard_report {
    struct tally_counters counters;
    size_t directories; /* in which sockets are revoked at once */
    size_t closed;      /* into which we may not look */
    bool is_running;
    bool is_polling;
    bool is_full;    /* and that is because there are too many directories */
    bool has_events; /* inotify can be had */
    bool is_final;
    bool is_dry;
};

/*
 * Gets ready, in zeroed memory that it never touches more of than it needs: compiles CONFIG's globs and
 * patterns against ENVIRON_IN. CONFIG and LOG outlive the guard. Returns 0, -ENOMEM, -E2BIG or -ENAMETOOLONG.
 * After this, nothing in the guard allocates but the loop's own table of descriptors.
 */
int guard_init(struct guard *guard, const struct config *config, char *const *environ_in, struct log *log);

/* From its start on CALLBACK is called with CONTEXT for each thing that it does or sees, as tally_listen()
 * says. */
void guard_listen(struct guard *guard, tally_callback *callback, void *context);

/*
 * Watches and sweeps; from its return on, sockets are revoked as LOOP runs. Returns 0, or -errno when not
 * even timers can be had. That events cannot be had is no failure: see guard_report's `is_polling`.
 */
int guard_start(struct guard *guard, uv_loop_t *loop);

/* Zeroes where the guard was not started. */
void guard_report(const struct guard *guard, struct guard_report *ret_report);

/* Says the counts; ends all activity. The handles are closed when the loop has run once more. */
void guard_stop(struct guard *guard);

/* Frees; after guard_stop() and the loop's end, or after a failed guard_init(), or zeroed. */
void guard_finish(struct guard *guard);

#endif
