/* SPDX-License-Identifier: MIT */
/*
 * config_value: every type with what it takes and what it refuses, word for word.
 *
 * WRAP: calloc realloc strdup
 */
#include "testing.h"

#include "sandbox_init/config_value.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct config config;
static struct config_job job;
static char reports[4096]; /* one line a report */
static int countdown;      /* reaches 0 at the allocation that fails */

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

static void on_report(void *context, const char *message)
{
    size_t used = strlen(reports);
    assert_ptr_equal(context, &config);
    for (const char *byte = message; *byte; byte++) {
        assert_in_range(*byte, 0x20, 0x7e);
    }
    assert_true(used + strlen(message) + 2 < sizeof(reports));
    snprintf(reports + used, sizeof(reports) - used, "%s\n", message);
}

static int take_more(const char *section, const char *name, const char *text)
{
    reports[0] = '\0';
    return config_value_take(&config, config_table_find(section, name), text, on_report, &config);
}

static int take(const char *section, const char *name, const char *text)
{
    const struct config_key *key = config_table_find(section, name);
    assert_int_equal(config_value_clear(&config, key), 0);
    return take_more(section, name, text);
}

static bool is_zeroed(const void *record, size_t size)
{
    const unsigned char *bytes = record;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static int tear_down(void **state)
{
    (void)state;
    countdown = 0;
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        config_value_free(&config, key);
    }
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        config_value_free(&job, key);
    }
    return is_zeroed(&config, sizeof(config)) && is_zeroed(&job, sizeof(job)) ? 0 : -1;
}

static void expect_refused(const char *section, const char *name, const char *text, const char *message)
{
    assert_int_equal(take(section, name, text), -EINVAL);
    assert_string_equal(reports, message);
}

static void expect_list(char *const *list, const char *const *expected)
{
    size_t i = 0;
    for (; expected[i]; i++) {
        assert_non_null(list[i]);
        assert_string_equal(list[i], expected[i]);
    }
    assert_null(list[i]);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_reads_booleans(void **state)
{
    (void)state;
    static const char *const words[][2] = {{"no", "yes"}, {"false", "true"}, {"off", "on"}, {"0", "1"}};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        assert_int_equal(take("scrub", "enabled", words[i][1]), 0);
        assert_true(config.scrub.enabled);
        assert_int_equal(take_more("scrub", "enabled", words[i][0]), 0);
        assert_false(config.scrub.enabled);
    }
    static const char *const wrong[] = {"maybe", "Yes", "yess", "2", "y"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char message[128];
        snprintf(message, sizeof(message), "enabled: '%s' is neither yes nor no\n", wrong[i]);
        expect_refused("scrub", "enabled", wrong[i], message);
    }
}

static void test_reads_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t milliseconds;
    } rows[] = {
        {"0", 0},
        {"0s", 0},
        {"0h", 0},
        {"1", 1000},
        {"8", 8000},
        {"8s", 8000},
        {"08s", 8000},
        {"1500ms", 1500},
        {"5m", 300000},
        {"24h", 86400000},
        {"1440m", 86400000},
        {"86400", 86400000},
        {"86400s", 86400000},
        {"86400000ms", 86400000},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        config.init.stop_grace_ms = 77;
        assert_int_equal(take_more("init", "stop_grace", rows[i].text), 0);
        assert_int_equal(config.init.stop_grace_ms, rows[i].milliseconds);
    }
    assert_int_equal(take("init", "kill_grace", "1h"), 0);
    assert_int_equal(config.init.kill_grace_ms, 3600000);
}

#define NO_DURATION " is no duration; write a number with ms, s, m or h, such as 8s\n"
#define NO_UNIT     " has no unit that we know; write ms, s, m or h behind the number\n"
#define FRACTION    " is a fraction; write a whole number of a smaller unit, such as 1500ms\n"
#define NEGATIVE    " is negative; write 0 or more\n"

static void test_refuses_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"soon", "stop_grace: 'soon'" NO_DURATION},
        {"s", "stop_grace: 's'" NO_DURATION},
        {"+5", "stop_grace: '+5'" NO_DURATION},
        {".5s", "stop_grace: '.5s'" NO_DURATION},
        {"5 s", "stop_grace: '5 s'" NO_UNIT},
        {"5S", "stop_grace: '5S'" NO_UNIT},
        {"5sec", "stop_grace: '5sec'" NO_UNIT},
        {"1d", "stop_grace: '1d'" NO_UNIT},
        {"0x10", "stop_grace: '0x10'" NO_UNIT},
        {"1m30s", "stop_grace: '1m30s'" NO_UNIT},
        {"1.5s", "stop_grace: '1.5s'" FRACTION},
        {"1,5s", "stop_grace: '1,5s'" FRACTION},
        {"-5", "stop_grace: '-5'" NEGATIVE},
        {"-5s", "stop_grace: '-5s'" NEGATIVE},
        {"-0", "stop_grace: '-0'" NEGATIVE},
        {"86400001ms", "stop_grace: '86400001ms' is too long; write at most 24h\n"},
        {"86401", "stop_grace: '86401' is too long; write at most 24h\n"},
        {"25h", "stop_grace: '25h' is too long; write at most 24h\n"},
        {"18446744073709551616", "stop_grace: '18446744073709551616' is too long; write at most 24h\n"},
        {"18446744073709551615ms", "stop_grace: '18446744073709551615ms' is too long; write at most 24h\n"},
        {"5124095576030431h", "stop_grace: '5124095576030431h' is too long; write at most 24h\n"},
        {"99999999999999999999999999999999999999999999h",
         "stop_grace: '99999999999999999999999999999999999999999999h' is too long; write at most 24h\n"},
        {"\xc2\xb5", "stop_grace: '\\xc2\\xb5'" NO_DURATION},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_refused("init", "stop_grace", rows[i].text, rows[i].message);
    }
    expect_refused("init", "kill_grace", "61m", "kill_grace: '61m' is too long; write at most 1h\n");
}

/* No key has a lower bound now; one may come. */
static void test_keeps_lower_bounds(void **state)
{
    (void)state;
    struct config_key key = *config_table_find("init", "stop_grace");
    key.min = 1500;
    reports[0] = '\0';
    assert_int_equal(config_value_take(&config, &key, "1500ms", on_report, &config), 0);
    assert_int_equal(config_value_take(&config, &key, "1s", on_report, &config), -EINVAL);
    assert_string_equal(reports, "stop_grace: '1s' is too short; write at least 1500ms\n");
    assert_int_equal(config.init.stop_grace_ms, 1500);
}

static void test_reads_choices(void **state)
{
    (void)state;
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        assert_int_equal(take("init", "log_level", levels[i]), 0);
        assert_int_equal(config.init.log_level, (int)i);
    }
    assert_int_equal(config.init.log_level, CONFIG_LOG_DEBUG);
    assert_int_equal(take("init", "log_format", "json"), 0);
    assert_int_equal(config.init.log_format, CONFIG_LOG_JSON);
    assert_int_equal(take("init", "log_format", "text"), 0);
    assert_int_equal(config.init.log_format, CONFIG_LOG_TEXT);
    assert_int_equal(take("scrub", "action", "report"), 0);
    assert_int_equal(config.scrub.action, CONFIG_SCRUB_REPORT);
    assert_int_equal(take("scrub", "action", "revoke"), 0);
    assert_int_equal(config.scrub.action, CONFIG_SCRUB_REVOKE);

    expect_refused("init", "log_level", "warnig",
                   "log_level: 'warnig' is none of its choices; did you mean 'warning'?\n");
    expect_refused("init", "log_level", "Info",
                   "log_level: 'Info' is none of its choices; did you mean 'info'?\n");
    expect_refused("init", "log_level", "loud",
                   "log_level: 'loud' is none of its choices; write error, warning, info or debug\n");
    expect_refused("init", "log_format", "xml",
                   "log_format: 'xml' is none of its choices; write text or json\n");
}

static void test_reads_strings(void **state)
{
    (void)state;
    assert_int_equal(take("init", "user", "node"), 0);
    assert_string_equal(config.init.user, "node");
    assert_int_equal(take("init", "user", ""), 0);
    assert_null(config.init.user);
    assert_int_equal(take("init", "log_dir", "/var/log/a b"), 0);
    assert_string_equal(config.init.log_dir, "/var/log/a b");
    assert_int_equal(take("init", "pdeathsig", "sigterm"), 0);
    assert_string_equal(config.init.pdeathsig, "sigterm"); /* as it was written */
    assert_int_equal(take("init", "pdeathsig", ""), 0);
    assert_null(config.init.pdeathsig);
    expect_refused("init", "pdeathsig", "never",
                   "pdeathsig: 'never' is no signal; write a name or a number, such as TERM or 15, or "
                   "nothing for none\n");
    expect_refused("init", "log_dir", "log", "log_dir: 'log' is not absolute; begin it with '/'\n");
    assert_null(config.init.log_dir);
    expect_refused("init", "user", "a:b",
                   "user: 'a:b' is no user; write a name as it stands in /etc/passwd, or a number\n");
}

static void test_needs_values(void **state)
{
    (void)state;
    static const char *const keys[][2] = {
        {"scrub", "enabled"}, {"init", "stop_grace"}, {"init", "log_level"}, {"scrub", "action"}};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        char message[128];
        snprintf(message, sizeof(message),
                 "%s: there is no value; leave the whole line out for the default\n", keys[i][1]);
        expect_refused(keys[i][0], keys[i][1], "", message);
    }
}

static void test_refuses_hopes_for_comments(void **state)
{
    (void)state;
    static const char advice[] = "has a '#' in it; put comments on a line of their own";
    static const struct {
        const char *section, *name, *text, *shown;
    } rows[] = {
        {"init", "stop_grace", "8s # eight", "8s # eight"},
        {"init", "stop_grace", "8s\t# eight", "8s\\t# eight"},
        {"init", "user", "# nobody", "# nobody"},
        {"init", "log_dir", "/var/log # here", "/var/log # here"},
        {"scrub", "enabled", "yes #", "yes #"},
        {"scrub", "action", "revoke #x", "revoke #x"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char message[256];
        snprintf(message, sizeof(message), "%s: '%s' %s\n", rows[i].name, rows[i].shown, advice);
        expect_refused(rows[i].section, rows[i].name, rows[i].text, message);
    }
    assert_int_equal(take("init", "log_dir", "/var/log#1"), 0);
    assert_int_equal(take("env", "set", "A=b # c"), 0);
}

static void test_reads_words(void **state)
{
    (void)state;
    assert_int_equal(take("scrub", "dirs", ""), 0);
    expect_list(config.scrub.dirs, LIST(NULL));
    assert_int_equal(take("scrub", "dirs", "/b\t /a  $X"), 0);
    expect_list(config.scrub.dirs, LIST("/b", "/a", "$X"));
    assert_int_equal(take_more("scrub", "dirs", "/c"), 0);
    expect_list(config.scrub.dirs, LIST("/b", "/a", "$X", "/c"));
    assert_int_equal(take_more("scrub", "dirs", "/a /d /d"), 0); /* the same again adds nothing */
    expect_list(config.scrub.dirs, LIST("/b", "/a", "$X", "/c", "/d"));
    assert_int_equal(take("env", "empty", "A"), 0); /* cleared before */
    expect_list(config.env.empty, LIST("A"));
    assert_int_equal(take("init", "rewrite", "TERM:QUIT hup:0 TERM:QUIT"), 0);
    expect_list(config.init.rewrite, LIST("TERM:QUIT", "hup:0"));
    assert_int_equal(take("init", "remap_exit", "143 0 255 143"), 0);
    expect_list(config.init.remap_exit, LIST("143", "0", "255"));
}

static void test_knows_default_word(void **state)
{
    (void)state;
    assert_int_equal(take("env", "empty", "@default"), 0);
    expect_list(config.env.empty, LIST("SSH_AUTH_SOCK", "GPG_AGENT_INFO", "BROWSER"));
    assert_int_equal(take("env", "empty", "A @default BROWSER B @default"), 0);
    expect_list(config.env.empty, LIST("A", "SSH_AUTH_SOCK", "GPG_AGENT_INFO", "BROWSER", "B"));
    assert_int_equal(take("scrub", "patterns", "@default"), 0); /* a default of several lines */
    expect_list(config.scrub.patterns,
                LIST("vscode-ssh-auth-*.sock", "vscode-ssh-auth-sock-*", "vscode-ipc-*.sock",
                     "vscode-git-*.sock", "vscode-remote-containers-ipc-*.sock", "cursor-ipc-*.sock",
                     "windsurf-ipc-*.sock"));
    struct config_key key = *config_table_find("env", "set");
    key.fallback = "A=b c\nD=e";
    assert_int_equal(config_value_clear(&config, &key), 0);
    assert_int_equal(config_value_take(&config, &key, "@default", on_report, &config), 0);
    assert_int_equal(config_value_take(&config, &key, "F=g", on_report, &config), 0);
    expect_list(config.env.set, LIST("A=b c", "D=e", "F=g"));
}

#define LIKE_COMMENT                                                                                         \
    " looks like a comment, which needs a line of its own; write '[#]' or '[;]' for the character\n"
#define LIKE_QUOTE   " begins with a quote, which means nothing here; leave the quotes out\n"
#define LIKE_AT      " begins with '@', as only '@default' does; write '[@]' for the character\n"
#define LIKE_KEY     " looks like a key; start that in the first column\n"
#define LIKE_SECTION " looks like a section; start that in the first column\n"

static void test_refuses_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"#", "strip: '#'" LIKE_COMMENT},
        {"A #b", "strip: '#b'" LIKE_COMMENT},
        {";x", "strip: ';x'" LIKE_COMMENT},
        {"\"A\"", "strip: '\"A\"'" LIKE_QUOTE},
        {"'A'", "strip: ''A''" LIKE_QUOTE},
        {"@defualt", "strip: '@defualt'" LIKE_AT},
        {"A = B", "strip: '='" LIKE_KEY},
        {"A =B", "strip: '=B'" LIKE_KEY},
        {"keep=x", "strip: 'keep=x'" LIKE_KEY},
        {"A dirs=x", "strip: 'dirs=x'" LIKE_KEY},
        {"[env]", "strip: '[env]'" LIKE_SECTION},
        {"A [init] B", "strip: '[init]'" LIKE_SECTION},
        {"[", "strip: '[' has a '[' without its ']'; write '[[]' for a bracket as such\n"},
        /* One report for the line of another key, not one for each of its words. */
        {"keep = A #b @c", "strip: 'keep = A #b @c'" LIKE_KEY},
        {"log_dir\t=", "strip: 'log_dir\\t='" LIKE_KEY},
        /* All that is wrong in a line is reported, and what is right between is not. */
        {"A[ B @x C #", "strip: 'A[' has a '[' without its ']'; write '[[]' for a bracket as such\n"
                        "strip: '@x'" LIKE_AT "strip: '#'" LIKE_COMMENT},
        {"A\x1b[ B", "strip: 'A\\e[' has a '[' without its ']'; write '[[]' for a bracket as such\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_refused("env", "strip", rows[i].text, rows[i].message);
    }
    assert_int_equal(take("env", "strip", "[#]x a#b a;b keepx=y [envx] [@] x@y"), 0);
}

static void test_reads_lines(void **state)
{
    (void)state;
    assert_int_equal(take("env", "set", ""), 0);
    expect_list(config.env.set, LIST(NULL));
    assert_int_equal(take_more("env", "set", "A=b  c \"d\" ;e"), 0);
    assert_int_equal(take_more("env", "set", "keep=1"), 0);
    assert_int_equal(take_more("env", "set", "A=b  c \"d\" ;e"), 0); /* the order counts: the last one wins */
    expect_list(config.env.set, LIST("A=b  c \"d\" ;e", "keep=1", "A=b  c \"d\" ;e"));
    expect_refused("env", "set", "A", "set: 'A' has no '='; write NAME=VALUE\n");
    expect_refused("env", "set", "@defualt", "set: '@defualt' has no '='; write NAME=VALUE\n");
}

static void test_limits_lists(void **state)
{
    (void)state;
    static const struct {
        const char *section, *name, *before, *after, *one_more, *message;
        int limit;
    } rows[] = {
        {"scrub", "dirs", "/", "", "/x",
         "dirs: there are more than 64 entries; '@default' counts as all of its own\n", 64},
        {"scrub", "patterns", "vscode-ipc-", "", "vscode-ipc-x",
         "patterns: there are more than 64 entries; '@default' counts as all of its own\n", 64},
        {"init", "rewrite", "HUP:", "", "HUP:TERM",
         "rewrite: there are more than 32 entries; '@default' counts as all of its own\n", 32},
        {"init", "remap_exit", "1", "", "2",
         "remap_exit: there are more than 32 entries; '@default' counts as all of its own\n", 32},
        {"env", "empty", "A", "", "Ax",
         "empty: there are more than 256 entries; '@default' counts as all of its own\n", 256},
        {"env", "set", "A", "=",
         "Ax=", "set: there are more than 256 entries; '@default' counts as all of its own\n", 256},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char entry[32];
        assert_int_equal(take(rows[i].section, rows[i].name, ""), 0);
        for (int n = 0; n < rows[i].limit; n++) {
            snprintf(entry, sizeof(entry), "%s%d%s", rows[i].before, n, rows[i].after);
            assert_int_equal(take_more(rows[i].section, rows[i].name, entry), 0);
        }
        assert_int_equal(take_more(rows[i].section, rows[i].name, rows[i].one_more), -EINVAL);
        assert_string_equal(reports, rows[i].message);
    }
}

static void test_clears(void **state)
{
    (void)state;
    assert_int_equal(take("init", "user", "node"), 0);
    assert_int_equal(take("init", "stop_grace", "1s"), 0);
    assert_int_equal(take("scrub", "enabled", "yes"), 0);
    assert_int_equal(take("env", "strip", "A B"), 0);
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        assert_int_equal(config_value_clear(&config, key), 0);
    }
    assert_null(config.init.user);
    assert_int_equal(config.init.stop_grace_ms, 0);
    assert_false(config.scrub.enabled);
    expect_list(config.env.strip, LIST(NULL));
    expect_list(config.env.set, LIST(NULL));
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        config_value_free(&config, key);
        config_value_free(&config, key); /* of nothing, too */
    }
    assert_null(config.env.strip);
}

/* Each allocation fails once; what is there stays whole and can be freed. */
static void test_survives_lack_of_memory(void **state)
{
    (void)state;
    static const struct {
        const char *section, *name, *text;
        int allocations;
    } rows[] = {
        {"init", "user", "node", 1},     {"init", "stop_grace", "1s", 0}, {"env", "empty", "A B", 6},
        {"env", "empty", "@default", 9}, {"env", "set", "A=b", 4},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct config_key *key = config_table_find(rows[i].section, rows[i].name);
        int calls = 0;
        int result = -ENOMEM;
        while (result == -ENOMEM) {
            config_value_free(&config, key);
            reports[0] = '\0';
            countdown = ++calls;
            result = config_value_clear(&config, key);
            if (result == 0) {
                result = config_value_take(&config, key, rows[i].text, on_report, &config);
            }
        }
        countdown = 0;
        assert_int_equal(result, 0);
        assert_string_equal(reports, "");
        assert_int_equal(calls, rows[i].allocations + 1);
    }
}

/* The keys of jobs and services. */

static int take_more_for_job(const char *name, const char *text)
{
    reports[0] = '\0';
    return config_value_take(&job, config_table_find_job_key(name), text, on_report, &config);
}

static int take_for_job(const char *name, const char *text)
{
    assert_int_equal(config_value_clear(&job, config_table_find_job_key(name)), 0);
    return take_more_for_job(name, text);
}

static void expect_refused_for_job(const char *name, const char *text, const char *message)
{
    assert_int_equal(take_for_job(name, text), -EINVAL);
    assert_string_equal(reports, message);
}

/* What quantities are, test_config_quantity.c tells. */
static void test_reads_quantities(void **state)
{
    (void)state;
    assert_int_equal(take_for_job("log_max_size", "10M"), 0);
    assert_int_equal(job.log_max_size, 10 << 20);
    assert_int_equal(take_for_job("umask", "027"), 0);
    assert_int_equal(job.umask, 027);
    assert_int_equal(take_for_job("nice", "-20"), 0);
    assert_int_equal(job.nice, -20);
    assert_int_equal(take_for_job("retries", "100"), 0);
    assert_int_equal(job.retries, 100);
    expect_refused_for_job("log_max_size", "1K", "log_max_size: '1K' is too small; write at least 4K\n");
    expect_refused_for_job("umask", "1000", "umask: '1000' is too large; write at most 777\n");
    expect_refused_for_job("nice", "20", "nice: '20' is too large; write at most 19\n");
    expect_refused_for_job("log_keep", "100", "log_keep: '100' is too large; write at most 99\n");
    expect_refused_for_job("start_limit", "-1", "start_limit: '-1' is negative; write 0 or more\n");
    expect_refused_for_job("restart_delay", "0", "restart_delay: '0' is too short; write at least 10ms\n");
    expect_refused_for_job("umask", "",
                           "umask: there is no value; leave the whole line out for the default\n");
    expect_refused_for_job("nice", "5 # x",
                           "nice: '5 # x' has a '#' in it; put comments on a line of their own\n");
}

static void test_refuses_empty_strings(void **state)
{
    (void)state;
    expect_refused_for_job("stop_signal", "",
                           "stop_signal: there is no value; leave the whole line out for the default\n");
    assert_int_equal(take_for_job("stop_signal", "int"), 0);
    assert_string_equal(job.stop_signal, "int");
    assert_int_equal(take_for_job("directory", ""), 0);
    assert_null(job.directory);
}

static void test_repeats_words_of_a_command(void **state)
{
    (void)state;
    assert_int_equal(take_for_job("shell", "bash -o errexit -o pipefail"), 0);
    expect_list(job.shell, LIST("bash", "-o", "errexit", "-o", "pipefail"));
    assert_int_equal(take_for_job("shell", "@default -x"), 0);
    expect_list(job.shell, LIST("/bin/sh", "-e", "-x"));
    assert_int_equal(take_for_job("after", "a b a"), 0);
    expect_list(job.after, LIST("a", "b"));
    assert_int_equal(take_for_job("only_if_exists", "a b/c /d a"), 0);
    expect_list(job.only_if_exists, LIST("a", "b/c", "/d"));
}

/* What is an indented key or section in a job's list are other words than in one of the fixed sections. */
static void test_refuses_words_in_jobs(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *message;
    } rows[] = {
        {"after", "retries = 3", "after: 'retries = 3'" LIKE_KEY},
        {"only_if_exists", "x umask=022", "only_if_exists: 'umask=022'" LIKE_KEY},
        {"after", "[job:x]", "after: '[job:x]'" LIKE_SECTION},
        {"shell", "[service:", "shell: '[service:'" LIKE_SECTION},
        {"shell", "sh #", "shell: '#'" LIKE_COMMENT},
        {"shell", "\"/bin/sh\"", "shell: '\"/bin/sh\"'" LIKE_QUOTE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_refused_for_job(rows[i].name, rows[i].text, rows[i].message);
    }
    assert_int_equal(take_for_job("shell", "env dirs=x sh"), 0);
    expect_refused("env", "strip", "[service:x]", "strip: '[service:x]'" LIKE_SECTION);
    assert_int_equal(take("env", "strip", "umask=x"), 0);
}

static void test_takes_scripts_line_by_line(void **state)
{
    (void)state;
    assert_int_equal(take_for_job("command", ""), 0);
    assert_null(job.command);
    assert_int_equal(take_more_for_job("command", "if true; then"), 0);
    assert_int_equal(take_more_for_job("command", "\techo '# x' ;  "), 0);
    assert_int_equal(take_more_for_job("command", ""), 0);
    assert_int_equal(take_more_for_job("command", "fi"), 0);
    assert_string_equal(job.command, "if true; then\n\techo '# x' ;  \n\nfi");
    assert_int_equal(take_for_job("command", "[x] a=b"), 0);
    assert_string_equal(job.command, "[x] a=b");
}

static void test_limits_scripts(void **state)
{
    (void)state;
    static char line[CONFIG_SCRIPT_MAX / 2];
    memset(line, 'x', sizeof(line) - 1);
    assert_int_equal(take_for_job("command", line), 0);
    assert_int_equal(take_more_for_job("command", line), 0); /* 2 lines and a break between */
    assert_int_equal(strlen(job.command), CONFIG_SCRIPT_MAX - 1);
    assert_int_equal(take_more_for_job("command", ""), 0);
    assert_int_equal(take_more_for_job("command", ""), -EINVAL);
    assert_string_equal(reports,
                        "command: this is more than 65536 bytes; put it into a file and refer to that\n");
    assert_int_equal(strlen(job.command), CONFIG_SCRIPT_MAX);
}

static void test_knows_too_short_lists(void **state)
{
    (void)state;
    const struct config_key *shell = config_table_find_job_key("shell");
    assert_int_equal(take_for_job("shell", ""), 0);
    assert_true(config_value_is_too_short(&job, shell));
    assert_int_equal(take_more_for_job("shell", "sh"), 0);
    assert_false(config_value_is_too_short(&job, shell));
    assert_int_equal(take_for_job("after", ""), 0);
    assert_false(config_value_is_too_short(&job, config_table_find_job_key("after")));
    assert_int_equal(take_for_job("command", ""), 0);
    assert_false(config_value_is_too_short(&job, config_table_find_job_key("command")));
}

/* Each allocation fails once; what is there stays whole and can be freed. */
static void test_scripts_survive_lack_of_memory(void **state)
{
    (void)state;
    assert_int_equal(take_for_job("command", "a"), 0);
    countdown = 1;
    assert_int_equal(take_more_for_job("command", "b"), -ENOMEM);
    assert_string_equal(job.command, "a");
    assert_int_equal(take_more_for_job("command", "b"), 0);
    assert_string_equal(job.command, "a\nb");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_teardown(function, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_reads_booleans),
        TEST(test_reads_durations),
        TEST(test_refuses_durations),
        TEST(test_keeps_lower_bounds),
        TEST(test_reads_choices),
        TEST(test_reads_strings),
        TEST(test_needs_values),
        TEST(test_refuses_hopes_for_comments),
        TEST(test_reads_words),
        TEST(test_knows_default_word),
        TEST(test_refuses_words),
        TEST(test_reads_lines),
        TEST(test_limits_lists),
        TEST(test_clears),
        TEST(test_survives_lack_of_memory),
        TEST(test_reads_quantities),
        TEST(test_refuses_empty_strings),
        TEST(test_repeats_words_of_a_command),
        TEST(test_refuses_words_in_jobs),
        TEST(test_takes_scripts_line_by_line),
        TEST(test_limits_scripts),
        TEST(test_knows_too_short_lists),
        TEST(test_scripts_survive_lack_of_memory),
    };
    return cmocka_run_group_tests_name("config_value", tests, NULL, NULL);
}
