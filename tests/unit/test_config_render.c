/* SPDX-License-Identifier: MIT */
/*
 * config_render: what is written, and that a configuration which could be read can be read again from it.
 *
 * WRAP: fflush
 */
#include "testing.h"

#include "sandbox_init/config.h"

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
    "set =\n";

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
                               "    G=gr\xc3\xbc\xff\n";
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
    "\"keep\": [], \"set\": []}}\n";

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
    expect_json("[env]\nset = A=\"b\\\xc3\xbc\n", "\"set\": [\"A=\\\"b\\\\\\\\\\\\xc3\\\\xbc\"]");
}

/* The longest value of the widest bytes is not cut. */
static void test_writes_long_json(void **state)
{
    (void)state;
    char text[1024];
    char needle[2048] = "\"set\": [\"A=";
    snprintf(text, sizeof(text), "[env]\nset =\n A=%s", repeat('\xff', 193));
    for (int i = 0; i < 193; i++) {
        memcpy(needle + strlen(needle), "\\\\xff", sizeof("\\\\xff"));
    }
    memcpy(needle + strlen(needle), "\"]", sizeof("\"]"));
    expect_json(text, needle);
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
        TEST(test_tells_that_it_cannot_write),
    };
    return cmocka_run_group_tests_name("config_render", tests, NULL, NULL);
}
