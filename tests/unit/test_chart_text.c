/* SPDX-License-Identifier: MIT */
/* chart_text: fake histories as letters. */
#include "fake_history.h"

#include "sandbox_init/chart_text.h"

static const char *render(unsigned columns)
{
    static char text[1 << 18];
    FILE *stream = tmpfile();
    assert_non_null(stream);
    chart_text_render(stream, &fake_chart, columns);
    rewind(stream);
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    return text;
}

static void expect(unsigned columns, const char *expected)
{
    const char *text = render(columns);
    if (strcmp(text, expected) != 0) {
        fail_msg("%u columns:\n%s", columns, text);
    }
}

static void make_start_up(void)
{
    fake_begin(UINT64_C(86400000) * 3, 0);
    fake_job("volumes", "job", "done", "\tafter=");
    fake_job("install", "job", "done", "\tafter=volumes");
    fake_job("flaky", "job", "failed", "\tafter=volumes\treason=exit status 3");
    fake_job("tests", "job", "skipped", "\tafter=flaky\treason=job:flaky failed");
    fake_job("web", "service", "running", "\tafter=install");
    fake_happen(
        "install:waiting@0 flaky:waiting@0 tests:waiting@0 web:waiting@0 volumes:starting@0 "
        "volumes:running@1 !revoked@100 volumes:done@1000 install:starting@1000 install:running@1001 "
        "flaky:running@1001 flaky:draining@2000 flaky:backoff@2500 flaky:running@3500 flaky:failed@4500 "
        "tests:skipped@4500 !failed@5000 install:done@6000 web:starting@6000 web:running@6001 "
        "!revoked@86400000");
    chart_finish(&fake_chart);
}

static void a_start_up_is_drawn(void **state)
{
    (void)state;
    make_start_up();
    expect(
        100,
        "volumes |########                                                | done after 1.0 s\n"
        "install |........###########################################     | done after 5.0 s, after volumes\n"
        "flaky   |........xxxxxxxxx----~~~~~~~~~xxxxxxxxX                 | failed, try 2: exit status 3, "
        "...\n"
        "tests   |......................................s                 | skipped: job:flaky failed, "
        "aft...\n"
        "web     |...................................................=====| up at 6.0 s, after install\n"
        "(guard) ||                                          !            | 2 events\n"
        "        |+-------+--------+-------+--------+--------+-------+----\n"
        "        |0       1.0 s    2.0 s   3.0 s    4.0 s    5.0 s   6.0 s\n"
        ". waiting  > starting  = running  # succeeded  x failed try  - stopping, draining\n"
        "~ pause before the next try  s skipped  X failed\n"
        "all settled after 6.0 s\n"
        "1 later event is not shown\n");
}

static void it_fits_every_width(void **state)
{
    (void)state;
    make_start_up();
    for (unsigned columns = 1; columns <= 600; columns++) {
        char *text = strdup(render(columns));
        assert_non_null(text);
        const size_t least = strlen("install |") + 10;
        const size_t most = columns > least ? columns : least;
        const char *end = strstr(text, "\n. waiting");
        assert_non_null(end);
        for (const char *line = text; line < end; line = strchr(line, '\n') + 1) {
            const size_t length = strcspn(line, "\n");
            if (length > most) {
                fail_msg("%u columns: %.*s", columns, (int)length, line);
            }
        }
        for (const char *byte = text; *byte != '\0'; byte++) {
            assert_true(*byte == '\n' || (*byte >= 0x20 && *byte <= 0x7e));
        }
        free(text);
    }
}

/* However short a run was, it is not hidden by the pause behind it; nor is what became of it. */
static void what_matters_is_seen(void **state)
{
    (void)state;
    fake_begin(10000, 0);
    fake_job("a", "job", "running", "");
    fake_happen(
        "a:waiting@0 a:starting@1 a:running@2 a:backoff@3 a:running@5000 a:backoff@5001 a:running@9999");
    chart_finish(&fake_chart);
    if (strstr(render(80), "a       |x~~~~~~~~~~~~~~~~~~~~x~~~~~~~~~~~~~~~~~~~~=|") == NULL) {
        fail_msg("%s", render(80));
    }
}

static void an_empty_history_is_drawn(void **state)
{
    (void)state;
    fake_begin(40, 0);
    chart_finish(&fake_chart);
    expect(60, "(guard) |                                       | 0 events\n"
               "        |+---+----+----+----+----+----+----+---+\n"
               "        |0   5 ms 10 ms     20 ms     30 ms\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_up_is_drawn),
        cmocka_unit_test(it_fits_every_width),
        cmocka_unit_test(what_matters_is_seen),
        cmocka_unit_test(an_empty_history_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
