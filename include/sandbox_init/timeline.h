/* SPDX-License-Identifier: MIT */
/*
 * timeline: --timeline, the start-up as a picture.
 *
 * The init has remembered it; drawing it is not its work.
 */
#ifndef SANDBOX_INIT_TIMELINE_H
#define SANDBOX_INIT_TIMELINE_H

#include <stdbool.h>
#include <stdio.h>

struct timeline_request {
    const char *runtime_dir; /* for struct client_request */
    char *const *environ_in; /* for screen_look() */
    FILE *stream;
    const char *output_file; /* in place of STREAM; NULL: none */
    bool is_text;            /* letters as wide as the terminal, else an SVG document */
};

/*
 * Asks the init for what happened and draws it. A file is opened only when there is something to be written.
 * Returns the exit status: as client_open() and client_next() have it; CLI_STATUS_SYSTEM when there is no
 * memory or it could not be written.
 */
int timeline_run(const struct timeline_request *request);

#endif
