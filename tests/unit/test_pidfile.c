/* SPDX-License-Identifier: MIT */
/*
 * pidfile: real directories, good and bad; and disks that are full in the middle of it.
 *
 * WRAP: write renameat fstat mkdirat
 */
#include "testing.h"

#include "sandbox_init/pidfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STRANGER = 12345,
    FDS_MAX = 1024,
    SKIPPED = 77, /* how a child says that it cannot be done here */
};

static char base[64];   /* the test's directory, which is the working directory too */
static int descriptors; /* open ones, before the test */

/* The wrapped calls. */
static int write_error;
static bool is_write_short;
static int rename_error;
static int fstat_error;
static int mkdir_error;
static void (*before_rename)(void);

ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
    if (write_error != 0) {
        errno = write_error;
        return -1;
    }
    return __real_write(fd, bytes, is_write_short ? size - 1 : size);
}

int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    if (before_rename != NULL) {
        before_rename();
    }
    if (rename_error != 0) {
        errno = rename_error;
        return -1;
    }
    return __real_renameat(from_fd, from, to_fd, to);
}

int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status)
{
    if (fstat_error != 0) {
        errno = fstat_error;
        return -1;
    }
    return __real_fstat(fd, status);
}

int __real_mkdirat(int dir_fd, const char *path, mode_t mode);
int __wrap_mkdirat(int dir_fd, const char *path, mode_t mode);
int __wrap_mkdirat(int dir_fd, const char *path, mode_t mode)
{
    if (mkdir_error != 0) {
        errno = mkdir_error;
        return -1;
    }
    return __real_mkdirat(dir_fd, path, mode);
}

/* How many descriptors are open. */
static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < FDS_MAX; fd++) {
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
    write_error = rename_error = fstat_error = mkdir_error = 0;
    is_write_short = false;
    before_rename = NULL;
    umask(022);
    snprintf(base, sizeof base, "/tmp/test_pidfile.XXXXXX");
    if (mkdtemp(base) == NULL || chdir(base) < 0 || chmod(base, 0755) < 0) {
        return -1;
    }
    descriptors = count_descriptors();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    const int now = count_descriptors();
    if (chdir("/") < 0 || nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0) {
        return -1;
    }
    if (now != descriptors) {
        print_error("a descriptor was leaked\n");
        return -1;
    }
    return 0;
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static bool has_content(const char *path, const char *expected)
{
    char text[64] = "";
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    const ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    close(fd);
    return got == (ssize_t)strlen(expected) && strcmp(text, expected) == 0;
}

static void make_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Entries of DIRECTORY. */
static int count_entries(const char *directory)
{
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    int count = -2; /* "." and ".." */
    while (readdir(stream) != NULL) {
        count++;
    }
    closedir(stream);
    return count;
}

static void expect_refused(const char *directory, int error)
{
    struct pidfile pidfile = {.dir_fd = 99};
    const int result = pidfile_write(&pidfile, directory, 42);
    if (result != error) {
        fail_msg("%s: %d instead of %d", directory, result, error);
    }
    assert_int_equal(pidfile.dir_fd, -1);
    pidfile_remove(&pidfile); /* of one that there is not */
}

static void a_number_is_written_and_removed(void **state)
{
    (void)state;
    static const struct {
        pid_t pid;
        const char *text;
    } rows[] = {{1, "1\n"}, {4194304, "4194304\n"}, {2147483647, "2147483647\n"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pidfile pidfile;
        struct stat status;
        assert_int_equal(pidfile_write(&pidfile, "run", rows[i].pid), 0);
        assert_true(has_content("run/pid", rows[i].text));
        assert_int_equal(lstat("run/pid", &status), 0);
        assert_int_equal(status.st_mode, S_IFREG | 0644);
        assert_int_equal(lstat("run", &status), 0);
        assert_int_equal(status.st_mode, S_IFDIR | 0755);
        assert_int_equal(count_entries("run"), 1);
        assert_int_equal(fcntl(pidfile.dir_fd, F_GETFD), FD_CLOEXEC);
        pidfile_remove(&pidfile);
        assert_int_equal(pidfile.dir_fd, -1);
        assert_int_equal(count_entries("run"), 0);
        pidfile_remove(&pidfile);
    }
}

static void an_absolute_directory_will_do(void **state)
{
    (void)state;
    char directory[128];
    char path[160];
    struct pidfile pidfile;
    snprintf(directory, sizeof directory, "%s/run", base);
    snprintf(path, sizeof path, "%s/%s", directory, PIDFILE_NAME);
    assert_int_equal(pidfile_write(&pidfile, directory, 7), 0);
    assert_true(has_content(path, "7\n"));
    pidfile_remove(&pidfile);
    assert_false(exists(path));
}

static void only_the_last_component_is_made(void **state)
{
    (void)state;
    expect_refused("missing/run", -ENOENT);
    assert_false(exists("missing"));
}

static int old_fd;

static void expect_old_file(void)
{
    assert_true(has_content("run/pid", "1234567\n"));
}

/* Who reads sees the old number or the new one, at any moment. */
static void an_old_file_is_exchanged_atomically(void **state)
{
    (void)state;
    struct pidfile pidfile;
    char text[16] = "";
    assert_int_equal(mkdir("run", 0755), 0);
    make_file("run/pid", "1234567\n");
    old_fd = open("run/pid", O_RDONLY | O_CLOEXEC);
    before_rename = expect_old_file;
    assert_int_equal(pidfile_write(&pidfile, "run", 89), 0);
    assert_true(has_content("run/pid", "89\n"));
    assert_int_equal(read(old_fd, text, sizeof text - 1), 8);
    assert_string_equal(text, "1234567\n");
    close(old_fd);
    pidfile_remove(&pidfile);
}

static void leftovers_and_traps_are_replaced(void **state)
{
    (void)state;
    static const char *const names[] = {"run/pid", "run/.pid.new"};
    struct pidfile pidfile;
    make_file("precious", "precious");
    for (size_t i = 0; i < COUNT_OF(names) * 3; i++) {
        const char *name = names[i / 3];
        assert_int_equal(mkdir("run", 0755), 0);
        if (i % 3 == 0) {
            assert_int_equal(symlink("../precious", name), 0);
        } else if (i % 3 == 1) {
            assert_int_equal(link("precious", name), 0);
        } else {
            make_file(name, "a longer text than any number\n");
        }
        assert_int_equal(pidfile_write(&pidfile, "run", 5), 0);
        assert_true(has_content("run/pid", "5\n"));
        assert_int_equal(count_entries("run"), 1);
        assert_true(has_content("precious", "precious"));
        pidfile_remove(&pidfile);
        assert_int_equal(rmdir("run"), 0);
    }
}

static void directories_in_the_way_are_told(void **state)
{
    (void)state;
    assert_int_equal(mkdir("run", 0755), 0);
    assert_int_equal(mkdir("run/pid", 0755), 0);
    expect_refused("run", -EISDIR);
    assert_int_equal(count_entries("run"), 1);
    assert_int_equal(rmdir("run/pid"), 0);
    assert_int_equal(mkdir("run/.pid.new", 0755), 0);
    expect_refused("run", -EEXIST);
    assert_false(exists("run/pid"));
}

static void a_directory_that_others_can_write_is_refused(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        int result;
    } rows[] = {{0755, 0},       {0700, 0},      {0711, 0},      {02755, 0},
                {01755, 0},      {0775, -EPERM}, {0757, -EPERM}, {0777, -EPERM},
                {01777, -EPERM}, {0720, -EPERM}, {0702, -EPERM}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(mkdir("run", 0755), 0);
        assert_int_equal(chmod("run", rows[i].mode), 0);
        if (rows[i].result != 0) {
            expect_refused("run", rows[i].result);
            assert_int_equal(count_entries("run"), 0);
        } else {
            struct pidfile pidfile;
            assert_int_equal(pidfile_write(&pidfile, "run", 5), 0);
            pidfile_remove(&pidfile);
        }
        struct stat status;
        assert_int_equal(lstat("run", &status), 0);
        assert_int_equal(status.st_mode & 07777, rows[i].mode); /* it is left as it is */
        assert_int_equal(rmdir("run"), 0);
    }
}

static void what_is_no_directory_is_refused(void **state)
{
    (void)state;
    make_file("file", "text");
    assert_int_equal(mkdir("real", 0755), 0);
    assert_int_equal(symlink("real", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    expect_refused("file", -ENOTDIR);
    expect_refused("fifo", -ENOTDIR);
    expect_refused("link", -ENOTDIR);
    expect_refused("dangling", -ENOTDIR);
    expect_refused("file/below", -ENOTDIR);
    expect_refused("", -ENOENT);
    assert_false(exists("real/pid") || exists("nowhere"));
    assert_true(has_content("file", "text"));
}

static void failures_leave_the_old_file(void **state)
{
    (void)state;
    static const struct {
        int write_error, rename_error;
        bool is_write_short;
        int result;
    } rows[] = {
        {.write_error = ENOSPC, .result = -ENOSPC},
        {.write_error = EIO, .result = -EIO},
        {.is_write_short = true, .result = -ENOSPC},
        {.rename_error = EROFS, .result = -EROFS},
    };
    assert_int_equal(mkdir("run", 0755), 0);
    make_file("run/pid", "1\n");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        write_error = rows[i].write_error;
        rename_error = rows[i].rename_error;
        is_write_short = rows[i].is_write_short;
        expect_refused("run", rows[i].result);
        assert_true(has_content("run/pid", "1\n"));
        assert_int_equal(count_entries("run"), 1);
    }
}

static void failures_to_look_are_told(void **state)
{
    (void)state;
    fstat_error = EIO;
    expect_refused("run", -EIO);
    fstat_error = 0;
    mkdir_error = ENOSPC;
    expect_refused("other", -ENOSPC);
    mkdir_error = EROFS;
    expect_refused("other", -EROFS);
}

static void the_file_is_removed_from_where_it_was_written(void **state)
{
    (void)state;
    struct pidfile pidfile;
    assert_int_equal(pidfile_write(&pidfile, "run", 5), 0);
    assert_int_equal(rename("run", "moved"), 0);
    assert_int_equal(mkdir("run", 0755), 0);
    make_file("run/pid", "another's\n");
    pidfile_remove(&pidfile);
    assert_false(exists("moved/pid"));
    assert_true(has_content("run/pid", "another's\n"));
}

/* ---- other users, in children ---- */

static int complain(int line, const char *what)
{
    fprintf(stderr, "child, line %d: not so: %s\n", line, what);
    return 1;
}

/* In a child, where a failed assertion would go on with the parent's tests. */
#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            return complain(__LINE__, #condition);                                                           \
        }                                                                                                    \
    } while (0)

static void expect_child(int (*body)(void))
{
    if (geteuid() != 0) {
        print_message("skipped: only root can become somebody else\n");
        skip();
    }
    fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(60);
        _exit(body());
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == SKIPPED) {
        print_message("skipped: it is not allowed to become somebody else here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int become_stranger(void)
{
    return setgroups(0, NULL) < 0 || setresgid(STRANGER, STRANGER, STRANGER) < 0 ||
                   setresuid(STRANGER, STRANGER, STRANGER) < 0
               ? -1
               : 0;
}

static int write_in_strangers_directory(void)
{
    struct pidfile pidfile;
    EXPECT(mkdir("run", 0755) == 0 && chown("run", STRANGER, STRANGER) == 0);
    EXPECT(pidfile_write(&pidfile, "run", 5) == -EPERM && pidfile.dir_fd == -1);
    EXPECT(!exists("run/pid"));
    return 0;
}

static void root_does_not_write_in_anothers_directory(void **state)
{
    (void)state;
    expect_child(write_in_strangers_directory);
}

static int write_as_stranger(void)
{
    struct pidfile pidfile;
    EXPECT(mkdir("roots", 0755) == 0 && mkdir("own", 0755) == 0 && mkdir("third", 0755) == 0);
    EXPECT(chown("own", STRANGER, 0) == 0 && chown("third", STRANGER + 1, STRANGER) == 0);
    if (become_stranger() < 0) {
        return SKIPPED;
    }
    EXPECT(pidfile_write(&pidfile, "own", 5) == 0 && has_content("own/pid", "5\n"));
    EXPECT(pidfile_write(&pidfile, "roots", 5) == -EACCES && pidfile.dir_fd == -1);
    EXPECT(pidfile_write(&pidfile, "third", 5) == -EPERM && pidfile.dir_fd == -1);
    EXPECT(pidfile_write(&pidfile, "new", 5) == -EACCES && pidfile.dir_fd == -1);
    return 0;
}

static void an_ordinary_user_writes_in_its_own_directory(void **state)
{
    (void)state;
    expect_child(write_as_stranger);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_number_is_written_and_removed),
        CASE(an_absolute_directory_will_do),
        CASE(only_the_last_component_is_made),
        CASE(an_old_file_is_exchanged_atomically),
        CASE(leftovers_and_traps_are_replaced),
        CASE(directories_in_the_way_are_told),
        CASE(a_directory_that_others_can_write_is_refused),
        CASE(what_is_no_directory_is_refused),
        CASE(failures_leave_the_old_file),
        CASE(failures_to_look_are_told),
        CASE(the_file_is_removed_from_where_it_was_written),
        CASE(root_does_not_write_in_anothers_directory),
        CASE(an_ordinary_user_writes_in_its_own_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
