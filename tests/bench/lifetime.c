/* SPDX-License-Identifier: MIT */
/* How an init begins and ends. */
#include "bench.h"
#include "box.h"
#include "inside/report.h"

#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    STOP_PATIENCE_MS = 10000, /* what Docker gives */
    LOST_MS = 300,            /* who still lives then did not get the signal */
    SOON_MS = 20,
    PENDING_MAX = 50,
    DELAY_MAX_US = 1000,
    SETTLE_MS = 30, /* for an init to go to sleep after it has started its main command */
};

static const char *const stamp[] = {"/mnt/inside/stamp", NULL};
static const char *const sleeper[] = {"/mnt/inside/sleeper", NULL};

/* ---- start ---- */

static void start_once(const struct bench *bench, const struct contender *contender)
{
    (void)bench;
    const struct box_request request = {.init = contender->init, .command = stamp};
    struct box box;
    uint64_t ran_ns = 0;
    box_start(&box, &request);
    box_read_report(&box, &ran_ns, sizeof ran_ns);
    box_await_exec(&box);
    bench_say("start", contender, (double)(ran_ns - box.fork_ns - box_setup_ns()) / 1e3);
    box_await_end(&box, STOP_PATIENCE_MS);
    box_finish(&box);
}

void lifetime_measure_start(const struct bench *bench)
{
    /* The command itself as PID 1 shows what fork and exec cost without any init. */
    struct contender contenders[BENCH_INITS + 1] = {[BENCH_INITS] = {.name = "no init at all"}};
    for (size_t i = 0; i < BENCH_INITS; i++) {
        contenders[i] = bench_inits[i];
    }
    bench_round_robin(bench, contenders, BENCH_INITS + 1, bench->is_quick ? 40 : 500, start_once);
}

/* ---- stop ---- */

static void send_term(const struct box *box)
{
    if (syscall(SYS_pidfd_send_signal, box->pid_fd, SIGTERM, NULL, 0) < 0) {
        err(1, "pidfd_send_signal");
    }
}

static uint64_t await_until(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, STOP_PATIENCE_MS) <= 0) {
        errx(1, "what was asked to stop did not");
    }
    return report_now_ns();
}

static void stop_once(const struct bench *bench, const struct contender *contender)
{
    (void)bench;
    const struct box_request request = {.init = contender->init, .command = sleeper};
    struct box box;
    char byte;
    box_start(&box, &request);
    box_await_exec(&box);
    box_read_report(&box, &byte, sizeof byte);
    bench_sleep_ms(SETTLE_MS);
    const int main_fd = (int)syscall(SYS_pidfd_open, box_first_child(&box), 0);
    if (main_fd < 0) {
        err(1, "pidfd_open");
    }
    const uint64_t begin = report_now_ns();
    send_term(&box);
    bench_say("stop_main", contender, (double)(await_until(main_fd) - begin) / 1e3);
    bench_say("stop", contender, (double)(await_until(box.pid_fd) - begin) / 1e3);
    close(main_fd);
    box_finish(&box);
}

static void stop_alone_once(const struct bench *bench, const struct contender *contender)
{
    (void)bench;
    const struct box_request request = {.init = contender->init};
    struct box box;
    box_start(&box, &request);
    box_await_exec(&box);
    bench_sleep_ms(SETTLE_MS);
    const uint64_t begin = report_now_ns();
    send_term(&box);
    bench_say("stop", contender, (double)(await_until(box.pid_fd) - begin) / 1e3);
    box_finish(&box);
}

void lifetime_measure_stop(const struct bench *bench)
{
    static const struct contender alone = {"sandbox-init, no command", {"/mnt/sandbox-init"}};
    for (unsigned i = 0; i < (bench->is_quick ? 10 : 100); i++) {
        bench_round_robin(bench, bench_inits, BENCH_INITS, 1, stop_once);
        bench_round_robin(bench, &alone, 1, 1, stop_alone_once);
    }
}

/* ---- a signal before the init is ready ---- */

/* Boxes that have not ended yet: whether they ever will is seen later, while others are tried. */
struct pending {
    size_t count;
    struct
    try {
        const struct contender *contender;
        struct box box;
        uint64_t signal_ns;
        double delay_us; /* from the exec to the signal */
    }
    tries[PENDING_MAX];
};

static struct pending pending;

static void judge(struct try *try, bool was_heard)
{
    bench_say(was_heard ? "early_heard" : "early_lost", try->contender, try->delay_us);
    box_finish(&try->box);
}

static void judge_pending(void)
{
    for (size_t i = 0; i < pending.count; i++) {
        struct try *try = &pending.tries[i];
        const uint64_t waited_ms = (report_now_ns() - try->signal_ns) / 1000000;
        judge(try, box_await_end(&try->box, waited_ms < LOST_MS ? (int)(LOST_MS - waited_ms) : 0));
    }
    pending.count = 0;
}

/* Sleeps, and does not spin: the init is to have the CPU. */
static void sleep_us(long us)
{
    const struct timespec time = {.tv_nsec = us * 1000};
    nanosleep(&time, NULL);
}

static void signal_early(const struct bench *bench, const struct contender *contender)
{
    (void)bench;
    const struct box_request request = {.init = contender->init, .command = sleeper};
    struct try try = {.contender = contender};
    const long delay_us = random() % (DELAY_MAX_US + 1);
    box_start(&try.box, &request);
    box_await_exec(&try.box);
    const uint64_t exec_ns = report_now_ns();
    sleep_us(delay_us);
    send_term(&try.box);
    try.signal_ns = report_now_ns();
    try.delay_us = (double)(try.signal_ns - exec_ns) / 1e3;
    if (box_await_end(&try.box, SOON_MS)) {
        judge(&try, true);
        return;
    }
    if (pending.count == PENDING_MAX) {
        judge_pending();
    }
    pending.tries[pending.count++] = try;
}

void lifetime_measure_first_millisecond(const struct bench *bench)
{
    const unsigned more = bench->is_quick ? 1 : 10;
    struct contender contenders[BENCH_INITS + 1] = {
        bench_inits[0],
        {"first instruction", {"/mnt/inside/earliest"}},
    };
    for (size_t i = 1; i < BENCH_INITS; i++) {
        contenders[i + 1] = bench_inits[i];
    }
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    for (unsigned i = 0; i < 100; i++) {
        bench_round_robin(bench, contenders, 2, more - 1, signal_early);
        bench_round_robin(bench, contenders, BENCH_INITS + 1, 1, signal_early);
    }
    judge_pending();
}
