/* SPDX-License-Identifier: MIT */
#include "sandbox_init/init.h"

#include "sandbox_init/escape.h"
#include "sandbox_init/logfile.h"
#include "sandbox_init/procs.h"
#include "sandbox_init/signame.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WATCH_MS = 20,     /* how often we look whether all are gone, while we stop */
    NICE_WANTED = -20, /* the race against an attacker is decided by who runs first */
};

static const char part[] = "init";

static void take(struct init *init, enum shutdown_event event);

/* ---- the way to the end ---- */

static void tell_main(struct init *init)
{
    if (!command_is_there(&init->main)) {
        return;
    }
    const int sent = init->main.rewrites[init->stop_signal];
    init->main_group = init->main.child.pid;
    command_signal(&init->main, init->stop_signal);
    if (sent == SIGTERM) {
        crowd_insist(init->main.child.pid);
    }
    if (sent != 0) {
        crowd_wake_group(init->main_group); /* whoever is stopped cannot act on any signal */
    }
}

/*
 * The main command's group is not asked twice. But what it got may not have been TERM, and a shell's
 * background ignores INT and QUIT: all but the main command itself are then asked as all others are.
 */
static void tell_others(struct init *init)
{
    const bool got_term = init->main.rewrites[init->stop_signal] == SIGTERM;
    const bool has_main = command_is_there(&init->main);
    if (has_main && !got_term) {
        crowd_ask_group(&init->crowd, init->main_group, init->main.child.pid);
    }
    crowd_ask(&init->crowd, has_main || got_term ? init->main_group : 0);
}

static void kill_all(struct init *init)
{
    crowd_say_left(&init->crowd, &init->log, "killing");
    command_kill(&init->main);
    jobs_kill(&init->jobs);
    crowd_kill(&init->crowd);
}

static void on_deadline(uv_timer_t *timer)
{
    take(timer->data, SHUTDOWN_DEADLINE);
}

static void on_patience(uv_timer_t *timer)
{
    struct init *init = timer->data;
    const uint64_t grace_ms = init->request->config->init.stop_grace_ms;
    uv_timer_start(timer, on_deadline, grace_ms - grace_ms / 2, 0);
    take(init, SHUTDOWN_PATIENCE);
}

static void look_around(struct init *init)
{
    /* The main command's zombie counts as gone, but its exit status is still to be collected. */
    if (command_is_there(&init->main) || !crowd_is_gone(&init->crowd)) {
        crowd_follow(&init->crowd);
        return;
    }
    /* So do those of jobs, whose end is still to be told. */
    reaper_collect(&init->reaper);
    take(init, SHUTDOWN_ALL_GONE);
}

static void on_watch(uv_timer_t *timer)
{
    look_around(timer->data);
}

static void leave(struct init *init)
{
    controller_stop(&init->controller);
    guard_stop(&init->guard);
    jobs_stop_watching(&init->jobs);
    signals_stop(&init->signals);
    reaper_stop(&init->reaper);
    uv_close((uv_handle_t *)&init->grace_timer, NULL);
    uv_close((uv_handle_t *)&init->watch_timer, NULL);
}

static void act(struct init *init, unsigned actions)
{
    const struct config *config = init->request->config;
    if ((actions & SHUTDOWN_TELL_MAIN) != 0) {
        tell_main(init);
    }
    if ((actions & SHUTDOWN_TELL_OTHERS) != 0) {
        tell_others(init);
    }
    if ((actions & SHUTDOWN_KILL_ALL) != 0) {
        kill_all(init);
    }
    if ((actions & SHUTDOWN_ARM_GRACE) != 0) {
        uv_timer_start(&init->grace_timer, on_patience, config->init.stop_grace_ms / 2, 0);
    }
    if ((actions & SHUTDOWN_ARM_KILL) != 0) {
        uv_timer_start(&init->grace_timer, on_deadline, config->init.kill_grace_ms, 0);
    }
    if ((actions & SHUTDOWN_WATCH) != 0) {
        uv_timer_start(&init->watch_timer, on_watch, 0, WATCH_MS);
    }
    if ((actions & SHUTDOWN_NAME_LEFT) != 0) {
        crowd_say_left(&init->crowd, &init->log, "even KILL did not end");
    }
    if ((actions & SHUTDOWN_STOP_JOBS) != 0) {
        jobs_stop(&init->jobs);
    }
    if ((actions & SHUTDOWN_LEAVE) != 0) {
        leave(init);
    }
}

static void take(struct init *init, enum shutdown_event event)
{
    const struct shutdown_step step = shutdown_step(init->state, event);
    if (step.next != init->state) {
        log_debug(&init->log, part, "%s -> %s", shutdown_state_name(init->state),
                  shutdown_state_name(step.next));
    }
    const bool is_mains_turn = step.next == SHUTDOWN_MAIN && init->state != SHUTDOWN_MAIN;
    init->state = step.next;
    act(init, step.actions);
    if (is_mains_turn && !command_is_there(&init->main)) {
        take(init, SHUTDOWN_MAIN_GONE);
    }
}

static void on_jobs_gone(void *context)
{
    take(context, SHUTDOWN_JOBS_GONE);
}

/* ---- signals and children ---- */

static void ask_to_stop(struct init *init, int number, pid_t sender)
{
    char name[SIGNAME_SIZE];
    signame_format(number, name);
    const bool was_asked = init->is_asked;
    init->is_asked = true;
    if (!was_asked && init->state != SHUTDOWN_RUNNING && init->state < SHUTDOWN_KILLING) {
        log_info(&init->log, part, "%s: stopping already, since the command ended", name);
        return;
    }
    if (init->state == SHUTDOWN_RUNNING) {
        init->stop_signal = number;
        char from[32] = "outside";
        if (sender > 0) {
            snprintf(from, sizeof from, "pid %d", (int)sender);
        }
        log_info(&init->log, part, "%s from %s: stopping", name, from);
    } else {
        log_info(&init->log, part, "%s: not waiting any longer", name);
    }
    take(init, SHUTDOWN_ASKED);
}

static void on_signal(void *context, int number, pid_t sender)
{
    struct init *init = context;
    if (init->state == SHUTDOWN_OVER) {
        return;
    }
    switch (number) {
    case SIGCHLD:
        reaper_collect(&init->reaper);
        /* Once a portion, not for each child: a look may go through all of /proc. */
        if (init->state != SHUTDOWN_RUNNING && init->state != SHUTDOWN_OVER) {
            look_around(init);
        }
        break;
    case SIGPIPE:
        break; /* our own: nobody reads the log */
    case SIGXFSZ:
        if (sender != getpid()) { /* our own: a log file has reached the limit (setrlimit(2)) */
            command_signal(&init->main, number);
        }
        break;
    case SIGTERM:
    case SIGINT:
    case SIGQUIT:
        ask_to_stop(init, number, sender);
        break;
    case SIGHUP:
        if (init->is_foreground && !command_is_there(&init->main)) {
            ask_to_stop(init, number, sender); /* our terminal is gone */
            break;
        }
        command_signal(&init->main, number);
        break;
    default:
        command_signal(&init->main, number);
        break;
    }
}

/*
 * Ctrl-Z stopped the main command. Under a shell we stop with it and give the shell its terminal; what wakes
 * us (fg) is a SIGCONT, which is forwarded like any other. In a container nobody could wake us.
 */
static void suspend(struct init *init)
{
    if (init->is_foreground && getpid() != 1 && init->state == SHUTDOWN_RUNNING) {
        command_yield_terminal(&init->main);
        raise(SIGSTOP);
        command_take_terminal(&init->main);
    }
}

static void on_child(void *context, pid_t pid, int status)
{
    struct init *init = context;
    if (!WIFSTOPPED(status)) {
        crowd_forget(&init->crowd, pid);
    }
    if (init->state == SHUTDOWN_OVER) {
        return;
    }
    if (!WIFSTOPPED(status) && jobs_note(&init->jobs, pid, status)) {
        return;
    }
    const enum command_news news = command_note(&init->main, pid, status);
    if (news == COMMAND_ENDED) {
        take(init, SHUTDOWN_MAIN_GONE);
    } else if (news == COMMAND_STOPPED) {
        suspend(init);
    }
}

/* ---- the first world: it may fail ---- */

static int fail(struct init *init, int status, const char *what, int error)
{
    log_error(&init->log, part, "%s: %s", what, strerror(-error));
    return status;
}

static enum config_log_level find_log_level(const struct init_request *request)
{
    const enum config_log_level level = (enum config_log_level)request->config->init.log_level;
    if (request->cli->is_quiet) {
        return level < CONFIG_LOG_WARNING ? level : CONFIG_LOG_WARNING;
    }
    return request->cli->is_verbose && level < CONFIG_LOG_DEBUG ? level + 1 : level;
}

/* What a user wanted and does not get is a warning; that root's place is not ours to write is expected. */
static void choose_log_dir(struct init *init)
{
    const char *wanted = init->request->config->init.log_dir;
    struct directories_choice *choice = &init->log_dir;
    directories_choose(wanted != NULL ? wanted : DIRECTORIES_LOG, DIRECTORIES_TEMPORARY, "log", choice);
    if (choice->path[0] == '\0') {
        log_warning(&init->log, part, "no log files: %s", choice->reason);
    } else if (choice->reason[0] != '\0') {
        const enum config_log_level level =
            wanted != NULL || geteuid() == 0 ? CONFIG_LOG_WARNING : CONFIG_LOG_INFO;
        log_say(&init->log, level, part, "log files are in %s: %s", choice->path, choice->reason);
    }
    const int result = wanted != NULL && choice->path[0] != '\0' ? log_use_file(&init->log, choice->path) : 0;
    if (result < 0) {
        log_warning(&init->log, part, "no log file in %s: %s; trying again at each line", choice->path,
                    logfile_explain(result));
    }
}

static void open_log(struct init *init)
{
    const struct config *config = init->request->config;
    log_init(&init->log, STDERR_FILENO, find_log_level(init->request),
             (enum config_log_format)config->init.log_format);
    if (init->is_foreground && isatty(STDERR_FILENO) && getenv("NO_COLOR") == NULL) {
        log_use_colors(&init->log);
    }
    if (config->init.log_dir != NULL || config->job_count > 0) {
        choose_log_dir(init);
    }
}

/* MESSAGE says what is wrong when RESULT is -EINVAL: then it is the configuration. */
static int fail_children(struct init *init, const char *what, int result, const char *message)
{
    if (result == -EINVAL) {
        log_error(&init->log, part, "%s", message);
        return CLI_STATUS_CONFIG;
    }
    return fail(init, CLI_STATUS_SYSTEM, what, result);
}

/* After this, what children do not get is in our memory no more. */
static int prepare_children(struct init *init)
{
    const struct init_request *request = init->request;
    char message[512] = "";
    const struct childenv_request wanted = {
        .config = request->config,
        .environ_in = request->environ_in,
        .section = "init",
        .user = request->config->init.user,
    };
    const int result = childenv_build(&init->children, &wanted, message, sizeof message);
    if (result < 0) {
        return fail_children(init, "cannot build the environment of children", result, message);
    }
    const size_t wiped = childenv_wipe(request->config, request->environ_in);
    log_debug(&init->log, part, "took %zu variables out of the environment", wiped);
    return 0;
}

static void become_subreaper(struct init *init)
{
    struct procs_entry first;
    char shown[PROCS_NAME_MAX * ESCAPE_WIDTH_MAX] = "";
    const bool is_known = procs_read(1, &first) == 0;
    escape_text(shown, sizeof shown, is_known ? first.name : "another program");
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (!init->is_foreground) {
        log_warning(
            &init->log, part,
            "not PID 1, that is %s: only our own descendants are reaped and stopped, what 'docker exec' "
            "starts is not; run without --init (\"init\": true), with overrideCommand: false",
            shown);
    }
}

static void raise_priority(struct init *init)
{
    errno = 0;
    init->nice = getpriority(PRIO_PROCESS, 0);
    if (setpriority(PRIO_PROCESS, 0, NICE_WANTED) < 0) {
        log_debug(&init->log, part, "the guard runs at normal priority: %s (it needs CAP_SYS_NICE)",
                  strerror(errno));
    }
}

static int start_loop(struct init *init)
{
    int result = uv_loop_init(&init->loop);
    if (result < 0) {
        return result;
    }
    uv_timer_init(&init->loop, &init->grace_timer);
    uv_timer_init(&init->loop, &init->watch_timer);
    init->grace_timer.data = init->watch_timer.data = init;
    result = reaper_start(&init->reaper, &init->loop, on_child, init);
    return result < 0 ? result : signals_start(&init->signals, &init->loop, on_signal, init);
}

static int prepare_jobs(struct init *init)
{
    const struct init_request *request = init->request;
    const struct job_setting setting = {
        .config = request->config,
        .environ_in = request->environ_in,
        .log = &init->log,
        .loop = &init->loop,
        .signal_mask = &request->signals->mask,
        .child_action = &request->signals->child_action,
        .log_dir = init->log_dir.path[0] != '\0' ? init->log_dir.path : NULL,
    };
    char message[512] = "";
    const int result = jobs_init(&init->jobs, &setting, on_jobs_gone, init, message, sizeof message);
    return result < 0 ? fail_children(init, "cannot prepare the jobs", result, message) : 0;
}

static void start_guard(struct init *init)
{
    const int result = guard_start(&init->guard, &init->loop);
    if (result < 0) {
        log_error(&init->log, "guard", "does not run, nothing is revoked: %s", strerror(-result));
    }
}

static void write_pidfile(struct init *init)
{
    const char *wanted = init->request->config->init.runtime_dir;
    struct directories_choice *choice = &init->runtime_dir;
    init->pidfile.dir_fd = -1;
    if (wanted == NULL) {
        return;
    }
    directories_choose(wanted, DIRECTORIES_TEMPORARY, NULL, choice);
    const int result = choice->path[0] != '\0' ? pidfile_write(&init->pidfile, choice->path, getpid()) : 0;
    if (choice->reason[0] != '\0') {
        log_debug(&init->log, part, "runtime directory: %s", choice->reason);
    }
    if (result < 0) {
        log_debug(&init->log, part, "no pid file in %s: %s", choice->path, strerror(-result));
    }
}

/* Whoever listens first misses nothing. */
static void prepare_controller(struct init *init)
{
    const struct init_request *request = init->request;
    char *const *command = request->cli->command;
    const struct controller_setting setting = {
        .log = &init->log,
        .loop = &init->loop,
        .jobs = &init->jobs,
        .guard = &init->guard,
        .is_guard_wanted = request->config->scrub.enabled,
        .main = &init->main,
        .state = &init->state,
        .log_dir = init->log_dir.path[0] != '\0' ? init->log_dir.path : NULL,
        .command = command != NULL ? command[0] : NULL,
    };
    controller_init(&init->controller, &setting);
}

/* Without it nobody can ask us, and all else goes on. */
static void start_controller(struct init *init)
{
    const struct directories_choice *choice = &init->runtime_dir;
    if (init->request->config->init.runtime_dir == NULL) {
        return;
    }
    if (choice->path[0] == '\0') {
        log_warning(&init->log, part, "no control socket: %s", choice->reason);
        return;
    }
    const int result = controller_start(&init->controller, choice->path);
    if (result == -EADDRINUSE) {
        log_warning(&init->log, part,
                    "no control socket: another init listens in %s; give this one a runtime_dir of its own",
                    choice->path);
    } else if (result < 0) {
        log_warning(&init->log, part, "no control socket in %s: %s", choice->path, strerror(-result));
    }
}

int init_prepare(struct init *init, const struct init_request *request)
{
    const struct config *config = request->config;
    init->request = request;
    init->is_foreground = request->cli->mode == CLI_FOREGROUND;
    init->state = SHUTDOWN_RUNNING;
    init->stop_signal = SIGTERM;
    open_log(init);
    int status = 0;
    if (config->scrub.enabled) {
        const int result = guard_init(&init->guard, config, request->environ_in, &init->log);
        status = result < 0 ? fail(init, CLI_STATUS_SYSTEM, "cannot prepare the guard", result) : 0;
    }
    if (status == 0) {
        status = prepare_children(init);
    }
    const int result = status == 0 ? start_loop(init) : 0;
    if (result < 0) {
        status = fail(init, CLI_STATUS_SYSTEM, "cannot start the event loop", result);
    }
    if (status == 0) {
        status = prepare_jobs(init);
    }
    if (status == 0) {
        prepare_controller(init);
    }
    if (status != 0) {
        jobs_finish(&init->jobs);
        guard_finish(&init->guard);
        childenv_finish(&init->children);
        log_finish(&init->log);
    }
    return status;
}

/* ---- the second world: it does not ---- */

/* To end with our parent; what was configured was checked with the configuration. */
static void set_parent_death_signal(const struct init *init)
{
    const struct config *config = init->request->config;
    const struct cli *cli = init->request->cli;
    int death_signal = cli->parent_death_signal;
    if (death_signal == 0 && config->init.pdeathsig != NULL) {
        death_signal = signame_parse(config->init.pdeathsig);
    }
    if (death_signal > 0) {
        prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0);
    }
}

static void start_main(struct init *init)
{
    struct spawn_request request = {
        .argv = init->request->cli->command,
        .envp = init->children.variables,
        .signal_mask = &init->request->signals->mask,
        .child_action = &init->request->signals->child_action,
        .nice = init->nice,
        .identity = init->children.has_user ? &init->children.user : NULL,
    };
    const int result = command_start(&init->main, &request);
    if (result < 0) {
        log_error(&init->log, part, "cannot start a process for the command: %s", strerror(-result));
        init->main.status = CLI_STATUS_SYSTEM;
        take(init, SHUTDOWN_MAIN_GONE);
    }
}

static void clean_up(struct init *init)
{
    pidfile_remove(&init->pidfile);
    jobs_finish(&init->jobs);
    guard_finish(&init->guard);
    childenv_finish(&init->children);
    if (uv_loop_close(&init->loop) != 0) {
        log_error(&init->log, part, "the event loop still had handles at the end; please report this");
    }
    log_finish(&init->log);
}

int init_run(struct init *init)
{
    const struct config *config = init->request->config;
    crowd_init(&init->crowd, !init->is_foreground);
    if (getpid() != 1) {
        become_subreaper(init);
    }
    write_pidfile(init);
    raise_priority(init);
    command_init(&init->main, &init->log);
    command_take_rules(&init->main, config, init->request->cli);
    set_parent_death_signal(init);
    if (config->scrub.enabled) {
        start_guard(init);
    } else {
        log_warning(&init->log, "guard",
                    "off ([scrub] enabled = no): VS Code's sockets are left as they are");
    }
    if (init->request->cli->command != NULL) {
        start_main(init);
    }
    jobs_start(&init->jobs, init->nice);
    start_controller(init);
    reaper_collect(&init->reaper);
    uv_run(&init->loop, UV_RUN_DEFAULT);
    log_debug(&init->log, part, "ends with status %d", init->main.status);
    const int status = init->main.status;
    clean_up(init);
    return status;
}
