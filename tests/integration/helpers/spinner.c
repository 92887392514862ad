/* SPDX-License-Identifier: MIT */
/*
 * spinner PATH
 *
 * The attacker who is as quick as one can be: calls connect() on a PATH that does not exist yet, over and
 * over. Says "spinning" once it does; when its stdin ends it says "connected N of M".
 */
#include "helper.h"

#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

static bool stdin_has_ended(void)
{
    struct pollfd poll_fd = {.fd = STDIN_FILENO, .events = POLLIN};
    char byte = 0;
    return poll(&poll_fd, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        errx(2, "usage: spinner PATH");
    }
    struct sockaddr_un address = helper_address(argv[1]);
    unsigned long connected = 0;
    unsigned long tried = 0;
    int fd = helper_socket();
    helper_say("spinning");
    while (tried++ % 256 != 0 || !stdin_has_ended()) {
        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
            continue;
        }
        connected++;
        (void)close(fd);
        fd = helper_socket();
    }
    printf("connected %lu of %lu\n", connected, tried);
    return 0;
}
