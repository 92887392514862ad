/* SPDX-License-Identifier: MIT */
/* mountinfo: the lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)), one mount each. Pure. */
#ifndef SANDBOX_INIT_MOUNTINFO_H
#define SANDBOX_INIT_MOUNTINFO_H

#include <stdbool.h>

enum {
    MOUNTINFO_PATH_SIZE = 512, /* what is longer is cut */
    MOUNTINFO_TYPE_SIZE = 64,
};

struct mountinfo_entry {
    char root[MOUNTINFO_PATH_SIZE];  /* which directory or file of the file system: "/" is all of it */
    char point[MOUNTINFO_PATH_SIZE]; /* where it is mounted */
    char type[MOUNTINFO_TYPE_SIZE];  /* "ext4" */
    char source[MOUNTINFO_PATH_SIZE];
    bool is_read_only; /* this mount, or its file system */
};

/* Reads the line at *TEXT, moving behind it. False: there is none any more. One that is odd is left out. */
bool mountinfo_next(const char **text, struct mountinfo_entry *ret_entry);

#endif
