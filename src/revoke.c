/* SPDX-License-Identifier: MIT */
#include "sandbox_init/revoke.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 6.6; the number is the same on every architecture, and newer than some libc headers. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

enum {
    LOOKS_MAX =
        3, /* an attacker can exchange the name for ever; who exchanges it causes an event each time */
};

/* chmod(2) through an O_PATH descriptor. Before Linux 6.6 only a path in /proc leads through it. */
static int chmod_none(int fd)
{
    if (syscall(SYS_fchmodat2, fd, "", 0, AT_EMPTY_PATH) == 0) {
        return 0;
    }
    /* EPERM too: seccomp filters older than the call answer so. */
    if (errno != ENOSYS && errno != EPERM && errno != EINVAL) {
        return -errno;
    }
    char path[sizeof "/proc/self/fd/" + 11];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return chmod(path, 0) < 0 ? -errno : 0;
}

static struct revoke_outcome ended(struct revoke_outcome outcome, enum revoke_result result)
{
    outcome.result = result;
    return outcome;
}

static struct revoke_outcome failed(struct revoke_outcome outcome, const char *step, int error)
{
    outcome.result = REVOKE_FAILED;
    outcome.step = step;
    outcome.error = error;
    return outcome;
}

/* The name went away meanwhile: final all the same if its owner cannot undo what was done to the file. */
static struct revoke_outcome gone(struct revoke_outcome outcome)
{
    return ended(outcome, outcome.is_harmless ? REVOKE_REVOKED : REVOKE_GONE);
}

static void note_error(struct revoke_outcome *outcome, const char *step, int error)
{
    if (outcome->error == 0) {
        outcome->step = step;
        outcome->error = error;
    }
}

/* May only the owner write to it, which is what connect(2) needs? */
static bool is_closed(int fd)
{
    struct fileid now;
    return fileid_read(fd, "", &now) == 0 && (now.mode & 0022) == 0;
}

/*
 * Makes the socket behind FD unconnectable, as far as we can, before anything slower is done.
 * What already holds is not done again: each change would be an event that wakes the guard.
 */
static void disarm(int fd, struct revoke_outcome *outcome)
{
    /* What root made is root's already, and root needs no permission to connect. */
    bool was_taken = false;
    if (outcome->id.owner != 0 && geteuid() == 0) {
        was_taken = fchownat(fd, "", 0, 0, AT_EMPTY_PATH) == 0;
        if (!was_taken) {
            note_error(outcome, "chown", -errno);
        }
    }
    /* Until the chown its owner could change the mode: what was read before it does not count then. */
    const bool may_be_open = was_taken || (outcome->id.mode & 07777) != 0;
    const int result = may_be_open ? chmod_none(fd) : 0;
    if (result < 0) {
        note_error(outcome, "chmod", result);
    }
    outcome->is_harmless = was_taken && (result == 0 || is_closed(fd));
}

/* Removes NAME if it still is the file that was decided about. */
static struct revoke_outcome remove_name(int dirfd, const char *name, struct revoke_outcome outcome,
                                         enum revoke_result done)
{
    struct fileid now;
    int result = fileid_read(dirfd, name, &now);
    if (result == 0 && !fileid_is_same(&now, &outcome.id)) {
        return ended(outcome, REVOKE_CHANGED);
    }
    if (result == 0 && unlinkat(dirfd, name, 0) < 0) {
        result = -errno;
    }
    if (result == -ENOENT) {
        return gone(outcome);
    }
    if (result < 0) {
        return failed(outcome, "unlink", result);
    }
    return ended(outcome, done);
}

static struct revoke_outcome revoke_open(int dirfd, const struct fileid *directory, const char *name, int fd,
                                         bool is_dry)
{
    struct revoke_outcome outcome = {.result = REVOKE_GONE};
    const int result = fileid_read(fd, "", &outcome.id);
    if (result < 0) {
        return failed(outcome, "stat", result);
    }
    const bool is_link = S_ISLNK(outcome.id.mode);
    if (!is_link && !S_ISSOCK(outcome.id.mode)) {
        return ended(outcome, REVOKE_NOT_SOCKET);
    }
    if (fileid_is_foreign(directory, &outcome.id)) {
        return ended(outcome, REVOKE_MOUNT);
    }
    if (is_dry) {
        return ended(outcome, REVOKE_FOUND);
    }
    if (is_link) {
        return remove_name(dirfd, name, outcome, REVOKE_LINK);
    }
    disarm(fd, &outcome);
    return remove_name(dirfd, name, outcome, outcome.is_harmless ? REVOKE_REVOKED : REVOKE_UNLINKED);
}

struct revoke_outcome revoke_socket(int dirfd, const struct fileid *directory, const char *name, bool is_dry)
{
    struct revoke_outcome outcome = {.result = REVOKE_GONE};
    for (int look = 0; look < LOOKS_MAX; look++) {
        const int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) {
            return errno == ENOENT ? gone(outcome) : failed(outcome, "open", -errno);
        }
        outcome = revoke_open(dirfd, directory, name, fd, is_dry);
        close(fd);
        if (outcome.result != REVOKE_CHANGED) {
            break;
        }
    }
    return outcome;
}

bool revoke_is_final(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    if (geteuid() != 0 || syscall(SYS_capget, &header, data) < 0) {
        return false;
    }
    return (data[CAP_TO_INDEX(CAP_CHOWN)].effective & CAP_TO_MASK(CAP_CHOWN)) != 0;
}

const char *revoke_result_name(enum revoke_result result)
{
    static const char *const names[REVOKE_RESULT_COUNT] = {
        [REVOKE_REVOKED] = "revoked", [REVOKE_UNLINKED] = "unlinked", [REVOKE_LINK] = "link",
        [REVOKE_FOUND] = "found",     [REVOKE_GONE] = "gone",         [REVOKE_NOT_SOCKET] = "not-a-socket",
        [REVOKE_MOUNT] = "mount",     [REVOKE_CHANGED] = "changed",   [REVOKE_FAILED] = "failed",
    };
    return result < REVOKE_RESULT_COUNT ? names[result] : "unknown";
}
