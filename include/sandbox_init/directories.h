/* SPDX-License-Identifier: MIT */
/*
 * directories: where our own files go, logs and what is there only while we run.
 *
 * Others read these files to learn what happened, so nobody but root and us may be able to put others in
 * their place: a directory is used only if its path is trusted as path.h says it, and if it is itself no
 * symbolic link, belongs to root or to us and cannot be written by its group or by others, with a sticky bit
 * or without. An image that runs its init as an ordinary user has no such place below /var or /run; it gets
 * one below /tmp, whose name is always the same, so that one finds it (rejected alternative: mkdtemp(3)). Who
 * made that name before us is found out and left alone.
 */
#ifndef SANDBOX_INIT_DIRECTORIES_H
#define SANDBOX_INIT_DIRECTORIES_H

#include "sandbox_init/path.h"

#include <sys/types.h>

#define DIRECTORIES_LOG       "/var/log/sandbox-init"
#define DIRECTORIES_RUNTIME   "/run/sandbox-init"
#define DIRECTORIES_TEMPORARY "/tmp"

enum {
    DIRECTORIES_PATH_SIZE = 512,
    DIRECTORIES_REASON_SIZE = 512,
};

/*
 * Opens the directory PATH and checks that it is fit, and that we can write there. Where only its last
 * component is missing it is made with MODE, whatever the umask is; one that is there stays as it is. Returns
 * a descriptor (O_RDONLY, close-on-exec); -EPERM for a directory that others control; another -errno.
 * RET_FAULT, filled on failure, tells them apart by its `distrust`; the mode in it tells a symbolic link.
 */
int directories_open(const char *path, mode_t mode, struct path_fault *ret_fault);

struct directories_choice {
    char path[DIRECTORIES_PATH_SIZE];     /* it is there and fit; "": there is none */
    char reason[DIRECTORIES_REASON_SIZE]; /* why it is not the wanted one, printable ASCII; "": it is */
};

/*
 * Takes WANTED if it is fit or can be made, with mode 0755. Else the directory sandbox-init-UID in TEMPORARY,
 * UID being our effective one, or in that LEAF if it is not NULL. Root makes it with mode 0755, so that the
 * users of its jobs can read; others make it with 0700, their jobs are themselves. Cannot fail: nowhere is a
 * result too.
 */
void directories_choose(const char *wanted, const char *temporary, const char *leaf,
                        struct directories_choice *ret_choice);

#endif
