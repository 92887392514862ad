/* SPDX-License-Identifier: MIT */
/* control: real sockets and a real loop; clients that are slow, dead or malicious; and each call that can
 * fail. Time runs a hundred times as quick for the module. */
/* WRAP: uv_now uv_timer_start uv_hrtime accept4 recv send epoll_ctl getsockopt geteuid */
#include "testing.h"

#include "sandbox_init/control.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    QUICKNESS = 100,
    PATIENCE_S = 30, /* for what must happen */
    MANY = 200,
    RECORD_SIZE = 1000,
    STRANGER = 4242,
};

/* ---- wraps ---- */

uint64_t __real_uv_now(const uv_loop_t *loop);
int __real_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout, uint64_t repeat);
uint64_t __real_uv_hrtime(void);
int __real_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
ssize_t __real_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __real_send(int fd, const void *buffer, size_t size, int flags);
int __real_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
uint64_t __wrap_uv_now(const uv_loop_t *loop);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout, uint64_t repeat);
uint64_t __wrap_uv_hrtime(void);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *buffer, size_t size, int flags);
int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);

static struct {
    int accept, recv, peer;
    int send, add;      /* each is met once */
    bool is_send_short; /* once */
    bool is_ordinary;   /* the init is STRANGER */
    bool has_uid;       /* whoever connects next is `uid` */
    uid_t uid;
} faults;
static size_t accept_calls;
static uint64_t fake_ns; /* the time; 0: the real one */
static uint64_t fake_step_ns;

uint64_t __wrap_uv_now(const uv_loop_t *loop)
{
    return __real_uv_now(loop) * QUICKNESS;
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout, uint64_t repeat)
{
    return __real_uv_timer_start(timer, callback, timeout / QUICKNESS + 1, repeat);
}

uint64_t __wrap_uv_hrtime(void)
{
    fake_ns += fake_ns != 0 ? fake_step_ns : 0;
    return fake_ns != 0 ? fake_ns : __real_uv_hrtime();
}

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    accept_calls++;
    errno = faults.accept;
    return faults.accept != 0 ? -1 : __real_accept4(fd, address, size, flags);
}

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags)
{
    errno = faults.recv;
    return faults.recv != 0 ? -1 : __real_recv(fd, buffer, size, flags);
}

ssize_t __wrap_send(int fd, const void *buffer, size_t size, int flags)
{
    assert_true((flags & MSG_NOSIGNAL) != 0);
    if (faults.send != 0) {
        errno = faults.send;
        faults.send = 0;
        return -1;
    }
    if (faults.is_send_short) {
        faults.is_send_short = false;
        return __real_send(fd, buffer, size - 1, flags);
    }
    return __real_send(fd, buffer, size, flags);
}

int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && faults.add != 0) {
        errno = faults.add;
        faults.add = 0;
        return -1;
    }
    return __real_epoll_ctl(epoll_fd, operation, fd, event);
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    const bool is_peer = level == SOL_SOCKET && name == SO_PEERCRED;
    if (is_peer && faults.peer != 0) {
        errno = faults.peer;
        return -1;
    }
    const int result = __real_getsockopt(fd, level, name, value, size);
    if (is_peer && faults.has_uid) {
        ((struct ucred *)value)->uid = faults.uid;
    }
    return result;
}

uid_t __wrap_geteuid(void)
{
    return faults.is_ordinary ? STRANGER : __real_geteuid();
}

/* ---- the module, and what it tells ---- */

static uv_loop_t loop;
static struct log the_log;
static struct control control;
static char directory[64];
static char path[96];
static int log_ends[2];
static int descriptors_before;
static struct {
    size_t requests, rooms, gone;
    char last[CONTROL_REQUEST_MAX];
    size_t last_slot;
    size_t portions[CONTROL_CLIENTS_MAX]; /* to be said yet */
    bool is_heard[CONTROL_CLIENTS_MAX];   /* a request came, and that it is gone did not */
} told;

static void put_record(struct fields_writer *writer, const char *value)
{
    fields_begin(writer, "r");
    fields_put(writer, "v", value);
    assert_true(fields_end(writer));
}

static enum control_next say_portion(size_t slot, struct fields_writer *writer)
{
    char filler[RECORD_SIZE + 1];
    memset(filler, 'x', RECORD_SIZE);
    filler[RECORD_SIZE] = '\0';
    for (int i = 0; i < 8; i++) {
        put_record(writer, filler);
    }
    return --told.portions[slot] > 0 ? CONTROL_MORE : CONTROL_END;
}

/* "end ...": one record. "rest": that, and waits. "many N": N portions. "stuck": wrongly nothing, for ever.
 */
static enum control_next on_request(void *context, size_t slot, char *request, struct fields_writer *writer)
{
    assert_ptr_equal(context, &told);
    assert_int_equal(writer->size, CONTROL_PORTION_MAX);
    assert_false(told.is_heard[slot]);
    told.is_heard[slot] = true;
    told.requests++;
    told.last_slot = slot;
    snprintf(told.last, sizeof told.last, "%s", request);
    if (sscanf(request, "many %zu", &told.portions[slot]) == 1) {
        return say_portion(slot, writer);
    }
    if (strcmp(request, "stuck") == 0) {
        return CONTROL_MORE;
    }
    put_record(writer, "here");
    return strcmp(request, "rest") == 0 ? CONTROL_REST : CONTROL_END;
}

static enum control_next on_room(void *context, size_t slot, struct fields_writer *writer)
{
    assert_ptr_equal(context, &told);
    assert_true(told.is_heard[slot]);
    told.rooms++;
    if (told.portions[slot] > 0) {
        return say_portion(slot, writer);
    }
    put_record(writer, "news");
    return CONTROL_REST;
}

static void on_gone(void *context, size_t slot)
{
    assert_ptr_equal(context, &told);
    assert_true(told.is_heard[slot]);
    told.is_heard[slot] = false;
    told.portions[slot] = 0;
    told.gone++;
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir != NULL && readdir(dir) != NULL) {
        count++;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return count;
}

static int set_up(void **state)
{
    (void)state;
    memset(&faults, 0, sizeof faults);
    memset(&told, 0, sizeof told);
    memset(&control, 0, sizeof control);
    accept_calls = 0;
    fake_ns = 1; /* no time passes: nobody had too much of it */
    fake_step_ns = 0;
    descriptors_before = count_descriptors();
    snprintf(directory, sizeof directory, "/tmp/test-control-XXXXXX");
    if (mkdtemp(directory) == NULL || chmod(directory, 0755) < 0 || uv_loop_init(&loop) != 0 ||
        pipe2(log_ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/" CONTROL_NAME, directory);
    log_init(&the_log, log_ends[1], CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    const struct control_setting setting = {
        .log = &the_log,
        .loop = &loop,
        .directory = directory,
        .on_request = on_request,
        .on_room = on_room,
        .on_gone = on_gone,
        .context = &told,
    };
    return control_start(&control, &setting);
}

static int tear_down(void **state)
{
    (void)state;
    memset(&faults, 0, sizeof faults);
    control_stop(&control);
    control_stop(&control);
    uv_run(&loop, UV_RUN_DEFAULT);
    const int result = uv_loop_close(&loop);
    log_finish(&the_log);
    close(log_ends[0]);
    close(log_ends[1]);
    if (rmdir(directory) < 0 || count_descriptors() != descriptors_before) {
        print_error("something was left in %s, or a descriptor leaked\n", directory);
        return -1;
    }
    return result;
}

/* ---- clients ---- */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void turn(void)
{
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void go_on(double give_up, const char *fact)
{
    if (now_s() > give_up) {
        fail_msg("never true: %s", fact);
    }
    turn();
    poll(NULL, 0, 1);
}

/* Lets the loop run until FACT holds of the one line that is given. */
#define WAIT_UNTIL(fact)                                                                                     \
    for (const double give_up = now_s() + PATIENCE_S; !(fact);) {                                            \
        go_on(give_up, #fact);                                                                               \
    }

static int try_connect(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int enter(void)
{
    const int fd = try_connect();
    assert_true(fd >= 0);
    return fd;
}

static void say_bytes(int fd, const char *bytes, size_t count)
{
    assert_int_equal(write(fd, bytes, count), count);
}

static void say(int fd, const char *text)
{
    say_bytes(fd, text, strlen(text));
}

static int ask(const char *request)
{
    const int fd = enter();
    say(fd, request);
    say(fd, "\n");
    return fd;
}

static char heard[1 << 20];
static size_t heard_size;

/* Reads what is there. Returns false at the end of file; an error is a failure. */
static bool hear(int fd)
{
    const ssize_t got = read(fd, heard + heard_size, sizeof heard - 1 - heard_size);
    assert_true(got >= 0 || errno == EAGAIN);
    heard_size += got > 0 ? (size_t)got : 0;
    heard[heard_size] = '\0';
    return got != 0;
}

/* Reads to the end of file, which comes. */
static const char *hear_all(int fd)
{
    heard_size = 0;
    WAIT_UNTIL(!hear(fd));
    close(fd);
    return heard;
}

static void expect_heard(int fd, const char *text)
{
    heard_size = 0;
    WAIT_UNTIL(hear(fd) && strcmp(heard, text) == 0);
}

static void expect_error(int fd, const char *code)
{
    char beginning[64];
    snprintf(beginning, sizeof beginning, "error\tcode=%s\tmessage=", code);
    const char *text = hear_all(fd);
    if (strncmp(text, beginning, strlen(beginning)) != 0 || strchr(text, '\n') != text + strlen(text) - 1) {
        fail_msg("not an error '%s': '%s'", code, text);
    }
}

static size_t count_clients(void)
{
    size_t count = 0;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        count += control.clients[i].phase != CONTROL_FREE ? 1 : 0;
    }
    return count;
}

/* Is there anything for the module to do? If so for ever, it would spin. */
static bool is_calm(void)
{
    struct pollfd look = {.fd = control.epoll_fd, .events = POLLIN};
    return poll(&look, 1, 0) == 0;
}

static bool is_timing(void)
{
    return uv_is_active((uv_handle_t *)&control.timer) != 0;
}

/* Nobody is there, and nothing will happen by itself. */
static void expect_rest(void)
{
    WAIT_UNTIL(count_clients() == 0 && is_calm());
    assert_false(is_timing());
    assert_int_equal(control.deadline_count, 0);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        assert_false(told.is_heard[i]);
    }
}

/* ---- cases ---- */

static void a_request_is_answered(void **state)
{
    (void)state;
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0666);
    assert_string_equal(hear_all(ask("end a b")), "r\tv=here\n");
    assert_string_equal(told.last, "end a b");
    assert_string_equal(hear_all(ask("")), "r\tv=here\n");
    assert_string_equal(told.last, "");
    assert_int_equal(told.requests, 2);
    assert_int_equal(told.gone, 2);
    expect_rest();
}

static void a_request_may_come_in_pieces(void **state)
{
    (void)state;
    const int fd = enter();
    static const char request[] = "end in pieces\n";
    for (size_t i = 0; i < sizeof request - 1; i++) {
        assert_int_equal(told.requests, 0);
        say_bytes(fd, request + i, 1);
        WAIT_UNTIL(control.clients[0].used == i + 1 || told.requests == 1);
    }
    assert_string_equal(hear_all(fd), "r\tv=here\n");
    assert_string_equal(told.last, "end in pieces");
    expect_rest();
}

static void expect_error_about(const char *what, const char *bytes, size_t count)
{
    const int fd = enter();
    say_bytes(fd, bytes, count);
    if (count == 0) {
        shutdown(fd, SHUT_WR);
    }
    expect_error(fd, "request");
    assert_non_null(strstr(heard, what));
}

static void bad_requests_get_an_error_and_the_door(void **state)
{
    (void)state;
    static char text[2 * CONTROL_REQUEST_MAX];
    static const struct {
        const char *bytes;
        size_t count;
        bool is_cut; /* the client says that there is no more */
    } rows[] = {
        {"a\0b\n", 4, false},
        {"\0", 1, false},
        {"end\n\n", 5, false},
        {"end\nend\n", 8, false},
        {"end\t\n", 5, false},
        {"end\r\n", 5, false},
        {"\x7f\n", 2, false},
        {"\xc3\xa4\n", 3, false},
        {"\x1b[2J", 4, false},
        {"end", 3, true},
        {"", 0, true},
        {text, CONTROL_REQUEST_MAX, false},
        {text, CONTROL_REQUEST_MAX + 1, false},
        {text, sizeof text, false},
    };
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int is_late = 0; is_late < 2; is_late++) {
            const int fd = enter();
            if (is_late != 0) {
                WAIT_UNTIL(count_clients() == 1);
            }
            say_bytes(fd, rows[i].bytes, rows[i].count);
            if (rows[i].is_cut) {
                shutdown(fd, SHUT_WR);
            }
            expect_error(fd, "request");
        }
    }
    assert_int_equal(told.requests, 0);
    assert_int_equal(told.gone, 0);
    expect_error_about("too long", text, CONTROL_REQUEST_MAX);
    expect_error_about("newline", text, 0);
    text[CONTROL_REQUEST_MAX - 1] = '\n';
    const int fd = enter();
    say_bytes(fd, text, CONTROL_REQUEST_MAX);
    assert_string_equal(hear_all(fd), "r\tv=here\n");
    assert_int_equal(strlen(told.last), CONTROL_REQUEST_MAX - 1);
    expect_rest();
}

static void a_long_answer_comes_whole(void **state)
{
    (void)state;
    const char *text = hear_all(ask("many 100"));
    assert_int_equal(strlen(text), (size_t)100 * 8 * (RECORD_SIZE + sizeof("r\tv=\n") - 1));
    assert_int_equal(told.rooms, 99);
    expect_rest();
}

static void who_waits_is_told_when_woken(void **state)
{
    (void)state;
    const int fd = ask("rest");
    expect_heard(fd, "r\tv=here\n");
    for (int i = 0; i < 100; i++) {
        turn();
    }
    assert_int_equal(told.rooms, 0);
    assert_true(is_calm());
    assert_false(is_timing());
    for (int i = 0; i < 5; i++) {
        control_wake(&control, told.last_slot); /* five are one */
    }
    assert_int_equal(told.rooms, 0);
    expect_heard(fd, "r\tv=news\n");
    assert_int_equal(told.rooms, 1);
    assert_true(is_calm());
    assert_false(is_timing());
    close(fd);
    WAIT_UNTIL(told.gone == 1);
    control_wake(&control, told.last_slot);
    expect_rest();
}

/* As socat and nc do when their input ends. */
static void who_says_no_more_is_told_all_the_same(void **state)
{
    (void)state;
    const int fd = ask("rest");
    shutdown(fd, SHUT_WR);
    expect_heard(fd, "r\tv=here\n");
    assert_true(is_calm());
    control_wake(&control, told.last_slot);
    expect_heard(fd, "r\tv=news\n");
    assert_true(is_calm());
    assert_int_equal(told.gone, 0);
    close(fd);
    WAIT_UNTIL(told.gone == 1);
    expect_rest();
}

static void what_is_said_after_the_request_is_not_read(void **state)
{
    (void)state;
    char noise[4096];
    memset(noise, 'n', sizeof noise);
    const int fd = ask("rest");
    expect_heard(fd, "r\tv=here\n");
    while (write(fd, noise, sizeof noise) > 0) {
    }
    turn();
    assert_true(is_calm());
    control_wake(&control, told.last_slot);
    expect_heard(fd, "r\tv=news\n");
    close(fd);
    expect_rest();
}

/* Whoever asks and does not wait for the answer has asked. */
static void a_request_counts_even_if_its_client_is_gone(void **state)
{
    (void)state;
    close(ask("end of it"));
    WAIT_UNTIL(told.requests == 1);
    assert_string_equal(told.last, "end of it");
    close(ask("many 100"));
    WAIT_UNTIL(told.requests == 2);
    const int fd = enter();
    WAIT_UNTIL(count_clients() == 1);
    say(fd, "end late\n");
    close(fd);
    WAIT_UNTIL(told.requests == 3);
    expect_rest();
}

static void who_leaves_in_the_middle_leaves_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        const int fd = enter();
        if (i % 3 == 0) {
            turn();
        }
        if (i % 2 == 0) {
            say(fd, "half a re");
        }
        if (i % 5 == 0) {
            turn();
        }
        close(fd);
        turn();
    }
    assert_int_equal(told.requests, 0);
    expect_rest();
}

static void a_request_that_does_not_come_in_time_is_refused(void **state)
{
    (void)state;
    const int silent = enter();
    const int slow = enter();
    const int waiting = ask("rest");
    WAIT_UNTIL(count_clients() == 3);
    assert_true(is_timing());
    const double until = now_s() + 10.0 * CONTROL_PATIENCE_MS / 1000 / QUICKNESS;
    /* That there always comes a byte more does not help. */
    while (now_s() < until && write(slow, "x", 1) == 1) {
        turn();
        poll(NULL, 0, 2);
    }
    assert_true(now_s() < until);
    expect_error(slow, "request");
    expect_error(silent, "request");
    assert_int_equal(count_clients(), 1);
    assert_false(is_timing());
    close(waiting);
    expect_rest();
}

static void who_does_not_read_is_disconnected(void **state)
{
    (void)state;
    const int deaf = ask("many 10000");
    WAIT_UNTIL(told.requests == 1);
    assert_string_equal(hear_all(ask("end")), "r\tv=here\n"); /* nobody else is kept waiting */
    WAIT_UNTIL(told.gone == 2);
    assert_true(told.rooms < 1000);
    expect_rest();
    close(deaf);
}

static void who_does_not_read_the_news_is_disconnected(void **state)
{
    (void)state;
    const int fd = ask("rest");
    WAIT_UNTIL(told.requests == 1);
    for (int i = 0; i < 10000 && told.rooms < 10; i++) {
        control_wake(&control, told.last_slot);
        turn();
    }
    assert_int_equal(told.rooms, 10);
    assert_false(is_timing());
    WAIT_UNTIL((control_wake(&control, told.last_slot), told.gone == 1));
    assert_true(told.rooms > 10);
    expect_rest();
    close(fd);
}

static void only_who_rests_is_woken(void **state)
{
    (void)state;
    const int reading = enter();
    WAIT_UNTIL(count_clients() == 1);
    control_wake(&control, 0);
    control_wake(&control, 1);
    turn();
    turn();
    assert_int_equal(told.rooms, 0);
    assert_int_equal(control.clients[0].phase, CONTROL_READING);
    say(reading, "end\n");
    assert_string_equal(hear_all(reading), "r\tv=here\n");
    expect_rest();
}

/* Somebody who came first and left makes the timer expire before anybody's time is over. */
static void the_timer_is_for_the_next_deadline(void **state)
{
    (void)state;
    int fds[3];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = enter();
        WAIT_UNTIL(control.clients[i].phase == CONTROL_READING);
        const uint64_t next_ms = control.clients[i].deadline_ms + QUICKNESS * 10;
        WAIT_UNTIL(__wrap_uv_now(&loop) + CONTROL_PATIENCE_MS > next_ms || told.gone > 0);
    }
    const uint64_t first_ms = control.clients[0].deadline_ms;
    const uint64_t second_ms = control.clients[1].deadline_ms;
    assert_true(second_ms > first_ms && control.clients[2].deadline_ms > second_ms);
    close(fds[0]);
    WAIT_UNTIL(__wrap_uv_now(&loop) > first_ms + QUICKNESS * 3);
    if (control.clients[1].phase == CONTROL_READING) { /* else this machine is too slow to tell */
        const uint64_t left_ms = second_ms - __wrap_uv_now(&loop);
        assert_true(uv_timer_get_due_in(&control.timer) <= left_ms / QUICKNESS + 2);
    }
    expect_error(fds[1], "request");
    expect_error(fds[2], "request");
    expect_rest();
}

/* And time does not run against who does. */
static void who_reads_slowly_is_served_to_the_end(void **state)
{
    (void)state;
    const int fd = ask("many 40");
    const double until = now_s() + 3.0 * CONTROL_PATIENCE_MS / 1000 / QUICKNESS;
    heard_size = 0;
    while (now_s() < until) {
        for (int i = 0; i < 10; i++) {
            turn();
        }
        poll(NULL, 0, 5);
        assert_true(hear(fd) || told.gone == 1);
    }
    WAIT_UNTIL(!hear(fd));
    assert_int_equal(heard_size, (size_t)40 * 8 * (RECORD_SIZE + sizeof("r\tv=\n") - 1));
    close(fd);
    expect_rest();
}

static void an_answer_that_does_not_advance_is_the_last(void **state)
{
    (void)state;
    assert_string_equal(hear_all(ask("stuck")), "");
    expect_rest();
}

static void one_turn_serves_one(void **state)
{
    (void)state;
    int fds[50];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = ask("rest");
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        turn();
        assert_true(told.requests <= i + 1);
    }
    WAIT_UNTIL(told.requests == COUNT_OF(fds));
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        control_wake(&control, i);
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        turn();
        assert_true(told.rooms <= i + 1);
    }
    WAIT_UNTIL(told.rooms == COUNT_OF(fds));
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        close(fds[i]);
    }
    expect_rest();
}

/* Lets COUNT clients be served, each of which takes fake_step_ns. */
static void serve_in_a_row(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t before = told.requests;
        const int fd = ask("end");
        turn();
        assert_int_equal(told.requests, before + 1);
        close(fd);
    }
}

static bool is_having_a_rest(void)
{
    return uv_is_active((uv_handle_t *)&control.rest_timer) != 0;
}

/* Who never waits is slow to be woken: clients get a part of the time only, and the loop sleeps meanwhile. */
static void clients_have_a_share_of_the_time(void **state)
{
    (void)state;
    fake_ns = 1;
    fake_step_ns = CONTROL_BUSY_NS / 10;
    serve_in_a_row(1);
    for (int row = 0; row < 3; row++) {
        serve_in_a_row(8);
        assert_false(is_having_a_rest());
        serve_in_a_row(1);
        assert_true(is_having_a_rest());
        const int waiting = ask("end");
        const size_t before = told.requests;
        turn();
        assert_true(told.requests == before || !is_having_a_rest());
        WAIT_UNTIL(told.requests == before + 1);
        assert_string_equal(hear_all(waiting), "r\tv=here\n");
    }
    /* What is not in a row does not count. */
    for (int row = 0; row < 30; row++) {
        fake_ns += (uint64_t)CONTROL_REST_MS * 1000000 + 1;
        serve_in_a_row(9);
        assert_false(is_having_a_rest());
    }
    expect_rest();
}

/* Connects COUNT clients that rest as UID. Returns how many of them may stay; the others get "busy". */
static size_t crowd_in(uid_t uid, size_t count, int fds[])
{
    size_t stayed = 0;
    faults.has_uid = true;
    faults.uid = uid;
    for (size_t i = 0; i < count; i++) {
        const size_t before = told.requests;
        const int fd = ask("rest");
        heard_size = 0;
        heard[0] = '\0';
        WAIT_UNTIL(!hear(fd) || heard_size > 0);
        if (told.requests > before) {
            fds[stayed++] = fd;
        } else {
            WAIT_UNTIL(!hear(fd));
            assert_memory_equal(heard, "error\tcode=busy\t", 16);
            close(fd);
        }
    }
    return stayed;
}

static void places_are_shared_out(void **state)
{
    (void)state;
    int fds[CONTROL_CLIENTS_MAX];
    const size_t others = CONTROL_CLIENTS_MAX - CONTROL_CLIENTS_RESERVED;
    size_t count = crowd_in(STRANGER, MANY, fds);
    assert_int_equal(count, CONTROL_CLIENTS_PER_UID);
    count += crowd_in(STRANGER + 1, MANY, fds + count);
    assert_int_equal(count, others);
    assert_int_equal(crowd_in(STRANGER + 2, 3, fds + count), 0);
    count += crowd_in(0, MANY, fds + count);
    assert_int_equal(count, CONTROL_CLIENTS_MAX);
    assert_int_equal(crowd_in(STRANGER, 1, fds + count), 0);
    /* A place that becomes free is whose it was. */
    close(fds[0]);
    WAIT_UNTIL(told.gone == 1);
    assert_int_equal(crowd_in(STRANGER, 2, fds), 1);
    for (size_t i = 0; i < count; i++) {
        close(fds[i]);
    }
    expect_rest();
}

static void our_own_user_has_all_places(void **state)
{
    (void)state;
    int fds[CONTROL_CLIENTS_MAX];
    assert_int_equal(crowd_in(geteuid(), MANY, fds), CONTROL_CLIENTS_MAX);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        close(fds[i]);
    }
    expect_rest();
}

static void trust_is_for_root_and_our_own_user(void **state)
{
    (void)state;
    const struct {
        uid_t uid;
        bool is_ordinary;
        bool is_trusted;
    } rows[] = {{0, false, true},
                {geteuid(), false, true},
                {STRANGER, false, false},
                {65534, false, false},
                {(uid_t)-1, false, false},
                {STRANGER, true, true},
                {STRANGER + 1, true, false},
                {0, true, true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        faults.has_uid = true;
        faults.uid = rows[i].uid;
        faults.is_ordinary = rows[i].is_ordinary;
        const int fd = ask("rest");
        expect_heard(fd, "r\tv=here\n");
        assert_int_equal(control_is_trusted(&control, told.last_slot), rows[i].is_trusted);
        close(fd);
        expect_rest();
    }
}

/* The kernel says who it is, whatever becomes of it later. */
static void a_real_stranger_is_one(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only root can become somebody else\n");
        skip();
    }
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE_S);
        const bool is_stranger = setgroups(0, NULL) == 0 && setresgid(STRANGER, STRANGER, STRANGER) == 0 &&
                                 setresuid(STRANGER, STRANGER, STRANGER) == 0;
        const int fd = is_stranger ? try_connect() : -1;
        char byte;
        struct pollfd look = {.fd = fd, .events = POLLIN};
        _exit(fd >= 0 && write(fd, "rest\n", 5) == 5 && poll(&look, 1, -1) == 1 && read(fd, &byte, 1) == 1
                  ? 0
                  : 1);
    }
    WAIT_UNTIL(told.requests == 1);
    assert_false(control_is_trusted(&control, told.last_slot) && told.gone == 0);
    int status = 0;
    WAIT_UNTIL(waitpid(child, &status, WNOHANG) == child);
    assert_int_equal(status, 0);
    expect_rest();
}

static bool has_log(const char *text)
{
    static char log_text[8192];
    static size_t used;
    const ssize_t got = read(log_ends[0], log_text + used, sizeof log_text - 1 - used);
    used += got > 0 ? (size_t)got : 0;
    log_text[used] = '\0';
    const bool is_there = strstr(log_text, text) != NULL;
    used = 0;
    return is_there;
}

static void failures_to_accept_do_not_spin(void **state)
{
    (void)state;
    static const int errors[] = {EMFILE, ENFILE, ENOMEM, ENOBUFS, EPERM};
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        const int waiting = ask("end");
        const int resting = i == 0 ? -1 : ask("rest");
        accept_calls = 0;
        faults.accept = errors[i];
        WAIT_UNTIL(accept_calls >= 1);
        assert_true(is_calm());
        assert_true(is_timing());
        assert_true(has_log(strerror(errors[i])));
        WAIT_UNTIL(accept_calls >= 3);
        assert_false(has_log("accepted")); /* said once */
        faults.accept = 0;
        assert_string_equal(hear_all(waiting), "r\tv=here\n");
        if (resting >= 0) {
            close(resting);
        }
        expect_rest();
    }
}

static void clients_that_were_not_accepted_after_all_are_no_trouble(void **state)
{
    (void)state;
    static const int errors[] = {EAGAIN, EINTR, ECONNABORTED};
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        const int fd = ask("end");
        accept_calls = 0;
        faults.accept = errors[i];
        turn();
        turn();
        assert_true(accept_calls >= 1);
        assert_false(is_timing());
        faults.accept = 0;
        assert_string_equal(hear_all(fd), "r\tv=here\n");
    }
    assert_false(has_log("accepted"));
    expect_rest();
}

static void whose_descriptor_fails_is_dropped(void **state)
{
    (void)state;
    faults.peer = ENOTCONN;
    assert_string_equal(hear_all(enter()), "");
    faults.peer = 0;
    int fd = enter();
    faults.add = ENOSPC;
    assert_string_equal(hear_all(fd), "");
    fd = ask("rest");
    faults.add = ENOMEM;
    assert_string_equal(hear_all(fd), "r\tv=here\n");
    assert_int_equal(told.gone, 1);
    fd = enter();
    WAIT_UNTIL(count_clients() == 1);
    faults.recv = ECONNRESET;
    say(fd, "end\n");
    WAIT_UNTIL(!uv_is_active((uv_handle_t *)&control.rest_timer));
    turn();
    turn();
    assert_int_equal(count_clients(), 0); /* not only when its time is over */
    faults.recv = 0;
    close(fd);
    fd = enter();
    WAIT_UNTIL(count_clients() == 1);
    faults.recv = EINTR;
    say(fd, "end\n");
    for (int i = 0; i < 10; i++) {
        turn();
    }
    assert_int_equal(count_clients(), 1);
    faults.recv = 0;
    assert_string_equal(hear_all(fd), "r\tv=here\n");
    expect_rest();
}

static void who_cannot_be_sent_to_is_dropped(void **state)
{
    (void)state;
    static const int errors[] = {EPIPE, EAGAIN, ENOBUFS, ECONNRESET, EINTR};
    for (size_t i = 0; i < 2 * COUNT_OF(errors); i++) {
        const int fd = ask(i % 2 == 0 ? "rest" : "many 5");
        faults.send = errors[i / 2];
        hear_all(fd);
        assert_int_equal(told.gone, i + 1);
    }
    const int fd = ask("many 5");
    faults.is_send_short = true;
    hear_all(fd);
    assert_true(heard_size < CONTROL_PORTION_MAX);
    expect_rest();
}

/* It has copies of all descriptors until it comes to its program, which may never be. */
static void a_child_that_hangs_keeps_nobody(void **state)
{
    (void)state;
    const int fd = ask("rest");
    const int other = enter();
    expect_heard(fd, "r\tv=here\n");
    WAIT_UNTIL(count_clients() == 2);
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        close(fd); /* the client's own ends are not what this is about */
        close(other);
        close(ends[0]);
        close(ends[1]);
        for (;;) {
            pause();
        }
    }
    close(ends[1]);
    char byte;
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    say(other, "end\n");
    assert_string_equal(hear_all(other), "r\tv=here\n");
    assert_true(is_calm());
    close(fd);
    expect_rest();
    assert_string_equal(hear_all(ask("end")), "r\tv=here\n");
    expect_rest();
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void the_end_disconnects_everybody(void **state)
{
    (void)state;
    const int resting = ask("rest");
    const int reading = enter();
    const int writing = ask("many 10000");
    WAIT_UNTIL(told.requests == 2 && count_clients() == 3);
    const size_t rooms = told.rooms;
    control_stop(&control);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(told.gone, 0);
    assert_int_equal(told.rooms, rooms);
    assert_int_equal(access(path, F_OK), -1);
    assert_string_equal(hear_all(resting), "r\tv=here\n");
    assert_string_equal(hear_all(reading), "");
    hear_all(writing);
}

static void only_one_listens(void **state)
{
    (void)state;
    static struct control second;
    assert_int_equal(control_start(&second, &control.setting), -EADDRINUSE);
    control_stop(&second);
    assert_string_equal(hear_all(ask("end")), "r\tv=here\n");
    faults.add = ENOMEM;
    control_stop(&control);
    uv_run(&loop, UV_RUN_DEFAULT);
    memset(&second, 0, sizeof second);
    assert_int_equal(control_start(&second, &control.setting), -ENOMEM);
    assert_int_equal(access(path, F_OK), -1);
    control_stop(&second);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* What the loop's library opens once for all is no leak. */
static int warm_up(void **state)
{
    (void)state;
    return uv_loop_init(&loop) == 0 ? uv_loop_close(&loop) : -1;
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* of the clients that are here, too */
    const struct CMUnitTest tests[] = {
        CASE(a_request_is_answered),
        CASE(a_request_may_come_in_pieces),
        CASE(bad_requests_get_an_error_and_the_door),
        CASE(a_long_answer_comes_whole),
        CASE(who_waits_is_told_when_woken),
        CASE(who_says_no_more_is_told_all_the_same),
        CASE(what_is_said_after_the_request_is_not_read),
        CASE(a_request_counts_even_if_its_client_is_gone),
        CASE(who_leaves_in_the_middle_leaves_nothing),
        CASE(a_request_that_does_not_come_in_time_is_refused),
        CASE(who_does_not_read_is_disconnected),
        CASE(who_does_not_read_the_news_is_disconnected),
        CASE(only_who_rests_is_woken),
        CASE(the_timer_is_for_the_next_deadline),
        CASE(who_reads_slowly_is_served_to_the_end),
        CASE(an_answer_that_does_not_advance_is_the_last),
        CASE(one_turn_serves_one),
        CASE(clients_have_a_share_of_the_time),
        CASE(places_are_shared_out),
        CASE(our_own_user_has_all_places),
        CASE(trust_is_for_root_and_our_own_user),
        CASE(a_real_stranger_is_one),
        CASE(failures_to_accept_do_not_spin),
        CASE(clients_that_were_not_accepted_after_all_are_no_trouble),
        CASE(whose_descriptor_fails_is_dropped),
        CASE(who_cannot_be_sent_to_is_dropped),
        CASE(a_child_that_hangs_keeps_nobody),
        CASE(the_end_disconnects_everybody),
        CASE(only_one_listens),
    };
    return cmocka_run_group_tests(tests, warm_up, NULL);
}
