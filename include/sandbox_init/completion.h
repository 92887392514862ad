/* SPDX-License-Identifier: MIT */
/*
 * completion: --completion, what a shell offers when somebody presses Tab.
 *
 * Made from cli_options, so that no option can be missing or be offered where it does not go. The names of
 * jobs are asked for at each Tab, by `sandbox-init --completion names`, which says nothing where no init
 * runs.
 */
#ifndef SANDBOX_INIT_COMPLETION_H
#define SANDBOX_INIT_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Writes to STREAM what SHELL needs: "bash", "zsh", or "names": those of the jobs and services of the init
 * that runs, a line each. RUNTIME_DIR is for struct client_request. Returns the exit status: CLI_STATUS_USAGE
 * for another shell, which is said on standard error.
 */
int completion_run(FILE *stream, const char *shell, const char *runtime_dir);

#endif
