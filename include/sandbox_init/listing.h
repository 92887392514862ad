/* SPDX-License-Identifier: MIT */
/*
 * listing: the names in a directory, without allocating.
 *
 * readdir(3) allocates a stream at each use; the guard sweeps for as long as the container lives and must
 * not depend on memory being there.
 */
#ifndef SANDBOX_INIT_LISTING_H
#define SANDBOX_INIT_LISTING_H

#include <stdbool.h>

/* Called for each name but "." and "..". The entry may be removed in the call. Returns false to end. */
typedef bool listing_visit(void *context, const char *name);

/*
 * Visits every entry of the directory DIRFD, which may be an O_PATH descriptor; its offset is not used.
 * Names that appear or vanish meanwhile may or may not be seen, all others are (getdents64(2)).
 * Returns 0, or -errno when the directory cannot be opened or read.
 */
int listing_read(int dirfd, listing_visit *visit, void *context);

#endif
