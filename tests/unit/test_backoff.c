/* SPDX-License-Identifier: MIT */
/* backoff: doubles, and stops doubling. */
#include "testing.h"

#include <inttypes.h>

#include "sandbox_init/backoff.h"

static const struct {
    uint64_t first_ms;
    unsigned failures;
    uint64_t delay_ms;
} table[] = {
    {1000, 0, 1000},   {1000, 1, 1000},
    {1000, 2, 2000},   {1000, 3, 4000},
    {1000, 6, 32000},  {1000, 7, 60000}, /* 64000 is above the ceiling */
    {1000, 8, 60000},  {1000, UINT32_MAX, 60000},
    {60000, 2, 60000}, {60001, 1, 60001}, /* a first delay above the ceiling stays as it is */
    {60001, 2, 60001}, {86400000, 9, 86400000},
    {0, 0, 0},         {0, UINT32_MAX, 0},
    {1, 17, 60000},    {UINT64_MAX, 3, UINT64_MAX},
};

static void delays_double_up_to_the_ceiling(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const uint64_t delay = backoff_delay(table[i].first_ms, table[i].failures);
        if (delay != table[i].delay_ms) {
            fail_msg("%" PRIu64 " ms, %u failures: %" PRIu64, table[i].first_ms, table[i].failures, delay);
        }
    }
}

static void no_delay_is_shorter_than_the_one_before(void **state)
{
    (void)state;
    for (uint64_t first = 0; first < 200000; first = first * 3 + 1) {
        uint64_t before = 0;
        for (unsigned failures = 0; failures < 100; failures++) {
            const uint64_t delay = backoff_delay(first, failures);
            assert_true(delay >= before && delay >= first);
            assert_true(delay <= BACKOFF_CEILING_MS || delay == first);
            before = delay;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_up_to_the_ceiling),
        cmocka_unit_test(no_delay_is_shorter_than_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
