/* SPDX-License-Identifier: MIT */
#include "sandbox_init/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One walk along one path. `fd` is always the directory that `trail` names, and belongs to the walk. */
struct walk {
    int fd;
    uid_t owner;
    unsigned links;
    size_t trail_length;
    char trail[PATH_FAULT_NAME_MAX]; /* for reports only: cut, where it is too long */
    char name[NAME_MAX + 1];         /* the component at hand */
    char rest[PATH_MAX];             /* what is to be walked behind it */
    struct path_fault fault;
};

static void extend_trail(struct walk *walk, const char *name)
{
    size_t room = sizeof(walk->trail) - 1 - walk->trail_length;
    if (walk->trail_length > 1 && room > 0) {
        walk->trail[walk->trail_length++] = '/';
        room--;
    }
    size_t length = strnlen(name, room);
    memcpy(walk->trail + walk->trail_length, name, length);
    walk->trail_length += length;
    walk->trail[walk->trail_length] = '\0';
}

static void cut_trail(struct walk *walk, size_t length)
{
    walk->trail_length = length;
    walk->trail[length] = '\0';
}

/* Fills the report with what `trail` names. STATUS may be NULL. Returns ERROR. */
static int blame(struct walk *walk, int error, enum path_distrust distrust, const struct stat *status)
{
    walk->fault = (struct path_fault){.distrust = distrust};
    memcpy(walk->fault.name, walk->trail, walk->trail_length + 1);
    if (status) {
        walk->fault.owner = status->st_uid;
        walk->fault.mode = status->st_mode;
    }
    return error;
}

static bool is_trusted_owner(const struct walk *walk, const struct stat *status)
{
    return status->st_uid == 0 || status->st_uid == walk->owner;
}

/* The mode of a link says nothing: it cannot be written, only replaced, and that is its directory's matter.
 */
static enum path_distrust judge(const struct walk *walk, const struct stat *status)
{
    if (!is_trusted_owner(walk, status)) {
        return PATH_FOREIGN_OWNER;
    }
    bool is_sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX);
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) && !is_sticky) {
        return PATH_WRITABLE;
    }
    return PATH_TRUSTED;
}

/* The walk goes on in FD, which it takes over. */
static int enter(struct walk *walk, int fd, const struct stat *status)
{
    if (walk->fd >= 0) {
        close(walk->fd);
    }
    walk->fd = fd;
    enum path_distrust distrust = judge(walk, status);
    return distrust == PATH_TRUSTED ? 0 : blame(walk, -EPERM, distrust, status);
}

static int enter_root(struct walk *walk)
{
    cut_trail(walk, 0);
    extend_trail(walk, "/");
    struct stat status;
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return blame(walk, -errno, PATH_TRUSTED, NULL);
    }
    if (fstat(fd, &status) < 0) {
        int error = -errno;
        close(fd);
        return blame(walk, error, PATH_TRUSTED, NULL);
    }
    return enter(walk, fd, &status);
}

/* Moves the next component from `rest` to `name`. Returns 1, 0 where the path ends, or -ENAMETOOLONG. */
static int take_component(struct walk *walk)
{
    const char *start = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(start, "/");
    if (length > NAME_MAX) {
        return blame(walk, -ENAMETOOLONG, PATH_TRUSTED, NULL);
    }
    memcpy(walk->name, start, length);
    walk->name[length] = '\0';
    memmove(walk->rest, start + length, strlen(start + length) + 1);
    return length > 0;
}

/* Puts what the link FD holds in front of `rest`. DIRECTORY_LENGTH: of the trail without the link. */
static int follow_link(struct walk *walk, int fd, const struct stat *status, size_t directory_length)
{
    char target[PATH_MAX];
    if (!is_trusted_owner(walk, status)) {
        return blame(walk, -EPERM, PATH_FOREIGN_OWNER, status);
    }
    if (++walk->links > PATH_LINKS_MAX) {
        return blame(walk, -ELOOP, PATH_TRUSTED, status);
    }
    ssize_t length = readlinkat(fd, "", target, sizeof(target));
    if (length < 0) {
        return blame(walk, -errno, PATH_TRUSTED, status);
    }
    size_t used = (size_t)length;
    size_t rest_size = strlen(walk->rest) + 1;
    if (used + rest_size > sizeof(walk->rest)) {
        return blame(walk, -ENAMETOOLONG, PATH_TRUSTED, status);
    }
    memmove(walk->rest + used, walk->rest, rest_size);
    memcpy(walk->rest, target, used);
    if (target[0] == '/') {
        return enter_root(walk);
    }
    cut_trail(walk, directory_length);
    return 0;
}

/* Takes or closes FD, the component that was just opened. Returns as walk_path(), 0 to go on. */
static int step_into(struct walk *walk, int fd, const struct stat *status, size_t directory_length)
{
    if (S_ISDIR(status->st_mode)) {
        return enter(walk, fd, status);
    }
    int result = 1;
    if (S_ISLNK(status->st_mode)) {
        result = follow_link(walk, fd, status, directory_length);
    } else if (walk->rest[0] != '\0') {
        result = blame(walk, -ENOTDIR, PATH_TRUSTED, status);
    }
    close(fd);
    return result;
}

/*
 * Walks as far as the path goes. Returns 0 when it ends in the directory `fd`; 1 when it ends in `name`,
 * which is something else in that directory and has not been judged; or -errno.
 */
static int walk_path(struct walk *walk)
{
    for (;;) {
        int result = take_component(walk);
        if (result <= 0) {
            return result;
        }
        size_t directory_length = walk->trail_length;
        extend_trail(walk, walk->name);
        struct stat status;
        int fd = openat(walk->fd, walk->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) {
            return blame(walk, -errno, PATH_TRUSTED, NULL);
        }
        if (fstat(fd, &status) < 0) {
            result = blame(walk, -errno, PATH_TRUSTED, NULL);
            close(fd);
            return result;
        }
        result = step_into(walk, fd, &status, directory_length);
        if (result != 0) {
            return result;
        }
    }
}

static void finish_walk(struct walk *walk)
{
    if (walk->fd >= 0) {
        close(walk->fd);
    }
    walk->fd = -1;
}

/* Makes `rest` the absolute form of PATH: what stands above the working directory counts too. */
static int prepare_rest(struct walk *walk, const char *path)
{
    size_t used = 0;
    extend_trail(walk, path);
    if (path[0] == '\0') {
        return blame(walk, -ENOENT, PATH_TRUSTED, NULL);
    }
    if (path[0] != '/') {
        if (!getcwd(walk->rest, sizeof(walk->rest) - 1)) {
            return blame(walk, -errno, PATH_TRUSTED, NULL);
        }
        used = strlen(walk->rest);
        walk->rest[used++] = '/';
    }
    size_t size = strlen(path) + 1;
    if (size > sizeof(walk->rest) - used) {
        return blame(walk, -ENAMETOOLONG, PATH_TRUSTED, NULL);
    }
    memcpy(walk->rest + used, path, size);
    return 0;
}

/* The file is judged by the very descriptor that is handed out: its name may have been given to another. */
static int open_file(struct walk *walk)
{
    struct stat status;
    if (fstatat(walk->fd, walk->name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
        return blame(walk, -errno, PATH_TRUSTED, NULL);
    }
    if (!S_ISREG(status.st_mode)) {
        return blame(walk, -EPERM, PATH_NOT_REGULAR, &status);
    }
    int fd = openat(walk->fd, walk->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return blame(walk, -errno, PATH_TRUSTED, &status);
    }
    int result = 0;
    if (fstat(fd, &status) < 0) {
        result = blame(walk, -errno, PATH_TRUSTED, NULL);
    } else if (!S_ISREG(status.st_mode)) {
        result = blame(walk, -EPERM, PATH_NOT_REGULAR, &status);
    } else if (judge(walk, &status) != PATH_TRUSTED) {
        result = blame(walk, -EPERM, judge(walk, &status), &status);
    }
    if (result == 0) {
        return fd;
    }
    close(fd);
    return result;
}

static int reopen_directory(struct walk *walk)
{
    int fd = openat(walk->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : blame(walk, -errno, PATH_TRUSTED, NULL);
}

static int open_trusted(const char *path, uid_t owner, bool is_directory, struct path_fault *ret_fault)
{
    struct walk walk = {.fd = -1, .owner = owner};
    int result = prepare_rest(&walk, path);
    if (result == 0) {
        result = enter_root(&walk);
    }
    if (result == 0) {
        result = walk_path(&walk);
    }
    if (result == 0 && is_directory) {
        result = reopen_directory(&walk);
    } else if (result == 0) {
        result = blame(&walk, -EPERM, PATH_NOT_REGULAR, NULL);
    } else if (result > 0 && is_directory) {
        result = blame(&walk, -ENOTDIR, PATH_TRUSTED, NULL);
    } else if (result > 0) {
        result = open_file(&walk);
    }
    if (result < 0) {
        *ret_fault = walk.fault;
    }
    finish_walk(&walk);
    return result;
}

int path_open_trusted(const char *path, uid_t owner, struct path_fault *ret_fault)
{
    return open_trusted(path, owner, false, ret_fault);
}

int path_open_trusted_directory(const char *path, uid_t owner, struct path_fault *ret_fault)
{
    return open_trusted(path, owner, true, ret_fault);
}
