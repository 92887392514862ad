/* SPDX-License-Identifier: MIT */
/* How the programs inside a box tell their results. They are one file each, so this has its bodies. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

enum {
    BENCH_REPORT_FD = 9, /* every process in a box inherits it */
};

static inline uint64_t report_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static inline bool report_write(const void *data, size_t size)
{
    return write(BENCH_REPORT_FD, data, size) == (ssize_t)size;
}

#endif
