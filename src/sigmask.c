/* SPDX-License-Identifier: MIT */
#include "sandbox_init/sigmask.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    KERNEL_SIZE = _NSIG / 8, /* bytes of the kernel's set; the C library's is larger */
};

#ifdef SIGMASK_HAS_ENTRY
/*
 * Written before the C library, and so any caller, exists; volatile, because the compiler does not see by
 * whom. The result stays 1 where the program was not entered through sigmask_entry, as in tests.
 */
__attribute__((used)) static volatile uint64_t entry_mask;
__attribute__((used)) static volatile int entry_result = 1;

/*
 * sigmask_entry: rt_sigprocmask(SIG_SETMASK, set, set, 8), then _start, for which the stack and the register
 * that has the dynamic linker's exit function must be as they came. The set is a word of all ones on the
 * stack, over which the kernel writes the former mask: it reads before it writes, and the stack's page is
 * there already, while one of data would be fetched first. Everything is addressed relative to the
 * instruction: a static PIE has not relocated itself yet.
 */
/* clang-format off */
#define ENTRY_BEGIN \
    ".pushsection .text\n" \
    ".balign 4\n" \
    ".globl sigmask_entry\n" \
    ".hidden sigmask_entry\n" \
    ".type sigmask_entry, %function\n" \
    "sigmask_entry:\n"
#define ENTRY_END \
    ".size sigmask_entry, . - sigmask_entry\n" \
    ".popsection\n"
#if defined __x86_64__
__asm__(ENTRY_BEGIN
        "endbr64\n" /* where indirect branches are checked, this may be jumped to */
        "mov %rdx, %r8\n"
        "push $-1\n"
        "mov $2, %edi\n"
        "mov %rsp, %rsi\n"
        "mov %rsp, %rdx\n"
        "mov $8, %r10d\n"
        "mov $14, %eax\n"
        "syscall\n"
        "pop entry_mask(%rip)\n"
        "mov %eax, entry_result(%rip)\n"
        "mov %r8, %rdx\n"
        "jmp _start\n"
        ENTRY_END);
#elif defined __aarch64__
__asm__(ENTRY_BEGIN
        "hint #34\n" /* bti c, which older assemblers do not know */
        "mov x9, x0\n"
        "mov x2, #-1\n"
        "str x2, [sp, #-16]!\n"
        "mov x0, #2\n"
        "mov x1, sp\n"
        "mov x2, sp\n"
        "mov x3, #8\n"
        "mov x8, #135\n"
        "svc #0\n"
        "ldr x2, [sp], #16\n"
        "adrp x1, entry_mask\n"
        "str x2, [x1, #:lo12:entry_mask]\n"
        "adrp x1, entry_result\n"
        "str w0, [x1, #:lo12:entry_result]\n"
        "mov x0, x9\n"
        "b _start\n"
        ENTRY_END);
#elif defined __arm__
#ifdef __thumb__
#define ENTRY_MODE_AFTER ".thumb\n"
#else
#define ENTRY_MODE_AFTER
#endif
__asm__(".arm\n"
        ENTRY_BEGIN
        "mov r4, r0\n"
        "mvn r5, #0\n"
        "mvn r6, #0\n"
        "push {r5, r6}\n"
        "mov r0, #2\n"
        "mov r1, sp\n"
        "mov r2, sp\n"
        "mov r3, #8\n"
        "mov r7, #175\n"
        "svc #0\n"
        "pop {r5, r6}\n"
        "ldr r1, 3f\n"
        "1: add r1, pc, r1\n"
        "stm r1, {r5, r6}\n"
        "ldr r1, 4f\n"
        "2: add r1, pc, r1\n"
        "str r0, [r1]\n"
        "mov r0, r4\n"
        "b _start\n"
        "3: .word entry_mask - (1b + 8)\n"
        "4: .word entry_result - (2b + 8)\n"
        ENTRY_END ENTRY_MODE_AFTER);
#elif defined __riscv
__asm__(ENTRY_BEGIN
        ".option push\n"
        ".option norelax\n" /* _start sets up what relaxed addresses are relative to */
        "mv a5, a0\n"
        "li t0, -1\n"
        "addi sp, sp, -16\n"
        "sd t0, 0(sp)\n"
        "li a0, 2\n"
        "mv a1, sp\n"
        "mv a2, sp\n"
        "li a3, 8\n"
        "li a7, 135\n"
        "ecall\n"
        "ld t0, 0(sp)\n"
        "addi sp, sp, 16\n"
        "lla t1, entry_mask\n"
        "sd t0, 0(t1)\n"
        "lla t1, entry_result\n"
        "sw a0, 0(t1)\n"
        "mv a0, a5\n"
        "tail _start\n"
        ".option pop\n"
        ENTRY_END);
#endif
/* clang-format on */

static void take_entry_mask(sigset_t *original)
{
    const uint64_t mask = entry_mask;
    if (entry_result == 0) {
        memcpy(original, &mask, sizeof mask);
    }
}
#else
static void take_entry_mask(sigset_t *original)
{
    (void)original;
}
#endif

sigset_t sigmask_all(void)
{
    /* Not sigfillset(3), which leaves out what the C library keeps for itself. */
    sigset_t all;
    memset(&all, 0xff, sizeof all);
    return all;
}

void sigmask_block_all(sigset_t *ret_original)
{
    const sigset_t all = sigmask_all();
    sigemptyset(ret_original);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, ret_original, (size_t)KERNEL_SIZE);
    take_entry_mask(ret_original);
}

void sigmask_set(const sigset_t *mask)
{
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, (size_t)KERNEL_SIZE);
}
