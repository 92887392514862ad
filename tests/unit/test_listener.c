/* SPDX-License-Identifier: MIT */
/* listener: real sockets in directories of our own; and each call that can fail.
 * WRAP: socket bind listen fchmodat renameat fchdir */
#include "testing.h"

#include "sandbox_init/listener.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int __real_socket(int domain, int type, int protocol);
int __real_bind(int fd, const struct sockaddr *address, socklen_t size);
int __real_listen(int fd, int backlog);
int __real_fchmodat(int dir_fd, const char *name, mode_t mode, int flags);
int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __real_fchdir(int fd);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_listen(int fd, int backlog);
int __wrap_fchmodat(int dir_fd, const char *name, mode_t mode, int flags);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_fchdir(int fd);

/* Errors to be met instead of the call; 0: none. */
static struct {
    int socket, bind, listen, chmod, rename, chdir;
} faults;
static void (*before_rename)(void);

int __wrap_socket(int domain, int type, int protocol)
{
    errno = faults.socket;
    return faults.socket != 0 ? -1 : __real_socket(domain, type, protocol);
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size)
{
    errno = faults.bind;
    return faults.bind != 0 ? -1 : __real_bind(fd, address, size);
}

int __wrap_listen(int fd, int backlog)
{
    errno = faults.listen;
    return faults.listen != 0 ? -1 : __real_listen(fd, backlog);
}

int __wrap_fchmodat(int dir_fd, const char *name, mode_t mode, int flags)
{
    errno = faults.chmod;
    return faults.chmod != 0 ? -1 : __real_fchmodat(dir_fd, name, mode, flags);
}

int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    if (before_rename != NULL) {
        before_rename();
    }
    errno = faults.rename;
    return faults.rename != 0 ? -1 : __real_renameat(from_fd, from, to_fd, to);
}

int __wrap_fchdir(int fd)
{
    errno = faults.chdir;
    return faults.chdir != 0 ? -1 : __real_fchdir(fd);
}

static char base[64];
static char home[PATH_MAX];
static int descriptors_before;
static struct listener the_listener;

static int count_entries(const char *path)
{
    int count = 0;
    DIR *dir = opendir(path);
    for (const struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 ? 1 : 0;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return count;
}

static int count_descriptors(void)
{
    return count_entries("/proc/self/fd");
}

/* Every case has a directory of its own, and stands in it. */
static int set_up(void **state)
{
    (void)state;
    memset(&faults, 0, sizeof faults);
    before_rename = NULL;
    the_listener = (struct listener){0};
    snprintf(base, sizeof base, "/tmp/test-listener-XXXXXX");
    umask(022);
    descriptors_before = count_descriptors();
    return mkdtemp(base) != NULL && chdir(base) == 0 && getcwd(home, sizeof home) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char here[PATH_MAX] = "";
    memset(&faults, 0, sizeof faults);
    listener_close(&the_listener);
    listener_close(&the_listener);
    const bool is_home = getcwd(here, sizeof here) != NULL && strcmp(here, home) == 0;
    const bool has_leak = count_descriptors() != descriptors_before;
    umask(022);
    if (chdir("/") != 0) {
        return -1;
    }
    if (testing_remove_tree(base) < 0 || !is_home || has_leak) {
        print_error("the working directory is %s; descriptors leaked: %d\n", here, (int)has_leak);
        return -1;
    }
    return 0;
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

/* Somebody else's socket. Returns a descriptor; closing it leaves a stale name. */
static int make_other(const char *path, int type, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    if (backlog >= 0) {
        assert_int_equal(listen(fd, backlog), 0);
    }
    return fd;
}

static void expect_connectable(const char *path)
{
    const int fd = connect_to(path);
    assert_true(fd >= 0);
    close(fd);
    const int accepted = accept4(the_listener.fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(accepted >= 0);
    close(accepted);
}

static void expect_refused(const char *directory, int error)
{
    static const struct listener zero;
    assert_int_equal(listener_open(&the_listener, directory, "control", 0666), error);
    assert_memory_equal(&the_listener, &zero, sizeof zero);
}

static void it_listens_with_the_very_mode(void **state)
{
    (void)state;
    static const mode_t masks[] = {0, 022, 077, 0777};
    for (size_t i = 0; i < COUNT_OF(masks); i++) {
        struct stat status;
        umask(masks[i]);
        assert_int_equal(listener_open(&the_listener, "run", "control", 0666), 0);
        umask(022);
        assert_int_equal(lstat("run/control", &status), 0);
        assert_true(S_ISSOCK(status.st_mode));
        assert_int_equal(status.st_mode & 07777, 0666);
        assert_int_equal(status.st_uid, geteuid());
        assert_int_equal(count_entries("run"), 1);
        assert_int_equal(stat("run", &status), 0);
        assert_int_equal(status.st_mode & 07777, 0755);
        expect_connectable("run/control");
        assert_int_equal(fcntl(the_listener.fd, F_GETFD), FD_CLOEXEC);
        assert_true((fcntl(the_listener.fd, F_GETFL) & O_NONBLOCK) != 0);
        listener_close(&the_listener);
        assert_int_equal(count_entries("run"), 0);
        assert_int_equal(rmdir("run"), 0);
    }
}

static void expect_ready(void)
{
    struct stat status;
    assert_false(exists("run/control"));
    assert_int_equal(lstat("run/.control.new", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    expect_connectable("run/.control.new");
}

static void it_is_ready_before_it_has_its_name(void **state)
{
    (void)state;
    before_rename = expect_ready;
    assert_int_equal(listener_open(&the_listener, "run", "control", 0600), 0);
}

static void a_directory_may_have_a_long_path(void **state)
{
    (void)state;
    char path[400] = "";
    const size_t part = 90;
    for (int i = 0; i < 3; i++) {
        const size_t used = strlen(path);
        snprintf(path + used, sizeof path - used, "%s%0*d", used > 0 ? "/" : "", (int)part, i);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    assert_int_equal(listener_open(&the_listener, path, "control", 0666), 0);
    assert_int_equal(chdir(path), 0);
    expect_connectable("control");
    assert_int_equal(chdir(base), 0);
}

static void what_a_dead_init_left_is_replaced(void **state)
{
    (void)state;
    assert_int_equal(mkdir("run", 0755), 0);
    close(make_other("run/control", SOCK_STREAM, 1));
    assert_int_equal(connect_to("run/control"), -ECONNREFUSED);
    close(make_other("run/.control.new", SOCK_STREAM, 1));
    assert_int_equal(listener_open(&the_listener, "run", "control", 0666), 0);
    expect_connectable("run/control");
    assert_int_equal(count_entries("run"), 1);
}

static void what_a_live_init_listens_on_is_not(void **state)
{
    (void)state;
    int fds[64];
    size_t count = 0;
    assert_int_equal(mkdir("run", 0755), 0);
    const int other = make_other("run/control", SOCK_STREAM, 0);
    expect_refused("run", -EADDRINUSE);
    /* It is live, too, when nobody else can connect for now. */
    for (; count < COUNT_OF(fds); count++) {
        fds[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "run/control"};
        if (connect(fds[count], (const struct sockaddr *)&address, sizeof address) < 0) {
            break;
        }
    }
    assert_true(count < COUNT_OF(fds));
    assert_int_equal(errno, EAGAIN);
    expect_refused("run", -EADDRINUSE);
    for (size_t i = 0; i <= count; i++) {
        close(fds[i]);
    }
    assert_int_equal(count_entries("run"), 1);
    close(accept4(other, NULL, NULL, SOCK_CLOEXEC));
    close(other);
}

static void what_is_no_stream_socket_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(mkdir("run", 0755), 0);
    close(make_other("stale", SOCK_STREAM, 1));
    assert_int_equal(symlink("../stale", "run/control"), 0);
    expect_refused("run", -EEXIST);
    assert_int_equal(unlink("run/control"), 0);
    assert_int_equal(mkfifo("run/control", 0600), 0);
    expect_refused("run", -EEXIST);
    assert_int_equal(unlink("run/control"), 0);
    assert_int_equal(mkdir("run/control", 0700), 0);
    expect_refused("run", -EEXIST);
    assert_int_equal(rmdir("run/control"), 0);
    const int other = make_other("run/control", SOCK_DGRAM, -1);
    expect_refused("run", -EADDRINUSE);
    close(other);
    assert_int_equal(unlink("run/control"), 0);
    assert_int_equal(mkdir("run/.control.new", 0700), 0);
    expect_refused("run", -EADDRINUSE);
    assert_true(exists("stale"));
    assert_int_equal(count_entries("run"), 1);
}

static void only_a_directory_of_ours_will_do(void **state)
{
    (void)state;
    assert_int_equal(mkdir("run", 0755), 0);
    assert_int_equal(chmod("run", 0777), 0);
    expect_refused("run", -EPERM);
    assert_int_equal(count_entries("run"), 0);
    expect_refused("missing/run", -ENOENT);
    assert_int_equal(symlink("run", "link"), 0);
    expect_refused("link", -ENOTDIR);
}

static void only_its_own_name_is_removed(void **state)
{
    (void)state;
    assert_int_equal(listener_open(&the_listener, "run", "control", 0666), 0);
    assert_int_equal(unlink("run/control"), 0);
    close(make_other("run/control", SOCK_STREAM, 1));
    listener_close(&the_listener);
    assert_true(exists("run/control"));
    assert_int_equal(unlink("run/control"), 0);
    /* Where the directory itself was moved, the name goes there. */
    assert_int_equal(listener_open(&the_listener, "run", "control", 0666), 0);
    assert_int_equal(rename("run", "moved"), 0);
    assert_int_equal(mkdir("run", 0755), 0);
    close(make_other("run/control", SOCK_STREAM, 1));
    listener_close(&the_listener);
    assert_true(exists("run/control"));
    assert_false(exists("moved/control"));
}

static void failures_leave_nothing(void **state)
{
    (void)state;
    static const struct {
        int *fault;
        int error;
    } rows[] = {
        {&faults.socket, EMFILE}, {&faults.bind, ENOSPC},   {&faults.listen, EADDRINUSE},
        {&faults.chmod, EROFS},   {&faults.rename, ENOSPC}, {&faults.chdir, EACCES},
    };
    assert_int_equal(mkdir("run", 0755), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        *rows[i].fault = rows[i].error;
        expect_refused("run", -rows[i].error);
        *rows[i].fault = 0;
        assert_int_equal(count_entries("run"), 0);
    }
    /* Who cannot ask does not take it for dead. */
    close(make_other("run/control", SOCK_STREAM, 1));
    faults.socket = ENFILE;
    expect_refused("run", -EADDRINUSE);
    faults.socket = 0;
    faults.chdir = EACCES;
    expect_refused("run", -EADDRINUSE);
    assert_true(exists("run/control"));
}

static void a_name_that_is_too_long_is_told(void **state)
{
    (void)state;
    char longer[64];
    static const char name[] = "0123456789012345678901234567890123456789012345678901234567";
    assert_int_equal(mkdir("run", 0755), 0);
    assert_int_equal(listener_open(&the_listener, "run", name, 0666), 0);
    listener_close(&the_listener);
    snprintf(longer, sizeof longer, "%s9", name);
    assert_int_equal(listener_open(&the_listener, "run", longer, 0666), -ENAMETOOLONG);
    assert_int_equal(count_entries("run"), 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(it_listens_with_the_very_mode),
        CASE(it_is_ready_before_it_has_its_name),
        CASE(a_directory_may_have_a_long_path),
        CASE(what_a_dead_init_left_is_replaced),
        CASE(what_a_live_init_listens_on_is_not),
        CASE(what_is_no_stream_socket_is_left_alone),
        CASE(only_a_directory_of_ours_will_do),
        CASE(only_its_own_name_is_removed),
        CASE(failures_leave_nothing),
        CASE(a_name_that_is_too_long_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
