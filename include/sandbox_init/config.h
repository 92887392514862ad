/* SPDX-License-Identifier: MIT */
/*
 * config: what the user wants, from all the files that say something about it.
 *
 * A value that a file gets wrong never reaches `struct config`: either everything is right, or nothing is
 * loaded and every error of every file has been reported.
 *
 * Files: /etc/sandbox-init.ini, then /etc/sandbox-init.d/[name].ini in byte order of their names; a later
 * file wins key by key. None of them need exist. A file or a directory above it that somebody else could
 * write is refused (path.h): otherwise an agent configures what root runs. Names that begin with "." or do
 * not end in ".ini" are left alone, and with them the backups that editors leave.
 *
 * The keys are in config_table.h, what they hold is in config_value.h, jobs and services in config_jobs.h,
 * the messages in config_report.h, the way back to text in config_render.h.
 */
#ifndef SANDBOX_INIT_CONFIG_H
#define SANDBOX_INIT_CONFIG_H

#include "sandbox_init/config_render.h"
#include "sandbox_init/config_report.h"
#include "sandbox_init/config_table.h"

#include <stdbool.h>
#include <sys/types.h>

#define CONFIG_FILE       "/etc/sandbox-init.ini"
#define CONFIG_DROPIN_DIR "/etc/sandbox-init.d"

enum {
    CONFIG_DROPINS_MAX = 64, /* files in the drop-in directory */
};

struct config_source {
    const char *file;       /* the main file */
    const char *dropin_dir; /* NULL: none */
    bool is_required;       /* a missing `file` is an error (it was named by --config) */
    uid_t owner;            /* who, besides root, may own the files: geteuid() */
};

/*
 * Loads SOURCE over the defaults into RET_CONFIG, reporting every fault.
 * Returns 0; -EINVAL when faults were reported (RET_CONFIG is then untouched); -ENOMEM.
 */
int config_load(struct config *ret_config, const struct config_source *source, config_report *report,
                void *context);

/* Takes a loaded or zeroed config; frees what it owns and zeroes it. */
void config_finish(struct config *config);

#endif
