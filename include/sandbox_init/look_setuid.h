/* SPDX-License-Identifier: MIT */
/*
 * look_setuid: programs that give whoever starts them the privileges of another: sudo, su, mount.
 *
 * They give nothing with no_new_privs (prctl(2)) and from a file system mounted nosuid (mount(8)), so it is
 * asked whether they take effect, not only whether they are there. Looked at are the directories of PATH and
 * the usual ones, not the whole tree, which would take seconds.
 */
#ifndef SANDBOX_INIT_LOOK_SETUID_H
#define SANDBOX_INIT_LOOK_SETUID_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/* Is there a sudo or doas, which are made to give all of root? */
void look_setuid_sudo(const struct scene *scene, struct finding *finding);

/*
 * The others: set-user-ID and set-group-ID (chmod(2)), and file capabilities (the attribute
 * security.capability, capabilities(7)).
 */
void look_setuid_programs(const struct scene *scene, struct finding *finding);

#endif
