/* SPDX-License-Identifier: MIT */
/* config_graph: small graphs in full, compared with a search that is slow and simple, and large ones. */
#include "testing.h"

#include "sandbox_init/config_graph.h"

#include <string.h>

enum {
    SMALL = 4, /* nodes of the graphs that are all looked at: 2 to the 16th of them */
};

static bool has_edge(const struct config_graph *graph, size_t from, size_t to)
{
    return (graph->edges[from] >> to & 1) != 0;
}

/* The shortest way from node to node, in steps, by Floyd's and Warshall's algorithm; 0: there is none. */
static void measure_ways(const struct config_graph *graph, size_t ways[SMALL][SMALL])
{
    for (size_t i = 0; i < SMALL; i++) {
        for (size_t j = 0; j < SMALL; j++) {
            ways[i][j] = has_edge(graph, i, j) ? 1 : 0;
        }
    }
    for (size_t k = 0; k < SMALL; k++) {
        for (size_t i = 0; i < SMALL; i++) {
            for (size_t j = 0; j < SMALL; j++) {
                size_t both = ways[i][k] + ways[k][j];
                bool is_way = ways[i][k] > 0 && ways[k][j] > 0;
                if (is_way && (ways[i][j] == 0 || both < ways[i][j])) {
                    ways[i][j] = both;
                }
            }
        }
    }
}

static void expect_cycle(const struct config_graph *graph, const struct config_cycle *cycle)
{
    uint64_t met = 0;
    assert_in_range(cycle->length, 1, graph->count);
    for (size_t i = 0; i < cycle->length; i++) {
        size_t node = cycle->nodes[i];
        assert_true(node < graph->count);
        assert_int_equal(met >> node & 1, 0); /* none comes twice */
        met |= UINT64_C(1) << node;
        assert_true(has_edge(graph, node, cycle->nodes[(i + 1) % cycle->length]));
    }
}

static void test_all_small_graphs(void **state)
{
    (void)state;
    for (uint64_t edges = 0; edges < UINT64_C(1) << (SMALL * SMALL); edges++) {
        struct config_graph graph = {.count = SMALL};
        struct config_cycle cycle = {.length = 77};
        size_t ways[SMALL][SMALL];
        for (size_t i = 0; i < SMALL; i++) {
            graph.edges[i] = edges >> (i * SMALL) & ((1 << SMALL) - 1);
        }
        measure_ways(&graph, ways);
        size_t first = 0;
        while (first < SMALL && ways[first][first] == 0) {
            first++;
        }
        assert_int_equal(config_graph_find_cycle(&graph, &cycle), first < SMALL);
        if (first < SMALL) {
            expect_cycle(&graph, &cycle);
            assert_int_equal(cycle.nodes[0], first);
            assert_int_equal(cycle.length, ways[first][first]);
        } else {
            assert_int_equal(cycle.length, 77);
        }
    }
}

static void test_knows_the_whole_cycle(void **state)
{
    (void)state;
    struct config_graph graph = {.count = CONFIG_JOBS_MAX};
    struct config_cycle cycle;
    for (size_t i = 0; i < CONFIG_JOBS_MAX; i++) {
        graph.edges[i] = UINT64_C(1) << ((i + 63) % CONFIG_JOBS_MAX);
    }
    assert_true(config_graph_find_cycle(&graph, &cycle));
    expect_cycle(&graph, &cycle);
    assert_int_equal(cycle.length, CONFIG_JOBS_MAX);
    assert_int_equal(cycle.nodes[1], 63);
    assert_int_equal(cycle.nodes[63], 1);
}

/* Every node waits for all before it: as many edges as there can be without a cycle. */
static void test_finds_none_where_there_is_none(void **state)
{
    (void)state;
    struct config_graph graph = {.count = CONFIG_JOBS_MAX};
    struct config_cycle cycle;
    for (size_t i = 0; i < CONFIG_JOBS_MAX; i++) {
        graph.edges[i] = (UINT64_C(1) << i) - 1;
    }
    assert_false(config_graph_find_cycle(&graph, &cycle));
    graph.count = 0;
    assert_false(config_graph_find_cycle(&graph, &cycle));
    graph.count = CONFIG_JOBS_MAX;
    graph.edges[0] = UINT64_C(1) << 63;
    assert_true(config_graph_find_cycle(&graph, &cycle));
    expect_cycle(&graph, &cycle);
    assert_int_equal(cycle.length, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_small_graphs),
        cmocka_unit_test(test_knows_the_whole_cycle),
        cmocka_unit_test(test_finds_none_where_there_is_none),
    };
    return cmocka_run_group_tests_name("config_graph", tests, NULL, NULL);
}
