/* SPDX-License-Identifier: MIT */
#include "sandbox_init/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    BUFFER_SIZE = 16 * 1024, /* about 300 events of VS Code's name lengths */
    EVENT_SIZE_MAX = sizeof(struct inotify_event) + NAME_MAX + 1,
};

static bool is_ending(const struct watch *watch)
{
    return uv_is_closing((const uv_handle_t *)&watch->poll) != 0;
}

static void tell(const struct watch *watch, const char *buffer, size_t filled)
{
    for (size_t at = 0; at < filled && !is_ending(watch);) {
        struct inotify_event header;
        memcpy(&header, buffer + at, sizeof header);
        const struct watch_event event = {
            .id = header.wd,
            .mask = header.mask,
            .cookie = header.cookie,
            .name = header.len > 0 ? buffer + at + sizeof header : "",
        };
        watch->callback(watch->context, &event);
        at += sizeof header + header.len;
    }
}

/* Tells the events of one read. Returns its bytes, or 0 where there were none. */
static size_t read_and_tell(const struct watch *watch)
{
    _Alignas(struct inotify_event) char buffer[BUFFER_SIZE];
    const ssize_t got = read(watch->fd, buffer, sizeof buffer);
    if (got <= 0) {
        return 0;
    }
    tell(watch, buffer, (size_t)got);
    return (size_t)got;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    const struct watch *watch = poll->data;
    size_t got = read_and_tell(watch);
    if (got == 0) {
        return;
    }
    /*
     * A read that left room for any event took all that there were. Else what is ready now belongs to them,
     * and what comes after it does not: a flood must not keep the loop from its other work.
     */
    int ready = 0;
    if (got > BUFFER_SIZE - EVENT_SIZE_MAX && ioctl(watch->fd, FIONREAD, &ready) < 0) {
        ready = 0;
    }
    for (; ready > 0 && got > 0 && !is_ending(watch); ready -= (int)got) {
        got = read_and_tell(watch);
    }
    if (!is_ending(watch)) {
        watch->callback(watch->context, NULL);
    }
}

int watch_start(struct watch *watch, uv_loop_t *loop, watch_callback *callback, void *context)
{
    *watch = (struct watch){.callback = callback, .context = context};
    watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->fd < 0) {
        return -errno;
    }
    watch->home_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int result = watch->home_fd < 0 ? -errno : uv_poll_init(loop, &watch->poll, watch->fd);
    if (result < 0) {
        close(watch->fd);
        close(watch->home_fd);
        return result;
    }
    watch->poll.data = watch;
    return uv_poll_start(&watch->poll, UV_READABLE, on_readable);
}

int watch_add(struct watch *watch, int dirfd, uint32_t mask)
{
    if (fchdir(dirfd) < 0) {
        return -errno;
    }
    const int id = inotify_add_watch(watch->fd, ".", mask | IN_ONLYDIR);
    const int error = -errno;
    /* Cannot fail: the descriptor was opened when we stood there. */
    const int result = fchdir(watch->home_fd);
    (void)result;
    return id < 0 ? error : id;
}

void watch_remove(struct watch *watch, int id)
{
    inotify_rm_watch(watch->fd, id);
}

bool watch_is_running(const struct watch *watch)
{
    return watch->poll.data != NULL;
}

static void on_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    close(watch->fd);
    close(watch->home_fd);
    *watch = (struct watch){0};
}

void watch_stop(struct watch *watch)
{
    if (watch_is_running(watch) && !uv_is_closing((uv_handle_t *)&watch->poll)) {
        uv_close((uv_handle_t *)&watch->poll, on_closed);
    }
}
