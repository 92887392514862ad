/* SPDX-License-Identifier: MIT */
#include "sandbox_init/oneshot.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/listing.h"
#include "sandbox_init/pattern.h"
#include "sandbox_init/places.h"
#include "sandbox_init/revoke.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
    SEEN_MAX = 256, /* directories remembered; of more, one reached twice is swept twice, which is harmless */
    SHOWN_MAX = PATH_MAX * 2,
};

struct oneshot {
    const struct oneshot_request *request;
    struct pattern patterns[CONFIG_PATTERNS_MAX];
    size_t pattern_count;
    struct fileid seen[SEEN_MAX];
    size_t seen_count;
    unsigned long counts[REVOKE_RESULT_COUNT];
    unsigned long directories;
    unsigned long unreadable;
    unsigned long reported; /* entries of the JSON array so far */
    const struct places_visit *place;
};

static void escape(const struct oneshot *oneshot, char *buffer, const char *text)
{
    if (oneshot->request->is_json) {
        escape_json(buffer, SHOWN_MAX, text);
    } else {
        escape_text(buffer, SHOWN_MAX, text);
    }
}

/* A socket that somebody can still connect to by its name. */
static bool is_left(enum revoke_result result)
{
    return result == REVOKE_FOUND || result == REVOKE_MOUNT || result == REVOKE_CHANGED ||
           result == REVOKE_FAILED;
}

static const char *explain(const struct revoke_outcome *outcome)
{
    static const char *const texts[REVOKE_RESULT_COUNT] = {
        [REVOKE_REVOKED] = "",
        [REVOKE_UNLINKED] = "; degraded: who opened it before can still connect",
        [REVOKE_LINK] = "; a symbolic link, its target was not touched",
        [REVOKE_FOUND] = "; left there, as asked",
        [REVOKE_GONE] = "",
        [REVOKE_NOT_SOCKET] = "; left there, it is not a socket",
        [REVOKE_MOUNT] = "; left there, it is mounted from outside the container",
        [REVOKE_CHANGED] = "; left there, its name stood for another file at each look",
        [REVOKE_FAILED] = "; left there",
    };
    return texts[outcome->result];
}

static void print_text(struct oneshot *oneshot, const struct revoke_outcome *outcome, const char *shown)
{
    FILE *stream = oneshot->request->stream;
    fprintf(stream, "%-12s  %s (owner %u)%s", revoke_result_name(outcome->result), shown,
            (unsigned)outcome->id.owner, explain(outcome));
    if (outcome->error != 0) {
        fprintf(stream, "; %s: %s", outcome->step, strerror(-outcome->error));
    }
    /* Of what is not ours to remove the number says nothing: a directory has several links by itself. */
    const bool is_ours = outcome->result != REVOKE_NOT_SOCKET && outcome->result != REVOKE_MOUNT;
    if (is_ours && outcome->id.links > 1) {
        fprintf(stream, "; it had %lu hard links", (unsigned long)outcome->id.links);
    }
    fputc('\n', stream);
}

static void print_json(struct oneshot *oneshot, const struct revoke_outcome *outcome, const char *shown)
{
    FILE *stream = oneshot->request->stream;
    fprintf(stream, "%s{\"path\": \"%s\", \"result\": \"%s\", \"owner\": %u, \"links\": %lu, \"error\": ",
            oneshot->reported++ > 0 ? ", " : "", shown, revoke_result_name(outcome->result),
            (unsigned)outcome->id.owner, (unsigned long)outcome->id.links);
    if (outcome->error != 0) {
        fprintf(stream, "\"%s: %s\"}", outcome->step, strerror(-outcome->error));
    } else {
        fputs("null}", stream);
    }
}

static bool visit_name(void *context, const char *name)
{
    struct oneshot *oneshot = context;
    const struct oneshot_request *request = oneshot->request;
    if (pattern_find(oneshot->patterns, oneshot->pattern_count, name) == NULL) {
        return true;
    }
    const struct places_visit *place = oneshot->place;
    const struct revoke_outcome outcome = revoke_socket(place->fd, &place->id, name, request->is_dry);
    oneshot->counts[outcome.result]++;
    if (outcome.result == REVOKE_GONE || (request->is_quiet && !is_left(outcome.result))) {
        return true;
    }
    char path[PATH_MAX];
    char shown[SHOWN_MAX];
    snprintf(path, sizeof path, "%s%s%s", place->path, place->path[1] != '\0' ? "/" : "", name);
    escape(oneshot, shown, path);
    if (request->is_json) {
        print_json(oneshot, &outcome, shown);
    } else {
        print_text(oneshot, &outcome, shown);
    }
    return true;
}

/* The same directory may be reached by several globs. */
static bool was_seen(struct oneshot *oneshot, const struct fileid *id)
{
    for (size_t i = 0; i < oneshot->seen_count; i++) {
        if (fileid_is_same(&oneshot->seen[i], id)) {
            return true;
        }
    }
    if (oneshot->seen_count < SEEN_MAX) {
        oneshot->seen[oneshot->seen_count++] = *id;
    }
    return false;
}

static void print_place(const struct oneshot *oneshot, const char *path, int error)
{
    const struct oneshot_request *request = oneshot->request;
    char shown[SHOWN_MAX];
    if (request->is_json || (error == 0 && !request->is_verbose)) {
        return;
    }
    escape_text(shown, sizeof shown, path);
    if (error == 0) {
        fprintf(request->stream, "%-12s  %s\n", "directory", shown);
    } else {
        fprintf(request->stream, "%-12s  %s; %s: what is in it stays unseen\n", "unreadable", shown,
                strerror(-error));
    }
}

static bool on_place(void *context, const struct places_visit *visit)
{
    struct oneshot *oneshot = context;
    int error = visit->error;
    if (error == 0 && (visit->child != NULL || was_seen(oneshot, &visit->id))) {
        return true;
    }
    if (error == 0) {
        print_place(oneshot, visit->path, 0);
        oneshot->directories++;
        oneshot->place = visit;
        error = listing_read(visit->fd, visit_name, oneshot);
    }
    if (error < 0) {
        oneshot->unreadable++;
        print_place(oneshot, visit->path, error);
    }
    return true;
}

static unsigned long count_left(const struct oneshot *oneshot)
{
    unsigned long left = 0;
    for (int result = 0; result < REVOKE_RESULT_COUNT; result++) {
        left += is_left((enum revoke_result)result) ? oneshot->counts[result] : 0;
    }
    return left;
}

static void print_summary(const struct oneshot *oneshot)
{
    const struct oneshot_request *request = oneshot->request;
    const unsigned long *counts = oneshot->counts;
    if (request->is_json) {
        fprintf(request->stream, "], \"directories\": %lu, \"unreadable\": %lu, \"left\": %lu}\n",
                oneshot->directories, oneshot->unreadable, count_left(oneshot));
    } else if (!request->is_quiet) {
        fprintf(request->stream, "%lu director%s: %lu revoked, %lu unlinked, %lu links removed, %lu left\n",
                oneshot->directories, oneshot->directories == 1 ? "y" : "ies", counts[REVOKE_REVOKED],
                counts[REVOKE_UNLINKED], counts[REVOKE_LINK], count_left(oneshot));
    }
}

static int report_failure(const char *what, int error)
{
    fprintf(stderr, "sandbox-init: %s: %s\n", what, strerror(-error));
    return CLI_STATUS_SYSTEM;
}

int oneshot_run(const struct oneshot_request *request)
{
    struct oneshot oneshot = {.request = request};
    struct places places;
    for (char *const *glob = request->config->scrub.patterns; *glob != NULL; glob++) {
        oneshot.patterns[oneshot.pattern_count++] = pattern_compile(*glob);
    }
    const int result = places_init(&places, request->config->scrub.dirs, request->environ_in);
    if (result < 0) {
        places_finish(&places);
        return report_failure("cannot prepare the directories", result);
    }
    if (request->is_json) {
        fprintf(request->stream, "{\"dry_run\": %s, \"sockets\": [", request->is_dry ? "true" : "false");
    }
    places_walk(&places, on_place, &oneshot);
    print_summary(&oneshot);
    places_finish(&places);
    if (fflush(request->stream) != 0 || ferror(request->stream)) {
        return report_failure("cannot write the report", errno != 0 ? -errno : -EIO);
    }
    return count_left(&oneshot) > 0 || oneshot.unreadable > 0 ? CLI_STATUS_LEFT : CLI_STATUS_OK;
}
