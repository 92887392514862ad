/* SPDX-License-Identifier: MIT */
/* look_inspector: debuggers of Node that listen. */
#ifndef SANDBOX_INIT_LOOK_INSPECTOR_H
#define SANDBOX_INIT_LOOK_INSPECTOR_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * Does a Node process let itself be debugged? Who connects runs code in it, as its user. Node listens on 9229
 * (and editors on the next ones) when it is told --inspect, or gets SIGUSR1. Ports: /proc/net/tcp and tcp6;
 * what --inspect, --inspect-brk, --inspect-wait and --inspect-port say in arguments and in NODE_OPTIONS. Who
 * listens is asked GET /json/version, which Node answers with its own version (its
 * src/inspector_socket_server.cc).
 */
void look_inspector_inspector(const struct scene *scene, struct finding *finding);

#endif
