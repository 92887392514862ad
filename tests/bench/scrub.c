/* SPDX-License-Identifier: MIT */
/* How fast matching sockets go, and what that costs. */
#include "bench.h"
#include "box.h"
#include "maker.h"

enum {
    SCRUBBERS = 3,
    EVENTS = 20000,
};

/* In order of speed; the last one is only measured for that. */
static const struct contender scrubbers[SCRUBBERS] = {
    {"sandbox-init", {"/mnt/sandbox-init"}},
    {"bare C loop", {"/mnt/inside/bare", "/tmp"}},
    {"inotifywait | rm",
     {"/bin/sh", "-c",
      "inotifywait -m -q --format %f -e create /tmp | while read -r f; do "
      "case $f in vscode-*) rm -f \"/tmp/$f\" ;; esac; done"}},
};

/* A scrubber and a user, in a box of their own. */
struct scene {
    const struct contender *contender;
    struct box box;
    struct maker maker;
};

/* Returns when the scrubber does its work. */
static void open_scene(struct scene *ret_scene, const struct contender *contender, bool is_pinned)
{
    const struct box_request request = {
        .init = contender->init, .has_own_files = true, .cpu = is_pinned ? 2 : 0};
    ret_scene->contender = contender;
    box_start(&ret_scene->box, &request);
    box_await_exec(&ret_scene->box);
    /* Until now it may have been in our mounts: those of its own are there now. */
    maker_start(&ret_scene->maker, &ret_scene->box, is_pinned ? 1 : 0);
    maker_do(&ret_scene->maker, &ret_scene->box, MAKER_FENCE, 0);
}

static struct maker_result act(struct scene *scene, enum maker_deed deed, unsigned count)
{
    return maker_do(&scene->maker, &scene->box, deed, count);
}

static void close_scene(struct scene *scene)
{
    maker_finish(&scene->maker);
    box_finish(&scene->box);
}

static void say_speed(const struct scene *scene, const struct maker_result *result, bool is_pinned)
{
    bench_say(is_pinned ? "apart_harmless" : "harmless", scene->contender, (double)result->harmless_ns / 1e3);
    bench_say(is_pinned ? "apart_gone" : "gone", scene->contender, (double)result->gone_ns / 1e3);
}

/* IS_PINNED: the user and the scrubber each have a CPU, so neither waits for the other. */
static void measure_speed(unsigned rounds, bool is_pinned)
{
    struct scene scenes[SCRUBBERS];
    for (size_t i = 0; i < SCRUBBERS; i++) {
        open_scene(&scenes[i], &scrubbers[i], is_pinned);
    }
    size_t order[SCRUBBERS];
    for (unsigned round = 0; round < rounds; round++) {
        bench_shuffle(order, SCRUBBERS);
        for (size_t i = 0; i < SCRUBBERS; i++) {
            struct scene *scene = &scenes[order[i]];
            const struct maker_result result = act(scene, MAKER_SOCKET, 0);
            say_speed(scene, &result, is_pinned);
        }
    }
    for (size_t i = 0; i < SCRUBBERS; i++) {
        close_scene(&scenes[i]);
    }
}

void scrub_measure_speed(const struct bench *bench)
{
    measure_speed(bench->is_quick ? 150 : 1500, false);
    measure_speed(bench->is_quick ? 150 : 1500, true);
}

/* The scrubber's CPU time for EVENTS irrelevant files, in nanoseconds for each. */
static double cost(struct scene *scene, enum maker_deed deed)
{
    const uint64_t before = box_cpu_ns(&scene->box);
    act(scene, deed, EVENTS);
    act(scene, MAKER_FENCE, 0);
    return (double)(box_cpu_ns(&scene->box) - before) / EVENTS;
}

void scrub_measure_overhead(const struct bench *bench)
{
    struct scene scenes[2];
    for (size_t i = 0; i < 2; i++) {
        open_scene(&scenes[i], &scrubbers[i], false);
    }
    size_t order[2];
    for (unsigned round = 0; round < (bench->is_quick ? 3 : 15); round++) {
        bench_shuffle(order, 2);
        for (size_t i = 0; i < 2; i++) {
            struct scene *scene = &scenes[order[i]];
            bench_say("irrelevant", scene->contender, cost(scene, MAKER_FILES));
            act(scene, MAKER_TIDY, EVENTS);
            act(scene, MAKER_FENCE, 0);
            bench_say("passing", scene->contender, cost(scene, MAKER_PASSING_FILES));
        }
    }
    for (size_t i = 0; i < 2; i++) {
        close_scene(&scenes[i]);
    }
}

void scrub_measure_growth(const struct bench *bench)
{
    const unsigned count = bench->is_quick ? 10000 : 100000;
    for (size_t i = 0; i < 2; i++) {
        struct scene scene;
        open_scene(&scene, &scrubbers[i], false);
        const double before_kb = box_status_kb(&scene.box, "RssAnon");
        const size_t log_before = scene.box.log_bytes;
        const struct maker_result result = act(&scene, MAKER_FLOOD, count);
        bench_say("growth", scene.contender, box_status_kb(&scene.box, "RssAnon") - before_kb);
        bench_say("growth_log", scene.contender, (double)(scene.box.log_bytes - log_before));
        bench_say("growth_left", scene.contender, result.left);
        bench_say("growth_time", scene.contender, (double)result.took_ns / 1e3 / count);
        close_scene(&scene);
    }
}
