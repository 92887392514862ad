/* SPDX-License-Identifier: MIT */
/*
 * airlock: walls that the kernel keeps, around a process and all that it will start.
 *
 * Everything else that the program does against forwarded sockets is a race or a matter of uids. Inside the
 * airlock the kernel itself refuses what leads out of it, to any uid, for good, and it costs no process and
 * next to no time. The walls:
 *
 *   privileges        no_new_privs: set-user-ID programs give nothing
 *   processes         those outside cannot be traced, and their /proc/PID/environ, fd and mem not be read;
 *                     CAP_SYS_ADMIN and CAP_PERFMON, which see through this wall, are given up
 *   terminal          nothing can be typed into it (TIOCSTI) for the shell outside to read as a command
 *   signals           only processes inside can be signalled: no `kill -USR1` opens a node server's debugger
 *   abstract sockets  only those that were made inside can be connected to
 *   path sockets      the same for those with a name in the file system, except below `allow_unix`
 *
 * Landlock has processes from ABI 2 (Linux 5.19), signals and abstract sockets from ABI 6 (6.12), path
 * sockets from ABI 9 (7.1). On an older kernel CONFIG_UNIX_STRICT has both kinds of sockets from a seccomp
 * filter, which cannot tell an outside socket from an own one: there are no Unix sockets but connected pairs,
 * then.
 *
 * Invariant: what was asked for holds, or it is known that it does not. CONFIG_UNIX_STRICT is refused where a
 * wall is missing; CONFIG_UNIX_AUTO goes on, and airlock_describe_missing() has the line to log.
 *
 * Everything that allocates, opens or may fail for long is done by airlock_prepare(), once. airlock_enter()
 * makes system calls only and can be called between fork(2) and exec(2), by any number of children of one
 * preparation; there, after the last change of user, group and terminal, right before exec.
 *
 * Rejected: fanotify and mount namespaces, which Docker's default seccomp profile and capabilities forbid;
 * SECCOMP_RET_USER_NOTIF, which needs a process that stays and looks at memory that changes meanwhile.
 */
#ifndef SANDBOX_INIT_AIRLOCK_H
#define SANDBOX_INIT_AIRLOCK_H

#include "sandbox_init/config_table.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    AIRLOCK_TEXT_SIZE = 1024, /* bytes of any text of ours with its NUL */
};

/* What is asked for. Nothing is owned. */
struct airlock_policy {
    enum config_unix_sockets unix_sockets;
    bool allow_signals;
    /*
     * Ends in NULL; NULL: none. Sockets and directories whose sockets can be connected to all the same:
     * absolute paths, or "$NAME" with an optional "/..." behind it. Links are followed.
     */
    char *const *allow_unix;
};

/* What this kernel has. */
struct airlock_kernel {
    int landlock_abi;   /* 0: none */
    int landlock_error; /* why none, negative errno: -ENOSYS not built in, -EOPNOTSUPP disabled at boot */
    int seccomp_error;  /* 0: filters can be had; negative errno; -ENOEXEC: none for this architecture */
};

enum airlock_wall {
    AIRLOCK_PRIVILEGES,
    AIRLOCK_TERMINAL,
    AIRLOCK_PROCESSES,
    AIRLOCK_SIGNALS,
    AIRLOCK_ABSTRACT_SOCKETS,
    AIRLOCK_PATH_SOCKETS,
    AIRLOCK_WALL_COUNT,
};

/* Who keeps a wall. */
enum airlock_keeper {
    AIRLOCK_NOBODY, /* asked for, and not to be had here */
    AIRLOCK_WAIVED, /* not asked for */
    AIRLOCK_PRCTL,
    AIRLOCK_LANDLOCK,
    AIRLOCK_SECCOMP,
};

/* Ready to be entered. Read-only after airlock_prepare(), so that a snapshot of it is a report. */
struct airlock {
    struct airlock_kernel kernel;
    enum config_unix_sockets unix_sockets;
    enum airlock_keeper keepers[AIRLOCK_WALL_COUNT];
    bool has_ruleset;
    bool has_filter;      /* a seccomp filter */
    bool refuses_sockets; /* it has the sockets' walls, too */
    int ruleset_fd;       /* close-on-exec; with has_ruleset */
    unsigned allowed;     /* entries of allow_unix that are there */
    unsigned absent;      /* and that are not; what appears later stays closed */
};

/* What a failed airlock_enter() was at. */
enum airlock_step {
    AIRLOCK_STEP_PRIVILEGES,
    AIRLOCK_STEP_CAPABILITIES,
    AIRLOCK_STEP_LANDLOCK,
    AIRLOCK_STEP_SECCOMP,
};

/* Asks the kernel. Changes nothing. */
struct airlock_kernel airlock_probe(void);

/*
 * Prepares what POLICY asks for. ENVIRON_IN answers $NAME in allow_unix; an entry whose variable is unset or
 * not an absolute path is left out, and so is one that does not exist (a rule is about a file, not a name).
 * Returns 0, and airlock_finish() releases RET_AIRLOCK; -EOPNOTSUPP: strict, and a wall cannot be had;
 * another -errno of the system. Then MESSAGE (SIZE bytes, at least AIRLOCK_TEXT_SIZE) says what is missing
 * and the mend, in printable ASCII, and RET_AIRLOCK is untouched.
 */
int airlock_prepare(struct airlock *ret_airlock, const struct airlock_policy *policy, char *const *environ_in,
                    char *message, size_t size);

/*
 * Puts the calling process, which must have one thread, inside; there is no way back. Async-signal-safe.
 * Returns 0, or -errno and RET_STEP set: the process may then be half inside and must not go on.
 */
int airlock_enter(const struct airlock *airlock, enum airlock_step *ret_step);

/* Takes a zeroed object too. Who has entered stays inside. */
void airlock_finish(struct airlock *airlock);

/* "path sockets" and the like. */
const char *airlock_wall_name(enum airlock_wall wall);

/* Writes what holds or not at this wall, and why. BUFFER: AIRLOCK_TEXT_SIZE bytes. */
void airlock_explain(const struct airlock *airlock, enum airlock_wall wall, char *buffer);

/* Writes "Landlock ABI 7, seccomp filters", or why not. BUFFER: AIRLOCK_TEXT_SIZE bytes. */
void airlock_describe_kernel(const struct airlock_kernel *kernel, char *buffer);

/*
 * Writes one line on the walls that were asked for and do not stand, and the mend. BUFFER: AIRLOCK_TEXT_SIZE
 * bytes. Returns false when there is none such, with an empty BUFFER.
 */
bool airlock_describe_missing(const struct airlock *airlock, char *buffer);

/* Writes why airlock_enter() failed, and the mend. BUFFER: AIRLOCK_TEXT_SIZE bytes. */
void airlock_describe_failure(enum airlock_step step, int error, char *buffer);

#endif
