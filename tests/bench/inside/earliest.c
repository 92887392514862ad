/* SPDX-License-Identifier: MIT */
/*
 * earliest
 *
 * Not an init, but what no init can beat: it blocks all signals with its very first system call, before even
 * the C library's own start, and ends on SIGTERM. A signal that it loses came while the kernel was still
 * executing the program.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    KERNEL_SIGSET_SIZE = 8, /* bytes; libc's type is larger */
};

/* There is no libc start here (-nostartfiles); syscall(2) needs none as long as it does not fail. */
void _start(void);
void _start(void)
{
    static const unsigned long long all = ~0ULL;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, KERNEL_SIGSET_SIZE);
    static const unsigned long long term = 1ULL << (SIGTERM - 1);
    syscall(SYS_rt_sigtimedwait, &term, NULL, NULL, KERNEL_SIGSET_SIZE);
    syscall(SYS_exit_group, 0);
}
