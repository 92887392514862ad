/* SPDX-License-Identifier: MIT */
/*
 * look_environment: what the environments of processes give away: addresses of VS Code's sockets, code to be
 * loaded, secrets.
 *
 * Which these are is in variables.h. Of other processes those count that the agent could read: its own user's
 * (proc(5), /proc/PID/environ).
 */
#ifndef SANDBOX_INIT_LOOK_ENVIRONMENT_H
#define SANDBOX_INIT_LOOK_ENVIRONMENT_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * What leads out or loads code, in the environment of this process, which is what an agent that is started
 * here gets, and in that of the others. VS Code's own have VSCODE_IPC_HOOK_CLI by nature; BROWSER and it are
 * set after everything else, so that remoteEnv does not reach them (VS Code, src/vs/server/node/
 * extensionHostConnection.ts and remoteTerminalChannel.ts).
 */
void look_environment_variables(const struct scene *scene, struct finding *finding);

/* Variables that are called like secrets. The agent's own key is not meant. */
void look_environment_secrets(const struct scene *scene, struct finding *finding);

#endif
