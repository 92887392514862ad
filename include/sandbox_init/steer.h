/* SPDX-License-Identifier: MIT */
/*
 * steer: --start, --stop and --restart, which return when it is so, and say what happened.
 */
#ifndef SANDBOX_INIT_STEER_H
#define SANDBOX_INIT_STEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum steer_verb { STEER_START, STEER_STOP, STEER_RESTART };

struct steer_request {
    const char *runtime_dir; /* for struct client_request */
    char *const *environ_in; /* for screen_look() */
    FILE *stream;
    enum steer_verb verb;
    const char *const *names; /* NAME_COUNT of them, at least one; config_table_is_job_name() takes them */
    size_t name_count;
    uint64_t timeout_ms; /* for all of them; 0: none */
    bool is_quiet;       /* only what went wrong */
};

/*
 * Does it for each of the names, one after the other, and goes on when one fails. To ask for what is so
 * already is no error. Returns the exit status, of several the first that is not CLI_STATUS_OK:
 * CLI_STATUS_FAILED when one that was started did not come to run, or, a job, did not succeed;
 * CLI_STATUS_DENIED, CLI_STATUS_USAGE for a name that there is not, CLI_STATUS_NO_INIT and the others as
 * client_open() and client_next() have them; CLI_STATUS_TIMEOUT.
 */
int steer_run(const struct steer_request *request);

#endif
