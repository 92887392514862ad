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

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

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

#endif
