/* SPDX-License-Identifier: MIT */
/*
 * signals: every signal that is sent to us, in order, from the loop.
 *
 * All signals are blocked (sigmask.h says since when) and read from a signalfd(2). So none is lost
 * before the loop runs (the kernel keeps a blocked signal even for PID 1, which otherwise ignores what it has
 * no handler for: pid_namespaces(7)), none interrupts a system call, and no handler is ever installed:
 * children start with the mask and the dispositions that we were given (rejected: uv_signal_t, which changes
 * them).
 */
#ifndef SANDBOX_INIT_SIGNALS_H
#define SANDBOX_INIT_SIGNALS_H

#include <signal.h>
#include <sys/types.h>
#include <uv.h>

/* SENDER: its pid in our PID namespace; 0 for the kernel or a process outside (docker stop). */
typedef void signals_callback(void *context, int number, pid_t sender);

struct signals {
    uv_poll_t poll;
    int fd;
    signals_callback *callback;
    void *context;
};

/* How signals were set before us, which children are to start with. */
struct signals_original {
    sigset_t mask;
    struct sigaction child_action; /* of SIGCHLD, the only disposition that we ever change */
};

/*
 * Blocks all signals, and sets SIGCHLD to its default: where it was inherited as ignored, the kernel would
 * reap our children itself and lose their exit statuses (wait(2), NOTES). Cannot fail.
 */
void signals_block(struct signals_original *ret_original);

/* Undoes signals_block(), for modes that are an ordinary command. */
void signals_restore(const struct signals_original *original);

/* Calls back from the loop for every signal, those that came since signals_block() first. 0 or -errno. */
int signals_start(struct signals *signals, uv_loop_t *loop, signals_callback *callback, void *context);

/* Ends the callbacks; the handle is closed when the loop has run once more. Signals stay blocked. */
void signals_stop(struct signals *signals);

#endif
