/* SPDX-License-Identifier: MIT */
/*
 * spawn: real programs, which write down what they were given; and a child that is held or hindered between
 * fork and exec by wrapped calls.
 *
 * WRAP: fork pipe2 setpgid execvp setgroups setresgid setresuid syscall open dup2 prctl stat chdir
 */
#include "testing.h"

#include "sandbox_init/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
    STRANGER = 12345,
    FDS_MAX = 1024,
    SKIPPED = 77, /* how a child says that it cannot be done here */
    TEXT_SIZE = 16384,
};

static char base[64]; /* the test's directory, which is the working directory too */
static int descriptors;
static sigset_t original_mask;

/* ---- the wrapped calls ---- */

static int fork_error;
static int pipe_error;
static int setgroups_error;
static int setresgid_error;
static int setresuid_error;
static int capset_error;
static int close_range_error;
static int report_copy = -1; /* a second descriptor of the report's writing end, where one is wanted */
static bool is_copying_report;
static bool is_child_setpgid_lost;
static bool is_parent_setpgid_lost;
static int open_error; /* of /dev/null */
static int dup2_error;
static int no_new_privs_error;
static int hold_fd = -1;     /* the child stays in `hold_at` until this is at its end */
static int hold_end_fd = -1; /* what it must not keep open itself, for that */
static enum { HOLD_EXEC, HOLD_STAT, HOLD_CHDIR } hold_at;

static int fail_with(int error)
{
    errno = error;
    return -1;
}

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    return fork_error != 0 ? fail_with(fork_error) : __real_fork();
}

int __real_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags)
{
    if (pipe_error != 0) {
        return fail_with(pipe_error);
    }
    const int result = __real_pipe2(ends, flags);
    if (is_copying_report) {
        report_copy = fcntl(ends[1], F_DUPFD_CLOEXEC, 0);
    }
    return result;
}

int __real_setpgid(pid_t pid, pid_t group);
int __wrap_setpgid(pid_t pid, pid_t group);
int __wrap_setpgid(pid_t pid, pid_t group)
{
    if (pid == 0 ? is_child_setpgid_lost : is_parent_setpgid_lost) {
        return fail_with(EACCES);
    }
    return __real_setpgid(pid, group);
}

static void hold(void)
{
    char byte;
    close(hold_end_fd);
    alarm(60); /* should the test fail, nobody lets us go */
    while (read(hold_fd, &byte, 1) > 0) {
    }
    alarm(0);
}

int __real_execvp(const char *file, char *const *argv);
int __wrap_execvp(const char *file, char *const *argv);
int __wrap_execvp(const char *file, char *const *argv)
{
    if (hold_fd >= 0 && hold_at == HOLD_EXEC) {
        hold();
    }
    return __real_execvp(file, argv);
}

int __real_stat(const char *path, struct stat *status);
int __wrap_stat(const char *path, struct stat *status);
int __wrap_stat(const char *path, struct stat *status)
{
    if (hold_fd >= 0 && hold_at == HOLD_STAT) {
        hold();
    }
    return __real_stat(path, status);
}

int __real_chdir(const char *path);
int __wrap_chdir(const char *path);
int __wrap_chdir(const char *path)
{
    if (hold_fd >= 0 && hold_at == HOLD_CHDIR) {
        hold();
    }
    return __real_chdir(path);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (open_error != 0 && strcmp(path, "/dev/null") == 0) {
        return fail_with(open_error);
    }
    return __real_open(path, flags, mode);
}

int __real_dup2(int from, int to);
int __wrap_dup2(int from, int to);
int __wrap_dup2(int from, int to)
{
    return dup2_error != 0 ? fail_with(dup2_error) : __real_dup2(from, to);
}

int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
int __wrap_prctl(int option, ...)
{
    va_list arguments;
    va_start(arguments, option);
    const unsigned long first = va_arg(arguments, unsigned long);
    const unsigned long second = va_arg(arguments, unsigned long);
    va_end(arguments);
    if (option == PR_SET_NO_NEW_PRIVS && no_new_privs_error != 0) {
        return fail_with(no_new_privs_error);
    }
    return __real_prctl(option, first, second, 0UL, 0UL);
}

int __real_setgroups(size_t count, const gid_t *groups);
int __wrap_setgroups(size_t count, const gid_t *groups);
int __wrap_setgroups(size_t count, const gid_t *groups)
{
    return setgroups_error != 0 ? fail_with(setgroups_error) : __real_setgroups(count, groups);
}

int __real_setresgid(gid_t real, gid_t effective, gid_t saved);
int __wrap_setresgid(gid_t real, gid_t effective, gid_t saved);
int __wrap_setresgid(gid_t real, gid_t effective, gid_t saved)
{
    return setresgid_error != 0 ? fail_with(setresgid_error) : __real_setresgid(real, effective, saved);
}

int __real_setresuid(uid_t real, uid_t effective, uid_t saved);
int __wrap_setresuid(uid_t real, uid_t effective, uid_t saved);
int __wrap_setresuid(uid_t real, uid_t effective, uid_t saved)
{
    return setresuid_error != 0 ? fail_with(setresuid_error) : __real_setresuid(real, effective, saved);
}

/* Only capget(2), capset(2) and rt_sigprocmask(2) are made by number; only the last has more than two
 * arguments. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list arguments;
    va_start(arguments, number);
    if (number == SYS_rt_sigprocmask) {
        const int how = va_arg(arguments, int);
        void *set = va_arg(arguments, void *);
        void *old = va_arg(arguments, void *);
        const size_t size = va_arg(arguments, size_t);
        va_end(arguments);
        return __real_syscall(number, how, set, old, size);
    }
    if (number == SYS_close_range) {
        const unsigned first = va_arg(arguments, unsigned);
        const unsigned last = va_arg(arguments, unsigned);
        const unsigned flags = va_arg(arguments, unsigned);
        va_end(arguments);
        return close_range_error != 0 ? fail_with(close_range_error)
                                      : __real_syscall(number, first, last, flags);
    }
    /* Landlock's calls have the most. */
    long words[4];
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        words[i] = va_arg(arguments, long);
    }
    va_end(arguments);
    if (number == SYS_capset && capset_error != 0) {
        return fail_with(capset_error);
    }
    return __real_syscall(number, words[0], words[1], words[2], words[3]);
}

/* ---- set-up ---- */

static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < FDS_MAX; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *level)
{
    (void)status;
    (void)type;
    (void)level;
    return remove(path);
}

/* As in the program, all signals are blocked; a test that hangs is ended all the same. */
static int set_up(void **state)
{
    (void)state;
    sigset_t all;
    fork_error = pipe_error = setgroups_error = setresgid_error = setresuid_error = capset_error = 0;
    close_range_error = 0;
    is_copying_report = is_child_setpgid_lost = is_parent_setpgid_lost = false;
    open_error = dup2_error = no_new_privs_error = 0;
    hold_fd = hold_end_fd = report_copy = -1;
    hold_at = HOLD_EXEC;
    umask(022);
    sigfillset(&all);
    sigdelset(&all, SIGALRM);
    sigprocmask(SIG_SETMASK, &all, &original_mask);
    alarm(60);
    snprintf(base, sizeof base, "/tmp/test_spawn.XXXXXX");
    if (mkdtemp(base) == NULL || chdir(base) < 0 || chmod(base, 0777) < 0) {
        return -1;
    }
    descriptors = count_descriptors();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    alarm(0);
    sigprocmask(SIG_SETMASK, &original_mask, NULL);
    const int now = count_descriptors();
    if (chdir("/") < 0 || nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0) {
        return -1;
    }
    if (now != descriptors) {
        print_error("a descriptor was leaked\n");
        return -1;
    }
    return 0;
}

static void need_root(void)
{
    if (geteuid() != 0) {
        print_message("skipped: only root can become somebody else\n");
        skip();
    }
}

static void write_script(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* ---- programs ---- */

static const char *const usual_environ[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/", NULL};
static sigset_t empty_mask; /* zeroed: nothing is blocked */
static struct sigaction default_action;

static char *const *as_list(const char *const *strings)
{
    return (char *const *)(uintptr_t)strings;
}

static struct spawn_request request_of(const char *const *argv)
{
    sigemptyset(&empty_mask);
    default_action = (struct sigaction){.sa_handler = SIG_DFL};
    return (struct spawn_request){
        .argv = as_list(argv),
        .envp = as_list(usual_environ),
        .signal_mask = &empty_mask,
        .child_action = &default_action,
        .terminal_fd = -1,
    };
}

struct ended {
    int status; /* of waitpid(2) */
    struct spawn_failure failure;
};

/* Runs REQUEST to its end. In children too, so it returns false instead of failing a test. */
static bool run(const struct spawn_request *request, struct ended *ret_ended)
{
    struct spawn_child child;
    fflush(NULL);
    if (spawn_start(request, &child) != 0 || waitpid(child.pid, &ret_ended->status, 0) != child.pid) {
        return false;
    }
    ret_ended->failure = spawn_finish(&child);
    return child.report_fd == -1;
}

/* The program is to run, and to exit with STATUS. */
static void expect_exit(const struct spawn_request *request, int status)
{
    struct ended ended;
    assert_true(run(request, &ended));
    if (!WIFEXITED(ended.status) || WEXITSTATUS(ended.status) != status ||
        ended.failure.step != SPAWN_STARTED) {
        fail_msg("%s: wait status %x, step %d, error %d", request->argv[0], (unsigned)ended.status,
                 ended.failure.step, ended.failure.error);
    }
}

/* The program is not to run: STEP fails with ERROR, and the child exits with STATUS. */
static void expect_failure(const struct spawn_request *request, enum spawn_step step, int error, int status)
{
    struct ended ended;
    assert_true(run(request, &ended));
    if (!WIFEXITED(ended.status) || WEXITSTATUS(ended.status) != status || ended.failure.step != step ||
        ended.failure.error != error) {
        fail_msg("%s: wait status %x, step %d, error %d", request->argv[0], (unsigned)ended.status,
                 ended.failure.step, ended.failure.error);
    }
    assert_int_equal(spawn_failure_status(&ended.failure), status);
}

/*
 * A shell that writes into the working directory what it was given: its status and stat of proc(5) and its
 * environment.
 */
static const char *const tell_all[] = {"/bin/sh", "-c",
                                       "cat /proc/$$/status > told.status; cat /proc/$$/stat > told.stat; "
                                       "tr '\\0' '\\n' < /proc/$$/environ > told.environ; exit 33",
                                       NULL};

/* The same without a shell in between, which changes its signals while it waits. */
static const char *const tell_signals[] = {"cp", "-f", "/proc/self/status", "told.status", NULL};

static bool read_told(const char *path, char text[TEXT_SIZE])
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd >= 0 ? read(fd, text, TEXT_SIZE - 1) : -1;
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* The value of KEY in what the program told of its status, up to the line's end. "" where it is missing. */
static const char *told(const char *key)
{
    static char text[TEXT_SIZE];
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\n%s:\t", key);
    char *found = read_told("told.status", text) ? strstr(text, wanted) : NULL;
    if (found == NULL) {
        return "";
    }
    found += strlen(wanted);
    found[strcspn(found, "\n")] = '\0';
    return found;
}

/* Field NUMBER of proc(5)'s stat, from 3 on. */
static long told_stat(int number)
{
    char text[TEXT_SIZE];
    char *rest = read_told("told.stat", text) ? strrchr(text, ')') : NULL;
    if (rest == NULL) {
        return -999;
    }
    for (int i = 2; i < number && rest != NULL; i++) {
        rest = strchr(rest + 1, ' ');
    }
    return rest != NULL ? strtol(rest + 1, NULL, 10) : -999;
}

enum {
    STAT_PARENT = 4,
    STAT_GROUP = 5,
    STAT_SESSION = 6,
    STAT_TERMINAL = 7,
    STAT_FOREGROUND = 8,
    STAT_NICE = 19
};

/* ---- what a program is given ---- */

static void a_program_runs_and_ends(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int status;
    } rows[] = {{"exit 0", 0},     {"exit 1", 1},     {"exit 125", 125},
                {"exit 126", 126}, {"exit 127", 127}, {"exit 255", 255}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *const argv[] = {"sh", "-c", rows[i].script, NULL};
        const struct spawn_request request = request_of(argv);
        expect_exit(&request, rows[i].status);
    }
}

static void a_program_that_is_killed_has_started(void **state)
{
    (void)state;
    static const char *const argv[] = {"sh", "-c", "kill -9 $$", NULL};
    const struct spawn_request request = request_of(argv);
    struct ended ended;
    assert_true(run(&request, &ended));
    assert_true(WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGKILL);
    assert_int_equal(ended.failure.step, SPAWN_STARTED);
}

static void arguments_are_passed_as_they_are(void **state)
{
    (void)state;
    static const char *const argv[] = {
        "sh",         "-c", "printf '%s|' \"$0\" \"$@\" > args; exit 4", "zero", "", "a b", "*", "$HOME",
        "line\nline", NULL};
    char text[TEXT_SIZE];
    const struct spawn_request request = request_of(argv);
    expect_exit(&request, 4);
    assert_true(read_told("args", text));
    assert_string_equal(text, "zero||a b|*|$HOME|line\nline|");
}

static void the_environment_is_the_given_one(void **state)
{
    (void)state;
    static const char *const environ_in[] = {"PATH=/usr/bin:/bin", "A=1", "EMPTY=", "B=x=y", "odd", NULL};
    char text[TEXT_SIZE];
    struct spawn_request request = request_of(tell_all);
    request.envp = as_list(environ_in);
    assert_int_equal(setenv("TEST_SPAWN_OWN", "must not be seen", 1), 0);
    expect_exit(&request, 33);
    assert_true(read_told("told.environ", text));
    assert_string_equal(text, "PATH=/usr/bin:/bin\nA=1\nEMPTY=\nB=x=y\nodd\n");
    assert_string_equal(getenv("TEST_SPAWN_OWN"), "must not be seen");
    assert_int_equal(unsetenv("TEST_SPAWN_OWN"), 0);
}

static void the_path_searched_is_the_childs(void **state)
{
    (void)state;
    char path[256];
    const char *environ_in[] = {path, NULL};
    static const char *const argv[] = {"tool", NULL};
    assert_int_equal(mkdir("ours", 0755), 0);
    assert_int_equal(mkdir("theirs", 0755), 0);
    write_script("ours/tool", "#!/bin/sh\nexit 1\n", 0755);
    write_script("theirs/tool", "#!/bin/sh\nexit 2\n", 0755);
    char *own_path = strdup(getenv("PATH") != NULL ? getenv("PATH") : "/bin");
    snprintf(path, sizeof path, "%s/ours", base);
    assert_int_equal(setenv("PATH", path, 1), 0);
    struct spawn_request request = request_of(argv);
    request.envp = as_list(environ_in);
    snprintf(path, sizeof path, "PATH=/nonexistent:%s/theirs:%s/ours", base, base);
    expect_exit(&request, 2);
    snprintf(path, sizeof path, "PATH=/nonexistent");
    expect_failure(&request, SPAWN_EXEC, -ENOENT, 127);
    /* One that may not be run does not hide one that may, but is remembered where there is none. */
    assert_int_equal(chmod("theirs/tool", 0644), 0);
    snprintf(path, sizeof path, "PATH=%s/theirs:%s/ours", base, base);
    expect_exit(&request, 1);
    snprintf(path, sizeof path, "PATH=%s/theirs:/nonexistent", base);
    expect_failure(&request, SPAWN_EXEC, -EACCES, 126);
    assert_int_equal(setenv("PATH", own_path, 1), 0);
    free(own_path);
}

static void listen_pid_is_handed_on(void **state)
{
    (void)state;
    char ours[32];
    char text[TEXT_SIZE];
    char expected[256];
    const char *const environ_in[] = {"PATH=/usr/bin:/bin", "LISTEN_FDS=1", ours, "LAST=1", NULL};
    struct spawn_request request = request_of(tell_all);
    request.envp = as_list(environ_in);
    snprintf(ours, sizeof ours, "LISTEN_PID=%d", (int)getpid());
    expect_exit(&request, 33);
    assert_true(read_told("told.environ", text));
    snprintf(expected, sizeof expected, "PATH=/usr/bin:/bin\nLISTEN_FDS=1\nLISTEN_PID=%s\nLAST=1\n",
             told("Pid"));
    assert_string_equal(text, expected);
    snprintf(expected, sizeof expected, "LISTEN_PID=%d", (int)getpid());
    assert_string_equal(ours, expected); /* ours is as it was */

    static const char *const others[] = {"LISTEN_PID=1999999999", "LISTEN_PID=", "XLISTEN_PID=1"};
    for (size_t i = 0; i < COUNT_OF(others); i++) { /* who does not mean us is left alone */
        snprintf(ours, sizeof ours, "%s", others[i]);
        expect_exit(&request, 33);
        assert_true(read_told("told.environ", text));
        snprintf(expected, sizeof expected, "PATH=/usr/bin:/bin\nLISTEN_FDS=1\n%s\nLAST=1\n", others[i]);
        assert_string_equal(text, expected);
    }
}

static void a_script_without_interpreter_is_run_by_the_shell(void **state)
{
    (void)state;
    static const char *const argv[] = {"./script", "argument", NULL};
    write_script("script", "test \"$1\" = argument && exit 5\n", 0755);
    const struct spawn_request request = request_of(argv);
    expect_exit(&request, 5);
}

static void each_program_has_its_own_group(void **state)
{
    (void)state;
    const struct spawn_request request = request_of(tell_all);
    expect_exit(&request, 33);
    const long pid = strtol(told("Pid"), NULL, 10);
    assert_true(pid > 0);
    assert_int_equal(told_stat(STAT_GROUP), pid);
    assert_int_equal(told_stat(STAT_SESSION), getsid(0));
    assert_int_equal(told_stat(STAT_PARENT), getpid());
}

/* The mask of signals as proc(5) writes it. */
static unsigned long long told_mask(const char *key)
{
    return strtoull(told(key), NULL, 16);
}

static unsigned long long bit_of(int number)
{
    return 1ULL << (number - 1);
}

static void the_mask_is_the_given_one(void **state)
{
    (void)state;
    struct spawn_request request = request_of(tell_signals);
    expect_exit(&request, 0);
    assert_true(told_mask("SigBlk") == 0);
    const unsigned long long given = bit_of(SIGUSR1) | bit_of(SIGTERM) | bit_of(33);
    sigset_t mask;
    sigemptyset(&mask);
    memcpy(&mask, &given, sizeof given); /* sigaddset(3) does not know the C library's own, 33 */
    request.signal_mask = &mask;
    expect_exit(&request, 0);
    assert_true(told_mask("SigBlk") == given);
}

static void dispositions_are_ours_but_that_of_sigchld(void **state)
{
    (void)state;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction old_hangup;
    struct sigaction old_child;
    struct spawn_request request = request_of(tell_signals);
    assert_int_equal(sigaction(SIGHUP, &ignore, &old_hangup), 0);
    expect_exit(&request, 0);
    assert_true(told_mask("SigIgn") & bit_of(SIGHUP));
    assert_false(told_mask("SigIgn") & bit_of(SIGCHLD));
    request.child_action = &ignore;
    expect_exit(&request, 0);
    assert_true(told_mask("SigIgn") & bit_of(SIGCHLD));
    assert_int_equal(sigaction(SIGCHLD, NULL, &old_child), 0);
    assert_true(old_child.sa_handler == SIG_DFL); /* ours is as it was */
    assert_int_equal(sigaction(SIGHUP, &old_hangup, NULL), 0);
}

/* Which descriptors are open, or of them those that a program is to inherit: "0 1 2 ". */
static void list_descriptors(char *text, size_t size, bool is_inheritable)
{
    size_t used = 0;
    text[0] = '\0';
    for (int fd = 0; fd < FDS_MAX; fd++) {
        const int flags = fcntl(fd, F_GETFD);
        if (flags >= 0 && (!is_inheritable || (flags & FD_CLOEXEC) == 0)) {
            used += (size_t)snprintf(text + used, size - used, "%d ", fd);
        }
    }
}

/* What this program does when it is started as "... descriptors": an observer that has none of its own. */
static int tell_descriptors(void)
{
    char text[TEXT_SIZE];
    list_descriptors(text, sizeof text, false);
    const int fd = open("told.descriptors", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : 1;
}

static void expect_inherited(void)
{
    char self[4096];
    char expected[TEXT_SIZE];
    char text[TEXT_SIZE];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(length > 0);
    self[length] = '\0';
    const char *const argv[] = {self, "descriptors", NULL};
    const struct spawn_request request = request_of(argv);
    list_descriptors(expected, sizeof expected, true);
    expect_exit(&request, 0);
    assert_true(read_told("told.descriptors", text));
    assert_string_equal(text, expected);
}

static void descriptors_are_inherited_unless_close_on_exec(void **state)
{
    (void)state;
    const int kept = open("/dev/null", O_RDONLY);
    const int closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int high = fcntl(closed, F_DUPFD, 500);
    assert_true(kept >= 0 && closed >= 0 && high >= 500);
    expect_inherited();
    close(kept);
    close(high);
    close(closed);
    expect_inherited();
}

/* ---- what does not start ---- */

static void what_cannot_be_run_is_told_with_its_status(void **state)
{
    (void)state;
    static const struct {
        const char *program;
        int error;
        int status;
    } rows[] = {
        {"/nonexistent/program", -ENOENT, 127},
        {"no-such-program-in-path", -ENOENT, 127},
        {"", -ENOENT, 127},
        {"./plain/below", -ENOTDIR, 127},
        {"./dangling", -ENOENT, 127},
        {"./plain", -EACCES, 126},
        {"./directory", -EACCES, 126},
        {"/dev/null", -EACCES, 126},
        {"./self", -ELOOP, 126},
    };
    write_script("plain", "#!/bin/sh\n", 0644);
    assert_int_equal(mkdir("directory", 0755), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(symlink("self", "self"), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *const argv[] = {rows[i].program, NULL};
        const struct spawn_request request = request_of(argv);
        expect_failure(&request, SPAWN_EXEC, rows[i].error, rows[i].status);
    }
}

/* Valgrind gives up a process whose execve(2) fails although the file looked well. */
static void need_real_exec(void)
{
    const char *preload = getenv("LD_PRELOAD");
    if (preload != NULL && strstr(preload, "vgpreload") != NULL) {
        print_message("skipped: valgrind does not survive an exec that fails late\n");
        skip();
    }
}

static void interpreters_that_cannot_be_run_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
        int status;
    } rows[] = {{"#!/nonexistent/interpreter\n", -ENOENT, 127}, {"#!/dev/null\n", -EACCES, 126}};
    static const char *const argv[] = {"./script", NULL};
    need_real_exec();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        write_script("script", rows[i].text, 0755);
        const struct spawn_request request = request_of(argv);
        expect_failure(&request, SPAWN_EXEC, rows[i].error, rows[i].status);
    }
}

static void a_busy_program_is_not_executable(void **state)
{
    (void)state;
    static const char *const argv[] = {"./busy", NULL};
    need_real_exec();
    write_script("busy", "#!/bin/sh\n", 0755);
    const int fd = open("busy", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const struct spawn_request request = request_of(argv);
    expect_failure(&request, SPAWN_EXEC, -ETXTBSY, 126);
    close(fd);
}

static void arguments_that_are_too_long_are_told(void **state)
{
    (void)state;
    static char huge[256 * 1024]; /* one argument may have 128 KiB (execve(2)) */
    need_real_exec();
    memset(huge, 'x', sizeof huge - 1);
    const char *const argv[] = {"/bin/sh", "-c", "exit 0", huge, NULL};
    const struct spawn_request request = request_of(argv);
    expect_failure(&request, SPAWN_EXEC, -E2BIG, 126);
}

static void statuses_are_those_of_a_shell(void **state)
{
    (void)state;
    static const struct {
        enum spawn_step step;
        int error;
        int status;
    } rows[] = {
        {SPAWN_EXEC, -ENOENT, 127},         {SPAWN_EXEC, -ENOTDIR, 127},
        {SPAWN_EXEC, -EACCES, 126},         {SPAWN_EXEC, -ENOEXEC, 126},
        {SPAWN_EXEC, -ETXTBSY, 126},        {SPAWN_EXEC, -ENOMEM, 126},
        {SPAWN_EXEC, -E2BIG, 126},          {SPAWN_EXEC, -EPERM, 126},
        {SPAWN_OUTPUT, -EPERM, 125},        {SPAWN_OUTPUT, -ENOENT, 125},
        {SPAWN_OUTPUT, -ENOTDIR, 125},      {SPAWN_IDENTITY, -EPERM, 125},
        {SPAWN_IDENTITY, -ENOENT, 125},     {SPAWN_IDENTITY, -ENOTDIR, 125},
        {SPAWN_PRIVILEGES, -EPERM, 125},    {SPAWN_PRIVILEGES, -ENOENT, 125},
        {SPAWN_PRIVILEGES, -ENOTDIR, 125},  {SPAWN_DIRECTORY, -EPERM, 125},
        {SPAWN_DIRECTORY, -ENOENT, 125},    {SPAWN_DIRECTORY, -ENOTDIR, 125},
        {SPAWN_CONDITION, -EPERM, 125},     {SPAWN_CONDITION, -ENOENT, 125},
        {SPAWN_CONDITION, -ENOTDIR, 125},   {SPAWN_UNKNOWN, -EPERM, 125},
        {SPAWN_UNKNOWN, -ENOENT, 125},      {SPAWN_UNKNOWN, -ENOTDIR, 125},
        {SPAWN_ENVIRONMENT, -EPERM, 125},   {SPAWN_ENVIRONMENT, -ENOENT, 125},
        {SPAWN_ENVIRONMENT, -ENOTDIR, 125},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct spawn_failure failure = {.step = rows[i].step, .error = rows[i].error};
        assert_int_equal(spawn_failure_status(&failure), rows[i].status);
    }
}

static void no_process_or_pipe_is_told(void **state)
{
    (void)state;
    static const struct {
        int *error;
        int number;
    } rows[] = {{&fork_error, EAGAIN}, {&fork_error, ENOMEM}, {&pipe_error, EMFILE}, {&pipe_error, ENFILE}};
    static const char *const argv[] = {"true", NULL};
    const struct spawn_request request = request_of(argv);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct spawn_child child = {.pid = 4711, .report_fd = 4712};
        *rows[i].error = rows[i].number;
        assert_int_equal(spawn_start(&request, &child), -rows[i].number);
        *rows[i].error = 0;
        assert_int_equal(child.pid, 4711);
        assert_int_equal(child.report_fd, 4712);
        assert_int_equal(count_descriptors(), descriptors);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    }
}

/* ---- nothing is waited for ---- */

static void a_start_does_not_wait_for_the_exec(void **state)
{
    (void)state;
    int hold[2];
    struct spawn_child child;
    int status;
    static const char *const argv[] = {"sh", "-c", "exit 6", NULL};
    const struct spawn_request request = request_of(argv);
    fflush(NULL);
    assert_int_equal(__real_pipe2(hold, 0), 0);
    /* The child has the writing end too: it is to close it, or it would wait for itself. */
    assert_int_equal(fcntl(hold[1], F_SETFD, FD_CLOEXEC), 0);
    hold_fd = hold[0];
    char byte = 'x';
    assert_int_equal(write(hold[1], &byte, 1), 1);
    assert_int_equal(spawn_start(&request, &child), 0);
    /* Here we are although the child is not yet a program; it is in its group already. */
    assert_int_equal(waitpid(child.pid, &status, WNOHANG), 0);
    assert_int_equal(getpgid(child.pid), child.pid);
    assert_int_equal(kill(-child.pid, SIGKILL), 0);
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    assert_true(WIFSIGNALED(status));
    /* Killed before it had a program: nothing failed. */
    assert_int_equal(spawn_finish(&child).step, SPAWN_STARTED);
    close(hold[0]);
    close(hold[1]);
}

static void a_finish_does_not_wait_for_the_pipes_end(void **state)
{
    (void)state;
    static const char *const good[] = {"sh", "-c", "exit 0", NULL};
    static const char *const bad[] = {"/nonexistent", NULL};
    is_copying_report = true; /* somebody still has it open */
    struct spawn_request request = request_of(good);
    expect_exit(&request, 0);
    close(report_copy);
    request = request_of(bad);
    expect_failure(&request, SPAWN_EXEC, -ENOENT, 127);
    close(report_copy);
}

static void a_report_that_is_cut_is_none(void **state)
{
    (void)state;
    static const char *const argv[] = {"sh", "-c", "exit 0", NULL};
    const struct spawn_request request = request_of(argv);
    struct spawn_child child;
    is_copying_report = true;
    assert_int_equal(spawn_start(&request, &child), 0);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
    const struct spawn_failure half = {.step = SPAWN_EXEC, .error = -EIO};
    assert_int_equal(write(report_copy, &half, sizeof half - 1), sizeof half - 1);
    const struct spawn_failure failure = spawn_finish(&child);
    assert_int_equal(failure.step, SPAWN_STARTED);
    assert_int_equal(failure.error, 0);
    assert_int_equal(child.report_fd, -1);
    close(report_copy);
}

static void either_side_makes_the_group(void **state)
{
    (void)state;
    const struct spawn_request request = request_of(tell_all);
    is_child_setpgid_lost = true;
    int hold[2];
    struct spawn_child child;
    assert_int_equal(__real_pipe2(hold, O_CLOEXEC), 0);
    hold_fd = hold[0];
    fflush(NULL);
    assert_int_equal(spawn_start(&request, &child), 0);
    assert_int_equal(getpgid(child.pid), child.pid); /* at once, for who signals the group */
    assert_int_equal(kill(-child.pid, SIGKILL), 0);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
    spawn_finish(&child);
    close(hold[0]);
    close(hold[1]);
    hold_fd = -1;
    is_child_setpgid_lost = false;
    is_parent_setpgid_lost = true;
    expect_exit(&request, 33);
    assert_int_equal(told_stat(STAT_GROUP), strtol(told("Pid"), NULL, 10));
}

/* ---- another user ---- */

static const struct identity stranger = {
    .uid = STRANGER, .gid = STRANGER + 1, .groups = {STRANGER + 1, 4, 20, 4000}, .group_count = 4};

static void another_user_is_taken_whole(void **state)
{
    (void)state;
    need_root();
    struct spawn_request request = request_of(tell_all);
    request.identity = &stranger;
    expect_exit(&request, 33);
    assert_string_equal(told("Uid"), "12345\t12345\t12345\t12345");
    assert_string_equal(told("Gid"), "12346\t12346\t12346\t12346");
    assert_string_equal(told("Groups"), "4 20 4000 12346 ");
    assert_true(told_mask("CapInh") == 0 && told_mask("CapPrm") == 0 && told_mask("CapEff") == 0 &&
                told_mask("CapAmb") == 0);
    assert_int_equal(geteuid(), 0); /* we stay who we are */
}

static void a_user_without_groups_has_none_of_ours(void **state)
{
    (void)state;
    need_root();
    struct identity alone = {.uid = STRANGER, .gid = STRANGER, .groups = {STRANGER}, .group_count = 1};
    struct spawn_request request = request_of(tell_all);
    request.identity = &alone;
    expect_exit(&request, 33);
    assert_string_equal(told("Groups"), "12345 ");
    alone.group_count = 0;
    expect_exit(&request, 33);
    assert_int_equal(strspn(told("Groups"), "0123456789"), 0);
}

static void root_with_an_identity_stays_root(void **state)
{
    (void)state;
    need_root();
    static const struct identity root = {.groups = {0, 7}, .group_count = 2};
    struct spawn_request request = request_of(tell_all);
    expect_exit(&request, 33);
    const unsigned long long ours = told_mask("CapPrm");
    request.identity = &root;
    expect_exit(&request, 33);
    assert_string_equal(told("Uid"), "0\t0\t0\t0");
    assert_string_equal(told("Groups"), "0 7 ");
    assert_true(told_mask("CapPrm") == ours);
}

static void without_an_identity_nothing_changes(void **state)
{
    (void)state;
    setgroups_error = setresgid_error = setresuid_error = capset_error = EIO; /* none is called */
    const struct spawn_request request = request_of(tell_all);
    expect_exit(&request, 33);
    assert_int_equal(strtol(told("Uid"), NULL, 10), getuid());
}

static void an_identity_that_cannot_be_taken_is_told(void **state)
{
    (void)state;
    static int *const steps[] = {&setgroups_error, &setresgid_error, &setresuid_error, &capset_error};
    need_root();
    write_script("trace", "#!/bin/sh\ntouch started\n", 0755);
    static const char *const argv[] = {"./trace", NULL};
    struct spawn_request request = request_of(argv);
    request.identity = &stranger;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        *steps[i] = EINVAL;
        expect_failure(&request, SPAWN_IDENTITY, -EINVAL, 125);
        *steps[i] = 0;
        assert_int_equal(access("started", F_OK), -1);
    }
    expect_exit(&request, 0);
    assert_int_equal(access("started", F_OK), 0);
}

/* ---- in children of the test, which give up what they are ---- */

static int complain(int line, const char *what)
{
    fprintf(stderr, "child, line %d: not so: %s\n", line, what);
    return 1;
}

/* In a child, where a failed assertion would go on with the parent's tests. */
#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            return complain(__LINE__, #condition);                                                           \
        }                                                                                                    \
    } while (0)

static void expect_child(int (*body)(void))
{
    fflush(NULL);
    const pid_t pid = __real_fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(60);
        _exit(body());
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == SKIPPED) {
        print_message("skipped: this kernel or container does not allow it\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int become_stranger(void)
{
    return __real_setgroups(0, NULL) < 0 || __real_setresgid(STRANGER, STRANGER, STRANGER) < 0 ||
                   __real_setresuid(STRANGER, STRANGER, STRANGER) < 0
               ? -1
               : 0;
}

static bool has_ended_with(const struct spawn_request *request, int status)
{
    struct ended ended;
    return run(request, &ended) && WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == status;
}

/* Inheritable and ambient capabilities outlive setresuid(2), all the others do with these secure bits. */
static int run_with_sticky_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    if (syscall(SYS_capget, &header, data) < 0) {
        return SKIPPED;
    }
    for (size_t i = 0; i < COUNT_OF(data); i++) {
        data[i].inheritable = data[i].permitted;
    }
    if (syscall(SYS_capset, &header, data) < 0 ||
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) < 0 ||
        prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS, 0, 0, 0) < 0) {
        return SKIPPED;
    }
    struct spawn_request request = request_of(tell_all);
    request.identity = &stranger;
    EXPECT(has_ended_with(&request, 33));
    EXPECT(strncmp(told("Uid"), "12345\t", 6) == 0);
    EXPECT(told_mask("CapInh") == 0);
    EXPECT(told_mask("CapAmb") == 0);
    EXPECT(told_mask("CapPrm") == 0);
    EXPECT(told_mask("CapEff") == 0);
    return 0;
}

static void no_capability_outlives_the_change(void **state)
{
    (void)state;
    need_root();
    expect_child(run_with_sticky_capabilities);
}

static int run_as_stranger(void)
{
    static const struct identity other = {.uid = STRANGER + 1, .gid = STRANGER, .group_count = 0};
    static const struct identity self = {.uid = STRANGER, .gid = 1, .groups = {1, 2}, .group_count = 2};
    if (become_stranger() < 0) {
        return SKIPPED;
    }
    struct spawn_request request = request_of(tell_all);
    request.identity = &other;
    struct ended ended;
    EXPECT(run(&request, &ended) && WEXITSTATUS(ended.status) == 125);
    EXPECT(ended.failure.step == SPAWN_IDENTITY && ended.failure.error == -EPERM);
    EXPECT(spawn_failure_status(&ended.failure) == 125);
    request.identity = &self; /* who we are already: nothing is to be done, nor could it be */
    EXPECT(has_ended_with(&request, 33));
    EXPECT(strcmp(told("Uid"), "12345\t12345\t12345\t12345") == 0);
    return 0;
}

static void an_ordinary_user_stays_who_it_is(void **state)
{
    (void)state;
    need_root();
    expect_child(run_as_stranger);
}

static int run_with_nice_values(void)
{
    struct spawn_request request = request_of(tell_all);
    EXPECT(setpriority(PRIO_PROCESS, 0, 3) == 0);
    for (request.nice = 3; request.nice <= 19; request.nice += 4) { /* not an increment */
        EXPECT(has_ended_with(&request, 33) && told_stat(STAT_NICE) == request.nice);
    }
    EXPECT(getpriority(PRIO_PROCESS, 0) == 3);
    return 0;
}

static void the_nice_value_is_the_given_one(void **state)
{
    (void)state;
    expect_child(run_with_nice_values);
}

/* Back to the ordinary value, where our own was raised. */
static int run_with_lower_nice_value(void)
{
    struct spawn_request request = request_of(tell_all);
    if (setpriority(PRIO_PROCESS, 0, -10) < 0) {
        return SKIPPED;
    }
    request.identity = &stranger; /* the value is taken before the user */
    request.nice = -15;
    EXPECT(has_ended_with(&request, 33) && told_stat(STAT_NICE) == -15);
    request.nice = 0;
    EXPECT(has_ended_with(&request, 33) && told_stat(STAT_NICE) == 0);
    return 0;
}

static void a_lower_nice_value_is_had_with_another_user_too(void **state)
{
    (void)state;
    need_root();
    expect_child(run_with_lower_nice_value);
}

static int run_with_forbidden_nice_value(void)
{
    struct spawn_request request = request_of(tell_all);
    if (become_stranger() < 0 || setpriority(PRIO_PROCESS, 0, 5) < 0) {
        return SKIPPED;
    }
    request.nice = 2;
    EXPECT(has_ended_with(&request, 33) && told_stat(STAT_NICE) == 5);
    struct ended ended;
    request.is_job = true;
    request.output_fd = STDOUT_FILENO;
    EXPECT(run(&request, &ended) && ended.failure.step == SPAWN_PRIVILEGES);
    EXPECT(strstr(ended.failure.text, "nice value, which needs CAP_SYS_NICE") != NULL);
    return 0;
}

static void a_nice_value_that_is_not_allowed_stops_a_job_only(void **state)
{
    (void)state;
    need_root();
    expect_child(run_with_forbidden_nice_value);
}

/* Opens a terminal and makes it ours. Returns a descriptor or -1. */
static int take_terminal(void)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 || setsid() < 0) {
        return -1;
    }
    const char *path = ptsname(master);
    const int terminal =
        path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1; /* the controlling one from now on */
    return terminal >= 0 && tcgetpgrp(terminal) == getpgrp() ? terminal : -1;
}

static int run_on_terminal(void)
{
    const int terminal = take_terminal();
    if (terminal < 0) {
        return SKIPPED;
    }
    struct spawn_request request = request_of(tell_all);
    EXPECT(has_ended_with(&request, 33)); /* not asked for: the foreground stays ours */
    EXPECT(told_stat(STAT_FOREGROUND) == getpgrp());
    EXPECT(told_stat(STAT_GROUP) != getpgrp());
    request.terminal_fd = terminal;
    EXPECT(has_ended_with(&request, 33));
    EXPECT(told_stat(STAT_FOREGROUND) == told_stat(STAT_GROUP));
    EXPECT(told_stat(STAT_GROUP) == strtol(told("Pid"), NULL, 10));
    EXPECT(tcgetpgrp(terminal) == told_stat(STAT_GROUP)); /* and we are in the background */
    /* From there too: the child is in the background at first, and must not be stopped for asking. */
    EXPECT(has_ended_with(&request, 33));
    EXPECT(told_stat(STAT_FOREGROUND) == told_stat(STAT_GROUP));
    return 0;
}

static void the_terminals_foreground_becomes_the_childs(void **state)
{
    (void)state;
    expect_child(run_on_terminal);
}

static void what_is_no_terminal_is_no_obstacle(void **state)
{
    (void)state;
    struct spawn_request request = request_of(tell_all);
    request.terminal_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    expect_exit(&request, 33);
    close(request.terminal_fd);
    request.terminal_fd = 999; /* not open */
    expect_exit(&request, 33);
}

/* ---- jobs ---- */

/* A job whose output goes to the file "output". */
static struct spawn_request job_of(const char *const *argv)
{
    struct spawn_request request = request_of(argv);
    request.is_job = true;
    request.umask = 022;
    request.output_fd = open("output", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    assert_true(request.output_fd >= 0);
    return request;
}

static void expect_output(const char *expected)
{
    char text[TEXT_SIZE];
    if (!read_told("output", text) && expected[0] != '\0') {
        fail_msg("nothing was written; expected: %s", expected);
    }
    assert_string_equal(text, expected);
}

/* The same as expect_failure(), and what it says. Its program must not have run. */
static void expect_text(const struct spawn_request *request, enum spawn_step step, int error,
                        const char *text)
{
    struct ended ended;
    assert_true(run(request, &ended));
    if (ended.failure.step != step || ended.failure.error != error || strcmp(ended.failure.text, text) != 0) {
        fail_msg("wait status %x, step %d, error %d, text '%s' instead of '%s'", (unsigned)ended.status,
                 ended.failure.step, ended.failure.error, ended.failure.text, text);
    }
    assert_true(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 125);
    assert_int_equal(spawn_failure_status(&ended.failure), 125);
    expect_output("");
}

static const char *const say_hello[] = {"sh", "-c", "echo hello", NULL};

static void a_job_reads_nothing_and_writes_into_its_output(void **state)
{
    (void)state;
    static const char *const argv[] = {"sh", "-c", "cat; echo one; echo two >&2; readlink /proc/self/fd/0",
                                       NULL};
    struct spawn_request request = job_of(argv);
    expect_exit(&request, 0);
    expect_output("one\ntwo\n/dev/null\n");
    close(request.output_fd);
}

/* With the kernel's call, and with /proc where it is refused. */
static void a_job_inherits_no_other_descriptor(void **state)
{
    (void)state;
    static const char *const argv[] = {
        "sh", "-c", "for fd in 3 7 63; do [ -e /proc/self/fd/$fd ] && echo $fd; done; echo $LISTEN_PID",
        NULL};
    static const int errors[] = {0, ENOSYS, EINVAL, EPERM};
    static char ours[32];
    const char *const environ_in[] = {"PATH=/usr/bin:/bin", ours, NULL};
    snprintf(ours, sizeof ours, "LISTEN_PID=%d", (int)getpid());
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        struct spawn_request request = job_of(argv);
        request.envp = as_list(environ_in);
        const int low = __real_dup2(STDIN_FILENO, 7);
        const int high = __real_dup2(STDIN_FILENO, 63);
        close_range_error = errors[i];
        char expected[32];
        snprintf(expected, sizeof expected, "%s\n", ours + strlen("LISTEN_PID="));
        expect_exit(&request, 0);
        expect_output(expected);
        close(low);
        close(high);
        close(request.output_fd);
    }
}

static int run_without_standard_descriptors(void)
{
    static const char *const argv[] = {"sh", "-c", "cat; echo one; echo two >&2", NULL};
    struct spawn_request request = request_of(argv);
    request.is_job = true;
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    char text[TEXT_SIZE];
    /* The output is descriptor 0, then 1, then 2; the report's pipe takes what is left of them. */
    for (int wanted = STDIN_FILENO; wanted <= STDERR_FILENO; wanted++) {
        const int fd = open("output", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
        request.output_fd = fd == wanted ? fd : __real_dup2(fd, wanted);
        if (fd != wanted) {
            close(fd);
        }
        struct ended ended;
        if (request.output_fd != wanted || !run(&request, &ended) || ended.status != 0 ||
            ended.failure.step != SPAWN_STARTED || !read_told("output", text) ||
            strcmp(text, "one\ntwo\n") != 0) {
            return 10 + wanted;
        }
        request.argv = as_list((const char *const[]){"/nonexistent", NULL});
        if (!run(&request, &ended) || ended.failure.step != SPAWN_EXEC || ended.failure.error != -ENOENT) {
            return 20 + wanted;
        }
        request.argv = as_list(argv);
        close(request.output_fd);
    }
    return 0;
}

static void a_job_gets_them_even_where_we_have_none(void **state)
{
    (void)state;
    expect_child(run_without_standard_descriptors);
}

static void descriptors_that_cannot_be_had_are_told(void **state)
{
    (void)state;
    struct spawn_request request = job_of(say_hello);
    open_error = ENOENT;
    expect_text(&request, SPAWN_OUTPUT, -ENOENT, "cannot open /dev/null: No such file or directory");
    open_error = 0;
    dup2_error = EBUSY;
    expect_text(&request, SPAWN_OUTPUT, -EBUSY,
                "cannot use the pipe for its output: Device or resource busy");
    dup2_error = 0;
    close(request.output_fd);
    request.output_fd = 999; /* not open */
    expect_text(&request, SPAWN_OUTPUT, -EBADF, "cannot use the pipe for its output: Bad file descriptor");
    request.output_fd = -1;
    expect_text(&request, SPAWN_OUTPUT, -EBADF, "cannot move descriptors: Bad file descriptor");
}

static void only_a_job_has_a_umask(void **state)
{
    (void)state;
    static const char *const argv[] = {"sh", "-c", "umask > told; umask", NULL};
    struct spawn_request request = job_of(argv);
    char text[TEXT_SIZE];
    request.umask = 077;
    expect_exit(&request, 0);
    expect_output("0077\n");
    assert_int_equal(umask(022), 022); /* ours is as it was */
    request.is_job = false;
    request.argv = as_list((const char *const[]){"sh", "-c", "umask > told", NULL});
    expect_exit(&request, 0);
    assert_true(read_told("told", text));
    assert_string_equal(text, "0022\n");
    close(request.output_fd);
}

static void new_privileges_are_given_up(void **state)
{
    (void)state;
    struct spawn_request request = job_of(tell_all);
    expect_exit(&request, 33);
    assert_string_equal(told("NoNewPrivs"), "0");
    request.has_no_new_privs = true;
    expect_exit(&request, 33);
    assert_string_equal(told("NoNewPrivs"), "1");
    close(request.output_fd);
    request = request_of(tell_all); /* that is not for jobs only */
    request.has_no_new_privs = true;
    expect_exit(&request, 33);
    assert_string_equal(told("NoNewPrivs"), "1");
    request = job_of(say_hello);
    request.has_no_new_privs = true;
    no_new_privs_error = EINVAL;
    expect_text(&request, SPAWN_PRIVILEGES, -EINVAL, "cannot set no_new_privs: Invalid argument");
    close(request.output_fd);
}

static void it_is_put_behind_the_airlock(void **state)
{
    static const struct airlock_policy policy = {.unix_sockets = CONFIG_UNIX_OFF};
    (void)state;
    struct spawn_request request = job_of(tell_all);
    request.confine = &policy;
    expect_exit(&request, 33);
    assert_string_equal(told("NoNewPrivs"), "1"); /* its first wall, and the one that every kernel has */
    close(request.output_fd);
    request = job_of(say_hello);
    request.confine = &policy;
    no_new_privs_error = EPERM;
    expect_text(&request, SPAWN_AIRLOCK, -EPERM,
                "confine: the kernel refused no_new_privs: Operation not permitted");
    close(request.output_fd);
}

static void it_starts_in_its_directory(void **state)
{
    (void)state;
    static const char *const argv[] = {"./tool", NULL};
    struct spawn_request request = job_of(argv);
    char expected[128];
    assert_int_equal(mkdir("below", 0755), 0);
    write_script("below/tool", "#!/bin/sh\npwd -P\n", 0755);
    request.directory = "below";
    expect_exit(&request, 0);
    snprintf(expected, sizeof expected, "%s/below\n", base);
    expect_output(expected);
    assert_int_equal(ftruncate(request.output_fd, 0), 0);
    request.directory = "below/tool";
    expect_text(&request, SPAWN_DIRECTORY, -ENOTDIR, "directory = below/tool: Not a directory");
    request.directory = "no\033[31m";
    expect_text(&request, SPAWN_DIRECTORY, -ENOENT, "directory = no\\e[31m: No such file or directory");
    close(request.output_fd);
}

/* It is the job's user who looks, not we. */
static void what_its_user_may_not_see_is_told(void **state)
{
    (void)state;
    need_root();
    struct spawn_request request = job_of(say_hello);
    request.identity = &stranger;
    char expected[SPAWN_TEXT_SIZE];
    assert_int_equal(chmod(base, 0755), 0);
    assert_int_equal(mkdir("ours", 0700), 0);
    write_script("ours/file", "A=1\n", 0644);
    request.directory = "ours";
    expect_text(&request, SPAWN_DIRECTORY, -EACCES, "directory = ours: Permission denied");
    request.directory = NULL;
    const char *const paths[] = {"ours/file", NULL};
    request.only_if_exists = as_list(paths);
    expect_text(&request, SPAWN_UNKNOWN, -EACCES,
                "only_if_exists: cannot look at ours/file: Permission denied");
    request.only_if_exists = NULL;
    request.unless_exists = as_list(paths);
    expect_text(&request, SPAWN_UNKNOWN, -EACCES,
                "unless_exists: cannot look at ours/file: Permission denied");
    request.unless_exists = NULL;
    request.environment_file = "ours/file";
    snprintf(expected, sizeof expected, "%s/ours/file: Permission denied", base);
    expect_text(&request, SPAWN_ENVIRONMENT, -EACCES, expected);
    close(request.output_fd);
}

static void conditions_are_looked_at_before_it_starts(void **state)
{
    (void)state;
    static const struct {
        const char *only_if[3];
        const char *unless[3];
        const char *text; /* NULL: it starts */
    } rows[] = {
        {.text = NULL},
        {.only_if = {"file"}},
        {.only_if = {"file", "directory"}},
        {.only_if = {"link", "/dev/null"}},
        {.only_if = {"file", "no"}, .text = "only_if_exists: no is missing"},
        {.only_if = {"no", "file"}, .text = "only_if_exists: no is missing"},
        {.only_if = {"dangling"}, .text = "only_if_exists: dangling is missing"},
        {.only_if = {"file/below"}, .text = "only_if_exists: file/below is missing"},
        {.only_if = {"/no/x\ny"}, .text = "only_if_exists: /no/x\\ny is missing"},
        {.unless = {"no"}},
        {.unless = {"no", "file/below"}},
        {.unless = {"dangling", "/no/x"}},
        {.unless = {"file"}, .text = "unless_exists: file is there"},
        {.unless = {"no", "directory"}, .text = "unless_exists: directory is there"},
        {.unless = {"link"}, .text = "unless_exists: link is there"},
        {.only_if = {"file"}, .unless = {"no"}},
        {.only_if = {"file"}, .unless = {"file"}, .text = "unless_exists: file is there"},
        {.only_if = {"no"}, .unless = {"file"}, .text = "only_if_exists: no is missing"},
    };
    struct spawn_request request = job_of(say_hello);
    write_script("file", "", 0600);
    assert_int_equal(mkdir("directory", 0700), 0);
    assert_int_equal(symlink("file", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        request.only_if_exists = rows[i].only_if[0] != NULL ? as_list(rows[i].only_if) : NULL;
        request.unless_exists = as_list(rows[i].unless); /* an empty list is fine too */
        if (rows[i].text != NULL) {
            expect_text(&request, SPAWN_CONDITION, 0, rows[i].text);
        } else {
            expect_exit(&request, 0);
            expect_output("hello\n");
            assert_int_equal(ftruncate(request.output_fd, 0), 0);
        }
    }
    close(request.output_fd);
}

static void conditions_are_relative_to_the_directory(void **state)
{
    (void)state;
    static const char *const paths[] = {"here", NULL};
    struct spawn_request request = job_of(say_hello);
    assert_int_equal(mkdir("below", 0755), 0);
    write_script("below/here", "", 0644);
    request.only_if_exists = as_list(paths);
    expect_text(&request, SPAWN_CONDITION, 0, "only_if_exists: here is missing");
    request.directory = "below";
    expect_exit(&request, 0);
    expect_output("hello\n");
    close(request.output_fd);
}

static void a_path_that_cannot_be_looked_at_is_no_condition(void **state)
{
    (void)state;
    char name[400];
    char expected[SPAWN_TEXT_SIZE];
    const char *const paths[] = {name, NULL};
    struct spawn_request request = job_of(say_hello);
    memset(name, 'x', sizeof name - 1); /* longer than any name may be */
    name[sizeof name - 1] = '\0';
    snprintf(expected, sizeof expected, "only_if_exists: cannot look at %.252s...: File name too long", name);
    request.only_if_exists = as_list(paths);
    expect_text(&request, SPAWN_UNKNOWN, -ENAMETOOLONG, expected);
    assert_int_equal(symlink("self", "self"), 0);
    snprintf(name, sizeof name, "self");
    request.unless_exists = request.only_if_exists;
    request.only_if_exists = NULL;
    expect_text(&request, SPAWN_UNKNOWN, -ELOOP,
                "unless_exists: cannot look at self: Too many levels of symbolic links");
    close(request.output_fd);
}

static void a_file_adds_to_its_environment(void **state)
{
    (void)state;
    static const char *const environ_in[] = {"PATH=/nonexistent", "A=given", "B=given", "C=given", NULL};
    static const char *const environment[] = {"B=given", NULL};
    static const char *const argv[] = {"tool", NULL};
    struct spawn_request request = job_of(argv);
    char text[TEXT_SIZE];
    assert_int_equal(chmod(base, 0755), 0);
    assert_int_equal(mkdir("below", 0755), 0);
    write_script("below/tool", "#!/bin/sh\necho \"$A $B $C $D\"\n", 0755);
    snprintf(text, sizeof text, "A=file\nB=file\nexport D='x y' # c\nPATH=%s/below:/usr/bin:/bin\n", base);
    write_script("below/env", text, 0644);
    request.envp = as_list(environ_in);
    request.environment = as_list(environment);
    request.environment_file = "env";
    request.directory = "below";
    expect_exit(&request, 0); /* found by the file's PATH */
    expect_output("file given given x y\n");
    assert_string_equal(environ_in[1], "A=given");
    close(request.output_fd);
}

static void a_file_that_is_not_fit_is_told(void **state)
{
    (void)state;
    struct spawn_request request = job_of(say_hello);
    char expected[SPAWN_TEXT_SIZE];
    assert_int_equal(chmod(base, 0755), 0);
    write_script("env", "A=1\nB\n", 0644);
    request.environment_file = "env";
    expect_text(&request, SPAWN_ENVIRONMENT, 0,
                "env:2: there is no \"=\" behind the name; an empty value is written NAME=");
    request.environment_file = "missing";
    snprintf(expected, sizeof expected, "%s/missing: No such file or directory", base);
    expect_text(&request, SPAWN_ENVIRONMENT, -ENOENT, expected);
    close(request.output_fd);
}

/* As a job hangs on a network file system: it ends by the first request, as programs do. */
static void a_start_that_hangs_can_be_ended(void **state)
{
    (void)state;
    static const char *const paths[] = {"file", NULL};
    struct spawn_request request = job_of(say_hello);
    request.directory = "/";
    request.only_if_exists = as_list(paths);
    for (int i = 0; i < 2; i++) {
        int ends[2];
        int status;
        struct spawn_child child;
        assert_int_equal(__real_pipe2(ends, O_CLOEXEC), 0);
        hold_fd = ends[0];
        hold_at = i == 0 ? HOLD_CHDIR : HOLD_STAT;
        fflush(NULL);
        assert_int_equal(spawn_start(&request, &child), 0);
        assert_int_equal(kill(-child.pid, SIGTERM), 0); /* waits where it still is blocked */
        assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
        assert_int_equal(spawn_finish(&child).step, SPAWN_STARTED);
        close(ends[0]);
        close(ends[1]);
    }
    hold_fd = -1;
    close(request.output_fd);
}

/* ---- what is known while it runs ---- */

/* Is the report's end readable, as a loop would see it? Waits for that if IS_WAITING. */
static bool is_readable(const struct spawn_child *child, bool is_waiting)
{
    struct pollfd report = {.fd = child->report_fd, .events = POLLIN};
    return poll(&report, 1, is_waiting ? 60000 : 0) == 1;
}

static void the_exec_is_known_before_the_end(void **state)
{
    (void)state;
    static const char *const argv[] = {"sleep", "1000", NULL};
    const struct spawn_request request = request_of(argv);
    struct spawn_child child;
    int ends[2];
    assert_int_equal(__real_pipe2(ends, O_CLOEXEC), 0);
    hold_fd = ends[0];
    hold_end_fd = ends[1];
    fflush(NULL);
    assert_int_equal(spawn_start(&request, &child), 0);
    assert_false(is_readable(&child, false));
    assert_int_equal(spawn_poll_report(&child), SPAWN_PENDING);
    assert_int_equal(spawn_poll_report(&child), SPAWN_PENDING);
    close(ends[1]);
    close(ends[0]);
    assert_true(is_readable(&child, true));
    assert_int_equal(spawn_poll_report(&child), SPAWN_RUNNING);
    assert_int_equal(spawn_poll_report(&child), SPAWN_RUNNING); /* and so it stays */
    assert_int_equal(waitpid(child.pid, NULL, WNOHANG), 0);     /* it lives */
    assert_int_equal(kill(child.pid, SIGKILL), 0);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
    assert_int_equal(spawn_poll_report(&child), SPAWN_RUNNING);
    assert_int_equal(spawn_finish(&child).step, SPAWN_STARTED);
}

static void a_failure_is_known_and_kept(void **state)
{
    (void)state;
    static const char *const argv[] = {"/nonexistent", NULL};
    const struct spawn_request request = request_of(argv);
    struct spawn_child child;
    fflush(NULL);
    assert_int_equal(spawn_start(&request, &child), 0);
    assert_true(is_readable(&child, true));
    assert_int_equal(spawn_poll_report(&child), SPAWN_FAILED);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
    assert_int_equal(spawn_poll_report(&child), SPAWN_FAILED);
    const struct spawn_failure failure = spawn_finish(&child);
    assert_int_equal(failure.step, SPAWN_EXEC);
    assert_int_equal(failure.error, -ENOENT);
}

static int run_job_on_terminal(void)
{
    static const char *const argv[] = {"sh", "-c", "(: < /dev/tty) || cat /proc/$$/stat > told.stat", NULL};
    const int terminal = take_terminal();
    if (terminal < 0) {
        return SKIPPED;
    }
    struct spawn_request request = request_of(argv);
    request.is_job = true;
    request.output_fd = open("output", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    EXPECT(has_ended_with(&request, 0));
    EXPECT(told_stat(STAT_TERMINAL) == 0);
    EXPECT(told_stat(STAT_GROUP) != getpgrp());
    EXPECT(tcgetpgrp(terminal) == getpgrp()); /* ours is as it was */
    return 0;
}

static void a_job_has_no_terminal(void **state)
{
    (void)state;
    expect_child(run_job_on_terminal);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "descriptors") == 0) {
        return tell_descriptors();
    }
    const struct CMUnitTest tests[] = {
        CASE(a_program_runs_and_ends),
        CASE(a_program_that_is_killed_has_started),
        CASE(arguments_are_passed_as_they_are),
        CASE(the_environment_is_the_given_one),
        CASE(the_path_searched_is_the_childs),
        CASE(listen_pid_is_handed_on),
        CASE(a_script_without_interpreter_is_run_by_the_shell),
        CASE(each_program_has_its_own_group),
        CASE(the_mask_is_the_given_one),
        CASE(dispositions_are_ours_but_that_of_sigchld),
        CASE(descriptors_are_inherited_unless_close_on_exec),
        CASE(what_cannot_be_run_is_told_with_its_status),
        CASE(interpreters_that_cannot_be_run_are_told),
        CASE(a_busy_program_is_not_executable),
        CASE(arguments_that_are_too_long_are_told),
        CASE(statuses_are_those_of_a_shell),
        CASE(no_process_or_pipe_is_told),
        CASE(a_start_does_not_wait_for_the_exec),
        CASE(a_finish_does_not_wait_for_the_pipes_end),
        CASE(a_report_that_is_cut_is_none),
        CASE(either_side_makes_the_group),
        CASE(another_user_is_taken_whole),
        CASE(a_user_without_groups_has_none_of_ours),
        CASE(root_with_an_identity_stays_root),
        CASE(without_an_identity_nothing_changes),
        CASE(an_identity_that_cannot_be_taken_is_told),
        CASE(no_capability_outlives_the_change),
        CASE(an_ordinary_user_stays_who_it_is),
        CASE(the_nice_value_is_the_given_one),
        CASE(a_lower_nice_value_is_had_with_another_user_too),
        CASE(a_nice_value_that_is_not_allowed_stops_a_job_only),
        CASE(the_terminals_foreground_becomes_the_childs),
        CASE(what_is_no_terminal_is_no_obstacle),
        CASE(a_job_reads_nothing_and_writes_into_its_output),
        CASE(a_job_inherits_no_other_descriptor),
        CASE(a_job_gets_them_even_where_we_have_none),
        CASE(descriptors_that_cannot_be_had_are_told),
        CASE(only_a_job_has_a_umask),
        CASE(new_privileges_are_given_up),
        CASE(it_is_put_behind_the_airlock),
        CASE(it_starts_in_its_directory),
        CASE(what_its_user_may_not_see_is_told),
        CASE(conditions_are_looked_at_before_it_starts),
        CASE(conditions_are_relative_to_the_directory),
        CASE(a_path_that_cannot_be_looked_at_is_no_condition),
        CASE(a_file_adds_to_its_environment),
        CASE(a_file_that_is_not_fit_is_told),
        CASE(a_start_that_hangs_can_be_ended),
        CASE(the_exec_is_known_before_the_end),
        CASE(a_failure_is_known_and_kept),
        CASE(a_job_has_no_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
