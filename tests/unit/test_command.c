/* SPDX-License-Identifier: MIT */
/*
 * command: real programs (shells), real process groups and a real terminal. Cases that need a session or
 * another user of their own run in a child.
 *
 * WRAP: fork
 */
#include "testing.h"

#include "sandbox_init/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 1 << 16,
    SECONDS_MAX = 100,
    SKIPPED = 77,
};

static int fork_error; /* errno; 0: it works */

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    errno = fork_error;
    return fork_error != 0 ? -1 : __real_fork();
}

static struct command command;
static struct log the_log;
static int out;
static sigset_t original_mask;
static struct sigaction child_action;

static int set_up(void **state)
{
    sigset_t all;
    (void)state;
    alarm(SECONDS_MAX);
    fork_error = 0;
    out = memfd_create("log", MFD_CLOEXEC);
    log_init(&the_log, out, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    command_init(&command, &the_log);
    sigfillset(&all);
    sigdelset(&all, SIGALRM);
    sigprocmask(SIG_SETMASK, &all, &original_mask); /* as the init does */
    child_action.sa_handler = SIG_DFL;
    return out < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    command_kill(&command);
    sigprocmask(SIG_SETMASK, &original_mask, NULL);
    close(out);
    alarm(0);
    return 0;
}

/* What was logged since the last call, each line without its time. */
static const char *take_output(void)
{
    static char raw[TEXT_SIZE];
    static char text[TEXT_SIZE];
    static const size_t time_length = sizeof "0000-00-00T00:00:00.000Z sandbox-init " - 1;
    size_t used = 0;
    const ssize_t got = pread(out, raw, sizeof raw - 1, 0);
    raw[got > 0 ? got : 0] = '\0';
    for (char *line = raw; *line != '\0';) {
        const char *end = strchr(line, '\n');
        const size_t length = (size_t)(end - line) + 1 - time_length;
        memcpy(text + used, line + time_length, length);
        used += length;
        line += length + time_length;
    }
    text[used] = '\0';
    if (ftruncate(out, 0) < 0 || lseek(out, 0, SEEK_SET) < 0) {
        return "";
    }
    return text;
}

static int start(char *const *argv, const struct identity *identity)
{
    static char path[] = "PATH=/usr/bin:/bin";
    static char *environ_out[] = {path, NULL};
    struct spawn_request request = {
        .argv = argv,
        .envp = environ_out,
        .signal_mask = &original_mask,
        .child_action = &child_action,
        .identity = identity,
        .terminal_fd = 42, /* to be filled in */
    };
    const int result = command_start(&command, &request);
    if (result == 0 && request.terminal_fd != command.terminal_fd) {
        return -EINVAL;
    }
    return result;
}

static int start_shell(const char *script)
{
    static char shell[] = "sh";
    static char option[] = "-c";
    static char text[512];
    char *argv[] = {shell, option, text, NULL};
    snprintf(text, sizeof text, "%s", script);
    return start(argv, NULL);
}

/* Starts SCRIPT, which says something when it is ready on the descriptor 9. */
static int start_ready(const char *script)
{
    int ready[2];
    char byte = 0;
    if (pipe(ready) < 0 || dup2(ready[1], 9) < 0) {
        return -errno;
    }
    close(ready[1]);
    fcntl(ready[0], F_SETFD, FD_CLOEXEC);
    const int result = start_shell(script);
    close(9);
    const ssize_t got = result == 0 ? read(ready[0], &byte, 1) : 1;
    close(ready[0]);
    return got == 1 ? result : -EIO;
}

/* Waits until something happens to the main command, and tells so. */
static enum command_news wait_and_note(void)
{
    int status = 0;
    const pid_t pid = waitpid(command.child.pid, &status, WUNTRACED);
    return command_note(&command, pid, status);
}

static void expect_end(int status)
{
    assert_int_equal(wait_and_note(), COMMAND_ENDED);
    assert_int_equal(command.status, status);
    assert_false(command_is_there(&command));
}

/* ---- cases: the end ---- */

static void the_exit_status_is_the_shells(void **state)
{
    static const struct {
        const char *script;
        int status;
        const char *line;
    } rows[] = {
        {"exit 0", 0, "debug main: exited with 0\n"},
        {"exit 7", 7, "debug main: exited with 7\n"},
        {"exit 255", 255, "debug main: exited with 255\n"},
        {"kill -TERM $$", 128 + SIGTERM, "info main: was ended by SIGTERM\n"},
        {"kill -KILL $$", 128 + SIGKILL, "info main: was ended by SIGKILL\n"},
        {"kill -34 $$", 128 + 34, "info main: was ended by SIGRTMIN+0\n"},
    };
    char expected[128];
    (void)state;
    assert_false(command_is_there(&command));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strstr(rows[i].script, "-34") != NULL && SIGRTMIN != 34) {
            continue;
        }
        assert_int_equal(start_shell(rows[i].script), 0);
        assert_true(command_is_there(&command));
        const int pid = (int)command.child.pid;
        expect_end(rows[i].status);
        snprintf(expected, sizeof expected, "debug main: started with pid %d\n%s", pid, rows[i].line);
        assert_string_equal(take_output(), expected);
    }
}

static void what_cannot_be_run_is_said(void **state)
{
    static char missing[] = "/no/such\nprogram";
    static char directory[] = "/";
    static char unknown[] = "no-such-program";
    static char plain[] = "/etc/passwd";
    static const struct {
        char *name;
        int status;
        const char *line;
    } rows[] = {
        {missing, 127, "error main: cannot run '/no/such\\nprogram': No such file or directory\n"},
        {unknown, 127, "error main: cannot run 'no-such-program': No such file or directory\n"},
        {directory, 126, "error main: cannot run '/': Permission denied\n"},
        {plain, 126, "error main: cannot run '/etc/passwd': Permission denied\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *argv[] = {rows[i].name, NULL};
        assert_int_equal(start(argv, NULL), 0); /* learnt only at its exit */
        expect_end(rows[i].status);
        assert_non_null(strstr(take_output(), rows[i].line));
    }
}

static void a_user_that_cannot_be_become_is_said(void **state)
{
    static char program[] = "true";
    char *argv[] = {program, NULL};
    struct identity identity = {.uid = geteuid() + 1, .gid = getegid() + 1};
    (void)state;
    if (geteuid() == 0) {
        identity.group_count = 1U << 20; /* more groups than any kernel takes */
    }
    assert_int_equal(start(argv, &identity), 0);
    expect_end(125);
    const char *output = take_output();
    assert_non_null(strstr(output, "error main: cannot become the user that [init] names, to run 'true': "));
    assert_non_null(strstr(output, geteuid() == 0 ? "Invalid argument\n" : "Operation not permitted\n"));
}

static void accepted_statuses_are_success(void **state)
{
    (void)state;
    command_accept(&command, 143);
    command_accept(&command, 7);
    command_accept(&command, 255);
    assert_int_equal(start_shell("kill -TERM $$"), 0);
    expect_end(0);
    assert_int_equal(start_shell("exit 7"), 0);
    expect_end(0);
    assert_int_equal(start_shell("exit 255"), 0);
    expect_end(0);
    assert_int_equal(start_shell("exit 8"), 0);
    expect_end(8);
    assert_int_equal(start_shell("kill -KILL $$"), 0);
    expect_end(137);
}

static void only_the_main_commands_news_count(void **state)
{
    (void)state;
    assert_int_equal(command_note(&command, 0, 0), COMMAND_NOTHING);
    assert_int_equal(command_note(&command, 1234, 0), COMMAND_NOTHING);
    assert_int_equal(start_shell("exit 3"), 0);
    const pid_t pid = command.child.pid;
    assert_int_equal(command_note(&command, pid + 1, 0), COMMAND_NOTHING);
    assert_true(command_is_there(&command));
    expect_end(3);
    assert_int_equal(command_note(&command, pid, 0), COMMAND_NOTHING); /* another one's by now */
    assert_int_equal(command.status, 3);
}

static void a_stop_is_told_and_is_no_end(void **state)
{
    (void)state;
    assert_int_equal(start_shell("kill -STOP $$; exit 5"), 0);
    assert_int_equal(wait_and_note(), COMMAND_STOPPED);
    assert_true(command_is_there(&command));
    command_signal(&command, SIGCONT);
    expect_end(5);
}

static void a_process_that_cannot_be_had_is_an_error(void **state)
{
    (void)state;
    fork_error = EAGAIN;
    assert_int_equal(start_shell("exit 0"), -EAGAIN);
    fork_error = 0;
    assert_false(command_is_there(&command));
    assert_string_equal(take_output(), "");
    assert_int_equal(start_shell("exit 0"), 0);
    expect_end(0);
}

/* ---- cases: signals ---- */

static void signals_go_to_the_whole_group(void **state)
{
    siginfo_t info;
    (void)state;
    assert_int_equal(
        start_ready(
            "trap : USR1; (trap 'exit 9' USR1; echo >&9; while [ $((i += 1)) -lt 100 ]; do sleep 1; done) & "
            "while :; do wait $!; status=$?; [ $status -gt 128 ] || exit $status; done"),
        0);
    assert_int_equal(getpgid(command.child.pid), command.child.pid);
    command_signal(&command, SIGUSR1);
    assert_int_equal(waitid(P_PID, (id_t)command.child.pid, &info, WEXITED | WNOWAIT), 0);
    expect_end(9);
}

static void kill_ends_the_whole_group(void **state)
{
    (void)state;
    assert_int_equal(
        start_ready("trap '' TERM HUP; echo >&9; while [ $((i += 1)) -lt 100 ]; do sleep 1; done"), 0);
    command_signal(&command, SIGTERM);
    assert_int_equal(command.status, 0);
    command_kill(&command);
    assert_int_equal(command.status, 137); /* even if it were never reaped */
    expect_end(137);
}

static void signals_are_rewritten(void **state)
{
    (void)state;
    command_rewrite(&command, SIGTERM, SIGINT);
    command_rewrite(&command, SIGHUP, 0);
    command_rewrite(&command, SIGRTMAX, SIGUSR2);
    assert_int_equal(start_ready("trap 'exit 1' HUP TERM; trap 'exit 2' INT; trap 'exit 3' USR2; echo >&9; "
                                 "while [ $((i += 1)) -lt 100 ]; do sleep 1; done"),
                     0);
    command_signal(&command, SIGHUP);
    command_signal(&command, SIGTERM);
    expect_end(2);
    assert_int_equal(start_ready("trap 'exit 1' HUP TERM; trap 'exit 2' INT; trap 'exit 3' USR2; echo >&9; "
                                 "while [ $((i += 1)) -lt 100 ]; do sleep 1; done"),
                     0);
    command_signal(&command, -1);
    command_signal(&command, 0);
    command_signal(&command, COMMAND_SIGNALS_MAX);
    command_signal(&command, SIGRTMAX);
    expect_end(3);
}

/* What a child does: an assertion of cmocka would go on with the other cases in the child. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

static void expect_in_child(int (*body)(void))
{
    int status = 0;
    fflush(NULL);
    const pid_t child = __real_fork();
    if (child == 0) {
        alarm(SECONDS_MAX);
        _exit(body());
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        skip();
    }
    assert_int_equal(status, 0);
}

static int check_none(void)
{
    CHECK(setpgid(0, 0) == 0);
    sigprocmask(SIG_SETMASK, &original_mask, NULL);
    /* kill(-0) would be our own group. */
    command_signal(&command, SIGTERM);
    command_kill(&command);
    CHECK(command.status == 0);
    command_yield_terminal(&command);
    command_take_terminal(&command);
    return 0;
}

static void without_a_main_command_nobody_is_signalled(void **state)
{
    (void)state;
    expect_in_child(check_none);
}

/* ---- cases: the terminal ---- */

/* Begins a session with a terminal of its own as descriptor FD. Returns the terminal's other end. */
static int open_terminal(int fd)
{
    char name[64];
    const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || unlockpt(master) != 0 || ptsname_r(master, name, sizeof name) != 0) {
        return -1;
    }
    setsid();
    const int slave = open(name, O_RDWR | O_CLOEXEC); /* ours, since we have none */
    if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0 || dup2(slave, fd) < 0) {
        return -1;
    }
    close(slave);
    return master;
}

static int check_terminal(void)
{
    close(0);
    close(1);
    CHECK(open("/dev/null", O_RDWR | O_CLOEXEC) == 0);
    CHECK(dup(0) == 1);
    if (open_terminal(1) < 0) {
        fprintf(stderr, "no terminal can be made here\n");
        return SKIPPED;
    }
    CHECK(tcgetpgrp(1) == getpgrp());
    CHECK(start_shell("read line; exit 4") == 0); /* from /dev/null */
    CHECK(command.terminal_fd == 1);
    CHECK(command.terminal_group == getpgrp());
    int status = 0;
    CHECK(waitpid(command.child.pid, &status, WUNTRACED) == command.child.pid);
    CHECK(tcgetpgrp(1) == command.child.pid); /* it had the foreground */
    CHECK(command_note(&command, command.child.pid, status) == COMMAND_ENDED);
    CHECK(tcgetpgrp(1) == getpgrp());
    return 0;
}

static void the_main_command_has_the_terminal_while_it_runs(void **state)
{
    (void)state;
    expect_in_child(check_terminal);
}

static int check_suspending(void)
{
    if (open_terminal(0) < 0) {
        fprintf(stderr, "no terminal can be made here\n");
        return SKIPPED;
    }
    CHECK(start_shell("kill -TSTP $$; kill -TSTP $$; exit 6") == 0);
    CHECK(wait_and_note() == COMMAND_STOPPED);
    CHECK(tcgetpgrp(0) == command.child.pid);
    command_yield_terminal(&command);
    CHECK(tcgetpgrp(0) == getpgrp());
    command_take_terminal(&command); /* as after fg */
    CHECK(tcgetpgrp(0) == command.child.pid);
    command_signal(&command, SIGCONT);
    CHECK(wait_and_note() == COMMAND_STOPPED);
    command_yield_terminal(&command);
    const pid_t other = __real_fork(); /* a shell that kept the foreground: bg */
    if (other == 0) {
        setpgid(0, 0);
        pause();
        _exit(0);
    }
    CHECK(setpgid(other, other) == 0 && tcsetpgrp(0, other) == 0);
    command_take_terminal(&command);
    CHECK(tcgetpgrp(0) == other);
    CHECK(tcsetpgrp(0, getpgrp()) == 0);
    kill(other, SIGKILL);
    CHECK(waitpid(other, NULL, 0) == other);
    command_signal(&command, SIGCONT);
    CHECK(wait_and_note() == COMMAND_ENDED && command.status == 6);
    return 0;
}

static void the_terminal_is_lent_and_taken_back(void **state)
{
    (void)state;
    expect_in_child(check_suspending);
}

static int check_no_terminal(void)
{
    setsid(); /* a terminal that is not ours to control is none */
    CHECK(start_shell("exit 0") == 0);
    CHECK(command.terminal_fd == -1);
    CHECK(wait_and_note() == COMMAND_ENDED);
    return 0;
}

static void without_a_terminal_there_is_none(void **state)
{
    (void)state;
    expect_in_child(check_no_terminal);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_exit_status_is_the_shells),
        CASE(what_cannot_be_run_is_said),
        CASE(a_user_that_cannot_be_become_is_said),
        CASE(accepted_statuses_are_success),
        CASE(only_the_main_commands_news_count),
        CASE(a_stop_is_told_and_is_no_end),
        CASE(a_process_that_cannot_be_had_is_an_error),
        CASE(signals_go_to_the_whole_group),
        CASE(kill_ends_the_whole_group),
        CASE(signals_are_rewritten),
        CASE(without_a_main_command_nobody_is_signalled),
        CASE(the_main_command_has_the_terminal_while_it_runs),
        CASE(the_terminal_is_lent_and_taken_back),
        CASE(without_a_terminal_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
