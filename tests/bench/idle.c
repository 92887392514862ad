/* SPDX-License-Identifier: MIT */
/* What an init costs while nothing happens. */
#include "bench.h"
#include "box.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CONTENDERS = BENCH_INITS + 1,
    SETTLE_MS = 500,
    ATTACH_MS = 2000, /* a call that attaching interrupts is begun anew: not the contender's doing */
};

/* Ours needs no command to stay; the others do. */
static const struct contender ours = {"sandbox-init", {"/mnt/sandbox-init"}};
static const struct contender replaced = {"sleep infinity", {"/bin/sleep", "infinity"}};

static void start_all(struct box boxes[CONTENDERS], const struct contender *contenders[CONTENDERS])
{
    static const char *const sleeper[] = {"/mnt/inside/sleeper", NULL};
    contenders[0] = &ours;
    contenders[CONTENDERS - 1] = &replaced;
    for (size_t i = 1; i < BENCH_INITS; i++) {
        contenders[i] = &bench_inits[i];
    }
    for (size_t i = 0; i < CONTENDERS; i++) {
        const bool needs_command = i > 0 && i < BENCH_INITS;
        const struct box_request request = {
            .init = contenders[i]->init,
            .command = needs_command ? sleeper : NULL,
            .has_own_files = true,
        };
        box_start(&boxes[i], &request);
        box_await_exec(&boxes[i]);
    }
    bench_sleep_ms(SETTLE_MS);
}

static void finish_all(struct box boxes[CONTENDERS])
{
    for (size_t i = 0; i < CONTENDERS; i++) {
        box_finish(&boxes[i]);
    }
}

void idle_measure_memory(const struct bench *bench)
{
    struct box boxes[CONTENDERS];
    const struct contender *contenders[CONTENDERS];
    for (unsigned round = 0; round < (bench->is_quick ? 2 : 7); round++) {
        start_all(boxes, contenders);
        for (size_t i = 0; i < CONTENDERS; i++) {
            bench_say("rss", contenders[i], box_status_kb(&boxes[i], "VmRSS"));
            bench_say("rss_anon", contenders[i], box_status_kb(&boxes[i], "RssAnon"));
            bench_say("rss_file", contenders[i], box_status_kb(&boxes[i], "RssFile"));
        }
        finish_all(boxes);
    }
}

static void name_trace(char *path, size_t size, size_t number)
{
    snprintf(path, size, "/run/trace-%zu", number);
}

static pid_t start_strace(const struct box *box, size_t number)
{
    char pid[16];
    char path[32];
    snprintf(pid, sizeof pid, "%d", (int)box->pid);
    name_trace(path, sizeof path, number);
    const pid_t tracer = fork();
    if (tracer == 0) {
        execlp("strace", "strace", "-qq", "-f", "-o", path, "-p", pid, (char *)NULL);
        err(1, "strace");
    }
    if (tracer < 0) {
        err(1, "fork");
    }
    return tracer;
}

/* Calls that have returned: strace writes the result behind " = ". */
static unsigned count_calls(size_t number)
{
    char path[32];
    char line[1024];
    unsigned count = 0;
    name_trace(path, sizeof path, number);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        err(1, "strace wrote no %s", path);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        count += strstr(line, " = ") != NULL ? 1 : 0;
    }
    fclose(file);
    return count;
}

void idle_measure_calls(const struct bench *bench)
{
    struct box boxes[CONTENDERS];
    const struct contender *contenders[CONTENDERS];
    pid_t tracers[CONTENDERS];
    unsigned before[CONTENDERS];
    start_all(boxes, contenders);
    for (size_t i = 0; i < CONTENDERS; i++) {
        tracers[i] = start_strace(&boxes[i], i);
    }
    bench_sleep_ms(ATTACH_MS);
    for (size_t i = 0; i < CONTENDERS; i++) {
        if (box_status_kb(&boxes[i], "TracerPid") != tracers[i]) {
            errx(1, "strace could not attach");
        }
        before[i] = count_calls(i);
    }
    bench_sleep_ms(bench->is_quick ? 5000 : 30000);
    for (size_t i = 0; i < CONTENDERS; i++) {
        bench_say(bench->is_quick ? "calls_5s" : "calls_30s", contenders[i], count_calls(i) - before[i]);
    }
    for (size_t i = 0; i < CONTENDERS; i++) {
        kill(tracers[i], SIGKILL);
        waitpid(tracers[i], NULL, 0);
    }
    finish_all(boxes);
}
