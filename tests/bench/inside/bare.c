/* SPDX-License-Identifier: MIT */
/*
 * bare DIR
 *
 * The least that a scrubber can be, and what the guard's speed is compared with: it reads inotify and unlinks
 * what begins with "vscode-", whatever that is.
 */
#include <err.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    _Alignas(struct inotify_event) char buffer[16384];
    const int fd = inotify_init1(IN_CLOEXEC);
    if (argc != 2 || chdir(argv[1]) < 0 || fd < 0 ||
        inotify_add_watch(fd, ".", IN_CREATE | IN_MOVED_TO) < 0) {
        err(1, "usage: bare DIR");
    }
    for (;;) {
        const ssize_t got = read(fd, buffer, sizeof buffer);
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event = (const void *)(buffer + at);
            if (strncmp(event->name, "vscode-", 7) == 0) {
                unlink(event->name);
            }
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
}
