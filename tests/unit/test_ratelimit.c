/* SPDX-License-Identifier: MIT */
/* ratelimit: burst, rate and count, and clocks that go wrong. */
#include "testing.h"

#include "sandbox_init/ratelimit.h"

/* Asks until the answer is no. Returns how often it was yes. */
static uint64_t drain(struct ratelimit *limit, uint64_t now_ms)
{
    uint64_t allowed = 0;
    while (ratelimit_allows(limit, now_ms)) {
        allowed++;
    }
    return allowed;
}

static void it_starts_full(void **state)
{
    static const uint64_t starts[] = {0, 1, 12345, UINT64_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        struct ratelimit limit;
        ratelimit_init(&limit, 5, 1, starts[i]);
        assert_int_equal(limit.last_ms, starts[i]);
        assert_int_equal(drain(&limit, starts[i]), 5);
    }
}

static void it_refills_at_its_rate_without_rounding_anything_away(void **state)
{
    static const uint32_t rates[] = {1, 3, 7, 10, 999, 1000, 1001};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct ratelimit limit;
        uint64_t allowed = 0;
        ratelimit_init(&limit, 5, rates[i], 0);
        drain(&limit, 0);
        for (uint64_t now_ms = 1; now_ms <= 10000; now_ms++) {
            allowed += drain(&limit, now_ms);
        }
        assert_int_equal(allowed, 10 * (uint64_t)rates[i]);
    }
}

static void one_line_takes_its_time_to_the_millisecond(void **state)
{
    struct ratelimit limit;
    (void)state;
    ratelimit_init(&limit, 1, 4, 1000);
    assert_true(ratelimit_allows(&limit, 1000));
    assert_false(ratelimit_allows(&limit, 1249));
    assert_true(ratelimit_allows(&limit, 1250));
    assert_false(ratelimit_allows(&limit, 1499));
    assert_true(ratelimit_allows(&limit, 1500));
}

static void a_pause_gives_a_burst_and_no_more(void **state)
{
    static const uint64_t pauses_ms[] = {5000, 5001, 3600000, UINT64_MAX / 2, UINT64_MAX - 1000};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pauses_ms); i++) {
        struct ratelimit limit;
        ratelimit_init(&limit, 5, 1, 1000);
        drain(&limit, 1000);
        assert_int_equal(drain(&limit, 1000 + pauses_ms[i]), 5);

        ratelimit_init(&limit, 5, 1, 1000); /* the same where some was left */
        assert_true(ratelimit_allows(&limit, 1000));
        assert_int_equal(drain(&limit, 1000 + pauses_ms[i]), 5);
    }
}

static void extreme_limits_do_not_overflow(void **state)
{
    static const uint32_t extremes[] = {1, 2, UINT32_MAX - 1, UINT32_MAX};
    static const uint64_t gaps_ms[] = {
        1, 2, 1000, UINT32_MAX, UINT64_MAX / UINT32_MAX, UINT64_MAX / 2, UINT64_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(extremes) * COUNT_OF(extremes) * COUNT_OF(gaps_ms); i++) {
        uint32_t burst = extremes[i % COUNT_OF(extremes)];
        uint32_t per_second = extremes[i / COUNT_OF(extremes) % COUNT_OF(extremes)];
        uint64_t gap_ms = gaps_ms[i / COUNT_OF(extremes) / COUNT_OF(extremes)];
        uint64_t full = (uint64_t)burst * 1000;
        struct ratelimit limit;
        ratelimit_init(&limit, burst, per_second, 0);
        limit.tokens_milli = 0; /* as if 4,294,967,295 lines had been said */
        ratelimit_allows(&limit, gap_ms);
        long double expected = (long double)gap_ms * per_second;
        expected = expected > (long double)full ? (long double)full : expected;
        expected -= expected >= 1000 ? 1000 : 0;
        assert_true((long double)limit.tokens_milli == expected);
    }
}

static void a_clock_that_went_back_refills_nothing_and_is_followed(void **state)
{
    struct ratelimit limit;
    (void)state;
    ratelimit_init(&limit, 2, 1, 1000000);
    assert_int_equal(drain(&limit, 1000000), 2);
    assert_int_equal(drain(&limit, 999999), 0);
    assert_int_equal(drain(&limit, 0), 0);
    assert_int_equal(drain(&limit, 999), 0);
    assert_int_equal(drain(&limit, 1000), 1);
    assert_int_equal(drain(&limit, UINT64_MAX), 2);
    assert_int_equal(drain(&limit, 0), 0);
}

static void what_was_missed_is_counted_until_taken(void **state)
{
    struct ratelimit limit;
    (void)state;
    ratelimit_init(&limit, 3, 1, 0);
    assert_int_equal(ratelimit_take_missed(&limit), 0);
    for (int i = 0; i < 10; i++) {
        ratelimit_allows(&limit, 0);
    }
    assert_int_equal(limit.missed, 7);
    assert_true(ratelimit_allows(&limit, 1000));
    assert_int_equal(ratelimit_take_missed(&limit), 7);
    assert_int_equal(ratelimit_take_missed(&limit), 0);
    assert_false(ratelimit_allows(&limit, 1000));
    assert_int_equal(ratelimit_take_missed(&limit), 1);
}

static void zero_is_taken_as_one(void **state)
{
    struct ratelimit limit;
    (void)state;
    ratelimit_init(&limit, 0, 0, 0);
    assert_int_equal(drain(&limit, 0), 1);
    assert_int_equal(drain(&limit, 999), 0);
    assert_int_equal(drain(&limit, 1000), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_full),
        cmocka_unit_test(it_refills_at_its_rate_without_rounding_anything_away),
        cmocka_unit_test(one_line_takes_its_time_to_the_millisecond),
        cmocka_unit_test(a_pause_gives_a_burst_and_no_more),
        cmocka_unit_test(extreme_limits_do_not_overflow),
        cmocka_unit_test(a_clock_that_went_back_refills_nothing_and_is_followed),
        cmocka_unit_test(what_was_missed_is_counted_until_taken),
        cmocka_unit_test(zero_is_taken_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
