/* SPDX-License-Identifier: MIT */
/*
 * audit: --audit, what this sandbox protects, and what it does not, as it is seen from inside.
 *
 * Nothing is believed that can be tried: sockets are connected to, a socket of VS Code's kind is made to see
 * the guard take it away, a write is asked of Docker's socket that can create nothing. Nothing is changed,
 * and what has not been seen is not called safe: a check says what it could not look at, and as whom it
 * could.
 */
#ifndef SANDBOX_INIT_AUDIT_H
#define SANDBOX_INIT_AUDIT_H

#include "sandbox_init/config.h"

#include <stdbool.h>
#include <stdio.h>

enum {
    AUDIT_SCHEMA =
        1, /* of the JSON: changes when something in it is renamed, removed or means another thing */
};

struct audit_request {
    const struct config *config;
    char *const *environ_in;
    const char *only; /* names of checks, as checks_parse() reads them; NULL: all */
    const char *skip; /* the same; NULL: none */
    const char *user; /* whom it is about; NULL: as scene_open() finds out */
    bool is_json;     /* one object, as sandbox-init(8) describes it */
    bool is_quiet;    /* only what is not as it should be */
    FILE *stream;
};

/*
 * Runs the checks and prints them, made to fit STREAM, or as JSON. Returns the exit status: CLI_STATUS_OK
 * when none failed; CLI_STATUS_FAILED; CLI_STATUS_USAGE for a check or user that there is not;
 * CLI_STATUS_SYSTEM when there is no memory, or STREAM cannot be written.
 */
int audit_run(const struct audit_request *request);

#endif
