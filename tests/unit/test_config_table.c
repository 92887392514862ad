/* SPDX-License-Identifier: MIT */
/*
 * config_table: the rows, the checks that stand in them word for word, and the manual page, which is held to
 * them.
 */
#include "testing.h"

#include "sandbox_init/config_quantity.h"
#include "sandbox_init/config_table.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    TEXT_SIZE = 65536,
};

static size_t measure(enum config_type type)
{
    static const size_t sizes[] = {
        [CONFIG_BOOL] = sizeof(bool),      [CONFIG_DURATION] = sizeof(uint64_t),
        [CONFIG_CHOICE] = sizeof(int),     [CONFIG_STRING] = sizeof(char *),
        [CONFIG_WORDS] = sizeof(char **),  [CONFIG_LINES] = sizeof(char **),
        [CONFIG_NUMBER] = sizeof(int64_t), [CONFIG_OCTAL] = sizeof(uint64_t),
        [CONFIG_SIZE] = sizeof(uint64_t),  [CONFIG_SCRIPT] = sizeof(char *),
    };
    return sizes[type];
}

static bool is_list(const struct config_key *key)
{
    return key->type == CONFIG_WORDS || key->type == CONFIG_LINES;
}

static bool is_quantity(const struct config_key *key)
{
    return key->type == CONFIG_DURATION || key->type == CONFIG_SIZE || key->type == CONFIG_NUMBER ||
           key->type == CONFIG_OCTAL;
}

/* Checks all rows of TABLE, which are kept in a record of SIZE bytes. Returns their number. */
static size_t expect_complete_rows(const struct config_key *table, size_t size)
{
    size_t count = 0;
    for (const struct config_key *key = table; key->name; key++, count++) {
        assert_true(strlen(key->name) > 0);
        assert_true(key->fallback || key->type == CONFIG_SCRIPT); /* a command has none */
        assert_true(strlen(key->help) > 10);
        assert_null(strchr(key->help, '\n'));
        assert_int_equal(key->type == CONFIG_CHOICE, key->choices != NULL);
        assert_int_equal(is_quantity(key) || is_list(key), key->max > 0);
        assert_true(key->type == CONFIG_STRING || (int64_t)key->min <= (int64_t)key->max);
        bool is_checked = key->type == CONFIG_STRING || (is_list(key) && !key->takes_repeats);
        assert_int_equal(is_checked, key->check != NULL); /* words of a command may be anything */
        assert_true(key->type == CONFIG_WORDS || !key->takes_repeats);
        assert_true(key->offset + measure(key->type) <= size);
        assert_ptr_equal(config_table_of(key), table);
    }
    return count;
}

static void test_rows_are_complete(void **state)
{
    (void)state;
    assert_in_range(expect_complete_rows(config_table_keys, sizeof(struct config)), 10, CONFIG_KEYS_MAX);
    assert_in_range(expect_complete_rows(config_table_job_keys, sizeof(struct config_job)), 20,
                    CONFIG_JOB_KEYS_MAX);
    for (const struct config_key *key = config_table_keys; key->name; key++) {
        assert_non_null(key->section);
        assert_int_equal(key->kind, CONFIG_FOR_BOTH);
    }
}

static bool is_overlap(const struct config_key *key, const struct config_key *other)
{
    return key->offset + measure(key->type) > other->offset &&
           other->offset + measure(other->type) > key->offset;
}

static void test_rows_do_not_collide(void **state)
{
    (void)state;
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        bool has_left_section = false;
        for (const struct config_key *other = key + 1; other->section; other++) {
            bool is_same_section = strcmp(key->section, other->section) == 0;
            assert_false(is_same_section && strcmp(key->name, other->name) == 0);
            assert_false(is_same_section && has_left_section); /* rows of one section stand together */
            has_left_section = has_left_section || !is_same_section;
            assert_false(is_overlap(key, other));
        }
    }
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        for (const struct config_key *other = key + 1; other->name; other++) {
            assert_string_not_equal(key->name, other->name);
            assert_false(is_overlap(key, other));
        }
    }
}

/* No member of the records is forgotten: only padding, and what no key sets, is not named. */
static void test_rows_cover_the_structs(void **state)
{
    (void)state;
    size_t covered = sizeof(struct config_job *) + sizeof(size_t);
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        covered += measure(key->type);
    }
    assert_in_range(covered, sizeof(struct config) - 3 * sizeof(char *), sizeof(struct config));
    covered = CONFIG_JOB_NAME_SIZE + sizeof(bool) + sizeof(uint64_t); /* name, kind and needs */
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        covered += measure(key->type);
    }
    assert_in_range(covered, sizeof(struct config_job) - 3 * sizeof(char *), sizeof(struct config_job));
}

/* The defaults are promises that users build on; the manual page and the sample say the same. */
static void test_defaults_are_as_promised(void **state)
{
    (void)state;
    static const struct {
        const char *section, *name, *fallback;
    } rows[] = {
        {"init", "user", ""},
        {"init", "stop_grace", "8s"},
        {"init", "kill_grace", "2s"},
        {"init", "rewrite", ""},
        {"init", "remap_exit", ""},
        {"init", "pdeathsig", ""},
        {"init", "log_level", "info"},
        {"init", "log_format", "text"},
        {"init", "log_dir", ""},
        {"init", "runtime_dir", "/run/sandbox-init"},
        {"scrub", "enabled", "yes"},
        {"scrub", "dirs", "/tmp $TMPDIR $XDG_RUNTIME_DIR /run/user/* /tmp/user/*"},
        {"scrub", "patterns",
         "vscode-ssh-auth-*.sock vscode-ssh-auth-sock-*\nvscode-ipc-*.sock vscode-git-*.sock "
         "vscode-remote-containers-ipc-*.sock\ncursor-ipc-*.sock windsurf-ipc-*.sock"},
        {"scrub", "action", "revoke"},
        {"env", "strip",
         "SSH_AGENT_PID VSCODE_* REMOTE_CONTAINERS*\nGIT_ASKPASS SSH_ASKPASS* GIT_EDITOR=*git-editor*.sh*\n"
         "DISPLAY WAYLAND_DISPLAY XAUTHORITY DBUS_SESSION_BUS_ADDRESS\n"
         "LD_PRELOAD LD_AUDIT NODE_OPTIONS WSL_INTEROP CODE_SERVER_SESSION_SOCKET"},
        {"env", "empty", "SSH_AUTH_SOCK GPG_AGENT_INFO BROWSER"},
        {"env", "keep", ""},
        {"env", "set", ""},
        {"airlock", "unix_sockets", "auto"},
        {"airlock", "allow_unix", "/run/sandbox-init/control"},
        {"airlock", "allow_signals", "no"},
        {"prompt", "text", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct config_key *key = config_table_find(rows[i].section, rows[i].name);
        assert_non_null(key);
        assert_string_equal(key->fallback, rows[i].fallback);
        assert_ptr_equal(key, &config_table_keys[i]);
    }
    assert_null(config_table_keys[COUNT_OF(rows)].section);
}

static void test_defaults_of_jobs_are_as_promised(void **state)
{
    (void)state;
    static const struct {
        const char *name, *fallback;
        enum config_kind kind;
    } rows[] = {
        {"command", NULL, CONFIG_FOR_BOTH},
        {"shell", "/bin/sh -e", CONFIG_FOR_BOTH},
        {"directory", "", CONFIG_FOR_BOTH},
        {"user", "", CONFIG_FOR_BOTH},
        {"environment", "", CONFIG_FOR_BOTH},
        {"environment_file", "", CONFIG_FOR_BOTH},
        {"after", "", CONFIG_FOR_BOTH},
        {"only_if_exists", "", CONFIG_FOR_BOTH},
        {"unless_exists", "", CONFIG_FOR_BOTH},
        {"timeout", "0", CONFIG_FOR_BOTH},
        {"stop_signal", "TERM", CONFIG_FOR_BOTH},
        {"stop_grace", "5s", CONFIG_FOR_BOTH},
        {"retries", "0", CONFIG_FOR_JOBS},
        {"retry_delay", "1s", CONFIG_FOR_JOBS},
        {"restart", "always", CONFIG_FOR_SERVICES},
        {"restart_delay", "1s", CONFIG_FOR_SERVICES},
        {"start_limit", "5", CONFIG_FOR_SERVICES},
        {"nice", "0", CONFIG_FOR_BOTH},
        {"umask", "022", CONFIG_FOR_BOTH},
        {"allow_privileges", "no", CONFIG_FOR_BOTH},
        {"confine", "no", CONFIG_FOR_BOTH},
        {"echo", "yes", CONFIG_FOR_BOTH},
        {"log_max_size", "10M", CONFIG_FOR_BOTH},
        {"log_keep", "3", CONFIG_FOR_BOTH},
        {"enabled", "yes", CONFIG_FOR_BOTH},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct config_key *key = config_table_find_job_key(rows[i].name);
        assert_ptr_equal(key, &config_table_job_keys[i]);
        assert_null(key->section);
        assert_int_equal(!key->fallback, !rows[i].fallback);
        assert_true(!key->fallback || strcmp(key->fallback, rows[i].fallback) == 0);
        assert_int_equal(config_table_fits(key, false), rows[i].kind != CONFIG_FOR_SERVICES);
        assert_int_equal(config_table_fits(key, true), rows[i].kind != CONFIG_FOR_JOBS);
    }
    assert_null(config_table_job_keys[COUNT_OF(rows)].name);
    assert_null(config_table_find_job_key("dirs"));
    assert_null(config_table_find_job_key(""));
    assert_null(config_table_find_job_key("Command"));
}

static void test_knows_names_of_jobs(void **state)
{
    (void)state;
    static const char *const good[] = {
        "a", "Z9", "0", "pnpm-install", "a.b_c-", "abcdefghijklmnopqrstuvwxyz012345"};
    static const char *const bad[] = {"",     ".a",        "-a",  "_a",
                                      "a b",  "a/b",       "a:b", "a\t",
                                      "\xc3", "a\xc3\xb6", " a",  "abcdefghijklmnopqrstuvwxyz0123456"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(config_table_is_job_name(good[i]));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(config_table_is_job_name(bad[i]));
    }
}

static void test_finds_keys_and_sections(void **state)
{
    (void)state;
    const struct config_key *key = config_table_find("scrub", "dirs");
    assert_string_equal(key->section, "scrub");
    assert_string_equal(key->name, "dirs");
    assert_ptr_equal(config_table_find(NULL, "dirs"), key);
    assert_null(config_table_find("init", "dirs"));
    assert_null(config_table_find("scrub", "Dirs"));
    assert_null(config_table_find("", "dirs"));
    assert_null(config_table_find(NULL, ""));
    assert_true(config_table_has_section("init"));
    assert_true(config_table_has_section("scrub"));
    assert_true(config_table_has_section("env"));
    assert_false(config_table_has_section(""));
    assert_false(config_table_has_section("Init"));
    assert_false(config_table_has_section("dirs"));
    assert_true(config_table_begins_section(config_table_keys));
    assert_true(config_table_begins_section(config_table_find("scrub", "enabled")));
    assert_true(config_table_begins_section(config_table_find("env", "strip")));
    assert_false(config_table_begins_section(key));
}

static void test_knows_where_values_are(void **state)
{
    (void)state;
    struct config config = {.init.stop_grace_ms = 7};
    const struct config_key *key = config_table_find("init", "stop_grace");
    assert_ptr_equal(config_table_member(&config, key), &config.init.stop_grace_ms);
    assert_ptr_equal(config_table_value(&config, key), &config.init.stop_grace_ms);
    assert_ptr_equal(config_table_value(&config, config_table_find("env", "set")), &config.env.set);
    struct config_job job = {.nice = 3};
    assert_ptr_equal(config_table_member(&job, config_table_find_job_key("nice")), &job.nice);
    assert_ptr_equal(config_table_value(&job, config_table_find_job_key("nice")), &job.nice);
    assert_ptr_equal(config_table_value(&job, config_table_find_job_key("after")), &job.after);
}

struct row {
    const char *entry;
    const char *message; /* NULL: it is fit */
};

/* SECTION NULL: of jobs and services. */
static void expect_rows(const char *section, const char *name, const struct row *rows, size_t count)
{
    const struct config_key *key =
        section ? config_table_find(section, name) : config_table_find_job_key(name);
    for (size_t i = 0; i < count; i++) {
        char message[CONFIG_MESSAGE_SIZE] = "nothing";
        bool is_fit = key->check(rows[i].entry, message, sizeof(message));
        if (is_fit != !rows[i].message) {
            fail_msg("%s: '%s' is %s: %s", name, rows[i].entry, is_fit ? "taken" : "refused", message);
        }
        assert_string_equal(message, rows[i].message ? rows[i].message : "nothing");
    }
}

#define NO_USER   " is no user; write a name as it stands in /etc/passwd, or a number"
#define TOO_LARGE " is no user; a number is at most 4294967294"

static void test_checks_users(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"node", NULL},
        {"0", NULL},
        {"1000", NULL},
        {"_apt", NULL},
        {"Jane.Doe-3", NULL},
        {"1st", NULL},
        {"4294967294", NULL},
        {"a2345678901234567890123456789012", NULL},
        {"a23456789012345678901234567890123", "'a23456789012345678901234567890123'" NO_USER},
        {"4294967295", "'4294967295'" TOO_LARGE},
        {"9999999999", "'9999999999'" TOO_LARGE},
        {"10000000000", "'10000000000'" TOO_LARGE},
        {"-1", "'-1'" NO_USER},
        {"-x", "'-x'" NO_USER},
        {".x", "'.x'" NO_USER},
        {"node:node", "'node:node'" NO_USER},
        {"a b", "'a b'" NO_USER},
        {"\"node\"", "'\"node\"'" NO_USER},
        {"n\xc3\xb6", "'n\\xc3\\xb6'" NO_USER},
    };
    expect_rows("init", "user", rows, COUNT_OF(rows));
}

#define NO_REWRITE                                                                                           \
    " is no rewriting; write two signals as in TERM:QUIT, or TERM:0 for none; "                              \
    "KILL, STOP, CHLD and PIPE cannot be rewritten"

/* What a signal is, test_signame.c tells. */
static void test_checks_rewrites(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"TERM:QUIT", NULL},
        {"sigterm:3", NULL},
        {"HUP:0", NULL},
        {"RTMIN+1:RTMAX-1", NULL},
        {"TERM", "'TERM'" NO_REWRITE},
        {"TERM:", "'TERM:'" NO_REWRITE},
        {":TERM", "':TERM'" NO_REWRITE},
        {"0:TERM", "'0:TERM'" NO_REWRITE},
        {"KILL:TERM", "'KILL:TERM'" NO_REWRITE},
        {"CHLD:0", "'CHLD:0'" NO_REWRITE},
        {"TERM:x\x1b", "'TERM:x\\e'" NO_REWRITE},
    };
    expect_rows("init", "rewrite", rows, COUNT_OF(rows));
}

#define NO_STATUS " is no exit status; write a number from 0 to 255, without a sign or leading zeros"

static void test_checks_exit_statuses(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", "''" NO_STATUS},
        {"256", "'256'" NO_STATUS},
        {"300", "'300'" NO_STATUS},
        {"1000", "'1000'" NO_STATUS},
        {"2000000000000000000000", "'2000000000000000000000'" NO_STATUS},
        {"4294967296", "'4294967296'" NO_STATUS},
        {"-1", "'-1'" NO_STATUS},
        {"+1", "'+1'" NO_STATUS},
        {"00", "'00'" NO_STATUS},
        {"07", "'07'" NO_STATUS},
        {"007", "'007'" NO_STATUS},
        {"1,2", "'1,2'" NO_STATUS},
        {"0x1", "'0x1'" NO_STATUS},
        {"1x", "'1x'" NO_STATUS},
        {"x1", "'x1'" NO_STATUS},
        {"25x", "'25x'" NO_STATUS},
        {"TERM", "'TERM'" NO_STATUS},
    };
    expect_rows("init", "remap_exit", rows, COUNT_OF(rows));
    for (int status = 0; status <= 255; status++) {
        char text[16];
        snprintf(text, sizeof(text), "%d", status);
        const struct row row = {text, NULL};
        expect_rows("init", "remap_exit", &row, 1);
    }
}

#define NO_SIGNAL " is no signal; write a name or a number, such as TERM or 15, or nothing for none"

static void test_checks_signals(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"TERM", NULL},
        {"SIGKILL", NULL},
        {"hup", NULL},
        {"1", NULL},
        {"RTMIN+1", NULL},
        {"0", "'0'" NO_SIGNAL},
        {"99", "'99'" NO_SIGNAL},
        {"none", "'none'" NO_SIGNAL},
        {"TERM INT", "'TERM INT'" NO_SIGNAL},
    };
    expect_rows("init", "pdeathsig", rows, COUNT_OF(rows));
}

#define DEPTH_16      "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"
#define NOT_ABSOLUTE  " is not absolute; begin it with '/'"
#define TWO_SLASHES   " has two '/' in a row; leave one out"
#define ENDS_IN_SLASH " ends in '/'; leave that out"
#define HAS_DOTS      " has a '.' or '..' for a directory; write where that leads"
#define OPEN_BRACKET  " has a '[' without its ']'; write '[[]' for a bracket as such"
#define BACKSLASH     " has a backslash with nothing behind it; write two for a backslash as such"

#define TOO_BROAD " is too broad: VS Code makes its sockets there; write more of the path"
#define HAS_GLOB  " has a glob in it; write the path of one socket, or of a directory for all below it"
#define NO_NAME   " has no variable's name behind '$'; write $NAME or $NAME/..., without braces"

static void test_checks_allowed_sockets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"/run/postgresql", NULL},
        {"/run/docker.sock", NULL},
        {"/tmp/mine", NULL},
        {"/x\\y", NULL},
        {"$DIR", NULL},
        {"$HOME/x.sock", NULL},
        {"$XDG_RUNTIME_DIR/bus", NULL},
        {DEPTH_16 DEPTH_16, NULL},
        {"/", "'/'" TOO_BROAD},
        {"/tmp", "'/tmp'" TOO_BROAD},
        {"/tmp/user", "'/tmp/user'" TOO_BROAD},
        {"/var", "'/var'" TOO_BROAD},
        {"/var/run", "'/var/run'" TOO_BROAD},
        {"/var/tmp", "'/var/tmp'" TOO_BROAD},
        {"/run", "'/run'" TOO_BROAD},
        {"/run/user", "'/run/user'" TOO_BROAD},
        {"/dev/shm", "'/dev/shm'" TOO_BROAD},
        {"$TMPDIR", "'$TMPDIR'" TOO_BROAD},
        {"$XDG_RUNTIME_DIR", "'$XDG_RUNTIME_DIR'" TOO_BROAD},
        {"$HOME", "'$HOME'" TOO_BROAD},
        {"run/x", "'run/x' is not absolute; begin it with '/' or with a variable such as $HOME"},
        {"@abstract", "'@abstract' is not absolute; begin it with '/' or with a variable such as $HOME"},
        {"$", "'$'" NO_NAME},
        {"$/x", "'$/x'" NO_NAME},
        {"${HOME}/x", "'${HOME}/x'" NO_NAME},
        {"$1", "'$1'" NO_NAME},
        {"/run/x/", "'/run/x/'" ENDS_IN_SLASH},
        {"$HOME/", "'$HOME/'" ENDS_IN_SLASH},
        {"/run//x", "'/run//x'" TWO_SLASHES},
        {"/tmp/.", "'/tmp/.'" HAS_DOTS},
        {"/tmp/x/..", "'/tmp/x/..'" HAS_DOTS},
        {"/run/*", "'/run/*'" HAS_GLOB},
        {"/run/a?b", "'/run/a?b'" HAS_GLOB},
        {"$HOME/[a]", "'$HOME/[a]'" HAS_GLOB},
        {"/x\x1b", NULL},
    };
    expect_rows("airlock", "allow_unix", rows, COUNT_OF(rows));
}

static void test_checks_paths(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"/", NULL},
        {"/run/x", NULL},
        {"/run/..x/.y/z.", NULL},
        {"/run/with space", NULL},
        {"/run/[", NULL}, /* no glob */
        {DEPTH_16 DEPTH_16, NULL},
        {"run", "'run'" NOT_ABSOLUTE},
        {"~/run", "'~/run'" NOT_ABSOLUTE},
        {"$HOME", "'$HOME'" NOT_ABSOLUTE},
        {"//", "'//'" TWO_SLASHES},
        {"//run", "'//run'" TWO_SLASHES},
        {"/run//x", "'/run//x'" TWO_SLASHES},
        {"/run/", "'/run/'" ENDS_IN_SLASH},
        {"/.", "'/.'" HAS_DOTS},
        {"/..", "'/..'" HAS_DOTS},
        {"/run/../x", "'/run/../x'" HAS_DOTS},
        {"/run/./x", "'/run/./x'" HAS_DOTS},
        {DEPTH_16 DEPTH_16 "/x", "'" DEPTH_16 DEPTH_16 "/x' is more than 32 directories deep"},
    };
    expect_rows("init", "log_dir", rows, COUNT_OF(rows));
    expect_rows("init", "runtime_dir", rows, COUNT_OF(rows));
}

#define NEITHER " is not absolute; begin it with '/' or with a variable such as $HOME"
#define NO_NAME " has no variable's name behind '$'; write $NAME or $NAME/..., without braces"

static void test_checks_directories(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"/", NULL},
        {"/tmp", NULL},
        {"/run/user/*", NULL},
        {"/a/[b-d]/[]]/[!]]/[^x]", NULL},
        {"/a\\[b", NULL},
        {"/a/[\\]]", NULL},
        {"/a/]", NULL},
        {"$TMPDIR", NULL},
        {"$_x9/y/*", NULL},
        {"tmp", "'tmp'" NEITHER},
        {"~/x", "'~/x'" NEITHER},
        {"*", "'*'" NEITHER},
        {".", "'.'" NEITHER},
        {"$", "'$'" NO_NAME},
        {"$/x", "'$/x'" NO_NAME},
        {"${TMPDIR}", "'${TMPDIR}'" NO_NAME},
        {"$9", "'$9'" NO_NAME},
        {"$TMP*", "'$TMP*'" NO_NAME},
        {"$TMPDIR/", "'$TMPDIR/'" ENDS_IN_SLASH},
        {"$TMPDIR//x", "'$TMPDIR//x'" TWO_SLASHES},
        {"$TMPDIR/..", "'$TMPDIR/..'" HAS_DOTS},
        {"/tmp/", "'/tmp/'" ENDS_IN_SLASH},
        {"//tmp", "'//tmp'" TWO_SLASHES},
        {"/tmp/./x", "'/tmp/./x'" HAS_DOTS},
        {"/a/[b", "'/a/[b'" OPEN_BRACKET},
        {"/a/[b/c]", "'/a/[b/c]'" OPEN_BRACKET},
        {"/a/[]", "'/a/[]'" OPEN_BRACKET},
        {"/a/[^]", "'/a/[^]'" OPEN_BRACKET},
        {"/a/[!]", "'/a/[!]'" OPEN_BRACKET},
        {"/a/[\\]", "'/a/[\\\\]'" OPEN_BRACKET},
        {"/a/b\\", "'/a/b\\\\'" BACKSLASH},
        {"/a\\/b", "'/a\\\\/b'" BACKSLASH},
        {"/a\x1b", NULL}, /* the reader refuses such a byte before */
    };
    expect_rows("scrub", "dirs", rows, COUNT_OF(rows));
}

static void test_checks_patterns(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"vscode-ipc-*.sock", NULL},
        {"S.gpg-agent*", NULL},
        {"a/b", "'a/b' has a slash, but it is compared with file names, not with paths"},
        {"x[y", "'x[y' has a \"[\" without its \"]\"; write \"[[]\" for the character itself"},
    };
    expect_rows("scrub", "patterns", rows, COUNT_OF(rows));

    const struct config_key *key = config_table_find("scrub", "patterns");
    char message[CONFIG_MESSAGE_SIZE];
    static const char start[] = "'lsp-*' is too broad: it would take 'lsp-";
    static const char end[] = "' too, which others need; write more of the name";
    assert_false(key->check("lsp-*", message, sizeof(message)));
    assert_memory_equal(message, start, sizeof(start) - 1);
    assert_string_equal(message + strlen(message) - strlen(end), end);
}

static void test_checks_rules(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"VSCODE_*", NULL},
        {"*", NULL}, /* everything: with keep it is a list of what is allowed */
        {"A[BC]*", NULL},
        {"NAME=*value*", NULL},
        {"NAME=", NULL},
        {"N*=[=]*", NULL},
        {"NAME=[/]*", NULL},
        {"NAME=[\\]", NULL},
        {"NAME=x\\", NULL}, /* a backslash means nothing in these globs */
        {"=x", "'=x' has no name before '='; write NAME, or NAME=GLOB"},
        {"A[", "'A['" OPEN_BRACKET},
        {"A[=]x", "'A[=]x'" OPEN_BRACKET},
        {"NAME=[x", "'NAME=[x'" OPEN_BRACKET},
    };
    expect_rows("env", "strip", rows, COUNT_OF(rows));
    expect_rows("env", "keep", rows, COUNT_OF(rows));
}

#define NO_VARIABLE " is no variable's name; globs and values stand in other keys"

static void test_checks_names(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"BROWSER", NULL},
        {"_x9", NULL},
        {"VSCODE_*", "'VSCODE_*'" NO_VARIABLE},
        {"A=b", "'A=b'" NO_VARIABLE},
        {"9A", "'9A'" NO_VARIABLE},
        {"A-B", "'A-B'" NO_VARIABLE},
    };
    expect_rows("env", "empty", rows, COUNT_OF(rows));
}

#define NO_NAME_BEFORE " has no variable's name before '='; write NAME=VALUE without spaces"

static void test_checks_assignments(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"A=b", NULL},
        {"A=", NULL},
        {"A=b c=d # e", NULL},
        {"A", "'A' has no '='; write NAME=VALUE"},
        {"=b", "'=b'" NO_NAME_BEFORE},
        {"A = b", "'A = b'" NO_NAME_BEFORE},
        {"A*=b", "'A*=b'" NO_NAME_BEFORE},
        {"export A=b", "'export A=b'" NO_NAME_BEFORE},
    };
    expect_rows("env", "set", rows, COUNT_OF(rows));
}

#define NO_STOP_SIGNAL " is no signal; write a name or a number, such as TERM or 15"
#define NO_JOB                                                                                               \
    " is no name of a job or service; write what stands behind ':' in its section, with white space "        \
    "between several"
#define NO_EXPANSION " begins with '~' or '$', which only a shell expands; write the path itself"

static void test_checks_keys_of_jobs(void **state)
{
    (void)state;
    static const struct row signals[] = {
        {"INT", NULL},
        {"9", NULL},
        {"0", "'0'" NO_STOP_SIGNAL},
        {"none", "'none'" NO_STOP_SIGNAL},
    };
    expect_rows(NULL, "stop_signal", signals, COUNT_OF(signals));
    static const struct row names[] = {
        {"pnpm-install", NULL},
        {"a,b", "'a,b'" NO_JOB},
        {"job:a", "'job:a'" NO_JOB},
        {"\x1b", "'\\e'" NO_JOB},
    };
    expect_rows(NULL, "after", names, COUNT_OF(names));
    static const struct row paths[] = {
        {"pnpm-lock.yaml", NULL},
        {"/a/../b", NULL},
        {"../a/", NULL},
        {"a~", NULL},
        {"a$b", NULL},
        {"a\\b", NULL},
        {"~/a", "'~/a'" NO_EXPANSION},
        {"$HOME/a", "'$HOME/a'" NO_EXPANSION},
        {"my\\", "'my\\\\' ends in a backslash, which does not join it with the next word"},
    };
    expect_rows(NULL, "only_if_exists", paths, COUNT_OF(paths));
    expect_rows(NULL, "unless_exists", paths, COUNT_OF(paths));
    expect_rows(NULL, "environment_file", paths, COUNT_OF(paths));
    static const struct row users[] = {{"node", NULL}, {"-1", "'-1'" NO_USER}};
    expect_rows(NULL, "user", users, COUNT_OF(users));
    static const struct row directories[] = {
        {"/a b", NULL}, {"a", "'a'" NOT_ABSOLUTE}, {"/a/", "'/a/'" ENDS_IN_SLASH}};
    expect_rows(NULL, "directory", directories, COUNT_OF(directories));
    static const struct row variables[] = {{"A=b c", NULL}, {"A", "'A' has no '='; write NAME=VALUE"}};
    expect_rows(NULL, "environment", variables, COUNT_OF(variables));
}

static void test_cuts_long_values_in_messages(void **state)
{
    (void)state;
    char entry[200];
    char message[CONFIG_MESSAGE_SIZE];
    memset(entry, 'x', sizeof(entry) - 1);
    entry[sizeof(entry) - 1] = '\0';
    assert_false(config_table_find("scrub", "dirs")->check(entry, message, sizeof(message)));
    assert_int_equal(strlen(message), CONFIG_SHOWN_SIZE - 1 + strlen("''" NEITHER));
    assert_non_null(strstr(message, "xxx...'" NEITHER));
}

static char *read_page(void)
{
    static const char path[] = PROJECT_DIR "/src/sandbox-init.ini.5";
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *text = test_calloc(1, TEXT_SIZE);
    assert_in_range(fread(text, 1, TEXT_SIZE - 1, file), 1, TEXT_SIZE - 2);
    fclose(file);
    return text;
}

/* Takes the roff out of TEXT: macros at the beginnings of lines, and the escapes that the page uses. */
static void strip_roff(char *text)
{
    char *out = text;
    bool is_line_start = true;
    for (const char *in = text; *in; in++) {
        if (is_line_start && *in == '.' && in[1] != ' ') {
            in += strcspn(in, " \n");
        }
        is_line_start = *in == '\n';
        if (*in == '\\' && in[1] == 'f' && in[2]) {
            in += 2;
        } else if (*in == '\\' && (in[1] == '&' || in[1] == '%')) {
            in += 1;
        } else if (*in == '\\' && in[1] == '-') {
            *out++ = *++in;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
}

/* The part of the page that describes KEY: from its tag to the next one. NULL: it is not there. */
static const char *find_paragraph(const char *page, const struct config_key *key)
{
    static char paragraph[TEXT_SIZE];
    char heading[64];
    char tag[64];
    static const char *const job_headings[] = {
        [CONFIG_FOR_BOTH] = "[job:NAME] and [service:NAME]",
        [CONFIG_FOR_JOBS] = "[job:NAME]",
        [CONFIG_FOR_SERVICES] = "[service:NAME]",
    };
    if (key->section) {
        snprintf(heading, sizeof(heading), ".SS [%s]\n", key->section);
    } else {
        snprintf(heading, sizeof(heading), ".SS %s\n", job_headings[key->kind]);
    }
    snprintf(tag, sizeof(tag), "\n.TP\n.B %s\n", key->name);
    const char *section = strstr(page, heading);
    if (!section) {
        return NULL;
    }
    const char *section_end = strstr(section + 1, "\n.S");
    const char *start = strstr(section, tag);
    if (!start || start > section_end) {
        return NULL;
    }
    start += strlen(tag);
    const char *next = strstr(start, "\n.TP\n");
    const char *end = next && next < section_end ? next : section_end;
    snprintf(paragraph, sizeof(paragraph), "%.*s", (int)(end - start), start);
    strip_roff(paragraph);
    return paragraph;
}

/* Names NAME as a word of its own? */
static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *found = strstr(text, word); found; found = strstr(found + 1, word)) {
        bool begins = found == text || strchr(" \n(", found[-1]);
        bool ends = found[length] == '\0' || strchr(" \n.,;:)", found[length]);
        if (begins && ends) {
            return true;
        }
    }
    return false;
}

static void expect_words(const char *paragraph, const struct config_key *key, const char *words)
{
    char *copy = test_malloc(strlen(words) + 1);
    memcpy(copy, words, strlen(words) + 1);
    char *rest = NULL;
    for (char *word = strtok_r(copy, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
        if (!has_word(paragraph, word)) {
            fail_msg("the manual page does not say '%s' of '%s':\n%s", word, key->name, paragraph);
        }
    }
    test_free(copy);
}

/* A bound as one would write it; "" for one that goes without saying. */
static void write_bound(const struct config_key *key, uint64_t bound, char text[static CONFIG_SHOWN_SIZE])
{
    if (is_list(key)) {
        snprintf(text, CONFIG_SHOWN_SIZE, "%u", (unsigned)bound);
    } else {
        config_quantity_write(key, bound, text);
    }
}

static void expect_described(const char *page, const struct config_key *key)
{
    char bound[CONFIG_SHOWN_SIZE];
    const char *paragraph = find_paragraph(page, key);
    if (!paragraph) {
        fail_msg("'%s' of [%s] is not in the manual page", key->name,
                 key->section ? key->section : "job:NAME");
    }
    expect_words(paragraph, key, "Default:");
    expect_words(paragraph, key, !key->fallback ? "none." : *key->fallback ? key->fallback : "empty.");
    for (size_t i = 0; key->choices && key->choices[i]; i++) {
        expect_words(paragraph, key, key->choices[i]);
    }
    if (key->max > 0) {
        write_bound(key, key->max, bound);
        expect_words(paragraph, key, bound);
    }
    if (key->min > 0 && key->type != CONFIG_STRING) {
        write_bound(key, key->min, bound);
        expect_words(paragraph, key, bound);
    }
}

/* Each key with its default, its choices and its bounds. */
static void test_manual_page_has_every_key(void **state)
{
    (void)state;
    char *page = read_page();
    for (const struct config_key *key = config_table_keys; key->name; key++) {
        expect_described(page, key);
    }
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        expect_described(page, key);
    }
    test_free(page);
}

static void test_manual_page_has_no_other_key(void **state)
{
    (void)state;
    char *page = read_page();
    size_t count = 0;
    size_t wanted = 0;
    for (const struct config_key *key = config_table_keys; key->name; key++) {
        wanted++;
    }
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        wanted++;
    }
    const char *end = strstr(page, "\n.SH EXAMPLES");
    const char *keys = strstr(page, "\n.SH KEYS");
    assert_non_null(keys);
    assert_non_null(end);
    for (const char *tag = strstr(keys, "\n.TP\n.B "); tag && tag < end;
         tag = strstr(tag + 1, "\n.TP\n.B ")) {
        count++;
    }
    assert_int_equal(count, wanted);
    test_free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test(test_rows_do_not_collide),
        cmocka_unit_test(test_rows_cover_the_structs),
        cmocka_unit_test(test_defaults_are_as_promised),
        cmocka_unit_test(test_defaults_of_jobs_are_as_promised),
        cmocka_unit_test(test_knows_names_of_jobs),
        cmocka_unit_test(test_finds_keys_and_sections),
        cmocka_unit_test(test_knows_where_values_are),
        cmocka_unit_test(test_checks_users),
        cmocka_unit_test(test_checks_rewrites),
        cmocka_unit_test(test_checks_exit_statuses),
        cmocka_unit_test(test_checks_signals),
        cmocka_unit_test(test_checks_allowed_sockets),
        cmocka_unit_test(test_checks_paths),
        cmocka_unit_test(test_checks_directories),
        cmocka_unit_test(test_checks_patterns),
        cmocka_unit_test(test_checks_rules),
        cmocka_unit_test(test_checks_names),
        cmocka_unit_test(test_checks_assignments),
        cmocka_unit_test(test_checks_keys_of_jobs),
        cmocka_unit_test(test_cuts_long_values_in_messages),
        cmocka_unit_test(test_manual_page_has_every_key),
        cmocka_unit_test(test_manual_page_has_no_other_key),
    };
    return cmocka_run_group_tests_name("config_table", tests, NULL, NULL);
}
