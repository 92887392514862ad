/* SPDX-License-Identifier: MIT */
/*
 * controller: what is answered on the control socket (sandbox-init-control(7) is its contract with the
 * outside), and who may do what.
 *
 * It is told of each change of a job and of what the guard does, remembers when that was, and passes it on
 * to who wants to know. A client that waits is a bit mask of what it did not hear of yet: changes that come
 * quicker than it reads become one.
 */
#ifndef SANDBOX_INIT_CONTROLLER_H
#define SANDBOX_INIT_CONTROLLER_H

#include "sandbox_init/command.h"
#include "sandbox_init/control.h"
#include "sandbox_init/guard.h"
#include "sandbox_init/history.h"
#include "sandbox_init/jobs.h"
#include "sandbox_init/log.h"
#include "sandbox_init/shutdown.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    CONTROLLER_PROTOCOL = 1,
    CONTROLLER_RECORDS_MAX = 16, /* in a portion, so that the guard has its turn */
};

/* All of it outlives the controller. */
struct controller_setting {
    struct log *log;
    uv_loop_t *loop;
    struct jobs *jobs;
    struct guard *guard;
    bool is_guard_wanted; /* [scrub] enabled */
    const struct command *main;
    const enum shutdown_state *state;
    const char *log_dir; /* of the jobs' logs; NULL: none */
    const char *command; /* its first word; NULL: none */
};

/* What a client was not told yet. */
struct controller_session {
    unsigned char stage; /* of enum stage in controller.c; 0: no session */
    bool is_status;
    bool is_history;
    bool is_until_rest; /* ends when those that it watches are at rest, not only settled */
    uint64_t watched;   /* a bit for each job; 0: it does not watch */
    uint64_t pending;   /* of these, those that it has to be told of */
    uint64_t next;      /* number of the next job, span or tick */
};

/* What is known of a job beyond struct job: times on the wall. */
struct controller_job {
    uint64_t changed_at; /* 0: never since the start */
    uint64_t started_at; /* 0: never */
    uint64_t run_ms;     /* `started_ms` of that run, to tell the next one */
    uint64_t took_ms;    /* how long the last run took, */
    bool is_over;        /* when it is over */
};

struct controller {
    struct controller_setting setting;
    uint64_t started_at;
    uint64_t last_tick_at; /* 0: never */
    struct controller_job jobs[CONFIG_JOBS_MAX];
    struct controller_session sessions[CONTROL_CLIENTS_MAX];
    struct history history;
    struct control control;
};

/*
 * Begins to listen to jobs and guard, in zeroed memory; before these start, so as to miss nothing. SETTING is
 * copied. Cannot fail.
 */
void controller_init(struct controller *controller, const struct controller_setting *setting);

/*
 * Opens the control socket in DIRECTORY. Returns 0, or as control_start(): without it, all else goes on.
 * After it nothing is allocated.
 */
int controller_start(struct controller *controller, const char *directory);

/* As control_stop(). A zeroed object is fine. */
void controller_stop(struct controller *controller);

#endif
