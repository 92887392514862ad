/* SPDX-License-Identifier: MIT */
/*
 * control: the control socket and its clients: one request line each, and an answer in portions.
 *
 * It knows lines and records, not what they mean: that is controller.h. Clients are strangers, and any of
 * them may be slow, dead or malicious. So everything is bounded: their number, in all and for each user, a
 * request's length and time, and what one of them can make us do before the guard has its turn. For that, all
 * descriptors are in an epoll instance of our own, of which the loop sees one descriptor only, and each turn
 * of the loop serves one client, in turns (rejected alternative: a handle a client, where one turn serves
 * all who are ready, a hundred of them before one socket is revoked).
 *
 * Turns alone are not enough: who computes all the time is one of many for the scheduler, and who sleeps most
 * of the time runs as soon as it is woken (measured: with a hundred clients a socket lived five times as
 * long). So all clients together get a tenth of the time, which is some thousand answers a second.
 *
 * An answer is asked for when the client has room for it, so nothing is kept: who does not read makes no
 * room, and is disconnected when the time is over. Nothing is allocated, and while there are no clients, or
 * only such as wait for something to happen, no timer runs.
 */
#ifndef SANDBOX_INIT_CONTROL_H
#define SANDBOX_INIT_CONTROL_H

#include "sandbox_init/fields.h"
#include "sandbox_init/listener.h"
#include "sandbox_init/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#define CONTROL_NAME "control"

enum {
    CONTROL_CLIENTS_MAX = 128,
    CONTROL_CLIENTS_RESERVED = 32, /* of these for root and our own uid */
    CONTROL_CLIENTS_PER_UID = 64,  /* of one other uid, so that a third one finds room */
    CONTROL_REQUEST_MAX = 1024,    /* bytes, with the newline */
    CONTROL_PATIENCE_MS = 5000,    /* for the whole request; and for room for each portion of the answer */
    CONTROL_PORTION_MAX = 8192,    /* bytes of an answer at a time */
    CONTROL_BUSY_NS = 1000000,     /* of work for clients in a row, then they wait */
    CONTROL_REST_MS = 10,          /* so long; and what is further apart is not in a row */
    CONTROL_PAUSE_MS = 1000,       /* before the next try to accept, where descriptors or memory ran out */
};

/* What comes after a portion of an answer. */
enum control_next {
    CONTROL_MORE, /* there is more to say now */
    CONTROL_REST, /* not before control_wake() */
    CONTROL_END,  /* this was all */
};

/*
 * The client in SLOT asks REQUEST: printable ASCII without the newline, to be written over at will. The
 * first portion of the answer goes into WRITER, whole records of at most CONTROL_PORTION_MAX bytes.
 */
typedef enum control_next control_request_callback(void *context, size_t slot, char *request,
                                                   struct fields_writer *writer);

/* There is room for the next portion. Not called from within control_wake(). */
typedef enum control_next control_room_callback(void *context, size_t slot, struct fields_writer *writer);

/* The client in SLOT, of which a request came before, is gone. */
typedef void control_gone_callback(void *context, size_t slot);

struct control_setting {
    struct log *log;
    uv_loop_t *loop;
    const char *directory; /* of the socket */
    control_request_callback *on_request;
    control_room_callback *on_room;
    control_gone_callback *on_gone;
    void *context;
};

enum control_phase {
    CONTROL_FREE,    /* no client */
    CONTROL_READING, /* its request is not complete */
    CONTROL_WRITING, /* there is something to tell as soon as there is room */
    CONTROL_RESTING, /* it waits for something to happen */
};

struct control_client {
    int fd;
    uid_t uid;
    enum control_phase phase;
    bool is_watched;      /* in our epoll instance */
    bool is_told;         /* to the callbacks */
    size_t used;          /* bytes of its request so far */
    uint64_t deadline_ms; /* in the loop's time; 0: none */
};

struct control {
    struct control_setting setting;
    struct listener listener;
    int epoll_fd;
    uv_poll_t poll;        /* its `data` is NULL: not started */
    uv_timer_t timer;      /* active while somebody has a deadline, or no one can be accepted */
    uv_timer_t rest_timer; /* active while clients wait since they had their share of the time */
    uint64_t busy_ns;      /* of work for clients in a row, */
    uint64_t worked_ns;    /* the last of which ended then (uv_hrtime()) */
    bool is_paused;        /* no one can be accepted for now */
    bool is_trouble_said;  /* that descriptors ran out */
    size_t deadline_count;
    struct control_client clients[CONTROL_CLIENTS_MAX];
    char requests[CONTROL_CLIENTS_MAX][CONTROL_REQUEST_MAX]; /* apart: most of it is never touched */
};

/*
 * Makes the socket and listens, in zeroed memory. SETTING is copied; what it points to outlives CONTROL.
 * Returns 0, or as listener_open(); then there is nothing to stop.
 */
int control_start(struct control *control, const struct control_setting *setting);

/* May the client in SLOT change things: is it root, or has it our own uid? */
bool control_is_trusted(const struct control *control, size_t slot);

/* There is news for the client in SLOT, which rests: `on_room` follows. Harmless for any other. */
void control_wake(struct control *control, size_t slot);

/*
 * Disconnects everybody without another callback, and removes the socket. Handles are closed when the loop
 * has run once more. A zeroed object is fine.
 */
void control_stop(struct control *control);

#endif
