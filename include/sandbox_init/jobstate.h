/* SPDX-License-Identifier: MIT */
/*
 * jobstate: the life of a job and of a service, as one table.
 *
 * Pure: it says what to do next and does nothing itself. The actor (job.h) owns the process and the timer.
 *
 *   idle --start--> waiting --ready--> starting --runs--> running --exit--> draining --verdict--> done,
 * failed |                                     |                 ^        \--> backoff --> starting
 *                      '--> skipped                          '--> stopping ----'
 *
 * There is one timer, since a state waits for one thing at most: running for its timeout, stopping for its
 * grace period, draining for its deadline, backoff for its delay. Each state that has none stops it.
 */
#ifndef SANDBOX_INIT_JOBSTATE_H
#define SANDBOX_INIT_JOBSTATE_H

#include <stdbool.h>

enum jobstate_state {
    JOBSTATE_HOLE,     /* not a state: what a forgotten entry of the table would lead to */
    JOBSTATE_IDLE,     /* was not started, or was stopped */
    JOBSTATE_WAITING,  /* for what it comes after */
    JOBSTATE_STARTING, /* has a process, which has not come to its program yet */
    JOBSTATE_RUNNING,
    JOBSTATE_STOPPING, /* was asked to end */
    JOBSTATE_DRAINING, /* its process is gone; its output or the rest of its process group is not */
    JOBSTATE_BACKOFF,  /* waits for its next try */
    JOBSTATE_DONE,     /* succeeded */
    JOBSTATE_FAILED,   /* and is not tried again */
    JOBSTATE_SKIPPED,  /* was not to run */
    JOBSTATE_STATE_COUNT,
};

enum jobstate_event {
    JOBSTATE_START,      /* it is wanted */
    JOBSTATE_READY,      /* all that it comes after is there */
    JOBSTATE_BLOCKED,    /* something that it comes after will not be there */
    JOBSTATE_NO_PROCESS, /* a process could not be had */
    JOBSTATE_RUNS,       /* its program was executed */
    JOBSTATE_EXIT,       /* its process is gone */
    JOBSTATE_DRAINED,    /* so is all that was left of it */
    JOBSTATE_ALARM,      /* the timer of its state */
    JOBSTATE_STOP,       /* it is not wanted any more */
    JOBSTATE_RESTART,    /* it is wanted, with a new process */
    /* What jobstate_judge() says of a run that is over. */
    JOBSTATE_SUCCEEDED,
    JOBSTATE_AGAIN,
    JOBSTATE_GAVE_UP,
    JOBSTATE_UNMET,
    JOBSTATE_ENDED,
    JOBSTATE_EVENT_COUNT,
};

enum jobstate_action {
    JOBSTATE_FORGET = 1 << 0,    /* begin a new row of tries */
    JOBSTATE_LOOK = 1 << 1,      /* find out whether it is READY or BLOCKED, now and at each change */
    JOBSTATE_SPAWN = 1 << 2,     /* start a process: NO_PROCESS, RUNS or EXIT follow; ALARM after `timeout` */
    JOBSTATE_TERM = 1 << 3,      /* `stop_signal` to its process group; ALARM after `stop_grace` */
    JOBSTATE_TIMED_OUT = 1 << 4, /* note that it took too long */
    JOBSTATE_WANT_STOP = 1 << 5, /* note that it is not wanted, */
    JOBSTATE_WANT_START = 1 << 6,   /* or that it is to get START once its run is over, */
    JOBSTATE_WANT_RESTART = 1 << 7, /* or RESTART */
    JOBSTATE_KILL = 1 << 8,         /* KILL to its process group */
    JOBSTATE_DRAIN = 1 << 9,        /* wait until all is DRAINED; ALARM at the deadline */
    JOBSTATE_JUDGE = 1 << 10,       /* ask jobstate_judge() */
    JOBSTATE_DELAY = 1 << 11,       /* ALARM when the next try is due */
    JOBSTATE_REST = 1 << 12,        /* stop the timer, and do what was noted */
};

struct jobstate_step {
    enum jobstate_state next;
    unsigned actions; /* of enum jobstate_action, to be done in the order of their bits */
};

/* What EVENT does in STATE. Both must be real ones; `next` is then never JOBSTATE_HOLE. */
struct jobstate_step jobstate_step(enum jobstate_state state, enum jobstate_event event);

/* The state's name for people and programs: "idle", "waiting", ...; "hole". */
const char *jobstate_name(enum jobstate_state state);

/* Has it, or may it still get, a process without being asked again? */
bool jobstate_is_active(enum jobstate_state state);

/* When a service is started again. The same words as in the configuration. */
enum jobstate_restart { JOBSTATE_RESTART_ALWAYS, JOBSTATE_RESTART_ON_FAILURE, JOBSTATE_RESTART_NEVER };

/* A run that is over. */
struct jobstate_run {
    bool is_service;
    enum jobstate_restart restart; /* services */
    bool was_stopped;              /* it ended because it was not wanted */
    bool is_stop_wanted;           /* it is not wanted any more, but ended by itself */
    bool is_unmet;                 /* a condition did not hold: it did not run */
    bool has_failed;               /* in any other way than with exit status 0 */
    unsigned failures;             /* in a row, this one included */
    unsigned limit;                /* of these, then it is given up; 0: never */
};

/* Returns one of JOBSTATE_SUCCEEDED to JOBSTATE_ENDED. */
enum jobstate_event jobstate_judge(const struct jobstate_run *run);

#endif
