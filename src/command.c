/* SPDX-License-Identifier: MIT */
#include "sandbox_init/command.h"

#include "sandbox_init/escape.h"
#include "sandbox_init/signame.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SHOWN_MAX = 512, /* bytes of a command's name in a line */
};

static const char part[] = "main";

void command_init(struct command *command, struct log *log)
{
    *command = (struct command){.log = log, .terminal_fd = -1};
    for (int number = 0; number < COMMAND_SIGNALS_MAX; number++) {
        command->rewrites[number] = (unsigned char)number;
    }
}

void command_rewrite(struct command *command, int from, int to)
{
    command->rewrites[from] = (unsigned char)to;
}

void command_accept(struct command *command, int status)
{
    command->successes[status] = true;
}

static void take_configured_rules(struct command *command, const struct config *config)
{
    for (char *const *entry = config->init.rewrite; *entry != NULL; entry++) {
        struct signame_rewrite rewrite;
        if (signame_parse_rewrite(*entry, &rewrite) == 0) {
            command_rewrite(command, rewrite.from, rewrite.to);
        }
    }
    for (char *const *entry = config->init.remap_exit; *entry != NULL; entry++) {
        command_accept(command, (int)strtol(*entry, NULL, 10));
    }
}

static void take_given_rules(struct command *command, const struct cli *cli)
{
    for (size_t i = 0; i < cli->rewrite_count; i++) {
        command_rewrite(command, cli->rewrites[i].from, cli->rewrites[i].to);
    }
    for (size_t i = 0; i < cli->success_count; i++) {
        command_accept(command, cli->success_statuses[i]);
    }
}

void command_take_rules(struct command *command, const struct config *config, const struct cli *cli)
{
    take_configured_rules(command, config);
    take_given_rules(command, cli);
}

/* tcgetpgrp(3) succeeds only on the controlling terminal of our session. */
static void find_terminal(struct command *command)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        const pid_t group = tcgetpgrp(fd);
        if (group >= 0) {
            command->terminal_fd = fd;
            command->terminal_group = group;
            return;
        }
    }
}

int command_start(struct command *command, struct spawn_request *request)
{
    find_terminal(command);
    request->terminal_fd = command->terminal_fd;
    command->name = request->argv[0];
    const int result = spawn_start(request, &command->child);
    if (result == 0) {
        log_debug(command->log, part, "started with pid %d", (int)command->child.pid);
    }
    return result;
}

bool command_is_there(const struct command *command)
{
    return command->child.pid > 0;
}

/* The main command itself may have joined another group of our session (setpgid(2)). */
static void signal_group(pid_t main_pid, int number)
{
    kill(-main_pid, number);
    if (getpgid(main_pid) != main_pid) {
        kill(main_pid, number);
    }
}

void command_signal(const struct command *command, int number)
{
    const int rewritten = number > 0 && number < COMMAND_SIGNALS_MAX ? command->rewrites[number] : 0;
    if (command_is_there(command) && rewritten > 0) {
        signal_group(command->child.pid, rewritten);
    }
}

void command_kill(struct command *command)
{
    if (command_is_there(command)) {
        command->status = 128 + SIGKILL;
        signal_group(command->child.pid, SIGKILL);
    }
}

/* SIGTTOU is blocked, so that neither of these can stop us. */
void command_yield_terminal(const struct command *command)
{
    if (command->terminal_fd >= 0) {
        tcsetpgrp(command->terminal_fd, command->terminal_group);
    }
}

void command_take_terminal(const struct command *command)
{
    if (command_is_there(command) && tcgetpgrp(command->terminal_fd) == command->terminal_group) {
        tcsetpgrp(command->terminal_fd, command->child.pid);
    }
}

static void say_failure(const struct command *command, const struct spawn_failure *failure)
{
    char shown[SHOWN_MAX];
    escape_text(shown, sizeof shown, command->name);
    log_error(command->log, part, "cannot %s '%s': %s",
              failure->step == SPAWN_IDENTITY ? "become the user that [init] names, to run" : "run", shown,
              strerror(-failure->error));
}

static int exit_status(const struct command *command, int status)
{
    if (WIFEXITED(status)) {
        log_debug(command->log, part, "exited with %d", WEXITSTATUS(status));
        return WEXITSTATUS(status);
    }
    char name[SIGNAME_SIZE];
    log_info(command->log, part, "was ended by %s", signame_format(WTERMSIG(status), name));
    return 128 + WTERMSIG(status);
}

static void end_main(struct command *command, int status)
{
    const struct spawn_failure failure = spawn_finish(&command->child);
    if (failure.step != SPAWN_STARTED) {
        say_failure(command, &failure);
        command->status = spawn_failure_status(&failure);
    } else {
        command->status = exit_status(command, status);
    }
    if (command->successes[command->status]) {
        command->status = 0;
    }
    command->child.pid = 0;
}

enum command_news command_note(struct command *command, pid_t pid, int status)
{
    if (!command_is_there(command) || pid != command->child.pid) {
        return COMMAND_NOTHING;
    }
    if (WIFSTOPPED(status)) {
        return COMMAND_STOPPED;
    }
    end_main(command, status);
    command_yield_terminal(command);
    return COMMAND_ENDED;
}
