/* SPDX-License-Identifier: MIT */
/* reaper: real children, many at once, and orphans that are adopted. */
#include "testing.h"

#include "sandbox_init/reaper.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHILDREN_MAX = 1000,
};

static uv_loop_t loop;
static struct reaper the_reaper;
static pid_t children[CHILDREN_MAX];
static struct {
    pid_t pid;
    int status;
} calls[CHILDREN_MAX + 8];
static size_t call_count;
static size_t stop_at; /* the callback that stops; 0: none */

static void on_exit_of(void *context, pid_t pid, int status)
{
    assert_ptr_equal(context, &loop);
    assert_true(call_count < COUNT_OF(calls));
    calls[call_count].pid = pid;
    calls[call_count].status = status;
    call_count++;
    if (call_count == stop_at) {
        reaper_stop(&the_reaper);
    }
}

static int set_up(void **state)
{
    (void)state;
    call_count = stop_at = 0;
    return uv_loop_init(&loop) == 0 ? reaper_start(&the_reaper, &loop, on_exit_of, &loop) : -1;
}

static int tear_down(void **state)
{
    (void)state;
    reaper_stop(&the_reaper);
    reaper_stop(&the_reaper);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

/* Starts a child that ends with STATUS at once. */
static pid_t start_child(int status)
{
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        if (status % 2 != 0) {
            setpgid(0, 0); /* as the main command does */
        }
        _exit(status);
    }
    assert_true(pid > 0);
    return pid;
}

/* Starts a child that waits to be killed. */
static pid_t start_sleeper(void)
{
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* nobody outlives a case that fails */
        for (;;) {
            pause();
        }
    }
    assert_true(pid > 0);
    return pid;
}

static void wait_until_dead(pid_t pid)
{
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void start_dead_children(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        children[i] = start_child((int)(i % 251));
    }
    for (size_t i = 0; i < count; i++) {
        wait_until_dead(children[i]);
    }
}

static size_t find_child(pid_t pid, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (children[i] == pid) {
            return i;
        }
    }
    return count;
}

/* Was each of COUNT children told once, with its own status? */
static void expect_all_once(size_t count)
{
    static bool was_told[CHILDREN_MAX];
    memset(was_told, 0, sizeof was_told);
    assert_int_equal(call_count, count);
    for (size_t i = 0; i < count; i++) {
        const size_t child = find_child(calls[i].pid, count);
        assert_true(child < count);
        assert_false(was_told[child]);
        was_told[child] = true;
        assert_true(WIFEXITED(calls[i].status));
        assert_int_equal(WEXITSTATUS(calls[i].status), child % 251);
    }
}

static void a_flood_is_collected_in_portions(void **state)
{
    (void)state;
    start_dead_children(CHILDREN_MAX);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(call_count, 0); /* nobody asked yet */
    reaper_collect(&the_reaper);
    for (size_t expected = REAPER_PORTION; expected < CHILDREN_MAX; expected += REAPER_PORTION) {
        assert_int_equal(call_count, expected);
        assert_true(uv_is_active((uv_handle_t *)&the_reaper.again));
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    expect_all_once(CHILDREN_MAX);
    assert_false(uv_is_active((uv_handle_t *)&the_reaper.again));
    assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 0); /* the loop is idle */
    assert_false(reaper_has_children());
}

static void a_portion_to_the_child_ends_by_itself(void **state)
{
    (void)state;
    start_dead_children(REAPER_PORTION);
    reaper_collect(&the_reaper);
    expect_all_once(REAPER_PORTION);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_false(uv_is_active((uv_handle_t *)&the_reaper.again));
    expect_all_once(REAPER_PORTION);
}

static void one_call_for_merged_signals_collects_all(void **state)
{
    sigset_t child_signal;
    sigset_t before;
    (void)state;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, &before);
    start_dead_children(50);
    size_t count = 0;
    for (; sigtimedwait(&child_signal, NULL, &(struct timespec){0}) == SIGCHLD; count++) {
        reaper_collect(&the_reaper);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(count, 1);
    expect_all_once(50);
    reaper_collect(&the_reaper); /* there is nobody left to tell of */
    assert_int_equal(call_count, 50);
}

static void a_stop_and_a_death_by_signal_are_told(void **state)
{
    siginfo_t info;
    (void)state;
    const pid_t child = start_sleeper();
    kill(child, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT), 0);
    reaper_collect(&the_reaper);
    reaper_collect(&the_reaper);
    assert_int_equal(call_count, 1);
    assert_int_equal(calls[0].pid, child);
    assert_true(WIFSTOPPED(calls[0].status));
    assert_int_equal(WSTOPSIG(calls[0].status), SIGSTOP);
    assert_true(reaper_has_children());
    kill(child, SIGCONT);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WCONTINUED | WNOWAIT), 0);
    reaper_collect(&the_reaper);
    assert_int_equal(call_count, 1); /* that it goes on is no news */
    kill(child, SIGKILL);
    wait_until_dead(child);
    reaper_collect(&the_reaper);
    assert_int_equal(call_count, 2);
    assert_int_equal(calls[1].pid, child);
    assert_true(WIFSIGNALED(calls[1].status));
    assert_int_equal(WTERMSIG(calls[1].status), SIGKILL);
}

static void children_are_there_until_they_are_collected(void **state)
{
    (void)state;
    assert_false(reaper_has_children());
    const pid_t child = start_sleeper();
    assert_true(reaper_has_children());
    kill(child, SIGKILL);
    wait_until_dead(child);
    assert_true(reaper_has_children());
    assert_true(reaper_has_children()); /* to ask collects nothing */
    assert_int_equal(call_count, 0);
    reaper_collect(&the_reaper);
    assert_int_equal(call_count, 1);
    assert_false(reaper_has_children());
}

static void an_orphan_is_collected_like_a_child(void **state)
{
    pid_t orphan = 0;
    int ends[2];
    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        orphan = fork();
        if (orphan == 0) {
            _exit(7);
        }
        _exit(write(ends[1], &orphan, sizeof orphan) == sizeof orphan ? 0 : 1);
    }
    assert_int_equal(read(ends[0], &orphan, sizeof orphan), sizeof orphan);
    close(ends[0]);
    close(ends[1]);
    wait_until_dead(child);
    wait_until_dead(orphan); /* ours since its parent's death */
    reaper_collect(&the_reaper);
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    assert_int_equal(call_count, 2);
    const size_t at = calls[0].pid == orphan ? 0 : 1;
    assert_int_equal(calls[at].pid, orphan);
    assert_int_equal(WEXITSTATUS(calls[at].status), 7);
    assert_int_equal(calls[1 - at].pid, child);
}

static void a_stop_within_a_callback_holds_at_once(void **state)
{
    (void)state;
    start_dead_children(10);
    stop_at = 3;
    reaper_collect(&the_reaper);
    assert_int_equal(call_count, 3);
    reaper_collect(&the_reaper);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(call_count, 3);
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        call_count++;
    }
    assert_int_equal(call_count, 10); /* they were left to others */
}

static void a_stop_between_portions_ends_them(void **state)
{
    (void)state;
    start_dead_children(REAPER_PORTION + 10);
    reaper_collect(&the_reaper);
    assert_int_equal(call_count, REAPER_PORTION);
    reaper_stop(&the_reaper);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(call_count, REAPER_PORTION);
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        call_count++;
    }
    assert_int_equal(call_count, REAPER_PORTION + 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flood_is_collected_in_portions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_portion_to_the_child_ends_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_call_for_merged_signals_collects_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stop_and_a_death_by_signal_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(children_are_there_until_they_are_collected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_orphan_is_collected_like_a_child, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stop_within_a_callback_holds_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stop_between_portions_ends_them, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
