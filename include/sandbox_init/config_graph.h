/* SPDX-License-Identifier: MIT */
/*
 * config_graph: finds what waits for itself.
 *
 * Jobs and services wait for others, as `after` says. Where these form a cycle none of them would ever start,
 * and nobody would ever say so.
 */
#ifndef SANDBOX_INIT_CONFIG_GRAPH_H
#define SANDBOX_INIT_CONFIG_GRAPH_H

#include "sandbox_init/config_table.h"

struct config_graph {
    uint64_t edges[CONFIG_JOBS_MAX]; /* bit J of edges[I]: I waits for J */
    size_t count;                    /* of the nodes */
};

struct config_cycle {
    size_t nodes[CONFIG_JOBS_MAX]; /* each one waits for the next, the last one for the first */
    size_t length;                 /* 1: a node that waits for itself */
};

/*
 * Looks for a cycle and writes it to RET_CYCLE: a shortest one of the first node, in the order of their
 * indices, that is in any; it begins with that node.
 * Returns false, RET_CYCLE untouched, when there is none.
 */
bool config_graph_find_cycle(const struct config_graph *graph, struct config_cycle *ret_cycle);

#endif
