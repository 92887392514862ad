/* SPDX-License-Identifier: MIT */
/*
 * watch: real directories, real events, and a real overflow of the kernel's queue.
 *
 * WRAP: inotify_init1 inotify_add_watch open uv_poll_init
 */
#include "testing.h"

#include "sandbox_init/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 40000,
    TURNS_MAX = 3000, /* of at most 10 ms each */
    NOBODY = 65534,
    EVERYTHING = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO,
};

static int fail_init; /* errno; 0: it works */
static int fail_add;
static int fail_open;
static int fail_poll_init;

int __real_inotify_init1(int flags);
int __wrap_inotify_init1(int flags);
int __wrap_inotify_init1(int flags)
{
    errno = fail_init;
    return fail_init != 0 ? -1 : __real_inotify_init1(flags);
}

int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
    errno = fail_add;
    return fail_add != 0 ? -1 : __real_inotify_add_watch(fd, path, mask);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    errno = fail_open;
    return fail_open != 0 ? -1 : __real_open(path, flags, 0600);
}

int __real_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd)
{
    return fail_poll_init != 0 ? fail_poll_init : __real_uv_poll_init(loop, handle, fd);
}

static char base[32]; /* the test's directory */
static int base_fd;
static uv_loop_t loop;
static struct watch the_watch;
static struct {
    int id;
    uint32_t mask;
    uint32_t cookie;
    char name[NAME_MAX + 1];
} events[EVENTS_MAX];
static size_t event_count;
static size_t batch_count;   /* calls with NULL */
static int left_at_batch;    /* bytes that were still in the queue at such a call */
static size_t stop_at_event; /* its callback stops everything; 0: none */

static void on_event(void *context, const struct watch_event *event)
{
    assert_ptr_equal(context, base);
    if (event == NULL) {
        int ready = 0;
        batch_count++;
        assert_int_equal(ioctl(the_watch.fd, FIONREAD, &ready), 0);
        left_at_batch += ready;
        return;
    }
    assert_true(event_count < EVENTS_MAX);
    events[event_count].id = event->id;
    events[event_count].mask = event->mask;
    events[event_count].cookie = event->cookie;
    snprintf(events[event_count].name, sizeof events[0].name, "%s", event->name);
    event_count++;
    if (event_count == stop_at_event) {
        watch_stop(&the_watch);
    }
}

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/test-watch-XXXXXX");
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    base_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
    fail_init = fail_add = fail_open = fail_poll_init = 0;
    event_count = batch_count = stop_at_event = 0;
    left_at_batch = 0;
    the_watch = (struct watch){0};
    return uv_loop_init(&loop);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    watch_stop(&the_watch);
    watch_stop(&the_watch);
    uv_run(&loop, UV_RUN_DEFAULT);
    close(base_fd);
    nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return uv_loop_close(&loop);
}

/* Lets the loop run until COUNT events came, and a little on, since there could be more. */
static void expect_events(size_t count)
{
    int more = 3;
    for (int i = 0; i < TURNS_MAX && (event_count < count || more-- > 0); i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        struct pollfd wait = {.fd = uv_backend_fd(&loop), .events = POLLIN};
        poll(&wait, 1, event_count < count ? 10 : 0);
    }
    assert_int_equal(event_count, count);
}

static void expect_event(size_t at, int id, uint32_t mask, const char *name)
{
    assert_true(at < event_count);
    assert_int_equal(events[at].id, id);
    assert_int_equal(events[at].mask, mask);
    assert_string_equal(events[at].name, name);
}

static void make_file(int dirfd, const char *name)
{
    assert_int_equal(mknodat(dirfd, name, S_IFREG | 0600, 0), 0);
}

static void start(void)
{
    assert_false(watch_is_running(&the_watch));
    assert_int_equal(watch_start(&the_watch, &loop, on_event, base), 0);
    assert_true(watch_is_running(&the_watch));
}

/* ---- cases ---- */

static void events_come_with_id_mask_and_name(void **state)
{
    (void)state;
    start();
    assert_int_equal(mkdirat(base_fd, "sub", 0700), 0);
    const int sub_fd = openat(base_fd, "sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int sub = watch_add(&the_watch, sub_fd, IN_DELETE | IN_DELETE_SELF);
    const int top = watch_add(&the_watch, base_fd, EVERYTHING);
    assert_true(sub >= 0 && top >= 0 && sub != top);
    make_file(sub_fd, "not asked for");
    make_file(base_fd, "a\nb\033");
    assert_int_equal(mkdirat(base_fd, "d", 0700), 0);
    assert_int_equal(unlinkat(sub_fd, "not asked for", 0), 0);
    close(sub_fd);
    assert_int_equal(unlinkat(base_fd, "sub", AT_REMOVEDIR), 0);
    expect_events(6);
    expect_event(0, top, IN_CREATE, "a\nb\033");
    expect_event(1, top, IN_CREATE | IN_ISDIR, "d");
    expect_event(2, sub, IN_DELETE, "not asked for");
    expect_event(3, sub, IN_DELETE_SELF, "");
    expect_event(4, sub, IN_IGNORED, "");
    expect_event(5, top, IN_DELETE | IN_ISDIR, "sub");
    assert_int_equal(batch_count, 1);
    for (size_t i = 0; i < event_count; i++) {
        assert_int_equal(events[i].cookie, 0);
    }
}

static void names_of_any_length_are_whole(void **state)
{
    char name[NAME_MAX + 2];
    (void)state;
    start();
    const int id = watch_add(&the_watch, base_fd, IN_CREATE);
    memset(name, 'n', sizeof name);
    for (size_t length = 1; length <= NAME_MAX; length++) {
        name[length] = '\0';
        make_file(base_fd, name);
        name[length] = 'n';
    }
    expect_events(NAME_MAX);
    for (size_t length = 1; length <= NAME_MAX; length++) {
        name[length] = '\0';
        expect_event(length - 1, id, IN_CREATE, name);
        name[length] = 'n';
    }
}

static void a_rename_has_one_cookie_in_both_events(void **state)
{
    (void)state;
    start();
    assert_int_equal(mkdirat(base_fd, "sub", 0700), 0);
    const int sub_fd = openat(base_fd, "sub", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int top = watch_add(&the_watch, base_fd, IN_MOVED_FROM | IN_MOVED_TO);
    const int sub = watch_add(&the_watch, sub_fd, IN_MOVED_FROM | IN_MOVED_TO);
    make_file(base_fd, "a");
    assert_int_equal(renameat(base_fd, "a", base_fd, "b"), 0);
    assert_int_equal(renameat(base_fd, "b", sub_fd, "c"), 0);
    expect_events(4);
    expect_event(0, top, IN_MOVED_FROM, "a");
    expect_event(1, top, IN_MOVED_TO, "b");
    expect_event(2, top, IN_MOVED_FROM, "b");
    expect_event(3, sub, IN_MOVED_TO, "c");
    assert_int_not_equal(events[0].cookie, 0);
    assert_int_equal(events[0].cookie, events[1].cookie);
    assert_int_equal(events[2].cookie, events[3].cookie);
    assert_int_not_equal(events[0].cookie, events[2].cookie);
    close(sub_fd);
}

static void a_changed_mask_keeps_the_id(void **state)
{
    (void)state;
    start();
    const int id = watch_add(&the_watch, base_fd, IN_CREATE);
    assert_int_equal(watch_add(&the_watch, base_fd, IN_DELETE), id);
    make_file(base_fd, "a");
    assert_int_equal(unlinkat(base_fd, "a", 0), 0);
    expect_events(1);
    expect_event(0, id, IN_DELETE, "a");
}

static void the_end_of_a_watch_is_told(void **state)
{
    (void)state;
    start();
    const int id = watch_add(&the_watch, base_fd, IN_CREATE);
    watch_remove(&the_watch, id);
    make_file(base_fd, "a");
    expect_events(1);
    expect_event(0, id, IN_IGNORED, "");
    watch_remove(&the_watch, id); /* gone already */
    watch_remove(&the_watch, 4711);
    expect_events(1);
    assert_int_not_equal(watch_add(&the_watch, base_fd, IN_CREATE), id);
}

static void the_working_directory_stays(void **state)
{
    char before[PATH_MAX];
    char after[PATH_MAX];
    (void)state;
    start();
    assert_non_null(getcwd(before, sizeof before));
    assert_true(watch_add(&the_watch, base_fd, IN_CREATE) >= 0);
    assert_non_null(getcwd(after, sizeof after));
    assert_string_equal(before, after);
    fail_add = ENOSPC;
    assert_int_equal(watch_add(&the_watch, base_fd, IN_DELETE), -ENOSPC);
    fail_add = 0;
    assert_non_null(getcwd(after, sizeof after));
    assert_string_equal(before, after);
}

static void what_cannot_be_watched_is_an_error(void **state)
{
    (void)state;
    start();
    make_file(base_fd, "file");
    const int file_fd = openat(base_fd, "file", O_PATH | O_CLOEXEC);
    assert_int_equal(watch_add(&the_watch, file_fd, IN_CREATE), -ENOTDIR);
    close(file_fd);
    assert_int_equal(watch_add(&the_watch, -1, IN_CREATE), -EBADF);
    assert_int_equal(watch_add(&the_watch, file_fd, IN_CREATE), -EBADF);
    /* A directory that is gone but held can be entered and watched; nothing happens in it any more. */
    assert_int_equal(mkdirat(base_fd, "sub", 0700), 0);
    const int sub_fd = openat(base_fd, "sub", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(unlinkat(base_fd, "sub", AT_REMOVEDIR), 0);
    const int id = watch_add(&the_watch, sub_fd, IN_CREATE);
    assert_true(id >= 0 || id == -ENOENT);
    close(sub_fd);
    assert_true(watch_add(&the_watch, base_fd, IN_CREATE) >= 0); /* all is well after that */
}

static int add_as_nobody(int fd)
{
    if (setresuid(NOBODY, NOBODY, NOBODY) < 0) {
        return 1;
    }
    return watch_add(&the_watch, fd, IN_CREATE) == -EACCES ? 0 : 1;
}

static void a_directory_without_permission_is_an_error(void **state)
{
    static const mode_t modes[] = {0711, 0744}; /* may not be read; may not be entered */
    int status = 0;
    (void)state;
    if (geteuid() != 0) {
        print_message("only root can become somebody who may not read a directory\n");
        skip();
    }
    start();
    assert_int_equal(fchmodat(AT_FDCWD, base, 0755, 0), 0);
    assert_int_equal(mkdirat(base_fd, "sub", 0700), 0);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        assert_int_equal(fchmodat(base_fd, "sub", modes[i], 0), 0);
        const int sub_fd = openat(base_fd, "sub", O_PATH | O_DIRECTORY | O_CLOEXEC);
        const pid_t child = fork();
        if (child == 0) {
            _exit(add_as_nobody(sub_fd));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        close(sub_fd);
    }
}

static size_t queue_size(void)
{
    unsigned long size = 0;
    FILE *stream = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
    if (stream != NULL && fscanf(stream, "%lu", &size) != 1) {
        size = 0;
    }
    if (stream != NULL) {
        fclose(stream);
    }
    return size;
}

/* Makes COUNT events. Two that are the same and stand side by side would be merged (inotify(7)). */
static void make_events(size_t count)
{
    for (size_t i = 0; i < count; i += 2) {
        make_file(base_fd, "event");
        assert_int_equal(unlinkat(base_fd, "event", 0), 0);
    }
}

static void a_real_overflow_is_told(void **state)
{
    const size_t size = queue_size();
    (void)state;
    if (size == 0 || size + 10 > EVENTS_MAX) {
        print_message("fs.inotify.max_queued_events is %zu: no overflow can be made here\n", size);
        skip();
    }
    start();
    const int id = watch_add(&the_watch, base_fd, EVERYTHING);
    make_events(size + 100);
    expect_events(size + 1);
    for (size_t i = 0; i < size; i++) {
        expect_event(i, id, i % 2 == 0 ? IN_CREATE : IN_DELETE, "event");
    }
    expect_event(size, -1, IN_Q_OVERFLOW, "");
    make_file(base_fd, "after");
    expect_events(size + 2); /* events go on after it */
    expect_event(size + 1, id, IN_CREATE, "after");
}

static void the_end_of_a_batch_is_told_when_nothing_is_left(void **state)
{
    (void)state;
    start();
    watch_add(&the_watch, base_fd, EVERYTHING);
    for (size_t count = 0; count <= 4000; count += 500) {
        event_count = batch_count = 0;
        make_events(count);
        expect_events(count);
        assert_int_equal(batch_count, count > 0 ? 1 : 0);
        assert_int_equal(left_at_batch, 0);
    }
}

static void a_stop_within_a_callback_holds_at_once(void **state)
{
    (void)state;
    start();
    watch_add(&the_watch, base_fd, EVERYTHING);
    make_events(2000);
    stop_at_event = 3;
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(event_count, 3);
    assert_int_equal(batch_count, 0);
    assert_false(watch_is_running(&the_watch));
}

static void a_failed_start_leaves_nothing_open(void **state)
{
    (void)state;
    const int lowest_free = dup(base_fd);
    close(lowest_free);
    fail_init = EMFILE;
    assert_int_equal(watch_start(&the_watch, &loop, on_event, base), -EMFILE);
    assert_false(watch_is_running(&the_watch));
    fail_init = 0;
    fail_open = EACCES;
    assert_int_equal(watch_start(&the_watch, &loop, on_event, base), -EACCES);
    assert_false(watch_is_running(&the_watch));
    fail_open = 0;
    fail_poll_init = -ENOMEM;
    assert_int_equal(watch_start(&the_watch, &loop, on_event, base), -ENOMEM);
    assert_false(watch_is_running(&the_watch));
    fail_poll_init = 0;
    watch_stop(&the_watch); /* there is nothing to stop */
    const int fd = dup(base_fd);
    assert_int_equal(fd, lowest_free);
    close(fd);
    start(); /* and it can be tried again */
    assert_true(watch_add(&the_watch, base_fd, IN_CREATE) >= 0);
}

static void a_stop_closes_all_and_allows_a_new_start(void **state)
{
    (void)state;
    watch_stop(&the_watch); /* a zeroed one */
    for (int i = 0; i < 3; i++) {
        start();
        const int fd = the_watch.fd;
        const int home_fd = the_watch.home_fd;
        assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        assert_true((fcntl(home_fd, F_GETFD) & FD_CLOEXEC) != 0);
        watch_add(&the_watch, base_fd, EVERYTHING);
        make_events(2);
        watch_stop(&the_watch);
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(event_count, 0);
        assert_int_equal(fcntl(fd, F_GETFD), -1);
        assert_int_equal(fcntl(home_fd, F_GETFD), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(events_come_with_id_mask_and_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_of_any_length_are_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rename_has_one_cookie_in_both_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_mask_keeps_the_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_end_of_a_watch_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_working_directory_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_watched_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_directory_without_permission_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_real_overflow_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_end_of_a_batch_is_told_when_nothing_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stop_within_a_callback_holds_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_start_leaves_nothing_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stop_closes_all_and_allows_a_new_start, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
