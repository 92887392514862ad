/* SPDX-License-Identifier: MIT */
/* look_envfiles: the files in which the devcontainer CLI keeps variables (variables.h). */
#ifndef SANDBOX_INIT_LOOK_ENVFILES_H
#define SANDBOX_INIT_LOOK_ENVFILES_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * It appends the container's variables to /etc/environment, and caches those of the user's shell in
 * env-PROBE.json, in the folder that VS Code names, /tmp/devcontainers-ID; from there it gives them to later
 * lifecycle commands (src/spec-common/injectHeadless.ts: patchEtcEnvironment, updateUserEnvCache,
 * readUserEnvFromCache). With "userEnvProbe": "none" there is no cache.
 */
void look_envfiles_all(const struct scene *scene, struct finding *finding);

#endif
