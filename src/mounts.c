/* SPDX-License-Identifier: MIT */
#include "sandbox_init/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void on_changed(uv_poll_t *poll, int status, int events)
{
    (void)events;
    const struct mounts *mounts = poll->data;
    if (status == 0) {
        mounts->callback(mounts->context);
    }
}

int mounts_start(struct mounts *mounts, uv_loop_t *loop, mounts_callback *callback, void *context)
{
    *mounts = (struct mounts){.callback = callback, .context = context};
    mounts->fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (mounts->fd < 0) {
        return -errno;
    }
    const int result = uv_poll_init(loop, &mounts->poll, mounts->fd);
    if (result < 0) {
        close(mounts->fd);
        return result;
    }
    mounts->poll.data = mounts;
    return uv_poll_start(&mounts->poll, UV_PRIORITIZED, on_changed);
}

static void on_closed(uv_handle_t *handle)
{
    const struct mounts *mounts = handle->data;
    close(mounts->fd);
}

void mounts_stop(struct mounts *mounts)
{
    if (mounts->poll.data != NULL && !uv_is_closing((uv_handle_t *)&mounts->poll)) {
        uv_close((uv_handle_t *)&mounts->poll, on_closed);
    }
}
