/* SPDX-License-Identifier: MIT */
/*
 * sigmask: this test is itself entered through sigmask_entry. A case runs it once more, from an exec with a
 * known mask, and has it tell what it found when it came to main().
 */
#include "testing.h"

#include "sandbox_init/sigmask.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t unblockable = (uint64_t)1 << (SIGKILL - 1) | (uint64_t)1 << (SIGSTOP - 1);

static uint64_t bit_of(int number)
{
    return (uint64_t)1 << (number - 1);
}

static uint64_t bits_of(const sigset_t *set)
{
    uint64_t bits = 0;
    memcpy(&bits, set, sizeof bits);
    return bits;
}

static sigset_t set_of(uint64_t bits)
{
    sigset_t set;
    sigemptyset(&set);
    memcpy(&set, &bits, sizeof bits);
    return set;
}

/* Past the C library, which hides signals of its own. */
static uint64_t mask_now(void)
{
    uint64_t bits = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &bits, sizeof bits);
    return bits;
}

/* ---- what the test is when it is run by itself ---- */

static void say_end(void)
{
    puts("end");
}

static int tell(int argc, char **argv, uint64_t at_main)
{
    sigset_t original;
    sigset_t again;
    atexit(say_end);
    sigmask_block_all(&original);
    sigmask_block_all(&again);
    printf("%d %s %s %" PRIx64 " %" PRIx64 " %" PRIx64 " ", argc, argv[2], getenv("TEST_WORD"), at_main,
           bits_of(&original), bits_of(&again));
    return 7;
}

/* ---- cases ---- */

static const char *program; /* this one */

static void run_again(uint64_t mask, char *ret_text, size_t size)
{
    int ends[2];
    int status = 0;
    char *const argv[] = {(char[]){"test_sigmask"}, (char[]){"tell"}, (char[]){"word"}, NULL};
    char *const envp[] = {(char[]){"TEST_WORD=value"}, NULL};
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const sigset_t set = set_of(mask);
        dup2(ends[1], STDOUT_FILENO);
        sigmask_set(&set);
        execve(program, argv, envp);
        _exit(126);
    }
    close(ends[1]);
    size_t used = 0;
    ssize_t got;
    while ((got = read(ends[0], ret_text + used, size - 1 - used)) > 0) {
        used += (size_t)got;
    }
    ret_text[used] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

/* And what comes after the entry is as without it: arguments, environment, exit functions. */
static void everything_is_blocked_before_main(void **state)
{
    static const uint64_t masks[] = {0, 1, (uint64_t)1 << 63, (uint64_t)3 << 31, 0x800 | (uint64_t)1 << 32};
    (void)state;
#ifndef SIGMASK_HAS_ENTRY
    print_message("no entry point is written for this processor\n");
    skip();
#endif
    for (size_t row = 0; row < COUNT_OF(masks); row++) {
        char text[512];
        char wanted[512];
        run_again(masks[row], text, sizeof text);
        snprintf(wanted, sizeof wanted, "3 word value %" PRIx64 " %" PRIx64 " %" PRIx64 " end\n",
                 ~unblockable, masks[row], masks[row]);
        if (strcmp(text, wanted) != 0) {
            fail_msg("row %zu: %s, not %s", row, text, wanted);
        }
    }
}

static void the_program_is_entered_here(void **state)
{
    (void)state;
#ifdef SIGMASK_HAS_ENTRY
    assert_true(getauxval(AT_ENTRY) == (unsigned long)(uintptr_t)sigmask_entry);
#else
    skip();
#endif
}

static void all_is_all_64(void **state)
{
    (void)state;
    const sigset_t all = sigmask_all();
    assert_true(bits_of(&all) == UINT64_MAX);
}

static void what_is_blocked_waits(void **state)
{
    const char *preloaded = getenv("LD_PRELOAD");
    int status = 0;
    (void)state;
    if (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL) {
        print_message("valgrind itself dies of the signals of faults\n");
        skip();
    }
    const pid_t child = fork();
    if (child == 0) {
        sigset_t original;
        sigmask_block_all(&original);
        for (int number = 1; number <= SIGRTMAX; number++) {
            if ((bit_of(number) & unblockable) == 0) {
                kill(getpid(), number);
            }
        }
        _exit(mask_now() == ~unblockable ? 7 : 8);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void a_mask_is_set_exactly(void **state)
{
    (void)state;
    const uint64_t before = mask_now();
    for (int number = 1; number <= 64; number++) {
        const sigset_t set = set_of(bit_of(number));
        sigmask_set(&set);
        const uint64_t now = mask_now();
        if (now != (bit_of(number) & ~unblockable)) {
            fail_msg("%d: %" PRIx64, number, now);
        }
    }
    const sigset_t set = set_of(before);
    sigmask_set(&set);
    assert_true(mask_now() == before);
}

int main(int argc, char **argv)
{
    const uint64_t at_main = mask_now();
    if (argc > 1 && strcmp(argv[1], "tell") == 0) {
        return tell(argc, argv, at_main);
    }
    program = argv[0];
    sigset_t none;
    sigemptyset(&none);
    sigmask_set(&none);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_blocked_before_main),
        cmocka_unit_test(the_program_is_entered_here),
        cmocka_unit_test(all_is_all_64),
        cmocka_unit_test(what_is_blocked_waits),
        cmocka_unit_test(a_mask_is_set_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
