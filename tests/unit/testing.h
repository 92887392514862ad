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

/* Elements of an array, not of a pointer. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
