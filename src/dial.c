/* SPDX-License-Identifier: MIT */
#include "sandbox_init/dial.h"

#include "sandbox_init/resolve.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
    DNS_PORT = 53,
    MS_PER_S = 1000,
    NS_PER_MS = 1000000,
    PATIENCE_MAX = 60000, /* ms that one wait may take */
};

uint64_t dial_now(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * MS_PER_S + (uint64_t)now.tv_nsec / NS_PER_MS;
}

int dial_wait(int fd, short events, uint64_t deadline)
{
    struct pollfd wait = {.fd = fd, .events = events};
    int ready = -1;
    do {
        const uint64_t now = dial_now();
        const uint64_t left = deadline > now ? deadline - now : 0;
        ready = poll(&wait, 1, (int)(left < PATIENCE_MAX ? left : PATIENCE_MAX));
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) {
        return -errno;
    }
    return ready == 0 ? -ETIMEDOUT : 0;
}

static socklen_t fill_address(struct sockaddr_storage *ret, const struct resolve_address *from, uint16_t port)
{
    *ret = (struct sockaddr_storage){0};
    if (from->family == AF_INET) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&in.sin_addr, from->bytes, sizeof in.sin_addr);
        memcpy(ret, &in, sizeof in);
        return sizeof in;
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&in6.sin6_addr, from->bytes, sizeof in6.sin6_addr);
    memcpy(ret, &in6, sizeof in6);
    return sizeof in6;
}

static int finish(int fd, uint64_t deadline)
{
    int error = 0;
    socklen_t size = sizeof error;
    const int result = dial_wait(fd, POLLOUT, deadline);
    if (result < 0) {
        return result;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? -errno : -error;
}

/* Returns a descriptor that is connected, or -errno. */
static int connect_to(const struct resolve_address *address, uint16_t port, int type, uint64_t deadline)
{
    struct sockaddr_storage to;
    const socklen_t length = fill_address(&to, address, port);
    const int fd = socket(address->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    int result = connect(fd, (const struct sockaddr *)&to, length) < 0 ? -errno : 0;
    if (result == -EINPROGRESS) {
        result = finish(fd, deadline);
    }
    if (result < 0) {
        close(fd);
        return result;
    }
    return fd;
}

/* ---- DNS ---- */

struct question {
    unsigned char bytes[RESOLVE_MESSAGE_SIZE];
    size_t length;
};

static enum resolve_outcome wait_for_answer(int fd, const struct question *question, uint64_t deadline,
                                            struct resolve_address *ret_address)
{
    unsigned char message[RESOLVE_MESSAGE_SIZE];
    enum resolve_outcome outcome = RESOLVE_FOREIGN;
    while (outcome == RESOLVE_FOREIGN && dial_wait(fd, POLLIN, deadline) == 0) {
        const ssize_t got = recv(fd, message, sizeof message, 0);
        if (got < 0) { /* nobody is there (ICMP) */
            return RESOLVE_FOREIGN;
        }
        outcome = resolve_read_answer(message, (size_t)got, question->bytes, question->length, ret_address);
    }
    return outcome;
}

/* RESOLVE_FOREIGN: no server answered. */
static enum resolve_outcome ask_servers(const struct resolve_settings *settings,
                                        const struct question *question, uint64_t deadline,
                                        struct resolve_address *ret_address)
{
    enum resolve_outcome outcome = RESOLVE_FOREIGN;
    for (size_t i = 0; outcome == RESOLVE_FOREIGN && i < settings->server_count; i++) {
        const uint64_t now = dial_now();
        const uint64_t share = now + (deadline > now ? (deadline - now) / (settings->server_count - i) : 0);
        const int fd = connect_to(&settings->servers[i], DNS_PORT, SOCK_DGRAM, share);
        if (fd < 0) {
            continue;
        }
        if (send(fd, question->bytes, question->length, MSG_NOSIGNAL) == (ssize_t)question->length) {
            outcome = wait_for_answer(fd, question, share, ret_address);
        }
        close(fd);
    }
    return outcome;
}

static enum resolve_outcome ask_for_name(const struct resolve_settings *settings, const char *name,
                                         uint64_t deadline, struct resolve_address *ret_address)
{
    static const enum resolve_type types[] = {RESOLVE_A, RESOLVE_AAAA};
    enum resolve_outcome outcome = RESOLVE_NOTHING;
    for (size_t i = 0; outcome == RESOLVE_NOTHING && i < sizeof types / sizeof types[0]; i++) {
        struct question question;
        uint16_t id = 0;
        if (getrandom(&id, sizeof id, GRND_NONBLOCK) < 0) { /* right after the machine's start */
            id = (uint16_t)dial_now();
        }
        question.length = resolve_write_question(question.bytes, id, name, types[i]);
        if (question.length > 0) {
            outcome = ask_servers(settings, &question, deadline, ret_address);
        }
    }
    return outcome;
}

/* The name as it is, then with each domain behind it. */
static int find_by_dns(const char *name, const char *resolv, uint64_t deadline,
                       struct resolve_address *ret_address)
{
    struct resolve_settings settings;
    char full[2 * RESOLVE_NAME_SIZE];
    resolve_read_settings(resolv, &settings);
    enum resolve_outcome outcome = ask_for_name(&settings, name, deadline, ret_address);
    for (size_t i = 0; outcome == RESOLVE_NOTHING && i < settings.domain_count; i++) {
        snprintf(full, sizeof full, "%s.%s", name, settings.domains[i]);
        outcome = ask_for_name(&settings, full, deadline, ret_address);
    }
    if (outcome == RESOLVE_FOUND) {
        return 0;
    }
    return outcome == RESOLVE_NOTHING || settings.server_count == 0 ? -ENOENT : -ETIMEDOUT;
}

int dial_tcp(const char *host, uint16_t port, const struct dial_files *files, uint64_t deadline)
{
    struct resolve_address address;
    if (!resolve_number(host, &address) && !resolve_hosts(files->hosts, host, &address)) {
        const int result = find_by_dns(host, files->resolv, deadline, &address);
        if (result < 0) {
            return result;
        }
    }
    return connect_to(&address, port, SOCK_STREAM, deadline);
}
