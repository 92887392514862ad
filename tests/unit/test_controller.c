/* SPDX-License-Identifier: MIT */
/*
 * controller: real jobs, a real socket, and clients that ask. The guard is a record that the cases fill in.
 *
 * WRAP: getsockopt geteuid
 */
#include "testing.h"

#include "sandbox_init/controller.h"

#include "sandbox_init/directories.h"
#include "sandbox_init/reaper.h"
#include "sandbox_init/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PATIENCE_S = 30, /* for what must happen */
    STRANGER = 4242,
    TEXT_SIZE = 1 << 20,
};

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);

static bool is_stranger; /* whoever connects next */
static bool is_not_root; /* the init */

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    const int result = __real_getsockopt(fd, level, name, value, size);
    if (level == SOL_SOCKET && name == SO_PEERCRED && is_stranger) {
        ((struct ucred *)value)->uid = STRANGER;
    }
    return result;
}

uid_t __wrap_geteuid(void)
{
    return is_not_root ? 1234 : __real_geteuid();
}

/* ---- the init, as far as it is needed ---- */

static uv_loop_t loop;
static struct log the_log;
static struct reaper reaper;
static struct config config;
static struct jobs jobs;
static struct guard guard;
static struct command main_command;
static enum shutdown_state shutdown_now;
static struct controller controller;
static struct signals_original signals;
static char directory[64];
static char path[96];
static int log_fd;
static bool is_gone_told;

static void on_child(void *context, pid_t pid, int status)
{
    (void)context;
    if (!WIFSTOPPED(status)) {
        jobs_note(&jobs, pid, status);
    }
}

static void on_jobs_gone(void *context)
{
    (void)context;
    is_gone_told = true;
}

static void on_fault(void *context, const struct config_fault *fault)
{
    (void)context;
    print_error("%s:%u: %s\n", fault->file, (unsigned)fault->line, fault->message);
}

static void load(const char *text)
{
    char name[96];
    snprintf(name, sizeof name, "%s/ini", directory);
    FILE *file = fopen(name, "we");
    assert_non_null(file);
    fprintf(file, "[init]\nlog_dir = %s/log\n%s", directory, text);
    fclose(file);
    assert_int_equal(chmod(name, 0644), 0);
    const struct config_source source = {.file = name, .is_required = true, .owner = __real_geteuid()};
    assert_int_equal(config_load(&config, &source, on_fault, NULL), 0);
    unlink(name);
}

/* Prepares everything from the configuration TEXT; the jobs do not start yet. */
static void prepare(const char *text)
{
    static char path_entry[] = "PATH=/usr/bin:/bin";
    static char *environment[] = {path_entry, NULL};
    static char log_dir[96];
    char message[512] = "";
    load(text);
    snprintf(log_dir, sizeof log_dir, "%s/log", directory);
    assert_true(mkdir(log_dir, 0755) == 0 || errno == EEXIST);
    const struct job_setting setting = {
        .config = &config,
        .environ_in = environment,
        .log = &the_log,
        .loop = &loop,
        .signal_mask = &signals.mask,
        .child_action = &signals.child_action,
        .log_dir = log_dir,
    };
    if (jobs_init(&jobs, &setting, on_jobs_gone, NULL, message, sizeof message) != 0) {
        fail_msg("jobs_init: %s", message);
    }
    const struct controller_setting wanted = {
        .log = &the_log,
        .loop = &loop,
        .jobs = &jobs,
        .guard = &guard,
        .is_guard_wanted = true,
        .main = &main_command,
        .state = &shutdown_now,
        .log_dir = log_dir,
        .command = "sleep",
    };
    controller_init(&controller, &wanted);
    assert_int_equal(controller_start(&controller, directory), 0);
}

static void run(const char *text)
{
    prepare(text);
    jobs_start(&jobs, 0);
}

static int set_up(void **state)
{
    (void)state;
    is_stranger = is_not_root = is_gone_told = false;
    memset(&jobs, 0, sizeof jobs);
    memset(&guard, 0, sizeof guard);
    memset(&main_command, 0, sizeof main_command);
    memset(&controller, 0, sizeof controller);
    memset(&config, 0, sizeof config);
    shutdown_now = SHUTDOWN_RUNNING;
    sigprocmask(SIG_SETMASK, NULL, &signals.mask);
    sigaction(SIGCHLD, NULL, &signals.child_action);
    snprintf(directory, sizeof directory, "/tmp/test-controller-XXXXXX");
    log_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (mkdtemp(directory) == NULL || chmod(directory, 0755) < 0 || uv_loop_init(&loop) != 0) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/" CONTROL_NAME, directory);
    log_init(&the_log, log_fd, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    guard.loop = &loop;
    guard.is_final = true;
    return reaper_start(&reaper, &loop, on_child, NULL);
}

static void turn(void)
{
    uv_run(&loop, UV_RUN_NOWAIT);
    reaper_collect(&reaper);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void go_on(double give_up, const char *fact)
{
    if (now_s() > give_up) {
        fail_msg("never true: %s", fact);
    }
    turn();
    poll(NULL, 0, 1);
}

#define WAIT_UNTIL(fact)                                                                                     \
    for (const double give_up = now_s() + PATIENCE_S; !(fact);) {                                            \
        go_on(give_up, #fact);                                                                               \
    }

static int tear_down(void **state)
{
    (void)state;
    is_not_root = false;
    controller_stop(&controller);
    controller_stop(&controller);
    jobs_kill(&jobs);
    jobs_stop(&jobs);
    const double give_up = now_s() + PATIENCE_S;
    while (!is_gone_told && now_s() < give_up) {
        jobs_kill(&jobs);
        turn();
        poll(NULL, 0, 1);
    }
    jobs_stop_watching(&jobs);
    reaper_stop(&reaper);
    uv_run(&loop, UV_RUN_DEFAULT);
    const int result = uv_loop_close(&loop);
    jobs_finish(&jobs);
    config_finish(&config);
    log_finish(&the_log);
    close(log_fd);
    return testing_remove_tree(directory) == 0 ? result : -1;
}

/* ---- clients ---- */

static char heard[TEXT_SIZE];
static size_t heard_size;

static int ask(const char *request)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    assert_int_equal(write(fd, "\n", 1), 1);
    heard_size = 0;
    heard[0] = '\0';
    return fd;
}

static bool hear(int fd)
{
    const ssize_t got = read(fd, heard + heard_size, sizeof heard - 1 - heard_size);
    heard_size += got > 0 ? (size_t)got : 0;
    heard[heard_size] = '\0';
    return got != 0;
}

static const char *ask_all(const char *request)
{
    const int fd = ask(request);
    WAIT_UNTIL(!hear(fd));
    close(fd);
    return heard;
}

/* Waits until what FD hears has TEXT in it. */
static void expect_heard(int fd, const char *text)
{
    WAIT_UNTIL(hear(fd) && strstr(heard, text) != NULL);
}

/* The line NUMBER, from 0, of what was heard; "": there are fewer. */
static const char *line_of(size_t number)
{
    static char line[FIELDS_LINE_MAX];
    const char *at = heard;
    for (size_t i = 0; i < number && at != NULL; i++) {
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    snprintf(line, sizeof line, "%.*s", at != NULL ? (int)strcspn(at, "\n") : 0, at != NULL ? at : "");
    return line;
}

static size_t count_lines(void)
{
    size_t count = 0;
    for (const char *at = heard; (at = strchr(at, '\n')) != NULL; at++) {
        count++;
    }
    return count;
}

/* The value of KEY in the line NUMBER; "(none)": it has no such field. */
static const char *value_of(size_t number, const char *wanted)
{
    static char values[8][FIELDS_LINE_MAX];
    static size_t turns;
    char line[FIELDS_LINE_MAX];
    struct fields_reader reader;
    const char *key = NULL;
    const char *value = NULL;
    char *found = values[turns++ % 8];
    snprintf(line, sizeof line, "%s", line_of(number));
    const char *name = fields_open(&reader, line);
    if (strcmp(wanted, "") == 0) {
        snprintf(found, FIELDS_LINE_MAX, "%s", name);
        return found;
    }
    while (fields_next(&reader, &key, &value)) {
        if (strcmp(key, wanted) == 0) {
            snprintf(found, FIELDS_LINE_MAX, "%s", value);
            return found;
        }
    }
    return "(none)";
}

static uint64_t number_of(size_t line, const char *key)
{
    uint64_t number = 0;
    if (!fields_read_number(value_of(line, key), &number)) {
        fail_msg("line %zu: %s is '%s'", line, key, value_of(line, key));
    }
    return number;
}

/* The line of the last record about the job NAME. */
static size_t last_about(const char *name)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < count_lines(); i++) {
        if (strcmp(value_of(i, ""), "job") == 0 && strcmp(value_of(i, "name"), name) == 0) {
            found = i;
        }
    }
    if (found == SIZE_MAX) {
        fail_msg("nothing about '%s'", name);
    }
    return found;
}

/* The state that is told of the job NAME now. */
static const char *state_of(const char *name)
{
    ask_all("status");
    return value_of(last_about(name), "state");
}

static void expect_error(const char *request, const char *code, const char *part)
{
    ask_all(request);
    if (count_lines() != 1 || strcmp(value_of(0, ""), "error") != 0 ||
        strcmp(value_of(0, "code"), code) != 0 || strstr(value_of(0, "message"), part) == NULL) {
        fail_msg("'%s': wanted %s, %s; got: %s", request, code, part, heard);
    }
}

static void expect_end(void)
{
    assert_string_equal(line_of(count_lines() - 1), "end");
    assert_int_equal(heard[heard_size - 1], '\n');
}

static enum jobstate_state state_now(const char *name)
{
    return jobs.list[jobs_find(&jobs, name)].state;
}

static pid_t pid_now(const char *name)
{
    return jobs.list[jobs_find(&jobs, name)].child.pid;
}

/* ---- status ---- */

/* In the order of the manual page. */
static const struct {
    const char *name;
    const char *keys;
} shapes[] = {
    {"init", "protocol version pid is_pid1 uid state now_at started_at log_dir command command_pid "},
    {"guard",
     "level reason wanted directories polling revoked unlinked links found refused failed hard_links "
     "moved_away overflows last_at "},
    {"job",
     "name kind enabled state changed_at started_at took pid tries tries_max status reason after log "},
    {"history", "lost "},
    {"span", "name state from_at to_at "},
    {"tick", "at result "},
    {"end", ""},
};

static void expect_shape(size_t number)
{
    char line[FIELDS_LINE_MAX];
    char keys[512] = "";
    struct fields_reader reader;
    const char *key = NULL;
    const char *value = NULL;
    snprintf(line, sizeof line, "%s", line_of(number));
    const char *name = fields_open(&reader, line);
    while (fields_next(&reader, &key, &value)) {
        const size_t used = strlen(keys);
        snprintf(keys + used, sizeof keys - used, "%s ", key);
    }
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        if (strcmp(shapes[i].name, name) == 0) {
            assert_string_equal(keys, shapes[i].keys);
            return;
        }
    }
    fail_msg("nobody knows the record '%s'", name);
}

static void status_tells_everything(void **state)
{
    (void)state;
    run("[job:good]\ncommand = true\n"
        "[service:web]\ncommand = exec sleep 1000\nafter = good off\nstart_limit = 0\n"
        "[job:bad]\ncommand = exit 3\nretries = 0\n"
        "[job:behind]\ncommand = true\nafter = bad\n"
        "[job:off]\ncommand = true\nenabled = no\nretries = 4\n");
    main_command.child.pid = 77;
    WAIT_UNTIL(state_now("web") == JOBSTATE_RUNNING && state_now("bad") == JOBSTATE_FAILED);
    ask_all("status");
    assert_int_equal(count_lines(), 8);
    for (size_t i = 0; i < 8; i++) {
        expect_shape(i);
    }
    expect_end();
    assert_string_equal(value_of(0, "protocol"), "1");
    assert_string_equal(value_of(0, "version"), SANDBOX_INIT_VERSION);
    assert_int_equal(number_of(0, "pid"), getpid());
    assert_string_equal(value_of(0, "is_pid1"), getpid() == 1 ? "1" : "0");
    assert_int_equal(number_of(0, "uid"), geteuid());
    assert_string_equal(value_of(0, "state"), "running");
    assert_true(number_of(0, "now_at") >= number_of(0, "started_at"));
    assert_true(number_of(0, "started_at") / 1000 + 60 > (uint64_t)time(NULL));
    assert_string_equal(value_of(0, "command"), "sleep");
    assert_string_equal(value_of(0, "command_pid"), "77");
    static const char *const rows[][10] = {
        /* name, kind, enabled, state, tries, tries_max, status, reason's beginning, after, is it over */
        {"good", "job", "1", "done", "1", "1", "0", "", "", "yes"},
        {"web", "service", "1", "running", "1", "0", "", "", "good off", "no"},
        {"bad", "job", "1", "failed", "1", "1", "3", "exit status 3 after ", "", "yes"},
        {"behind", "job", "1", "skipped", "0", "1", "", "job:bad failed", "bad", "never"},
        {"off", "job", "0", "idle", "0", "5", "", "", "", "never"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static const char *const keys[] = {"name",  "kind",      "enabled", "state",
                                           "tries", "tries_max", "status"};
        const size_t line = 2 + i;
        for (size_t j = 0; j < COUNT_OF(keys); j++) {
            if (strcmp(value_of(line, keys[j]), rows[i][j]) != 0) {
                fail_msg("%s: %s is '%s', not '%s'", rows[i][0], keys[j], value_of(line, keys[j]),
                         rows[i][j]);
            }
        }
        char log_path[128];
        snprintf(log_path, sizeof log_path, "%s/log/%s.log", directory, rows[i][0]);
        assert_string_equal(value_of(line, "log"), log_path);
        assert_memory_equal(value_of(line, "reason"), rows[i][7], strlen(rows[i][7]));
        assert_string_equal(value_of(line, "after"), rows[i][8]);
        assert_true(number_of(line, "changed_at") >= number_of(0, "started_at"));
        assert_true(number_of(line, "changed_at") <= number_of(0, "now_at"));
        const bool is_over = strcmp(rows[i][9], "yes") == 0;
        const bool was_started = strcmp(rows[i][9], "never") != 0;
        assert_int_equal(strlen(value_of(line, "took")) > 0, is_over);
        assert_int_equal(strlen(value_of(line, "started_at")) > 0, was_started);
        assert_int_equal(strlen(value_of(line, "pid")) > 0, was_started && !is_over);
    }
    assert_int_equal(number_of(3, "pid"), pid_now("web"));
    assert_true(number_of(2, "took") < PATIENCE_S * 1000);
}

static void what_is_not_there_is_empty(void **state)
{
    (void)state;
    prepare("");
    controller.setting.command = NULL;
    controller.setting.log_dir = NULL;
    ask_all("status");
    assert_int_equal(count_lines(), 3);
    assert_string_equal(value_of(0, "command"), "");
    assert_string_equal(value_of(0, "command_pid"), "");
    assert_string_equal(value_of(0, "log_dir"), "");
    assert_string_equal(value_of(1, "last_at"), "");
    expect_end();
}

static void the_way_to_the_end_is_told(void **state)
{
    (void)state;
    prepare("");
    for (shutdown_now = SHUTDOWN_RUNNING; shutdown_now < SHUTDOWN_STATE_COUNT; shutdown_now++) {
        ask_all("status");
        assert_string_equal(value_of(0, "state"), shutdown_state_name(shutdown_now));
    }
}

/* Adds a configuration of COUNT jobs, each of which comes after all before it, all with names of LENGTH. */
static char *write_many(size_t count, int length)
{
    static char text[TEXT_SIZE];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "[job:%0*zu]\ncommand = true\nenabled = no\n", length, i);
        for (size_t j = 0; j < i; j++) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%0*zu%s",
                                     j == 0       ? "after = "
                                     : j % 4 == 0 ? "\n  "
                                                  : " ",
                                     length, j, j + 1 == i ? "\n" : "");
        }
    }
    return text;
}

static void the_longest_records_fit(void **state)
{
    (void)state;
    char command[4096];
    prepare(write_many(CONFIG_JOBS_MAX, CONFIG_JOB_NAME_SIZE - 1));
    memset(command, '\x01', sizeof command);
    command[sizeof command - 1] = '\0';
    static char log_dir[DIRECTORIES_PATH_SIZE];
    memset(log_dir, '\xff', sizeof log_dir);
    log_dir[sizeof log_dir - 1] = '\0';
    controller.setting.command = command;
    controller.setting.log_dir = log_dir;
    for (size_t i = 0; i < jobs.count; i++) {
        memset(jobs.list[i].reason, '\\', JOB_REASON_SIZE);
        jobs.list[i].reason[JOB_REASON_SIZE - 1] = '\0';
    }
    ask_all("status");
    assert_int_equal(count_lines(), 2 + CONFIG_JOBS_MAX + 1);
    expect_end();
    assert_string_equal(value_of(0, "log_dir"), log_dir);
    for (size_t i = 0; i < CONFIG_JOBS_MAX; i++) {
        assert_string_equal(value_of(2 + i, "name"), config.jobs[i].name);
        assert_int_equal(strlen(value_of(2 + i, "reason")), JOB_REASON_SIZE - 1);
        assert_int_equal(strlen(value_of(2 + i, "after")), i == 0 ? 0 : i * CONFIG_JOB_NAME_SIZE - 1);
        assert_true(strlen(line_of(2 + i)) < CONTROL_PORTION_MAX);
    }
}

/* ---- the guard ---- */

static void never(uv_timer_t *timer)
{
    (void)timer;
}

static void the_guards_level_and_its_mend_are_told(void **state)
{
    (void)state;
    static const struct {
        bool is_wanted, is_running, is_dry, is_final, is_not_root, is_polling, has_events, is_full;
        size_t closed;
        const char *level;
        const char *reason; /* a part of it */
    } rows[] = {
        {true, true, false, true, false, false, true, false, 0, "full", ""},
        {true, true, false, true, false, false, true, true, 0, "full", ""},
        {false, false, false, true, false, false, false, false, 0, "off", "enabled = no"},
        {true, false, false, true, false, false, false, false, 0, "off", "could not be started"},
        {true, true, true, false, false, true, false, false, 0, "report", "action = report"},
        {true, true, false, false, true, false, true, false, 0, "degraded", "not root"},
        {true, true, false, false, false, false, true, false, 0, "degraded", "CAP_CHOWN"},
        {true, true, false, true, false, true, false, false, 0, "degraded", "max_user_instances"},
        {true, true, false, true, false, true, true, false, 0, "degraded", "max_user_watches"},
        {true, true, false, true, false, true, true, true, 0, "degraded", "too many directories"},
        {true, true, false, false, true, true, false, false, 0, "degraded", "not root"},
        {true, true, false, false, true, true, false, false, 0, "degraded", "; no inotify"},
        {true, true, false, true, false, false, true, false, 1, "degraded",
         "1 directory is closed to us, so sockets in there stay unseen: give the container CAP_DAC_OVERRIDE"},
        {true, true, false, false, true, true, false, false, 2, "degraded",
         "max_user_instances on the host; 2 directories are closed to us, so sockets in there stay unseen: "
         "run"},
        {true, true, false, false, false, false, true, false, 2, "degraded", "capability; 2 directories are"},
    };
    prepare("");
    if (__real_geteuid() != 0) {
        print_message("skipped: needs root\n");
        skip();
    }
    uv_timer_init(&loop, &guard.poll_timer);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        controller.setting.is_guard_wanted = rows[i].is_wanted;
        guard.loop = rows[i].is_running ? &loop : NULL;
        guard.is_dry = rows[i].is_dry;
        guard.is_final = rows[i].is_final;
        guard.watch.poll.data = rows[i].has_events ? &guard : NULL;
        guard.list.is_full = rows[i].is_full;
        guard.list.end = rows[i].closed;
        for (size_t k = 0; k < rows[i].closed; k++) {
            guard.list.directories[k] =
                (struct watchlist_directory){.is_used = true, .watch_id = -1, .error = -EACCES};
        }
        is_not_root = rows[i].is_not_root;
        if (rows[i].is_polling) {
            uv_timer_start(&guard.poll_timer, never, 1000000, 0);
        } else {
            uv_timer_stop(&guard.poll_timer);
        }
        ask_all("status");
        if (strcmp(value_of(1, "level"), rows[i].level) != 0 ||
            strstr(value_of(1, "reason"), rows[i].reason) == NULL ||
            (rows[i].reason[0] == '\0') != (value_of(1, "reason")[0] == '\0')) {
            fail_msg("row %zu: %s", i, line_of(1));
        }
        assert_string_equal(value_of(1, "polling"), rows[i].is_polling ? "1" : "0");
    }
    guard.list.end = 0;
    uv_close((uv_handle_t *)&guard.poll_timer, NULL);
}

static void the_guards_counts_are_told(void **state)
{
    (void)state;
    static const char *const keys[] = {"revoked", "unlinked",   "links",      "found",    "refused",
                                       "failed",  "hard_links", "moved_away", "overflows"};
    prepare("");
    struct tally_counters *counters = &guard.tally.counters;
    uint64_t *const values[] = {&counters->revoked,    &counters->unlinked,   &counters->links,
                                &counters->found,      &counters->refused,    &counters->failed,
                                &counters->hard_links, &counters->moved_away, &counters->overflows};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        *values[i] = 100 + i;
    }
    ask_all("status");
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        assert_int_equal(number_of(1, keys[i]), 100 + i);
    }
    guard.callback(guard.context, "revoked");
    ask_all("status");
    assert_true(number_of(1, "last_at") >= number_of(0, "started_at"));
    assert_true(number_of(1, "last_at") <= number_of(0, "now_at"));
}

/* ---- history ---- */

static void history_tells_spans_and_ticks(void **state)
{
    (void)state;
    run("[job:one]\ncommand = true\n[service:two]\ncommand = exec sleep 1000\nafter = one\n");
    guard.callback(guard.context, "revoked");
    guard.callback(guard.context, "overflow");
    WAIT_UNTIL(state_now("two") == JOBSTATE_RUNNING);
    ask_all("history");
    for (size_t i = 0; i < count_lines(); i++) {
        expect_shape(i);
    }
    assert_string_equal(value_of(0, ""), "init");
    assert_string_equal(line_of(1), "history\tlost=0");
    static const char *const wanted[][2] = {{"one", "waiting"}, {"one", "starting"}, {"two", "waiting"},
                                            {"one", "running"}, {"one", "done"},     {"two", "starting"},
                                            {"two", "running"}};
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        const bool is_last = strcmp(wanted[i][1], "done") == 0 || i == 6;
        assert_string_equal(value_of(2 + i, "name"), wanted[i][0]);
        assert_string_equal(value_of(2 + i, "state"), wanted[i][1]);
        assert_int_equal(value_of(2 + i, "to_at")[0] == '\0', is_last);
        assert_true(i == 0 || number_of(2 + i, "from_at") >= number_of(1 + i, "from_at"));
    }
    assert_string_equal(value_of(9, "result"), "revoked");
    assert_string_equal(value_of(10, "result"), "overflow");
    assert_true(number_of(10, "at") <= number_of(0, "now_at"));
    assert_int_equal(count_lines(), 12);
    expect_end();
}

static void a_long_history_comes_whole_and_says_what_is_lost(void **state)
{
    (void)state;
    prepare("[job:one]\ncommand = true\nenabled = no\n");
    for (int i = 0; i < HISTORY_SPANS_MAX + 7; i++) {
        jobs.changed(jobs.changed_context, 0);
    }
    for (int i = 0; i < HISTORY_TICKS_MAX + 5; i++) {
        guard.callback(guard.context, "revoked");
    }
    const int fd = ask("history");
    size_t turns = 0;
    while (hear(fd)) {
        turn();
        turns++;
    }
    close(fd);
    assert_int_equal(count_lines(), 2 + HISTORY_SPANS_MAX + HISTORY_TICKS_MAX + 1);
    assert_string_equal(line_of(1), "history\tlost=12");
    expect_end();
    assert_true(turns >= (size_t)(HISTORY_SPANS_MAX + HISTORY_TICKS_MAX) / CONTROLLER_RECORDS_MAX);
}

/* While it is told in portions, so much happens that the rest of it is forgotten. */
static void a_history_that_runs_away_is_told_to_its_end(void **state)
{
    (void)state;
    prepare("[job:one]\ncommand = true\nenabled = no\n");
    for (int i = 0; i < HISTORY_SPANS_MAX; i++) {
        jobs.changed(jobs.changed_context, 0);
        guard.callback(guard.context, "revoked");
    }
    const int fd = ask("history");
    turn();
    turn();
    for (int i = 0; i < HISTORY_SPANS_MAX; i++) {
        jobs.changed(jobs.changed_context, 0);
        guard.callback(guard.context, "failed");
    }
    WAIT_UNTIL(!hear(fd));
    close(fd);
    expect_end();
    for (size_t i = 0; i < count_lines(); i++) {
        expect_shape(i);
    }
    assert_null(strstr(heard, "result=revoked"));
    assert_non_null(strstr(heard, "result=failed"));
}

/* ---- watch ---- */

static void watch_tells_changes_until_all_are_settled(void **state)
{
    (void)state;
    char gate[96];
    char text[512];
    snprintf(gate, sizeof gate, "%s/gate", directory);
    assert_int_equal(mkfifo(gate, 0600), 0);
    snprintf(text, sizeof text,
             "[job:one]\ncommand = read line <%s; exit 1\nretries = 0\n"
             "[service:two]\ncommand = exec sleep 1000\n"
             "[job:three]\ncommand = true\nafter = one\n"
             "[job:off]\ncommand = true\nenabled = no\n",
             gate);
    run(text);
    const int fd = ask("watch");
    expect_heard(fd, "name=two\tkind=service\tenabled=1\tstate=running");
    expect_heard(fd, "name=one\tkind=job\tenabled=1\tstate=running");
    assert_null(strstr(heard, "end"));
    const int gate_fd = open(gate, O_RDWR | O_CLOEXEC);
    assert_int_equal(write(gate_fd, "go\n", 3), 3);
    WAIT_UNTIL(!hear(fd));
    close(fd);
    close(gate_fd);
    expect_end();
    assert_string_equal(value_of(0, ""), "init");
    for (size_t i = 0; i < count_lines(); i++) {
        expect_shape(i);
    }
    assert_string_equal(value_of(last_about("one"), "state"), "failed");
    assert_string_equal(value_of(last_about("two"), "state"), "running");
    assert_string_equal(value_of(last_about("three"), "state"), "skipped");
    assert_null(strstr(heard, "name=off"));
    /* Now there is nothing to wait for. */
    ask_all("watch two off two");
    assert_int_equal(count_lines(), 4);
    assert_string_equal(value_of(1, "name"), "two");
    assert_string_equal(value_of(2, "name"), "off");
    expect_end();
}

static void watch_without_jobs_ends_at_once(void **state)
{
    (void)state;
    prepare("[job:off]\ncommand = true\nenabled = no\n");
    ask_all("watch");
    assert_int_equal(count_lines(), 2);
    expect_end();
}

static void a_watcher_that_leaves_leaves_nothing(void **state)
{
    (void)state;
    run("[service:two]\ncommand = exec sleep 1000\n");
    const int fd = ask("stop two");
    close(fd);
    const int other = ask("watch two");
    turn();
    close(other);
    WAIT_UNTIL(state_now("two") == JOBSTATE_IDLE);
    for (int i = 0; i < 20; i++) {
        turn();
    }
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        assert_int_equal(controller.sessions[i].watched, 0);
    }
    assert_string_equal(state_of("two"), "idle");
}

static void a_change_is_told_to_all_who_watch(void **state)
{
    (void)state;
    int fds[20];
    run("[service:two]\ncommand = exec sleep 1000\n[service:other]\ncommand = exec sleep 1000\n");
    WAIT_UNTIL(state_now("two") == JOBSTATE_RUNNING && state_now("other") == JOBSTATE_RUNNING);
    /* It takes part in the stop, which is not over before it is. */
    kill(pid_now("two"), SIGSTOP);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = ask("stop two");
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        heard_size = 0;
        WAIT_UNTIL(!hear(fds[i]));
        close(fds[i]);
        expect_end();
        assert_string_equal(value_of(last_about("two"), "state"), "idle");
        assert_null(strstr(heard, "name=other"));
    }
    assert_int_equal(state_now("other"), JOBSTATE_RUNNING);
}

/* ---- start, stop, restart ---- */

static const char chain[] = "[job:first]\ncommand = test ! -e %s/bad\nretries = 0\n"
                            "[service:second]\ncommand = exec sleep 1000\nafter = first\n"
                            "[service:third]\ncommand = exec sleep 1000\nafter = second\n"
                            "[service:other]\ncommand = exec sleep 1000\n"
                            "[job:off]\ncommand = true\nenabled = no\nafter = third\n";

static void run_chain(bool is_bad)
{
    char text[1024];
    char bad[96];
    snprintf(bad, sizeof bad, "%s/bad", directory);
    if (is_bad) {
        close(open(bad, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    snprintf(text, sizeof text, chain, directory);
    run(text);
    WAIT_UNTIL(is_bad ? state_now("third") == JOBSTATE_SKIPPED : state_now("third") == JOBSTATE_RUNNING);
    WAIT_UNTIL(state_now("other") == JOBSTATE_RUNNING);
    unlink(bad);
}

/* The numbers of the spans in which jobs came to STATE, in their order. */
static void expect_order(const char *state, const char *names)
{
    char got[256] = "";
    ask_all("history");
    for (size_t i = 0; i < count_lines(); i++) {
        if (strcmp(value_of(i, ""), "span") == 0 && strcmp(value_of(i, "state"), state) == 0) {
            const size_t used = strlen(got);
            snprintf(got + used, sizeof got - used, "%s ", value_of(i, "name"));
        }
    }
    assert_string_equal(got, names);
}

static void stop_stops_dependants_first(void **state)
{
    (void)state;
    run_chain(false);
    ask_all("stop second");
    expect_end();
    assert_string_equal(value_of(last_about("second"), "state"), "idle");
    assert_null(strstr(heard, "name=third"));
    assert_int_equal(state_now("third"), JOBSTATE_IDLE);
    assert_int_equal(state_now("other"), JOBSTATE_RUNNING);
    assert_int_equal(state_now("first"), JOBSTATE_DONE);
    assert_int_equal(jobs.unwanted, 0);
    expect_order("idle", "third second ");
    assert_true(strstr(heard, "name=third\tstate=idle") < strstr(heard, "name=second\tstate=stopping"));
    assert_false(is_gone_told);
    /* Again: it is stopped. */
    ask_all("stop second");
    assert_int_equal(count_lines(), 3);
    expect_end();
}

static void stop_of_what_is_done_stops_nobody(void **state)
{
    (void)state;
    run_chain(false);
    ask_all("stop first");
    assert_int_equal(count_lines(), 3);
    assert_string_equal(value_of(1, "state"), "done");
    expect_end();
    for (int i = 0; i < 20; i++) {
        turn();
    }
    assert_int_equal(state_now("second"), JOBSTATE_RUNNING);
    assert_int_equal(state_now("third"), JOBSTATE_RUNNING);
}

static void start_starts_what_it_comes_after(void **state)
{
    (void)state;
    run_chain(false);
    ask_all("stop second");
    ask_all("start third");
    expect_end();
    assert_string_equal(value_of(last_about("third"), "state"), "running");
    assert_int_equal(state_now("second"), JOBSTATE_RUNNING);
    assert_int_equal(jobs.list[0].tries, 1); /* first is done, and was not done again */
    /* Again: it runs. */
    const pid_t pid = pid_now("third");
    ask_all("start third");
    assert_int_equal(count_lines(), 3);
    assert_int_equal(pid_now("third"), pid);
}

static void start_tries_again_what_failed_or_was_skipped(void **state)
{
    (void)state;
    run_chain(true);
    assert_int_equal(state_now("first"), JOBSTATE_FAILED);
    ask_all("start third");
    expect_end();
    assert_string_equal(value_of(last_about("third"), "state"), "running");
    assert_int_equal(state_now("first"), JOBSTATE_DONE);
    assert_int_equal(state_now("second"), JOBSTATE_RUNNING);
    assert_int_equal(state_now("off"), JOBSTATE_IDLE);
    expect_order("skipped", "second third "); /* once, at the beginning */
}

static void start_of_what_is_disabled_starts_it(void **state)
{
    (void)state;
    run_chain(false);
    ask_all("start off");
    expect_end();
    assert_string_equal(value_of(last_about("off"), "state"), "done");
    /* A job that is done is not done again. */
    ask_all("start off");
    assert_int_equal(count_lines(), 3);
    assert_string_equal(value_of(1, "tries"), "1");
    ask_all("restart off");
    assert_true(count_lines() > 3);
    assert_string_equal(value_of(last_about("off"), "state"), "done");
}

static void start_of_a_service_that_is_done_runs_it_again(void **state)
{
    (void)state;
    run("[service:two]\ncommand = true\nrestart = on-failure\n");
    WAIT_UNTIL(state_now("two") == JOBSTATE_DONE);
    ask_all("start two");
    assert_true(count_lines() > 3);
    expect_end();
    expect_order("waiting", "two two ");
}

static void restart_leaves_the_others_alone(void **state)
{
    (void)state;
    run_chain(false);
    const pid_t second = pid_now("second");
    const pid_t third = pid_now("third");
    state_of("second");
    const uint64_t started_at = number_of(last_about("second"), "started_at");
    const uint64_t now_ms = uv_now(&loop);
    WAIT_UNTIL(uv_now(&loop) > now_ms + 1);
    ask_all("restart second");
    expect_end();
    assert_true(number_of(last_about("second"), "started_at") > started_at);
    assert_string_equal(value_of(last_about("second"), "took"), "");
    assert_string_equal(value_of(last_about("second"), "state"), "running");
    assert_int_not_equal(number_of(last_about("second"), "pid"), second);
    assert_int_equal(pid_now("third"), third);
    assert_int_equal(state_now("third"), JOBSTATE_RUNNING);
}

static void a_start_while_it_stops_is_done_afterwards(void **state)
{
    (void)state;
    /* The third takes its time to stop, so that the start surely comes meanwhile. */
    char text[512];
    char ready[96];
    snprintf(ready, sizeof ready, "%s/ready", directory);
    snprintf(text, sizeof text,
             "[service:second]\ncommand = exec sleep 1000\n"
             "[service:third]\nafter = second\n"
             "command = trap 'sleep 0.3; exit 0' TERM; : >%s; while :; do sleep 0.05; done\n",
             ready);
    run(text);
    WAIT_UNTIL(access(ready, F_OK) == 0 && state_now("third") == JOBSTATE_RUNNING);
    const pid_t second = pid_now("second");
    const pid_t third = pid_now("third");
    const int stopping = ask("stop second");
    WAIT_UNTIL(jobs.unwanted != 0);
    assert_int_equal(state_now("third"), JOBSTATE_STOPPING);
    const int starting = ask("start third");
    WAIT_UNTIL(!hear(starting));
    close(starting);
    expect_end();
    assert_string_equal(value_of(last_about("third"), "state"), "running");
    assert_int_not_equal(pid_now("third"), third);
    assert_int_equal(state_now("second"), JOBSTATE_RUNNING);
    assert_int_equal(pid_now("second"), second); /* it was to stop after third, and is needed again */
    assert_int_equal(jobs.unwanted, 0);
    unlink(ready);
    close(stopping);
}

static void strangers_change_nothing(void **state)
{
    (void)state;
    run_chain(false);
    const pid_t second = pid_now("second");
    is_stranger = true;
    expect_error("stop second", "denied", "only root");
    expect_error("restart second", "denied", "only root");
    expect_error("start off", "denied", "only root");
    expect_error("stop nobody", "denied", "only root");
    assert_string_equal(state_of("second"), "running");
    ask_all("watch second");
    expect_end();
    ask_all("history");
    expect_end();
    assert_int_equal(pid_now("second"), second);
    assert_int_equal(state_now("off"), JOBSTATE_IDLE);
}

static void nothing_is_started_on_the_way_to_the_end(void **state)
{
    (void)state;
    run_chain(false);
    shutdown_now = SHUTDOWN_JOBS;
    expect_error("start off", "stopping", "going down");
    expect_error("restart second", "stopping", "going down");
    ask_all("stop third");
    expect_end();
    assert_int_equal(state_now("third"), JOBSTATE_IDLE);
    const int fd = ask("watch other");
    jobs_stop(&jobs);
    jobs_start_one(&jobs, jobs_find(&jobs, "off"));
    jobs_restart_one(&jobs, jobs_find(&jobs, "third"));
    WAIT_UNTIL(is_gone_told && !hear(fd));
    close(fd);
    expect_end();
    assert_string_equal(state_of("off"), "idle");
}

static void bad_requests_are_told_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        const char *code;
        const char *part;
    } rows[] = {
        {"", "request", "a request is status, watch"},
        {" ", "request", "a request is"},
        {" status", "request", "a request is"},
        {"STATUS", "request", "a request is"},
        {"statuss", "request", "a request is"},
        {"status x", "request", "no arguments"},
        {"status ", "request", "no arguments"},
        {"history x", "request", "no arguments"},
        {"start", "request", "the name of one"},
        {"start ", "request", "the name of one"},
        {"stop", "request", "the name of one"},
        {"restart", "request", "the name of one"},
        {"start first second", "request", "the name of one"},
        {"start first ", "request", "the name of one"},
        {"watch ", "request", "single blanks"},
        {"watch  first", "request", "single blanks"},
        {"watch first ", "request", "single blanks"},
        {"watch first secnd", "unknown", "'secnd'; did you mean 'second'?"},
        {"start thrid", "unknown", "'thrid'; did you mean 'third'?"},
        {"stop nobody", "unknown", "'nobody'; status has their names"},
        {"restart job:first", "unknown", "'job:first'"},
    };
    run_chain(false);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_error(rows[i].request, rows[i].code, rows[i].part);
    }
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* of the clients that are here, too */
    const struct CMUnitTest tests[] = {
        CASE(status_tells_everything),
        CASE(what_is_not_there_is_empty),
        CASE(the_way_to_the_end_is_told),
        CASE(the_longest_records_fit),
        CASE(the_guards_level_and_its_mend_are_told),
        CASE(the_guards_counts_are_told),
        CASE(history_tells_spans_and_ticks),
        CASE(a_long_history_comes_whole_and_says_what_is_lost),
        CASE(a_history_that_runs_away_is_told_to_its_end),
        CASE(watch_tells_changes_until_all_are_settled),
        CASE(watch_without_jobs_ends_at_once),
        CASE(a_watcher_that_leaves_leaves_nothing),
        CASE(a_change_is_told_to_all_who_watch),
        CASE(stop_stops_dependants_first),
        CASE(stop_of_what_is_done_stops_nobody),
        CASE(start_starts_what_it_comes_after),
        CASE(start_tries_again_what_failed_or_was_skipped),
        CASE(start_of_what_is_disabled_starts_it),
        CASE(start_of_a_service_that_is_done_runs_it_again),
        CASE(restart_leaves_the_others_alone),
        CASE(a_start_while_it_stops_is_done_afterwards),
        CASE(strangers_change_nothing),
        CASE(nothing_is_started_on_the_way_to_the_end),
        CASE(bad_requests_are_told_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
