/* SPDX-License-Identifier: MIT */
/*
 * listener: a Unix stream socket with a name in a directory of ours, and its end.
 *
 * What a dead init left behind is replaced, what a live one listens on is not. The socket is made under
 * another name, gets its mode, listens, and is renamed into place: whoever sees its name can connect.
 *
 * bind(2) and connect(2) take a path of at most 107 bytes, and a directory's may be longer: we go there for
 * the moment of the call and come back (rejected alternative: /proc/self/fd, which need not be there). So the
 * process has one thread, as all of this program.
 */
#ifndef SANDBOX_INIT_LISTENER_H
#define SANDBOX_INIT_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

struct listener {
    int fd;     /* listens; non-blocking, close-on-exec */
    int dir_fd; /* where its name is */
    const char *name;
    dev_t device; /* of the name's file, */
    ino_t inode;  /* so that only our own is removed */
    bool is_open;
};

/*
 * Makes NAME, a string that is kept by pointer, in DIRECTORY with exactly MODE and listens on it. DIRECTORY
 * is opened and made as directories_open() does it with mode 0755. Returns 0; -EPERM for a directory that
 * others control; -EADDRINUSE when somebody listens on that name; -EEXIST when it stands for something else
 * than a socket; another -errno. LISTENER was zeroed, and is so still after a failure.
 */
int listener_open(struct listener *listener, const char *directory, const char *name, mode_t mode);

/* Removes the name, if it still is ours, and closes. A zeroed object is fine. */
void listener_close(struct listener *listener);

#endif
