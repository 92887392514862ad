/* SPDX-License-Identifier: MIT */
#include "sandbox_init/log.h"

#include "sandbox_init/escape.h"
#include "sandbox_init/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
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

/* For the names of jobs. Not red, yellow or green, which are levels. */
static const char *const name_colors[] = {"\033[36m", "\033[35m", "\033[34m",
                                          "\033[96m", "\033[95m", "\033[94m"};

void log_init(struct log *log, int fd, enum config_log_level level, enum config_log_format format)
{
    *log = (struct log){.fd = fd, .level = level, .format = format};
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
    log_echo_flush(log);
    logfile_close(&log->file);
    if (log->own_fd >= 0) {
        close(log->own_fd);
        log->own_fd = log->fd = -1;
    }
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

/* Returns the bytes written, fewer where there was no room for more, or -errno. */
static ssize_t write_without_waiting(int fd, const char *lines, size_t length)
{
    const struct iovec vector = {.iov_base = (char *)(uintptr_t)lines, .iov_len = length};
    ssize_t written = pwritev2(fd, &vector, 1, -1, RWF_NOWAIT);
    if (written < 0 && (is_not_supported(errno) || (errno == EAGAIN && is_file(fd)))) {
        /* Terminals, sockets and older kernels. A pipe that is writable takes PIPE_BUF bytes (pipe(7)). */
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        if (poll(&room, 1, 0) == 0) {
            return -EAGAIN;
        }
        written = write(fd, lines, length);
    }
    return written < 0 ? -errno : written;
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

/* How a line looks, which is not the same everywhere. */
enum look {
    LOOK_TEXT,
    LOOK_JSON,
    LOOK_COLORED,
};

static enum look file_look(const struct log *log)
{
    return log->format == CONFIG_LOG_JSON ? LOOK_JSON : LOOK_TEXT;
}

static enum look look_of(const struct log *log)
{
    return log->is_colored ? LOOK_COLORED : file_look(log);
}

static void render_time(char text[static STAMP_LENGTH + 1])
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    stamp_render(text, &now);
}

/* Puts the whole line with its newline into LINE (LOG_LINE_MAX bytes). Returns its length. */
static size_t render_line(char *line, enum look look, enum config_log_level level, const char *part,
                          const char *message)
{
    const size_t size = LOG_LINE_MAX - 1; /* leaves room for the newline */
    const char *name = level_names[level];
    char when[STAMP_LENGTH + 1];
    int length;
    render_time(when);
    if (look == LOOK_COLORED) {
        length = snprintf(line, size, "%.*s %s%-7s\033[0m %s: %s", STAMP_CLOCK_LENGTH, when + STAMP_CLOCK,
                          level_colors[level], name, part, message);
    } else if (look == LOOK_JSON) {
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

/* ---- the file ---- */

static size_t render_loss(const struct logfile *file, char *line, enum look look)
{
    char whole[LOG_LINE_MAX];
    char message[LOGFILE_NOTE_SIZE / 2];
    snprintf(message, sizeof message, "%llu lines were lost: %s", (unsigned long long)file->lost,
             logfile_explain(file->error));
    const size_t length = render_line(whole, look, CONFIG_LOG_WARNING, "log", message);
    memcpy(line, whole, length);
    return length;
}

static size_t render_text_loss(const struct logfile *file, char *line)
{
    return render_loss(file, line, LOOK_TEXT);
}

static size_t render_json_loss(const struct logfile *file, char *line)
{
    return render_loss(file, line, LOOK_JSON);
}

int log_use_file(struct log *log, const char *directory)
{
    logfile_init(&log->file, directory, LOG_FILE_NAME, LOG_FILE_SIZE_MAX, LOG_FILE_KEEP,
                 file_look(log) == LOOK_JSON ? render_json_loss : render_text_loss);
    const int result = logfile_open(&log->file);
    log->is_file_broken = result < 0;
    return result;
}

static void write_file(struct log *log, const char *line, size_t length)
{
    const int result = logfile_write(&log->file, line, length);
    if (result < 0 && !log->is_file_broken) {
        log->is_file_broken = true;
        log_warning(log, "log", "cannot write " LOG_FILE_NAME ": %s; trying again at each line",
                    logfile_explain(result));
    } else if (result == 0) {
        log->is_file_broken = false;
    }
}

/* ---- the descriptor ---- */

static size_t count_lines(const char *lines, size_t length)
{
    size_t count = 0;
    for (const char *const end = lines + length; lines < end; lines++) {
        count += *lines == '\n' ? 1 : 0;
    }
    return count;
}

/* Returns how many of the lines were lost; what only began counts as lost, and its rest will not follow. */
static size_t put_lines(struct log *log, const char *lines, size_t length)
{
    const ssize_t written = write_without_waiting(log->fd, lines, length);
    const size_t done = written > 0 ? (size_t)written : 0;
    if (done > 0) {
        log->is_torn = lines[done - 1] != '\n';
    }
    return count_lines(lines + done, length - done);
}

/* Says how many lines were lost before. Returns false when not even that can be said. */
static bool note_lost(struct log *log)
{
    char line[LOG_LINE_MAX + 1] = "\n"; /* ends a line that only began */
    char note[96];
    snprintf(note, sizeof note, "%llu lines were lost: nobody read them in time, or stderr was closed",
             (unsigned long long)log->lost);
    const size_t length = render_line(line + 1, look_of(log), CONFIG_LOG_WARNING, "log", note);
    const bool is_said =
        log->is_torn ? put_lines(log, line, length + 1) == 0 : put_lines(log, line + 1, length) == 0;
    log->lost = is_said ? 0 : log->lost;
    return is_said;
}

static void write_descriptor(struct log *log, const char *lines, size_t length)
{
    if (log->lost > 0 && !note_lost(log)) {
        log->lost += count_lines(lines, length);
        return;
    }
    log->lost += put_lines(log, lines, length);
}

void log_say(struct log *log, enum config_log_level level, const char *part, const char *format, ...)
{
    if (!log_is_on(log, level)) {
        return;
    }
    char message[LOG_LINE_MAX - 128];
    char line[LOG_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    mask_unprintable(message);
    log_echo_flush(log);
    write_descriptor(log, line, render_line(line, look_of(log), level, part, message));
    if (log->file.directory != NULL) {
        write_file(log, line, render_line(line, file_look(log), level, part, message));
    }
}

/* ---- what jobs print ---- */

/* The same name always has the same colour. */
static const char *color_of(const char *name)
{
    unsigned sum = 0;
    for (; *name != '\0'; name++) {
        sum = sum * 31 + (unsigned char)*name;
    }
    return name_colors[sum % (sizeof name_colors / sizeof name_colors[0])];
}

/* What stands before the line. Returns its length. */
static size_t render_prefix(const struct log *log, char *line, size_t size, const char *name)
{
    char when[STAMP_LENGTH + 1];
    int length;
    switch (look_of(log)) {
    case LOOK_JSON:
        render_time(when);
        length = snprintf(line, size, "{\"time\":\"%s\",\"level\":\"info\",\"part\":\"%.32s\",\"message\":\"",
                          when, name);
        break;
    case LOOK_COLORED:
        length = snprintf(line, size, "%s%s\033[0m | ", color_of(name), name);
        break;
    case LOOK_TEXT:
    default:
        length = snprintf(line, size, "%s | ", name);
        break;
    }
    return (size_t)length < size ? (size_t)length : size - 1;
}

void log_echo(struct log *log, const char *name, const char *text, size_t length)
{
    static const char json_end[] = "\"}";
    const size_t prefix_max = 128;
    if (!log_is_on(log, CONFIG_LOG_INFO)) {
        return;
    }
    char line[LOG_LINE_MAX];
    const size_t room = sizeof line - sizeof json_end;
    const bool is_json = look_of(log) == LOOK_JSON;
    size_t used = render_prefix(log, line, prefix_max, name);
    used += (is_json ? escape_line_json : escape_line)(line + used, room - used, text, length);
    if (is_json) {
        memcpy(line + used, json_end, sizeof json_end - 1);
        used += sizeof json_end - 1;
    }
    line[used++] = '\n';
    if (sizeof log->text - log->gathered < used) {
        log_echo_flush(log);
    }
    memcpy(log->text + log->gathered, line, used);
    log->gathered += used;
}

void log_echo_flush(struct log *log)
{
    if (log->gathered > 0) {
        write_descriptor(log, log->text, log->gathered);
        log->gathered = 0;
    }
}
