/* SPDX-License-Identifier: MIT */
/* look_docker: container engines that the agent can reach, and what they let it do. */
#ifndef SANDBOX_INIT_LOOK_DOCKER_H
#define SANDBOX_INIT_LOOK_DOCKER_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * Does an engine obey the agent? Looked for are the sockets of Docker, podman, containerd and CRI-O in their
 * usual places, what DOCKER_HOST and CONTAINER_HOST say in our environment and in those of processes, and
 * Docker's contexts. Each is asked to do something, in the words of Docker's Engine API, that it cannot do:
 * to create a container from nothing, and to start, stop, remove or write into one, an image, a volume and a
 * network of a name that none can have, since it begins with "-". An engine says that it cannot (400, 404,
 * 500); whoever guards it, as docker-socket-proxy does with POST=0, says that one must not (401, 403, 405).
 */
void look_docker_docker(const struct scene *scene, struct finding *finding);

#endif
