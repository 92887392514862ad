/* SPDX-License-Identifier: MIT */
/* look_container: how the container was started: who is PID 1, and why. */
#ifndef SANDBOX_INIT_LOOK_CONTAINER_H
#define SANDBOX_INIT_LOOK_CONTAINER_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * Is sandbox-init PID 1? If not: which setting put whom in its place. The devcontainer CLI starts a shell
 * loop unless "overrideCommand" is false, and docker-init where a feature or the engine says so
 * (src/spec-node/singleContainer.ts).
 */
void look_container_pid1(const struct scene *scene, struct finding *finding);

#endif
