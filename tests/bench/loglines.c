/* SPDX-License-Identifier: MIT */
/*
 * How fast the lines of a job get into its log, and what that costs: the same lines through a pipe to each
 * logger, which stamps them with the time and rotates at 10 MB with three older files, on one file system.
 */
#include "bench.h"
#include "inside/report.h"

#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOGS "/mnt/logs"

/* svlogd and s6-log find what is missing here in the directory, or have it in their command line. */
static const struct contender loggers[] = {
    {"sandbox-init", {"/mnt/logger", LOGS, "10000000", "3"}},
    {"svlogd -tt", {"svlogd", "-tt", LOGS}},
    {"s6-log t", {"s6-log", "t", "n3", "s10000000", LOGS}},
};

enum { LOGGERS = sizeof loggers / sizeof loggers[0] };

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static void make_directory(void)
{
    nftw(LOGS, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    FILE *config = mkdir(LOGS, 0755) == 0 ? fopen(LOGS "/config", "we") : NULL;
    if (config == NULL) {
        err(1, "%s", LOGS);
    }
    fputs("s10000000\nn3\n", config);
    fclose(config);
}

/* Runs COMMAND with FROM and TO as its descriptors 0 and 1, where they are not negative. */
static pid_t run(const char *const *command, int from, int to)
{
    const pid_t pid = fork();
    if (pid < 0) {
        err(1, "fork");
    }
    if (pid == 0) {
        const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        dup2(from >= 0 ? from : null, STDIN_FILENO);
        dup2(to >= 0 ? to : null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        char *arguments[sizeof loggers[0].init / sizeof loggers[0].init[0]] = {NULL};
        for (size_t i = 0; command[i] != NULL; i++) {
            arguments[i] = (char *)(uintptr_t)command[i];
        }
        execvp(arguments[0], arguments);
        _exit(127);
    }
    return pid;
}

static void await(pid_t pid, const char *name, struct rusage *usage)
{
    int status;
    if (wait4(pid, &status, 0, usage) != pid || status != 0) {
        errx(1, "%s failed", name);
    }
}

static double seconds(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void take_turn(const struct bench *bench, const struct contender *contender, const char *length)
{
    const char *const talker[] = {"/mnt/inside/talker", bench->is_quick ? "20000000" : "200000000", length,
                                  NULL};
    char measure[32];
    int ends[2];
    struct rusage usage;
    make_directory();
    sync(); /* what the one before wrote is not for this one to wait for */
    if (pipe2(ends, O_CLOEXEC) < 0) {
        err(1, "pipe");
    }
    const uint64_t begin = report_now_ns();
    const pid_t logger = run(contender->init, ends[0], -1);
    const pid_t writer = run(talker, -1, ends[1]);
    close(ends[0]);
    close(ends[1]);
    await(writer, talker[0], &usage);
    await(logger, contender->name, &usage);
    const double ns = (double)(report_now_ns() - begin);
    const double lines = strtod(talker[1], NULL) / strtod(length, NULL);
    snprintf(measure, sizeof measure, "loglines_%s", length);
    bench_say(measure, contender, ns / lines);
    snprintf(measure, sizeof measure, "loglines_%s_cpu", length);
    bench_say(measure, contender, (seconds(&usage.ru_utime) + seconds(&usage.ru_stime)) * 1e9 / lines);
    nftw(LOGS, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void usual_lines(const struct bench *bench, const struct contender *contender)
{
    take_turn(bench, contender, "80");
}

static void short_lines(const struct bench *bench, const struct contender *contender)
{
    take_turn(bench, contender, "20");
}

void loglines_measure(const struct bench *bench)
{
    bench_round_robin(bench, loggers, LOGGERS, bench->is_quick ? 3 : 7, usual_lines);
    bench_round_robin(bench, loggers, LOGGERS, bench->is_quick ? 3 : 7, short_lines);
}
