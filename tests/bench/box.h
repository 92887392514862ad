/* SPDX-License-Identifier: MIT */
/*
 * box: what a container engine gives an init, as cheap as possible: a PID namespace with its own /proc, a
 * session, no terminal, a pipe for stderr, and the capabilities of Docker's default.
 *
 * The box is not the measured thing: what it costs between the fork and the exec is taken off the time.
 */
#ifndef BENCH_BOX_H
#define BENCH_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    BOX_ARGUMENTS_MAX = 16,
    BOX_PATIENCE_MS = 60000, /* for what always comes; who does not come then ends the bench */
};

struct box_request {
    const char *const *init;    /* the contender's command line, ends in NULL */
    const char *const *command; /* what it is to run, ends in NULL; NULL: nothing */
    bool has_own_files;         /* an empty /tmp and /run that no other box has */
    int cpu;                    /* 1 and up: stays on this one; 0: where the kernel puts it */
};

struct box {
    pid_t pid; /* of its PID 1, out here */
    int pid_fd;
    int mounts_fd;    /* its mount namespace: taking that apart is not to be part of an end */
    int exec_fd;      /* closed by PID 1's exec */
    int report_fd;    /* what was written to BENCH_REPORT_FD in there */
    int log_fd;       /* what was written to stderr in there; does not block */
    size_t log_bytes; /* read from it so far */
    uint64_t fork_ns; /* CLOCK_MONOTONIC, just before the fork */
};

/* To be called once, as root: namespaces for the bench itself, with DIRECTORY at /mnt. Ends it on failure. */
void box_prepare_all(const char *directory);

/* Returns at once after the fork. All of these end the bench on failure. */
void box_start(struct box *ret_box, const struct box_request *request);

/* Until PID 1 has done its exec: everything before that is the box's. */
void box_await_exec(struct box *box);

/* The nanoseconds between its fork and its exec that only the box needed. Valid after box_await_exec(). */
uint64_t box_setup_ns(void);

/* Exactly SIZE bytes from its report. */
void box_read_report(const struct box *box, void *data, size_t size);

/* Until pid_fd tells that PID 1 has ended. Returns false when it has not after TIMEOUT_MS. */
bool box_await_end(const struct box *box, int timeout_ms);

/* Reads what is in the log. */
void box_drain_log(struct box *box);

/* Kills it if it lives, reaps it and closes everything. */
void box_finish(struct box *box);

/* The pid, out here, of PID 1's first child; 0: it has none. */
pid_t box_first_child(const struct box *box);

/* The CPU time of PID 1 so far, after a pause in which it can go to sleep. */
uint64_t box_cpu_ns(const struct box *box);

/* A number of kB from PID 1's status, such as "VmRSS". */
double box_status_kb(const struct box *box, const char *field);

#endif
