/* SPDX-License-Identifier: MIT */
/*
 * command: the main command, which the container lives as long as.
 *
 * It has a process group of its own, which is the terminal's foreground group where there is a terminal. What
 * became of it is known here; what follows for the container is init's business. Jobs and services, which run
 * beside it, are jobs.h's.
 */
#ifndef SANDBOX_INIT_COMMAND_H
#define SANDBOX_INIT_COMMAND_H

#include "sandbox_init/cli.h"
#include "sandbox_init/config_table.h"
#include "sandbox_init/log.h"
#include "sandbox_init/spawn.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
    COMMAND_SIGNALS_MAX = 129, /* signal numbers, 0 included; 64 is the last, on MIPS 128 (signal(7)) */
    COMMAND_STATUSES_MAX = 256,
};

struct command {
    struct log *log;
    unsigned char rewrites[COMMAND_SIGNALS_MAX]; /* what is sent in place of each signal; 0: nothing */
    bool successes[COMMAND_STATUSES_MAX];        /* exit statuses that are taken as 0 */
    struct spawn_child child;                    /* pid 0: there is none, or it ended */
    const char *name;                            /* argv[0] */
    int status;           /* exit status as a shell gives it; meaningful once it ended */
    int terminal_fd;      /* that the main command has the foreground of; -1: none */
    pid_t terminal_group; /* which had it before */
};

/* There is none yet. LOG outlives it. */
void command_init(struct command *command, struct log *log);

/*
 * Takes what users of other inits ask for, signals rewritten and statuses taken as success, from CONFIG and
 * CLI, which is added to that and wins. What CONFIG holds was checked with it.
 */
void command_take_rules(struct command *command, const struct config *config, const struct cli *cli);

/*
 * Starts the main command. REQUEST->terminal_fd is filled in here: the first of descriptors 0 to 2 that is
 * our controlling terminal. Returns 0 or -errno; that the program itself cannot be run is learnt at its exit.
 */
int command_start(struct command *command, struct spawn_request *request);

/* From now on the main command gets TO in place of FROM; TO 0: nothing. */
void command_rewrite(struct command *command, int from, int to);

/* From now on the main command's exit status STATUS, 0 to 255, is taken as 0. */
void command_accept(struct command *command, int status);

bool command_is_there(const struct command *command);

/* Sends the main command's process group what NUMBER is rewritten to. Does nothing where there is none. */
void command_signal(const struct command *command, int number);

/*
 * Kills the main command's process group. `status` is 128+9 from then on, also where the command
 * outlives that (a process that waits for a device or file server does) and is never reaped.
 */
void command_kill(struct command *command);

/* Gives the terminal to the group that had it before the main command. */
void command_yield_terminal(const struct command *command);

/* Gives it to the main command again, if that group has it now (fg, and not bg). */
void command_take_terminal(const struct command *command);

enum command_news {
    COMMAND_NOTHING, /* it was not about the main command */
    COMMAND_STOPPED,
    COMMAND_ENDED, /* `status`: its exit status, 128+N for signal N, spawn_failure_status() */
};

/* To be told of all that the reaper tells. Returns what it means. */
enum command_news command_note(struct command *command, pid_t pid, int status);

#endif
