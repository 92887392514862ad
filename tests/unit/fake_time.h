/* SPDX-License-Identifier: MIT */
/*
 * fake_time: deadlines that pass only when a test says so, however slow or busy the machine is. For tests
 * that wrap clock_gettime and poll.
 */
#ifndef SANDBOX_INIT_FAKE_TIME_H
#define SANDBOX_INIT_FAKE_TIME_H

#include <poll.h>
#include <stdbool.h>
#include <time.h>

static bool fake_time_passes; /* waits are as long as they are asked for, and not much longer */

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    (void)clock;
    *ret_time = (struct timespec){.tv_sec = 1000};
    return 0;
}

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    return __real_poll(fds, count, fake_time_passes ? timeout : 100 * timeout);
}

#endif
