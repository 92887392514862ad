/* SPDX-License-Identifier: MIT */
/*
 * fake_http: a process that answers HTTP as a test wants, on 127.0.0.1 or on a Unix socket. It ends with the
 * test.
 */
#ifndef SANDBOX_INIT_FAKE_HTTP_H
#define SANDBOX_INIT_FAKE_HTTP_H

#include "testing.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Writes the answer to REQUEST, which is its head, to FD. */
typedef void fake_http_answer(int fd, const char *request);

static inline void fake_http_say(int fd, const char *text)
{
    while (*text != '\0') {
        const ssize_t sent = send(fd, text, strlen(text), MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        text += sent;
    }
}

static inline void fake_http_serve(int listener, fake_http_answer *answer)
{
    for (;;) {
        char request[1024] = "";
        size_t used = 0;
        ssize_t got = 1;
        const int fd = accept(listener, NULL, NULL);
        while (fd >= 0 && got > 0 && strstr(request, "\r\n\r\n") == NULL && used + 1 < sizeof request) {
            got = recv(fd, request + used, sizeof request - 1 - used, 0);
            used += got > 0 ? (size_t)got : 0;
            request[used] = '\0';
        }
        if (strstr(request, "\r\n\r\n") != NULL) {
            answer(fd, request);
        }
        close(fd);
    }
}

/* Returns the server's pid. */
static inline pid_t fake_http_fork(int listener, fake_http_answer *answer)
{
    const pid_t test = getpid();
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == test) {
            fake_http_serve(listener, answer);
        }
        _exit(0);
    }
    assert_true(child > 0);
    close(listener);
    return child;
}

/* Listens on ADDRESS (an IPv4 address in the machine's order) and a free port, or *PORT. */
static inline int fake_http_listen(uint32_t address, unsigned *port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    socklen_t size = sizeof in;
    in.sin_addr.s_addr = htonl(address);
    const int one = 1;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    assert_int_equal(bind(fd, (const struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &size), 0);
    *port = ntohs(in.sin_port);
    return fd;
}

static inline int fake_http_listen_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 16), 0);
    return fd;
}

static inline void fake_http_stop(pid_t child)
{
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

#endif
