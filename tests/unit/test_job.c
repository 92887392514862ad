/* SPDX-License-Identifier: MIT */
/*
 * job: real processes, and a time that passes only when the test says so: timers are armed for an hour, and
 * what they were to be armed for is noted.
 *
 * WRAP: fork pipe2 eventfd calloc malloc realloc uv_now uv_timer_start kill output_drain setgroups prctl dup2
 */
#include "testing.h"

#include "sandbox_init/job.h"

#include "sandbox_init/backoff.h"
#include "sandbox_init/procs.h"
#include "sandbox_init/reaper.h"
#include "sandbox_init/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FDS_MAX = 256,
    FORKS_MAX = 512,
    SENT_MAX = 4096,
    DELAYS_MAX = 64,
    STATES_MAX = 4096,
    TEXT_SIZE = 1 << 20,
    HOUR_MS = 3600 * 1000,
    GRACE_MS = 5000,
    DELAY_MS = 1000,
};

static char base[64]; /* the test's directory, which is the working directory too */
static int descriptors;
static struct signals_original original;

static uv_loop_t loop;
static struct signals signals;
static struct reaper reaper;
static struct log test_log;
static int log_fd;
static struct config config;
static struct config_job wanted;
static struct job_setting setting;
static struct job job;

static bool is_reaping_held;
static bool is_blocked; /* what the job comes after is not there */
static enum jobstate_state states[STATES_MAX];
static size_t state_count;
static char text_at_rest[TEXT_SIZE]; /* of the log file, when it was told that the job is at rest */
static char text[TEXT_SIZE];

/* ---- the wrapped calls ---- */

static int fork_failures;
static int pipe_failures;
static int eventfd_error;
static int identity_error;
static int prctl_error;
static int dup_error;
static int allocation_to_fail; /* 1: the next one; 0: none */
static size_t allocations;
static uint64_t time_offset_ms;
static bool is_time_quick; /* timers expire at once */
static int hold_fd = -1;   /* the child stays before its program until it can read from this */
static bool is_noisy;      /* output has no end */
static int kill_error;     /* of a question whether a group is there */

static pid_t forked[FORKS_MAX];
static size_t fork_count;
static pid_t gone_before_fork; /* a process that must be gone by then */
static bool is_fork_too_early;

static struct {
    pid_t group;
    int number;
} sent[SENT_MAX];
static size_t sent_count;
static bool is_kill_wrong;

static uv_timer_cb on_time;
static uint64_t armed_ms;
static uint64_t delays[DELAYS_MAX]; /* before the next tries */
static size_t delay_count;

static int fail_with(int error)
{
    errno = error;
    return -1;
}

int __real_kill(pid_t pid, int number);

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    if (fork_failures > 0) {
        fork_failures--;
        return fail_with(EAGAIN);
    }
    is_fork_too_early |= gone_before_fork > 0 && __real_kill(gone_before_fork, 0) == 0;
    const pid_t pid = __real_fork();
    if (pid > 0) {
        assert_true(fork_count < FORKS_MAX);
        forked[fork_count++] = pid;
    }
    return pid;
}

int __real_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags)
{
    if (pipe_failures > 0) {
        pipe_failures--;
        return fail_with(EMFILE);
    }
    return __real_pipe2(ends, flags);
}

int __real_eventfd(unsigned value, int flags);
int __wrap_eventfd(unsigned value, int flags);
int __wrap_eventfd(unsigned value, int flags)
{
    return eventfd_error != 0 ? fail_with(eventfd_error) : __real_eventfd(value, flags);
}

static bool is_allocation_to_fail(void)
{
    allocations++;
    return allocation_to_fail > 0 && --allocation_to_fail == 0;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return is_allocation_to_fail() ? NULL : __real_calloc(count, size);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return is_allocation_to_fail() ? NULL : __real_malloc(size);
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    return is_allocation_to_fail() ? NULL : __real_realloc(memory, size);
}

/* Stands still, so that how long something took is known. */
uint64_t __wrap_uv_now(const uv_loop_t *of);
uint64_t __wrap_uv_now(const uv_loop_t *of)
{
    (void)of;
    return 1000000 + time_offset_ms;
}

int __real_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t ms, uint64_t repeat);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t ms, uint64_t repeat);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t ms, uint64_t repeat)
{
    on_time = callback;
    armed_ms = ms;
    if (job.state == JOBSTATE_BACKOFF) {
        assert_true(delay_count < DELAYS_MAX);
        delays[delay_count++] = ms;
    }
    return __real_uv_timer_start(timer, callback, is_time_quick ? 0 : HOUR_MS, repeat);
}

/* Nobody but groups of our own may ever be signalled: 0 and -1 mean far more processes. */
int __wrap_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number)
{
    bool is_ours = false;
    for (size_t i = 0; i < fork_count; i++) {
        is_ours |= forked[i] == -pid;
    }
    if (pid >= -1 || !is_ours) {
        is_kill_wrong = true;
        return fail_with(EPERM);
    }
    if (number == 0 && kill_error != 0) {
        return fail_with(kill_error);
    }
    if (number != 0) {
        assert_true(sent_count < SENT_MAX);
        sent[sent_count].group = -pid;
        sent[sent_count++].number = number;
    }
    return __real_kill(pid, number);
}

bool __real_output_drain(struct output *output);
bool __wrap_output_drain(struct output *output);
bool __wrap_output_drain(struct output *output)
{
    return __real_output_drain(output) && !is_noisy;
}

int __real_setgroups(size_t count, const gid_t *groups);
int __wrap_setgroups(size_t count, const gid_t *groups);
int __wrap_setgroups(size_t count, const gid_t *groups)
{
    return identity_error != 0 ? fail_with(identity_error) : __real_setgroups(count, groups);
}

int __real_prctl(int option, ...);
int __wrap_prctl(int option, unsigned long value);
int __wrap_prctl(int option, unsigned long value)
{
    char byte;
    if (hold_fd >= 0) {
        alarm(60); /* should the test fail, nobody lets us go */
        while (read(hold_fd, &byte, 1) < 0) {
        }
        alarm(0);
    }
    return prctl_error != 0 ? fail_with(prctl_error) : __real_prctl(option, value, 0UL, 0UL, 0UL);
}

int __real_dup2(int from, int to);
int __wrap_dup2(int from, int to);
int __wrap_dup2(int from, int to)
{
    return dup_error != 0 ? fail_with(dup_error) : __real_dup2(from, to);
}

/* libuv's own memory. */
static void *uv_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

static void *uv_realloc(void *memory, size_t size)
{
    allocations++;
    return __real_realloc(memory, size);
}

static void *uv_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

/* ---- set-up ---- */

static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < FDS_MAX; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

static void read_text(const char *path, char *buffer)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd >= 0 ? read(fd, buffer, TEXT_SIZE - 1) : 0;
    buffer[got > 0 ? got : 0] = '\0';
    if (fd >= 0) {
        close(fd);
    }
}

static void on_signal(void *context, int number, pid_t sender)
{
    (void)context;
    (void)sender;
    if (number == SIGCHLD && !is_reaping_held) {
        reaper_collect(&reaper);
    }
}

static void on_child(void *context, pid_t pid, int status)
{
    (void)context;
    if (WIFSTOPPED(status)) {
        return;
    }
    if (job.child.pid == pid) {
        job_note_exit(&job, status);
    } else {
        job_look(&job);
    }
}

static void on_change(void *context, struct job *changed)
{
    assert_ptr_equal(context, &config);
    assert_ptr_equal(changed, &job);
    assert_true(state_count < STATES_MAX);
    states[state_count++] = job.state;
    if (!jobstate_is_active(job.state)) {
        read_text("logs/a.log", text_at_rest);
    }
    if (job.state == JOBSTATE_WAITING && !is_blocked) {
        job_take(&job, JOBSTATE_READY);
    }
}

static char shell_path[] = "/bin/sh";
static char shell_option[] = "-e";
static char *shell[] = {shell_path, shell_option, NULL};
static char *none[] = {NULL};
static char stop_signal[16];
static char command[4096];
static char path_variable[] = "PATH=/usr/bin:/bin";
static char *environ_in[] = {path_variable, NULL};

static void reset_faults(void)
{
    fork_failures = pipe_failures = eventfd_error = identity_error = prctl_error = dup_error = 0;
    allocation_to_fail = kill_error = 0;
    time_offset_ms = armed_ms = 0;
    is_time_quick = is_noisy = is_fork_too_early = is_kill_wrong = is_blocked = is_reaping_held = false;
    hold_fd = -1;
    gone_before_fork = 0;
    fork_count = sent_count = delay_count = state_count = 0;
    on_time = NULL;
    text_at_rest[0] = '\0';
}

static void reset_wishes(void)
{
    strcpy(stop_signal, "TERM");
    wanted = (struct config_job){
        .name = "a",
        .enabled = true,
        .command = command,
        .shell = shell,
        .environment = none,
        .after = none,
        .only_if_exists = none,
        .unless_exists = none,
        .stop_signal = stop_signal,
        .stop_grace_ms = GRACE_MS,
        .umask = 022,
        .log_max_size = 1 << 30,
        .retry_delay_ms = DELAY_MS,
        .restart = CONFIG_RESTART_NEVER,
        .restart_delay_ms = DELAY_MS,
    };
    config = (struct config){.jobs = &wanted, .job_count = 1};
    config.env.strip = config.env.empty = config.env.keep = config.env.set = none;
    setting = (struct job_setting){
        .config = &config,
        .environ_in = environ_in,
        .log = &test_log,
        .loop = &loop,
        .signal_mask = &original.mask,
        .child_action = &original.child_action,
        .log_dir = "logs",
        .nice = getpriority(PRIO_PROCESS, 0),
        .changed = on_change,
        .context = &config,
    };
    job = (struct job){0};
}

static int set_up(void **state)
{
    (void)state;
    reset_faults();
    reset_wishes();
    alarm(60);
    snprintf(base, sizeof base, "/tmp/test_job.XXXXXX");
    if (mkdtemp(base) == NULL || chdir(base) < 0) {
        return -1;
    }
    descriptors = count_descriptors();
    log_fd = open("init.log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    log_init(&test_log, log_fd, CONFIG_LOG_INFO, CONFIG_LOG_TEXT);
    if (uv_loop_init(&loop) < 0 || reaper_start(&reaper, &loop, on_child, NULL) < 0) {
        return -1;
    }
    return signals_start(&signals, &loop, on_signal, NULL);
}

static void end_child(void *context, pid_t pid)
{
    (void)context;
    __real_kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *level)
{
    (void)status;
    (void)type;
    (void)level;
    return remove(path);
}

/* What every test promises besides: no handle and no descriptor is left, and no stranger was signalled. */
static int tear_down(void **state)
{
    (void)state;
    job_stop_watching(&job);
    signals_stop(&signals);
    reaper_stop(&reaper);
    uv_run(&loop, UV_RUN_DEFAULT);
    job_finish(&job);
    log_finish(&test_log);
    close(log_fd);
    const int handles = uv_loop_close(&loop);
    const int now = count_descriptors();
    while (reaper_has_children()) {
        procs_walk_children(end_child, NULL);
    }
    alarm(0);
    if (chdir("/") < 0 || nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0) {
        return -1;
    }
    if (handles != 0 || now != descriptors || is_kill_wrong) {
        print_error("%s\n", handles != 0    ? "a handle was left"
                            : is_kill_wrong ? "a stranger was signalled"
                                            : "a descriptor was leaked");
        return -1;
    }
    return 0;
}

/* Between the rows of a table. */
static void begin_anew(void)
{
    assert_int_equal(tear_down(NULL), 0);
    assert_int_equal(set_up(NULL), 0);
}

/* ---- what the tests are made of ---- */

/* Says when it is a program of its own: what a shell gets between fork and exec may be lost. */
#define BACKGROUND "sh -c 'echo $$ > background; echo ready; exec sleep 1000'"

static void make(const char *script)
{
    char message[CONFIG_MESSAGE_SIZE] = "";
    snprintf(command, sizeof command, "%s", script);
    if (job_init(&job, &wanted, &setting, message, sizeof message) != 0) {
        fail_msg("job_init: %s", message);
    }
}

static void start(const char *script)
{
    make(script);
    job_take(&job, JOBSTATE_START);
}

/* UV_RUN_ONCE would go on waiting after a timer has done all there was to do. */
static void turn(void)
{
    struct pollfd backend = {.fd = uv_backend_fd(&loop), .events = POLLIN};
    uv_run(&loop, UV_RUN_NOWAIT);
    poll(&backend, 1, uv_backend_timeout(&loop) == 0 ? 0 : 10);
}

static void run_to(enum jobstate_state state)
{
    while (job.state != state) {
        turn();
    }
}

static void run_to_rest(void)
{
    while (jobstate_is_active(job.state)) {
        turn();
    }
}

static void run_to_line(const char *line)
{
    for (read_text("logs/a.log", text); strstr(text, line) == NULL; read_text("logs/a.log", text)) {
        turn();
    }
}

static bool is_timed(void)
{
    return uv_is_active((uv_handle_t *)&job.timer) != 0;
}

/* The time has come that the state was waiting for. */
static void pass_time(void)
{
    assert_true(is_timed());
    __real_uv_timer_start(&job.timer, on_time, 0, 0);
    uv_run(&loop, UV_RUN_NOWAIT);
}

/* Lets time pass where the job waits for nothing else, until it is at rest. */
static void settle(void)
{
    while (jobstate_is_active(job.state)) {
        if (is_timed() && job.state != JOBSTATE_STARTING && job.state != JOBSTATE_RUNNING) {
            pass_time();
        } else {
            turn();
        }
    }
}

static void service(enum config_restart restart, uint64_t limit)
{
    wanted.is_service = true;
    wanted.restart = (int)restart;
    wanted.start_limit = limit;
}

static void make_gate(void)
{
    assert_int_equal(mkfifo("gate", 0600), 0);
}

/* Whoever reads from the gate goes on. */
static void open_gate(void)
{
    const int fd = open("gate", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "\n", 1), 1);
    close(fd);
}

static pid_t read_pid(const char *path)
{
    read_text(path, text);
    const pid_t pid = (pid_t)strtol(text, NULL, 10);
    assert_true(pid > 1);
    return pid;
}

static bool is_there(pid_t pid)
{
    return __real_kill(pid, 0) == 0;
}

/* How many lines of TEXT match PATTERN (fnmatch(3))? Spoils TEXT. */
static size_t count_lines(char *of, const char *pattern)
{
    size_t count = 0;
    char *rest = of;
    for (char *line = strtok_r(of, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        count += fnmatch(pattern, line, 0) == 0 ? 1 : 0;
    }
    return count;
}

/* On the container's log, by LEVEL and the job as one pattern. */
static size_t count_said(const char *pattern)
{
    char whole[1024];
    snprintf(whole, sizeof whole, "20*Z sandbox-init %s", pattern);
    read_text("init.log", text);
    return count_lines(text, whole);
}

static void assert_said(size_t count, const char *pattern)
{
    if (count_said(pattern) != count) {
        read_text("init.log", text);
        fail_msg("'%s' was not said %zu times, but:\n%s", pattern, count, text);
    }
}

static void assert_noted(size_t count, const char *pattern)
{
    read_text("logs/a.log", text);
    if (count_lines(text, pattern) != count) {
        read_text("logs/a.log", text);
        fail_msg("'%s' was not noted %zu times, but:\n%s", pattern, count, text);
    }
}

static void assert_reason(const char *pattern)
{
    if (fnmatch(pattern, job.reason, 0) != 0) {
        fail_msg("the reason is '%s' and not '%s'", job.reason, pattern);
    }
}

static void assert_state(enum jobstate_state state)
{
    assert_string_equal(jobstate_name(job.state), jobstate_name(state));
}

/* At rest: nothing is known of a process, and nothing will happen by itself. */
static void assert_at_rest(enum jobstate_state state)
{
    assert_state(state);
    assert_int_equal(job.child.pid, 0);
    assert_int_equal(job.group, 0);
    assert_int_equal(job.wanted, JOBSTATE_EVENT_COUNT);
    assert_false(is_timed());
    assert_false(uv_is_active((uv_handle_t *)&job.start_poll));
}

static void assert_sent(size_t index, int number)
{
    assert_true(index < sent_count);
    assert_int_equal(sent[index].number, number);
    assert_int_equal(sent[index].group, forked[fork_count - 1]);
}

/* ---- how a run ends ---- */

static void a_job_is_done_when_its_output_is_complete(void **state)
{
    (void)state;
    char pattern[256];
    start("echo out; printf last");
    assert_state(JOBSTATE_STARTING);
    assert_int_equal(job.child.pid, forked[0]);
    assert_int_equal(job.group, forked[0]);
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    assert_int_equal(job.exit_status, 0);
    assert_int_equal(job.tries, 1);
    assert_string_equal(job.reason, "");
    assert_int_equal(sent_count, 0);
    snprintf(pattern, sizeof pattern, "info job:a: started, pid %d", (int)forked[0]);
    assert_said(1, pattern);
    assert_said(1, "info job:a: done after * ms");
    assert_said(2, "*");
    /* Told only now. */
    snprintf(pattern, sizeof pattern,
             "*Z \\[sandbox-init: starting, pid %d\\]\n*Z out\n*Z last\n*Z *done after *", (int)forked[0]);
    if (fnmatch(pattern, text_at_rest, 0) != 0) {
        fail_msg("when it was done the file was: %s", text_at_rest);
    }
    assert_noted(4, "*");
}

static void a_long_output_is_complete_too(void **state)
{
    (void)state;
    start("i=0; while [ $i -lt 4000 ]; do echo a line that makes a pipe overflow with its likes $i; "
          "i=$((i+1)); done");
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    assert_int_equal(count_lines(text_at_rest, "*Z a line that makes a pipe overflow with its likes *"),
                     4000);
}

static void failures_have_their_status_and_reason(void **state)
{
    static const struct {
        const char *script;
        int exit_status;
        const char *reason;
    } table[] = {
        {"exit 1", 1, "exit status 1 after * ms"},
        {"false; echo never", 1, "exit status 1 after * ms"}, /* the shell has -e */
        {"exit 255", 255, "exit status 255 after * ms"},
        {"exit 127", 127, "exit status 127 after * ms"},
        {"kill -KILL $$", 128 + SIGKILL, "ended by SIGKILL after * ms"},
        {"kill -USR1 $$", 128 + SIGUSR1, "ended by SIGUSR1 after * ms"},
    };
    (void)state;
    char pattern[128];
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        start(table[i].script);
        run_to_rest();
        assert_at_rest(JOBSTATE_FAILED);
        assert_int_equal(job.exit_status, table[i].exit_status);
        assert_reason(table[i].reason);
        snprintf(pattern, sizeof pattern, "error job:a: failed: %s", table[i].reason);
        assert_said(1, pattern);
        assert_said(2, "*");
        snprintf(pattern, sizeof pattern, "*Z \\[sandbox-init: failed: %s\\]", table[i].reason);
        assert_noted(1, pattern);
        assert_null(strstr(text_at_rest, "never"));
        begin_anew();
    }
}

static char missing[] = "/nonexistent";
static char unusual[] = "/no\n\033[31m\xff";
static char present[] = "/";
static char winding[] = "winding";
static char root_user[] = "0";
static char *only_missing[] = {present, missing, NULL};
static char *only_unusual[] = {unusual, NULL};
static char *unless_present[] = {missing, present, NULL};
static char *only_winding[] = {winding, NULL};
static char *no_shell[] = {missing, NULL};
static char null_path[] = "/dev/null";
static char *bad_shell[] = {null_path, NULL};

/* What stands in a run's way before its program. */
static const struct obstacle {
    char **shell;
    char *directory;
    char **only_if_exists;
    char **unless_exists;
    char *environment_file;
    char *user;
    int *fault;
    enum jobstate_state state;
    int exit_status;
    const char *reason;
} obstacles[] = {
    {.shell = no_shell,
     .exit_status = 127,
     .reason = "cannot run the shell '/nonexistent': No such file or directory"},
    {.shell = bad_shell, .exit_status = 126, .reason = "cannot run the shell '/dev/null': Permission denied"},
    {.directory = missing, .reason = "directory = /nonexistent: No such file or directory"},
    {.directory = unusual, .reason = "directory = /no\\\\n\\\\e\\[31m\\\\xff: *"},
    {.only_if_exists = only_missing,
     .state = JOBSTATE_SKIPPED,
     .reason = "only_if_exists: /nonexistent is missing"},
    {.only_if_exists = only_unusual,
     .state = JOBSTATE_SKIPPED,
     .reason = "only_if_exists: /no\\\\n\\\\e\\[31m\\\\xff is missing"},
    {.unless_exists = unless_present, .state = JOBSTATE_SKIPPED, .reason = "unless_exists: / is there"},
    {.only_if_exists = only_winding, .reason = "only_if_exists: cannot look at winding: *"},
    {.environment_file = missing, .reason = "*/nonexistent*"},
    {.user = root_user,
     .fault = &identity_error,
     .reason = "cannot become its user: Operation not permitted"},
    {.fault = &prctl_error, .reason = "cannot set no_new_privs: Operation not permitted"},
    {.fault = &dup_error, .reason = "cannot use the pipe for its output: Operation not permitted"},
};

static void meet(const struct obstacle *obstacle)
{
    assert_int_equal(symlink(winding, winding), 0);
    wanted.shell = obstacle->shell != NULL ? obstacle->shell : wanted.shell;
    wanted.only_if_exists = obstacle->only_if_exists != NULL ? obstacle->only_if_exists : none;
    wanted.unless_exists = obstacle->unless_exists != NULL ? obstacle->unless_exists : none;
    wanted.directory = obstacle->directory;
    wanted.environment_file = obstacle->environment_file;
    wanted.user = obstacle->user;
    if (obstacle->fault != NULL) {
        *obstacle->fault = EPERM;
    }
    start("echo never");
    run_to_rest();
}

static void what_hinders_a_start_is_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(obstacles); i++) {
        const struct obstacle *row = &obstacles[i];
        if (row->user != NULL && geteuid() != 0) {
            continue; /* only root becomes somebody */
        }
        meet(row);
        const bool is_skipped = row->state == JOBSTATE_SKIPPED;
        assert_at_rest(is_skipped ? JOBSTATE_SKIPPED : JOBSTATE_FAILED);
        assert_reason(row->reason);
        assert_int_equal(job.exit_status, row->exit_status != 0 ? row->exit_status : 125);
        assert_int_equal(job.run.is_unmet, is_skipped);
        /* Its program was never there, so nobody says so. */
        assert_said(1, "*");
        assert_said(1, is_skipped ? "info job:a: skipped: *" : "error job:a: failed: *");
        assert_noted(1, is_skipped ? "*\\[sandbox-init: skipped: *" : "*\\[sandbox-init: failed: *");
        assert_noted(0, "*Z never");
        for (const char *letter = job.reason; *letter != '\0'; letter++) {
            assert_in_range(*letter, ' ', '~');
        }
        begin_anew();
    }
}

/* It would be readable for ever. */
static void a_failed_start_is_looked_at_once(void **state)
{
    (void)state;
    wanted.directory = missing;
    is_reaping_held = true;
    start("echo never");
    while (uv_is_active((uv_handle_t *)&job.start_poll)) {
        turn();
    }
    assert_state(JOBSTATE_STARTING);
    is_reaping_held = false;
    reaper_collect(&reaper);
    run_to_rest();
    assert_at_rest(JOBSTATE_FAILED);
}

static void what_is_skipped_is_not_tried_again(void **state)
{
    (void)state;
    wanted.retries = 3;
    wanted.only_if_exists = only_missing;
    start("echo never");
    run_to_rest();
    assert_at_rest(JOBSTATE_SKIPPED);
    assert_int_equal(fork_count, 1);
    job_take(&job, JOBSTATE_START);
    run_to_rest();
    assert_int_equal(fork_count, 2); /* it is looked at again when asked for */
    begin_anew();
    service(CONFIG_RESTART_ALWAYS, 0);
    wanted.only_if_exists = only_missing;
    start("echo never");
    run_to_rest();
    assert_at_rest(JOBSTATE_SKIPPED);
    assert_int_equal(sent_count, 2); /* to a group that is gone: a service's rest is ended */
}

static void a_program_gets_what_is_configured(void **state)
{
    (void)state;
    char variable[] = "WORD=a b";
    char *environment[] = {variable, NULL};
    wanted.environment = environment;
    wanted.umask = 027;
    wanted.nice = 1;
    wanted.directory = present;
    char pattern[64];
    start("echo \"$0 $WORD\"; case $- in *e*) echo strict;; esac; umask; pwd; nice; "
          "grep NoNewPrivs /proc/self/status");
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    snprintf(pattern, sizeof pattern, "*Z %d", setting.nice < 19 ? setting.nice + 1 : 19);
    assert_noted(1, "*Z a a b");
    assert_noted(1, "*Z strict");
    assert_noted(1, "*Z 0027");
    assert_noted(1, "*Z /");
    assert_noted(1, pattern);
    assert_noted(1, "*Z NoNewPrivs:?1");
}

/* ---- further tries ---- */

static void a_failed_job_is_tried_again_ever_later(void **state)
{
    (void)state;
    wanted.retries = 3;
    is_time_quick = true;
    start("exit 7");
    run_to_rest();
    assert_at_rest(JOBSTATE_FAILED);
    assert_int_equal(fork_count, 4);
    assert_int_equal(job.tries, 4);
    assert_int_equal(job.run.failures, 4);
    assert_int_equal(delay_count, 3);
    for (size_t i = 0; i < delay_count; i++) {
        assert_int_equal(delays[i], DELAY_MS << i);
    }
    assert_said(1, "warning job:a: exit status 7 after * ms; again in 1.0 s");
    assert_said(1, "warning job:a: exit status 7 after * ms; again in 2.0 s");
    assert_said(1, "warning job:a: exit status 7 after * ms; again in 4.0 s");
    assert_said(1, "info job:a: started, pid *, try 4");
    assert_said(3, "info job:a: started, pid *, try ?");
    assert_said(1, "error job:a: failed: exit status 7 after * ms");
    assert_noted(1, "*Z \\[sandbox-init: exit status 7 after * ms; again in 4.0 s\\]");
}

static void a_try_that_succeeds_is_the_last(void **state)
{
    (void)state;
    wanted.retries = 9;
    is_time_quick = true;
    start("echo x >> tries; [ $(wc -l < tries) -ge 3 ]");
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    assert_int_equal(fork_count, 3);
    assert_int_equal(job.tries, 3);
    assert_int_equal(job.run.failures, 0);
    assert_int_equal(job.exit_status, 0);
    assert_string_equal(job.reason, "");
    /* Asked for anew, it has all its tries and its first delay again. */
    assert_int_equal(unlink("tries"), 0);
    delay_count = 0;
    job_take(&job, JOBSTATE_RESTART);
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    assert_int_equal(job.tries, 3);
    assert_int_equal(delays[0], DELAY_MS);
}

static void the_reason_of_a_try_is_known_until_the_next_ends(void **state)
{
    (void)state;
    wanted.retries = 1;
    make_gate();
    start("[ -e tried ] && exit 0; touch tried; exit 9");
    run_to(JOBSTATE_BACKOFF);
    assert_reason("exit status 9 after * ms");
    assert_int_equal(armed_ms, DELAY_MS);
    is_reaping_held = true;
    pass_time();
    assert_reason("exit status 9 after * ms");
    is_reaping_held = false;
    reaper_collect(&reaper);
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    assert_string_equal(job.reason, "");
}

static void delays_are_said_in_words(void **state)
{
    static const struct {
        uint64_t delay_ms;
        const char *words;
    } table[] = {
        {0, "0 ms"},           {999, "999 ms"},          {1000, "1.0 s"}, {59999, "59.9 s"},
        {60000, "1 min 00 s"}, {3661000, "61 min 01 s"}, {1050, "1.0 s"}, {86400000, "1440 min 00 s"},
    };
    (void)state;
    char pattern[128];
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        wanted.retries = 1;
        wanted.retry_delay_ms = table[i].delay_ms;
        start("exit 1");
        run_to(JOBSTATE_BACKOFF);
        assert_int_equal(delays[0], table[i].delay_ms);
        snprintf(pattern, sizeof pattern, "warning job:a: exit status 1 after * ms; again in %s",
                 table[i].words);
        assert_said(1, pattern);
        begin_anew();
    }
}

static void a_process_that_cannot_be_had_is_a_failed_try(void **state)
{
    (void)state;
    wanted.retries = 2;
    is_time_quick = true;
    fork_failures = 2;
    start("echo out");
    assert_reason("cannot start a process: Resource temporarily unavailable");
    assert_state(JOBSTATE_BACKOFF);
    assert_int_equal(job.exit_status, -1);
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    assert_int_equal(job.tries, 3);
    assert_said(1, "warning job:a: cannot start a process: Resource temporarily unavailable; again in 2.0 s");
    begin_anew();
    wanted.retries = 1;
    is_time_quick = true;
    make("echo out");
    pipe_failures = 2;
    job_take(&job, JOBSTATE_START);
    run_to_rest();
    assert_at_rest(JOBSTATE_FAILED);
    assert_said(1, "error job:a: failed: cannot start a process: Too many open files");
    assert_int_equal(fork_count, 0);
    assert_int_equal(sent_count, 0);
    begin_anew();
    service(CONFIG_RESTART_ON_FAILURE, 3);
    is_time_quick = true;
    fork_failures = 2;
    start("exit 0");
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    begin_anew();
    service(CONFIG_RESTART_ALWAYS, 3);
    is_time_quick = true;
    fork_failures = 4;
    start("exit 0");
    run_to_rest();
    assert_at_rest(JOBSTATE_FAILED);
    assert_int_equal(fork_failures, 1);
}

/* ---- services ---- */

static void a_service_is_restarted_as_configured(void **state)
{
    static const struct {
        enum config_restart restart;
        const char *script;
        enum jobstate_state state;
    } table[] = {
        {CONFIG_RESTART_ALWAYS, "exit 0", JOBSTATE_BACKOFF},
        {CONFIG_RESTART_ALWAYS, "exit 1", JOBSTATE_BACKOFF},
        {CONFIG_RESTART_ON_FAILURE, "exit 0", JOBSTATE_DONE},
        {CONFIG_RESTART_ON_FAILURE, "exit 1", JOBSTATE_BACKOFF},
        {CONFIG_RESTART_ON_FAILURE, "kill -KILL $$", JOBSTATE_BACKOFF},
        {CONFIG_RESTART_NEVER, "exit 0", JOBSTATE_DONE},
        {CONFIG_RESTART_NEVER, "exit 1", JOBSTATE_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        service(table[i].restart, 5);
        start(table[i].script);
        run_to(table[i].state);
        assert_int_equal(fork_count, 1);
        if (table[i].state == JOBSTATE_BACKOFF) {
            assert_int_equal(armed_ms, DELAY_MS);
            pass_time();
            assert_int_equal(fork_count, 2);
        }
        begin_anew();
    }
}

static void a_service_says_why_it_is_restarted(void **state)
{
    (void)state;
    service(CONFIG_RESTART_ALWAYS, 5);
    start("exit 0");
    run_to(JOBSTATE_BACKOFF);
    assert_said(1, "info service:a: started, pid *");
    assert_said(1, "warning service:a: exit status 0 after * ms; again in 1.0 s");
    assert_int_equal(job.run.failures, 0);
}

static void a_service_that_fails_too_often_is_given_up(void **state)
{
    (void)state;
    service(CONFIG_RESTART_ALWAYS, 4);
    is_time_quick = true;
    start("exit 1");
    run_to_rest();
    assert_at_rest(JOBSTATE_FAILED);
    assert_int_equal(fork_count, 4);
    assert_int_equal(delays[2], 4 * DELAY_MS);
    assert_said(1, "error service:a: failed: exit status 1 after * ms");
    /* It may be asked for again, and begins anew. */
    job_take(&job, JOBSTATE_START);
    assert_string_equal(job.reason, "");
    run_to_rest();
    assert_int_equal(fork_count, 8);
    assert_int_equal(delays[3], DELAY_MS);
}

static void a_limit_of_zero_is_none(void **state)
{
    (void)state;
    service(CONFIG_RESTART_ALWAYS, 0);
    is_time_quick = true;
    start("exit 1");
    while (fork_count < 12) {
        turn();
    }
    assert_int_equal(delays[6], BACKOFF_CEILING_MS);
    job_take(&job, JOBSTATE_STOP);
    is_time_quick = false;
    settle();
}

/* One that goes to the background by itself, say: it must not be started each second for ever. */
static void a_service_that_ends_well_waits_longer_each_time(void **state)
{
    (void)state;
    service(CONFIG_RESTART_ALWAYS, 1);
    is_time_quick = true;
    start("exit 0");
    while (fork_count < 9) {
        turn();
    }
    assert_int_equal(delays[0], DELAY_MS);
    assert_int_equal(delays[1], 2 * DELAY_MS);
    assert_int_equal(delays[2], 4 * DELAY_MS);
    assert_int_equal(delays[6], BACKOFF_CEILING_MS);
    assert_int_equal(job.run.failures, 0);
    job_take(&job, JOBSTATE_STOP);
    is_time_quick = false;
    settle();
}

/* Of the failures in a row only those count that a stable run has not ended. */
static void a_stable_run_ends_a_row_of_failures(void **state)
{
    static const struct {
        uint64_t length_ms;
        enum jobstate_state state;
        unsigned failures;
    } table[] = {
        {0, JOBSTATE_FAILED, 2},
        {BACKOFF_STABLE_MS - 1, JOBSTATE_FAILED, 2},
        {BACKOFF_STABLE_MS, JOBSTATE_BACKOFF, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        service(CONFIG_RESTART_ALWAYS, 2);
        make_gate();
        start("[ -e tried ] || { touch tried; exit 1; }; read x < gate; exit 1");
        run_to(JOBSTATE_BACKOFF);
        pass_time();
        time_offset_ms = table[i].length_ms;
        open_gate();
        run_to(table[i].state);
        assert_int_equal(job.run.failures, table[i].failures);
        if (table[i].state == JOBSTATE_BACKOFF) {
            assert_int_equal(armed_ms, DELAY_MS);
            assert_reason("exit status 1 after 10.0 s");
        }
        begin_anew();
    }
}

/* A job's long try that fails is a failure like any other. */
static void a_job_is_never_stable(void **state)
{
    (void)state;
    wanted.retries = 1;
    make_gate();
    start("[ -e tried ] || { touch tried; exit 1; }; read x < gate; exit 1");
    run_to(JOBSTATE_BACKOFF);
    pass_time();
    time_offset_ms = 2 * BACKOFF_STABLE_MS;
    open_gate();
    run_to_rest();
    assert_at_rest(JOBSTATE_FAILED);
}

/* ---- time-outs ---- */

static void a_run_that_takes_too_long_is_ended(void **state)
{
    (void)state;
    wanted.timeout_ms = 1234;
    start("trap '' TERM; echo ready; while :; do sleep 1000; done");
    assert_int_equal(armed_ms, 1234);
    run_to_line("ready");
    run_to(JOBSTATE_RUNNING);
    assert_int_equal(sent_count, 0);
    time_offset_ms = 60000;
    pass_time();
    assert_state(JOBSTATE_STOPPING);
    assert_int_equal(armed_ms, GRACE_MS);
    assert_sent(0, SIGTERM);
    assert_sent(1, SIGCONT);
    assert_said(1, "warning job:a: not done after 1 min 00 s (timeout): stopping it");
    pass_time();
    assert_sent(2, SIGKILL);
    assert_said(1, "warning job:a: did not stop in time: killed");
    run_to_rest();
    assert_at_rest(JOBSTATE_FAILED);
    assert_int_equal(job.exit_status, 128 + SIGKILL);
    assert_reason("timed out after 1 min 00 s");
    assert_int_equal(sent_count, 3);
}

static void who_ends_politely_has_timed_out_all_the_same(void **state)
{
    (void)state;
    wanted.timeout_ms = 1000;
    wanted.retries = 1;
    start("[ -e tried ] && exit 0; touch tried; trap 'exit 0' TERM; " BACKGROUND " & wait");
    run_to_line("ready");
    pass_time();
    run_to(JOBSTATE_BACKOFF);
    assert_reason("timed out after *");
    assert_int_equal(job.exit_status, 0);
    pass_time();
    assert_false(job.has_timed_out);
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
}

/* A directory that hangs is no better than a program that does. */
static void the_time_counts_from_the_start(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(__real_pipe2(ends, O_CLOEXEC), 0);
    hold_fd = ends[0];
    wanted.timeout_ms = 1000;
    start("echo never");
    pass_time();
    run_to_rest();
    assert_at_rest(JOBSTATE_FAILED);
    assert_sent(0, SIGTERM);
    assert_int_equal(sent_count, 2);
    assert_reason("timed out after *");
    close(ends[0]);
    close(ends[1]);
}

static void a_service_can_time_out_and_is_restarted(void **state)
{
    (void)state;
    service(CONFIG_RESTART_ALWAYS, 5);
    wanted.timeout_ms = 1000;
    start("echo ready; exec sleep 1000");
    run_to_line("ready");
    pass_time();
    run_to(JOBSTATE_BACKOFF);
    pass_time();
    assert_int_equal(fork_count, 2);
    assert_int_equal(armed_ms, 1000);
}

static void the_configured_signal_asks_it_to_end(void **state)
{
    (void)state;
    strcpy(stop_signal, "USR2");
    start("trap 'echo asked; exit 0' USR2; trap '' TERM; " BACKGROUND " & wait");
    run_to_line("ready");
    job_take(&job, JOBSTATE_STOP);
    run_to_rest();
    assert_at_rest(JOBSTATE_IDLE);
    assert_sent(0, SIGUSR2);
    assert_noted(1, "*Z asked");
    assert_said(1, "info job:a: stopped after *");
    assert_noted(1, "*\\[sandbox-init: stopped after *\\]");
    assert_string_equal(job.reason, "");
}

static void who_is_suspended_is_woken_to_end(void **state)
{
    (void)state;
    start("echo ready; kill -STOP $$");
    run_to_line("ready");
    struct procs_entry entry = {0};
    while (!entry.is_stopped) {
        uv_run(&loop, UV_RUN_NOWAIT);
        assert_int_equal(procs_read(job.child.pid, &entry), 0);
    }
    job_take(&job, JOBSTATE_STOP);
    run_to_rest();
    assert_at_rest(JOBSTATE_IDLE);
}

/* ---- what is asked of it in each state ---- */

static int hold_ends[2] = {-1, -1};

static void run_until_ready(const char *script)
{
    start(script);
    run_to_line("ready");
    if (job.state == JOBSTATE_STARTING) {
        run_to(JOBSTATE_RUNNING);
    }
}

static void reach(enum jobstate_state state)
{
    hold_ends[0] = hold_ends[1] = -1;
    switch ((int)state) {
    case JOBSTATE_IDLE:
        make("exec sleep 1000");
        break;
    case JOBSTATE_WAITING:
        is_blocked = true;
        start("exec sleep 1000");
        break;
    case JOBSTATE_STARTING:
        assert_int_equal(__real_pipe2(hold_ends, O_CLOEXEC), 0);
        hold_fd = hold_ends[0];
        start("exec sleep 1000");
        break;
    case JOBSTATE_RUNNING:
        run_until_ready("echo ready; exec sleep 1000");
        break;
    case JOBSTATE_STOPPING:
        run_until_ready("trap '' TERM; echo ready; exec sleep 1000");
        job_take(&job, JOBSTATE_STOP);
        break;
    case JOBSTATE_DRAINING: /* a member of its group stays */
        service(CONFIG_RESTART_ALWAYS, 5);
        make_gate();
        run_until_ready("(trap '' TERM; echo ready; exec sleep 1000) & read x < gate");
        open_gate();
        break;
    case JOBSTATE_BACKOFF:
        wanted.retries = 1;
        start("exit 1");
        break;
    case JOBSTATE_DONE:
        start("exit 0");
        break;
    case JOBSTATE_FAILED:
        start("exit 1");
        break;
    case JOBSTATE_SKIPPED:
        wanted.only_if_exists = only_missing;
        start("exit 0");
        break;
    default:
        fail();
    }
    run_to(state);
}

/* Once nobody holds the next one before its program. */
static void let_go(void)
{
    hold_fd = -1;
    for (size_t i = 0; i < COUNT_OF(hold_ends); i++) {
        if (hold_ends[i] >= 0) {
            close(hold_ends[i]);
        }
    }
}

static void a_stop_ends_it_in_every_state(void **state)
{
    static const struct {
        enum jobstate_state from;
        enum jobstate_state to;
        size_t forks;
    } table[] = {
        {JOBSTATE_IDLE, JOBSTATE_IDLE, 0},     {JOBSTATE_WAITING, JOBSTATE_IDLE, 0},
        {JOBSTATE_STARTING, JOBSTATE_IDLE, 1}, {JOBSTATE_RUNNING, JOBSTATE_IDLE, 1},
        {JOBSTATE_STOPPING, JOBSTATE_IDLE, 1}, {JOBSTATE_DRAINING, JOBSTATE_IDLE, 1},
        {JOBSTATE_BACKOFF, JOBSTATE_IDLE, 1},  {JOBSTATE_DONE, JOBSTATE_DONE, 1},
        {JOBSTATE_FAILED, JOBSTATE_FAILED, 1}, {JOBSTATE_SKIPPED, JOBSTATE_SKIPPED, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        reach(table[i].from);
        job_take(&job, JOBSTATE_STOP);
        job_take(&job, JOBSTATE_STOP);
        settle();
        assert_at_rest(table[i].to);
        assert_int_equal(fork_count, table[i].forks);
        let_go();
        begin_anew();
    }
}

/* It gets a process of its own once the one before is gone, and that is left in peace. */
static void check_another_run(size_t forks)
{
    while (fork_count < forks) {
        if (is_timed()) {
            pass_time();
        } else {
            turn();
        }
    }
    assert_int_equal(job.child.pid, forked[forks - 1]);
    assert_int_equal(job.tries, 1);
    assert_int_equal(job.wanted, JOBSTATE_EVENT_COUNT);
    assert_false(is_timed());
    assert_false(job.run.is_stop_wanted);
    assert_false(job.run.was_stopped);
    assert_int_equal(job.group, job.child.pid);
}

static void whoever_is_wanted_gets_a_process(void **state)
{
    static const struct {
        enum jobstate_state from;
        enum jobstate_event event;
        size_t forks; /* in the end */
    } table[] = {
        {JOBSTATE_IDLE, JOBSTATE_START, 1},      {JOBSTATE_IDLE, JOBSTATE_RESTART, 1},
        {JOBSTATE_STARTING, JOBSTATE_START, 1},  {JOBSTATE_STARTING, JOBSTATE_RESTART, 2},
        {JOBSTATE_RUNNING, JOBSTATE_START, 1},   {JOBSTATE_RUNNING, JOBSTATE_RESTART, 2},
        {JOBSTATE_STOPPING, JOBSTATE_START, 2},  {JOBSTATE_STOPPING, JOBSTATE_RESTART, 2},
        {JOBSTATE_DRAINING, JOBSTATE_START, 2},  {JOBSTATE_DRAINING, JOBSTATE_RESTART, 2},
        {JOBSTATE_BACKOFF, JOBSTATE_START, 2},   {JOBSTATE_BACKOFF, JOBSTATE_RESTART, 2},
        {JOBSTATE_DONE, JOBSTATE_RESTART, 2},    {JOBSTATE_FAILED, JOBSTATE_START, 2},
        {JOBSTATE_FAILED, JOBSTATE_RESTART, 2},  {JOBSTATE_SKIPPED, JOBSTATE_START, 2},
        {JOBSTATE_SKIPPED, JOBSTATE_RESTART, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        reach(table[i].from);
        job_take(&job, table[i].event);
        check_another_run(table[i].forks);
        assert_int_equal(fork_count, table[i].forks);
        let_go();
        begin_anew();
    }
}

static void waiting_is_not_ended_by_another_wish(void **state)
{
    (void)state;
    reach(JOBSTATE_WAITING);
    const size_t told = state_count;
    job_take(&job, JOBSTATE_START);
    job_take(&job, JOBSTATE_RESTART);
    assert_state(JOBSTATE_WAITING);
    assert_int_equal(state_count, told);
    job_take(&job, JOBSTATE_READY);
    run_to(JOBSTATE_RUNNING);
    assert_int_equal(fork_count, 1);
}

static void who_is_done_is_not_done_again_by_a_start(void **state)
{
    (void)state;
    reach(JOBSTATE_DONE);
    job_take(&job, JOBSTATE_START);
    assert_at_rest(JOBSTATE_DONE);
    assert_int_equal(fork_count, 1);
}

static void who_is_blocked_is_skipped_with_its_reason(void **state)
{
    (void)state;
    reach(JOBSTATE_WAITING);
    snprintf(job.reason, sizeof job.reason, "job:b failed");
    job_take(&job, JOBSTATE_BLOCKED);
    assert_at_rest(JOBSTATE_SKIPPED);
    assert_string_equal(job.reason, "job:b failed");
    assert_int_equal(fork_count, 0);
}

/* The last wish counts. */
static void a_stop_takes_a_wish_back(void **state)
{
    static const struct {
        enum jobstate_event wishes[3];
        size_t forks;
    } table[] = {
        {{JOBSTATE_RESTART, JOBSTATE_STOP, JOBSTATE_STOP}, 1},
        {{JOBSTATE_START, JOBSTATE_RESTART, JOBSTATE_STOP}, 1},
        {{JOBSTATE_STOP, JOBSTATE_STOP, JOBSTATE_START}, 2},
        {{JOBSTATE_STOP, JOBSTATE_RESTART, JOBSTATE_START}, 2},
    };
    static const enum jobstate_state from[] = {JOBSTATE_STOPPING, JOBSTATE_DRAINING};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table) * COUNT_OF(from); i++) {
        reach(from[i % COUNT_OF(from)]);
        for (size_t wish = 0; wish < COUNT_OF(table[0].wishes); wish++) {
            job_take(&job, table[i / COUNT_OF(from)].wishes[wish]);
        }
        if (table[i / COUNT_OF(from)].forks == 2) {
            check_another_run(2);
        } else {
            settle();
            assert_at_rest(JOBSTATE_IDLE);
        }
        assert_int_equal(fork_count, table[i / COUNT_OF(from)].forks);
        begin_anew();
    }
}

/* Who fails by itself while it is not wanted is not tried again. */
static void a_stop_while_a_failed_try_ends_is_the_end(void **state)
{
    (void)state;
    wanted.retries = 5;
    make_gate();
    run_until_ready("(trap '' TERM; echo ready; exec sleep 1000) & read x < gate; exit 1");
    open_gate();
    run_to(JOBSTATE_DRAINING);
    job_take(&job, JOBSTATE_STOP);
    settle();
    assert_at_rest(JOBSTATE_IDLE);
    assert_int_equal(fork_count, 1);
}

/* Both news come at the same time, the exit second. */
static void an_exit_while_stopping_is_the_end_asked_for(void **state)
{
    (void)state;
    service(CONFIG_RESTART_ALWAYS, 5);
    make_gate();
    run_until_ready("trap '' TERM; echo ready; read x < gate; exit 5");
    job_take(&job, JOBSTATE_STOP);
    open_gate();
    run_to_rest();
    assert_at_rest(JOBSTATE_IDLE);
    assert_int_equal(job.exit_status, 5);
    assert_said(0, "*did not stop in time*");
}

/* ---- what a run leaves behind ---- */

static void the_background_of_a_done_job_stays(void **state)
{
    (void)state;
    make_gate();
    start("(read x < gate; echo later) & echo $! > background; echo out");
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    const pid_t background = read_pid("background");
    assert_true(is_there(background));
    assert_noted(1, "*Z out");
    open_gate();
    run_to_line("Z later\n");
    while (is_there(background)) {
        turn();
    }
    assert_at_rest(JOBSTATE_DONE);
    assert_int_equal(sent_count, 0);
}

/* The run before was ended, with all of its group. */
static void the_background_of_a_later_run_stays_too(void **state)
{
    (void)state;
    make_gate();
    start(
        "if [ -e tried ]; then read x < gate & echo $! > background; else touch tried; exec sleep 1000; fi");
    while (access("tried", F_OK) < 0) {
        turn();
    }
    job_take(&job, JOBSTATE_RESTART);
    while (fork_count < 2) {
        turn();
    }
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    assert_true(is_there(read_pid("background")));
    assert_int_equal(sent_count, 2);
}

static void the_rest_of_a_service_is_ended(void **state)
{
    (void)state;
    service(CONFIG_RESTART_NEVER, 5);
    make_gate();
    run_until_ready(BACKGROUND " & read x < gate");
    open_gate();
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    assert_false(is_there(read_pid("background")));
    assert_sent(0, SIGTERM);
    assert_sent(1, SIGCONT);
    assert_int_equal(sent_count, 2);
    assert_said(0, "*did not stop in time*");
}

static void the_rest_of_a_failed_try_is_ended_before_the_next(void **state)
{
    (void)state;
    wanted.retries = 1;
    is_time_quick = false;
    make_gate();
    start("[ -e background ] && exit 0; " BACKGROUND " & read x < gate; exit 1");
    run_to_line("ready");
    gone_before_fork = read_pid("background");
    open_gate();
    run_to(JOBSTATE_BACKOFF);
    assert_false(is_there(gone_before_fork));
    pass_time();
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    assert_false(is_fork_too_early);
    assert_int_equal(fork_count, 2);
}

static void who_ignores_the_request_is_killed_at_the_deadline(void **state)
{
    (void)state;
    reach(JOBSTATE_DRAINING);
    assert_int_equal(armed_ms, GRACE_MS);
    assert_int_equal(job.child.pid, 0);
    assert_int_equal(sent_count, 2);
    for (int i = 0; i < 10; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        job_look(&job);
    }
    assert_state(JOBSTATE_DRAINING);
    pass_time();
    assert_sent(2, SIGKILL);
    assert_said(1, "warning service:a: did not stop in time: killed");
    assert_state(JOBSTATE_BACKOFF);
}

/* The grace period is one for the process and the rest of its group. */
static void the_rest_has_what_is_left_of_the_grace_period(void **state)
{
    (void)state;
    run_until_ready("trap 'exit 0' TERM; (trap '' TERM; echo ready; exec sleep 1000) & wait");
    armed_ms = 0;
    job_take(&job, JOBSTATE_STOP);
    assert_int_equal(armed_ms, GRACE_MS);
    armed_ms = 0;
    run_to(JOBSTATE_DRAINING);
    assert_int_equal(armed_ms, 0);
    assert_int_equal(sent_count, 2);
    pass_time();
    assert_sent(2, SIGKILL);
    assert_at_rest(JOBSTATE_IDLE);
}

/* Who may not be signalled is there all the same. */
static void a_group_of_somebody_else_counts_as_there(void **state)
{
    (void)state;
    service(CONFIG_RESTART_ALWAYS, 5);
    kill_error = EPERM;
    start("exit 1");
    run_to(JOBSTATE_DRAINING);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_state(JOBSTATE_DRAINING);
    pass_time();
    assert_state(JOBSTATE_BACKOFF);
}

/* Those that KILL did not end are not waited for without an end. */
static void who_outlives_its_kill_is_left(void **state)
{
    (void)state;
    reach(JOBSTATE_STOPPING);
    kill_error = EPERM;
    pass_time();
    run_to(JOBSTATE_DRAINING);
    assert_true(is_timed());
    assert_int_equal(armed_ms, JOB_DRAIN_MS);
    pass_time();
    assert_at_rest(JOBSTATE_IDLE);
}

static void who_is_as_good_as_done_is_not_stopped(void **state)
{
    (void)state;
    is_noisy = true;
    start("exit 0");
    run_to(JOBSTATE_DRAINING);
    job_take(&job, JOBSTATE_STOP);
    settle();
    assert_at_rest(JOBSTATE_DONE);
}

static void a_start_does_not_take_a_restart_back(void **state)
{
    (void)state;
    is_noisy = true;
    start("exit 0");
    run_to(JOBSTATE_DRAINING);
    job_take(&job, JOBSTATE_RESTART);
    job_take(&job, JOBSTATE_START);
    check_another_run(2);
}

static void output_without_an_end_keeps_no_job(void **state)
{
    (void)state;
    is_noisy = true;
    wanted.timeout_ms = 1234;
    start("echo out");
    run_to(JOBSTATE_DRAINING);
    assert_int_equal(armed_ms, JOB_DRAIN_MS);
    pass_time();
    assert_at_rest(JOBSTATE_DONE);
    assert_int_equal(sent_count, 0);
    assert_said(0, "*did not stop in time*");
}

/* Its number may be another's by then. */
static void a_group_that_was_seen_gone_is_never_signalled_again(void **state)
{
    (void)state;
    service(CONFIG_RESTART_ALWAYS, 5);
    is_noisy = true;
    start("exit 1");
    run_to(JOBSTATE_DRAINING);
    assert_int_equal(sent_count, 2);
    job_kill(&job);
    pass_time();
    assert_state(JOBSTATE_BACKOFF);
    assert_int_equal(sent_count, 2);
    assert_said(0, "*did not stop in time*");
}

/* Nor is one that went without our being told: its last member was another's child. */
static void a_group_that_went_silently_was_not_killed(void **state)
{
    (void)state;
    service(CONFIG_RESTART_ALWAYS, 5);
    kill_error = EPERM;
    start("exit 1");
    run_to(JOBSTATE_DRAINING);
    kill_error = 0;
    pass_time();
    assert_state(JOBSTATE_BACKOFF);
    assert_int_equal(sent_count, 2);
    assert_said(0, "*did not stop in time*");
}

static void half_a_line_of_a_killed_run_is_not_the_next_ones(void **state)
{
    (void)state;
    service(CONFIG_RESTART_ALWAYS, 5);
    make_gate();
    run_until_ready("[ -e tried ] && { echo next; exec sleep 1000; }; touch tried; "
                    "(trap '' TERM; echo ready; printf half; exec sleep 1000) & read x < gate");
    open_gate();
    run_to(JOBSTATE_DRAINING);
    pass_time();
    assert_noted(1, "*Z half");
    pass_time();
    run_to_line("next");
    assert_noted(1, "*Z next");
}

static void the_last_words_are_read(void **state)
{
    (void)state;
    start("exit 0");
    run_to_rest();
    assert_int_equal(write(job.output.write_fd, "a line\nlast words", 17), 17);
    job_stop_watching(&job);
    assert_noted(1, "*Z a line");
    assert_noted(1, "*Z last words");
}

static void kill_reaches_whoever_is_left(void **state)
{
    static const struct {
        enum jobstate_state from;
        bool is_killed;
    } table[] = {
        {JOBSTATE_IDLE, false},    {JOBSTATE_WAITING, false}, {JOBSTATE_STARTING, true},
        {JOBSTATE_RUNNING, true},  {JOBSTATE_STOPPING, true}, {JOBSTATE_DRAINING, true},
        {JOBSTATE_BACKOFF, false}, {JOBSTATE_DONE, false},    {JOBSTATE_FAILED, false},
        {JOBSTATE_SKIPPED, false},
    };
    (void)state;
    for (size_t row = 0; row < 2 * COUNT_OF(table); row++) {
        const size_t i = row / 2;
        reach(table[i].from);
        const size_t before = sent_count;
        if (row % 2 == 1) {
            job_take(&job, JOBSTATE_STOP);
        }
        job_kill(&job);
        job_kill(&job);
        if (table[i].is_killed) {
            assert_sent(sent_count - 1, SIGKILL);
            while (job.state >= JOBSTATE_STARTING && job.state <= JOBSTATE_DRAINING) {
                turn(); /* without any further time */
            }
        } else {
            assert_int_equal(sent_count, before);
        }
        let_go();
        begin_anew();
    }
}

/* ---- what a run must not inherit from the one before ---- */

static void each_run_is_seen_to_start(void **state)
{
    (void)state;
    service(CONFIG_RESTART_NEVER, 5);
    start("exec sleep 1000");
    for (size_t run = 1; run < 20; run++) {
        run_to(JOBSTATE_RUNNING);
        assert_false(uv_is_active((uv_handle_t *)&job.start_poll));
        job_take(&job, JOBSTATE_RESTART);
        while (fork_count <= run) {
            turn();
        }
    }
    assert_said(19, "info service:a: started, pid *");
}

/* The report of the run before is readable for ever. */
static void a_start_is_not_taken_for_the_one_before(void **state)
{
    static const char *const before[] = {"exit 0", "exec sleep 1000"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        start(before[i]);
        run_to(i == 0 ? JOBSTATE_DONE : JOBSTATE_RUNNING);
        assert_int_equal(__real_pipe2(hold_ends, O_CLOEXEC), 0);
        hold_fd = hold_ends[0];
        job_take(&job, JOBSTATE_RESTART);
        while (fork_count < 2) {
            turn();
        }
        for (int turn = 0; turn < 20; turn++) {
            uv_run(&loop, UV_RUN_NOWAIT);
            assert_state(JOBSTATE_STARTING);
        }
        assert_int_equal(write(hold_ends[1], "\n", 1), 1);
        run_to(i == 0 ? JOBSTATE_DONE : JOBSTATE_RUNNING);
        let_go();
        begin_anew();
    }
}

static void the_states_are_told_in_order(void **state)
{
    static const enum jobstate_state expected[] = {JOBSTATE_WAITING,  JOBSTATE_STARTING, JOBSTATE_RUNNING,
                                                   JOBSTATE_STOPPING, JOBSTATE_DRAINING, JOBSTATE_IDLE};
    (void)state;
    reach(JOBSTATE_RUNNING);
    job_take(&job, JOBSTATE_STOP);
    while (job.state == JOBSTATE_STOPPING) {
        turn();
    }
    size_t at = 0;
    for (size_t i = 0; i < state_count; i++) {
        while (at < COUNT_OF(expected) && expected[at] != states[i]) {
            at++; /* one that was passed at once is not told */
        }
    }
    assert_in_range(at, 0, COUNT_OF(expected) - 1);
    assert_at_rest(JOBSTATE_IDLE);
}

static void news_of_others_change_nothing(void **state)
{
    static const enum jobstate_state all[] = {
        JOBSTATE_IDLE,    JOBSTATE_WAITING, JOBSTATE_STARTING, JOBSTATE_RUNNING, JOBSTATE_STOPPING,
        JOBSTATE_BACKOFF, JOBSTATE_DONE,    JOBSTATE_FAILED,   JOBSTATE_SKIPPED,
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        reach(all[i]);
        const size_t told = state_count;
        job_look(&job);
        assert_state(all[i]);
        assert_int_equal(state_count, told);
        let_go();
        begin_anew();
    }
}

static void a_hundred_runs_leak_nothing(void **state)
{
    (void)state;
    start("echo out");
    run_to_rest();
    const int before = count_descriptors();
    allocations = 0;
    for (int run = 0; run < 100; run++) {
        job_take(&job, JOBSTATE_RESTART);
        run_to_rest();
        assert_at_rest(JOBSTATE_DONE);
    }
    assert_int_equal(allocations, 0);
    assert_int_equal(count_descriptors(), before);
    assert_int_equal(fork_count, 101);
    assert_true((fcntl(job.start_fd, F_GETFD) & FD_CLOEXEC) != 0); /* nor do programs inherit anything */
}

static void a_hundred_failures_leak_nothing(void **state)
{
    (void)state;
    wanted.retries = 100;
    wanted.directory = missing;
    is_time_quick = true;
    start("echo never");
    run_to(JOBSTATE_BACKOFF);
    const int before = count_descriptors();
    delay_count = 0;
    allocations = 0;
    for (int run = 0; run < 50; run++) {
        fork_failures = run % 3 == 0 ? 1 : 0;
        delay_count = 0;
        job_take(&job, JOBSTATE_RESTART);
        run_to(JOBSTATE_BACKOFF);
    }
    assert_int_equal(allocations, 0);
    assert_int_equal(count_descriptors(), before);
}

/* ---- the beginning and the end ---- */

static void each_missing_allocation_is_told(void **state)
{
    (void)state;
    char message[CONFIG_MESSAGE_SIZE] = "";
    int result = -ENOMEM;
    int failed = 0;
    for (; result != 0; failed++) {
        allocation_to_fail = failed + 1;
        result = job_init(&job, &wanted, &setting, message, sizeof message);
        allocation_to_fail = 0;
        assert_true(result == 0 || result == -ENOMEM);
        assert_true(result != 0 || job.argv != NULL);
        begin_anew();
    }
    assert_true(failed > 2);
}

static void each_missing_descriptor_is_told(void **state)
{
    (void)state;
    char message[CONFIG_MESSAGE_SIZE] = "";
    pipe_failures = 1;
    assert_int_equal(job_init(&job, &wanted, &setting, message, sizeof message), -EMFILE);
    begin_anew();
    eventfd_error = ENFILE;
    assert_int_equal(job_init(&job, &wanted, &setting, message, sizeof message), -ENFILE);
}

static void an_unknown_user_is_told(void **state)
{
    (void)state;
    char message[CONFIG_MESSAGE_SIZE] = "";
    char user[] = "nobody-of-this-name";
    wanted.user = user;
    assert_int_equal(job_init(&job, &wanted, &setting, message, sizeof message), -EINVAL);
    assert_string_equal(message, "[job:a] user = nobody-of-this-name: no such user in /etc/passwd");
    job_finish(&job);
    wanted.user = NULL;
    config.init.user = user;
    assert_int_equal(job_init(&job, &wanted, &setting, message, sizeof message), -EINVAL);
    assert_string_equal(message, "[init] user = nobody-of-this-name: no such user in /etc/passwd");
    job_finish(&job);
    config.init.user = NULL;
    wanted.is_service = true;
    wanted.user = user;
    assert_int_equal(job_init(&job, &wanted, &setting, message, sizeof message), -EINVAL);
    assert_string_equal(message, "[service:a] user = nobody-of-this-name: no such user in /etc/passwd");
}

static void nothing_is_started_or_timed_before_it_is_wanted(void **state)
{
    (void)state;
    make("exit 0");
    assert_at_rest(JOBSTATE_IDLE);
    assert_int_equal(fork_count, 0);
    assert_string_equal(job.label, "job:a");
}

/* tear_down() looks whether all was given back. */
static void it_can_end_in_every_state(void **state)
{
    (void)state;
    for (enum jobstate_state from = JOBSTATE_IDLE; from < JOBSTATE_STATE_COUNT; from++) {
        reach(from);
        job_stop_watching(&job);
        job_stop_watching(&job);
        let_go();
        begin_anew();
    }
}

static void zeroed_ones_can_end(void **state)
{
    (void)state;
    struct job zeroed = {0};
    job_stop_watching(&zeroed);
    job_finish(&zeroed);
    assert_null(zeroed.argv);
}

static void without_a_log_directory_there_is_no_file(void **state)
{
    (void)state;
    setting.log_dir = NULL;
    wanted.echo = true;
    start("echo out; printf last");
    run_to_rest();
    assert_at_rest(JOBSTATE_DONE);
    read_text("init.log", text);
    assert_int_equal(count_lines(text, "a | out"), 1);
    read_text("init.log", text);
    assert_non_null(strstr(text, "a | last\n"));
    assert_true(strstr(text, "a | last\n") < strstr(text, "job:a: done"));
    assert_int_equal(access("logs", F_OK), -1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_job_is_done_when_its_output_is_complete),
        CASE(a_long_output_is_complete_too),
        CASE(failures_have_their_status_and_reason),
        CASE(what_hinders_a_start_is_the_reason),
        CASE(a_failed_start_is_looked_at_once),
        CASE(what_is_skipped_is_not_tried_again),
        CASE(a_program_gets_what_is_configured),
        CASE(a_failed_job_is_tried_again_ever_later),
        CASE(a_try_that_succeeds_is_the_last),
        CASE(the_reason_of_a_try_is_known_until_the_next_ends),
        CASE(delays_are_said_in_words),
        CASE(a_process_that_cannot_be_had_is_a_failed_try),
        CASE(a_service_is_restarted_as_configured),
        CASE(a_service_says_why_it_is_restarted),
        CASE(a_service_that_fails_too_often_is_given_up),
        CASE(a_limit_of_zero_is_none),
        CASE(a_service_that_ends_well_waits_longer_each_time),
        CASE(a_stable_run_ends_a_row_of_failures),
        CASE(a_job_is_never_stable),
        CASE(a_run_that_takes_too_long_is_ended),
        CASE(who_ends_politely_has_timed_out_all_the_same),
        CASE(the_time_counts_from_the_start),
        CASE(a_service_can_time_out_and_is_restarted),
        CASE(the_configured_signal_asks_it_to_end),
        CASE(who_is_suspended_is_woken_to_end),
        CASE(a_stop_ends_it_in_every_state),
        CASE(whoever_is_wanted_gets_a_process),
        CASE(waiting_is_not_ended_by_another_wish),
        CASE(who_is_done_is_not_done_again_by_a_start),
        CASE(who_is_blocked_is_skipped_with_its_reason),
        CASE(a_stop_takes_a_wish_back),
        CASE(a_stop_while_a_failed_try_ends_is_the_end),
        CASE(an_exit_while_stopping_is_the_end_asked_for),
        CASE(the_background_of_a_done_job_stays),
        CASE(the_background_of_a_later_run_stays_too),
        CASE(the_rest_of_a_service_is_ended),
        CASE(the_rest_of_a_failed_try_is_ended_before_the_next),
        CASE(who_ignores_the_request_is_killed_at_the_deadline),
        CASE(the_rest_has_what_is_left_of_the_grace_period),
        CASE(a_group_of_somebody_else_counts_as_there),
        CASE(who_outlives_its_kill_is_left),
        CASE(who_is_as_good_as_done_is_not_stopped),
        CASE(a_start_does_not_take_a_restart_back),
        CASE(output_without_an_end_keeps_no_job),
        CASE(a_group_that_was_seen_gone_is_never_signalled_again),
        CASE(a_group_that_went_silently_was_not_killed),
        CASE(half_a_line_of_a_killed_run_is_not_the_next_ones),
        CASE(the_last_words_are_read),
        CASE(kill_reaches_whoever_is_left),
        CASE(each_run_is_seen_to_start),
        CASE(a_start_is_not_taken_for_the_one_before),
        CASE(the_states_are_told_in_order),
        CASE(news_of_others_change_nothing),
        CASE(a_hundred_runs_leak_nothing),
        CASE(a_hundred_failures_leak_nothing),
        CASE(each_missing_allocation_is_told),
        CASE(each_missing_descriptor_is_told),
        CASE(an_unknown_user_is_told),
        CASE(nothing_is_started_or_timed_before_it_is_wanted),
        CASE(it_can_end_in_every_state),
        CASE(zeroed_ones_can_end),
        CASE(without_a_log_directory_there_is_no_file),
    };
    uv_loop_t first; /* libuv makes a pipe for itself once */
    uv_replace_allocator(uv_malloc, uv_realloc, uv_calloc, free);
    uv_loop_init(&first);
    uv_loop_close(&first);
    __real_prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
    signals_block(&original);
    sigset_t alarms; /* a test that hangs is ended */
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarms, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
