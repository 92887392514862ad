/* SPDX-License-Identifier: MIT */
/*
 * oneshot: --oneshot-clean, one sweep with a report, for postStartCommand and for people.
 *
 * Needs no running init, takes nothing from one, and may run beside it. It sees only what is there at the
 * moment; the guard of a running init is what catches the sockets of later windows and terminals.
 */
#ifndef SANDBOX_INIT_ONESHOT_H
#define SANDBOX_INIT_ONESHOT_H

#include "sandbox_init/config.h"

#include <stdbool.h>
#include <stdio.h>

struct oneshot_request {
    const struct config *config;
    char *const *environ_in; /* for $TMPDIR and the like in [scrub] dirs */
    FILE *stream;            /* where the report goes */
    bool is_dry;             /* look only; also when [scrub] action = report */
    bool is_json;            /* one JSON object instead of lines */
    bool is_quiet;           /* only what is still there */
    bool is_verbose;         /* directories too */
};

/*
 * Sweeps every directory once, in the order of the configuration. A line a socket:
 *   revoked   /tmp/vscode-ipc-1.sock (owner 1000)
 * and a last one with the counts. As JSON: {"dry_run": false, "sockets": [{"path": ..., "result": ...,
 * "owner": ..., "links": ..., "error": ...}], "directories": 3, "unreadable": 0, "left": 0}.
 * Returns the exit status: CLI_STATUS_OK when no socket of the patterns is left; CLI_STATUS_LEFT when one is,
 * also because it was only looked for, or when a directory could not be read; CLI_STATUS_SYSTEM when there is
 * no memory or the report could not be written.
 */
int oneshot_run(const struct oneshot_request *request);

#endif
