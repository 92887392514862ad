/* SPDX-License-Identifier: MIT */
/*
 * spawn: starts a program, and gives it what a program expects.
 *
 * fork(2), then in the child: own process group, the terminal's foreground or a pipe for its output if asked,
 * the caller's original signals and priority, another user, a directory, conditions, variables from a file,
 * the airlock, exec. The main command inherits every descriptor that is not close-on-exec, so all of ours
 * are; a LISTEN_PID that names us is changed to name it (sd_listen_fds(3)). A job inherits none.
 *
 * Whatever looks at files is done by the child, as the user that the program will run as: a directory on a
 * hanging network file system must not stop PID 1, and what that user cannot see is not told to it. By then
 * the child has the caller's original signals: a request to stop ends one that hangs.
 *
 * Never waits for the child, not even until its exec. What failed before the exec is read from a pipe after
 * the child's exit (rejected alternatives: vfork(2), which suspends us until then; uv_spawn, which waits too
 * and reaps by itself).
 */
#ifndef SANDBOX_INIT_SPAWN_H
#define SANDBOX_INIT_SPAWN_H

#include "sandbox_init/airlock.h"
#include "sandbox_init/identity.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Paths are relative to `directory`. A path exists if stat(2) finds something there: a link that leads
 * nowhere does not, nor does a path below what is no directory. Where the user may not look, nobody knows;
 * that is an error, SPAWN_UNKNOWN, and not a condition that is not met.
 */
struct spawn_request {
    char *const *argv; /* ends in NULL; argv[0] is searched in PATH of its environment (execvp(3)) */
    char *const *envp; /* ends in NULL; the child may change the array itself, for LISTEN_PID */
    const sigset_t *signal_mask;          /* what the child starts with */
    const struct sigaction *child_action; /* its disposition of SIGCHLD; all others are ours */
    int nice;                             /* the child's nice value, -20 to 19 */
    const struct identity *identity;      /* NULL: stays who we are */
    int terminal_fd;                      /* its foreground group becomes the child's; -1: none */
    /* The rest is for jobs and services; zero or NULL: nothing of the kind. */
    bool is_job;   /* `output_fd` and `umask` count, descriptor 0 is /dev/null, and there is no terminal */
    int output_fd; /* becomes descriptors 1 and 2; made blocking, as programs expect */
    mode_t umask;
    bool has_no_new_privs;                /* PR_SET_NO_NEW_PRIVS (prctl(2)) */
    const char *directory;                /* chdir(2), after the user was taken on */
    char *const *only_if_exists;          /* paths, ends in NULL; one that is missing: SPAWN_CONDITION */
    char *const *unless_exists;           /* the same; one that is there: SPAWN_CONDITION */
    const char *environment_file;         /* envfile.h; adds to `envp`, but what `environment` names stays */
    char *const *environment;             /* NAME=VALUE, in `envp` already; NULL: nothing stays */
    const struct airlock_policy *confine; /* the airlock that it is put into last of all; NULL: none */
};

struct spawn_child {
    pid_t pid;
    int report_fd; /* belongs to this module: spawn_finish() closes it, nobody else does */
};

enum spawn_step {
    SPAWN_STARTED,
    SPAWN_OUTPUT,      /* it could not take its descriptors */
    SPAWN_IDENTITY,    /* it could not become the user */
    SPAWN_PRIVILEGES,  /* its nice value or no_new_privs could not be set */
    SPAWN_DIRECTORY,   /* it could not go there */
    SPAWN_CONDITION,   /* not an error, but not wanted: `text` says which path is missing, or is there */
    SPAWN_UNKNOWN,     /* whether it is wanted: a path of the conditions could not be looked at */
    SPAWN_ENVIRONMENT, /* the file is not fit: `text` says where and how to mend it */
    SPAWN_AIRLOCK,     /* a wall cannot be had: `text` says which, and the mend */
    SPAWN_EXEC,
};

enum {
    SPAWN_TEXT_SIZE = 512, /* bytes, with the NUL; a pipe takes the whole report at once (pipe(7)) */
};

/* What became of the start, known once the child is gone. */
struct spawn_failure {
    enum spawn_step step;       /* SPAWN_STARTED: the program ran; else what failed before it */
    int error;                  /* negative errno; 0: not the system's error, `text` says it all */
    char text[SPAWN_TEXT_SIZE]; /* what and why in printable ASCII; "": strerror(-error) says it all */
};

/* Returns 0; -EAGAIN, -ENOMEM and the like when there cannot be another process or pipe. */
int spawn_start(const struct spawn_request *request, struct spawn_child *ret_child);

enum spawn_progress {
    SPAWN_PENDING, /* the child is on its way to the exec */
    SPAWN_RUNNING, /* the program runs, or has run */
    SPAWN_FAILED,  /* it will not run: the child is about to exit, and spawn_finish() will tell why */
};

/*
 * How far is the start? For who does not want to wait for the child's end to know that its program runs:
 * report_fd becomes readable when that changes, once, and stays so. Poll it (uv_poll(3), UV_READABLE), ask
 * here, and stop polling at anything but SPAWN_PENDING; stop polling before spawn_finish(), which closes it.
 * May be called as often as one likes until then, or not at all. Takes nothing out of the pipe.
 * A child that was killed on its way looks like one that runs; its death is the reaper's news.
 */
enum spawn_progress spawn_poll_report(const struct spawn_child *child);

/*
 * To be called once, after the child was reaped: tells whether it got to its program. Closes report_fd.
 * SPAWN_STARTED also for a child that was killed on its way: its wait status tells that.
 */
struct spawn_failure spawn_finish(struct spawn_child *child);

/*
 * The exit status that a shell would give for a failure: 127 not found, 126 found but not executable,
 * 125 when it did not come to that (as env(1) and docker-run(1) do).
 */
int spawn_failure_status(const struct spawn_failure *failure);

#endif
