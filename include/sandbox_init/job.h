/* SPDX-License-Identifier: MIT */
/*
 * job: one job or service: its processes, its timer, its output, and what became of it.
 *
 * It does what the table in jobstate.h says. Which jobs there are, and who waits for whom, is not its
 * business: it is told that it is READY or BLOCKED, and tells of each change (jobs.h).
 *
 * A run's process group is the run: stop and timeout reach all of it, and what a service, or a job that
 * failed, leaves behind is ended before the next try. What a job that succeeded leaves behind stays, as after
 * a shell's "&".
 */
#ifndef SANDBOX_INIT_JOB_H
#define SANDBOX_INIT_JOB_H

#include "sandbox_init/childenv.h"
#include "sandbox_init/config.h"
#include "sandbox_init/jobstate.h"
#include "sandbox_init/log.h"
#include "sandbox_init/output.h"
#include "sandbox_init/spawn.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

enum {
    JOB_LABEL_SIZE = 48,   /* bytes of "service:NAME" with its NUL */
    JOB_REASON_SIZE = 640, /* bytes, with the NUL */
    JOB_SHOWN_SIZE = 32,   /* bytes of a time in words, with its NUL */
    JOB_DRAIN_MS = 2000,   /* how long the output of a run that is over may go on coming */
};

struct job;

/* The state has changed, maybe more than once. May not be called from within job_take() on another job. */
typedef void job_callback(void *context, struct job *job);

struct job {
    const struct config_job *config;
    const struct job_setting *setting;
    char label[JOB_LABEL_SIZE];    /* as in the configuration: "job:NAME" */
    struct airlock_policy airlock; /* for config->confine */
    char **argv;                   /* owned: shell, "-c", command, name */
    struct childenv children;
    struct output output;
    int stop_signal;

    uv_timer_t timer;
    uv_poll_t start_poll; /* tells when the program is executed, */
    int start_fd;         /* through a descriptor of its own, which stands for each run's report in turn */

    enum jobstate_state state;
    struct spawn_child child;   /* pid 0: none */
    pid_t group;                /* of the last run; 0: there was none, or it is gone */
    enum jobstate_event wanted; /* START or RESTART once the run is over; JOBSTATE_EVENT_COUNT: nothing */
    struct jobstate_run run;    /* what is known of the last run */
    bool is_start_said;         /* of the last run, on the container's log */
    bool is_terminated;         /* the last run was asked to end */
    bool has_timed_out;         /* since it took too long */
    bool is_group_to_go;        /* what is left of the last run must end before the next one */
    bool is_changed;            /* and that was not told yet */

    unsigned tries;               /* processes started since it was last asked for */
    unsigned ends;                /* of runs in a row, none of them stable; the delay grows with them */
    uint64_t since_ms;            /* when the state began, in the loop's time (uv_now()) */
    uint64_t started_ms;          /* when the last run began */
    int exit_status;              /* of the last run, as a shell gives it; -1: it has none (yet) */
    char reason[JOB_REASON_SIZE]; /* why it failed, was skipped or is tried again; printable ASCII; "" */
};

/* What all jobs share. Outlives them. */
struct job_setting {
    const struct config *config;
    char *const *environ_in;
    struct log *log;
    uv_loop_t *loop;
    const sigset_t *signal_mask;
    const struct sigaction *child_action;
    const char *log_dir; /* NULL: no log files */
    int nice;            /* what a job's own `nice` is added to */
    job_callback *changed;
    void *context;
};

/*
 * Makes everything ready that could fail: environment, user, arguments, the pipe. Starts nothing.
 * Returns 0; -EINVAL with MESSAGE (SIZE bytes, at least 256) when the configuration asks for what cannot be
 * had; another -errno. job_finish() frees, also what was made before a failure; the object was zeroed before.
 */
int job_init(struct job *job, const struct config_job *config, const struct job_setting *setting,
             char *message, size_t size);

/* START, READY, STOP or RESTART, and BLOCKED with its reason in job->reason. */
void job_take(struct job *job, enum jobstate_event event);

/* Its process was reaped, with STATUS as waitpid(2) gives it. */
void job_note_exit(struct job *job, int status);

/* Somebody was reaped: does that complete what it waits for? */
void job_look(struct job *job);

/* KILL to what is left of it. */
void job_kill(struct job *job);

/* Ends callbacks; handles are closed when the loop has run once more. A zeroed object is fine. */
void job_stop_watching(struct job *job);

/* After the loop has ended, or where it never ran. A zeroed object is fine. */
void job_finish(struct job *job);

#endif
