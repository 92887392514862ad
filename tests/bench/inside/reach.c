/* SPDX-License-Identifier: MIT */
/*
 * reach COUNT
 *
 * Does COUNT times each what the airlock has a say in, with what is its own: start a process and wait for it
 * (COUNT / 10 times), connect to a Unix socket with a path, open a file, signal itself. Writes what one of
 * each took in nanoseconds to BENCH_REPORT_FD, as double[4]; -1 where it is not to be had.
 */
#include "report.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/tmp/reach.sock"};

static double spawn_all(int count)
{
    static char name[] = "/mnt/inside/nothing";
    char *const argv[] = {name, NULL};
    const uint64_t begin = report_now_ns();
    for (int i = 0; i < count; i++) {
        pid_t pid = 0;
        if (posix_spawn(&pid, name, NULL, NULL, argv, NULL) != 0 || waitpid(pid, NULL, 0) < 0) {
            errx(1, "cannot start a process");
        }
    }
    return (double)(report_now_ns() - begin) / count;
}

static double connect_all(int count)
{
    const int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server < 0) {
        return -1;
    }
    if (bind(server, (const struct sockaddr *)&address, sizeof address) < 0 || listen(server, 8) < 0) {
        err(1, "%s", address.sun_path);
    }
    uint64_t spent = 0;
    for (int i = 0; i < count; i++) {
        const int client = socket(AF_UNIX, SOCK_STREAM, 0);
        const uint64_t begin = report_now_ns();
        if (connect(client, (const struct sockaddr *)&address, sizeof address) < 0) {
            err(1, "%s", address.sun_path);
        }
        spent += report_now_ns() - begin;
        close(accept(server, NULL, NULL));
        close(client);
    }
    return (double)spent / count;
}

static double open_all(int count)
{
    const uint64_t begin = report_now_ns();
    for (int i = 0; i < count; i++) {
        const int fd = open("/mnt/inside/reach", O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            err(1, "open");
        }
        close(fd);
    }
    return (double)(report_now_ns() - begin) / count;
}

static double signal_all(int count)
{
    const uint64_t begin = report_now_ns();
    for (int i = 0; i < count; i++) {
        kill(getpid(), 0);
    }
    return (double)(report_now_ns() - begin) / count;
}

int main(int argc, char **argv)
{
    const int count = argc > 1 ? atoi(argv[1]) : 1000;
    const double results[] = {spawn_all(count / 10), connect_all(count), open_all(count), signal_all(count)};
    return report_write(results, sizeof results) ? 0 : 1;
}
