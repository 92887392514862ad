/* SPDX-License-Identifier: MIT */
#include "sandbox_init/jobs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum readiness { READINESS_WAIT, READINESS_READY, READINESS_BLOCKED };

static uint64_t bit_of(size_t index)
{
    return UINT64_C(1) << index;
}

static bool needs(const struct job *job, size_t index)
{
    return (job->config->needs & bit_of(index)) != 0;
}

/* What JOB means for those that come after it. */
static enum readiness judge_need(const struct job *job)
{
    const enum jobstate_state state = job->state;
    if (state == JOBSTATE_DONE || (state == JOBSTATE_RUNNING && job->config->is_service) ||
        (state == JOBSTATE_SKIPPED && job->run.is_unmet)) {
        return READINESS_READY;
    }
    return state == JOBSTATE_FAILED || state == JOBSTATE_SKIPPED ? READINESS_BLOCKED : READINESS_WAIT;
}

static void look_at_needs(struct jobs *jobs, struct job *job)
{
    bool is_ready = true;
    for (size_t i = 0; i < jobs->count; i++) {
        const struct job *need = &jobs->list[i];
        if (!needs(job, i)) {
            continue;
        }
        const enum readiness readiness = judge_need(need);
        if (readiness == READINESS_BLOCKED) {
            job->run.is_unmet = false;
            snprintf(job->reason, sizeof job->reason, "%s %s", need->label,
                     need->state == JOBSTATE_FAILED ? "failed" : "was skipped");
            log_warning(jobs->setting.log, job->label, "skipped: %s", job->reason);
            job_take(job, JOBSTATE_BLOCKED);
            return;
        }
        is_ready = is_ready && readiness == READINESS_READY;
    }
    if (is_ready) {
        job_take(job, JOBSTATE_READY);
    }
}

/* It will be at rest without another word. */
static bool is_ending(const struct job *job)
{
    const bool is_on_its_way = job->state == JOBSTATE_STOPPING || job->state == JOBSTATE_DRAINING;
    return is_on_its_way && job->run.is_stop_wanted && job->wanted == JOBSTATE_EVENT_COUNT;
}

/* Returns those of GIVEN, a bit for each, and all that come after them, maybe by way of others. */
static uint64_t find_dependants(const struct jobs *jobs, uint64_t given)
{
    uint64_t before;
    do {
        before = given;
        for (size_t i = 0; i < jobs->count; i++) {
            given |= (jobs->list[i].config->needs & given) != 0 ? bit_of(i) : 0;
        }
    } while (given != before);
    return given;
}

/* A job in between may be done, and those that come after it are still at work. */
static bool has_active_dependant(const struct jobs *jobs, size_t index)
{
    const uint64_t dependants = find_dependants(jobs, bit_of(index)) & ~bit_of(index);
    for (size_t i = 0; i < jobs->count; i++) {
        if ((dependants & bit_of(i)) != 0 && jobstate_is_active(jobs->list[i].state)) {
            return true;
        }
    }
    return false;
}

/* Whoever comes after it goes before it. But it does not get another process for their sake. */
static void look_at_dependants(struct jobs *jobs, size_t index)
{
    struct job *job = &jobs->list[index];
    const bool is_at_work = job->state == JOBSTATE_STARTING || job->state == JOBSTATE_RUNNING;
    if (is_at_work && has_active_dependant(jobs, index)) {
        return;
    }
    if (jobstate_is_active(job->state) && !is_ending(job)) {
        job_take(job, JOBSTATE_STOP);
    }
    if (!jobstate_is_active(job->state) && !jobs->is_stopping) {
        jobs->unwanted &= ~bit_of(index);
    }
}

static void tell_if_gone(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        if (jobstate_is_active(jobs->list[i].state)) {
            return;
        }
    }
    if (jobs->is_stopping && !jobs->is_gone) {
        jobs->is_gone = true;
        jobs->gone(jobs->context);
    }
}

static void look_at(struct jobs *jobs, size_t index)
{
    if ((jobs->unwanted & bit_of(index)) != 0) {
        look_at_dependants(jobs, index);
    } else if (jobs->list[index].state == JOBSTATE_WAITING) {
        look_at_needs(jobs, &jobs->list[index]);
    }
}

/* One change may be what several wait for, and each of these is a change: until nothing changes. */
static void look(struct jobs *jobs)
{
    jobs->is_changed = true;
    if (jobs->is_looking) {
        return;
    }
    jobs->is_looking = true;
    while (jobs->is_changed) {
        jobs->is_changed = false;
        for (size_t i = 0; i < jobs->count; i++) {
            look_at(jobs, i);
        }
    }
    jobs->is_looking = false;
    tell_if_gone(jobs);
}

static void on_change(void *context, struct job *job)
{
    struct jobs *jobs = context;
    if (jobs->changed != NULL) {
        jobs->changed(jobs->changed_context, (size_t)(job - jobs->list));
    }
    look(jobs);
}

/* Once, and not for each start: what `confine = auto` does without here. */
static void say_what_is_missing(const struct jobs *jobs)
{
    const struct job_setting *setting = &jobs->setting;
    struct airlock airlock = {0};
    char text[AIRLOCK_TEXT_SIZE];
    for (size_t i = 0; i < jobs->count; i++) {
        if (jobs->list[i].config->confine != CONFIG_CONFINE_AUTO) {
            continue;
        }
        if (airlock_prepare(&airlock, &jobs->list[i].airlock, setting->environ_in, text, sizeof text) == 0 &&
            airlock_describe_missing(&airlock, text)) {
            log_warning(setting->log, "airlock", "confine = auto: %s", text);
        }
        airlock_finish(&airlock);
        return;
    }
}

int jobs_init(struct jobs *jobs, const struct job_setting *setting, jobs_gone_callback *gone, void *context,
              char *message, size_t size)
{
    const struct config *config = setting->config;
    jobs->setting = *setting;
    jobs->setting.changed = on_change;
    jobs->setting.context = jobs;
    jobs->gone = gone;
    jobs->context = context;
    for (size_t i = 0; i < config->job_count; i++) {
        jobs->count++;
        const int result = job_init(&jobs->list[i], &config->jobs[i], &jobs->setting, message, size);
        if (result < 0) {
            return result;
        }
    }
    say_what_is_missing(jobs);
    return 0;
}

void jobs_start(struct jobs *jobs, int nice)
{
    jobs->setting.nice = nice;
    uv_update_time(jobs->setting.loop); /* what was done since it ran last is not our jobs' time */
    for (size_t i = 0; i < jobs->count; i++) {
        if (jobs->list[i].config->enabled) {
            job_take(&jobs->list[i], JOBSTATE_START);
        }
    }
}

bool jobs_note(struct jobs *jobs, pid_t pid, int status)
{
    bool is_ours = false;
    for (size_t i = 0; i < jobs->count; i++) {
        struct job *job = &jobs->list[i];
        if (!is_ours && job->child.pid == pid) { /* who is started meanwhile may get the number again */
            is_ours = true;
            job_note_exit(job, status);
        } else {
            job_look(job); /* it may have been the last one of its process group */
        }
    }
    return is_ours;
}

void jobs_stop(struct jobs *jobs)
{
    jobs->is_stopping = true;
    jobs->unwanted = UINT64_MAX;
    look(jobs);
}

/* ---- one of them ---- */

void jobs_listen(struct jobs *jobs, jobs_changed_callback *changed, void *context)
{
    jobs->changed = changed;
    jobs->changed_context = context;
}

size_t jobs_find(const struct jobs *jobs, const char *name)
{
    size_t index = 0;
    while (index < jobs->count && strcmp(jobs->list[index].config->name, name) != 0) {
        index++;
    }
    return index;
}

/* Will it never be there for those that come after it, unless somebody asks? */
static bool is_to_be_asked(const struct jobs *jobs, size_t index)
{
    const struct job *job = &jobs->list[index];
    return job->state == JOBSTATE_IDLE || judge_need(job) == READINESS_BLOCKED || is_ending(job) ||
           (jobs->unwanted & bit_of(index)) != 0;
}

/* Returns those of WANTED, a bit for each, and all that they come after and that has to be asked for. */
static uint64_t find_wanted(const struct jobs *jobs, uint64_t wanted)
{
    uint64_t before;
    do {
        before = wanted;
        for (size_t i = 0; i < jobs->count * jobs->count; i++) {
            const size_t need = i % jobs->count;
            const bool is_needed =
                (wanted & bit_of(i / jobs->count)) != 0 && needs(&jobs->list[i / jobs->count], need);
            wanted |= is_needed && is_to_be_asked(jobs, need) ? bit_of(need) : 0;
        }
    } while (wanted != before);
    return wanted;
}

/* A service that is done, or is about to be, was there; to start it is to have it there again. */
static enum jobstate_event choose_start(const struct job *job)
{
    const bool is_past = job->state == JOBSTATE_DONE || job->state == JOBSTATE_DRAINING;
    return job->config->is_service && is_past ? JOBSTATE_RESTART : JOBSTATE_START;
}

static void want(struct jobs *jobs, size_t index, enum jobstate_event event)
{
    if (jobs->is_stopping) {
        return;
    }
    const uint64_t wanted = find_wanted(jobs, bit_of(index));
    jobs->unwanted &= ~wanted;
    jobs->is_looking = true; /* not before all of them are WAITING: one would be skipped for another */
    for (size_t i = 0; i < jobs->count; i++) {
        if ((wanted & bit_of(i)) != 0) {
            job_take(&jobs->list[i], i == index ? event : JOBSTATE_START);
        }
    }
    jobs->is_looking = false;
    look(jobs);
}

void jobs_start_one(struct jobs *jobs, size_t index)
{
    want(jobs, index, choose_start(&jobs->list[index]));
}

void jobs_restart_one(struct jobs *jobs, size_t index)
{
    want(jobs, index, JOBSTATE_RESTART);
}

void jobs_stop_one(struct jobs *jobs, size_t index)
{
    if (!jobstate_is_active(jobs->list[index].state)) {
        return;
    }
    jobs->unwanted |= find_dependants(jobs, bit_of(index));
    look(jobs);
}

/* ---- the end ---- */

void jobs_kill(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        job_kill(&jobs->list[i]);
    }
}

void jobs_stop_watching(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        job_stop_watching(&jobs->list[i]);
    }
}

void jobs_finish(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        job_finish(&jobs->list[i]);
    }
    jobs->count = 0;
}
