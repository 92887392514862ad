/* SPDX-License-Identifier: MIT */
/*
 * look_privileges: files of /proc in a tree of the test's own, and kernels that the machine has not.
 *
 * WRAP: airlock_probe scene_read_process
 */
#include "fake_tree.h"

#include "sandbox_init/airlock.h"
#include "sandbox_init/look_privileges.h"

#include <errno.h>

enum {
    AGENT = 1000,
};

static struct fake_tree tree;
static struct airlock_kernel kernel;
static ssize_t environ_result; /* of reading the server's */

struct airlock_kernel __wrap_airlock_probe(void);
struct airlock_kernel __wrap_airlock_probe(void)
{
    return kernel;
}

ssize_t __wrap_scene_read_process(const struct scene *scene, const struct scene_process *process,
                                  const char *file, char *buffer, size_t size);
ssize_t __wrap_scene_read_process(const struct scene *scene, const struct scene_process *process,
                                  const char *file, char *buffer, size_t size)
{
    assert_int_equal(process->pid, scene->server_pid);
    assert_string_equal(file, "environ");
    assert_true(size > 0);
    buffer[0] = '\0';
    return environ_result;
}

static int set_up(void **state)
{
    (void)state;
    kernel = (struct airlock_kernel){.landlock_abi = 9};
    environ_result = 1;
    const int result = fake_tree_open(&tree);
    tree.scene.self.uid = tree.scene.agent.uid = AGENT;
    return result;
}

static int tear_down(void **state)
{
    (void)state;
    return fake_tree_close(&tree);
}

static void write_self(const char *status)
{
    fake_tree_write(&tree, "/proc/self/status", status);
}

static void without_proc_nothing_is_called_safe(void **state)
{
    (void)state;
    static void (*const looks[])(const struct scene *scene, struct finding *finding) = {
        look_privileges_no_new,
        look_privileges_capabilities,
        look_privileges_seccomp,
        look_privileges_ptrace,
    };
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        fake_tree_expect(&tree, looks[i], FINDING_WARN, "it cannot be seen");
        assert_non_null(strstr(tree.finding.unseen, "mount /proc"));
    }
}

static void no_new_privs_is_that_of_what_docker_starts(void **state)
{
    (void)state;
    write_self("NoNewPrivs:\t0\n");
    fake_tree_expect(&tree, look_privileges_no_new, FINDING_FAIL, "not set: programs can give privileges");
    assert_true(fake_tree_mends(&tree, "devcontainer.json", "\"securityOpt\": [\"no-new-privileges:true\"]"));
    assert_true(fake_tree_mends(&tree, "docker-compose.yml", "security_opt: [\"no-new-privileges:true\"]"));
    write_self("Name:\tx\n"); /* Linux before 4.10 does not say */
    fake_tree_expect(&tree, look_privileges_no_new, FINDING_FAIL, "not set: programs can give privileges");
    write_self("Name:\tx\nNoNewPrivs:\t1\n");
    fake_tree_expect(&tree, look_privileges_no_new, FINDING_PASS, "set for this process");
    fake_tree_add_process(&tree, 1, "init", 0, "NoNewPrivs:\t1\n");
    fake_tree_add_process(&tree, 7, "bash", AGENT, "NoNewPrivs:\t1\n");
    fake_tree_add_process(&tree, 8, "root", 0, "NoNewPrivs:\t0\n");
    fake_tree_expect(&tree, look_privileges_no_new, FINDING_PASS, "set for this process");
    assert_int_equal(tree.finding.mend_count, 0);
    fake_tree_add_process(&tree, 9, "sh\x1b", AGENT, "NoNewPrivs:\t0\n");
    fake_tree_expect(&tree, look_privileges_no_new, FINDING_WARN,
                     "not for 1 of 2 other processes of uid 1000 (sh\\e); set for this process");
    fake_tree_add_process(&tree, 1, "init", 0, "NoNewPrivs:\t0\n");
    fake_tree_look(&tree, look_privileges_no_new);
    assert_non_null(strstr(tree.seen, "not for PID 1, and so not for what `docker exec` starts; "));
}

static void the_agents_capabilities_fail(void **state)
{
    (void)state;
    write_self(
        "NoNewPrivs:\t1\nCapInh:\t0000000000000000\nCapPrm:\t0000000000002000\nCapEff:\t0000000000000000\n"
        "CapBnd:\t00000000000000e3\nCapAmb:\t0000000000000000\n");
    fake_tree_expect(&tree, look_privileges_capabilities, FINDING_FAIL,
                     "uid 1000 has NET_RAW; root can have CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID");
    write_self("CapInh:\t0000000000000001\nCapPrm:\t0\nCapEff:\t0\nCapBnd:\t00000000000000e3\nCapAmb:\t0\n");
    fake_tree_expect(
        &tree, look_privileges_capabilities, FINDING_WARN,
        "programs of uid 1000 can inherit CHOWN; root can have CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID");
    write_self("CapInh:\t0\nCapPrm:\t0\nCapEff:\t0\nCapBnd:\t00000000000000e3\nCapAmb:\t0\n");
    fake_tree_expect(&tree, look_privileges_capabilities, FINDING_PASS,
                     "uid 1000 has none; root can have CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID");
    assert_int_equal(tree.finding.mend_count, 0);
    fake_tree_add_process(&tree, 7, "dumpcap", AGENT, "CapEff:\t0000000000003000\n");
    fake_tree_expect(
        &tree, look_privileges_capabilities, FINDING_FAIL,
        "dumpcap of uid 1000 has NET_ADMIN, NET_RAW; root can have CHOWN, DAC_OVERRIDE, KILL, SETGID, "
        "SETUID");
}

static void root_asks_the_agents_processes(void **state)
{
    (void)state;
    tree.scene.self.uid = 0;
    tree.scene.is_other = true;
    write_self("CapInh:\t0\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t0\nCapAmb:\t0\n");
    fake_tree_add_process(&tree, 7, "root", 0, "CapEff:\t00000000a80425fb\n");
    fake_tree_expect(&tree, look_privileges_capabilities, FINDING_PASS, "root can have none");
    assert_string_equal(tree.finding.unseen,
                        "what processes of uid 1000 have, of which none is there: look as that user");
    fake_tree_add_process(&tree, 8, "bash", AGENT, "CapEff:\t0\n");
    fake_tree_expect(&tree, look_privileges_capabilities, FINDING_PASS,
                     "uid 1000 has none; root can have none");
    assert_string_equal(tree.finding.unseen, "");
}

static void what_can_be_gained_is_weighed(void **state)
{
    (void)state;
    static const struct {
        const char *bounding;
        int is_locked;
        uid_t agent;
        enum finding_verdict verdict;
        const char *seen; /* begins so */
    } rows[] = {
        {"00000000a80425fb", 0, AGENT, FINDING_WARN,
         "root needs no FSETID, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP; uid 1000 "
         "has none"},
        {"00000000a80435fb", 0, AGENT, FINDING_FAIL, "sudo would give NET_ADMIN; root needs no "},
        {"00000000a80435fb", 1, AGENT, FINDING_WARN, "root could have NET_ADMIN; root needs no "},
        {"00000000a80435fb", 1, 0, FINDING_FAIL, "root has NET_ADMIN; root needs no "},
        {"00000000008001e3", 0, AGENT, FINDING_PASS,
         "uid 1000 has none; root can have CHOWN, DAC_OVERRIDE, KILL, "
         "SETGID, SETUID, SETPCAP, SYS_NICE"},
        {"0000003ffdffffff", 0, AGENT, FINDING_FAIL,
         "sudo would give DAC_READ_SEARCH, NET_ADMIN, SYS_MODULE, SYS_RAWIO, SYS_PTRACE, SYS_ADMIN, "
         "SYS_BOOT, "
         "AUDIT_CONTROL, MAC_OVERRIDE, MAC_ADMIN, SYSLOG, AUDIT_READ; root needs no FSETID, LINUX_IMMUTABLE, "
         "NET_BIND_SERVICE, NET_BROADCAST, NET_RAW, IPC_LOCK, IPC_OWNER, SYS_CHROOT, SYS_PACCT, "
         "SYS_RESOURCE, "
         "SYS_TTY_CONFIG, MKNOD, LEASE, AUDIT_WRITE, SETFCAP, WAKE_ALARM, BLOCK_SUSPEND; uid 1000 has none"},
        {"000001c0000000e3", 0, AGENT, FINDING_FAIL,
         "sudo would give PERFMON, BPF, CHECKPOINT_RESTORE; uid 1000"},
        {"00000000020000e3", 0, AGENT, FINDING_FAIL, "sudo would give SYS_TIME; uid 1000"},
        {"0000003ffeffffff", 0, AGENT, FINDING_FAIL,
         "all that lead out can be gained: the container is privileged; uid 1000 "},
        {"000001ffffffffff", 1, AGENT, FINDING_FAIL,
         "all that lead out can be gained: the container is privileged; uid 1000 "},
        {"000003ffffffffff", 1, 0, FINDING_FAIL,
         "all that lead out can be gained: the container is privileged"},
        {"00000200000000e3", 0, AGENT, FINDING_WARN, "root needs no 41; "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char status[256];
        snprintf(status, sizeof status, "NoNewPrivs:\t%d\nCapPrm:\t0\nCapEff:\t0\nCapBnd:\t%s\nCapAmb:\t0\n",
                 rows[i].is_locked, rows[i].bounding);
        write_self(status);
        tree.scene.self.uid = tree.scene.agent.uid = rows[i].agent;
        fake_tree_look(&tree, look_privileges_capabilities);
        if (strncmp(tree.seen, rows[i].seen, strlen(rows[i].seen)) != 0 ||
            finding_judge(&tree.finding) != rows[i].verdict) {
            fail_msg("row %zu: %s", i, tree.seen);
        }
        const bool is_privileged = strstr(tree.seen, "privileged") != NULL;
        if (fake_tree_mends(&tree, "docker-compose.yml", "privileged: false") != is_privileged ||
            fake_tree_mends(&tree, "docker-compose.yml", "cap_drop: [ALL]") !=
                (!is_privileged && rows[i].verdict > FINDING_PASS)) {
            fail_msg("row %zu: mends", i);
        }
    }
}

static void mends_of_capabilities_fit(void **state)
{
    (void)state;
    write_self("CapBnd:\t00000000a80425fb\n");
    fake_tree_look(&tree, look_privileges_capabilities);
    assert_true(fake_tree_mends(&tree, "devcontainer.json", "\"--cap-add=SETUID\"]"));
    assert_true(
        fake_tree_mends(&tree, "docker-compose.yml", "cap_add: [CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID]"));
}

static void a_filter_must_be_the_containers(void **state)
{
    (void)state;
    write_self("Name:\tx\n");
    fake_tree_expect(&tree, look_privileges_seccomp, FINDING_FAIL, "this kernel has no seccomp");
    assert_true(fake_tree_mends(&tree, "host", "CONFIG_SECCOMP_FILTER"));
    write_self("Seccomp:\t0\n");
    fake_tree_expect(&tree, look_privileges_seccomp, FINDING_FAIL,
                     "no filter: every system call of the kernel can be reached");
    assert_true(fake_tree_mends(&tree, "devcontainer.json", "without \"seccomp=unconfined\""));
    assert_true(fake_tree_mends(&tree, "pod.yaml", "RuntimeDefault"));
    write_self("Seccomp:\t2\nSeccomp_filters:\t1\n");
    fake_tree_expect(&tree, look_privileges_seccomp, FINDING_PASS, "filters on this process: 1");
    write_self("Seccomp:\t2\n"); /* before Linux 5.9 */
    fake_tree_add_process(&tree, 1, "init", 0, "Seccomp:\t2\n");
    fake_tree_expect(&tree, look_privileges_seccomp, FINDING_PASS, "a filter on this process");
    assert_int_equal(tree.finding.mend_count, 0);
    fake_tree_add_process(&tree, 1, "init", 0, "Seccomp:\t0\n");
    fake_tree_expect(&tree, look_privileges_seccomp, FINDING_WARN,
                     "none on PID 1, and so none on what `docker exec` starts; a filter on this process");
    assert_true(fake_tree_mends(&tree, "docker-compose.yml", "privileged: false"));
}

static void each_kernel_has_its_airlock(void **state)
{
    (void)state;
    static const struct {
        struct airlock_kernel kernel;
        int unix_sockets;
        enum finding_verdict verdict;
        const char *seen; /* begins so */
        const char *place;
        const char *mend;
    } rows[] = {
        {{10, 0, 0},
         CONFIG_UNIX_AUTO,
         FINDING_PASS,
         "Landlock ABI 10: the airlock keeps path sockets, too",
         NULL,
         NULL},
        {{9, 0, 0},
         CONFIG_UNIX_STRICT,
         FINDING_PASS,
         "Landlock ABI 9: the airlock keeps path sockets, too",
         NULL,
         NULL},
        {{9, 0, 0},
         CONFIG_UNIX_OFF,
         FINDING_WARN,
         "unix_sockets = off: the airlock lets all sockets through; ",
         "sandbox-init.ini",
         "[airlock] unix_sockets = auto"},
        {{7, 0, 0},
         CONFIG_UNIX_AUTO,
         FINDING_WARN,
         "Landlock ABI 7: the airlock keeps signals and abstract sockets, but path sockets only with",
         "sandbox-init.ini",
         "[airlock] unix_sockets = strict"},
        {{6, 0, 0},
         CONFIG_UNIX_STRICT,
         FINDING_PASS,
         "Landlock ABI 6, and unix_sockets = strict: ",
         NULL,
         NULL},
        {{6, 0, -ENOEXEC},
         CONFIG_UNIX_STRICT,
         FINDING_WARN,
         "Landlock ABI 6: the airlock keeps signals",
         "host",
         "Linux 7.1 or later"},
        {{5, 0, 0},
         CONFIG_UNIX_STRICT,
         FINDING_WARN,
         "Landlock ABI 5: the airlock keeps processes apart, but lets signals and sockets through",
         "host",
         "Linux 6.12 or later; best 7.1"},
        {{1, 0, 0},
         CONFIG_UNIX_AUTO,
         FINDING_WARN,
         "Landlock ABI 1: the airlock keeps nothing of it",
         "host",
         "Linux 6.12 or later; best 7.1"},
        {{0, -ENOSYS, 0},
         CONFIG_UNIX_AUTO,
         FINDING_WARN,
         "this kernel has no Landlock",
         "host",
         "CONFIG_SECURITY_LANDLOCK"},
        {{0, -EOPNOTSUPP, 0},
         CONFIG_UNIX_AUTO,
         FINDING_WARN,
         "Landlock is disabled in this kernel",
         "host",
         "lsm="},
        {{0, -EPERM, 0},
         CONFIG_UNIX_AUTO,
         FINDING_WARN,
         "Landlock is refused",
         "docker-compose.yml",
         "landlock_*"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        kernel = rows[i].kernel;
        tree.config.airlock.unix_sockets = rows[i].unix_sockets;
        fake_tree_look(&tree, look_privileges_landlock);
        if (strncmp(tree.seen, rows[i].seen, strlen(rows[i].seen)) != 0 ||
            finding_judge(&tree.finding) != rows[i].verdict) {
            fail_msg("row %zu: %s", i, tree.seen);
        }
        if (rows[i].place != NULL ? !fake_tree_mends(&tree, rows[i].place, rows[i].mend)
                                  : tree.finding.mend_count != 0) {
            fail_msg("row %zu: mends", i);
        }
    }
}

static void ptrace_is_a_matter_of_the_host(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum finding_verdict verdict;
        const char *seen;
    } rows[] = {
        {"0\n", FINDING_WARN, "0: who has the same uid can be traced, VS Code's server too"},
        {"1\n", FINDING_PASS, "1: only children can be traced"},
        {"2\n", FINDING_PASS, "2: only with CAP_SYS_PTRACE"},
        {"3\n", FINDING_PASS, "3: nobody can be traced"},
        {"4\n", FINDING_WARN, "it cannot be seen"},
        {"", FINDING_WARN, "it cannot be seen"},
    };
    fake_tree_write(&tree, "/proc/sys/kernel/ostype", "Linux\n");
    fake_tree_expect(&tree, look_privileges_ptrace, FINDING_WARN,
                     "no Yama in this kernel: who has the same uid can be traced, VS Code's server too");
    assert_true(fake_tree_mends(&tree, "host", "CONFIG_SECURITY_YAMA"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fake_tree_write(&tree, "/proc/sys/kernel/yama/ptrace_scope", rows[i].text);
        fake_tree_expect(&tree, look_privileges_ptrace, rows[i].verdict, rows[i].seen);
    }
    fake_tree_write(&tree, "/proc/sys/kernel/yama/ptrace_scope", "0\n");
    fake_tree_look(&tree, look_privileges_ptrace);
    assert_true(fake_tree_mends(&tree, "host", "sysctl kernel.yama.ptrace_scope=1"));
    assert_true(fake_tree_mends(&tree, "terminal", "sandbox-init --exec"));
}

static void the_agent_is_best_another_user(void **state)
{
    (void)state;
    fake_tree_expect(&tree, look_privileges_uid, FINDING_NONE,
                     "uid 1000; no server of VS Code's is to be seen");
    tree.scene.server_pid = 7;
    tree.scene.server_uid = 1001;
    fake_tree_expect(&tree, look_privileges_uid, FINDING_PASS,
                     "uid 1000; VS Code's server (pid 7) has uid 1001");
    assert_int_equal(tree.finding.mend_count, 0);
    tree.scene.server_uid = AGENT;
    fake_tree_expect(
        &tree, look_privileges_uid, FINDING_WARN,
        "uid 1000 is that of VS Code's server (pid 7), too: it can trace it, open its debugger and change "
        "its extensions");
    assert_true(fake_tree_mends(&tree, "terminal", "sandbox-init --exec -- COMMAND"));
    environ_result = -EACCES;
    fake_tree_expect(
        &tree, look_privileges_uid, FINDING_WARN,
        "uid 1000 is that of VS Code's server (pid 7), too: it can change its extensions, but not "
        "trace it from here");
    tree.scene.is_other = true; /* then it is not tried */
    fake_tree_look(&tree, look_privileges_uid);
    assert_non_null(strstr(tree.seen, "it can trace it, "));
}

static void root_is_nobodys_agent(void **state)
{
    (void)state;
    tree.scene.agent.uid = 0;
    fake_tree_expect(&tree, look_privileges_uid, FINDING_FAIL,
                     "the agent is root, as far as is known: --user or [init] user says otherwise");
    assert_true(fake_tree_mends(&tree, "devcontainer.json", "\"remoteUser\": \"vscode\""));
    tree.config.init.user = (char[]){"root"};
    fake_tree_expect(&tree, look_privileges_uid, FINDING_FAIL, "the agent is root");
    tree.config.init.user = NULL;
    tree.scene.server_pid = 7;
    fake_tree_expect(&tree, look_privileges_uid, FINDING_FAIL, "the agent is root");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_proc_nothing_is_called_safe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_new_privs_is_that_of_what_docker_starts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_agents_capabilities_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(root_asks_the_agents_processes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_can_be_gained_is_weighed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mends_of_capabilities_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_filter_must_be_the_containers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_kernel_has_its_airlock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ptrace_is_a_matter_of_the_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_agent_is_best_another_user, set_up, tear_down),
        cmocka_unit_test_setup_teardown(root_is_nobodys_agent, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
