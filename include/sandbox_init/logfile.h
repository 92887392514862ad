/* SPDX-License-Identifier: MIT */
/*
 * logfile: a file of lines that is rotated by size, and never more trusted than it deserves.
 *
 * NAME grows to its limit, then becomes NAME.1, that NAME.2, and so on; the oldest goes. A line is never
 * torn: it stands whole in one file, or is counted as lost. No failure ends anything: a full disk or a
 * vanished directory loses lines until there is room or a directory again, and how many were lost and why is
 * written into the file before the next line.
 *
 * The directory may be writable by those who would mislead us (a log directory of an init that is not root),
 * so a file is only used if it is a regular one of one name, and no symbolic link is followed, neither by
 * NAME nor by the last component of the directory. That the file is still the one that has the name is
 * looked after at each write: one that was deleted, moved away or replaced is begun anew, and one that was
 * cut shorter is of its new size.
 */
#ifndef SANDBOX_INIT_LOGFILE_H
#define SANDBOX_INIT_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOGFILE_NAME_SIZE = 64, /* bytes of a file's name without ".N", with its NUL */
    LOGFILE_KEEP_MAX = 99,
    LOGFILE_NOTE_SIZE = 256, /* bytes of the line that tells of lost ones */
};

struct logfile;

/*
 * Renders into LINE, LOGFILE_NOTE_SIZE bytes, what tells that FILE->lost lines were lost, for the reason
 * FILE->error, as the file's other lines are and with a newline. Returns its length.
 */
typedef size_t logfile_note(const struct logfile *file, char *line);

struct logfile {
    const char *directory; /* NULL: writes nothing, and loses nothing */
    char name[LOGFILE_NAME_SIZE];
    uint64_t max_size; /* bytes */
    unsigned keep;     /* older files; 0: a full file is begun anew */
    logfile_note *note;
    int fd;        /* -1: to be opened at the next write */
    uint64_t size; /* bytes in it */
    uint64_t device;
    uint64_t inode;
    bool is_torn;  /* it does not end in a newline: a crash, or a disk that failed */
    uint64_t lost; /* lines, not yet noted in the file */
    uint64_t lost_ever;
    int error; /* negative errno of the last attempt; 0: it worked */
};

/*
 * DIRECTORY (kept by pointer; its last component is made if it is missing, mode 0755) and NAME, with its
 * suffix. NOTE may be NULL: what is lost is not noted in the file. Opens nothing yet, cannot fail.
 */
void logfile_init(struct logfile *file, const char *directory, const char *name, uint64_t max_size,
                  unsigned keep, logfile_note *note);

/*
 * Opens the file now, so that what stands in the way is learnt early; one of before is added to. Files are
 * made with mode 0644. Returns 0 or -errno; -EINVAL where no regular file of one name stands there.
 */
int logfile_open(struct logfile *file);

/*
 * Appends LENGTH bytes of LINES, whole lines with their newlines, and rotates between lines, so that the file
 * has at most `max_size` bytes, or a single line. Returns 0, or -errno when lines were lost.
 */
int logfile_write(struct logfile *file, const char *lines, size_t length);

/* A zeroed or closed object is fine. */
void logfile_close(struct logfile *file);

/* What ERROR, a negative errno of the above, means, and what a person can do about it. */
const char *logfile_explain(int error);
const char *logfile_mend(int error);

#endif
