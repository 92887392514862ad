/* SPDX-License-Identifier: MIT */
/*
 * chart: the start-up as rows of bars on an axis of time, before anybody draws it.
 *
 * A container lives for days and starts in seconds, so the axis does not reach until now: it ends a little
 * after everything was settled for the first time, and for long enough to be the end of the start-up rather
 * than a pause in it. What happened later is counted, not shown. While something is not settled yet it ends
 * now.
 *
 * Pure. Times are milliseconds from the axis's beginning. Whatever is told, and in any order, there are rows
 * and bars that can be drawn: all of them lie within the axis, and their texts are printable ASCII.
 */
#ifndef SANDBOX_INIT_CHART_H
#define SANDBOX_INIT_CHART_H

#include "sandbox_init/history.h"
#include "sandbox_init/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHART_TEXT_SIZE = 64, /* bytes of a text with its NUL; a longer one is cut, and ends in "..." */
    CHART_WHAT_SIZE = 16, /* of what a tick is of */
    CHART_STEPS_MAX = 8,  /* of the axis */
};

/* What a bar looks like: what its time was spent with, and what came of it. */
enum chart_look {
    CHART_WAITING,
    CHART_STARTING,
    CHART_RUNNING,   /* it goes on, or was stopped because that was wanted */
    CHART_SUCCEEDED, /* a run that is over */
    CHART_FAILED,
    CHART_STOPPING, /* the rest of a run is being ended */
    CHART_BACKOFF,
    CHART_SKIPPED, /* a mark: it has no length */
    CHART_GAVE_UP, /* the same: it failed for good */
    CHART_LOOK_COUNT,
};

struct chart_bar {
    enum chart_look look;
    size_t row; /* of `rows` */
    uint64_t from;
    uint64_t to;
};

struct chart_row {
    uint64_t needs;     /* bits 1 << row that it comes after */
    uint64_t begins_at; /* when it did more than to wait; UINT64_MAX: it did not */
    uint64_t ready_at;  /* when it was settled for the first time, */
    bool is_ready;      /* if that is within the axis */
    unsigned runs;
    char name[CHART_TEXT_SIZE];
    char outcome[CHART_TEXT_SIZE]; /* at the end of the axis: "done after 3.2 s" */
    char after[CHART_TEXT_SIZE];   /* "after a, b"; "": after nothing */
};

struct chart_tick {
    uint64_t at;
    bool is_bad; /* something that could not be done */
    char what[CHART_WHAT_SIZE];
};

/* What the records said, by the wall. */
struct chart_span {
    size_t job; /* of `view->jobs` */
    enum jobstate_state state;
    uint64_t from_at;
    uint64_t to_at; /* UINT64_MAX: it goes on */
};

/* About 130 KiB. Zero-initialise, but for `view`. */
struct chart {
    struct view *view; /* takes the records that a chart has no need to keep itself */
    struct chart_span spans[HISTORY_SPANS_MAX];
    size_t span_count;
    struct chart_tick ticks[HISTORY_TICKS_MAX]; /* until chart_finish(): by the wall, and all of them */
    size_t tick_count;
    uint64_t lost; /* spans and ticks that the init has forgotten */

    /* from here on by chart_finish() */
    struct chart_row rows[CONFIG_JOBS_MAX];
    size_t row_count;
    struct chart_bar bars[HISTORY_SPANS_MAX];
    size_t bar_count;
    uint64_t begin_at; /* of the axis, by the wall */
    uint64_t length;   /* of the axis; at least 1 */
    uint64_t step;     /* between its marks, of which there are CHART_STEPS_MAX at most */
    bool is_settled;   /* all are, within the axis, */
    uint64_t settled;  /* then */
    size_t later;      /* spans and ticks behind the axis's end */
};

/* Takes a record of the replies to `status` and `history`: the former whole before the latter. */
void chart_take(struct chart *chart, const char *name, struct fields_reader *reader);

/* Puts the rows in the order in which they began to run, and everything on the axis. Once, at the end. */
void chart_finish(struct chart *chart);

/* The look's name for the legend. */
const char *chart_look_name(enum chart_look look);

#endif
