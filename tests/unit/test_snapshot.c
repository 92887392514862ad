/* SPDX-License-Identifier: MIT */
/*
 * snapshot: the whole answer of a fake init, and the message of one that is not there or breaks off.
 *
 * WRAP: connect
 */
#include "fake_init.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/snapshot.h"

#include <time.h>

#define INIT  "init\tprotocol=1\tversion=0.1.0\tpid=1\tis_pid1=1\tuid=0\tstate=running\n"
#define GUARD "guard\tlevel=full\treason=\twanted=1\n"
#define JOB   "job\tname=a\tkind=job\tenabled=1\tstate=done\n"

static struct client client;
static struct view view;
static uint64_t patience_ms;

static int take_from(const char *answer, enum fake_manner manner)
{
    view = (struct view){0};
    fake_start_one(answer, manner);
    const int status = snapshot_take(&view, &client, fake.directory, patience_ms);
    assert_int_equal(client.fd, -1);
    fake_stop();
    return status;
}

static int take(const char *answer)
{
    return take_from(answer, FAKE_CLOSES);
}

static void the_whole_answer_is_taken(void **state)
{
    (void)state;
    assert_int_equal(take(INIT GUARD JOB "end\n"), 0);
    assert_string_equal(view.init.version, "0.1.0");
    assert_string_equal(view.guard.level, "full");
    assert_int_equal(view.job_count, 1);
}

static void an_answer_that_breaks_off_is_none(void **state)
{
    (void)state;
    assert_int_equal(take(INIT GUARD), CLI_STATUS_NO_INIT);
    assert_true(client.message[0] != '\0');
}

/* With the usual patience this test would take ten seconds. */
static void who_has_less_patience_waits_less(void **state)
{
    (void)state;
    struct timespec before;
    struct timespec after;
    patience_ms = 20;
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(take_from(INIT, FAKE_HANGS), CLI_STATUS_NO_INIT);
    clock_gettime(CLOCK_MONOTONIC, &after);
    patience_ms = 0;
    assert_true(after.tv_sec - before.tv_sec < CLIENT_PATIENCE_MS / 1000 - 1);
}

static void without_an_init_it_says_so(void **state)
{
    (void)state;
    assert_int_equal(snapshot_take(&view, &client, "/nonexistent", 0), CLI_STATUS_NO_INIT);
    assert_true(client.message[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_answer_is_taken),
        cmocka_unit_test(an_answer_that_breaks_off_is_none),
        cmocka_unit_test(who_has_less_patience_waits_less),
        cmocka_unit_test(without_an_init_it_says_so),
    };
    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
