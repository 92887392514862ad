/* SPDX-License-Identifier: MIT */
/*
 * signals: real signals that the test, its children and the kernel send to the test itself. Every case runs
 * in a child of its own, since it blocks all signals.
 *
 * WRAP: signalfd uv_poll_init uv_poll_start
 */
#include "testing.h"

#include "sandbox_init/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CALLS_MAX = 512,
    TURNS_MAX = 3000, /* of at most 10 ms each */
    SKIPPED = 77,
};

/* What a child does: an assertion of cmocka would go on with the other cases in the child. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

static int fail_signalfd; /* errno; 0: it works */
static int fail_poll_init;
static int fail_poll_start;

int __real_signalfd(int fd, const sigset_t *mask, int flags);
int __wrap_signalfd(int fd, const sigset_t *mask, int flags);
int __wrap_signalfd(int fd, const sigset_t *mask, int flags)
{
    errno = fail_signalfd;
    return fail_signalfd != 0 ? -1 : __real_signalfd(fd, mask, flags);
}

int __real_uv_poll_init(uv_loop_t *loop, uv_poll_t *poll_handle, int fd);
int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *poll_handle, int fd);
int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *poll_handle, int fd)
{
    return fail_poll_init != 0 ? fail_poll_init : __real_uv_poll_init(loop, poll_handle, fd);
}

int __real_uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb callback);
int __wrap_uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb callback);
int __wrap_uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb callback)
{
    return fail_poll_start != 0 ? fail_poll_start : __real_uv_poll_start(handle, events, callback);
}

static uv_loop_t loop;
static struct signals the_signals;
static struct {
    int number;
    pid_t sender;
} calls[CALLS_MAX];
static size_t call_count;
static int stop_at; /* the signal whose callback stops */

static void on_signal(void *context, int number, pid_t sender)
{
    if (context == &loop && call_count < CALLS_MAX) {
        calls[call_count].number = number;
        calls[call_count].sender = sender;
        call_count++;
    }
    if (number == stop_at) {
        signals_stop(&the_signals);
    }
}

static size_t count_calls(int number)
{
    size_t count = 0;
    for (size_t i = 0; i < call_count; i++) {
        count += calls[i].number == number ? 1 : 0;
    }
    return count;
}

/* Lets the loop run until COUNT callbacks came, and a little on, since there could be more. */
static bool turn_until(size_t count)
{
    int more = 3;
    for (int i = 0; i < TURNS_MAX && (call_count < count || more-- > 0); i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        struct pollfd wait = {.fd = uv_backend_fd(&loop), .events = POLLIN};
        poll(&wait, 1, call_count < count ? 10 : 0);
    }
    return call_count == count;
}

static bool is_closed_cleanly(void)
{
    signals_stop(&the_signals);
    signals_stop(&the_signals); /* once more is fine */
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) == 0;
}

static void expect_in_child(int (*body)(void))
{
    int status = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        alarm(0);
        _exit(uv_loop_init(&loop) != 0 ? 1 : body());
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        skip();
    }
    assert_int_equal(status, 0);
}

/* All that can be blocked, those included that the C library keeps for itself. */
static bool is_for_us(int number)
{
    return number != SIGKILL && number != SIGSTOP;
}

/* Of these the C library keeps dispositions and sigaddset(3) to itself. */
static bool is_librarys(int number)
{
    return number >= 32 && number < SIGRTMIN;
}

static uint64_t bit_of(int number)
{
    return (uint64_t)1 << (number - 1);
}

/* Past the C library, which hides signals of its own. */
static void exchange_mask(const uint64_t *mask, sigset_t *ret_before)
{
    sigset_t before;
    sigemptyset(&before);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, &before, (size_t)8);
    *ret_before = before;
}

/* ---- cases ---- */

static int check_blocking(void)
{
    const uint64_t given = bit_of(SIGUSR2) | bit_of(33) | bit_of(SIGRTMIN + 2);
    struct signals_original original;
    sigset_t now;
    exchange_mask(&given, &now);
    sigfillset(&original.mask);
    signals_block(&original);
    exchange_mask(NULL, &now);
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (is_for_us(number)) {
            CHECK(sigismember(&original.mask, number) == ((given & bit_of(number)) != 0));
            CHECK(sigismember(&now, number) == 1);
        }
    }
    signals_restore(&original);
    exchange_mask(NULL, &now);
    CHECK(memcmp(&now, &given, sizeof given) == 0);
    return 0;
}

static void all_signals_are_blocked_and_the_mask_comes_back(void **state)
{
    (void)state;
    expect_in_child(check_blocking);
}

/* Was given: SIGCHLD ignored, so that the kernel would reap our children without telling us their statuses.
 */
static int check_child_action(void)
{
    struct signals_original original;
    struct sigaction now;
    sigset_t mask;
    int status = 0;
    const struct sigaction ignored = {.sa_handler = SIG_IGN, .sa_flags = SA_NOCLDWAIT};
    CHECK(sigaction(SIGCHLD, &ignored, NULL) == 0);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    signals_block(&original);
    CHECK(original.child_action.sa_handler == SIG_IGN);
    CHECK(sigaction(SIGCHLD, NULL, &now) == 0);
    CHECK(now.sa_handler == SIG_DFL && (now.sa_flags & SA_NOCLDWAIT) == 0);
    const pid_t child = fork();
    if (child == 0) {
        _exit(7);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    signals_restore(&original);
    CHECK(sigaction(SIGCHLD, NULL, &now) == 0);
    CHECK(now.sa_handler == SIG_IGN);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int number = 1; number <= SIGRTMAX; number++) {
        CHECK(!is_for_us(number) || sigismember(&mask, number) == (number == SIGUSR2));
    }
    return 0;
}

static void an_ignored_sigchld_is_set_right_until_the_restore(void **state)
{
    (void)state;
    expect_in_child(check_child_action);
}

static int check_before_start(void)
{
    struct signals_original original;
    size_t sent = 0;
    signals_block(&original);
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (is_for_us(number) && number != SIGCONT) { /* a pending one is lost to SIGTSTP (signal(7)) */
            kill(getpid(), number);
            sent++;
        }
    }
    CHECK(signals_start(&the_signals, &loop, on_signal, &loop) == 0);
    CHECK(call_count == 0);
    CHECK(turn_until(sent));
    kill(getpid(), SIGCONT);
    CHECK(turn_until(sent + 1));
    for (int number = 1; number <= SIGRTMAX; number++) {
        CHECK(count_calls(number) == (is_for_us(number) ? 1 : 0));
    }
    for (size_t i = 0; i < call_count; i++) {
        CHECK(calls[i].sender == getpid());
    }
    CHECK(is_closed_cleanly());
    return 0;
}

static void what_was_sent_before_the_start_is_delivered(void **state)
{
    const char *preloaded = getenv("LD_PRELOAD");
    (void)state;
    if (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL) {
        print_message("valgrind itself dies of the signals of faults\n");
        skip();
    }
    expect_in_child(check_before_start);
}

static int check_queue(void)
{
    enum { QUEUED = 200 };
    struct signals_original original;
    signals_block(&original);
    for (int i = 0; i < QUEUED; i++) {
        CHECK(sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = i}) == 0);
        CHECK(kill(getpid(), SIGUSR1) == 0);
    }
    CHECK(signals_start(&the_signals, &loop, on_signal, &loop) == 0);
    CHECK(turn_until(QUEUED + 1));
    CHECK(count_calls(SIGRTMIN + 3) == QUEUED);
    CHECK(count_calls(SIGUSR1) == 1);
    CHECK(is_closed_cleanly());
    return 0;
}

static void real_time_signals_are_queued_and_others_merged(void **state)
{
    (void)state;
    expect_in_child(check_queue);
}

static int check_order(void)
{
    static const int numbers[] = {SIGTERM, SIGHUP, SIGUSR2, SIGINT, SIGTERM, SIGWINCH, SIGHUP};
    struct signals_original original;
    signals_block(&original);
    CHECK(signals_start(&the_signals, &loop, on_signal, &loop) == 0);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        kill(getpid(), numbers[i]);
        CHECK(turn_until(i + 1));
        CHECK(calls[i].number == numbers[i]);
    }
    CHECK(is_closed_cleanly());
    return 0;
}

static void signals_are_told_as_they_come(void **state)
{
    (void)state;
    expect_in_child(check_order);
}

static int check_senders(void)
{
    struct signals_original original;
    signals_block(&original);
    CHECK(signals_start(&the_signals, &loop, on_signal, &loop) == 0);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
        kill(parent, SIGUSR1);
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    CHECK(turn_until(2)); /* and SIGCHLD */
    CHECK(count_calls(SIGUSR1) == 1 && count_calls(SIGCHLD) == 1);
    CHECK(calls[0].sender == child && calls[1].sender == child);
    const struct itimerval soon = {.it_value = {.tv_usec = 1000}};
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK(turn_until(3));
    CHECK(calls[2].number == SIGALRM && calls[2].sender == 0); /* the kernel */
    CHECK(is_closed_cleanly());
    return 0;
}

static void the_senders_pid_is_told(void **state)
{
    (void)state;
    expect_in_child(check_senders);
}

static int wait_for_outsider(void)
{
    CHECK(getpid() == 1);
    CHECK(turn_until(1));
    CHECK(calls[0].number == SIGTERM && calls[0].sender == 0);
    CHECK(is_closed_cleanly());
    return 0;
}

static int check_outside(void)
{
    struct signals_original original;
    int status = 0;
    signals_block(&original);
    if (unshare(CLONE_NEWPID) < 0) {
        fprintf(stderr, "no PID namespace can be made here: %s\n", strerror(errno));
        return SKIPPED;
    }
    int ready[2];
    CHECK(pipe2(ready, O_CLOEXEC) == 0);
    const pid_t first = fork();
    if (first == 0) {
        /* A loop of its own: an epoll descriptor does not go through fork(2) well. */
        uv_loop_close(&loop);
        uv_loop_init(&loop);
        const int result = signals_start(&the_signals, &loop, on_signal, &loop);
        close(ready[1]);
        close(ready[0]);
        _exit(result < 0 ? 1 : wait_for_outsider());
    }
    close(ready[1]);
    char byte;
    CHECK(read(ready[0], &byte, 1) == 0);
    CHECK(kill(first, SIGTERM) == 0); /* blocked there, so even PID 1 gets it */
    CHECK(waitpid(first, &status, 0) == first);
    CHECK(status == 0);
    return 0;
}

static void a_sender_outside_of_the_namespace_is_0(void **state)
{
    (void)state;
    expect_in_child(check_outside);
}

static int check_stop(void)
{
    struct signals_original original;
    signals_block(&original);
    CHECK(signals_start(&the_signals, &loop, on_signal, &loop) == 0);
    kill(getpid(), SIGUSR1);
    CHECK(turn_until(1));
    kill(getpid(), SIGUSR1);
    CHECK(is_closed_cleanly());
    CHECK(call_count == 1);
    CHECK(fcntl(the_signals.fd, F_GETFD) == -1); /* no descriptor is left */
    kill(getpid(), SIGTERM);                     /* still blocked: we live on */
    sigset_t now;
    sigprocmask(SIG_SETMASK, NULL, &now);
    CHECK(sigismember(&now, SIGTERM) == 1);
    return 0;
}

static void after_the_stop_none_is_told(void **state)
{
    (void)state;
    expect_in_child(check_stop);
}

static int check_stop_within(void)
{
    struct signals_original original;
    signals_block(&original);
    CHECK(signals_start(&the_signals, &loop, on_signal, &loop) == 0);
    stop_at = SIGUSR1;
    for (int i = 0; i < 20; i++) {
        sigqueue(getpid(), SIGRTMIN, (union sigval){0});
    }
    kill(getpid(), SIGUSR1);
    CHECK(turn_until(1)); /* the lowest number comes first (signal(7)) */
    CHECK(calls[0].number == SIGUSR1);
    CHECK(is_closed_cleanly());
    CHECK(call_count == 1);
    return 0;
}

static void a_stop_from_within_the_callback_holds_at_once(void **state)
{
    (void)state;
    expect_in_child(check_stop_within);
}

static int check_dispositions(void)
{
    struct signals_original original;
    struct sigaction before[128];
    struct sigaction after;
    signal(SIGHUP, SIG_IGN);
    for (int number = 1; number <= SIGRTMAX; number++) {
        sigaction(number, NULL, &before[number]);
    }
    signals_block(&original);
    CHECK(signals_start(&the_signals, &loop, on_signal, &loop) == 0);
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (is_for_us(number) && !is_librarys(number)) {
            CHECK(sigaction(number, NULL, &after) == 0);
            CHECK(after.sa_handler == before[number].sa_handler);
        }
    }
    CHECK((fcntl(the_signals.fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl(the_signals.fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK(is_closed_cleanly());
    return 0;
}

static void no_disposition_is_changed(void **state)
{
    (void)state;
    expect_in_child(check_dispositions);
}

static int check_failures(void)
{
    struct signals_original original;
    signals_block(&original);
    const int lowest_free = dup(0);
    close(lowest_free);
    fail_signalfd = EMFILE;
    CHECK(signals_start(&the_signals, &loop, on_signal, &loop) == -EMFILE);
    fail_signalfd = 0;
    fail_poll_init = -ENOMEM;
    CHECK(signals_start(&the_signals, &loop, on_signal, &loop) == -ENOMEM);
    fail_poll_init = 0;
    signals_stop(&the_signals); /* there is nothing to stop */
    CHECK(dup(0) == lowest_free);
    close(lowest_free);
    fail_poll_start = -EINVAL;
    CHECK(signals_start(&the_signals, &loop, on_signal, &loop) == -EINVAL);
    fail_poll_start = 0;
    CHECK(is_closed_cleanly());
    CHECK(fcntl(lowest_free, F_GETFD) == -1);
    return 0;
}

static void a_failed_start_leaves_nothing_open(void **state)
{
    (void)state;
    expect_in_child(check_failures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_signals_are_blocked_and_the_mask_comes_back),
        cmocka_unit_test(an_ignored_sigchld_is_set_right_until_the_restore),
        cmocka_unit_test(what_was_sent_before_the_start_is_delivered),
        cmocka_unit_test(real_time_signals_are_queued_and_others_merged),
        cmocka_unit_test(signals_are_told_as_they_come),
        cmocka_unit_test(the_senders_pid_is_told),
        cmocka_unit_test(a_sender_outside_of_the_namespace_is_0),
        cmocka_unit_test(after_the_stop_none_is_told),
        cmocka_unit_test(a_stop_from_within_the_callback_holds_at_once),
        cmocka_unit_test(no_disposition_is_changed),
        cmocka_unit_test(a_failed_start_leaves_nothing_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
