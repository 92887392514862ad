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
 * The same as one JSON object on one line of ASCII: {"init": {"user": null, "stop_grace": 8000, ...}, ...,
 * "jobs": [{"name": "install", "kind": "job", "command": "...", ...}, ...]}. Durations are in milliseconds,
 * sizes in bytes, a umask is a string of octal digits, an empty string is null.
 * Strings are what a JSON reader makes of RFC 8259, not escaped a second time: a command is there byte for
 * byte. A byte that is not UTF-8 becomes U+DC00 plus its value (as in Python's "surrogateescape").
 */
int config_render_json(const struct config *config, FILE *stream);

#endif
