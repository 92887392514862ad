/* SPDX-License-Identifier: MIT */
/*
 * probe: real sockets of each type, in a scene of the test's own; who listens; answers that come late, in
 * pieces or never.
 *
 * WRAP: connect poll
 */
#include "testing.h"

#include "sandbox_init/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STRANGER = 12345,
    WAITING_MAX = 1000, /* clients that fill any queue */
    DEADLINE_MS = 100,
};

static char base[64];
static struct scene scene;
static bool has_proc;
static unsigned polls; /* so far */

int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    const char *path = ((const struct sockaddr_un *)(const void *)address)->sun_path;
    if (!has_proc && strncmp(path, "/proc/", 6) == 0) {
        errno = ENOENT;
        return -1;
    }
    return __real_connect(fd, address, size);
}

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    polls++;
    return __real_poll(fds, count, timeout);
}

static int begin(void **state)
{
    (void)state;
    has_proc = true;
    snprintf(base, sizeof base, "/tmp/test_probe.XXXXXX");
    if (mkdtemp(base) == NULL || chmod(base, 0755) < 0) {
        return -1;
    }
    scene = (struct scene){.root_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    return scene.root_fd < 0 ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    close(scene.root_fd);
    return testing_remove_tree(base);
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", base, name);
    return path;
}

/* Binds NAME in the scene, and listens if TYPE can. */
static int make_socket(int type, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path_of(name));
    const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_true(type == SOCK_DGRAM || listen(fd, 4) == 0);
    return fd;
}

/* As root only: the scene's agent is somebody else. */
static bool become_other(void)
{
    if (geteuid() != 0) {
        return false;
    }
    scene.is_other = true;
    scene.can_become = true;
    scene.agent = (struct identity){.uid = STRANGER, .gid = STRANGER};
    return true;
}

static void every_type_can_be_connected_to(void **state)
{
    (void)state;
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct probe_peer peer;
        const int listener = make_socket(types[i], "socket");
        const int fd = probe_connect(&scene, "/socket", &peer);
        if (fd < 0) {
            fail_msg("row %zu: %s", i, strerror(-fd));
        }
        assert_int_not_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
        assert_int_equal(peer.is_known, types[i] != SOCK_DGRAM);
        close(fd);
        close(listener);
        unlink(path_of("socket"));
    }
}

static void peer_is_named(void **state)
{
    (void)state;
    char name[64];
    struct probe_peer peer;
    const int listener = make_socket(SOCK_STREAM, "socket");
    int fd = probe_connect(&scene, "/socket", &peer);
    assert_true(fd >= 0);
    assert_int_equal(peer.pid, getpid());
    assert_int_equal(peer.uid, geteuid());
    assert_string_equal(peer.name, ""); /* this scene has no /proc */
    close(fd);

    mkdir(path_of("proc"), 0755);
    snprintf(name, sizeof name, "proc/%d", (int)getpid());
    mkdir(path_of(name), 0755);
    snprintf(name, sizeof name, "proc/%d/comm", (int)getpid());
    FILE *file = fopen(path_of(name), "we");
    assert_non_null(file);
    fputs("node\n", file);
    fclose(file);
    fd = probe_connect(&scene, "/socket", &peer);
    assert_true(fd >= 0);
    assert_string_equal(peer.name, "node");
    close(fd);
    close(listener);
}

static void what_cannot_be_connected_to_says_why(void **state)
{
    (void)state;
    struct probe_peer peer = {.is_known = true, .pid = 7};
    assert_int_equal(probe_connect(&scene, "/nothing", &peer), -ENOENT);
    assert_false(peer.is_known);
    assert_int_equal(peer.pid, 0);
    assert_int_equal(mkfifo(path_of("fifo"), 0666), 0);
    assert_int_equal(probe_connect(&scene, "/fifo", &peer), -ENOTSOCK);
    assert_int_equal(probe_connect(&scene, "/", &peer), -ENOTSOCK);
    close(make_socket(SOCK_STREAM, "dead"));
    assert_int_equal(probe_connect(&scene, "/dead", &peer), -ECONNREFUSED);
    assert_false(probe_is_heard(-ECONNREFUSED));
}

static void full_queue_is_somebody(void **state)
{
    (void)state;
    int clients[WAITING_MAX];
    size_t count = 0;
    int result = 0;
    const int listener = make_socket(SOCK_STREAM, "socket");
    while (count < WAITING_MAX && (result = probe_connect(&scene, "/socket", NULL)) >= 0) {
        clients[count++] = result;
    }
    assert_int_equal(result, -EAGAIN);
    assert_true(probe_is_heard(result));
    while (count > 0) {
        close(clients[--count]);
    }
    close(listener);
}

static void path_may_be_long_and_a_link(void **state)
{
    (void)state;
    testing_need_openat2();
    char path[SCENE_PATH_SIZE] = "";
    for (size_t i = 0; i < 8; i++) {
        snprintf(path + strlen(path), sizeof path - strlen(path), "/%030d", 0);
        assert_int_equal(mkdirat(scene.root_fd, path + 1, 0755), 0);
    }
    const int listener = make_socket(SOCK_STREAM, "socket");
    snprintf(path + strlen(path), sizeof path - strlen(path), "/link");
    assert_true(strlen(path) > sizeof((struct sockaddr_un *)NULL)->sun_path);
    /* Out of the scene it does not lead. */
    assert_int_equal(symlinkat("/../../socket", scene.root_fd, path + 1), 0);
    const int fd = probe_connect(&scene, path, NULL);
    assert_true(fd >= 0);
    close(fd);
    close(listener);
}

static void descriptor_outlives_the_name(void **state)
{
    (void)state;
    struct probe_peer peer;
    const int listener = make_socket(SOCK_STREAM, "socket");
    const int held = scene_open_path(&scene, "/socket", O_PATH);
    assert_true(held >= 0);
    unlink(path_of("socket"));
    int fd = probe_connect_held(&scene, held, &peer);
    assert_true(fd >= 0);
    assert_int_equal(peer.pid, getpid());
    close(fd);
    close(listener);
    assert_int_equal(probe_connect_held(&scene, held, NULL), -ECONNREFUSED);
    has_proc = false;
    assert_int_equal(probe_connect_held(&scene, held, NULL), -ENOENT);
    close(held);
    assert_int_equal(probe_connect_held(&scene, scene.root_fd, NULL), -ENOTSOCK);
}

static void agent_is_asked_and_not_root(void **state)
{
    (void)state;
    if (!become_other()) {
        skip();
    }
    const int listener = make_socket(SOCK_STREAM, "socket");
    chmod(path_of("socket"), 0700);
    assert_int_equal(probe_connect(&scene, "/socket", NULL), -EACCES);
    const int held = scene_open_path(&scene, "/socket", O_PATH);
    assert_int_equal(probe_connect_held(&scene, held, NULL), -EACCES);
    chmod(path_of("socket"), 0702);
    int fd = probe_connect_held(&scene, held, NULL);
    assert_true(fd >= 0);
    close(fd);
    fd = probe_connect(&scene, "/socket", NULL);
    assert_true(fd >= 0);
    close(fd);
    /* Who is not let into the directory does not get to the socket. */
    chmod(base, 0700);
    assert_int_equal(probe_connect(&scene, "/socket", NULL), -EACCES);
    /* And we are ourselves again. */
    assert_true(scene_has(&scene, "/socket"));
    close(held);
    close(listener);
}

static void works_without_proc(void **state)
{
    (void)state;
    has_proc = false;
    const int listener = make_socket(SOCK_STREAM, "socket");
    close(scene.root_fd);
    scene.root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int fd = probe_connect(&scene, path_of("socket"), NULL);
    assert_true(fd >= 0);
    close(fd);
    close(listener);
}

static void abstract_names_can_be_connected_to(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct probe_peer peer;
    char name[64];
    const int length = snprintf(name, sizeof name, "test_probe.%d", (int)getpid());
    memcpy(address.sun_path + 1, name, (size_t)length);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    const int fd = probe_connect_abstract(&scene, name, (size_t)length, &peer);
    assert_true(fd >= 0);
    assert_int_equal(peer.pid, getpid());
    close(fd);
    close(listener);
    assert_int_equal(probe_connect_abstract(&scene, name, (size_t)length, &peer), -ECONNREFUSED);
    assert_int_equal(probe_connect_abstract(&scene, name, sizeof address.sun_path, NULL), -ENAMETOOLONG);
}

static void peer_is_described(void **state)
{
    (void)state;
    static const struct {
        struct probe_peer peer;
        const char *text;
    } rows[] = {
        {{.is_known = false}, "somebody"},
        {{.is_known = true, .pid = 0}, "somebody outside of the container"},
        {{.is_known = true, .pid = 7}, "somebody (pid 7, gone or hidden)"},
        {{.is_known = true, .pid = 7, .name = "a\nb"}, "a\\nb, pid 7,"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[PROBE_PEER_SIZE];
        assert_string_equal(probe_describe_peer(text, &rows[i].peer), rows[i].text);
    }
    struct probe_peer peer = {.is_known = true, .pid = INT32_MAX};
    char text[PROBE_PEER_SIZE];
    memset(peer.name, '\x01', sizeof peer.name - 1);
    assert_true(strlen(probe_describe_peer(text, &peer)) < PROBE_PEER_SIZE - 1);
    assert_non_null(strstr(text, "pid 2147483647,"));
}

/* ---- asking ---- */

static char answer[16];

static ssize_t ask(int fd, const char *request, int stop, size_t size)
{
    const struct probe_question question = {.request = request,
                                            .request_size = request != NULL ? strlen(request) : 0,
                                            .answer = answer,
                                            .answer_size = size,
                                            .stop = stop,
                                            .deadline_ms = DEADLINE_MS};
    memset(answer, 'x', sizeof answer);
    return probe_ask(fd, &question);
}

static void make_pair(int ends[static 2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

static void say(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void answer_ends_where_it_was_asked_to(void **state)
{
    (void)state;
    int ends[2];
    char got[8] = "";
    make_pair(ends);
    say(ends[1], "OK hello\nmore");
    polls = 0;
    assert_int_equal(ask(ends[0], "hi", '\n', sizeof answer), 13);
    assert_string_equal(answer, "OK hello\nmore");
    assert_int_equal(polls, 1);
    assert_int_equal(read(ends[1], got, sizeof got), 2);
    assert_string_equal(got, "hi");
    say(ends[1], "0123456789");
    assert_int_equal(ask(ends[0], NULL, -1, 5), 4);
    assert_string_equal(answer, "0123");
    close(ends[0]);
    close(ends[1]);
}

static void answer_in_pieces_is_put_together(void **state)
{
    (void)state;
    int ends[2];
    make_pair(ends);
    const pid_t child = fork();
    if (child == 0) {
        for (const char *next = "OK\n"; *next != '\0'; next++) {
            if (write(ends[1], next, 1) != 1) {
                _exit(1);
            }
            usleep(1000);
        }
        _exit(0);
    }
    assert_int_equal(ask(ends[0], NULL, '\n', sizeof answer), 3);
    assert_string_equal(answer, "OK\n");
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ends[0]);
    close(ends[1]);
}

static void silence_ends_at_the_deadline(void **state)
{
    (void)state;
    int ends[2];
    char got[8];
    make_pair(ends);
    assert_int_equal(ask(ends[0], "hi", '\n', sizeof answer), 0);
    assert_string_equal(answer, "");
    assert_int_equal(read(ends[1], got, sizeof got), 2);
    say(ends[1], "half");
    assert_int_equal(ask(ends[0], NULL, '\n', sizeof answer), 4);
    assert_string_equal(answer, "half");
    close(ends[1]);
    assert_int_equal(ask(ends[0], NULL, '\n', sizeof answer), 0);
    assert_int_equal(ask(ends[0], "hi", '\n', sizeof answer), -EPIPE);
    close(ends[0]);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(every_type_can_be_connected_to),       CASE(peer_is_named),
        CASE(what_cannot_be_connected_to_says_why), CASE(full_queue_is_somebody),
        CASE(path_may_be_long_and_a_link),          CASE(descriptor_outlives_the_name),
        CASE(agent_is_asked_and_not_root),          CASE(works_without_proc),
        CASE(abstract_names_can_be_connected_to),   CASE(peer_is_described),
        CASE(answer_ends_where_it_was_asked_to),    CASE(answer_in_pieces_is_put_together),
        CASE(silence_ends_at_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
