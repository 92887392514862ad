/* SPDX-License-Identifier: MIT */
#include <sys/syscall.h>
#include <unistd.h>

int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *ret_status)
{
    return (int)syscall(SYS_statx, dirfd, path, flags, mask, ret_status);
}

ssize_t pwritev2(int fd, const struct iovec *vectors, int count, off_t offset, int flags)
{
    /* The kernel wants the offset in two halves, and on 64 bits takes all of it as the first. */
    return syscall(SYS_pwritev2, fd, vectors, count, (long)offset, (long)(offset >> 31 >> 1), flags);
}

int renameat2(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path, unsigned flags)
{
    return (int)syscall(SYS_renameat2, old_dirfd, old_path, new_dirfd, new_path, flags);
}
