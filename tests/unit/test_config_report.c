/* SPDX-License-Identifier: MIT */
/* config_report: every message word for word. */
#include "testing.h"

#include "sandbox_init/config_report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char transcript[2 * CONFIG_FAULT_SIZE]; /* FILE:LINE: MESSAGE of the last fault */
static int count;

static void on_fault(void *context, const struct config_fault *fault)
{
    assert_ptr_equal(context, &count);
    count++;
    for (const char *byte = fault->message; *byte; byte++) {
        assert_in_range(*byte, 0x20, 0x7e);
    }
    snprintf(transcript, sizeof(transcript), "%s:%u: %s", fault->file, fault->line, fault->message);
}

static struct config_reporter make_reporter(void)
{
    count = 0;
    return (struct config_reporter){.report = on_fault, .context = &count};
}

static const struct config_origin here = {.file = "f", .line = 7};

static void test_says_where_and_what(void **state)
{
    (void)state;
    struct config_reporter reporter = make_reporter();
    assert_false(reporter.is_faulty);
    config_report_at(&reporter, &here, "%s is %d", "it", 5);
    assert_string_equal(transcript, "f:7: it is 5");
    assert_true(reporter.is_faulty);
    const struct config_origin file = {.file = "a\nb"};
    config_report_at(&reporter, &file, "x");
    assert_string_equal(transcript, "a\\nb:0: x");
    assert_int_equal(count, 2);
}

static void test_cuts_what_is_endless(void **state)
{
    (void)state;
    struct config_reporter reporter = make_reporter();
    char text[2 * CONFIG_FAULT_SIZE];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    config_report_at(&reporter, &here, "%s", text);
    assert_int_equal(strlen(transcript), strlen("f:7: ") + CONFIG_FAULT_SIZE - 1);
}

#define THERE_ARE "; there are [init], [scrub], [env], [airlock], [prompt], [job:NAME] and [service:NAME]"

static void test_names_the_section_that_was_meant(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"inti", "unknown section [inti]; did you mean [init]?"},
        {"Scrub", "unknown section [Scrub]; did you mean [scrub]?"},
        {"job", "unknown section [job]; did you mean [job:NAME]?"},
        {"service", "unknown section [service]; did you mean [service:NAME]?"},
        {"jobs:web", "unknown section [jobs:web]; did you mean [job:web]?"},
        {"Job:web", "unknown section [Job:web]; did you mean [job:web]?"},
        {"job web", "unknown section [job web]; did you mean [job:web]?"},
        {"job : web", "unknown section [job : web]; did you mean [job:web]?"},
        {"job :", "unknown section [job :]; did you mean [job:NAME]?"},
        {"job : a b", "unknown section [job : a b]; did you mean [job:NAME]?"},
        {"serivce:web-1.x", "unknown section [serivce:web-1.x]; did you mean [service:web-1.x]?"},
        {"airlocks", "unknown section [airlocks]; did you mean [airlock]?"},
        {":web", "unknown section [:web]" THERE_ARE},
        {"\xc3\xb6", "unknown section [\\xc3\\xb6]" THERE_ARE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config_reporter reporter = make_reporter();
        config_report_unknown_section(&reporter, &here, rows[i][0]);
        assert_int_equal(count, 1);
        assert_string_equal(transcript + strlen("f:7: "), rows[i][1]);
    }
}

#define JOB_KEYS                                                                                             \
    "command, shell, directory, user, environment, environment_file, after, only_if_exists, unless_exists, " \
    "timeout, stop_signal, stop_grace, "
#define MORE_JOB_KEYS "nice, umask, allow_privileges, confine, echo, log_max_size, log_keep, enabled"

static void test_names_the_key_that_was_meant(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"scrub", "patern", "unknown key 'patern' in [scrub]; did you mean 'patterns'?"},
        {"init", "patterns", "unknown key 'patterns' in [init]; it belongs in [scrub]"},
        {"env", "whatever", "unknown key 'whatever' in [env]; there are strip, empty, keep, set"},
        {"env", "keep\xff", "unknown key 'keep\\xff' in [env]; did you mean 'keep'?"},
        {"init", "command", "unknown key 'command' in [init]; it belongs in [job:NAME] or [service:NAME]"},
        {"env", "retries", "unknown key 'retries' in [env]; it belongs in [job:NAME]"},
        {"job:x", "restart", "unknown key 'restart' in [job:x]; it belongs in [service:NAME]"},
        {"service:x", "retries", "unknown key 'retries' in [service:x]; it belongs in [job:NAME]"},
        {"job:x", "dirs", "unknown key 'dirs' in [job:x]; it belongs in [scrub]"},
        {"job:x", "comand", "unknown key 'comand' in [job:x]; did you mean 'command'?"},
        {"job:x", "retry",
         "unknown key 'retry' in [job:x]; there are " JOB_KEYS "retries, retry_delay, " MORE_JOB_KEYS},
        {"service:x", "zzzzzz",
         "unknown key 'zzzzzz' in [service:x]; there are " JOB_KEYS
         "restart, restart_delay, start_limit, " MORE_JOB_KEYS},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config_reporter reporter = make_reporter();
        config_report_unknown_key(&reporter, &here, rows[i][0], rows[i][1]);
        assert_int_equal(count, 1);
        assert_string_equal(transcript + strlen("f:7: "), rows[i][2]);
    }
}

static void test_finds_homes_for_keys(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"dirs", "'dirs' stands in no section; write [scrub] above it"},
        {"user", "'user' stands in no section; write [init] above it"},
        {"command", "'command' stands in no section; write [job:NAME] or [service:NAME] above it"},
        {"restart", "'restart' stands in no section; write [service:NAME] above it"},
        {"f\x1b", "'f\\e' stands in no section, and there is no such key"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config_reporter reporter = make_reporter();
        config_report_homeless_key(&reporter, &here, rows[i][0]);
        assert_int_equal(count, 1);
        assert_string_equal(transcript + strlen("f:7: "), rows[i][1]);
    }
}

static void test_says_why_a_file_is_not_opened(void **state)
{
    (void)state;
    static const struct {
        int error;
        struct path_fault fault;
        const char *message;
    } rows[] = {
        {-ENOENT,
         {.name = "/a\n"},
         "/a\\n cannot be opened: No such file or directory; make it, or correct its name"},
        {-EIO, {.name = "/a"}, "/a cannot be opened: Input/output error"},
        {-EACCES,
         {.name = "/a"},
         "/a cannot be opened: Permission denied; the init's user must be able to read it and to pass the "
         "directories above it"},
        {-EPERM, {.name = "/a", .distrust = PATH_NOT_REGULAR}, "/a is no regular file; put one there"},
        {-EPERM,
         {.name = "/a", .distrust = PATH_WRITABLE, .mode = S_IFREG | 0664},
         "/a can be written by its group or by others (mode 0664), who could change what is configured; run: "
         "chmod go-w /a"},
        {-EPERM,
         {.name = "/a", .distrust = PATH_WRITABLE, .mode = S_IFDIR | 0777},
         "/a can be written by its group or by others (mode 0777), who could change what is configured; keep "
         "the file elsewhere, or run: chmod go-w /a"},
        {-EPERM,
         {.name = "/a", .distrust = PATH_FOREIGN_OWNER, .mode = S_IFLNK | 0777, .owner = 5},
         "the link /a belongs to uid 5, who could change what is configured; run: chown -h root:root /a"},
        {-EPERM,
         {.name = "/a", .distrust = PATH_FOREIGN_OWNER, .mode = S_IFREG | 0644, .owner = 5},
         "/a belongs to uid 5, who could change what is configured; run: chown root:root /a && chmod go-w "
         "/a"},
        {-EPERM,
         {.name = "/a", .distrust = PATH_FOREIGN_OWNER, .mode = S_IFDIR | 0755, .owner = 5},
         "/a belongs to uid 5, who could change what is configured; keep the file elsewhere, or run: chown "
         "root:root /a && chmod go-w /a"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config_reporter reporter = make_reporter();
        config_report_path(&reporter, "f", rows[i].error, &rows[i].fault);
        assert_int_equal(count, 1);
        assert_string_equal(transcript + strlen("f:0: "), rows[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_where_and_what),
        cmocka_unit_test(test_cuts_what_is_endless),
        cmocka_unit_test(test_names_the_section_that_was_meant),
        cmocka_unit_test(test_names_the_key_that_was_meant),
        cmocka_unit_test(test_finds_homes_for_keys),
        cmocka_unit_test(test_says_why_a_file_is_not_opened),
    };
    return cmocka_run_group_tests_name("config_report", tests, NULL, NULL);
}
