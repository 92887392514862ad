/* SPDX-License-Identifier: MIT */
#include "sandbox_init/pidfile.h"

#include "sandbox_init/directories.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char new_name[] = ".pid.new";

static int write_number(int dir_fd, pid_t pid)
{
    char text[16];
    const int length = snprintf(text, sizeof text, "%d\n", (int)pid);
    unlinkat(dir_fd, new_name, 0);
    const int fd = openat(dir_fd, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0) {
        return -errno;
    }
    const ssize_t written = write(fd, text, (size_t)length);
    int result = written == length ? 0 : written < 0 ? -errno : -ENOSPC;
    close(fd);
    if (result == 0 && renameat(dir_fd, new_name, dir_fd, PIDFILE_NAME) < 0) {
        result = -errno;
    }
    if (result < 0) {
        unlinkat(dir_fd, new_name, 0);
    }
    return result;
}

int pidfile_write(struct pidfile *pidfile, const char *directory, pid_t pid)
{
    *pidfile = (struct pidfile){.dir_fd = -1};
    struct path_fault fault;
    const int fd = directories_open(directory, 0755, &fault);
    if (fd < 0) {
        return fd;
    }
    const int result = write_number(fd, pid);
    if (result < 0) {
        close(fd);
        return result;
    }
    pidfile->dir_fd = fd;
    return 0;
}

void pidfile_remove(struct pidfile *pidfile)
{
    if (pidfile->dir_fd >= 0) {
        unlinkat(pidfile->dir_fd, PIDFILE_NAME, 0);
        close(pidfile->dir_fd);
        pidfile->dir_fd = -1;
    }
}
