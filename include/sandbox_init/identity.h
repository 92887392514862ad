/* SPDX-License-Identifier: MIT */
/*
 * identity: the user that children run as.
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

#endif
