/* SPDX-License-Identifier: MIT */
/*
 * zombies N [--chain|--storm]
 *
 * Makes N orphans that end at once, at the same moment: a child forks them, they wait for a pipe to be
 * closed, their parent ends, and then the pipe is closed. Says "orphaned N" before they end. Whoever adopts
 * them has N zombies to reap. With --chain they come one after the other: each forks the next and ends, and
 * the last of the N says "chained N". With --storm it forks up to N children that stay, says "at the limit"
 * when it cannot, and tries on and on.
 */
#include "helper.h"

#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the middle process: forks the orphans-to-be and ends. */
static void breed(unsigned long count, const int gate[2])
{
    for (unsigned long i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid < 0) {
            err(2, "fork %lu of %lu", i, count);
        }
        if (pid == 0) {
            char byte = 0;
            (void)close(gate[1]);
            _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1);
        }
    }
    _exit(0);
}

static int run_chain(unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid < 0) {
            err(2, "fork %lu of %lu", i, count);
        }
        if (pid > 0) {
            _exit(0);
        }
    }
    printf("chained %lu\n", count);
    return 0;
}

_Noreturn static void run_storm(unsigned long count)
{
    bool is_said = false;
    for (;;) {
        pid_t pid = count > 0 ? fork() : -1;
        if (pid == 0) {
            for (;;) {
                (void)pause();
            }
        }
        if (pid > 0) {
            count--;
        } else if (!is_said) {
            helper_say("at the limit");
            is_said = true;
        }
    }
}

int main(int argc, char **argv)
{
    bool is_chain = argc == 3 && strcmp(argv[2], "--chain") == 0;
    bool is_storm = argc == 3 && strcmp(argv[2], "--storm") == 0;
    if (argc != 2 && !is_chain && !is_storm) {
        errx(2, "usage: zombies N [--chain|--storm]");
    }
    unsigned long count = helper_number(argv[1], 100000);
    if (is_storm) {
        run_storm(count);
    }
    if (is_chain) {
        return run_chain(count);
    }
    int gate[2];
    if (pipe(gate) != 0) {
        err(2, "pipe");
    }
    pid_t middle = fork();
    if (middle < 0) {
        err(2, "fork");
    }
    if (middle == 0) {
        breed(count, gate);
    }
    int status = 0;
    if (waitpid(middle, &status, 0) != middle || status != 0) {
        errx(2, "could not make %lu orphans", count);
    }
    printf("orphaned %lu\n", count);
    return 0;
}
