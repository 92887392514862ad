/* SPDX-License-Identifier: MIT */
/* look_agents: the agents that sign: SSH's and GPG's, forwarded from the host or in the container. */
#ifndef SANDBOX_INIT_LOOK_AGENTS_H
#define SANDBOX_INIT_LOOK_AGENTS_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * Does an SSH agent answer the agent, and how many keys has it? It is asked for their list
 * (SSH_AGENTC_REQUEST_IDENTITIES, draft-miller-ssh-agent, section 4.4), of which only the number is read.
 * Places: every SSH_AUTH_SOCK, those of VS Code, ssh-agent(1), gpg-agent(1), GNOME's keyring, systemd's units
 * and Docker Desktop.
 */
void look_agents_ssh(const struct scene *scene, struct finding *finding);

/*
 * Does a GPG agent, or a keyboxd, answer, and is it one of this container? Places: gpgconf(1), --list-dirs. A
 * local one, when we connect, greets us by our own number ("OK Pleased to meet you, process 7": libassuan,
 * src/assuan-listen.c); through a relay, or from outside, it sees another. Where no number is told, the name
 * of the process that listens has to do.
 */
void look_agents_gpg(const struct scene *scene, struct finding *finding);

#endif
