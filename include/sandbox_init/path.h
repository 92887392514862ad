/* SPDX-License-Identifier: MIT */
/*
 * path: opens files that say what a privileged process does, only where nobody else has a hand in them.
 *
 * A path is walked one component at a time from a held descriptor, so that no directory can be exchanged
 * between its check and its use (openat(2), "Rationale"). A symbolic link is followed only when it belongs
 * to root or to us: nobody else may tell a root process what to read. Debian's /var/run is such a link
 * (rejected alternative: openat2(RESOLVE_NO_SYMLINKS), which refuses it). Kubernetes' ConfigMap volumes have
 * such links, too, but in a directory with mode 0777, and are refused; that they are mounted read-only says
 * nothing about other mounts of the same directory. Their files can be mounted one by one (subPath).
 */
#ifndef SANDBOX_INIT_PATH_H
#define SANDBOX_INIT_PATH_H

#include <sys/types.h>

enum {
    PATH_LINKS_MAX = 16,       /* links followed in one walk, then -ELOOP */
    PATH_FAULT_NAME_MAX = 512, /* bytes of a name in a report, with its NUL */
};

/* Why a file is not trusted. */
enum path_distrust {
    PATH_TRUSTED,
    PATH_NOT_REGULAR,   /* a FIFO, a device or a directory stands there */
    PATH_FOREIGN_OWNER, /* neither root nor we own it */
    PATH_WRITABLE,      /* its mode lets the group or others write it */
};

struct path_fault {
    enum path_distrust distrust;    /* PATH_TRUSTED where the error is the system's */
    char name[PATH_FAULT_NAME_MAX]; /* the file, directory or link at fault, not escaped, cut if longer */
    uid_t owner;                    /* who owns it; like `mode`, 0 where it could not be looked at */
    mode_t mode;                    /* its type and permission bits, as in struct stat */
};

/*
 * Opens the regular file PATH (absolute, or relative to the working directory) for reading, only if nobody
 * but root and OWNER can change what it is: the file, every directory above it and above every link on the
 * way belong to one of them, and none is writable by its group or by others. A directory with the sticky bit
 * may be writable: in there only an entry's owner can exchange it (unlink(2)), and the entry is checked too.
 * A relative PATH is walked from / too, by the working directory's name. Never blocks on a FIFO and opens no
 * device. The descriptor is close-on-exec.
 * Returns a descriptor, or -errno and RET_FAULT filled. Its `distrust` tells -EPERM for a file that is not
 * trusted from the system's own.
 */
int path_open_trusted(const char *path, uid_t owner, struct path_fault *ret_fault);

/* The same for a directory, opened with O_RDONLY | O_DIRECTORY. */
int path_open_trusted_directory(const char *path, uid_t owner, struct path_fault *ret_fault);

#endif
