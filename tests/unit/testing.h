/* SPDX-License-Identifier: MIT */
/*
 * testing: what every unit test includes before anything else.
 *
 * cmocka.h relies on four standard headers and on their order without including them itself. A table test
 * that fails says which row it was by fail_msg("row %zu: ...", row): an assert alone names only the line.
 */
#ifndef SANDBOX_INIT_TESTING_H
#define SANDBOX_INIT_TESTING_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Elements of an array, not of a pointer. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline int testing_remove(const char *path, const struct stat *status, int type, struct FTW *level)
{
    (void)status;
    (void)type;
    (void)level;
    return remove(path);
}

/* Removes the directory PATH with all that is in it. Returns 0, or -1. */
static inline int testing_remove_tree(const char *path)
{
    return nftw(path, testing_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/*
 * Skips the test where links of a tree of its own cannot be kept within it: before Linux 5.6, and under a
 * valgrind that does not know openat2(2).
 */
static inline void testing_need_openat2(void)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC};
    const long fd = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
    if (fd < 0) {
        print_message("skipped: there is no openat2()\n");
        skip();
    }
    close((int)fd);
}

#endif
