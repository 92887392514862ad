/* SPDX-License-Identifier: MIT */
/* look_git: helpers in all files that git reads, forgotten ones, and what docker has. */
#include "testing.h"

#include "fake_premises.h"

#include "sandbox_init/look_git.h"

static const char relay[] = "[credential]\n\thelper = \"!f() { /root/.vscode-server/bin/x/node "
                            "/tmp/vscode-remote-containers-1.js git-credential-helper $*; }; f\"\n";

static void test_nothing(void **state)
{
    fake_expect(*state, look_git_helper, FINDING_PASS, "neither");
}

static void test_relay_in_each_file(void **state)
{
    struct fake_premises *fake = *state;
    static const char *const files[] = {"/etc/gitconfig", "/usr/local/etc/gitconfig",
                                        "/home/agent/.gitconfig", "/home/agent/.config/git/config",
                                        "/workspaces/x/.git/config"};
    char full[FAKE_PATH_SIZE];
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        fake_file(fake, files[i], relay);
        fake_expect(fake, look_git_helper, FINDING_FAIL, files[i]);
        fake_expect_mend(fake, "\"dev.containers.gitCredentialHelperConfigLocation\": \"none\"");
        fake_refute(fake, "vscode-remote-containers-1.js");
        assert_int_equal(remove(fake_path(fake, full, files[i])), 0);
    }
    fake_expect(fake, look_git_helper, FINDING_PASS, "");
}

static void test_variables(void **state)
{
    struct fake_premises *fake = *state;
    fake->environ_in[1] = strdup("XDG_CONFIG_HOME=/xdg");
    fake_file(fake, "/xdg/git/config", relay);
    /* Another user's variables are its own. */
    fake_expect(fake, look_git_helper, fake->scene.is_other ? FINDING_PASS : FINDING_FAIL, "");
    fake->scene.is_other = false;
    fake_expect(fake, look_git_helper, FINDING_FAIL, "/xdg/git/config");
    fake->environ_in[2] = strdup("GIT_CONFIG_GLOBAL=/none");
    fake_expect(fake, look_git_helper, FINDING_PASS, "");
    fake->environ_in[3] = strdup("DOCKER_CONFIG=/docker");
    fake_file(fake, "/docker/config.json", "{\"credsStore\": \"dev-containers-1\"}");
    fake_expect(fake, look_git_helper, FINDING_FAIL, "/docker/config.json");
}

static void test_others(void **state)
{
    struct fake_premises *fake = *state;
    fake_file(
        fake, "/home/agent/.gitconfig",
        "[credential]\n\thelper = cache --timeout 1\n\thelper = /usr/lib/git-core/git-credential-libsecret\n"
        "[credential \"https://github.com\"]\n\thelper = !/usr/bin/gh auth git-credential\n"
        "\thelper = \"!echo password=hunter2\"\n");
    fake_expect(fake, look_git_helper, FINDING_WARN, "the helper cache;");
    fake_expect(fake, look_git_helper, FINDING_WARN, "the helper libsecret;");
    fake_expect(fake, look_git_helper, FINDING_WARN, "the helper gh;");
    fake_expect(fake, look_git_helper, FINDING_WARN, "the helper a command");
    fake_expect_mend(fake, "\"remote.containers.copyGitConfig\": false");
    fake_refute(fake, "hunter2");
    fake_refute(fake, "timeout");
}

static void test_forgotten(void **state)
{
    struct fake_premises *fake = *state;
    fake_file(fake, "/etc/gitconfig", relay);
    fake_file(fake, "/home/agent/.gitconfig", "[credential]\n\thelper =\n");
    fake_expect(fake, look_git_helper, FINDING_PASS, "");
    fake_file(fake, "/home/agent/.gitconfig", "[credential \"https://a\"]\n\thelper =\n");
    fake_expect(fake, look_git_helper, FINDING_FAIL, "/etc/gitconfig");
    fake_file(fake, "/home/agent/.gitconfig", "[credential]\n\thelper =\n\thelper = store\n");
    fake_expect(fake, look_git_helper, FINDING_WARN, "/home/agent/.gitconfig: the helper store");
    fake_refute(fake, "/etc/gitconfig");
    /* In one workspace only: elsewhere it still asks. */
    fake_file(fake, "/home/agent/.gitconfig", "");
    fake_file(fake, "/workspaces/x/.git/config", "[credential]\n\thelper =\n");
    fake_expect(fake, look_git_helper, FINDING_FAIL, "/etc/gitconfig");
}

static void test_includes(void **state)
{
    struct fake_premises *fake = *state;
    fake_file(fake, "/home/agent/.gitconfig",
              "[include]\n\tpath = ~/a\n[includeIf \"gitdir:/w/\"]\n\tpath = b\n[include]\n\tpath = /c\n");
    static const char *const files[] = {"/home/agent/a", "/home/agent/b", "/c"};
    char full[FAKE_PATH_SIZE];
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        fake_file(fake, files[i], relay);
        fake_expect(fake, look_git_helper, FINDING_FAIL, files[i]);
        assert_int_equal(remove(fake_path(fake, full, files[i])), 0);
    }
    /* One that includes itself ends, and it is said that not all was read. */
    fake_file(fake, "/c", "[include]\n\tpath = c\n[include]\n\tpath = c\n[include]\n\tpath = c\n");
    fake_expect(fake, look_git_helper, FINDING_PASS, "");
    assert_string_not_equal(fake->finding.unseen, "");
}

static void test_many(void **state)
{
    struct fake_premises *fake = *state;
    char text[4096] = "[credential]\n";
    for (int i = 0; i < 100; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "helper = h%d\n", i);
    }
    fake_file(fake, "/etc/gitconfig", text);
    fake_expect(fake, look_git_helper, FINDING_WARN, " and 8 more");
    assert_string_not_equal(fake->finding.unseen, "");
}

static void test_not_readable(void **state)
{
    struct fake_premises *fake = *state;
    fake_file(fake, "/home/agent/.gitconfig", relay);
    fake_mode(fake, "/home/agent/.gitconfig", 0);
    fake_expect(fake, look_git_helper, FINDING_PASS, "");
}

static void test_names_are_escaped(void **state)
{
    struct fake_premises *fake = *state;
    fake_file(fake, "/workspaces/a\x1b[2J\n/.git/config", relay);
    fake_expect(fake, look_git_helper, FINDING_FAIL, "/workspaces/a\\e[2J\\n/.git/config");
}

static void test_docker(void **state)
{
    struct fake_premises *fake = *state;
    static const char file[] = "/home/agent/.docker/config.json";
    fake_file(fake, file, "{\"auths\": {}, \"credsStore\": \"dev-containers-12-34\"}");
    fake_expect(fake, look_git_helper, FINDING_FAIL, file);
    fake_expect_mend(fake, "\"dev.containers.dockerCredentialHelper\": false");
    fake_file(fake, file, "{\"credHelpers\": {\"ghcr.io\": \"dev-containers-12-34\"}}");
    fake_expect(fake, look_git_helper, FINDING_FAIL, file);
    fake_file(fake, file, "{\"credsStore\" : \"pass\"}");
    fake_expect(fake, look_git_helper, FINDING_WARN, "docker's store pass");
    static const char *const harmless[] = {"{\"credsStore\": \"\"}", "{\"credsStore\": 1}", "{\"credsStore\"",
                                           "{}"};
    for (size_t i = 0; i < COUNT_OF(harmless); i++) {
        fake_file(fake, file, harmless[i]);
        fake_expect(fake, look_git_helper, FINDING_PASS, "");
    }
    fake_file(fake, "/usr/local/bin/docker-credential-dev-containers-1", "");
    fake_expect(fake, look_git_helper, FINDING_WARN, "/usr/local/bin/docker-credential-dev-containers-1");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_nothing), CASE(test_relay_in_each_file), CASE(test_variables),
        CASE(test_others),  CASE(test_forgotten),          CASE(test_includes),
        CASE(test_many),    CASE(test_not_readable),       CASE(test_names_are_escaped),
        CASE(test_docker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
