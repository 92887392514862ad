/* SPDX-License-Identifier: MIT */
/* look_mounts: what of the host is mounted here. */
#ifndef SANDBOX_INIT_LOOK_MOUNTS_H
#define SANDBOX_INIT_LOOK_MOUNTS_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * Which mounts are the host's files? Those whose root is a part of a file system (proc_pid_mountinfo(5)), or
 * whose file system is one that passes the host's on (9p, virtiofs, Docker Desktop's fakeowner), but neither
 * the three files that the engine writes (/etc/hosts, hostname, resolv.conf) nor volumes. What holds secrets,
 * sockets or the system fails; what can be written to outside of the workspace is a warning.
 */
void look_mounts_mounts(const struct scene *scene, struct finding *finding);

#endif
