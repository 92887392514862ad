/* SPDX-License-Identifier: MIT */
#include "sandbox_init/ratelimit.h"

enum {
    LINE_MILLI = 1000, /* what one line costs */
};

static uint64_t capacity(const struct ratelimit *limit)
{
    return (uint64_t)limit->burst * LINE_MILLI;
}

/* One line a second is one thousandth of a line a millisecond, so nothing is rounded away. */
static void refill(struct ratelimit *limit, uint64_t now_ms)
{
    uint64_t elapsed_ms = now_ms > limit->last_ms ? now_ms - limit->last_ms : 0;
    uint64_t room_milli = capacity(limit) - limit->tokens_milli;
    limit->last_ms = now_ms;
    /* The product is formed only where it is below the room, which cannot overflow. */
    if (elapsed_ms > room_milli / limit->per_second) {
        limit->tokens_milli += room_milli;
    } else {
        limit->tokens_milli += elapsed_ms * limit->per_second;
    }
}

void ratelimit_init(struct ratelimit *limit, uint32_t burst, uint32_t per_second, uint64_t now_ms)
{
    *limit = (struct ratelimit){
        .burst = burst > 0 ? burst : 1,
        .per_second = per_second > 0 ? per_second : 1,
        .last_ms = now_ms,
    };
    limit->tokens_milli = capacity(limit);
}

bool ratelimit_allows(struct ratelimit *limit, uint64_t now_ms)
{
    refill(limit, now_ms);
    if (limit->tokens_milli < LINE_MILLI) {
        limit->missed++;
        return false;
    }
    limit->tokens_milli -= LINE_MILLI;
    return true;
}

uint64_t ratelimit_take_missed(struct ratelimit *limit)
{
    uint64_t missed = limit->missed;
    limit->missed = 0;
    return missed;
}
