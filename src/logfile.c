/* SPDX-License-Identifier: MIT */
#include "sandbox_init/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OLDER_NAME_SIZE = LOGFILE_NAME_SIZE + 11, /* with ".N" */
    FILE_MODE = 0644,
    DIRECTORY_MODE = 0755,
};

void logfile_init(struct logfile *file, const char *directory, const char *name, uint64_t max_size,
                  unsigned keep, logfile_note *note)
{
    *file =
        (struct logfile){.directory = directory, .max_size = max_size, .keep = keep, .note = note, .fd = -1};
    snprintf(file->name, sizeof file->name, "%s", name);
}

static void close_file(struct logfile *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    file->fd = -1;
}

void logfile_close(struct logfile *file)
{
    if (file->directory != NULL) {
        close_file(file);
    }
    file->directory = NULL;
}

/* Who may read the logs is not for the umask to say that we were started with. */
static int open_directory(const char *directory)
{
    const bool is_new = mkdir(directory, DIRECTORY_MODE) == 0;
    if (!is_new && errno != EEXIST) {
        return -errno;
    }
    const int access = is_new ? O_RDONLY : O_PATH;
    const int fd = open(directory, access | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    if (is_new && fchmod(fd, DIRECTORY_MODE) < 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

/* The file of before, or with O_EXCL one that did not exist. Returns a descriptor or -errno. */
static int open_one(int dir_fd, const char *name, int exclusive)
{
    /* For reading, too: how it ends is looked at. */
    const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = exclusive == 0 ? openat(dir_fd, name, flags) : -1;
    if (fd >= 0 || (exclusive == 0 && errno != ENOENT)) {
        return fd < 0 ? -errno : fd;
    }
    fd = openat(dir_fd, name, flags | O_CREAT | O_EXCL, FILE_MODE);
    if (fd < 0) {
        return -errno;
    }
    if (fchmod(fd, FILE_MODE) < 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

/* Begins to use FD, which is closed where it is no regular file of one name. */
static int use(struct logfile *file, int fd)
{
    struct stat status;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1) {
        close(fd);
        return -EINVAL;
    }
    char last = '\n';
    if (status.st_size > 0 && pread(fd, &last, 1, status.st_size - 1) < 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    file->fd = fd;
    file->size = (uint64_t)status.st_size;
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->is_torn = last != '\n';
    return 0;
}

static int open_in(struct logfile *file, int dir_fd, int exclusive)
{
    const int fd = open_one(dir_fd, file->name, exclusive);
    return fd < 0 ? fd : use(file, fd);
}

/* Makes the file number AGE one older; 0 is the one that is written. There may be none. */
static int shift(const struct logfile *file, int dir_fd, unsigned age)
{
    char from[OLDER_NAME_SIZE];
    char to[OLDER_NAME_SIZE];
    snprintf(from, sizeof from, "%s.%u", file->name, age);
    snprintf(to, sizeof to, "%s.%u", file->name, age + 1);
    return renameat(dir_fd, age > 0 ? from : file->name, dir_fd, to) < 0 && errno != ENOENT ? -errno : 0;
}

static int move_away(const struct logfile *file, int dir_fd)
{
    if (file->keep == 0) {
        return unlinkat(dir_fd, file->name, 0) < 0 && errno != ENOENT ? -errno : 0;
    }
    int result = 0;
    for (unsigned older = file->keep; older > 0 && result == 0; older--) {
        result = shift(file, dir_fd, older - 1);
    }
    return result;
}

/* The file is used until it has another name: where that fails it is there, and full. */
static int rotate(struct logfile *file)
{
    const int dir_fd = open_directory(file->directory);
    if (dir_fd < 0) {
        return dir_fd;
    }
    int result = move_away(file, dir_fd);
    if (result == 0) {
        close_file(file);
        result = open_in(file, dir_fd, O_EXCL);
    }
    close(dir_fd);
    return result;
}

static int reopen(struct logfile *file)
{
    const int dir_fd = open_directory(file->directory);
    if (dir_fd < 0) {
        return dir_fd;
    }
    const int result = open_in(file, dir_fd, 0);
    close(dir_fd);
    return result;
}

/* Is what has the name still the file that we write? Learns its size. */
static bool is_in_place(struct logfile *file)
{
    char path[PATH_MAX];
    struct stat status;
    const int length = snprintf(path, sizeof path, "%s/%s", file->directory, file->name);
    if (length >= (int)sizeof path || lstat(path, &status) < 0) {
        return false;
    }
    file->size = (uint64_t)status.st_size;
    return status.st_dev == file->device && status.st_ino == file->inode;
}

static int prepare(struct logfile *file)
{
    if (file->fd >= 0 && !is_in_place(file)) {
        close_file(file);
    }
    return file->fd >= 0 ? 0 : reopen(file);
}

int logfile_open(struct logfile *file)
{
    if (file->directory == NULL) {
        return 0;
    }
    file->error = prepare(file);
    if (file->error == 0 && file->size > file->max_size) {
        file->error = rotate(file);
    }
    return file->error;
}

/* The length of the whole lines in the first LENGTH bytes. */
static size_t whole_lines(const char *lines, size_t length)
{
    const char *const end = memrchr(lines, '\n', length);
    return end != NULL ? (size_t)(end - lines) + 1 : 0;
}

/* How much of LINES the file has room for; a line that no file has room for has one of its own. */
static size_t fitting(const struct logfile *file, const char *lines, size_t length)
{
    if (file->size <= file->max_size && length <= file->max_size - file->size) {
        return length;
    }
    const size_t room = file->size < file->max_size ? (size_t)(file->max_size - file->size) : 0;
    const size_t bytes = whole_lines(lines, room);
    if (bytes > 0 || file->size > 0) {
        return bytes;
    }
    const char *const end = memchr(lines, '\n', length);
    return end != NULL ? (size_t)(end - lines) + 1 : length;
}

/* Takes back the last BYTES of the file; its size is asked for, since others may have cut it. */
static void take_back(struct logfile *file, size_t bytes)
{
    struct stat status;
    if (fstat(file->fd, &status) < 0 || status.st_size < (off_t)bytes ||
        ftruncate(file->fd, status.st_size - (off_t)bytes) < 0) {
        file->is_torn = true;
        file->size += bytes;
    }
}

/* Returns 0 or -errno; *RET_DONE: bytes of whole lines that are in the file, either way. */
static int append(struct logfile *file, const char *lines, size_t length, size_t *ret_done)
{
    *ret_done = 0;
    if (file->is_torn) {
        if (write(file->fd, "\n", 1) != 1) {
            return -errno;
        }
        file->is_torn = false;
        file->size++;
    }
    const ssize_t written = write(file->fd, lines, length);
    if (written < 0) {
        return -errno;
    }
    const size_t whole = (size_t)written == length ? length : whole_lines(lines, (size_t)written);
    file->size += whole;
    *ret_done = whole;
    if (whole < (size_t)written) {
        take_back(file, (size_t)written - whole);
    }
    /* A disk that takes less than a line is full; where it took some, the next write tells why not all. */
    return whole > 0 ? 0 : -ENOSPC;
}

/* Moves *LINES and *LENGTH behind what could be written. */
static int append_all(struct logfile *file, const char **lines, size_t *length)
{
    int result = 0;
    while (result == 0 && *length > 0) {
        const size_t bytes = fitting(file, *lines, *length);
        size_t done = 0;
        result = bytes > 0 ? append(file, *lines, bytes, &done) : rotate(file);
        *lines += done;
        *length -= done;
    }
    return result;
}

/* Says in the file what is missing in it. */
static int note_loss(struct logfile *file)
{
    char text[LOGFILE_NOTE_SIZE];
    const char *line = text;
    size_t length = file->note != NULL ? file->note(file, text) : 0;
    const int result = append_all(file, &line, &length);
    file->lost = result == 0 ? 0 : file->lost;
    return result;
}

static void count_lost(struct logfile *file, const char *lines, size_t length)
{
    for (const char *end; length > 0; file->lost++, file->lost_ever++) {
        end = memchr(lines, '\n', length);
        length -= end != NULL ? (size_t)(end + 1 - lines) : length;
        lines = end != NULL ? end + 1 : lines;
    }
}

int logfile_write(struct logfile *file, const char *lines, size_t length)
{
    if (file->directory == NULL || length == 0) {
        return 0;
    }
    int result = prepare(file);
    if (result == 0 && file->lost > 0) {
        result = note_loss(file);
    }
    if (result == 0) {
        result = append_all(file, &lines, &length);
    }
    if (result < 0) {
        count_lost(file, lines, length);
    }
    file->error = result;
    return result;
}

const char *logfile_explain(int error)
{
    switch (-error) {
    case ELOOP:
        return "a symbolic link has its name";
    case EINVAL:
        return "what has its name is no regular file, or has a second name";
    case ENOTDIR:
        return "its directory is a symbolic link or no directory";
    default:
        return strerror(-error);
    }
}

const char *logfile_mend(int error)
{
    switch (-error) {
    case ENOSPC:
    case EDQUOT:
        return "make room there";
    case EMFILE:
    case ENFILE:
        return "raise the limit on open files (ulimit -n)";
    case EFBIG:
        return "make log_max_size smaller than the limit on the size of files (ulimit -f)";
    case EIO:
        return "look after that disk";
    case ENOENT:
        return "make the directory that its directory is to be in";
    case EACCES:
    case EPERM:
    case EROFS:
        return "set log_dir to a directory that can be written";
    case ELOOP:
    case EINVAL:
    case EISDIR:
    case ENOTDIR:
        return "remove that, or set log_dir to another directory";
    default:
        return "set log_dir to another directory";
    }
}
