/* SPDX-License-Identifier: MIT */
/* look_network: namespaces as links of a scene, of kernels before and since their numbers were fixed. */
#include "fake_scene.h"

#include "sandbox_init/look_network.h"

static void set(const char *name, unsigned long inode)
{
    char path[64];
    char link[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    snprintf(link, sizeof link, "%s:[%lu]", name, inode);
    fake_link(path, link);
}

static void set_all(unsigned long net, unsigned long mnt)
{
    set("net", net);
    set("mnt", mnt);
    set("pid", 4026532400);
    set("ipc", 4026532401);
    set("uts", 4026532402);
    set("cgroup", 4026532403);
    set("user", 4026531837);
}

static void own_network_passes(void **state)
{
    (void)state;
    set_all(4026532181, 4026532180);
    fake_file("/proc/sys/net/core/somaxconn", "4096\n");
    fake_file("/proc/net/dev", "Inter-|   Receive\n face |bytes\n    lo: 1 2 3\n  eth0: 1 2 3\n");
    fake_file("/proc/net/unix", "Num RefCount Protocol Flags Type St Inode Path\n"
                                "0000: 00000002 00000000 00010000 0001 01 1 @own\n");
    fake_expect(look_network_network, FINDING_PASS, "pass: it has one of its own\n");
}

static void first_network_fails(void **state)
{
    (void)state;
    static const unsigned long first[] = {4026531833, 4026531840};
    for (size_t i = 0; i < COUNT_OF(first); i++) {
        set_all(first[i], 4026532180);
        fake_expect(look_network_network, FINDING_FAIL, "fail: it is the host's: all that listens on its");
        assert_non_null(strstr(fake_look(look_network_network), "--network=bridge"));
    }
}

/* Before Linux 6.18, where the number says nothing. */
static void settings_of_the_first_network_fail(void **state)
{
    (void)state;
    set_all(4026531992, 4026532180);
    fake_expect(look_network_network, FINDING_PASS, "own");
    fake_file("/proc/sys/net/core/netdev_budget", "300\n");
    fake_expect(look_network_network, FINDING_FAIL, "it is the host's");
}

static void what_is_in_the_hosts_network_is_named(void **state)
{
    (void)state;
    set_all(4026531833, 4026532180);
    fake_file("/proc/net/dev",
              "Inter-|   Receive\n face |bytes\n docker0: 1\nbr-0a1b2c: 1\n  virbr0:1\nbroad: 1\n"
              "lo: 1\ncni0: 1\nveth12: 1\n");
    fake_file("/proc/net/unix", "Num RefCount Protocol Flags Type St Inode Path\n"
                                "0: 2 0 10000 0001 01 1 @/tmp/.X11-unix/X0\n0: 2 0 10000 0001 01 1 /run/x@y\n"
                                "0: 2 0 10000 0001 01 1 @a\x1b[1m\n0: 2 0 10000 0001 01 1");
    fake_expect(look_network_network, FINDING_FAIL, "interfaces: docker0, br-0a1b2c, virbr0, cni0, ...;");
    fake_expect(look_network_network, FINDING_FAIL, "abstract sockets: @/tmp/.X11-unix/X0, @a\\e[1m\n");
}

static void bridges_elsewhere_are_a_warning(void **state)
{
    (void)state;
    set_all(4026532181, 4026532180);
    fake_file("/proc/net/dev", "Inter-|\n face |\n docker0: 1\n");
    fake_expect(look_network_network, FINDING_WARN, "interfaces of an engine: docker0: it is another");
}

static void without_proc_it_is_not_known(void **state)
{
    (void)state;
    fake_expect(look_network_network, FINDING_WARN, "not seen: /proc/self/ns/net");
    fake_expect(look_network_namespaces, FINDING_WARN, "they cannot be seen");
    fake_file("/proc/self/ns/net", "no link");
    fake_expect(look_network_network, FINDING_WARN, "whose it is cannot be seen");
    fake_link("/proc/self/ns/net", "nonsense");
    fake_expect(look_network_network, FINDING_WARN, "whose it is cannot be seen");
}

static void own_namespaces_pass(void **state)
{
    (void)state;
    set_all(4026532181, 4026532180);
    fake_expect(look_network_namespaces, FINDING_PASS,
                "pass: of its own: pid, ipc, uts, cgroup; users are the host's, as usual");
    set("user", 4026532700);
    fake_expect(look_network_namespaces, FINDING_PASS, "users of its own: root in here is nobody out there");
}

static void shared_namespaces_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned long inode;
        enum finding_verdict verdict;
        const char *text;
        const char *mend;
    } rows[] = {
        {"pid", 4026531836, FINDING_FAIL, "processes are the host's", "--pid=host"},
        {"ipc", 4026531839, FINDING_FAIL, "IPC is the host's", "ipc: private"},
        {"uts", 4026531838, FINDING_WARN, "the host's name is shared", "--uts=host"},
        {"cgroup", 4026531835, FINDING_WARN, "control groups are the host's", "cgroup: private"},
        {"mnt", 4026531832, FINDING_FAIL, "this is no container", "docker run"},
        {"mnt", 4026531840, FINDING_FAIL, "this is no container", "docker run"},
        {"mnt", 4026531841, FINDING_FAIL, "this is no container", "docker run"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        set_all(4026532181, 4026532180);
        set(rows[i].name, rows[i].inode);
        fake_expect(look_network_namespaces, rows[i].verdict, rows[i].text);
        assert_non_null(strstr(fake_look(look_network_namespaces), rows[i].mend));
        assert_int_equal(fake_finding.mend_count, 1);
    }
}

static void a_missing_namespace_is_told(void **state)
{
    (void)state;
    set_all(4026532181, 4026532180);
    unlink(fake_path("/proc/self/ns/cgroup"));
    fake_expect(look_network_namespaces, FINDING_PASS, "not seen: /proc/self/ns/cgroup");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(own_network_passes, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(first_network_fails, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(settings_of_the_first_network_fail, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(what_is_in_the_hosts_network_is_named, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(bridges_elsewhere_are_a_warning, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(without_proc_it_is_not_known, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(own_namespaces_pass, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(shared_namespaces_are_told, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(a_missing_namespace_is_told, fake_begin, fake_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
