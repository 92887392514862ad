/* SPDX-License-Identifier: MIT */
/*
 * supervisor: the programs that we start, and which pid is whose.
 *
 * Today that is the main command, in a process group of its own that is the terminal's foreground group where
 * there is a terminal. It knows what became of a program; what follows for the container is init's business.
 */
#ifndef SANDBOX_INIT_SUPERVISOR_H
#define SANDBOX_INIT_SUPERVISOR_H

#include "sandbox_init/log.h"
#include "sandbox_init/spawn.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
    SUPERVISOR_SIGNALS_MAX = 129, /* signal numbers, 0 included; 64 is the last, on MIPS 128 (signal(7)) */
    SUPERVISOR_STATUSES_MAX = 256,
};

struct supervisor {
    struct log *log;
    unsigned char rewrites[SUPERVISOR_SIGNALS_MAX]; /* what is sent in place of each signal; 0: nothing */
    bool successes[SUPERVISOR_STATUSES_MAX];        /* exit statuses that are taken as 0 */
    struct spawn_child main;                        /* pid 0: there is none, or it ended */
    const char *main_name;                          /* argv[0] */
    int main_status;      /* exit status as a shell gives it; meaningful once the main command ended */
    int terminal_fd;      /* that the main command has the foreground of; -1: none */
    pid_t terminal_group; /* which had it before */
};

/* LOG outlives it. */
void supervisor_init(struct supervisor *supervisor, struct log *log);

/*
 * Starts the main command. REQUEST->terminal_fd is filled in here: the first of descriptors 0 to 2 that is
 * our controlling terminal. Returns 0 or -errno; that the program itself cannot be run is learnt at its exit.
 */
int supervisor_start_main(struct supervisor *supervisor, struct spawn_request *request);

/* From now on the main command gets TO in place of FROM; TO 0: nothing. */
void supervisor_rewrite(struct supervisor *supervisor, int from, int to);

/* From now on the main command's exit status STATUS, 0 to 255, is taken as 0. */
void supervisor_accept(struct supervisor *supervisor, int status);

bool supervisor_has_main(const struct supervisor *supervisor);

/* Sends the main command's process group what NUMBER is rewritten to. Does nothing where there is none. */
void supervisor_signal_main(const struct supervisor *supervisor, int number);

/*
 * Kills the main command's process group. `main_status` is 128+9 from then on, also where the command
 * outlives that (a process that waits for a device or file server does) and is never reaped.
 */
void supervisor_kill_main(struct supervisor *supervisor);

/* Gives the terminal to the group that had it before the main command. */
void supervisor_yield_terminal(const struct supervisor *supervisor);

/* Gives it to the main command again, if that group has it now (fg, and not bg). */
void supervisor_take_terminal(const struct supervisor *supervisor);

enum supervisor_news {
    SUPERVISOR_NOTHING, /* it was not about a program of ours */
    SUPERVISOR_MAIN_STOPPED,
    SUPERVISOR_MAIN_ENDED, /* `main_status`: its exit status, 128+N for signal N, spawn_failure_status() */
};

/* To be told of all that the reaper tells. Returns what it means. */
enum supervisor_news supervisor_note(struct supervisor *supervisor, pid_t pid, int status);

#endif
