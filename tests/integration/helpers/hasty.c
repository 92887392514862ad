/* SPDX-License-Identifier: MIT */
/*
 * hasty TIMES COMMAND [ARGUMENT...]
 *
 * Starts COMMAND as PID 1 of a new PID namespace, TIMES times, and sends it SIGTERM in its first moments: a
 * little later each time, counted from when it first blocks or catches the signal. (Before that the kernel
 * itself drops the signal, whatever PID 1 is: pid_namespaces(7).) Says how each ended, "TIMES times STATUS",
 * in lines of equal endings; a command that has not ended after 30 seconds is killed and ends with "hung".
 */
#include "helper.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    STATUS_COUNT = 256,
    STATUS_HUNG = STATUS_COUNT, /* where the endings of those that hung are counted */
    STEP_NS = 20000,            /* how much later the signal comes each time */
    STEPS = 100,                /* after which it begins anew */
    PATIENCE_MS = 30000,
};

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int run(void *argument)
{
    char **command = argument;
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(command[0], command);
    err(127, "%s", command[0]);
}

static pid_t start(char **command)
{
    static _Alignas(16) char stack[64 * 1024];
    pid_t pid = clone(run, stack + sizeof(stack), CLONE_NEWPID | SIGCHLD, command);
    if (pid < 0) {
        err(2, "clone");
    }
    return pid;
}

/* Is SIGTERM, bit 14, in the signal set behind KEY in STATUS? */
static bool has_term(const char *status, const char *key)
{
    const char *field = strstr(status, key);
    return field != NULL && (strtoull(field + strlen(key), NULL, 16) & 0x4000) != 0;
}

static bool heeds_term(int status_fd)
{
    char status[4096];
    ssize_t length = pread(status_fd, status, sizeof(status) - 1, 0);
    if (length <= 0) {
        errx(2, "it ended before it was told to");
    }
    status[length] = '\0';
    return has_term(status, "\nSigBlk:\t") || has_term(status, "\nSigCgt:\t");
}

/* Returns when the process heeds SIGTERM; no poll(2) tells, so it looks as often as it can. */
static void wait_for_heed(pid_t pid)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err(2, "%s", path);
    }
    while (!heeds_term(fd)) {
        ;
    }
    (void)close(fd);
}

/* Waits for the end, with a bound that only something that hangs can reach. Returns the status. */
static int wait_for_end(pid_t pid)
{
    sigset_t child;
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    uint64_t until = now_ns() + (uint64_t)PATIENCE_MS * 1000000U;
    for (;;) {
        int status = 0;
        if (waitpid(pid, &status, WNOHANG) == pid) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        if (now_ns() > until) {
            break;
        }
        (void)sigtimedwait(&child, NULL, &(struct timespec){.tv_sec = 1});
    }
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    return STATUS_HUNG;
}

static int try_once(char **command, unsigned long delay_ns)
{
    pid_t pid = start(command);
    wait_for_heed(pid);
    uint64_t when = now_ns() + delay_ns;
    while (now_ns() < when) {
        ;
    }
    if (kill(pid, SIGTERM) != 0) {
        err(2, "kill");
    }
    return wait_for_end(pid);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        errx(2, "usage: hasty TIMES COMMAND [ARGUMENT...]");
    }
    unsigned long times = helper_number(argv[1], 100000);
    unsigned long endings[STATUS_COUNT + 1] = {0};
    sigset_t child;
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &child, NULL);
    for (unsigned long i = 0; i < times; i++) {
        endings[try_once(argv + 2, i % STEPS * STEP_NS)]++;
    }
    for (int status = 0; status < STATUS_COUNT; status++) {
        if (endings[status] > 0) {
            printf("%lu times %d\n", endings[status], status);
        }
    }
    if (endings[STATUS_HUNG] > 0) {
        printf("%lu times hung\n", endings[STATUS_HUNG]);
    }
    return 0;
}
