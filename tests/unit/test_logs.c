/* SPDX-License-Identifier: MIT */
/*
 * logs: real files in the place that a fake init tells of, or the configuration, or nobody; followed by a
 * process of its own.
 *
 * WRAP: connect calloc inotify_init1
 */
#include "fake_init.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/logs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>

static bool has_no_memory;
static bool has_no_inotify;
static char base[64]; /* nobody else makes anything in it: there would be events */
static char directory[80];
static char text[1 << 16];
static char errors[4096];

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return has_no_memory ? NULL : __real_calloc(count, size);
}

int __real_inotify_init1(int flags);
int __wrap_inotify_init1(int flags);
int __wrap_inotify_init1(int flags)
{
    if (has_no_inotify) {
        errno = EMFILE;
        return -1;
    }
    return __real_inotify_init1(flags);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "/tmp/test_logs.XXXXXX");
    if (mkdtemp(base) == NULL || chmod(base, 0755) < 0) {
        return -1;
    }
    snprintf(directory, sizeof directory, "%s/log", base);
    return mkdir(directory, 0755);
}

static int tear_down(void **state)
{
    (void)state;
    has_no_memory = has_no_inotify = false;
    return testing_remove_tree(base);
}

static void put(const char *file, const char *lines)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    FILE *stream = fopen(path, "ae");
    assert_non_null(stream);
    fputs(lines, stream);
    assert_int_equal(fclose(stream), 0);
}

static void move(const char *from, const char *to)
{
    char old[128];
    char new[128];
    snprintf(old, sizeof old, "%s/%s", directory, from);
    snprintf(new, sizeof new, "%s/%s", directory, to);
    assert_int_equal(rename(old, new), 0);
}

static void read_back(FILE *file, char *buffer, size_t size)
{
    rewind(file);
    buffer[fread(buffer, 1, size - 1, file)] = '\0';
    fclose(file);
}

static int run(struct logs_request request)
{
    request.stream = tmpfile();
    request.errors = tmpfile();
    const int status = logs_run(&request);
    read_back(request.stream, text, sizeof text);
    read_back(request.errors, errors, sizeof errors);
    return status;
}

/* An init with the logs of these jobs, separated by blanks, in our directory. */
static void start_init(const char *names, const char *log_dir)
{
    static char answer[4096];
    size_t used = (size_t)snprintf(answer, sizeof answer, "init\tprotocol=1\tlog_dir=%s\n", log_dir);
    char copy[256];
    char *rest = NULL;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest)) {
        used += (size_t)snprintf(answer + used, sizeof answer - used, "job\tname=%s\tkind=job\n", name);
    }
    snprintf(answer + used, sizeof answer - used, "end\n");
    fake_start_one(answer, FAKE_CLOSES);
}

#define AT(time) "2026-11-23T14:00:" time "Z "

static void put_example(void)
{
    put("web.log.1", AT("01.000") "web one\n");
    put("web.log", AT("03.000") "web two\n\tat line 3\n" AT("05.000") "web three\n");
    put("install.log",
        AT("02.000") "install one\n" AT("03.000") "install \033[2J\xc3\xa4\n" AT("06.000") "torn");
    put("sandbox-init.log", "{\"time\":\"2026-11-23T14:00:00.000Z\",\"level\":\"info\"}\n");
    put("other.txt", "other\n");
    put(".log", "other\n");
    put("a b.log", "other\n");
}

static void logs_are_merged_by_time(void **state)
{
    (void)state;
    static const char all[] = "install | " AT(
        "03.000") "install \033[2J\xc3\xa4\n"
                  "web     | " AT("03.000") "web two\n"
                                            "web     | \tat line 3\n"
                                            "web     | " AT("05.000") "web three\n"
                                                                      "install | " AT("06.000") "torn\n";
    static const char before[] = "web     | " AT("01.000") "web one\n"
                                                           "install | " AT("02.000") "install one\n";
    put_example();
    start_init("install web later", directory);
    const struct logs_request request = {.runtime_dir = fake.directory, .lines = -1};
    assert_int_equal(run(request), CLI_STATUS_OK);
    assert_int_equal(strncmp(text, before, strlen(before)), 0);
    assert_string_equal(text + strlen(before), all);
    assert_string_equal(errors, "");
    for (int64_t lines = 0; lines < 10; lines++) {
        const struct logs_request last = {.runtime_dir = fake.directory, .lines = lines};
        assert_int_equal(run(last), CLI_STATUS_OK);
        int count = 0;
        for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
            count++;
        }
        assert_int_equal(count, lines < 7 ? lines : 7);
        assert_true(lines != 5 || strcmp(text, all) == 0);
    }
    fake_stop();
}

static void one_log_is_shown_as_it_is(void **state)
{
    (void)state;
    put_example();
    start_init("install web", directory);
    struct logs_request request = {.runtime_dir = fake.directory, .job = "install", .lines = 2};
    assert_int_equal(run(request), CLI_STATUS_OK);
    assert_string_equal(text, AT("03.000") "install \033[2J\xc3\xa4\n" AT("06.000") "torn");
    request.is_terminal = true;
    assert_int_equal(run(request), CLI_STATUS_OK);
    assert_string_equal(text, AT("03.000") "install \\e[2J\xc3\xa4\n" AT("06.000") "torn\n");
    request.job = "sandbox-init";
    assert_int_equal(run(request), CLI_STATUS_OK);
    assert_non_null(strstr(text, "\"level\":\"info\"}\n"));
    /* Of a job that is not configured any more. */
    put("gone.log", "bye\n");
    request.job = "gone";
    assert_int_equal(run(request), CLI_STATUS_OK);
    assert_string_equal(text, "bye\n");
    fake_stop();
}

static void names_are_coloured_for_people(void **state)
{
    (void)state;
    put("a.log", "one\n");
    put("b.log", "two\n");
    start_init("a b", directory);
    const struct logs_request request = {
        .runtime_dir = fake.directory, .lines = -1, .is_terminal = true, .has_colors = true};
    assert_int_equal(run(request), CLI_STATUS_OK);
    assert_string_equal(text, "\033[36ma\033[0m | one\n\033[35mb\033[0m | two\n");
    fake_stop();
}

static void logs_can_be_read_when_no_init_runs(void **state)
{
    (void)state;
    put_example();
    struct logs_request request = {.runtime_dir = "/nowhere", .log_dir = directory, .job = "web", .lines = 1};
    assert_int_equal(run(request), CLI_STATUS_OK);
    assert_string_equal(text, AT("05.000") "web three\n");
    /* One that hangs up has told us nothing. */
    fake_start_one("init\tprotocol=1\tlog_dir=/nowhere\n", FAKE_CLOSES);
    request.runtime_dir = fake.directory;
    assert_int_equal(run(request), CLI_STATUS_OK);
    assert_string_equal(text, AT("05.000") "web three\n");
    fake_stop();
}

static void failures_are_told(void **state)
{
    (void)state;
    char path[128];
    put_example();
    struct logs_request request = {
        .runtime_dir = "/nowhere", .log_dir = directory, .job = "instal", .lines = -1};
    assert_int_equal(run(request), CLI_STATUS_USAGE);
    assert_string_equal(errors,
                        "sandbox-init: there is no job or service 'instal'; did you mean 'install'?\n");
    request.job = "no\n";
    assert_int_equal(run(request), CLI_STATUS_USAGE);
    assert_string_equal(errors, "sandbox-init: there is no job or service 'no\\n'; `sandbox-init --status` "
                                "names them\n");
    request.job = NULL;
    has_no_memory = true;
    assert_int_equal(run(request), CLI_STATUS_SYSTEM);
    has_no_memory = false;
    start_init("install later", directory);
    request.runtime_dir = fake.directory;
    request.job = "later";
    assert_int_equal(run(request), CLI_STATUS_OK);
    assert_string_equal(errors, "sandbox-init: later has no log yet\n");
    fake_stop();
    start_init("install", "");
    assert_int_equal(run(request), CLI_STATUS_FAILED);
    assert_non_null(strstr(errors, "the init writes no log files; its own log says why"));
    fake_stop();
    start_init("", "");
    assert_int_equal(run(request), CLI_STATUS_FAILED);
    assert_non_null(strstr(errors, "there are no jobs or services"));
    fake_stop();
    request =
        (struct logs_request){.runtime_dir = "/nowhere", .log_dir = directory, .job = "web", .lines = -1};
    request.stream = fopen("/dev/full", "we");
    request.errors = tmpfile();
    assert_int_equal(logs_run(&request), CLI_STATUS_SYSTEM);
    fclose(request.stream);
    read_back(request.errors, errors, sizeof errors);
    assert_string_equal(errors, "sandbox-init: cannot write the lines: No space left on device\n");
    if (geteuid() != 0) {
        skip();
    }
    snprintf(path, sizeof path, "%s/web.log", directory);
    chmod(path, 0600);
    assert_int_equal(seteuid(65534), 0);
    const int unreadable = run(request);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(unreadable, CLI_STATUS_FAILED);
    snprintf(text, sizeof text, "sandbox-init: cannot read %s: only root may; run this as root\n", path);
    assert_string_equal(errors, text);
    assert_int_equal(chown(directory, 1234, 0), 0);
    assert_int_equal(chmod(directory, 0700), 0);
    assert_int_equal(seteuid(65534), 0);
    const int closed = run(request);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(closed, CLI_STATUS_FAILED);
    assert_non_null(strstr(errors, ": only uid 1234 and root may; run this as one of them\n"));
}

/* ---- following ---- */

static pid_t follower;
static int follower_fd;
static char followed[1 << 20];

static void follow(const char *job)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    follower = fork();
    assert_true(follower >= 0);
    if (follower == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        const struct logs_request request = {.runtime_dir = fake.directory,
                                             .job = job,
                                             .lines = -1,
                                             .is_following = true,
                                             .stream = fdopen(ends[1], "w"),
                                             .errors = stderr};
        _exit(logs_run(&request));
    }
    close(ends[1]);
    follower_fd = ends[0];
    followed[0] = '\0';
}

/* Reads until what was read ends in WANTED. */
static void expect_followed(const char *wanted)
{
    size_t used = strlen(followed);
    while (used < strlen(wanted) || strcmp(followed + used - strlen(wanted), wanted) != 0) {
        const ssize_t got = read(follower_fd, followed + used, sizeof followed - 1 - used);
        if (got <= 0) {
            fail_msg("it ended; so far: %s", followed);
        }
        used += (size_t)got;
        followed[used] = '\0';
    }
}

static void stop_following(void)
{
    kill(follower, SIGKILL);
    waitpid(follower, NULL, 0);
    close(follower_fd);
    fake_stop();
}

static void follow_everything(void)
{
    char away[96];
    snprintf(away, sizeof away, "%s.away", directory);
    start_init("a later", directory);
    put("a.log", "one\ntw");
    follow("a");
    expect_followed("one\n");
    put("a.log", "o\n");
    expect_followed("two\n");
    put("a.log", "three\n");
    move("a.log", "a.log.1");
    put("a.log", "four\n");
    expect_followed("three\nfour\n");
    move("a.log.1", "a.log.2");
    move("a.log", "a.log.1");
    put("a.log", "five\n");
    expect_followed("four\nfive\n");
    /* The directory goes, and comes again. */
    assert_int_equal(rename(directory, away), 0);
    assert_int_equal(mkdir(directory, 0755), 0);
    put("a.log", "six\n");
    expect_followed("six\n");
    put("a.log", "seven\n");
    expect_followed("seven\n");
    assert_string_equal(followed, "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
    stop_following();
}

static void what_is_written_is_followed(void **state)
{
    (void)state;
    follow_everything();
}

static void it_is_followed_without_inotify_too(void **state)
{
    (void)state;
    has_no_inotify = true;
    follow_everything();
}

static void logs_that_come_later_are_followed(void **state)
{
    (void)state;
    char below[96];
    char deep[112];
    snprintf(below, sizeof below, "%s/below", directory);
    snprintf(deep, sizeof deep, "%s/deep", below);
    start_init("a later", deep);
    follow(NULL);
    assert_int_equal(mkdir(below, 0755), 0);
    assert_int_equal(mkdir(deep, 0755), 0);
    put("below/deep/later.log", "one\n");
    expect_followed("later | one\n");
    put("below/deep/a.log", "two\n");
    expect_followed("a     | two\n");
    stop_following();
}

static void it_ends_when_nobody_reads(void **state)
{
    (void)state;
    int status = 0;
    start_init("a", directory);
    put("a.log", "one\n");
    follow("a");
    expect_followed("one\n");
    close(follower_fd);
    assert_int_equal(waitpid(follower, &status, 0), follower);
    assert_true(WIFEXITED(status));
    fake_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(logs_are_merged_by_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_log_is_shown_as_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_coloured_for_people, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_can_be_read_when_no_init_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_written_is_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_followed_without_inotify_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_that_come_later_are_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_ends_when_nobody_reads, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
