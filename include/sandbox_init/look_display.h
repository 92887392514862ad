/* SPDX-License-Identifier: MIT */
/*
 * look_display: displays and buses that are the host's: who is on a display reads its keyboard, its clipboard
 * and, with X11, every window; who is on a session bus starts programs.
 *
 * A display of this container's own, Xvfb for a browser, is no danger. It is told by who listens: a process
 * that is seen in here and is called as a display server is. VS Code's relay is one that is called node.
 */
#ifndef SANDBOX_INIT_LOOK_DISPLAY_H
#define SANDBOX_INIT_LOOK_DISPLAY_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/* X(7): /tmp/.X11-unix/X0 and so on, and the abstract sockets of the same names. */
void look_display_x11(const struct scene *scene, struct finding *finding);

/* VS Code mounts the host's as /tmp/vscode-wayland-*.sock; others are $XDG_RUNTIME_DIR/wayland-*. */
void look_display_wayland(const struct scene *scene, struct finding *finding);

/*
 * Abstract sockets have no file that could be taken away: they are shared by all in a network namespace, the
 * host's with "network_mode: host". Who listens outside of the container is told, those of which D-Bus, X11,
 * ibus and containerd are known most of all (unix(7); CVE-2020-15257).
 */
void look_display_abstract(const struct scene *scene, struct finding *finding);

#endif
