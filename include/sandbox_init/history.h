/* SPDX-License-Identifier: MIT */
/*
 * history: what happened since the start, as far as it is remembered: the states that jobs were in, and what
 * the guard did.
 *
 * Pure, of fixed size: the oldest is forgotten when there is too much, and how much was forgotten is known.
 * Everything has a number, counted from 0 at the start, so that who reads it in portions misses nothing and
 * is not confused by what comes in between. Times are milliseconds, in any count; they are given.
 */
#ifndef SANDBOX_INIT_HISTORY_H
#define SANDBOX_INIT_HISTORY_H

#include <stddef.h>
#include <stdint.h>

enum {
    HISTORY_SPANS_MAX = 1024,
    HISTORY_TICKS_MAX = 512,
    HISTORY_ACTORS_MAX = 64,
};

/* ACTOR was in STATE. */
struct history_span {
    uint64_t from_ms;
    uint64_t to_ms; /* 0: it still is; else not less than `from_ms`, even if the clock was set back */
    unsigned char actor;
    unsigned char state;
};

struct history_tick {
    uint64_t at_ms;
    const char *what;
};

/* Zero-initialise. */
struct history {
    uint64_t span_count; /* of all that there were */
    uint64_t tick_count;
    uint64_t latest[HISTORY_ACTORS_MAX]; /* 1 + the number of each actor's last span; 0: it has none */
    struct history_span spans[HISTORY_SPANS_MAX];
    struct history_tick ticks[HISTORY_TICKS_MAX];
};

/* ACTOR, less than HISTORY_ACTORS_MAX, is in STATE from NOW_MS on. */
void history_note_state(struct history *history, size_t actor, unsigned state, uint64_t now_ms);

/* WHAT, a string that stays, happened. */
void history_note_tick(struct history *history, const char *what, uint64_t now_ms);

/* The numbers of the oldest that is remembered: so many were forgotten. */
uint64_t history_first_span(const struct history *history);
uint64_t history_first_tick(const struct history *history);

/* The one with NUMBER; NULL: it is forgotten, or did not come yet. */
const struct history_span *history_find_span(const struct history *history, uint64_t number);
const struct history_tick *history_find_tick(const struct history *history, uint64_t number);

#endif
