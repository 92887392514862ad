/* SPDX-License-Identifier: MIT */
/*
 * status: --status, what runs, for people, for programs, and for HEALTHCHECK.
 *
 * The exit status says the same in all three forms, so that nobody has to parse a table to learn whether all
 * is well.
 */
#ifndef SANDBOX_INIT_STATUS_H
#define SANDBOX_INIT_STATUS_H

#include <stdbool.h>
#include <stdio.h>

enum {
    STATUS_SCHEMA =
        1, /* of the JSON: changes when something in it is renamed, removed or means another thing */
};

struct status_request {
    const char *runtime_dir; /* for struct client_request */
    char *const *environ_in; /* for screen_look() */
    FILE *stream;
    bool is_json;  /* one object, as sandbox-init(8) describes it */
    bool is_quiet; /* nothing at all, not even why there is no answer */
};

/*
 * Asks the init and prints what it tells: in a table that is made to fit STREAM, or as JSON. Returns the exit
 * status: CLI_STATUS_OK when all is as it should be; CLI_STATUS_FAILED when view_is_healthy() says no;
 * CLI_STATUS_NO_INIT and the others as client_open() and client_next() have them; CLI_STATUS_SYSTEM when
 * there is no memory, or STREAM cannot be written.
 */
int status_run(const struct status_request *request);

#endif
