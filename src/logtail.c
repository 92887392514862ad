/* SPDX-License-Identifier: MIT */
#include "sandbox_init/logtail.h"

#include "sandbox_init/stamp.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char own[] = "[sandbox-init: ";

static size_t read_end(int fd, char *buffer)
{
    struct stat status;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        return 0;
    }
    const off_t begin = status.st_size > LOGTAIL_SIZE ? status.st_size - LOGTAIL_SIZE : 0;
    const ssize_t length = pread(fd, buffer, LOGTAIL_SIZE, begin);
    return length > 0 ? (size_t)length : 0;
}

const char *logtail_read(const char *path, size_t lines, char buffer[static LOGTAIL_SIZE + 1])
{
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    const size_t length = fd >= 0 ? read_end(fd, buffer) : 0;
    if (fd >= 0) {
        close(fd);
    }
    char *end = memrchr(buffer, '\n', length);
    if (end == NULL) {
        buffer[0] = '\0';
        return buffer;
    }
    end[1] = '\0';
    char *begin = end + 1;
    for (; lines > 0 && begin > buffer; lines--) {
        const char *newline = memrchr(buffer, '\n', (size_t)(begin - buffer - 1));
        begin = newline != NULL ? buffer + (newline + 1 - buffer) : buffer;
    }
    return begin;
}

const char *logtail_find_text(const char *line, size_t *ret_length, bool *ret_is_own)
{
    const size_t length = strcspn(line, "\n");
    const bool has_time = length > STAMP_LENGTH && line[STAMP_LENGTH - 1] == 'Z' && line[STAMP_LENGTH] == ' ';
    const size_t begin = has_time ? STAMP_LENGTH + 1 : 0;
    *ret_length = length - begin;
    *ret_is_own = *ret_length >= sizeof own - 1 && memcmp(line + begin, own, sizeof own - 1) == 0;
    return line + begin;
}
