/* SPDX-License-Identifier: MIT */
/*
 * check: --check-config, what the configuration comes to, or everything that is wrong with it.
 */
#ifndef SANDBOX_INIT_CHECK_H
#define SANDBOX_INIT_CHECK_H

#include "sandbox_init/config.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Loads SOURCE into RET_CONFIG, printing each fault to STREAM as "file:line: message" ("file: message" where
 * it is the file's). Returns 0, or the exit status to end with: CLI_STATUS_CONFIG or CLI_STATUS_SYSTEM.
 */
int check_load(struct config *ret_config, const struct config_source *source, FILE *stream);

/*
 * The mode: prints the resolved configuration to OUT, as an INI file or, IS_JSON, as a JSON object, nothing
 * if IS_QUIET. Faults go to ERRORS, or with IS_JSON to OUT as {"faults": [{"file", "line", "message"}]}.
 * Returns the exit status.
 */
int check_run(const struct config_source *source, bool is_json, bool is_quiet, FILE *out, FILE *errors);

#endif
