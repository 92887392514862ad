/* SPDX-License-Identifier: MIT */
/*
 * dial: a TCP connection to a host by its name, and when that may take no longer.
 *
 * A name is looked for as a number, in hosts(5), then by DNS, as resolve.h reads it. Every wait ends at a
 * deadline; a server that drops packets costs no more than that.
 */
#ifndef SANDBOX_INIT_DIAL_H
#define SANDBOX_INIT_DIAL_H

#include <stdint.h>

/* The texts of these files; "" where there are none. */
struct dial_files {
    const char *hosts;  /* /etc/hosts */
    const char *resolv; /* /etc/resolv.conf */
};

/* Milliseconds of CLOCK_MONOTONIC, in which deadlines are given. */
uint64_t dial_now(void);

/* Waits until FD has one of EVENTS (poll(2)), or an error. Returns 0, -ETIMEDOUT or another -errno. */
int dial_wait(int fd, short events, uint64_t deadline);

/*
 * Connects to PORT of HOST, "docker-proxy", "192.0.2.1" or "[::1]". Returns a non-blocking descriptor, or
 * -ENOENT: nobody knows that name; -ETIMEDOUT; another -errno.
 */
int dial_tcp(const char *host, uint16_t port, const struct dial_files *files, uint64_t deadline);

#endif
