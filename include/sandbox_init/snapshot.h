/* SPDX-License-Identifier: MIT */
/*
 * snapshot: what the init tells of itself at this moment, asked and taken whole.
 *
 * For the modes that show a state once. Those that follow it read record by record (client.h).
 */
#ifndef SANDBOX_INIT_SNAPSHOT_H
#define SANDBOX_INIT_SNAPSHOT_H

#include "sandbox_init/client.h"
#include "sandbox_init/view.h"

/*
 * Asks the init that RUNTIME_DIR (NULL: not known) or the default places lead to, into a zeroed VIEW. CLIENT
 * may hold anything; afterwards it is closed and has the message of a failure. Returns 0, or an exit status
 * as client_open() and client_next() have them; VIEW may then be filled in part. PATIENCE_MS: as in struct
 * client_request.
 */
int snapshot_take(struct view *view, struct client *client, const char *runtime_dir, uint64_t patience_ms);

#endif
