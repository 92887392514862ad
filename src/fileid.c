/* SPDX-License-Identifier: MIT */
#include "sandbox_init/fileid.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Not in every libc's headers yet; the kernel's numbers (linux/stat.h). */
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x00001000U
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif

int fileid_read(int dirfd, const char *name, struct fileid *ret_id)
{
    const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name[0] == '\0' ? AT_EMPTY_PATH : 0);
    struct statx status = {0};
    if (statx(dirfd, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, &status) < 0) {
        return -errno;
    }
    *ret_id = (struct fileid){
        .device = makedev(status.stx_dev_major, status.stx_dev_minor),
        .inode = status.stx_ino,
        .mount = (status.stx_mask & STATX_MNT_ID) != 0 ? status.stx_mnt_id : 0,
        .mode = status.stx_mode,
        .owner = status.stx_uid,
        .links = status.stx_nlink,
        .is_mount_root = (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
    };
    return 0;
}

bool fileid_is_same(const struct fileid *a, const struct fileid *b)
{
    return a->device == b->device && a->inode == b->inode;
}

bool fileid_is_foreign(const struct fileid *directory, const struct fileid *entry)
{
    if (entry->is_mount_root) {
        return true;
    }
    if (directory->mount != 0 && entry->mount != 0) {
        return directory->mount != entry->mount;
    }
    return directory->device != entry->device;
}
