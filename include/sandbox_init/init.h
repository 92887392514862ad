/* SPDX-License-Identifier: MIT */
/*
 * init: the composition root. It owns the loop and every actor, and decides how the container ends.
 *
 * Two worlds. init_prepare() may fail, with a message and an exit status: nothing has been promised yet.
 * init_run() returns only when the container is over: nothing behind that line exits, aborts or trusts an
 * allocation. Everything is embedded by value, and nothing is freed before the loop has ended.
 */
#ifndef SANDBOX_INIT_INIT_H
#define SANDBOX_INIT_INIT_H

#include "sandbox_init/childenv.h"
#include "sandbox_init/cli.h"
#include "sandbox_init/command.h"
#include "sandbox_init/config.h"
#include "sandbox_init/controller.h"
#include "sandbox_init/crowd.h"
#include "sandbox_init/directories.h"
#include "sandbox_init/guard.h"
#include "sandbox_init/jobs.h"
#include "sandbox_init/log.h"
#include "sandbox_init/pidfile.h"
#include "sandbox_init/reaper.h"
#include "sandbox_init/shutdown.h"
#include "sandbox_init/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct init_request {
    const struct config *config;
    const struct cli *cli;                  /* the mode, the command, and what is added to CONFIG */
    char **environ_in;                      /* ours; stripped variables are wiped from it */
    const struct signals_original *signals; /* as they were before signals_block() */
};

struct init {
    const struct init_request *request;
    bool is_foreground; /* a person watches: colours; and only our own children are touched */
    uv_loop_t loop;
    struct log log;
    struct signals signals;
    struct reaper reaper;
    struct guard guard;
    struct command main;
    struct jobs jobs;
    struct controller controller;
    struct directories_choice log_dir;
    struct directories_choice runtime_dir;
    struct pidfile pidfile;
    uv_timer_t grace_timer; /* PATIENCE, then DEADLINE */
    uv_timer_t watch_timer; /* active while we stop: is anybody left? */

    struct childenv children;
    int nice; /* ours before we raised our priority; children get it */

    enum shutdown_state state;
    bool is_asked;    /* to stop, by a signal */
    int stop_signal;  /* the one that asked us to stop, for the main command */
    pid_t main_group; /* the main command's process group, once it was asked to end; 0 before */
    struct crowd crowd;
};

/*
 * Sets everything up in zeroed memory, but starts no program yet. REQUEST outlives INIT. Says what went
 * wrong. Returns 0, or the exit status to end with (enum cli_status).
 */
int init_prepare(struct init *init, const struct init_request *request);

/* Starts the main command and runs until the container is over. Returns the exit status. */
int init_run(struct init *init);

#endif
