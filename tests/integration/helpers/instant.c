/* SPDX-License-Identifier: MIT */
/*
 * instant TIMES PROGRAM OTHER
 *
 * Starts PROGRAM and OTHER, in turn and TIMES times each, as PID 1 of a new PID namespace, and sends each
 * SIGTERM in its first millisecond, counted from its exec: a little later each time. Says how many of them
 * have not ended a second later, "LOST LOST": the kernel has dropped the signal, since it was neither handled
 * nor blocked (pid_namespaces(7)).
 */
#include "helper.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SOON_MS = 5,
    LOST_MS = 1000,
    PENDING_MAX = 250, /* judged together, so that the second passes once for all of them */
    STEP_NS = 10000,
    STEPS = 100,
};

struct contender {
    char *program;
    unsigned long lost;
};

struct attempt {
    struct contender *contender;
    pid_t pid;
    int pid_fd;
    uint64_t signal_ns;
};

static struct attempt pending[PENDING_MAX];
static unsigned pending_count;

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int run(void *argument)
{
    const struct contender *contender = argument;
    char *const command[] = {contender->program, NULL};
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(null, STDOUT_FILENO);
    (void)dup2(null, STDERR_FILENO);
    execv(command[0], command);
    _exit(127);
}

static bool has_ended(const struct attempt *attempt, int timeout_ms)
{
    struct pollfd ready = {.fd = attempt->pid_fd, .events = POLLIN};
    return poll(&ready, 1, timeout_ms) > 0;
}

static void finish(const struct attempt *attempt)
{
    int status = 0;
    (void)kill(attempt->pid, SIGKILL);
    if (waitpid(attempt->pid, &status, 0) != attempt->pid ||
        (WIFEXITED(status) && WEXITSTATUS(status) != 0)) {
        errx(2, "it ended with wait status %d", status);
    }
    (void)close(attempt->pid_fd);
}

static void judge_pending(void)
{
    for (unsigned i = 0; i < pending_count; i++) {
        const uint64_t waited_ms = (now_ns() - pending[i].signal_ns) / 1000000;
        if (!has_ended(&pending[i], waited_ms < LOST_MS ? (int)(LOST_MS - waited_ms) : 0)) {
            pending[i].contender->lost++;
        }
        finish(&pending[i]);
    }
    pending_count = 0;
}

static struct attempt start_one(struct contender *contender)
{
    static _Alignas(16) char stack[64 * 1024];
    int ends[2];
    char byte;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        err(2, "pipe");
    }
    struct attempt attempt = {.contender = contender};
    attempt.pid = clone(run, stack + sizeof(stack), CLONE_NEWPID | SIGCHLD, contender);
    (void)close(ends[1]);
    attempt.pid_fd = attempt.pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, attempt.pid, 0);
    if (attempt.pid_fd < 0) {
        err(2, "cannot make a PID namespace");
    }
    (void)!read(ends[0], &byte, 1);
    (void)close(ends[0]);
    return attempt;
}

static void try_once(struct contender *contender, unsigned long delay_ns)
{
    struct attempt attempt = start_one(contender);
    /* Does not spin: the program is to have the CPU. */
    (void)nanosleep(&(struct timespec){.tv_nsec = (long)delay_ns}, NULL);
    (void)kill(attempt.pid, SIGTERM);
    attempt.signal_ns = now_ns();
    if (has_ended(&attempt, SOON_MS)) {
        finish(&attempt);
        return;
    }
    pending[pending_count++] = attempt;
    if (pending_count == PENDING_MAX) {
        judge_pending();
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        errx(2, "usage: instant TIMES PROGRAM OTHER");
    }
    (void)prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    const unsigned long times = helper_number(argv[1], 100000);
    struct contender contenders[] = {{.program = argv[2]}, {.program = argv[3]}};
    for (unsigned long i = 0; i < times; i++) {
        try_once(&contenders[0], i % STEPS * STEP_NS);
        try_once(&contenders[1], i % STEPS * STEP_NS);
    }
    judge_pending();
    printf("%lu %lu\n", contenders[0].lost, contenders[1].lost);
    return 0;
}
