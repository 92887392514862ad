/* SPDX-License-Identifier: MIT */
#include "sandbox_init/config_jobs.h"

#include "sandbox_init/config_graph.h"
#include "sandbox_init/config_value.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char job_prefix[] = "job:";
static const char service_prefix[] = "service:";
static const char own_name[] = "sandbox-init"; /* of the init's own log file */

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool config_jobs_is_section(const char *section)
{
    return begins_with(section, job_prefix) || begins_with(section, service_prefix);
}

static const char *name_kind(bool is_service)
{
    return is_service ? "service" : "job";
}

/* Returns the index of the record called NAME, or -1. */
static int find_record(const struct config_jobs *jobs, const char *name)
{
    for (size_t i = 0; i < jobs->count; i++) {
        if (strcmp(jobs->items[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* Reports what is wrong with NAME, which stands in a section's line. Returns false. */
static bool check_name(struct config_reporter *reporter, const struct config_origin *where, const char *kind,
                       const char *name)
{
    char shown[CONFIG_SHOWN_SIZE];
    escape_text(shown, sizeof(shown), name);
    if (strcmp(name, own_name) == 0) {
        config_report_at(reporter, where, "[%s:%s]: this is the name of the init's own log; take another one",
                         kind, shown);
        return false;
    }
    if (!config_table_is_job_name(name)) {
        config_report_at(reporter, where,
                         "[%s:%s]: the name is not one to %d letters, digits, '_', '-' and '.', of which the "
                         "first is a letter or digit",
                         kind, shown, CONFIG_JOB_NAME_SIZE - 1);
        return false;
    }
    return true;
}

/* Reports that the record INDEX is of the other kind than the section at WHERE. */
static int refuse_kind(const struct config_jobs *jobs, struct config_reporter *reporter,
                       const struct config_origin *where, size_t index)
{
    const struct config_job *job = &jobs->items[index];
    const struct config_origin *first = &jobs->origins[index].section;
    char file[PATH_FAULT_NAME_MAX];
    escape_text(file, sizeof(file), first->file);
    config_report_at(reporter, where, "[%s:%s]: there is a %s of this name already (%s:%u); take another one",
                     name_kind(!job->is_service), job->name, name_kind(job->is_service), file, first->line);
    return -EINVAL;
}

static void ignore_report(void *context, const char *message)
{
    (void)context;
    (void)message; /* the table's own defaults are right; a test sees to it */
}

/* Sets what JOB, which is zeroed, has without a word about it. Returns 0 or -ENOMEM. */
static int set_defaults(struct config_job *job)
{
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        int result = config_value_clear(job, key);
        if (result == 0 && key->fallback && config_table_fits(key, job->is_service)) {
            result = config_value_take(job, key, key->fallback, ignore_report, NULL);
        }
        if (result < 0) {
            return result;
        }
    }
    return 0;
}

/* Makes room for one more record. Returns false when there is none. */
static bool grow(struct config_jobs *jobs)
{
    struct config_job *items = realloc(jobs->items, (jobs->count + 1) * sizeof(*items));
    if (!items) {
        return false;
    }
    jobs->items = items;
    struct config_job_origins *origins = realloc(jobs->origins, (jobs->count + 1) * sizeof(*origins));
    if (!origins) {
        return false;
    }
    jobs->origins = origins;
    return true;
}

static int add_record(struct config_jobs *jobs, const struct config_origin *where, const char *name,
                      bool is_service)
{
    if (!grow(jobs)) {
        return -ENOMEM;
    }
    size_t index = jobs->count++;
    struct config_job *job = &jobs->items[index];
    memset(job, 0, sizeof(*job));
    jobs->origins[index] = (struct config_job_origins){.section = *where};
    snprintf(job->name, sizeof(job->name), "%s", name);
    job->is_service = is_service;
    int result = set_defaults(job);
    return result < 0 ? result : (int)index;
}

int config_jobs_open(struct config_jobs *jobs, struct config_reporter *reporter,
                     const struct config_origin *where, const char *section)
{
    bool is_service = begins_with(section, service_prefix);
    const char *name = strchr(section, ':') + 1;
    if (!check_name(reporter, where, name_kind(is_service), name)) {
        return -EINVAL;
    }
    int index = find_record(jobs, name);
    if (index >= 0 && jobs->items[index].is_service != is_service) {
        return refuse_kind(jobs, reporter, where, (size_t)index);
    }
    if (index >= 0) {
        return index;
    }
    if (jobs->count == CONFIG_JOBS_MAX) {
        config_report_at(reporter, where, "[%s]: there are more than %d jobs and services; join some of them",
                         section, CONFIG_JOBS_MAX);
        return -EINVAL;
    }
    return add_record(jobs, where, name, is_service);
}

struct config_origin *config_jobs_origin(struct config_jobs *jobs, size_t index, const struct config_key *key)
{
    return &jobs->origins[index].keys[key - config_table_job_keys];
}

/* Finds the name of another record that NAME was probably meant to be; NULL: there is none. */
static const char *find_meant(const struct config_jobs *jobs, const char *name)
{
    struct nearest best = {0};
    for (size_t i = 0; i < jobs->count; i++) {
        if (strcmp(jobs->items[i].name, name) != 0) {
            nearest_offer(&best, name, jobs->items[i].name);
        }
    }
    return best.name;
}

/* A record without a command is often one of another file, misspelt. */
static void check_command(struct config_jobs *jobs, struct config_reporter *reporter, size_t index)
{
    const struct config_job *job = &jobs->items[index];
    const struct config_origin *origin =
        config_jobs_origin(jobs, index, config_table_find_job_key("command"));
    const struct config_origin *where = origin->file ? origin : &jobs->origins[index].section;
    const char *kind = name_kind(job->is_service);
    const char *meant = find_meant(jobs, job->name);
    if (job->command || origin->is_faulty) {
        return;
    }
    if (meant && !origin->file) {
        config_report_at(reporter, where, "[%s:%s] has no command; did you mean [%s:%s]?", kind, job->name,
                         name_kind(jobs->items[find_record(jobs, meant)].is_service), meant);
    } else {
        config_report_at(reporter, where, "[%s:%s] has no command; write 'command = ' and what is to be run",
                         kind, job->name);
    }
}

static void check_lists(struct config_jobs *jobs, struct config_reporter *reporter, size_t index)
{
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        const struct config_origin *origin = config_jobs_origin(jobs, index, key);
        if (config_value_is_too_short(&jobs->items[index], key) && !origin->is_faulty) {
            config_report_at(reporter, origin,
                             "%s: the list is empty; leave the whole line out for the default", key->name);
        }
    }
}

static void report_unknown_name(const struct config_jobs *jobs, struct config_reporter *reporter,
                                const struct config_origin *where, const char *name)
{
    const char *meant = find_meant(jobs, name);
    if (meant) {
        config_report_at(reporter, where, "after: there is no job or service '%s'; did you mean '%s'?", name,
                         meant);
    } else {
        config_report_at(reporter, where,
                         "after: there is no job or service '%s'; write [job:%s] for it, or leave it out",
                         name, name);
    }
}

/* Takes what `after` of the record INDEX says over to GRAPH, and to `needs`. */
static void link_record(struct config_jobs *jobs, struct config_reporter *reporter, size_t index,
                        struct config_graph *graph)
{
    struct config_job *job = &jobs->items[index];
    const struct config_origin *where = config_jobs_origin(jobs, index, config_table_find_job_key("after"));
    for (char **name = job->after; *name; name++) {
        int other = find_record(jobs, *name);
        if (other < 0) {
            report_unknown_name(jobs, reporter, where, *name);
            continue;
        }
        if ((size_t)other == index) {
            config_report_at(reporter, where, "after: '%s' would wait for itself; leave it out", *name);
            continue;
        }
        uint64_t bit = UINT64_C(1) << other;
        graph->edges[index] |= bit;
        job->needs |= jobs->items[other].enabled ? bit : 0;
    }
}

static void report_cycle(struct config_jobs *jobs, struct config_reporter *reporter,
                         const struct config_cycle *cycle)
{
    char text[(CONFIG_JOBS_MAX + 1) * (CONFIG_JOB_NAME_SIZE + 4)] = "";
    const struct config_key *key = config_table_find_job_key("after");
    size_t used = 0;
    for (size_t i = 0; i <= cycle->length; i++) {
        const char *name = jobs->items[cycle->nodes[i % cycle->length]].name;
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? " -> " : "", name);
    }
    config_report_at(reporter, config_jobs_origin(jobs, cycle->nodes[0], key),
                     "after: each of these would wait for the next one for ever: %s; leave one out", text);
}

static void check_cycles(struct config_jobs *jobs, struct config_reporter *reporter,
                         struct config_graph *graph)
{
    struct config_cycle cycle;
    while (config_graph_find_cycle(graph, &cycle)) {
        report_cycle(jobs, reporter, &cycle);
        /* What else is wrong among these can be told when this is mended. */
        for (size_t i = 0; i < cycle.length; i++) {
            graph->edges[cycle.nodes[i]] = 0;
        }
    }
}

/* no_new_privs is the first of the airlock's walls. */
static void check_confine(struct config_jobs *jobs, struct config_reporter *reporter, size_t index)
{
    const struct config_job *job = &jobs->items[index];
    if (job->confine != CONFIG_CONFINE_NO && job->allow_privileges) {
        config_report_at(reporter, config_jobs_origin(jobs, index, config_table_find_job_key("confine")),
                         "confine: behind the airlock there are no privileges to gain; leave out "
                         "allow_privileges, or confine");
    }
}

void config_jobs_check(struct config_jobs *jobs, struct config_reporter *reporter)
{
    struct config_graph graph = {.count = jobs->count};
    for (size_t i = 0; i < jobs->count; i++) {
        check_command(jobs, reporter, i);
        check_lists(jobs, reporter, i);
        check_confine(jobs, reporter, i);
        link_record(jobs, reporter, i, &graph);
    }
    check_cycles(jobs, reporter, &graph);
}

void config_jobs_free(struct config_job *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (const struct config_key *key = config_table_job_keys; key->name; key++) {
            config_value_free(&items[i], key);
        }
    }
    free(items);
}

void config_jobs_finish(struct config_jobs *jobs)
{
    config_jobs_free(jobs->items, jobs->count);
    free(jobs->origins);
    *jobs = (struct config_jobs){0};
}
