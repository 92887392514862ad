/* SPDX-License-Identifier: MIT */
/* How fast sockets go while a hundred clients ask for the state, again and again, as fast as they can. */
#include "bench.h"
#include "box.h"
#include "inside/report.h"
#include "maker.h"

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CLIENTS = 100,
    CLIENTS_UID = 12346,
    SCENES = 3,
    SETTLE_MS = 20, /* between the beginning of the load and the first socket */
};

static const char request[] = "status\n";

/* ---- in the clients' process ---- */

static void ask(int epoll_fd)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/sandbox-init/control"};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        err(1, "socket");
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        err(1, "%s", address.sun_path);
    }
    /* Who is one too many is told so and hung up on, maybe before this. */
    const ssize_t sent = send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
    (void)sent;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        err(1, "epoll_ctl");
    }
}

/* Reads what FD has been told. At the end of that it asks anew. */
static void hear(int epoll_fd, int fd, atomic_uint_fast64_t *answers)
{
    static char answer[65536];
    const ssize_t got = recv(fd, answer, sizeof answer, 0);
    if (got > 0) {
        atomic_fetch_add(answers, memcmp(answer, "init\t", 5) == 0 ? 1 : 0);
        return;
    }
    close(fd);
    ask(epoll_fd);
}

_Noreturn static void run(int mounts_fd, atomic_uint_fast64_t *answers)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setns(mounts_fd, CLONE_NEWNS) < 0 || setgid(CLIENTS_UID) < 0 || setuid(CLIENTS_UID) < 0) {
        err(1, "cannot be somebody else in a box");
    }
    const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < CLIENTS; i++) {
        ask(epoll_fd);
    }
    for (;;) {
        struct epoll_event events[CLIENTS];
        const int count = epoll_wait(epoll_fd, events, CLIENTS, -1);
        for (int i = 0; i < count; i++) {
            hear(epoll_fd, events[i].data.fd, answers);
        }
    }
}

/* ---- in the bench ---- */

static pid_t start_clients(const struct box *box, atomic_uint_fast64_t *answers)
{
    const pid_t pid = fork();
    if (pid < 0) {
        err(1, "fork");
    }
    if (pid == 0) {
        run(box->mounts_fd, answers);
    }
    return pid;
}

static const struct {
    struct contender contender;
    bool has_clients; /* while it is measured there are clients, */
    bool are_others;  /* of another box */
} rows[SCENES] = {
    {{"sandbox-init", {"/mnt/sandbox-init"}}, true, false},
    {{"... who ask another one", {"/mnt/sandbox-init"}}, true, true},
    {{"... nobody asks", {"/mnt/sandbox-init"}}, false, false},
};

struct clients_scene {
    struct box box;
    struct maker maker;
};

static void measure_turn(struct clients_scene scenes[SCENES], size_t index, unsigned sockets,
                         atomic_uint_fast64_t *answers)
{
    const struct contender *contender = &rows[index].contender;
    struct clients_scene *scene = &scenes[index];
    const uint64_t begin = report_now_ns();
    const uint64_t before = atomic_load(answers);
    pid_t clients = 0;
    if (rows[index].has_clients) {
        clients = start_clients(rows[index].are_others ? &scenes[0].box : &scene->box, answers);
        bench_sleep_ms(SETTLE_MS);
    }
    for (unsigned i = 0; i < sockets; i++) {
        const struct maker_result result = maker_do(&scene->maker, &scene->box, MAKER_SOCKET, 0);
        bench_say("asked_harmless", contender, (double)result.harmless_ns / 1e3);
        bench_say("asked_gone", contender, (double)result.gone_ns / 1e3);
    }
    if (clients > 0) {
        kill(clients, SIGKILL);
        waitpid(clients, NULL, 0);
        const double took_s = (double)(report_now_ns() - begin) / 1e9;
        bench_say("answers", contender, (double)(atomic_load(answers) - before) / took_s);
    }
}

void clients_measure(const struct bench *bench)
{
    struct clients_scene scenes[SCENES];
    size_t order[SCENES];
    atomic_uint_fast64_t *answers =
        mmap(NULL, sizeof *answers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (answers == MAP_FAILED) {
        err(1, "mmap");
    }
    for (size_t i = 0; i < SCENES; i++) {
        const struct box_request wanted = {.init = rows[i].contender.init, .has_own_files = true};
        box_start(&scenes[i].box, &wanted);
        box_await_exec(&scenes[i].box);
        maker_start(&scenes[i].maker, &scenes[i].box, 0);
        maker_do(&scenes[i].maker, &scenes[i].box, MAKER_FENCE, 0);
    }
    for (unsigned round = 0; round < (bench->is_quick ? 6 : 30); round++) {
        bench_shuffle(order, SCENES);
        for (size_t i = 0; i < SCENES; i++) {
            measure_turn(scenes, order[i], 50, answers);
        }
    }
    for (size_t i = 0; i < SCENES; i++) {
        maker_finish(&scenes[i].maker);
        box_finish(&scenes[i].box);
    }
    munmap(answers, sizeof *answers);
}
