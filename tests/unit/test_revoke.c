/* SPDX-License-Identifier: MIT */
/*
 * revoke: real sockets, and attackers that try to keep them. What an attacker would do at a certain moment,
 * a wrapped call does before it goes on; what a kernel or a container would refuse, it refuses.
 *
 * WRAP: openat statx fchownat chmod unlinkat syscall geteuid close malloc calloc realloc
 */
#include "testing.h"

#include "sandbox_init/revoke.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x00001000U
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif

enum {
    STRANGER = 12345, /* whose sockets are revoked */
    FDS_MAX = 1024,
    SKIPPED = 77, /* how a child says that it cannot be done here */
};

static const char name[] = "vscode-ssh-auth-1.sock";

static char base[64]; /* the test's directory, which is the working directory too */
static int base_fd;
static struct fileid base_id;
static int descriptors; /* open ones, before the test */

/* ---- the wrapped calls; they count, are disturbed and fail only inside of revoke_socket() ---- */

enum call {
    OPENAT,
    STATX,
    FCHOWNAT,
    FCHMODAT2,
    CHMOD,
    UNLINKAT,
    CAPGET,
    GETEUID,
    CLOSE,
    ALLOCATE,
    CALL_COUNT
};

static bool is_inside;
static int counts[CALL_COUNT];
static int errors[CALL_COUNT];       /* errno; 0: the call works */
static int errors_from[CALL_COUNT];  /* the first call that fails; 0 is the first too */
static int open_flags;               /* of the last openat(2) */
static uid_t shown_euid;             /* 0: the real one */
static bool is_kernel_old;           /* before Linux 5.8: tells neither a mount's number nor its root */
static void (*hook)(enum call call); /* called before each call; counts[] includes it */

/* Returns -1 with errno set when CALL is to fail. */
static int enter(enum call call)
{
    if (!is_inside) {
        return 0;
    }
    counts[call]++;
    if (hook != NULL) {
        is_inside = false;
        hook(call);
        is_inside = true;
    }
    if (errors[call] == 0 || counts[call] < errors_from[call]) {
        return 0;
    }
    errno = errors[call];
    return -1;
}

int __real_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...)
{
    open_flags = flags;
    return enter(OPENAT) < 0 ? -1 : __real_openat(dirfd, path, flags, 0600);
}

int __real_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status);
int __wrap_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status);
int __wrap_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status)
{
    if (enter(STATX) < 0) {
        return -1;
    }
    const int result = __real_statx(dirfd, path, flags, mask, status);
    if (is_kernel_old) {
        status->stx_mask &= ~STATX_MNT_ID;
        status->stx_attributes &= ~(uint64_t)STATX_ATTR_MOUNT_ROOT;
    }
    return result;
}

int __real_fchownat(int dirfd, const char *path, uid_t owner, gid_t group, int flags);
int __wrap_fchownat(int dirfd, const char *path, uid_t owner, gid_t group, int flags);
int __wrap_fchownat(int dirfd, const char *path, uid_t owner, gid_t group, int flags)
{
    return enter(FCHOWNAT) < 0 ? -1 : __real_fchownat(dirfd, path, owner, group, flags);
}

int __real_chmod(const char *path, mode_t mode);
int __wrap_chmod(const char *path, mode_t mode);
int __wrap_chmod(const char *path, mode_t mode)
{
    return enter(CHMOD) < 0 ? -1 : __real_chmod(path, mode);
}

int __real_unlinkat(int dirfd, const char *path, int flags);
int __wrap_unlinkat(int dirfd, const char *path, int flags);
int __wrap_unlinkat(int dirfd, const char *path, int flags)
{
    return enter(UNLINKAT) < 0 ? -1 : __real_unlinkat(dirfd, path, flags);
}

/* All system calls that are made by number are known, with their arguments. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list arguments;
    va_start(arguments, number);
    long result = -1;
    if (number == SYS_fchmodat2) {
        const int fd = va_arg(arguments, int);
        const char *path = va_arg(arguments, const char *);
        const int mode = va_arg(arguments, int);
        const int flags = va_arg(arguments, int);
        result = enter(FCHMODAT2) < 0 ? -1 : __real_syscall(number, fd, path, mode, flags);
    } else if (number == SYS_capget || number == SYS_capset) {
        void *header = va_arg(arguments, void *);
        void *data = va_arg(arguments, void *);
        result = enter(CAPGET) < 0 ? -1 : __real_syscall(number, header, data);
    } else {
        fail_msg("unexpected system call %ld", number);
    }
    va_end(arguments);
    return result;
}

uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);
uid_t __wrap_geteuid(void)
{
    enter(GETEUID);
    return shown_euid != 0 ? shown_euid : __real_geteuid();
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    enter(CLOSE);
    return __real_close(fd);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    enter(ALLOCATE);
    return __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    enter(ALLOCATE);
    return __real_calloc(count, size);
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    enter(ALLOCATE);
    return __real_realloc(memory, size);
}

static void stop_disturbing(void)
{
    hook = NULL;
    shown_euid = 0;
    is_inside = is_kernel_old = false;
    memset(counts, 0, sizeof counts);
    memset(errors, 0, sizeof errors);
    memset(errors_from, 0, sizeof errors_from);
}

static struct revoke_outcome look_or_revoke(const char *entry, bool is_dry)
{
    memset(counts, 0, sizeof counts);
    is_inside = true;
    const struct revoke_outcome outcome = revoke_socket(base_fd, &base_id, entry, is_dry);
    is_inside = false;
    return outcome;
}

static struct revoke_outcome revoke_entry(const char *entry)
{
    return look_or_revoke(entry, false);
}

/* ---- files ---- */

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

static int enter_base(void)
{
    base_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return base_fd < 0 ? -1 : fileid_read(base_fd, "", &base_id);
}

static int set_up(void **state)
{
    (void)state;
    stop_disturbing();
    umask(0);
    snprintf(base, sizeof base, "/tmp/test_revoke.XXXXXX");
    if (mkdtemp(base) == NULL || chdir(base) < 0 || chmod(base, 0755) < 0 || enter_base() < 0) {
        return -1;
    }
    descriptors = count_descriptors();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stop_disturbing();
    const int now = count_descriptors();
    close(base_fd);
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
    if (__real_geteuid() != 0) {
        print_message("skipped: only root can give files away\n");
        skip();
    }
}

/* Returns a listening socket, or -1. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 16) < 0) {
        return -1;
    }
    return fd;
}

/* A socket that belongs to OWNER; nobody listens on it. Returns 0 or -1. */
static int put_socket(const char *path, uid_t owner, mode_t mode)
{
    const int fd = listen_at(path);
    return fd < 0 || close(fd) < 0 || lchown(path, owner, owner) < 0 || fchmodat(AT_FDCWD, path, mode, 0) < 0
               ? -1
               : 0;
}

static void make_socket(const char *path, uid_t owner, mode_t mode)
{
    assert_int_equal(put_socket(path, owner, mode), 0);
}

static void make_file(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    close(fd);
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

/* Dead: owned by root with no permission left. */
static bool is_dead(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && status.st_uid == 0 && status.st_gid == 0 &&
           status.st_mode == S_IFSOCK;
}

static void expect_result(const struct revoke_outcome *outcome, enum revoke_result result, const char *step,
                          int error)
{
    if (outcome->result != result || outcome->error != error ||
        strcmp(outcome->step != NULL ? outcome->step : "", step) != 0) {
        fail_msg("%s, %s, %d instead of %s, %s, %d", revoke_result_name(outcome->result),
                 outcome->step != NULL ? outcome->step : "-", outcome->error, revoke_result_name(result),
                 step, error);
    }
    assert_true((outcome->step == NULL) == (outcome->error == 0));
}

static void expect_nothing_found(const struct revoke_outcome *outcome)
{
    const struct fileid *id = &outcome->id;
    assert_true(id->device == 0 && id->inode == 0 && id->mount == 0 && id->mode == 0 && id->owner == 0 &&
                id->links == 0 && !id->is_mount_root);
}

/* ---- children ---- */

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

static int run_child(int (*body)(void))
{
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
    return WEXITSTATUS(status);
}

static void expect_child(int (*body)(void))
{
    const int status = run_child(body);
    if (status == SKIPPED) {
        print_message("skipped: this kernel or container does not allow it\n");
        skip();
    }
    assert_int_equal(status, 0);
}

static int become_stranger(void)
{
    return setgroups(0, NULL) < 0 || setresgid(STRANGER, STRANGER, STRANGER) < 0 ||
                   setresuid(STRANGER, STRANGER, STRANGER) < 0
               ? -1
               : 0;
}

static int drop_capabilities(uint32_t first, bool is_effective_only)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    if (syscall(SYS_capget, &header, data) < 0) {
        return -1;
    }
    data[0].effective &= ~first;
    data[0].permitted &= is_effective_only ? UINT32_MAX : ~first;
    return syscall(SYS_capset, &header, data) < 0 ? -1 : 0;
}

/* ---- the point of it all ---- */

enum {
    CONNECTED = 1,          /* through the descriptor */
    CONNECTED_LINK = 2,     /* through the hard link */
    CHANGED = 4,            /* its mode, through the descriptor */
    CHANGED_LINK = 8,       /* through the hard link */
    CONNECTED_LATER = 16,   /* after having changed the mode */
    CONNECTED_BY_NAME = 32, /* by the name itself */
    EVERYTHING = 63,
};

static int held_fd; /* O_PATH */

static bool can_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool is_connected = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return is_connected;
}

/* What the socket's owner can do who has an O_PATH descriptor and a hard link. */
static int attack(void)
{
    char path[64];
    if (become_stranger() < 0) {
        return SKIPPED;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", held_fd);
    int done = can_connect(name) ? CONNECTED_BY_NAME : 0;
    done |= can_connect(path) ? CONNECTED : 0;
    done |= can_connect("hard-link") ? CONNECTED_LINK : 0;
    done |= chmod(path, 0777) == 0 ? CHANGED : 0;
    done |= chmod("hard-link", 0777) == 0 ? CHANGED_LINK : 0;
    done |= can_connect(path) && can_connect("hard-link") ? CONNECTED_LATER : 0;
    return done;
}

/* Makes a socket that is listened on and that an attacker holds on to. Returns who listens. */
static int make_prey(void)
{
    const int listener = listen_at(name);
    assert_true(listener >= 0);
    assert_int_equal(lchown(name, STRANGER, STRANGER), 0);
    assert_int_equal(fchmodat(AT_FDCWD, name, 0755, 0), 0);
    held_fd = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    assert_true(held_fd >= 0);
    assert_int_equal(link(name, "hard-link"), 0);
    return listener;
}

static void an_owner_that_held_on_to_it_can_do_nothing_any_more(void **state)
{
    (void)state;
    need_root();
    const int listener = make_prey();
    assert_int_equal(run_child(attack), EVERYTHING);
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_REVOKED, "", 0);
    assert_int_equal(run_child(attack), 0);
    close(held_fd);
    close(listener);
}

static void an_owner_keeps_what_was_only_unlinked(void **state)
{
    (void)state;
    need_root();
    const int listener = make_prey();
    assert_int_equal(unlink(name), 0);
    assert_int_equal(run_child(attack), EVERYTHING & ~CONNECTED_BY_NAME);
    close(held_fd);
    close(listener);
}

static void an_owner_gets_back_what_was_not_chowned(void **state)
{
    (void)state;
    need_root();
    const int listener = make_prey();
    errors[FCHOWNAT] = EPERM;
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_UNLINKED, "chown", -EPERM);
    assert_int_equal(run_child(attack), CHANGED | CHANGED_LINK | CONNECTED_LATER);
    close(held_fd);
    close(listener);
}

/* ---- the ordinary cases ---- */

static void a_socket_is_revoked(void **state)
{
    (void)state;
    need_root();
    make_socket(name, STRANGER, 0755);
    assert_int_equal(link(name, "hard-link"), 0);
    struct stat before;
    assert_int_equal(lstat(name, &before), 0);
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_REVOKED, "", 0);
    assert_true(outcome.is_harmless);
    assert_false(exists(name));
    assert_true(is_dead("hard-link"));
    /* What is told is what was found. */
    assert_int_equal(outcome.id.links, 2);
    assert_int_equal(outcome.id.mode, S_IFSOCK | 0755);
    assert_int_equal(outcome.id.owner, STRANGER);
    assert_int_equal(outcome.id.inode, before.st_ino);
    assert_int_equal(outcome.id.device, before.st_dev);
    assert_int_equal(counts[OPENAT], 1);
    assert_int_equal(open_flags & O_CLOEXEC, O_CLOEXEC);
    assert_int_equal(counts[ALLOCATE], 0);
}

static void nothing_is_gone(void **state)
{
    (void)state;
    for (int is_dry = 0; is_dry < 2; is_dry++) {
        const struct revoke_outcome outcome = look_or_revoke(name, is_dry != 0);
        expect_result(&outcome, REVOKE_GONE, "", 0);
        expect_nothing_found(&outcome);
        assert_false(outcome.is_harmless);
    }
}

/* Owner, mode and the time of the last change of either. */
static void expect_untouched(const char *path, const struct stat *before)
{
    struct stat now;
    assert_int_equal(lstat(path, &now), 0);
    assert_int_equal(now.st_ino, before->st_ino);
    assert_int_equal(now.st_mode, before->st_mode);
    assert_int_equal(now.st_uid, before->st_uid);
    assert_int_equal(now.st_nlink, before->st_nlink);
    assert_memory_equal(&now.st_ctim, &before->st_ctim, sizeof now.st_ctim);
}

static void what_is_no_socket_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"file", "directory", "fifo", "device", "block"};
    make_file("file");
    assert_int_equal(mkdir("directory", 0755), 0);
    assert_int_equal(mkfifo("fifo", 0666), 0);
    const bool has_devices = mknod("device", S_IFCHR | 0666, makedev(1, 3)) == 0 &&
                             mknod("block", S_IFBLK | 0666, makedev(7, 250)) == 0;
    for (size_t i = 0; i < (has_devices ? 5 : 3) * 2; i++) {
        const char *entry = names[i / 2];
        struct stat before;
        assert_int_equal(lstat(entry, &before), 0);
        const struct revoke_outcome outcome = look_or_revoke(entry, i % 2 == 1);
        expect_result(&outcome, REVOKE_NOT_SOCKET, "", 0);
        assert_int_equal(outcome.id.mode, before.st_mode);
        assert_false(outcome.is_harmless);
        assert_int_equal(counts[FCHOWNAT] + counts[FCHMODAT2] + counts[CHMOD] + counts[UNLINKAT], 0);
        expect_untouched(entry, &before);
    }
}

static void of_a_link_only_the_link_goes(void **state)
{
    (void)state;
    static const char *const targets[] = {"target.sock", "target.file", "directory", "nowhere", "self"};
    const int listener = listen_at("target.sock");
    assert_true(listener >= 0);
    make_file("target.file");
    assert_int_equal(mkdir("directory", 0755), 0);
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        const char *link_name = strcmp(targets[i], "self") == 0 ? "self" : name;
        struct stat before = {0};
        lstat(targets[i], &before);
        assert_int_equal(symlink(targets[i], link_name), 0);
        const struct revoke_outcome outcome = revoke_entry(link_name);
        expect_result(&outcome, REVOKE_LINK, "", 0);
        assert_true(S_ISLNK(outcome.id.mode));
        assert_false(outcome.is_harmless);
        assert_false(exists(link_name));
        assert_int_equal(counts[FCHOWNAT] + counts[FCHMODAT2] + counts[CHMOD], 0);
        if (before.st_ino != 0) {
            expect_untouched(targets[i], &before);
        }
    }
    assert_true(can_connect("target.sock"));
    close(listener);
}

static void a_dry_run_changes_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"vscode-ssh-auth-1.sock", "link"};
    make_socket(name, geteuid(), 0755);
    assert_int_equal(symlink(name, "link"), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct stat before;
        assert_int_equal(lstat(names[i], &before), 0);
        const struct revoke_outcome outcome = look_or_revoke(names[i], true);
        expect_result(&outcome, REVOKE_FOUND, "", 0);
        assert_int_equal(outcome.id.inode, before.st_ino);
        assert_false(outcome.is_harmless);
        assert_int_equal(counts[FCHOWNAT] + counts[FCHMODAT2] + counts[CHMOD] + counts[UNLINKAT], 0);
        expect_untouched(names[i], &before);
    }
}

/* ---- harmless or not ---- */

/* Whether everybody but root is kept out, seen from the file itself. */
static bool is_closed_to_all_but_root(int fd, uid_t original_owner)
{
    struct stat now;
    assert_int_equal(fstat(fd, &now), 0);
    /* What root made, root connects to all the same: that is never called final. */
    return original_owner != 0 && now.st_uid == 0 && (now.st_mode & 0022) == 0;
}

struct combination {
    uid_t owner;
    mode_t mode;
    bool may_chown;
    bool may_chmod;
    bool is_root; /* as far as the code can see */
};

static void expect_combination(const struct combination *row)
{
    make_socket(name, row->owner, row->mode);
    const int fd = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    assert_true(fd >= 0);
    errors[FCHOWNAT] = row->may_chown ? 0 : EROFS;
    errors[FCHMODAT2] = row->may_chmod ? 0 : EACCES;
    shown_euid = row->is_root ? 0 : STRANGER;
    const struct revoke_outcome outcome = revoke_entry(name);
    stop_disturbing();
    const bool is_harmless = is_closed_to_all_but_root(fd, row->owner);
    close(fd);
    const bool is_chown_tried = row->is_root && row->owner != 0;
    /* What was taken is closed whatever its mode was: its owner may have changed that right before. */
    const bool is_chmod_tried = row->mode != 0 || (is_chown_tried && row->may_chown);
    const char *step = is_chown_tried && !row->may_chown   ? "chown"
                       : is_chmod_tried && !row->may_chmod ? "chmod"
                                                           : "";
    const int error = strcmp(step, "chown") == 0 ? -EROFS : strcmp(step, "chmod") == 0 ? -EACCES : 0;
    if (outcome.is_harmless != is_harmless || outcome.error != error ||
        outcome.result != (is_harmless ? REVOKE_REVOKED : REVOKE_UNLINKED)) {
        fail_msg("owner %u, mode %o, chown %d, chmod %d, root %d: %s, harmless %d, error %d", row->owner,
                 row->mode, row->may_chown, row->may_chmod, row->is_root, revoke_result_name(outcome.result),
                 outcome.is_harmless, outcome.error);
    }
    assert_string_equal(outcome.step != NULL ? outcome.step : "", step);
    assert_false(exists(name));
}

static void harmless_is_told_in_every_combination(void **state)
{
    (void)state;
    static const mode_t modes[] = {0,    0100, 0200, 0700, 0755, 0775,  0757,
                                   0777, 0020, 0002, 0220, 0202, 04755, 01777};
    need_root();
    for (size_t i = 0; i < COUNT_OF(modes) * 16; i++) {
        const struct combination row = {
            .owner = i % 2 == 0 ? 0 : STRANGER,
            .may_chown = i / 2 % 2 == 0,
            .may_chmod = i / 4 % 2 == 0,
            .is_root = i / 8 % 2 == 0,
            .mode = modes[i / 16],
        };
        expect_combination(&row);
    }
}

static void what_holds_already_is_not_done_again(void **state)
{
    (void)state;
    need_root();
    make_socket(name, STRANGER, 0755);
    errors[UNLINKAT] = EBUSY;
    struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_FAILED, "unlink", -EBUSY);
    struct stat before;
    assert_int_equal(lstat(name, &before), 0);
    outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_FAILED, "unlink", -EBUSY);
    assert_int_equal(counts[FCHOWNAT] + counts[FCHMODAT2] + counts[CHMOD], 0);
    expect_untouched(name, &before);
    errors[UNLINKAT] = 0;
    outcome = revoke_entry(name);
    assert_false(exists(name));
}

/* ---- where the kernel refuses ---- */

static void a_name_that_cannot_be_removed_is_harmless_all_the_same(void **state)
{
    (void)state;
    static const int refusals[] = {EROFS, EBUSY, EIO, EACCES, EPERM, EISDIR};
    need_root();
    for (size_t i = 0; i < COUNT_OF(refusals) * 2; i++) {
        make_socket(name, STRANGER, 0755);
        errors[UNLINKAT] = refusals[i / 2];
        errors[FCHOWNAT] = i % 2 == 0 ? 0 : EPERM;
        const struct revoke_outcome outcome = revoke_entry(name);
        expect_result(&outcome, REVOKE_FAILED, "unlink", -refusals[i / 2]);
        assert_int_equal(outcome.is_harmless, i % 2 == 0);
        assert_int_equal(is_dead(name), i % 2 == 0);
        assert_int_equal(outcome.id.owner, STRANGER);
        assert_int_equal(unlink(name), 0);
    }
}

static void a_link_that_cannot_be_removed_has_failed(void **state)
{
    (void)state;
    assert_int_equal(symlink("nowhere", name), 0);
    errors[UNLINKAT] = EACCES;
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_FAILED, "unlink", -EACCES);
    assert_false(outcome.is_harmless);
    assert_true(exists(name));
}

static void failures_to_look_are_told(void **state)
{
    (void)state;
    make_socket(name, geteuid(), 0755);
    errors[OPENAT] = EMFILE;
    struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_FAILED, "open", -EMFILE);
    expect_nothing_found(&outcome);
    errors[OPENAT] = 0;
    errors[STATX] = EIO;
    outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_FAILED, "stat", -EIO);
    expect_nothing_found(&outcome);
    errors_from[STATX] = 2; /* when the name is looked at once more */
    outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_FAILED, "unlink", -EIO);
    assert_true(exists(name));
    assert_int_equal(counts[UNLINKAT], 0);

    char long_name[NAME_MAX + 2];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    stop_disturbing();
    outcome = revoke_entry(long_name);
    expect_result(&outcome, REVOKE_FAILED, "open", -ENAMETOOLONG);
}

/* ---- chmod through a descriptor, on old kernels and in odd containers ---- */

static void without_fchmodat2_proc_leads_to_the_file(void **state)
{
    (void)state;
    static const int answers[] = {ENOSYS, EPERM, EINVAL};
    need_root();
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        make_socket(name, STRANGER, 0777);
        assert_int_equal(link(name, "hard-link"), 0);
        errors[FCHMODAT2] = answers[i];
        const struct revoke_outcome outcome = revoke_entry(name);
        expect_result(&outcome, REVOKE_REVOKED, "", 0);
        assert_int_equal(counts[CHMOD], 1);
        assert_true(is_dead("hard-link"));
        assert_int_equal(unlink("hard-link"), 0);
    }
}

static void other_errors_of_fchmodat2_are_final(void **state)
{
    (void)state;
    static const int answers[] = {EIO, EROFS, EACCES};
    need_root();
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        make_socket(name, STRANGER, 0777);
        errors[FCHMODAT2] = answers[i];
        const struct revoke_outcome outcome = revoke_entry(name);
        expect_result(&outcome, REVOKE_UNLINKED, "chmod", -answers[i]);
        assert_int_equal(counts[CHMOD], 0);
    }
}

static void when_both_ways_fail_the_second_error_is_told(void **state)
{
    (void)state;
    need_root();
    make_socket(name, STRANGER, 0777);
    errors[FCHMODAT2] = ENOSYS;
    errors[CHMOD] = EROFS;
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_UNLINKED, "chmod", -EROFS);
}

static void fchmodat2_is_enough_where_it_works(void **state)
{
    (void)state;
    need_root();
    make_file("probe");
    const int fd = open("probe", O_PATH | O_CLOEXEC);
    const bool has_call = syscall(SYS_fchmodat2, fd, "", 0600, AT_EMPTY_PATH) == 0;
    close(fd);
    if (!has_call) {
        print_message("skipped: this kernel has no fchmodat2(2)\n");
        skip();
    }
    make_socket(name, STRANGER, 0777);
    errors[CHMOD] = EIO;
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_REVOKED, "", 0);
    assert_int_equal(counts[FCHMODAT2], 1);
    assert_int_equal(counts[CHMOD], 0);
}

/* A container's filter that does not know the call. */
static int revoke_behind_filter(uint32_t answer)
{
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmodat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {.len = COUNT_OF(instructions), .filter = instructions};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
        return SKIPPED;
    }
    EXPECT(put_socket(name, STRANGER, 0777) == 0);
    EXPECT(link(name, "hard-link") == 0);
    const struct revoke_outcome outcome = revoke_entry(name);
    EXPECT(outcome.result == REVOKE_REVOKED && outcome.error == 0);
    EXPECT(counts[CHMOD] == 1);
    EXPECT(is_dead("hard-link"));
    EXPECT(unlink("hard-link") == 0);
    return 0;
}

static int revoke_behind_docker(void)
{
    return revoke_behind_filter(EPERM);
}

static int revoke_behind_podman(void)
{
    return revoke_behind_filter(ENOSYS);
}

static void a_seccomp_filter_against_fchmodat2_is_got_round(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_behind_docker);
    expect_child(revoke_behind_podman);
}

/* ---- without the means ---- */

static int revoke_without_cap_chown(void)
{
    EXPECT(put_socket(name, STRANGER, 0755) == 0);
    EXPECT(link(name, "hard-link") == 0);
    EXPECT(revoke_is_final());
    if (drop_capabilities(1U << CAP_CHOWN, false) < 0) {
        return SKIPPED;
    }
    EXPECT(!revoke_is_final());
    const struct revoke_outcome outcome = revoke_entry(name);
    EXPECT(outcome.result == REVOKE_UNLINKED && outcome.error == -EPERM &&
           strcmp(outcome.step, "chown") == 0);
    EXPECT(!outcome.is_harmless && !exists(name));
    struct stat status;
    EXPECT(lstat("hard-link", &status) == 0 && status.st_uid == STRANGER && status.st_mode == S_IFSOCK);
    return 0;
}

static void without_cap_chown_it_is_degraded(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_without_cap_chown);
}

static int revoke_without_capabilities(void)
{
    EXPECT(put_socket(name, STRANGER, 0755) == 0);
    EXPECT(link(name, "hard-link") == 0);
    if (drop_capabilities(UINT32_MAX, false) < 0) {
        return SKIPPED;
    }
    const struct revoke_outcome outcome = revoke_entry(name);
    EXPECT(outcome.result == REVOKE_UNLINKED && outcome.error == -EPERM &&
           strcmp(outcome.step, "chown") == 0);
    EXPECT(!outcome.is_harmless && !exists(name));
    struct stat status;
    EXPECT(lstat("hard-link", &status) == 0 && status.st_mode == (S_IFSOCK | 0755));
    return 0;
}

static void without_any_capability_the_name_goes_at_least(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_without_capabilities);
}

/* As /tmp is. Once the socket is root's, root needs no further capability, not even to remove it. */
static int revoke_with_cap_chown_only(void)
{
    EXPECT(chmod(".", 01777) == 0 && put_socket(name, STRANGER, 0777) == 0 && link(name, "hard-link") == 0);
    if (drop_capabilities(~(1U << CAP_CHOWN), false) < 0) {
        return SKIPPED;
    }
    const struct revoke_outcome outcome = revoke_entry(name);
    EXPECT(outcome.result == REVOKE_REVOKED && outcome.error == 0 && outcome.is_harmless);
    EXPECT(!exists(name) && is_dead("hard-link"));
    return 0;
}

static void cap_chown_alone_is_enough(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_with_cap_chown_only);
}

static int revoke_own_as_stranger(void)
{
    if (__real_geteuid() == 0) {
        EXPECT(chown(".", STRANGER, STRANGER) == 0);
        EXPECT(become_stranger() == 0);
    }
    EXPECT(!revoke_is_final());
    EXPECT(put_socket(name, geteuid(), 0755) == 0);
    EXPECT(link(name, "hard-link") == 0);
    const struct revoke_outcome outcome = revoke_entry(name);
    EXPECT(outcome.result == REVOKE_UNLINKED && outcome.error == 0 && outcome.step == NULL);
    EXPECT(!outcome.is_harmless && !exists(name));
    EXPECT(counts[FCHOWNAT] == 0);
    struct stat status;
    EXPECT(lstat("hard-link", &status) == 0 && status.st_uid == geteuid() && status.st_mode == S_IFSOCK);
    return 0;
}

static void as_the_owner_it_is_degraded(void **state)
{
    (void)state;
    expect_child(revoke_own_as_stranger);
}

static int revoke_others_as_stranger(void)
{
    EXPECT(put_socket(name, STRANGER + 1, 0777) == 0 && put_socket("own", STRANGER, 0755) == 0);
    EXPECT(mkdir("closed", 0700) == 0 && put_socket("closed/vscode", STRANGER, 0755) == 0);
    const int closed_fd = open("closed", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat status;
    EXPECT(closed_fd >= 0 && become_stranger() == 0);
    struct revoke_outcome outcome = revoke_entry(name); /* in a directory that is root's */
    EXPECT(outcome.result == REVOKE_FAILED && outcome.error == -EACCES &&
           strcmp(outcome.step, "unlink") == 0);
    EXPECT(!outcome.is_harmless && lstat(name, &status) == 0 && status.st_mode == (S_IFSOCK | 0777));
    outcome = revoke_entry("own");
    EXPECT(outcome.result == REVOKE_FAILED && outcome.error == -EACCES &&
           strcmp(outcome.step, "unlink") == 0);
    EXPECT(!outcome.is_harmless && lstat("own", &status) == 0 && status.st_mode == S_IFSOCK);
    outcome = revoke_socket(closed_fd, &base_id, "vscode", false);
    EXPECT(outcome.result == REVOKE_FAILED && outcome.error == -EACCES && strcmp(outcome.step, "open") == 0);
    return 0;
}

static void others_sockets_are_out_of_an_ordinary_users_reach(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_others_as_stranger);
}

static int judge_as_stranger(void)
{
    EXPECT(become_stranger() == 0);
    EXPECT(!revoke_is_final());
    return 0;
}

static int judge_without_effective(void)
{
    if (drop_capabilities(1U << CAP_CHOWN, true) < 0) {
        return SKIPPED;
    }
    EXPECT(!revoke_is_final());
    return 0;
}

static int judge_without_others(void)
{
    if (drop_capabilities(~(1U << CAP_CHOWN), false) < 0) {
        return SKIPPED;
    }
    EXPECT(revoke_is_final());
    return 0;
}

static int judge_without_capget(void)
{
    errors[CAPGET] = EINVAL;
    is_inside = true;
    EXPECT(!revoke_is_final());
    return 0;
}

static void final_is_root_with_cap_chown(void **state)
{
    (void)state;
    need_root();
    expect_child(judge_as_stranger);
    expect_child(judge_without_effective);
    expect_child(judge_without_others);
    expect_child(judge_without_capget);
    shown_euid = STRANGER; /* all capabilities, but not root: what is chowned to root stays another's */
    assert_false(revoke_is_final());
}

/* ---- mounts ---- */

/* The test's directory is entered again: a descriptor from before leads to the mounts of before. */
static int enter_private_mounts(void)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
        return -1;
    }
    return chdir(base) < 0 || close(base_fd) < 0 ? -1 : enter_base();
}

static bool is_refused_as_mount(const char *source)
{
    struct stat before;
    struct stat after;
    if (lstat(source, &before) < 0) {
        return false;
    }
    for (int is_dry = 0; is_dry < 2; is_dry++) {
        const struct revoke_outcome outcome = look_or_revoke(name, is_dry != 0);
        if (outcome.result != REVOKE_MOUNT || outcome.error != 0 || outcome.is_harmless ||
            !S_ISSOCK(outcome.id.mode)) {
            return false;
        }
    }
    return exists(name) && lstat(source, &after) == 0 && after.st_mode == before.st_mode &&
           after.st_uid == before.st_uid &&
           memcmp(&after.st_ctim, &before.st_ctim, sizeof after.st_ctim) == 0;
}

/* The mount's number and root tell a bind mount even of the same file system. */
static int revoke_bind_mount(void)
{
    if (enter_private_mounts() < 0) {
        return SKIPPED;
    }
    EXPECT(put_socket("host.sock", STRANGER, 0755) == 0 && put_socket(name, STRANGER, 0755) == 0);
    EXPECT(mount("host.sock", name, "none", MS_BIND, NULL) == 0);
    struct fileid id;
    EXPECT(fileid_read(base_fd, name, &id) == 0);
    if (id.mount == 0) {
        return SKIPPED;
    }
    EXPECT(id.device == base_id.device);
    EXPECT(is_refused_as_mount("host.sock"));
    return 0;
}

static void a_bind_mount_of_the_same_file_system_is_refused(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_bind_mount);
}

/* Where the kernel tells neither, the device decides: it cannot tell this one, and unlink(2) fails. */
static int revoke_bind_mount_on_old_kernel(void)
{
    if (enter_private_mounts() < 0) {
        return SKIPPED;
    }
    EXPECT(put_socket("host.sock", STRANGER, 0755) == 0 && put_socket(name, STRANGER, 0755) == 0);
    EXPECT(mount("host.sock", name, "none", MS_BIND, NULL) == 0);
    is_kernel_old = true;
    EXPECT(fileid_read(base_fd, "", &base_id) == 0 && base_id.mount == 0);
    const struct revoke_outcome outcome = revoke_entry(name);
    EXPECT(outcome.result == REVOKE_FAILED && outcome.error == -EBUSY && strcmp(outcome.step, "unlink") == 0);
    EXPECT(exists(name));
    return 0;
}

static int revoke_foreign_mount(bool is_old)
{
    if (enter_private_mounts() < 0) {
        return SKIPPED;
    }
    EXPECT(mkdir("host", 0755) == 0 && mount("tmpfs", "host", "tmpfs", 0, NULL) == 0);
    EXPECT(put_socket("host/agent.sock", STRANGER, 0755) == 0 && put_socket(name, STRANGER, 0755) == 0);
    EXPECT(mount("host/agent.sock", name, "none", MS_BIND, NULL) == 0);
    is_kernel_old = is_old;
    EXPECT(fileid_read(base_fd, "", &base_id) == 0 && (!is_old || base_id.mount == 0));
    EXPECT(is_refused_as_mount("host/agent.sock"));
    return 0;
}

static int revoke_foreign_mount_on_new_kernel(void)
{
    return revoke_foreign_mount(false);
}

static int revoke_foreign_mount_on_old_kernel(void)
{
    return revoke_foreign_mount(true);
}

static void a_bind_mount_from_another_device_is_refused(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_foreign_mount_on_new_kernel);
}

static void without_mount_numbers_the_device_decides(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_foreign_mount_on_old_kernel);
}

static void without_mount_numbers_a_bind_mount_cannot_be_removed(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_bind_mount_on_old_kernel);
}

/* A directory that is a mount itself, as /run often is: what is in it is not foreign. */
static int revoke_in_mounted_directory(void)
{
    if (enter_private_mounts() < 0) {
        return SKIPPED;
    }
    EXPECT(mkdir("run", 0755) == 0 && mount("tmpfs", "run", "tmpfs", 0, NULL) == 0 && chdir("run") == 0);
    EXPECT(close(base_fd) == 0 && enter_base() == 0);
    EXPECT(put_socket(name, STRANGER, 0755) == 0);
    const struct revoke_outcome outcome = revoke_entry(name);
    EXPECT(outcome.result == REVOKE_REVOKED && !exists(name));
    return 0;
}

static void a_mounted_directory_is_no_obstacle(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_in_mounted_directory);
}

static int revoke_on_read_only_file_system(void)
{
    if (enter_private_mounts() < 0) {
        return SKIPPED;
    }
    EXPECT(mkdir("run", 0755) == 0 && mount("tmpfs", "run", "tmpfs", 0, NULL) == 0 && chdir("run") == 0);
    EXPECT(put_socket(name, STRANGER, 0755) == 0);
    EXPECT(mount("tmpfs", "../run", "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == 0);
    EXPECT(close(base_fd) == 0 && enter_base() == 0);
    const struct revoke_outcome outcome = revoke_entry(name);
    EXPECT(outcome.result == REVOKE_FAILED && outcome.error == -EROFS && strcmp(outcome.step, "unlink") == 0);
    EXPECT(!outcome.is_harmless && exists(name));
    return 0;
}

static void a_read_only_file_system_is_told(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_on_read_only_file_system);
}

/* Neither of the two ways to chmod: the owner is taken away, which leaves only write permission of others. */
static int revoke_without_proc(void)
{
    if (enter_private_mounts() < 0 || umount2("/proc", MNT_DETACH) < 0 || access("/proc/self", F_OK) == 0) {
        return SKIPPED;
    }
    errors[FCHMODAT2] = ENOSYS;
    EXPECT(put_socket(name, STRANGER, 0777) == 0);
    struct revoke_outcome outcome = revoke_entry(name);
    EXPECT(outcome.result == REVOKE_UNLINKED && outcome.error == -ENOENT &&
           strcmp(outcome.step, "chmod") == 0);
    EXPECT(!outcome.is_harmless);
    EXPECT(put_socket(name, STRANGER, 0755) == 0);
    outcome = revoke_entry(name);
    EXPECT(outcome.result == REVOKE_REVOKED && outcome.is_harmless);
    return 0;
}

static void without_proc_and_fchmodat2_the_owner_is_taken(void **state)
{
    (void)state;
    need_root();
    expect_child(revoke_without_proc);
}

/* ---- names that are exchanged or vanish between the looks ---- */

static enum call disturbed_call;
static int disturbed_nth; /* 0: each time */
static int disturbances;
static void (*disturb)(void);

static void disturb_then(enum call call)
{
    if (call == disturbed_call && (disturbed_nth == 0 || counts[call] == disturbed_nth)) {
        disturbances++;
        disturb();
    }
}

static void plan(enum call call, int nth, void (*what)(void))
{
    stop_disturbing();
    disturbed_call = call;
    disturbed_nth = nth;
    disturb = what;
    disturbances = 0;
    hook = disturb_then;
}

static void move_away(void)
{
    char kept[32];
    snprintf(kept, sizeof kept, "kept-%d", disturbances);
    assert_int_equal(rename(name, kept), 0);
}

static void exchange_socket(void)
{
    move_away();
    make_socket(name, STRANGER, 0755);
}

static void exchange_file(void)
{
    move_away();
    make_file(name);
}

static void exchange_link(void)
{
    move_away();
    assert_int_equal(symlink("other", name), 0);
}

static void exchange_directory(void)
{
    move_away();
    assert_int_equal(mkdir(name, 0755), 0);
}

static void remove_it(void)
{
    assert_int_equal(unlink(name), 0);
}

/* The moments at which somebody can come in between, before the name is looked at for the last time. */
static const struct {
    enum call call;
    int nth;
    int looks; /* that it takes then */
} moments[] = {{OPENAT, 1, 1}, {STATX, 1, 2}, {FCHOWNAT, 1, 2}, {FCHMODAT2, 1, 2}, {STATX, 2, 2}};

static void a_socket_that_is_exchanged_is_met_at_the_next_look(void **state)
{
    (void)state;
    need_root();
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        make_socket(name, STRANGER, 0755);
        plan(moments[i].call, moments[i].nth, exchange_socket);
        const struct revoke_outcome outcome = revoke_entry(name);
        expect_result(&outcome, REVOKE_REVOKED, "", 0);
        assert_int_equal(disturbances, 1);
        assert_int_equal(counts[OPENAT], moments[i].looks);
        assert_false(exists(name));
        /* The first was opened in time, except where the exchange came before. */
        assert_int_equal(is_dead("kept-1"), moments[i].looks == 2);
        assert_int_equal(unlink("kept-1"), 0);
    }
}

static void a_file_that_is_put_there_meanwhile_stays(void **state)
{
    (void)state;
    need_root();
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        make_socket(name, STRANGER, 0755);
        plan(moments[i].call, moments[i].nth, exchange_file);
        const struct revoke_outcome outcome = revoke_entry(name);
        expect_result(&outcome, REVOKE_NOT_SOCKET, "", 0);
        assert_false(outcome.is_harmless);
        struct stat status;
        assert_int_equal(lstat(name, &status), 0);
        assert_int_equal(status.st_mode, S_IFREG | 0644);
        assert_int_equal(is_dead("kept-1"), moments[i].looks == 2);
        assert_int_equal(unlink("kept-1"), 0);
        assert_int_equal(unlink(name), 0);
    }
}

static void a_link_that_is_put_there_meanwhile_leads_nowhere(void **state)
{
    (void)state;
    need_root();
    make_socket("other", STRANGER, 0755);
    struct stat before;
    assert_int_equal(lstat("other", &before), 0);
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        make_socket(name, STRANGER, 0755);
        plan(moments[i].call, moments[i].nth, exchange_link);
        const struct revoke_outcome outcome = revoke_entry(name);
        expect_result(&outcome, REVOKE_LINK, "", 0);
        assert_false(exists(name));
        expect_untouched("other", &before);
        assert_int_equal(unlink("kept-1"), 0);
    }
}

static void a_link_that_is_exchanged_for_another_is_met_too(void **state)
{
    (void)state;
    assert_int_equal(symlink("first", name), 0);
    plan(STATX, 2, exchange_link);
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_LINK, "", 0);
    assert_int_equal(counts[OPENAT], 2);
    assert_false(exists(name));
    assert_true(exists("kept-1"));
}

static void a_directory_that_is_put_there_last_is_not_removed(void **state)
{
    (void)state;
    need_root();
    make_socket(name, STRANGER, 0755);
    plan(UNLINKAT, 1, exchange_directory);
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_FAILED, "unlink", -EISDIR);
    assert_true(outcome.is_harmless);
    assert_true(is_dead("kept-1"));
    assert_true(exists(name));
}

static void a_name_that_is_exchanged_for_ever_is_given_up(void **state)
{
    (void)state;
    need_root();
    make_socket(name, STRANGER, 0755);
    plan(STATX, 0, exchange_socket);
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_CHANGED, "", 0);
    assert_int_equal(counts[OPENAT], 3);
    assert_int_equal(counts[UNLINKAT], 0);
    assert_true(exists(name));
    int total = 0;
    for (size_t i = 0; i < CALL_COUNT; i++) {
        total += counts[i];
    }
    assert_in_range(total, 1, 3 * 12);
    assert_int_equal(counts[ALLOCATE], 0);
}

/* The second statx(2) of a look is the one of the name. */
static void exchange_at_first_two_looks(void)
{
    if (counts[STATX] == 2 || counts[STATX] == 4) {
        exchange_socket();
    }
}

static void what_stays_at_the_third_look_is_revoked(void **state)
{
    (void)state;
    need_root();
    make_socket(name, STRANGER, 0755);
    plan(STATX, 0, exchange_at_first_two_looks);
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_REVOKED, "", 0);
    assert_int_equal(counts[OPENAT], 3);
    assert_false(exists(name));
    assert_true(is_dead("kept-2"));
    assert_true(is_dead("kept-4"));
}

static void one_that_vanishes_after_it_was_opened_is_revoked(void **state)
{
    (void)state;
    static const struct {
        enum call call;
        int nth;
    } later[] = {{STATX, 1}, {FCHOWNAT, 1}, {FCHMODAT2, 1}, {STATX, 2}, {UNLINKAT, 1}};
    static void (*const ways[])(void) = {remove_it, move_away};
    need_root();
    for (size_t i = 0; i < COUNT_OF(later) * 4; i++) {
        const bool may_chown = i / 2 % 2 == 0;
        make_socket(name, STRANGER, 0755);
        plan(later[i / 4].call, later[i / 4].nth, ways[i % 2]);
        errors[FCHOWNAT] = may_chown ? 0 : EPERM;
        const struct revoke_outcome outcome = revoke_entry(name);
        assert_int_equal(disturbances, 1);
        assert_int_equal(outcome.result, may_chown ? REVOKE_REVOKED : REVOKE_GONE);
        assert_int_equal(outcome.is_harmless, may_chown);
        assert_int_equal(outcome.id.owner, STRANGER);
        if (i % 2 == 1) {
            assert_int_equal(is_dead("kept-1"), may_chown);
            assert_int_equal(unlink("kept-1"), 0);
        }
    }
}

static void one_that_vanishes_before_it_was_opened_is_gone(void **state)
{
    (void)state;
    make_socket(name, geteuid(), 0755);
    plan(OPENAT, 1, remove_it);
    const struct revoke_outcome outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_GONE, "", 0);
    expect_nothing_found(&outcome);
}

static void a_link_that_vanishes_is_gone(void **state)
{
    (void)state;
    static const struct {
        enum call call;
        int nth;
    } later[] = {{STATX, 1}, {STATX, 2}, {UNLINKAT, 1}};
    for (size_t i = 0; i < COUNT_OF(later); i++) {
        assert_int_equal(symlink("nowhere", name), 0);
        plan(later[i].call, later[i].nth, remove_it);
        const struct revoke_outcome outcome = revoke_entry(name);
        expect_result(&outcome, REVOKE_GONE, "", 0);
    }
}

static void exchange_then_remove(void)
{
    if (counts[STATX] == 2) {
        exchange_socket();
    } else if (counts[STATX] == 3) {
        remove_it();
    }
}

/* Exchanged at the first look, gone at the second: what was opened counts. */
static void one_that_is_exchanged_and_vanishes_is_revoked(void **state)
{
    (void)state;
    need_root();
    make_socket(name, STRANGER, 0755);
    plan(STATX, 0, exchange_then_remove);
    struct revoke_outcome outcome = revoke_entry(name);
    assert_int_equal(outcome.result, REVOKE_REVOKED);
    assert_true(is_dead("kept-2"));
    assert_int_equal(unlink("kept-2"), 0);

    /* Gone before the second look could open it. */
    make_socket(name, STRANGER, 0755);
    struct stat first;
    assert_int_equal(lstat(name, &first), 0);
    plan(STATX, 2, exchange_socket);
    errors[OPENAT] = ENOENT;
    errors_from[OPENAT] = 2;
    outcome = revoke_entry(name);
    expect_result(&outcome, REVOKE_REVOKED, "", 0);
    assert_int_equal(outcome.id.inode, first.st_ino);
    assert_true(is_dead("kept-1"));
}

static void open_to_all(void)
{
    assert_int_equal(fchmodat(AT_FDCWD, name, 0777, 0), 0);
}

/* What is read before the chown is worth nothing: until then it is the owner who decides about the mode. */
static void one_that_is_opened_right_before_the_chown_is_closed(void **state)
{
    (void)state;
    static const mode_t modes[] = {0, 0200, 0777};
    need_root();
    for (size_t i = 0; i < COUNT_OF(modes) * 4; i++) {
        make_socket(name, STRANGER, modes[i / 4]);
        const int fd = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        assert_true(fd >= 0);
        plan(FCHOWNAT, 0, open_to_all);
        errors[FCHMODAT2] = i % 2 == 0 ? 0 : ENOSYS;
        errors[UNLINKAT] = i / 2 % 2 == 0 ? 0 : EBUSY;
        const struct revoke_outcome outcome = revoke_entry(name);
        const bool is_gone = errors[UNLINKAT] == 0;
        stop_disturbing();
        expect_result(&outcome, is_gone ? REVOKE_REVOKED : REVOKE_FAILED, is_gone ? "" : "unlink",
                      is_gone ? 0 : -EBUSY);
        assert_true(outcome.is_harmless);
        assert_int_equal(disturbances, 1);
        struct stat now;
        assert_int_equal(fstat(fd, &now), 0);
        assert_int_equal(now.st_mode, S_IFSOCK);
        assert_int_equal(now.st_uid, 0);
        assert_int_equal(now.st_gid, 0);
        close(fd);
        assert_int_equal(unlink(name), is_gone ? -1 : 0);
    }
}

/* ---- names ---- */

static void every_result_has_its_name(void **state)
{
    (void)state;
    static const struct {
        enum revoke_result result;
        const char *word;
    } rows[] = {
        {REVOKE_REVOKED, "revoked"}, {REVOKE_UNLINKED, "unlinked"}, {REVOKE_LINK, "link"},
        {REVOKE_FOUND, "found"},     {REVOKE_GONE, "gone"},         {REVOKE_NOT_SOCKET, "not-a-socket"},
        {REVOKE_MOUNT, "mount"},     {REVOKE_CHANGED, "changed"},   {REVOKE_FAILED, "failed"},
    };
    assert_int_equal(COUNT_OF(rows), REVOKE_RESULT_COUNT);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(rows[i].result, i);
        assert_string_equal(revoke_result_name(rows[i].result), rows[i].word);
    }
    assert_string_equal(revoke_result_name(REVOKE_RESULT_COUNT), "unknown");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_owner_that_held_on_to_it_can_do_nothing_any_more),
        CASE(an_owner_keeps_what_was_only_unlinked),
        CASE(an_owner_gets_back_what_was_not_chowned),
        CASE(a_socket_is_revoked),
        CASE(nothing_is_gone),
        CASE(what_is_no_socket_is_refused),
        CASE(of_a_link_only_the_link_goes),
        CASE(a_dry_run_changes_nothing),
        CASE(harmless_is_told_in_every_combination),
        CASE(what_holds_already_is_not_done_again),
        CASE(a_name_that_cannot_be_removed_is_harmless_all_the_same),
        CASE(a_link_that_cannot_be_removed_has_failed),
        CASE(failures_to_look_are_told),
        CASE(without_fchmodat2_proc_leads_to_the_file),
        CASE(other_errors_of_fchmodat2_are_final),
        CASE(when_both_ways_fail_the_second_error_is_told),
        CASE(fchmodat2_is_enough_where_it_works),
        CASE(a_seccomp_filter_against_fchmodat2_is_got_round),
        CASE(without_cap_chown_it_is_degraded),
        CASE(without_any_capability_the_name_goes_at_least),
        CASE(cap_chown_alone_is_enough),
        CASE(as_the_owner_it_is_degraded),
        CASE(others_sockets_are_out_of_an_ordinary_users_reach),
        CASE(final_is_root_with_cap_chown),
        CASE(a_bind_mount_of_the_same_file_system_is_refused),
        CASE(a_bind_mount_from_another_device_is_refused),
        CASE(without_mount_numbers_the_device_decides),
        CASE(without_mount_numbers_a_bind_mount_cannot_be_removed),
        CASE(a_mounted_directory_is_no_obstacle),
        CASE(a_read_only_file_system_is_told),
        CASE(without_proc_and_fchmodat2_the_owner_is_taken),
        CASE(a_socket_that_is_exchanged_is_met_at_the_next_look),
        CASE(a_file_that_is_put_there_meanwhile_stays),
        CASE(a_link_that_is_put_there_meanwhile_leads_nowhere),
        CASE(a_link_that_is_exchanged_for_another_is_met_too),
        CASE(a_directory_that_is_put_there_last_is_not_removed),
        CASE(a_name_that_is_exchanged_for_ever_is_given_up),
        CASE(what_stays_at_the_third_look_is_revoked),
        CASE(one_that_vanishes_after_it_was_opened_is_revoked),
        CASE(one_that_vanishes_before_it_was_opened_is_gone),
        CASE(a_link_that_vanishes_is_gone),
        CASE(one_that_is_exchanged_and_vanishes_is_revoked),
        CASE(one_that_is_opened_right_before_the_chown_is_closed),
        cmocka_unit_test(every_result_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
