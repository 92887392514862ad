/* SPDX-License-Identifier: MIT */
/* look_guard: is VS Code's next socket going to be taken away, and will it still be after the next start. */
#ifndef SANDBOX_INIT_LOOK_GUARD_H
#define SANDBOX_INIT_LOOK_GUARD_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * Is there a guard, and can it revoke? It is tried: a socket of VS Code's kind is made, as the agent, in up
 * to four of the directories that are watched, and held by a descriptor from before. Revoked it is when its
 * name is gone, nobody can connect through the descriptor, and its owner cannot undo that because it is not
 * the agent any more. Less than half a second is waited for that; what nobody took away is removed. This is
 * the one thing that the audit makes, and the guard's log has a line for each: "revoked
 * /tmp/vscode-ipc-sandbox-init-audit-PID.sock". What the init tells of the guard is looked at, too.
 */
void look_guard_revokes(const struct scene *scene, struct finding *finding);

/* Are the files of the configuration, as they are now, valid, and in nobody's hands but the init's? */
void look_guard_configuration(const struct scene *scene, struct finding *finding);

#endif
