/* SPDX-License-Identifier: MIT */
/*
 * listener PATH [--uid N] [--stay]
 *
 * Stands in for a program that forwards a socket into the container. Binds and listens at PATH (as user N),
 * says "listening", then "accepted 1", "accepted 2", ... for each connection. Ends after the first one, with
 * --stay when it is killed.
 */
#include "helper.h"

#include <stdbool.h>
#include <unistd.h>

static void become(unsigned long id)
{
    if (setregid((gid_t)id, (gid_t)id) != 0 || setreuid((uid_t)id, (uid_t)id) != 0) {
        err(2, "user %lu", id);
    }
}

int main(int argc, char **argv)
{
    const char *path = NULL;
    bool stays = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--stay") == 0) {
            stays = true;
        } else if (strcmp(argv[i], "--uid") == 0 && i + 1 < argc) {
            become(helper_number(argv[++i], 0x7fffffff));
        } else {
            path = argv[i];
        }
    }
    if (path == NULL) {
        errx(2, "usage: listener PATH [--uid N] [--stay]");
    }
    int fd = helper_listen(path);
    if (fd < 0) {
        err(2, "%s", path);
    }
    helper_say("listening");
    for (unsigned long count = 1; count == 1 || stays; count++) {
        int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0) {
            err(2, "accept");
        }
        (void)close(connection);
        char line[64];
        (void)snprintf(line, sizeof(line), "accepted %lu", count);
        helper_say(line);
    }
    return 0;
}
