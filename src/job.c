/* SPDX-License-Identifier: MIT */
#include "sandbox_init/job.h"

#include "sandbox_init/backoff.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/signame.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SHOWN_MAX = 256,   /* bytes of a name in a line */
    PORTIONS_MAX = 16, /* of output taken at once when a run is over; one is as much as a pipe holds */
};

_Static_assert((int)JOBSTATE_RESTART_ALWAYS == (int)CONFIG_RESTART_ALWAYS &&
                   (int)JOBSTATE_RESTART_ON_FAILURE == (int)CONFIG_RESTART_ON_FAILURE &&
                   (int)JOBSTATE_RESTART_NEVER == (int)CONFIG_RESTART_NEVER,
               "the words mean the same");

static void step(struct job *job, enum jobstate_event event);

/* ---- words ---- */

static const char *write_elapsed(char buffer[static JOB_SHOWN_SIZE], uint64_t ms)
{
    if (ms < 1000) {
        snprintf(buffer, JOB_SHOWN_SIZE, "%u ms", (unsigned)ms);
    } else if (ms < 60000) {
        snprintf(buffer, JOB_SHOWN_SIZE, "%u.%u s", (unsigned)(ms / 1000), (unsigned)(ms / 100 % 10));
    } else {
        snprintf(buffer, JOB_SHOWN_SIZE, "%llu min %02u s", (unsigned long long)(ms / 60000),
                 (unsigned)(ms / 1000 % 60));
    }
    return buffer;
}

static uint64_t find_elapsed(const struct job *job)
{
    return uv_now(job->setting->loop) - job->started_ms;
}

static void explain_failure(struct job *job, const struct spawn_failure *failure)
{
    char shown[SHOWN_MAX];
    if (failure->text[0] != '\0') {
        snprintf(job->reason, sizeof job->reason, "%s%s",
                 failure->step == SPAWN_ENVIRONMENT ? "environment_file: " : "", failure->text);
    } else if (failure->step == SPAWN_EXEC) {
        escape_text(shown, sizeof shown, job->argv[0]);
        snprintf(job->reason, sizeof job->reason, "cannot run the shell '%s': %s", shown,
                 strerror(-failure->error));
    } else {
        snprintf(job->reason, sizeof job->reason, "cannot become its user: %s", strerror(-failure->error));
    }
}

static void explain_status(struct job *job, int status)
{
    char name[SIGNAME_SIZE];
    char elapsed[JOB_SHOWN_SIZE];
    write_elapsed(elapsed, find_elapsed(job));
    if (job->has_timed_out) {
        snprintf(job->reason, sizeof job->reason, "timed out after %s", elapsed);
    } else if (WIFSIGNALED(status)) {
        snprintf(job->reason, sizeof job->reason, "ended by %s after %s",
                 signame_format(WTERMSIG(status), name), elapsed);
    } else {
        snprintf(job->reason, sizeof job->reason, "exit status %d after %s", WEXITSTATUS(status), elapsed);
    }
}

/* ---- the actions ---- */

static void on_alarm(uv_timer_t *timer)
{
    job_take(timer->data, JOBSTATE_ALARM);
}

static void arm(struct job *job, uint64_t ms)
{
    uv_timer_start(&job->timer, on_alarm, ms, 0);
}

static void forget(struct job *job)
{
    job->tries = job->ends = 0;
    job->run.failures = 0;
    job->reason[0] = '\0';
}

/* Not before it is known that its conditions hold. */
static void say_started(struct job *job)
{
    if (!job->is_start_said && job->tries > 1) {
        log_info(job->setting->log, job->label, "started, pid %d, try %u", (int)job->group, job->tries);
    } else if (!job->is_start_said) {
        log_info(job->setting->log, job->label, "started, pid %d", (int)job->group);
    }
    job->is_start_said = true;
}

/* The program is there as soon as the report's other end is closed by its execution. */
static void on_start(uv_poll_t *poll, int status, int events)
{
    struct job *job = poll->data;
    (void)status;
    (void)events;
    const enum spawn_progress progress = spawn_poll_report(&job->child);
    if (progress != SPAWN_PENDING) {
        uv_poll_stop(poll);
    }
    if (progress == SPAWN_RUNNING) {
        say_started(job);
        job_take(job, JOBSTATE_RUNS);
    }
}

/* A handle stands for one descriptor for ever, so each run's report is put in its place. */
static void watch_start(struct job *job)
{
    if (dup3(job->child.report_fd, job->start_fd, O_CLOEXEC) >= 0) {
        uv_poll_start(&job->start_poll, UV_READABLE, on_start);
    }
}

static void note_failure(struct job *job)
{
    job->run.has_failed = true;
    job->run.failures++;
}

static void start_process(struct job *job)
{
    const struct config_job *config = job->config;
    const struct spawn_request request = {
        .argv = job->argv,
        .envp = job->children.variables,
        .signal_mask = job->setting->signal_mask,
        .child_action = job->setting->child_action,
        .nice = job->setting->nice + (int)config->nice,
        .identity = job->children.has_user ? &job->children.user : NULL,
        .terminal_fd = -1,
        .is_job = true,
        .output_fd = job->output.write_fd,
        .umask = (mode_t)config->umask,
        .has_no_new_privs = !config->allow_privileges,
        .directory = config->directory,
        .only_if_exists = config->only_if_exists,
        .unless_exists = config->unless_exists,
        .environment_file = config->environment_file,
        .environment = config->environment,
        .confine = config->confine != CONFIG_CONFINE_NO ? &job->airlock : NULL,
    };
    job->run.was_stopped = job->run.is_stop_wanted = job->run.is_unmet = job->run.has_failed = false;
    job->is_start_said = job->is_terminated = job->has_timed_out = job->is_group_to_go = false;
    job->exit_status = -1;
    uv_timer_stop(&job->timer); /* who is asked for in backoff is not waiting any more */
    job->tries++;
    job->started_ms = uv_now(job->setting->loop);
    const int result = spawn_start(&request, &job->child);
    if (result < 0) {
        note_failure(job);
        job->ends++;
        snprintf(job->reason, sizeof job->reason, "cannot start a process: %s", strerror(-result));
        step(job, JOBSTATE_NO_PROCESS);
        return;
    }
    job->group = job->child.pid;
    output_note(&job->output, "starting, pid %d", (int)job->group);
    if (config->timeout_ms > 0) {
        arm(job, config->timeout_ms);
    }
    watch_start(job);
}

/* The job itself may have joined another group of our session (setpgid(2)); it is to end all the same. */
static void signal_group(const struct job *job, int number)
{
    if (job->group > 0) {
        kill(-job->group, number);
    }
    if (job->child.pid > 0 && getpgid(job->child.pid) != job->group) {
        kill(job->child.pid, number);
    }
}

/* Members that we may not signal are there all the same. Nobody has the number of a group that is not. */
static bool has_group(const struct job *job)
{
    return job->group > 0 && (kill(-job->group, 0) == 0 || errno == EPERM);
}

static void terminate(struct job *job)
{
    job->is_terminated = true;
    signal_group(job, job->stop_signal);
    signal_group(job, SIGCONT); /* who is stopped could not act on it */
    arm(job, job->config->stop_grace_ms);
}

static void time_out(struct job *job)
{
    char elapsed[JOB_SHOWN_SIZE];
    job->has_timed_out = true;
    log_warning(job->setting->log, job->label, "not done after %s (timeout): stopping it",
                write_elapsed(elapsed, find_elapsed(job)));
}

static void kill_group(struct job *job)
{
    if (job->child.pid > 0 || (job->is_group_to_go && has_group(job))) {
        log_warning(job->setting->log, job->label, "did not stop in time: killed");
        signal_group(job, SIGKILL);
    }
}

/* The grace period that TERM began goes on; KILL began none. */
static void drain(struct job *job)
{
    job->is_group_to_go = job->config->is_service || job->is_terminated || job->run.has_failed;
    if (job->is_group_to_go && !job->is_terminated) {
        terminate(job);
    } else if (!uv_is_active((uv_handle_t *)&job->timer) || !job->is_terminated) {
        arm(job, JOB_DRAIN_MS);
    }
    job_look(job);
}

static uint64_t find_delay(const struct job *job)
{
    const struct config_job *config = job->config;
    const uint64_t first_ms = config->is_service ? config->restart_delay_ms : config->retry_delay_ms;
    return backoff_delay(first_ms, job->ends);
}

static void say_failure(struct job *job, enum jobstate_event verdict)
{
    char delay[JOB_SHOWN_SIZE];
    if (verdict == JOBSTATE_AGAIN) {
        write_elapsed(delay, find_delay(job));
        log_warning(job->setting->log, job->label, "%s; again in %s", job->reason, delay);
        output_note(&job->output, "%s; again in %s", job->reason, delay);
    } else {
        log_error(job->setting->log, job->label, "failed: %s", job->reason);
        output_note(&job->output, "failed: %s", job->reason);
    }
}

static void say_verdict(struct job *job, enum jobstate_event verdict)
{
    struct log *log = job->setting->log;
    char elapsed[JOB_SHOWN_SIZE];
    if (verdict == JOBSTATE_AGAIN || verdict == JOBSTATE_GAVE_UP) {
        say_failure(job, verdict);
    } else if (verdict == JOBSTATE_UNMET) {
        log_info(log, job->label, "skipped: %s", job->reason);
        output_note(&job->output, "skipped: %s", job->reason);
    } else {
        const char *what = verdict == JOBSTATE_SUCCEEDED ? "done" : "stopped";
        job->reason[0] = '\0';
        log_info(log, job->label, "%s after %s", what, write_elapsed(elapsed, find_elapsed(job)));
        output_note(&job->output, "%s after %s", what, elapsed);
    }
}

/* Returns whether it has nothing more to say, for now. */
static bool is_silent(struct job *job)
{
    for (int i = 0; i < PORTIONS_MAX; i++) {
        if (output_drain(&job->output)) {
            return true;
        }
    }
    return false;
}

static void judge(struct job *job)
{
    const enum jobstate_event verdict = jobstate_judge(&job->run);
    is_silent(job);
    output_end_line(&job->output);
    job->is_group_to_go = false;
    job->group = 0;
    say_verdict(job, verdict);
    step(job, verdict);
}

/* What was asked for while a run was ending. */
static void do_what_was_noted(struct job *job)
{
    const enum jobstate_event wanted = job->wanted;
    job->wanted = JOBSTATE_EVENT_COUNT;
    if (wanted != JOBSTATE_EVENT_COUNT) {
        step(job, wanted);
    }
}

static void note_wishes(struct job *job, unsigned actions)
{
    if ((actions & JOBSTATE_WANT_STOP) != 0) {
        job->wanted = JOBSTATE_EVENT_COUNT;
        job->run.is_stop_wanted = true;
        job->run.was_stopped |= job->state == JOBSTATE_STOPPING;
    }
    if ((actions & JOBSTATE_WANT_START) != 0 && job->wanted != JOBSTATE_RESTART) {
        job->wanted = JOBSTATE_START;
    }
    if ((actions & JOBSTATE_WANT_RESTART) != 0) {
        job->wanted = JOBSTATE_RESTART;
    }
}

static void act(struct job *job, unsigned actions)
{
    if ((actions & JOBSTATE_FORGET) != 0) {
        forget(job);
    }
    /* JOBSTATE_LOOK is for whoever is told of the change. */
    if ((actions & JOBSTATE_SPAWN) != 0) {
        start_process(job);
    }
    if ((actions & JOBSTATE_TERM) != 0) {
        terminate(job);
    }
    if ((actions & JOBSTATE_TIMED_OUT) != 0) {
        time_out(job);
    }
    note_wishes(job, actions);
    if ((actions & JOBSTATE_KILL) != 0) {
        kill_group(job);
    }
    if ((actions & JOBSTATE_DRAIN) != 0) {
        drain(job);
    }
    if ((actions & JOBSTATE_JUDGE) != 0) {
        judge(job);
    }
    if ((actions & JOBSTATE_DELAY) != 0) {
        arm(job, find_delay(job));
        do_what_was_noted(job);
    }
    if ((actions & JOBSTATE_REST) != 0) {
        uv_timer_stop(&job->timer);
        do_what_was_noted(job);
    }
}

static void step(struct job *job, enum jobstate_event event)
{
    const struct jobstate_step next = jobstate_step(job->state, event);
    if (next.next != job->state) {
        log_debug(job->setting->log, job->label, "%s -> %s", jobstate_name(job->state),
                  jobstate_name(next.next));
        job->since_ms = uv_now(job->setting->loop);
        job->is_changed = true;
    }
    job->state = next.next;
    act(job, next.actions);
}

static void tell(struct job *job)
{
    if (job->is_changed) {
        job->is_changed = false;
        job->setting->changed(job->setting->context, job);
    }
}

void job_take(struct job *job, enum jobstate_event event)
{
    step(job, event);
    tell(job);
}

/* ---- the end of a run ---- */

static void note_status(struct job *job, int status)
{
    const struct spawn_failure failure = spawn_finish(&job->child);
    const bool is_stable = job->config->is_service && find_elapsed(job) >= BACKOFF_STABLE_MS;
    job->run.failures = is_stable ? 0 : job->run.failures;
    job->ends = is_stable ? 1 : job->ends + 1;
    job->exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    job->run.is_unmet = failure.step == SPAWN_CONDITION;
    if (failure.step != SPAWN_STARTED) {
        explain_failure(job, &failure);
    } else {
        say_started(job);
        explain_status(job, status);
    }
    if (!job->run.is_unmet && (job->exit_status != 0 || job->has_timed_out)) {
        note_failure(job);
    } else {
        job->run.failures = 0;
    }
}

void job_note_exit(struct job *job, int status)
{
    uv_poll_stop(&job->start_poll);
    note_status(job, status);
    job->child.pid = 0;
    job_take(job, JOBSTATE_EXIT);
}

void job_look(struct job *job)
{
    if (job->state != JOBSTATE_DRAINING) {
        return;
    }
    if (job->is_group_to_go && has_group(job)) {
        return;
    }
    if (job->is_group_to_go) {
        job->group = 0; /* its number may soon be another's */
    }
    if (is_silent(job)) {
        job_take(job, JOBSTATE_DRAINED);
    }
}

void job_kill(struct job *job)
{
    if (job->state >= JOBSTATE_STARTING && job->state <= JOBSTATE_DRAINING) {
        signal_group(job, SIGKILL);
    }
}

/* ---- the beginning and the end ---- */

static int build_arguments(struct job *job)
{
    size_t count = 0;
    while (job->config->shell[count] != NULL) {
        count++;
    }
    job->argv = calloc(count + 4, sizeof job->argv[0]);
    if (job->argv == NULL) {
        return -ENOMEM;
    }
    memcpy(job->argv, job->config->shell, count * sizeof job->argv[0]);
    job->argv[count] = (char *)(uintptr_t) "-c";
    job->argv[count + 1] = job->config->command;
    job->argv[count + 2] = (char *)(uintptr_t)job->config->name;
    return 0;
}

static int open_handles(struct job *job)
{
    job->start_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (job->start_fd < 0) {
        return -errno;
    }
    const int result = uv_poll_init(job->setting->loop, &job->start_poll, job->start_fd);
    if (result < 0) {
        close(job->start_fd);
        return result;
    }
    uv_timer_init(job->setting->loop, &job->timer);
    job->timer.data = job->start_poll.data = job;
    return 0;
}

static int open_output(struct job *job)
{
    const struct output_request request = {
        .log = job->setting->log,
        .name = job->config->name,
        .label = job->label,
        .has_echo = job->config->echo,
        .directory = job->setting->log_dir,
        .max_size = job->config->log_max_size,
        .keep = (unsigned)job->config->log_keep,
    };
    return output_open(&job->output, job->setting->loop, &request);
}

static void describe_run(struct job *job)
{
    const struct config_job *config = job->config;
    const uint64_t limit = config->is_service ? config->start_limit : config->retries + 1;
    job->run = (struct jobstate_run){
        .is_service = config->is_service,
        .restart = (enum jobstate_restart)config->restart,
        .limit = (unsigned)limit,
    };
}

int job_init(struct job *job, const struct config_job *config, const struct job_setting *setting,
             char *message, size_t size)
{
    job->config = config;
    job->setting = setting;
    job->state = JOBSTATE_IDLE;
    job->wanted = JOBSTATE_EVENT_COUNT;
    job->stop_signal = signame_parse(config->stop_signal);
    snprintf(job->label, sizeof job->label, "%s:%s", config->is_service ? "service" : "job", config->name);
    describe_run(job);
    job->airlock = (struct airlock_policy){
        .unix_sockets = config->confine == CONFIG_CONFINE_STRICT ? CONFIG_UNIX_STRICT : CONFIG_UNIX_AUTO,
        .allow_signals = setting->config->airlock.allow_signals,
        .allow_unix = setting->config->airlock.allow_unix,
    };
    const struct childenv_request request = {
        .config = setting->config,
        .environ_in = setting->environ_in,
        .section = config->user != NULL ? job->label : "init",
        .user = config->user != NULL ? config->user : setting->config->init.user,
        .environment = config->environment,
    };
    int result = childenv_build(&job->children, &request, message, size);
    if (result == 0) {
        result = build_arguments(job);
    }
    if (result == 0) {
        result = open_output(job);
    }
    return result < 0 ? result : open_handles(job);
}

/* What a background process said last may still be in the pipe. */
static void take_last_words(struct job *job)
{
    if (job->output.poll.data != NULL) {
        is_silent(job);
        output_end_line(&job->output);
    }
}

void job_stop_watching(struct job *job)
{
    if (job->timer.data != NULL && !uv_is_closing((uv_handle_t *)&job->timer)) {
        uv_close((uv_handle_t *)&job->timer, NULL);
        uv_close((uv_handle_t *)&job->start_poll, NULL);
    }
    take_last_words(job);
    output_close(&job->output);
}

void job_finish(struct job *job)
{
    if (job->timer.data != NULL) {
        close(job->start_fd);
    }
    if (job->child.pid > 0) {
        close(job->child.report_fd);
    }
    free(job->argv);
    childenv_finish(&job->children);
    *job = (struct job){0};
}
