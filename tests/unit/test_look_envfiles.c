/* SPDX-License-Identifier: MIT */
/*
 * look_envfiles: /etc/environment and caches in a tree of the test's own, as they are and as an attacker
 * leaves them.
 *
 * WRAP: malloc scene_may
 */
#include "fake_tree.h"

#include "sandbox_init/look_envfiles.h"

enum {
    AGENT = 1000,
    LONG_SIZE = 300 * 1024,
};

static const char cache[] = "/tmp/devcontainers-1-2/env-loginInteractiveShell.json";
static const char nothing[] = "neither /etc/environment nor a cache of the devcontainer CLI is there";

static struct fake_tree tree;
static bool is_memory_out;
static bool may_write;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return is_memory_out ? NULL : __real_malloc(size);
}

/* The agent is another user than who runs the test, as far as can be told. */
bool __wrap_scene_may(const struct scene *scene, const char *path, int mode);
bool __wrap_scene_may(const struct scene *scene, const char *path, int mode)
{
    (void)scene;
    (void)path;
    return mode != W_OK || may_write;
}

static int set_up(void **state)
{
    (void)state;
    is_memory_out = may_write = false;
    const int result = fake_tree_open(&tree);
    tree.scene.agent.uid = AGENT;
    return result;
}

static int tear_down(void **state)
{
    (void)state;
    return fake_tree_close(&tree);
}

static void where_there_is_nothing_it_does_not_apply(void **state)
{
    (void)state;
    fake_tree_expect(&tree, look_envfiles_all, FINDING_NONE, nothing);
    fake_tree_write(&tree, "/tmp/devcontainers-1-2/other.json", "{\"GITHUB_TOKEN\": \"hush\"}");
    fake_tree_write(&tree, "/tmp/devcontainers-1-2/env-", "{\"GITHUB_TOKEN\": \"hush\"}");
    fake_tree_write(&tree, "/tmp/devcontainers-3", "a file");
    fake_tree_write(&tree, "/tmp/other/env-none.json", "{\"GITHUB_TOKEN\": \"hush\"}");
    fake_tree_expect(&tree, look_envfiles_all, FINDING_NONE, nothing);
}

static void clean_files_pass(void **state)
{
    (void)state;
    fake_tree_write(&tree, "/etc/environment", "PATH=\"/usr/bin\"\nSSH_AUTH_SOCK=\"\"\n");
    fake_tree_write(&tree, cache, "{\n\t\"PATH\": \"/usr/bin\",\n\t\"GITHUB_TOKEN\": \"\"\n}\n");
    fake_tree_expect(
        &tree, look_envfiles_all, FINDING_PASS,
        "/etc/environment has neither secrets nor what leads out; "
        "/tmp/devcontainers-1-2/env-loginInteractiveShell.json has neither secrets nor what leads out");
    assert_int_equal(tree.finding.mend_count, 0);
}

static void lines_are_read_as_pam_reads_them(void **state)
{
    (void)state;
    fake_tree_write(
        &tree, "/etc/environment",
        "# GITHUB_TOKEN=hush\nexport GH_TOKEN='hush'\n  NPM_TOKEN=hush\nA_TOKEN=\"\"\nno line\n=x\n"
        "GIT_EDITOR=\"/x/git-editor.sh\"\nB_TOKEN=\nSSH_AUTH_SOCK=\"/x y\"\n\nC_PASSWORD=\"hush\"");
    fake_tree_expect(
        &tree, look_envfiles_all, FINDING_WARN,
        "/etc/environment has secrets: GH_TOKEN, NPM_TOKEN, C_PASSWORD; /etc/environment has what leads "
        "out: GIT_EDITOR, SSH_AUTH_SOCK");
    assert_true(fake_tree_mends(&tree, "sandbox-init.ini", "environment_file = "));
    assert_false(fake_tree_mends(&tree, "devcontainer.json", ""));
}

static void json_is_read_as_it_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *names; /* NULL: none */
    } rows[] = {
        {"{\"GITHUB_TOKEN\":\"hush\"}", "GITHUB_TOKEN"},
        {"{ \"A\" : \"\\\"GITHUB_TOKEN\\\": \\\"x\\\"\" , \"GH_TOKEN\" :\n\"hush\" }", "GH_TOKEN"},
        {"{\"A\":\"\\\\\",\"GH_TOKEN\":\"hush\"}", "GH_TOKEN"},
        {"{\"GH_TOKEN\":null,\"A\":[\"B_TOKEN\",\"x\"]}", NULL},
        {"{\"GH_TOKEN\":\"hush", "GH_TOKEN"},
        {"{\"GH_TOKEN", NULL},
        {"{\"GH_TOKEN\":", NULL},
        {"{\"GH_TOKEN\\", NULL},
        {"", NULL},
        {"\"\"\"\"\":::", NULL},
        {"{\"X\\u001b_TOKEN\":\"hush\"}", "Xu001b_TOKEN"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char wanted[256];
        snprintf(wanted, sizeof wanted, "%s has secrets: %s", cache,
                 rows[i].names != NULL ? rows[i].names : "");
        fake_tree_write(&tree, cache, rows[i].text);
        const char *seen = fake_tree_look(&tree, look_envfiles_all);
        const enum finding_verdict verdict = finding_judge(&tree.finding);
        if (rows[i].names != NULL ? strcmp(seen, wanted) != 0 : verdict != FINDING_PASS) {
            fail_msg("row %zu: %s", i, seen);
        }
    }
    fake_tree_write(&tree, cache, rows[0].text);
    fake_tree_look(&tree, look_envfiles_all);
    assert_true(fake_tree_mends(&tree, "devcontainer.json", "\"userEnvProbe\": \"none\""));
}

static void many_names_are_cut(void **state)
{
    (void)state;
    char text[4096] = "";
    for (int i = 0; i < 100; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "SOME%d_TOKEN=x\n", i);
    }
    fake_tree_write(&tree, "/etc/environment", text);
    fake_tree_look(&tree, look_envfiles_all);
    const size_t length = strlen(tree.seen);
    assert_true(length < 320);
    assert_string_equal(tree.seen + length - 3, "...");
}

static void who_can_write_them_is_said(void **state)
{
    (void)state;
    may_write = true;
    fake_tree_write(&tree, cache, "{}");
    fake_tree_expect(
        &tree, look_envfiles_all, FINDING_WARN,
        "/tmp/devcontainers-1-2/env-loginInteractiveShell.json can be written by uid 1000, for later "
        "lifecycle commands");
    fake_tree_write(&tree, "/etc/environment", "");
    fake_tree_look(&tree, look_envfiles_all);
    assert_int_equal(finding_judge(&tree.finding), FINDING_FAIL);
    assert_non_null(strstr(tree.seen, "/etc/environment can be written by uid 1000, for all who log in; "));
    assert_true(fake_tree_mends(&tree, "Dockerfile", "chmod 644 /etc/environment"));
    tree.scene.agent.uid = 0; /* root can write all */
    fake_tree_look(&tree, look_envfiles_all);
    assert_int_equal(finding_judge(&tree.finding), FINDING_PASS);
}

static void what_is_planted_does_no_harm(void **state)
{
    (void)state;
    char path[512];
    fake_tree_make_way(&tree, "/tmp/devcontainers-1/x");
    fake_tree_make_way(&tree, "/etc/x");
    assert_int_equal(mkfifo(fake_tree_path(&tree, path, "/tmp/devcontainers-1/env-a.json"), 0666), 0);
    assert_int_equal(mkdir(fake_tree_path(&tree, path, "/tmp/devcontainers-1/env-b.json"), 0777), 0);
    assert_int_equal(symlink("/nowhere", fake_tree_path(&tree, path, "/tmp/devcontainers-1/env-\x1b.json")),
                     0);
    const char *seen = fake_tree_look(&tree, look_envfiles_all);
    assert_int_equal(finding_judge(&tree.finding), FINDING_PASS);
    assert_non_null(strstr(seen, "/tmp/devcontainers-1/env-a.json is closed to uid 1000"));
    assert_non_null(strstr(seen, "/tmp/devcontainers-1/env-b.json is closed to uid 1000"));
    char *data = calloc(1, LONG_SIZE);
    assert_non_null(data);
    memset(data, '"', LONG_SIZE);
    fake_tree_write_bytes(&tree, "/tmp/devcontainers-1/env-c.json", data, LONG_SIZE);
    memset(data, '\0', LONG_SIZE);
    fake_tree_write_bytes(&tree, "/etc/environment", data, LONG_SIZE);
    free(data);
    fake_tree_look(&tree, look_envfiles_all);
    assert_int_equal(finding_judge(&tree.finding), FINDING_PASS);
    assert_string_equal(tree.finding.unseen, "what stands in /etc/environment behind its first 262143 bytes");
}

static void many_caches_are_counted(void **state)
{
    (void)state;
    char path[64];
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "/tmp/devcontainers-%d/env-x.json", i);
        fake_tree_write(&tree, path, "{\"A_TOKEN\":\"x\"}");
    }
    fake_tree_look(&tree, look_envfiles_all);
    assert_int_equal(tree.finding.facts[FINDING_WARN].count, 32);
    assert_string_equal(tree.finding.unseen, "more than 32 caches of the devcontainer CLI in /tmp");
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    is_memory_out = true;
    fake_tree_look(&tree, look_envfiles_all);
    is_memory_out = false;
    assert_string_equal(tree.seen, "nothing was looked at: Cannot allocate memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(where_there_is_nothing_it_does_not_apply, set_up, tear_down),
        cmocka_unit_test_setup_teardown(clean_files_pass, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_are_read_as_pam_reads_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_is_read_as_it_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_names_are_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_can_write_them_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_planted_does_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_caches_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_it_says_so, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
