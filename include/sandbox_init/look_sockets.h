/* SPDX-License-Identifier: MIT */
/* look_sockets: the sockets by which VS Code connects the container with the machine it runs on. */
#ifndef SANDBOX_INIT_LOOK_SOCKETS_H
#define SANDBOX_INIT_LOOK_SOCKETS_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * Which sockets of VS Code's kind may the agent connect to now? Looked for under the default and the
 * configured names and directories; under these names anywhere else, as the kernel lists them; and where the
 * environments of VS Code's processes say (REMOTE_CONTAINERS_SOCKETS, REMOTE_CONTAINERS_IPC,
 * VSCODE_IPC_HOOK_CLI, VSCODE_GIT_IPC_HANDLE). Names: VS Code's src/vs/base/parts/ipc/node/ipc.net.ts and
 * extensions/git/src/ipc/ipcServer.ts; those of the Dev Containers extension as they are seen. Language
 * servers' sockets are none of them. Others that steer an editor or an agent are only warned of:
 * code-server's (patches/store-socket.diff there), Claude Code's.
 */
void look_sockets_open(const struct scene *scene, struct finding *finding);

#endif
