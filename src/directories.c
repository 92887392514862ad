/* SPDX-License-Identifier: MIT */
#include "sandbox_init/directories.h"

#include "sandbox_init/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SHOWN_MAX = 128, /* bytes of a path in a reason */
};

/* ---- opening one ---- */

static int blame(const char *path, int error, enum path_distrust distrust, const struct stat *status,
                 struct path_fault *ret_fault)
{
    *ret_fault = (struct path_fault){.distrust = distrust, .owner = status->st_uid, .mode = status->st_mode};
    snprintf(ret_fault->name, sizeof ret_fault->name, "%s", path);
    return error;
}

/* Cuts PATH into the directory above and the last component, a part of BUFFER. Returns 0 or -errno. */
static int split_path(const char *path, char buffer[PATH_MAX], const char **ret_parent, const char **ret_name)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    if (length == 0 || length >= PATH_MAX) {
        return length == 0 ? -ENOENT : -ENAMETOOLONG;
    }
    memcpy(buffer, path, length);
    buffer[length] = '\0';
    char *slash = strrchr(buffer, '/');
    if (slash == NULL) {
        *ret_parent = ".";
        *ret_name = buffer;
        return 0;
    }
    *ret_name = slash[1] != '\0' ? slash + 1 : "."; /* "/" is its own parent */
    *ret_parent = slash == buffer ? "/" : buffer;
    *slash = '\0';
    return 0;
}

static int open_at(int parent_fd, const char *name)
{
    const int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int make_at(int parent_fd, const char *name, mode_t mode)
{
    if (mkdirat(parent_fd, name, mode) < 0 && errno != EEXIST) {
        return -errno;
    }
    const int fd = open_at(parent_fd, name);
    struct stat status;
    /* Less the umask, that is; but it may be somebody else's by now. */
    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & 0022) == 0) {
        fchmod(fd, mode);
    }
    return fd;
}

/* Is what FD stands for ours to write, and nobody else's? */
static int check(int fd, const char *path, struct path_fault *ret_fault)
{
    struct stat status = {0};
    if (fstat(fd, &status) < 0) {
        return blame(path, -errno, PATH_TRUSTED, &status, ret_fault);
    }
    if (status.st_uid != 0 && status.st_uid != geteuid()) {
        return blame(path, -EPERM, PATH_FOREIGN_OWNER, &status, ret_fault);
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return blame(path, -EPERM, PATH_WRITABLE, &status, ret_fault);
    }
    if (faccessat(fd, ".", W_OK | X_OK, 0) < 0) {
        return blame(path, -errno, PATH_TRUSTED, &status, ret_fault);
    }
    return 0;
}

/* PATH is for reports only. */
static int open_in(int parent_fd, const char *name, const char *path, mode_t mode,
                   struct path_fault *ret_fault)
{
    int fd = open_at(parent_fd, name);
    if (fd == -ENOENT) {
        fd = make_at(parent_fd, name, mode);
    }
    if (fd < 0) {
        struct stat status = {0};
        fstatat(parent_fd, name, &status, AT_SYMLINK_NOFOLLOW);
        return blame(path, fd, PATH_TRUSTED, &status, ret_fault);
    }
    const int result = check(fd, path, ret_fault);
    if (result < 0) {
        close(fd);
        return result;
    }
    return fd;
}

int directories_open(const char *path, mode_t mode, struct path_fault *ret_fault)
{
    char buffer[PATH_MAX];
    const char *parent = NULL;
    const char *name = NULL;
    const int result = split_path(path, buffer, &parent, &name);
    if (result < 0) {
        return blame(path, result, PATH_TRUSTED, &(struct stat){0}, ret_fault);
    }
    const int parent_fd = path_open_trusted_directory(parent, geteuid(), ret_fault);
    if (parent_fd < 0) {
        return parent_fd;
    }
    const int fd = open_in(parent_fd, name, path, mode, ret_fault);
    close(parent_fd);
    return fd;
}

/* ---- choosing one ---- */

/* Appends to REASON why the directory of FAULT is not fit. */
static void add_reason(char *reason, int error, const struct path_fault *fault)
{
    char shown[SHOWN_MAX];
    size_t used = strlen(reason);
    escape_text(shown, sizeof shown, fault->name);
    used += (size_t)snprintf(reason + used, DIRECTORIES_REASON_SIZE - used, "%s%s: ", used > 0 ? "; " : "",
                             shown);
    char *rest = reason + used;
    const size_t size = DIRECTORIES_REASON_SIZE - used;
    switch (fault->distrust) {
    case PATH_FOREIGN_OWNER:
        snprintf(rest, size, "belongs to uid %u, who could change what is in there", (unsigned)fault->owner);
        break;
    case PATH_WRITABLE:
        snprintf(rest, size, "others can change what is in there (mode %04o)",
                 (unsigned)fault->mode & 07777U);
        break;
    case PATH_TRUSTED:
    case PATH_NOT_REGULAR:
        snprintf(rest, size, "%s", S_ISLNK(fault->mode) ? "is a symbolic link" : strerror(-error));
        break;
    }
}

/* Returns whether PATH is fit; if not, says why. */
static bool is_fit(const char *path, mode_t mode, char *reason)
{
    struct path_fault fault;
    const int fd = directories_open(path, mode, &fault);
    if (fd < 0) {
        add_reason(reason, fd, &fault);
        return false;
    }
    close(fd);
    return true;
}

static void say_too_long(char *reason)
{
    add_reason(reason, -ENAMETOOLONG, &(struct path_fault){.name = "the directory's path"});
}

static bool choose_temporary(const char *temporary, const char *leaf, struct directories_choice *choice)
{
    char *path = choice->path;
    const size_t size = sizeof choice->path;
    const size_t used = (size_t)snprintf(path, size, "%s/sandbox-init-%u", temporary, (unsigned)geteuid());
    if (used + 1 + (leaf != NULL ? strlen(leaf) : 0) >= size) {
        say_too_long(choice->reason);
        return false;
    }
    if (!is_fit(path, geteuid() == 0 ? 0755 : 0700, choice->reason)) {
        return false;
    }
    if (leaf == NULL) {
        return true;
    }
    snprintf(path + used, size - used, "/%s", leaf);
    return is_fit(path, 0755, choice->reason);
}

void directories_choose(const char *wanted, const char *temporary, const char *leaf,
                        struct directories_choice *ret_choice)
{
    struct directories_choice choice = {.path = ""};
    if (strlen(wanted) >= sizeof choice.path) {
        say_too_long(choice.reason);
    } else if (is_fit(wanted, 0755, choice.reason)) {
        snprintf(choice.path, sizeof choice.path, "%s", wanted);
        *ret_choice = choice;
        return;
    }
    if (!choose_temporary(temporary, leaf, &choice)) {
        choice.path[0] = '\0';
    }
    *ret_choice = choice;
}
