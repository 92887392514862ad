/* SPDX-License-Identifier: MIT */
/*
 * config_render: what is written, and that a configuration which could be read can be read again from it.
 *
 * WRAP: fflush
 */
#include "testing.h"

#include "sandbox_init/config.h"
#include "sandbox_init/inifile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];
static int flush_error;

int __real_fflush(FILE *stream);
int __wrap_fflush(FILE *stream);
int __wrap_fflush(FILE *stream)
{
    if (flush_error == 0) {
        return __real_fflush(stream);
    }
    errno = flush_error;
    return EOF;
}

static int set_up(void **state)
{
    (void)state;
    flush_error = 0;
    snprintf(path, sizeof(path), "/tmp/test_config_render.XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void on_fault(void *context, const struct config_fault *fault)
{
    (void)context;
    fail_msg("%s:%u: %s", fault->file, fault->line, fault->message);
}

static void load(struct config *config, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    const struct config_source source = {.file = path, .is_required = true, .owner = geteuid()};
    assert_int_equal(config_load(config, &source, on_fault, NULL), 0);
}

/* Returns what RENDER writes of CONFIG; free(3) it. */
static char *render(const struct config *config, int (*render_function)(const struct config *, FILE *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(render_function(config, stream), 0);
    assert_int_equal(fclose(stream), 0);
    return text;
}

/* TEXT must come out as EXPECTED (NULL: anything), and that as itself, again and again. */
static void expect_ini(const char *text, const char *expected)
{
    struct config first = {0};
    struct config second = {0};
    load(&first, text);
    char *once = render(&first, config_render_ini);
    load(&second, once);
    char *twice = render(&second, config_render_ini);
    if (expected) {
        assert_string_equal(once, expected);
    }
    assert_string_equal(once, twice);
    free(once);
    free(twice);
    config_finish(&first);
    config_finish(&second);
}

static const char default_ini[] =
    "[init]\n"
    "user =\n"
    "stop_grace = 8s\n"
    "kill_grace = 2s\n"
    "rewrite =\n"
    "remap_exit =\n"
    "pdeathsig =\n"
    "log_level = info\n"
    "log_format = text\n"
    "log_dir =\n"
    "runtime_dir = /run/sandbox-init\n"
    "\n"
    "[scrub]\n"
    "enabled = yes\n"
    "dirs =\n"
    "    /tmp $TMPDIR $XDG_RUNTIME_DIR /run/user/* /tmp/user/*\n"
    "patterns =\n"
    "    vscode-ssh-auth-*.sock vscode-ssh-auth-sock-* vscode-ipc-*.sock vscode-git-*.sock\n"
    "    vscode-remote-containers-ipc-*.sock cursor-ipc-*.sock windsurf-ipc-*.sock\n"
    "action = revoke\n"
    "\n"
    "[env]\n"
    "strip =\n"
    "    SSH_AGENT_PID VSCODE_* REMOTE_CONTAINERS* GIT_ASKPASS SSH_ASKPASS* GIT_EDITOR=*git-editor*.sh*\n"
    "    DISPLAY WAYLAND_DISPLAY XAUTHORITY DBUS_SESSION_BUS_ADDRESS LD_PRELOAD LD_AUDIT NODE_OPTIONS\n"
    "    WSL_INTEROP CODE_SERVER_SESSION_SOCKET\n"
    "empty =\n"
    "    SSH_AUTH_SOCK GPG_AGENT_INFO BROWSER\n"
    "keep =\n"
    "set =\n"
    "\n"
    "[airlock]\n"
    "unix_sockets = auto\n"
    "allow_unix =\n"
    "    /run/sandbox-init/control\n"
    "allow_signals = no\n"
    "\n"
    "[prompt]\n"
    "text =\n";

static void test_writes_defaults(void **state)
{
    (void)state;
    expect_ini("", default_ini);
}

static void test_writes_every_key(void **state)
{
    (void)state;
    static const char text[] = "[init]\n"
                               "user = node\n"
                               "stop_grace = 1500ms\n"
                               "kill_grace = 0\n"
                               "rewrite =\n"
                               "    TERM:QUIT 1:0 sigusr1:RTMIN+3\n"
                               "remap_exit =\n"
                               "    143 0 255\n"
                               "pdeathsig = term\n"
                               "log_level = debug\n"
                               "log_format = json\n"
                               "log_dir = /var/log/a b\n"
                               "runtime_dir =\n"
                               "\n"
                               "[scrub]\n"
                               "enabled = no\n"
                               "dirs =\n"
                               "patterns =\n"
                               "action = report\n"
                               "\n"
                               "[env]\n"
                               "strip =\n"
                               "    *\n"
                               "empty =\n"
                               "keep =\n"
                               "    PATH HOME=/h*\n"
                               "set =\n"
                               "    A=b  c\t\"d\" # e;f\n"
                               "    A=\n"
                               "    G=gr\xc3\xbc\xff\n"
                               "\n"
                               "[airlock]\n"
                               "unix_sockets = strict\n"
                               "allow_unix =\n"
                               "    /run/postgresql $HOME/a.sock\n"
                               "allow_signals = yes\n"
                               "\n"
                               "[prompt]\n"
                               "text =\n"
                               "    Names: `db`, `cache`.  \n"
                               "\n"
                               "    - # of workers ; two\n";
    expect_ini(text, text);
}

static void test_repeats_words_that_look_like_syntax(void **state)
{
    (void)state;
    expect_ini("[env]\nstrip = A [B] [#]x [;] [@]y a#b a;b x=y=z [ini]t\nset =keep=1\n  dirs==\n", NULL);
    expect_ini("[scrub]\npatterns = x;y z#=1 [q]\ndirs = /a\\* /b;c $D/[#]\n", NULL);
    expect_ini("[init]\nlog_dir=/[scrub]\nruntime_dir = /a=b:c\n", NULL);
}

static const char *repeat(char letter, size_t count)
{
    static char text[1024];
    memset(text, letter, count);
    text[count] = '\0';
    return text;
}

/* What fills a line as far as a line can be filled must fit when it is written, with what stands around it.
 */
static void test_repeats_the_longest_values(void **state)
{
    (void)state;
    char text[1024];
    snprintf(text, sizeof(text), "[init]\nlog_dir=/%s\n", repeat('x', 196 - strlen("log_dir=/")));
    expect_ini(text, NULL);
    snprintf(text, sizeof(text), "[init]\nlog_dir=/%s\n", repeat('x', 196 - strlen("log_dir=/") - 2));
    expect_ini(text, NULL);
    snprintf(text, sizeof(text), "[init]\nlog_dir=/%s\n", repeat('x', 196 - strlen("log_dir=/") - 1));
    expect_ini(text, NULL);
    for (size_t indent = 1; indent < 6; indent++) {
        snprintf(text, sizeof(text), "[env]\nset=\n%*sA=%s\n", (int)indent, "",
                 repeat('x', 196 - 2 - indent));
        expect_ini(text, NULL);
        snprintf(text, sizeof(text), "[env]\nstrip= a\n%*s%s b\n", (int)indent, "",
                 repeat('x', 196 - 2 - indent));
        expect_ini(text, NULL);
        snprintf(text, sizeof(text), "[scrub]\ndirs= /a\n%*s/%s\n /b", (int)indent, "",
                 repeat('x', 196 - 1 - indent));
        expect_ini(text, NULL);
    }
}

/* Words fill lines; at every length the line stays in its bounds. */
static void test_fills_lines(void **state)
{
    (void)state;
    char text[1024];
    for (size_t length = 1; length < 196 - 8; length++) {
        snprintf(text, sizeof(text), "[env]\nstrip =\n  a %s\n  b c\n", repeat('x', length));
        struct config config = {0};
        load(&config, text);
        char *ini = render(&config, config_render_ini);
        char *rest = NULL;
        for (char *line = strtok_r(ini, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
            assert_true(strlen(line) <= (length > 96 ? length + 4 : 100));
        }
        free(ini);
        config_finish(&config);
        expect_ini(text, NULL);
    }
}

static const char default_json[] =
    "{\"init\": {\"user\": null, \"stop_grace\": 8000, \"kill_grace\": 2000, \"rewrite\": [], "
    "\"remap_exit\": [], \"pdeathsig\": null, \"log_level\": \"info\", "
    "\"log_format\": \"text\", \"log_dir\": null, \"runtime_dir\": \"/run/sandbox-init\"}, "
    "\"scrub\": {\"enabled\": true, "
    "\"dirs\": [\"/tmp\", \"$TMPDIR\", \"$XDG_RUNTIME_DIR\", \"/run/user/*\", \"/tmp/user/*\"], "
    "\"patterns\": [\"vscode-ssh-auth-*.sock\", \"vscode-ssh-auth-sock-*\", \"vscode-ipc-*.sock\", "
    "\"vscode-git-*.sock\", \"vscode-remote-containers-ipc-*.sock\", \"cursor-ipc-*.sock\", "
    "\"windsurf-ipc-*.sock\"], \"action\": \"revoke\"}, "
    "\"env\": {\"strip\": [\"SSH_AGENT_PID\", \"VSCODE_*\", \"REMOTE_CONTAINERS*\", \"GIT_ASKPASS\", "
    "\"SSH_ASKPASS*\", \"GIT_EDITOR=*git-editor*.sh*\", \"DISPLAY\", \"WAYLAND_DISPLAY\", \"XAUTHORITY\", "
    "\"DBUS_SESSION_BUS_ADDRESS\", \"LD_PRELOAD\", \"LD_AUDIT\", \"NODE_OPTIONS\", \"WSL_INTEROP\", "
    "\"CODE_SERVER_SESSION_SOCKET\"], \"empty\": [\"SSH_AUTH_SOCK\", \"GPG_AGENT_INFO\", \"BROWSER\"], "
    "\"keep\": [], \"set\": []}, \"airlock\": {\"unix_sockets\": \"auto\", "
    "\"allow_unix\": [\"/run/sandbox-init/control\"], \"allow_signals\": false}, "
    "\"prompt\": {\"text\": null}, \"jobs\": []}\n";

static void expect_json(const char *text, const char *needle)
{
    struct config config = {0};
    load(&config, text);
    char *json = render(&config, config_render_json);
    if (!strstr(json, needle)) {
        fail_msg("%s is not in %s", needle, json);
    }
    free(json);
    config_finish(&config);
}

static void test_writes_json(void **state)
{
    (void)state;
    struct config config = {0};
    load(&config, "");
    char *json = render(&config, config_render_json);
    assert_string_equal(json, default_json);
    free(json);
    config_finish(&config);

    expect_json("[scrub]\nenabled = no\naction = report\n", "\"enabled\": false, ");
    expect_json("[scrub]\nenabled = no\naction = report\n", "\"action\": \"report\"}");
    expect_json(
        "[init]\nrewrite = TERM:QUIT 1:0\nremap_exit = 143\npdeathsig = KILL\n",
        "\"rewrite\": [\"TERM:QUIT\", \"1:0\"], \"remap_exit\": [\"143\"], \"pdeathsig\": \"KILL\", ");
    expect_json("[init]\nuser = node\nstop_grace = 0\n", "\"user\": \"node\", \"stop_grace\": 0, ");
    expect_json("[env]\nset = A=\"b\\\xc3\xbc\n", "\"set\": [\"A=\\\"b\\\\\\u00fc\"]");
}

/* The longest value of the widest bytes is not cut. */
static void test_writes_long_json(void **state)
{
    (void)state;
    char text[1024];
    char needle[2048] = "\"set\": [\"A=";
    snprintf(text, sizeof(text), "[env]\nset =\n A=%s", repeat('\xff', 193));
    for (int i = 0; i < 193; i++) {
        memcpy(needle + strlen(needle), "\\udcff", sizeof("\\udcff"));
    }
    memcpy(needle + strlen(needle), "\"]", sizeof("\"]"));
    expect_json(text, needle);
}

/* UTF-8 as what it stands for, anything else as the bytes that it is. */
static void test_writes_json_strings(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"a\"b\\c/d\te", "a\\\"b\\\\c/d\\te"},
        {"\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbd", "\\u0080 \\u07ff \\u0800 \\ufffd"},
        {"\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", "\\ud800\\udc00 \\udbff\\udfff"},
        {"\xed\x9f\xbf \xee\x80\x80", "\\ud7ff \\ue000"},
        {"\x80 \xbf \xc3 \xff \xf8", "\\udc80 \\udcbf \\udcc3 \\udcff \\udcf8"},
        {"\xc0\x80 \xc1\xbf", "\\udcc0\\udc80 \\udcc1\\udcbf"},                       /* too long */
        {"\xe0\x9f\xbf", "\\udce0\\udc9f\\udcbf"},                                    /* too long */
        {"\xf0\x8f\xbf\xbf", "\\udcf0\\udc8f\\udcbf\\udcbf"},                         /* too long */
        {"\xed\xa0\x80 \xed\xbf\xbf", "\\udced\\udca0\\udc80 \\udced\\udcbf\\udcbf"}, /* surrogates */
        {"\xf4\x90\x80\x80", "\\udcf4\\udc90\\udc80\\udc80"},                         /* too large */
        {"\xe2\x82 x", "\\udce2\\udc82 x"},
        {"\xe2\x82", "\\udce2\\udc82"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[256];
        char needle[256];
        snprintf(text, sizeof(text), "[job:a]\ncommand = %s\n", rows[i][0]);
        snprintf(needle, sizeof(needle), "\"command\": \"%s\", ", rows[i][1]);
        expect_json(text, needle);
    }
}

static const char jobs_ini[] = "\n"
                               "[job:install]\n"
                               "command =\n"
                               "    if true; then\n"
                               "        a ; b # c\n"
                               "\n"
                               "      \n"
                               "    fi\n"
                               "shell =\n"
                               "    bash -o errexit -o pipefail\n"
                               "directory = /src\n"
                               "user = node\n"
                               "environment =\n"
                               "    A=b c\n"
                               "    B=\n"
                               "environment_file = .env\n"
                               "after =\n"
                               "    web\n"
                               "only_if_exists =\n"
                               "    a /b\n"
                               "unless_exists =\n"
                               "    c\n"
                               "timeout = 5m\n"
                               "stop_signal = INT\n"
                               "stop_grace = 1s\n"
                               "retries = 3\n"
                               "retry_delay = 0\n"
                               "nice = -5\n"
                               "umask = 077\n"
                               "allow_privileges = yes\n"
                               "confine = no\n"
                               "echo = no\n"
                               "log_max_size = 64K\n"
                               "log_keep = 0\n"
                               "enabled = no\n"
                               "\n"
                               "[service:web]\n"
                               "command = serve ; exit 3  \n"
                               "shell =\n"
                               "    /bin/sh -e\n"
                               "directory =\n"
                               "user =\n"
                               "environment =\n"
                               "environment_file =\n"
                               "after =\n"
                               "only_if_exists =\n"
                               "unless_exists =\n"
                               "timeout = 0\n"
                               "stop_signal = TERM\n"
                               "stop_grace = 5s\n"
                               "restart = on-failure\n"
                               "restart_delay = 10ms\n"
                               "start_limit = 0\n"
                               "nice = 0\n"
                               "umask = 022\n"
                               "allow_privileges = no\n"
                               "confine = strict\n"
                               "echo = yes\n"
                               "log_max_size = 10M\n"
                               "log_keep = 3\n"
                               "enabled = yes\n";

static const char jobs_json[] =
    ", \"jobs\": [{\"name\": \"install\", \"kind\": \"job\", "
    "\"command\": \"if true; then\\n    a ; b # c\\n\\n  \\nfi\", "
    "\"shell\": [\"bash\", \"-o\", \"errexit\", \"-o\", \"pipefail\"], \"directory\": \"/src\", "
    "\"user\": \"node\", \"environment\": [\"A=b c\", \"B=\"], \"environment_file\": \".env\", "
    "\"after\": [\"web\"], \"only_if_exists\": [\"a\", \"/b\"], \"unless_exists\": [\"c\"], "
    "\"timeout\": 300000, \"stop_signal\": \"INT\", \"stop_grace\": 1000, \"retries\": 3, "
    "\"retry_delay\": 0, \"nice\": -5, \"umask\": \"077\", \"allow_privileges\": true, \"confine\": \"no\", "
    "\"echo\": false, "
    "\"log_max_size\": 65536, \"log_keep\": 0, \"enabled\": false}, "
    "{\"name\": \"web\", \"kind\": \"service\", \"command\": \"serve ; exit 3  \", "
    "\"shell\": [\"/bin/sh\", \"-e\"], \"directory\": null, \"user\": null, \"environment\": [], "
    "\"environment_file\": null, \"after\": [], \"only_if_exists\": [], \"unless_exists\": [], "
    "\"timeout\": 0, \"stop_signal\": \"TERM\", \"stop_grace\": 5000, \"restart\": \"on-failure\", "
    "\"restart_delay\": 10, \"start_limit\": 0, \"nice\": 0, \"umask\": \"022\", "
    "\"allow_privileges\": false, \"confine\": \"strict\", \"echo\": true, \"log_max_size\": 10485760, "
    "\"log_keep\": 3, "
    "\"enabled\": true}]}\n";

static void test_writes_jobs(void **state)
{
    (void)state;
    char text[sizeof(default_ini) + sizeof(jobs_ini)];
    snprintf(text, sizeof(text), "%s%s", default_ini, jobs_ini);
    expect_ini(text, text);
    expect_json(text, jobs_json);
}

/* SCRIPT, written as the configuration of a job, is read again byte by byte. */
static void expect_script(const char *text, const char *script)
{
    struct config first = {0};
    struct config second = {0};
    load(&first, text);
    assert_string_equal(first.jobs[0].command, script);
    char *ini = render(&first, config_render_ini);
    load(&second, ini);
    assert_string_equal(second.jobs[0].command, script);
    free(ini);
    config_finish(&first);
    config_finish(&second);
}

static void test_repeats_scripts(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"a", "a"},
        {"\n a", "a"},
        {"a  \n  b\t\n", "a  \nb\t"},
        {"\n\ta\n\t\tb\n\t  c\n", "a\n\tb\n  c"},
        {"\n  a\n\n   \n\t\n \n  b\n", "a\n\n \n\t\n\nb"},
        {"\n # a\n ; b\n [c]\n d = e\n", "# a\n; b\n[c]\nd = e"},
        {"a\xef\xbb\xbf\n  \xff", "a\xef\xbb\xbf\n\xff"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[256];
        snprintf(text, sizeof(text), "[job:a]\ncommand =%s", rows[i][0]);
        expect_script(text, rows[i][1]);
    }
}

/* Lines that fill what a line of a script can be, alone and with another one, in all ways to write them. */
static void test_repeats_the_longest_scripts(void **state)
{
    (void)state;
    static char line[INIFILE_SCRIPT_LINE_MAX + 1];
    static char text[3 * sizeof(line)];
    static char script[3 * sizeof(line)];
    memset(line, 'x', sizeof(line) - 1);
    for (size_t less = 0; less < 12; less++) {
        const char *key_line = line + strlen("command=") + less;
        snprintf(text, sizeof(text), "[job:a]\ncommand=%s", key_line);
        expect_script(text, key_line);
        snprintf(text, sizeof(text), "[job:a]\ncommand=%s\n  b", key_line);
        snprintf(script, sizeof(script), "%s\nb", key_line);
        expect_script(text, script);
        snprintf(text, sizeof(text), "[job:a]\ncommand=\n %s", line + 1 + less);
        expect_script(text, line + 1 + less);
        snprintf(text, sizeof(text), "[job:a]\ncommand=a\n\n %s\n b", line + 1 + less);
        snprintf(script, sizeof(script), "a\n\n%s\nb", line + 1 + less);
        expect_script(text, script);
    }
    memset(line, ' ', sizeof(line) - 1);
    snprintf(text, sizeof(text), "[job:a]\ncommand=\n a\n%s\n b", line);
    snprintf(script, sizeof(script), "a\n%s\nb", line + 1);
    expect_script(text, script);
    snprintf(text, sizeof(text), "[job:a]\ncommand=a\n%s\n\tb", line + 1);
    snprintf(script, sizeof(script), "a\n%s\nb", line + 1);
    expect_script(text, script);
}

static void test_tells_that_it_cannot_write(void **state)
{
    (void)state;
    struct config config = {0};
    load(&config, "");
    FILE *full = fopen("/dev/full", "we");
    assert_non_null(full);
    assert_int_equal(config_render_ini(&config, full), -ENOSPC);
    assert_int_equal(config_render_json(&config, full), -ENOSPC);
    fclose(full);
    /* A stream that failed before and has nothing left to write is not a success either. */
    FILE *unwritable = fopen("/dev/null", "re");
    assert_non_null(unwritable);
    assert_true(config_render_ini(&config, unwritable) < 0);
    fclose(unwritable);
    FILE *stream = fopen("/dev/null", "we");
    assert_non_null(stream);
    flush_error = EIO;
    assert_int_equal(config_render_ini(&config, stream), -EIO);
    assert_int_equal(config_render_json(&config, stream), -EIO);
    flush_error = 0;
    fclose(stream);
    config_finish(&config);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_writes_defaults),
        TEST(test_writes_every_key),
        TEST(test_repeats_words_that_look_like_syntax),
        TEST(test_repeats_the_longest_values),
        TEST(test_fills_lines),
        TEST(test_writes_json),
        TEST(test_writes_long_json),
        TEST(test_writes_json_strings),
        TEST(test_writes_jobs),
        TEST(test_repeats_scripts),
        TEST(test_repeats_the_longest_scripts),
        TEST(test_tells_that_it_cannot_write),
    };
    return cmocka_run_group_tests_name("config_render", tests, NULL, NULL);
}
