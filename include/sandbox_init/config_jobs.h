/* SPDX-License-Identifier: MIT */
/*
 * config_jobs: the sections [job:NAME] and [service:NAME] while they are read, and what only all of them
 * together can get wrong.
 *
 * Their number and names are the user's, so there is no row of a table for them: each section makes a record
 * of its own with all defaults, which later ones with the same name change key by key.
 */
#ifndef SANDBOX_INIT_CONFIG_JOBS_H
#define SANDBOX_INIT_CONFIG_JOBS_H

#include "sandbox_init/config_report.h"

struct config_job_origins {
    struct config_origin section;                   /* the first one */
    struct config_origin keys[CONFIG_JOB_KEYS_MAX]; /* in the order of config_table_job_keys */
};

/* Zero-initialise. */
struct config_jobs {
    struct config_job *items; /* for struct config to own at the end */
    struct config_job_origins *origins;
    size_t count;
};

/* Is SECTION meant to be one of a job or service: does it begin with "job:" or "service:"? */
bool config_jobs_is_section(const char *section);

/*
 * Finds the record of SECTION, which stands at WHERE, or makes it. The name, the kind and the number of
 * records are checked. Returns its index; -EINVAL when something was reported; -ENOMEM.
 */
int config_jobs_open(struct config_jobs *jobs, struct config_reporter *reporter,
                     const struct config_origin *where, const char *section);

/* Where KEY of the record INDEX was set last. */
struct config_origin *config_jobs_origin(struct config_jobs *jobs, size_t index,
                                         const struct config_key *key);

/*
 * Checks all records, once all files are read, and sets their `needs`: what must be set, lists that cannot be
 * empty, unknown names in `after`, and cycles, those of records that are not enabled too. Everything that is
 * wrong is reported, but of cycles that have a record in common one at least.
 */
void config_jobs_check(struct config_jobs *jobs, struct config_reporter *reporter);

/* Frees everything and zeroes JOBS. */
void config_jobs_finish(struct config_jobs *jobs);

/* Frees COUNT records and what is in them. */
void config_jobs_free(struct config_job *items, size_t count);

#endif
