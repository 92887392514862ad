/* SPDX-License-Identifier: MIT */
/*
 * logfile: real directories and files, and a disk that is full, broken or slow by wrapped calls. What is told
 * and what is not: every line is in a file or counted, once, whole and in order.
 *
 * WRAP: write ftruncate renameat openat fchmod
 */
#include "testing.h"

#include "sandbox_init/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_SIZE = 1 << 16 };

static char base[64];
static char directory[96]; /* of the logs, not made yet */
static char path[160];     /* of job.log in it */
static struct logfile file;

/* ---- the wrapped calls ---- */

static void put_file(const char *name, const char *text)
{
    FILE *stream = fopen(name, "we");
    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

static int write_error;
static size_t room; /* bytes that the disk takes until it is full; SIZE_MAX: it is not */
static int truncate_error;
static int rename_error;
static const char *planted; /* made as soon as a file was moved away */
static int open_error;

ssize_t __real_write(int fd, const void *data, size_t length);
ssize_t __wrap_write(int fd, const void *data, size_t length);
ssize_t __wrap_write(int fd, const void *data, size_t length)
{
    if (fd != file.fd) {
        return __real_write(fd, data, length);
    }
    if (write_error != 0 || room == 0) {
        errno = write_error != 0 ? write_error : ENOSPC;
        return -1;
    }
    const size_t taken = length < room ? length : room;
    room -= room == SIZE_MAX ? 0 : taken;
    return __real_write(fd, data, taken);
}

int __real_ftruncate(int fd, off_t length);
int __wrap_ftruncate(int fd, off_t length);
int __wrap_ftruncate(int fd, off_t length)
{
    errno = truncate_error;
    return truncate_error != 0 ? -1 : __real_ftruncate(fd, length);
}

int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    errno = rename_error;
    const int result = rename_error != 0 ? -1 : __real_renameat(from_dir, from, to_dir, to);
    if (result == 0 && planted != NULL) {
        put_file(planted, "planted\n");
    }
    return result;
}

int __real_openat(int dir_fd, const char *name, int flags, ...);
int __wrap_openat(int dir_fd, const char *name, int flags, mode_t mode);
int __wrap_openat(int dir_fd, const char *name, int flags, mode_t mode)
{
    errno = open_error;
    return open_error != 0 ? -1 : __real_openat(dir_fd, name, flags, mode);
}

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
static int chmod_error;
int __wrap_fchmod(int fd, mode_t mode)
{
    errno = chmod_error;
    return chmod_error != 0 ? -1 : __real_fchmod(fd, mode);
}

/* ---- helpers ---- */

static int remove_one(const char *name, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(name);
}

static size_t note(const struct logfile *noted, char *line)
{
    return (size_t)snprintf(line, LOGFILE_NOTE_SIZE, "lost %d: %s\n", (int)noted->lost,
                            strerror(-noted->error));
}

static void begin(uint64_t max_size, unsigned keep)
{
    logfile_close(&file);
    logfile_init(&file, directory, "job.log", max_size, keep, note);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/test-logfile-XXXXXX");
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    umask(022);
    snprintf(directory, sizeof directory, "%s/logs", base);
    snprintf(path, sizeof path, "%s/job.log", directory);
    write_error = truncate_error = rename_error = open_error = chmod_error = 0;
    room = SIZE_MAX;
    planted = NULL;
    file = (struct logfile){0};
    begin(1 << 20, 3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    logfile_close(&file);
    return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int say(const char *lines)
{
    return logfile_write(&file, lines, strlen(lines));
}

/* What is in job.log, or with an AGE above 0 in that older file. */
static const char *contents(unsigned age)
{
    static char text[TEXT_SIZE];
    char name[192];
    snprintf(name, sizeof name, age > 0 ? "%s.%u" : "%s", path, age);
    FILE *stream = fopen(name, "re");
    if (stream == NULL) {
        return "(none)";
    }
    const size_t length = fread(text, 1, sizeof text - 1, stream);
    text[length] = '\0';
    fclose(stream);
    return text;
}

#define expect_file(age, text) assert_string_equal(contents(age), text)

/* ---- cases ---- */

static void directory_and_file_are_made_readable_for_all(void **state)
{
    struct stat status;
    (void)state;
    umask(077);
    assert_int_equal(logfile_open(&file), 0);
    umask(022);
    assert_int_equal(stat(directory, &status), 0);
    assert_int_equal(status.st_mode, S_IFDIR | 0755);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0644);
    assert_true((fcntl(file.fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(say("a\n"), 0);
    umask(000);
    unlink(path);
    assert_int_equal(say("b\n"), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0644);
    umask(022);
    expect_file(0, "b\n");
}

static void modes_of_before_are_left_alone(void **state)
{
    struct stat status;
    (void)state;
    assert_int_equal(mkdir(directory, 0700), 0);
    put_file(path, "before\n");
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(say("a\n"), 0);
    assert_int_equal(stat(directory, &status), 0);
    assert_int_equal(status.st_mode, S_IFDIR | 0700);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0600);
    expect_file(0, "before\na\n");
}

static void without_a_directory_nothing_is_written_or_lost(void **state)
{
    (void)state;
    logfile_close(&file);
    assert_int_equal(logfile_open(&file), 0);
    assert_int_equal(say("a\n"), 0);
    assert_int_equal(file.lost_ever, 0);
    file = (struct logfile){0};
    logfile_close(&file); /* not descriptor 0 */
    assert_true(fcntl(0, F_GETFD) >= 0);
}

static void files_get_older_and_the_oldest_goes(void **state)
{
    (void)state;
    begin(10, 3);
    assert_int_equal(say("1111\n2222\n3333\n"), 0);
    expect_file(1, "1111\n2222\n");
    expect_file(0, "3333\n");
    assert_int_equal(say("4444\n5555\n6666\n7777\n8888\n9999\n"), 0);
    expect_file(0, "9999\n");
    expect_file(1, "7777\n8888\n");
    expect_file(2, "5555\n6666\n");
    expect_file(3, "3333\n4444\n");
    expect_file(4, "(none)");
    assert_int_equal(file.lost_ever, 0);
    assert_int_equal(file.size, 5);
}

static void one_byte_more_is_too_much(void **state)
{
    (void)state;
    begin(10, 1);
    assert_int_equal(say("1111\n2222\n"), 0);
    expect_file(1, "(none)");
    unlink(path);
    begin(9, 1);
    assert_int_equal(say("1111\n2222\n"), 0);
    expect_file(1, "1111\n");
    expect_file(0, "2222\n");
}

static void without_older_files_a_full_one_is_begun_anew(void **state)
{
    (void)state;
    begin(10, 0);
    assert_int_equal(say("1111\n2222\n3333\n"), 0);
    expect_file(0, "3333\n");
    expect_file(1, "(none)");
}

static void what_is_beyond_keep_is_left_alone(void **state)
{
    (void)state;
    begin(5, 3);
    assert_int_equal(say("1111\n2222\n3333\n4444\n"), 0);
    begin(5, 1);
    assert_int_equal(say("5555\n"), 0);
    expect_file(0, "5555\n");
    expect_file(1, "4444\n");
    expect_file(2, "2222\n");
    expect_file(3, "1111\n");
}

static void a_gap_between_older_files_is_none_of_ours(void **state)
{
    (void)state;
    begin(5, 3);
    assert_int_equal(say("1111\n2222\n3333\n4444\n"), 0);
    char name[192];
    snprintf(name, sizeof name, "%s.2", path);
    unlink(name);
    assert_int_equal(say("5555\n"), 0);
    expect_file(1, "4444\n");
    expect_file(2, "3333\n");
    expect_file(3, "1111\n");
}

/* Lines of every length up to 12 and files of every size up to 14: whole, in order, none missing. */
static void no_file_is_larger_and_no_line_is_torn(void **state)
{
    (void)state;
    for (uint64_t max_size = 1; max_size <= 14; max_size++) {
        char lines[128];
        char all[512] = "";
        size_t used = 0;
        begin(max_size, 20);
        for (size_t length = 1; length <= 12; length++) {
            memset(lines + used, 'a' + (int)length, length - 1);
            used += length - 1;
            lines[used++] = '\n';
        }
        assert_int_equal(logfile_write(&file, lines, used), 0);
        for (unsigned age = 21; age-- > 0;) {
            const char *text = contents(age);
            const size_t length = strcmp(text, "(none)") == 0 ? 0 : strlen(text);
            assert_true(length <= max_size || strchr(text, '\n') == text + length - 1);
            assert_true(length == 0 || text[length - 1] == '\n');
            strncat(all, text, length);
        }
        assert_int_equal(strlen(all), used);
        assert_memory_equal(all, lines, used);
        assert_int_equal(tear_down(NULL), 0);
        assert_int_equal(set_up(NULL), 0);
    }
}

static void a_restart_adds_to_the_file(void **state)
{
    (void)state;
    begin(10, 3);
    assert_int_equal(say("1111\n"), 0);
    begin(10, 3);
    assert_int_equal(say("2222\n"), 0);
    expect_file(0, "1111\n2222\n");
    begin(10, 3);
    assert_int_equal(say("3333\n"), 0);
    expect_file(1, "1111\n2222\n");
    expect_file(0, "3333\n");
    begin(4, 3); /* smaller now than what is there */
    assert_int_equal(logfile_open(&file), 0);
    expect_file(0, "");
    expect_file(1, "3333\n");
}

static void a_line_that_a_crash_tore_is_ended(void **state)
{
    (void)state;
    assert_int_equal(mkdir(directory, 0755), 0);
    put_file(path, "whole\ntor");
    assert_int_equal(say("next\n"), 0);
    assert_int_equal(say("more\n"), 0);
    expect_file(0, "whole\ntor\nnext\nmore\n");
    assert_int_equal(file.size, 20);
}

static void a_file_that_went_is_begun_anew(void **state)
{
    char name[192];
    (void)state;
    assert_int_equal(say("1\n"), 0);
    unlink(path);
    assert_int_equal(say("2\n"), 0);
    expect_file(0, "2\n");
    snprintf(name, sizeof name, "%s.moved", path);
    assert_int_equal(rename(path, name), 0);
    assert_int_equal(say("3\n"), 0);
    expect_file(0, "3\n");
    put_file(name, "other\n");
    assert_int_equal(rename(name, path), 0);
    assert_int_equal(say("4\n"), 0);
    expect_file(0, "other\n4\n");
    unlink(path);
    rmdir(directory);
    assert_int_equal(say("5\n"), 0);
    expect_file(0, "5\n");
    snprintf(name, sizeof name, "%s.moved", directory);
    assert_int_equal(rename(directory, name), 0);
    assert_int_equal(say("6\n"), 0);
    expect_file(0, "6\n");
    assert_int_equal(file.lost_ever, 0);
}

static void a_file_that_was_cut_has_its_new_size(void **state)
{
    (void)state;
    begin(10, 1);
    assert_int_equal(say("1111\n2222\n"), 0);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(say("3333\n"), 0);
    expect_file(0, "3333\n");
    expect_file(1, "(none)");
    /* Nor does taking back a torn line make it longer. */
    room = 2;
    assert_int_equal(say("4444\n"), -ENOSPC);
    expect_file(0, "3333\n");
}

static void a_full_disk_takes_whole_lines_only(void **state)
{
    static const char lines[] = "one\ntwo\nthree\nfour\n";
    (void)state;
    for (size_t bytes = 0; bytes < sizeof lines - 1; bytes++) {
        char expected[64];
        const size_t whole = bytes < 4 ? 0 : bytes < 8 ? 4 : bytes < 14 ? 8 : 14;
        const unsigned lost = bytes < 4 ? 4 : bytes < 8 ? 3 : bytes < 14 ? 2 : 1;
        assert_int_equal(say("zero\n"), 0);
        room = bytes;
        assert_int_equal(say(lines), -ENOSPC);
        assert_int_equal(file.lost, lost);
        assert_int_equal(file.error, -ENOSPC);
        snprintf(expected, sizeof expected, "zero\n%.*s", (int)whole, lines);
        expect_file(0, expected);
        assert_int_equal(say("more\n"), -ENOSPC);
        assert_int_equal(file.lost, lost + 1);
        room = SIZE_MAX;
        assert_int_equal(say("five\n"), 0);
        snprintf(expected, sizeof expected, "zero\n%.*slost %u: No space left on device\nfive\n", (int)whole,
                 lines, lost + 1);
        expect_file(0, expected);
        assert_int_equal(file.lost, 0);
        assert_int_equal(file.lost_ever, lost + 1);
        assert_int_equal(file.error, 0);
        assert_int_equal(file.size, strlen(expected));
        unlink(path);
        begin(1 << 20, 3);
    }
}

static void a_note_that_finds_no_room_is_no_loss(void **state)
{
    (void)state;
    room = 0;
    assert_int_equal(say("one\n"), -ENOSPC);
    room = 10; /* less than the note */
    assert_int_equal(say("two\n"), -ENOSPC);
    expect_file(0, "");
    assert_int_equal(file.lost, 2);
    room = strlen("lost 2: No space left on device\n") + 1; /* room for just that */
    assert_int_equal(say("three\n"), -ENOSPC);
    expect_file(0, "lost 2: No space left on device\n");
    assert_int_equal(file.lost, 1);
    room = SIZE_MAX;
    assert_int_equal(say("four\n"), 0);
    expect_file(0, "lost 2: No space left on device\nlost 1: No space left on device\nfour\n");
    assert_int_equal(file.lost_ever, 3);
}

static void a_torn_line_that_cannot_be_taken_back_is_ended(void **state)
{
    (void)state;
    assert_int_equal(say("one\n"), 0);
    truncate_error = EPERM; /* as for a file with the append-only attribute */
    room = 7;
    assert_int_equal(say("two\nthree\nfour\n"), -ENOSPC);
    assert_int_equal(file.lost, 2);
    expect_file(0, "one\ntwo\nthr");
    room = SIZE_MAX;
    assert_int_equal(say("five\n"), 0);
    expect_file(0, "one\ntwo\nthr\nlost 2: No space left on device\nfive\n");
    assert_int_equal(file.size, strlen(contents(0)));
}

static void a_broken_disk_loses_and_tells(void **state)
{
    static const int errors[] = {EIO, EDQUOT, EROFS, EFBIG};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        char expected[128];
        write_error = errors[i];
        assert_int_equal(say("one\ntwo\n"), -errors[i]);
        write_error = 0;
        assert_int_equal(say("three\n"), 0);
        snprintf(expected, sizeof expected, "lost 2: %s\nthree\n", strerror(errors[i]));
        expect_file(0, expected);
        unlink(path);
    }
}

static const char forty[] = "111111111\n222222222\n333333333\n444444444\n";

static void what_cannot_be_rotated_does_not_grow(void **state)
{
    (void)state;
    begin(40, 2);
    assert_int_equal(say(forty), 0);
    rename_error = EROFS;
    assert_int_equal(say("5\n6\n"), -EROFS);
    expect_file(0, forty);
    rename_error = 0;
    assert_int_equal(say("7\n"), 0);
    expect_file(1, forty);
    expect_file(0, "lost 2: Read-only file system\n7\n");
}

static void a_rotation_that_ends_half_way_loses_no_file(void **state)
{
    char blocker[192];
    char older[192];
    (void)state;
    begin(40, 2);
    assert_int_equal(say(forty), 0);
    snprintf(blocker, sizeof blocker, "%s.1", path);
    snprintf(older, sizeof older, "%s.2", path);
    assert_int_equal(mkdir(blocker, 0755), 0);
    put_file(older, "older\n");
    assert_int_equal(say("5\n"), -ENOTDIR);
    expect_file(0, forty);
    expect_file(2, "older\n");
    assert_int_equal(rmdir(blocker), 0);
    open_error = ENOSPC; /* moved away, and then there is no room for a new one */
    assert_int_equal(say("6\n"), -ENOSPC);
    expect_file(0, "(none)");
    expect_file(1, forty);
    expect_file(2, "older\n");
    open_error = 0;
    assert_int_equal(say("7\n"), 0);
    expect_file(1, forty);
    expect_file(0, "lost 2: No space left on device\n7\n");
}

/* A new file is one that we made: who is quick enough to put one there gets no line. */
static void what_is_planted_in_a_rotation_is_refused(void **state)
{
    (void)state;
    begin(40, 1);
    assert_int_equal(say(forty), 0);
    planted = path;
    assert_int_equal(say("5\n"), -EEXIST);
    planted = NULL;
    expect_file(0, "planted\n");
    assert_int_equal(file.lost, 1);
}

static void no_new_file_can_be_made(void **state)
{
    (void)state;
    open_error = ENOSPC;
    assert_int_equal(logfile_open(&file), -ENOSPC);
    assert_int_equal(file.lost_ever, 0);
    assert_int_equal(say("one\n"), -ENOSPC);
    open_error = EMFILE;
    assert_int_equal(say("two\n"), -EMFILE);
    open_error = 0;
    assert_int_equal(say("three\n"), 0);
    expect_file(0, "lost 2: Too many open files\nthree\n");
    unlink(path);
    chmod_error = EPERM;
    assert_int_equal(say("four\n"), -EPERM);
    assert_int_equal(file.fd, -1);
}

/* What stands at the name is not touched, and nothing is written; when it is gone the log goes on. */
static void expect_refusal(int error)
{
    begin(1 << 20, 1);
    assert_int_equal(logfile_open(&file), error);
    assert_int_equal(say("one\n"), error);
    assert_int_equal(file.fd, -1);
    assert_int_equal(file.lost, 1);
    assert_int_equal(remove(path), 0);
    assert_int_equal(say("two\n"), 0);
    assert_non_null(strstr(contents(0), "\ntwo\n"));
    assert_int_equal(remove(path), 0);
}

static void what_is_no_file_of_one_name_is_refused(void **state)
{
    char victim[96];
    struct stat status;
    (void)state;
    assert_int_equal(mkdir(directory, 0755), 0);
    snprintf(victim, sizeof victim, "%s/victim", base);
    put_file(victim, "untouched");
    assert_int_equal(symlink(victim, path), 0);
    expect_refusal(-ELOOP);
    snprintf(victim, sizeof victim, "%s/missing", base);
    assert_int_equal(symlink(victim, path), 0);
    expect_refusal(-ELOOP);
    assert_int_equal(stat(victim, &status), -1);
    snprintf(victim, sizeof victim, "%s/victim", base);
    assert_int_equal(link(victim, path), 0);
    expect_refusal(-EINVAL);
    assert_int_equal(stat(victim, &status), 0);
    assert_int_equal(status.st_size, 9);
    assert_int_equal(mkfifo(path, 0666), 0);
    expect_refusal(-EINVAL);
    assert_int_equal(mkdir(path, 0755), 0);
    expect_refusal(-EISDIR);
}

static void what_takes_the_place_of_the_file_is_refused(void **state)
{
    char victim[96];
    (void)state;
    snprintf(victim, sizeof victim, "%s/victim", base);
    put_file(victim, "untouched\n");
    assert_int_equal(say("one\n"), 0);
    unlink(path);
    assert_int_equal(symlink(victim, path), 0);
    assert_int_equal(say("two\n"), -ELOOP);
    unlink(path);
    assert_int_equal(link(victim, path), 0);
    assert_int_equal(say("three\n"), -EINVAL);
    expect_file(0, "untouched\n");
    unlink(path);
    assert_int_equal(say("four\n"), 0);
    expect_file(0, "lost 2: Invalid argument\nfour\n");
}

static void a_directory_that_is_a_link_is_refused(void **state)
{
    char real[96];
    (void)state;
    snprintf(real, sizeof real, "%s/real", base);
    assert_int_equal(mkdir(real, 0755), 0);
    assert_int_equal(symlink(real, directory), 0);
    assert_int_equal(say("one\n"), -ENOTDIR);
    assert_int_equal(rmdir(real), 0);
    unlink(directory);
    assert_int_equal(say("two\n"), 0);
    expect_file(0, "lost 1: Not a directory\ntwo\n");
}

static void older_names_may_be_links_they_are_replaced(void **state)
{
    char victim[96];
    char older[192];
    struct stat status;
    (void)state;
    begin(5, 1);
    snprintf(victim, sizeof victim, "%s/victim", base);
    put_file(victim, "untouched");
    assert_int_equal(say("1111\n"), 0);
    snprintf(older, sizeof older, "%s.1", path);
    assert_int_equal(symlink(victim, older), 0);
    assert_int_equal(say("2222\n"), 0);
    expect_file(1, "1111\n");
    assert_int_equal(stat(victim, &status), 0);
    assert_int_equal(status.st_size, 9);
}

static void every_error_has_an_explanation_and_a_mend(void **state)
{
    static const struct {
        int error;
        const char *text;
        const char *mend;
    } rows[] = {
        {ENOSPC, "No space left on device", "make room there"},
        {EDQUOT, "Disk quota exceeded", "make room there"},
        {EIO, "Input/output error", "look after that disk"},
        {ENOENT, "No such file or directory", "make the directory that its directory is to be in"},
        {EMFILE, "Too many open files", "raise the limit on open files (ulimit -n)"},
        {ENFILE, "Too many open files in system", "raise the limit on open files (ulimit -n)"},
        {EFBIG, "File too large",
         "make log_max_size smaller than the limit on the size of files (ulimit -f)"},
        {EACCES, "Permission denied", "set log_dir to a directory that can be written"},
        {EPERM, "Operation not permitted", "set log_dir to a directory that can be written"},
        {EROFS, "Read-only file system", "set log_dir to a directory that can be written"},
        {ELOOP, "a symbolic link has its name", "remove that, or set log_dir to another directory"},
        {EINVAL, "what has its name is no regular file, or has a second name",
         "remove that, or set log_dir to another directory"},
        {EISDIR, "Is a directory", "remove that, or set log_dir to another directory"},
        {ENOTDIR, "its directory is a symbolic link or no directory",
         "remove that, or set log_dir to another directory"},
        {ENAMETOOLONG, "File name too long", "set log_dir to another directory"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(logfile_explain(-rows[i].error), rows[i].text);
        assert_string_equal(logfile_mend(-rows[i].error), rows[i].mend);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(directory_and_file_are_made_readable_for_all),
        CASE(modes_of_before_are_left_alone),
        CASE(without_a_directory_nothing_is_written_or_lost),
        CASE(files_get_older_and_the_oldest_goes),
        CASE(one_byte_more_is_too_much),
        CASE(without_older_files_a_full_one_is_begun_anew),
        CASE(what_is_beyond_keep_is_left_alone),
        CASE(a_gap_between_older_files_is_none_of_ours),
        CASE(no_file_is_larger_and_no_line_is_torn),
        CASE(a_restart_adds_to_the_file),
        CASE(a_line_that_a_crash_tore_is_ended),
        CASE(a_file_that_went_is_begun_anew),
        CASE(a_file_that_was_cut_has_its_new_size),
        CASE(a_full_disk_takes_whole_lines_only),
        CASE(a_note_that_finds_no_room_is_no_loss),
        CASE(a_torn_line_that_cannot_be_taken_back_is_ended),
        CASE(a_broken_disk_loses_and_tells),
        CASE(what_cannot_be_rotated_does_not_grow),
        CASE(a_rotation_that_ends_half_way_loses_no_file),
        CASE(what_is_planted_in_a_rotation_is_refused),
        CASE(no_new_file_can_be_made),
        CASE(what_is_no_file_of_one_name_is_refused),
        CASE(what_takes_the_place_of_the_file_is_refused),
        CASE(a_directory_that_is_a_link_is_refused),
        CASE(older_names_may_be_links_they_are_replaced),
        CASE(every_error_has_an_explanation_and_a_mend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
