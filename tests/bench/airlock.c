/* SPDX-License-Identifier: MIT */
/* What it costs to be behind the airlock. "sandbox-init" is with unix_sockets = auto. */
#include "bench.h"
#include "box.h"
#include "inside/report.h"

#include <stddef.h>

enum {
    PATIENCE_MS = 10000,
    RESULTS = 4, /* of inside/reach.c */
};

static const struct contender fronts[] = {
    {"sandbox-init", {"/mnt/sandbox-init", "--exec", "-q", "--unix-sockets", "auto", "--"}},
    {"strict", {"/mnt/sandbox-init", "--exec", "-q", "--unix-sockets", "strict", "--"}},
    {"no airlock", {NULL}},
};

enum { FRONTS = sizeof fronts / sizeof fronts[0] };

static void start_once(const struct bench *bench, const struct contender *contender)
{
    static const char *const stamp[] = {"/mnt/inside/stamp", NULL};
    const struct box_request request = {.init = contender->init, .command = stamp};
    struct box box;
    uint64_t ran_ns = 0;
    (void)bench;
    box_start(&box, &request);
    box_read_report(&box, &ran_ns, sizeof ran_ns);
    box_await_exec(&box);
    bench_say("airlock_start", contender, (double)(ran_ns - box.fork_ns - box_setup_ns()) / 1e3);
    box_await_end(&box, PATIENCE_MS);
    box_finish(&box);
}

void airlock_measure_start(const struct bench *bench)
{
    bench_round_robin(bench, fronts, FRONTS, bench->is_quick ? 40 : 500, start_once);
}

static void reach_once(const struct bench *bench, const struct contender *contender)
{
    static const char *const names[RESULTS] = {"airlock_spawn", "airlock_connect", "airlock_open",
                                               "airlock_signal"};
    static const char *const reach[] = {"/mnt/inside/reach", "2000", NULL};
    const struct box_request request = {.init = contender->init, .command = reach, .has_own_files = true};
    struct box box;
    double results[RESULTS];
    (void)bench;
    box_start(&box, &request);
    box_await_exec(&box);
    box_read_report(&box, results, sizeof results);
    for (size_t i = 0; i < RESULTS; i++) {
        if (results[i] >= 0) {
            bench_say(names[i], contender, i == 0 ? results[i] / 1e3 : results[i]);
        }
    }
    box_await_end(&box, PATIENCE_MS);
    box_finish(&box);
}

void airlock_measure_inside(const struct bench *bench)
{
    bench_round_robin(bench, fronts, FRONTS, bench->is_quick ? 10 : 50, reach_once);
}
