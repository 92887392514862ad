/* SPDX-License-Identifier: MIT */
#include "sandbox_init/probe.h"

#include "sandbox_init/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    COMM_SIZE = 32, /* of /proc/PID/comm, with its newline */
};

/* ---- connecting ---- */

/* Returns a descriptor or -errno. */
static int connect_as(int type, const struct sockaddr_un *address, socklen_t size)
{
    const int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    if (connect(fd, (const struct sockaddr *)address, size) < 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

/* A socket of another type says so only after its permissions allowed it (unix(7), EPROTOTYPE). */
static int connect_any(const struct sockaddr_un *address, socklen_t size)
{
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    int result = -EPROTOTYPE;
    for (size_t i = 0; result == -EPROTOTYPE && i < sizeof types / sizeof types[0]; i++) {
        result = connect_as(types[i], address, size);
    }
    return result;
}

static void find_peer(const struct scene *scene, int fd, struct probe_peer *ret_peer)
{
    char path[SCENE_PATH_SIZE];
    char comm[COMM_SIZE];
    struct ucred who = {0};
    socklen_t size = sizeof who;
    if (ret_peer == NULL) {
        return;
    }
    *ret_peer = (struct probe_peer){0};
    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || who.uid == (uid_t)-1) {
        return;
    }
    ret_peer->is_known = true;
    ret_peer->pid = who.pid;
    ret_peer->uid = who.uid;
    snprintf(path, sizeof path, "/proc/%d/comm", (int)who.pid);
    if (who.pid > 0 && scene_read(scene, path, comm, sizeof comm) > 0) {
        snprintf(ret_peer->name, sizeof ret_peer->name, "%.*s", (int)strcspn(comm, "\n"), comm);
    }
}

/* Both as the agent. */
static int connect_through_proc(int fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", fd);
    return connect_any(&address, sizeof address);
}

static int connect_by_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    return connect_any(&address, sizeof address);
}

/* As the agent. Is what FD holds a socket? Returns 0 or -errno. */
static int check_kind(int fd)
{
    struct stat status;
    if (fstat(fd, &status) < 0) {
        return -errno;
    }
    return S_ISSOCK(status.st_mode) ? 0 : -ENOTSOCK;
}

int probe_connect(const struct scene *scene, const char *path, struct probe_peer *ret_peer)
{
    scene_become(scene);
    const int held = scene_open_path(scene, path, O_PATH);
    int result = held < 0 ? held : check_kind(held);
    if (result == 0) {
        result = connect_through_proc(held);
        if (result == -ENOENT) { /* no /proc */
            result = connect_by_path(path);
        }
    }
    scene_return(scene);
    if (held >= 0) {
        close(held);
    }
    find_peer(scene, result, ret_peer);
    return result;
}

int probe_connect_held(const struct scene *scene, int fd, struct probe_peer *ret_peer)
{
    scene_become(scene);
    int result = check_kind(fd);
    if (result == 0) {
        result = connect_through_proc(fd);
    }
    scene_return(scene);
    find_peer(scene, result, ret_peer);
    return result;
}

int probe_connect_abstract(const struct scene *scene, const char *name, size_t length,
                           struct probe_peer *ret_peer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int result = -ENAMETOOLONG;
    if (length < sizeof address.sun_path) {
        memcpy(address.sun_path + 1, name, length);
        scene_become(scene);
        result = connect_any(&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
        scene_return(scene);
    }
    find_peer(scene, result, ret_peer);
    return result;
}

bool probe_is_heard(int result)
{
    return result >= 0 || result == -EAGAIN;
}

const char *probe_describe_peer(char buffer[static PROBE_PEER_SIZE], const struct probe_peer *peer)
{
    char name[FINDING_NAME_SIZE];
    if (!peer->is_known) {
        snprintf(buffer, PROBE_PEER_SIZE, "somebody");
    } else if (peer->pid == 0) {
        snprintf(buffer, PROBE_PEER_SIZE, "somebody outside of the container");
    } else if (peer->name[0] == '\0') {
        snprintf(buffer, PROBE_PEER_SIZE, "somebody (pid %d, gone or hidden)", (int)peer->pid);
    } else {
        snprintf(buffer, PROBE_PEER_SIZE, "%.80s, pid %d,", finding_name(name, peer->name), (int)peer->pid);
    }
    return buffer;
}

/* ---- asking ---- */

static int64_t now_ms(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until FD has something to read. Returns 1, 0 after UNTIL, or -errno. */
static int wait_readable(int fd, int64_t until)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    int result;
    do {
        const int64_t left = until - now_ms();
        result = poll(&look, 1, left > 0 ? (int)left : 0);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

/* Returns the bytes read, 0 at the end of it all, or -errno. */
static ssize_t read_some(int fd, char *buffer, size_t size, int64_t until)
{
    const int ready = wait_readable(fd, until);
    if (ready <= 0) {
        return ready;
    }
    const ssize_t got = recv(fd, buffer, size, MSG_DONTWAIT);
    return got < 0 ? -errno : got;
}

ssize_t probe_ask(int fd, const struct probe_question *question)
{
    const int64_t until = now_ms() + question->deadline_ms;
    size_t used = 0;
    ssize_t got = 1;
    bool is_stopped = false;
    question->answer[0] = '\0';
    if (question->request != NULL &&
        send(fd, question->request, question->request_size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        return -errno;
    }
    while (got > 0 && !is_stopped && used + 1 < question->answer_size) {
        got = read_some(fd, question->answer + used, question->answer_size - 1 - used, until);
        const size_t more = got > 0 ? (size_t)got : 0;
        is_stopped = question->stop >= 0 && memchr(question->answer + used, question->stop, more) != NULL;
        used += more;
    }
    question->answer[used] = '\0';
    return got < 0 && used == 0 ? got : (ssize_t)used;
}
