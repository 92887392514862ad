/* SPDX-License-Identifier: MIT */
/*
 * premises: homes and workspaces in a small tree, links and mounts among them; what the agent sees of it.
 *
 * WRAP: getcwd
 */
#include "testing.h"

#include "fake_premises.h"

#include "sandbox_init/premises.h"

static const char *working_directory; /* NULL: the call fails */

char *__wrap_getcwd(char *buffer, size_t size);
char *__wrap_getcwd(char *buffer, size_t size)
{
    if (working_directory == NULL) {
        errno = ENOENT;
        return NULL;
    }
    snprintf(buffer, size, "%s", working_directory);
    return buffer;
}

/* All paths, with blanks between them. */
static const char *join(const struct premises *premises, char text[static 8192])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < premises->count; i++) {
        used += (size_t)snprintf(text + used, 8192 - used, "%s%s", i > 0 ? " " : "", premises->paths[i]);
    }
    return text;
}

static void test_homes(void **state)
{
    struct fake_premises *fake = *state;
    struct premises homes;
    char text[8192];
    premises_find_homes(&fake->scene, &homes);
    assert_string_equal(join(&homes, text), "/home/agent");
    fake_directory(fake, "/root");
    fake_directory(fake, "/home/other");
    fake_file(fake, "/home/file", "");
    fake_link(fake, "/home/link", "agent");
    premises_find_homes(&fake->scene, &homes);
    assert_string_equal(join(&homes, text), "/home/agent /root /home/other");
    assert_false(homes.is_cut);
}

static void test_too_many_homes(void **state)
{
    struct fake_premises *fake = *state;
    struct premises homes;
    char path[64];
    for (int i = 0; i < PREMISES_MAX; i++) {
        snprintf(path, sizeof path, "/home/%d", i);
        fake_directory(fake, path);
    }
    premises_find_homes(&fake->scene, &homes);
    assert_int_equal(homes.count, PREMISES_MAX);
    assert_true(homes.is_cut);
}

static void test_workspaces(void **state)
{
    struct fake_premises *fake = *state;
    struct premises found;
    char text[8192];
    premises_find_workspaces(&fake->scene, &found);
    assert_int_equal(found.count, 0);
    fake_directory(fake, "/workspaces/none");
    fake_directory(fake, "/workspaces/git/.git");
    fake_link(fake, "/workspaces/same", "git");
    fake_file(fake, "/workspace/tree/.git", "gitdir: /x\n");
    fake_file(fake, "/workspace/.devcontainer.json", "{}");
    fake_file(fake, "/workspace/file", "");
    premises_find_workspaces(&fake->scene, &found);
    assert_string_equal(found.paths[0], "/workspace");
    assert_int_equal(found.count, 3);
    assert_non_null(strstr(join(&found, text), "/workspace/tree"));
}

static void test_working_directory(void **state)
{
    testing_need_openat2();
    struct fake_premises *fake = *state;
    struct premises found;
    char text[8192];
    fake_directory(fake, "/srv/app/.vscode");
    fake_directory(fake, "/srv/app/src/deep");
    working_directory = "/srv/app/src/deep";
    premises_find_workspaces(&fake->scene, &found);
    assert_string_equal(join(&found, text), "/srv/app");
    working_directory = "/srv/app";
    premises_find_workspaces(&fake->scene, &found);
    assert_string_equal(join(&found, text), "/srv/app");
    fake_directory(fake, "/home/agent/.devcontainer");
    working_directory = "/home/agent";
    premises_find_workspaces(&fake->scene, &found);
    assert_int_equal(found.count, 0);
    fake_directory(fake, "/home/agent/project/.devcontainer");
    working_directory = "/home/agent/project";
    premises_find_workspaces(&fake->scene, &found);
    assert_string_equal(join(&found, text), "/home/agent/project");
    fake_directory(fake, "/home/agent/.git");
    working_directory = "/home/agent/x";
    premises_find_workspaces(&fake->scene, &found);
    assert_string_equal(join(&found, text), "/home/agent");
    fake_directory(fake, "/.git"); /* "/" itself is none */
    static const char *const others[] = {"/srv", "/", "/not/there", "(unreachable)/srv/app"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        working_directory = others[i];
        premises_find_workspaces(&fake->scene, &found);
        assert_int_equal(found.count, 0);
    }
    working_directory = NULL;
    premises_find_workspaces(&fake->scene, &found);
    assert_int_equal(found.count, 0);
}

static void test_mounts(void **state)
{
    struct fake_premises *fake = *state;
    struct premises found;
    char text[8192];
    fake_directory(fake, "/opt/my app/.git");
    fake_directory(fake, "/opt/b/.devcontainer");
    fake_directory(fake, "/opt/c");
    fake_directory(fake, "/.git");
    fake_file(fake, "/proc/self/mountinfo",
              "1 0 8:1 / / rw - ext4 /dev/a rw\n"
              "2 1 8:1 /a /opt/my\\040app rw,relatime master:1 - ext4 /dev/a rw\n"
              "3 1 8:1 /b /opt/b ro - ext4 /dev/a rw\n"
              "4 1 8:1 /c /opt/c ro - ext4 /dev/a rw\n"
              "garbage\n\n5 1 8:1 /d");
    premises_find_workspaces(&fake->scene, &found);
    assert_string_equal(join(&found, text), "/opt/my app /opt/b");
}

static void test_git(void **state)
{
    struct fake_premises *fake = *state;
    char path[SCENE_PATH_SIZE];
    assert_false(premises_find_git(&fake->scene, "/w", "/config", path));
    fake_directory(fake, "/w/.git");
    assert_true(premises_find_git(&fake->scene, "/w", "/config", path));
    assert_string_equal(path, "/w/.git/config");

    /* A submodule, a worktree, and files that lead nowhere. */
    fake_directory(fake, "/w/.git/modules/sub");
    fake_file(fake, "/w/sub/.git", "gitdir: ../.git/modules/sub\n");
    assert_true(premises_find_git(&fake->scene, "/w/sub", "/hooks", path));
    assert_string_equal(path, "/w/sub/../.git/modules/sub/hooks");
    fake_file(fake, "/w/.git/worktrees/tree/commondir", "../..\n");
    fake_file(fake, "/tree/.git", "gitdir: /w/.git/worktrees/tree\n");
    assert_true(premises_find_git(&fake->scene, "/tree", "/config", path));
    assert_string_equal(path, "/w/.git/worktrees/tree/../../config");
    static const char *const bad[] = {"", "gitdir: \n", "gitdir: /not/there\n", "nonsense"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        fake_file(fake, "/bad/.git", bad[i]);
        assert_false(premises_find_git(&fake->scene, "/bad", "/config", path));
    }
}

static void test_names(void **state)
{
    struct fake_premises *fake = *state;
    struct premises_names names;
    char path[64];
    assert_int_equal(premises_list(&fake->scene, "/d", "*", &names), -ENOENT);
    assert_int_equal(names.count, 0);
    fake_file(fake, "/d/.token-1", "");
    fake_file(fake, "/d/other", "");
    assert_int_equal(premises_list(&fake->scene, "/d", ".token-*", &names), 0);
    assert_int_equal(names.count, 1);
    assert_string_equal(names.names[0], ".token-1");
    for (int i = 0; i < PREMISES_NAMES_MAX; i++) {
        snprintf(path, sizeof path, "/d/%d", i);
        fake_file(fake, path, "");
    }
    assert_int_equal(premises_list(&fake->scene, "/d", "[0-9]*", &names), 0);
    assert_int_equal(names.count, PREMISES_NAMES_MAX);
    assert_false(names.is_cut);
    assert_int_equal(premises_list(&fake->scene, "/d", "*", &names), 0);
    assert_true(names.is_cut);
    fake_mode(fake, "/d", 0);
    assert_int_equal(premises_list(&fake->scene, "/d", "*", &names), -EACCES);
    assert_int_equal(names.count, 0);
}

static void test_only_what_the_agent_reads(void **state)
{
    struct fake_premises *fake = *state;
    char text[64];
    struct fileid id;
    fake_file(fake, "/d/file", "hello");
    assert_int_equal(premises_read(&fake->scene, "/d/file", text, sizeof text), 5);
    assert_string_equal(text, "hello");
    fake_mode(fake, "/d/file", 0);
    assert_int_equal(premises_read(&fake->scene, "/d/file", text, sizeof text), -EACCES);
    assert_int_equal(premises_identify(&fake->scene, "/d/file", &id), 0);
    fake_mode(fake, "/d", 0);
    assert_int_equal(premises_identify(&fake->scene, "/d/file", &id), -EACCES);
    fake_link(fake, "/link", "/d");
    assert_int_equal(premises_identify(&fake->scene, "/link", &id), 0);
    assert_true(S_ISLNK(id.mode));
}

static void test_writable(void **state)
{
    struct fake_premises *fake = *state;
    char path[64];
    fake->finding = (struct finding){0};
    assert_false(premises_may_write(&fake->scene, "/d", &fake->finding));
    for (int i = 0; i < PREMISES_NAMES_MAX; i++) {
        snprintf(path, sizeof path, "/d/%d", i);
        fake_file(fake, path, "");
        fake_mode(fake, path, 0444);
    }
    assert_true(premises_may_write(&fake->scene, "/d", &fake->finding));
    fake_mode(fake, "/d", 0555);
    assert_false(premises_may_write(&fake->scene, "/d", &fake->finding));
    assert_false(premises_may_write(&fake->scene, "/d/1", &fake->finding));
    fake_mode(fake, "/d/7", 0644);
    assert_true(premises_may_write(&fake->scene, "/d", &fake->finding));
    assert_true(premises_may_write(&fake->scene, "/d/7", &fake->finding));
    assert_string_equal(fake->finding.unseen, "");
    fake_mode(fake, "/d/7", 0444);
    fake_mode(fake, "/d", 0755);
    fake_file(fake, "/d/more", "");
    fake_mode(fake, "/d/more", 0444);
    fake_mode(fake, "/d", 0555);
    assert_false(premises_may_write(&fake->scene, "/d", &fake->finding));
    assert_string_not_equal(fake->finding.unseen, "");
}

static int set_up(void **state)
{
    working_directory = "/";
    return fake_set_up(state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_homes),      CASE(test_too_many_homes),
        CASE(test_workspaces), CASE(test_working_directory),
        CASE(test_mounts),     CASE(test_git),
        CASE(test_names),      CASE(test_only_what_the_agent_reads),
        CASE(test_writable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
