/* SPDX-License-Identifier: MIT */
/*
 * look_credentials: secrets in files that the agent can read, its own and others'.
 *
 * Names of files are told, and that there is a secret in them, never the secret. What the agent cannot read
 * is not looked into.
 */
#ifndef SANDBOX_INIT_LOOK_CREDENTIALS_H
#define SANDBOX_INIT_LOOK_CREDENTIALS_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/*
 * Passwords and tokens where git, docker, npm, cloud tools and others keep them (the files that their own
 * manuals name), in the homes and workspaces, and in the addresses of git's configuration. A reference to a
 * variable, ${NAME}, is no secret. What the agent needs for itself is told, and does not count.
 */
void look_credentials_stored(const struct scene *scene, struct finding *finding);

/*
 * Private keys in ~/.ssh. One without a passphrase fails: in OpenSSH's format its cipher is "none"
 * (PROTOCOL.key), in PEM the word ENCRYPTED is missing (RFC 1421, RFC 7468).
 */
void look_credentials_ssh(const struct scene *scene, struct finding *finding);

/*
 * Private keys of GnuPG, whose files say whether they are protected, or on a card (keyformat.txt of GnuPG's
 * agent).
 */
void look_credentials_gpg(const struct scene *scene, struct finding *finding);

#endif
