/* SPDX-License-Identifier: MIT */
/*
 * fileid: what a name or a descriptor stands for at this moment.
 *
 * Two looks at a name can see two files when somebody exchanges them in between. Everything that decides
 * about a file therefore compares identities, and this is the one place that knows what an identity is.
 */
#ifndef SANDBOX_INIT_FILEID_H
#define SANDBOX_INIT_FILEID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct fileid {
    dev_t device;
    ino_t inode;
    uint64_t mount; /* STATX_MNT_ID; 0 where the kernel does not tell (before Linux 5.8) */
    mode_t mode;    /* type and permission bits */
    uid_t owner;
    nlink_t links;
    bool is_mount_root; /* something is mounted right here (STATX_ATTR_MOUNT_ROOT, Linux 5.8) */
};

/*
 * Reads the identity of NAME below DIRFD, of a link itself and never of its target; NAME "" is DIRFD's own.
 * One statx(2). Returns 0 or -errno; RET_ID is untouched on failure.
 */
int fileid_read(int dirfd, const char *name, struct fileid *ret_id);

/* The same file? Mode, owner and link count may differ. */
bool fileid_is_same(const struct fileid *a, const struct fileid *b);

/*
 * Is ENTRY, found in DIRECTORY, something that was mounted there? Then it is the host's, not ours: removing
 * it fails, and chmod or chown would write through. The mount's number decides where the kernel tells it,
 * else the device: on overlayfs a file's device may differ from its directory's although both are in one
 * mount (kernel: filesystems/overlayfs, "Inode properties").
 */
bool fileid_is_foreign(const struct fileid *directory, const struct fileid *entry);

#endif
