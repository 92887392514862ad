/* SPDX-License-Identifier: MIT */
#include "sandbox_init/guard.h"

#include "sandbox_init/listing.h"
#include "sandbox_init/revoke.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>

static const char part[] = "guard";

/* A directory that is being worked in. `directory` is NULL where it has no place in the watchlist. */
struct spot {
    int fd;
    const struct fileid *id;
    const char *path;
    struct watchlist_directory *directory;
};

static struct spot spot_of(struct watchlist_directory *directory)
{
    return (struct spot){
        .fd = directory->fd,
        .id = &directory->id,
        .path = directory->path,
        .directory = directory,
    };
}

/* Nothing comes before the call that does it: each microsecond is the attacker's. */
static enum revoke_result revoke_name(struct guard *guard, const struct spot *spot, const char *name)
{
    const struct revoke_outcome outcome = revoke_socket(spot->fd, spot->id, name, guard->is_dry);
    tally_outcome(&guard->tally, &outcome, spot->path, name);
    if (outcome.result == REVOKE_FAILED && spot->directory != NULL) {
        watchlist_note_rest(&guard->list, spot->directory);
    }
    return outcome.result;
}

struct sweep {
    struct guard *guard;
    const struct spot *spot;
};

static bool sweep_name(void *context, const char *name)
{
    const struct sweep *sweep = context;
    if (pattern_find(sweep->guard->patterns, sweep->guard->pattern_count, name) != NULL) {
        revoke_name(sweep->guard, sweep->spot, name);
    }
    return true;
}

static void sweep_spot(struct guard *guard, const struct spot *spot)
{
    struct sweep sweep = {.guard = guard, .spot = spot};
    const int result = listing_read(spot->fd, sweep_name, &sweep);
    if (result < 0) {
        tally_trouble(&guard->tally, spot->path, "read", result, "sockets in it stay unseen");
    }
}

static void on_target(void *context, struct watchlist_directory *directory)
{
    const struct spot spot = spot_of(directory);
    sweep_spot(context, &spot);
}

static void sweep_all(struct guard *guard)
{
    for (size_t i = 0; i < guard->list.end; i++) {
        struct watchlist_directory *directory = &guard->list.directories[i];
        if (directory->is_used && directory->is_target) {
            on_target(guard, directory);
        }
    }
}

/* ---- without events ---- */

static bool sweep_unwatched(void *context, const struct places_visit *visit)
{
    struct guard *guard = context;
    if (visit->error < 0 || visit->child != NULL) {
        return true;
    }
    const struct watchlist_directory *directory = watchlist_find_id(&guard->list, &visit->id);
    if (directory == NULL || directory->watch_id < 0) {
        const struct spot spot = {.fd = visit->fd, .id = &visit->id, .path = visit->path};
        sweep_spot(guard, &spot);
    }
    return true;
}

static void on_poll_timer(uv_timer_t *timer);

/* Begins to sweep every second what has no watch, or ends it. */
static void poll_or_not(struct guard *guard)
{
    const bool is_needed = !watchlist_is_complete(&guard->list);
    const bool is_active = uv_is_active((uv_handle_t *)&guard->poll_timer) != 0;
    if (is_needed && !is_active) {
        log_error(guard->log, part,
                  "degraded: not every directory can be watched%s; sweeping every second instead",
                  guard->list.is_full ? ", there are too many" : "");
        places_walk(&guard->places, sweep_unwatched, guard);
        uv_timer_start(&guard->poll_timer, on_poll_timer, GUARD_POLL_MS, GUARD_POLL_MS);
    } else if (!is_needed && is_active) {
        log_info(guard->log, part, "every directory is watched again");
        uv_timer_stop(&guard->poll_timer);
    }
}

/* Not the time on the wall: that a busy machine lets us wait does not make a walk slow. */
static uint64_t cpu_time_ns(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void walk(struct guard *guard)
{
    const uint64_t start = cpu_time_ns();
    guard->is_dirty = false;
    watchlist_walk(&guard->list, false);
    poll_or_not(guard);
    const uint64_t took = cpu_time_ns() - start;
    guard->walk_after = took < GUARD_WALK_SLOW_NS ? 0 : uv_hrtime() + GUARD_WALK_SHARE * took;
}

static void on_walk_timer(uv_timer_t *timer)
{
    walk(timer->data);
}

/* An agent that fills directories and causes events must not keep us from revoking by walks. */
static void walk_or_wait(struct guard *guard)
{
    const uint64_t now = uv_hrtime();
    if (now >= guard->walk_after) {
        walk(guard);
    } else if (!uv_is_active((uv_handle_t *)&guard->walk_timer)) {
        uv_timer_start(&guard->walk_timer, on_walk_timer, (guard->walk_after - now) / 1000000 + 1, 0);
    }
}

/* ---- events ---- */

/* A name was moved and has not arrived so far. If it does later, it is revoked all the same. */
static void note_moved_away(struct guard *guard)
{
    if (guard->moved_cookie != 0 && !guard->is_move_told) {
        guard->is_move_told = true;
        tally_moved_away(&guard->tally);
    }
}

/* All events that were ready have been told. */
static void settle(struct guard *guard)
{
    note_moved_away(guard);
    if (guard->is_dirty || guard->is_unsure) {
        walk_or_wait(guard);
    }
    if (guard->is_unsure) {
        guard->is_unsure = false;
        tally_overflow(&guard->tally);
        sweep_all(guard);
    }
}

static void on_moved_from(struct guard *guard, const struct watch_event *event)
{
    note_moved_away(guard);
    /*
     * Renamed before we came. The new name, if it is where we see it, follows with the same cookie, though
     * not always before the next read returns (inotify(7)).
     */
    guard->moved_cookie = event->cookie;
    guard->is_move_told = false;
}

static void on_target_event(struct guard *guard, struct watchlist_directory *directory,
                            const struct watch_event *event)
{
    const bool has_left = (event->mask & IN_MOVED_FROM) != 0;
    const bool has_arrived = (event->mask & IN_MOVED_TO) != 0 && event->cookie == guard->moved_cookie;
    const bool is_fugitive = has_left && strcmp(event->name, guard->fugitive) == 0;
    if (!has_arrived && !is_fugitive &&
        pattern_find(guard->patterns, guard->pattern_count, event->name) == NULL) {
        return;
    }
    if (has_left) {
        on_moved_from(guard, event);
        return;
    }
    const struct spot spot = spot_of(directory);
    const enum revoke_result result = revoke_name(guard, &spot, event->name);
    if (has_arrived) {
        guard->moved_cookie = 0;
    }
    if (has_arrived && result == REVOKE_GONE) {
        snprintf(guard->fugitive, sizeof guard->fugitive, "%s", event->name);
    }
}

static void on_directory_event(struct guard *guard, struct watchlist_directory *directory,
                               const struct watch_event *event)
{
    if ((event->mask & IN_IGNORED) != 0) {
        watchlist_lose(directory);
    }
    if ((event->mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
        guard->is_dirty = true;
        return;
    }
    if (directory->is_target && (event->mask & (IN_ISDIR | IN_DELETE)) == 0) {
        on_target_event(guard, directory, event);
    }
    if (watchlist_is_on_the_way(directory, event->name)) {
        guard->is_dirty = true;
    }
}

static void on_event(void *context, const struct watch_event *event)
{
    struct guard *guard = context;
    if (event == NULL) {
        settle(guard);
        return;
    }
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        guard->is_unsure = true;
        return;
    }
    struct watchlist_directory *directory = watchlist_find(&guard->list, event->id);
    if (directory != NULL) {
        on_directory_event(guard, directory, event);
    }
}

static void on_mounts(void *context)
{
    walk(context);
}

static int start_watch(struct guard *guard)
{
    return watch_start(&guard->watch, guard->loop, on_event, guard);
}

static void on_poll_timer(uv_timer_t *timer)
{
    struct guard *guard = timer->data;
    if (!watch_is_running(&guard->watch)) {
        start_watch(guard);
    }
    watchlist_walk(&guard->list, true);
    places_walk(&guard->places, sweep_unwatched, guard);
    poll_or_not(guard);
}

/* ---- life ---- */

int guard_init(struct guard *guard, const struct config *config, char *const *environ_in, struct log *log)
{
    guard->log = log;
    guard->is_dry = config->scrub.action == CONFIG_SCRUB_REPORT;
    guard->is_final = revoke_is_final();
    for (char *const *glob = config->scrub.patterns; *glob != NULL; glob++) {
        if (guard->pattern_count == CONFIG_PATTERNS_MAX) {
            return -E2BIG;
        }
        guard->patterns[guard->pattern_count++] = pattern_compile(*glob);
    }
    return places_init(&guard->places, config->scrub.dirs, environ_in);
}

static void say_start(struct guard *guard)
{
    if (!guard->is_dry && !guard->is_final) {
        log_warning(
            guard->log, part,
            "degraded: only root with CAP_CHOWN revokes for good; as it is, a socket is unlinked, and who "
            "opened it before can still connect");
    }
    const size_t count = watchlist_count(&guard->list);
    log_info(guard->log, part, "watching %zu director%s: %s", count, count == 1 ? "y" : "ies",
             guard->is_dry ? "only reporting VS Code's sockets"
                           : "VS Code's sockets are removed as they appear");
}

void guard_listen(struct guard *guard, tally_callback *callback, void *context)
{
    guard->callback = callback;
    guard->context = context;
}

int guard_start(struct guard *guard, uv_loop_t *loop)
{
    int result = uv_timer_init(loop, &guard->poll_timer);
    uv_timer_init(loop, &guard->walk_timer); /* cannot fail either */
    guard->walk_timer.data = guard;
    if (result == 0) {
        result = tally_start(&guard->tally, loop, guard->log);
    }
    if (result < 0) {
        return result;
    }
    tally_listen(&guard->tally, guard->callback, guard->context);
    guard->loop = loop;
    guard->poll_timer.data = guard;
    guard->list.places = &guard->places;
    guard->list.watch = &guard->watch;
    guard->list.tally = &guard->tally;
    guard->list.on_target = on_target;
    guard->list.context = guard;
    result = start_watch(guard);
    if (result < 0) {
        log_error(guard->log, part, "no events: inotify: %s%s", strerror(-result),
                  result == -EMFILE ? "; raise fs.inotify.max_user_instances on the host" : "");
    }
    result = mounts_start(&guard->mounts, loop, on_mounts, guard);
    if (result < 0) {
        log_warning(guard->log, part,
                    "a directory that is mounted over later will not be noticed: /proc/self/mountinfo: %s",
                    strerror(-result));
    }
    walk(guard);
    say_start(guard);
    return 0;
}

void guard_report(const struct guard *guard, struct guard_report *ret_report)
{
    *ret_report = (struct guard_report){0};
    if (guard->loop != NULL) {
        *ret_report = (struct guard_report){
            .counters = guard->tally.counters,
            .directories = watchlist_count(&guard->list),
            .closed = watchlist_count_closed(&guard->list),
            .is_running = true,
            .is_full = guard->list.is_full,
            .has_events = watch_is_running(&guard->watch),
            .is_polling = uv_is_active((const uv_handle_t *)&guard->poll_timer) != 0,
            .is_final = guard->is_final,
            .is_dry = guard->is_dry,
        };
    }
}

void guard_stop(struct guard *guard)
{
    if (guard->loop == NULL) {
        return;
    }
    tally_stop(&guard->tally);
    watchlist_clear(&guard->list);
    watch_stop(&guard->watch);
    mounts_stop(&guard->mounts);
    uv_close((uv_handle_t *)&guard->poll_timer, NULL);
    uv_close((uv_handle_t *)&guard->walk_timer, NULL);
    guard->loop = NULL;
}

void guard_finish(struct guard *guard)
{
    places_finish(&guard->places);
}
