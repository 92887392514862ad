/* SPDX-License-Identifier: MIT */
/*
 * waiting: --wait, until it is known whether the start-up has succeeded.
 *
 * It is told of each change by the init and asks for none. On a terminal there is a line for each job that is
 * drawn anew while it works, elsewhere a line for each change. It ends as soon as the answer is known: when
 * one has failed, or will not run because another one has, waiting for the rest would not change it.
 */
#ifndef SANDBOX_INIT_WAITING_H
#define SANDBOX_INIT_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    WAITING_FRAME_MS = 100, /* between two drawings, at least */
};

struct waiting_request {
    const char *runtime_dir; /* for struct client_request */
    char *const *environ_in; /* for screen_look() */
    FILE *stream;
    const char *const *names; /* NAME_COUNT of them; none: all jobs that are enabled, and no service */
    size_t name_count;
    uint64_t timeout_ms; /* 0: none */
    bool is_quiet;       /* only what went wrong */
};

/*
 * Waits until view_judge() knows of all of them, or one has failed, and then says which, why, and what its
 * log ends with. The cursor is hidden meanwhile, and shown again however it ends; Ctrl-C and Ctrl-Z do what
 * they always do. Returns the exit status: CLI_STATUS_OK, CLI_STATUS_FAILED, CLI_STATUS_TIMEOUT,
 * CLI_STATUS_NO_INIT also when the init ends meanwhile, and the others as client_open() and client_next().
 */
int waiting_run(const struct waiting_request *request);

#endif
