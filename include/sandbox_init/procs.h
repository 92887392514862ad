/* SPDX-License-Identifier: MIT */
/*
 * procs: the other processes, as /proc shows them.
 *
 * Needed when the container stops: to tell shells apart, which ignore TERM, and to name who did not end.
 * Without /proc the stop works all the same, by kill(-1) alone, but with less to say.
 */
#ifndef SANDBOX_INIT_PROCS_H
#define SANDBOX_INIT_PROCS_H

#include <stdbool.h>
#include <sys/types.h>

enum {
    PROCS_NAME_MAX = 64, /* bytes of a name with its NUL; the kernel's have at most 15 (proc(5), comm) */
};

struct procs_entry {
    pid_t pid;
    pid_t parent;
    bool is_zombie;
    bool is_stopped;   /* by a signal or a tracer: it acts on nothing but KILL until it is continued */
    bool ignores_term; /* SigIgn has SIGTERM: interactive shells do that (bash(1), "SIGNALS") */
    char name[PROCS_NAME_MAX]; /* not escaped */
};

/* Reads PID. Returns 0, -ESRCH when there is no such process, or another -errno. */
int procs_read(pid_t pid, struct procs_entry *ret_entry);

/* Called for each process but ourselves. Returns false to end. */
typedef bool procs_visit(void *context, const struct procs_entry *entry);

/*
 * Visits all processes that /proc shows. One that is there but cannot be read, for want of descriptors say,
 * is visited as a living one of which only the pid is known. Returns 0, or -errno without a /proc of this PID
 * namespace.
 */
int procs_walk(procs_visit *visit, void *context);

/*
 * Called for each child of this process, adopted ones too, with its pid.
 * Returns 0, or -errno where the kernel has no /proc/PID/task/TID/children (CONFIG_PROC_CHILDREN).
 */
int procs_walk_children(void (*visit)(void *context, pid_t pid), void *context);

#endif
