/* SPDX-License-Identifier: MIT */
/*
 * path: real files, links and directories in a directory of the test's own. The races are made to happen: a
 * wrapped call does to the tree what an attacker would, at the very moment.
 *
 * WRAP: open openat fstat fstatat readlinkat getcwd
 */
#include "testing.h"

#include "sandbox_init/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STRANGER = 4242, /* a uid that is neither root's nor ours */
    PATH_SIZE = 8192,
};

static char base[64];   /* the test's directory */
static int descriptors; /* how many were open before the test */

/* The wrapped calls. `countdown` reaches 0 at the call that fails with `injected`. */
static int countdown;
static int injected;
static void (*before_open)(const char *name, int flags); /* called before each openat(2) */

static bool is_time_to_fail(void)
{
    if (countdown == 0 || --countdown > 0) {
        return false;
    }
    errno = injected;
    return true;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    return is_time_to_fail() ? -1 : __real_open(path, flags, 0600);
}

int __real_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...)
{
    if (before_open) {
        before_open(path, flags);
    }
    return is_time_to_fail() ? -1 : __real_openat(dirfd, path, flags);
}

int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status)
{
    return is_time_to_fail() ? -1 : __real_fstat(fd, status);
}

int __real_fstatat(int dirfd, const char *path, struct stat *status, int flags);
int __wrap_fstatat(int dirfd, const char *path, struct stat *status, int flags);
int __wrap_fstatat(int dirfd, const char *path, struct stat *status, int flags)
{
    return is_time_to_fail() ? -1 : __real_fstatat(dirfd, path, status, flags);
}

ssize_t __real_readlinkat(int dirfd, const char *path, char *buffer, size_t size);
ssize_t __wrap_readlinkat(int dirfd, const char *path, char *buffer, size_t size);
ssize_t __wrap_readlinkat(int dirfd, const char *path, char *buffer, size_t size)
{
    return is_time_to_fail() ? -1 : __real_readlinkat(dirfd, path, buffer, size);
}

char *__real_getcwd(char *buffer, size_t size);
char *__wrap_getcwd(char *buffer, size_t size);
char *__wrap_getcwd(char *buffer, size_t size)
{
    return is_time_to_fail() ? NULL : __real_getcwd(buffer, size);
}

/* The absolute name of NAME in the test's directory; good for eight further calls. */
static const char *at(const char *name)
{
    static char paths[8][PATH_SIZE];
    static size_t next;
    char *path = paths[next++ % COUNT_OF(paths)];
    snprintf(path, PATH_SIZE, "%s/%s", base, name);
    return path;
}

static void make_file(const char *name, mode_t mode)
{
    FILE *file = fopen(at(name), "we");
    assert_non_null(file);
    fprintf(file, "%s", name);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(at(name), mode), 0);
}

static void make_directory(const char *name, mode_t mode)
{
    assert_int_equal(mkdir(at(name), 0700), 0);
    assert_int_equal(chmod(at(name), mode), 0);
}

static void make_link(const char *name, const char *target)
{
    assert_int_equal(symlink(target, at(name)), 0);
}

static void give_away(const char *name)
{
    assert_int_equal(lchown(at(name), STRANGER, STRANGER), 0);
}

static void need_root(void)
{
    if (geteuid() == 0) {
        return;
    }
    print_message("skipped: only root can give files away\n");
    skip();
}

static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *level)
{
    (void)status;
    (void)type;
    (void)level;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    countdown = 0;
    before_open = NULL;
    snprintf(base, sizeof(base), "/tmp/test_path.XXXXXX");
    umask(022);
    if (!mkdtemp(base) || chdir("/") < 0) {
        return -1;
    }
    descriptors = count_descriptors();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    countdown = 0;
    before_open = NULL;
    if (chdir("/") < 0 || nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0) {
        return -1;
    }
    if (count_descriptors() == descriptors) {
        return 0;
    }
    print_error("a descriptor was leaked\n");
    return -1;
}

static void expect_content(int fd, const char *content)
{
    char buffer[512] = "";
    assert_true(fd >= 0);
    assert_true(read(fd, buffer, sizeof(buffer) - 1) >= 0);
    assert_string_equal(buffer, content);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    close(fd);
}

static void expect_trusted(const char *path, const char *content)
{
    struct path_fault fault;
    int fd = path_open_trusted(path, geteuid(), &fault);
    if (fd < 0) {
        fail_msg("%s: %d, %s", path, fd, fault.name);
    }
    expect_content(fd, content);
}

static struct path_fault expect_fault(const char *path, int error, enum path_distrust distrust)
{
    struct path_fault fault = {.distrust = (enum path_distrust)99};
    int fd = path_open_trusted(path, geteuid(), &fault);
    if (fd != error || fault.distrust != distrust) {
        fail_msg("%s: %d instead of %d, distrust %d instead of %d", path, fd, error, (int)fault.distrust,
                 (int)distrust);
    }
    return fault;
}

static void test_opens_own_file(void **state)
{
    (void)state;
    make_file("file", 0644);
    make_directory("dir", 0755);
    make_file("dir/file", 0600);
    expect_trusted(at("file"), "file");
    expect_trusted(at("dir/file"), "dir/file");
    expect_trusted(at(".//dir/./../dir//file"), "dir/file");
}

static void test_judges_file_modes(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        enum path_distrust distrust;
    } rows[] = {
        {0600, PATH_TRUSTED},  {0644, PATH_TRUSTED},  {0755, PATH_TRUSTED},
        {0400, PATH_TRUSTED},  {0620, PATH_WRITABLE}, {0602, PATH_WRITABLE},
        {0664, PATH_WRITABLE}, {0666, PATH_WRITABLE}, {01666, PATH_WRITABLE}, /* sticky is for directories */
        {04644, PATH_TRUSTED},
    };
    make_file("file", 0600);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(chmod(at("file"), rows[i].mode), 0);
        if (rows[i].distrust == PATH_TRUSTED) {
            expect_trusted(at("file"), "file");
            continue;
        }
        struct path_fault fault = expect_fault(at("file"), -EPERM, rows[i].distrust);
        assert_string_equal(fault.name, at("file"));
        assert_int_equal(fault.mode, S_IFREG | rows[i].mode);
        assert_int_equal(fault.owner, geteuid());
    }
}

static void test_judges_directory_modes(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        enum path_distrust distrust;
    } rows[] = {
        {0755, PATH_TRUSTED},  {0700, PATH_TRUSTED},  {0775, PATH_WRITABLE},
        {0757, PATH_WRITABLE}, {0777, PATH_WRITABLE}, {01777, PATH_TRUSTED},
        {01775, PATH_TRUSTED}, {02755, PATH_TRUSTED}, {02775, PATH_WRITABLE},
    };
    make_directory("upper", 0755);
    make_directory("upper/lower", 0755);
    make_file("upper/lower/file", 0644);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(chmod(at("upper"), rows[i].mode), 0);
        if (rows[i].distrust == PATH_TRUSTED) {
            expect_trusted(at("upper/lower/file"), "upper/lower/file");
            continue;
        }
        struct path_fault fault = expect_fault(at("upper/lower/file"), -EPERM, rows[i].distrust);
        assert_string_equal(fault.name, at("upper"));
        assert_int_equal(fault.mode, S_IFDIR | rows[i].mode);
    }
}

static void test_refuses_foreign_owners(void **state)
{
    (void)state;
    static const char *const given_away[] = {"dir", "dir/file"};
    need_root();
    for (size_t i = 0; i < COUNT_OF(given_away); i++) {
        make_directory("dir", 0755);
        make_file("dir/file", 0644);
        give_away(given_away[i]);
        struct path_fault fault = expect_fault(at("dir/file"), -EPERM, PATH_FOREIGN_OWNER);
        assert_string_equal(fault.name, at(given_away[i]));
        assert_int_equal(fault.owner, STRANGER);
        int fd = path_open_trusted(at("dir/file"), STRANGER, &fault);
        expect_content(fd, "dir/file");
        assert_int_equal(unlink(at("dir/file")), 0);
        assert_int_equal(rmdir(at("dir")), 0);
    }
}

static void test_refuses_foreign_file_in_sticky_directory(void **state)
{
    (void)state;
    need_root();
    make_directory("sticky", 01777);
    make_file("sticky/ours", 0644);
    make_file("sticky/theirs", 0644);
    give_away("sticky/theirs");
    make_directory("sticky/dir", 0755);
    make_file("sticky/dir/file", 0644);
    give_away("sticky/dir");
    expect_trusted(at("sticky/ours"), "sticky/ours");
    expect_fault(at("sticky/theirs"), -EPERM, PATH_FOREIGN_OWNER);
    expect_fault(at("sticky/dir/file"), -EPERM, PATH_FOREIGN_OWNER);
}

static void test_follows_own_links(void **state)
{
    (void)state;
    make_directory("real", 0755);
    make_directory("real/sub", 0755);
    make_file("real/sub/file", 0644);
    make_link("relative", "real/sub/file");
    make_link("absolute", at("real/sub/file"));
    make_link("dir", "real/./sub");
    make_link("real/sub/up", "../../dir/file");
    make_link("chain", "real/sub/up");
    make_link("slashes", "real//sub/");
    static const char *const names[] = {"relative",    "absolute", "dir/file",
                                        "real/sub/up", "chain",    "slashes/file"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        expect_trusted(at(names[i]), "real/sub/file");
    }
}

static void test_refuses_foreign_links(void **state)
{
    (void)state;
    need_root();
    make_directory("dir", 0755);
    make_file("dir/file", 0644);
    make_link("link", "dir/file");
    make_link("to-dir", "dir");
    make_link("over", "to-dir/file");
    give_away("link");
    give_away("to-dir");
    struct path_fault fault = expect_fault(at("link"), -EPERM, PATH_FOREIGN_OWNER);
    assert_string_equal(fault.name, at("link"));
    assert_true(S_ISLNK(fault.mode));
    assert_int_equal(fault.owner, STRANGER);
    fault = expect_fault(at("over"), -EPERM, PATH_FOREIGN_OWNER);
    assert_string_equal(fault.name, at("to-dir"));
}

static void test_judges_what_a_link_leads_to(void **state)
{
    (void)state;
    make_directory("open", 0777);
    make_file("open/file", 0644);
    make_link("link", at("open/file"));
    make_link("back", "open/../plain");
    make_file("plain", 0644);
    struct path_fault fault = expect_fault(at("link"), -EPERM, PATH_WRITABLE);
    assert_string_equal(fault.name, at("open"));
    fault = expect_fault(at("back"), -EPERM, PATH_WRITABLE);
    assert_string_equal(fault.name, at("open"));
}

/* Makes the links 1 to COUNT, each to the one before; 0 is a file. */
static void make_chain(int count)
{
    char name[16];
    char target[16] = "0";
    make_file("0", 0644);
    for (int i = 1; i <= count; i++) {
        snprintf(name, sizeof(name), "%d", i);
        make_link(name, target);
        memcpy(target, name, sizeof(target));
    }
}

static void test_limits_links(void **state)
{
    (void)state;
    char name[16];
    make_chain(PATH_LINKS_MAX + 1);
    snprintf(name, sizeof(name), "%d", PATH_LINKS_MAX);
    expect_trusted(at(name), "0");
    snprintf(name, sizeof(name), "%d", PATH_LINKS_MAX + 1);
    expect_fault(at(name), -ELOOP, PATH_TRUSTED);
    make_link("self", "self");
    expect_fault(at("self"), -ELOOP, PATH_TRUSTED);
    make_link("a", "b");
    make_link("b", "a");
    expect_fault(at("a"), -ELOOP, PATH_TRUSTED);
}

/* To open a device can do something. */
static void refuse_real_opening(const char *name, int flags)
{
    if (!(flags & O_PATH)) {
        fail_msg("%s was opened", name);
    }
}

static void test_refuses_what_is_no_file(void **state)
{
    (void)state;
    before_open = refuse_real_opening;
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    make_directory("dir", 0755);
    make_link("link", "fifo");
    const char *const paths[] = {at("fifo"), at("dir"), at("dir/"), at("link"), "/", "/dev/null"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        expect_fault(paths[i], -EPERM, PATH_NOT_REGULAR);
    }
    struct path_fault fault = expect_fault(at("link"), -EPERM, PATH_NOT_REGULAR);
    assert_string_equal(fault.name, at("fifo"));
    assert_true(S_ISFIFO(fault.mode));
}

static void test_tells_system_errors(void **state)
{
    (void)state;
    char name[PATH_SIZE];
    make_file("file", 0644);
    make_link("dangling", "nowhere");
    struct path_fault fault = expect_fault(at("absent"), -ENOENT, PATH_TRUSTED);
    assert_string_equal(fault.name, at("absent"));
    fault = expect_fault(at("absent/file"), -ENOENT, PATH_TRUSTED);
    assert_string_equal(fault.name, at("absent"));
    fault = expect_fault(at("dangling"), -ENOENT, PATH_TRUSTED);
    assert_string_equal(fault.name, at("nowhere"));
    fault = expect_fault(at("file/below"), -ENOTDIR, PATH_TRUSTED);
    assert_string_equal(fault.name, at("file"));
    expect_fault(at("file/"), -ENOTDIR, PATH_TRUSTED);
    expect_fault("", -ENOENT, PATH_TRUSTED);

    memset(name, 'x', sizeof(name) - 1);
    name[NAME_MAX + 1] = '\0';
    expect_fault(at(name), -ENAMETOOLONG, PATH_TRUSTED);
    name[NAME_MAX] = '\0';
    make_file(name, 0644);
    expect_trusted(at(name), name);
    memset(name, '/', PATH_MAX);
    name[PATH_MAX] = '\0';
    expect_fault(name, -ENAMETOOLONG, PATH_TRUSTED);
    name[PATH_MAX - 1] = '\0';
    expect_fault(name, -EPERM, PATH_NOT_REGULAR);
}

/* A walk along links can become longer than the longest path. */
static void test_limits_what_links_unfold_to(void **state)
{
    (void)state;
    char target[4002];
    char path[PATH_SIZE] = "link";
    for (size_t i = 0; i < sizeof(target) - 1; i++) {
        target[i] = i % 2 == 0 ? '.' : '/';
    }
    target[sizeof(target) - 1] = '\0';
    make_link("link", target);
    size_t room = PATH_MAX - sizeof(target); /* for what stands behind the link */
    for (size_t i = 0; i < room; i++) {
        memcpy(path + strlen(path), i % 2 == 0 ? "/" : ".", 2);
    }
    expect_fault(at(path), -EPERM, PATH_NOT_REGULAR);
    memcpy(path + strlen(path), "/", 2);
    expect_fault(at(path), -ENAMETOOLONG, PATH_TRUSTED);
}

static void test_cuts_long_names_in_reports(void **state)
{
    (void)state;
    char path[PATH_SIZE] = "";
    char component[202];
    memset(component, 'y', 200);
    memcpy(component + 200, "/", 2);
    for (int i = 0; i < 4; i++) {
        memcpy(path + strlen(path), component, sizeof(component));
        make_directory(path, 0755);
    }
    memcpy(path + strlen(path), "absent", 7);
    struct path_fault fault = expect_fault(at(path), -ENOENT, PATH_TRUSTED);
    assert_int_equal(strlen(fault.name), PATH_FAULT_NAME_MAX - 1);
    assert_memory_equal(fault.name, at(path), PATH_FAULT_NAME_MAX - 1);
}

static void test_walks_relative_paths_from_the_root(void **state)
{
    (void)state;
    make_directory("upper", 0755);
    make_directory("upper/lower", 0755);
    make_file("upper/lower/file", 0644);
    assert_int_equal(chdir(at("upper/lower")), 0);
    expect_trusted("file", "upper/lower/file");
    expect_trusted("../lower/./file", "upper/lower/file");
    struct path_fault fault = expect_fault("absent", -ENOENT, PATH_TRUSTED);
    assert_string_equal(fault.name, at("upper/lower/absent"));
    assert_int_equal(chmod(at("upper"), 0777), 0);
    fault = expect_fault("file", -EPERM, PATH_WRITABLE);
    assert_string_equal(fault.name, at("upper"));
}

static void test_tells_a_working_directory_that_is_gone(void **state)
{
    (void)state;
    make_directory("gone", 0755);
    assert_int_equal(chdir(at("gone")), 0);
    assert_int_equal(rmdir(at("gone")), 0);
    struct path_fault fault = expect_fault("file", -ENOENT, PATH_TRUSTED);
    assert_string_equal(fault.name, "file");
}

static void test_tells_unreadable_file(void **state)
{
    (void)state;
    need_root();
    make_file("secret", 0600);
    make_directory("closed", 0700);
    make_file("closed/file", 0644);
    assert_int_equal(chmod(base, 0755), 0);
    assert_int_equal(seteuid(STRANGER), 0);
    struct path_fault secret = expect_fault(at("secret"), -EACCES, PATH_TRUSTED);
    struct path_fault closed = expect_fault(at("closed/file"), -EACCES, PATH_TRUSTED);
    assert_int_equal(seteuid(0), 0);
    assert_string_equal(secret.name, at("secret"));
    assert_string_equal(closed.name, at("closed/file"));
}

static void test_opens_trusted_directory(void **state)
{
    (void)state;
    struct path_fault fault;
    make_directory("dir", 0755);
    make_file("dir/file", 0644);
    make_link("link", "dir");
    const char *const paths[] = {at("dir"), at("dir/"), at("link"), at("link/.")};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        int fd = path_open_trusted_directory(paths[i], geteuid(), &fault);
        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        DIR *stream = fdopendir(fd); /* refused for an O_PATH descriptor */
        assert_non_null(stream);
        assert_non_null(readdir(stream));
        closedir(stream);
    }
    assert_int_equal(path_open_trusted_directory(at("dir/file"), geteuid(), &fault), -ENOTDIR);
    assert_int_equal(fault.distrust, PATH_TRUSTED);
    assert_string_equal(fault.name, at("dir/file"));
    assert_int_equal(path_open_trusted_directory(at("absent"), geteuid(), &fault), -ENOENT);
    assert_int_equal(chmod(at("dir"), 0777), 0);
    assert_int_equal(path_open_trusted_directory(at("dir"), geteuid(), &fault), -EPERM);
    assert_int_equal(fault.distrust, PATH_WRITABLE);
}

static void exchange_directory(const char *name, int flags)
{
    (void)flags;
    if (strcmp(name, "file") != 0) {
        return;
    }
    before_open = NULL;
    assert_int_equal(rename(at("dir"), at("moved")), 0);
    assert_int_equal(rename(at("evil"), at("dir")), 0);
}

/* The directory has another name by the time the file in it is opened: what was checked is what is used. */
static void test_keeps_directory_that_is_exchanged(void **state)
{
    (void)state;
    make_directory("dir", 0755);
    make_file("dir/file", 0644);
    make_directory("evil", 0755);
    make_file("evil/file", 0644);
    before_open = exchange_directory;
    expect_trusted(at("dir/file"), "dir/file");
    assert_null(before_open);
}

static void exchange_file(const char *name, int flags)
{
    if (strcmp(name, "file") != 0 || (flags & O_PATH)) {
        return;
    }
    before_open = NULL;
    assert_int_equal(rename(at("evil"), at("file")), 0);
}

/* The file is another one by the time it is opened for reading: that one is judged. */
static void test_judges_file_that_is_exchanged(void **state)
{
    (void)state;
    make_file("file", 0644);
    make_file("evil", 0666);
    before_open = exchange_file;
    expect_fault(at("file"), -EPERM, PATH_WRITABLE);
    assert_null(before_open);

    assert_int_equal(mkfifo(at("evil"), 0600), 0);
    assert_int_equal(chmod(at("file"), 0644), 0);
    before_open = exchange_file;
    expect_fault(at("file"), -EPERM, PATH_NOT_REGULAR); /* and does not wait for a writer */

    assert_int_equal(unlink(at("file")), 0);
    make_file("file", 0644);
    make_file("real", 0644);
    make_link("evil", "real");
    before_open = exchange_file;
    expect_fault(at("file"), -ELOOP, PATH_TRUSTED);
}

typedef int open_function(const char *path);

static int open_file_at(const char *path)
{
    struct path_fault fault;
    return path_open_trusted(path, geteuid(), &fault);
}

static int open_directory_at(const char *path)
{
    struct path_fault fault;
    return path_open_trusted_directory(path, geteuid(), &fault);
}

/* Every single call fails once: the error comes out, and (tear_down) no descriptor stays open. */
static void test_survives_each_failing_call(void **state)
{
    (void)state;
    make_directory("dir", 0755);
    make_file("dir/file", 0644);
    make_link("link", at("dir"));
    static const struct {
        open_function *open;
        const char *path;
        int calls_at_least;
    } rows[] = {
        {open_file_at, "link/file", 20},
        {open_directory_at, "link/.", 18},
    };
    assert_int_equal(chdir(base), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd = -EIO;
        int calls = 0;
        while (fd == -EIO) {
            countdown = ++calls;
            injected = EIO;
            fd = rows[i].open(rows[i].path);
        }
        if (fd < 0 || calls < rows[i].calls_at_least) {
            fail_msg("row %zu: %d after %d calls", i, fd, calls);
        }
        countdown = 0;
        close(fd);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_opens_own_file),
        TEST(test_judges_file_modes),
        TEST(test_judges_directory_modes),
        TEST(test_refuses_foreign_owners),
        TEST(test_refuses_foreign_file_in_sticky_directory),
        TEST(test_follows_own_links),
        TEST(test_refuses_foreign_links),
        TEST(test_judges_what_a_link_leads_to),
        TEST(test_limits_links),
        TEST(test_refuses_what_is_no_file),
        TEST(test_tells_system_errors),
        TEST(test_limits_what_links_unfold_to),
        TEST(test_cuts_long_names_in_reports),
        TEST(test_walks_relative_paths_from_the_root),
        TEST(test_tells_a_working_directory_that_is_gone),
        TEST(test_tells_unreadable_file),
        TEST(test_opens_trusted_directory),
        TEST(test_keeps_directory_that_is_exchanged),
        TEST(test_judges_file_that_is_exchanged),
        TEST(test_survives_each_failing_call),
    };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
