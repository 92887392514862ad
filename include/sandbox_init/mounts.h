/* SPDX-License-Identifier: MIT */
/*
 * mounts: tells when something is mounted or unmounted.
 *
 * A file system that is mounted over a watched directory hides it without any inotify event. The kernel
 * raises POLLPRI on /proc/self/mountinfo at each change of our mount namespace (proc(5)), so nothing has to
 * be looked at regularly.
 */
#ifndef SANDBOX_INIT_MOUNTS_H
#define SANDBOX_INIT_MOUNTS_H

#include <uv.h>

typedef void mounts_callback(void *context);

struct mounts {
    uv_poll_t poll;
    int fd;
    mounts_callback *callback;
    void *context;
};

/* Returns 0, or -errno; -ENOENT without /proc. */
int mounts_start(struct mounts *mounts, uv_loop_t *loop, mounts_callback *callback, void *context);

/* The handle is closed when the loop has run once more. A zeroed object is fine. */
void mounts_stop(struct mounts *mounts);

#endif
