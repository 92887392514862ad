/* SPDX-License-Identifier: MIT */
/*
 * probe: may the agent connect to this Unix socket, and who listens there.
 *
 * Whether a socket can be reached is found out by connecting to it: permissions, mounts and security modules
 * then answer as they answer the agent (rejected alternative: reading modes and owners). Nothing blocks:
 * connections are non-blocking, and what is asked has a deadline. Nothing is sent but what the caller sends.
 *
 * A path is opened first (O_PATH), below the scene's root, and connected to by that descriptor: so it may be
 * longer than the 107 bytes that an address has room for, and nobody can exchange what was looked at.
 */
#ifndef SANDBOX_INIT_PROBE_H
#define SANDBOX_INIT_PROBE_H

#include "sandbox_init/scene.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Who called listen(2), as the kernel remembers it (unix(7), SO_PEERCRED). It may have handed its socket on
 * and ended, as an agent does that goes into the background: then there is no process of that number, or
 * another one.
 */
struct probe_peer {
    bool is_known; /* not of a datagram socket, nor when there was no connection */
    pid_t pid;     /* 0: outside of our PID namespace, so outside of the container */
    uid_t uid;
    char name[SCENE_NAME_SIZE]; /* the kernel's, not escaped; "": there is no such process, or it is hidden */
};

/*
 * Connects, as the agent, to the socket at PATH (absolute, in the scene; links are followed), whatever its
 * type. RET_PEER may be NULL. Returns a connected, non-blocking descriptor, or -errno: -ENOTSOCK: something
 * else stands there; -EACCES: the agent may not; -ECONNREFUSED: nobody listens; see probe_is_heard().
 */
int probe_connect(const struct scene *scene, const char *path, struct probe_peer *ret_peer);

/* The same for what the O_PATH descriptor FD holds. -ENOENT without a /proc. */
int probe_connect_held(const struct scene *scene, int fd, struct probe_peer *ret_peer);

/* The same for the abstract socket NAME, LENGTH bytes without the NUL before them. */
int probe_connect_abstract(const struct scene *scene, const char *name, size_t length,
                           struct probe_peer *ret_peer);

/* Did a call above find somebody who listens? So it did with -EAGAIN: too many wait for an answer already. */
bool probe_is_heard(int result);

enum {
    PROBE_PEER_SIZE = 128,
};

/* Writes who it is, in words that "listens" can follow, into BUFFER. Returns BUFFER. */
const char *probe_describe_peer(char buffer[static PROBE_PEER_SIZE], const struct probe_peer *peer);

struct probe_question {
    const void *request; /* is sent, as far as it goes at once; NULL: the other side speaks first */
    size_t request_size;
    char *answer; /* is overwritten, and ended with a NUL */
    size_t answer_size;
    int stop;        /* a byte that ends the answer, '\n'; -1: only its size does, or its end */
    int deadline_ms; /* from now on */
};

/* Asks on FD. Returns the bytes of the answer, which may have been cut by the deadline, or -errno. */
ssize_t probe_ask(int fd, const struct probe_question *question);

#endif
