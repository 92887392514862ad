/* SPDX-License-Identifier: MIT */
/*
 * asker PATH REQUEST...   asks the control socket at PATH for the words REQUEST, and prints the answer. Exits
 * 0 when its last line is "end", 1 when it is an error, 2 when it is neither. asker hold N PATH TEXT connects
 * N times and sends each time TEXT without a newline; says how many were not turned away; stays until its
 * stdin ends. asker hammer N PATH REQUEST...   N clients at once that ask again as soon as they are answered;
 * says "answered" when each of them was; stays until its stdin ends. asker deaf N PATH REQUEST...     asks N
 * times and never reads; says "asked"; stays until its stdin ends. Without a newline of its own in the words:
 * they are joined by blanks.
 */
#include "helper.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CLIENTS_MAX = 1000 };

static char request[4096];

static void join_request(int count, char **words)
{
    size_t used = 0;
    for (int i = 0; i < count && used < sizeof(request); i++) {
        used += (size_t)snprintf(request + used, sizeof(request) - used, "%s%s", i > 0 ? " " : "", words[i]);
    }
    if (used + 1 >= sizeof(request)) {
        errx(2, "the request is too long");
    }
    request[used] = '\n';
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = helper_address(path);
    int fd = helper_socket();
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        err(2, "%s", path);
    }
    return fd;
}

/* Who was turned away is hung up on, maybe before this. */
static void send_text(int fd, const char *text)
{
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET) {
        err(2, "send");
    }
}

static int ask(const char *path)
{
    static char answer[1 << 20];
    size_t used = 0;
    ssize_t got;
    int fd = connect_to(path);
    send_text(fd, request);
    while (used < sizeof(answer) - 1 && (got = read(fd, answer + used, sizeof(answer) - 1 - used)) > 0) {
        used += (size_t)got;
        (void)fwrite(answer + used - got, 1, (size_t)got, stdout);
        (void)fflush(stdout);
    }
    (void)close(fd);
    answer[used] = '\0';
    if (strncmp(answer, "error\t", 6) == 0) {
        return 1;
    }
    return used >= 4 && strcmp(answer + used - 4, "end\n") == 0 ? 0 : 2;
}

static void stay(void)
{
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
}

/* Has FD been told anything, or been hung up on? */
static int is_turned_away(int fd)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    return poll(&look, 1, 0) > 0;
}

static int hold(unsigned long count, const char *path, const char *text)
{
    static int fds[CLIENTS_MAX];
    char line[32];
    for (unsigned long i = 0; i < count; i++) {
        fds[i] = connect_to(path);
        send_text(fds[i], text);
    }
    /* Everyone is looked at in turn, so when another one is answered all of these were. */
    int last = connect_to(path);
    char byte;
    send_text(last, "nothing\n");
    if (read(last, &byte, 1) < 0) {
        err(2, "read");
    }
    unsigned long held = 0;
    for (unsigned long i = 0; i < count; i++) {
        held += is_turned_away(fds[i]) ? 0 : 1;
    }
    (void)snprintf(line, sizeof(line), "held %lu", held);
    helper_say(line);
    stay();
    return 0;
}

static void begin(int epoll_fd, unsigned long client, const char *path)
{
    int fd = connect_to(path);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)fd << 32 | client};
    send_text(fd, request);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        err(2, "epoll_ctl");
    }
}

static int hammer(unsigned long count, const char *path)
{
    static char is_answered[CLIENTS_MAX];
    static char answer[65536];
    unsigned long missing = count;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0) {
        err(2, "epoll");
    }
    for (unsigned long i = 0; i < count; i++) {
        begin(epoll_fd, i, path);
    }
    while (epoll_wait(epoll_fd, &event, 1, -1) == 1 && event.data.u64 != UINT64_MAX) {
        int fd = (int)(event.data.u64 >> 32);
        unsigned long client = event.data.u64 & UINT32_MAX;
        ssize_t got = read(fd, answer, sizeof(answer));
        if (got > 5 && strncmp(answer, "error", 5) != 0 && is_answered[client] == 0) {
            is_answered[client] = 1;
            if (--missing == 0) {
                helper_say("answered");
            }
        } else if (got <= 0) {
            (void)close(fd);
            begin(epoll_fd, client, path);
        }
    }
    return 0;
}

static int deaf(unsigned long count, const char *path)
{
    for (unsigned long i = 0; i < count; i++) {
        send_text(connect_to(path), request);
    }
    helper_say("asked");
    stay();
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 5 && strcmp(argv[1], "hold") == 0) {
        return hold(helper_number(argv[2], CLIENTS_MAX), argv[3], argv[4]);
    }
    if (argc >= 5 && (strcmp(argv[1], "hammer") == 0 || strcmp(argv[1], "deaf") == 0)) {
        join_request(argc - 4, argv + 4);
        return (strcmp(argv[1], "deaf") == 0 ? deaf : hammer)(helper_number(argv[2], CLIENTS_MAX), argv[3]);
    }
    if (argc < 3) {
        errx(2, "usage: asker [hold|hammer|deaf N] PATH REQUEST...");
    }
    join_request(argc - 2, argv + 2);
    return ask(argv[1]);
}
