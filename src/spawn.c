/* SPDX-License-Identifier: MIT */
#include "sandbox_init/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* setresuid(2) to a user clears all sets but the inheritable one (capabilities(7)). */
static int clear_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

static int take_identity(const struct identity *identity)
{
    if (identity == NULL || (geteuid() != 0 && geteuid() == identity->uid)) {
        return 0;
    }
    if (setgroups(identity->group_count, identity->groups) < 0 ||
        setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
        setresuid(identity->uid, identity->uid, identity->uid) < 0) {
        return -errno;
    }
    return identity->uid != 0 ? clear_capabilities() : 0;
}

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

_Noreturn static void give_up(int report_fd, enum spawn_step step, int error)
{
    const struct spawn_failure failure = {.step = step, .error = error};
    /* The parent's end is open for as long as it has not reaped us; a pipe takes these bytes at once. */
    const ssize_t written = write(report_fd, &failure, sizeof failure);
    (void)written;
    _exit(spawn_failure_status(&failure));
}

/* In the child. All signals are still blocked, so that tcsetpgrp() cannot stop us with SIGTTOU. */
_Noreturn static void run_child(const struct spawn_request *request, int report_fd)
{
    setpgid(0, 0);
    if (request->terminal_fd >= 0) {
        tcsetpgrp(request->terminal_fd, getpgrp());
    }
    setpriority(PRIO_PROCESS, 0, request->nice);
    const int result = take_identity(request->identity);
    if (result < 0) {
        give_up(report_fd, SPAWN_IDENTITY, result);
    }
    sigaction(SIGCHLD, request->child_action, NULL);
    sigprocmask(SIG_SETMASK, request->signal_mask, NULL);
    /* execvp(3) searches the PATH of the environment that it passes on: the child's, not ours. */
    environ = (char **)(uintptr_t)request->envp;
    char listen_pid[32];
    hand_on_listen_pid(environ, listen_pid, sizeof listen_pid);
    execvp(request->argv[0], request->argv);
    give_up(report_fd, SPAWN_EXEC, -errno);
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
        run_child(request, report[1]);
    }
    close(report[1]);
    /* Here too, so that a signal to the group finds it even before the child has run. */
    setpgid(pid, pid);
    *ret_child = (struct spawn_child){.pid = pid, .report_fd = report[0]};
    return 0;
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
    if (failure->step == SPAWN_IDENTITY) {
        return 125;
    }
    return failure->error == -ENOENT || failure->error == -ENOTDIR ? 127 : 126;
}
