/* SPDX-License-Identifier: MIT */
#include "sandbox_init/signals.h"

#include "sandbox_init/sigmask.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

void signals_block(struct signals_original *ret_original)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigmask_block_all(&ret_original->mask);
    sigaction(SIGCHLD, &by_default, &ret_original->child_action);
}

void signals_restore(const struct signals_original *original)
{
    sigaction(SIGCHLD, &original->child_action, NULL);
    sigmask_set(&original->mask);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    const struct signals *signals = poll->data;
    struct signalfd_siginfo info[16];
    const ssize_t got = read(signals->fd, info, sizeof info);
    if (got < 0) {
        return;
    }
    for (size_t i = 0; i < (size_t)got / sizeof info[0] && !uv_is_closing((uv_handle_t *)poll); i++) {
        signals->callback(signals->context, (int)info[i].ssi_signo, (pid_t)info[i].ssi_pid);
    }
}

int signals_start(struct signals *signals, uv_loop_t *loop, signals_callback *callback, void *context)
{
    const sigset_t all = sigmask_all();
    *signals = (struct signals){.callback = callback, .context = context};
    signals->fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->fd < 0) {
        return -errno;
    }
    int result = uv_poll_init(loop, &signals->poll, signals->fd);
    if (result < 0) {
        close(signals->fd);
        return result;
    }
    signals->poll.data = signals;
    return uv_poll_start(&signals->poll, UV_READABLE, on_readable);
}

static void on_closed(uv_handle_t *handle)
{
    const struct signals *signals = handle->data;
    close(signals->fd);
}

void signals_stop(struct signals *signals)
{
    if (signals->poll.data != NULL && !uv_is_closing((uv_handle_t *)&signals->poll)) {
        uv_close((uv_handle_t *)&signals->poll, on_closed);
    }
}
