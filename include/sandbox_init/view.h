/* SPDX-License-Identifier: MIT */
/*
 * view: what an init tells of itself, record by record, as structs that can be shown.
 *
 * Records and keys that are not known are left out, those that are missing are unknown, texts that are too
 * long are cut, and jobs beyond the greatest number are dropped: whatever is told, a view can be shown. Texts
 * are as they were told: who prints them escapes them. Pure.
 */
#ifndef SANDBOX_INIT_VIEW_H
#define SANDBOX_INIT_VIEW_H

#include "sandbox_init/config_table.h"
#include "sandbox_init/fields.h"
#include "sandbox_init/jobstate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VIEW_TEXT_SIZE = 512,   /* bytes of a reason with its NUL */
    VIEW_PATH_SIZE = 1024,  /* of a path */
    VIEW_AFTER_SIZE = 2176, /* of the names that a job comes after */
    VIEW_WORD_SIZE = 40,    /* of a name, a state, a version */
    VIEW_ELAPSED_SIZE = 32,
};

/* A number that may not be known. */
struct view_number {
    uint64_t value;
    bool is_known;
};

struct view_init {
    struct view_number protocol;
    char version[VIEW_WORD_SIZE];
    struct view_number pid;
    struct view_number is_pid1;
    struct view_number uid;
    char state[VIEW_WORD_SIZE];
    struct view_number now_at;
    struct view_number started_at;
    char log_dir[VIEW_PATH_SIZE];
    char command[VIEW_TEXT_SIZE];
    struct view_number command_pid;
};

struct view_guard {
    char level[VIEW_WORD_SIZE]; /* "": it was not told */
    char reason[VIEW_TEXT_SIZE];
    struct view_number wanted; /* [scrub] enabled */
    struct view_number directories;
    struct view_number polling;
    struct view_number revoked;
    struct view_number unlinked;
    struct view_number links;
    struct view_number found;
    struct view_number refused;
    struct view_number failed;
    struct view_number hard_links;
    struct view_number moved_away;
    struct view_number overflows;
    struct view_number last_at;
};

struct view_job {
    char name[VIEW_WORD_SIZE];
    bool is_service;
    bool is_enabled;
    char state_name[VIEW_WORD_SIZE];
    enum jobstate_state state; /* JOBSTATE_HOLE: one that is not known here */
    struct view_number changed_at;
    struct view_number started_at;
    struct view_number took;
    struct view_number pid;
    struct view_number tries;
    struct view_number tries_max;
    struct view_number status;
    char reason[VIEW_TEXT_SIZE];
    char after[VIEW_AFTER_SIZE];
    char log[VIEW_PATH_SIZE];
};

/* About 300 KiB: not for the stack. Zero-initialise. */
struct view {
    struct view_init init;
    struct view_guard guard;
    struct view_job jobs[CONFIG_JOBS_MAX]; /* in the order in which they were told first */
    size_t job_count;
};

/*
 * Takes one record, whose fields are left in READER. One that came before is replaced, a job by that of its
 * name. Returns the job, or NULL if it was no job.
 */
struct view_job *view_take(struct view *view, const char *name, struct fields_reader *reader);

/* NULL: there is none of that name. */
struct view_job *view_find_job(struct view *view, const char *name);

/* What a job or service means for those who wait for it. */
enum view_verdict {
    VIEW_PENDING,   /* it is not known yet */
    VIEW_SUCCEEDED, /* a job is done, a service runs, or there was nothing to do */
    VIEW_FAILED,    /* it failed, was skipped because another one failed, or was stopped */
};
enum view_verdict view_judge(const struct view_job *job);

/* Is JOB as it should be, or on its way there? One that was stopped, or never wanted, is. */
bool view_is_job_healthy(const struct view_job *job);

/*
 * Can the guard do what it was told? Not when it could not be started, or cannot revoke at once and for good.
 * One that is switched off, or only reports, as the configuration says, does what it was told.
 */
bool view_is_guard_healthy(const struct view_guard *guard);

bool view_is_healthy(const struct view *view);

/* Writes MS as people say it: "210 ms", "8.4 s", "3 min 05 s", "2 h 12 min", "3 d 04 h". Returns TEXT. */
const char *view_render_elapsed(char text[static VIEW_ELAPSED_SIZE], uint64_t ms);

/* How long before NOW_AT AT was; 0 if that is not known, or was later. */
uint64_t view_find_elapsed(const struct view_number *at, uint64_t now_at);

#endif
