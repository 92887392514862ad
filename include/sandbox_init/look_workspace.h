/* SPDX-License-Identifier: MIT */
/* look_workspace: files of the workspace that somebody outside of the container runs or obeys. */
#ifndef SANDBOX_INIT_LOOK_WORKSPACE_H
#define SANDBOX_INIT_LOOK_WORKSPACE_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * May the agent change what the host will run: the next container's devcontainer.json, VS Code's tasks, git's
 * hooks and configuration, direnv's .envrc, hooks and servers of agents? That is normal where the workspace
 * is mounted as it is, and so a warning. A read-only mount is not enough where the directory above it can be
 * renamed: it goes along, and a new one can be made in the old place (rename(2) refuses the mount point
 * itself only). So every directory up to the workspace is asked about.
 */
void look_workspace_writable(const struct scene *scene, struct finding *finding);

/*
 * Do the workspace's own settings and tasks open something: ports on all of the host's interfaces, a task
 * that runs when the folder is opened, terminals that start another program? VS Code takes them from
 * .vscode/settings.json, .vscode/tasks.json and *.code-workspace, which are JSON with comments.
 */
void look_workspace_settings(const struct scene *scene, struct finding *finding);

#endif
