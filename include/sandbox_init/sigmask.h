/* SPDX-License-Identifier: MIT */
/*
 * sigmask: all signals blocked, from the program's first instruction on.
 *
 * The kernel drops a signal that reaches PID 1 of a namespace while that neither handles nor blocks it
 * (pid_namespaces(7)). Until main() the C library's start takes hundreds of microseconds, in which a stop
 * that is asked for right after the start would be lost. So the program is linked with an entry point of our
 * own (sigmask_entry, `ld -e`), which blocks with its very first system call and only then goes to the C
 * library's
 * `_start`. Where that is not the first thing that runs, in a program with a dynamic linker, it comes right
 * after that.
 *
 * All means all 64: signals 32 and 33, which the C library keeps for its threads, cannot be named through
 * sigprocmask(3), but anybody can send them. We have no threads. Rejected: a constructor (.preinit_array),
 * which runs after nearly everything that takes time.
 */
#ifndef SANDBOX_INIT_SIGMASK_H
#define SANDBOX_INIT_SIGMASK_H

#include <signal.h>

/* For these processors the entry point is written. On others main() is the first that blocks. */
#if (defined __x86_64__ && defined __LP64__) || (defined __aarch64__ && defined __LP64__) ||                 \
    (defined __arm__ && defined __ARM_EABI__) || (defined __riscv && __riscv_xlen == 64)
#define SIGMASK_HAS_ENTRY 1
#endif

#ifdef SIGMASK_HAS_ENTRY
/* The entry point. Not a function: nothing can call it. */
void sigmask_entry(void);
#endif

/* The set of all signals, without exception. */
sigset_t sigmask_all(void);

/*
 * Blocks all signals. RET_ORIGINAL becomes the mask that the program was started with: as sigmask_entry found
 * it; in a program without that entry, as it is now. Cannot fail.
 */
void sigmask_block_all(sigset_t *ret_original);

/* Sets the mask to exactly MASK. Safe between fork(2) and exec. */
void sigmask_set(const sigset_t *mask);

#endif
