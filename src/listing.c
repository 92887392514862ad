/* SPDX-License-Identifier: MIT */
#include "sandbox_init/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* As the kernel writes it (getdents64(2)); no libc agrees with another about its name. */
struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

static bool is_dot(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* Returns false when a visit ended the listing. */
static bool visit_buffer(const char *buffer, size_t filled, listing_visit *visit, void *context)
{
    for (size_t at = 0; at < filled;) {
        uint16_t length;
        memcpy(&length, buffer + at + offsetof(struct entry, length), sizeof length);
        const char *name = buffer + at + offsetof(struct entry, name);
        if (!is_dot(name) && !visit(context, name)) {
            return false;
        }
        at += length;
    }
    return true;
}

int listing_read(int dirfd, listing_visit *visit, void *context)
{
    const int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    char buffer[8192];
    int result = 0;
    for (;;) {
        const long filled = syscall(SYS_getdents64, fd, buffer, sizeof buffer);
        if (filled < 0) {
            result = -errno;
            break;
        }
        if (filled == 0 || !visit_buffer(buffer, (size_t)filled, visit, context)) {
            break;
        }
    }
    close(fd);
    return result;
}
