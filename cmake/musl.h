/* SPDX-License-Identifier: MIT */
/*
 * What musl lacks: the struct statx of 1.2.5 has no stx_mnt_id, and what Debian 12 has is older and knows
 * none of these. The build includes this everywhere, where it is missing; nothing else knows of it.
 */
#ifndef MUSL_H
#define MUSL_H

/* The kernel's struct instead of musl's. */
#define statx           musl_statx
#define statx_timestamp musl_statx_timestamp
#include <sys/stat.h>
#undef statx
#undef statx_timestamp
#include <linux/stat.h>

#include <stdio.h> /* RENAME_EXCHANGE */
#include <sys/types.h>
#include <sys/uio.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *ret_status);
ssize_t pwritev2(int fd, const struct iovec *vectors, int count, off_t offset, int flags);
int renameat2(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path, unsigned flags);

#endif
