/* SPDX-License-Identifier: MIT */
/* look_git: who hands git and docker their credentials. */
#ifndef SANDBOX_INIT_LOOK_GIT_H
#define SANDBOX_INIT_LOOK_GIT_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * Does a credential helper ask the host? The Dev Containers extension writes one for git into /etc/gitconfig
 * or ~/.gitconfig, which runs its vscode-remote-containers-UUID.js, and one for docker as "credsStore" into
 * ~/.docker/config.json. Both answer for any host name, with what the host's own helpers know. Looked at is
 * what git reads: its files in their order with all that they include, where an empty helper forgets those
 * before it (git-config(1), gitcredentials(7)). Helpers of other kinds are a warning.
 */
void look_git_helper(const struct scene *scene, struct finding *finding);

#endif
