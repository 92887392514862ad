/* SPDX-License-Identifier: MIT */
#include "sandbox_init/config_graph.h"

_Static_assert(CONFIG_JOBS_MAX <= 64, "a bit of uint64_t for each");

static bool has_edge(const struct config_graph *graph, size_t from, size_t to)
{
    return (graph->edges[from] >> to & 1) != 0;
}

/* A way through the graph, breadth first. */
struct walk {
    size_t queue[CONFIG_JOBS_MAX]; /* nodes that were met, the nearest first */
    size_t length;
    uint64_t met;
    size_t before[CONFIG_JOBS_MAX]; /* of each node that was met: the one before it on the way */
};

/* Takes those that NODE waits for into the queue, but for those that are there already. */
static void meet_next(const struct config_graph *graph, struct walk *walk, size_t node)
{
    for (size_t next = 0; next < graph->count; next++) {
        if (has_edge(graph, node, next) && (walk->met >> next & 1) == 0) {
            walk->met |= UINT64_C(1) << next;
            walk->before[next] = node;
            walk->queue[walk->length++] = next;
        }
    }
}

/* Goes from START by ever longer ways until one leads back. Returns its last node, or `count` if none does.
 */
static size_t walk_from(const struct config_graph *graph, size_t start, struct walk *walk)
{
    walk->met = UINT64_C(1) << start;
    walk->queue[0] = start;
    walk->length = 1;
    for (size_t head = 0; head < walk->length; head++) {
        if (has_edge(graph, walk->queue[head], start)) {
            return walk->queue[head];
        }
        meet_next(graph, walk, walk->queue[head]);
    }
    return graph->count;
}

bool config_graph_find_cycle(const struct config_graph *graph, struct config_cycle *ret_cycle)
{
    struct walk walk = {.length = 0};
    for (size_t start = 0; start < graph->count; start++) {
        size_t last = walk_from(graph, start, &walk);
        if (last == graph->count) {
            continue;
        }
        size_t length = 1;
        for (size_t node = last; node != start; node = walk.before[node]) {
            length++;
        }
        ret_cycle->length = length;
        for (size_t node = last; length > 0; node = walk.before[node]) {
            ret_cycle->nodes[--length] = node;
        }
        return true;
    }
    return false;
}
