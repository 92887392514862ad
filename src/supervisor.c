/* SPDX-License-Identifier: MIT */
#include "sandbox_init/supervisor.h"

#include "sandbox_init/escape.h"
#include "sandbox_init/signame.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SHOWN_MAX = 512, /* bytes of a command's name in a line */
};

static const char part[] = "main";

void supervisor_init(struct supervisor *supervisor, struct log *log)
{
    *supervisor = (struct supervisor){.log = log, .terminal_fd = -1};
    for (int number = 0; number < SUPERVISOR_SIGNALS_MAX; number++) {
        supervisor->rewrites[number] = (unsigned char)number;
    }
}

void supervisor_rewrite(struct supervisor *supervisor, int from, int to)
{
    supervisor->rewrites[from] = (unsigned char)to;
}

void supervisor_accept(struct supervisor *supervisor, int status)
{
    supervisor->successes[status] = true;
}

/* tcgetpgrp(3) succeeds only on the controlling terminal of our session. */
static void find_terminal(struct supervisor *supervisor)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        const pid_t group = tcgetpgrp(fd);
        if (group >= 0) {
            supervisor->terminal_fd = fd;
            supervisor->terminal_group = group;
            return;
        }
    }
}

int supervisor_start_main(struct supervisor *supervisor, struct spawn_request *request)
{
    find_terminal(supervisor);
    request->terminal_fd = supervisor->terminal_fd;
    supervisor->main_name = request->argv[0];
    const int result = spawn_start(request, &supervisor->main);
    if (result == 0) {
        log_debug(supervisor->log, part, "started with pid %d", (int)supervisor->main.pid);
    }
    return result;
}

bool supervisor_has_main(const struct supervisor *supervisor)
{
    return supervisor->main.pid > 0;
}

/* The main command itself may have joined another group of our session (setpgid(2)). */
static void signal_group(pid_t main_pid, int number)
{
    kill(-main_pid, number);
    if (getpgid(main_pid) != main_pid) {
        kill(main_pid, number);
    }
}

void supervisor_signal_main(const struct supervisor *supervisor, int number)
{
    const int rewritten = number > 0 && number < SUPERVISOR_SIGNALS_MAX ? supervisor->rewrites[number] : 0;
    if (supervisor_has_main(supervisor) && rewritten > 0) {
        signal_group(supervisor->main.pid, rewritten);
    }
}

void supervisor_kill_main(struct supervisor *supervisor)
{
    if (supervisor_has_main(supervisor)) {
        supervisor->main_status = 128 + SIGKILL;
        signal_group(supervisor->main.pid, SIGKILL);
    }
}

/* SIGTTOU is blocked, so that neither of these can stop us. */
void supervisor_yield_terminal(const struct supervisor *supervisor)
{
    if (supervisor->terminal_fd >= 0) {
        tcsetpgrp(supervisor->terminal_fd, supervisor->terminal_group);
    }
}

void supervisor_take_terminal(const struct supervisor *supervisor)
{
    if (supervisor_has_main(supervisor) && tcgetpgrp(supervisor->terminal_fd) == supervisor->terminal_group) {
        tcsetpgrp(supervisor->terminal_fd, supervisor->main.pid);
    }
}

static void say_failure(const struct supervisor *supervisor, const struct spawn_failure *failure)
{
    char shown[SHOWN_MAX];
    escape_text(shown, sizeof shown, supervisor->main_name);
    log_error(supervisor->log, part, "cannot %s '%s': %s",
              failure->step == SPAWN_IDENTITY ? "become the user that [init] names, to run" : "run", shown,
              strerror(-failure->error));
}

static int exit_status(const struct supervisor *supervisor, int status)
{
    if (WIFEXITED(status)) {
        log_debug(supervisor->log, part, "exited with %d", WEXITSTATUS(status));
        return WEXITSTATUS(status);
    }
    char name[SIGNAME_SIZE];
    log_info(supervisor->log, part, "was ended by %s", signame_format(WTERMSIG(status), name));
    return 128 + WTERMSIG(status);
}

static void end_main(struct supervisor *supervisor, int status)
{
    const struct spawn_failure failure = spawn_finish(&supervisor->main);
    if (failure.step != SPAWN_STARTED) {
        say_failure(supervisor, &failure);
        supervisor->main_status = spawn_failure_status(&failure);
    } else {
        supervisor->main_status = exit_status(supervisor, status);
    }
    if (supervisor->successes[supervisor->main_status]) {
        supervisor->main_status = 0;
    }
    supervisor->main.pid = 0;
}

enum supervisor_news supervisor_note(struct supervisor *supervisor, pid_t pid, int status)
{
    if (!supervisor_has_main(supervisor) || pid != supervisor->main.pid) {
        return SUPERVISOR_NOTHING;
    }
    if (WIFSTOPPED(status)) {
        return SUPERVISOR_MAIN_STOPPED;
    }
    end_main(supervisor, status);
    supervisor_yield_terminal(supervisor);
    return SUPERVISOR_MAIN_ENDED;
}
