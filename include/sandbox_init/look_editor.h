/* SPDX-License-Identifier: MIT */
/* look_editor: what VS Code keeps in the container, for every user's home: its server's files. */
#ifndef SANDBOX_INIT_LOOK_EDITOR_H
#define SANDBOX_INIT_LOOK_EDITOR_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * May the agent change what VS Code runs in here: its extensions, its server, the scripts of the Dev
 * Containers extension? That code runs at the next window and can have a terminal on the host
 * (workbench.action.terminal.newLocal). With one uid for both it is so, and a warning.
 */
void look_editor_extensions(const struct scene *scene, struct finding *finding);

/*
 * Does a marker silence a command of devcontainer.json? A command runs only if
 *   CONTENT="$(cat MARKER || echo ENOENT)" && [ "${CONTENT:-NOW}" != NOW ] && echo NOW > MARKER
 * succeeds (the devcontainer CLI, src/spec-common/injectHeadless.ts, updateMarkerFile()). So a marker that
 * is empty, or cannot be written by whose home it is in, is the end of that command: the one that puts up a
 * firewall, for instance.
 */
void look_editor_markers(const struct scene *scene, struct finding *finding);

/*
 * Can the agent read what makes it a client of VS Code's server, or of an agent's side in the editor? Files
 * with tokens for ports on 127.0.0.1.
 */
void look_editor_tokens(const struct scene *scene, struct finding *finding);

#endif
