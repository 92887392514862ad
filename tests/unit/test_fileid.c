/* SPDX-License-Identifier: MIT */
/*
 * fileid: real files, each field against what another system call says of it, and kernels that tell less.
 *
 * WRAP: statx
 */
#include "testing.h"

#include "sandbox_init/fileid.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x00001000U
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif

static char base[64]; /* the test's directory */
static int base_fd;

/* The wrapped call. */
static int calls;
static int injected;       /* an errno; 0: the call works */
static bool is_kernel_old; /* before Linux 5.8: neither the mount's number nor its root */

int __real_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status);
int __wrap_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status);
int __wrap_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status)
{
    calls++;
    if (injected != 0) {
        memset(status, 0xff, sizeof *status);
        errno = injected;
        return -1;
    }
    const int result = __real_statx(dirfd, path, flags, mask, status);
    /* A kernel may tell what it was not asked for; no one has to. */
    if (is_kernel_old || (mask & STATX_MNT_ID) == 0) {
        status->stx_mask &= ~STATX_MNT_ID;
        status->stx_mnt_id = 12345; /* whatever was in memory */
        status->stx_attributes &= ~(uint64_t)STATX_ATTR_MOUNT_ROOT;
        status->stx_attributes_mask &= ~(uint64_t)STATX_ATTR_MOUNT_ROOT;
    }
    return result;
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
    calls = injected = 0;
    is_kernel_old = false;
    umask(022);
    snprintf(base, sizeof base, "/tmp/test_fileid.XXXXXX");
    if (mkdtemp(base) == NULL || chdir(base) < 0) {
        return -1;
    }
    base_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return base_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(base_fd);
    return chdir("/") < 0 || nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0 ? -1 : 0;
}

static void make_file(const char *name)
{
    const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    close(fd);
}

static void make_socket(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

/* One of each type, named after it. */
static const char *const zoo[] = {"file", "directory", "link", "dangling", "fifo", "socket", "hard"};

static void make_zoo(void)
{
    make_file("file");
    assert_int_equal(mkdir("directory", 0750), 0);
    assert_int_equal(symlink("file", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    make_socket("socket");
    assert_int_equal(chmod("socket", 04711), 0);
    make_file("first");
    assert_int_equal(link("first", "hard"), 0);
    assert_int_equal(link("first", "third"), 0);
}

static void expect_like_stat(const struct fileid *id, const struct stat *status, const char *name)
{
    if (id->device != status->st_dev || id->inode != status->st_ino || id->mode != status->st_mode ||
        id->owner != status->st_uid || id->links != status->st_nlink) {
        fail_msg("%s: device %llu, inode %llu, mode %o, owner %u, %llu links", name,
                 (unsigned long long)id->device, (unsigned long long)id->inode, (unsigned)id->mode,
                 (unsigned)id->owner, (unsigned long long)id->links);
    }
}

static void names_of_all_types_are_read_as_lstat_does(void **state)
{
    (void)state;
    make_zoo();
    for (size_t i = 0; i < COUNT_OF(zoo); i++) {
        struct stat status;
        struct fileid id;
        assert_int_equal(fstatat(base_fd, zoo[i], &status, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(fileid_read(base_fd, zoo[i], &id), 0);
        expect_like_stat(&id, &status, zoo[i]);
        assert_false(id.is_mount_root);
    }
    struct fileid id;
    assert_int_equal(fileid_read(base_fd, "hard", &id), 0);
    assert_int_equal(id.links, 3);
    assert_int_equal(fileid_read(base_fd, "link", &id), 0);
    assert_true(S_ISLNK(id.mode));
}

static void an_empty_name_is_the_descriptor_itself(void **state)
{
    (void)state;
    make_zoo();
    for (size_t i = 0; i < COUNT_OF(zoo); i++) {
        const int fd = openat(base_fd, zoo[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat status;
        struct fileid id;
        assert_true(fd >= 0);
        assert_int_equal(fstatat(base_fd, zoo[i], &status, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(fileid_read(fd, "", &id), 0);
        expect_like_stat(&id, &status, zoo[i]);
        close(fd);
    }
}

static void the_owner_is_read(void **state)
{
    (void)state;
    struct fileid id;
    make_file("file");
    assert_int_equal(fileid_read(base_fd, "file", &id), 0);
    assert_int_equal(id.owner, geteuid());
    if (geteuid() != 0) {
        print_message("skipped: only root can give files away\n");
        skip();
    }
    assert_int_equal(chown("file", 12345, 23456), 0);
    assert_int_equal(fileid_read(base_fd, "file", &id), 0);
    assert_int_equal(id.owner, 12345);
}

static void need_mount_numbers(void)
{
    struct statx status = {0};
    if (__real_statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &status) < 0 || (status.stx_mask & STATX_MNT_ID) == 0) {
        print_message("skipped: this kernel does not tell a file's mount\n");
        skip();
    }
}

/* The number of FD's mount as proc(5) has it, or 0. */
static unsigned long long mount_of(int fd)
{
    char path[64];
    char line[256];
    unsigned long long mount = 0;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "mnt_id:", 7) == 0) {
            mount = strtoull(line + 7, NULL, 10);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return mount;
}

static void the_mount_is_the_one_that_proc_shows(void **state)
{
    (void)state;
    need_mount_numbers();
    static const char *const paths[] = {"/", "/proc", "/dev", "/tmp", "."};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        const int fd = open(paths[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct stat status;
        struct fileid id;
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &status), 0);
        assert_int_equal(fileid_read(fd, "", &id), 0);
        assert_int_not_equal(id.mount, 0);
        assert_int_equal(id.mount, mount_of(fd));
        expect_like_stat(&id, &status, paths[i]);
        close(fd);
    }
}

static void a_mount_root_is_known(void **state)
{
    (void)state;
    need_mount_numbers();
    struct fileid root;
    struct fileid proc;
    struct fileid inside;
    assert_int_equal(fileid_read(AT_FDCWD, "/proc", &proc), 0);
    assert_int_equal(fileid_read(AT_FDCWD, "/", &root), 0);
    assert_int_equal(fileid_read(AT_FDCWD, "/proc/self", &inside), 0);
    assert_true(root.is_mount_root);
    assert_true(proc.is_mount_root);
    assert_false(inside.is_mount_root);
    assert_true(fileid_is_foreign(&root, &proc));
    assert_false(fileid_is_foreign(&proc, &inside));
}

static void an_old_kernel_leaves_the_mount_0(void **state)
{
    (void)state;
    struct fileid id;
    struct stat status;
    is_kernel_old = true;
    assert_int_equal(fileid_read(AT_FDCWD, "/proc", &id), 0);
    assert_int_equal(id.mount, 0);
    assert_false(id.is_mount_root);
    assert_int_equal(stat("/proc", &status), 0);
    expect_like_stat(&id, &status, "/proc");
}

static void one_statx_is_made(void **state)
{
    (void)state;
    struct fileid id;
    assert_int_equal(fileid_read(base_fd, "", &id), 0);
    assert_int_equal(calls, 1);
    assert_int_equal(fileid_read(AT_FDCWD, base, &id), 0);
    assert_int_equal(calls, 2);
}

static void failures_are_told_and_leave_the_result_alone(void **state)
{
    (void)state;
    char long_name[NAME_MAX + 2];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    make_file("file");
    const int file_fd = open("file", O_PATH | O_CLOEXEC);
    assert_true(file_fd >= 0);
    const struct {
        int dirfd;
        const char *name;
        int injected;
        int error;
    } rows[] = {
        {base_fd, "missing", 0, -ENOENT},
        {file_fd, "below", 0, -ENOTDIR},
        {9999, "", 0, -EBADF},
        {9999, "name", 0, -EBADF},
        {base_fd, long_name, 0, -ENAMETOOLONG},
        {base_fd, "file", EIO, -EIO},
        {base_fd, "", ENOSYS, -ENOSYS},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fileid id;
        struct fileid before;
        memset(&id, 0xa5, sizeof id);
        memcpy(&before, &id, sizeof id);
        injected = rows[i].injected;
        const int result = fileid_read(rows[i].dirfd, rows[i].name, &id);
        if (result != rows[i].error) {
            fail_msg("row %zu: %d", i, result);
        }
        assert_memory_equal(&id, &before, sizeof id);
    }
    close(file_fd);
}

static void the_same_file_is_device_and_inode(void **state)
{
    (void)state;
    const struct fileid a = {
        .device = 1, .inode = 2, .mount = 3, .mode = S_IFSOCK | 0755, .owner = 4, .links = 1};
    struct fileid b = a;
    assert_true(fileid_is_same(&a, &b));
    b = (struct fileid){
        .device = 1, .inode = 2, .mount = 9, .mode = 0, .owner = 9, .links = 9, .is_mount_root = true};
    assert_true(fileid_is_same(&a, &b));
    b = a;
    b.inode = 3;
    assert_false(fileid_is_same(&a, &b));
    assert_false(fileid_is_same(&b, &a));
    b = a;
    b.device = 2;
    assert_false(fileid_is_same(&a, &b));
    b = (struct fileid){.device = 2, .inode = 1};
    assert_false(fileid_is_same(&a, &b));
}

static void two_names_of_a_file_are_the_same(void **state)
{
    (void)state;
    struct fileid first;
    struct fileid hard;
    struct fileid file;
    make_zoo();
    assert_int_equal(fileid_read(base_fd, "first", &first), 0);
    assert_int_equal(chmod("hard", 0), 0);
    assert_int_equal(unlink("third"), 0);
    assert_int_equal(fileid_read(base_fd, "hard", &hard), 0);
    assert_int_equal(fileid_read(base_fd, "file", &file), 0);
    assert_true(fileid_is_same(&first, &hard));
    assert_false(fileid_is_same(&first, &file));
}

/*
 * Every combination. Mounts: not told, one, another. A cell has a letter for the same device and one for
 * another device: y(es) or n(o).
 */
static void foreign_is_decided_by_root_then_mount_then_device(void **state)
{
    (void)state;
    static const uint64_t mounts[] = {0, 21, 22};
    static const char expected[2][3][3][3] = {
        {{"ny", "ny", "ny"}, {"ny", "nn", "yy"}, {"ny", "yy", "nn"}},
        {{"yy", "yy", "yy"}, {"yy", "yy", "yy"}, {"yy", "yy", "yy"}},
    };
    for (size_t i = 0; i < 2 * 3 * 3 * 2 * 2; i++) {
        const size_t root = i % 2;
        const size_t above = i / 2 % 3;
        const size_t below = i / 6 % 3;
        const size_t device = i / 18 % 2;
        const struct fileid directory = {.device = 7,
                                         .inode = 1,
                                         .mount = mounts[above],
                                         .is_mount_root =
                                             i / 36 == 1}; /* the directory's own does not count */
        const struct fileid entry = {
            .device = 7 + device, .inode = 5, .mount = mounts[below], .is_mount_root = root == 1};
        const bool is_foreign = expected[root][above][below][device] == 'y';
        if (fileid_is_foreign(&directory, &entry) != is_foreign) {
            fail_msg("root %zu, mounts %zu and %zu, device %zu", root, above, below, device);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_of_all_types_are_read_as_lstat_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_name_is_the_descriptor_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_owner_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_mount_is_the_one_that_proc_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_mount_root_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_old_kernel_leaves_the_mount_0, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_statx_is_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_are_told_and_leave_the_result_alone, set_up, tear_down),
        cmocka_unit_test(the_same_file_is_device_and_inode),
        cmocka_unit_test_setup_teardown(two_names_of_a_file_are_the_same, set_up, tear_down),
        cmocka_unit_test(foreign_is_decided_by_root_then_mount_then_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
