/* SPDX-License-Identifier: MIT */
/*
 * directories: real ones, good and bad, of others and in places that others can write.
 *
 * WRAP: mkdirat fstat faccessat
 */
#include "testing.h"

#include "sandbox_init/directories.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
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

static char base[64]; /* the test's directory, which is the working directory too */
static int descriptors;
static int mkdirat_error;
static int fstat_error;
static int faccessat_error;
static void (*before_mkdirat)(void);

int __real_mkdirat(int dir_fd, const char *path, mode_t mode);
int __wrap_mkdirat(int dir_fd, const char *path, mode_t mode);
int __wrap_mkdirat(int dir_fd, const char *path, mode_t mode)
{
    if (before_mkdirat != NULL) {
        before_mkdirat();
    }
    if (mkdirat_error != 0) {
        errno = mkdirat_error;
        return -1;
    }
    return __real_mkdirat(dir_fd, path, mode);
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

int __real_faccessat(int fd, const char *path, int mode, int flags);
int __wrap_faccessat(int fd, const char *path, int mode, int flags);
int __wrap_faccessat(int fd, const char *path, int mode, int flags)
{
    if (faccessat_error != 0) {
        errno = faccessat_error;
        return -1;
    }
    return __real_faccessat(fd, path, mode, flags);
}

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

static char temporary[80]; /* "/tmp" in the tests */
static char own[128];      /* what is made in there */
static char wanted[128];   /* "/var/log/sandbox-init" in the tests */

static int set_up(void **state)
{
    (void)state;
    mkdirat_error = fstat_error = faccessat_error = 0;
    before_mkdirat = NULL;
    umask(022);
    snprintf(base, sizeof base, "/tmp/test_directories.XXXXXX");
    if (mkdtemp(base) == NULL || chdir(base) < 0 || chmod(base, 0755) < 0) {
        return -1;
    }
    snprintf(temporary, sizeof temporary, "%s/tmp", base);
    snprintf(own, sizeof own, "%s/sandbox-init-%u", temporary, (unsigned)geteuid());
    snprintf(wanted, sizeof wanted, "%s/wanted", base);
    if (mkdir(temporary, 0777) < 0 || chmod(temporary, 01777) < 0) {
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

static void need_root(void)
{
    if (geteuid() != 0) {
        print_message("skipped: only root can give a directory away\n");
        skip();
    }
}

/* Type and permissions; 0 where there is nothing. */
static mode_t mode_of(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 ? status.st_mode : 0;
}

/* ---- one ---- */

static void expect_opened(const char *path, mode_t mode)
{
    struct path_fault fault;
    struct stat opened;
    struct stat named;
    const int fd = directories_open(path, mode, &fault);
    if (fd < 0) {
        fail_msg("%s: %d at %s, distrust %d", path, fd, fault.name, fault.distrust);
    }
    assert_int_equal(__real_fstat(fd, &opened), 0);
    assert_int_equal(stat(path, &named), 0);
    assert_true(opened.st_ino == named.st_ino && opened.st_dev == named.st_dev);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
}

static void expect_fault(const char *path, int error, enum path_distrust distrust, const char *name)
{
    struct path_fault fault = {.distrust = PATH_NOT_REGULAR};
    const int result = directories_open(path, 0755, &fault);
    if (result != error || fault.distrust != distrust || strcmp(fault.name, name) != 0) {
        fail_msg("%s: %d, distrust %d at %s", path, result, fault.distrust, fault.name);
    }
}

static void the_last_component_is_made(void **state)
{
    (void)state;
    char path[160];
    expect_opened("run", 0755);
    assert_int_equal(mode_of("run"), S_IFDIR | 0755);
    expect_opened("run", 0700); /* one that is there stays as it is */
    assert_int_equal(mode_of("run"), S_IFDIR | 0755);
    expect_opened("run/log///", 0700);
    assert_int_equal(mode_of("run/log"), S_IFDIR | 0700);
    snprintf(path, sizeof path, "%s/absolute", base);
    expect_opened(path, 0755);
    expect_opened("./run/../run/x", 0755);
    assert_int_equal(mode_of("run/x"), S_IFDIR | 0755);
    snprintf(path, sizeof path, "%s/missing", base);
    expect_fault("missing/run", -ENOENT, PATH_TRUSTED, path);
    assert_int_equal(mode_of("missing"), 0);
}

static void the_umask_takes_nothing_away(void **state)
{
    (void)state;
    static const mode_t masks[] = {0, 022, 027, 077, 0777};
    for (size_t i = 0; i < COUNT_OF(masks); i++) {
        umask(masks[i]);
        const int fd = directories_open("run", 0755, &(struct path_fault){.distrust = PATH_TRUSTED});
        umask(022);
        if (masks[i] == 0777 && geteuid() != 0) {
            assert_int_equal(fd, -EACCES); /* nobody could open it */
        } else {
            assert_true(fd >= 0);
            close(fd);
            assert_int_equal(mode_of("run"), S_IFDIR | 0755);
        }
        assert_int_equal(rmdir("run"), 0);
    }
}

static void the_root_is_a_directory_too(void **state)
{
    (void)state;
    need_root();
    expect_opened("/", 0755);
    expect_opened("//", 0755);
}

static void what_is_no_path_is_refused(void **state)
{
    (void)state;
    char path[PATH_MAX + 10];
    char cut[PATH_FAULT_NAME_MAX];
    expect_fault("", -ENOENT, PATH_TRUSTED, "");
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    snprintf(cut, sizeof cut, "%s", path);
    expect_fault(path, -ENAMETOOLONG, PATH_TRUSTED, cut);
    path[300] = '\0';
    expect_fault(path, -ENAMETOOLONG, PATH_TRUSTED, path);
}

static void what_is_no_directory_is_refused(void **state)
{
    (void)state;
    struct path_fault fault;
    assert_int_equal(mkdir("real", 0755), 0);
    assert_int_equal(symlink("real", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(mknod("file", S_IFREG | 0644, 0), 0);
    static const char *const names[] = {"file", "fifo", "link", "dangling"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        expect_fault(names[i], -ENOTDIR, PATH_TRUSTED, names[i]);
        assert_int_equal(directories_open(names[i], 0755, &fault), -ENOTDIR);
        assert_int_equal(fault.mode, mode_of(names[i]));
    }
    assert_int_equal(mode_of("nowhere"), 0);
    expect_opened("link/below", 0755); /* above it one of our own is fine */
}

static void what_others_can_write_is_refused(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        bool is_fit;
        bool is_fit_above; /* with the sticky bit, each has its own in there */
    } rows[] = {
        {0755, true, true},   {0700, true, true},   {02755, true, true},  {01755, true, true},
        {0775, false, false}, {0757, false, false}, {0720, false, false}, {0702, false, false},
        {01777, false, true}, {01775, false, true}, {0777, false, false},
    };
    char path[128];
    snprintf(path, sizeof path, "%s/run", base);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(mkdir("run", 0755), 0);
        assert_int_equal(mkdir("run/below", 0755), 0);
        assert_int_equal(chmod("run", rows[i].mode), 0);
        if (rows[i].is_fit) {
            expect_opened("run", 0755);
        } else {
            expect_fault("run", -EPERM, PATH_WRITABLE, "run");
        }
        if (rows[i].is_fit_above) {
            expect_opened("run/below", 0755);
            expect_opened("run/new", 0755);
            assert_int_equal(rmdir("run/new"), 0);
        } else {
            expect_fault("run/below", -EPERM, PATH_WRITABLE, path);
            expect_fault("run/new", -EPERM, PATH_WRITABLE, path);
            assert_int_equal(mode_of("run/new"), 0);
        }
        assert_int_equal(mode_of("run"), S_IFDIR | rows[i].mode);
        assert_int_equal(rmdir("run/below"), 0);
        assert_int_equal(rmdir("run"), 0);
    }
}

static void what_belongs_to_others_is_refused(void **state)
{
    (void)state;
    char path[128];
    need_root();
    snprintf(path, sizeof path, "%s/run", base);
    assert_int_equal(mkdir("run", 0755), 0);
    assert_int_equal(chown("run", STRANGER, 0), 0);
    expect_fault("run", -EPERM, PATH_FOREIGN_OWNER, "run");
    expect_fault("run/below", -EPERM, PATH_FOREIGN_OWNER, path);
    assert_int_equal(symlink("/", "link"), 0);
    assert_int_equal(lchown("link", STRANGER, 0), 0);
    snprintf(path, sizeof path, "%s/link", base);
    expect_fault("link/run", -EPERM, PATH_FOREIGN_OWNER, path);
}

static void make_a_strangers(void)
{
    before_mkdirat = NULL;
    assert_int_equal(mkdir("run", 0700), 0);
    assert_int_equal(chown("run", STRANGER, STRANGER), 0);
}

/* Somebody was quicker: it is judged like any other, and its mode is left alone. */
static void who_was_quicker_wins_nothing(void **state)
{
    (void)state;
    need_root();
    before_mkdirat = make_a_strangers;
    expect_fault("run", -EPERM, PATH_FOREIGN_OWNER, "run");
    assert_int_equal(mode_of("run"), S_IFDIR | 0700);
}

static void failures_are_told(void **state)
{
    (void)state;
    static const int errors[] = {EROFS, ENOSPC, EACCES};
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        mkdirat_error = errors[i];
        expect_fault("run", -errors[i], PATH_TRUSTED, "run");
    }
    mkdirat_error = 0;
    fstat_error = EIO;
    expect_fault("run", -EIO, PATH_TRUSTED, "/");
    fstat_error = 0;
    faccessat_error = EROFS;
    expect_fault("run", -EROFS, PATH_TRUSTED, "run");
}

/* ---- the choice ---- */

static void expect_choice(const char *leaf, const char *path, const char *reason)
{
    struct directories_choice choice;
    memset(&choice, 0xa5, sizeof choice);
    directories_choose(wanted, temporary, leaf, &choice);
    if (strcmp(choice.path, path) != 0 || strcmp(choice.reason, reason) != 0) {
        fail_msg("'%s' since '%s' instead of '%s' since '%s'", choice.path, choice.reason, path, reason);
    }
}

static void the_wanted_one_is_taken(void **state)
{
    (void)state;
    umask(077);
    expect_choice("log", wanted, "");
    assert_int_equal(mode_of(wanted), S_IFDIR | 0755);
    expect_choice(NULL, wanted, "");
    assert_int_equal(mode_of(own), 0); /* nothing else is made */
}

static void else_one_below_the_temporary_one(void **state)
{
    (void)state;
    char reason[512];
    char path[256];
    assert_int_equal(mkdir(wanted, 0755), 0);
    assert_int_equal(chmod(wanted, 0777), 0);
    umask(077);
    snprintf(reason, sizeof reason, "%s: others can change what is in there (mode 0777)", wanted);
    expect_choice(NULL, own, reason);
    assert_int_equal(mode_of(own), S_IFDIR | (geteuid() == 0 ? 0755 : 0700));
    snprintf(path, sizeof path, "%s/log", own);
    expect_choice("log", path, reason);
    assert_int_equal(mode_of(path), S_IFDIR | 0755);
    expect_choice("log", path, reason); /* the next time too */
}

static void each_reason_is_given(void **state)
{
    (void)state;
    char reason[512];
    assert_int_equal(symlink("elsewhere", wanted), 0);
    snprintf(reason, sizeof reason, "%s: is a symbolic link", wanted);
    expect_choice(NULL, own, reason);
    assert_int_equal(unlink(wanted), 0);

    assert_int_equal(mknod(wanted, S_IFREG | 0644, 0), 0);
    snprintf(reason, sizeof reason, "%s: Not a directory", wanted);
    expect_choice(NULL, own, reason);
    assert_int_equal(unlink(wanted), 0);

    snprintf(wanted, sizeof wanted, "%s/m\033/x", base);
    snprintf(reason, sizeof reason, "%s/m\\e: No such file or directory", base);
    expect_choice(NULL, own, reason);

    snprintf(wanted, sizeof wanted, "%s/wanted", base);
    need_root();
    assert_int_equal(mkdir(wanted, 0755), 0);
    assert_int_equal(chown(wanted, STRANGER, STRANGER), 0);
    snprintf(reason, sizeof reason, "%s: belongs to uid 12345, who could change what is in there", wanted);
    expect_choice(NULL, own, reason);
}

static void nowhere_is_a_result_too(void **state)
{
    (void)state;
    char reason[512];
    mkdirat_error = EROFS;
    snprintf(reason, sizeof reason, "%s: Read-only file system; %s: Read-only file system", wanted, own);
    expect_choice("log", "", reason);
    mkdirat_error = 0;
    assert_int_equal(chmod(temporary, 0777), 0); /* no sticky bit: whoever likes exchanges what we make */
    assert_int_equal(symlink("x", wanted), 0);
    snprintf(reason, sizeof reason,
             "%s: is a symbolic link; %s: others can change what is in there (mode 0777)", wanted, temporary);
    expect_choice(NULL, "", reason);
    assert_int_equal(mode_of(own), 0);
}

static void a_squatter_is_left_alone(void **state)
{
    (void)state;
    char reason[512];
    char path[256];
    assert_int_equal(symlink("x", wanted), 0);
    assert_int_equal(mkdir("trap", 0755), 0);
    assert_int_equal(symlink("../trap", own), 0);
    snprintf(reason, sizeof reason, "%s: is a symbolic link; %s: is a symbolic link", wanted, own);
    expect_choice("log", "", reason);
    assert_int_equal(rmdir("trap"), 0); /* nothing was made in there */
    assert_int_equal(unlink(own), 0);

    assert_int_equal(mkdir(own, 0777), 0);
    assert_int_equal(chmod(own, 0777), 0);
    snprintf(reason, sizeof reason,
             "%s: is a symbolic link; %s: others can change what is in there (mode 0777)", wanted, own);
    expect_choice("log", "", reason);
    assert_int_equal(chmod(own, 0755), 0);

    snprintf(path, sizeof path, "%s/log", own);
    assert_int_equal(symlink("../../trap", path), 0);
    snprintf(reason, sizeof reason, "%s: is a symbolic link; %s: is a symbolic link", wanted, path);
    expect_choice("log", "", reason);

    need_root();
    assert_int_equal(chown(own, STRANGER, STRANGER), 0);
    snprintf(reason, sizeof reason,
             "%s: is a symbolic link; %s: belongs to uid 12345, who could change what is in there", wanted,
             own);
    expect_choice("log", "", reason);
    expect_choice(NULL, "", reason);
}

static void long_paths_fit_or_are_told(void **state)
{
    (void)state;
    struct directories_choice choice;
    char path[DIRECTORIES_PATH_SIZE + 1];
    memset(path, '/', sizeof path);
    memcpy(path, base, strlen(base));
    memcpy(path + DIRECTORIES_PATH_SIZE - 4, "end", 4);
    directories_choose(path, temporary, NULL, &choice);
    assert_string_equal(choice.path, path);
    memcpy(path + DIRECTORIES_PATH_SIZE - 4, "/end", 5);
    directories_choose(path, temporary, NULL, &choice);
    assert_string_equal(choice.path, own);
    assert_string_equal(choice.reason, "the directory's path: File name too long");

    char name[DIRECTORIES_PATH_SIZE];
    memset(name, '\033', sizeof name - 1); /* a reason has room for two of the longest */
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    directories_choose(name, name, "log", &choice);
    assert_string_equal(choice.path, "");
    assert_non_null(
        strstr(choice.reason, "...: File name too long; the directory's path: File name too long"));

    memset(name, '/', sizeof name - 1); /* /// is as good as /, but there is no room for the rest */
    directories_choose("/dev/null", name, NULL, &choice);
    assert_string_equal(choice.path, "");
    assert_string_equal(choice.reason,
                        "/dev/null: Not a directory; the directory's path: File name too long");
}

/* ---- as an ordinary user ---- */

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

static int choose_as_stranger(void)
{
    struct directories_choice choice;
    char expected[256];
    char path[256];
    EXPECT(mkdir("roots", 0755) == 0);
    if (setgroups(0, NULL) < 0 || setresgid(STRANGER, STRANGER, STRANGER) < 0 ||
        setresuid(STRANGER, STRANGER, STRANGER) < 0) {
        return SKIPPED;
    }
    snprintf(path, sizeof path, "%s/roots", base); /* it is root's, and we cannot write it */
    directories_choose(path, temporary, "log", &choice);
    snprintf(expected, sizeof expected, "%s/sandbox-init-12345/log", temporary);
    EXPECT(strcmp(choice.path, expected) == 0);
    EXPECT(mode_of(expected) == (S_IFDIR | 0755));
    snprintf(expected, sizeof expected, "%s: Permission denied", path);
    EXPECT(strcmp(choice.reason, expected) == 0);
    snprintf(expected, sizeof expected, "%s/sandbox-init-12345", temporary);
    EXPECT(mode_of(expected) == (S_IFDIR | 0700));
    snprintf(path, sizeof path, "%s/roots/new", base); /* nor make one in there */
    directories_choose(path, temporary, NULL, &choice);
    EXPECT(strcmp(choice.path, expected) == 0);
    snprintf(expected, sizeof expected, "%s: Permission denied", path);
    EXPECT(strcmp(choice.reason, expected) == 0);
    return 0;
}

static void an_ordinary_user_has_its_own_place(void **state)
{
    (void)state;
    need_root();
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(choose_as_stranger());
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

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_last_component_is_made),
        CASE(the_umask_takes_nothing_away),
        CASE(the_root_is_a_directory_too),
        CASE(what_is_no_path_is_refused),
        CASE(what_is_no_directory_is_refused),
        CASE(what_others_can_write_is_refused),
        CASE(what_belongs_to_others_is_refused),
        CASE(who_was_quicker_wins_nothing),
        CASE(failures_are_told),
        CASE(the_wanted_one_is_taken),
        CASE(else_one_below_the_temporary_one),
        CASE(each_reason_is_given),
        CASE(nowhere_is_a_result_too),
        CASE(a_squatter_is_left_alone),
        CASE(long_paths_fit_or_are_told),
        CASE(an_ordinary_user_has_its_own_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
