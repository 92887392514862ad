/* SPDX-License-Identifier: MIT */
/*
 * config_render: a loaded configuration as text, for --check-config.
 *
 * It shows what is in force after all files and defaults. Values are written as they are, not escaped: the
 * text is a configuration again, and what is in it came from files that only root or we could write.
 */
#ifndef SANDBOX_INIT_CONFIG_RENDER_H
#define SANDBOX_INIT_CONFIG_RENDER_H

#include "sandbox_init/config_table.h"

#include <stdio.h>

/*
 * Writes CONFIG as an INI file that config_load() would read back to the same values. CONFIG must come from
 * config_load(). Flushes STREAM. Returns 0, or -errno when it could not be written.
 */
int config_render_ini(const struct config *config, FILE *stream);

/*
 * The same as one JSON object on one line: {"init": {"user": null, "stop_grace": 8000, ...}, ...}.
 * Durations are in milliseconds, an empty string is null, strings are escaped as by escape_json().
 */
int config_render_json(const struct config *config, FILE *stream);

#endif
