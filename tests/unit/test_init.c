/* SPDX-License-Identifier: MIT */
/*
 * init: the whole of it, in children: as a plain process, and as PID 1 of a namespace. Main commands are
 * shells; the signals that a case is about they send themselves, to their parent, so nothing has to be timed.
 *
 * WRAP: malloc calloc uv_loop_init signalfd fork
 */
#include "testing.h"

#include "sandbox_init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 1 << 20,
    TRIES_MAX = 12000, /* of 10 ms each: what a child may take in all */
    NOBODY = 65534,
    NO_USER = 424242,
    SKIPPED = 77,
    BROKEN = 99, /* a CHECK failed */
};

/* What a child does: an assertion of cmocka would go on with the other cases in the child. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            return BROKEN;                                                                                   \
        }                                                                                                    \
    } while (0)

/* ---- the wrapped calls ---- */

static int countdown; /* of allocations: reaches 0 at the one that fails; 0: none does */
static int loop_error;
static int signalfd_error; /* errno */
static int fork_error;

static bool is_time_to_fail(void)
{
    if (countdown == 0 || --countdown > 0) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return is_time_to_fail() ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return is_time_to_fail() ? NULL : __real_calloc(count, size);
}

int __real_uv_loop_init(uv_loop_t *loop);
int __wrap_uv_loop_init(uv_loop_t *loop);
int __wrap_uv_loop_init(uv_loop_t *loop)
{
    return loop_error != 0 ? loop_error : __real_uv_loop_init(loop);
}

int __real_signalfd(int fd, const sigset_t *mask, int flags);
int __wrap_signalfd(int fd, const sigset_t *mask, int flags);
int __wrap_signalfd(int fd, const sigset_t *mask, int flags)
{
    errno = signalfd_error;
    return signalfd_error != 0 ? -1 : __real_signalfd(fd, mask, flags);
}

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    errno = fork_error;
    return fork_error != 0 ? -1 : __real_fork();
}

/* ---- helpers ---- */

static char base[32]; /* the test's directory */
static char run_dir[64];
static char sockets_dir[64];
static char *dirs[] = {sockets_dir, NULL};
static struct config loaded; /* the defaults */
static struct config config; /* those with what a case changes; what it points to belongs to others */
static struct cli cli;
static struct signals_original original;
static struct init init;
static struct init_request request = {.config = &config, .cli = &cli, .signals = &original};
static char path_text[] = "PATH=/usr/bin:/bin";
static char secret_text[] = "VSCODE_SECRET=hunter2";
static char agent_text[] = "SSH_AUTH_SOCK=/tmp/agent";
static char own_text[] = "OWN=1";
static char *environ_in[] = {path_text, secret_text, agent_text, own_text, NULL};
static int err; /* what the child says on stderr */

static void refuse_fault(void *context, const struct config_fault *fault)
{
    (void)context;
    fail_msg("%s: %s", fault->file, fault->message);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/test-init-XXXXXX");
    if (mkdtemp(base) == NULL || chmod(base, 0755) < 0) {
        return -1;
    }
    snprintf(run_dir, sizeof run_dir, "%s/run", base);
    snprintf(sockets_dir, sizeof sockets_dir, "%s/sockets", base);
    if (mkdir(sockets_dir, 0755) < 0) {
        return -1;
    }
    const struct config_source defaults = {.file = "/nonexistent/test.ini", .owner = geteuid()};
    if (config_load(&loaded, &defaults, refuse_fault, NULL) < 0) {
        return -1;
    }
    config = loaded;
    cli = (struct cli){.mode = CLI_INIT, .is_verbose = true};
    request.environ_in = environ_in;
    err = memfd_create("stderr", MFD_CLOEXEC);
    return err < 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    config_finish(&loaded);
    close(err);
    return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What the child said, each line of the log without its time. */
static const char *said(void)
{
    static char raw[TEXT_SIZE];
    static char text[TEXT_SIZE];
    static const size_t time_length = sizeof "0000-00-00T00:00:00.000Z sandbox-init " - 1;
    size_t used = 0;
    const ssize_t got = pread(err, raw, sizeof raw - 1, 0);
    raw[got > 0 ? got : 0] = '\0';
    for (char *line = raw; *line != '\0';) {
        const char *end = strchr(line, '\n');
        const size_t length = end != NULL ? (size_t)(end - line) + 1 : strlen(line);
        const bool is_log =
            length > time_length && strncmp(line + time_length - 13, "sandbox-init ", 13) == 0;
        const size_t left_out = is_log ? time_length : 0;
        memcpy(text + used, line + left_out, length - left_out);
        used += length - left_out;
        line += length;
    }
    text[used] = '\0';
    return text;
}

static void expect_said(const char *part)
{
    if (strstr(said(), part) == NULL) {
        fail_msg("no \"%s\" in:\n%s", part, said());
    }
}

/* Sets up what every case has in common, in the child. */
static void begin(void)
{
    dup2(err, STDERR_FILENO);
    config.init.runtime_dir = run_dir;
    config.scrub.dirs = dirs;
    signals_block(&original);
}

static int (*first_body)(void);
static bool is_stopped_from_outside;

/* Becomes the parent of a PID namespace, whose first process runs `first_body`. */
static int run_first(void)
{
    int status = 0;
    if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0 ||
        mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
        return SKIPPED;
    }
    const pid_t first = __real_fork();
    if (first == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        _exit(mount("proc", "/proc", "proc", 0, NULL) < 0 ? SKIPPED : first_body());
    }
    if (is_stopped_from_outside) {
        kill(first, SIGTERM); /* blocked there since before the fork */
    }
    return waitpid(first, &status, 0) == first && WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
}

/* Runs BODY in a child. Returns its exit status. */
static int run_in_child(int (*body)(void))
{
    int status = 0;
    fflush(NULL);
    assert_int_equal(ftruncate(err, 0), 0);
    assert_int_equal(lseek(err, 0, SEEK_SET), 0);
    const pid_t child = __real_fork();
    if (child == 0) {
        setpgid(0, 0);
        begin();
        _exit(body());
    }
    pid_t got = 0;
    for (int i = 0; i < TRIES_MAX && (got = waitpid(child, &status, WNOHANG)) == 0; i++) {
        poll(NULL, 0, 10);
    }
    if (got == 0) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        fail_msg("it does not end; it said:\n%s", said());
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        print_message("no PID namespace or terminal can be made here\n");
        skip();
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) == BROKEN) {
        fail_msg("status %#x; it said:\n%s", (unsigned)status, said());
    }
    assert_null(strstr(said(), "still had handles"));
    return WEXITSTATUS(status);
}

static int run_as_first(int (*body)(void))
{
    first_body = body;
    return run_in_child(run_first);
}

/* The usual body: prepare and run. */
static int run_all(void)
{
    const int status = init_prepare(&init, &request);
    return status != 0 ? status : init_run(&init);
}

static char *command[8];

static void use_script(const char *script)
{
    static char shell[] = "sh";
    static char option[] = "-c";
    static char text[1024];
    snprintf(text, sizeof text, "%s", script);
    command[0] = shell;
    command[1] = option;
    command[2] = text;
    command[3] = NULL;
    cli.command = command;
}

#define WAIT_LONG "while [ $((i += 1)) -lt 100 ]; do sleep 1; done"

/* ---- cases: preparing ---- */

static const char *find(const char *name)
{
    const size_t length = strlen(name);
    for (char *const *entry = init.children.variables; *entry != NULL; entry++) {
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') {
            return *entry + length + 1;
        }
    }
    return NULL;
}

static int check_environment(void)
{
    CHECK(init_prepare(&init, &request) == 0);
    CHECK(find("VSCODE_SECRET") == NULL);
    CHECK(strcmp(find("SSH_AUTH_SOCK"), "") == 0);
    CHECK(strcmp(find("OWN"), "1") == 0);
    CHECK(find("HOME") == NULL);
    for (size_t i = 0; i < sizeof secret_text; i++) {
        CHECK(secret_text[i] == '\0');
    }
    CHECK(strcmp(own_text, "OWN=1") == 0);
    return 0;
}

static void the_environment_is_cleaned_and_wiped(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(check_environment), 0);
    expect_said("debug init: took 2 variables out of the environment\n");
}

static int check_no_user(void)
{
    static char number[] = "424242";
    config.init.user = number;
    CHECK(init_prepare(&init, &request) == 0);
    CHECK(init.children.has_user && init.children.user.uid == NO_USER);
    CHECK(strcmp(find("HOME"), "/") == 0);
    CHECK(strcmp(find("SHELL"), "/bin/sh") == 0);
    CHECK(find("USER") == NULL && find("LOGNAME") == NULL);
    return 0;
}

static int check_root(void)
{
    static char name[] = "root";
    config.init.user = name;
    CHECK(init_prepare(&init, &request) == 0);
    CHECK(init.children.has_user && init.children.user.uid == 0);
    CHECK(strcmp(find("HOME"), init.children.user.home) == 0);
    CHECK(strcmp(find("SHELL"), init.children.user.shell) == 0);
    CHECK(strcmp(find("USER"), "root") == 0 && strcmp(find("LOGNAME"), "root") == 0);
    return 0;
}

static void a_user_has_what_login_would_set(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("only root can run programs as another user\n");
        skip();
    }
    assert_int_equal(run_in_child(check_no_user), 0);
    assert_int_equal(run_in_child(check_root), 0);
}

static int fail_with_user(void)
{
    static char name[] = "no-such-user";
    config.init.user = name;
    return init_prepare(&init, &request);
}

static int fail_as_nobody(void)
{
    static char name[] = "root";
    config.init.user = name;
    CHECK(geteuid() != 0 || setresuid(NOBODY, NOBODY, NOBODY) == 0);
    return init_prepare(&init, &request);
}

static int fail_without_memory_for_guard(void)
{
    countdown = 1;
    return init_prepare(&init, &request);
}

static int fail_with_too_many_dirs(void)
{
    char *many[PLACES_GLOBS_MAX + 2];
    for (size_t i = 0; i <= PLACES_GLOBS_MAX; i++) {
        many[i] = sockets_dir;
    }
    many[PLACES_GLOBS_MAX + 1] = NULL;
    config.scrub.dirs = many;
    return init_prepare(&init, &request);
}

static int fail_without_memory_for_environment(void)
{
    config.scrub.enabled = false;
    countdown = 1;
    return init_prepare(&init, &request);
}

static int fail_without_memory_for_identity(void)
{
    static char number[16];
    snprintf(number, sizeof number, "%u", (unsigned)geteuid());
    config.init.user = number;
    config.scrub.enabled = false;
    countdown = 2;
    return init_prepare(&init, &request);
}

static int fail_without_loop(void)
{
    loop_error = -EMFILE;
    return init_prepare(&init, &request);
}

static int fail_without_signals(void)
{
    signalfd_error = ENFILE;
    return init_prepare(&init, &request);
}

static void each_failure_has_its_status_and_its_line(void **state)
{
    static const struct {
        int (*body)(void);
        int status;
        const char *line;
    } rows[] = {
        {fail_with_user, CLI_STATUS_CONFIG,
         "error init: [init] user = no-such-user: no such user in /etc/passwd\n"},
        {fail_as_nobody, CLI_STATUS_CONFIG,
         "error init: [init] user = root: only root can run programs as another user, and we are uid "},
        {fail_without_memory_for_guard, CLI_STATUS_SYSTEM,
         "error init: cannot prepare the guard: Cannot allocate memory\n"},
        {fail_with_too_many_dirs, CLI_STATUS_SYSTEM,
         "error init: cannot prepare the guard: Argument list too long\n"},
        {fail_without_memory_for_environment, CLI_STATUS_SYSTEM,
         "error init: cannot build the environment of children: Cannot allocate memory\n"},
        {fail_without_memory_for_identity, CLI_STATUS_SYSTEM,
         "error init: cannot build the environment of children: Cannot allocate memory\n"},
        {fail_without_loop, CLI_STATUS_SYSTEM,
         "error init: cannot start the event loop: Too many open files\n"},
        {fail_without_signals, CLI_STATUS_SYSTEM,
         "error init: cannot start the event loop: Too many open files in system\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const int status = run_in_child(rows[i].body);
        if (status != rows[i].status) {
            fail_msg("row %zu: status %d; it said:\n%s", i, status, said());
        }
        expect_said(rows[i].line);
    }
}

static int prepare_as_ourselves(void)
{
    static char number[16];
    CHECK(geteuid() != 0 || setresuid(NOBODY, NOBODY, NOBODY) == 0);
    snprintf(number, sizeof number, "%u", (unsigned)geteuid());
    config.init.user = number;
    CHECK(init_prepare(&init, &request) == 0);
    CHECK(init.children.has_user);
    return 0;
}

static void who_is_not_root_may_be_told_to_stay_who_it_is(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(prepare_as_ourselves), 0);
}

static int prepare_with_log_dir(void)
{
    static char bad[64];
    snprintf(bad, sizeof bad, "%s/no/such", base);
    config.init.log_dir = bad;
    CHECK(init_prepare(&init, &request) == 0);
    return 0;
}

static int run_with_log_dir(void)
{
    static char good[64];
    snprintf(good, sizeof good, "%s/logs", base);
    config.init.log_dir = good;
    use_script("exit 3");
    return run_all();
}

static void the_log_file_is_used_or_missed_aloud(void **state)
{
    char text[512];
    (void)state;
    assert_int_equal(run_in_child(prepare_with_log_dir), 0);
    snprintf(text, sizeof text, "/sandbox-init-%u/log: %s/no: No such file or directory\n",
             (unsigned)geteuid(), base);
    expect_said("warning init: log files are in " DIRECTORIES_TEMPORARY);
    expect_said(text);
    assert_int_equal(run_in_child(run_with_log_dir), 3);
    snprintf(text, sizeof text, "%s/logs/" LOG_FILE_NAME, base);
    struct stat status;
    assert_int_equal(stat(text, &status), 0);
    assert_true(status.st_size > 100);
}

static int wanted_level;

static int check_level(void)
{
    CHECK(init_prepare(&init, &request) == 0);
    CHECK((int)init.log.level == wanted_level);
    CHECK(!init.log.is_colored);
    return 0;
}

static void the_level_is_the_configurations_more_or_less(void **state)
{
    (void)state;
    for (int level = CONFIG_LOG_ERROR; level <= CONFIG_LOG_DEBUG; level++) {
        for (int asked = -1; asked <= 1; asked++) {
            const int more = level < CONFIG_LOG_DEBUG ? level + 1 : level;
            const int less = level < CONFIG_LOG_WARNING ? level : CONFIG_LOG_WARNING;
            wanted_level = asked < 0 ? less : asked > 0 ? more : level;
            config.init.log_level = level;
            cli.is_quiet = asked < 0;
            cli.is_verbose = asked > 0;
            assert_int_equal(run_in_child(check_level), 0);
        }
    }
}

/* Makes stderr a terminal. */
static bool has_terminal(void)
{
    char name[64];
    const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || unlockpt(master) != 0 || ptsname_r(master, name, sizeof name) != 0) {
        return false;
    }
    const int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return slave >= 0 && dup2(slave, STDERR_FILENO) >= 0;
}

static bool wants_colors;

static int check_colors(void)
{
    const int saved = dup(STDERR_FILENO);
    if (!has_terminal()) {
        return SKIPPED;
    }
    const int status = init_prepare(&init, &request);
    dup2(saved, STDERR_FILENO);
    CHECK(status == 0);
    CHECK(init.log.is_colored == wants_colors);
    return 0;
}

static void a_person_at_a_terminal_gets_colours(void **state)
{
    const char *given = getenv("NO_COLOR");
    char *saved = given != NULL ? strdup(given) : NULL;
    (void)state;
    unsetenv("NO_COLOR");
    for (int i = 0; i < 3; i++) {
        cli.mode = i == 0 ? CLI_INIT : CLI_FOREGROUND;
        wants_colors = i == 1;
        if (i == 2) {
            setenv("NO_COLOR", "1", 1);
        }
        assert_int_equal(run_in_child(check_colors), 0);
    }
    unsetenv("NO_COLOR");
    if (saved != NULL) {
        setenv("NO_COLOR", saved, 1);
    }
    free(saved);
}

/* ---- cases: the end ---- */

static void the_main_commands_status_is_ours(void **state)
{
    static const struct {
        const char *script; /* NULL: a program that is not there */
        int status;
    } rows[] = {
        {"exit 0", 0}, {"exit 7", 7}, {"kill -KILL $$", 137}, {"kill -TERM $$", 143}, {NULL, 127},
    };
    static char missing[] = "/no/such/program";
    static char *missing_command[] = {missing, NULL};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].script != NULL) {
            use_script(rows[i].script);
        } else {
            cli.command = missing_command;
        }
        assert_int_equal(run_in_child(run_all), rows[i].status);
        assert_int_equal(run_as_first(run_all), rows[i].status);
    }
    expect_said("error main: cannot run '/no/such/program': No such file or directory\n");
}

static int run_without_fork(void)
{
    fork_error = EAGAIN;
    return run_all();
}

static void a_process_that_cannot_be_had_ends_it(void **state)
{
    (void)state;
    use_script("exit 0");
    assert_int_equal(run_in_child(run_without_fork), CLI_STATUS_SYSTEM);
    expect_said("error init: cannot start a process for the command: Resource temporarily unavailable\n");
}

static int run_and_stop(void)
{
    CHECK(init_prepare(&init, &request) == 0);
    kill(getpid(), init.stop_signal); /* as it would be set below */
    return init_run(&init);
}

static int run_and_int(void)
{
    CHECK(init_prepare(&init, &request) == 0);
    kill(getpid(), SIGINT);
    return init_run(&init);
}

static int run_and_quit(void)
{
    CHECK(init_prepare(&init, &request) == 0);
    kill(getpid(), SIGQUIT);
    return init_run(&init);
}

static void without_a_command_it_stays_until_it_is_stopped(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(run_and_stop), 0);
    expect_said("info init: SIGTERM from pid ");
    assert_int_equal(run_in_child(run_and_int), 0);
    expect_said("info init: SIGINT from pid ");
    assert_int_equal(run_in_child(run_and_quit), 0);
    expect_said("info init: SIGQUIT from pid ");
    expect_said(": stopping\n");
    assert_int_equal(run_as_first(run_and_stop), 0);
    expect_said("info init: SIGTERM from pid 1: stopping\n");
}

static void a_stop_from_outside_is_said_so(void **state)
{
    (void)state;
    is_stopped_from_outside = true;
    const int status = run_as_first(run_all);
    is_stopped_from_outside = false;
    assert_int_equal(status, 0);
    expect_said("info init: SIGTERM from outside: stopping\n");
}

static int run_and_hang_up(void)
{
    cli.mode = CLI_FOREGROUND;
    CHECK(init_prepare(&init, &request) == 0);
    kill(getpid(), SIGHUP);
    return init_run(&init);
}

static void in_the_foreground_a_lost_terminal_stops_it(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(run_and_hang_up), 0);
    expect_said("info init: SIGHUP from pid ");
}

static void orphans_are_asked_to_end_and_collected(void **state)
{
    (void)state;
    use_script("(exit 3 &); sh -c 'echo $$; exec sleep 100' </dev/null >/dev/null & exit 5");
    assert_int_equal(run_in_child(run_all), 5);
    assert_null(strstr(said(), "killing "));
    assert_int_equal(run_as_first(run_all), 5);
    assert_null(strstr(said(), "killing "));
}

static int run_briefly(void)
{
    config.init.stop_grace_ms = 200;
    return run_all();
}

static void who_does_not_end_is_killed_after_the_grace(void **state)
{
    (void)state;
    use_script("trap '' TERM HUP; kill -TERM $PPID; " WAIT_LONG);
    assert_int_equal(run_in_child(run_briefly), 137);
    expect_said("warning init: killing ");
    expect_said("info main: was ended by SIGKILL\n");
    assert_int_equal(run_as_first(run_briefly), 137);
    expect_said("warning init: killing ");
    expect_said("sh (pid 2)");
}

static void a_second_request_does_not_wait(void **state)
{
    (void)state;
    config.init.stop_grace_ms = 3600000;
    use_script("trap 'kill -TERM $PPID' TERM; trap '' HUP; kill -TERM $PPID; " WAIT_LONG);
    assert_int_equal(run_in_child(run_all), 137);
    expect_said("info init: SIGTERM: not waiting any longer\n");
    expect_said("debug init: main -> killing\n");
}

static void a_shell_that_ignores_term_is_hung_up(void **state)
{
    (void)state;
    config.init.stop_grace_ms = 3600000;
    use_script("trap '' TERM; kill -TERM $PPID; " WAIT_LONG);
    assert_int_equal(run_in_child(run_all), 128 + SIGHUP);
    assert_int_equal(run_as_first(run_all), 128 + SIGHUP);
}

static void the_main_command_gets_the_very_signal(void **state)
{
    static const struct {
        const char *sent;
        int status;
    } rows[] = {{"TERM", 1}, {"INT", 2}, {"QUIT", 3}, {"HUP", 4}, {"USR1", 5}, {"WINCH", 6}};
    char script[512];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(script, sizeof script,
                 "trap 'exit 1' TERM; trap 'exit 2' INT; trap 'exit 3' QUIT; trap 'exit 4' HUP; "
                 "trap 'exit 5' USR1; trap 'exit 6' WINCH; kill -PIPE $PPID; kill -%s $PPID; " WAIT_LONG,
                 rows[i].sent);
        use_script(script);
        assert_int_equal(run_in_child(run_all), rows[i].status);
        assert_int_equal(run_as_first(run_all), rows[i].status);
    }
}

static void a_broken_pipe_of_the_log_is_not_forwarded(void **state)
{
    (void)state;
    use_script("trap 'exit 9' PIPE; trap 'exit 5' USR1; kill -PIPE $PPID; kill -USR1 $PPID; " WAIT_LONG);
    assert_int_equal(run_in_child(run_all), 5);
}

/* ---- cases: rules ---- */

static int run_with_rules(void)
{
    static char first[] = "HUP:USR1";
    static char second[] = "TERM:INT";
    static char seven[] = "7";
    static char eight[] = "8";
    static char *rewrites[] = {first, second, NULL};
    static char *statuses[] = {seven, eight, NULL};
    static char signal_name[] = "USR2";
    int number = 0;
    config.init.rewrite = rewrites;
    config.init.remap_exit = statuses;
    config.init.pdeathsig = signal_name;
    const int status = run_all();
    CHECK(prctl(PR_GET_PDEATHSIG, &number, 0, 0, 0) == 0);
    CHECK(number == (cli.parent_death_signal > 0 ? cli.parent_death_signal : SIGUSR2));
    return status;
}

static void signals_and_statuses_are_rewritten(void **state)
{
    static const char traps[] =
        "trap 'exit 1' HUP; trap 'exit 2' USR1; trap 'exit 3' INT; trap 'exit 4' USR2; ";
    char script[512];
    (void)state;
    snprintf(script, sizeof script, "%skill -HUP $PPID; %s", traps, WAIT_LONG);
    use_script(script);
    assert_int_equal(run_in_child(run_with_rules), 2);
    snprintf(script, sizeof script, "%skill -TERM $PPID; %s", traps, WAIT_LONG);
    use_script(script);
    assert_int_equal(run_in_child(run_with_rules), 3);
    use_script("exit 7");
    assert_int_equal(run_in_child(run_with_rules), 0);
    use_script("exit 8");
    assert_int_equal(run_in_child(run_with_rules), 0);
    use_script("exit 9");
    assert_int_equal(run_in_child(run_with_rules), 9);

    /* The command line adds to it, and wins. */
    cli.rewrites[0] = (struct signame_rewrite){.from = SIGHUP, .to = SIGUSR2};
    cli.rewrite_count = 1;
    cli.success_statuses[0] = 9;
    cli.success_count = 1;
    cli.parent_death_signal = SIGTERM;
    assert_int_equal(run_in_child(run_with_rules), 0);
    snprintf(script, sizeof script, "%skill -HUP $PPID; %s", traps, WAIT_LONG);
    use_script(script);
    assert_int_equal(run_in_child(run_with_rules), 4);
}

/* ---- cases: what the main command finds ---- */

static int run_nicely(void)
{
    CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0);
    return run_all();
}

static void the_main_command_finds_a_clean_world(void **state)
{
    static const char *const scripts[] = {
        "test -z \"$VSCODE_SECRET\"",
        "test -z \"$SSH_AUTH_SOCK\" && test \"${SSH_AUTH_SOCK+set}\" = set",
        "test \"$OWN\" = 1",
        "test \"$(cut -d' ' -f19 /proc/$$/stat)\" = 5",  /* not our raised priority */
        "exec grep -q '^SigBlk:.0*$' /proc/self/status", /* a shell blocks signals of its own */
        "test \"$(cut -d' ' -f5 /proc/$$/stat)\" = $$",  /* a group of its own */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        use_script(scripts[i]);
        if (run_in_child(run_nicely) != 0) {
            fail_msg("not true: %s", scripts[i]);
        }
    }
}

static int run_with_few_descriptors(void)
{
    for (int fd = 3; fd < 256; fd++) {
        fcntl(fd, F_SETFD, FD_CLOEXEC); /* what whoever runs the tests left open */
    }
    dup2(err, STDOUT_FILENO);
    return run_all();
}

static void the_main_command_gets_no_descriptor_of_ours(void **state)
{
    static char program[] = "ls";
    static char directory[] = "/proc/self/fd";
    (void)state;
    command[0] = program;
    command[1] = directory;
    command[2] = NULL;
    cli.command = command;
    cli.is_verbose = false;
    assert_int_equal(run_in_child(run_with_few_descriptors), 0);
    expect_said("\n0\n1\n2\n3\n"); /* 3: the directory that it lists */
    assert_null(strstr(said(), "\n3\n4\n"));
}

static void the_pid_file_is_there_while_it_runs(void **state)
{
    char script[256];
    char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/" PIDFILE_NAME, run_dir);
    snprintf(script, sizeof script, "test \"$(cat %s)\" = $PPID", path);
    use_script(script);
    assert_int_equal(run_in_child(run_all), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(run_as_first(run_all), 0);
    assert_int_equal(access(path, F_OK), -1);
}

static int run_with_open_run_dir(void)
{
    CHECK(mkdir(run_dir, 0700) == 0 && chmod(run_dir, 0777) == 0);
    return run_all();
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static void a_pid_file_that_others_could_change_is_not_written(void **state)
{
    char text[256];
    (void)state;
    use_script("exit 0");
    assert_int_equal(run_in_child(run_with_open_run_dir), 0);
    snprintf(text, sizeof text,
             "debug init: runtime directory: %s: others can change what is in there (mode 0777)\n", run_dir);
    expect_said(text);
    snprintf(text, sizeof text, "%s/pid", run_dir);
    assert_false(exists(text));
}

static void make_socket(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/sockets/%s", base, name);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void before_the_main_command_the_sockets_are_gone(void **state)
{
    char script[256];
    (void)state;
    make_socket("vscode-ipc-1.sock");
    snprintf(script, sizeof script, "test ! -e %s/vscode-ipc-1.sock", sockets_dir);
    use_script(script);
    assert_int_equal(run_in_child(run_all), 0);
    expect_said("info guard: watching 1 directory: VS Code's sockets are removed as they appear\n");
    expect_said("info guard: in all: ");
}

static int run_without_scrub(void)
{
    config.scrub.enabled = false;
    return run_all();
}

static void a_guard_that_is_off_is_said(void **state)
{
    char script[256];
    (void)state;
    make_socket("vscode-ipc-1.sock");
    snprintf(script, sizeof script, "test -S %s/vscode-ipc-1.sock", sockets_dir);
    use_script(script);
    assert_int_equal(run_in_child(run_without_scrub), 0);
    expect_said("warning guard: off ([scrub] enabled = no): VS Code's sockets are left as they are\n");
}

/* ---- cases: who we are ---- */

static void who_is_not_pid_1_says_so(void **state)
{
    (void)state;
    use_script("exit 0");
    assert_int_equal(run_in_child(run_all), 0);
    expect_said("warning init: not PID 1, that is ");
    expect_said(": only our own descendants are reaped and stopped, what 'docker exec' starts is not; run "
                "without --init (\"init\": true), with overrideCommand: false\n");
    cli.mode = CLI_FOREGROUND;
    assert_int_equal(run_in_child(run_all), 0);
    assert_null(strstr(said(), "not PID 1"));
    cli.mode = CLI_INIT;
    assert_int_equal(run_as_first(run_all), 0);
    assert_null(strstr(said(), "not PID 1"));
}

/* Has a child with a child of its own; they block what they are asked with, and so end only when killed. */
static int run_with_family(void)
{
    int ready[2];
    char byte;
    CHECK(pipe2(ready, O_CLOEXEC) == 0);
    const pid_t child = __real_fork();
    if (child == 0) {
        __real_fork();
        close(ready[0]);
        close(ready[1]);
        for (;;) {
            pause();
        }
    }
    close(ready[1]);
    CHECK(read(ready[0], &byte, 1) == 0);
    cli.mode = CLI_FOREGROUND;
    return run_all();
}

static void in_the_foreground_only_own_children_are_touched(void **state)
{
    (void)state;
    config.init.stop_grace_ms = 100;
    use_script("exit 4");
    assert_int_equal(run_as_first(run_with_family), 4);
    expect_said("warning init: killing 2 processes: ");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_environment_is_cleaned_and_wiped),
        CASE(a_user_has_what_login_would_set),
        CASE(each_failure_has_its_status_and_its_line),
        CASE(who_is_not_root_may_be_told_to_stay_who_it_is),
        CASE(the_log_file_is_used_or_missed_aloud),
        CASE(the_level_is_the_configurations_more_or_less),
        CASE(a_person_at_a_terminal_gets_colours),
        CASE(the_main_commands_status_is_ours),
        CASE(a_process_that_cannot_be_had_ends_it),
        CASE(without_a_command_it_stays_until_it_is_stopped),
        CASE(a_stop_from_outside_is_said_so),
        CASE(in_the_foreground_a_lost_terminal_stops_it),
        CASE(orphans_are_asked_to_end_and_collected),
        CASE(who_does_not_end_is_killed_after_the_grace),
        CASE(a_second_request_does_not_wait),
        CASE(a_shell_that_ignores_term_is_hung_up),
        CASE(the_main_command_gets_the_very_signal),
        CASE(a_broken_pipe_of_the_log_is_not_forwarded),
        CASE(signals_and_statuses_are_rewritten),
        CASE(the_main_command_finds_a_clean_world),
        CASE(the_main_command_gets_no_descriptor_of_ours),
        CASE(the_pid_file_is_there_while_it_runs),
        CASE(a_pid_file_that_others_could_change_is_not_written),
        CASE(before_the_main_command_the_sockets_are_gone),
        CASE(a_guard_that_is_off_is_said),
        CASE(who_is_not_pid_1_says_so),
        CASE(in_the_foreground_only_own_children_are_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
