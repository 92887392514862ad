/* SPDX-License-Identifier: MIT */
/*
 * mounts: real mounts, in mount namespaces of the test's own. Every case that mounts runs in a child.
 *
 * WRAP: uv_poll_init
 */
#include "testing.h"

#include "sandbox_init/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TURNS_MAX = 3000, /* of at most 10 ms each */
    SKIPPED = 77,
};

/* What a child does: an assertion of cmocka would go on with the other cases in the child. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

static int fail_poll_init; /* negative errno; 0: it works */

int __real_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd)
{
    return fail_poll_init != 0 ? fail_poll_init : __real_uv_poll_init(loop, handle, fd);
}

static char base[32]; /* the test's directory */
static uv_loop_t loop;
static struct mounts the_mounts;
static size_t call_count;

static void on_mounts(void *context)
{
    call_count += context == base ? 1 : 0;
}

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/test-mounts-XXXXXX");
    call_count = 0;
    the_mounts = (struct mounts){0};
    return mkdtemp(base) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(base);
}

/* Runs BODY in a mount namespace of its own, from which nothing comes back. */
static void expect_in_namespace(int (*body)(void))
{
    int status = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
            fprintf(stderr, "no mount namespace can be made here: %s\n", strerror(errno));
            _exit(SKIPPED);
        }
        _exit(uv_loop_init(&loop) != 0 ? 1 : body());
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        skip();
    }
    assert_int_equal(status, 0);
}

/* Lets the loop run until COUNT calls came, and a little on, since there could be more. */
static int turn_until(size_t count)
{
    int more = 20;
    for (int i = 0; i < TURNS_MAX && (call_count < count || more-- > 0); i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        struct pollfd wait = {.fd = uv_backend_fd(&loop), .events = POLLIN};
        poll(&wait, 1, call_count < count ? 10 : 0);
    }
    return call_count == count;
}

static int is_closed_cleanly(void)
{
    mounts_stop(&the_mounts);
    mounts_stop(&the_mounts); /* once more is fine */
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) == 0 && fcntl(the_mounts.fd, F_GETFD) == -1;
}

static int check_changes(void)
{
    CHECK(mounts_start(&the_mounts, &loop, on_mounts, base) == 0);
    CHECK((fcntl(the_mounts.fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(turn_until(0));
    for (size_t i = 0; i < 3; i++) {
        CHECK(mount("test", base, "tmpfs", 0, NULL) == 0);
        CHECK(turn_until(2 * i + 1));
        CHECK(umount2(base, MNT_DETACH) == 0);
        CHECK(turn_until(2 * i + 2));
    }
    CHECK(is_closed_cleanly());
    return 0;
}

static void each_mount_and_unmount_is_told_once(void **state)
{
    (void)state;
    expect_in_namespace(check_changes);
}

static int check_merged(void)
{
    CHECK(mounts_start(&the_mounts, &loop, on_mounts, base) == 0);
    CHECK(turn_until(0)); /* the loop's first turn begins to wait for it */
    for (int i = 0; i < 5; i++) {
        CHECK(mount("test", base, "tmpfs", 0, NULL) == 0);
    }
    CHECK(turn_until(1)); /* one call says that there is something to look at */
    CHECK(mount(base, base, "none", MS_BIND, NULL) == 0);
    CHECK(turn_until(2));
    CHECK(is_closed_cleanly());
    return 0;
}

static void several_changes_at_once_are_told_once(void **state)
{
    (void)state;
    expect_in_namespace(check_merged);
}

static int check_stop(void)
{
    CHECK(mounts_start(&the_mounts, &loop, on_mounts, base) == 0);
    CHECK(turn_until(0));
    CHECK(mount("test", base, "tmpfs", 0, NULL) == 0);
    CHECK(is_closed_cleanly());
    CHECK(call_count == 0);
    return 0;
}

static void after_the_stop_nothing_is_told(void **state)
{
    (void)state;
    expect_in_namespace(check_stop);
}

static int check_without_proc(void)
{
    CHECK(chroot(base) == 0);
    CHECK(mounts_start(&the_mounts, &loop, on_mounts, base) == -ENOENT);
    mounts_stop(&the_mounts);
    CHECK(uv_loop_close(&loop) == 0);
    return 0;
}

static void without_proc_it_says_so(void **state)
{
    (void)state;
    expect_in_namespace(check_without_proc);
}

static void a_failed_start_leaves_nothing_open(void **state)
{
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    const int lowest_free = dup(uv_backend_fd(&loop));
    close(lowest_free);
    fail_poll_init = -ENOMEM;
    assert_int_equal(mounts_start(&the_mounts, &loop, on_mounts, base), -ENOMEM);
    fail_poll_init = 0;
    assert_int_equal(fcntl(lowest_free, F_GETFD), -1);
    mounts_stop(&the_mounts);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_zeroed_object_can_be_stopped(void **state)
{
    (void)state;
    mounts_stop(&the_mounts);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mounts_start(&the_mounts, &loop, on_mounts, base), 0);
    assert_true(is_closed_cleanly());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_mount_and_unmount_is_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(several_changes_at_once_are_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(after_the_stop_nothing_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_proc_it_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_start_leaves_nothing_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_zeroed_object_can_be_stopped, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
