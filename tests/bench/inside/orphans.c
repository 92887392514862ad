/* SPDX-License-Identifier: MIT */
/*
 * orphans burst|trickle COUNT
 *
 * A main command that makes work for the reaper: COUNT orphans that end all at once (burst), or one after the
 * other, the next when the one before is reaped (trickle). Writes two numbers (uint64_t) to BENCH_REPORT_FD:
 *
 *   burst     nanoseconds from the moment they may end until none is left, not even a zombie;
 *             nanoseconds of CPU time that PID 1 used meanwhile
 *   trickle   median nanoseconds from an orphan's last instruction until it is reaped;
 *             nanoseconds of PID 1's CPU time for each
 */
#include "report.h"

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>

enum {
    COUNT_MAX = 20000,
    LITTER = 100, /* orphans of one parent: one that forks all of them would be the first to be waited for */
};

/* Seen by all of them. */
struct shared {
    atomic_uint waiting;        /* that have come to their gate */
    atomic_uint_fast64_t ended; /* when the last one ended */
    pid_t pids[COUNT_MAX];
};

static struct shared *shared;

static void sleep_us(long us)
{
    const struct timespec time = {.tv_nsec = us * 1000};
    nanosleep(&time, NULL);
}

/* The CPU time of PID 1. It is exact while PID 1 sleeps, so this lets it go to sleep first. */
static uint64_t read_init_cpu_ns(void)
{
    unsigned long long ns = 0;
    sleep_us(5000);
    FILE *file = fopen("/proc/1/schedstat", "re");
    if (file == NULL || fscanf(file, "%llu", &ns) != 1) {
        err(1, "/proc/1/schedstat");
    }
    fclose(file);
    return ns;
}

_Noreturn static void be_orphan(const int gate[2])
{
    char byte;
    close(gate[1]);
    atomic_fetch_add(&shared->waiting, 1);
    if (read(gate[0], &byte, 1) != 0) {
        _exit(1);
    }
    atomic_store(&shared->ended, report_now_ns());
    _exit(0);
}

/* Makes the orphans FROM to FROM + COUNT through a parent that ends. */
static void breed(size_t from, size_t count, const int gate[2])
{
    const pid_t parent = fork();
    int status = 0;
    for (size_t i = from; parent == 0 && i < from + count; i++) {
        const pid_t pid = fork();
        if (pid == 0) {
            be_orphan(gate);
        } else if (pid < 0) {
            _exit(1);
        }
        shared->pids[i] = pid;
    }
    if (parent == 0) {
        _exit(0);
    }
    if (parent < 0 || waitpid(parent, &status, 0) != parent || status != 0) {
        errx(1, "cannot have %zu processes", from + count);
    }
}

static void await_waiting(size_t count)
{
    while (atomic_load(&shared->waiting) < count) {
        sleep_us(100);
    }
}

/* Zombies have a pid still. One look at each is enough, so this hardly disturbs who reaps. */
static void await_reaped(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while (kill(shared->pids[i], 0) == 0 || errno != ESRCH) {
            sleep_us(100);
        }
    }
}

static void run_burst(size_t count, uint64_t results[2])
{
    int gate[2];
    if (pipe(gate) < 0) {
        err(1, "pipe");
    }
    for (size_t i = 0; i < count; i += LITTER) {
        breed(i, count - i < LITTER ? count - i : LITTER, gate);
    }
    await_waiting(count);
    const uint64_t cpu = read_init_cpu_ns();
    const uint64_t begin = report_now_ns();
    close(gate[1]);
    await_reaped(count);
    results[0] = report_now_ns() - begin;
    results[1] = read_init_cpu_ns() - cpu;
}

static uint64_t reap_one(size_t number)
{
    int gate[2];
    if (pipe(gate) < 0) {
        err(1, "pipe");
    }
    breed(number, 1, gate);
    await_waiting(number + 1);
    close(gate[1]);
    /* The other loop's pause would be most of the time here. */
    while (kill(shared->pids[number], 0) == 0) {
        sched_yield();
    }
    const uint64_t now = report_now_ns();
    close(gate[0]);
    return now - atomic_load(&shared->ended);
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void run_trickle(size_t count, uint64_t results[2])
{
    static uint64_t times[COUNT_MAX];
    const uint64_t cpu = read_init_cpu_ns();
    for (size_t i = 0; i < count; i++) {
        times[i] = reap_one(i);
    }
    results[1] = (read_init_cpu_ns() - cpu) / count;
    qsort(times, count, sizeof times[0], compare);
    results[0] = times[count / 2];
}

int main(int argc, char **argv)
{
    const size_t count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    uint64_t results[2];
    if (count == 0 || count > COUNT_MAX) {
        errx(1, "usage: orphans burst|trickle COUNT");
    }
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        err(1, "mmap");
    }
    if (strcmp(argv[1], "burst") == 0) {
        run_burst(count, results);
    } else {
        run_trickle(count, results);
    }
    return report_write(results, sizeof results) ? 0 : 1;
}
