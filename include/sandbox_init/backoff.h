/* SPDX-License-Identifier: MIT */
/*
 * backoff: how long to wait before the next try.
 *
 * The first delay is the configured one; each further end in a row doubles it, up to a ceiling.
 */
#ifndef SANDBOX_INIT_BACKOFF_H
#define SANDBOX_INIT_BACKOFF_H

#include <stdint.h>

enum {
    BACKOFF_CEILING_MS = 60 * 1000, /* or the first delay, where that is longer */
    BACKOFF_STABLE_MS = 10 * 1000,  /* a run of this length ends a row */
};

/* The delay in milliseconds after the ENDS-th end in a row; FIRST_MS after the first, or after none. */
uint64_t backoff_delay(uint64_t first_ms, unsigned ends);

#endif
