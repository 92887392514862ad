/* SPDX-License-Identifier: MIT */
/* stamp: the calendar's corners, and that nothing but the time counts. */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "sandbox_init/stamp.h"

static const struct {
    long long seconds;
    long nanoseconds;
    const char *text;
} examples[] = {
    {0, 0, "1970-01-01T00:00:00.000Z"},
    {0, 999999999, "1970-01-01T00:00:00.999Z"},
    {0, 1000000, "1970-01-01T00:00:00.001Z"},
    {-1, 999999999, "1970-01-01T00:00:00.000Z"},
    {951782399, 0, "2000-02-28T23:59:59.000Z"},
    {951782400, 0, "2000-02-29T00:00:00.000Z"},
    {1795442462, 123456789, "2026-11-23T14:01:02.123Z"},
    {4107542400, 50000000, "2100-03-01T00:00:00.050Z"},
    {253402300799, 0, "9999-12-31T23:59:59.000Z"},
    {253402300800, 0, "9999-12-31T23:59:59.999Z"},
    {INT64_MAX, 0, "9999-12-31T23:59:59.999Z"},
    {INT64_MIN, 0, "1970-01-01T00:00:00.000Z"},
};

static void expect_examples(void)
{
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        const struct timespec time = {.tv_sec = (time_t)examples[i].seconds,
                                      .tv_nsec = examples[i].nanoseconds};
        char text[STAMP_LENGTH + 8];
        memset(text, '#', sizeof text);
        stamp_render(text, &time);
        assert_string_equal(text, examples[i].text);
        assert_int_equal(strlen(text), STAMP_LENGTH);
        assert_memory_equal(text + STAMP_LENGTH + 1, "#######", 7);
    }
}

static void examples_come_out_as_written(void **state)
{
    (void)state;
    if (sizeof(time_t) < sizeof(int64_t)) {
        skip(); /* the examples do not fit into this system's time */
    }
    expect_examples();
}

static void the_time_zone_does_not_count(void **state)
{
    (void)state;
    setenv("TZ", "Asia/Kathmandu", 1);
    tzset();
    if (sizeof(time_t) == sizeof(int64_t)) {
        expect_examples();
    }
    unsetenv("TZ");
    tzset();
}

static void the_time_of_day_stands_where_it_is_said_to(void **state)
{
    const struct timespec time = {.tv_sec = 1795442462, .tv_nsec = 123456789};
    char text[STAMP_LENGTH + 1];
    (void)state;
    stamp_render(text, &time);
    assert_memory_equal(text + STAMP_CLOCK, "14:01:02.123", STAMP_CLOCK_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_come_out_as_written),
        cmocka_unit_test(the_time_zone_does_not_count),
        cmocka_unit_test(the_time_of_day_stands_where_it_is_said_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
