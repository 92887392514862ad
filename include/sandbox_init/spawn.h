/* SPDX-License-Identifier: MIT */
/*
 * spawn: starts a program, and gives it what a program expects.
 *
 * fork(2), then in the child: own process group, the terminal's foreground if asked, the caller's original
 * signals and priority, another user if asked, exec. The child inherits every descriptor that is not
 * close-on-exec, so all of ours are. A LISTEN_PID that names us is changed to name the child
 * (sd_listen_fds(3)).
 *
 * Never waits for the child, not even until its exec: a program on a hanging network file system must not
 * stop PID 1. Whether the exec failed is read from a pipe after the child's exit (rejected alternatives:
 * vfork(2), which suspends us until then; uv_spawn, which waits too and reaps by itself).
 */
#ifndef SANDBOX_INIT_SPAWN_H
#define SANDBOX_INIT_SPAWN_H

#include "sandbox_init/identity.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct spawn_request {
    char *const *argv;           /* ends in NULL; argv[0] is searched in PATH of `envp` (execvp(3)) */
    char *const *envp;           /* ends in NULL; the child may change the array itself, for LISTEN_PID */
    const sigset_t *signal_mask; /* what the child starts with */
    const struct sigaction *child_action; /* its disposition of SIGCHLD; all others are ours */
    int nice;                             /* the child's nice value, -20 to 19 */
    const struct identity *identity;      /* NULL: stays who we are */
    int terminal_fd;                      /* its foreground group becomes the child's; -1: none */
};

struct spawn_child {
    pid_t pid;
    int report_fd; /* for spawn_finish() */
};

enum spawn_step { SPAWN_STARTED, SPAWN_IDENTITY, SPAWN_EXEC };

/* What became of the start, known once the child is gone. */
struct spawn_failure {
    enum spawn_step step; /* SPAWN_STARTED: the program ran; else what failed before it */
    int error;            /* negative errno */
};

/* Returns 0; -EAGAIN, -ENOMEM and the like when there cannot be another process or pipe. */
int spawn_start(const struct spawn_request *request, struct spawn_child *ret_child);

/* To be called once, after the child was reaped: tells whether it got to its program. Closes report_fd. */
struct spawn_failure spawn_finish(struct spawn_child *child);

/*
 * The exit status that a shell would give for a failure: 127 not found, 126 found but not executable,
 * 125 when it did not come to that (as env(1) and docker-run(1) do).
 */
int spawn_failure_status(const struct spawn_failure *failure);

#endif
