/* SPDX-License-Identifier: MIT */
#include "sandbox_init/backoff.h"

uint64_t backoff_delay(uint64_t first_ms, unsigned ends)
{
    const uint64_t ceiling = first_ms > BACKOFF_CEILING_MS ? first_ms : BACKOFF_CEILING_MS;
    uint64_t delay = first_ms;
    for (unsigned i = 1; i < ends && delay > 0 && delay < ceiling; i++) {
        delay *= 2;
    }
    return delay < ceiling ? delay : ceiling;
}
