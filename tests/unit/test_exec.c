/* SPDX-License-Identifier: MIT */
/*
 * What exec_run() does before it becomes the command; the kernel's part is played, so that every machine says
 * the same. WRAP: airlock_prepare airlock_enter childenv_build
 */
#include "testing.h"

#include "sandbox_init/exec.h"

#include "sandbox_init/airlock.h"
#include "sandbox_init/childenv.h"
#include "sandbox_init/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT(text) ((char[]){text})

int __wrap_airlock_prepare(struct airlock *ret_airlock, const struct airlock_policy *policy,
                           char *const *environ_in, char *message, size_t size);
int __wrap_airlock_enter(const struct airlock *airlock, enum airlock_step *ret_step);
int __real_childenv_build(struct childenv *ret_childenv, const struct childenv_request *wanted, char *message,
                          size_t size);
int __wrap_childenv_build(struct childenv *ret_childenv, const struct childenv_request *wanted, char *message,
                          size_t size);

static struct {
    struct airlock airlock;
    int prepare_result;
    int enter_result;
    int build_result;
    struct airlock_policy policy; /* what was asked for */
    bool was_entered;
} stage;

int __wrap_airlock_prepare(struct airlock *ret_airlock, const struct airlock_policy *policy,
                           char *const *environ_in, char *message, size_t size)
{
    (void)environ_in;
    stage.policy = *policy;
    if (stage.prepare_result < 0) {
        snprintf(message, size, "it cannot be prepared");
        return stage.prepare_result;
    }
    *ret_airlock = stage.airlock;
    ret_airlock->unix_sockets = policy->unix_sockets;
    return 0;
}

int __wrap_airlock_enter(const struct airlock *airlock, enum airlock_step *ret_step)
{
    (void)airlock;
    *ret_step = AIRLOCK_STEP_LANDLOCK;
    stage.was_entered = true;
    return stage.enter_result;
}

int __wrap_childenv_build(struct childenv *ret_childenv, const struct childenv_request *wanted, char *message,
                          size_t size)
{
    return stage.build_result < 0 ? stage.build_result
                                  : __real_childenv_build(ret_childenv, wanted, message, size);
}

static char *nothing[] = {NULL};
static char *allowed[] = {TEXT("/a"), NULL};
static char *stripped[] = {TEXT("VSCODE_*"), NULL};
static char *const given[] = {TEXT("PATH=/usr/bin:/bin"), TEXT("VSCODE_IPC=x"), TEXT("KEPT=y"), NULL};

static struct config make_config(void)
{
    struct config config = {0};
    config.init.user = TEXT("nobody-has-this-name");
    config.env.strip = stripped;
    config.env.empty = config.env.keep = config.env.set = nothing;
    config.airlock.allow_unix = allowed;
    config.airlock.unix_sockets = CONFIG_UNIX_STRICT;
    return config;
}

/* A kernel with Landlock ABI 7. */
static int set_stage(void **state)
{
    (void)state;
    memset(&stage, 0, sizeof stage);
    stage.airlock.kernel.landlock_abi = 7;
    stage.airlock.keepers[AIRLOCK_PRIVILEGES] = AIRLOCK_PRCTL;
    stage.airlock.keepers[AIRLOCK_TERMINAL] = AIRLOCK_SECCOMP;
    stage.airlock.keepers[AIRLOCK_PROCESSES] = AIRLOCK_LANDLOCK;
    stage.airlock.keepers[AIRLOCK_SIGNALS] = AIRLOCK_WAIVED;
    stage.airlock.keepers[AIRLOCK_ABSTRACT_SOCKETS] = AIRLOCK_SECCOMP;
    stage.airlock.keepers[AIRLOCK_PATH_SOCKETS] = AIRLOCK_NOBODY;
    return 0;
}

/* ---- in a child, whose output is read ---- */

static char said[8192];

static void read_back(int fd, char *buffer, size_t size)
{
    const ssize_t got = pread(fd, buffer, size - 1, 0);
    assert_true(got >= 0);
    buffer[got] = '\0';
    close(fd);
}

static int open_unnamed(void)
{
    char path[] = "/tmp/test-exec-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

/* Runs it, with stdout and stderr in `said`. Returns the exit status. */
static int run(const struct exec_request *request)
{
    const int fd = open_unnamed();
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        struct exec_request own = *request;
        own.stream = stdout;
        const int status = exec_run(&own);
        fflush(NULL);
        _exit(status);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    read_back(fd, said, sizeof said);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const char missing[] =
    "no wall for path sockets: that needs Landlock ABI 9 (Linux 7.1), and this kernel has 7";

static void it_becomes_the_command_with_a_clean_environment(void **state)
{
    (void)state;
    const struct config config = make_config();
    char *const command[] = {TEXT("env"), NULL}; /* found in the PATH that is handed down */
    const struct exec_request request = {
        .config = &config, .environ_in = given, .command = command, .unix_sockets = -1, .is_quiet = true};
    assert_int_equal(run(&request), 0);
    assert_string_equal(said, "PATH=/usr/bin:/bin\nKEPT=y\n");
    /* Its own exit status, process and the rest are the command's. */
    char script[64];
    snprintf(script, sizeof script, "test $PPID = %d && exit 42", (int)getpid());
    char *const shell[] = {TEXT("sh"), TEXT("-c"), script, NULL};
    struct exec_request other = request;
    other.command = shell;
    assert_int_equal(run(&other), 42);
}

static void what_is_missing_is_said_unless_quiet(void **state)
{
    (void)state;
    const struct config config = make_config();
    char *const command[] = {TEXT("true"), NULL};
    char expected[512];
    struct exec_request request = {
        .config = &config, .environ_in = given, .command = command, .unix_sockets = CONFIG_UNIX_OFF};
    assert_int_equal(run(&request), 0);
    snprintf(expected, sizeof expected, "sandbox-init: airlock: %s\n", missing);
    assert_string_equal(said, expected);
    request.is_quiet = true;
    assert_int_equal(run(&request), 0);
    assert_string_equal(said, "");
    stage.airlock.keepers[AIRLOCK_PATH_SOCKETS] = AIRLOCK_LANDLOCK;
    request.is_quiet = false;
    assert_int_equal(run(&request), 0);
    assert_string_equal(said, "");
}

static void what_cannot_be_run_has_the_status_of_a_shell(void **state)
{
    (void)state;
    const struct config config = make_config();
    static const struct {
        const char *name;
        int status;
        const char *message;
    } rows[] = {
        {"/no/such\x1b", 127, "sandbox-init: cannot run '/no/such\\e': No such file or directory\n"},
        {"/dev/null/x", 127, "sandbox-init: cannot run '/dev/null/x': Not a directory\n"},
        {"/dev", 126, "sandbox-init: cannot run '/dev': Permission denied\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char name[64];
        snprintf(name, sizeof name, "%s", rows[i].name);
        char *const command[] = {name, NULL};
        const struct exec_request request = {
            .config = &config, .environ_in = given, .command = command, .unix_sockets = -1, .is_quiet = true};
        assert_int_equal(run(&request), rows[i].status);
        assert_string_equal(said, rows[i].message);
    }
}

static void without_its_airlock_nothing_is_run(void **state)
{
    (void)state;
    const struct config config = make_config();
    char *const command[] = {TEXT("echo"), TEXT("it ran"), NULL};
    const struct exec_request request = {
        .config = &config, .environ_in = given, .command = command, .unix_sockets = -1};
    stage.prepare_result = -EOPNOTSUPP;
    assert_int_equal(run(&request), CLI_STATUS_AIRLOCK);
    assert_string_equal(said, "sandbox-init: airlock: it cannot be prepared\n");
    stage.prepare_result = -ENOMEM;
    assert_int_equal(run(&request), CLI_STATUS_SYSTEM);
    assert_string_equal(said, "sandbox-init: airlock: it cannot be prepared\n");
    stage.prepare_result = 0;
    stage.enter_result = -EPERM;
    assert_int_equal(run(&request), CLI_STATUS_AIRLOCK);
    assert_string_equal(said, "sandbox-init: airlock: the kernel refused the Landlock rules: Operation not "
                              "permitted\n");
    stage.enter_result = 0;
    stage.build_result = -ENOMEM;
    assert_int_equal(run(&request), CLI_STATUS_SYSTEM);
    assert_string_equal(said, "sandbox-init: cannot build the environment: Cannot allocate memory\n");
}

static void the_policy_is_the_configurations_unless_overridden(void **state)
{
    (void)state;
    struct config config = make_config();
    char *const command[] = {TEXT("/no/such"), NULL};
    struct exec_request request = {.config = &config,
                                   .environ_in = given,
                                   .command = command,
                                   .unix_sockets = -1,
                                   .is_quiet = true,
                                   .stream = stdout};
    const int fd = dup(STDERR_FILENO);
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    for (int level = -1; level <= CONFIG_UNIX_OFF; level++) {
        char **before = environ;
        config.airlock.allow_signals = level % 2 == 0;
        request.unix_sockets = level;
        exec_run(&request);
        environ = before;
        assert_true(stage.was_entered);
        assert_int_equal(stage.policy.unix_sockets, level < 0 ? CONFIG_UNIX_STRICT : level);
        assert_int_equal(stage.policy.allow_signals, config.airlock.allow_signals);
        assert_ptr_equal(stage.policy.allow_unix, allowed);
    }
    dup2(fd, STDERR_FILENO);
    close(fd);
    close(null);
}

/* ---- --explain ---- */

static void the_explanation_has_a_line_a_wall(void **state)
{
    (void)state;
    static const char lines[] =
        "holds    privileges        no_new_privs: set-user-ID programs such as sudo give nothing\n"
        "holds    terminal          seccomp: nothing can be typed into it, for the shell outside to read\n"
        "holds    processes         Landlock: those outside cannot be traced, nor their /proc/PID/environ, "
        "fd and "
        "mem be read\n"
        "open     signals           open to all that the uid may, as allow_signals = yes has it\n"
        "holds    abstract sockets  seccomp: no Unix sockets at all but connected pairs\n"
        "missing  path sockets      open to all that the uid may: that needs Landlock ABI 9 (Linux 7.1), and "
        "this kernel has 7\n";
    const struct config config = make_config();
    char expected[2048];
    struct exec_request request = {
        .config = &config, .environ_in = given, .unix_sockets = CONFIG_UNIX_OFF, .is_explain = true};
    assert_int_equal(run(&request), 0);
    assert_ptr_equal(strstr(said, "unix_sockets = off; Linux "), said);
    const char *second = strchr(said, '\n') + 1;
    assert_non_null(strstr(said, ": Landlock ABI 7; seccomp filters\n"));
    snprintf(expected, sizeof expected, "%s%s\n", lines, missing);
    assert_string_equal(second, expected);
    stage.airlock.keepers[AIRLOCK_PATH_SOCKETS] = AIRLOCK_LANDLOCK;
    assert_int_equal(run(&request), 0);
    assert_null(strstr(said, "no wall"));
    request.is_quiet = true;
    assert_int_equal(run(&request), 0);
    assert_string_equal(said, "");
}

static void the_explanation_is_there_as_json(void **state)
{
    (void)state;
    const struct config config = make_config();
    const struct exec_request request = {.config = &config,
                                         .environ_in = given,
                                         .unix_sockets = CONFIG_UNIX_OFF,
                                         .is_explain = true,
                                         .is_json = true};
    assert_int_equal(run(&request), 0);
    assert_ptr_equal(strstr(said,
                            "{\"unix_sockets\": \"off\", \"landlock_abi\": 7, \"seccomp\": true, \"walls\": ["
                            "{\"wall\": \"privileges\", \"state\": \"holds\", \"why\": \"no_new_privs: "),
                     said);
    assert_non_null(strstr(said, "}, {\"wall\": \"signals\", \"state\": \"open\", \"why\": \"open to all"));
    assert_non_null(
        strstr(said, "}, {\"wall\": \"path sockets\", \"state\": \"missing\", \"why\": \"open to all"));
    char end[256];
    snprintf(end, sizeof end, "\"}], \"missing\": \"%s\"}\n", missing);
    assert_non_null(strstr(said, end));
    stage.airlock.keepers[AIRLOCK_PATH_SOCKETS] = AIRLOCK_LANDLOCK;
    stage.airlock.kernel.seccomp_error = -EPERM;
    assert_int_equal(run(&request), 0);
    assert_non_null(strstr(said, "\"}], \"missing\": null}\n"));
    assert_non_null(strstr(said, "\"seccomp\": false"));
}

/* It has really been tried. */
static void the_explanation_fails_where_the_airlock_does(void **state)
{
    (void)state;
    const struct config config = make_config();
    struct exec_request request = {
        .config = &config, .environ_in = given, .unix_sockets = -1, .is_explain = true};
    stage.enter_result = -E2BIG;
    assert_int_equal(run(&request), CLI_STATUS_AIRLOCK);
    assert_ptr_equal(strstr(said, "sandbox-init: airlock: the kernel takes no further Landlock rules"), said);
    stage.enter_result = 0;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    request.stream = full;
    const int fd = dup(STDERR_FILENO);
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    const int status = exec_run(&request);
    dup2(fd, STDERR_FILENO);
    close(fd);
    close(null);
    fclose(full);
    assert_int_equal(status, CLI_STATUS_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_becomes_the_command_with_a_clean_environment, set_stage),
        cmocka_unit_test_setup(what_is_missing_is_said_unless_quiet, set_stage),
        cmocka_unit_test_setup(what_cannot_be_run_has_the_status_of_a_shell, set_stage),
        cmocka_unit_test_setup(without_its_airlock_nothing_is_run, set_stage),
        cmocka_unit_test_setup(the_policy_is_the_configurations_unless_overridden, set_stage),
        cmocka_unit_test_setup(the_explanation_has_a_line_a_wall, set_stage),
        cmocka_unit_test_setup(the_explanation_is_there_as_json, set_stage),
        cmocka_unit_test_setup(the_explanation_fails_where_the_airlock_does, set_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
