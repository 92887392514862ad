/* SPDX-License-Identifier: MIT */
/*
 * What musl lacks, up to 1.2.5 at least: stx_mnt_id in its struct statx; in Debian 12 all of these calls; and
 * that execvp() gives a script without "#!" to the shell. The build includes this everywhere, where the C
 * library is not glibc; nothing else knows of it.
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
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

#define execvp musl_execvp

int musl_execvp(const char *name, char *const argv[]);
int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *ret_status);
ssize_t pwritev2(int fd, const struct iovec *vectors, int count, off_t offset, int flags);
int renameat2(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path, unsigned flags);

#endif
