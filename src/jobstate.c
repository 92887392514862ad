/* SPDX-License-Identifier: MIT */
#include "sandbox_init/jobstate.h"

/* Nothing happens: EVENT is out of date in this state, or has no meaning there. */
#define STAY(state)                                                                                          \
    {                                                                                                        \
        JOBSTATE_##state, 0                                                                                  \
    }

#define ANEW (JOBSTATE_WANT_STOP | JOBSTATE_WANT_RESTART)

/* clang-format off */
static const struct jobstate_step table[JOBSTATE_STATE_COUNT][JOBSTATE_EVENT_COUNT] = {
    [JOBSTATE_IDLE] = {
        [JOBSTATE_START]      = {JOBSTATE_WAITING, JOBSTATE_FORGET | JOBSTATE_LOOK},
        [JOBSTATE_READY]      = STAY(IDLE),
        [JOBSTATE_BLOCKED]    = STAY(IDLE),
        [JOBSTATE_NO_PROCESS] = STAY(IDLE),
        [JOBSTATE_RUNS]       = STAY(IDLE),
        [JOBSTATE_EXIT]       = STAY(IDLE),
        [JOBSTATE_DRAINED]    = STAY(IDLE),
        [JOBSTATE_ALARM]      = STAY(IDLE),
        [JOBSTATE_STOP]       = STAY(IDLE),
        [JOBSTATE_RESTART]    = {JOBSTATE_WAITING, JOBSTATE_FORGET | JOBSTATE_LOOK},
        [JOBSTATE_SUCCEEDED]  = STAY(IDLE),
        [JOBSTATE_AGAIN]      = STAY(IDLE),
        [JOBSTATE_GAVE_UP]    = STAY(IDLE),
        [JOBSTATE_UNMET]      = STAY(IDLE),
        [JOBSTATE_ENDED]      = STAY(IDLE),
    },
    [JOBSTATE_WAITING] = {
        [JOBSTATE_START]      = STAY(WAITING),
        [JOBSTATE_READY]      = {JOBSTATE_STARTING, JOBSTATE_SPAWN},
        [JOBSTATE_BLOCKED]    = {JOBSTATE_SKIPPED, JOBSTATE_REST},
        [JOBSTATE_NO_PROCESS] = STAY(WAITING),
        [JOBSTATE_RUNS]       = STAY(WAITING),
        [JOBSTATE_EXIT]       = STAY(WAITING),
        [JOBSTATE_DRAINED]    = STAY(WAITING),
        [JOBSTATE_ALARM]      = STAY(WAITING),
        [JOBSTATE_STOP]       = {JOBSTATE_IDLE, JOBSTATE_REST},
        [JOBSTATE_RESTART]    = STAY(WAITING),
        [JOBSTATE_SUCCEEDED]  = STAY(WAITING),
        [JOBSTATE_AGAIN]      = STAY(WAITING),
        [JOBSTATE_GAVE_UP]    = STAY(WAITING),
        [JOBSTATE_UNMET]      = STAY(WAITING),
        [JOBSTATE_ENDED]      = STAY(WAITING),
    },
    /* The timeout counts from here: a directory that hangs is no better than a program that does. */
    [JOBSTATE_STARTING] = {
        [JOBSTATE_START]      = STAY(STARTING),
        [JOBSTATE_READY]      = STAY(STARTING),
        [JOBSTATE_BLOCKED]    = STAY(STARTING),
        [JOBSTATE_NO_PROCESS] = {JOBSTATE_DRAINING, JOBSTATE_JUDGE},
        [JOBSTATE_RUNS]       = {JOBSTATE_RUNNING, 0},
        [JOBSTATE_EXIT]       = {JOBSTATE_DRAINING, JOBSTATE_DRAIN},
        [JOBSTATE_DRAINED]    = STAY(STARTING),
        [JOBSTATE_ALARM]      = {JOBSTATE_STOPPING, JOBSTATE_TERM | JOBSTATE_TIMED_OUT},
        [JOBSTATE_STOP]       = {JOBSTATE_STOPPING, JOBSTATE_TERM | JOBSTATE_WANT_STOP},
        [JOBSTATE_RESTART]    = {JOBSTATE_STOPPING, JOBSTATE_TERM | ANEW},
        [JOBSTATE_SUCCEEDED]  = STAY(STARTING),
        [JOBSTATE_AGAIN]      = STAY(STARTING),
        [JOBSTATE_GAVE_UP]    = STAY(STARTING),
        [JOBSTATE_UNMET]      = STAY(STARTING),
        [JOBSTATE_ENDED]      = STAY(STARTING),
    },
    [JOBSTATE_RUNNING] = {
        [JOBSTATE_START]      = STAY(RUNNING),
        [JOBSTATE_READY]      = STAY(RUNNING),
        [JOBSTATE_BLOCKED]    = STAY(RUNNING),
        [JOBSTATE_NO_PROCESS] = STAY(RUNNING),
        [JOBSTATE_RUNS]       = STAY(RUNNING),
        [JOBSTATE_EXIT]       = {JOBSTATE_DRAINING, JOBSTATE_DRAIN},
        [JOBSTATE_DRAINED]    = STAY(RUNNING),
        [JOBSTATE_ALARM]      = {JOBSTATE_STOPPING, JOBSTATE_TERM | JOBSTATE_TIMED_OUT},
        [JOBSTATE_STOP]       = {JOBSTATE_STOPPING, JOBSTATE_TERM | JOBSTATE_WANT_STOP},
        [JOBSTATE_RESTART]    = {JOBSTATE_STOPPING, JOBSTATE_TERM | ANEW},
        [JOBSTATE_SUCCEEDED]  = STAY(RUNNING),
        [JOBSTATE_AGAIN]      = STAY(RUNNING),
        [JOBSTATE_GAVE_UP]    = STAY(RUNNING),
        [JOBSTATE_UNMET]      = STAY(RUNNING),
        [JOBSTATE_ENDED]      = STAY(RUNNING),
    },
    /* Who was asked to end ends before it is started again. A second alarm cannot hurry the kernel. */
    [JOBSTATE_STOPPING] = {
        [JOBSTATE_START]      = {JOBSTATE_STOPPING, JOBSTATE_WANT_START},
        [JOBSTATE_READY]      = STAY(STOPPING),
        [JOBSTATE_BLOCKED]    = STAY(STOPPING),
        [JOBSTATE_NO_PROCESS] = STAY(STOPPING),
        [JOBSTATE_RUNS]       = STAY(STOPPING),
        [JOBSTATE_EXIT]       = {JOBSTATE_DRAINING, JOBSTATE_DRAIN},
        [JOBSTATE_DRAINED]    = STAY(STOPPING),
        [JOBSTATE_ALARM]      = {JOBSTATE_STOPPING, JOBSTATE_KILL},
        [JOBSTATE_STOP]       = {JOBSTATE_STOPPING, JOBSTATE_WANT_STOP},
        [JOBSTATE_RESTART]    = {JOBSTATE_STOPPING, ANEW},
        [JOBSTATE_SUCCEEDED]  = STAY(STOPPING),
        [JOBSTATE_AGAIN]      = STAY(STOPPING),
        [JOBSTATE_GAVE_UP]    = STAY(STOPPING),
        [JOBSTATE_UNMET]      = STAY(STOPPING),
        [JOBSTATE_ENDED]      = STAY(STOPPING),
    },
    [JOBSTATE_DRAINING] = {
        [JOBSTATE_START]      = {JOBSTATE_DRAINING, JOBSTATE_WANT_START},
        [JOBSTATE_READY]      = STAY(DRAINING),
        [JOBSTATE_BLOCKED]    = STAY(DRAINING),
        [JOBSTATE_NO_PROCESS] = STAY(DRAINING),
        [JOBSTATE_RUNS]       = STAY(DRAINING),
        [JOBSTATE_EXIT]       = STAY(DRAINING),
        [JOBSTATE_DRAINED]    = {JOBSTATE_DRAINING, JOBSTATE_JUDGE},
        [JOBSTATE_ALARM]      = {JOBSTATE_DRAINING, JOBSTATE_KILL | JOBSTATE_JUDGE},
        [JOBSTATE_STOP]       = {JOBSTATE_DRAINING, JOBSTATE_WANT_STOP},
        [JOBSTATE_RESTART]    = {JOBSTATE_DRAINING, ANEW},
        [JOBSTATE_SUCCEEDED]  = {JOBSTATE_DONE, JOBSTATE_REST},
        [JOBSTATE_AGAIN]      = {JOBSTATE_BACKOFF, JOBSTATE_DELAY},
        [JOBSTATE_GAVE_UP]    = {JOBSTATE_FAILED, JOBSTATE_REST},
        [JOBSTATE_UNMET]      = {JOBSTATE_SKIPPED, JOBSTATE_REST},
        [JOBSTATE_ENDED]      = {JOBSTATE_IDLE, JOBSTATE_REST},
    },
    /* Who is asked for does not wait. What it comes after was there for the first try. */
    [JOBSTATE_BACKOFF] = {
        [JOBSTATE_START]      = {JOBSTATE_STARTING, JOBSTATE_FORGET | JOBSTATE_SPAWN},
        [JOBSTATE_READY]      = STAY(BACKOFF),
        [JOBSTATE_BLOCKED]    = STAY(BACKOFF),
        [JOBSTATE_NO_PROCESS] = STAY(BACKOFF),
        [JOBSTATE_RUNS]       = STAY(BACKOFF),
        [JOBSTATE_EXIT]       = STAY(BACKOFF),
        [JOBSTATE_DRAINED]    = STAY(BACKOFF),
        [JOBSTATE_ALARM]      = {JOBSTATE_STARTING, JOBSTATE_SPAWN},
        [JOBSTATE_STOP]       = {JOBSTATE_IDLE, JOBSTATE_REST},
        [JOBSTATE_RESTART]    = {JOBSTATE_STARTING, JOBSTATE_FORGET | JOBSTATE_SPAWN},
        [JOBSTATE_SUCCEEDED]  = STAY(BACKOFF),
        [JOBSTATE_AGAIN]      = STAY(BACKOFF),
        [JOBSTATE_GAVE_UP]    = STAY(BACKOFF),
        [JOBSTATE_UNMET]      = STAY(BACKOFF),
        [JOBSTATE_ENDED]      = STAY(BACKOFF),
    },
    /* START asks for its being done, and that it is; only RESTART does it again. */
    [JOBSTATE_DONE] = {
        [JOBSTATE_START]      = STAY(DONE),
        [JOBSTATE_READY]      = STAY(DONE),
        [JOBSTATE_BLOCKED]    = STAY(DONE),
        [JOBSTATE_NO_PROCESS] = STAY(DONE),
        [JOBSTATE_RUNS]       = STAY(DONE),
        [JOBSTATE_EXIT]       = STAY(DONE),
        [JOBSTATE_DRAINED]    = STAY(DONE),
        [JOBSTATE_ALARM]      = STAY(DONE),
        [JOBSTATE_STOP]       = STAY(DONE),
        [JOBSTATE_RESTART]    = {JOBSTATE_WAITING, JOBSTATE_FORGET | JOBSTATE_LOOK},
        [JOBSTATE_SUCCEEDED]  = STAY(DONE),
        [JOBSTATE_AGAIN]      = STAY(DONE),
        [JOBSTATE_GAVE_UP]    = STAY(DONE),
        [JOBSTATE_UNMET]      = STAY(DONE),
        [JOBSTATE_ENDED]      = STAY(DONE),
    },
    [JOBSTATE_FAILED] = {
        [JOBSTATE_START]      = {JOBSTATE_WAITING, JOBSTATE_FORGET | JOBSTATE_LOOK},
        [JOBSTATE_READY]      = STAY(FAILED),
        [JOBSTATE_BLOCKED]    = STAY(FAILED),
        [JOBSTATE_NO_PROCESS] = STAY(FAILED),
        [JOBSTATE_RUNS]       = STAY(FAILED),
        [JOBSTATE_EXIT]       = STAY(FAILED),
        [JOBSTATE_DRAINED]    = STAY(FAILED),
        [JOBSTATE_ALARM]      = STAY(FAILED),
        [JOBSTATE_STOP]       = STAY(FAILED),
        [JOBSTATE_RESTART]    = {JOBSTATE_WAITING, JOBSTATE_FORGET | JOBSTATE_LOOK},
        [JOBSTATE_SUCCEEDED]  = STAY(FAILED),
        [JOBSTATE_AGAIN]      = STAY(FAILED),
        [JOBSTATE_GAVE_UP]    = STAY(FAILED),
        [JOBSTATE_UNMET]      = STAY(FAILED),
        [JOBSTATE_ENDED]      = STAY(FAILED),
    },
    [JOBSTATE_SKIPPED] = {
        [JOBSTATE_START]      = {JOBSTATE_WAITING, JOBSTATE_FORGET | JOBSTATE_LOOK},
        [JOBSTATE_READY]      = STAY(SKIPPED),
        [JOBSTATE_BLOCKED]    = STAY(SKIPPED),
        [JOBSTATE_NO_PROCESS] = STAY(SKIPPED),
        [JOBSTATE_RUNS]       = STAY(SKIPPED),
        [JOBSTATE_EXIT]       = STAY(SKIPPED),
        [JOBSTATE_DRAINED]    = STAY(SKIPPED),
        [JOBSTATE_ALARM]      = STAY(SKIPPED),
        [JOBSTATE_STOP]       = STAY(SKIPPED),
        [JOBSTATE_RESTART]    = {JOBSTATE_WAITING, JOBSTATE_FORGET | JOBSTATE_LOOK},
        [JOBSTATE_SUCCEEDED]  = STAY(SKIPPED),
        [JOBSTATE_AGAIN]      = STAY(SKIPPED),
        [JOBSTATE_GAVE_UP]    = STAY(SKIPPED),
        [JOBSTATE_UNMET]      = STAY(SKIPPED),
        [JOBSTATE_ENDED]      = STAY(SKIPPED),
    },
};
/* clang-format on */

static const char *const names[] = {
    [JOBSTATE_HOLE] = "hole",         [JOBSTATE_IDLE] = "idle",       [JOBSTATE_WAITING] = "waiting",
    [JOBSTATE_STARTING] = "starting", [JOBSTATE_RUNNING] = "running", [JOBSTATE_STOPPING] = "stopping",
    [JOBSTATE_DRAINING] = "draining", [JOBSTATE_BACKOFF] = "backoff", [JOBSTATE_DONE] = "done",
    [JOBSTATE_FAILED] = "failed",     [JOBSTATE_SKIPPED] = "skipped",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == JOBSTATE_STATE_COUNT, "every state has a name");

struct jobstate_step jobstate_step(enum jobstate_state state, enum jobstate_event event)
{
    return table[state][event];
}

const char *jobstate_name(enum jobstate_state state)
{
    return names[state];
}

bool jobstate_is_active(enum jobstate_state state)
{
    return state >= JOBSTATE_WAITING && state <= JOBSTATE_BACKOFF;
}

static bool is_wanted_again(const struct jobstate_run *run)
{
    if (run->has_failed) {
        const bool may_retry = !run->is_service || run->restart != JOBSTATE_RESTART_NEVER;
        return may_retry && (run->limit == 0 || run->failures < run->limit);
    }
    return run->is_service && run->restart == JOBSTATE_RESTART_ALWAYS;
}

enum jobstate_event jobstate_judge(const struct jobstate_run *run)
{
    if (run->was_stopped) {
        return JOBSTATE_ENDED;
    }
    if (run->is_unmet) {
        return JOBSTATE_UNMET;
    }
    if (is_wanted_again(run)) {
        return run->is_stop_wanted ? JOBSTATE_ENDED : JOBSTATE_AGAIN;
    }
    return run->has_failed ? JOBSTATE_GAVE_UP : JOBSTATE_SUCCEEDED;
}
