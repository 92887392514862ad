/* SPDX-License-Identifier: MIT */
/*
 * What several helpers need. They are programs of one file each, so this is a header with its bodies.
 * A helper speaks one line at a time on stdout, which the scripts wait for, and dies with a message when it
 * cannot do what it was asked to.
 */
#ifndef HELPER_H
#define HELPER_H

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The address of the socket at PATH, which must fit. */
static inline struct sockaddr_un helper_address(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof(address.sun_path))
        errx(2, "the path is too long for a socket: %s", path);
    memcpy(address.sun_path, path, length);
    return address;
}

static inline int helper_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        err(2, "socket");
    return fd;
}

/* Binds and listens at PATH. Returns the socket, or -1 with errno. */
static inline int helper_listen(const char *path)
{
    struct sockaddr_un address = helper_address(path);
    int fd = helper_socket();
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 64) == 0)
        return fd;
    return -1;
}

/* A number from the command line, at most MAX. */
static inline unsigned long helper_number(const char *text, unsigned long max)
{
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number > max)
        errx(2, "not a number up to %lu: %s", max, text);
    return number;
}

/* One line, at once: scripts wait for it. */
static inline void helper_say(const char *word)
{
    if (puts(word) < 0 || fflush(stdout) != 0)
        err(2, "stdout");
}

#endif
