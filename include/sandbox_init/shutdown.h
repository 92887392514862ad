/* SPDX-License-Identifier: MIT */
/*
 * shutdown: how the container comes to its end, as one table.
 *
 * Pure: it says what to do next and does nothing itself. The composition root owns the timers and the kills.
 *
 *   running --asked, main gone--> jobs --they are gone--> main --main gone--> others --deadline--> killing
 *
 * Jobs and services stop first, since the main command may be what they are for; whoever has not gone when
 * half of the grace period is over is asked together with all others. Any state ends in `over` as soon as
 * nobody is left, and a second request skips the waiting.
 */
#ifndef SANDBOX_INIT_SHUTDOWN_H
#define SANDBOX_INIT_SHUTDOWN_H

enum shutdown_state {
    SHUTDOWN_HOLE, /* not a state: what a forgotten entry of the table would lead to */
    SHUTDOWN_RUNNING,
    SHUTDOWN_JOBS,    /* jobs and services are asked to end, in reverse order */
    SHUTDOWN_MAIN,    /* the main command was asked to end */
    SHUTDOWN_OTHERS,  /* everybody was */
    SHUTDOWN_KILLING, /* everybody was killed */
    SHUTDOWN_OVER,
    SHUTDOWN_STATE_COUNT,
};

enum shutdown_event {
    SHUTDOWN_ASKED,     /* a stop signal came, the first or a further one */
    SHUTDOWN_MAIN_GONE, /* the main command ended, or there never was one */
    SHUTDOWN_JOBS_GONE, /* jobs and services are at rest, or there never were any */
    SHUTDOWN_PATIENCE,  /* half of the grace period is over */
    SHUTDOWN_DEADLINE,  /* the grace period, or later the kill grace period, is over */
    SHUTDOWN_ALL_GONE,  /* no process is left that we could ask or kill */
    SHUTDOWN_EVENT_COUNT,
};

enum shutdown_action {
    SHUTDOWN_TELL_MAIN = 1 << 0,   /* send the main command the signal that asked us */
    SHUTDOWN_TELL_OTHERS = 1 << 1, /* TERM to everybody else */
    SHUTDOWN_KILL_ALL = 1 << 2,
    SHUTDOWN_ARM_GRACE = 1 << 3, /* PATIENCE after half of stop_grace, DEADLINE after all of it */
    SHUTDOWN_ARM_KILL = 1 << 4,  /* DEADLINE after kill_grace */
    SHUTDOWN_WATCH = 1 << 5,     /* from now on find out whether ALL_GONE is true */
    SHUTDOWN_NAME_LEFT = 1 << 6, /* somebody outlived KILL: say who */
    SHUTDOWN_STOP_JOBS = 1 << 7, /* JOBS_GONE follows, maybe at once */
    SHUTDOWN_LEAVE = 1 << 8,     /* stop the loop */
};

struct shutdown_step {
    enum shutdown_state next;
    unsigned actions; /* of enum shutdown_action, to be done in the order of their bits */
};

/* What EVENT does in STATE. Both must be real ones; `next` is then never SHUTDOWN_HOLE. */
struct shutdown_step shutdown_step(enum shutdown_state state, enum shutdown_event event);

/* The state's name for logs and tests: "running", "jobs", "main", "others", "killing", "over"; "hole". */
const char *shutdown_state_name(enum shutdown_state state);

#endif
