/* SPDX-License-Identifier: MIT */
#include "sandbox_init/control.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LISTENER_SLOT = CONTROL_CLIENTS_MAX, /* what stands for the listening socket among the slots */
};

static const char part[] = "control";

static struct fields_writer write_into(char buffer[static CONTROL_PORTION_MAX])
{
    return (struct fields_writer){.buffer = buffer, .size = CONTROL_PORTION_MAX};
}

static size_t find_slot(const struct control *control, const struct control_client *client)
{
    return (size_t)(client - control->clients);
}

/* ---- deadlines ---- */

static void on_timer(uv_timer_t *timer);

static void set_deadline(struct control *control, struct control_client *client)
{
    control->deadline_count += client->deadline_ms == 0 ? 1 : 0;
    client->deadline_ms = uv_now(control->setting.loop) + CONTROL_PATIENCE_MS;
    if (!uv_is_active((uv_handle_t *)&control->timer)) {
        uv_timer_start(&control->timer, on_timer, CONTROL_PATIENCE_MS, 0);
    }
}

static void clear_deadline(struct control *control, struct control_client *client)
{
    control->deadline_count -= client->deadline_ms != 0 ? 1 : 0;
    client->deadline_ms = 0;
    if (control->deadline_count == 0 && !control->is_paused) {
        uv_timer_stop(&control->timer);
    }
}

/* ---- the descriptors we watch ---- */

/*
 * Whoever cannot be watched cannot be served. A child of ours that has not come to its program yet holds a
 * copy of each descriptor, so closing one alone would not take it out.
 */
static int watch_fd(const struct control *control, int operation, int fd, size_t slot, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = slot};
    return epoll_ctl(control->epoll_fd, operation, fd, &event) < 0 ? -errno : 0;
}

/* EVENTS 0: only that it hung up. Returns false if it had to be given up. */
static int watch_client(struct control *control, struct control_client *client, uint32_t events)
{
    const int operation = client->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    const int result = watch_fd(control, operation, client->fd, find_slot(control, client), events);
    client->is_watched = client->is_watched || result == 0;
    return result;
}

/* ---- the end of a client ---- */

/* Its own end of the connection must see this at once, whoever else holds a copy of ours. */
static void hang_up(int fd)
{
    shutdown(fd, SHUT_RDWR);
    close(fd);
}

static void drop(struct control *control, struct control_client *client)
{
    const bool was_told = client->is_told;
    if (client->is_watched) {
        epoll_ctl(control->epoll_fd, EPOLL_CTL_DEL, client->fd, NULL);
    }
    hang_up(client->fd);
    clear_deadline(control, client);
    *client = (struct control_client){.phase = CONTROL_FREE};
    if (was_told) {
        control->setting.on_gone(control->setting.context, find_slot(control, client));
    }
}

static bool send_all(int fd, const struct fields_writer *writer)
{
    return writer->used == 0 ||
           send(fd, writer->buffer, writer->used, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)writer->used;
}

/* What is left unread when we hang up would turn the client's end of file into an error. */
static void refuse(int fd, const char *code, const char *message)
{
    char buffer[CONTROL_PORTION_MAX];
    const ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    struct fields_writer writer = write_into(buffer);
    (void)got;
    fields_begin(&writer, "error");
    fields_put(&writer, "code", code);
    fields_put(&writer, "message", message);
    fields_end(&writer);
    send_all(fd, &writer);
}

static void reject(struct control *control, struct control_client *client, const char *message)
{
    refuse(client->fd, "request", message);
    drop(control, client);
}

/* ---- answers ---- */

static void go_on(struct control *control, struct control_client *client, enum control_next next,
                  const struct fields_writer *writer)
{
    /* There was room, and a portion is far less than that is. What does not go on would be asked for ever. */
    const bool is_stuck = next == CONTROL_MORE && writer->used == 0;
    if (is_stuck || !send_all(client->fd, writer) || next == CONTROL_END) {
        drop(control, client);
        return;
    }
    client->phase = next == CONTROL_MORE ? CONTROL_WRITING : CONTROL_RESTING;
    if (next == CONTROL_MORE) {
        set_deadline(control, client);
    } else {
        clear_deadline(control, client);
    }
    if (watch_client(control, client, next == CONTROL_MORE ? EPOLLOUT : 0) < 0) {
        drop(control, client);
    }
}

static void answer_request(struct control *control, struct control_client *client)
{
    const size_t slot = find_slot(control, client);
    char buffer[CONTROL_PORTION_MAX];
    struct fields_writer writer = write_into(buffer);
    client->is_told = true;
    const enum control_next next =
        control->setting.on_request(control->setting.context, slot, control->requests[slot], &writer);
    go_on(control, client, next, &writer);
}

static void answer_more(struct control *control, struct control_client *client)
{
    char buffer[CONTROL_PORTION_MAX];
    struct fields_writer writer = write_into(buffer);
    const enum control_next next =
        control->setting.on_room(control->setting.context, find_slot(control, client), &writer);
    go_on(control, client, next, &writer);
}

/* ---- requests ---- */

/* Returns what is wrong with the request of LENGTH bytes as far as it came, or NULL. */
static const char *find_fault(const char *request, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (request[i] == '\n') {
            return i + 1 < length ? "a connection takes one request, a line" : NULL;
        }
        if (request[i] < 0x20 || request[i] > 0x7e) {
            return "a request is printable ASCII";
        }
    }
    return length == CONTROL_REQUEST_MAX ? "the request is too long" : NULL;
}

static void take_bytes(struct control *control, struct control_client *client, size_t count)
{
    char *request = control->requests[find_slot(control, client)];
    client->used += count;
    const char *fault = find_fault(request, client->used);
    if (fault != NULL) {
        reject(control, client, fault);
    } else if (request[client->used - 1] == '\n') {
        request[client->used - 1] = '\0';
        answer_request(control, client);
    }
}

/* What comes behind the request is never read. */
static void read_request(struct control *control, struct control_client *client)
{
    char *request = control->requests[find_slot(control, client)];
    const ssize_t got =
        recv(client->fd, request + client->used, CONTROL_REQUEST_MAX - client->used, MSG_DONTWAIT);
    if (got > 0) {
        take_bytes(control, client, (size_t)got);
    } else if (got == 0) {
        reject(control, client, "the request did not end with a newline");
    } else if (errno != EAGAIN && errno != EINTR) {
        drop(control, client);
    }
}

/* ---- clients ---- */

static bool is_trusted(uid_t uid)
{
    return uid == 0 || uid == geteuid();
}

/* Finds a slot for a client with UID. Returns NULL when it is one too many. */
static struct control_client *find_room(struct control *control, uid_t uid)
{
    struct control_client *found = NULL;
    size_t others = 0;
    size_t same = 0;
    for (size_t i = CONTROL_CLIENTS_MAX; i-- > 0;) {
        struct control_client *client = &control->clients[i];
        if (client->phase == CONTROL_FREE) {
            found = client;
            continue;
        }
        others += is_trusted(client->uid) ? 0 : 1;
        same += client->uid == uid ? 1 : 0;
    }
    const bool is_too_many =
        others >= CONTROL_CLIENTS_MAX - CONTROL_CLIENTS_RESERVED || same >= CONTROL_CLIENTS_PER_UID;
    return is_too_many && !is_trusted(uid) ? NULL : found;
}

/* Most have sent their request by now, and are served without being watched. */
static void welcome(struct control *control, struct control_client *client)
{
    set_deadline(control, client);
    read_request(control, client);
    if (client->phase == CONTROL_READING && watch_client(control, client, EPOLLIN) < 0) {
        drop(control, client);
    }
}

static void greet(struct control *control, int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
        hang_up(fd);
        return;
    }
    struct control_client *client = find_room(control, peer.uid);
    if (client == NULL) {
        refuse(fd, "busy", "there are too many connections; try again when some of them are closed");
        hang_up(fd);
        return;
    }
    *client = (struct control_client){.fd = fd, .uid = peer.uid, .phase = CONTROL_READING};
    welcome(control, client);
}

/* Who waits keeps the listening socket ready: looking at it again at once would be a loop. */
static void pause_accepting(struct control *control, int error)
{
    if (!control->is_trouble_said) {
        log_warning(control->setting.log, part, "nobody can be accepted: %s; trying again every second",
                    strerror(error));
    }
    control->is_trouble_said = control->is_paused = true;
    watch_fd(control, EPOLL_CTL_MOD, control->listener.fd, LISTENER_SLOT, 0);
    uv_timer_start(&control->timer, on_timer, CONTROL_PAUSE_MS, 0);
}

static void resume_accepting(struct control *control)
{
    control->is_paused = false;
    watch_fd(control, EPOLL_CTL_MOD, control->listener.fd, LISTENER_SLOT, EPOLLIN);
}

static void accept_one(struct control *control)
{
    const int fd = accept4(control->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        control->is_trouble_said = false;
        greet(control, fd);
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        pause_accepting(control, errno);
    }
}

/* ---- events ---- */

static void serve(struct control *control, struct control_client *client, uint32_t events)
{
    if (client->phase == CONTROL_READING) {
        read_request(control, client); /* what it sent before it hung up counts */
    } else if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        drop(control, client);
    } else if (client->phase == CONTROL_WRITING) {
        answer_more(control, client);
    }
}

/* The kernel gives those that are ready in turns. */
static void serve_one(struct control *control)
{
    struct epoll_event event;
    if (epoll_wait(control->epoll_fd, &event, 1, 0) != 1) {
        return;
    }
    if (event.data.u64 == LISTENER_SLOT) {
        accept_one(control);
    } else {
        serve(control, &control->clients[event.data.u64], event.events);
    }
}

static void on_ready(uv_poll_t *poll, int status, int events);

static void on_rested(uv_timer_t *timer)
{
    struct control *control = timer->data;
    control->busy_ns = 0;
    uv_poll_start(&control->poll, UV_READABLE, on_ready);
}

/* One, and the guard has its turn. */
static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct control *control = poll->data;
    const uint64_t begin_ns = uv_hrtime();
    (void)status;
    (void)events;
    if (begin_ns - control->worked_ns > (uint64_t)CONTROL_REST_MS * 1000000) {
        control->busy_ns = 0;
    }
    serve_one(control);
    control->worked_ns = uv_hrtime();
    control->busy_ns += control->worked_ns - begin_ns;
    if (control->busy_ns >= CONTROL_BUSY_NS && !uv_is_closing((uv_handle_t *)poll)) {
        uv_poll_stop(poll);
        uv_timer_start(&control->rest_timer, on_rested, CONTROL_REST_MS, 0);
    }
}

static void give_up(struct control *control, struct control_client *client)
{
    if (client->phase == CONTROL_READING) {
        refuse(client->fd, "request", "the request did not come in time");
    }
    drop(control, client);
}

static void on_timer(uv_timer_t *timer)
{
    struct control *control = timer->data;
    const uint64_t now = uv_now(control->setting.loop);
    uint64_t next_ms = UINT64_MAX;
    if (control->is_paused) {
        resume_accepting(control);
    }
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = &control->clients[i];
        if (client->deadline_ms == 0) {
            continue;
        }
        if (client->deadline_ms <= now) {
            give_up(control, client);
        } else if (client->deadline_ms < next_ms) {
            next_ms = client->deadline_ms;
        }
    }
    if (next_ms != UINT64_MAX) {
        uv_timer_start(timer, on_timer, next_ms - now, 0);
    }
}

/* ---- the beginning and the end ---- */

static int open_epoll(struct control *control)
{
    control->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (control->epoll_fd < 0) {
        return -errno;
    }
    int result = watch_fd(control, EPOLL_CTL_ADD, control->listener.fd, LISTENER_SLOT, EPOLLIN);
    if (result == 0) {
        result = uv_poll_init(control->setting.loop, &control->poll, control->epoll_fd);
    }
    if (result < 0) {
        close(control->epoll_fd);
    }
    return result;
}

int control_start(struct control *control, const struct control_setting *setting)
{
    control->setting = *setting;
    int result = listener_open(&control->listener, setting->directory, CONTROL_NAME, 0666);
    if (result < 0) {
        return result;
    }
    result = open_epoll(control);
    if (result < 0) {
        listener_close(&control->listener);
        return result;
    }
    uv_timer_init(setting->loop, &control->timer);
    uv_timer_init(setting->loop, &control->rest_timer);
    control->poll.data = control->timer.data = control->rest_timer.data = control;
    return uv_poll_start(&control->poll, UV_READABLE, on_ready);
}

bool control_is_trusted(const struct control *control, size_t slot)
{
    return is_trusted(control->clients[slot].uid);
}

void control_wake(struct control *control, size_t slot)
{
    struct control_client *client = &control->clients[slot];
    if (client->phase == CONTROL_RESTING && watch_client(control, client, EPOLLOUT) == 0) {
        client->phase = CONTROL_WRITING;
        set_deadline(control, client);
    }
}

void control_stop(struct control *control)
{
    if (control->poll.data == NULL || uv_is_closing((uv_handle_t *)&control->poll)) {
        return;
    }
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        control->clients[i].is_told = false;
        if (control->clients[i].phase != CONTROL_FREE) {
            drop(control, &control->clients[i]);
        }
    }
    uv_close((uv_handle_t *)&control->poll, NULL);
    uv_close((uv_handle_t *)&control->timer, NULL);
    uv_close((uv_handle_t *)&control->rest_timer, NULL);
    close(control->epoll_fd);
    listener_close(&control->listener);
}
