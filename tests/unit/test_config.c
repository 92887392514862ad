/* SPDX-License-Identifier: MIT */
/*
 * config: whole files in, a configuration or the list of all that is wrong out. The shipped sample is one of
 * the files, and is held to the defaults.
 *
 * A transcript has a line "FILE:LINE: MESSAGE" for each fault; "@" stands for the test's directory.
 *
 * WRAP: malloc calloc realloc strdup read fstat listing_read
 */
#include "testing.h"

#include "sandbox_init/config.h"
#include "sandbox_init/inifile.h"
#include "sandbox_init/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STRANGER = 4242, /* a uid that is neither root's nor ours */
    TRANSCRIPT_SIZE = 65536,
    TEXT_SIZE = 65536,
};

static char base[64];
static char transcript[TRANSCRIPT_SIZE];
static struct config config;

/* The wrapped calls. */
static int countdown;   /* of allocations: reaches 0 at the one that fails */
static int read_errors; /* so many calls fail with read_error */
static int read_error;
static bool reads_single_bytes;
static int stat_error;
static off_t hidden_bytes; /* fstat says so many fewer than there are */
static int listing_error;
static const char *const *listed; /* the names that listing_read() finds instead of those that are there */
static int descriptors;           /* how many were open before the test */

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

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    if (read_errors > 0) {
        read_errors--;
        errno = read_error;
        return -1;
    }
    return __real_read(fd, buffer, reads_single_bytes && size > 1 ? 1 : size);
}

int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status)
{
    int result = __real_fstat(fd, status);
    if (result == 0 && S_ISREG(status->st_mode)) {
        status->st_size -= hidden_bytes;
        /* The first two calls for a file are those of its walk, the third is the loader's. */
        if (stat_error != 0 && --stat_error == 0) {
            errno = EIO;
            return -1;
        }
    }
    return result;
}

int __real_listing_read(int dirfd, listing_visit *visit, void *context);
int __wrap_listing_read(int dirfd, listing_visit *visit, void *context);
int __wrap_listing_read(int dirfd, listing_visit *visit, void *context)
{
    if (listing_error != 0) {
        return listing_error;
    }
    if (!listed) {
        return __real_listing_read(dirfd, visit, context);
    }
    for (size_t i = 0; listed[i]; i++) {
        visit(context, listed[i]);
    }
    return 0;
}

static const char *at(const char *name)
{
    static char paths[8][256];
    static size_t next;
    char *path = paths[next++ % COUNT_OF(paths)];
    snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
    return path;
}

static void write_bytes(const char *name, const char *text, size_t length)
{
    FILE *file = fopen(at(name), "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void write_file(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static void need_root(void)
{
    if (geteuid() == 0) {
        return;
    }
    print_message("skipped: only root can give files away\n");
    skip();
}

static void reset_wraps(void)
{
    countdown = 0;
    read_errors = 0;
    reads_single_bytes = false;
    stat_error = 0;
    hidden_bytes = 0;
    listing_error = 0;
    listed = NULL;
}

static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *level)
{
    (void)status;
    (void)type;
    (void)level;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    reset_wraps();
    umask(022);
    descriptors = count_descriptors();
    snprintf(base, sizeof(base), "/tmp/test_config.XXXXXX");
    return mkdtemp(base) && mkdir(at("d"), 0755) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    reset_wraps();
    config_finish(&config);
    if (nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0) {
        return -1;
    }
    if (count_descriptors() == descriptors) {
        return 0;
    }
    print_error("a descriptor was leaked\n");
    return -1;
}

/* Appends TEXT to the transcript, the test's directory shortened to "@". */
static void note(const char *text)
{
    size_t used = strlen(transcript);
    while (*text && used + 1 < sizeof(transcript)) {
        if (strncmp(text, base, strlen(base)) == 0) {
            transcript[used++] = '@';
            text += strlen(base);
        } else {
            transcript[used++] = *text++;
        }
    }
    transcript[used] = '\0';
}

static void on_fault(void *context, const struct config_fault *fault)
{
    char line[16] = "";
    assert_ptr_equal(context, transcript);
    for (const char *byte = fault->message; *byte; byte++) {
        assert_in_range(*byte, 0x20, 0x7e);
    }
    for (const char *byte = fault->file; *byte; byte++) {
        assert_in_range(*byte, 0x20, 0x7e);
    }
    if (fault->line > 0) {
        snprintf(line, sizeof(line), ":%u", fault->line);
    }
    note(fault->file);
    note(line);
    note(": ");
    note(fault->message);
    note("\n");
}

/* Loads @/main.ini and @/d into `config`. */
static int load_with(bool is_required)
{
    char file[128];
    char directory[128];
    snprintf(file, sizeof(file), "%s/main.ini", base);
    snprintf(directory, sizeof(directory), "%s/d", base);
    const struct config_source source = {
        .file = file, .dropin_dir = directory, .is_required = is_required, .owner = geteuid()};
    transcript[0] = '\0';
    config_finish(&config);
    return config_load(&config, &source, on_fault, transcript);
}

static void expect_loaded(void)
{
    int result = load_with(false);
    if (result != 0) {
        fail_msg("%d: %s", result, transcript);
    }
    assert_string_equal(transcript, "");
}

/* The files are refused with exactly these faults, and nothing is loaded. */
static void expect_faults_of(bool is_required, const char *expected)
{
    static const struct config zeroed;
    assert_int_equal(load_with(is_required), -EINVAL);
    assert_string_equal(transcript, expected);
    assert_memory_equal(&config, &zeroed, sizeof(zeroed));
}

static void expect_faults(const char *expected)
{
    expect_faults_of(false, expected);
}

static char *render(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(config_render_ini(&config, stream), 0);
    fclose(stream);
    return text;
}

/* What is loaded when there is no file at all; free(3) it. */
static char *render_defaults(void)
{
    const struct config_source source = {.file = "/nonexistent/file", .owner = geteuid()};
    config_finish(&config);
    assert_int_equal(config_load(&config, &source, on_fault, transcript), 0);
    char *text = render();
    config_finish(&config);
    return text;
}

static void expect_list(char *const *list, const char *expected)
{
    char joined[2048] = "";
    for (; *list; list++) {
        size_t used = strlen(joined);
        snprintf(joined + used, sizeof(joined) - used, "%s%s", used > 0 ? " " : "", *list);
    }
    assert_string_equal(joined, expected);
}

static void test_needs_no_file(void **state)
{
    (void)state;
    expect_loaded();
    assert_null(config.init.user);
    assert_int_equal(config.init.stop_grace_ms, 8000);
    assert_int_equal(config.init.kill_grace_ms, 2000);
    expect_list(config.init.rewrite, "");
    expect_list(config.init.remap_exit, "");
    assert_null(config.init.pdeathsig);
    assert_int_equal(config.init.log_level, CONFIG_LOG_INFO);
    assert_int_equal(config.init.log_format, CONFIG_LOG_TEXT);
    assert_null(config.init.log_dir);
    assert_string_equal(config.init.runtime_dir, "/run/sandbox-init");
    assert_true(config.scrub.enabled);
    expect_list(config.scrub.dirs, "/tmp $TMPDIR $XDG_RUNTIME_DIR /run/user/* /tmp/user/*");
    expect_list(config.scrub.patterns,
                "vscode-ssh-auth-*.sock vscode-ssh-auth-sock-* vscode-ipc-*.sock vscode-git-*.sock "
                "vscode-remote-containers-ipc-*.sock cursor-ipc-*.sock windsurf-ipc-*.sock");
    assert_int_equal(config.scrub.action, CONFIG_SCRUB_REVOKE);
    expect_list(config.env.strip,
                "SSH_AGENT_PID VSCODE_* REMOTE_CONTAINERS* GIT_ASKPASS SSH_ASKPASS* "
                "GIT_EDITOR=*git-editor*.sh* DISPLAY WAYLAND_DISPLAY XAUTHORITY DBUS_SESSION_BUS_ADDRESS "
                "LD_PRELOAD LD_AUDIT NODE_OPTIONS WSL_INTEROP CODE_SERVER_SESSION_SOCKET");
    expect_list(config.env.empty, "SSH_AUTH_SOCK GPG_AGENT_INFO BROWSER");
    expect_list(config.env.keep, "");
    expect_list(config.env.set, "");
    assert_int_equal(rmdir(at("d")), 0);
    expect_loaded();
}

static void test_reads_every_key(void **state)
{
    (void)state;
    write_file("main.ini",
               "[init]\nuser = node\nstop_grace = 1m\nkill_grace = 0\nlog_level = error\n"
               "rewrite = TERM:QUIT\n  HUP:0\nremap_exit = 143\n  7\npdeathsig = TERM\n"
               "log_format = json\nlog_dir = /var/log\nruntime_dir =\n"
               "[scrub]\nenabled = off\ndirs = /a\n  /b\npatterns = vscode-ipc-*\naction = report\n"
               "[env]\nstrip = A*\n\n  # between\n  B=c\nempty = D\nkeep = E*\nset =\n F=g  h\n I=\n");
    expect_loaded();
    assert_string_equal(config.init.user, "node");
    assert_int_equal(config.init.stop_grace_ms, 60000);
    assert_int_equal(config.init.kill_grace_ms, 0);
    expect_list(config.init.rewrite, "TERM:QUIT HUP:0");
    expect_list(config.init.remap_exit, "143 7");
    assert_string_equal(config.init.pdeathsig, "TERM");
    assert_int_equal(config.init.log_level, CONFIG_LOG_ERROR);
    assert_int_equal(config.init.log_format, CONFIG_LOG_JSON);
    assert_string_equal(config.init.log_dir, "/var/log");
    assert_null(config.init.runtime_dir);
    assert_false(config.scrub.enabled);
    expect_list(config.scrub.dirs, "/a /b");
    expect_list(config.scrub.patterns, "vscode-ipc-*");
    assert_int_equal(config.scrub.action, CONFIG_SCRUB_REPORT);
    expect_list(config.env.strip, "A* B=c");
    expect_list(config.env.empty, "D");
    expect_list(config.env.keep, "E*");
    expect_list(config.env.set, "F=g  h I=");
    config_finish(&config);
    static const struct config zeroed;
    assert_memory_equal(&config, &zeroed, sizeof(zeroed));
    config_finish(&config);
}

static void test_later_files_win_key_by_key(void **state)
{
    (void)state;
    write_file("main.ini",
               "[init]\nuser = main\nstop_grace = 1s\nkill_grace = 1s\n[env]\nset = A=main\n  B=main\n");
    write_file("d/9.ini", "[init]\nkill_grace = 9s\nlog_level = error\n");
    write_file("d/10.ini", "[init]\nkill_grace = 10s\nlog_level = debug\n");
    write_file("d/Z.ini", "[env]\nset = A=Z\n");
    write_file("d/a.ini", "[env]\nempty = @default\n  A\n");
    write_file("d/b.ini", "[env]\nempty = @default B\n"); /* the default's entries, not those of a.ini */
    expect_loaded();
    assert_string_equal(config.init.user, "main");
    assert_int_equal(config.init.stop_grace_ms, 1000);
    assert_int_equal(config.init.kill_grace_ms, 9000);
    assert_int_equal(config.init.log_level, CONFIG_LOG_ERROR);
    expect_list(config.env.set, "A=Z");
    expect_list(config.env.empty, "SSH_AUTH_SOCK GPG_AGENT_INFO BROWSER B");
}

/* In what order the directory has them does not matter. */
static void test_sorts_dropins(void **state)
{
    (void)state;
    static const char *const names[] = {"b.ini", "a.ini", "Z.ini", "9.ini", "10.ini", NULL};
    char name[32];
    char text[64];
    for (size_t i = 0; names[i]; i++) {
        snprintf(name, sizeof(name), "d/%s", names[i]);
        snprintf(text, sizeof(text), "[nothing]\n[init]\nuser = %s\n", names[i]);
        write_file(name, text);
    }
    listed = names;
    expect_faults("@/d/10.ini:1: unknown section [nothing]; there are [init], [scrub], [env], [airlock], "
                  "[prompt], [job:NAME] "
                  "and "
                  "[service:NAME]\n"
                  "@/d/9.ini:1: unknown section [nothing]; there are [init], [scrub], [env], [airlock], "
                  "[prompt], [job:NAME] and "
                  "[service:NAME]\n"
                  "@/d/Z.ini:1: unknown section [nothing]; there are [init], [scrub], [env], [airlock], "
                  "[prompt], [job:NAME] and "
                  "[service:NAME]\n"
                  "@/d/a.ini:1: unknown section [nothing]; there are [init], [scrub], [env], [airlock], "
                  "[prompt], [job:NAME] and "
                  "[service:NAME]\n"
                  "@/d/b.ini:1: unknown section [nothing]; there are [init], [scrub], [env], [airlock], "
                  "[prompt], [job:NAME] and "
                  "[service:NAME]\n");
}

/* What was there a moment ago was meant to count. */
static void test_misses_dropin_that_vanishes(void **state)
{
    (void)state;
    static const char *const names[] = {"ghost.ini", NULL};
    listed = names;
    expect_faults(
        "@/d/ghost.ini: @/d/ghost.ini cannot be opened: No such file or directory; make it, or correct "
        "its name\n");
}

static void test_leaves_other_names_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"d/.ini",      "d/.hidden.ini", "d/.#a.ini", "d/a.ini~",
                                        "d/a.ini.bak", "d/#a.ini#",     "d/README",  "d/a.INI",
                                        "d/ini",       "d/a.ini.swp",   "d/a.conf"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        write_file(names[i], "nonsense\n");
    }
    expect_loaded();
    write_file("d/.a.b.ini", "nonsense\n");
    write_file("d/~.ini", "[init]\nuser = taken\n");
    expect_loaded();
    assert_string_equal(config.init.user, "taken");
}

static void test_sections_may_come_twice(void **state)
{
    (void)state;
    write_file("main.ini", "[init]\nuser = a\n[env]\nkeep = B\n[init]\nlog_level = debug\n");
    expect_loaded();
    assert_string_equal(config.init.user, "a");
    assert_int_equal(config.init.log_level, CONFIG_LOG_DEBUG);
}

struct example {
    const char *text;
    const char *faults;
};

#define AT             "@/main.ini:"
#define GUARDS_NOTHING ": an empty list guards nothing; if so, use enabled = no\n"

static void expect_examples(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        write_file("main.ini", examples[i].text);
        expect_faults(examples[i].faults);
    }
}

static void test_tells_what_is_wrong(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"[inti]\nuser = a\nnonsense = b\n", AT "1: unknown section [inti]; did you mean [init]?\n"},
        {"[Init]\n", AT "1: unknown section [Init]; did you mean [init]?\n"},
        {"[ init ]\n", AT "1: unknown section [ init ]; did you mean [init]?\n"},
        {"[jobs:build]\ncommand = make ; x\n  y ; z\n",
         AT "1: unknown section [jobs:build]; did you mean [job:build]?\n"},
        {"[airlocks]\n", AT "1: unknown section [airlocks]; did you mean [airlock]?\n"},
        {"[advice]\n",
         AT "1: unknown section [advice]; there are [init], [scrub], [env], [airlock], [prompt], "
            "[job:NAME] and [service:NAME]\n"},
        {"[\xc3\xb6]\n", AT
         "1: unknown section [\\xc3\\xb6]; there are [init], [scrub], [env], [airlock], [prompt], [job:NAME] "
         "and [service:NAME]\n"},
        {"[scrub]\npatern = x\n", AT "2: unknown key 'patern' in [scrub]; did you mean 'patterns'?\n"},
        {"[scrub]\nEnabled = yes\n", AT "2: unknown key 'Enabled' in [scrub]; did you mean 'enabled'?\n"},
        {"[init]\npatterns = x\n  y\n", AT "2: unknown key 'patterns' in [init]; it belongs in [scrub]\n"},
        {"[env]\nwhatever = x\n",
         AT "2: unknown key 'whatever' in [env]; there are strip, empty, keep, set\n"},
        {"[env]\nkeep\xff = x\n", AT "2: unknown key 'keep\\xff' in [env]; did you mean 'keep'?\n"},
        {"dirs = /x\n", AT "1: 'dirs' stands in no section; write [scrub] above it\n"},
        {"foo = x\n  y\n", AT "1: 'foo' stands in no section, and there is no such key\n"},
        {"[init]\nuser = a\n\n[init]\nuser = a\n",
         AT "5: 'user' was set in line 2 already; leave one of them out\n"},
        {"[env]\nset = A=b\nset = C=d\n  E\n",
         AT "3: 'set' was set in line 2 already; leave one of them out\n"},
        {"[init]\nuser = a\n  b\n",
         AT "3: an indented line goes on with 'user', which is no list; start in the first column\n"},
        {"[scrub]\nenabled = yes\n  action = report\n",
         AT "3: an indented line goes on with 'enabled', which is no list; start in the first column\n"},
        {"[scrub]\ndirs = /x\n  action = report\n",
         AT "3: dirs: 'action = report' looks like a key; start that in the first column\n"},
        {"[init]\nstop_grace = 5x\n",
         AT "2: stop_grace: '5x' has no unit that we know; write ms, s, m or h behind the number\n"},
        {"[init]\nuser = a ; b\n",
         AT "2: ' ;' would begin a comment and cut the line off; put comments on a line of their own\n"},
        {"[env]\nstrip = A[\n  B[\n",
         AT "2: strip: 'A[' has a '[' without its ']'; write '[[]' for a bracket as such\n" AT
            "3: strip: 'B[' has a '[' without its ']'; write '[[]' for a bracket as such\n"},
        {"[scrub]\npatterns =\n", AT "2: patterns" GUARDS_NOTHING},
        {"[scrub]\n\ndirs =\n  # nothing\n", AT "3: dirs" GUARDS_NOTHING},
        {"[scrub]\npatterns =\ndirs =\n", AT "3: dirs" GUARDS_NOTHING AT "2: patterns" GUARDS_NOTHING},
        {"[scrub]\npatterns =\nenabled = yes\n", AT "2: patterns" GUARDS_NOTHING},
        /* An empty list that is empty because its entries were refused is one mistake, not two. */
        {"[scrub]\ndirs = x\n",
         AT "2: dirs: 'x' is not absolute; begin it with '/' or with a variable such as $HOME\n"},
        {"[scrub]\ndirs =\n[env]\nx=\n",
         AT "4: unknown key 'x' in [env]; there are strip, empty, keep, set\n" AT "2: dirs" GUARDS_NOTHING},
        {"[scrub]\nenabled = 7\ndirs =\n", AT "2: enabled: '7' is neither yes nor no\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void test_tells_what_is_wrong_with_rules(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"[init]\nrewrite = TERM HUP:0\nremap_exit =\n  1\n  256\npdeathsig = 0\n",
         AT "2: rewrite: 'TERM' is no rewriting; write two signals as in TERM:QUIT, or TERM:0 for none; "
            "KILL, STOP, CHLD and PIPE cannot be rewritten\n" AT
            "5: remap_exit: '256' is no exit status; write a number from 0 to 255, without a sign or leading "
            "zeros\n" AT "6: pdeathsig: '0' is no signal; write a name or a number, such as TERM or 15, or "
            "nothing for none\n"},
        {"[init]\nrewrite =\n  TERM:QUIT HUP:0\n  15:INT\n",
         AT "2: rewrite: 'TERM:QUIT' and '15:INT' rewrite the same signal; leave one out\n"},
        {"[init]\n\nrewrite = TERM:QUIT SIGTERM:QUIT term:0 HUP:TERM\n",
         AT "3: rewrite: 'TERM:QUIT' and 'SIGTERM:QUIT' rewrite the same signal; leave one out\n" AT
            "3: rewrite: 'TERM:QUIT' and 'term:0' rewrite the same signal; leave one out\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

/* Jobs and services. */

static void test_reads_jobs(void **state)
{
    (void)state;
    write_file("main.ini", "[service:web]\ncommand = serve ; exit 3\nafter = install\nrestart = on-failure\n"
                           "restart_delay = 10ms\nstart_limit = 0\n"
                           "[job:install]\ncommand =\n    a || b  # c\n      d\n\n    e\n# comment\n"
                           "shell = bash -o errexit -o pipefail\ndirectory = /src/my app\nuser = node\n"
                           "environment =\n    A=b c\n    B=\nenvironment_file = .env\nafter =\n  off\n"
                           "only_if_exists = a /b\nunless_exists = c\ntimeout = 5m\nstop_signal = INT\n"
                           "stop_grace = 1s\nretries = 3\nretry_delay = 0\nnice = -5\numask = 077\n"
                           "allow_privileges = yes\necho = no\nlog_max_size = 64K\nlog_keep = 0\n"
                           "[init]\nuser = a\n"
                           "[job:off]\ncommand = x\nenabled = no\n");
    expect_loaded();
    assert_int_equal(config.job_count, 3);
    const struct config_job *web = &config.jobs[0];
    assert_string_equal(web->name, "web");
    assert_true(web->is_service);
    assert_string_equal(web->command, "serve ; exit 3");
    assert_int_equal(web->needs, 1 << 1);
    assert_int_equal(web->restart, CONFIG_RESTART_ON_FAILURE);
    assert_int_equal(web->restart_delay_ms, 10);
    assert_int_equal(web->start_limit, 0);
    const struct config_job *install = &config.jobs[1];
    assert_string_equal(install->name, "install");
    assert_false(install->is_service);
    assert_string_equal(install->command, "a || b  # c\n  d\n\ne");
    expect_list(install->shell, "bash -o errexit -o pipefail");
    assert_string_equal(install->directory, "/src/my app");
    assert_string_equal(install->user, "node");
    expect_list(install->environment, "A=b c B=");
    assert_string_equal(install->environment_file, ".env");
    expect_list(install->after, "off");
    assert_int_equal(install->needs, 0);
    expect_list(install->only_if_exists, "a /b");
    expect_list(install->unless_exists, "c");
    assert_int_equal(install->timeout_ms, 300000);
    assert_string_equal(install->stop_signal, "INT");
    assert_int_equal(install->stop_grace_ms, 1000);
    assert_int_equal(install->retries, 3);
    assert_int_equal(install->retry_delay_ms, 0);
    assert_int_equal(install->nice, -5);
    assert_int_equal(install->umask, 077);
    assert_true(install->allow_privileges && !install->echo && install->enabled);
    assert_int_equal(install->log_max_size, 65536);
    assert_int_equal(install->log_keep, 0);
    assert_false(config.jobs[2].enabled);
    assert_string_equal(config.init.user, "a");
}

static void test_later_files_change_jobs_key_by_key(void **state)
{
    (void)state;
    write_file("main.ini", "[job:a]\ncommand = one\n  two\nretries = 3\nafter = b\n[job:b]\ncommand = x\n");
    write_file("d/1.ini", "[job:b]\nenabled = no\n[job:a]\nnice = 7\n[job:c]\ncommand = y\n");
    write_file("d/2.ini", "[job:a]\ncommand = three\n");
    expect_loaded();
    assert_int_equal(config.job_count, 3);
    assert_string_equal(config.jobs[0].command, "three");
    assert_int_equal(config.jobs[0].retries, 3);
    assert_int_equal(config.jobs[0].nice, 7);
    assert_int_equal(config.jobs[0].needs, 0);
    expect_list(config.jobs[0].after, "b");
    assert_false(config.jobs[1].enabled);
    assert_string_equal(config.jobs[2].name, "c");
}

/* A shell gets what stands in the file, without the indentation, or the file is refused. */
static void test_keeps_scripts_as_they_are(void **state)
{
    (void)state;
    static const char script[] = "cat <<'END' | sort\n"
                                 "\ttab \\t \"quotes\" 'q' `b` $HOME ${X:-y} %d\n"
                                 "    # no comment ; none\n"
                                 "\n"
                                 "   \n"
                                 "; [section]\n"
                                 "key = value\n"
                                 "gr\xc3\xbc\xc3\x9f\xff  \n"
                                 "END\n"
                                 "case $x in\n"
                                 "a) b ;;\n"
                                 ";;\n"
                                 "esac && [ -f x ] || exit 1";
    char text[2048] = "[job:a]\ncommand =\n";
    for (const char *line = script; *line;) {
        size_t length = strcspn(line, "\n");
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "\t%.*s\n", (int)length, line);
        line += length + (line[length] == '\n' ? 1 : 0);
    }
    write_file("main.ini", text);
    expect_loaded();
    assert_string_equal(config.jobs[0].command, script);
}

static void test_tells_what_is_wrong_with_jobs(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"[job:a]\n", AT "1: [job:a] has no command; write 'command = ' and what is to be run\n"},
        {"[job:a]\ncommand =\n", AT "2: [job:a] has no command; write 'command = ' and what is to be run\n"},
        {"[job:a]\n\n[service:a]\ncommand = x\n",
         AT "3: [service:a]: there is a job of this name already (@/main.ini:1); take another one\n" AT
            "1: [job:a] has no command; write 'command = ' and what is to be run\n"},
        {"[job:a b]\ncommand = x ; y\nz\n", AT
         "1: [job:a b]: the name is not one to 32 letters, digits, '_', '-' and '.', of which the first is "
         "a letter or digit\n" AT
         "3: there is no '=' in this line; write 'key = value', or indent what belongs to the key above\n"},
        {"[job:a]\ncommand = x\nrestart = always\n",
         AT "3: unknown key 'restart' in [job:a]; it belongs in [service:NAME]\n"},
        {"[service:a]\ncommand = x\nretry_delay = 1s\n",
         AT "3: unknown key 'retry_delay' in [service:a]; it belongs in [job:NAME]\n"},
        {"[job:a]\ncommand = x\ncomand = y ; z\n",
         AT "3: ' ;' would begin a comment and cut the line off; put comments on a line of their own\n"},
        {"[job:a]\ncommand = x\n\n[job:a]\ncommand = y\n",
         AT "5: 'command' was set in line 2 already; leave one of them out\n"},
        {"[job:a]\ncommand = x\nuser = a\n  b\n",
         AT "4: an indented line goes on with 'user', which is no list; start in the first column\n"},
        {"[job:a]\ncommand =\n    if x\n  y\n    fi\n",
         AT "4: this line of a script begins with other white space than its first indented one; give it the "
            "same blanks or tabs, and more behind them if need be\n"},
        {"[job:a]\ncommand = x\nshell =\n",
         AT "3: shell: the list is empty; leave the whole line out for the default\n"},
        {"[job:a]\ncommand = x\nshell = #\n",
         AT "3: shell: '#' looks like a comment, which needs a line of its own; write '[#]' or '[;]' for the "
            "character\n"},
        {"[job:a]\ncommand = x\nafter =\n    b\n\n    a\n",
         AT "3: after: there is no job or service 'b'; write [job:b] for it, or leave it out\n" AT
            "3: after: 'a' would wait for itself; leave it out\n"},
        {"[job:a]\nafter = b\ncommand = x\n[service:b]\ncommand = x\nafter = a\n",
         AT "2: after: each of these would wait for the next one for ever: a -> b -> a; leave one out\n"},
        {"[job:a]\ncommand = x\nafter = a/b\ndirectory = x\nonly_if_exists = ~/x\nunless_exists = a\\ b\n"
         "environment = A\nenvironment_file = $HOME/.env\nuser = -x\nstop_signal = x\n",
         AT
         "3: after: 'a/b' is no name of a job or service; write what stands behind ':' in its section, with "
         "white space between several\n" AT "4: directory: 'x' is not absolute; begin it with '/'\n" AT
         "5: only_if_exists: '~/x' begins with '~' or '$', which only a shell expands; write the path "
         "itself\n" AT
         "6: unless_exists: 'a\\\\' ends in a backslash, which does not join it with the next word\n" AT
         "7: environment: 'A' has no '='; write NAME=VALUE\n" AT
         "8: environment_file: '$HOME/.env' begins with '~' or '$', which only a shell expands; write the "
         "path itself\n" AT
         "9: user: '-x' is no user; write a name as it stands in /etc/passwd, or a number\n" AT
         "10: stop_signal: 'x' is no signal; write a name or a number, such as TERM or 15\n"},
        {"command = x ; y\n",
         AT "1: 'command' stands in no section; write [job:NAME] or [service:NAME] above it\n"},
        {"[init]\ncommand = x\n",
         AT "2: unknown key 'command' in [init]; it belongs in [job:NAME] or [service:NAME]\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void test_tells_a_too_long_script_once(void **state)
{
    (void)state;
    static char text[2 * CONFIG_SCRIPT_MAX];
    size_t used = (size_t)snprintf(text, sizeof(text), "[job:a]\ncommand =\n");
    while (used < CONFIG_SCRIPT_MAX + CONFIG_SCRIPT_MAX / 2) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, " %01023d\n", 0);
    }
    write_file("main.ini", text);
    expect_faults(AT "67: command: this is more than 65536 bytes; put it into a file and refer to that\n");
}

/* What is wrong may be so in the file that has the last word. */
static void test_tells_where_jobs_are_wrong(void **state)
{
    (void)state;
    write_file("main.ini", "[job:install]\ncommand = x\n[service:web]\ncommand = x\nafter = install\n");
    write_file("d/a.ini", "\n[job:instal]\nenabled = no\n");
    write_file("d/b.ini", "[service:install]\nrestart = never\n");
    write_file("d/c.ini", "[job:install]\n\nafter = web\n");
    expect_faults("@/d/b.ini:1: [service:install]: there is a job of this name already (@/main.ini:1); take "
                  "another one\n"
                  "@/d/a.ini:2: [job:instal] has no command; did you mean [job:install]?\n"
                  "@/d/c.ini:3: after: each of these would wait for the next one for ever: install -> web -> "
                  "install; leave one out\n");
}

static void test_allows_empty_lists_without_the_guard(void **state)
{
    (void)state;
    write_file("main.ini", "[scrub]\npatterns =\ndirs =\nenabled = no\n");
    expect_loaded();
    expect_list(config.scrub.dirs, "");
    write_file("main.ini", "[env]\nstrip =\nempty =\nkeep =\nset =\n");
    expect_loaded();
    expect_list(config.env.strip, "");
    expect_list(config.env.empty, "");
}

/* What counts is what all files together say. */
static void test_checks_the_whole(void **state)
{
    (void)state;
    write_file("main.ini", "[scrub]\npatterns =\n");
    write_file("d/a.ini", "[scrub]\nenabled = no\n");
    expect_loaded();
    write_file("d/b.ini", "[scrub]\nenabled = yes\n");
    expect_faults("@/main.ini:2: patterns" GUARDS_NOTHING);
    write_file("d/b.ini", "[scrub]\nenabled = yes\npatterns = @default\n");
    expect_loaded();
    write_file("d/a.ini", "[init]\nrewrite = TERM:QUIT HUP:QUIT QUIT:TERM\n");
    write_file("d/b.ini", "[scrub]\npatterns = @default\n[init]\nrewrite = 15:0\n"); /* in place of it */
    expect_loaded();
    expect_list(config.init.rewrite, "15:0");
}

static void test_reports_all_faults_of_all_files(void **state)
{
    (void)state;
    write_file("main.ini", "nonsense\n[init]\nusr = a\nuser = b\n");
    write_file("d/a.ini", "[init]\nstop_grace = never\nkill_grace = never\n");
    write_file("d/b.ini", "[init]\nuser = c\n");
    write_file("d/c.ini", "");
    assert_int_equal(chmod(at("d/c.ini"), 0666), 0);
    write_file("d/d.ini", "[nothing]\n");
    expect_faults(
        "@/main.ini:1: there is no '=' in this line; write 'key = value', or indent what belongs to the "
        "key above\n"
        "@/main.ini:3: unknown key 'usr' in [init]; did you mean 'user'?\n"
        "@/d/a.ini:2: stop_grace: 'never' is no duration; write a number with ms, s, m or h, such as 8s\n"
        "@/d/a.ini:3: kill_grace: 'never' is no duration; write a number with ms, s, m or h, such as 8s\n"
        "@/d/c.ini: @/d/c.ini can be written by its group or by others (mode 0666), who could change what is "
        "configured; run: chmod go-w @/d/c.ini\n"
        "@/d/d.ini:1: unknown section [nothing]; there are [init], [scrub], [env], [airlock], [prompt], "
        "[job:NAME] and "
        "[service:NAME]\n");
}

static void test_escapes_file_names(void **state)
{
    (void)state;
    write_file("d/a\n\x1b[2J.ini", "x=\n");
    expect_faults("@/d/a\\n\\e[2J.ini:1: 'x' stands in no section, and there is no such key\n");
    assert_int_equal(chmod(at("d/a\n\x1b[2J.ini"), 0666), 0);
    expect_faults(
        "@/d/a\\n\\e[2J.ini: @/d/a\\n\\e[2J.ini can be written by its group or by others (mode 0666), "
        "who could change what is configured; run: chmod go-w @/d/a\\n\\e[2J.ini\n");
}

static void test_needs_a_file_that_was_named(void **state)
{
    (void)state;
    expect_faults_of(
        true, "@/main.ini: @/main.ini cannot be opened: No such file or directory; make it, or correct "
              "its name\n");
    assert_int_equal(symlink("nowhere", at("main.ini")), 0);
    expect_faults(
        "@/main.ini: @/nowhere cannot be opened: No such file or directory; make it, or correct its "
        "name\n");
    assert_int_equal(unlink(at("main.ini")), 0);
    assert_int_equal(rmdir(at("d")), 0);
    assert_int_equal(symlink("nowhere", at("d")), 0);
    expect_faults(
        "@/d: @/nowhere cannot be opened: No such file or directory; make it, or correct its name\n");
    assert_int_equal(unlink(at("d")), 0);
    write_file("d", "");
    expect_faults("@/d: @/d cannot be opened: Not a directory\n");
    assert_int_equal(unlink(at("d")), 0);
    write_file("file", "");
    assert_int_equal(symlink("file/below", at("main.ini")), 0);
    expect_faults("@/main.ini: @/file cannot be opened: Not a directory\n");
    const struct config_source below = {.file = at("file/below"), .owner = geteuid()};
    assert_int_equal(config_load(&config, &below, on_fault, transcript), -EINVAL);
}

static void test_needs_no_dropins(void **state)
{
    (void)state;
    write_file("main.ini", "[init]\nuser = a\n");
    write_file("d/a.ini", "[init]\nuser = b\n");
    const struct config_source source = {.file = at("main.ini"), .is_required = true, .owner = geteuid()};
    assert_int_equal(config_load(&config, &source, on_fault, transcript), 0);
    assert_string_equal(config.init.user, "a");
}

static void test_refuses_what_is_no_file(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(at("main.ini"), 0600), 0);
    assert_int_equal(mkdir(at("d/a.ini"), 0755), 0);
    expect_faults("@/main.ini: @/main.ini is no regular file; put one there\n"
                  "@/d/a.ini: @/d/a.ini is no regular file; put one there\n");
}

static void test_refuses_what_others_could_write(void **state)
{
    (void)state;
    write_file("main.ini", "");
    write_file("d/a.ini", "");
    assert_int_equal(chmod(at("main.ini"), 0664), 0);
    assert_int_equal(chmod(at("d"), 0777), 0);
    expect_faults(
        "@/main.ini: @/main.ini can be written by its group or by others (mode 0664), who could change "
        "what is configured; run: chmod go-w @/main.ini\n"
        "@/d: @/d can be written by its group or by others (mode 0777), who could change what is "
        "configured; keep the file elsewhere, or run: chmod go-w @/d\n");
}

static void test_refuses_foreign_owners(void **state)
{
    (void)state;
    need_root();
    write_file("main.ini", "");
    assert_int_equal(chown(at("main.ini"), STRANGER, 0), 0);
    assert_int_equal(chown(at("d"), STRANGER, 0), 0);
    expect_faults(
        "@/main.ini: @/main.ini belongs to uid 4242, who could change what is configured; run: chown "
        "root:root @/main.ini && chmod go-w @/main.ini\n"
        "@/d: @/d belongs to uid 4242, who could change what is configured; keep the file elsewhere, or "
        "run: chown root:root @/d && chmod go-w @/d\n");
    assert_int_equal(chown(at("d"), 0, 0), 0);
    assert_int_equal(unlink(at("main.ini")), 0);
    write_file("real", "");
    assert_int_equal(symlink("real", at("main.ini")), 0);
    expect_loaded();
    assert_int_equal(lchown(at("main.ini"), STRANGER, 0), 0);
    expect_faults(
        "@/main.ini: the link @/main.ini belongs to uid 4242, who could change what is configured; run: "
        "chown -h root:root @/main.ini\n");
}

static void test_tells_unreadable_files(void **state)
{
    (void)state;
    need_root();
    write_file("main.ini", "");
    assert_int_equal(chmod(at("main.ini"), 0600), 0);
    assert_int_equal(chmod(base, 0755), 0);
    assert_int_equal(chmod(at("d"), 0700), 0);
    assert_int_equal(seteuid(STRANGER), 0);
    int result = load_with(false);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(result, -EINVAL);
    assert_string_equal(transcript,
                        "@/main.ini: @/main.ini cannot be opened: Permission denied; the init's user "
                        "must be able to read it and to pass the directories above it\n"
                        "@/d: @/d cannot be opened: Permission denied; the init's user must be able "
                        "to read it and to pass the directories above it\n");
}

static void test_limits_files(void **state)
{
    (void)state;
    char *text = test_malloc(INIFILE_SIZE_MAX + 1);
    memset(text, '\n', INIFILE_SIZE_MAX + 1);
    write_bytes("main.ini", text, INIFILE_SIZE_MAX);
    expect_loaded();
    write_bytes("main.ini", text, INIFILE_SIZE_MAX + 1);
    test_free(text);
    expect_faults("@/main.ini: is larger than 1048576 bytes; is it a configuration?\n");
}

static void test_limits_dropins(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < CONFIG_DROPINS_MAX; i++) {
        snprintf(name, sizeof(name), "d/%d.ini", i);
        write_file(name, "");
    }
    write_file("d/README", "");
    expect_loaded();
    write_file("d/last.ini", "");
    expect_faults("@/d: there are more than 64 files *.ini in it; join some of them\n");
}

static void test_survives_reading_errors(void **state)
{
    (void)state;
    write_file("main.ini", "[init]\nuser = a\n");
    reads_single_bytes = true;
    read_errors = 3;
    read_error = EINTR;
    expect_loaded();
    assert_string_equal(config.init.user, "a");
    reset_wraps();
    read_errors = 1;
    read_error = EIO;
    expect_faults("@/main.ini: cannot be read: Input/output error\n");
    hidden_bytes = 1;
    expect_faults("@/main.ini: grew while it was read; start again when it is written\n");
    hidden_bytes = -100; /* it shrinks instead: what is there is read */
    expect_loaded();
    reset_wraps();
    stat_error = 3;
    expect_faults("@/main.ini: cannot be read: Input/output error\n");
    listing_error = -EIO;
    expect_faults("@/d: cannot be read: Input/output error\n");
}

/* Each allocation fails once: nothing is loaded, nothing leaks (valgrind, ASan), nothing is half-done. */
static void test_survives_lack_of_memory(void **state)
{
    (void)state;
    static const struct config zeroed;
    write_file("main.ini", "[init]\nuser = a\n[env]\nstrip = @default A\n  B\nset = C=d\n");
    write_file("d/a.ini", "[scrub]\ndirs = /a\n");
    write_file("d/b.ini",
               "[init]\nuser = b\n[job:a]\ncommand = x\n  y\n[service:b]\ncommand = x\nafter = a\n");
    int calls = 0;
    int result = -ENOMEM;
    while (result == -ENOMEM) {
        assert_memory_equal(&config, &zeroed, sizeof(zeroed));
        countdown = ++calls;
        result = load_with(false);
        assert_string_equal(transcript, "");
    }
    countdown = 0;
    assert_int_equal(result, 0);
    assert_true(calls > 100);
    assert_string_equal(config.init.user, "b");
}

/* The shipped sample. */

static char *read_sample(void)
{
    static const char path[] = PROJECT_DIR "/etc/sandbox-init.ini";
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *text = test_calloc(1, TEXT_SIZE);
    assert_in_range(fread(text, 1, TEXT_SIZE - 1, file), 1, TEXT_SIZE - 2);
    fclose(file);
    return text;
}

/* Is LINE of the sample "#KEY = ..."? Prose has a space behind the "#". */
static bool is_commented_key(const char *line)
{
    size_t length = strspn(line + 1, "abcdefghijklmnopqrstuvwxyz_");
    return line[0] == '#' && length > 0 &&
           (strncmp(line + 1 + length, " = ", 3) == 0 || strcmp(line + 1 + length, " =") == 0);
}

static bool is_commented_section(const char *line)
{
    return line[0] == '#' && line[1] == '[';
}

/* What the sample says when the "#" of sections, keys and the indented lines behind them is taken away. */
static char *uncomment(char *sample)
{
    char *text = test_calloc(1, TEXT_SIZE);
    size_t used = 0;
    bool is_in_key = false;
    char *rest = sample;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        bool is_more = is_in_key && strncmp(line, "#    ", 5) == 0;
        is_in_key = is_commented_key(line) || is_more;
        bool is_real = is_in_key || is_commented_section(line);
        used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s\n", is_real ? line + 1 : line);
    }
    return text;
}

/* The sample has three parts: what there is once, all keys of jobs and services, and ready ones of them. */
static const char jobs_part[] = "\n#[job:NAME]";
static const char ready_part[] = "\n# Ready to use";

static char *read_part(const char *begin, const char *end)
{
    char *sample = read_sample();
    char *start = begin ? strstr(sample, begin) : sample;
    assert_non_null(start);
    char *stop = end ? strstr(start, end) : NULL;
    assert_int_equal(!stop, !end);
    if (stop) {
        *stop = '\0';
    }
    memmove(sample, start, strlen(start) + 1);
    return sample;
}

static size_t count_lines_with(const char *text, const char *start)
{
    size_t count = 0;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        if (strncmp(line, start, strlen(start)) == 0) {
            count++;
        }
    }
    return count;
}

static void test_sample_is_all_comments(void **state)
{
    (void)state;
    char *sample = read_sample();
    char *defaults = render_defaults();
    write_file("main.ini", sample);
    expect_loaded();
    char *loaded = render();
    assert_string_equal(loaded, defaults);
    assert_int_equal(count_lines_with(sample, "["), 5);
    free(loaded);
    free(defaults);
    test_free(sample);
}

static void test_sample_shows_every_default(void **state)
{
    (void)state;
    char *sample = read_part(NULL, jobs_part);
    char *text = uncomment(sample);
    char *defaults = render_defaults();
    assert_null(strstr(text, "\n@default"));
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        char start[64];
        snprintf(start, sizeof(start), "%s =", key->name);
        if (count_lines_with(text, start) != 1) {
            fail_msg("'%s' stands %zu times in the sample", key->name, count_lines_with(text, start));
        }
    }
    write_file("main.ini", text);
    expect_loaded();
    char *loaded = render();
    assert_string_equal(loaded, defaults);
    free(loaded);
    free(defaults);
    test_free(text);
    test_free(sample);
}

/* A default in the sample is one that is really read, not the built-in one that shows through. */
static void test_sample_sets_every_key(void **state)
{
    (void)state;
    char *sample = read_part(NULL, jobs_part);
    char *text = uncomment(sample);
    write_file("main.ini", text);
    write_file("d/a.ini", "[init]\nuser = b\n");
    char again[TEXT_SIZE];
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        char expected[256];
        snprintf(again, sizeof(again), "%s\n[%s]\n%s = x\n", text, key->section, key->name);
        write_file("main.ini", again);
        assert_int_equal(load_with(false), -EINVAL);
        snprintf(expected, sizeof(expected), "'%s' was set in line ", key->name);
        assert_non_null(strstr(transcript, expected));
    }
    test_free(text);
    test_free(sample);
}

/* Both kinds are called NAME there, as an example; two that are there at once need two names. */
static void rename_service(char *text)
{
    char *name = strstr(text, "[service:NAME]");
    assert_non_null(name);
    memcpy(name, "[service:OTHR]", strlen("[service:OTHR]"));
}

static void test_sample_shows_every_default_of_jobs(void **state)
{
    (void)state;
    char *sample = read_part(jobs_part, ready_part);
    char *text = uncomment(sample);
    rename_service(text);
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        char start[64];
        snprintf(start, sizeof(start), "%s =", key->name);
        if (count_lines_with(text, start) != (key->fallback ? 1 : 2)) { /* there is no default command */
            fail_msg("'%s' stands %zu times in the sample", key->name, count_lines_with(text, start));
        }
    }
    write_file("main.ini", text);
    expect_loaded();
    char *loaded = render();
    char commands[256];
    snprintf(commands, sizeof(commands), "[job:NAME]\ncommand = %s\n[service:OTHR]\ncommand = %s\n",
             config.jobs[0].command, config.jobs[1].command);
    write_file("main.ini", commands);
    expect_loaded();
    char *defaults = render();
    assert_string_equal(loaded, defaults);
    free(loaded);
    free(defaults);
    test_free(text);
    test_free(sample);
}

/* Uncommented they are taken, and what each comes after is there. */
static void test_sample_has_jobs_ready(void **state)
{
    (void)state;
    static const char *const names[] = {"volumes",    "claude",    "pnpm-config", "pnpm-install",
                                        "playwright", "port-3000", "port-3001",   "port-3002",
                                        "port-3003",  "port-3004", "port-3005"};
    char *sample = read_part(ready_part, NULL);
    char *text = uncomment(sample);
    write_file("main.ini", text);
    expect_loaded();
    assert_int_equal(config.job_count, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_string_equal(config.jobs[i].name, names[i]);
        assert_int_equal(config.jobs[i].is_service, i >= 5);
    }
    assert_string_equal(config.jobs[0].user, "root");
    assert_non_null(strstr(config.jobs[0].command, "node_modules \\\n    /home/vscode/.local "));
    assert_string_equal(config.jobs[1].command, "curl -fsSL https://claude.ai/install.sh | bash");
    expect_list(config.jobs[1].shell, "/bin/bash -e -o pipefail");
    assert_int_equal(config.jobs[2].needs, 1 << 0);
    assert_int_equal(config.jobs[3].needs, 1 << 0 | 1 << 2);
    expect_list(config.jobs[3].only_if_exists, "pnpm-lock.yaml");
    assert_int_equal(config.jobs[4].needs, 1 << 3);
    for (int port = 3000; port <= 3005; port++) {
        char command[128];
        snprintf(command, sizeof(command),
                 "exec socat TCP-LISTEN:%d,bind=localhost,fork,reuseaddr TCP:app:%d", port, port);
        assert_string_equal(config.jobs[5 + port - 3000].command, command);
    }
    test_free(text);
    test_free(sample);
}

static void test_sample_explains_every_key(void **state)
{
    (void)state;
    char *sample = read_part(NULL, ready_part);
    char before[TEXT_SIZE] = "";
    char *rest = sample;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (is_commented_key(line) && strncmp(before, "# ", 2) != 0) {
            fail_msg("no line of why stands above '%s'", line);
        }
        if (strlen(line) > 110) {
            fail_msg("too wide: %s", line);
        }
        snprintf(before, sizeof(before), "%s", line);
    }
    test_free(sample);
}

static void test_sample_has_secrets_ready(void **state)
{
    (void)state;
    char *sample = read_sample();
    char *line = strstr(sample, "\n# strip = @default GITHUB_TOKEN");
    assert_non_null(line);
    *strchr(line + 1, '\n') = '\0';
    char text[TEXT_SIZE];
    snprintf(text, sizeof(text), "[env]\n%s\n", line + strlen("\n# "));
    write_file("main.ini", text);
    expect_loaded();
    assert_string_equal(config.env.strip[0], "SSH_AGENT_PID");
    test_free(sample);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_needs_no_file),
        TEST(test_reads_every_key),
        TEST(test_later_files_win_key_by_key),
        TEST(test_sorts_dropins),
        TEST(test_misses_dropin_that_vanishes),
        TEST(test_leaves_other_names_alone),
        TEST(test_sections_may_come_twice),
        TEST(test_tells_what_is_wrong),
        TEST(test_tells_what_is_wrong_with_rules),
        TEST(test_reads_jobs),
        TEST(test_later_files_change_jobs_key_by_key),
        TEST(test_keeps_scripts_as_they_are),
        TEST(test_tells_what_is_wrong_with_jobs),
        TEST(test_tells_a_too_long_script_once),
        TEST(test_tells_where_jobs_are_wrong),
        TEST(test_allows_empty_lists_without_the_guard),
        TEST(test_checks_the_whole),
        TEST(test_reports_all_faults_of_all_files),
        TEST(test_escapes_file_names),
        TEST(test_needs_a_file_that_was_named),
        TEST(test_needs_no_dropins),
        TEST(test_refuses_what_is_no_file),
        TEST(test_refuses_what_others_could_write),
        TEST(test_refuses_foreign_owners),
        TEST(test_tells_unreadable_files),
        TEST(test_limits_files),
        TEST(test_limits_dropins),
        TEST(test_survives_reading_errors),
        TEST(test_survives_lack_of_memory),
        TEST(test_sample_is_all_comments),
        TEST(test_sample_shows_every_default),
        TEST(test_sample_sets_every_key),
        TEST(test_sample_shows_every_default_of_jobs),
        TEST(test_sample_has_jobs_ready),
        TEST(test_sample_explains_every_key),
        TEST(test_sample_has_secrets_ready),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
