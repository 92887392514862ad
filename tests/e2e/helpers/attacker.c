/* SPDX-License-Identifier: MIT */
/*
 * Who wants a connection to VS Code's sockets.
 *
 * attacker watch DIR...
 *
 *   Waits for them in each DIR with inotify, and connects to each as fast as it can, for as long as its name
 * is there (at most 2 s); keeps what it won, as an attacker would. Says "ready", and then a line for each:
 * "won NAME US", "refused NAME US" (EACCES at least once) or "lost NAME US", with the microseconds since it
 * was seen. Ends with its stdin.
 *
 * attacker race DIR COUNT UID [COMMAND...]
 *
 *   As UID, makes COUNT sockets in DIR, one after the other, while "attacker watch DIR", which is started
 * through COMMAND, waits for them. Then says "made N", "won N" and "refused N", as the attacker counts, and
 * "accepted N", as the sockets' maker does.
 */
#include "../../integration/helpers/helper.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PATIENCE_US = 2000000,
    DIRS_MAX = 16,
    ROUND_US = 50000, /* for one socket */
    COMMAND_MAX = 16,
    LINE_SIZE = 512,
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- watch ---- */

static bool is_wanted(const char *name)
{
    return strncmp(name, "vscode-", 7) == 0 && strstr(name, ".sock") != NULL;
}

/* Until it is there or the name is not: between bind() and listen() a connection is refused. */
static const char *attack(const struct sockaddr_un *address, uint64_t start)
{
    struct stat status;
    bool is_refused = false;
    do {
        const int fd = helper_socket();
        if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0) {
            return "won"; /* and fd stays open */
        }
        is_refused = is_refused || errno == EACCES;
        (void)close(fd);
    } while (lstat(address->sun_path, &status) == 0 && now_us() - start < PATIENCE_US);
    return is_refused ? "refused" : "lost";
}

static void on_name(const char *dir, const char *name)
{
    char path[LINE_SIZE];
    const uint64_t start = now_us();
    if (!is_wanted(name) || snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        return;
    }
    const struct sockaddr_un address = helper_address(path);
    const char *result = attack(&address, start);
    printf("%s %s %llu\n", result, name, (unsigned long long)(now_us() - start));
    (void)fflush(stdout);
}

static int run_watch(char **dirs)
{
    int watches[DIRS_MAX];
    int count = 0;
    _Alignas(struct inotify_event) char buffer[16384];
    const int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    for (; count < DIRS_MAX && dirs[count] != NULL; count++) {
        watches[count] = inotify_add_watch(fd, dirs[count], IN_CREATE | IN_MOVED_TO);
        if (watches[count] < 0) {
            err(2, "inotify in %s", dirs[count]);
        }
    }
    helper_say("ready");
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    for (;;) {
        const ssize_t got = read(fd, buffer, sizeof buffer);
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event = (const void *)(buffer + at);
            for (int i = 0; i < count; i++) {
                if (watches[i] == event->wd && event->len > 0) {
                    on_name(dirs[i], event->name);
                }
            }
            at += (ssize_t)sizeof *event + event->len;
        }
        /* The end counts once there is nothing more to see. */
        if (got < 0 && poll(fds, 2, -1) > 0 && (fds[0].revents & POLLIN) == 0 && fds[1].revents != 0) {
            return 0;
        }
    }
}

/* ---- race ---- */

/* Returns the attacker's pid; its stdin and stdout are RET_FDS. */
static pid_t start_attacker(char *self, char *dir, char **front, FILE *ret_streams[2])
{
    int to[2];
    int from[2];
    char *argv[COMMAND_MAX + 4] = {NULL};
    size_t count = 0;
    for (; count < COMMAND_MAX && front[count] != NULL; count++) {
        argv[count] = front[count];
    }
    argv[count] = self;
    argv[count + 1] = (char[]){"watch"};
    argv[count + 2] = dir;
    if (pipe(to) != 0 || pipe(from) != 0) {
        err(2, "pipe");
    }
    const pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(to[0], STDIN_FILENO);
        (void)dup2(from[1], STDOUT_FILENO);
        for (int i = 0; i < 2; i++) {
            (void)close(to[i]);
            (void)close(from[i]);
        }
        (void)execv(argv[0], argv);
        err(127, "%s", argv[0]);
    }
    (void)close(to[0]);
    (void)close(from[1]);
    ret_streams[0] = fdopen(to[1], "w");
    ret_streams[1] = fdopen(from[0], "r");
    return pid;
}

/* Returns whether it had a connection. It has some time to get one, but not after its name is gone. */
static bool make_socket(const char *dir, unsigned number)
{
    char path[LINE_SIZE];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s/vscode-ipc-%08u-1f2e-4a3b-9c8d-0123456789ab.sock", dir, number);
    const uint64_t start = now_us();
    const int fd = helper_listen(path);
    if (fd < 0) {
        err(2, "%s", path);
    }
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    bool is_there = true;
    int connection = -1;
    while (connection < 0 && is_there && now_us() - start < ROUND_US) {
        is_there = lstat(path, &status) == 0;
        if (poll(&ready, 1, 1) > 0) {
            connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC); /* which stays open, too */
        }
    }
    (void)close(fd);
    (void)unlink(path);
    return connection >= 0;
}

static int run_race(char *self, char **argv)
{
    const unsigned count = (unsigned)helper_number(argv[1], 10000);
    const uid_t uid = (uid_t)helper_number(argv[2], 65534);
    FILE *streams[2];
    char line[LINE_SIZE] = "";
    unsigned won = 0;
    unsigned refused = 0;
    unsigned accepted = 0;
    if (setgid(uid) != 0 || setuid(uid) != 0) {
        err(2, "user %u", uid);
    }
    const pid_t pid = start_attacker(self, argv[0], argv + 3, streams);
    if (streams[1] == NULL || fgets(line, sizeof line, streams[1]) == NULL || strcmp(line, "ready\n") != 0) {
        errx(2, "the attacker does not start: %s", line);
    }
    for (unsigned i = 0; i < count; i++) {
        accepted += make_socket(argv[0], i) ? 1 : 0;
    }
    (void)fclose(streams[0]);
    while (fgets(line, sizeof line, streams[1]) != NULL) {
        won += strncmp(line, "won ", 4) == 0 ? 1 : 0;
        refused += strncmp(line, "refused ", 8) == 0 ? 1 : 0;
    }
    (void)waitpid(pid, NULL, 0);
    printf("made %u\nwon %u\nrefused %u\naccepted %u\n", count, won, refused, accepted);
    return 0;
}

int main(int argc, char **argv)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) { /* for all that stays open */
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (argc >= 3 && strcmp(argv[1], "watch") == 0) {
        return run_watch(argv + 2);
    }
    if (argc >= 5 && strcmp(argv[1], "race") == 0) {
        return run_race(argv[0], argv + 2);
    }
    errx(2, "usage: attacker watch DIR... | attacker race DIR COUNT UID [COMMAND...]");
}
