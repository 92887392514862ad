/* SPDX-License-Identifier: MIT */
/*
 * fake_init: a control socket that answers whatever a test wants, for the tests of those who ask.
 *
 * It is a process of its own, in a directory of its own, and ends with the test. connect() is to be wrapped
 * ("WRAP: connect"), so that no test finds an init that really runs: only this directory's socket is there.
 */
#ifndef SANDBOX_INIT_FAKE_INIT_H
#define SANDBOX_INIT_FAKE_INIT_H

#include "testing.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum fake_manner {
    FAKE_CLOSES,  /* says it and hangs up */
    FAKE_HANGS,   /* says it, and then nothing until we hang up */
    FAKE_FLOODS,  /* says it again and again */
    FAKE_TRICKLES /* says it a byte at a time, slowly */
};

struct fake_answer {
    const char *text;
    enum fake_manner manner;
};

struct fake {
    pid_t pid;
    int requests_fd;
    char directory[64];
    char path[96];
};

static struct fake fake;
static int fake_error = ENOENT; /* of those */
static char fake_tried[2048];   /* the sockets that somebody connected to, in order, but for the fake's own */

int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    const char *path = ((const struct sockaddr_un *)(const void *)address)->sun_path;
    const size_t used = strlen(fake_tried);
    if (path[0] != '/' || (fake.pid != 0 && strcmp(path, fake.path) == 0)) {
        return __real_connect(fd, address, size);
    }
    snprintf(fake_tried + used, sizeof fake_tried - used, "%s%s", used > 0 ? " " : "", path);
    errno = fake_error;
    return -1;
}

static inline void fake_read_request(int fd, int requests_fd)
{
    char byte = '\0';
    while (byte != '\n' && read(fd, &byte, 1) == 1) {
        if (write(requests_fd, &byte, 1) != 1) {
            _exit(1);
        }
    }
}

static inline bool fake_say(int fd, const char *text, size_t length)
{
    return send(fd, text, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static inline void fake_serve(int fd, const struct fake_answer *answer)
{
    const size_t length = strlen(answer->text);
    char byte;
    switch (answer->manner) {
    case FAKE_FLOODS:
        while (fake_say(fd, answer->text, length)) {
        }
        break;
    case FAKE_TRICKLES:
        for (size_t i = 0; fake_say(fd, answer->text + i % length, 1); i++) {
            usleep(2000);
        }
        break;
    case FAKE_HANGS:
        fake_say(fd, answer->text, length);
        while (read(fd, &byte, 1) > 0) {
        }
        break;
    case FAKE_CLOSES:
        fake_say(fd, answer->text, length);
        break;
    }
    close(fd);
}

static inline int fake_listen(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(fake.directory, sizeof fake.directory, "/tmp/test-fake-init-XXXXXX");
    assert_non_null(mkdtemp(fake.directory));
    snprintf(fake.path, sizeof fake.path, "%s/control", fake.directory);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", fake.path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 8), 0);
    return fd;
}

/* The first connection gets the first of ANSWERS, and so on; those beyond COUNT get the last one. */
static inline void fake_start(const struct fake_answer *answers, size_t count)
{
    int ends[2];
    const int listen_fd = fake_listen();
    assert_int_equal(pipe(ends), 0);
    fake_tried[0] = '\0';
    fake.pid = fork();
    assert_true(fake.pid >= 0);
    if (fake.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (size_t i = 0;; i += i + 1 < count ? 1 : 0) {
            const int fd = accept(listen_fd, NULL, NULL);
            fake_read_request(fd, ends[1]);
            fake_serve(fd, &answers[i]);
        }
    }
    close(listen_fd);
    close(ends[1]);
    fake.requests_fd = ends[0];
}

static inline void fake_start_one(const char *text, enum fake_manner manner)
{
    const struct fake_answer answer = {text, manner};
    fake_start(&answer, 1);
}

/* Ends it. Returns what it was asked, lines with their newlines. */
static inline const char *fake_stop(void)
{
    static char requests[4096];
    size_t used = 0;
    ssize_t got;
    kill(fake.pid, SIGKILL);
    waitpid(fake.pid, NULL, 0);
    while ((got = read(fake.requests_fd, requests + used, sizeof requests - 1 - used)) > 0) {
        used += (size_t)got;
    }
    requests[used] = '\0';
    close(fake.requests_fd);
    unlink(fake.path);
    rmdir(fake.directory);
    fake = (struct fake){0};
    return requests;
}

#endif
