/* SPDX-License-Identifier: MIT */
#include "sandbox_init/config_report.h"

#include "sandbox_init/escape.h"
#include "sandbox_init/nearest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

_Static_assert(CONFIG_FAULT_SIZE >= 4 * PATH_FAULT_NAME_MAX, "a name fits in three times");

void config_report_at(struct config_reporter *reporter, const struct config_origin *where, const char *format,
                      ...)
{
    char file[PATH_FAULT_NAME_MAX];
    char message[CONFIG_FAULT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    escape_text(file, sizeof(file), where->file);
    const struct config_fault fault = {.file = file, .line = where->line, .message = message};
    reporter->is_faulty = true;
    reporter->report(reporter->context, &fault);
}

/* Appends TEXT to a list of names that are known, which is all it is used for: they fit. */
static void extend(char *list, size_t size, const char *before, const char *text, const char *after)
{
    size_t used = strlen(list);
    snprintf(list + used, size - used, "%s%s%s%s", used > 0 ? ", " : "", before, text, after);
}

/* Is SECTION one that a job or service was meant to have, such as "jobs:web" or "service"? */
static const char *find_meant_kind(const char *section)
{
    struct nearest best = {0};
    char kind[CONFIG_SHOWN_SIZE];
    snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(section, ": "), section);
    nearest_offer(&best, kind, "job");
    nearest_offer(&best, kind, "service");
    return best.name;
}

void config_report_unknown_section(struct config_reporter *reporter, const struct config_origin *where,
                                   const char *section)
{
    struct nearest best = {0};
    char shown[CONFIG_SHOWN_SIZE];
    char known[CONFIG_MESSAGE_SIZE] = "";
    const char *kind = find_meant_kind(section);
    const char *name = section + strcspn(section, ": ");
    name += strspn(name, ": ");
    escape_text(shown, sizeof(shown), section);
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        nearest_offer(&best, section, key->section);
        if (config_table_begins_section(key)) {
            extend(known, sizeof(known), "[", key->section, "]");
        }
    }
    if (best.name) {
        config_report_at(reporter, where, "unknown section [%s]; did you mean [%s]?", shown, best.name);
    } else if (kind) {
        config_report_at(reporter, where, "unknown section [%s]; did you mean [%s:%s]?", shown, kind,
                         config_table_is_job_name(name) ? name : "NAME");
    } else {
        config_report_at(reporter, where, "unknown section [%s]; there are %s, [job:NAME] and [service:NAME]",
                         shown, known);
    }
}

/* A section's name up to its colon, which decides what keys it has. */
static bool is_of_kind(const char *section, const char *prefix)
{
    return strncmp(section, prefix, strlen(prefix)) == 0;
}

/* Can KEY, a row of either table, stand in SECTION? */
static bool is_key_of(const struct config_key *key, const char *section)
{
    if (key->section) {
        return strcmp(key->section, section) == 0;
    }
    return (is_of_kind(section, "job:") && config_table_fits(key, false)) ||
           (is_of_kind(section, "service:") && config_table_fits(key, true));
}

/* Where a key called NAME can stand, as it is written in a message; NULL: nowhere. */
static const char *find_home(const char *name, char *buffer, size_t size)
{
    static const char *const homes[] = {
        [CONFIG_FOR_BOTH] = "[job:NAME] or [service:NAME]",
        [CONFIG_FOR_JOBS] = "[job:NAME]",
        [CONFIG_FOR_SERVICES] = "[service:NAME]",
    };
    const struct config_key *key = config_table_find(NULL, name);
    const struct config_key *job_key = config_table_find_job_key(name);
    if (!key) {
        return job_key ? homes[job_key->kind] : NULL;
    }
    snprintf(buffer, size, "[%s]", key->section);
    return buffer;
}

/* Offers BEST all keys of TABLE that can stand in SECTION, and lists them in KNOWN. */
static void offer_keys(const struct config_key *table, const char *section, const char *name,
                       struct nearest *best, char known[static CONFIG_MESSAGE_SIZE])
{
    for (const struct config_key *key = table; key->name; key++) {
        if (is_key_of(key, section)) {
            nearest_offer(best, name, key->name);
            extend(known, CONFIG_MESSAGE_SIZE, "", key->name, "");
        }
    }
}

void config_report_unknown_key(struct config_reporter *reporter, const struct config_origin *where,
                               const char *section, const char *name)
{
    struct nearest best = {0};
    char shown[CONFIG_SHOWN_SIZE];
    char known[CONFIG_MESSAGE_SIZE] = "";
    char buffer[CONFIG_SHOWN_SIZE];
    const char *home = find_home(name, buffer, sizeof(buffer));
    escape_text(shown, sizeof(shown), name);
    offer_keys(config_table_keys, section, name, &best, known);
    offer_keys(config_table_job_keys, section, name, &best, known);
    if (home) {
        config_report_at(reporter, where, "unknown key '%s' in [%s]; it belongs in %s", shown, section, home);
    } else if (best.name) {
        config_report_at(reporter, where, "unknown key '%s' in [%s]; did you mean '%s'?", shown, section,
                         best.name);
    } else {
        config_report_at(reporter, where, "unknown key '%s' in [%s]; there are %s", shown, section, known);
    }
}

void config_report_homeless_key(struct config_reporter *reporter, const struct config_origin *where,
                                const char *name)
{
    char shown[CONFIG_SHOWN_SIZE];
    char buffer[CONFIG_SHOWN_SIZE];
    const char *home = find_home(name, buffer, sizeof(buffer));
    escape_text(shown, sizeof(shown), name);
    if (home) {
        config_report_at(reporter, where, "'%s' stands in no section; write %s above it", shown, home);
    } else {
        config_report_at(reporter, where, "'%s' stands in no section, and there is no such key", shown);
    }
}

/* Says that NAME is not trusted, and what would mend it. */
static void report_distrust(struct config_reporter *reporter, const struct config_origin *where,
                            const char *name, const struct path_fault *fault)
{
    const char *advice = S_ISDIR(fault->mode) ? "keep the file elsewhere, or run" : "run";
    if (fault->distrust == PATH_NOT_REGULAR) {
        config_report_at(reporter, where, "%s is no regular file; put one there", name);
    } else if (fault->distrust == PATH_WRITABLE) {
        config_report_at(
            reporter, where,
            "%s can be written by its group or by others (mode %04o), who could change what is configured; "
            "%s: chmod go-w %s",
            name, (unsigned)fault->mode & 07777, advice, name);
    } else if (S_ISLNK(fault->mode)) {
        config_report_at(
            reporter, where,
            "the link %s belongs to uid %u, who could change what is configured; run: chown -h root:root %s",
            name, (unsigned)fault->owner, name);
    } else {
        config_report_at(reporter, where,
                         "%s belongs to uid %u, who could change what is configured; "
                         "%s: chown root:root %s && chmod go-w %s",
                         name, (unsigned)fault->owner, advice, name, name);
    }
}

void config_report_path(struct config_reporter *reporter, const char *file, int error,
                        const struct path_fault *fault)
{
    const struct config_origin where = {.file = file};
    char name[PATH_FAULT_NAME_MAX];
    escape_text(name, sizeof(name), fault->name);
    const char *advice = "";
    if (error == -EACCES) {
        advice = "; the init's user must be able to read it and to pass the directories above it";
    } else if (error == -ENOENT) {
        advice = "; make it, or correct its name";
    }
    if (fault->distrust != PATH_TRUSTED) {
        report_distrust(reporter, &where, name, fault);
    } else {
        config_report_at(reporter, &where, "%s cannot be opened: %s%s", name, strerror(-error), advice);
    }
}
