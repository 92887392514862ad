/* SPDX-License-Identifier: MIT */
/*
 * pidfile: where our process id can be read, for who must signal us and cannot assume that we are PID 1
 * (docker run --init, --foreground).
 */
#ifndef SANDBOX_INIT_PIDFILE_H
#define SANDBOX_INIT_PIDFILE_H

#include <sys/types.h>

#define PIDFILE_NAME "pid"

struct pidfile {
    int dir_fd; /* -1: there is none */
};

/*
 * Writes PID as "<number>\n" to DIRECTORY/pid, exchanging an old file atomically. DIRECTORY is opened, and
 * made if need be with mode 0755, as directories_open() does it. Returns 0; -EPERM for a directory that
 * others control; another -errno.
 */
int pidfile_write(struct pidfile *pidfile, const char *directory, pid_t pid);

/* Removes the file. One with dir_fd -1 is fine. */
void pidfile_remove(struct pidfile *pidfile);

#endif
