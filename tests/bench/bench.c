/* SPDX-License-Identifier: MIT */
/*
 * bench [--quick] [--only TITLE] DIRECTORY
 *
 * Compares the program with its peers, each as PID 1 of a box, and prints the results as bench.h says.
 * DIRECTORY has the program, the folder `inside` with the programs that run in the boxes, and the folder
 * `peers`. With TITLE only those measurements are made whose title has it. Needs root.
 */
#include "bench.h"

#include "box.h"
#include "inside/report.h"

#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct contender bench_inits[BENCH_INITS] = {
    {"sandbox-init", {"/mnt/sandbox-init", "--"}}, {"tini-static", {"/mnt/peers/tini-static", "--"}},
    {"tini", {"/mnt/peers/tini", "--"}},           {"dumb-init", {"/mnt/peers/dumb-init", "--"}},
    {"catatonit", {"/mnt/peers/catatonit", "--"}},
};

struct measurement {
    const char *title;
    void (*measure)(const struct bench *bench);
};

static const struct measurement measurements[] = {
    {"start", lifetime_measure_start},
    {"stop", lifetime_measure_stop},
    {"SIGTERM in the first millisecond", lifetime_measure_first_millisecond},
    {"reaping", reaping_measure},
    {"memory", idle_measure_memory},
    {"system calls while idle", idle_measure_calls},
    {"bind() to gone", scrub_measure_speed},
    {"irrelevant events", scrub_measure_overhead},
    {"growth", scrub_measure_growth},
    {"control socket", clients_measure},
    {"job log throughput", loglines_measure},
    {"into the airlock", airlock_measure_start},
    {"inside the airlock", airlock_measure_inside},
};

void bench_shuffle(size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t k = (size_t)random() % (i + 1);
        order[i] = order[k];
        order[k] = i;
    }
}

void bench_round_robin(const struct bench *bench, const struct contender *contenders, size_t count,
                       unsigned rounds, bench_turn *turn)
{
    size_t order[BENCH_CONTENDERS_MAX];
    for (unsigned round = 0; round < rounds; round++) {
        bench_shuffle(order, count);
        for (size_t i = 0; i < count; i++) {
            turn(bench, &contenders[order[i]]);
        }
    }
}

void bench_say(const char *measure, const struct contender *contender, double number)
{
    printf("%s\t%s\t%.3f\n", measure, contender->name, number);
}

void bench_sleep_ms(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

void bench_pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu > 0) {
        CPU_SET((size_t)cpu - 1, &set);
        sched_setaffinity(0, sizeof set, &set);
    }
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    const char *only = "";
    for (; argc > 2 && argv[1][0] == '-'; argc--, argv++) {
        if (strcmp(argv[1], "--quick") == 0) {
            bench.is_quick = true;
        } else if (strcmp(argv[1], "--only") == 0) {
            only = argv[2];
            argc--, argv++;
        }
    }
    if (argc != 2) {
        errx(64, "usage: bench [--quick] [--only TITLE] DIRECTORY");
    }
    /* A child that ends by exit() must not write our lines again. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    box_prepare_all(argv[1]);
    for (size_t i = 0; i < sizeof measurements / sizeof measurements[0]; i++) {
        const uint64_t begin = report_now_ns();
        if (strstr(measurements[i].title, only) == NULL) {
            continue;
        }
        fprintf(stderr, "%-36s", measurements[i].title);
        measurements[i].measure(&bench);
        fprintf(stderr, "%6.1f s\n", (double)(report_now_ns() - begin) / 1e9);
    }
    return 0;
}
