/* SPDX-License-Identifier: MIT */
/* How fast orphans are reaped, and what that costs. */
#include "bench.h"
#include "box.h"

enum {
    PATIENCE_MS = 10000,
};

static void run_orphans(const struct contender *contender, const char *how, const char *count,
                        uint64_t results[2])
{
    const char *const command[] = {"/mnt/inside/orphans", how, count, NULL};
    const struct box_request request = {.init = contender->init, .command = command};
    struct box box;
    box_start(&box, &request);
    box_await_exec(&box);
    box_read_report(&box, results, 2 * sizeof results[0]);
    box_await_end(&box, PATIENCE_MS);
    box_finish(&box);
}

static void burst(const struct bench *bench, const struct contender *contender)
{
    (void)bench;
    uint64_t results[2];
    run_orphans(contender, "burst", "10000", results);
    bench_say("burst", contender, (double)results[0] / 1e6);
    bench_say("burst_cpu", contender, (double)results[1] / 1e6);
}

static void trickle(const struct bench *bench, const struct contender *contender)
{
    uint64_t results[2];
    run_orphans(contender, "trickle", bench->is_quick ? "100" : "300", results);
    bench_say("trickle", contender, (double)results[0] / 1e3);
    bench_say("trickle_cpu", contender, (double)results[1] / 1e3);
}

void reaping_measure(const struct bench *bench)
{
    bench_round_robin(bench, bench_inits, BENCH_INITS, bench->is_quick ? 1 : 9, burst);
    bench_round_robin(bench, bench_inits, BENCH_INITS, bench->is_quick ? 2 : 15, trickle);
}
