/* SPDX-License-Identifier: MIT */
/*
 * jobs: real processes in every order; at each change it is looked whether the order still holds. Time passes
 * only when the test says so.
 *
 * WRAP: fork kill uv_timer_start prctl
 */
#include "testing.h"

#include "sandbox_init/jobs.h"

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
    FDS_MAX = 1024,
    FORKS_MAX = 512,
    SENT_MAX = 1024,
    TEXT_SIZE = 1 << 16,
    HOUR_MS = 3600 * 1000,
    DELAY_MS = 1000,
    /* Names for the jobs of small examples. */
    A = 0,
    B,
    C,
    D,
    E,
};

#define BIT(index) (UINT64_C(1) << (index))

static char base[64]; /* the test's directory, which is the working directory too */
static int descriptors;
static struct signals_original original;

static uv_loop_t loop;
static struct signals signals;
static struct reaper reaper;
static struct log test_log;
static int log_fd;
static struct config config;
static struct config_job list[CONFIG_JOBS_MAX];
static struct job_setting setting;
static struct jobs jobs;
static size_t gone_count;
static bool is_wrong_order;
static char text[TEXT_SIZE];

/* ---- the wrapped calls ---- */

static int fork_failures;
static pid_t forged_pid; /* what the next child is said to have */
static int hold_fd = -1; /* children stay before their program until they can read from this */
static bool is_time_quick;

static pid_t forked[FORKS_MAX];
static size_t fork_count;

static struct {
    pid_t group;
    int number;
} sent[SENT_MAX];
static size_t sent_count;
static bool is_kill_wrong;
static uv_timer_cb on_time;

static int fail_with(int error)
{
    errno = error;
    return -1;
}

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    if (fork_failures > 0) {
        fork_failures--;
        return fail_with(EAGAIN);
    }
    const pid_t pid = __real_fork();
    if (pid <= 0) {
        return pid;
    }
    assert_true(fork_count < FORKS_MAX);
    forked[fork_count++] = pid;
    const pid_t said = forged_pid > 0 ? forged_pid : pid;
    forged_pid = 0;
    return said;
}

/* Nobody but groups of our own may ever be signalled: 0 and -1 mean far more processes. */
int __real_kill(pid_t pid, int number);
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
    if (number != 0) {
        assert_true(sent_count < SENT_MAX);
        sent[sent_count].group = -pid;
        sent[sent_count++].number = number;
    }
    return __real_kill(pid, number);
}

int __real_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t ms, uint64_t repeat);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t ms, uint64_t repeat);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t ms, uint64_t repeat)
{
    (void)ms;
    on_time = callback;
    return __real_uv_timer_start(timer, callback, is_time_quick ? 0 : HOUR_MS, repeat);
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
    return __real_prctl(option, value, 0UL, 0UL, 0UL);
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

static void on_signal(void *context, int number, pid_t sender)
{
    (void)context;
    (void)sender;
    if (number == SIGCHLD) {
        reaper_collect(&reaper);
    }
}

static void on_child(void *context, pid_t pid, int status)
{
    (void)context;
    if (!WIFSTOPPED(status)) {
        jobs_note(&jobs, pid, status);
    }
}

static void on_gone(void *context)
{
    assert_ptr_equal(context, &config);
    gone_count++;
    for (size_t i = 0; i < jobs.count; i++) {
        assert_false(jobstate_is_active(jobs.list[i].state));
    }
}

/* Does A come after B, maybe by way of others? */
static bool comes_after(size_t a, size_t b)
{
    uint64_t before = 0;
    for (uint64_t reached = list[a].needs; reached != before;) {
        before = reached;
        for (size_t i = 0; i < config.job_count; i++) {
            reached |= (reached & BIT(i)) != 0 ? list[i].needs : 0;
        }
        if ((reached & BIT(b)) != 0) {
            return true;
        }
    }
    return (before & BIT(b)) != 0;
}

/* The promise that every test keeps: who starts has all it needs, who is asked to end is needed by nobody. */
static void on_change(void *context, size_t index)
{
    (void)context;
    const struct job *job = &jobs.list[index];
    for (size_t i = 0; i < jobs.count; i++) {
        const struct job *other = &jobs.list[i];
        const bool is_there = other->state == JOBSTATE_DONE || other->state == JOBSTATE_RUNNING ||
                              (other->state == JOBSTATE_SKIPPED && other->run.is_unmet);
        if (job->state == JOBSTATE_STARTING && job->tries == 1 && (list[index].needs & BIT(i)) != 0) {
            is_wrong_order |= !is_there;
        }
        if (job->state == JOBSTATE_STOPPING && job->run.is_stop_wanted &&
            job->wanted == JOBSTATE_EVENT_COUNT && comes_after(i, index)) {
            is_wrong_order |= jobstate_is_active(other->state);
        }
    }
}

static char shell_path[] = "/bin/sh";
static char shell_option[] = "-e";
static char *shell[] = {shell_path, shell_option, NULL};
static char *none[] = {NULL};
static char missing[] = "/nonexistent";
static char *only_missing[] = {missing, NULL};
static char stop_signal[] = "TERM";
static char path_variable[] = "PATH=/usr/bin:/bin";
static char *environ_in[] = {path_variable, NULL};

static void reset(void)
{
    fork_failures = 0;
    forged_pid = 0;
    hold_fd = -1;
    is_time_quick = is_kill_wrong = is_wrong_order = false;
    fork_count = sent_count = gone_count = 0;
    jobs = (struct jobs){0};
    config = (struct config){.jobs = list};
    config.env.strip = config.env.empty = config.env.keep = config.env.set = none;
    setting = (struct job_setting){
        .config = &config,
        .environ_in = environ_in,
        .log = &test_log,
        .loop = &loop,
        .signal_mask = &original.mask,
        .child_action = &original.child_action,
        .log_dir = "logs",
    };
}

static int set_up(void **state)
{
    (void)state;
    reset();
    alarm(60);
    snprintf(base, sizeof base, "/tmp/test_jobs.XXXXXX");
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

static const char *find_fault(int handles)
{
    if (handles != 0) {
        return "a handle was left";
    }
    if (is_kill_wrong) {
        return "a stranger was signalled";
    }
    if (is_wrong_order) {
        return "the order was not kept";
    }
    return count_descriptors() != descriptors ? "a descriptor was leaked" : NULL;
}

static int tear_down(void **state)
{
    (void)state;
    jobs_stop_watching(&jobs);
    signals_stop(&signals);
    reaper_stop(&reaper);
    uv_run(&loop, UV_RUN_DEFAULT);
    jobs_finish(&jobs);
    log_finish(&test_log);
    close(log_fd);
    for (size_t i = 0; i < config.job_count; i++) {
        free(list[i].command);
    }
    const char *fault = find_fault(uv_loop_close(&loop));
    while (reaper_has_children()) {
        procs_walk_children(end_child, NULL);
    }
    alarm(0);
    if (chdir("/") < 0 || nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0) {
        return -1;
    }
    if (fault != NULL) {
        print_error("%s\n", fault);
    }
    return fault != NULL ? -1 : 0;
}

/* ---- what the tests are made of ---- */

/* A job, called a, b and so on, that comes after those of NEEDS. */
static struct config_job *add(const char *script, uint64_t needs)
{
    const size_t index = config.job_count++;
    char *command = strdup(script);
    assert_non_null(command);
    list[index] = (struct config_job){
        .enabled = true,
        .command = command,
        .shell = shell,
        .environment = none,
        .after = none,
        .needs = needs,
        .only_if_exists = none,
        .unless_exists = none,
        .stop_signal = stop_signal,
        .stop_grace_ms = 5 * DELAY_MS,
        .umask = 022,
        .log_max_size = 1 << 30,
        .retry_delay_ms = DELAY_MS,
        .restart = CONFIG_RESTART_ALWAYS,
        .restart_delay_ms = DELAY_MS,
        .start_limit = 5,
    };
    snprintf(list[index].name, sizeof list[index].name, index < 26 ? "%c" : "x%d",
             index < 26 ? 'a' + (int)index : (int)index);
    return &list[index];
}

static struct config_job *add_service(const char *script, uint64_t needs)
{
    struct config_job *job = add(script, needs);
    job->is_service = true;
    return job;
}

static const char for_ever[] = "exec sleep 1000";
static const char stubborn[] = "trap '' TERM; echo ready; exec sleep 1000";
static const char gated[] = "read x < gate-$0";

static void make_gate(const char *path)
{
    assert_int_equal(mkfifo(path, 0600), 0);
}

/* Whoever reads from the gate goes on. */
static void open_gate(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "\n", 1), 1);
    close(fd);
}

static void make(void)
{
    char message[CONFIG_MESSAGE_SIZE] = "";
    if (jobs_init(&jobs, &setting, on_gone, &config, message, sizeof message) != 0) {
        fail_msg("jobs_init: %s", message);
    }
    jobs_listen(&jobs, on_change, NULL);
}

static void start(void)
{
    make();
    jobs_start(&jobs, getpriority(PRIO_PROCESS, 0));
}

/* UV_RUN_ONCE would go on waiting after a timer has done all there was to do. */
static void turn(void)
{
    struct pollfd backend = {.fd = uv_backend_fd(&loop), .events = POLLIN};
    uv_run(&loop, UV_RUN_NOWAIT);
    poll(&backend, 1, uv_backend_timeout(&loop) == 0 ? 0 : 10);
}

static void run_to(size_t index, enum jobstate_state state)
{
    while (jobs.list[index].state != state) {
        turn();
    }
}

static void run_some(void)
{
    for (int i = 0; i < 20; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
    }
}

static void run_to_rest(void)
{
    for (size_t i = 0; i < jobs.count; i++) {
        while (jobstate_is_active(jobs.list[i].state)) {
            turn();
        }
    }
}

static void run_to_gone(void)
{
    while (gone_count == 0) {
        turn();
    }
    run_some();
    assert_int_equal(gone_count, 1);
}

static void read_text(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    text[got > 0 ? got : 0] = '\0';
    if (fd >= 0) {
        close(fd);
    }
}

static void run_to_ready(size_t index)
{
    char path[64];
    snprintf(path, sizeof path, "logs/%s.log", list[index].name);
    for (read_text(path); strstr(text, "ready\n") == NULL; read_text(path)) {
        turn();
    }
    run_to(index, JOBSTATE_RUNNING);
}

static void pass_time(size_t index)
{
    uv_timer_t *timer = &jobs.list[index].timer;
    assert_true(uv_is_active((uv_handle_t *)timer));
    __real_uv_timer_start(timer, on_time, 0, 0);
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void assert_state(size_t index, enum jobstate_state state)
{
    assert_string_equal(jobstate_name(jobs.list[index].state), jobstate_name(state));
}

/* STATES: a letter for each job. */
static void assert_states(const char *states)
{
    static const char letters[] = "-iwsrpdbDFS"; /* in the order of enum jobstate_state */
    char actual[CONFIG_JOBS_MAX + 1] = "";
    for (size_t i = 0; i < jobs.count; i++) {
        actual[i] = letters[jobs.list[i].state];
    }
    assert_string_equal(actual, states);
}

static bool is_asked(size_t index)
{
    bool is_found = false;
    for (size_t i = 0; i < sent_count; i++) {
        is_found |= jobs.list[index].group > 0 && sent[i].group == jobs.list[index].group;
    }
    return is_found;
}

static size_t count_said(const char *pattern)
{
    char whole[1024];
    size_t count = 0;
    char *rest = text;
    snprintf(whole, sizeof whole, "*Z sandbox-init %s", pattern);
    read_text("init.log");
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        count += fnmatch(whole, line, 0) == 0 ? 1 : 0;
    }
    return count;
}

static void assert_said(size_t count, const char *pattern)
{
    if (count_said(pattern) != count) {
        read_text("init.log");
        fail_msg("'%s' was not said %zu times, but:\n%s", pattern, count, text);
    }
}

/* ---- the beginning ---- */

static void who_needs_nobody_starts_at_once(void **state)
{
    (void)state;
    add("exit 0", 0);
    add_service(for_ever, 0);
    add("exit 0", 0);
    make();
    assert_states("iii");
    assert_int_equal(fork_count, 0);
    jobs_start(&jobs, getpriority(PRIO_PROCESS, 0));
    assert_int_equal(fork_count, 3);
    assert_states("sss");
    run_to(A, JOBSTATE_DONE);
    run_to(B, JOBSTATE_RUNNING);
    run_to(C, JOBSTATE_DONE);
    assert_string_equal(jobs.list[B].label, "service:b");
    assert_int_equal(gone_count, 0);
}

static void a_diamond_is_as_parallel_as_can_be(void **state)
{
    (void)state;
    /* In no helpful order: the last one is first. */
    add("exit 0", BIT(B) | BIT(C));
    add(gated, BIT(D));
    add("exit 0", BIT(D));
    add(gated, 0);
    make_gate("gate-b");
    make_gate("gate-d");
    start();
    assert_states("wwws");
    open_gate("gate-d");
    run_to(D, JOBSTATE_DONE);
    assert_int_equal(fork_count, 3);
    run_to(C, JOBSTATE_DONE);
    run_some();
    assert_state(A, JOBSTATE_WAITING);
    assert_int_equal(fork_count, 3);
    open_gate("gate-b");
    run_to_rest();
    assert_states("DDDD");
    assert_int_equal(fork_count, 4);
}

static void a_failure_skips_all_that_come_after_it_and_nobody_else(void **state)
{
    (void)state;
    add("exit 3", 0);
    add("exit 0", BIT(A));
    add_service(for_ever, BIT(B) | BIT(D));
    add("exit 0", 0);
    add("exit 0", BIT(D));
    start();
    run_to_rest();
    assert_states("FSSDD");
    assert_int_equal(fork_count, 3);
    assert_string_equal(jobs.list[B].reason, "job:a failed");
    assert_string_equal(jobs.list[C].reason, "job:b was skipped");
    assert_said(1, "warning job:b: skipped: job:a failed");
    assert_said(1, "warning service:c: skipped: job:b was skipped");
    assert_said(2, "*: skipped: *");
    assert_int_equal(gone_count, 0);
}

static void a_failure_is_not_waited_for_by_other_needs(void **state)
{
    (void)state;
    add(gated, 0);
    add("exit 1", 0);
    add("exit 0", BIT(A) | BIT(B));
    make_gate("gate-a");
    start();
    run_to(C, JOBSTATE_SKIPPED);
    assert_true(jobstate_is_active(jobs.list[A].state));
    assert_string_equal(jobs.list[C].reason, "job:b failed");
    open_gate("gate-a");
    run_to_rest();
    assert_states("DFS");
}

static void who_is_tried_again_is_waited_for(void **state)
{
    (void)state;
    add("[ -e tried ] && exit 0; touch tried; exit 1", 0)->retries = 1;
    add("exit 0", BIT(A));
    start();
    run_to(A, JOBSTATE_BACKOFF);
    assert_states("bw");
    pass_time(A);
    run_to_rest();
    assert_states("DD");
}

static void a_condition_that_does_not_hold_stops_nobody(void **state)
{
    (void)state;
    add("exit 0", 0)->only_if_exists = only_missing;
    add("exit 0", BIT(A));
    add_service("exit 0", BIT(B))->only_if_exists = only_missing;
    add("exit 0", BIT(C));
    start();
    run_to_rest();
    assert_states("SDSD");
    assert_string_equal(jobs.list[A].reason, "only_if_exists: /nonexistent is missing");
}

static void a_service_is_there_when_its_program_runs(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    add_service(for_ever, 0);
    add("exit 0", BIT(A));
    hold_fd = ends[0];
    start();
    run_some();
    assert_states("sw");
    hold_fd = -1;
    assert_int_equal(write(ends[1], "\n", 1), 1);
    run_to(B, JOBSTATE_DONE);
    assert_states("rD");
    close(ends[0]);
    close(ends[1]);
}

static void a_service_that_ended_well_was_there(void **state)
{
    (void)state;
    add_service("exit 0", 0)->restart = CONFIG_RESTART_ON_FAILURE;
    add("exit 0", BIT(A));
    start();
    run_to_rest();
    assert_states("DD");
}

static void a_service_that_is_given_up_will_not_be_there(void **state)
{
    (void)state;
    add_service("exit 1", 0)->directory = missing;
    add("exit 0", BIT(A));
    is_time_quick = true;
    start();
    run_to_rest();
    assert_states("FS");
    assert_int_equal(fork_count, 5);
    assert_string_equal(jobs.list[B].reason, "service:a failed");
}

static void a_job_in_the_middle_of_its_work_is_not_there(void **state)
{
    (void)state;
    add(gated, 0);
    add("exit 0", BIT(A));
    make_gate("gate-a");
    start();
    run_to(A, JOBSTATE_RUNNING);
    run_some();
    assert_states("rw");
    open_gate("gate-a");
    run_to_rest();
}

static void who_is_not_enabled_is_left_alone(void **state)
{
    (void)state;
    add("exit 0", 0)->enabled = false;
    add("exit 0", 0); /* configured to come after a, which config_jobs.h leaves out */
    add_service(for_ever, BIT(B))->enabled = false;
    start();
    run_to(B, JOBSTATE_DONE);
    run_some();
    assert_states("iDi");
    assert_int_equal(fork_count, 1);
    jobs_stop(&jobs);
    assert_int_equal(gone_count, 1);
}

/* It all happens within jobs_start(). */
static void who_fails_at_once_is_a_failure_like_any_other(void **state)
{
    (void)state;
    add("exit 0", BIT(B));
    add("exit 0", 0);
    add("exit 0", BIT(B));
    add("exit 0", 0);
    fork_failures = 1;
    start();
    assert_int_equal(fork_count, 1);
    assert_states("SFSs");
    run_to_rest();
    assert_states("SFSD");
}

static void sixty_four_start_one_after_the_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONFIG_JOBS_MAX; i++) {
        add("exit 0", i + 1 < CONFIG_JOBS_MAX ? BIT(i + 1) : 0);
    }
    start();
    assert_int_equal(fork_count, 1);
    run_to_rest();
    assert_int_equal(fork_count, CONFIG_JOBS_MAX);
    for (size_t i = 0; i < CONFIG_JOBS_MAX; i++) {
        assert_state(i, JOBSTATE_DONE);
    }
}

static void sixty_four_come_and_go_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONFIG_JOBS_MAX; i++) {
        add_service(for_ever, 0);
    }
    start();
    assert_int_equal(fork_count, CONFIG_JOBS_MAX);
    run_to(CONFIG_JOBS_MAX - 1, JOBSTATE_RUNNING);
    jobs_stop(&jobs);
    assert_int_equal(sent_count, 2 * CONFIG_JOBS_MAX);
    run_to_gone();
}

static void sixty_four_fail_in_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONFIG_JOBS_MAX; i++) {
        add("exit 0", i > 0 ? UINT64_MAX >> (CONFIG_JOBS_MAX - i) : 0);
    }
    fork_failures = 1;
    start();
    assert_int_equal(fork_count, 0);
    assert_state(A, JOBSTATE_FAILED);
    assert_state(CONFIG_JOBS_MAX - 1, JOBSTATE_SKIPPED);
    jobs_stop(&jobs);
    assert_int_equal(gone_count, 1);
}

/* ---- whose a process is ---- */

static void only_our_processes_are_ours(void **state)
{
    (void)state;
    add_service(for_ever, 0);
    add("exit 0", 0);
    start();
    run_to(B, JOBSTATE_DONE);
    run_to(A, JOBSTATE_RUNNING);
    assert_false(jobs_note(&jobs, getpid(), 0));
    assert_false(jobs_note(&jobs, forked[1], 0)); /* reaped already; somebody else may have that now */
    assert_states("rD");
    const pid_t ours = jobs.list[A].child.pid;
    assert_int_equal(kill(-ours, SIGKILL), 0);
    assert_int_equal(waitpid(ours, NULL, 0), ours);
    assert_true(jobs_note(&jobs, ours, SIGKILL));
    assert_int_equal(jobs.list[A].exit_status, 128 + SIGKILL);
    assert_states("bD");
}

/* Whoever is started because one ended may get its number: it has not ended. */
static void a_number_that_is_used_again_is_noted_once(void **state)
{
    (void)state;
    add(gated, 0);
    add(for_ever, BIT(A));
    make_gate("gate-a");
    start();
    forged_pid = forked[0];
    open_gate("gate-a");
    run_to(A, JOBSTATE_DONE);
    assert_int_equal(jobs.list[B].child.pid, forked[0]);
    assert_state(B, JOBSTATE_STARTING);
    jobs.list[B].child.pid = jobs.list[B].group = forked[1];
    run_to(B, JOBSTATE_RUNNING);
}

/* The last member of a group is nobody's process, but it was waited for. */
static void the_end_of_a_group_is_noticed(void **state)
{
    (void)state;
    add_service("(trap '' TERM; echo ready; read x < gate-a) & wait", 0)->restart = CONFIG_RESTART_NEVER;
    add_service(for_ever, 0);
    make_gate("gate-a");
    start();
    run_to_ready(A);
    jobs_stop_one(&jobs, A);
    run_to(A, JOBSTATE_DRAINING);
    run_some();
    assert_state(A, JOBSTATE_DRAINING);
    open_gate("gate-a");
    run_to(A, JOBSTATE_IDLE);
    assert_said(0, "*did not stop in time*");
}

/* ---- the end ---- */

static void without_jobs_the_end_is_told_at_once_and_once(void **state)
{
    (void)state;
    start();
    assert_int_equal(gone_count, 0);
    jobs_stop(&jobs);
    assert_int_equal(gone_count, 1);
    jobs_stop(&jobs);
    jobs_kill(&jobs);
    assert_int_equal(gone_count, 1);
}

static void when_all_are_done_the_end_is_told_at_once(void **state)
{
    (void)state;
    add("exit 0", 0);
    add("exit 1", 0);
    start();
    run_to_rest();
    assert_int_equal(gone_count, 0);
    jobs_stop(&jobs);
    assert_int_equal(gone_count, 1);
    assert_states("DF");
    assert_int_equal(sent_count, 2); /* what a failed job left behind, before */
}

static void they_stop_in_reverse_order(void **state)
{
    (void)state;
    add_service(for_ever, 0);
    add_service(for_ever, BIT(A));
    add_service(stubborn, BIT(B));
    add_service(for_ever, BIT(A));
    add_service(for_ever, 0);
    start();
    run_to(B, JOBSTATE_RUNNING);
    run_to_ready(C);
    run_to(D, JOBSTATE_RUNNING);
    jobs_stop(&jobs);
    assert_states("rrppp");
    run_to(D, JOBSTATE_IDLE);
    run_to(E, JOBSTATE_IDLE);
    run_some();
    assert_states("rrpii");
    assert_false(is_asked(A) || is_asked(B));
    pass_time(C);
    run_to_gone();
    assert_states("iiiii");
    assert_said(1, "warning *: did not stop in time: killed");
}

/* As a server, its migration, and the application do. */
static void who_comes_after_by_way_of_a_done_job_goes_before(void **state)
{
    (void)state;
    add_service(for_ever, 0);
    add("exit 0", BIT(A));
    add_service(stubborn, BIT(B));
    start();
    run_to_ready(C);
    assert_states("rDr");
    jobs_stop(&jobs);
    run_some();
    assert_states("rDp");
    assert_false(is_asked(A));
    pass_time(C);
    run_to_gone();
}

static void the_order_of_the_file_does_not_matter(void **state)
{
    (void)state;
    add_service(stubborn, BIT(B));
    add("exit 0", BIT(C));
    add_service(for_ever, 0);
    start();
    run_to_ready(A);
    jobs_stop(&jobs);
    run_some();
    assert_states("pDr");
    pass_time(A);
    run_to_gone();
}

/* It may be what those that go need to go. */
static void a_server_that_is_about_to_start_is_left_to_those_that_go(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    add_service(for_ever, 0);
    add_service(stubborn, BIT(A));
    start();
    run_to_ready(B);
    hold_fd = ends[0];
    jobs_restart_one(&jobs, A);
    while (fork_count < 3) {
        turn();
    }
    jobs_stop(&jobs);
    assert_states("sp");
    pass_time(B);
    run_to_gone();
    close(ends[0]);
    close(ends[1]);
}

static void a_start_that_is_wanted_is_forgotten(void **state)
{
    (void)state;
    make_gate("gate-a");
    add("(trap '' TERM; echo ready; exec sleep 1000) & read x < gate-a; exit 1", 0)->retries = 5;
    start();
    run_to_ready(A);
    open_gate("gate-a");
    run_to(A, JOBSTATE_DRAINING);
    jobs_start_one(&jobs, A);
    jobs_stop(&jobs);
    pass_time(A);
    run_to_gone();
    assert_int_equal(fork_count, 1);
}

static void who_waits_is_not_started_any_more(void **state)
{
    (void)state;
    add(gated, 0);
    add("exit 0", BIT(A));
    add("exit 0", BIT(B));
    make_gate("gate-a");
    start();
    run_to(A, JOBSTATE_RUNNING);
    jobs_stop(&jobs);
    assert_states("pii");
    run_to_gone();
    assert_int_equal(fork_count, 1);
    assert_states("iii");
}

static void nothing_starts_after_the_stop(void **state)
{
    (void)state;
    add("exit 0", 0);
    add_service(for_ever, BIT(A))->enabled = false;
    make();
    jobs_stop(&jobs);
    assert_int_equal(gone_count, 1);
    jobs_start(&jobs, 0);
    jobs_start_one(&jobs, B);
    jobs_restart_one(&jobs, A);
    run_some();
    assert_states("ii");
    assert_int_equal(fork_count, 0);
    assert_int_equal(gone_count, 1);
}

static void a_next_try_is_not_waited_for(void **state)
{
    (void)state;
    add("exit 1", 0)->retries = 5;
    start();
    run_to(A, JOBSTATE_BACKOFF);
    jobs_stop(&jobs);
    assert_states("i");
    assert_int_equal(gone_count, 1);
}

/* Whoever has no process needs none any more, however long those take that come after it. */
static void a_server_in_backoff_is_not_started_for_those_that_go(void **state)
{
    (void)state;
    add_service(gated, 0);
    add_service(stubborn, BIT(A));
    make_gate("gate-a");
    start();
    run_to_ready(B);
    open_gate("gate-a");
    run_to(A, JOBSTATE_BACKOFF);
    jobs_stop(&jobs);
    assert_states("ip");
    pass_time(B);
    run_to_gone();
    assert_int_equal(fork_count, 2);
}

static void a_server_that_fails_during_the_stop_is_not_started_again(void **state)
{
    (void)state;
    add_service(gated, 0)->restart_delay_ms = 0;
    add_service(stubborn, BIT(A));
    make_gate("gate-a");
    start();
    run_to_ready(B);
    jobs_stop(&jobs);
    assert_states("rp");
    is_time_quick = true;
    open_gate("gate-a");
    run_to(A, JOBSTATE_IDLE);
    run_some();
    assert_int_equal(fork_count, 2);
    assert_int_equal(gone_count, 0);
    pass_time(B);
    run_to_gone();
}

static void a_restart_that_is_wanted_is_forgotten(void **state)
{
    (void)state;
    add_service(stubborn, 0);
    add_service(stubborn, BIT(A));
    start();
    run_to_ready(A);
    run_to_ready(B);
    jobs_restart_one(&jobs, A);
    jobs_restart_one(&jobs, B);
    assert_states("pp");
    jobs_stop(&jobs);
    pass_time(A); /* the dependant is at it, but this one was asked to end before */
    pass_time(B);
    run_to_gone();
    assert_int_equal(fork_count, 2);
}

static void a_time_out_during_the_stop_changes_nothing(void **state)
{
    (void)state;
    add_service(for_ever, 0)->timeout_ms = 1000;
    add_service(stubborn, BIT(A));
    start();
    run_to_ready(B);
    jobs_stop(&jobs);
    pass_time(A);
    run_to(A, JOBSTATE_IDLE);
    pass_time(B);
    run_to_gone();
    assert_int_equal(fork_count, 2);
}

static void kill_ends_all_without_any_time(void **state)
{
    (void)state;
    add_service(stubborn, 0)->restart_delay_ms = 0;
    add_service(stubborn, BIT(A));
    add(stubborn, BIT(B));
    add("exit 0", BIT(C));
    start();
    run_to_ready(A);
    run_to_ready(B);
    run_to_ready(C);
    jobs_stop(&jobs);
    assert_states("rrpi");
    jobs_kill(&jobs);
    run_to_gone();
    assert_states("iiii");
    assert_int_equal(fork_count, 3);
}

/* ---- one of them ---- */

static void they_are_found_by_name(void **state)
{
    (void)state;
    add("exit 0", 0);
    add_service("exit 0", 0);
    make();
    assert_int_equal(jobs_find(&jobs, "a"), A);
    assert_int_equal(jobs_find(&jobs, "b"), B);
    assert_int_equal(jobs_find(&jobs, "c"), 2);
    assert_int_equal(jobs_find(&jobs, ""), 2);
}

static void one_is_started_with_all_it_needs(void **state)
{
    (void)state;
    add("exit 0", BIT(B));
    add("exit 0", BIT(C));
    add("[ -e fit ]", 0);
    add("exit 0", BIT(C));
    start();
    run_to_rest();
    assert_states("SSFS");
    const int fd = open("fit", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(fd);
    jobs_start_one(&jobs, A);
    run_to_rest();
    assert_states("DDDS");
    jobs_start_one(&jobs, A); /* is done: nothing to do */
    run_some();
    assert_int_equal(fork_count, 4);
}

static void one_is_started_with_what_was_stopped_before_it(void **state)
{
    (void)state;
    add_service(for_ever, 0);
    add_service(for_ever, BIT(A));
    start();
    run_to(B, JOBSTATE_RUNNING);
    jobs_stop_one(&jobs, A);
    run_to(A, JOBSTATE_IDLE);
    assert_states("ii");
    jobs_start_one(&jobs, B);
    run_to(B, JOBSTATE_RUNNING);
    assert_states("rr");
    assert_int_equal(fork_count, 4);
}

static void one_that_is_not_enabled_can_be_started(void **state)
{
    (void)state;
    add("exit 0", 0);
    add_service(for_ever, BIT(A))->enabled = false;
    start();
    run_to(A, JOBSTATE_DONE);
    jobs_start_one(&jobs, B);
    run_to(B, JOBSTATE_RUNNING);
    assert_int_equal(fork_count, 2);
    jobs_stop(&jobs);
    run_to_gone();
}

static void one_is_stopped_after_all_that_come_after_it(void **state)
{
    (void)state;
    add_service(for_ever, 0);
    add("exit 0", BIT(A));
    add_service(stubborn, BIT(B));
    add_service(for_ever, 0);
    start();
    run_to_ready(C);
    run_to(D, JOBSTATE_RUNNING);
    jobs_stop_one(&jobs, A);
    run_some();
    assert_states("rDpr");
    assert_false(is_asked(A));
    pass_time(C);
    run_to(A, JOBSTATE_IDLE);
    run_some();
    assert_states("iDir");
    assert_int_equal(gone_count, 0);
    /* And they come back together. */
    jobs_start_one(&jobs, C);
    run_to(C, JOBSTATE_RUNNING);
    assert_int_equal(fork_count, 5);
}

static void one_that_is_wanted_again_goes_on(void **state)
{
    (void)state;
    add_service(for_ever, 0);
    add_service(stubborn, BIT(A));
    start();
    run_to_ready(B);
    jobs_stop_one(&jobs, A);
    assert_states("rp");
    jobs_restart_one(&jobs, B);
    pass_time(B);
    while (fork_count < 3) {
        turn();
    }
    run_to(B, JOBSTATE_RUNNING);
    assert_states("rr");
    assert_int_equal(jobs.list[A].child.pid, forked[0]);
    assert_int_equal(fork_count, 3);
}

static void those_after_one_that_is_restarted_go_on(void **state)
{
    (void)state;
    add_service(for_ever, 0);
    add_service(for_ever, BIT(A));
    start();
    run_to(B, JOBSTATE_RUNNING);
    jobs_restart_one(&jobs, A);
    assert_states("pr");
    while (fork_count < 3) {
        turn();
    }
    run_to(A, JOBSTATE_RUNNING);
    assert_int_equal(jobs.list[B].child.pid, forked[1]);
}

static void a_done_one_is_done_again_by_a_restart(void **state)
{
    (void)state;
    add("exit 0", 0);
    add_service("exit 0", 0)->restart = CONFIG_RESTART_NEVER;
    start();
    run_to_rest();
    jobs_restart_one(&jobs, A);
    run_to_rest();
    assert_int_equal(fork_count, 3);
    jobs_start_one(&jobs, B); /* a service that is past is to be there again */
    run_to_rest();
    assert_int_equal(fork_count, 4);
    assert_states("DD");
}

/* ---- the object ---- */

static void a_job_that_cannot_be_had_is_told(void **state)
{
    (void)state;
    char user[] = "nobody-of-this-name";
    char message[CONFIG_MESSAGE_SIZE] = "";
    add("exit 0", 0);
    add_service("exit 0", 0)->user = user;
    add("exit 0", 0);
    assert_int_equal(jobs_init(&jobs, &setting, on_gone, &config, message, sizeof message), -EINVAL);
    assert_string_equal(message, "[service:b] user = nobody-of-this-name: no such user in /etc/passwd");
    assert_int_equal(gone_count, 0);
}

static void time_counts_from_the_start(void **state)
{
    (void)state;
    add_service(for_ever, 0);
    make();
    const uint64_t before = uv_now(&loop);
    while (uv_hrtime() / 1000000 < before + 20) {
    }
    jobs_start(&jobs, 0);
    assert_true(jobs.list[A].started_ms >= before + 19);
}

static void priorities_add_up(void **state)
{
    (void)state;
    add("nice", 0)->nice = 2;
    make();
    const int ours = getpriority(PRIO_PROCESS, 0);
    jobs_start(&jobs, ours + 1);
    run_to_rest();
    char expected[32];
    snprintf(expected, sizeof expected, "Z %d\n", ours + 3 < 19 ? ours + 3 : 19);
    read_text("logs/a.log");
    assert_non_null(strstr(text, expected));
}

static void zeroed_ones_can_end(void **state)
{
    (void)state;
    jobs_stop_watching(&jobs);
    jobs_finish(&jobs);
    assert_int_equal(jobs.count, 0);
}

static void they_can_end_in_the_middle(void **state)
{
    (void)state;
    add_service(stubborn, 0);
    add("exit 1", 0)->retries = 1;
    add("exit 0", BIT(A) | BIT(B));
    start();
    run_to_ready(A);
    run_to(B, JOBSTATE_BACKOFF);
    jobs_stop(&jobs);
    jobs_stop_watching(&jobs);
    run_some();
    assert_int_equal(gone_count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(who_needs_nobody_starts_at_once),
        CASE(a_diamond_is_as_parallel_as_can_be),
        CASE(a_failure_skips_all_that_come_after_it_and_nobody_else),
        CASE(a_failure_is_not_waited_for_by_other_needs),
        CASE(who_is_tried_again_is_waited_for),
        CASE(a_condition_that_does_not_hold_stops_nobody),
        CASE(a_service_is_there_when_its_program_runs),
        CASE(a_service_that_ended_well_was_there),
        CASE(a_service_that_is_given_up_will_not_be_there),
        CASE(a_job_in_the_middle_of_its_work_is_not_there),
        CASE(who_is_not_enabled_is_left_alone),
        CASE(who_fails_at_once_is_a_failure_like_any_other),
        CASE(sixty_four_start_one_after_the_other),
        CASE(sixty_four_come_and_go_at_once),
        CASE(sixty_four_fail_in_a_row),
        CASE(only_our_processes_are_ours),
        CASE(a_number_that_is_used_again_is_noted_once),
        CASE(the_end_of_a_group_is_noticed),
        CASE(without_jobs_the_end_is_told_at_once_and_once),
        CASE(when_all_are_done_the_end_is_told_at_once),
        CASE(they_stop_in_reverse_order),
        CASE(who_comes_after_by_way_of_a_done_job_goes_before),
        CASE(the_order_of_the_file_does_not_matter),
        CASE(a_server_that_is_about_to_start_is_left_to_those_that_go),
        CASE(a_start_that_is_wanted_is_forgotten),
        CASE(who_waits_is_not_started_any_more),
        CASE(nothing_starts_after_the_stop),
        CASE(a_next_try_is_not_waited_for),
        CASE(a_server_in_backoff_is_not_started_for_those_that_go),
        CASE(a_server_that_fails_during_the_stop_is_not_started_again),
        CASE(a_restart_that_is_wanted_is_forgotten),
        CASE(a_time_out_during_the_stop_changes_nothing),
        CASE(kill_ends_all_without_any_time),
        CASE(they_are_found_by_name),
        CASE(one_is_started_with_all_it_needs),
        CASE(one_is_started_with_what_was_stopped_before_it),
        CASE(one_that_is_not_enabled_can_be_started),
        CASE(one_is_stopped_after_all_that_come_after_it),
        CASE(one_that_is_wanted_again_goes_on),
        CASE(those_after_one_that_is_restarted_go_on),
        CASE(a_done_one_is_done_again_by_a_restart),
        CASE(a_job_that_cannot_be_had_is_told),
        CASE(time_counts_from_the_start),
        CASE(priorities_add_up),
        CASE(zeroed_ones_can_end),
        CASE(they_can_end_in_the_middle),
    };
    uv_loop_t first; /* libuv makes a pipe for itself once */
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
