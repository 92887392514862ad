/* SPDX-License-Identifier: MIT */
#include "maker.h"

#include "bench.h"
#include "inside/report.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAKER_UID = 12345,
    PAUSE_MS = 2, /* before a socket: whoever waits for it is asleep */
    FENCES_MAX = 100,
    LOOK_MS = 20, /* how often the log is emptied meanwhile */
};

struct order {
    enum maker_deed deed;
    unsigned count;
};

/* ---- in the maker's process ---- */

static struct sockaddr_un name_socket(unsigned number)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char *path = address.sun_path;
    const size_t size = sizeof address.sun_path;
    switch (number % 4) {
    case 0:
        snprintf(path, size, "/tmp/vscode-ipc-%08u-1f2e-4a3b-9c8d-0123456789ab.sock", number);
        break;
    case 1:
        snprintf(path, size, "/tmp/vscode-git-%010u.sock", number);
        break;
    case 2:
        snprintf(path, size, "/tmp/vscode-ssh-auth-%08u-5e6f-4a7b-8c9d-fedcba987654.sock", number);
        break;
    default:
        snprintf(path, size, "/tmp/vscode-remote-containers-ipc-%08u-aaaa-bbbb-cccc-0123456789ab.sock",
                 number);
        break;
    }
    return address;
}

/* Returns the bound socket, and when bind() was called. */
static int bind_socket(const struct sockaddr_un *address, uint64_t *ret_begin_ns)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        err(1, "socket");
    }
    *ret_begin_ns = report_now_ns();
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) < 0) {
        err(1, "%s", address->sun_path);
    }
    return fd;
}

static struct maker_result make_socket(unsigned number, uint64_t patience_ms)
{
    const uint64_t patience_ns = patience_ms * 1000000;
    struct maker_result result = {.harmless_ns = patience_ns, .gone_ns = patience_ns};
    const struct sockaddr_un address = name_socket(number);
    struct stat status;
    uint64_t begin;
    uint64_t passed;
    bench_sleep_ms(PAUSE_MS);
    const int fd = bind_socket(&address, &begin);
    do {
        const bool is_gone = lstat(address.sun_path, &status) < 0;
        passed = report_now_ns() - begin;
        if ((is_gone || status.st_uid == 0) && passed < result.harmless_ns) {
            result.harmless_ns = passed;
        }
        if (is_gone) {
            result.gone_ns = passed;
            break;
        }
    } while (passed < patience_ns);
    close(fd);
    unlink(address.sun_path);
    return result;
}

static struct maker_result make_fence(unsigned *number)
{
    for (int i = 0; i < FENCES_MAX; i++) {
        const struct maker_result result = make_socket((*number)++, 100);
        if (result.gone_ns < (uint64_t)100 * 1000000) {
            return result;
        }
    }
    errx(1, "nobody removes sockets");
}

static void name_file(char *path, size_t size, unsigned number)
{
    snprintf(path, size, "/tmp/build-artifact-%08u.o", number);
}

static void make_files(unsigned count, bool is_passing)
{
    char path[64];
    for (unsigned i = 0; i < count; i++) {
        name_file(path, sizeof path, i);
        const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0) {
            err(1, "%s", path);
        }
        close(fd);
        if (is_passing) {
            unlink(path);
        }
    }
}

static void tidy_files(unsigned count)
{
    char path[64];
    for (unsigned i = 0; i < count; i++) {
        name_file(path, sizeof path, i);
        unlink(path);
    }
}

static unsigned count_left(void)
{
    unsigned left = 0;
    DIR *directory = opendir("/tmp");
    if (directory == NULL) {
        err(1, "/tmp");
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        left += strncmp(entry->d_name, "vscode-", 7) == 0 ? 1 : 0;
    }
    closedir(directory);
    return left;
}

/* Until none is left, or their number has not changed for a while. Returns when it changed last. */
static uint64_t await_none_left(unsigned *ret_left)
{
    uint64_t changed_ns = report_now_ns();
    *ret_left = count_left();
    while (*ret_left > 0 && report_now_ns() - changed_ns < (uint64_t)MAKER_PATIENCE_MS * 1000000) {
        bench_sleep_ms(1);
        const unsigned left = count_left();
        changed_ns = left != *ret_left ? report_now_ns() : changed_ns;
        *ret_left = left;
    }
    return changed_ns;
}

static void flood(unsigned count, unsigned *number)
{
    for (unsigned i = 0; i < count; i++) {
        const struct sockaddr_un address = name_socket((*number)++);
        uint64_t begin;
        close(bind_socket(&address, &begin));
    }
}

static struct maker_result carry_out(const struct order *order, unsigned *number)
{
    struct maker_result result = {0};
    const uint64_t begin = report_now_ns();
    switch (order->deed) {
    case MAKER_SOCKET:
        result = make_socket((*number)++, MAKER_PATIENCE_MS);
        break;
    case MAKER_FENCE:
        result = make_fence(number);
        break;
    case MAKER_FILES:
    case MAKER_PASSING_FILES:
        make_files(order->count, order->deed == MAKER_PASSING_FILES);
        break;
    case MAKER_TIDY:
        tidy_files(order->count);
        break;
    case MAKER_FLOOD:
        flood(order->count, number);
        make_fence(number);
        result.took_ns = await_none_left(&result.left) - begin;
        break;
    }
    return result;
}

_Noreturn static void run(int mounts_fd, int order_fd, int result_fd, int cpu)
{
    unsigned number = 0;
    struct order order;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bench_pin(cpu);
    if (setns(mounts_fd, CLONE_NEWNS) < 0 || setgid(MAKER_UID) < 0 || setuid(MAKER_UID) < 0) {
        err(1, "cannot be somebody else in a box");
    }
    while (read(order_fd, &order, sizeof order) == (ssize_t)sizeof order) {
        const struct maker_result result = carry_out(&order, &number);
        if (write(result_fd, &result, sizeof result) != (ssize_t)sizeof result) {
            err(1, "write");
        }
    }
    _exit(0);
}

/* ---- in the bench ---- */

void maker_start(struct maker *ret_maker, const struct box *box, int cpu)
{
    int orders[2];
    int results[2];
    if (pipe2(orders, O_CLOEXEC) < 0 || pipe2(results, O_CLOEXEC) < 0) {
        err(1, "pipe");
    }
    const pid_t pid = fork();
    if (pid < 0) {
        err(1, "fork");
    }
    if (pid == 0) {
        close(orders[1]);
        close(results[0]);
        run(box->mounts_fd, orders[0], results[1], cpu);
    }
    close(orders[0]);
    close(results[1]);
    *ret_maker = (struct maker){.pid = pid, .order_fd = orders[1], .result_fd = results[0]};
}

struct maker_result maker_do(const struct maker *maker, struct box *box, enum maker_deed deed, unsigned count)
{
    const struct order order = {.deed = deed, .count = count};
    struct maker_result result;
    struct pollfd ready = {.fd = maker->result_fd, .events = POLLIN};
    int waited_ms = 0;
    if (write(maker->order_fd, &order, sizeof order) != (ssize_t)sizeof order) {
        err(1, "write");
    }
    while (poll(&ready, 1, LOOK_MS) == 0 && waited_ms < BOX_PATIENCE_MS) {
        waited_ms += LOOK_MS;
        box_drain_log(box);
    }
    if (read(maker->result_fd, &result, sizeof result) != (ssize_t)sizeof result) {
        errx(1, "the maker ended");
    }
    box_drain_log(box);
    return result;
}

void maker_finish(const struct maker *maker)
{
    close(maker->order_fd);
    close(maker->result_fd);
    kill(maker->pid, SIGKILL);
    waitpid(maker->pid, NULL, 0);
}
