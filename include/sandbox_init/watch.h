/* SPDX-License-Identifier: MIT */
/*
 * watch: tells what happens in directories, and when it could not tell.
 *
 * inotify(7) through a descriptor that the loop polls. Not uv_fs_event_t: that swallows IN_Q_OVERFLOW, so
 * events are lost without a word, and wakes for every write to a file.
 */
#ifndef SANDBOX_INIT_WATCH_H
#define SANDBOX_INIT_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct watch_event {
    int id;           /* what watch_add() returned; -1 with IN_Q_OVERFLOW */
    uint32_t mask;    /* IN_* bits (inotify(7)) */
    uint32_t cookie;  /* joins an IN_MOVED_FROM with its IN_MOVED_TO; 0 otherwise */
    const char *name; /* the entry, not escaped; "" where the event is the directory's own */
};

/* EVENT lives only in the call. NULL: all events that were ready have been told. */
typedef void watch_callback(void *context, const struct watch_event *event);

struct watch {
    uv_poll_t poll;
    int fd;
    int home_fd; /* the working directory, left and come back to by watch_add() */
    watch_callback *callback;
    void *context;
};

/* Returns 0, or -errno; -EMFILE: the host user's limit of instances (fs.inotify.max_user_instances). */
int watch_start(struct watch *watch, uv_loop_t *loop, watch_callback *callback, void *context);

/*
 * Watches the directory DIRFD (O_PATH will do) for MASK; again, for a changed mask, returns the same id.
 * Needs no /proc: it goes into the directory, watches ".", and comes back.
 * Returns the id, or -errno; -ENOSPC: the host user's limit of watches (fs.inotify.max_user_watches).
 */
int watch_add(struct watch *watch, int dirfd, uint32_t mask);

/* Ends the watch ID; an IN_IGNORED event follows. An id that is gone is fine. */
void watch_remove(struct watch *watch, int id);

bool watch_is_running(const struct watch *watch);

/* Ends everything; the handle is closed when the loop has run once more. A zeroed object is fine. */
void watch_stop(struct watch *watch);

#endif
