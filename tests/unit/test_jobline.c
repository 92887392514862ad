/* SPDX-License-Identifier: MIT */
/* jobline: each state in words, and the last words of one that failed, whatever bytes they are of. */
#include "testing.h"

#include "sandbox_init/jobline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct view_job make_job(enum jobstate_state state)
{
    struct view_job job = {
        .name = "install",
        .state = state,
        .took = {210, true},
        .pid = {12, true},
        .tries = {1, true},
        .started_at = {5, true},
        .reason = "it\x1b[2J did",
        .after = "a b",
    };
    snprintf(job.state_name, sizeof job.state_name, "%s", jobstate_name(state));
    return job;
}

static void each_state_has_its_words(void **state)
{
    (void)state;
    static const struct {
        enum jobstate_state state;
        const char *text;
    } rows[] = {
        {JOBSTATE_HOLE, "hole"},
        {JOBSTATE_IDLE, "stopped"},
        {JOBSTATE_WAITING, "waiting for a b"},
        {JOBSTATE_STARTING, "starting"},
        {JOBSTATE_RUNNING, "running, pid 12"},
        {JOBSTATE_STOPPING, "stopping"},
        {JOBSTATE_DRAINING, "draining"},
        {JOBSTATE_BACKOFF, "waiting for its next try: it\\e[2J did"},
        {JOBSTATE_DONE, "done after 210 ms"},
        {JOBSTATE_FAILED, "failed: it\\e[2J did"},
        {JOBSTATE_SKIPPED, "skipped: it\\e[2J did"},
    };
    char text[JOBLINE_SIZE];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct view_job job = make_job(rows[i].state);
        assert_string_equal(jobline_describe(text, &job), rows[i].text);
    }
    struct view_job job = make_job(JOBSTATE_IDLE);
    job.started_at.is_known = false;
    assert_string_equal(jobline_describe(text, &job), "not started");
    job = make_job(JOBSTATE_RUNNING);
    job.pid.is_known = false;
    assert_string_equal(jobline_describe(text, &job), "running");
    job = make_job(JOBSTATE_FAILED);
    job.reason[0] = '\0';
    assert_string_equal(jobline_describe(text, &job), "failed");
    job = make_job(JOBSTATE_WAITING);
    memset(job.after, '\x1b', sizeof job.after - 1);
    assert_int_equal(strlen(jobline_describe(text, &job)) < JOBLINE_SIZE, 1);
}

static void colours_tell_good_from_bad(void **state)
{
    (void)state;
    static const enum screen_colour wanted[JOBSTATE_STATE_COUNT] = {
        [JOBSTATE_HOLE] = SCREEN_YELLOW,     [JOBSTATE_IDLE] = SCREEN_DIM,
        [JOBSTATE_WAITING] = SCREEN_YELLOW,  [JOBSTATE_STARTING] = SCREEN_YELLOW,
        [JOBSTATE_RUNNING] = SCREEN_YELLOW,  [JOBSTATE_STOPPING] = SCREEN_YELLOW,
        [JOBSTATE_DRAINING] = SCREEN_YELLOW, [JOBSTATE_BACKOFF] = SCREEN_YELLOW,
        [JOBSTATE_DONE] = SCREEN_GREEN,      [JOBSTATE_FAILED] = SCREEN_RED,
        [JOBSTATE_SKIPPED] = SCREEN_DIM,
    };
    for (int number = 0; number < JOBSTATE_STATE_COUNT; number++) {
        const struct view_job job = make_job((enum jobstate_state)number);
        assert_int_equal(jobline_colour(&job), wanted[number]);
    }
    struct view_job job = make_job(JOBSTATE_RUNNING);
    job.is_service = true;
    assert_int_equal(jobline_colour(&job), SCREEN_GREEN);
    job = make_job(JOBSTATE_SKIPPED);
    job.tries.value = 0;
    assert_int_equal(jobline_colour(&job), SCREEN_RED);
}

static char *print_words(const struct view_job *job, bool has_colours)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    const struct screen screen = {.stream = stream, .has_colours = has_colours};
    jobline_print(&screen, job);
    jobline_print_words(&screen, job);
    fclose(stream);
    return text;
}

static void the_last_words_are_safe_to_print(void **state)
{
    (void)state;
    char path[] = "/tmp/test-jobline-XXXXXX";
    struct view_job job = make_job(JOBSTATE_FAILED);
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (int i = 0; i < JOBLINE_WORDS; i++) {
        assert_int_equal(dprintf(fd, "line %d\n", i), 7);
    }
    assert_true(dprintf(fd, "2026-11-23T14:01:02.123Z \x1b[31mred \xc3\xbc\r\n") > 0);
    snprintf(job.log, sizeof job.log, "%s", path);
    char *text = print_words(&job, false);
    char wanted[1024];
    snprintf(
        wanted, sizeof wanted,
        "install: failed: it\\e[2J did\n  the end of %s\n  | line 1\n  | line 2\n  | line 3\n  | line 4\n"
        "  | line 5\n  | line 6\n  | line 7\n  | line 8\n  | line 9\n"
        "  | 2026-11-23T14:01:02.123Z \\e[31mred \xc3\xbc\\r\n",
        path);
    assert_string_equal(text, wanted);
    free(text);
    close(fd);
    unlink(path);
    text = print_words(&job, true);
    snprintf(wanted, sizeof wanted,
             "install: \x1b[31mfailed: it\\e[2J did\x1b[0m\n\x1b[2m  its log is %s\x1b[0m\n", path);
    assert_string_equal(text, wanted);
    free(text);
    job.log[0] = '\0';
    text = print_words(&job, false);
    assert_string_equal(text, "install: failed: it\\e[2J did\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_its_words),
        cmocka_unit_test(colours_tell_good_from_bad),
        cmocka_unit_test(the_last_words_are_safe_to_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
