/* SPDX-License-Identifier: MIT */
/* look_credentials: files with and without a secret, whatever their syntax, and what may not be looked into.
 */
#include "testing.h"

#include "fake_premises.h"

#include "sandbox_init/look_credentials.h"
#include "sandbox_init/premises.h"

static const struct {
    const char *file;
    const char *text;
    bool is_secret;
} rows[] = {
    {".git-credentials", "https://u:hunter2@github.com\n", true},
    {".git-credentials", "\n", false},
    {".config/git/credentials", "https://u:hunter2@github.com\n", true},
    {".netrc", "machine x login y password hunter2\n", true},
    {".netrc", "machine x login y\n", false},
    {".docker/config.json", "{\"auths\": {\"ghcr.io\": {\"auth\": \"hunter2\"}}}", true},
    {".docker/config.json", "{\"auths\": {\"x\": {\"identitytoken\":\"hunter2\"}}}", true},
    {".docker/config.json", "{\"auths\": {\"x\": {}, \"y\": {\"auth\": \"\"}}, \"auth\": {}}", false},
    {".npmrc", "//registry.example.com/:_authToken=hunter2\n", true},
    {".npmrc", "//registry.example.com/:_authToken = \"hunter2\"\n", true},
    {".npmrc", "//registry.example.com/:_authToken=${NPM_TOKEN}\n", false},
    {".npmrc", "# //registry.example.com/:_authToken=hunter2\n ; _auth=hunter2\n", false},
    {".npmrc", "x_auth=hunter2\n_authx=hunter2\n_auth\n_auth=\n", false},
    {".npmrc", "_auth=${A}\n_password=hunter2", true},
    {".config/gh/hosts.yml", "github.com:\n    oauth_token: hunter2\n", true},
    {".config/gh/hosts.yml", "github.com:\n    oauth_token:\n    user: x\n", false},
    {".config/glab-cli/config.yml", "hosts:\n  gitlab.com:\n    token: hunter2\n", true},
    {".config/glab-cli/config.yml", "    token: # none\n    other: x\n    token: null\n", false},
    {".aws/credentials", "[default]\naws_secret_access_key = hunter2\n", true},
    {".aws/credentials", "[default]\nregion = x\n", false},
    {".azure/msal_token_cache.json", "{\"AccessToken\": {\"x\": 1}}", true},
    {".azure/msal_token_cache.json", "{ }\n", false},
    {".config/gcloud/application_default_credentials.json", "{\"refresh_token\": \"hunter2\"}", true},
    {".config/gcloud/application_default_credentials.json", "{\"type\": \"x\"}", false},
    {".kube/config", "users:\n- user:\n    client-key-data: hunter2\n", true},
    {".kube/config", "users:\n- user:\n    exec:\n      command: x\n", false},
    {".pypirc", "[pypi]\npassword = hunter2\n", true},
    {".cargo/credentials.toml", "[registry]\ntoken = \"hunter2\"\n", true},
    {".vault-token", "hunter2", true},
    {".vault-token", "", false},
    {".m2/settings.xml", "<password>hunter2</password>", true},
    {".m2/settings.xml", "<password></password><password>${env.X}</password>", false},
    {".gitconfig", "[url \"https://u:hunter2@github.com/\"]\n\tinsteadOf = https://github.com/\n", true},
    {".gitconfig", "[http \"https://github.com/\"]\n\textraheader = AUTHORIZATION: basic hunter2\n", true},
    {".gitconfig", "[http]\n\textraheader = X-Trace: 1\n[url \"https://github.com/\"]\n\tinsteadOf = gh:\n",
     false},
};

static void test_homes(void **state)
{
    struct fake_premises *fake = *state;
    char path[128];
    char full[FAKE_PATH_SIZE];
    for (size_t row = 0; row < COUNT_OF(rows); row++) {
        snprintf(path, sizeof path, "/home/agent/%s", rows[row].file);
        fake_file(fake, path, rows[row].text);
        fake_expect(fake, look_credentials_stored, rows[row].is_secret ? FINDING_FAIL : FINDING_PASS,
                    rows[row].is_secret ? path : "no secret");
        fake_refute(fake, "hunter2");
        assert_int_equal(remove(fake_path(fake, full, path)), 0);
    }
}

static const struct {
    const char *url;
    bool is_secret;
} urls[] = {
    {"https://user:hunter2@github.com/x/y.git", true},
    {"http://user:hunter2@[::1]/x", true},
    {"https://ghp_hunter2@github.com/x", true},
    {"https://:hunter2@x", true},
    {"https://github.com/x/y.git", false},
    {"https://user@github.com/x", false},
    {"https://user:@github.com/x", false},
    {"https://github.com/a:b@c", false},
    {"https://github.com:443/x@y", false},
    {"ssh://git:x@github.com/x", false},
    {"git@github.com:x/y.git", false},
};

static void test_workspaces(void **state)
{
    struct fake_premises *fake = *state;
    char text[256];
    for (size_t row = 0; row < COUNT_OF(urls); row++) {
        snprintf(text, sizeof text, "[remote \"origin\"]\n\turl = %s\n", urls[row].url);
        fake_file(fake, "/workspaces/x/.git/config", text);
        fake_expect(fake, look_credentials_stored, urls[row].is_secret ? FINDING_FAIL : FINDING_PASS,
                    urls[row].is_secret ? "/workspaces/x/.git/config, in an address" : "no secret");
        fake_refute(fake, "hunter2");
    }
    fake_file(fake, "/workspaces/x/.npmrc", "_authToken=hunter2\n");
    fake_expect(fake, look_credentials_stored, FINDING_FAIL, "/workspaces/x/.npmrc");
    fake_expect_mend(fake, "_authToken=${NPM_TOKEN}");
}

static void test_other_homes(void **state)
{
    struct fake_premises *fake = *state;
    fake_file(fake, "/home/vscode/.netrc", "password hunter2\n");
    fake_file(fake, "/home/agent/.claude/.credentials.json", "{\"token\": \"hunter2\"}");
    fake_expect(fake, look_credentials_stored, FINDING_FAIL, "/home/vscode/.netrc; ");
    fake_expect_mend(fake, "rm /home/vscode/.netrc");
    fake_refute(fake, "hunter2");
    fake_mode(fake, "/home/vscode/.netrc", 0);
    fake_expect(fake, look_credentials_stored, FINDING_PASS,
                "/home/agent/.claude/.credentials.json, an agent's own");
}

static void test_long_files(void **state)
{
    static char text[PREMISES_TEXT_SIZE + 64];
    struct fake_premises *fake = *state;
    memset(text, '#', PREMISES_TEXT_SIZE);
    snprintf(text + PREMISES_TEXT_SIZE, 64, "\ntoken: hunter2\n");
    fake_file(fake, "/home/agent/.kube/config", text);
    fake_expect(fake, look_credentials_stored, FINDING_PASS, "no secret");
    assert_string_equal(fake->finding.unseen,
                        "what stands in /home/agent/.kube/config behind its first 65535 bytes");
}

static void test_variables(void **state)
{
    struct fake_premises *fake = *state;
    fake->scene.is_other = false;
    fake->environ_in[1] = strdup("XDG_CONFIG_HOME=/xdg");
    fake->environ_in[2] = strdup("NPM_CONFIG_USERCONFIG=/npm");
    fake->environ_in[3] = strdup("DOCKER_CONFIG=relative");
    fake_expect(fake, look_credentials_stored, FINDING_PASS, "");
    fake_file(fake, "/xdg/git/credentials", "https://u:hunter2@x");
    fake_expect(fake, look_credentials_stored, FINDING_FAIL, "/xdg/git/credentials");
    fake_file(fake, "/xdg/git/credentials", "");
    fake_file(fake, "/npm", "_auth=hunter2");
    fake_expect(fake, look_credentials_stored, FINDING_FAIL, "/npm");
}

static void test_what_is_planted(void **state)
{
    struct fake_premises *fake = *state;
    char full[FAKE_PATH_SIZE];
    char *huge = calloc(1, 1 << 20);
    assert_non_null(huge);
    memset(huge, 'x', (1 << 20) - 1);
    assert_int_equal(mkfifo(fake_path(fake, full, "/home/agent/.netrc"), 0666), 0);
    fake_link(fake, "/home/agent/.pypirc", ".pypirc");
    fake_directory(fake, "/home/agent/.npmrc");
    fake_file(fake, "/home/agent/.gitconfig", huge);
    fake_expect(fake, look_credentials_stored, FINDING_PASS, "");
    free(huge);
    /* Behind NULs, as in a database. */
    static const char database[] = "SQLite\0\0\"refresh_token\": \"hunter2\"\0";
    fake_bytes(fake, "/home/agent/.config/gcloud/credentials.db", database, sizeof database);
    fake_expect(fake, look_credentials_stored, FINDING_FAIL, "credentials.db");
}

/* Of ssh-keygen -t ed25519; nobody uses it. */
static const char plain_key[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                                "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n";
static const char locked_key[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                                 "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBsT1Vmwc\n";

static void test_ssh(void **state)
{
    struct fake_premises *fake = *state;
    static const struct {
        const char *text;
        enum finding_verdict verdict;
    } keys[] = {
        {plain_key, FINDING_FAIL},
        {locked_key, FINDING_WARN},
        {"comment\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", FINDING_FAIL},
        {"-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES\r\n", FINDING_WARN},
        {"-----BEGIN PRIVATE KEY-----\nMIIE\n", FINDING_FAIL},
        {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n", FINDING_WARN},
        {"-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3BlbnNzaC1r\r\nZXktdjEAAAAABG5vbmUA\r\n", FINDING_FAIL},
        {"-----BEGIN OPENSSH PRIVATE KEY-----", FINDING_WARN},
        {"-----BEGIN CERTIFICATE-----\nPRIVATE KEY-----\n", FINDING_PASS},
        {"-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nMIIE\n",
         FINDING_FAIL},
        {"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"
         "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n",
         FINDING_FAIL},
        {"ssh-ed25519 AAAA PRIVATE KEY-----\n", FINDING_PASS},
        {"", FINDING_PASS},
    };
    fake_expect(fake, look_credentials_ssh, FINDING_PASS, "no private key in .ssh of 1 homes");
    for (size_t row = 0; row < COUNT_OF(keys); row++) {
        fake_file(fake, "/home/agent/.ssh/k", keys[row].text);
        fake_expect(fake, look_credentials_ssh, keys[row].verdict, "");
        fake_refute(fake, "MIIE");
    }
    fake_file(fake, "/home/agent/.ssh/k", plain_key);
    fake_file(fake, "/root/.ssh/l", locked_key);
    fake_expect(fake, look_credentials_ssh, FINDING_FAIL,
                "/home/agent/.ssh/k has no passphrase; /root/.ssh/l has a passphrase");
    fake_expect_mend(fake, "rm /home/agent/.ssh/k");
    fake_expect_mend(fake, "ssh-keygen -p -f /home/agent/.ssh/k");
    fake_mode(fake, "/home/agent/.ssh/k", 0);
    fake_expect(fake, look_credentials_ssh, FINDING_WARN, "");
    fake_mode(fake, "/root/.ssh", 0);
    fake_expect(fake, look_credentials_ssh, FINDING_PASS, "");
}

static void test_many_keys(void **state)
{
    struct fake_premises *fake = *state;
    char path[64];
    for (int i = 0; i < 140; i++) {
        snprintf(path, sizeof path, "/home/agent/.ssh/%d", i);
        fake_file(fake, path, plain_key);
    }
    fake_expect(fake, look_credentials_ssh, FINDING_FAIL, "and 120 more");
    assert_string_not_equal(fake->finding.unseen, "");
}

static void test_gpg(void **state)
{
    struct fake_premises *fake = *state;
    static const char path[] = "/home/agent/.gnupg/private-keys-v1.d/0A.key";
    fake_expect(fake, look_credentials_gpg, FINDING_PASS, "no private key");
    fake_file(fake, path, "(21:protected-private-key(3:rsa");
    fake_expect(fake, look_credentials_gpg, FINDING_WARN, path);
    fake_file(fake, path, "Created: 20261128T000000\nKey: (private-key (ecc (curve Ed25519)");
    fake_expect(fake, look_credentials_gpg, FINDING_FAIL, path);
    fake_file(fake, path, "(20:shadowed-private-key(3:rsa");
    fake_expect(fake, look_credentials_gpg, FINDING_PASS, "no private key");
    fake_file(fake, path, "(public-key");
    fake_expect(fake, look_credentials_gpg, FINDING_PASS, "");
}

/* Root, but without the right to look through the agent's eyes. */
static void test_eyes(void **state)
{
    struct fake_premises *fake = *state;
    fake->scene.is_other = true;
    fake->scene.can_become = false;
    fake_expect(fake, look_credentials_stored, FINDING_PASS, "");
    assert_non_null(strstr(fake->finding.unseen, "look as uid"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_homes),      CASE(test_workspaces), CASE(test_other_homes),
        CASE(test_long_files), CASE(test_variables),  CASE(test_what_is_planted),
        CASE(test_ssh),        CASE(test_many_keys),  CASE(test_gpg),
        CASE(test_eyes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
