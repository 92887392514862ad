/* SPDX-License-Identifier: MIT */
/*
 * binder [--uid N] PATH...
 *
 * Leaves a socket at each PATH, as a program does that ended without tidying up: binds it (as user N) and
 * ends.
 */
#include "helper.h"

#include <unistd.h>

static void become(unsigned long id)
{
    if (setregid((gid_t)id, (gid_t)id) != 0 || setreuid((uid_t)id, (uid_t)id) != 0) {
        err(2, "user %lu", id);
    }
}

int main(int argc, char **argv)
{
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "--uid") == 0) {
        become(helper_number(argv[2], 0x7fffffff));
        first = 3;
    }
    if (first >= argc) {
        errx(2, "usage: binder [--uid N] PATH...");
    }
    for (int i = first; i < argc; i++) {
        int fd = helper_listen(argv[i]);
        if (fd < 0) {
            err(2, "%s", argv[i]);
        }
        (void)close(fd);
    }
    return 0;
}
