/* SPDX-License-Identifier: MIT */
/*
 * logtail: the last lines of a job's log file, for those who want to know what it does, or why it failed.
 */
#ifndef SANDBOX_INIT_LOGTAIL_H
#define SANDBOX_INIT_LOGTAIL_H

#include <stdbool.h>
#include <stddef.h>

enum {
    LOGTAIL_SIZE = 32768, /* bytes of the file that are looked at; lines before these are not found */
};

/*
 * Reads the last LINES whole lines of the regular file PATH into BUFFER, with their newlines, as they are: to
 * be escaped. Follows no symbolic link at its end, and blocks on nothing. Returns the first of them, a part
 * of BUFFER ended by a NUL; "" where there is none, or it cannot be read.
 */
const char *logtail_read(const char *path, size_t lines, char buffer[static LOGTAIL_SIZE + 1]);

/*
 * Finds the text behind the time in LINE, which ends at a newline or a NUL. Returns it, and its length in
 * RET_LENGTH. IS_OWN: it is one that the init wrote itself, "[sandbox-init: ...]".
 */
const char *logtail_find_text(const char *line, size_t *ret_length, bool *ret_is_own);

#endif
