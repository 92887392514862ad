/* SPDX-License-Identifier: MIT */
/* jobstate: the table entry by entry, what must hold on every way through it, and the verdicts. */
#include "testing.h"

#include <stdbool.h>
#include <string.h>

#include "sandbox_init/jobstate.h"

#define S(name) JOBSTATE_##name

enum {
    FIRST = JOBSTATE_HOLE + 1, /* the first real state */
    PAIRS = JOBSTATE_STATE_COUNT * JOBSTATE_EVENT_COUNT,
    ALL_ACTIONS = 2 * JOBSTATE_REST - 1,
    RESTARTED = JOBSTATE_FORGET | JOBSTATE_LOOK,
    STOPPED = JOBSTATE_TERM | JOBSTATE_WANT_STOP,
    EXCHANGED = JOBSTATE_WANT_STOP | JOBSTATE_WANT_RESTART,
};

static const char *const event_names[JOBSTATE_EVENT_COUNT] = {
    [S(START)] = "start",         [S(READY)] = "ready",     [S(BLOCKED)] = "blocked",
    [S(NO_PROCESS)] = "no proc.", [S(RUNS)] = "runs",       [S(EXIT)] = "exit",
    [S(DRAINED)] = "drained",     [S(ALARM)] = "alarm",     [S(STOP)] = "stop",
    [S(RESTART)] = "restart",     [S(SUCCEEDED)] = "succ.", [S(AGAIN)] = "again",
    [S(GAVE_UP)] = "gave up",     [S(UNMET)] = "unmet",     [S(ENDED)] = "ended",
};

/* What happens, as one would tell it; what is not told here leads nowhere and does nothing. */
static const struct {
    enum jobstate_state state;
    enum jobstate_event event;
    enum jobstate_state next;
    unsigned actions;
} story[] = {
    /* It is asked for, and its turn comes or never does. */
    {S(IDLE), S(START), S(WAITING), RESTARTED},
    {S(IDLE), S(RESTART), S(WAITING), RESTARTED},
    {S(WAITING), S(READY), S(STARTING), S(SPAWN)},
    {S(WAITING), S(BLOCKED), S(SKIPPED), S(REST)},
    {S(WAITING), S(STOP), S(IDLE), S(REST)},
    /* It gets a process, which comes to its program and ends. */
    {S(STARTING), S(NO_PROCESS), S(DRAINING), S(JUDGE)},
    {S(STARTING), S(RUNS), S(RUNNING), 0},
    {S(STARTING), S(EXIT), S(DRAINING), S(DRAIN)},
    {S(RUNNING), S(EXIT), S(DRAINING), S(DRAIN)},
    {S(DRAINING), S(DRAINED), S(DRAINING), S(JUDGE)},
    {S(DRAINING), S(ALARM), S(DRAINING), S(KILL) | S(JUDGE)},
    /* The verdict. */
    {S(DRAINING), S(SUCCEEDED), S(DONE), S(REST)},
    {S(DRAINING), S(AGAIN), S(BACKOFF), S(DELAY)},
    {S(DRAINING), S(GAVE_UP), S(FAILED), S(REST)},
    {S(DRAINING), S(UNMET), S(SKIPPED), S(REST)},
    {S(DRAINING), S(ENDED), S(IDLE), S(REST)},
    {S(BACKOFF), S(ALARM), S(STARTING), S(SPAWN)},
    /* It takes too long. */
    {S(STARTING), S(ALARM), S(STOPPING), S(TERM) | S(TIMED_OUT)},
    {S(RUNNING), S(ALARM), S(STOPPING), S(TERM) | S(TIMED_OUT)},
    {S(STOPPING), S(ALARM), S(STOPPING), S(KILL)},
    {S(STOPPING), S(EXIT), S(DRAINING), S(DRAIN)},
    /* It is not wanted any more. */
    {S(STARTING), S(STOP), S(STOPPING), STOPPED},
    {S(RUNNING), S(STOP), S(STOPPING), STOPPED},
    {S(STOPPING), S(STOP), S(STOPPING), S(WANT_STOP)},
    {S(DRAINING), S(STOP), S(DRAINING), S(WANT_STOP)},
    {S(BACKOFF), S(STOP), S(IDLE), S(REST)},
    /* It is wanted anew. */
    {S(STARTING), S(RESTART), S(STOPPING), S(TERM) | EXCHANGED},
    {S(RUNNING), S(RESTART), S(STOPPING), S(TERM) | EXCHANGED},
    {S(STOPPING), S(RESTART), S(STOPPING), EXCHANGED},
    {S(DRAINING), S(RESTART), S(DRAINING), EXCHANGED},
    {S(STOPPING), S(START), S(STOPPING), S(WANT_START)},
    {S(DRAINING), S(START), S(DRAINING), S(WANT_START)},
    {S(BACKOFF), S(START), S(STARTING), S(FORGET) | S(SPAWN)},
    {S(BACKOFF), S(RESTART), S(STARTING), S(FORGET) | S(SPAWN)},
    {S(DONE), S(RESTART), S(WAITING), RESTARTED},
    {S(FAILED), S(START), S(WAITING), RESTARTED},
    {S(FAILED), S(RESTART), S(WAITING), RESTARTED},
    {S(SKIPPED), S(START), S(WAITING), RESTARTED},
    {S(SKIPPED), S(RESTART), S(WAITING), RESTARTED},
};

static struct jobstate_step told(enum jobstate_state state, enum jobstate_event event)
{
    for (size_t i = 0; i < COUNT_OF(story); i++) {
        if (story[i].state == state && story[i].event == event) {
            return (struct jobstate_step){story[i].next, story[i].actions};
        }
    }
    return (struct jobstate_step){state, 0};
}

static void every_state_and_event_does_what_is_told(void **state)
{
    (void)state;
    for (unsigned i = FIRST * JOBSTATE_EVENT_COUNT; i < PAIRS; i++) {
        const enum jobstate_state from = i / JOBSTATE_EVENT_COUNT;
        const enum jobstate_event event = i % JOBSTATE_EVENT_COUNT;
        const struct jobstate_step step = jobstate_step(from, event);
        const struct jobstate_step expected = told(from, event);
        if (step.next != expected.next || step.actions != expected.actions) {
            fail_msg("%s, %s: leads to %s with %#x", jobstate_name(from), event_names[event],
                     jobstate_name(step.next), step.actions);
        }
    }
}

static bool has_process(enum jobstate_state state)
{
    return state == JOBSTATE_STARTING || state == JOBSTATE_RUNNING || state == JOBSTATE_STOPPING;
}

/* States in which nothing but the timer, or the kernel after a KILL, may be what is waited for. */
static bool may_wait_for_the_timer(enum jobstate_state state)
{
    return state == JOBSTATE_STOPPING || state == JOBSTATE_DRAINING || state == JOBSTATE_BACKOFF;
}

static void check_entry(enum jobstate_state from, enum jobstate_event event)
{
    const struct jobstate_step step = jobstate_step(from, event);
    const bool is_new = !has_process(from) && has_process(step.next);
    assert_in_range(step.next, FIRST, JOBSTATE_SKIPPED);
    assert_int_equal(step.actions & ~(unsigned)ALL_ACTIONS, 0);
    assert_int_equal((step.actions & JOBSTATE_SPAWN) != 0,
                     is_new); /* one process at a time, and one there is */
    if (has_process(from) && !has_process(step.next)) {
        assert_true(event == JOBSTATE_EXIT || event == JOBSTATE_NO_PROCESS);
    }
    if (step.next == JOBSTATE_STOPPING && from != JOBSTATE_STOPPING) {
        assert_true(step.actions & JOBSTATE_TERM);
    }
    if (step.next == JOBSTATE_BACKOFF && from != JOBSTATE_BACKOFF) {
        assert_true(step.actions & JOBSTATE_DELAY);
    }
    if (step.next != from && !jobstate_is_active(step.next)) {
        assert_true(step.actions & JOBSTATE_REST); /* no timer fires later */
    }
    if (step.actions & JOBSTATE_KILL) {
        assert_true(event == JOBSTATE_ALARM && may_wait_for_the_timer(from));
    }
    if (step.actions & JOBSTATE_JUDGE) {
        assert_int_equal(step.next, JOBSTATE_DRAINING);
    }
}

static void every_entry_keeps_the_promises(void **state)
{
    (void)state;
    for (unsigned i = FIRST * JOBSTATE_EVENT_COUNT; i < PAIRS; i++) {
        check_entry(i / JOBSTATE_EVENT_COUNT, i % JOBSTATE_EVENT_COUNT);
    }
}

/* From any state a stop leads to rest, whatever its process and the timer do then. */
static void a_stop_always_ends_it(void **state)
{
    static const enum jobstate_event then[] = {S(ALARM), S(EXIT), S(DRAINED), S(ENDED)};
    (void)state;
    for (unsigned from = FIRST; from < JOBSTATE_STATE_COUNT; from++) {
        enum jobstate_state at = jobstate_step(from, JOBSTATE_STOP).next;
        for (size_t i = 0; i < COUNT_OF(then); i++) {
            at = jobstate_step(at, then[i]).next;
        }
        assert_false(jobstate_is_active(at));
    }
}

static void every_state_has_its_own_name(void **state)
{
    static const char *const expected[JOBSTATE_STATE_COUNT] = {
        [S(HOLE)] = "hole",         [S(IDLE)] = "idle",       [S(WAITING)] = "waiting",
        [S(STARTING)] = "starting", [S(RUNNING)] = "running", [S(STOPPING)] = "stopping",
        [S(DRAINING)] = "draining", [S(BACKOFF)] = "backoff", [S(DONE)] = "done",
        [S(FAILED)] = "failed",     [S(SKIPPED)] = "skipped",
    };
    (void)state;
    for (unsigned i = 0; i < JOBSTATE_STATE_COUNT; i++) {
        assert_string_equal(jobstate_name(i), expected[i]);
    }
}

static void only_states_with_a_future_are_active(void **state)
{
    (void)state;
    for (unsigned i = FIRST; i < JOBSTATE_STATE_COUNT; i++) {
        const bool is_at_rest =
            i == JOBSTATE_IDLE || i == JOBSTATE_DONE || i == JOBSTATE_FAILED || i == JOBSTATE_SKIPPED;
        assert_int_equal(jobstate_is_active(i), !is_at_rest);
    }
}

/* ---- verdicts ---- */

#define ALWAYS     JOBSTATE_RESTART_ALWAYS
#define ON_FAILURE JOBSTATE_RESTART_ON_FAILURE
#define NEVER      JOBSTATE_RESTART_NEVER

static const struct {
    struct jobstate_run run;
    enum jobstate_event verdict;
} verdicts[] = {
    /* jobs */
    {{.limit = 1}, S(SUCCEEDED)},
    {{.limit = 1, .has_failed = true, .failures = 1}, S(GAVE_UP)},
    {{.limit = 3, .has_failed = true, .failures = 1}, S(AGAIN)},
    {{.limit = 3, .has_failed = true, .failures = 2, .restart = NEVER}, S(AGAIN)}, /* is for services */
    {{.limit = 3, .has_failed = true, .failures = 3}, S(GAVE_UP)},
    {{.limit = 3, .has_failed = true, .failures = 1, .is_stop_wanted = true}, S(ENDED)},
    {{.limit = 1, .has_failed = true, .failures = 1, .is_stop_wanted = true}, S(GAVE_UP)},
    {{.limit = 1, .is_stop_wanted = true}, S(SUCCEEDED)},
    {{.limit = 1, .was_stopped = true}, S(ENDED)},
    {{.limit = 3, .has_failed = true, .failures = 1, .was_stopped = true}, S(ENDED)},
    {{.limit = 3, .is_unmet = true}, S(UNMET)},
    {{.limit = 3, .is_unmet = true, .was_stopped = true}, S(ENDED)},
    /* services */
    {{.is_service = true, .restart = ALWAYS, .limit = 5}, S(AGAIN)},
    {{.is_service = true, .restart = ALWAYS, .limit = 5, .is_stop_wanted = true}, S(ENDED)},
    {{.is_service = true, .restart = ALWAYS, .limit = 5, .has_failed = true, .failures = 4}, S(AGAIN)},
    {{.is_service = true, .restart = ALWAYS, .limit = 5, .has_failed = true, .failures = 5}, S(GAVE_UP)},
    {{.is_service = true, .restart = ALWAYS, .limit = 0, .has_failed = true, .failures = 999}, S(AGAIN)},
    {{.is_service = true, .restart = ON_FAILURE, .limit = 5}, S(SUCCEEDED)},
    {{.is_service = true, .restart = ON_FAILURE, .limit = 5, .has_failed = true, .failures = 1}, S(AGAIN)},
    {{.is_service = true, .restart = ON_FAILURE, .limit = 1, .has_failed = true, .failures = 1}, S(GAVE_UP)},
    {{.is_service = true, .restart = NEVER, .limit = 5}, S(SUCCEEDED)},
    {{.is_service = true, .restart = NEVER, .limit = 5, .has_failed = true, .failures = 1}, S(GAVE_UP)},
    {{.is_service = true, .restart = NEVER, .limit = 0, .has_failed = true, .failures = 1}, S(GAVE_UP)},
    {{.is_service = true, .restart = ALWAYS, .limit = 5, .is_unmet = true}, S(UNMET)},
    {{.is_service = true, .restart = ALWAYS, .limit = 5, .was_stopped = true}, S(ENDED)},
};

static void verdicts_are_as_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
        const enum jobstate_event verdict = jobstate_judge(&verdicts[i].run);
        if (verdict != verdicts[i].verdict) {
            fail_msg("row %zu: %s", i, event_names[verdict]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_and_event_does_what_is_told),
        cmocka_unit_test(every_entry_keeps_the_promises),
        cmocka_unit_test(a_stop_always_ends_it),
        cmocka_unit_test(every_state_has_its_own_name),
        cmocka_unit_test(only_states_with_a_future_are_active),
        cmocka_unit_test(verdicts_are_as_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
