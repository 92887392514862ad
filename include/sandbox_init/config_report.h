/* SPDX-License-Identifier: MIT */
/*
 * config_report: how it is said that something is wrong in a configuration.
 *
 * Every message says where, what, and how to mend it; for a name that is unknown, the nearest one that is
 * known. Without this module those who read files would have to know how one writes to people.
 */
#ifndef SANDBOX_INIT_CONFIG_REPORT_H
#define SANDBOX_INIT_CONFIG_REPORT_H

#include "sandbox_init/config_table.h"
#include "sandbox_init/path.h"

/* One error. `line` 0: the whole file. The strings live during the call only; printable ASCII. */
struct config_fault {
    const char *file;
    unsigned line;
    const char *message;
};
typedef void config_report(void *context, const struct config_fault *fault);

enum {
    CONFIG_FAULT_SIZE = 4096, /* bytes of a fault's message with its NUL */
};

/* Where something was said. */
struct config_origin {
    const char *file; /* NULL: nowhere. The files of one load have different pointers */
    unsigned line;    /* 0: the whole file */
    bool is_faulty;   /* what was set there was refused, at least in part */
};

struct config_reporter {
    config_report *report;
    void *context;
    bool is_faulty; /* something was reported */
};

/* Reports what FORMAT says; what it inserts must have been escaped. */
__attribute__((format(printf, 3, 4))) void config_report_at(struct config_reporter *reporter,
                                                            const struct config_origin *where,
                                                            const char *format, ...);

void config_report_unknown_section(struct config_reporter *reporter, const struct config_origin *where,
                                   const char *section);

/* SECTION is one that is known, maybe of a job or service. */
void config_report_unknown_key(struct config_reporter *reporter, const struct config_origin *where,
                               const char *section, const char *name);

/* NAME is set before the first section. */
void config_report_homeless_key(struct config_reporter *reporter, const struct config_origin *where,
                                const char *name);

/* FILE was not opened: ERROR is negative, FAULT what path_open_trusted() says. */
void config_report_path(struct config_reporter *reporter, const char *file, int error,
                        const struct path_fault *fault);

#endif
