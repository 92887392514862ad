/* SPDX-License-Identifier: MIT */
/*
 * logs: --logs, what jobs and services printed.
 *
 * The running init says where the logs are and whose there are. Where none runs, or it does not answer, they
 * are looked for where the configuration or the defaults put them: what a stopped container left in a volume
 * can still be read. The lines come from the files, never from the init: reading costs it nothing.
 */
#ifndef SANDBOX_INIT_LOGS_H
#define SANDBOX_INIT_LOGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    LOGS_SOURCES_MAX = 128, /* logs that are shown at once: the jobs of now, and some that there were */
};

struct logs_request {
    const char *runtime_dir; /* of the configuration; NULL: none */
    const char *log_dir;     /* the same */
    const char *job;         /* or service, or "sandbox-init" for the init's own log; NULL: all but that */
    int64_t lines;           /* the last so many, of all together; negative: all */
    bool is_following;       /* goes on until it is ended, or nobody reads STREAM any more */
    FILE *stream;
    FILE *errors;
    bool is_terminal; /* STREAM is one: lines are made safe to print; else bytes stay as they are */
    bool has_colors;  /* for the names in front */
};

/*
 * Prints the lines of all files of the log, the oldest first, with the times that they have. With several
 * logs they are merged by these times, with "NAME | " in front; a line without one stays behind the one
 * before it. Returns the exit status: CLI_STATUS_USAGE for a name that nobody has; CLI_STATUS_FAILED when
 * there is no place for logs, or something could not be read; CLI_STATUS_SYSTEM when STREAM could not be
 * written or there is no memory.
 */
int logs_run(const struct logs_request *request);

#endif
