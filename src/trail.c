/* SPDX-License-Identifier: MIT */
#include "sandbox_init/trail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK_SIZE = 16384, /* that lines are counted in */
    LOOKS_MAX = 64,     /* until one was not disturbed by a rotation; each takes microseconds */
};

/* What came of an attempt to have more bytes. */
enum filling {
    FILLING_GOT,
    FILLING_CUT,  /* what comes next is of another file */
    FILLING_NONE, /* not now */
    FILLING_OVER, /* never */
};

/* ---- one file ---- */

static bool is_same(const struct trail_file *file, const struct stat *status)
{
    return file->fd >= 0 && file->device == status->st_dev && file->inode == status->st_ino;
}

static void name_file(const struct trail *trail, unsigned age, char path[static PATH_MAX])
{
    if (age == 0) {
        snprintf(path, PATH_MAX, "%s/%s", trail->directory, trail->name);
    } else {
        snprintf(path, PATH_MAX, "%s/%s.%u", trail->directory, trail->name, age);
    }
}

/* Is there a file of this AGE? */
static bool look(const struct trail *trail, unsigned age, struct stat *ret_status)
{
    char path[PATH_MAX];
    name_file(trail, age, path);
    return lstat(path, ret_status) == 0 && S_ISREG(ret_status->st_mode);
}

/* Returns 0 or -errno; -ENOENT for what is no regular file, too. */
static int open_file(const struct trail *trail, unsigned age, struct trail_file *ret_file)
{
    char path[PATH_MAX];
    struct stat status;
    name_file(trail, age, path);
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ELOOP || errno == ENXIO ? -ENOENT : -errno;
    }
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return -ENOENT;
    }
    *ret_file = (struct trail_file){.fd = fd, .device = status.st_dev, .inode = status.st_ino};
    return 0;
}

static void close_file(struct trail_file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    file->fd = -1;
}

static void take_file(struct trail *trail, const struct trail_file *file, uint64_t offset)
{
    close_file(&trail->file);
    trail->file = *file;
    trail->offset = offset;
}

/* ---- their order ---- */

/* Returns the age of FILE now; -1: it has no name of ours any more. */
static int locate(const struct trail *trail, const struct trail_file *file)
{
    struct stat status;
    for (unsigned age = 0; age <= LOGFILE_KEEP_MAX; age++) {
        if (look(trail, age, &status) && is_same(file, &status)) {
            return (int)age;
        }
    }
    return -1;
}

/* Is there none between the ages YOUNGER and OLDER, and has FILE still the latter? */
static bool are_neighbours(const struct trail *trail, unsigned younger, unsigned older,
                           const struct trail_file *file)
{
    struct stat status;
    for (unsigned age = younger + 1; age < older; age++) {
        if (look(trail, age, &status)) {
            return false;
        }
    }
    return look(trail, older, &status) && is_same(file, &status);
}

static void note_error(struct trail *trail, int error)
{
    trail->error = error != -ENOENT ? error : trail->error;
}

/*
 * Is FILE, opened as AT, right before or behind the one that is read, which had AGE? For the former that must
 * not have moved since: it may have come to AT itself, or beyond.
 */
static bool is_next(const struct trail *trail, int age, int at, const struct trail_file *file)
{
    struct stat status;
    if (at < age) {
        return are_neighbours(trail, (unsigned)at, (unsigned)age, &trail->file);
    }
    return look(trail, (unsigned)age, &status) && is_same(&trail->file, &status) &&
           are_neighbours(trail, (unsigned)age, (unsigned)at, file);
}

/*
 * Opens the one after the one that is read, which has AGE, or before it if IS_OLDER. One that cannot be read
 * is left out, and is in no look's way. Returns 0, -ENOENT, or -EAGAIN: a rotation came in between.
 */
static int try_next(struct trail *trail, int age, bool is_older, struct trail_file *ret_file)
{
    const int way = is_older ? 1 : -1;
    bool is_sure = true;
    int result = -ENOENT;
    int at = age;
    while (result != 0 && (at += way) >= 0 && at <= LOGFILE_KEEP_MAX) {
        result = open_file(trail, (unsigned)at, ret_file);
        note_error(trail, result < 0 ? result : -ENOENT);
        is_sure = is_sure && (result == 0 || result == -ENOENT);
    }
    if (result != 0) {
        return -ENOENT;
    }
    if (is_sure && !is_next(trail, age, at, ret_file)) {
        close_file(ret_file);
        return -EAGAIN;
    }
    return 0;
}

/* Not one that was written before the one that we have read, which is gone. */
static bool is_wanted(const struct trail *trail, const struct timespec *since, const struct stat *status)
{
    const struct timespec *written = &status->st_mtim;
    const bool is_before = written->tv_sec < since->tv_sec ||
                           (written->tv_sec == since->tv_sec && written->tv_nsec < since->tv_nsec);
    return !is_before && !is_same(&trail->file, status);
}

/* Returns the highest age below END of a file that is wanted; -1: there is none. */
static int find_oldest(const struct trail *trail, const struct timespec *since, int end)
{
    struct stat status;
    int age = end - 1;
    while (age >= 0 && !(look(trail, (unsigned)age, &status) && is_wanted(trail, since, &status))) {
        age--;
    }
    return age;
}

static int try_oldest(struct trail *trail, const struct timespec *since, struct trail_file *ret_file)
{
    bool is_sure = true;
    int result = -ENOENT;
    int age = LOGFILE_KEEP_MAX + 1;
    while (result != 0 && (age = find_oldest(trail, since, age)) >= 0) {
        result = open_file(trail, (unsigned)age, ret_file);
        note_error(trail, result < 0 ? result : -ENOENT);
        is_sure = is_sure && (result == 0 || result == -ENOENT);
    }
    if (result != 0) {
        return -ENOENT;
    }
    if (is_sure && find_oldest(trail, since, LOGFILE_KEEP_MAX + 1) > age) {
        close_file(ret_file);
        return -EAGAIN;
    }
    return 0;
}

static int open_oldest(struct trail *trail, const struct timespec *since, struct trail_file *ret_file)
{
    int result = -EAGAIN;
    for (int tries = 0; result == -EAGAIN && tries < LOOKS_MAX; tries++) {
        result = try_oldest(trail, since, ret_file);
    }
    return result;
}

/* Opens the one after the one that is read, or before it. -ESTALE: that one has no name any more. */
static int open_next(struct trail *trail, bool is_older, struct trail_file *ret_file)
{
    int result = -EAGAIN;
    for (int tries = 0; result == -EAGAIN && tries < LOOKS_MAX; tries++) {
        const int age = locate(trail, &trail->file);
        result = age >= 0 ? try_next(trail, age, is_older, ret_file) : -ESTALE;
    }
    return result;
}

/* ---- where to begin ---- */

/*
 * Looks in LENGTH bytes of BLOCK, which begins at AT, backwards for the beginnings of lines until there are
 * WANTED. Returns how many there are, with *OFFSET at the first. SIZE: of the whole, after which none begins.
 */
static uint64_t find_in_block(const char *block, size_t length, uint64_t at, uint64_t size, uint64_t wanted,
                              uint64_t *offset)
{
    uint64_t count = 0;
    for (size_t i = length; i-- > 0 && count < wanted;) {
        if (block[i] == '\n' && at + i + 1 < size) {
            *offset = at + i + 1;
            count++;
        }
    }
    return count;
}

/*
 * Looks from SIZE bytes of FD backwards for the beginning of the last WANTED lines. Returns how many there
 * are, WANTED at most; a last one without a newline is one.
 */
static uint64_t find_lines(int fd, uint64_t size, uint64_t wanted, uint64_t *ret_offset)
{
    char block[BLOCK_SIZE];
    uint64_t count = 0;
    uint64_t end = size;
    *ret_offset = size;
    while (end > 0 && count < wanted) {
        const size_t length = end < sizeof block ? (size_t)end : sizeof block;
        end -= length;
        if (pread(fd, block, length, (off_t)end) != (ssize_t)length) {
            return count; /* it was cut shorter */
        }
        count += find_in_block(block, length, end, size, wanted - count, ret_offset);
    }
    if (size > 0 && count < wanted) {
        *ret_offset = 0;
        count++;
    }
    return count;
}

static uint64_t size_of(const struct trail_file *file)
{
    struct stat status;
    return fstat(file->fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* From the newest file back. */
static void seek_back(struct trail *trail, uint64_t wanted)
{
    struct trail_file older = {.fd = -1};
    trail->line_count = find_lines(trail->file.fd, trail->last_size, wanted, &trail->offset);
    while (trail->line_count < wanted && open_next(trail, true, &older) == 0) {
        take_file(trail, &older, 0);
        trail->line_count +=
            find_lines(older.fd, size_of(&older), wanted - trail->line_count, &trail->offset);
    }
}

static int seek_oldest(struct trail *trail)
{
    const struct timespec ever = {0};
    struct trail_file oldest = {.fd = -1};
    const int result = open_oldest(trail, &ever, &oldest);
    if (result == 0) {
        take_file(trail, &oldest, 0);
    }
    return result;
}

/* Opens the newest file. In the middle of a rotation there is none that is written. */
static int open_newest(const struct trail *trail, struct trail_file *ret_file)
{
    int result = -ENOENT;
    for (unsigned age = 0; age <= LOGFILE_KEEP_MAX && result == -ENOENT; age++) {
        result = open_file(trail, age, ret_file);
    }
    return result;
}

int trail_open(struct trail *trail, const char *directory, const char *name, int64_t lines, bool is_following)
{
    trail->directory = directory;
    snprintf(trail->name, sizeof trail->name, "%s", name);
    trail->is_following = is_following;
    trail->file.fd = trail->last.fd = -1;
    trail->offset = trail->last_size = trail->line_count = 0;
    trail->has_missed = trail->is_over = trail->is_within = trail->is_cut = false;
    trail->error = 0;
    trail->taken = trail->used = 0;
    struct trail_file newest = {.fd = -1};
    int result = open_newest(trail, &newest);
    if (result < 0) {
        trail->is_over = !is_following;
        return result;
    }
    trail->last = newest;
    trail->last_size = size_of(&newest);
    if (lines >= 0) {
        trail->file = newest;
        trail->file.fd = fcntl(newest.fd, F_DUPFD_CLOEXEC, 0);
        result = trail->file.fd < 0 ? -errno : 0;
    } else {
        result = seek_oldest(trail);
    }
    if (result == 0 && lines >= 0) {
        seek_back(trail, (uint64_t)lines);
    }
    if (result < 0 || is_following) {
        close_file(&trail->last);
    }
    trail->is_over = result < 0 && !is_following;
    return result;
}

/* ---- on and on ---- */

static bool is_last_file(const struct trail *trail)
{
    return !trail->is_following && trail->file.device == trail->last.device &&
           trail->file.inode == trail->last.inode;
}

static enum filling read_more(struct trail *trail)
{
    size_t room = sizeof trail->buffer - trail->used;
    if (is_last_file(trail)) {
        const uint64_t left = trail->last_size > trail->offset ? trail->last_size - trail->offset : 0;
        room = left < room ? (size_t)left : room;
    }
    const ssize_t got = pread(trail->file.fd, trail->buffer + trail->used, room, (off_t)trail->offset);
    if (got <= 0) {
        trail->error = got < 0 ? -errno : trail->error;
        return FILLING_NONE;
    }
    trail->used += (size_t)got;
    trail->offset += (uint64_t)got;
    return FILLING_GOT;
}

/* What follows on a file that lost its name: the oldest that was written after it. */
static enum filling go_on_from_lost(struct trail *trail)
{
    struct trail_file next = {.fd = -1};
    struct stat status = {0};
    if (fstat(trail->file.fd, &status) < 0 || open_oldest(trail, &status.st_mtim, &next) < 0) {
        return FILLING_NONE;
    }
    trail->has_missed = true;
    take_file(trail, &next, 0);
    return FILLING_CUT;
}

static enum filling go_on(struct trail *trail)
{
    struct trail_file next = {.fd = -1};
    const int result = open_next(trail, false, &next);
    if (result == 0) {
        take_file(trail, &next, 0);
        return FILLING_CUT;
    }
    return result == -ESTALE ? go_on_from_lost(trail) : FILLING_NONE;
}

/* Goes on to the next file of those that were there at the beginning. */
static enum filling go_on_to_last(struct trail *trail)
{
    if (is_last_file(trail)) {
        return FILLING_OVER;
    }
    const bool is_there = locate(trail, &trail->last) >= 0;
    if (is_there && go_on(trail) == FILLING_CUT) {
        return FILLING_CUT;
    }
    trail->has_missed = trail->has_missed || !is_there;
    take_file(trail, &trail->last, 0);
    trail->last.fd = -1;
    return FILLING_CUT;
}

/* The file that is followed was read to its end. */
static enum filling follow(struct trail *trail)
{
    struct stat status;
    if (size_of(&trail->file) < trail->offset) {
        trail->offset = 0;
        return FILLING_CUT;
    }
    if (look(trail, 0, &status) && is_same(&trail->file, &status)) {
        return FILLING_NONE;
    }
    /* From now on nobody writes to it; since the last look somebody may have. */
    return read_more(trail) == FILLING_GOT ? FILLING_GOT : go_on(trail);
}

static enum filling fill(struct trail *trail)
{
    if (trail->is_over) {
        return FILLING_OVER;
    }
    if (trail->file.fd < 0) {
        return seek_oldest(trail) == 0 ? FILLING_CUT : FILLING_NONE;
    }
    if (read_more(trail) == FILLING_GOT) {
        return FILLING_GOT;
    }
    return trail->is_following ? follow(trail) : go_on_to_last(trail);
}

static void hand_out(struct trail *trail, size_t length, bool is_last, bool has_newline,
                     struct trail_piece *ret_piece)
{
    *ret_piece = (struct trail_piece){
        .text = trail->buffer + trail->taken,
        .length = length,
        .is_first = !trail->is_within,
        .is_last = is_last,
        .has_newline = has_newline,
    };
    trail->is_within = !is_last;
    trail->taken += length + (has_newline ? 1 : 0);
}

/* Takes a piece from what is in the buffer, if that is enough for one. */
static bool take_piece(struct trail *trail, struct trail_piece *ret_piece)
{
    const size_t length = trail->used - trail->taken;
    const char *text = trail->buffer + trail->taken;
    const char *end = length > 0 ? memchr(text, '\n', length) : NULL;
    if (end != NULL) {
        hand_out(trail, (size_t)(end - text), true, true, ret_piece);
    } else if (length == sizeof trail->buffer) {
        hand_out(trail, length, false, false, ret_piece);
    } else if (trail->is_cut && (length > 0 || trail->is_within)) {
        hand_out(trail, length, true, false, ret_piece);
    } else {
        return false;
    }
    return true;
}

bool trail_next(struct trail *trail, struct trail_piece *ret_piece)
{
    while (!take_piece(trail, ret_piece)) {
        trail->used -= trail->taken;
        memmove(trail->buffer, trail->buffer + trail->taken, trail->used);
        trail->taken = 0;
        trail->is_cut = false;
        const enum filling filling = fill(trail);
        if (filling == FILLING_NONE) {
            return false;
        }
        if (filling == FILLING_OVER) {
            trail->is_over = trail->is_cut = true;
            return take_piece(trail, ret_piece);
        }
        trail->is_cut = filling == FILLING_CUT;
    }
    return true;
}

void trail_close(struct trail *trail)
{
    close_file(&trail->file);
    close_file(&trail->last);
}
