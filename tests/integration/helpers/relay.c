/* SPDX-License-Identifier: MIT */
/*
 * relay PATH TARGET [--name NAME]
 *
 * Stands in for VS Code's helper, which forwards an agent of the host into the container: listens at PATH,
 * says "listening", and hands all that clients say on to the socket TARGET, and back, one client after the
 * other, until it is killed. NAME: what it is called, as `ps` shows it.
 */
#include "helper.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Hands on what can be read from FROM. Is there more to come? */
static bool hand_on(int from, int to)
{
    char buffer[4096];
    const ssize_t got = read(from, buffer, sizeof buffer);
    return got > 0 && write(to, buffer, (size_t)got) == got;
}

static void serve(int client, const char *target)
{
    struct sockaddr_un address = helper_address(target);
    const int server = helper_socket();
    bool is_open = connect(server, (const struct sockaddr *)&address, sizeof address) == 0;
    while (is_open) {
        struct pollfd ends[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
        if (poll(ends, 2, -1) < 0) {
            err(2, "poll");
        }
        is_open = (ends[0].revents == 0 || hand_on(client, server)) &&
                  (ends[1].revents == 0 || hand_on(server, client));
    }
    (void)close(server);
    (void)close(client);
}

int main(int argc, char **argv)
{
    if (argc != 3 && (argc != 5 || strcmp(argv[3], "--name") != 0)) {
        errx(2, "usage: relay PATH TARGET [--name NAME]");
    }
    if (argc == 5 && prctl(PR_SET_NAME, argv[4]) < 0) {
        err(2, "prctl");
    }
    const int fd = helper_listen(argv[1]);
    if (fd < 0) {
        err(2, "%s", argv[1]);
    }
    helper_say("listening");
    for (;;) {
        const int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0) {
            err(2, "accept");
        }
        serve(client, argv[2]);
    }
}
