/* SPDX-License-Identifier: MIT */
/* history: what is remembered, in which order, and what is forgotten first. */
#include "testing.h"

#include "sandbox_init/history.h"

#include <string.h>

static struct history history;

static int set_up(void **state)
{
    (void)state;
    memset(&history, 0, sizeof history);
    return 0;
}

static void expect_span(uint64_t number, size_t actor, unsigned what, uint64_t from_ms, uint64_t to_ms)
{
    const struct history_span *span = history_find_span(&history, number);
    assert_non_null(span);
    assert_int_equal(span->actor, actor);
    assert_int_equal(span->state, what);
    assert_int_equal(span->from_ms, from_ms);
    assert_int_equal(span->to_ms, to_ms);
}

static void nothing_is_remembered_at_first(void **state)
{
    (void)state;
    assert_null(history_find_span(&history, 0));
    assert_null(history_find_tick(&history, 0));
    assert_int_equal(history_first_span(&history), 0);
    assert_int_equal(history_first_tick(&history), 0);
}

static void a_state_ends_when_the_next_one_of_the_same_actor_begins(void **state)
{
    (void)state;
    history_note_state(&history, 0, 3, 100);
    history_note_state(&history, 63, 4, 110);
    expect_span(0, 0, 3, 100, 0);
    expect_span(1, 63, 4, 110, 0);
    history_note_state(&history, 0, 5, 120);
    expect_span(0, 0, 3, 100, 120);
    expect_span(1, 63, 4, 110, 0);
    expect_span(2, 0, 5, 120, 0);
    history_note_state(&history, 63, 6, 130);
    expect_span(1, 63, 4, 110, 130);
    expect_span(2, 0, 5, 120, 0);
    assert_null(history_find_span(&history, 4));
}

static void a_clock_that_is_set_back_ends_nothing_before_it_began(void **state)
{
    (void)state;
    history_note_state(&history, 1, 3, 100);
    history_note_state(&history, 1, 4, 50);
    history_note_state(&history, 1, 5, 60);
    expect_span(0, 1, 3, 100, 100);
    expect_span(1, 1, 4, 50, 60);
}

static void the_oldest_states_are_forgotten(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < HISTORY_SPANS_MAX; i++) {
        history_note_state(&history, 0, 3, i + 1);
    }
    assert_int_equal(history_first_span(&history), 0);
    expect_span(0, 0, 3, 1, 2);
    for (uint64_t i = HISTORY_SPANS_MAX; i < 3 * HISTORY_SPANS_MAX + 5; i++) {
        history_note_state(&history, 0, 3, i + 1);
        const uint64_t first = i + 1 - HISTORY_SPANS_MAX;
        assert_int_equal(history_first_span(&history), first);
        assert_null(history_find_span(&history, first - 1));
        expect_span(first, 0, 3, first + 1, first + 2);
        expect_span(i, 0, 3, i + 1, 0);
        assert_null(history_find_span(&history, i + 1));
    }
}

/* Its place belongs to somebody else by then. */
static void the_end_of_a_forgotten_state_changes_no_other(void **state)
{
    (void)state;
    history_note_state(&history, 7, 3, 1);
    for (uint64_t i = 0; i < HISTORY_SPANS_MAX; i++) {
        history_note_state(&history, 8, 4, 10 + i);
    }
    history_note_state(&history, 7, 5, 5000);
    expect_span(HISTORY_SPANS_MAX, 8, 4, 10 + HISTORY_SPANS_MAX - 1, 0);
    expect_span(HISTORY_SPANS_MAX + 1, 7, 5, 5000, 0);
    /* The oldest that is remembered still gets its end. */
    memset(&history, 0, sizeof history);
    history_note_state(&history, 7, 3, 1);
    for (uint64_t i = 0; i < HISTORY_SPANS_MAX - 1; i++) {
        history_note_state(&history, 8, 4, 10 + i);
    }
    history_note_state(&history, 7, 5, 5000);
    assert_int_equal(history_first_span(&history), 1);
    expect_span(1, 8, 4, 10, 11);
    expect_span(HISTORY_SPANS_MAX, 7, 5, 5000, 0);
}

static void the_oldest_ticks_are_forgotten(void **state)
{
    (void)state;
    static const char *const whats[] = {"revoked", "overflow", "failed"};
    for (uint64_t i = 0; i < 2 * HISTORY_TICKS_MAX + 3; i++) {
        history_note_tick(&history, whats[i % 3], i + 1);
        const uint64_t first = i < HISTORY_TICKS_MAX ? 0 : i + 1 - HISTORY_TICKS_MAX;
        assert_int_equal(history_first_tick(&history), first);
        assert_int_equal(history_find_tick(&history, first)->at_ms, first + 1);
        assert_ptr_equal(history_find_tick(&history, first)->what, whats[first % 3]);
        assert_int_equal(history_find_tick(&history, i)->at_ms, i + 1);
        assert_null(history_find_tick(&history, i + 1));
        if (first > 0) {
            assert_null(history_find_tick(&history, first - 1));
        }
    }
}

#define CASE(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nothing_is_remembered_at_first),
        CASE(a_state_ends_when_the_next_one_of_the_same_actor_begins),
        CASE(a_clock_that_is_set_back_ends_nothing_before_it_began),
        CASE(the_oldest_states_are_forgotten),
        CASE(the_end_of_a_forgotten_state_changes_no_other),
        CASE(the_oldest_ticks_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
