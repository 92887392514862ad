/* SPDX-License-Identifier: MIT */
#include "sandbox_init/config.h"

#include "sandbox_init/config_value.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/inifile.h"
#include "sandbox_init/listing.h"
#include "sandbox_init/nearest.h"
#include "sandbox_init/path.h"
#include "sandbox_init/signame.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char dropin_suffix[] = ".ini";
_Static_assert((int)INIFILE_LINE_MAX < CONFIG_ENTRY_SIZE, "no entry is longer than others expect it");

/* Where a key was set last. */
struct origin {
    const char *file; /* NULL: nowhere. The files of one load have different pointers */
    unsigned line;
    bool is_faulty; /* what was set was refused, at least in part */
};

struct loader {
    const struct config_source *source;
    config_report *report;
    void *context;
    struct config config;
    struct origin origins[CONFIG_KEYS_MAX]; /* in the order of config_table_keys */
    char *dropins[CONFIG_DROPINS_MAX];      /* paths; owned */
    size_t dropin_count;
    bool is_faulty;
    bool is_out_of_memory;

    /* Of the file that is being read: */
    const char *file;
    unsigned line;
    bool is_section_known;
    const struct config_key *key; /* the last one; NULL: what goes on with it is left out */
};

static struct origin *find_origin(struct loader *loader, const struct config_key *key)
{
    return &loader->origins[key - config_table_keys];
}

/* What FORMAT inserts must have been escaped. */
__attribute__((format(printf, 3, 4))) static void report_at(struct loader *loader, struct origin where,
                                                            const char *format, ...)
{
    char file[PATH_FAULT_NAME_MAX];
    char message[4 * PATH_FAULT_NAME_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    escape_text(file, sizeof(file), where.file);
    struct config_fault fault = {.file = file, .line = where.line, .message = message};
    loader->is_faulty = true;
    loader->report(loader->context, &fault);
}

static struct origin here(const struct loader *loader)
{
    return (struct origin){.file = loader->file, .line = loader->line};
}

static struct origin whole_file(const char *file)
{
    return (struct origin){.file = file};
}

static void report_value(void *context, const char *message)
{
    struct loader *loader = context;
    report_at(loader, here(loader), "%s", message);
}

static void report_line(void *context, unsigned line, const char *message)
{
    struct loader *loader = context;
    loader->line = line;
    report_at(loader, here(loader), "%s", message);
}

/* Appends TEXT to a list of names that are known, which is all it is used for: they fit. */
static void extend(char *list, size_t size, const char *before, const char *text, const char *after)
{
    size_t used = strlen(list);
    snprintf(list + used, size - used, "%s%s%s%s", used > 0 ? ", " : "", before, text, after);
}

static void report_unknown_section(struct loader *loader, const char *section)
{
    struct nearest best = {0};
    char shown[CONFIG_SHOWN_SIZE];
    char known[CONFIG_MESSAGE_SIZE] = "";
    escape_text(shown, sizeof(shown), section);
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        nearest_offer(&best, section, key->section);
        if (config_table_begins_section(key)) {
            extend(known, sizeof(known), "[", key->section, "]");
        }
    }
    if (best.name) {
        report_at(loader, here(loader), "unknown section [%s]; did you mean [%s]?", shown, best.name);
    } else {
        report_at(loader, here(loader), "unknown section [%s]; there are %s", shown, known);
    }
}

static void report_unknown_key(struct loader *loader, const char *section, const char *name)
{
    struct nearest best = {0};
    char shown[CONFIG_SHOWN_SIZE];
    char known[CONFIG_MESSAGE_SIZE] = "";
    escape_text(shown, sizeof(shown), name);
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        if (strcmp(key->section, section) != 0) {
            continue;
        }
        nearest_offer(&best, name, key->name);
        extend(known, sizeof(known), "", key->name, "");
    }
    const struct config_key *elsewhere = config_table_find(NULL, name);
    if (elsewhere) {
        report_at(loader, here(loader), "unknown key '%s' in [%s]; it belongs in [%s]", shown, section,
                  elsewhere->section);
    } else if (best.name) {
        report_at(loader, here(loader), "unknown key '%s' in [%s]; did you mean '%s'?", shown, section,
                  best.name);
    } else {
        report_at(loader, here(loader), "unknown key '%s' in [%s]; there are %s", shown, section, known);
    }
}

static void report_homeless_key(struct loader *loader, const char *name)
{
    const struct config_key *key = config_table_find(NULL, name);
    char shown[CONFIG_SHOWN_SIZE];
    escape_text(shown, sizeof(shown), name);
    if (key) {
        report_at(loader, here(loader), "'%s' stands in no section; write [%s] above it", shown,
                  key->section);
    } else {
        report_at(loader, here(loader), "'%s' stands in no section, and there is no such key", shown);
    }
}

static void note_result(struct loader *loader, int result)
{
    loader->is_out_of_memory = loader->is_out_of_memory || result == -ENOMEM;
}

/* Finds the key of PAIR and makes it ready to take its value. Returns NULL when that is not to be. */
static const struct config_key *open_key(struct loader *loader, const struct inifile_pair *pair)
{
    const struct config_key *key = config_table_find(pair->section, pair->key);
    if (pair->section[0] == '\0') {
        report_homeless_key(loader, pair->key);
        return NULL;
    }
    if (!loader->is_section_known) {
        return NULL;
    }
    if (!key) {
        report_unknown_key(loader, pair->section, pair->key);
        return NULL;
    }
    struct origin *origin = find_origin(loader, key);
    if (origin->file == loader->file) {
        report_at(loader, here(loader), "'%s' was set in line %u already; leave one of them out", key->name,
                  origin->line);
        return NULL;
    }
    *origin = here(loader);
    int result = config_value_clear(&loader->config, key);
    note_result(loader, result);
    return result == 0 ? key : NULL;
}

static void take_pair(void *context, const struct inifile_pair *pair)
{
    struct loader *loader = context;
    loader->line = pair->line;
    if (!pair->is_continued) {
        loader->key = open_key(loader, pair);
    }
    if (!loader->key || loader->is_out_of_memory) {
        return;
    }
    bool is_list = loader->key->type == CONFIG_WORDS || loader->key->type == CONFIG_LINES;
    if (pair->is_continued && !is_list) {
        report_at(loader, here(loader),
                  "an indented line goes on with '%s', which is no list; start in the first column",
                  loader->key->name);
        return;
    }
    int result = config_value_take(&loader->config, loader->key, pair->value, report_value, loader);
    note_result(loader, result);
    if (result == -EINVAL) {
        find_origin(loader, loader->key)->is_faulty = true;
    }
}

static void take_section(void *context, unsigned line, const char *section)
{
    struct loader *loader = context;
    loader->line = line;
    loader->is_section_known = config_table_has_section(section);
    if (!loader->is_section_known) {
        report_unknown_section(loader, section);
    }
}

/* Says that NAME is not trusted, and what would mend it. */
static void report_distrust(struct loader *loader, const char *file, const char *name,
                            const struct path_fault *fault)
{
    const char *advice = S_ISDIR(fault->mode) ? "keep the file elsewhere, or run" : "run";
    if (fault->distrust == PATH_NOT_REGULAR) {
        report_at(loader, whole_file(file), "%s is no regular file; put one there", name);
    } else if (fault->distrust == PATH_WRITABLE) {
        report_at(
            loader, whole_file(file),
            "%s can be written by its group or by others (mode %04o), who could change what is configured; "
            "%s: chmod go-w %s",
            name, (unsigned)fault->mode & 07777, advice, name);
    } else if (S_ISLNK(fault->mode)) {
        report_at(
            loader, whole_file(file),
            "the link %s belongs to uid %u, who could change what is configured; run: chown -h root:root %s",
            name, (unsigned)fault->owner, name);
    } else {
        report_at(loader, whole_file(file),
                  "%s belongs to uid %u, who could change what is configured; "
                  "%s: chown root:root %s && chmod go-w %s",
                  name, (unsigned)fault->owner, advice, name, name);
    }
}

/* Says why FILE was not opened. */
static void report_path(struct loader *loader, const char *file, int error, const struct path_fault *fault)
{
    char name[PATH_FAULT_NAME_MAX];
    escape_text(name, sizeof(name), fault->name);
    const char *advice = "";
    if (error == -EACCES) {
        advice = "; the init's user must be able to read it and to pass the directories above it";
    } else if (error == -ENOENT) {
        advice = "; make it, or correct its name";
    }
    if (fault->distrust != PATH_TRUSTED) {
        report_distrust(loader, file, name, fault);
    } else {
        report_at(loader, whole_file(file), "%s cannot be opened: %s%s", name, strerror(-error), advice);
    }
}

/* Reads the open file FD of SIZE bytes into TEXT. Returns 0 or -errno, -EFBIG when it is longer. */
static int read_whole(int fd, char *text, size_t size, size_t *ret_length)
{
    size_t length = 0;
    for (;;) {
        ssize_t count = read(fd, text + length, size + 1 - length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -errno;
        }
        if (count == 0) {
            break;
        }
        length += (size_t)count;
        if (length > size) {
            return -EFBIG;
        }
    }
    *ret_length = length;
    return 0;
}

static void parse_text(struct loader *loader, const char *file, const char *text, size_t length)
{
    const struct inifile_handler handler = {
        .pair = take_pair, .fault = report_line, .section = take_section, .context = loader};
    loader->file = file;
    loader->line = 0;
    loader->is_section_known = false;
    loader->key = NULL;
    inifile_parse(text, length, &handler);
}

static void parse_descriptor(struct loader *loader, const char *file, int fd)
{
    struct stat status;
    size_t length = 0;
    if (fstat(fd, &status) < 0) {
        report_at(loader, whole_file(file), "cannot be read: %s", strerror(errno));
        return;
    }
    if (status.st_size > INIFILE_SIZE_MAX) {
        report_at(loader, whole_file(file), "is larger than %d bytes; is it a configuration?",
                  INIFILE_SIZE_MAX);
        return;
    }
    size_t size = (size_t)status.st_size;
    char *text = malloc(size + 1); /* one more: a file that grows under our eyes is seen to */
    if (!text) {
        note_result(loader, -ENOMEM);
        return;
    }
    int result = read_whole(fd, text, size, &length);
    if (result == -EFBIG) {
        report_at(loader, whole_file(file), "grew while it was read; start again when it is written");
    } else if (result < 0) {
        report_at(loader, whole_file(file), "cannot be read: %s", strerror(-result));
    } else {
        parse_text(loader, file, text, length);
    }
    free(text);
}

/* A link that leads nowhere is there: somebody wanted a configuration. */
static bool is_absent(const char *path, int error)
{
    struct stat status;
    return error == -ENOENT && lstat(path, &status) < 0;
}

static void load_file(struct loader *loader, const char *file, bool is_required)
{
    struct path_fault fault;
    int fd = path_open_trusted(file, loader->source->owner, &fault);
    if (fd < 0) {
        if (is_required || !is_absent(file, fd)) {
            report_path(loader, file, fd, &fault);
        }
        return;
    }
    parse_descriptor(loader, file, fd);
    close(fd);
}

static bool is_dropin_name(const char *name)
{
    size_t length = strlen(name);
    size_t suffix = sizeof(dropin_suffix) - 1;
    return name[0] != '.' && length > suffix && strcmp(name + length - suffix, dropin_suffix) == 0;
}

static bool collect_dropin(void *context, const char *name)
{
    struct loader *loader = context;
    const char *directory = loader->source->dropin_dir;
    if (!is_dropin_name(name)) {
        return true;
    }
    if (loader->dropin_count == CONFIG_DROPINS_MAX) {
        report_at(loader, whole_file(directory), "there are more than %d files *%s in it; join some of them",
                  CONFIG_DROPINS_MAX, dropin_suffix);
        return false;
    }
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path) {
        note_result(loader, -ENOMEM);
        return false;
    }
    snprintf(path, size, "%s/%s", directory, name);
    loader->dropins[loader->dropin_count++] = path;
    return true;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void load_dropins(struct loader *loader)
{
    struct path_fault fault;
    const char *directory = loader->source->dropin_dir;
    int fd = path_open_trusted_directory(directory, loader->source->owner, &fault);
    if (fd < 0) {
        if (!is_absent(directory, fd)) {
            report_path(loader, directory, fd, &fault);
        }
        return;
    }
    int result = listing_read(fd, collect_dropin, loader);
    close(fd);
    if (result < 0) {
        report_at(loader, whole_file(directory), "cannot be read: %s", strerror(-result));
    }
    qsort(loader->dropins, loader->dropin_count, sizeof(loader->dropins[0]), compare_paths);
    for (size_t i = 0; i < loader->dropin_count; i++) {
        load_file(loader, loader->dropins[i], true);
    }
}

/* A default that its own key refuses is a mistake of ours; it is reported as one of the table. */
static void load_defaults(struct loader *loader)
{
    loader->file = "(defaults)";
    for (const struct config_key *key = config_table_keys; key->section && !loader->is_out_of_memory; key++) {
        note_result(loader, config_value_clear(&loader->config, key));
        if (!loader->is_out_of_memory) {
            note_result(loader, config_value_take(&loader->config, key, key->fallback, report_value, loader));
        }
    }
}

/* A list that was refused is not known to be empty. */
static void check_not_empty(struct loader *loader)
{
    static const char *const names[] = {"dirs", "patterns"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && loader->config.scrub.enabled; i++) {
        const struct config_key *key = config_table_find("scrub", names[i]);
        const struct origin *origin = find_origin(loader, key);
        char *const *const *list = config_table_value(&loader->config, key);
        if ((*list)[0] == NULL && !origin->is_faulty) {
            report_at(loader, *origin, "%s: an empty list guards nothing; if so, use enabled = no", names[i]);
        }
    }
}

static int find_rewritten(const char *entry)
{
    struct signame_rewrite rewrite = {0};
    signame_parse_rewrite(entry, &rewrite); /* the table has checked the entries */
    return rewrite.from;
}

/* Which of two rewritings of a signal counts would be a guess, and the signal may be spelled in two ways. */
static void check_rewrites(struct loader *loader)
{
    const struct origin *origin = find_origin(loader, config_table_find("init", "rewrite"));
    char *const *const list = loader->config.init.rewrite;
    for (size_t i = 0; list[i]; i++) {
        size_t j = 0;
        while (find_rewritten(list[j]) != find_rewritten(list[i])) {
            j++;
        }
        if (j < i) {
            report_at(loader, *origin, "rewrite: '%s' and '%s' rewrite the same signal; leave one out",
                      list[j], list[i]);
        }
    }
}

/* What only all files together, or all entries of a list, can get wrong. */
static void check_whole(struct loader *loader)
{
    check_rewrites(loader);
    check_not_empty(loader);
}

int config_load(struct config *ret_config, const struct config_source *source, config_report *report,
                void *context)
{
    struct loader loader = {.source = source, .report = report, .context = context};
    load_defaults(&loader);
    if (!loader.is_out_of_memory) {
        load_file(&loader, source->file, source->is_required);
    }
    if (!loader.is_out_of_memory && source->dropin_dir) {
        load_dropins(&loader);
    }
    if (!loader.is_out_of_memory) {
        check_whole(&loader);
    }
    for (size_t i = 0; i < loader.dropin_count; i++) {
        free(loader.dropins[i]);
    }
    if (!loader.is_faulty && !loader.is_out_of_memory) {
        *ret_config = loader.config;
        return 0;
    }
    config_finish(&loader.config);
    return loader.is_out_of_memory ? -ENOMEM : -EINVAL;
}

void config_finish(struct config *config)
{
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        config_value_free(config, key);
    }
}
