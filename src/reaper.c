/* SPDX-License-Identifier: MIT */
#include "sandbox_init/reaper.h"

#include <sys/wait.h>

static void on_idle(uv_idle_t *idle)
{
    reaper_collect(idle->data);
}

int reaper_start(struct reaper *reaper, uv_loop_t *loop, reaper_callback *callback, void *context)
{
    *reaper = (struct reaper){.callback = callback, .context = context};
    const int result = uv_idle_init(loop, &reaper->again);
    reaper->again.data = reaper;
    return result;
}

void reaper_collect(struct reaper *reaper)
{
    for (int i = 0; i < REAPER_PORTION && !uv_is_closing((uv_handle_t *)&reaper->again); i++) {
        int status = 0;
        const pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED);
        if (pid <= 0) {
            uv_idle_stop(&reaper->again);
            return;
        }
        reaper->callback(reaper->context, pid, status);
    }
    if (!uv_is_closing((uv_handle_t *)&reaper->again)) {
        uv_idle_start(&reaper->again, on_idle);
    }
}

bool reaper_has_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void reaper_stop(struct reaper *reaper)
{
    if (reaper->again.data != NULL && !uv_is_closing((uv_handle_t *)&reaper->again)) {
        uv_close((uv_handle_t *)&reaper->again, NULL);
    }
}
