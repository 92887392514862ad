/* SPDX-License-Identifier: MIT */
/*
 * bench: what the measurements share.
 *
 * A result is a line "MEASURE<TAB>CONTENDER<TAB>NUMBER" on stdout; the n-th line of each contender belongs to
 * the n-th round. Contenders take turns, in a new random order in each round, so that what else the machine
 * does and what one leaves behind for the next one meets them all. table.py makes of it what people read.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench {
    bool is_quick;
};

struct contender {
    const char *name;
    const char *init[8]; /* its command line as PID 1, ends in NULL; a main command's follows */
};

/* One turn of one contender. */
typedef void bench_turn(const struct bench *bench, const struct contender *contender);

enum { BENCH_CONTENDERS_MAX = 16 };

/* ROUNDS turns of each of COUNT contenders. */
void bench_round_robin(const struct bench *bench, const struct contender *contenders, size_t count,
                       unsigned rounds, bench_turn *turn);

/* Fills ORDER with the numbers 0 to COUNT - 1, shuffled. */
void bench_shuffle(size_t *order, size_t count);

/* Prints a result. */
void bench_say(const char *measure, const struct contender *contender, double number);

void bench_sleep_ms(long ms);

/* Keeps this process, and what it starts, on one CPU: the first is 1. 0, or a CPU that is not there: does
 * nothing. */
void bench_pin(int cpu);

/* The inits that run a command; the program under test comes first. */
enum { BENCH_INITS = 5 };
extern const struct contender bench_inits[BENCH_INITS];

/* The measurements. */
void lifetime_measure_start(const struct bench *bench);
void lifetime_measure_stop(const struct bench *bench);
void lifetime_measure_first_millisecond(const struct bench *bench);
void reaping_measure(const struct bench *bench);
void idle_measure_memory(const struct bench *bench);
void idle_measure_calls(const struct bench *bench);
void scrub_measure_speed(const struct bench *bench);
void scrub_measure_overhead(const struct bench *bench);
void scrub_measure_growth(const struct bench *bench);
void loglines_measure(const struct bench *bench);
void clients_measure(const struct bench *bench);
void airlock_measure_start(const struct bench *bench);
void airlock_measure_inside(const struct bench *bench);

#endif
