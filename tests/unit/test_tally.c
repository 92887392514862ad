/* SPDX-License-Identifier: MIT */
/*
 * tally: outcomes as revoke.h could give them; the lines are compared whole. The clock stands still but where
 * a case moves it, and a timer that was started is due at once.
 *
 * WRAP: uv_now uv_timer_start uv_timer_init
 */
#include "testing.h"

#include "sandbox_init/tally.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 1 << 20,
    SOCKET = S_IFSOCK | 0755,
};

static uint64_t now_ms;
static uint64_t asked_ms; /* what the last timer was started with */
static unsigned timers;   /* how many were started */
static int fail_timer_init;

uint64_t __wrap_uv_now(const uv_loop_t *loop);
uint64_t __wrap_uv_now(const uv_loop_t *loop)
{
    (void)loop;
    return now_ms;
}

int __real_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout_ms, uint64_t repeat_ms);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout_ms, uint64_t repeat_ms);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout_ms, uint64_t repeat_ms)
{
    asked_ms = timeout_ms;
    timers++;
    return __real_uv_timer_start(timer, callback, 0, repeat_ms);
}

int __real_uv_timer_init(uv_loop_t *loop, uv_timer_t *timer);
int __wrap_uv_timer_init(uv_loop_t *loop, uv_timer_t *timer);
int __wrap_uv_timer_init(uv_loop_t *loop, uv_timer_t *timer)
{
    return fail_timer_init != 0 ? fail_timer_init : __real_uv_timer_init(loop, timer);
}

static uv_loop_t loop;
static struct log the_log;
static struct tally tally;
static int out;

static int set_up(void **state)
{
    (void)state;
    now_ms = 1000000;
    timers = 0;
    out = memfd_create("log", MFD_CLOEXEC);
    log_init(&the_log, out, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    return uv_loop_init(&loop) == 0 ? tally_start(&tally, &loop, &the_log) : -1;
}

static int tear_down(void **state)
{
    (void)state;
    tally_stop(&tally);
    uv_run(&loop, UV_RUN_DEFAULT);
    close(out);
    return uv_loop_close(&loop);
}

/* What was logged since the last call, without the time. */
static const char *take_output(void)
{
    static char raw[TEXT_SIZE];
    static char text[TEXT_SIZE];
    static const size_t time_length = sizeof "0000-00-00T00:00:00.000Z sandbox-init " - 1;
    const ssize_t got = pread(out, raw, sizeof raw - 1, 0);
    assert_true(got >= 0);
    raw[got] = '\0';
    text[0] = '\0';
    size_t used = 0;
    for (char *line = raw; *line != '\0';) {
        char *end = strchr(line, '\n');
        const size_t length = (size_t)(end - line) + 1 - time_length;
        memcpy(text + used, line + time_length, length);
        used += length;
        line = end + 1;
    }
    text[used] = '\0';
    assert_int_equal(ftruncate(out, 0), 0);
    assert_int_equal(lseek(out, 0, SEEK_SET), 0);
    return text;
}

static void expect_output(const char *expected)
{
    assert_string_equal(take_output(), expected);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part)) {
        count++;
    }
    return count;
}

static void tell(enum revoke_result result, const char *name)
{
    const struct revoke_outcome outcome = {
        .result = result,
        .id = {.mode = SOCKET, .owner = 1000, .links = 1},
    };
    tally_outcome(&tally, &outcome, "/tmp", name);
}

/* ---- cases ---- */

static const struct {
    struct revoke_outcome outcome;
    size_t counter; /* its offset, or SIZE_MAX for none */
    const char *line;
} outcomes[] = {
    {{.result = REVOKE_REVOKED, .id = {.owner = 1000, .links = 1}, .is_harmless = true},
     offsetof(struct tally_counters, revoked),
     "info guard: revoked /tmp/s (owner 1000)\n"},
    {{.result = REVOKE_UNLINKED, .id = {.owner = 0, .links = 1}},
     offsetof(struct tally_counters, unlinked),
     "warning guard: unlinked /tmp/s (owner 0), who can still connect through a descriptor from before\n"},
    {{.result = REVOKE_UNLINKED, .error = -EPERM, .step = "chown", .id = {.owner = 1000, .links = 1}},
     offsetof(struct tally_counters, unlinked),
     "warning guard: unlinked /tmp/s (owner 1000), but could not chown it: Operation not permitted\n"},
    {{.result = REVOKE_LINK, .id = {.owner = 1000, .links = 1}},
     offsetof(struct tally_counters, links),
     "info guard: removed the symbolic link /tmp/s (owner 1000)\n"},
    {{.result = REVOKE_FOUND, .id = {.owner = 1000, .links = 1}},
     offsetof(struct tally_counters, found),
     "warning guard: found /tmp/s (owner 1000); action = report leaves it there\n"},
    {{.result = REVOKE_GONE}, SIZE_MAX, ""},
    {{.result = REVOKE_NOT_SOCKET, .id = {.owner = 1000, .links = 2}},
     offsetof(struct tally_counters, refused),
     "warning guard: left /tmp/s alone: it is not a socket\n"},
    {{.result = REVOKE_MOUNT, .id = {.owner = 1000, .links = 2}},
     offsetof(struct tally_counters, refused),
     "warning guard: left /tmp/s alone: it is mounted there from outside; take the mount out of the "
     "container's settings\n"},
    {{.result = REVOKE_CHANGED, .id = {.owner = 1000, .links = 1}},
     offsetof(struct tally_counters, refused),
     "warning guard: left /tmp/s alone: its name stood for another file at each look\n"},
    {{.result = REVOKE_FAILED, .error = -EBUSY, .step = "unlink", .id = {.owner = 1000, .links = 1}},
     offsetof(struct tally_counters, failed),
     "error guard: cannot remove /tmp/s: unlink: Device or resource busy\n"},
    {{.result = REVOKE_FAILED,
      .error = -EROFS,
      .step = "unlink",
      .id = {.owner = 1000, .links = 1},
      .is_harmless = true},
     offsetof(struct tally_counters, failed),
     "error guard: cannot remove /tmp/s: unlink: Read-only file system; nobody can connect to it any more\n"},
};

static void each_outcome_has_its_counter_and_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        struct tally_counters expected = {0};
        if (outcomes[i].counter != SIZE_MAX) {
            ++*(uint64_t *)((char *)&expected + outcomes[i].counter);
        }
        tally_outcome(&tally, &outcomes[i].outcome, "/tmp", "s");
        expect_output(outcomes[i].line);
        if (memcmp(&tally.counters, &expected, sizeof expected) != 0) {
            fail_msg("row %zu: it counted otherwise", i);
        }
        tally_stop(&tally);
        uv_run(&loop, UV_RUN_DEFAULT);
        take_output();
        assert_int_equal(tally_start(&tally, &loop, &the_log), 0);
    }
}

static void every_result_has_a_row(void **state)
{
    (void)state;
    for (int result = 0; result < REVOKE_RESULT_COUNT; result++) {
        bool has_row = false;
        for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
            has_row = has_row || (int)outcomes[i].outcome.result == result;
        }
        assert_true(has_row);
    }
}

static void hard_links_are_evidence(void **state)
{
    static const struct {
        enum revoke_result result;
        bool is_harmless;
        const char *said;
    } rows[] = {
        {REVOKE_REVOKED, true,
         "warning guard: /tmp/s had 3 names: somebody made hard links to keep it; they are dead too\n"},
        {REVOKE_UNLINKED, false, "warning guard: /tmp/s had 3 names: somebody made hard links to keep it\n"},
        {REVOKE_FOUND, false, "warning guard: /tmp/s had 3 names: somebody made hard links to keep it\n"},
        {REVOKE_FAILED, false, "warning guard: /tmp/s had 3 names: somebody made hard links to keep it\n"},
        {REVOKE_NOT_SOCKET, false, NULL},
        {REVOKE_MOUNT, false, NULL},
    };
    uint64_t expected = 0;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct revoke_outcome outcome = {
            .result = rows[i].result,
            .error = rows[i].result == REVOKE_FAILED ? -EBUSY : 0,
            .step = "unlink",
            .id = {.mode = SOCKET, .owner = 1000, .links = 3},
            .is_harmless = rows[i].is_harmless,
        };
        tally_outcome(&tally, &outcome, "/tmp", "s");
        expected += rows[i].said != NULL ? 1 : 0;
        const char *output = take_output();
        assert_int_equal(count_of(output, "names"), rows[i].said != NULL);
        assert_true(rows[i].said == NULL || strstr(output, rows[i].said) != NULL);
        assert_int_equal(tally.counters.hard_links, expected);
    }
}

static void names_are_escaped(void **state)
{
    const struct revoke_outcome outcome = {.result = REVOKE_REVOKED, .id = {.owner = 7, .links = 2}};
    (void)state;
    tally_outcome(&tally, &outcome, "/tmp/a\nb", "s\033[2J\\");
    expect_output("info guard: revoked /tmp/a\\nb/s\\e[2J\\\\ (owner 7)\n"
                  "warning guard: /tmp/a\\nb/s\\e[2J\\\\ had 2 names: somebody made hard links to keep it\n");
    tally_outcome(&tally, &outcome, "/", "s"); /* no second slash */
    assert_non_null(strstr(take_output(), "revoked /s ("));
    tally_trouble(&tally, "/tmp/\r\n", "read", -EACCES, "sockets in it stay unseen");
    expect_output(
        "warning guard: /tmp/\\r\\n cannot be read: Permission denied; sockets in it stay unseen\n");
}

static void the_longest_name_is_shown(void **state)
{
    char path[512];
    char name[256];
    const struct revoke_outcome outcome = {.result = REVOKE_REVOKED, .id = {.owner = 7, .links = 1}};
    (void)state;
    memset(path, 'p', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    memset(name, 1, sizeof name);
    name[sizeof name - 1] = '\0';
    tally_outcome(&tally, &outcome, path, name);
    const char *output = take_output();
    assert_int_equal(count_of(output, "\n"), 1);
    assert_non_null(strstr(output, "\\x01... (owner 7)\n"));
    assert_non_null(strstr(output, path));
}

/* Tells COUNT sockets of RESULT and expects that so many are said at once. */
static void tell_many(enum revoke_result result, size_t count, size_t said, const char *line)
{
    char name[32];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "s%zu", i);
        tell(result, name);
    }
    assert_int_equal(count_of(take_output(), line), said);
}

static void a_flood_is_limited_and_the_rest_is_said(void **state)
{
    (void)state;
    tell_many(REVOKE_REVOKED, 5000, TALLY_BURST, "info guard: revoked /tmp/s");
    assert_int_equal(tally.counters.revoked, 5000);
    assert_int_equal(timers, 1);
    assert_int_equal(asked_ms, 1000);
    assert_true(uv_is_active((uv_handle_t *)&tally.timer));
    uv_run(&loop, UV_RUN_NOWAIT);
    expect_output("warning guard: 4980 more lines about removals were left out; so far 5000 sockets were "
                  "revoked, 0 unlinked\n");
    assert_false(uv_is_active((uv_handle_t *)&tally.timer));

    now_ms += 3000; /* a few more lines may come now */
    tell_many(REVOKE_REVOKED, 10, 3 * TALLY_PER_SECOND, "info guard: revoked /tmp/s");
    assert_int_equal(timers, 2);
    uv_run(&loop, UV_RUN_NOWAIT);
    expect_output("warning guard: 4 more lines about removals were left out; so far 5010 sockets were "
                  "revoked, 0 unlinked\n");
}

static void a_flood_of_one_kind_does_not_hide_another(void **state)
{
    (void)state;
    tell_many(REVOKE_UNLINKED, 100, TALLY_BURST, "unlinked /tmp/s");
    tell_many(REVOKE_NOT_SOCKET, 30, TALLY_BURST, "left /tmp/s");
    tell_many(REVOKE_FAILED, 30, TALLY_BURST, "cannot remove /tmp/s");
    for (int i = 0; i < 30; i++) {
        tally_moved_away(&tally);
    }
    assert_int_equal(count_of(take_output(), "was moved out of"), TALLY_BURST);
    for (int i = 0; i < 30; i++) {
        tally_overflow(&tally);
    }
    assert_int_equal(count_of(take_output(), "too many events"), TALLY_BURST);
    uv_run(&loop, UV_RUN_NOWAIT);
    expect_output(
        "warning guard: 80 more lines about removals were left out; so far 0 sockets were revoked, 100 "
        "unlinked\n"
        "warning guard: 10 more lines about refusals were left out; so far 0 sockets were revoked, 100 "
        "unlinked\n"
        "warning guard: 10 more lines about failures were left out; so far 0 sockets were revoked, 100 "
        "unlinked\n"
        "warning guard: 10 more lines about signs of an attack were left out; so far 0 sockets were "
        "revoked, 100 unlinked\n"
        "warning guard: 10 more lines about directories were left out; so far 0 sockets were revoked, 100 "
        "unlinked\n");
}

static void what_is_met_again_is_counted_once(void **state)
{
    static const enum revoke_result results[] = {REVOKE_FOUND, REVOKE_NOT_SOCKET, REVOKE_MOUNT,
                                                 REVOKE_CHANGED, REVOKE_FAILED};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(results); i++) {
        for (int k = 0; k < 5; k++) {
            tell(results[i], "again");
        }
        assert_int_equal(count_of(take_output(), "/tmp/again"), 1);
    }
    assert_int_equal(tally.counters.found, 1);
    assert_int_equal(tally.counters.refused, 3);
    assert_int_equal(tally.counters.failed, 1);
    tell(REVOKE_FAILED, "other");
    tally_outcome(&tally, &(struct revoke_outcome){.result = REVOKE_FAILED, .step = "open", .error = -EIO},
                  "/run", "again");
    assert_int_equal(tally.counters.failed, 3);
    take_output();
    for (int k = 0; k < 5; k++) {
        tell(REVOKE_REVOKED, "again"); /* each is another socket */
    }
    assert_int_equal(tally.counters.revoked, 5);
    assert_int_equal(count_of(take_output(), "revoked /tmp/again"), 5);
}

static void the_oldest_trouble_is_forgotten_first(void **state)
{
    char name[32];
    (void)state;
    for (int i = 0; i < TALLY_SAID_MAX; i++) {
        snprintf(name, sizeof name, "%d", i);
        tell(REVOKE_NOT_SOCKET, name);
    }
    tell(REVOKE_NOT_SOCKET, "0"); /* still known */
    assert_int_equal(tally.counters.refused, TALLY_SAID_MAX);
    tell(REVOKE_NOT_SOCKET, "one more");
    tell(REVOKE_NOT_SOCKET, "1");
    assert_int_equal(tally.counters.refused, TALLY_SAID_MAX + 1);
    tell(REVOKE_NOT_SOCKET, "0");
    assert_int_equal(tally.counters.refused, TALLY_SAID_MAX + 2);
}

static void a_trouble_is_said_once_for_each_path_deed_and_error(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        tally_trouble(&tally, "/a", "watched", -ENOSPC, "raise the limit");
        tally_trouble(&tally, "/b", "watched", -ENOSPC, "raise the limit");
        tally_trouble(&tally, "/a", "read", -ENOSPC, "raise the limit");
        tally_trouble(&tally, "/a", "watched", -EACCES, "look");
    }
    expect_output("warning guard: /a cannot be watched: No space left on device; raise the limit\n"
                  "warning guard: /b cannot be watched: No space left on device; raise the limit\n"
                  "warning guard: /a cannot be read: No space left on device; raise the limit\n"
                  "warning guard: /a cannot be watched: Permission denied; look\n");
}

static void troubles_are_limited_too(void **state)
{
    char path[32];
    (void)state;
    for (int i = 0; i < 50; i++) {
        snprintf(path, sizeof path, "/%d", i);
        tally_trouble(&tally, path, "read", -EACCES, "look");
    }
    assert_int_equal(count_of(take_output(), "cannot be read"), TALLY_BURST);
    uv_run(&loop, UV_RUN_NOWAIT);
    expect_output(
        "warning guard: 30 more lines about directories were left out; so far 0 sockets were revoked, 0 "
        "unlinked\n");
}

static void what_was_lost_is_counted_and_said(void **state)
{
    (void)state;
    tally_moved_away(&tally);
    tally_overflow(&tally);
    assert_int_equal(tally.counters.moved_away, 1);
    assert_int_equal(tally.counters.overflows, 1);
    expect_output(
        "warning guard: a socket was moved out of the watched directories before it could be revoked\n"
        "warning guard: too many events at once, some were lost: sweeping all directories\n");
}

static void the_stop_says_what_was_left_out_and_all_counters(void **state)
{
    (void)state;
    tell_many(REVOKE_REVOKED, 25, TALLY_BURST, "revoked");
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        tally_outcome(&tally, &outcomes[i].outcome, "/tmp", "s");
    }
    const struct revoke_outcome linked = {.result = REVOKE_REVOKED, .id = {.links = 2}};
    tally_outcome(&tally, &linked, "/tmp", "s");
    tally_moved_away(&tally);
    tally_overflow(&tally);
    take_output();
    tally_stop(&tally);
    expect_output(
        "warning guard: 11 more lines about removals were left out; so far 27 sockets were revoked, 2 "
        "unlinked\n"
        "info guard: in all: 27 revoked, 2 unlinked, 1 links removed, 1 found, 3 refused, 1 failed, "
        "1 with hard links, 1 moved away, 1 overflows\n");
    tally_stop(&tally); /* once more says nothing */
    expect_output("");
}

static void what_was_not_started_can_be_stopped(void **state)
{
    struct tally zeroed;
    (void)state;
    memset(&zeroed, 0, sizeof zeroed);
    tally_stop(&zeroed);
    expect_output("");
}

static void nothing_wakes_the_loop_while_nothing_was_left_out(void **state)
{
    (void)state;
    tell_many(REVOKE_REVOKED, TALLY_BURST, TALLY_BURST, "revoked");
    assert_int_equal(timers, 0);
    assert_false(uv_is_active((uv_handle_t *)&tally.timer));
    assert_int_equal(uv_backend_timeout(&loop), 0); /* nothing is active at all */
    assert_int_equal(uv_loop_alive(&loop), 0);
}

static void a_failed_start_is_told(void **state)
{
    struct tally other;
    (void)state;
    fail_timer_init = -ENOMEM;
    const int result = tally_start(&other, &loop, &the_log);
    fail_timer_init = 0;
    assert_int_equal(result, -ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_outcome_has_its_counter_and_its_line, set_up, tear_down),
        cmocka_unit_test(every_result_has_a_row),
        cmocka_unit_test_setup_teardown(hard_links_are_evidence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_escaped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_longest_name_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_is_limited_and_the_rest_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_of_one_kind_does_not_hide_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_met_again_is_counted_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_trouble_is_forgotten_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_trouble_is_said_once_for_each_path_deed_and_error, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(troubles_are_limited_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_lost_is_counted_and_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_stop_says_what_was_left_out_and_all_counters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_not_started_can_be_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_wakes_the_loop_while_nothing_was_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_start_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
