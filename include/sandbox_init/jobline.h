/* SPDX-License-Identifier: MIT */
/*
 * jobline: what became of a job or service, said in one line, and why it failed, in its own last words.
 *
 * The same words wherever somebody waits for it.
 */
#ifndef SANDBOX_INIT_JOBLINE_H
#define SANDBOX_INIT_JOBLINE_H

#include "sandbox_init/screen.h"
#include "sandbox_init/view.h"

#include <stddef.h>

enum {
    JOBLINE_SIZE = 1024, /* bytes of a line with its NUL */
    JOBLINE_WORDS = 10,  /* lines of the log that are shown of one that failed */
};

/* The colour that JOB's state has everywhere. */
enum screen_colour jobline_colour(const struct view_job *job);

/*
 * Writes what there is to say of JOB's state, printable ASCII: "done after 8.4 s", "running, pid 12",
 * "waiting for volumes", "failed: exit status 1 after 2.0 s", "stopped". Returns TEXT.
 */
const char *jobline_describe(char text[static JOBLINE_SIZE], const struct view_job *job);

/* Prints "NAME: DESCRIPTION" and a newline, of any width. */
void jobline_print(const struct screen *screen, const struct view_job *job);

/* Prints where the log of JOB is, and its last lines if they can be read, made safe to print. */
void jobline_print_words(const struct screen *screen, const struct view_job *job);

#endif
