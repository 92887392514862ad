/* SPDX-License-Identifier: MIT */
/*
 * stamp: a time as all our logs write it: UTC, to the millisecond, of fixed width, sortable (RFC 3339).
 */
#ifndef SANDBOX_INIT_STAMP_H
#define SANDBOX_INIT_STAMP_H

#include <time.h>

enum {
    STAMP_LENGTH = 24, /* "2026-11-23T14:01:02.123Z" */
    STAMP_CLOCK = 11,  /* where the time of day begins */
    STAMP_CLOCK_LENGTH = 12,
};

/*
 * Writes TIME (CLOCK_REALTIME) into TEXT and ends it with a NUL. The width is kept at any price: what is
 * before 1970 or after 9999 is written as the first or last millisecond of these.
 */
void stamp_render(char text[static STAMP_LENGTH + 1], const struct timespec *time);

#endif
