/* SPDX-License-Identifier: MIT */
/*
 * client: one question to the init of this container, and its answer, record by record.
 *
 * sandbox-init-control(7) is the protocol. Nobody has to say where the init is: the configuration names its
 * runtime directory, or it is in one of the default places. Whoever answers there must be root, the user who
 * asks or the owner of PID 1, as the kernel tells it (SO_PEERCRED): in a directory that everybody can write
 * anybody can listen, and would have us believe that all is well.
 *
 * An init that hangs must not make us hang, and one that talks nonsense must not make us print it. So there
 * is a deadline for the answer's beginning and, unless it is one that waits for changes, for all of it; lines
 * and the whole have a greatest length; and the first record must be one of a protocol that we know. Values
 * come unescaped, as they were: who prints them escapes them.
 */
#ifndef SANDBOX_INIT_CLIENT_H
#define SANDBOX_INIT_CLIENT_H

#include "sandbox_init/fields.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CLIENT_PROTOCOL = 1,         /* what we understand */
    CLIENT_PATIENCE_MS = 10000,  /* for a socket, for the first record, and for the rest of a whole answer */
    CLIENT_BIRTH_MS = 2000,      /* how long an init that is just starting may be without its socket */
    CLIENT_ANSWER_MAX = 8 << 20, /* bytes of a whole answer */
    CLIENT_REQUEST_MAX = 1024,   /* bytes of a request, with the newline */
    CLIENT_MESSAGE_SIZE = 1024,
};

struct client_request {
    const char *runtime_dir; /* as the configuration has it; NULL: not known, only the default places */
    const char *text;        /* "status", without the newline; printable ASCII */
    bool is_endless;         /* the answer waits for changes: it may take for ever, and be of any length */
    uint64_t patience_ms;    /* in place of CLIENT_PATIENCE_MS, and of CLIENT_BIRTH_MS if shorter; 0: these */
};

enum client_event {
    CLIENT_RECORD,  /* there is one */
    CLIENT_NOTHING, /* none came in time */
    CLIENT_END,     /* the answer is complete */
    CLIENT_FAILED,  /* `status` and `message` say why */
};

/* Large: not for the stack of a function that calls itself. */
struct client {
    int fd;        /* -1: none. Readable when client_next() has something to do */
    uid_t uid;     /* of whoever answers */
    pid_t pid;     /* the same, 0: not visible from here */
    int status;    /* of enum cli_status, after a failure */
    bool is_begun; /* the first record came */
    bool is_endless;
    uint64_t patience_ms;
    uint64_t deadline_ms; /* CLOCK_MONOTONIC; 0: none */
    uint64_t received;    /* bytes */
    size_t taken;         /* of `buffer`: what was handed out */
    size_t used;
    char buffer[FIELDS_LINE_MAX];
    char message[CLIENT_MESSAGE_SIZE]; /* why, and how to mend it; printable ASCII, without a newline */
};

/*
 * Finds the init and sends it REQUEST, in a CLIENT of any contents. Returns 0; or an exit status of enum
 * cli_status, with CLIENT->message, and nothing to close: CLI_STATUS_NO_INIT where no one answers whom we
 * would believe.
 */
int client_open(struct client *client, const struct client_request *request);

/*
 * Takes the next record, waiting for it PATIENCE_MS at most (negative: as long as the deadlines are).
 * RET_NAME and READER are parts of CLIENT until the next call. The records `error` and `end` are not handed
 * out: they are CLIENT_FAILED, with the server's own message and the status that its code stands for, and
 * CLIENT_END. An answer that ends without them has failed with CLI_STATUS_NO_INIT.
 */
enum client_event client_next(struct client *client, int64_t patience_ms, const char **ret_name,
                              struct fields_reader *ret_reader);

/* Prints why CLIENT failed to standard error, and returns its status. */
int client_report(const struct client *client);

void client_close(struct client *client);

#endif
