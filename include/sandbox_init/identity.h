/* SPDX-License-Identifier: MIT */
/*
 * identity: the user that children run as: who that is, and how to become nobody else.
 *
 * Read from /etc/passwd and /etc/group themselves: a statically linked program has no name service switch,
 * and PID 1 must not load a library or ask a network at start (rejected: getpwnam(3)).
 */
#ifndef SANDBOX_INIT_IDENTITY_H
#define SANDBOX_INIT_IDENTITY_H

#include <stddef.h>
#include <sys/types.h>

enum {
    IDENTITY_GROUPS_MAX = 64,
    IDENTITY_TEXT_MAX = 256, /* bytes of each string with its NUL */
};

struct identity {
    uid_t uid;
    gid_t gid;
    gid_t groups[IDENTITY_GROUPS_MAX]; /* supplementary ones, `gid` included */
    size_t group_count;
    char name[IDENTITY_TEXT_MAX];  /* "" for a number that is not in /etc/passwd */
    char home[IDENTITY_TEXT_MAX];  /* "/" where unknown */
    char shell[IDENTITY_TEXT_MAX]; /* "/bin/sh" where unknown */
};

/*
 * Looks USER up, a name or a decimal uid, in the files PASSWD and GROUP (normally /etc/passwd, /etc/group).
 * A uid that has no entry is taken as it is, with the same number as gid and no further groups.
 * Returns 0; -ENOENT: no such name; -E2BIG: more than IDENTITY_GROUPS_MAX groups or a string too long;
 * another -errno when PASSWD cannot be read. RET_IDENTITY is untouched on failure.
 */
int identity_lookup(const char *user, const char *passwd, const char *group, struct identity *ret_identity);

/*
 * Becomes that user, for good: supplementary groups, all user and group ids, and unless it is root no
 * capability is left: not permitted, effective, inheritable or ambient. Whether that is so is read back from
 * the kernel, since inherited secure bits (capabilities(7): SECBIT_NO_SETUID_FIXUP, SECBIT_KEEP_CAPS) change
 * what the calls do. A process that is this user already and not root stays as it is: it could change
 * nothing.
 *
 * The bounding set stays. It matters only to programs that gain privileges by their file, which no_new_privs
 * forbids; and where it is not set, to let sudo(8) work, sudo is to find them (rejected alternative: dropping
 * it, which needs CAP_SETPCAP and leaves a root without power).
 *
 * Returns 0, or -errno, and then the process is fit for nothing but its end; -EPERM also for ids or
 * capabilities that are not as they should be.
 */
int identity_become(const struct identity *identity);

#endif
