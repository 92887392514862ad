/* SPDX-License-Identifier: MIT */
/* chart: records to rows, bars and an axis. */
#include "fake_history.h"

/* "look row from-to" of each bar, and what is said of each row. */
static const char *bars_of(void)
{
    static char text[8192];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < fake_chart.bar_count; i++) {
        const struct chart_bar *bar = &fake_chart.bars[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s %llu-%llu", i > 0 ? "\n" : "",
                                 fake_chart.rows[bar->row].name, chart_look_name(bar->look),
                                 (unsigned long long)bar->from, (unsigned long long)bar->to);
    }
    return text;
}

static const char *outcome_of(const char *name)
{
    for (size_t i = 0; i < fake_chart.row_count; i++) {
        if (strcmp(fake_chart.rows[i].name, name) == 0) {
            return fake_chart.rows[i].outcome;
        }
    }
    return "there is no such row";
}

static void states_become_bars(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        const char *now; /* the job's state now */
        const char *history;
        const char *bars;
        const char *outcome;
    } rows[] = {
        {"job", "done", "a:waiting@0 a:starting@10 a:running@12 a:done@50",
         "a waiting 0-10\na starting 10-12\na succeeded 12-50", "done after 40 ms"},
        {"job", "running", "a:waiting@0 a:starting@10 a:running@12",
         "a waiting 0-10\na starting 10-12\na running 12-100", "running since 12 ms"},
        {"job", "failed",
         "a:starting@0 a:running@1 a:draining@20 a:backoff@30 a:starting@60 a:running@61 a:failed@70",
         "a starting 0-1\na failed try 1-20\na stopping, draining 20-30\na pause before the next try 30-60\n"
         "a starting 60-61\na failed try 61-70\na failed 70-70",
         "failed, try 2: exit status 7"},
        {"job", "failed", "a:running@0 a:stopping@20 a:draining@30 a:failed@40",
         "a failed try 0-20\na stopping, draining 20-30\na stopping, draining 30-40\na failed 40-40",
         "failed: exit status 7"},
        {"job", "skipped", "a:waiting@0 a:skipped@10", "a waiting 0-10\na skipped 10-10",
         "skipped: exit status 7"},
        {"job", "idle", "a:running@5 a:stopping@20 a:idle@30", "a running 5-20\na stopping, draining 20-30",
         "not started"},
        {"job", "idle", "", "", "not started"},
        {"job", "waiting", "a:waiting@3", "a waiting 3-100", "waiting"},
        {"job", "backoff", "a:running@3 a:backoff@9", "a failed try 3-9\na pause before the next try 9-100",
         "backoff"},
        {"service", "running", "a:waiting@0 a:starting@8 a:running@9",
         "a waiting 0-8\na starting 8-9\na running 9-14", "up at 9 ms"},
        {"service", "running", "a:running@1 a:backoff@5 a:running@60",
         "a failed try 1-5\na pause before the next try 5-60\na running 60-65", "up at 60 ms, try 2"},
        {"service", "failed", "a:running@1 a:failed@60000", "a failed try 1-6", "up at 1 ms; failed now"},
        {"job", "done", "a:nonsense@1 b:running@1 a:running@5 a:done@9", "a succeeded 5-9",
         "done after 4 ms"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fake_begin(strstr(rows[i].history, "60000") != NULL ? 70000 : 100, 0);
        fake_job("a", rows[i].kind, rows[i].now, "\treason=exit status 7");
        fake_happen(rows[i].history);
        chart_finish(&fake_chart);
        if (strcmp(bars_of(), rows[i].bars) != 0 || strcmp(outcome_of("a"), rows[i].outcome) != 0) {
            fail_msg("row %zu:\n%s\n%s", i, bars_of(), outcome_of("a"));
        }
    }
}

static void the_axis_ends_after_the_start_up(void **state)
{
    (void)state;
    static const uint64_t day = 24 * 3600 * 1000;
    static const struct {
        uint64_t now;
        uint64_t lost;
        const char *history;
        int64_t begin; /* from FAKE_START */
        uint64_t length;
        int64_t settled; /* -1: not */
        size_t later;
    } rows[] = {
        /* nothing but the guard */
        {30 * day, 0, "", 0, 60000, 0, 0},
        {40, 0, "", 0, 40, 0, 0},
        {0, 0, "", 0, 1, 0, 0},
        {30 * day, 0, "!revoked@100 !revoked@70000", 0, 60000, 0, 1},
        /* settled soon, looked at late */
        {30 * day, 0, "a:running@0 a:done@12000 s:running@2000", 0, 13000, 12000, 0},
        {30 * day, 0, "a:running@0 a:done@10", 0, 15, 10, 0},
        /* still going on */
        {30 * day, 0, "a:running@0", 0, 30 * day, -1, 0},
        /* a pause within it, and one that ends it */
        {day, 0, "a:running@0 a:done@10000 s:starting@12000 s:running@12001", 0, 13001, 12001, 0},
        {day, 0, "a:running@0 a:done@10000 s:starting@13000 s:running@13001", 0, 10833, 10000, 2},
        {day, 0, "a:running@0 a:done@10 s:starting@1010 s:running@1020", 0, 1105, 1020, 0},
        {day, 0, "a:running@0 a:done@10 s:starting@1011 s:running@1020", 0, 15, 10, 2},
        /* a service that fails at once is not settled */
        {3000, 0, "s:running@0 s:backoff@10 s:running@1000 s:backoff@1010 s:running@3000", 0, 3250, 3000, 0},
        /* what was forgotten leaves no empty space */
        {day, 7, "a:running@5000 a:done@6000", 5000, 1083, 1000, 0},
        /* a clock that was set back */
        {1000, 0, "a:waiting@0 a:running@-500 a:done@100", -500, 650, 600, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fake_begin(rows[i].now, rows[i].lost);
        if (rows[i].history[0] != '\0' && rows[i].history[0] != '!') {
            fake_job("a", "job", "done", "");
            fake_job("s", "service", "running", "");
        }
        fake_happen(rows[i].history);
        chart_finish(&fake_chart);
        const int64_t settled = fake_chart.is_settled ? (int64_t)fake_chart.settled : -1;
        if ((int64_t)(fake_chart.begin_at - FAKE_START) != rows[i].begin ||
            fake_chart.length != rows[i].length || settled != rows[i].settled ||
            fake_chart.later != rows[i].later) {
            fail_msg("row %zu: from %lld, %llu ms, settled %lld, later %zu", i,
                     (long long)(fake_chart.begin_at - FAKE_START), (unsigned long long)fake_chart.length,
                     (long long)settled, fake_chart.later);
        }
    }
}

static void marks_of_the_axis_are_few_and_round(void **state)
{
    (void)state;
    for (uint64_t now = 1; now < UINT64_C(1000) * 365 * 24 * 3600 * 20; now = now * 5 / 4 + 1) {
        fake_begin(now, 0);
        fake_job("a", "job", "running", "");
        fake_happen("a:running@0");
        chart_finish(&fake_chart);
        assert_int_equal(fake_chart.length, now);
        assert_true(now / fake_chart.step <= CHART_STEPS_MAX);
        assert_true(now <= 2 || now / fake_chart.step >= 2);
    }
}

static void rows_stand_in_the_order_in_which_they_began(void **state)
{
    (void)state;
    fake_begin(100000, 0);
    fake_job("never", "service", "idle", "\tafter=");
    fake_job("last", "job", "done", "\tafter=first second");
    fake_job("skipped", "job", "skipped", "\tafter=first");
    fake_job("second", "job", "done", "\tafter=first nobody");
    fake_job("first", "job", "done", "\tafter=");
    fake_happen(
        "last:waiting@0 skipped:waiting@0 second:waiting@0 first:running@1 first:done@20 skipped:skipped@20 "
        "second:running@21 second:done@30 last:running@31 last:done@40");
    chart_finish(&fake_chart);
    static const struct {
        const char *name;
        uint64_t needs;
        const char *after;
    } rows[] = {
        {"first", 0, ""},
        {"skipped", 1, "after first"},
        {"second", 1, "after first, nobody"},
        {"last", 5, "after first, second"},
        {"never", 0, ""},
    };
    assert_int_equal(fake_chart.row_count, COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(fake_chart.rows[i].name, rows[i].name);
        assert_string_equal(fake_chart.rows[i].after, rows[i].after);
        assert_int_equal(fake_chart.rows[i].needs, rows[i].needs);
    }
    assert_int_equal(fake_chart.rows[0].ready_at, 20);
    assert_int_equal(fake_chart.rows[3].begins_at, 31);
    assert_string_equal(fake_chart.rows[fake_chart.bars[0].row].name, "last");
}

static void ticks_are_told_apart(void **state)
{
    (void)state;
    fake_begin(1000, 0);
    fake_happen("!revoked@1 !unlinked@2 !link@3 !found@4 !failed@5 !not-a-socket@6 !mount@7");
    chart_finish(&fake_chart);
    assert_int_equal(fake_chart.tick_count, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(fake_chart.ticks[i].at, i + 1);
        assert_int_equal(fake_chart.ticks[i].is_bad, i >= 4);
    }
    assert_string_equal(fake_chart.ticks[5].what, "not-a-socket");
}

/* Texts are cut and made printable, and what is too much is left out. */
static void whatever_is_told_can_be_drawn(void **state)
{
    (void)state;
    fake_begin(1000, 0);
    fake_job("\\e[31m<&>", "job", "failed",
             "\treason=\\x00\\xff a reason of many, many words, and of many more words than are shown");
    fake_record("span\tname=\\e[31m<&>\tstate=failed\tfrom_at=1763906280500\tto_at=1");
    fake_record("span\tname=\\e[31m<&>\tstate=failed\tfrom_at=nonsense");
    fake_record("span");
    fake_record("tick\tat=0");
    fake_record("tick\tat=1763906280400\tresult=\\e[2Jand a lot more than that");
    fake_record("whatever\tx=y");
    chart_finish(&fake_chart);
    assert_string_equal(fake_chart.rows[0].name, "\\e[31m<&>");
    assert_int_equal(strlen(fake_chart.rows[0].outcome), CHART_TEXT_SIZE - 1);
    assert_string_equal(fake_chart.ticks[0].what, "\\e[2Jand a l...");
    assert_string_equal(bars_of(), "\\e[31m<&> failed 500-500");
    for (size_t i = 0; i < HISTORY_SPANS_MAX + 10; i++) {
        fake_record("span\tname=\\e[31m<&>\tstate=running\tfrom_at=1763906280500\tto_at=1763906280600");
        fake_record("tick\tat=1763906280400\tresult=revoked");
    }
    assert_int_equal(fake_chart.span_count, HISTORY_SPANS_MAX);
    assert_int_equal(fake_chart.tick_count, HISTORY_TICKS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_become_bars),
        cmocka_unit_test(the_axis_ends_after_the_start_up),
        cmocka_unit_test(marks_of_the_axis_are_few_and_round),
        cmocka_unit_test(rows_stand_in_the_order_in_which_they_began),
        cmocka_unit_test(ticks_are_told_apart),
        cmocka_unit_test(whatever_is_told_can_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
