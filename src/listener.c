/* SPDX-License-Identifier: MIT */
#include "sandbox_init/listener.h"

#include "sandbox_init/directories.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 128,  /* who comes when so many wait is kept waiting by the kernel */
    NAME_SIZE = 64, /* bytes of a name with its NUL; struct sockaddr_un has room for 108 */
};

typedef int address_call(int fd, const struct sockaddr *address, socklen_t size);

/* Makes CALL with NAME in the directory DIR_FD. Returns 0 or -errno. */
static int call_there(address_call *call, int fd, int dir_fd, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
    const int home_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (home_fd < 0) {
        return -errno;
    }
    int result = fchdir(dir_fd) < 0 ? -errno : 0;
    if (result == 0) {
        result = call(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
        /* Cannot fail: the descriptor was opened when we stood there. */
        const int back = fchdir(home_fd);
        (void)back;
    }
    close(home_fd);
    return result;
}

static int open_socket(void)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

/* Only a socket on which nobody listens refuses a connection; a live one may have no time for it (EAGAIN). */
static bool is_dead(int dir_fd, const char *name)
{
    const int fd = open_socket();
    if (fd < 0) {
        return false;
    }
    const int result = call_there(connect, fd, dir_fd, name);
    close(fd);
    return result == -ECONNREFUSED;
}

/* May the name NAME be given to another socket? Returns 0, -EEXIST or -EADDRINUSE. */
static int check_free(int dir_fd, const char *name)
{
    struct stat status;
    if (fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    if (!S_ISSOCK(status.st_mode)) {
        return -EEXIST;
    }
    return is_dead(dir_fd, name) ? 0 : -EADDRINUSE;
}

static int place(struct listener *listener, const char *new_name, mode_t mode)
{
    struct stat status;
    unlinkat(listener->dir_fd, new_name, 0);
    const int result = call_there(bind, listener->fd, listener->dir_fd, new_name);
    if (result < 0) {
        return result;
    }
    if (fchmodat(listener->dir_fd, new_name, mode, 0) < 0 || listen(listener->fd, BACKLOG) < 0 ||
        fstatat(listener->dir_fd, new_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
        renameat(listener->dir_fd, new_name, listener->dir_fd, listener->name) < 0) {
        const int error = -errno;
        unlinkat(listener->dir_fd, new_name, 0);
        return error;
    }
    listener->device = status.st_dev;
    listener->inode = status.st_ino;
    return 0;
}

static int open_there(struct listener *listener, mode_t mode)
{
    char new_name[NAME_SIZE];
    const int length = snprintf(new_name, sizeof new_name, ".%s.new", listener->name);
    int result = check_free(listener->dir_fd, listener->name);
    if (length >= NAME_SIZE) {
        return -ENAMETOOLONG;
    }
    if (result < 0) {
        return result;
    }
    listener->fd = open_socket();
    if (listener->fd < 0) {
        return listener->fd;
    }
    result = place(listener, new_name, mode);
    if (result < 0) {
        close(listener->fd);
    }
    return result;
}

int listener_open(struct listener *listener, const char *directory, const char *name, mode_t mode)
{
    struct path_fault fault;
    const int dir_fd = directories_open(directory, 0755, &fault);
    if (dir_fd < 0) {
        return dir_fd;
    }
    *listener = (struct listener){.dir_fd = dir_fd, .name = name, .is_open = true};
    const int result = open_there(listener, mode);
    if (result < 0) {
        close(dir_fd);
        *listener = (struct listener){0};
    }
    return result;
}

static bool is_ours(const struct listener *listener)
{
    struct stat status;
    return fstatat(listener->dir_fd, listener->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           status.st_dev == listener->device && status.st_ino == listener->inode;
}

void listener_close(struct listener *listener)
{
    if (!listener->is_open) {
        return;
    }
    if (is_ours(listener)) {
        unlinkat(listener->dir_fd, listener->name, 0);
    }
    close(listener->fd);
    close(listener->dir_fd);
    *listener = (struct listener){0};
}
