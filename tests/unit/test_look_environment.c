/* SPDX-License-Identifier: MIT */
/*
 * look_environment: this environment and those of processes in a tree of the test's own, with errors and
 * without memory.
 *
 * WRAP: malloc scene_read_process
 */
#include "fake_tree.h"

#include "sandbox_init/look_environment.h"

#include <errno.h>

enum {
    STRANGER = 4242, /* a uid that nobody has who runs tests */
    LONG_SIZE = 300 * 1024,
};

static struct fake_tree tree;
static bool is_memory_out;
static int read_error; /* of scene_read_process() */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return is_memory_out ? NULL : __real_malloc(size);
}

ssize_t __real_scene_read_process(const struct scene *scene, const struct scene_process *process,
                                  const char *file, char *buffer, size_t size);
ssize_t __wrap_scene_read_process(const struct scene *scene, const struct scene_process *process,
                                  const char *file, char *buffer, size_t size);
ssize_t __wrap_scene_read_process(const struct scene *scene, const struct scene_process *process,
                                  const char *file, char *buffer, size_t size)
{
    return read_error != 0 ? read_error : __real_scene_read_process(scene, process, file, buffer, size);
}

static int set_up(void **state)
{
    (void)state;
    is_memory_out = false;
    read_error = 0;
    static char path[] = "PATH=/usr/bin";
    const int result = fake_tree_open(&tree);
    tree.environ_in[0] = path;
    return result;
}

static int tear_down(void **state)
{
    (void)state;
    return fake_tree_close(&tree);
}

static uid_t us(void)
{
    return tree.scene.agent.uid;
}

/* The entries end with "\n" each. */
static void add_process(int pid, const char *name, uid_t uid, const char *entries)
{
    char path[64];
    char data[1024];
    fake_tree_add_process(&tree, pid, name, uid, "");
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    snprintf(data, sizeof data, "%s", entries);
    const size_t size = strlen(data);
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n') {
            data[i] = '\0';
        }
    }
    fake_tree_write_bytes(&tree, path, data, size);
}

static void a_clean_environment_passes(void **state)
{
    (void)state;
    tree.environ_in[1] = (char[]){"VSCODE_AGENT_FOLDER=/x"};
    add_process(1, "init", us(), "PATH=/bin\nSSH_AUTH_SOCK=\n");
    add_process(2, "kthreadd", us(), "");
    add_process((int)getpid(), "ourselves", us(), "BROWSER=x\n");
    fake_tree_expect(
        &tree, look_environment_variables, FINDING_PASS,
        "VSCODE_AGENT_FOLDER only informs; none of 2 variables leads out or loads code, nor any in 1 "
        "other processes");
    assert_int_equal(tree.finding.mend_count, 0);
    assert_string_equal(tree.finding.unseen, "");
}

static void what_leads_out_fails_and_is_mended(void **state)
{
    (void)state;
    fake_tree_write(&tree, "/proc/self/status", "");
    tree.environ_in[1] = (char[]){"DISPLAY=host:0"};
    tree.environ_in[2] = (char[]){"GIT_ASKPASS=/gone"};
    tree.environ_in[3] = (char[]){"LD_PRELOAD=/secret/place"};
    tree.environ_in[4] = (char[]){"NODE_OPTIONS=--no-warnings"};
    tree.environ_in[5] = (char[]){"SSH_AUTH_SOCK=/gone"};
    tree.environ_in[6] = (char[]){"WAYLAND_DISPLAY="};
    fake_tree_expect(
        &tree, look_environment_variables, FINDING_FAIL,
        "DISPLAY leads out; LD_PRELOAD loads code; GIT_ASKPASS leads nowhere now; NODE_OPTIONS is set, "
        "but loads no code; SSH_AUTH_SOCK leads nowhere now");
    assert_true(fake_tree_mends(&tree, "terminal", "sandbox-init --exec -- COMMAND"));
    assert_true(fake_tree_mends(&tree, "devcontainer.json", "airlock.jsonc"));
    assert_true(fake_tree_mends(&tree, "devcontainer.json",
                                "\"remoteEnv\": { \"SSH_AUTH_SOCK\": \"\", \"DISPLAY\": \"\" }"));
    assert_true(fake_tree_mends(&tree, "devcontainer.json",
                                "\"customizations\": {\"vscode\": {\"settings\": "
                                "{\"git.terminalAuthentication\": false"));
}

static void what_the_configuration_says_holds(void **state)
{
    (void)state;
    char *strip[] = {(char[]){"OWN_*"}, NULL};
    char *keep[] = {(char[]){"DISPLAY"}, NULL};
    fake_tree_write(&tree, "/proc/self/status", "");
    tree.config.env.strip = strip;
    tree.config.env.keep = keep;
    tree.environ_in[1] = (char[]){"DISPLAY=host:0"};
    fake_tree_expect(&tree, look_environment_variables, FINDING_WARN,
                     "DISPLAY is kept, as the configuration has it");
    tree.environ_in[2] = (char[]){"OWN_ADDRESS=x"};
    fake_tree_expect(
        &tree, look_environment_variables, FINDING_FAIL,
        "OWN_ADDRESS is here, which the configuration strips; DISPLAY is kept, as the configuration has "
        "it");
}

static void processes_of_the_agent_are_counted(void **state)
{
    (void)state;
    if (us() == 0) {
        tree.scene.agent.uid = 1000;
    }
    add_process(10, "node", us(), "A=b\nVSCODE_IPC_HOOK_CLI=/x\nVSCODE_IPC_HOOK_CLI=/y\nBROWSER=z\n");
    add_process(11, "node", us(), "VSCODE_IPC_HOOK_CLI=/x");
    add_process(12, "ba\x1bsh", us(), "BROWSER=z\nNODE_OPTIONS=--no-warnings\n");
    add_process(13, "sleep", us(), "A=b\n");
    add_process(14, "other", STRANGER, "LD_PRELOAD=x\n");
    /* In the order in which they are met, which is the directory's. */
    const char *seen = fake_tree_look(&tree, look_environment_variables);
    assert_non_null(strstr(seen, "VSCODE_IPC_HOOK_CLI in 2 of 4 processes (node)"));
    assert_true(strstr(seen, "BROWSER in 2 of 4 processes (node, ...)") != NULL ||
                strstr(seen, "BROWSER in 2 of 4 processes (ba\\esh, ...)") != NULL);
    assert_null(strstr(seen, "LD_PRELOAD"));
    assert_null(strstr(seen, "NODE_OPTIONS"));
    assert_int_equal(finding_judge(&tree.finding), FINDING_WARN);
    assert_true(fake_tree_mends(&tree, "terminal", "sandbox-init --exec"));
    /* Root reads all. */
    tree.scene.agent.uid = 0;
    assert_non_null(
        strstr(fake_tree_look(&tree, look_environment_variables), "LD_PRELOAD in 1 of 5 processes (other)"));
}

static void what_is_not_seen_is_said(void **state)
{
    (void)state;
    tree.scene.self.uid = 1000;
    tree.scene.agent.uid = 1000;
    fake_tree_look(&tree, look_environment_variables);
    assert_string_equal(tree.finding.unseen,
                        "the environments of other processes: No such file or directory");
    add_process(10, "node", 1000, "A=b\n");
    add_process(11, "node", 1000, "A=b\n");
    read_error = -EACCES;
    fake_tree_look(&tree, look_environment_variables);
    assert_string_equal(
        tree.finding.unseen,
        "environments of uid 1000 that are closed to us (2): look as root, from outside the airlock");
    tree.scene.self.uid = 0;
    read_error = -EPERM;
    fake_tree_look(&tree, look_environment_secrets);
    assert_string_equal(tree.finding.unseen,
                        "environments of uid 1000 that are closed to us (2): look with CAP_SYS_PTRACE");
    read_error = -ESRCH; /* gone meanwhile */
    fake_tree_look(&tree, look_environment_variables);
    assert_string_equal(tree.finding.unseen, "");
    is_memory_out = true;
    fake_tree_look(&tree, look_environment_variables);
    is_memory_out = false;
    assert_string_equal(tree.finding.unseen, "the environments of other processes: Cannot allocate memory");
}

static void a_long_environment_is_cut(void **state)
{
    (void)state;
    char *data = calloc(1, LONG_SIZE);
    assert_non_null(data);
    add_process(10, "node", us(), "");
    memset(data, 'x', LONG_SIZE);
    memcpy(data, "BROWSER=x", 10);
    memcpy(data + LONG_SIZE - 10, "\0DISPLAY=x", 10);
    fake_tree_write_bytes(&tree, "/proc/10/environ", data, LONG_SIZE);
    free(data);
    assert_string_equal(fake_tree_look(&tree, look_environment_variables),
                        "BROWSER in 1 of 1 processes (node)");
    assert_string_equal(tree.finding.unseen, "what is beyond 256 KiB of an environment (1)");
}

static void many_names_are_no_harm(void **state)
{
    (void)state;
    char entries[1024] = "";
    for (int i = 0; i < 70; i++) {
        snprintf(entries + strlen(entries), sizeof entries - strlen(entries), "VSCODE_%d=x\n", i);
    }
    add_process(10, "node", us(), entries);
    const char *seen = fake_tree_look(&tree, look_environment_variables);
    assert_non_null(strstr(seen, "VSCODE_0 in 1 of 1 processes (node); "));
    assert_int_equal(tree.finding.facts[FINDING_WARN].count, 64);
}

static void secrets_are_named_and_never_shown(void **state)
{
    (void)state;
    char *strip[] = {(char[]){"NPM_TOKEN"}, NULL};
    char *keep[] = {(char[]){"DATABASE_URL"}, NULL};
    tree.config.env.strip = strip;
    tree.config.env.keep = keep;
    fake_tree_write(&tree, "/proc/self/status", "");
    tree.environ_in[1] = (char[]){"ANTHROPIC_API_KEY=hush"};
    tree.environ_in[2] = (char[]){"DATABASE_URL=hush"};
    fake_tree_expect(
        &tree, look_environment_secrets, FINDING_PASS,
        "ANTHROPIC_API_KEY is the agent's own; DATABASE_URL is kept, as the configuration has it; no other "
        "variable is called like a secret, nor any in 0 processes");
    tree.environ_in[3] = (char[]){"NPM_TOKEN=hush"};
    fake_tree_look(&tree, look_environment_secrets);
    assert_int_equal(tree.finding.mend_count, 1);
    assert_true(fake_tree_mends(&tree, "terminal", "sandbox-init --exec -- COMMAND"));
    tree.environ_in[4] = (char[]){"GITHUB_TOKEN=hush"};
    add_process(10, "node", us(),
                "NPM_TOKEN=hush\nGH_TOKEN=hush\nODD-NAME_TOKEN=hush\nANTHROPIC_API_KEY=hush\n");
    fake_tree_expect(
        &tree, look_environment_secrets, FINDING_WARN,
        "NPM_TOKEN is here; GITHUB_TOKEN is here; NPM_TOKEN in 1 of 1 processes (node); GH_TOKEN in 1 of 1 "
        "processes (node); ODD-NAME_TOKEN in 1 of 1 processes (node); ANTHROPIC_API_KEY is the agent's "
        "own; DATABASE_URL is kept, as the configuration has it");
    assert_true(fake_tree_mends(&tree, "sandbox-init.ini", "[env] strip = @default GH_TOKEN GITHUB_TOKEN"));
    assert_false(fake_tree_mends(&tree, "sandbox-init.ini", "ODD"));
    assert_null(strstr(tree.seen, "hush"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_clean_environment_passes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_leads_out_fails_and_is_mended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_configuration_says_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(processes_of_the_agent_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_seen_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_environment_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_names_are_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(secrets_are_named_and_never_shown, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
