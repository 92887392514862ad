/* SPDX-License-Identifier: MIT */
#include "sandbox_init/crowd.h"

#include "sandbox_init/escape.h"
#include "sandbox_init/procs.h"
#include "sandbox_init/reaper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum {
    NAMES_MAX = 1024, /* bytes of the list of who is left */
    DEPTH_MAX = 64,   /* generations over which a descendant is recognised */
};

void crowd_init(struct crowd *crowd, bool may_own_all)
{
    crowd->owns_all = may_own_all && getpid() == 1;
    crowd->is_asked = crowd->is_killed = false;
    crowd->asked_group = 0;
    crowd->told_count = 0;
}

/* TERM, and HUP for who ignores that; CONT for who is stopped and could not act on either. */
static void ask(const struct procs_entry *entry)
{
    kill(entry->pid, SIGTERM);
    if (entry->ignores_term) {
        kill(entry->pid, SIGHUP);
    }
    if (entry->is_stopped) {
        kill(entry->pid, SIGCONT);
    }
}

void crowd_insist(pid_t pid)
{
    struct procs_entry entry;
    if (procs_read(pid, &entry) == 0 && !entry.is_zombie) {
        if (entry.ignores_term) {
            kill(pid, SIGHUP);
        }
        if (entry.is_stopped) {
            kill(pid, SIGCONT);
        }
    }
}

static bool wake_entry(void *context, const struct procs_entry *entry)
{
    const pid_t *group = context;
    if (entry->is_stopped && getpgid(entry->pid) == *group) {
        kill(entry->pid, SIGCONT);
    }
    return true;
}

void crowd_wake_group(pid_t group)
{
    (void)procs_walk(wake_entry, &group);
}

struct group {
    pid_t id;
    pid_t except;
};

static bool ask_member(void *context, const struct procs_entry *entry)
{
    const struct group *group = context;
    if (!entry->is_zombie && entry->pid != group->except && getpgid(entry->pid) == group->id) {
        ask(entry);
    }
    return true;
}

void crowd_ask_group(const struct crowd *crowd, pid_t group, pid_t except)
{
    struct group members = {.id = group, .except = except};
    if (procs_walk(ask_member, &members) < 0 && !crowd->owns_all) {
        kill(-group, SIGTERM); /* as PID 1, crowd_ask() does without /proc, too */
    }
}

static bool was_asked(const struct crowd *crowd, pid_t pid)
{
    return crowd->asked_group > 0 && getpgid(pid) == crowd->asked_group;
}

/* Returns whether CHILD was asked before; it is from now on. */
static bool was_told(struct crowd *crowd, pid_t child)
{
    for (size_t i = 0; i < crowd->told_count; i++) {
        if (crowd->told[i] == child) {
            return true;
        }
    }
    if (crowd->told_count < CROWD_TOLD_MAX) {
        crowd->told[crowd->told_count++] = child;
    }
    return false;
}

/* A child's pid stays its own until we reap it, so it is safe to use. */
static void tell_child(void *context, pid_t child)
{
    struct crowd *crowd = context;
    if (crowd->is_killed) {
        kill(child, SIGKILL);
    } else if (!was_asked(crowd, child) && !was_told(crowd, child)) {
        struct procs_entry entry;
        if (procs_read(child, &entry) == 0 && !entry.is_zombie) {
            ask(&entry);
        }
    }
}

static bool ask_entry(void *context, const struct procs_entry *entry)
{
    const struct crowd *crowd = context;
    if (!entry->is_zombie && !was_asked(crowd, entry->pid)) {
        ask(entry);
    }
    return true;
}

void crowd_ask(struct crowd *crowd, pid_t asked_group)
{
    crowd->is_asked = true;
    crowd->asked_group = asked_group;
    if (!crowd->owns_all) {
        procs_walk_children(tell_child, crowd);
    } else if (procs_walk(ask_entry, crowd) < 0) {
        kill(-1, SIGTERM);
        kill(-1, SIGCONT);
    }
}

void crowd_kill(struct crowd *crowd)
{
    crowd->is_killed = true;
    if (!crowd->owns_all) {
        procs_walk_children(tell_child, crowd);
        return;
    }
    kill(-1, SIGKILL);
}

void crowd_follow(struct crowd *crowd)
{
    if (!crowd->owns_all && (crowd->is_asked || crowd->is_killed)) {
        procs_walk_children(tell_child, crowd);
    }
}

static bool find_living(void *context, const struct procs_entry *entry)
{
    bool *found = context;
    *found = !entry->is_zombie;
    return !*found;
}

bool crowd_is_gone(const struct crowd *crowd)
{
    if (!crowd->owns_all) {
        return !reaper_has_children();
    }
    if (kill(-1, 0) < 0 && errno == ESRCH) {
        return true;
    }
    bool found = false;
    return procs_walk(find_living, &found) == 0 && !found;
}

void crowd_forget(struct crowd *crowd, pid_t pid)
{
    for (size_t i = 0; i < crowd->told_count; i++) {
        if (crowd->told[i] == pid) {
            crowd->told[i] = crowd->told[--crowd->told_count];
            return;
        }
    }
}

struct names {
    const struct crowd *crowd;
    char text[NAMES_MAX];
    size_t used;
    unsigned count;
};

/* What our children leave behind becomes ours, down to the last generation. */
static bool is_descendant(const struct procs_entry *entry)
{
    struct procs_entry ancestor = *entry;
    for (int i = 0; i < DEPTH_MAX && ancestor.parent > 0; i++) {
        if (ancestor.parent == getpid()) {
            return true;
        }
        if (procs_read(ancestor.parent, &ancestor) < 0) {
            return false;
        }
    }
    return false;
}

static bool add_name(void *context, const struct procs_entry *entry)
{
    struct names *names = context;
    if (entry->is_zombie || (!names->crowd->owns_all && !is_descendant(entry))) {
        return true;
    }
    names->count++;
    char shown[PROCS_NAME_MAX * ESCAPE_WIDTH_MAX];
    escape_text(shown, sizeof shown, entry->name);
    const size_t room = sizeof names->text - names->used;
    const int length = snprintf(names->text + names->used, room, "%s%s (pid %d)", names->used > 0 ? ", " : "",
                                shown, (int)entry->pid);
    if ((size_t)length < room) {
        names->used += (size_t)length;
    } else {
        names->text[names->used] = '\0'; /* the count says that there are more */
    }
    return true;
}

void crowd_say_left(const struct crowd *crowd, struct log *log, const char *what)
{
    struct names names = {.crowd = crowd};
    if (procs_walk(add_name, &names) == 0 && names.count > 0) {
        log_warning(log, "init", "%s %u process%s: %s", what, names.count, names.count > 1 ? "es" : "",
                    names.text);
    }
}
