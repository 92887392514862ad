/* SPDX-License-Identifier: MIT */
/* variables: what each name and value means, with the default configuration and changed ones. */
#include "fake_tree.h"

#include "sandbox_init/variables.h"

#include <sys/socket.h>
#include <sys/un.h>

static struct fake_tree tree;

static int set_up(void **state)
{
    (void)state;
    return fake_tree_open(&tree);
}

static int tear_down(void **state)
{
    (void)state;
    return fake_tree_close(&tree);
}

/* Leaves a socket at PATH. */
static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char buffer[512];
    fake_tree_make_way(&tree, path);
    fake_tree_path(&tree, buffer, path);
    assert_true(strlen(buffer) < sizeof address.sun_path);
    memcpy(address.sun_path, buffer, strlen(buffer));
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

struct row {
    const char *entry;
    enum variables_lead lead;
};

static void expect_leads(const struct row *rows, size_t count)
{
    struct variables variables;
    variables_prepare(&variables, &tree.scene);
    for (size_t i = 0; i < count; i++) {
        const enum variables_lead lead = variables_find_lead(&variables, rows[i].entry);
        if (lead != rows[i].lead) {
            fail_msg("row %zu, %s: %d, not %d", i, rows[i].entry, (int)lead, (int)rows[i].lead);
        }
        if (variables_is_lead(&variables, rows[i].entry) != (lead >= VARIABLES_DEAD)) {
            fail_msg("row %zu, %s: without a look", i, rows[i].entry);
        }
    }
}

static void without_a_socket_only_little_leads_out(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"PATH=/usr/bin", VARIABLES_TAME},
        {"TERM", VARIABLES_TAME},
        {"", VARIABLES_TAME},
        {"=x", VARIABLES_TAME},
        {"SSH_AUTH_SOCK=", VARIABLES_TAME},
        {"LD_PRELOAD=", VARIABLES_TAME},
        {"GITHUB_TOKEN=x", VARIABLES_TAME},
        {"GIT_EDITOR=vi", VARIABLES_TAME},
        {"REMOTE_CONTAINERS=true", VARIABLES_TELLING},
        {"VSCODE_AGENT_FOLDER=/x", VARIABLES_TELLING},
        {"NODE_OPTIONS=--max-old-space-size=4096", VARIABLES_SETTINGS},
        {"NODE_OPTIONS=--report-dir=/-r", VARIABLES_SETTINGS},
        {"NODE_OPTIONS=--report-dir=/ -r /x.js", VARIABLES_LOADING},
        {"NODE_OPTIONS=--require=/x.js", VARIABLES_LOADING},
        {"NODE_OPTIONS=--enable-source-maps --import x", VARIABLES_LOADING},
        {"NODE_OPTIONS=--inspect-brk", VARIABLES_LOADING},
        {"LD_PRELOAD=/usr/lib/libjemalloc.so", VARIABLES_LOADING},
        {"LD_AUDIT=x", VARIABLES_LOADING},
        {"SSH_AUTH_SOCK=/tmp/vscode-ssh-auth-1.sock", VARIABLES_DEAD},
        {"VSCODE_IPC_HOOK_CLI=/tmp/vscode-ipc-1.sock", VARIABLES_DEAD},
        {"VSCODE_GIT_IPC_AUTH_TOKEN=abc", VARIABLES_DEAD},
        {"REMOTE_CONTAINERS_SOCKETS=[]", VARIABLES_DEAD},
        {"BROWSER=/editor/browser.sh", VARIABLES_DEAD},
        {"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/bus,guid=1", VARIABLES_DEAD},
        {"DBUS_SESSION_BUS_ADDRESS=unix:abstract=/tmp/dbus-1", VARIABLES_LEADING},
        {"DISPLAY=:0.1", VARIABLES_DEAD},
        {"DISPLAY=host:0", VARIABLES_LEADING},
        {"WSL_INTEROP=/run/WSL/1_interop", VARIABLES_DEAD},
    };
    fake_tree_write(&tree, "/editor/browser.sh", "");
    expect_leads(rows, COUNT_OF(rows));
}

static void with_a_socket_all_of_it_does(void **state)
{
    (void)state;
    testing_need_openat2();
    static const struct row rows[] = {
        {"SSH_AUTH_SOCK=/tmp/a.sock", VARIABLES_LEADING},
        {"SSH_AUTH_SOCK=/tmp/link.sock", VARIABLES_LEADING},
        {"SSH_AUTH_SOCK=/tmp/b.sock", VARIABLES_DEAD},
        {"VSCODE_GIT_IPC_AUTH_TOKEN=abc", VARIABLES_LEADING},
        {"REMOTE_CONTAINERS_SOCKETS=[]", VARIABLES_LEADING},
        {"BROWSER=/editor/browser.sh", VARIABLES_LEADING},
        {"BROWSER=/editor/gone.sh", VARIABLES_DEAD},
        {"DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/a.sock,guid=1", VARIABLES_LEADING},
        {"DISPLAY=:7.0", VARIABLES_LEADING},
        {"DISPLAY=:8", VARIABLES_DEAD},
    };
    char from[512];
    fake_tree_write(&tree, "/editor/browser.sh", "");
    make_socket("/tmp/a.sock");
    make_socket("/tmp/.X11-unix/X7");
    assert_int_equal(symlink("/tmp/a.sock", fake_tree_path(&tree, from, "/tmp/link.sock")), 0);
    tree.environ_in[0] = (char[]){"HOME=/tmp/a.sock"};
    tree.environ_in[1] = (char[]){"VSCODE_IPC_HOOK_CLI=/tmp/a.sock"};
    expect_leads(rows, COUNT_OF(rows));
    /* An agent of one's own does not bring VS Code's programs to life. */
    static const struct row own[] = {
        {"SSH_AUTH_SOCK=/tmp/a.sock", VARIABLES_LEADING},
        {"BROWSER=/editor/browser.sh", VARIABLES_DEAD},
        {"VSCODE_GIT_IPC_AUTH_TOKEN=abc", VARIABLES_DEAD},
    };
    tree.environ_in[1] = (char[]){"SSH_AUTH_SOCK=/tmp/a.sock"};
    expect_leads(own, COUNT_OF(own));
}

static void the_configuration_has_its_say(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"DISPLAY=host:0", VARIABLES_KEPT},      {"SSH_AUTH_SOCK=/run/own.sock", VARIABLES_KEPT},
        {"SSH_AUTH_SOCK=/x", VARIABLES_DEAD},    {"GITHUB_TOKEN=x", VARIABLES_STRIPPED},
        {"EMPTIED=x", VARIABLES_STRIPPED},       {"EMPTIED=", VARIABLES_TAME},
        {"LD_PRELOAD=/x.so", VARIABLES_LOADING}, /* although this configuration does not strip it */
    };
    char *strip[] = {(char[]){"GITHUB_*"}, NULL};
    char *empty[] = {(char[]){"EMPTIED"}, NULL};
    char *keep[] = {(char[]){"DISPLAY"}, NULL};
    char *set[] = {(char[]){"SSH_AUTH_SOCK=/run/own.sock"}, NULL};
    tree.config.env.strip = strip;
    tree.config.env.empty = empty;
    tree.config.env.keep = keep;
    tree.config.env.set = set;
    expect_leads(rows, COUNT_OF(rows));
}

static void secrets_are_told_by_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *entry;
        enum variables_secret secret;
    } rows[] = {
        {"GITHUB_TOKEN=x", VARIABLES_SECRET},
        {"GITHUB_TOKEN=", VARIABLES_NO_SECRET},
        {"GITHUB_TOKEN", VARIABLES_NO_SECRET},
        {"AWS_SECRET_ACCESS_KEY=x", VARIABLES_SECRET},
        {"AWS_ACCESS_KEY_ID=x", VARIABLES_SECRET},
        {"AWS_REGION=x", VARIABLES_NO_SECRET},
        {"AZURE_CLIENT_SECRET=x", VARIABLES_SECRET},
        {"AZURE_STORAGE_KEY=x", VARIABLES_SECRET},
        {"ARM_ACCESS_KEY=x", VARIABLES_SECRET},
        {"GOOGLE_APPLICATION_CREDENTIALS=/x", VARIABLES_SECRET},
        {"NODE_AUTH_TOKEN=x", VARIABLES_SECRET},
        {"DATABASE_URL=x", VARIABLES_SECRET},
        {"POSTGRES_PASSWORD=x", VARIABLES_SECRET},
        {"OPENAI_API_KEY=x", VARIABLES_SECRET},
        {"MY_TOKENS=x", VARIABLES_NO_SECRET},
        {"PATH=TOKEN", VARIABLES_NO_SECRET},
        {"ANTHROPIC_API_KEY=x", VARIABLES_AGENTS_OWN},
        {"CLAUDE_CODE_OAUTH_TOKEN=x", VARIABLES_AGENTS_OWN},
        {"VSCODE_GIT_IPC_AUTH_TOKEN=x", VARIABLES_NO_SECRET},
        {"NPM_TOKEN=x", VARIABLES_KEPT_SECRET},
    };
    struct variables variables;
    char *keep[] = {(char[]){"NPM_*"}, NULL};
    tree.config.env.keep = keep;
    variables_prepare(&variables, &tree.scene);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const enum variables_secret secret = variables_find_secret(&variables, rows[i].entry);
        if (secret != rows[i].secret) {
            fail_msg("row %zu, %s: %d", i, rows[i].entry, (int)secret);
        }
    }
}

static void names_are_made_safe(void **state)
{
    (void)state;
    char buffer[FINDING_NAME_SIZE];
    char entry[2 * FINDING_NAME_SIZE];
    assert_string_equal(variables_name(buffer, "GITHUB_TOKEN=secret"), "GITHUB_TOKEN");
    assert_string_equal(variables_name(buffer, "A\x1b[1m\n=secret"), "A\\e[1m\\n");
    assert_string_equal(variables_name(buffer, "NAME"), "NAME");
    memset(entry, 'x', sizeof entry);
    entry[sizeof entry - 1] = '\0';
    assert_true(strlen(variables_name(buffer, entry)) < FINDING_NAME_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_socket_only_little_leads_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(with_a_socket_all_of_it_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_configuration_has_its_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(secrets_are_told_by_their_names, set_up, tear_down),
        cmocka_unit_test(names_are_made_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
