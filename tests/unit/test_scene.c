/* SPDX-License-Identifier: MIT */
/*
 * scene: a tree of its own with links that lead out, FIFOs, devices and processes, seen by us and through the
 * eyes of another user, and the faults of the system.
 *
 * WRAP: syscall
 */
#include "testing.h"

#include "sandbox_init/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { STRANGER = 4321 };

static char root[64];
static struct scene scene;
static struct config config;
static int openat2_error; /* 0: the kernel's own answer */

long __real_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, long b, long c, long d)
{
    if (number == SYS_openat2 && openat2_error != 0) {
        errno = openat2_error;
        return -1;
    }
    return __real_syscall(number, a, b, c, d);
}

static const char *in_root(const char *path)
{
    static char full[256];
    snprintf(full, sizeof full, "%s%s", root, path);
    return full;
}

static void make_dir(const char *path)
{
    assert_int_equal(mkdir(in_root(path), 0755), 0);
}

static void make_file(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(in_root(path), "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

static void make_process(const char *pid, const char *status, const char *cmdline, size_t length)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/%s", pid);
    make_dir(path);
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    make_file(path, status, strlen(status));
    snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
    make_file(path, cmdline, length);
    snprintf(path, sizeof path, "/proc/%s/environ", pid);
    make_file(path, "A=1\0B=2\0", 8);
}

#define TEXT(literal) literal, sizeof(literal) - 1

static int make_tree(void **state)
{
    (void)state;
    static const char passwd[] = "root:x:0:0::/root:/bin/sh\nvscode:x:4321:4321::/home/vscode:/bin/sh\n";
    snprintf(root, sizeof root, "/tmp/test-scene-XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_int_equal(chmod(root, 0755), 0);
    make_dir("/etc");
    make_file("/etc/passwd", passwd, strlen(passwd));
    make_file("/etc/group", "", 0);
    make_dir("/home");
    make_dir("/home/vscode");
    make_file("/home/vscode/secret", TEXT("hidden"));
    assert_int_equal(chmod(in_root("/home/vscode/secret"), 0600), 0);
    make_file("/plain", TEXT("one\ntwo\n"));
    assert_int_equal(symlink("/plain", in_root("/absolute")), 0);
    assert_int_equal(symlink("../../../../../plain", in_root("/climbing")), 0);
    assert_int_equal(symlink("/etc/hostname", in_root("/dangling")), 0);
    assert_int_equal(mkfifo(in_root("/fifo"), 0666), 0);
    make_dir("/proc");
    make_process("1", "Name:\tinit\nUid:\t0\t0\t0\t0\n", TEXT("/sbin/init\0--x\0"));
    make_process("30", "Name:\tsh\nUid:\t7\t8\t9\t9\nGid:\t5\t6\t7\t7\n", TEXT(""));
    make_dir("/proc/self");
    make_dir("/proc/31"); /* it just ended */
    scene = (struct scene){.root_fd = -1};
    return 0;
}

static int remove_tree(void **state)
{
    (void)state;
    openat2_error = 0;
    if (scene.root_fd >= 0) {
        scene_close(&scene);
    }
    return testing_remove_tree(root);
}

static int open_scene(const char *user, char *const *environ_in)
{
    const struct scene_request request = {
        .root = root, .config = &config, .environ_in = environ_in, .user = user};
    return scene_open(&scene, &request);
}

static char *const nothing[] = {NULL};

static void files_are_read_within_the_root(void **state)
{
    (void)state;
    testing_need_openat2();
    char text[64];
    assert_int_equal(open_scene(NULL, nothing), 0);
    assert_int_equal(scene_read(&scene, "/plain", text, sizeof text), 8);
    assert_string_equal(text, "one\ntwo\n");
    assert_int_equal(scene_read(&scene, "/plain", text, 5), 4);
    assert_string_equal(text, "one\n");
    /* A link's "/" is the scene's, and nothing leads above it. */
    assert_int_equal(scene_read(&scene, "/absolute", text, sizeof text), 8);
    assert_int_equal(scene_read(&scene, "/climbing", text, sizeof text), 8);
    assert_int_equal(scene_read(&scene, "/dangling", text, sizeof text), -ENOENT);
    assert_string_equal(text, "");
    assert_int_equal(scene_read(&scene, "/etc", text, sizeof text), -EINVAL);
    assert_int_equal(scene_read(&scene, "/none", text, sizeof text), -ENOENT);
    assert_int_equal(scene_read(&scene, "/fifo", text, sizeof text), -EINVAL); /* and did not hang */
    assert_true(scene_has(&scene, "/fifo") && scene_has(&scene, "/dangling") && !scene_has(&scene, "/none"));
    struct stat status;
    assert_int_equal(scene_stat(&scene, "/dangling", &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(scene_stat(&scene, "/plain/x", &status), -ENOTDIR);
}

static void descriptors_are_close_on_exec(void **state)
{
    (void)state;
    static const int errors[] = {0, ENOSYS, EPERM};
    static const int flags[] = {O_RDONLY, O_PATH, O_RDONLY | O_DIRECTORY};
    assert_int_equal(open_scene(NULL, nothing), 0);
    for (size_t i = 0; i < COUNT_OF(errors) * COUNT_OF(flags); i++) {
        openat2_error = errors[i / COUNT_OF(flags)];
        const int fd = scene_open_path(&scene, "/", flags[i % COUNT_OF(flags)]);
        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        close(fd);
    }
    openat2_error = EIO;
    assert_int_equal(scene_open_path(&scene, "/", O_PATH), -EIO);
}

static void an_old_kernel_is_no_hindrance(void **state)
{
    (void)state;
    char text[64];
    openat2_error = ENOSYS;
    assert_int_equal(open_scene(NULL, nothing), 0);
    assert_int_equal(scene_read(&scene, "/plain", text, sizeof text), 8);
    assert_int_equal(scene_read(&scene, "/fifo", text, sizeof text), -EINVAL);
    assert_true(scene_has(&scene, "/etc/passwd"));
}

static bool count_name(void *context, const char *name)
{
    (void)name;
    return ++*(size_t *)context < 3;
}

static void directories_are_listed(void **state)
{
    (void)state;
    size_t count = 0;
    assert_int_equal(open_scene(NULL, nothing), 0);
    assert_int_equal(scene_list(&scene, "/etc", count_name, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(scene_list(&scene, "/plain", count_name, &count), -ENOTDIR);
    assert_int_equal(scene_list(&scene, "/none", count_name, &count), -ENOENT);
}

static struct scene_process seen[4];
static size_t seen_count;

static bool take_process(void *context, const struct scene_process *process)
{
    (void)context;
    assert_true(seen_count < COUNT_OF(seen));
    seen[seen_count++] = *process;
    return true;
}

static bool take_one(void *context, const struct scene_process *process)
{
    take_process(context, process);
    return false;
}

static int by_pid(const void *a, const void *b)
{
    return ((const struct scene_process *)a)->pid - ((const struct scene_process *)b)->pid;
}

static void processes_are_visited(void **state)
{
    (void)state;
    char text[64];
    assert_int_equal(open_scene(NULL, nothing), 0);
    seen_count = 0;
    assert_int_equal(scene_walk_processes(&scene, take_process, NULL), 0);
    assert_int_equal(seen_count, 2);
    qsort(seen, seen_count, sizeof seen[0], by_pid);
    assert_int_equal(seen[0].pid, 1);
    assert_int_equal(seen[0].uid, 0);
    assert_string_equal(seen[0].name, "init");
    assert_string_equal(seen[0].cmdline, "/sbin/init --x");
    assert_int_equal(seen[1].pid, 30);
    assert_int_equal(seen[1].uid, 8);
    assert_int_equal(seen[1].gid, 6);
    assert_string_equal(seen[1].cmdline, "");
    assert_int_equal(scene_read_process(&scene, &seen[1], "environ", text, sizeof text), 8);
    assert_memory_equal(text, "A=1\0B=2\0", 9);
    seen_count = 0;
    assert_int_equal(scene_walk_processes(&scene, take_one, NULL), 0);
    assert_int_equal(seen_count, 1);
}

/* As an environment of 100,000 variables does. */
static bool take_long(void *context, const struct scene_process *process)
{
    const clock_t before = clock();
    take_process(context, process);
    while (clock() - before < CLOCKS_PER_SEC / 2) {
    }
    return true;
}

static void processes_that_take_too_long_end_the_walk(void **state)
{
    (void)state;
    assert_int_equal(open_scene(NULL, nothing), 0);
    seen_count = 0;
    assert_int_equal(scene_walk_processes(&scene, take_long, NULL), -E2BIG);
    assert_int_equal(seen_count, 1);
}

static void fields_are_found_at_the_beginnings_of_lines(void **state)
{
    (void)state;
    static const char text[] = "Name:\tUid: 5\nUid:\t1\t2\n NoNewPrivs:\t9\nNoNewPrivs:\t1\nLast:";
    assert_int_equal(strncmp(scene_find_field(text, "Uid"), "1\t2\n", 4), 0);
    assert_int_equal(strncmp(scene_find_field(text, "Name"), "Uid: 5\n", 7), 0);
    assert_int_equal(*scene_find_field(text, "NoNewPrivs"), '1');
    assert_string_equal(scene_find_field(text, "Last"), "");
    assert_null(scene_find_field(text, "Na"));
    assert_null(scene_find_field("", "Name"));
    assert_null(scene_find_field("x\n", "Name"));
}

static void whom_it_is_about_is_found_out(void **state)
{
    (void)state;
    char user[] = "vscode";
    char home[] = "HOME=/somewhere";
    char *const variables[] = {home, NULL};
    char path[SCENE_PATH_SIZE];
    assert_int_equal(open_scene(NULL, variables), 0);
    assert_int_equal(scene.self.uid, geteuid());
    assert_int_equal(scene.agent.uid, geteuid());
    assert_false(scene.is_other);
    assert_string_equal(scene_home(&scene, path, "/.ssh"), "/somewhere/.ssh");
    assert_string_equal(scene_variable(&scene, "HOME"), "/somewhere");
    assert_null(scene_variable(&scene, "HOM"));
    if (geteuid() != 0) {
        return; /* for others it is they themselves, whatever is asked */
    }
    scene_close(&scene);
    assert_int_equal(open_scene("vscode", variables), 0);
    assert_int_equal(scene.agent.uid, STRANGER);
    assert_true(scene.is_other);
    assert_string_equal(scene_home(&scene, path, "/.ssh"), "/home/vscode/.ssh");
    scene_close(&scene);
    config.init.user = user;
    assert_int_equal(open_scene(NULL, variables), 0);
    assert_int_equal(scene.agent.uid, STRANGER);
    scene_close(&scene);
    assert_int_equal(open_scene("0", variables), 0);
    assert_int_equal(scene.agent.uid, 0);
    config.init.user = NULL;
    scene_close(&scene);
    scene.root_fd = -1;
    assert_int_equal(open_scene("nobody-like-that", variables), -ENOENT);
    assert_int_equal(scene.root_fd, -1);
}

/* The server's user, where nothing else says who the agent is. */
static void vscodes_server_is_found(void **state)
{
    (void)state;
    static const struct {
        char cmdline[100]; /* what is behind its last NUL is a NUL, too, as where a process cleared it */
        bool is_server;
    } rows[] = {
        {"/home/u/.vscode-server/bin/abc/node\0/home/u/.vscode-server/bin/abc/out/server-main.js\0--x", true},
        {"/usr/lib/node\0/opt/code-server/out/node/entry\0", true},
        {"/home/u/.cursor-server/cli/servers/x/server/node\0y", true},
        {"bash\0-c\0ls /home/u/.vscode-server/bin; cat out/server-main.js", false},
        {"vi\0out/main.js", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        make_file("/proc/30/cmdline", rows[i].cmdline, sizeof rows[i].cmdline);
        make_file("/proc/30/status", TEXT("Name:\tnode\nUid:\t4321\t4321\t4321\t4321\n"));
        assert_int_equal(open_scene(NULL, nothing), 0);
        assert_int_equal(scene.server_pid, rows[i].is_server ? 30 : 0);
        assert_int_equal(scene.server_uid, rows[i].is_server ? STRANGER : 0);
        assert_int_equal(scene.agent.uid, rows[i].is_server && geteuid() == 0 ? STRANGER : geteuid());
        scene_close(&scene);
    }
    scene.root_fd = -1;
}

static void through_the_agents_eyes_less_is_to_be_seen(void **state)
{
    (void)state;
    testing_need_openat2();
    char text[64];
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(open_scene("vscode", nothing), 0);
    if (!scene.can_become) {
        skip();
    }
    assert_false(scene_may(&scene, "/home/vscode/secret", R_OK));
    assert_true(scene_may(&scene, "/plain", R_OK));
    assert_true(scene_may(&scene, "/absolute", R_OK));
    assert_false(scene_may(&scene, "/plain", W_OK));
    assert_false(scene_may(&scene, "/none", R_OK));
    assert_int_equal(chown(in_root("/home/vscode/secret"), STRANGER, STRANGER), 0);
    assert_true(scene_may(&scene, "/home/vscode/secret", R_OK | W_OK));
    assert_int_equal(chown(in_root("/home/vscode/secret"), 0, STRANGER), 0);
    assert_int_equal(chmod(in_root("/home/vscode/secret"), 0640), 0);
    assert_true(scene_may(&scene, "/home/vscode/secret", R_OK)); /* by its group */
    assert_int_equal(chmod(in_root("/home/vscode/secret"), 0600), 0);

    scene_become(&scene);
    assert_int_equal(scene_read(&scene, "/home/vscode/secret", text, sizeof text), -EACCES);
    scene_return(&scene);
    assert_int_equal(scene_read(&scene, "/home/vscode/secret", text, sizeof text), 6);
    assert_int_equal(setfsuid((uid_t)-1), 0); /* root's again */
    assert_int_equal(setfsgid((gid_t)-1), getegid());
}

static void without_a_root_there_is_nothing(void **state)
{
    (void)state;
    const struct scene_request request = {.root = "/nonexistent", .config = &config, .environ_in = nothing};
    assert_int_equal(scene_open(&scene, &request), -ENOENT);
    assert_int_equal(testing_remove_tree(in_root("/proc")), 0);
    assert_int_equal(open_scene(NULL, nothing), 0);
    assert_int_equal(scene_walk_processes(&scene, take_process, NULL), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_read_within_the_root, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(descriptors_are_close_on_exec, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(an_old_kernel_is_no_hindrance, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(directories_are_listed, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(processes_are_visited, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(processes_that_take_too_long_end_the_walk, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(fields_are_found_at_the_beginnings_of_lines, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(whom_it_is_about_is_found_out, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(vscodes_server_is_found, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(through_the_agents_eyes_less_is_to_be_seen, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(without_a_root_there_is_nothing, make_tree, remove_tree),
    };
    return cmocka_run_group_tests_name("scene", tests, NULL, NULL);
}
