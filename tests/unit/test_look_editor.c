/* SPDX-License-Identifier: MIT */
/* look_editor: VS Code's files in several homes, writable or not; markers that silence, and others. */
#include "testing.h"

#include "fake_premises.h"

#include "sandbox_init/look_editor.h"

static void test_extensions(void **state)
{
    struct fake_premises *fake = *state;
    fake_expect(fake, look_editor_extensions, FINDING_NONE, "VS Code has not been here");
    static const char *const places[] = {
        "/home/agent/.vscode-server/extensions",      "/home/agent/.vscode-server/cli/servers",
        "/home/vscode/.cursor-server/extensions",     "/root/.local/share/code-server/extensions",
        "/home/agent/.vscode-remote-containers/dist", "/vscode/vscode-server/bin",
    };
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        fake_directory(fake, places[i]);
        fake_expect(fake, look_editor_extensions, FINDING_WARN, places[i]);
        fake_expect_mend(fake, "useradd");
        fake_mode(fake, places[i], 0555);
        fake_expect(fake, look_editor_extensions, FINDING_PASS, "none of the ");
    }
    fake_expect(fake, look_editor_extensions, FINDING_PASS, "none of the 6 places");
    /* One extension in a directory that is not writable itself. */
    fake_mode(fake, places[0], 0755);
    fake_directory(fake, "/home/agent/.vscode-server/extensions/a.b-1.0");
    fake_mode(fake, places[0], 0555);
    fake_expect(fake, look_editor_extensions, FINDING_WARN, places[0]);
    fake_mode(fake, "/home/agent/.vscode-server/extensions/a.b-1.0", 0555);
    fake_expect(fake, look_editor_extensions, FINDING_PASS, "");
    fake_file(fake, "/tmp/vscode-remote-containers-server-1.js", "");
    fake_expect(fake, look_editor_extensions, FINDING_WARN, "/tmp/vscode-remote-containers-server-1.js");
}

static void test_markers(void **state)
{
    struct fake_premises *fake = *state;
    static const char *const names[] = {"onCreate", "updateContent", "postCreate", "postStart", "postAttach"};
    static const char *const folders[] = {"/home/agent/.vscode-server/data/Machine",
                                          "/home/agent/.devcontainer",
                                          "/root/.vscode-server-insiders/data/Machine"};
    char path[256];
    char full[FAKE_PATH_SIZE];
    fake_expect(fake, look_editor_markers, FINDING_NONE, "there is no marker");
    for (size_t i = 0; i < COUNT_OF(names) * COUNT_OF(folders); i++) {
        snprintf(path, sizeof path, "%s/.%sCommandMarker", folders[i / COUNT_OF(names)],
                 names[i % COUNT_OF(names)]);
        fake_file(fake, path, "");
        fake_expect(fake, look_editor_markers, FINDING_FAIL, path);
        fake_expect_mend(fake, path);
        fake_file(fake, path, "2026-11-28T19:00:00.000000000Z\n");
        fake_expect(fake, look_editor_markers, FINDING_PASS, "none of 1");
        assert_int_equal(remove(fake_path(fake, full, path)), 0);
    }
}

static const char start_marker[] = "/home/agent/.vscode-server/data/Machine/.postStartCommandMarker";

static void test_silent_markers(void **state)
{
    struct fake_premises *fake = *state;
    char full[FAKE_PATH_SIZE];
    fake_file(fake, start_marker, "\n\n\n");
    fake_expect(fake, look_editor_markers, FINDING_FAIL, " is empty");
    fake_bytes(fake, start_marker, "\0\0\n", 3);
    fake_expect(fake, look_editor_markers, FINDING_FAIL, " is empty");
    fake_file(fake, start_marker, "x");
    fake_mode(fake, start_marker, 0444);
    fake_expect(fake, look_editor_markers, FINDING_FAIL, " is read-only");
    assert_int_equal(remove(fake_path(fake, full, start_marker)), 0);
    fake_link(fake, start_marker, "/dev/null");
    fake_expect(fake, look_editor_markers, FINDING_FAIL, " is a link");
    assert_int_equal(remove(full), 0);
    assert_int_equal(mkfifo(full, 0644), 0);
    fake_expect(fake, look_editor_markers, FINDING_FAIL, " is no regular file");
    assert_int_equal(remove(full), 0);
    fake_directory(fake, start_marker);
    fake_expect(fake, look_editor_markers, FINDING_FAIL, " is a directory");
    assert_int_equal(remove(full), 0);
}

static void test_marker_directory(void **state)
{
    testing_need_openat2();
    struct fake_premises *fake = *state;
    static const char directory[] = "/home/agent/.vscode-server/data/Machine";
    char full[FAKE_PATH_SIZE];
    fake_file(fake, start_marker, "x");
    fake_mode(fake, directory, 0555);
    fake_expect(fake, look_editor_markers, FINDING_PASS, "none of 1");
    fake_mode(fake, directory, 0755);
    assert_int_equal(remove(fake_path(fake, full, start_marker)), 0);
    fake_mode(fake, directory, 0555);
    fake_expect(fake, look_editor_markers, FINDING_FAIL, "Machine is read-only, without a marker");
    assert_int_equal(rmdir(fake_path(fake, full, directory)), 0);
    fake_expect(fake, look_editor_markers, FINDING_NONE, "");
    fake_file(fake, directory, "");
    fake_expect(fake, look_editor_markers, FINDING_FAIL, "Machine is no directory");
    assert_int_equal(remove(full), 0);
    fake_link(fake, directory, "/nowhere");
    fake_expect(fake, look_editor_markers, FINDING_FAIL, "Machine is no directory");
    assert_int_equal(remove(full), 0);
    fake_directory(fake, "/data");
    fake_link(fake, directory, "/data");
    fake_expect(fake, look_editor_markers, FINDING_NONE, "");
}

/* A home that is closed to us counts as not seen only if VS Code is at home there. */
static void test_closed_home(void **state)
{
    struct fake_premises *fake = *state;
    if (geteuid() == 0) {
        skip();
    }
    fake_file(fake, start_marker, "");
    fake_mode(fake, "/home/agent/.vscode-server", 0);
    fake_expect(fake, look_editor_markers, FINDING_NONE, "");
    assert_non_null(strstr(fake->finding.unseen, "look as its owner"));
    fake->scene.server_pid = 1;
    fake->scene.server_uid = fake->uid + 1;
    fake_expect(fake, look_editor_markers, FINDING_NONE, "");
    assert_string_equal(fake->finding.unseen, "");
}

static void test_tokens(void **state)
{
    struct fake_premises *fake = *state;
    char path[64];
    fake_expect(fake, look_editor_tokens, FINDING_PASS, "none that it can read");
    snprintf(path, sizeof path, "/run/user/%u/cursor-remote-code.token.1", (unsigned)fake->uid);
    const char *const files[] = {"/home/agent/.vscode-server/data/Machine/.connection-token-0a",
                                 "/home/vscode/.cursor-server/.0a.token", "/home/agent/.claude/ide/1234.lock",
                                 "/home/agent/.copilot/ide/x.lock", path};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        fake_file(fake, files[i], "");
        fake_expect(fake, look_editor_tokens, FINDING_PASS, "");
        fake_file(fake, files[i], "hunter2");
        fake_expect(fake, look_editor_tokens, FINDING_WARN, files[i]);
        fake_refute(fake, "hunter2");
        fake_mode(fake, files[i], 0);
    }
    fake->scene.is_other = false;
    fake->environ_in[1] = strdup("CLAUDE_CONFIG_DIR=/claude");
    fake_file(fake, "/claude/ide/1.lock", "x");
    fake_expect(fake, look_editor_tokens, FINDING_WARN, "/claude/ide/1.lock");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_extensions),       CASE(test_markers),     CASE(test_silent_markers),
        CASE(test_marker_directory), CASE(test_closed_home), CASE(test_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
