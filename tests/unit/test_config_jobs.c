/* SPDX-License-Identifier: MIT */
/*
 * config_jobs: sections by their names, and what only all of them together can get wrong. How a file comes
 * to be such sections, test_config.c tells.
 *
 * WRAP: calloc realloc strdup
 */
#include "testing.h"

#include "sandbox_init/config_jobs.h"
#include "sandbox_init/config_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct config_jobs jobs;
static struct config_reporter reporter;
static char transcript[65536]; /* a line for each fault */
static unsigned line;          /* of the section or key that comes next */
static int countdown;          /* of allocations: reaches 0 at the one that fails */

static bool is_time_to_fail(void)
{
    if (countdown == 0 || --countdown > 0) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return is_time_to_fail() ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    return is_time_to_fail() ? NULL : __real_realloc(memory, size);
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
    return is_time_to_fail() ? NULL : __real_strdup(text);
}

static void on_fault(void *context, const struct config_fault *fault)
{
    size_t used = strlen(transcript);
    assert_ptr_equal(context, &jobs);
    for (const char *byte = fault->message; *byte; byte++) {
        assert_in_range(*byte, 0x20, 0x7e);
    }
    assert_true(used + strlen(fault->message) + 64 < sizeof(transcript));
    snprintf(transcript + used, sizeof(transcript) - used, "%s:%u: %s\n", fault->file, fault->line,
             fault->message);
}

static void on_value(void *context, const char *message)
{
    (void)context;
    fail_msg("%s", message);
}

static int set_up(void **state)
{
    (void)state;
    reporter = (struct config_reporter){.report = on_fault, .context = &jobs};
    transcript[0] = '\0';
    line = 0;
    countdown = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const struct config_jobs zeroed;
    countdown = 0;
    config_jobs_finish(&jobs);
    return memcmp(&jobs, &zeroed, sizeof(jobs)) == 0 ? 0 : -1;
}

static int open_section(const char *section)
{
    line++;
    const struct config_origin where = {.file = "f", .line = line};
    return config_jobs_open(&jobs, &reporter, &where, section);
}

static void set_key(const char *name, const char *text)
{
    const struct config_key *key = config_table_find_job_key(name);
    size_t index = jobs.count - 1;
    line++;
    *config_jobs_origin(&jobs, index, key) = (struct config_origin){.file = "f", .line = line};
    assert_int_equal(config_value_clear(&jobs.items[index], key), 0);
    assert_int_equal(config_value_take(&jobs.items[index], key, text, on_value, NULL), 0);
}

/* A record with a command, in one line, and `after` in the next one unless that is NULL. */
static void add(const char *section, const char *after)
{
    int index = open_section(section);
    assert_int_equal(index, (int)jobs.count - 1);
    const struct config_key *key = config_table_find_job_key("command");
    assert_int_equal(config_value_take(&jobs.items[jobs.count - 1], key, "true", on_value, NULL), 0);
    if (after) {
        set_key("after", after);
    }
}

static void expect_checked(const char *expected)
{
    transcript[0] = '\0';
    reporter.is_faulty = false;
    config_jobs_check(&jobs, &reporter);
    assert_string_equal(transcript, expected);
    assert_int_equal(reporter.is_faulty, *expected != '\0');
}

static void test_knows_its_sections(void **state)
{
    (void)state;
    static const char *const sections[] = {"job:a", "service:a", "job:", "service:"};
    static const char *const others[] = {"job", "service", "", "init", "Job:a", " job:a", "jobs:a"};
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        assert_true(config_jobs_is_section(sections[i]));
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_false(config_jobs_is_section(others[i]));
    }
}

static void test_makes_records_with_defaults(void **state)
{
    (void)state;
    assert_int_equal(open_section("job:install"), 0);
    assert_int_equal(open_section("service:web"), 1);
    assert_int_equal(open_section("job:install"), 0);
    assert_int_equal(jobs.count, 2);
    const struct config_job *job = &jobs.items[0];
    assert_string_equal(job->name, "install");
    assert_false(job->is_service);
    assert_true(job->enabled && job->echo && !job->allow_privileges);
    assert_null(job->command);
    assert_string_equal(job->shell[0], "/bin/sh");
    assert_string_equal(job->shell[1], "-e");
    assert_null(job->shell[2]);
    assert_true(!job->directory && !job->user && !job->environment_file);
    assert_true(!job->environment[0] && !job->after[0] && !job->only_if_exists[0] && !job->unless_exists[0]);
    assert_int_equal(job->needs, 0);
    assert_int_equal(job->timeout_ms, 0);
    assert_string_equal(job->stop_signal, "TERM");
    assert_int_equal(job->stop_grace_ms, 5000);
    assert_int_equal(job->nice, 0);
    assert_int_equal(job->umask, 022);
    assert_int_equal(job->log_max_size, 10 << 20);
    assert_int_equal(job->log_keep, 3);
    assert_int_equal(job->retries, 0);
    assert_int_equal(job->retry_delay_ms, 1000);
    assert_int_equal(job->restart_delay_ms, 0); /* services only */
    const struct config_job *service = &jobs.items[1];
    assert_string_equal(service->name, "web");
    assert_true(service->is_service);
    assert_int_equal(service->restart, CONFIG_RESTART_ALWAYS);
    assert_int_equal(service->restart_delay_ms, 1000);
    assert_int_equal(service->start_limit, 5);
    assert_int_equal(service->retry_delay_ms, 0); /* jobs only */
    assert_int_equal(jobs.origins[0].section.line, 1);
    assert_int_equal(jobs.origins[1].section.line, 2);
    assert_null(config_jobs_origin(&jobs, 1, config_table_find_job_key("user"))->file);
}

#define NO_NAME                                                                                              \
    ": the name is not one to 32 letters, digits, '_', '-' and '.', of which the first is a letter or "      \
    "digit\n"

static void test_checks_names(void **state)
{
    (void)state;
    static const char *const good[] = {"job:a",
                                       "job:9",
                                       "job:A.b-c_d",
                                       "service:pnpm-install",
                                       "job:sandbox-init2",
                                       "job:abcdefghijklmnopqrstuvwxyz012345"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(open_section(good[i]), (int)i);
    }
    assert_string_equal(transcript, "");
    static const char *const bad[][2] = {
        {"job:", "f:7: [job:]" NO_NAME},
        {"job: a", "f:8: [job: a]" NO_NAME},
        {"job:a b", "f:9: [job:a b]" NO_NAME},
        {"job:.a", "f:10: [job:.a]" NO_NAME},
        {"job:-a", "f:11: [job:-a]" NO_NAME},
        {"service:_a", "f:12: [service:_a]" NO_NAME},
        {"job:a/b", "f:13: [job:a/b]" NO_NAME},
        {"job:a:b", "f:14: [job:a:b]" NO_NAME},
        {"job:\xc3\xb6", "f:15: [job:\\xc3\\xb6]" NO_NAME},
        {"job:abcdefghijklmnopqrstuvwxyz0123456", "f:16: [job:abcdefghijklmnopqrstuvwxyz0123456]" NO_NAME},
        {"service:sandbox-init",
         "f:17: [service:sandbox-init]: this is the name of the init's own log; take another one\n"},
        {"service:a", "f:18: [service:a]: there is a job of this name already (f:1); take another one\n"},
        {"job:pnpm-install",
         "f:19: [job:pnpm-install]: there is a service of this name already (f:4); take another one\n"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        transcript[0] = '\0';
        assert_int_equal(open_section(bad[i][0]), -EINVAL);
        assert_string_equal(transcript, bad[i][1]);
    }
    assert_int_equal(jobs.count, COUNT_OF(good));
}

static void test_limits_their_number(void **state)
{
    (void)state;
    char section[32];
    for (int i = 0; i < CONFIG_JOBS_MAX; i++) {
        snprintf(section, sizeof(section), "%s:n%d", i % 2 == 0 ? "job" : "service", i);
        assert_int_equal(open_section(section), i);
    }
    assert_int_equal(open_section("job:n0"), 0);
    assert_string_equal(transcript, "");
    assert_int_equal(open_section("job:more"), -EINVAL);
    assert_string_equal(transcript,
                        "f:66: [job:more]: there are more than 64 jobs and services; join some of them\n");
}

static void test_needs_commands(void **state)
{
    (void)state;
    add("job:install", NULL);
    assert_int_equal(open_section("service:web"), 1);
    assert_int_equal(open_section("job:instal"), 2);
    assert_int_equal(open_section("job:installs"), 3); /* this is its own, only empty */
    set_key("command", "");
    expect_checked("f:2: [service:web] has no command; write 'command = ' and what is to be run\n"
                   "f:3: [job:instal] has no command; did you mean [job:install]?\n"
                   "f:5: [job:installs] has no command; write 'command = ' and what is to be run\n");
    /* One that was refused is not missing. */
    config_jobs_finish(&jobs);
    assert_int_equal(open_section("job:a"), 0);
    set_key("command", "");
    config_jobs_origin(&jobs, 0, config_table_find_job_key("command"))->is_faulty = true;
    expect_checked("");
}

static void test_has_no_privileges_behind_the_airlock(void **state)
{
    (void)state;
    assert_int_equal(open_section("job:a"), 0);
    set_key("command", "x");
    set_key("allow_privileges", "yes");
    expect_checked("");
    set_key("confine", "auto");
    expect_checked("f:4: confine: behind the airlock there are no privileges to gain; leave out "
                   "allow_privileges, or confine\n");
}

static void test_needs_a_shell(void **state)
{
    (void)state;
    add("job:a", NULL);
    set_key("shell", "");
    expect_checked("f:2: shell: the list is empty; leave the whole line out for the default\n");
    config_jobs_origin(&jobs, 0, config_table_find_job_key("shell"))->is_faulty = true;
    expect_checked("");
}

static void test_knows_who_needs_whom(void **state)
{
    (void)state;
    add("job:a", "c");
    add("service:b", NULL);
    set_key("enabled", "no");
    add("job:c", "b");
    add("job:d", "a b c");
    add("job:e", "");
    expect_checked("");
    assert_int_equal(jobs.items[0].needs, 1 << 2);
    assert_int_equal(jobs.items[1].needs, 0);
    assert_int_equal(jobs.items[2].needs, 0); /* what is not enabled is not waited for */
    assert_int_equal(jobs.items[3].needs, 1 << 0 | 1 << 2);
    assert_int_equal(jobs.items[4].needs, 0);
}

/* Bits beyond the 31st, too. */
static void test_knows_all_bits(void **state)
{
    (void)state;
    char section[32];
    for (int i = 0; i < CONFIG_JOBS_MAX - 1; i++) {
        snprintf(section, sizeof(section), "job:n%d", i);
        add(section, NULL);
    }
    add("job:last", "n62 n31 n32 n0");
    expect_checked("");
    assert_true(jobs.items[63].needs ==
                (UINT64_C(1) << 62 | UINT64_C(1) << 32 | UINT64_C(1) << 31 | UINT64_C(1)));
}

static void test_tells_unknown_names(void **state)
{
    (void)state;
    add("job:install", "isntall build");
    add("service:web", "instal web");
    add("job:x", "zzz x");
    expect_checked(
        "f:2: after: there is no job or service 'isntall'; did you mean 'install'?\n"
        "f:2: after: there is no job or service 'build'; write [job:build] for it, or leave it out\n"
        "f:4: after: there is no job or service 'instal'; did you mean 'install'?\n"
        "f:4: after: 'web' would wait for itself; leave it out\n"
        "f:6: after: there is no job or service 'zzz'; write [job:zzz] for it, or leave it out\n"
        "f:6: after: 'x' would wait for itself; leave it out\n");
}

#define FOR_EVER "after: each of these would wait for the next one for ever: "

static void test_names_cycles_whole(void **state)
{
    (void)state;
    add("job:a", "c");
    add("service:b", "a");
    add("job:c", "b");
    add("job:outside", "a");
    expect_checked("f:2: " FOR_EVER "a -> c -> b -> a; leave one out\n");
    config_jobs_finish(&jobs);
    add("job:a", "b");
    add("job:b", "a");
    set_key("enabled", "no"); /* somebody may start it */
    expect_checked("f:10: " FOR_EVER "a -> b -> a; leave one out\n");
}

/* Every cycle that has nothing to do with another one is told, along with all else. */
static void test_tells_all_cycles(void **state)
{
    (void)state;
    add("job:a", "b nobody");
    add("job:b", "a");
    add("job:c", "d a");
    add("job:d", "c");
    add("job:e", "a d");
    expect_checked(
        "f:2: after: there is no job or service 'nobody'; write [job:nobody] for it, or leave it out\n"
        "f:2: " FOR_EVER "a -> b -> a; leave one out\n"
        "f:6: " FOR_EVER "c -> d -> c; leave one out\n");
}

/* As many as there can be, with the longest names there can be: none is cut. */
static void test_names_the_longest_cycle_whole(void **state)
{
    (void)state;
    char section[64];
    char after[64];
    for (int i = 0; i < CONFIG_JOBS_MAX; i++) {
        snprintf(section, sizeof(section), "job:n%031d", i);
        snprintf(after, sizeof(after), "n%031d", (i + 1) % CONFIG_JOBS_MAX);
        add(section, after);
    }
    reporter.is_faulty = false;
    config_jobs_check(&jobs, &reporter);
    static const char end[] = " -> n0000000000000000000000000000000; leave one out\n";
    assert_int_equal(strlen(transcript),
                     strlen("f:2: " FOR_EVER) + 64 * strlen(" -> ") + 65 * 32 + strlen("; leave one out\n"));
    assert_string_equal(transcript + strlen(transcript) - strlen(end), end);
}

/* Each allocation fails once; what is there stays whole and can be freed. */
static void test_survives_lack_of_memory(void **state)
{
    (void)state;
    int calls = 0;
    int result = -ENOMEM;
    while (result == -ENOMEM) {
        config_jobs_finish(&jobs);
        countdown = ++calls;
        result = open_section("service:a");
        if (result == 0) {
            result = open_section("job:b");
        }
    }
    countdown = 0;
    assert_int_equal(result, 1);
    assert_true(calls > 20);
    assert_string_equal(transcript, "");
}

static void test_finishes_nothing(void **state)
{
    (void)state;
    config_jobs_finish(&jobs);
    config_jobs_free(NULL, 0);
    expect_checked("");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_knows_its_sections),
        TEST(test_makes_records_with_defaults),
        TEST(test_checks_names),
        TEST(test_limits_their_number),
        TEST(test_needs_commands),
        TEST(test_has_no_privileges_behind_the_airlock),
        TEST(test_needs_a_shell),
        TEST(test_knows_who_needs_whom),
        TEST(test_knows_all_bits),
        TEST(test_tells_unknown_names),
        TEST(test_names_cycles_whole),
        TEST(test_tells_all_cycles),
        TEST(test_names_the_longest_cycle_whole),
        TEST(test_survives_lack_of_memory),
        TEST(test_finishes_nothing),
    };
    return cmocka_run_group_tests_name("config_jobs", tests, NULL, NULL);
}
