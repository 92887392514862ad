/* SPDX-License-Identifier: MIT */
/* shutdown: the table, entry by entry and by what must hold on every way through it. */
#include "testing.h"

#include <stdbool.h>
#include <string.h>

#include "sandbox_init/shutdown.h"

enum {
    FIRST = SHUTDOWN_HOLE + 1, /* the first real state */
    PAIRS = SHUTDOWN_STATE_COUNT * SHUTDOWN_EVENT_COUNT,
};

static const char *const event_names[SHUTDOWN_EVENT_COUNT] = {
    [SHUTDOWN_ASKED] = "asked",       [SHUTDOWN_MAIN_GONE] = "main gone", [SHUTDOWN_JOBS_GONE] = "jobs gone",
    [SHUTDOWN_PATIENCE] = "patience", [SHUTDOWN_DEADLINE] = "deadline",   [SHUTDOWN_ALL_GONE] = "all gone",
};

/* What happens, as one would tell it; what is not told here leads nowhere and does nothing. */
static const struct {
    enum shutdown_state state;
    enum shutdown_event event;
    enum shutdown_state next;
    unsigned actions;
} story[] = {
    {SHUTDOWN_RUNNING, SHUTDOWN_ASKED, SHUTDOWN_JOBS,
     SHUTDOWN_STOP_JOBS | SHUTDOWN_ARM_GRACE | SHUTDOWN_WATCH},
    {SHUTDOWN_RUNNING, SHUTDOWN_MAIN_GONE, SHUTDOWN_JOBS,
     SHUTDOWN_STOP_JOBS | SHUTDOWN_ARM_GRACE | SHUTDOWN_WATCH},
    {SHUTDOWN_JOBS, SHUTDOWN_JOBS_GONE, SHUTDOWN_MAIN, SHUTDOWN_TELL_MAIN},
    {SHUTDOWN_JOBS, SHUTDOWN_PATIENCE, SHUTDOWN_OTHERS, SHUTDOWN_TELL_MAIN | SHUTDOWN_TELL_OTHERS},
    {SHUTDOWN_JOBS, SHUTDOWN_ASKED, SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
    {SHUTDOWN_JOBS, SHUTDOWN_DEADLINE, SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
    {SHUTDOWN_JOBS, SHUTDOWN_ALL_GONE, SHUTDOWN_OVER, SHUTDOWN_LEAVE},
    {SHUTDOWN_MAIN, SHUTDOWN_MAIN_GONE, SHUTDOWN_OTHERS, SHUTDOWN_TELL_OTHERS},
    {SHUTDOWN_MAIN, SHUTDOWN_PATIENCE, SHUTDOWN_OTHERS, SHUTDOWN_TELL_OTHERS},
    {SHUTDOWN_MAIN, SHUTDOWN_ASKED, SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
    {SHUTDOWN_MAIN, SHUTDOWN_DEADLINE, SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
    {SHUTDOWN_MAIN, SHUTDOWN_ALL_GONE, SHUTDOWN_OVER, SHUTDOWN_LEAVE},
    {SHUTDOWN_OTHERS, SHUTDOWN_ASKED, SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
    {SHUTDOWN_OTHERS, SHUTDOWN_DEADLINE, SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
    {SHUTDOWN_OTHERS, SHUTDOWN_ALL_GONE, SHUTDOWN_OVER, SHUTDOWN_LEAVE},
    {SHUTDOWN_KILLING, SHUTDOWN_DEADLINE, SHUTDOWN_OVER, SHUTDOWN_NAME_LEFT | SHUTDOWN_LEAVE},
    {SHUTDOWN_KILLING, SHUTDOWN_ALL_GONE, SHUTDOWN_OVER, SHUTDOWN_LEAVE},
};

static struct shutdown_step told(enum shutdown_state state, enum shutdown_event event)
{
    for (size_t i = 0; i < COUNT_OF(story); i++) {
        if (story[i].state == state && story[i].event == event) {
            return (struct shutdown_step){story[i].next, story[i].actions};
        }
    }
    return (struct shutdown_step){state, 0};
}

static void every_state_and_event_does_what_is_told(void **state)
{
    (void)state;
    for (unsigned i = FIRST * SHUTDOWN_EVENT_COUNT; i < PAIRS; i++) {
        enum shutdown_state from = i / SHUTDOWN_EVENT_COUNT;
        enum shutdown_event event = i % SHUTDOWN_EVENT_COUNT;
        struct shutdown_step step = shutdown_step(from, event);
        struct shutdown_step expected = told(from, event);
        if (step.next != expected.next || step.actions != expected.actions) {
            fail_msg("%s, %s: leads to %s with %#x", shutdown_state_name(from), event_names[event],
                     shutdown_state_name(step.next), step.actions);
        }
    }
}

static void no_entry_is_a_hole(void **state)
{
    (void)state;
    for (unsigned i = FIRST * SHUTDOWN_EVENT_COUNT; i < PAIRS; i++) {
        enum shutdown_state from = i / SHUTDOWN_EVENT_COUNT;
        enum shutdown_event event = i % SHUTDOWN_EVENT_COUNT;
        struct shutdown_step step = shutdown_step(from, event);
        assert_in_range(step.next, FIRST, SHUTDOWN_OVER);
        assert_true(step.next >= from); /* nothing is ever begun again */
        assert_int_equal(step.actions & ~(SHUTDOWN_LEAVE * 2U - 1), 0);
    }
}

static void every_state_has_its_own_name(void **state)
{
    static const char *const expected[SHUTDOWN_STATE_COUNT] = {
        [SHUTDOWN_HOLE] = "hole", [SHUTDOWN_RUNNING] = "running", [SHUTDOWN_JOBS] = "jobs",
        [SHUTDOWN_MAIN] = "main", [SHUTDOWN_OTHERS] = "others",   [SHUTDOWN_KILLING] = "killing",
        [SHUTDOWN_OVER] = "over",
    };
    (void)state;
    for (unsigned i = 0; i < SHUTDOWN_STATE_COUNT; i++) {
        assert_non_null(shutdown_state_name(i));
        assert_string_equal(shutdown_state_name(i), expected[i]);
    }
}

/* What was done on the way to where we are, which is all that the promises below are about. */
struct past {
    enum shutdown_state state;
    unsigned done; /* of enum shutdown_action */
};

static void check_promises(const struct past *past, enum shutdown_event event, struct shutdown_step step)
{
    const unsigned once = SHUTDOWN_TELL_MAIN | SHUTDOWN_TELL_OTHERS | SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_GRACE |
                          SHUTDOWN_ARM_KILL | SHUTDOWN_WATCH | SHUTDOWN_STOP_JOBS | SHUTDOWN_LEAVE;
    const unsigned tell = SHUTDOWN_TELL_MAIN | SHUTDOWN_TELL_OTHERS;
    assert_int_equal(past->done & step.actions & once, 0);
    if (step.actions & SHUTDOWN_KILL_ALL) {
        assert_true(past->done & SHUTDOWN_ARM_GRACE); /* nobody is killed who was not given time */
        /* or was not asked, unless the jobs are still at it: then who asks again means it */
        assert_true((past->done & tell) != 0 || past->state == SHUTDOWN_JOBS);
        assert_true(event == SHUTDOWN_ASKED || event == SHUTDOWN_DEADLINE);
    }
    if (step.actions & tell) {
        assert_false(past->done & SHUTDOWN_KILL_ALL);
    }
    if (step.next != SHUTDOWN_RUNNING) { /* ALL_GONE must be able to come */
        assert_true((past->done | step.actions) & SHUTDOWN_WATCH);
    }
    assert_int_equal((step.actions & SHUTDOWN_LEAVE) != 0,
                     step.next == SHUTDOWN_OVER && past->state != SHUTDOWN_OVER);
    if (step.actions & SHUTDOWN_NAME_LEFT) {
        assert_true((past->done & SHUTDOWN_KILL_ALL) && event == SHUTDOWN_DEADLINE);
    }
    /* Wherever one may wait, a timer is running that ends it: the grace period's, then kill_grace's. */
    if (step.next == SHUTDOWN_JOBS || step.next == SHUTDOWN_MAIN || step.next == SHUTDOWN_OTHERS) {
        assert_true((past->done | step.actions) & SHUTDOWN_ARM_GRACE);
    }
    if (step.next == SHUTDOWN_KILLING) {
        assert_true((past->done | step.actions) & SHUTDOWN_ARM_KILL);
    }
}

/* Follows every sequence of EVENTS_LEFT events from PAST on. */
static void walk(struct past past, unsigned events_left)
{
    if (events_left == 0) {
        return;
    }
    for (unsigned event = 0; event < SHUTDOWN_EVENT_COUNT; event++) {
        struct shutdown_step step = shutdown_step(past.state, event);
        check_promises(&past, event, step);
        struct past next = past;
        next.state = step.next;
        next.done |= step.actions;
        walk(next, events_left - 1);
    }
}

static void every_way_of_eight_events_keeps_the_promises(void **state)
{
    (void)state;
    walk((struct past){.state = SHUTDOWN_RUNNING}, 8);
}

/* Whatever happens in between, so many of these events end it. */
static unsigned count_until_over(enum shutdown_state from, enum shutdown_event event)
{
    unsigned count = 0;
    while (from != SHUTDOWN_OVER && count < 10) {
        from = shutdown_step(from, event).next;
        count++;
    }
    return count;
}

static void the_end_is_always_near(void **state)
{
    (void)state;
    for (unsigned from = SHUTDOWN_MAIN; from < SHUTDOWN_STATE_COUNT; from++) {
        assert_in_range(count_until_over(from, SHUTDOWN_DEADLINE), 0, 2);
        assert_in_range(count_until_over(from, SHUTDOWN_ALL_GONE), 0, 1);
    }
    for (unsigned from = FIRST; from < SHUTDOWN_STATE_COUNT; from++) {
        enum shutdown_state at = shutdown_step(from, SHUTDOWN_ASKED).next;
        at = shutdown_step(at, SHUTDOWN_ASKED).next; /* a second request skips the waiting */
        assert_in_range(at, SHUTDOWN_KILLING, SHUTDOWN_OVER);
        assert_in_range(count_until_over(at, SHUTDOWN_DEADLINE), 0, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_and_event_does_what_is_told),
        cmocka_unit_test(no_entry_is_a_hole),
        cmocka_unit_test(every_state_has_its_own_name),
        cmocka_unit_test(every_way_of_eight_events_keeps_the_promises),
        cmocka_unit_test(the_end_is_always_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
