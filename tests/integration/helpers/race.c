/* SPDX-License-Identifier: MIT */
/*
 * race DIR COUNT UID
 *
 * What happens in a dev container all day: as UID, a listener makes COUNT sockets under VS Code's names in
 * DIR, one after the other, while an attacker with the same uid waits for them with inotify and connects to
 * each as fast as it can, for as long as the name is there (at most 20 ms). Then it prints, a line each:
 *
 *   sockets N            that were made
 *   won N                to which the attacker got a connection
 *   gone N               whose names were gone within the 20 ms
 *   gone-us N            median time from bind() to the name's being gone, in microseconds; 0 if none was
 *   reachable N          that accept a connection by their names at the very end
 */
#include "helper.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PATIENCE_US = 20000,
    SOCKETS_MAX = 100000,
};

static const char *const names[] = {
    "vscode-ipc-%08u-1f2e-4a3b-9c8d-0123456789ab.sock",
    "vscode-git-%010u.sock",
    "vscode-ssh-auth-%08u-5e6f-4a7b-8c9d-fedcba987654.sock",
    "vscode-remote-containers-ipc-%08u-aaaa-bbbb-cccc-0123456789ab.sock",
};

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void sleep_us(long us)
{
    const struct timespec time = {.tv_nsec = us * 1000};
    nanosleep(&time, NULL);
}

static struct sockaddr_un address_of(const char *directory, unsigned number)
{
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    char name[96];
    /* The formats are the constants above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(name, sizeof name, names[number % (sizeof names / sizeof names[0])], number);
#pragma GCC diagnostic pop
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return helper_address(path);
}

static bool can_connect(const struct sockaddr_un *address)
{
    const int fd = helper_socket();
    const bool is_connected = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    close(fd);
    return is_connected;
}

/* Tries until it is connected or the name is gone: between bind() and listen() a connection is refused. */
static bool attack(const struct sockaddr_un *address)
{
    struct stat status;
    const double start = now_us();
    do {
        if (can_connect(address)) {
            return true;
        }
    } while (lstat(address->sun_path, &status) == 0 && now_us() - start < PATIENCE_US);
    return false;
}

/* Ends when the listener does; the exit status cannot hold the number, so it is written to RESULT_FD. */
static void run_attacker(const char *directory, int ready_fd, int result_fd)
{
    unsigned won = 0;
    _Alignas(struct inotify_event) char buffer[16384];
    const int fd = inotify_init1(IN_CLOEXEC);
    if (fd < 0 || inotify_add_watch(fd, directory, IN_CREATE) < 0) {
        err(1, "inotify in %s", directory);
    }
    (void)!write(ready_fd, "r", 1);
    for (;;) {
        const ssize_t got = read(fd, buffer, sizeof buffer);
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event = (const void *)(buffer + at);
            char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
            snprintf(path, sizeof path, "%s/%.90s", directory, event->name);
            const struct sockaddr_un address = helper_address(path);
            if (strcmp(event->name, "end") == 0) {
                (void)!write(result_fd, &won, sizeof won);
                _exit(0);
            }
            won += attack(&address) ? 1 : 0;
            at += (ssize_t)sizeof *event + event->len;
        }
    }
}

/* Returns the microseconds until the name was gone, or -1. The listener stays open, as VS Code's does. */
static double make_socket(const struct sockaddr_un *address)
{
    struct stat status;
    const int fd = helper_socket();
    const double start = now_us();
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) < 0 || listen(fd, 64) < 0) {
        err(1, "%s", address->sun_path);
    }
    while (lstat(address->sun_path, &status) == 0) {
        if (now_us() - start > PATIENCE_US) {
            return -1;
        }
    }
    return now_us() - start;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Returns the pid of an attacker that is ready, as UID from now on. RET_FD: where it will write what it won.
 */
static pid_t start_attacker(const char *directory, int *ret_fd)
{
    int ready[2];
    int result[2];
    char byte;
    if (pipe(ready) < 0 || pipe(result) < 0) {
        err(1, "pipe");
    }
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_attacker(directory, ready[1], result[1]);
    }
    if (pid < 0 || read(ready[0], &byte, 1) != 1) {
        err(1, "attacker");
    }
    *ret_fd = result[0];
    return pid;
}

static unsigned end_attacker(const char *directory, pid_t pid, int result_fd)
{
    unsigned won = 0;
    char end[256];
    snprintf(end, sizeof end, "%s/end", directory);
    FILE *file = fopen(end, "w");
    if (file == NULL || fclose(file) != 0 || read(result_fd, &won, sizeof won) != sizeof won) {
        err(1, "end of the attacker");
    }
    unlink(end);
    waitpid(pid, NULL, 0);
    return won;
}

static unsigned count_reachable(const char *directory, unsigned count)
{
    unsigned reachable = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct sockaddr_un address = address_of(directory, i);
        reachable += can_connect(&address) ? 1 : 0;
    }
    return reachable;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        errx(2, "usage: race DIR COUNT UID");
    }
    const unsigned count = (unsigned)helper_number(argv[2], SOCKETS_MAX);
    const uid_t uid = (uid_t)helper_number(argv[3], 65534);
    double *times = calloc(count + 1, sizeof *times);
    if (times == NULL || setgid(uid) < 0 || setuid(uid) < 0) {
        err(1, "start");
    }
    int result_fd;
    const pid_t attacker = start_attacker(argv[1], &result_fd);
    size_t gone = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct sockaddr_un address = address_of(argv[1], i);
        times[gone] = make_socket(&address);
        gone += times[gone] >= 0 ? 1 : 0;
        sleep_us(1000);
    }
    const unsigned won = end_attacker(argv[1], attacker, result_fd);
    qsort(times, gone, sizeof *times, compare);
    printf("sockets %u\nwon %u\ngone %zu\ngone-us %.0f\nreachable %u\n", count, won, gone,
           gone > 0 ? times[gone / 2] : 0.0, count_reachable(argv[1], count));
    free(times);
    return 0;
}
