/* SPDX-License-Identifier: MIT */
#include "sandbox_init/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008 /* linux/fs.h */
#endif

static const char *const level_names[] = {
    [CONFIG_LOG_ERROR] = "error",
    [CONFIG_LOG_WARNING] = "warning",
    [CONFIG_LOG_INFO] = "info",
    [CONFIG_LOG_DEBUG] = "debug",
};

static const char *const level_colors[] = {
    [CONFIG_LOG_ERROR] = "\033[1;31m",
    [CONFIG_LOG_WARNING] = "\033[33m",
    [CONFIG_LOG_INFO] = "\033[32m",
    [CONFIG_LOG_DEBUG] = "\033[2m",
};

static const char rotated_name[] = LOG_FILE_NAME ".1";

void log_init(struct log *log, int fd, enum config_log_level level, enum config_log_format format)
{
    *log = (struct log){.fd = fd, .level = level, .format = format, .file_fd = -1};
    if (isatty(fd)) {
        /* A terminal that is writable may still block in the middle of a line: a description of our own. */
        char path[sizeof "/proc/self/fd/" + 11];
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        log->own_fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        log->fd = log->own_fd >= 0 ? log->own_fd : fd;
    } else {
        log->own_fd = -1;
    }
}

void log_use_colors(struct log *log)
{
    log->is_colored = true;
}

void log_finish(struct log *log)
{
    if (log->file_fd >= 0) {
        close(log->file_fd);
    }
    log->file_fd = -1;
    if (log->own_fd >= 0) {
        close(log->own_fd);
        log->own_fd = log->fd = -1;
    }
    log->directory = NULL;
}

bool log_is_on(const struct log *log, enum config_log_level level)
{
    return level <= log->level;
}

/* XFS and btrfs refuse RWF_NOWAIT for want of a lock; a write to a file waits for no reader all the same. */
static bool is_file(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

static bool is_not_supported(int error)
{
    return error == EOPNOTSUPP || error == ENOSYS || error == EPERM || error == EINVAL;
}

/* Returns 0, or -EAGAIN when it would have blocked, or another -errno. */
static int write_without_waiting(int fd, const char *line, size_t length)
{
    const struct iovec vector = {.iov_base = (char *)(uintptr_t)line, .iov_len = length};
    ssize_t written = pwritev2(fd, &vector, 1, -1, RWF_NOWAIT);
    if (written < 0 && (is_not_supported(errno) || (errno == EAGAIN && is_file(fd)))) {
        /* Terminals, sockets and older kernels. A pipe that is writable takes PIPE_BUF bytes (pipe(7)). */
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        if (poll(&room, 1, 0) == 0) {
            return -EAGAIN;
        }
        written = write(fd, line, length);
    }
    if (written < 0) {
        return -errno;
    }
    return (size_t)written == length ? 0 : -EAGAIN;
}

static int open_directory(const char *directory)
{
    if (mkdir(directory, 0755) < 0 && errno != EEXIST) {
        return -errno;
    }
    const int fd = open(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Only a regular file of one name will do: the directory may be writable by those who would mislead us. */
static int open_file(struct log *log, int dir_fd)
{
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    const int fd = openat(dir_fd, LOG_FILE_NAME, flags, 0644);
    if (fd < 0) {
        return -errno;
    }
    struct stat status;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1) {
        close(fd);
        return -EINVAL;
    }
    log->file_fd = fd;
    log->file_size = status.st_size;
    return 0;
}

static int reopen_file(struct log *log)
{
    const int dir_fd = open_directory(log->directory);
    if (dir_fd < 0) {
        return dir_fd;
    }
    int result = open_file(log, dir_fd);
    if (result == 0 && log->file_size > LOG_FILE_SIZE_MAX) {
        close(log->file_fd);
        log->file_fd = -1;
        const bool is_moved = renameat(dir_fd, LOG_FILE_NAME, dir_fd, rotated_name) == 0;
        result = is_moved ? open_file(log, dir_fd) : -errno;
    }
    close(dir_fd);
    return result;
}

/* Closes a file that is full or that somebody deleted. */
static void leave_file(struct log *log)
{
    struct stat status;
    if (log->file_fd < 0) {
        return;
    }
    if (log->file_size > LOG_FILE_SIZE_MAX || fstat(log->file_fd, &status) < 0 || status.st_nlink == 0) {
        close(log->file_fd);
        log->file_fd = -1;
    }
}

static int write_file(struct log *log, const char *line, size_t length)
{
    leave_file(log);
    const int result = log->file_fd < 0 ? reopen_file(log) : 0;
    if (result < 0) {
        return result;
    }
    const ssize_t written = write(log->file_fd, line, length);
    if (written < 0) {
        return -errno;
    }
    log->file_size += written;
    return (size_t)written == length ? 0 : -ENOSPC;
}

int log_use_file(struct log *log, const char *directory)
{
    log->directory = directory;
    const int result = reopen_file(log);
    log->is_file_broken = result < 0;
    return result;
}

static void render_time(char *buffer, size_t size, bool is_short)
{
    struct timespec now = {0};
    struct tm utc = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    const int ms = (int)(now.tv_nsec / 1000000);
    if (is_short) {
        snprintf(buffer, size, "%02d:%02d:%02d.%03d", utc.tm_hour, utc.tm_min, utc.tm_sec, ms);
    } else {
        snprintf(buffer, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                 utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, ms);
    }
}

static void mask_unprintable(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e) {
            *text = '?';
        }
    }
}

/* MESSAGE is printable ASCII already, so only these two need more (RFC 8259, section 7). */
static void quote_json(char *buffer, size_t size, const char *message)
{
    size_t used = 0;
    for (; *message != '\0' && used + 2 < size; message++) {
        if (*message == '"' || *message == '\\') {
            buffer[used++] = '\\';
        }
        buffer[used++] = *message;
    }
    buffer[used] = '\0';
}

/* Puts the whole line with its newline into LINE (LOG_LINE_MAX bytes). Returns its length. */
static size_t render_line(char *line, const struct log *log, bool is_colored, enum config_log_level level,
                          const char *part, const char *message)
{
    const size_t size = LOG_LINE_MAX - 1; /* leaves room for the newline */
    const char *name = level_names[level];
    char when[96];
    int length;
    render_time(when, sizeof when, is_colored);
    if (is_colored) {
        length =
            snprintf(line, size, "%s %s%-7s\033[0m %s: %s", when, level_colors[level], name, part, message);
    } else if (log->format == CONFIG_LOG_JSON) {
        char quoted[LOG_LINE_MAX - 192];
        quote_json(quoted, sizeof quoted, message);
        length =
            snprintf(line, size, "{\"time\":\"%s\",\"level\":\"%s\",\"part\":\"%.32s\",\"message\":\"%s\"}",
                     when, name, part, quoted);
    } else {
        length = snprintf(line, size, "%s sandbox-init %s %s: %s", when, name, part, message);
    }
    size_t used = (size_t)length < size ? (size_t)length : size - 1;
    line[used++] = '\n';
    return used;
}

static void write_descriptor(struct log *log, enum config_log_level level, const char *part,
                             const char *message)
{
    char line[LOG_LINE_MAX];
    if (log->lost > 0) {
        char note[96];
        snprintf(note, sizeof note, "%llu lines were lost: nobody read them in time, or stderr was closed",
                 (unsigned long long)log->lost);
        const size_t length = render_line(line, log, log->is_colored, CONFIG_LOG_WARNING, "log", note);
        if (write_without_waiting(log->fd, line, length) < 0) {
            log->lost++;
            return;
        }
        log->lost = 0;
    }
    const size_t length = render_line(line, log, log->is_colored, level, part, message);
    if (write_without_waiting(log->fd, line, length) < 0) {
        log->lost++;
    }
}

void log_say(struct log *log, enum config_log_level level, const char *part, const char *format, ...)
{
    if (!log_is_on(log, level)) {
        return;
    }
    char message[LOG_LINE_MAX - 128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    mask_unprintable(message);
    write_descriptor(log, level, part, message);
    if (log->directory == NULL) {
        return;
    }
    char line[LOG_LINE_MAX];
    const int result = write_file(log, line, render_line(line, log, false, level, part, message));
    if (result < 0 && !log->is_file_broken) {
        log->is_file_broken = true;
        log_warning(log, "log", "cannot write " LOG_FILE_NAME ": %s; trying again at each line",
                    strerror(-result));
    } else if (result == 0) {
        log->is_file_broken = false;
    }
}
