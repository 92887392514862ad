/* SPDX-License-Identifier: MIT */
/*
 * maker: the user in a box, who makes sockets and files in its /tmp and looks what becomes of them.
 *
 * A process of its own with an ordinary uid. It is told what to do, one thing after the other, and stays
 * until it is not needed any more.
 */
#ifndef BENCH_MAKER_H
#define BENCH_MAKER_H

#include "box.h"

enum { MAKER_PATIENCE_MS = 2000 }; /* for one socket to be gone */

enum maker_deed {
    MAKER_SOCKET,        /* a matching socket: `harmless_ns` and `gone_ns` */
    MAKER_FENCE,         /* matching sockets until one is gone: all events before it have been seen then */
    MAKER_FILES,         /* COUNT files that match nothing, which stay */
    MAKER_TIDY,          /* removes them */
    MAKER_PASSING_FILES, /* COUNT files that match nothing, each removed at once */
    MAKER_FLOOD,         /* COUNT matching sockets as fast as they can be made: `took_ns` and `left` */
};

struct maker_result {
    uint64_t harmless_ns; /* from the call of bind() until others cannot connect: it is root's, or gone */
    uint64_t gone_ns;     /* until the name is gone; both are MAKER_PATIENCE_MS where it never was */
    uint64_t took_ns;     /* MAKER_FLOOD: until the last one was gone that went */
    unsigned left;        /* MAKER_FLOOD: that stayed */
};

struct maker {
    pid_t pid;
    int order_fd;
    int result_fd;
};

/* CPU as in struct box_request. */
void maker_start(struct maker *ret_maker, const struct box *box, int cpu);

/* Waits for the end of DEED, reading BOX's log meanwhile. */
struct maker_result maker_do(const struct maker *maker, struct box *box, enum maker_deed deed,
                             unsigned count);

void maker_finish(const struct maker *maker);

#endif
