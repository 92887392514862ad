/* SPDX-License-Identifier: MIT */
/*
 * jobs: all jobs and services: who waits for whom, whose a process is, and their end in reverse order.
 *
 * A job or service starts as soon as all that it comes after is there, so as much as can runs at once. There
 * is: a job that is done, a service that is running, and whoever is skipped since a condition of its own does
 * not hold, for there was nothing to do. When one fails, or is skipped because of one that failed, those that
 * come after it are skipped, and all others go on. Nothing that a job does ends the container.
 */
#ifndef SANDBOX_INIT_JOBS_H
#define SANDBOX_INIT_JOBS_H

#include "sandbox_init/job.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All jobs are at rest, after jobs_stop(). Called once, maybe from within jobs_stop(). */
typedef void jobs_gone_callback(void *context);

/* The job with that INDEX in `list` has another state than before. May not change anything. */
typedef void jobs_changed_callback(void *context, size_t index);

struct jobs {
    struct job list[CONFIG_JOBS_MAX];
    size_t count;
    struct job_setting setting;
    bool is_looking;   /* jobs_look() is at work */
    bool is_changed;   /* since it looked */
    uint64_t unwanted; /* a bit for each that is to end as soon as all that come after it have */
    bool is_stopping;  /* nothing is started any more */
    bool is_gone;      /* and that was told */
    jobs_gone_callback *gone;
    void *context;
    jobs_changed_callback *changed; /* NULL: nobody wants to know */
    void *changed_context;
};

/*
 * Makes all jobs of SETTING->config ready; `changed` and `context` of SETTING are filled in here. GONE is
 * called with CONTEXT. Starts nothing.
 * Returns 0, or as job_init(); jobs_finish() frees in either case. The object was zeroed before.
 */
int jobs_init(struct jobs *jobs, const struct job_setting *setting, jobs_gone_callback *gone, void *context,
              char *message, size_t size);

/* From now on CHANGED is called with CONTEXT at each change. */
void jobs_listen(struct jobs *jobs, jobs_changed_callback *changed, void *context);

/* Starts all that are enabled, with NICE for what their own `nice` is added to. */
void jobs_start(struct jobs *jobs, int nice);

/* To be told of all that the reaper tells. STATUS is not one of WIFSTOPPED. Returns whether PID was ours. */
bool jobs_note(struct jobs *jobs, pid_t pid, int status);

/* Returns the index of the job or service NAME, or `count`: there is none. */
size_t jobs_find(const struct jobs *jobs, const char *name);

/*
 * Starts one, and before it whatever it comes after that was stopped, has failed, or was skipped because of
 * another. A job that is done is left so; a service that is, runs again. Not while all are stopping.
 */
void jobs_start_one(struct jobs *jobs, size_t index);

/* The same, but with a new process in any case. Those that come after it go on. */
void jobs_restart_one(struct jobs *jobs, size_t index);

/*
 * Stops one, after all that come after it; they are not started again by themselves. Where it is at rest,
 * nobody is stopped: what has come after a job that is done does not need it any more.
 */
void jobs_stop_one(struct jobs *jobs, size_t index);

/* Stops them, each after all that come after it. GONE follows, at once when none is active. */
void jobs_stop(struct jobs *jobs);

/* KILL to all that are left. */
void jobs_kill(struct jobs *jobs);

/* Ends callbacks; handles are closed when the loop has run once more. A zeroed object is fine. */
void jobs_stop_watching(struct jobs *jobs);

/* After the loop has ended. A zeroed object is fine. */
void jobs_finish(struct jobs *jobs);

#endif
