/* SPDX-License-Identifier: MIT */
#include "sandbox_init/history.h"

#include <stdbool.h>

static uint64_t forgotten(uint64_t count, uint64_t max)
{
    return count > max ? count - max : 0;
}

uint64_t history_first_span(const struct history *history)
{
    return forgotten(history->span_count, HISTORY_SPANS_MAX);
}

uint64_t history_first_tick(const struct history *history)
{
    return forgotten(history->tick_count, HISTORY_TICKS_MAX);
}

void history_note_state(struct history *history, size_t actor, unsigned state, uint64_t now_ms)
{
    const uint64_t latest = history->latest[actor];
    if (latest > history_first_span(history)) {
        struct history_span *before = &history->spans[(latest - 1) % HISTORY_SPANS_MAX];
        before->to_ms = now_ms > before->from_ms ? now_ms : before->from_ms;
    }
    history->spans[history->span_count % HISTORY_SPANS_MAX] = (struct history_span){
        .from_ms = now_ms,
        .actor = (unsigned char)actor,
        .state = (unsigned char)state,
    };
    history->latest[actor] = ++history->span_count;
}

void history_note_tick(struct history *history, const char *what, uint64_t now_ms)
{
    history->ticks[history->tick_count % HISTORY_TICKS_MAX] =
        (struct history_tick){.at_ms = now_ms, .what = what};
    history->tick_count++;
}

const struct history_span *history_find_span(const struct history *history, uint64_t number)
{
    const bool is_there = number >= history_first_span(history) && number < history->span_count;
    return is_there ? &history->spans[number % HISTORY_SPANS_MAX] : NULL;
}

const struct history_tick *history_find_tick(const struct history *history, uint64_t number)
{
    const bool is_there = number >= history_first_tick(history) && number < history->tick_count;
    return is_there ? &history->ticks[number % HISTORY_TICKS_MAX] : NULL;
}
