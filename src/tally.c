/* SPDX-License-Identifier: MIT */
#include "sandbox_init/tally.h"

#include "sandbox_init/escape.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
    SAY_MS = 1000,    /* how long lines are left out before their number is said */
    SHOWN_MAX = 1024, /* bytes of a path in a line */
};

static const char part[] = "guard";

static void say_left_out(struct tally *tally)
{
    static const char *const kinds[TALLY_KIND_COUNT] = {
        [TALLY_REMOVED] = "removals",  [TALLY_REFUSED] = "refusals",
        [TALLY_FAILED] = "failures",   [TALLY_EVIDENCE] = "signs of an attack",
        [TALLY_PLACE] = "directories",
    };
    for (int kind = 0; kind < TALLY_KIND_COUNT; kind++) {
        const uint64_t missed = ratelimit_take_missed(&tally->limits[kind]);
        if (missed > 0) {
            log_warning(
                tally->log, part,
                "%llu more lines about %s were left out; so far %llu sockets were revoked, %llu unlinked",
                (unsigned long long)missed, kinds[kind], (unsigned long long)tally->counters.revoked,
                (unsigned long long)tally->counters.unlinked);
        }
    }
}

static void on_timer(uv_timer_t *timer)
{
    say_left_out(timer->data);
}

/* May a line of this KIND be written? If not, its number will be. */
static bool may_say(struct tally *tally, enum tally_kind kind)
{
    if (ratelimit_allows(&tally->limits[kind], uv_now(tally->timer.loop))) {
        return true;
    }
    if (!uv_is_active((uv_handle_t *)&tally->timer)) {
        uv_timer_start(&tally->timer, on_timer, SAY_MS, 0);
    }
    return false;
}

/* FNV-1a. A collision made on purpose would only hide that something stayed where it was. */
static uint64_t hash(uint64_t value, const char *text)
{
    for (; *text != '\0'; text++) {
        value = (value ^ (unsigned char)*text) * 0x100000001b3U;
    }
    return value;
}

/* Was trouble CODE with PATH and NAME met before? It is from now on. */
static bool is_known(struct tally *tally, int code, const char *path, const char *name)
{
    const uint64_t value = hash(hash(hash(0xcbf29ce484222325U + (uint64_t)code, path), "/"), name);
    for (size_t i = 0; i < TALLY_SAID_MAX; i++) {
        if (tally->said[i] == value) {
            return true;
        }
    }
    tally->said[tally->said_next] = value;
    tally->said_next = (tally->said_next + 1) % TALLY_SAID_MAX;
    return false;
}

static void say_removed(struct tally *tally, const struct revoke_outcome *outcome, const char *shown)
{
    const unsigned owner = outcome->id.owner;
    if (!may_say(tally, TALLY_REMOVED)) {
        return;
    }
    if (outcome->result == REVOKE_REVOKED) {
        log_info(tally->log, part, "revoked %s (owner %u)", shown, owner);
    } else if (outcome->result == REVOKE_LINK) {
        log_info(tally->log, part, "removed the symbolic link %s (owner %u)", shown, owner);
    } else if (outcome->result == REVOKE_FOUND) {
        log_warning(tally->log, part, "found %s (owner %u); action = report leaves it there", shown, owner);
    } else if (outcome->error != 0) {
        log_warning(tally->log, part, "unlinked %s (owner %u), but could not %s it: %s", shown, owner,
                    outcome->step, strerror(-outcome->error));
    } else {
        log_warning(tally->log, part,
                    "unlinked %s (owner %u), who can still connect through a descriptor from before", shown,
                    owner);
    }
}

static void say_kept(struct tally *tally, const struct revoke_outcome *outcome, const char *shown)
{
    static const char *const reasons[REVOKE_RESULT_COUNT] = {
        [REVOKE_NOT_SOCKET] = "it is not a socket",
        [REVOKE_MOUNT] = "it is mounted there from outside; take the mount out of the container's settings",
        [REVOKE_CHANGED] = "its name stood for another file at each look",
    };
    if (outcome->result != REVOKE_FAILED) {
        if (may_say(tally, TALLY_REFUSED)) {
            log_warning(tally->log, part, "left %s alone: %s", shown, reasons[outcome->result]);
        }
    } else if (may_say(tally, TALLY_FAILED)) {
        log_error(tally->log, part, "cannot remove %s: %s: %s%s", shown, outcome->step,
                  strerror(-outcome->error),
                  outcome->is_harmless ? "; nobody can connect to it any more" : "");
    }
}

static uint64_t *find_counter(struct tally_counters *counters, enum revoke_result result)
{
    switch (result) {
    case REVOKE_REVOKED:
        return &counters->revoked;
    case REVOKE_UNLINKED:
        return &counters->unlinked;
    case REVOKE_LINK:
        return &counters->links;
    case REVOKE_FOUND:
        return &counters->found;
    case REVOKE_NOT_SOCKET:
    case REVOKE_MOUNT:
    case REVOKE_CHANGED:
        return &counters->refused;
    case REVOKE_FAILED:
        return &counters->failed;
    case REVOKE_GONE:
    case REVOKE_RESULT_COUNT:
        break;
    }
    return NULL;
}

static void note_hard_links(struct tally *tally, const struct revoke_outcome *outcome, const char *shown)
{
    tally->counters.hard_links++;
    if (may_say(tally, TALLY_EVIDENCE)) {
        log_warning(tally->log, part, "%s had %lu names: somebody made hard links to keep it%s", shown,
                    (unsigned long)outcome->id.links, outcome->is_harmless ? "; they are dead too" : "");
    }
}

static void tell(const struct tally *tally, const char *what)
{
    if (tally->callback != NULL) {
        tally->callback(tally->context, what);
    }
}

void tally_listen(struct tally *tally, tally_callback *callback, void *context)
{
    tally->callback = callback;
    tally->context = context;
}

void tally_outcome(struct tally *tally, const struct revoke_outcome *outcome, const char *path,
                   const char *name)
{
    const enum revoke_result result = outcome->result;
    const bool is_removed = result == REVOKE_REVOKED || result == REVOKE_UNLINKED || result == REVOKE_LINK;
    uint64_t *counter = find_counter(&tally->counters, result);
    if (counter == NULL || (!is_removed && is_known(tally, (int)result, path, name))) {
        return;
    }
    ++*counter;
    tell(tally, revoke_result_name(result));
    char whole[PATH_MAX];
    char shown[SHOWN_MAX];
    snprintf(whole, sizeof whole, "%s%s%s", path, path[1] != '\0' ? "/" : "", name);
    escape_text(shown, sizeof shown, whole);
    if (is_removed || result == REVOKE_FOUND) {
        say_removed(tally, outcome, shown);
    } else {
        say_kept(tally, outcome, shown);
    }
    if (outcome->id.links > 1 && result != REVOKE_NOT_SOCKET && result != REVOKE_MOUNT) {
        note_hard_links(tally, outcome, shown);
    }
}

void tally_moved_away(struct tally *tally)
{
    tally->counters.moved_away++;
    tell(tally, "moved-away");
    if (may_say(tally, TALLY_EVIDENCE)) {
        log_warning(tally->log, part,
                    "a socket was moved out of the watched directories before it could be revoked");
    }
}

void tally_overflow(struct tally *tally)
{
    tally->counters.overflows++;
    tell(tally, "overflow");
    if (may_say(tally, TALLY_PLACE)) {
        log_warning(tally->log, part, "too many events at once, some were lost: sweeping all directories");
    }
}

void tally_trouble(struct tally *tally, const char *path, const char *deed, int error, const char *hint)
{
    if (is_known(tally, error, path, deed) || !may_say(tally, TALLY_PLACE)) {
        return;
    }
    char shown[SHOWN_MAX];
    escape_text(shown, sizeof shown, path);
    log_warning(tally->log, part, "%s cannot be %s: %s; %s", shown, deed, strerror(-error), hint);
}

int tally_start(struct tally *tally, uv_loop_t *loop, struct log *log)
{
    *tally = (struct tally){.log = log};
    const int result = uv_timer_init(loop, &tally->timer);
    tally->timer.data = tally;
    for (int kind = 0; kind < TALLY_KIND_COUNT; kind++) {
        ratelimit_init(&tally->limits[kind], TALLY_BURST, TALLY_PER_SECOND, uv_now(loop));
    }
    return result;
}

static void say_counters(const struct tally *tally)
{
    const struct tally_counters *c = &tally->counters;
    const struct tally_counters nothing = {0};
    /* Where nothing happened there is nothing that people would want to know. */
    const bool is_news = memcmp(c, &nothing, sizeof nothing) != 0;
    log_say(tally->log, is_news ? CONFIG_LOG_INFO : CONFIG_LOG_DEBUG, part,
            "in all: %llu revoked, %llu unlinked, %llu links removed, %llu found, %llu refused, %llu failed, "
            "%llu with hard links, %llu moved away, %llu overflows",
            (unsigned long long)c->revoked, (unsigned long long)c->unlinked, (unsigned long long)c->links,
            (unsigned long long)c->found, (unsigned long long)c->refused, (unsigned long long)c->failed,
            (unsigned long long)c->hard_links, (unsigned long long)c->moved_away,
            (unsigned long long)c->overflows);
}

void tally_stop(struct tally *tally)
{
    if (tally->timer.data == NULL || uv_is_closing((uv_handle_t *)&tally->timer)) {
        return;
    }
    say_left_out(tally);
    say_counters(tally);
    uv_close((uv_handle_t *)&tally->timer, NULL);
}
