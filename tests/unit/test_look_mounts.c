/* SPDX-License-Identifier: MIT */
/* look_mounts: tables of mounts as engines make them, in a scene; what is good, bad and in between. */
#include "fake_scene.h"

#include "sandbox_init/look_mounts.h"

#include <sys/socket.h>
#include <sys/un.h>

/* What every container of Docker has. */
static const char plain[] =
    "600 500 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/l\n"
    "601 600 0:51 / /proc rw,nosuid - proc proc rw\n"
    "602 600 0:52 / /dev rw,nosuid - tmpfs tmpfs rw,mode=755\n"
    "603 602 0:53 / /dev/pts rw - devpts devpts rw\n"
    "604 600 0:54 / /sys ro - sysfs sysfs ro\n"
    "605 604 0:55 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
    "606 602 0:56 / /dev/mqueue rw - mqueue mqueue rw\n"
    "607 602 0:57 / /dev/shm rw - tmpfs shm rw\n"
    "608 600 8:1 /var/lib/docker/containers/0a/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw\n"
    "609 600 8:1 /var/lib/docker/containers/0a/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n"
    "610 600 8:1 /var/lib/docker/containers/0a/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n"
    "611 602 0:53 /0 /dev/console rw - devpts devpts rw\n"
    "612 601 0:51 /bus /proc/bus ro - proc proc rw\n"
    "613 601 0:52 /null /proc/kcore rw - tmpfs tmpfs rw\n"
    "614 601 0:59 / /proc/acpi ro - tmpfs tmpfs ro\n"
    "615 604 0:60 / /sys/firmware ro - tmpfs tmpfs ro\n"
    "616 601 0:6 /null /proc/keys rw - devtmpfs udev rw\n"
    "617 600 8:1 /usr/libexec/docker/docker-init /sbin/docker-init ro - ext4 /dev/sda1 rw\n";

/* That, and LINE: ROOT POINT OPTIONS TYPE SOURCE. */
/* Where people are at home on a Mac. */
#define MAC                                                                                                  \
    "/Us"                                                                                                    \
    "ers"

static void mount_also(const char *line)
{
    char text[sizeof plain + 1024];
    char root[256];
    char point[256];
    char options[64];
    char type[64];
    char source[128];
    assert_int_equal(sscanf(line, "%255s %255s %63s %63s %127s", root, point, options, type, source), 5);
    snprintf(text, sizeof text, "%s700 600 8:1 %s %s %s - %s %s rw\n", plain, root, point, options, type,
             source);
    fake_file("/proc/self/mountinfo", text);
    if (scene_has(&fake_scene, point)) {
        return;
    }
    char inside[512];
    snprintf(inside, sizeof inside, "%s/file", point);
    fake_file(inside, "");
}

static void plain_containers_pass(void **state)
{
    (void)state;
    fake_file("/proc/self/mountinfo", plain);
    fake_expect(look_mounts_mounts, FINDING_PASS, "pass: nothing of the host\n");
}

static void judged(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum finding_verdict verdict;
        const char *text;
    } rows[] = {
        {"/home/me/project /workspaces/project rw ext4 /dev/sda1", FINDING_PASS,
         "/home/me/project at /workspaces/project, the workspace\n"},
        {"/var/lib/docker/volumes/cache/_data /cache rw ext4 /dev/sda1", FINDING_PASS, "pass: 1 volume\n"},
        {"/docker/volumes/cache/_data/below /cache rw xfs /dev/sdb1", FINDING_PASS, "pass: 1 volume\n"},
        {"/var/lib/kubelet/pods/0/volumes/kubernetes.io~empty-dir/x /x rw ext4 /dev/sda1", FINDING_PASS,
         "1 volume"},
        {"/ /scratch rw tmpfs tmpfs", FINDING_PASS, "nothing of the host"},
        {"/ /var/lib/docker/overlay2/0/merged rw overlay overlay", FINDING_PASS, "nothing of the host"},
        {"/opt/tools /opt/tools ro ext4 /dev/sda1", FINDING_PASS, "/opt/tools at /opt/tools, read-only"},
        {"/home/me/.ssh/known_hosts /k ro ext4 /dev/sda1", FINDING_PASS, "known_hosts at /k, read-only"},
        {"/var/lib/docker/volumes/vscode/_data /vscode rw ext4 /dev/sda1", FINDING_WARN,
         "volume vscode at /vscode is shared"},
        {"/home/me/other /other rw ext4 /dev/sda1", FINDING_WARN,
         "/home/me/other at /other can be written to"},
        {"/my\\040files /my\\040files\\012x rw ext4 /dev/sda1", FINDING_WARN,
         "/my files at /my files\\nx can"},
        {"/ /data rw ext4 /dev/sdb1", FINDING_WARN, "/dev/sdb1 at /data can be written to"},
        {"/fuse /dev/fuse rw devtmpfs udev", FINDING_WARN, "/fuse at /dev/fuse can be written to"},
        {"/ /sys rw sysfs sysfs", FINDING_WARN, "/sys can be written to"},
        {"/home/me /host ro ext4 /dev/sda1", FINDING_FAIL,
         "/home/me at /host is a home directory of the host, read-only"},
        {"/home /host rw ext4 /dev/sda1", FINDING_FAIL, "a home directory of the host"},
        {"/root /host rw ext4 /dev/sda1", FINDING_FAIL, "a home directory of the host"},
        {"/@home/me /host rw btrfs /dev/sda1", FINDING_FAIL, "a home directory of the host"},
        {"/me /host rw fakeowner /run/host_mark/Users", FINDING_FAIL,
         "me at /host is a home directory of the host"},
        {"/ /host rw fakeowner /run/host_mark/Users", FINDING_FAIL, "/Users at /host is a home directory"},
        {"/home/me /host rw fakeowner /run/host_mark/home", FINDING_FAIL,
         "fail: /home/me at /host is a home"},
        {"/me/project /workspaces/project rw fakeowner /run/host_mark/Users", FINDING_PASS,
         "me/project at /workspaces/project, the workspace\n"},
        {"/home/me/.ssh /x ro ext4 /dev/sda1", FINDING_FAIL, "/home/me/.ssh at /x is secrets of the host"},
        {"/keys /home/agent/.aws ro ext4 /dev/sda1", FINDING_FAIL, "secrets of the host, read-only"},
        {"/home/me/.config/gcloud/x.db /x ro ext4 /dev/sda1", FINDING_FAIL, "secrets of the host"},
        {"/home/me/.netrc /x ro ext4 /dev/sda1", FINDING_FAIL, "secrets of the host"},
        {"/etc /host-etc ro ext4 /dev/sda1", FINDING_FAIL, "a folder of the system"},
        {"/var/lib/docker /x rw ext4 /dev/sda1", FINDING_FAIL, "a folder of the system"},
        {"/var /x rw ext4 /dev/sda1", FINDING_FAIL, "a folder of the system"},
        {"/docker.sock /var/run/docker.sock rw tmpfs tmpfs", FINDING_FAIL,
         "/docker.sock at /var/run/docker.sock is a socket of the host"},
        {"/ /host-proc rw proc proc", FINDING_FAIL, "proc at /host-proc is the kernel's file system"},
        {"/ /host/sys ro sysfs sysfs", FINDING_FAIL, "sysfs at /host/sys is the kernel's file system"},
        {"/ /dev rw devtmpfs udev", FINDING_FAIL, "/dev at /dev is all devices of the host"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        mount_also(rows[i].line);
        fake_expect(look_mounts_mounts, rows[i].verdict, rows[i].text);
    }
}

static void what_is_in_a_mount_tells_what_it_is(void **state)
{
    (void)state;
    mount_also("/it /host rw ext4 /dev/sda2");
    fake_file("/host/.ssh/config", "");
    fake_expect(look_mounts_mounts, FINDING_FAIL, "/it at /host is a home directory, with .ssh of the host");
    mount_also("/me /home/agent rw ext4 /dev/sda2"); /* its own home has that anyway */
    fake_file("/home/agent/.ssh/config", "");
    fake_expect(look_mounts_mounts, FINDING_WARN, "can be written to");
    mount_also("/src /src rw ext4 /dev/sda2");
    fake_expect(look_mounts_mounts, FINDING_WARN, "can be written to");
    fake_file("/src/.devcontainer/devcontainer.json", "{}");
    fake_expect(look_mounts_mounts, FINDING_PASS, "the workspace");
    mount_also("/ /run-of-host rw tmpfs tmpfs");
    fake_expect(look_mounts_mounts, FINDING_PASS, "nothing of the host");
    fake_file("/run-of-host/systemd/private", "");
    fake_expect(look_mounts_mounts, FINDING_FAIL,
                "/run at /run-of-host is a folder of the system of the host");
    mount_also("/ /run rw tmpfs tmpfs");
    fake_file("/run/systemd/private", "");
    fake_file("/proc/1/comm", "systemd\n");
    fake_expect(look_mounts_mounts, FINDING_PASS, "nothing of the host");
    fake_file("/proc/1/comm", "sandbox-init\n");
    fake_expect(look_mounts_mounts, FINDING_FAIL, "/run at /run is a folder of the system of the host");
}

static void whole_system_hides_what_is_below(void **state)
{
    (void)state;
    char text[sizeof plain + 512];
    snprintf(text, sizeof text,
             "%s1 0 8:1 / /host rw - ext4 /dev/sda1 rw\n1 0 0:5 / /host/proc rw - proc proc rw\n"
             "1 0 0:5 / /hosts rw - proc proc rw\n",
             plain);
    fake_file("/proc/self/mountinfo", text);
    fake_file("/host/etc/passwd", "");
    fake_file("/host/usr/bin/env", "");
    fake_expect(look_mounts_mounts, FINDING_FAIL,
                "/dev/sda1 at /host is the whole system of the host; proc at /hosts");
}

static void sockets_are_seen_by_their_kind(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", fake_path("/tmp/wayland-0"));
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    mount_also("/wayland-0 /tmp/wayland-0 rw tmpfs tmpfs");
    fake_expect(look_mounts_mounts, FINDING_FAIL, "/wayland-0 at /tmp/wayland-0 is a socket of the host");
    close(fd);
}

static void pod_token_is_a_warning(void **state)
{
    (void)state;
    mount_also("/ /run/secrets/kubernetes.io/serviceaccount ro tmpfs tmpfs");
    fake_expect(look_mounts_mounts, FINDING_PASS, "nothing of the host");
    fake_file("/run/secrets/kubernetes.io/serviceaccount/token", "x");
    fake_expect(look_mounts_mounts, FINDING_WARN, "the pod's token is at");
}

/* As root, about another user. */
static void what_is_closed_to_the_agent_is_a_warning(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    mount_also("/etc /host-etc ro ext4 /dev/sda1");
    assert_int_equal(chmod(fake_path("/host-etc"), 0700), 0);
    fake_expect(look_mounts_mounts, FINDING_FAIL, "a folder of the system");
    fake_scene.agent = (struct identity){.uid = 12345, .gid = 12345, .home = "/home/agent"};
    fake_scene.is_other = true;
    fake_scene.can_become = true;
    fake_expect(look_mounts_mounts, FINDING_WARN, "closed to it by its mode");
}

static void without_proc_nothing_is_known(void **state)
{
    (void)state;
    fake_expect(look_mounts_mounts, FINDING_WARN, "not seen: /proc/self/mountinfo");
}

static void mends_are_lines_to_copy(void **state)
{
    (void)state;
    mount_also("/home/me/other /other rw ext4 /dev/sda1");
    assert_non_null(
        strstr(fake_look(look_mounts_mounts), "mend: docker-compose.yml: - /home/me/other:/other:ro ("));
    mount_also("/etc /host-etc ro ext4 /dev/sda1");
    assert_non_null(strstr(fake_look(look_mounts_mounts), "ends in \":/host-etc\""));
    mount_also("/docker/volumes/vscode/_data /vscode rw ext4 /dev/sda1");
    assert_non_null(strstr(fake_look(look_mounts_mounts), "\"dev.containers.cacheVolume\": false"));
}

static void too_many_mounts_are_told(void **state)
{
    (void)state;
    char *text = malloc(300000);
    assert_non_null(text);
    size_t used = 0;
    while (used < 280000) {
        used += (size_t)sprintf(text + used, "1 0 0:1 / /scratch rw - tmpfs tmpfs rw\n");
    }
    fake_file("/proc/self/mountinfo", text);
    free(text);
    fake_expect(look_mounts_mounts, FINDING_PASS, "not seen: the mounts behind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain_containers_pass, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(judged, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(what_is_in_a_mount_tells_what_it_is, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(whole_system_hides_what_is_below, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(sockets_are_seen_by_their_kind, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(pod_token_is_a_warning, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(what_is_closed_to_the_agent_is_a_warning, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(without_proc_nothing_is_known, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(mends_are_lines_to_copy, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(too_many_mounts_are_told, fake_begin, fake_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
