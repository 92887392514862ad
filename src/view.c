/* SPDX-License-Identifier: MIT */
#include "sandbox_init/view.h"

#include <stdio.h>
#include <string.h>

enum kind { KIND_TEXT, KIND_NUMBER, KIND_SERVICE, KIND_FLAG };

/* Where a field's value is kept. */
struct field {
    const char *key;
    enum kind kind;
    size_t offset;
    size_t size; /* of a text */
};

#define TEXT(record, member, key_name)                                                                       \
    {                                                                                                        \
        key_name, KIND_TEXT, offsetof(struct record, member), sizeof(((struct record *)NULL)->member)        \
    }
#define NUMBER(record, member)                                                                               \
    {                                                                                                        \
#member, KIND_NUMBER, offsetof(struct record, member), 0                                             \
    }

static const struct field init_fields[] = {
    NUMBER(view_init, protocol),
    TEXT(view_init, version, "version"),
    NUMBER(view_init, pid),
    NUMBER(view_init, is_pid1),
    NUMBER(view_init, uid),
    TEXT(view_init, state, "state"),
    NUMBER(view_init, now_at),
    NUMBER(view_init, started_at),
    TEXT(view_init, log_dir, "log_dir"),
    TEXT(view_init, command, "command"),
    NUMBER(view_init, command_pid),
    {NULL, KIND_TEXT, 0, 0},
};

static const struct field guard_fields[] = {
    TEXT(view_guard, level, "level"), TEXT(view_guard, reason, "reason"), NUMBER(view_guard, wanted),
    NUMBER(view_guard, directories),  NUMBER(view_guard, polling),        NUMBER(view_guard, revoked),
    NUMBER(view_guard, unlinked),     NUMBER(view_guard, links),          NUMBER(view_guard, found),
    NUMBER(view_guard, refused),      NUMBER(view_guard, failed),         NUMBER(view_guard, hard_links),
    NUMBER(view_guard, moved_away),   NUMBER(view_guard, overflows),      NUMBER(view_guard, last_at),
    {NULL, KIND_TEXT, 0, 0},
};

static const struct field job_fields[] = {
    TEXT(view_job, name, "name"),
    {"kind", KIND_SERVICE, offsetof(struct view_job, is_service), 0},
    {"enabled", KIND_FLAG, offsetof(struct view_job, is_enabled), 0},
    TEXT(view_job, state_name, "state"),
    NUMBER(view_job, changed_at),
    NUMBER(view_job, started_at),
    NUMBER(view_job, took),
    NUMBER(view_job, pid),
    NUMBER(view_job, tries),
    NUMBER(view_job, tries_max),
    NUMBER(view_job, status),
    TEXT(view_job, reason, "reason"),
    TEXT(view_job, after, "after"),
    TEXT(view_job, log, "log"),
    {NULL, KIND_TEXT, 0, 0},
};

static void keep(void *record, const struct field *field, const char *value)
{
    void *member = (char *)record + field->offset;
    struct view_number *number = member;
    bool *flag = member;
    switch (field->kind) {
    case KIND_TEXT:
        snprintf(member, field->size, "%s", value);
        break;
    case KIND_NUMBER:
        *number = (struct view_number){0};
        number->is_known = fields_read_number(value, &number->value);
        break;
    case KIND_SERVICE:
        *flag = strcmp(value, "service") == 0;
        break;
    case KIND_FLAG:
        *flag = strcmp(value, "1") == 0;
        break;
    }
}

static void take_fields(void *record, const struct field *fields, struct fields_reader *reader)
{
    const char *key = NULL;
    const char *value = NULL;
    while (fields_next(reader, &key, &value)) {
        const struct field *field = fields;
        while (field->key != NULL && strcmp(field->key, key) != 0) {
            field++;
        }
        if (field->key != NULL) {
            keep(record, field, value);
        }
    }
}

static enum jobstate_state find_state(const char *name)
{
    for (int state = JOBSTATE_HOLE + 1; state < JOBSTATE_STATE_COUNT; state++) {
        if (strcmp(jobstate_name((enum jobstate_state)state), name) == 0) {
            return (enum jobstate_state)state;
        }
    }
    return JOBSTATE_HOLE;
}

struct view_job *view_find_job(struct view *view, const char *name)
{
    for (size_t i = 0; i < view->job_count; i++) {
        if (strcmp(view->jobs[i].name, name) == 0) {
            return &view->jobs[i];
        }
    }
    return NULL;
}

static struct view_job *take_job(struct view *view, struct fields_reader *reader)
{
    struct view_job taken = {.is_enabled = false};
    take_fields(&taken, job_fields, reader);
    taken.state = find_state(taken.state_name);
    struct view_job *job = view_find_job(view, taken.name);
    if (job == NULL && view->job_count < CONFIG_JOBS_MAX) {
        job = &view->jobs[view->job_count++];
    }
    if (job != NULL) {
        *job = taken;
    }
    return job;
}

struct view_job *view_take(struct view *view, const char *name, struct fields_reader *reader)
{
    if (strcmp(name, "job") == 0) {
        return take_job(view, reader);
    }
    if (strcmp(name, "init") == 0) {
        view->init = (struct view_init){0};
        take_fields(&view->init, init_fields, reader);
    } else if (strcmp(name, "guard") == 0) {
        view->guard = (struct view_guard){0};
        take_fields(&view->guard, guard_fields, reader);
    }
    return NULL;
}

/* ---- what it means ---- */

/* Conditions are looked at in the process of a try: without one it was skipped for what it comes after. */
static bool was_blocked(const struct view_job *job)
{
    return job->state == JOBSTATE_SKIPPED && job->tries.value == 0;
}

enum view_verdict view_judge(const struct view_job *job)
{
    if (job->state == JOBSTATE_HOLE) {
        return VIEW_PENDING;
    }
    if (jobstate_is_active(job->state)) {
        return job->is_service && job->state == JOBSTATE_RUNNING ? VIEW_SUCCEEDED : VIEW_PENDING;
    }
    return job->state == JOBSTATE_FAILED || job->state == JOBSTATE_IDLE || was_blocked(job) ? VIEW_FAILED
                                                                                            : VIEW_SUCCEEDED;
}

bool view_is_job_healthy(const struct view_job *job)
{
    const bool is_crashing = job->is_service && job->state == JOBSTATE_BACKOFF &&
                             (!job->status.is_known || job->status.value != 0);
    return job->state != JOBSTATE_FAILED && !was_blocked(job) && !is_crashing;
}

bool view_is_guard_healthy(const struct view_guard *guard)
{
    const bool is_as_wanted = guard->wanted.is_known && guard->wanted.value == 0;
    return strcmp(guard->level, "full") == 0 || strcmp(guard->level, "report") == 0 ||
           (strcmp(guard->level, "off") == 0 && is_as_wanted);
}

bool view_is_healthy(const struct view *view)
{
    for (size_t i = 0; i < view->job_count; i++) {
        if (!view_is_job_healthy(&view->jobs[i])) {
            return false;
        }
    }
    return view_is_guard_healthy(&view->guard);
}

/* ---- times ---- */

const char *view_render_elapsed(char text[static VIEW_ELAPSED_SIZE], uint64_t ms)
{
    const unsigned long long seconds = ms / 1000;
    if (seconds == 0) {
        snprintf(text, VIEW_ELAPSED_SIZE, "%u ms", (unsigned)ms);
    } else if (seconds < 60) {
        snprintf(text, VIEW_ELAPSED_SIZE, "%llu.%u s", seconds, (unsigned)(ms / 100 % 10));
    } else if (seconds < 3600) {
        snprintf(text, VIEW_ELAPSED_SIZE, "%llu min %02llu s", seconds / 60, seconds % 60);
    } else if (seconds < 86400) {
        snprintf(text, VIEW_ELAPSED_SIZE, "%llu h %02llu min", seconds / 3600, seconds / 60 % 60);
    } else {
        snprintf(text, VIEW_ELAPSED_SIZE, "%llu d %02llu h", seconds / 86400, seconds / 3600 % 24);
    }
    return text;
}

uint64_t view_find_elapsed(const struct view_number *at, uint64_t now_at)
{
    return at->is_known && now_at > at->value ? now_at - at->value : 0;
}
