/* SPDX-License-Identifier: MIT */
/*
 * prompt: --prompt, what an agent in this container should know of it, as Markdown for its system prompt.
 *
 * From facts instead of hope: each sentence follows from a check of the audit that was run just now, or from
 * the state of a job. Its wording is the same as long as the facts are, without times, pids or counts that
 * change by themselves, so that whoever caches prompts can cache this one.
 */
#ifndef SANDBOX_INIT_PROMPT_H
#define SANDBOX_INIT_PROMPT_H

#include "sandbox_init/config.h"

#include <stdio.h>

struct prompt_request {
    const struct config *config;
    char *const *environ_in;
    const char *user; /* whom it is for; NULL: as scene_open() finds out */
    FILE *stream;
};

/*
 * Prints it. Returns the exit status: CLI_STATUS_OK, whatever the facts are; CLI_STATUS_USAGE: there is no
 * such user; CLI_STATUS_SYSTEM when there is no memory, or STREAM cannot be written.
 */
int prompt_run(const struct prompt_request *request);

#endif
