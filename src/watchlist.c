/* SPDX-License-Identifier: MIT */
#include "sandbox_init/watchlist.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
    WALKS_MAX = 8, /* in a row; who changes directories even faster causes events, and so the next ones */
};

static uint32_t wanted_mask(const struct watchlist_directory *directory)
{
    uint32_t mask = IN_DELETE_SELF | IN_MOVE_SELF;
    if (directory->children_length > 0) {
        mask |= IN_CREATE | IN_MOVED_TO;
    }
    if (directory->has_targets) {
        /* We hold a target open, so its own IN_DELETE_SELF would come only after we let go of it. */
        mask |= IN_DELETE;
    }
    if (directory->is_target) {
        mask |= IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM;
    }
    if (directory->has_rest) {
        mask |= IN_ATTRIB;
    }
    return mask;
}

static void say_unwatched(struct watchlist *list, const struct watchlist_directory *directory)
{
    const char *hint = "sockets in it stay unseen";
    if (directory->error == -ENOSPC) {
        hint = "raise fs.inotify.max_user_watches on the host";
    } else if (!directory->is_target) {
        hint = "directories that appear in it stay unseen";
    }
    tally_trouble(list->tally, directory->path, "watched", directory->error, hint);
}

/* Watches DIRECTORY through FD for what its roles need. Returns whether it was not watched before. */
static bool set_watch(struct watchlist *list, struct watchlist_directory *directory, int fd)
{
    const bool was_watched = directory->watch_id >= 0;
    /*
     * Never less than before: a walk learns a directory's roles one after the other, and what is not watched
     * for just that moment would be lost.
     */
    const uint32_t mask = wanted_mask(directory) | (was_watched ? directory->mask : 0);
    if (!watch_is_running(list->watch) || (was_watched && directory->mask == mask)) {
        return false;
    }
    const int id = watch_add(list->watch, fd, mask);
    if (id < 0) {
        directory->error = id;
        say_unwatched(list, directory);
        return false;
    }
    directory->watch_id = id;
    directory->mask = mask;
    return !was_watched;
}

static void forget(struct watchlist *list, struct watchlist_directory *directory)
{
    if (directory->watch_id >= 0) {
        watch_remove(list->watch, directory->watch_id);
    }
    if (directory->fd >= 0) {
        close(directory->fd);
    }
    directory->is_used = false;
}

static struct watchlist_directory *add(struct watchlist *list, const struct fileid *id)
{
    for (size_t i = 0; i < WATCHLIST_MAX; i++) {
        struct watchlist_directory *directory = &list->directories[i];
        if (!directory->is_used) {
            list->end = i < list->end ? list->end : i + 1;
            directory->is_used = true;
            directory->is_seen = directory->is_target = directory->has_rest = false;
            directory->fd = directory->watch_id = -1;
            directory->error = 0;
            directory->id = *id;
            return directory;
        }
    }
    list->is_full = true;
    return NULL;
}

static bool has_child(const struct watchlist_directory *directory, const char *child)
{
    for (size_t at = 0; at < directory->children_length; at += strlen(directory->children + at) + 1) {
        if (strcmp(directory->children + at, child) == 0) {
            return true;
        }
    }
    return false;
}

static void add_child(struct watchlist_directory *directory, const char *child)
{
    const size_t size = strlen(child) + 1;
    if (has_child(directory, child)) {
        return;
    }
    if (size > sizeof directory->children - directory->children_length) {
        directory->has_any_child = true;
        return;
    }
    memcpy(directory->children + directory->children_length, child, size);
    directory->children_length += size;
}

/* Enters a visit into the table: the walk's first one to a directory begins anew, later ones add to it. */
static struct watchlist_directory *enter(struct watchlist *list, const struct places_visit *visit)
{
    struct watchlist_directory *directory = watchlist_find_id(list, &visit->id);
    if (directory == NULL) {
        directory = add(list, &visit->id);
    }
    if (directory == NULL) {
        return NULL;
    }
    if (!directory->is_seen) {
        directory->is_seen = true;
        directory->is_target = directory->has_targets = false;
        directory->has_any_child = false;
        directory->children_length = 0;
        if (directory->fd >= 0 && directory->id.mount != visit->id.mount) {
            /* Mounted over itself: what is in it belongs to that mount now, and has to be looked at anew. */
            close(directory->fd);
            directory->fd = -1;
        }
        directory->id = visit->id;
        snprintf(directory->path, sizeof directory->path, "%s", visit->path);
    }
    if (visit->child != NULL) {
        add_child(directory, visit->child);
        directory->has_targets |= visit->is_child_last;
    } else {
        directory->is_target = true;
    }
    return directory;
}

struct walk {
    struct watchlist *list;
    bool is_thorough;
    bool found_new; /* something was watched for the first time, and may have changed just before: again */
};

static bool on_visit(void *context, const struct places_visit *visit)
{
    struct walk *walk = context;
    struct watchlist *list = walk->list;
    if (visit->error < 0) {
        tally_trouble(list->tally, visit->path, "used", visit->error, "sockets in it stay unseen");
        return true;
    }
    struct watchlist_directory *directory = enter(list, visit);
    if (directory == NULL) {
        return walk->is_thorough;
    }
    const bool is_new_target = directory->is_target && directory->fd < 0;
    if (is_new_target) {
        directory->fd = fcntl(visit->fd, F_DUPFD_CLOEXEC, 3);
    }
    const bool is_newly_watched = set_watch(list, directory, visit->fd);
    walk->found_new |= is_newly_watched;
    if (directory->fd >= 0 && directory->is_target && (is_new_target || is_newly_watched)) {
        list->on_target(list->context, directory);
    }
    return true;
}

/*
 * Drops what a whole walk did not meet, and lets go of what is only on the way any more.
 * Returns whether there is room that there was not before.
 */
static bool tidy(struct watchlist *list, bool was_whole)
{
    bool has_forgotten = false;
    for (size_t i = 0; i < list->end; i++) {
        struct watchlist_directory *directory = &list->directories[i];
        if (directory->is_used && !directory->is_seen && was_whole) {
            forget(list, directory);
            has_forgotten = true;
        } else if (directory->is_used && !directory->is_target && directory->fd >= 0) {
            close(directory->fd);
            directory->fd = -1;
        }
    }
    return has_forgotten;
}

void watchlist_walk(struct watchlist *list, bool is_thorough)
{
    struct walk walk = {.list = list, .is_thorough = is_thorough, .found_new = true};
    for (int i = 0; walk.found_new && i < WALKS_MAX; i++) {
        walk.found_new = false;
        list->is_full = false;
        for (size_t k = 0; k < list->end; k++) {
            list->directories[k].is_seen = false;
        }
        places_walk(list->places, on_visit, &walk);
        if (tidy(list, is_thorough || !list->is_full) && list->is_full) {
            walk.found_new = true;
        }
    }
}

struct watchlist_directory *watchlist_find(struct watchlist *list, int watch_id)
{
    for (size_t i = 0; i < list->end; i++) {
        if (list->directories[i].watch_id == watch_id && list->directories[i].is_used) {
            return &list->directories[i];
        }
    }
    return NULL;
}

struct watchlist_directory *watchlist_find_id(struct watchlist *list, const struct fileid *id)
{
    for (size_t i = 0; i < list->end; i++) {
        if (list->directories[i].is_used && fileid_is_same(&list->directories[i].id, id)) {
            return &list->directories[i];
        }
    }
    return NULL;
}

void watchlist_note_rest(struct watchlist *list, struct watchlist_directory *directory)
{
    if (!directory->has_rest) {
        directory->has_rest = true;
        set_watch(list, directory, directory->fd);
    }
}

bool watchlist_is_on_the_way(const struct watchlist_directory *directory, const char *name)
{
    for (size_t at = 0; at < directory->children_length; at += strlen(directory->children + at) + 1) {
        if (fnmatch(directory->children + at, name, FNM_PERIOD) == 0) {
            return true;
        }
    }
    return directory->has_any_child;
}

void watchlist_lose(struct watchlist_directory *directory)
{
    directory->watch_id = -1;
}

bool watchlist_is_complete(const struct watchlist *list)
{
    if (!watch_is_running(list->watch) || list->is_full) {
        return false;
    }
    for (size_t i = 0; i < list->end; i++) {
        const struct watchlist_directory *directory = &list->directories[i];
        /* What we may not read no sweep can read either. */
        if (directory->is_used && directory->is_target && directory->watch_id < 0 &&
            directory->error != -EACCES) {
            return false;
        }
    }
    return true;
}

size_t watchlist_count(const struct watchlist *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->end; i++) {
        const struct watchlist_directory *directory = &list->directories[i];
        count += directory->is_used && directory->is_target && directory->watch_id >= 0 ? 1 : 0;
    }
    return count;
}

size_t watchlist_count_closed(const struct watchlist *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->end; i++) {
        const struct watchlist_directory *directory = &list->directories[i];
        const bool is_closed = directory->watch_id < 0 && directory->error == -EACCES;
        count += directory->is_used && is_closed ? 1 : 0;
    }
    return count;
}

void watchlist_clear(struct watchlist *list)
{
    for (size_t i = 0; i < list->end; i++) {
        if (list->directories[i].is_used) {
            forget(list, &list->directories[i]);
        }
    }
}
