/* SPDX-License-Identifier: MIT */
/*
 * nearest: finds the known name that a misspelt one was meant to be.
 *
 * Used for configuration keys, sections, choices and command-line options. Without it, an error could say
 * that a name is unknown but not how to mend it.
 */
#ifndef SANDBOX_INIT_NEAREST_H
#define SANDBOX_INIT_NEAREST_H

#include <stddef.h>

/*
 * The best candidate so far: zero-initialise, offer every known name, then read `name`.
 * The distance is Damerau-Levenshtein's (optimal string alignment), case ignored.
 */
struct nearest {
    const char *name; /* NULL: nothing offered was close enough to be what was meant */
    size_t distance;  /* edits between the wanted name and `name`; meaningless while that is NULL */
};

/*
 * Offers KNOWN as what WANTED could have been. Kept when it is closer than all before it and no further
 * than a third of the longer name's length, at least 1 (so that "foo" is not corrected to "dirs"), and when
 * some of it is left as it was ("2" is not corrected to "1").
 * KNOWN is kept by pointer. Names longer than 63 bytes are never near anything.
 */
void nearest_offer(struct nearest *best, const char *wanted, const char *known);

#endif
