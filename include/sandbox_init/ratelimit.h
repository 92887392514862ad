/* SPDX-License-Identifier: MIT */
/*
 * ratelimit: how often one kind of line may be said.
 *
 * An agent that makes sockets in a loop must not be able to fill the log (and the disk behind it), and what
 * was left out must still be counted. A token bucket: `burst` lines at once, then `per_second`.
 */
#ifndef SANDBOX_INIT_RATELIMIT_H
#define SANDBOX_INIT_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct ratelimit {
    uint32_t burst;        /* lines that may come at once, at least 1 */
    uint32_t per_second;   /* lines a second after that, at least 1 */
    uint64_t tokens_milli; /* thousandths of a line that are left */
    uint64_t last_ms;      /* when tokens_milli was true */
    uint64_t missed;       /* lines refused since the last ratelimit_take_missed() */
};

/*
 * Starts full. NOW_MS: any monotonic clock in milliseconds, the same one in every call.
 * A BURST or PER_SECOND of 0 is taken as 1: a limit may be slow, but it never silences for good.
 */
void ratelimit_init(struct ratelimit *limit, uint32_t burst, uint32_t per_second, uint64_t now_ms);

/*
 * May a line be said now? If not, it is counted as missed. A clock that went back refills nothing and is
 * followed from there: waiting for it to catch up would silence us for as long as it had jumped.
 */
bool ratelimit_allows(struct ratelimit *limit, uint64_t now_ms);

/* How many were missed since the last call; the count starts again at 0. */
uint64_t ratelimit_take_missed(struct ratelimit *limit);

#endif
