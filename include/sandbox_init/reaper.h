/* SPDX-License-Identifier: MIT */
/*
 * reaper: collects every child that ended, ours and adopted ones.
 *
 * The only place that waits. It runs from the loop alone, so a child that was just started cannot be
 * reported before its pid has been stored by who started it. SIGCHLD is not counted, since pending ones are
 * merged (signal(7)): each call collects what there is. A flood of orphans is collected in portions, so that
 * the guard gets its turn in between.
 */
#ifndef SANDBOX_INIT_REAPER_H
#define SANDBOX_INIT_REAPER_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

enum {
    REAPER_PORTION = 256, /* children collected in one go */
};

/*
 * STATUS as waitpid(2) gives it: an exit, a death by signal, or that a child was stopped (WIFSTOPPED), which
 * then is still there.
 */
typedef void reaper_callback(void *context, pid_t pid, int status);

struct reaper {
    uv_idle_t again; /* active while a portion was not all */
    reaper_callback *callback;
    void *context;
};

/* Returns 0 or -errno. Collects nothing yet. */
int reaper_start(struct reaper *reaper, uv_loop_t *loop, reaper_callback *callback, void *context);

/* To be called at each SIGCHLD, and once after the start. */
void reaper_collect(struct reaper *reaper);

/* Is any child left, running or not collected yet? */
bool reaper_has_children(void);

/* Ends the callbacks; the handle is closed when the loop has run once more. */
void reaper_stop(struct reaper *reaper);

#endif
