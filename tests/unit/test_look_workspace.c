/* SPDX-License-Identifier: MIT */
/*
 * look_workspace: which files the agent can change, in spite of modes and mounts; and settings as VS Code
 * reads them.
 *
 * WRAP: statx
 */
#include "testing.h"

#include "fake_premises.h"

#include "sandbox_init/look_workspace.h"

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif

static ino_t mount_roots[4]; /* what the kernel says something is mounted on */

int __real_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status);
int __wrap_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status);
int __wrap_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status)
{
    const int result = __real_statx(dirfd, path, flags, mask, status);
    for (size_t i = 0; i < COUNT_OF(mount_roots); i++) {
        if (mount_roots[i] != 0 && status->stx_ino == mount_roots[i]) {
            status->stx_attributes |= STATX_ATTR_MOUNT_ROOT;
        }
    }
    return result;
}

static void fake_mount(const struct fake_premises *fake, size_t index, const char *path)
{
    char full[FAKE_PATH_SIZE];
    struct stat status;
    assert_int_equal(stat(fake_path(fake, full, path), &status), 0);
    mount_roots[index] = status.st_ino;
}

static void test_nothing(void **state)
{
    fake_expect(*state, look_workspace_writable, FINDING_NONE, "no workspace");
    fake_expect(*state, look_workspace_settings, FINDING_NONE, "no workspace");
}

static void test_writable(void **state)
{
    struct fake_premises *fake = *state;
    fake_directory(fake, "/workspaces/x/.git/hooks");
    fake_file(fake, "/workspaces/x/.git/config", "");
    fake_expect(fake, look_workspace_writable, FINDING_WARN,
                "/workspaces/x: it can change .devcontainer, .vscode, .git/hooks, .git/config");
    fake_expect_mend(fake, "${localWorkspaceFolder}/.git/hooks,");
    fake_expect_mend(
        fake, "source=${localWorkspaceFolder}/.git,target=${containerWorkspaceFolder}/.git,type=bind\"");
    fake_expect_mend(fake, "${localWorkspaceFolder}/.git/config,");
    /* A mount needs something to be mounted. */
    fake_refute(fake, "${localWorkspaceFolder}/.devcontainer");
    static const char *const files[] = {".devcontainer.json", ".envrc", ".mcp.json", ".claude/settings.json",
                                        "a.code-workspace"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[128];
        fake_refute(fake, files[i]);
        snprintf(path, sizeof path, "/workspaces/x/%s", files[i]);
        fake_file(fake, path, "");
        fake_expect(fake, look_workspace_writable, FINDING_WARN, files[i]);
    }
    fake_file(fake, "/workspaces/x/.devcontainer/devcontainer.json", "{}");
    fake_expect(fake, look_workspace_writable, FINDING_WARN, "");
    fake_expect_mend(fake,
                     "${localWorkspaceFolder}/.devcontainer,target=${containerWorkspaceFolder}/.devcontainer,"
                     "type=bind,readonly");
}

static void test_not_writable(void **state)
{
    struct fake_premises *fake = *state;
    fake_file(fake, "/workspaces/x/.devcontainer/devcontainer.json", "{}");
    fake_directory(fake, "/workspaces/x/.git/hooks");
    fake_file(fake, "/workspaces/x/.git/config", "");
    static const char *const paths[] = {
        "/.devcontainer/devcontainer.json", "/.devcontainer", "/.git/hooks", "/.git/config", "/.git", ""};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        char path[128];
        snprintf(path, sizeof path, "/workspaces/x%s", paths[i]);
        fake_mode(fake, path, 0555);
    }
    fake_expect(fake, look_workspace_writable, FINDING_PASS, "/workspaces/x: nothing that others run");

    /* Each one that can be written is enough, one file in a directory too. */
    fake_mode(fake, "/workspaces/x/.devcontainer/devcontainer.json", 0644);
    fake_expect(fake, look_workspace_writable, FINDING_WARN, "/workspaces/x: it can change .devcontainer");
    fake_mode(fake, "/workspaces/x/.devcontainer/devcontainer.json", 0444);
    fake_mode(fake, "/workspaces/x/.git/config", 0644);
    fake_expect(fake, look_workspace_writable, FINDING_WARN, "/workspaces/x: it can change .git/config");
    fake_mode(fake, "/workspaces/x/.git/config", 0444);

    /* What cannot be written, but renamed. */
    fake_mode(fake, "/workspaces/x/.git", 0755);
    fake_expect(fake, look_workspace_writable, FINDING_WARN,
                ".git/hooks (by renaming what is around it), .git/config (by renaming what is around it)");
    fake_refute(fake, ".devcontainer");
    fake_mount(fake, 0, "/workspaces/x/.git/hooks");
    fake_expect(fake, look_workspace_writable, FINDING_WARN, "it can change .git/config (by");
    fake_mount(fake, 1, "/workspaces/x/.git/config");
    fake_expect(fake, look_workspace_writable, FINDING_PASS, "");
    fake_mode(fake, "/workspaces/x", 0755);
    fake_mount(fake, 2, "/workspaces/x/.devcontainer");
    fake_expect(fake, look_workspace_writable, FINDING_WARN,
                "it can change .vscode, .git/hooks (by renaming what is around it), .git/config (by");
    fake_mount(fake, 3, "/workspaces/x/.git");
    fake_expect(fake, look_workspace_writable, FINDING_WARN, "it can change .vscode");
    fake_refute(fake, ".git");
}

static void test_elsewhere(void **state)
{
    struct fake_premises *fake = *state;
    fake_file(fake, "/repository/.git/config", "");
    fake_file(fake, "/repository/.git/worktrees/x/commondir", "../..\n");
    fake_file(fake, "/workspaces/x/.git", "gitdir: /repository/.git/worktrees/x\n");
    fake_mode(fake, "/workspaces/x", 0555);
    fake_expect(
        fake, look_workspace_writable, FINDING_WARN,
        "it can change /repository/.git/worktrees/x/../../hooks, /repository/.git/worktrees/x/../../config");
    fake_refute(fake, "localWorkspaceFolder");
}

static void test_hooks_path(void **state)
{
    struct fake_premises *fake = *state;
    fake_file(fake, "/workspaces/x/.git/config", "[core]\n\thooksPath = my\\thooks\n");
    fake_expect(fake, look_workspace_writable, FINDING_WARN, ".git/config");
    fake_refute(fake, "my\\thooks");
    fake_directory(fake, "/workspaces/x/my\thooks");
    fake_expect(fake, look_workspace_writable, FINDING_WARN, "my\\thooks");
    fake_file(fake, "/workspaces/x/.git/config", "[core]\n\thooksPath = /hooks\n");
    fake_directory(fake, "/hooks");
    fake_expect(fake, look_workspace_writable, FINDING_WARN, ", /hooks");
}

static const struct {
    const char *text;
    enum finding_verdict verdict;
    const char *seen;
} rows[] = {
    {"{\"remote.localPortHost\": \"allInterfaces\"}", FINDING_FAIL,
     ": remote.localPortHost: \"allInterfaces\""},
    {"{\"remote.localPortHost\":\n// why\n/* \" */\"allInterfaces\",}", FINDING_FAIL, ""},
    {"{\"remote.localPortHost\": \"localhost\"}", FINDING_PASS, "in 1 files of 1 workspaces"},
    {"{// \"remote.localPortHost\": \"allInterfaces\"\n}", FINDING_PASS, ""},
    {"{/* \"remote.localPortHost\": \"allInterfaces\" */}", FINDING_PASS, ""},
    {"{/* \"remote.localPortHost\": \"allInterfaces\"", FINDING_PASS, ""},
    {"{\"x\": \"// \", \"remote.localPortHost\": \"allInterfaces\"}", FINDING_FAIL, ""},
    {"{\"x\": \"\\\"/*\", \"remote.localPortHost\": \"allInterfaces\"}", FINDING_FAIL, ""},
    {"{\"x\": \"\\\\\", \"remote.localPortHost\": \"allInterfaces\"}", FINDING_FAIL, ""},
    {"{\"x\": \"remote.localPortHost: allInterfaces\"}", FINDING_PASS, ""},
    {"{\"remote\\u002elocalPort\\u0048ost\": \"a\\u006clInterfaces\"}", FINDING_FAIL, ""},
    {"{\"x\\u0022y\": 1, \"remote.localPortHost\\u00\": \"allInterfaces\"}", FINDING_PASS, ""},
    {"{\"remote.extensionKind\": {\"a.b\": [\"ui\"]}}", FINDING_WARN, ": remote.extensionKind"},
    {"{\"task.allowAutomaticTasks\": \"on\"}", FINDING_WARN, ""},
    {"{\"task.allowAutomaticTasks\": \"off\"}", FINDING_PASS, ""},
    {"{\"tasks\": [{\"runOptions\": {\"runOn\": \"folderOpen\"}}]}", FINDING_WARN, ": runOn: \"folderOpen\""},
    {"{\"chat.tools.autoApprove\" : true}", FINDING_WARN, ": chat.tools.autoApprove: true"},
    {"{\"chat.tools.autoApprove\" : false}", FINDING_PASS, ""},
    {"{\"terminal.integrated.profiles.linux\": {}}", FINDING_WARN, ": terminal.integrated.profiles.linux"},
    {"{\"terminal.integrated.profiles.\\n\\u001b\": {}}", FINDING_WARN, ".profiles.\\\\n\\\\u001b"},
    {"{\"terminal.integrated.fontSize\": 3}", FINDING_PASS, ""},
    {"", FINDING_PASS, ""},
    {"\"", FINDING_PASS, ""},
    {"\"\\", FINDING_PASS, ""},
    {"\"\\u12", FINDING_PASS, ""},
    {"\"a\"", FINDING_PASS, ""},
    {"\"a\":", FINDING_PASS, ""},
};

static void test_settings(void **state)
{
    struct fake_premises *fake = *state;
    static const char *const files[] = {"/workspaces/x/.vscode/settings.json",
                                        "/workspaces/x/.vscode/tasks.json", "/workspaces/x/y.code-workspace"};
    char full[FAKE_PATH_SIZE];
    fake_directory(fake, "/workspaces/x/.vscode");
    fake_expect(fake, look_workspace_settings, FINDING_PASS, "in 0 files of 1 workspaces");
    for (size_t row = 0; row < COUNT_OF(rows); row++) {
        const char *file = files[row % COUNT_OF(files)];
        fake_file(fake, file, rows[row].text);
        fake_expect(fake, look_workspace_settings, rows[row].verdict, rows[row].seen);
        if (rows[row].verdict != FINDING_PASS) {
            fake_expect(fake, look_workspace_settings, rows[row].verdict, file);
            assert_true(fake->finding.mend_count > 0);
        }
        assert_int_equal(remove(fake_path(fake, full, file)), 0);
    }
}

static void test_long_settings(void **state)
{
    struct fake_premises *fake = *state;
    char *text = malloc(200000);
    assert_non_null(text);
    memset(text, ' ', 200000);
    text[199999] = '\0';
    fake_file(fake, "/workspaces/x/.vscode/settings.json", text);
    free(text);
    fake_expect(fake, look_workspace_settings, FINDING_PASS, "");
    assert_non_null(strstr(fake->finding.unseen, "settings.json"));
}

static int set_up(void **state)
{
    memset(mount_roots, 0, sizeof mount_roots);
    return fake_set_up(state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_nothing),    CASE(test_writable), CASE(test_not_writable),  CASE(test_elsewhere),
        CASE(test_hooks_path), CASE(test_settings), CASE(test_long_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
