/* SPDX-License-Identifier: MIT */
#include "sandbox_init/shutdown.h"

/* clang-format off */
static const struct shutdown_step table[SHUTDOWN_STATE_COUNT][SHUTDOWN_EVENT_COUNT] = {
    /* Timers do not run yet: theirs would be stale events. A container without processes lives on. */
    [SHUTDOWN_RUNNING] = {
        [SHUTDOWN_ASKED]     = {SHUTDOWN_JOBS, SHUTDOWN_STOP_JOBS | SHUTDOWN_ARM_GRACE | SHUTDOWN_WATCH},
        [SHUTDOWN_MAIN_GONE] = {SHUTDOWN_JOBS, SHUTDOWN_STOP_JOBS | SHUTDOWN_ARM_GRACE | SHUTDOWN_WATCH},
        [SHUTDOWN_JOBS_GONE] = {SHUTDOWN_RUNNING, 0},
        [SHUTDOWN_PATIENCE]  = {SHUTDOWN_RUNNING, 0},
        [SHUTDOWN_DEADLINE]  = {SHUTDOWN_RUNNING, 0},
        [SHUTDOWN_ALL_GONE]  = {SHUTDOWN_RUNNING, 0},
    },
    [SHUTDOWN_JOBS] = {
        [SHUTDOWN_ASKED]     = {SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
        [SHUTDOWN_MAIN_GONE] = {SHUTDOWN_JOBS, 0},
        [SHUTDOWN_JOBS_GONE] = {SHUTDOWN_MAIN, SHUTDOWN_TELL_MAIN},
        [SHUTDOWN_PATIENCE]  = {SHUTDOWN_OTHERS, SHUTDOWN_TELL_MAIN | SHUTDOWN_TELL_OTHERS},
        [SHUTDOWN_DEADLINE]  = {SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
        [SHUTDOWN_ALL_GONE]  = {SHUTDOWN_OVER, SHUTDOWN_LEAVE},
    },
    [SHUTDOWN_MAIN] = {
        [SHUTDOWN_ASKED]     = {SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
        [SHUTDOWN_MAIN_GONE] = {SHUTDOWN_OTHERS, SHUTDOWN_TELL_OTHERS},
        [SHUTDOWN_JOBS_GONE] = {SHUTDOWN_MAIN, 0},
        [SHUTDOWN_PATIENCE]  = {SHUTDOWN_OTHERS, SHUTDOWN_TELL_OTHERS},
        [SHUTDOWN_DEADLINE]  = {SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
        [SHUTDOWN_ALL_GONE]  = {SHUTDOWN_OVER, SHUTDOWN_LEAVE},
    },
    /* PATIENCE comes here too when the main command was quicker than half of the grace period. */
    [SHUTDOWN_OTHERS] = {
        [SHUTDOWN_ASKED]     = {SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
        [SHUTDOWN_MAIN_GONE] = {SHUTDOWN_OTHERS, 0},
        [SHUTDOWN_JOBS_GONE] = {SHUTDOWN_OTHERS, 0},
        [SHUTDOWN_PATIENCE]  = {SHUTDOWN_OTHERS, 0},
        [SHUTDOWN_DEADLINE]  = {SHUTDOWN_KILLING, SHUTDOWN_KILL_ALL | SHUTDOWN_ARM_KILL},
        [SHUTDOWN_ALL_GONE]  = {SHUTDOWN_OVER, SHUTDOWN_LEAVE},
    },
    /* A further request cannot hurry what the kernel is doing; kill_grace bounds it. */
    [SHUTDOWN_KILLING] = {
        [SHUTDOWN_ASKED]     = {SHUTDOWN_KILLING, 0},
        [SHUTDOWN_MAIN_GONE] = {SHUTDOWN_KILLING, 0},
        [SHUTDOWN_JOBS_GONE] = {SHUTDOWN_KILLING, 0},
        [SHUTDOWN_PATIENCE]  = {SHUTDOWN_KILLING, 0},
        [SHUTDOWN_DEADLINE]  = {SHUTDOWN_OVER, SHUTDOWN_NAME_LEFT | SHUTDOWN_LEAVE},
        [SHUTDOWN_ALL_GONE]  = {SHUTDOWN_OVER, SHUTDOWN_LEAVE},
    },
    /* The loop may still deliver what was queued when it was told to stop. */
    [SHUTDOWN_OVER] = {
        [SHUTDOWN_ASKED]     = {SHUTDOWN_OVER, 0},
        [SHUTDOWN_MAIN_GONE] = {SHUTDOWN_OVER, 0},
        [SHUTDOWN_JOBS_GONE] = {SHUTDOWN_OVER, 0},
        [SHUTDOWN_PATIENCE]  = {SHUTDOWN_OVER, 0},
        [SHUTDOWN_DEADLINE]  = {SHUTDOWN_OVER, 0},
        [SHUTDOWN_ALL_GONE]  = {SHUTDOWN_OVER, 0},
    },
};
/* clang-format on */

static const char *const names[] = {
    [SHUTDOWN_HOLE] = "hole", [SHUTDOWN_RUNNING] = "running", [SHUTDOWN_JOBS] = "jobs",
    [SHUTDOWN_MAIN] = "main", [SHUTDOWN_OTHERS] = "others",   [SHUTDOWN_KILLING] = "killing",
    [SHUTDOWN_OVER] = "over",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == SHUTDOWN_STATE_COUNT, "every state has a name");

struct shutdown_step shutdown_step(enum shutdown_state state, enum shutdown_event event)
{
    return table[state][event];
}

const char *shutdown_state_name(enum shutdown_state state)
{
    return names[state];
}
