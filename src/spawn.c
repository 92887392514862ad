/* SPDX-License-Identifier: MIT */
#include "sandbox_init/spawn.h"

#include "sandbox_init/envfile.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/listing.h"
#include "sandbox_init/sigmask.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range /* the same on all architectures, since it is from after Linux 5.1 */
#define SYS_close_range 436
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2) /* linux/close_range.h */
#endif

enum {
    SHOWN_MAX = 256, /* bytes of a path in a text */
};

_Static_assert(sizeof(struct spawn_failure) <= PIPE_BUF, "a report is written whole, or not at all");

/* The child's side: what it is to do, and where it tells what failed. */
struct launch {
    const struct spawn_request *request;
    int report_fd;
    char **envp;
};

/*
 * Who passes sockets to us names us as their receiver (sd_listen_fds(3)); the one who reads that is the
 * child. BUFFER becomes part of the environment.
 */
static void hand_on_listen_pid(char **envp, char *buffer, size_t size)
{
    snprintf(buffer, size, "LISTEN_PID=%d", (int)getppid());
    for (; *envp != NULL; envp++) {
        if (strcmp(*envp, buffer) == 0) {
            snprintf(buffer, size, "LISTEN_PID=%d", (int)getpid());
            *envp = buffer;
            return;
        }
    }
}

_Noreturn static void give_up(const struct launch *launch, const struct spawn_failure *failure)
{
    /* The parent's end is open for as long as it has not reaped us; a pipe takes these bytes at once. */
    const ssize_t written = write(launch->report_fd, failure, sizeof *failure);
    (void)written;
    _exit(spawn_failure_status(failure));
}

/* Gives up with "WHAT: the error's text". */
_Noreturn static void give_up_at(const struct launch *launch, enum spawn_step step, int error,
                                 const char *what)
{
    struct spawn_failure failure = {.step = step, .error = error};
    snprintf(failure.text, sizeof failure.text, "%s: %s", what, strerror(-error));
    give_up(launch, &failure);
}

/* ---- descriptors ---- */

/* Descriptors 0 to 2 are about to become something else. Where one of ours is one of them it gets out of the
 * way. */
static int move_up(int fd)
{
    return fd > STDERR_FILENO ? fd : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/*
 * A job that opens /dev/tty, to ask for a password say, would be stopped for good as a background process. So
 * it gets an error (rejected alternative: setsid(2), which fails where the parent was quicker with
 * setpgid()).
 */
static void leave_terminal(void)
{
    const int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0) {
        ioctl(fd, TIOCNOTTY);
        close(fd);
    }
}

/* Returns true, to go on. */
static bool leave_one(void *context, const char *name)
{
    (void)context;
    char *end = NULL;
    const long fd = strtol(name, &end, 10);
    if (*end == '\0' && fd > STDERR_FILENO) {
        fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    }
    return true;
}

/*
 * What somebody passed on is for the main command; a job may be another user, or confined. Where the kernel
 * is older than Linux 5.11, or a seccomp profile than the call, /proc names them.
 */
static void leave_descriptors(void)
{
    const unsigned first = STDERR_FILENO + 1;
    if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
        return;
    }
    const int fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)listing_read(fd, leave_one, NULL);
        close(fd);
    }
}

/* All runs share the pipe: what the last one made of it, node a non-blocking one, would fail cat(1) now. */
static void make_ordinary(int output_fd)
{
    const int flags = fcntl(output_fd, F_GETFL);
    if (flags >= 0) {
        fcntl(output_fd, F_SETFL, flags & ~(O_NONBLOCK | O_ASYNC | O_DIRECT));
    }
}

static void take_descriptors(struct launch *launch)
{
    const int report_fd = move_up(launch->report_fd);
    const int output_fd = move_up(launch->request->output_fd);
    if (report_fd < 0 || output_fd < 0) {
        give_up_at(launch, SPAWN_OUTPUT, -errno, "cannot move descriptors");
    }
    launch->report_fd = report_fd;
    make_ordinary(output_fd);
    /* Never one of the three: the report's pipe came first, and its other end is still there. */
    const int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null_fd < 0) {
        give_up_at(launch, SPAWN_OUTPUT, -errno, "cannot open /dev/null");
    }
    if (dup2(null_fd, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0 ||
        dup2(output_fd, STDERR_FILENO) < 0) {
        give_up_at(launch, SPAWN_OUTPUT, -errno, "cannot use the pipe for its output");
    }
}

/* ---- what is done as the job's user ---- */

static void go_to_directory(const struct launch *launch)
{
    const char *directory = launch->request->directory;
    if (directory != NULL && chdir(directory) < 0) {
        const int error = -errno;
        char shown[SHOWN_MAX];
        char what[SHOWN_MAX + sizeof "directory = "];
        escape_text(shown, sizeof shown, directory);
        snprintf(what, sizeof what, "directory = %s", shown);
        give_up_at(launch, SPAWN_DIRECTORY, error, what);
    }
}

/* Goes on only if each of PATHS is there, or none of them is. KEY: where they were configured. */
static void check_paths(const struct launch *launch, char *const *paths, bool is_wanted, const char *key)
{
    for (; paths != NULL && *paths != NULL; paths++) {
        struct stat status;
        const int error = stat(*paths, &status) < 0 ? -errno : 0;
        const bool is_missing = error == -ENOENT || error == -ENOTDIR;
        if (is_missing ? !is_wanted : error == 0 && is_wanted) {
            continue;
        }
        char shown[SHOWN_MAX];
        escape_text(shown, sizeof shown, *paths);
        struct spawn_failure failure = {.step = SPAWN_CONDITION};
        if (!is_missing && error != 0) {
            failure = (struct spawn_failure){.step = SPAWN_UNKNOWN, .error = error};
            snprintf(failure.text, sizeof failure.text, "%s: cannot look at %s: %s", key, shown,
                     strerror(-error));
        } else {
            snprintf(failure.text, sizeof failure.text, "%s: %s is %s", key, shown,
                     is_missing ? "missing" : "there");
        }
        give_up(launch, &failure);
    }
}

static void add_environment_file(struct launch *launch)
{
    const struct spawn_request *request = launch->request;
    if (request->environment_file == NULL) {
        return;
    }
    struct spawn_failure failure = {.step = SPAWN_ENVIRONMENT};
    const int result = envfile_build(request->environment_file, launch->envp, request->environment,
                                     &launch->envp, failure.text, sizeof failure.text);
    if (result < 0) {
        failure.error = result == -EINVAL ? 0 : result;
        give_up(launch, &failure);
    }
}

/* Not before this process: what allow_unix names may be made by a service that was started before it. */
static void enter_airlock(const struct launch *launch)
{
    const struct airlock_policy *policy = launch->request->confine;
    if (policy == NULL) {
        return;
    }
    struct airlock airlock;
    struct spawn_failure failure = {.step = SPAWN_AIRLOCK};
    char text[AIRLOCK_TEXT_SIZE];
    enum airlock_step step = AIRLOCK_STEP_PRIVILEGES;
    failure.error = airlock_prepare(&airlock, policy, launch->envp, text, sizeof text);
    if (failure.error == 0) {
        failure.error = airlock_enter(&airlock, &step);
        if (failure.error < 0) {
            airlock_describe_failure(step, failure.error, text);
        }
    }
    if (failure.error < 0) {
        snprintf(failure.text, sizeof failure.text, "confine: %.500s", text);
        give_up(launch, &failure);
    }
}

/* ---- the whole way ---- */

static void take_identity(const struct launch *launch)
{
    const struct spawn_request *request = launch->request;
    const int result = request->identity != NULL ? identity_become(request->identity) : 0;
    if (result < 0) {
        give_up(launch, &(struct spawn_failure){.step = SPAWN_IDENTITY, .error = result});
    }
}

static void give_up_privileges(const struct launch *launch)
{
    if (launch->request->has_no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        give_up_at(launch, SPAWN_PRIVILEGES, -errno, "cannot set no_new_privs");
    }
}

/* The main command is not worth less for it; who asked for a priority is told that there is none. */
static void take_priority(const struct launch *launch)
{
    if (setpriority(PRIO_PROCESS, 0, launch->request->nice) < 0 && launch->request->is_job) {
        give_up_at(launch, SPAWN_PRIVILEGES, -errno,
                   "cannot take on its nice value, which needs CAP_SYS_NICE when it is lowered");
    }
}

/* In the child. All signals are still blocked, so that tcsetpgrp() cannot stop us with SIGTTOU. */
_Noreturn static void run_child(struct launch *launch)
{
    const struct spawn_request *request = launch->request;
    setpgid(0, 0);
    if (request->terminal_fd >= 0) {
        tcsetpgrp(request->terminal_fd, getpgrp());
    }
    take_priority(launch);
    if (request->is_job) {
        leave_terminal();
        take_descriptors(launch);
        leave_descriptors();
        umask(request->umask);
    }
    take_identity(launch);
    sigaction(SIGCHLD, request->child_action, NULL);
    sigmask_set(request->signal_mask);
    give_up_privileges(launch);
    go_to_directory(launch);
    check_paths(launch, request->only_if_exists, true, "only_if_exists");
    check_paths(launch, request->unless_exists, false, "unless_exists");
    add_environment_file(launch);
    enter_airlock(launch);
    /* execvp(3) searches the PATH of the environment that it passes on: the child's, not ours. */
    environ = launch->envp;
    char listen_pid[32];
    if (!request->is_job) {
        hand_on_listen_pid(environ, listen_pid, sizeof listen_pid);
    }
    execvp(request->argv[0], request->argv);
    give_up(launch, &(struct spawn_failure){.step = SPAWN_EXEC, .error = -errno});
}

int spawn_start(const struct spawn_request *request, struct spawn_child *ret_child)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0) {
        return -errno;
    }
    const pid_t pid = fork();
    if (pid < 0) {
        const int error = -errno;
        close(report[0]);
        close(report[1]);
        return error;
    }
    if (pid == 0) {
        run_child(&(struct launch){request, report[1], (char **)(uintptr_t)request->envp});
    }
    close(report[1]);
    /* Here too, so that a signal to the group finds it even before the child has run. */
    setpgid(pid, pid);
    *ret_child = (struct spawn_child){.pid = pid, .report_fd = report[0]};
    return 0;
}

enum spawn_progress spawn_poll_report(const struct spawn_child *child)
{
    struct pollfd report = {.fd = child->report_fd, .events = POLLIN};
    if (poll(&report, 1, 0) <= 0) {
        return SPAWN_PENDING;
    }
    return (report.revents & POLLIN) != 0 ? SPAWN_FAILED : SPAWN_RUNNING;
}

struct spawn_failure spawn_finish(struct spawn_child *child)
{
    struct spawn_failure failure = {.step = SPAWN_STARTED};
    const ssize_t got = read(child->report_fd, &failure, sizeof failure);
    close(child->report_fd);
    child->report_fd = -1;
    return got == (ssize_t)sizeof failure ? failure : (struct spawn_failure){.step = SPAWN_STARTED};
}

int spawn_failure_status(const struct spawn_failure *failure)
{
    if (failure->step != SPAWN_EXEC) {
        return 125;
    }
    return failure->error == -ENOENT || failure->error == -ENOTDIR ? 127 : 126;
}
