/* SPDX-License-Identifier: MIT */
/*
 * trail: reads the lines of one log, through all its files, while it is written and rotated (logfile.h).
 *
 * Where we are is a file that is held open and an offset, never a name: a file that is renamed meanwhile is
 * read to its end, and the next one is whichever comes before it then. Rotation gives files higher numbers
 * only, the highest first, so a look that goes upwards misses none; what a downward look finds is confirmed
 * by an upward one. A line comes once, or not at all where its file was removed before we came to it: that
 * is noted (rejected alternative: reopening NAME.log when its inode changes, as tail(1) does, which misses a
 * file that was written and rotated between two looks).
 *
 * Nobody is trusted: no symbolic link is followed, and what is no regular file is not there. Memory is
 * bounded, whatever the files' and lines' lengths are.
 */
#ifndef SANDBOX_INIT_TRAIL_H
#define SANDBOX_INIT_TRAIL_H

#include "sandbox_init/logfile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum {
    TRAIL_LINE_MAX = 16384, /* bytes of a line with its newline; of a longer one there are pieces */
};

struct trail_file {
    int fd; /* -1: none */
    dev_t device;
    ino_t inode;
};

struct trail {
    const char *directory;
    char name[LOGFILE_NAME_SIZE];
    bool is_following;
    struct trail_file file; /* that is being read */
    uint64_t offset;        /* of what was not read of it yet */
    struct trail_file last; /* where it ends, unless it is followed */
    uint64_t last_size;     /* what it had at the beginning */
    uint64_t line_count; /* of those that were there at the beginning and are to come, if LINES was given */
    bool has_missed;     /* files were removed before they were read */
    bool is_over;        /* not followed: there is nothing more */
    int error;           /* negative errno of a file that could not be read, and was left out; else 0 */
    bool is_within;      /* the last piece did not end its line */
    bool is_cut;         /* what is in `buffer` ended with its file */
    size_t taken;        /* bytes in `buffer` that were handed out */
    size_t used;
    char buffer[TRAIL_LINE_MAX];
};

/* A line, or a piece of one that is too long. */
struct trail_piece {
    const char *text; /* any bytes; until the next call */
    size_t length;    /* without the newline */
    bool is_first;
    bool is_last;
    bool has_newline; /* no: the file, or the log, ends without */
};

/*
 * Begins to read NAME, with its suffix, in DIRECTORY (kept by pointer): at the oldest line that is there; or,
 * unless LINES is negative, so that there are LINES to come, or all if there are fewer. Ends with what is
 * there now, unless IS_FOLLOWING. Returns 0; -ENOENT: there is none (yet); another -errno: it is there, but
 * cannot be read. If IS_FOLLOWING it can be read from after any failure, as soon as it is there.
 */
int trail_open(struct trail *trail, const char *directory, const char *name, int64_t lines,
               bool is_following);

/*
 * Takes the next line or piece. Returns false when there is none: now, if it is followed, else for good. A
 * line that has no newline yet is waited for when it is followed.
 */
bool trail_next(struct trail *trail, struct trail_piece *ret_piece);

/* A zeroed object is not fine, one whose opening failed is. */
void trail_close(struct trail *trail);

#endif
