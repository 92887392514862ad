/* SPDX-License-Identifier: MIT */
/*
 * look_privileges: what the kernel lets the agent's processes do, and whom it keeps from them.
 *
 * What `docker exec` starts has what the container was started with. So has this process; unless it is in an
 * airlock, whose own walls would be taken for the container's. That is why PID 1 is asked, too. All of it is
 * in /proc/PID/status (proc(5)), which everybody may read.
 */
#ifndef SANDBOX_INIT_LOOK_PRIVILEGES_H
#define SANDBOX_INIT_LOOK_PRIVILEGES_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

/* Can privileges be gained by exec, of sudo for one (prctl(2), PR_SET_NO_NEW_PRIVS)? */
void look_privileges_no_new(const struct scene *scene, struct finding *finding);

/*
 * Which capabilities has the agent, and which can be gained here (capabilities(7))? What the init itself uses
 * is enough: CHOWN and DAC_OVERRIDE to revoke, SETUID and SETGID for jobs, KILL to stop everybody.
 */
void look_privileges_capabilities(const struct scene *scene, struct finding *finding);

/* Is there a filter of system calls (seccomp(2)), as container engines have by default? */
void look_privileges_seccomp(const struct scene *scene, struct finding *finding);

/* How much of the airlock can the kernel hold (airlock.h)? */
void look_privileges_landlock(const struct scene *scene, struct finding *finding);

/* Who may trace whom? Documentation/admin-guide/LSM/Yama.rst of the kernel; 0 and none mean the same uid. */
void look_privileges_ptrace(const struct scene *scene, struct finding *finding);

/* Is the agent the user as whom VS Code's server runs? Then scrubbing is a mitigation. */
void look_privileges_uid(const struct scene *scene, struct finding *finding);

#endif
