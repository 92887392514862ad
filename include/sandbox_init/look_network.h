/* SPDX-License-Identifier: MIT */
/*
 * look_network: which namespaces are the host's.
 *
 * The kernel's first namespaces have fixed inode numbers: linux/proc_ns.h, since Linux 3.8; since 6.18 the
 * network's and the mounts' too, and all are promised in linux/nsfs.h. "The host" is the machine, or virtual
 * machine, whose kernel this is.
 */
#ifndef SANDBOX_INIT_LOOK_NETWORK_H
#define SANDBOX_INIT_LOOK_NETWORK_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * Is the network the host's? It is where the number says so, or, on any kernel, where
 * /proc/sys/net/core/netdev_budget is: that is in the first network namespace only
 * (net/core/sysctl_net_core.c, net_core_table). Bridges of an engine hint at another container's, or at an
 * engine in here.
 */
void look_network_network(const struct scene *scene, struct finding *finding);

/* And the processes', IPC's, names', users' and control groups' namespaces? */
void look_network_namespaces(const struct scene *scene, struct finding *finding);

#endif
