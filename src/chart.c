/* SPDX-License-Identifier: MIT */
#include "sandbox_init/chart.h"

#include "sandbox_init/escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    PAUSE_MIN_MS = 1000, /* for so long, and for a quarter of the time until then, nothing happened: */
    PAUSE_PART = 4,      /* the start-up is over */
    MARGIN_PART = 12,    /* of the axis, behind its end */
    MARGIN_MIN_MS = 5,
    QUIET_MS = 60000, /* of the axis where there are no jobs: the guard's first minute */
};

#define FOR_EVER UINT64_MAX

static const char *const look_names[CHART_LOOK_COUNT] = {
    [CHART_WAITING] = "waiting",
    [CHART_STARTING] = "starting",
    [CHART_RUNNING] = "running",
    [CHART_SUCCEEDED] = "succeeded",
    [CHART_FAILED] = "failed try",
    [CHART_STOPPING] = "stopping, draining",
    [CHART_BACKOFF] = "pause before the next try",
    [CHART_SKIPPED] = "skipped",
    [CHART_GAVE_UP] = "failed",
};

const char *chart_look_name(enum chart_look look)
{
    return look_names[look];
}

/* ---- records ---- */

static enum jobstate_state find_state(const char *name)
{
    int state = JOBSTATE_STATE_COUNT - 1;
    while (state > JOBSTATE_HOLE && strcmp(jobstate_name((enum jobstate_state)state), name) != 0) {
        state--;
    }
    return (enum jobstate_state)state;
}

/* Those of jobs or in states that nobody knows are left out. */
static void take_span(struct chart *chart, struct fields_reader *reader)
{
    struct chart_span span = {.to_at = FOR_EVER};
    const struct view_job *job = NULL;
    const char *key = NULL;
    const char *value = NULL;
    while (fields_next(reader, &key, &value)) {
        if (strcmp(key, "name") == 0) {
            job = view_find_job(chart->view, value);
        } else if (strcmp(key, "state") == 0) {
            span.state = find_state(value);
        } else if (strcmp(key, "from_at") == 0) {
            fields_read_number(value, &span.from_at);
        } else if (strcmp(key, "to_at") == 0) {
            fields_read_number(value, &span.to_at);
        }
    }
    if (job != NULL && span.state != JOBSTATE_HOLE && span.from_at != 0 &&
        chart->span_count < HISTORY_SPANS_MAX) {
        span.job = (size_t)(job - chart->view->jobs);
        chart->spans[chart->span_count++] = span;
    }
}

/* What the guard says when it did what it is for. */
static bool is_good(const char *result)
{
    static const char *const good[] = {"revoked", "unlinked", "link", "found"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (strcmp(good[i], result) == 0) {
            return true;
        }
    }
    return false;
}

static void take_tick(struct chart *chart, struct fields_reader *reader)
{
    struct chart_tick tick = {.is_bad = true};
    const char *key = NULL;
    const char *value = NULL;
    while (fields_next(reader, &key, &value)) {
        if (strcmp(key, "at") == 0) {
            fields_read_number(value, &tick.at);
        } else if (strcmp(key, "result") == 0) {
            escape_text(tick.what, sizeof tick.what, value);
            tick.is_bad = !is_good(value);
        }
    }
    if (tick.at != 0 && chart->tick_count < HISTORY_TICKS_MAX) {
        chart->ticks[chart->tick_count++] = tick;
    }
}

static void take_history(struct chart *chart, struct fields_reader *reader)
{
    const char *key = NULL;
    const char *value = NULL;
    while (fields_next(reader, &key, &value)) {
        if (strcmp(key, "lost") == 0) {
            fields_read_number(value, &chart->lost);
        }
    }
}

void chart_take(struct chart *chart, const char *name, struct fields_reader *reader)
{
    if (strcmp(name, "span") == 0) {
        take_span(chart, reader);
    } else if (strcmp(name, "tick") == 0) {
        take_tick(chart, reader);
    } else if (strcmp(name, "history") == 0) {
        take_history(chart, reader);
    } else {
        view_take(chart->view, name, reader);
    }
}

/* ---- the axis ---- */

static void sort_spans(struct chart *chart)
{
    for (size_t i = 1; i < chart->span_count; i++) {
        const struct chart_span span = chart->spans[i];
        size_t at = i;
        for (; at > 0 && chart->spans[at - 1].from_at > span.from_at; at--) {
            chart->spans[at] = chart->spans[at - 1];
        }
        chart->spans[at] = span;
    }
}

static bool is_settled(const struct chart *chart, const struct chart_span *span)
{
    return !jobstate_is_active(span->state) ||
           (span->state == JOBSTATE_RUNNING && chart->view->jobs[span->job].is_service);
}

static uint64_t find_now(const struct chart *chart)
{
    uint64_t now = chart->view->init.now_at.value;
    if (chart->span_count > 0 && chart->spans[chart->span_count - 1].from_at > now) {
        now = chart->spans[chart->span_count - 1].from_at;
    }
    return now;
}

/* What was forgotten came before the rest: there is nothing to be drawn there. */
static uint64_t find_begin(const struct chart *chart, uint64_t now)
{
    const uint64_t started = chart->view->init.started_at.value;
    uint64_t first = chart->span_count > 0 ? chart->spans[0].from_at : now;
    if (chart->tick_count > 0 && chart->ticks[0].at < first) {
        first = chart->ticks[0].at;
    }
    const bool is_usable = started != 0 && started <= now && chart->lost == 0;
    return is_usable && started < first ? started : first;
}

/* Is what comes after the span NUMBER so much later that it belongs to something else? */
static bool is_pause_after(const struct chart *chart, size_t number)
{
    const uint64_t at = chart->spans[number].from_at;
    if (number + 1 == chart->span_count) {
        return true;
    }
    const uint64_t part = (at - chart->begin_at) / PAUSE_PART;
    return chart->spans[number + 1].from_at - at > (part > PAUSE_MIN_MS ? part : PAUSE_MIN_MS);
}

/* Finds the first time from which on all were settled. */
static void find_settled(struct chart *chart)
{
    bool is_pending[CONFIG_JOBS_MAX] = {false};
    size_t pending = 0;
    chart->is_settled = chart->span_count == 0;
    for (size_t i = 0; i < chart->span_count && !chart->is_settled; i++) {
        const struct chart_span *span = &chart->spans[i];
        const bool was_pending = is_pending[span->job];
        is_pending[span->job] = !is_settled(chart, span);
        pending = pending + (is_pending[span->job] ? 1 : 0) - (was_pending ? 1 : 0);
        chart->is_settled = pending == 0 && is_pause_after(chart, i);
        chart->settled = span->from_at - chart->begin_at;
    }
}

static uint64_t find_step(uint64_t length)
{
    static const uint64_t steps[] = {
        1,      2,       5,       10,      20,      50,       100,      200,      500,
        1000,   2000,    5000,    10000,   20000,   30000,    60000,    120000,   300000,
        600000, 1200000, 1800000, 3600000, 7200000, 10800000, 21600000, 43200000, 86400000,
    };
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof steps[0] && length / steps[i] > CHART_STEPS_MAX) {
        i++;
    }
    uint64_t step = steps[i];
    while (length / step > CHART_STEPS_MAX) {
        step *= 2;
    }
    return step;
}

static void find_axis(struct chart *chart)
{
    const uint64_t now = find_now(chart);
    chart->begin_at = find_begin(chart, now);
    const uint64_t whole = now - chart->begin_at;
    find_settled(chart);
    uint64_t length = whole;
    if (chart->is_settled && chart->span_count > 0) {
        const uint64_t margin = chart->settled / MARGIN_PART;
        length = chart->settled + (margin > MARGIN_MIN_MS ? margin : MARGIN_MIN_MS);
    } else if (chart->is_settled) {
        length = whole < QUIET_MS ? whole : QUIET_MS;
    }
    chart->length = length > 0 ? length : 1;
    chart->step = find_step(chart->length);
}

/* ---- bars ---- */

/* What came of the run that SPAN, in the state running, was: that is told by what follows on its end. */
static enum chart_look find_run_look(const struct chart *chart, size_t number)
{
    for (size_t i = number + 1; i < chart->span_count; i++) {
        const struct chart_span *next = &chart->spans[i];
        if (next->job != chart->spans[number].job || next->state == JOBSTATE_STOPPING ||
            next->state == JOBSTATE_DRAINING) {
            continue;
        }
        if (next->state == JOBSTATE_DONE) {
            return CHART_SUCCEEDED;
        }
        return next->state == JOBSTATE_FAILED || next->state == JOBSTATE_BACKOFF ? CHART_FAILED
                                                                                 : CHART_RUNNING;
    }
    return CHART_RUNNING;
}

/* Returns CHART_LOOK_COUNT where there is nothing to draw. */
static enum chart_look find_look(const struct chart *chart, size_t number)
{
    switch (chart->spans[number].state) {
    case JOBSTATE_WAITING:
        return CHART_WAITING;
    case JOBSTATE_STARTING:
        return CHART_STARTING;
    case JOBSTATE_RUNNING:
        return find_run_look(chart, number);
    case JOBSTATE_STOPPING:
    case JOBSTATE_DRAINING:
        return CHART_STOPPING;
    case JOBSTATE_BACKOFF:
        return CHART_BACKOFF;
    case JOBSTATE_FAILED:
        return CHART_GAVE_UP;
    case JOBSTATE_SKIPPED:
        return CHART_SKIPPED;
    case JOBSTATE_HOLE:
    case JOBSTATE_IDLE:
    case JOBSTATE_DONE:
    case JOBSTATE_STATE_COUNT:
        break;
    }
    return CHART_LOOK_COUNT;
}

/* Times before the beginning, of a clock that was set, are the beginning. */
static uint64_t place(const struct chart *chart, uint64_t at)
{
    const uint64_t from_begin = at > chart->begin_at ? at - chart->begin_at : 0;
    return from_begin < chart->length ? from_begin : chart->length;
}

static bool is_behind(const struct chart *chart, uint64_t at)
{
    return at > chart->begin_at + chart->length;
}

static void put_bar(struct chart *chart, size_t number)
{
    const struct chart_span *span = &chart->spans[number];
    const enum chart_look look = find_look(chart, number);
    struct chart_row *row = &chart->rows[span->job];
    const uint64_t from = place(chart, span->from_at);
    const bool is_mark = look == CHART_SKIPPED || look == CHART_GAVE_UP;
    if (!row->is_ready && is_settled(chart, span)) {
        row->is_ready = true;
        row->ready_at = from;
    }
    if (look == CHART_LOOK_COUNT) {
        return;
    }
    if (look != CHART_WAITING && row->begins_at == FOR_EVER) {
        row->begins_at = from;
    }
    row->runs += span->state == JOBSTATE_RUNNING ? 1 : 0;
    chart->bars[chart->bar_count++] = (struct chart_bar){
        .look = look, .row = span->job, .from = from, .to = is_mark ? from : place(chart, span->to_at)};
}

static void put_ticks(struct chart *chart)
{
    size_t kept = 0;
    for (size_t i = 0; i < chart->tick_count; i++) {
        struct chart_tick tick = chart->ticks[i];
        if (is_behind(chart, tick.at)) {
            chart->later++;
            continue;
        }
        tick.at = place(chart, tick.at);
        chart->ticks[kept++] = tick;
    }
    chart->tick_count = kept;
}

/* ---- rows ---- */

__attribute__((format(printf, 2, 3))) static void describe(char text[static CHART_TEXT_SIZE],
                                                           const char *format, ...)
{
    char whole[VIEW_TEXT_SIZE * 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(whole, sizeof whole, format, arguments);
    va_end(arguments);
    escape_text(text, CHART_TEXT_SIZE, whole);
}

/* "after a, b", and the rows that these are. */
static void put_needs(struct chart *chart, size_t index)
{
    struct chart_row *row = &chart->rows[index];
    char after[VIEW_AFTER_SIZE];
    char shown[VIEW_AFTER_SIZE + CONFIG_JOBS_MAX + sizeof "after "] = "";
    size_t used = 0;
    char *rest = NULL;
    snprintf(after, sizeof after, "%s", chart->view->jobs[index].after);
    for (char *name = strtok_r(after, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest)) {
        const struct view_job *job = view_find_job(chart->view, name);
        if (job != NULL) {
            row->needs |= UINT64_C(1) << (job - chart->view->jobs);
        }
        if (used + strlen(name) + sizeof "after , " < sizeof shown) {
            used +=
                (size_t)snprintf(shown + used, sizeof shown - used, "%s%s", used > 0 ? ", " : "after ", name);
        }
    }
    escape_text(row->after, sizeof row->after, shown);
}

static const struct chart_span *find_last(const struct chart *chart, size_t job)
{
    const struct chart_span *last = NULL;
    for (size_t i = 0; i < chart->span_count; i++) {
        const struct chart_span *span = &chart->spans[i];
        last = span->job == job && !is_behind(chart, span->from_at) ? span : last;
    }
    return last;
}

static void put_state(struct chart_row *row, const struct view_job *job, enum jobstate_state state,
                      const char *elapsed)
{
    char tries[32] = "";
    const char *reason = job->state == state ? job->reason : "";
    if (row->runs > 1) {
        snprintf(tries, sizeof tries, ", try %u", row->runs);
    }
    switch (state) {
    case JOBSTATE_DONE:
        describe(row->outcome, "done after %s%s", elapsed, tries);
        break;
    case JOBSTATE_RUNNING:
        describe(row->outcome, job->is_service ? "up at %s%s" : "running since %s%s", elapsed, tries);
        break;
    case JOBSTATE_FAILED:
        describe(row->outcome, "failed%s%s%s", tries, *reason != '\0' ? ": " : "", reason);
        break;
    case JOBSTATE_SKIPPED:
        describe(row->outcome, "skipped%s%s", *reason != '\0' ? ": " : "", reason);
        break;
    case JOBSTATE_HOLE:
    case JOBSTATE_IDLE:
        describe(row->outcome, "not started");
        break;
    case JOBSTATE_WAITING:
    case JOBSTATE_STARTING:
    case JOBSTATE_STOPPING:
    case JOBSTATE_DRAINING:
    case JOBSTATE_BACKOFF:
    case JOBSTATE_STATE_COUNT:
        describe(row->outcome, "%s%s", jobstate_name(state), tries);
        break;
    }
}

static void put_outcome(struct chart *chart, size_t index)
{
    struct chart_row *row = &chart->rows[index];
    const struct view_job *job = &chart->view->jobs[index];
    const struct chart_span *last = find_last(chart, index);
    const enum jobstate_state state = last != NULL ? last->state : JOBSTATE_IDLE;
    const uint64_t at = last != NULL ? place(chart, last->from_at) : 0;
    const uint64_t from = state == JOBSTATE_RUNNING ? 0 : row->begins_at;
    char elapsed[VIEW_ELAPSED_SIZE];
    view_render_elapsed(elapsed, at > from ? at - from : 0);
    put_state(row, job, state, elapsed);
    if (job->state != state && job->state != JOBSTATE_HOLE) {
        char before[CHART_TEXT_SIZE];
        memcpy(before, row->outcome, sizeof before);
        describe(row->outcome, "%s; %s now", before, jobstate_name(job->state));
    }
}

/* The order in which they began; those that began at once, or never did, in that of the configuration. */
static void sort_rows(struct chart *chart)
{
    size_t order[CONFIG_JOBS_MAX];
    size_t place_of[CONFIG_JOBS_MAX] = {0};
    struct chart_row rows[CONFIG_JOBS_MAX];
    for (size_t i = 0; i < chart->row_count; i++) {
        size_t at = i;
        for (; at > 0 && chart->rows[order[at - 1]].begins_at > chart->rows[i].begins_at; at--) {
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
    for (size_t i = 0; i < chart->row_count; i++) {
        place_of[order[i]] = i;
    }
    memcpy(rows, chart->rows, sizeof rows);
    for (size_t i = 0; i < chart->row_count; i++) {
        struct chart_row *row = &chart->rows[i];
        *row = rows[order[i]];
        row->needs = 0;
        for (size_t other = 0; other < chart->row_count; other++) {
            const bool is_needed = (rows[order[i]].needs & UINT64_C(1) << other) != 0;
            row->needs |= is_needed ? UINT64_C(1) << place_of[other] : 0;
        }
    }
    for (size_t i = 0; i < chart->bar_count; i++) {
        chart->bars[i].row = place_of[chart->bars[i].row];
    }
}

void chart_finish(struct chart *chart)
{
    sort_spans(chart);
    find_axis(chart);
    chart->row_count = chart->view->job_count;
    for (size_t i = 0; i < chart->row_count; i++) {
        struct chart_row *row = &chart->rows[i];
        const struct view_job *job = &chart->view->jobs[i];
        *row = (struct chart_row){.begins_at = FOR_EVER};
        escape_text(row->name, sizeof row->name, job->name);
        put_needs(chart, i);
    }
    for (size_t i = 0; i < chart->span_count; i++) {
        if (is_behind(chart, chart->spans[i].from_at)) {
            chart->later++;
        } else {
            put_bar(chart, i);
        }
    }
    for (size_t i = 0; i < chart->row_count; i++) {
        put_outcome(chart, i);
    }
    put_ticks(chart);
    sort_rows(chart);
}
