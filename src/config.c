/* SPDX-License-Identifier: MIT */
#include "sandbox_init/config.h"

#include "sandbox_init/config_jobs.h"
#include "sandbox_init/config_value.h"
#include "sandbox_init/inifile.h"
#include "sandbox_init/listing.h"
#include "sandbox_init/path.h"
#include "sandbox_init/signame.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char dropin_suffix[] = ".ini";
_Static_assert((int)INIFILE_LINE_MAX < CONFIG_ENTRY_SIZE, "no entry is longer than others expect it");

enum section {
    SECTION_NONE, /* before the first one */
    SECTION_REFUSED,
    SECTION_FIXED,
    SECTION_JOB, /* or a service */
};

struct loader {
    const struct config_source *source;
    struct config_reporter reporter;
    struct config config;
    struct config_origin origins[CONFIG_KEYS_MAX]; /* in the order of config_table_keys */
    struct config_jobs jobs;
    char *dropins[CONFIG_DROPINS_MAX]; /* paths; owned */
    size_t dropin_count;
    bool is_out_of_memory;

    /* Of the file that is being read: */
    struct config_origin here;
    enum section section;
    size_t job;                   /* SECTION_JOB: its index */
    const struct config_key *key; /* the last one; NULL: what goes on with it is left out */
};

static bool is_in_job(const struct loader *loader)
{
    return loader->section == SECTION_JOB;
}

/* The record that the section at hand is about. */
static void *find_record(struct loader *loader)
{
    return is_in_job(loader) ? (void *)&loader->jobs.items[loader->job] : (void *)&loader->config;
}

static struct config_origin *find_origin(struct loader *loader, const struct config_key *key)
{
    if (key->section) {
        return &loader->origins[key - config_table_keys];
    }
    return config_jobs_origin(&loader->jobs, loader->job, key);
}

static struct config_origin whole_file(const char *file)
{
    return (struct config_origin){.file = file};
}

static void report_value(void *context, const char *message)
{
    struct loader *loader = context;
    config_report_at(&loader->reporter, &loader->here, "%s", message);
}

static void report_line(void *context, unsigned line, const char *message)
{
    struct loader *loader = context;
    loader->here.line = line;
    config_report_at(&loader->reporter, &loader->here, "%s", message);
}

static void note_result(struct loader *loader, int result)
{
    loader->is_out_of_memory = loader->is_out_of_memory || result == -ENOMEM;
}

/* Finds the key NAME of the section at hand. Returns NULL when it has none. */
static const struct config_key *find_key(const struct loader *loader, const char *section, const char *name)
{
    if (!is_in_job(loader)) {
        return config_table_find(section, name);
    }
    const struct config_key *key = config_table_find_job_key(name);
    return key && config_table_fits(key, loader->jobs.items[loader->job].is_service) ? key : NULL;
}

/* Finds the key of PAIR and makes it ready to take its value. Returns NULL when that is not to be. */
static const struct config_key *open_key(struct loader *loader, const struct inifile_pair *pair)
{
    if (loader->section == SECTION_NONE) {
        config_report_homeless_key(&loader->reporter, &loader->here, pair->key);
        return NULL;
    }
    if (loader->section == SECTION_REFUSED) {
        return NULL;
    }
    const struct config_key *key = find_key(loader, pair->section, pair->key);
    if (!key) {
        config_report_unknown_key(&loader->reporter, &loader->here, pair->section, pair->key);
        return NULL;
    }
    struct config_origin *origin = find_origin(loader, key);
    if (origin->file == loader->here.file) {
        config_report_at(&loader->reporter, &loader->here,
                         "'%s' was set in line %u already; leave one of them out", key->name, origin->line);
        return NULL;
    }
    *origin = loader->here;
    int result = config_value_clear(find_record(loader), key);
    note_result(loader, result);
    return result == 0 ? key : NULL;
}

static bool takes_lines(const struct config_key *key)
{
    return key->type == CONFIG_WORDS || key->type == CONFIG_LINES || key->type == CONFIG_SCRIPT;
}

static void take_pair(void *context, const struct inifile_pair *pair)
{
    struct loader *loader = context;
    loader->here.line = pair->line;
    if (loader->is_out_of_memory) {
        return;
    }
    if (!pair->is_continued) {
        loader->key = open_key(loader, pair);
    }
    const struct config_key *key = loader->key;
    if (!key) {
        return;
    }
    if (pair->is_continued && !takes_lines(key)) {
        config_report_at(&loader->reporter, &loader->here,
                         "an indented line goes on with '%s', which is no list; start in the first column",
                         key->name);
        return;
    }
    int result = config_value_take(find_record(loader), key, pair->value, report_value, loader);
    note_result(loader, result);
    if (result == -EINVAL) {
        find_origin(loader, key)->is_faulty = true;
    }
    if (result == -EINVAL && key->type == CONFIG_SCRIPT) { /* once is enough */
        loader->key = NULL;
    }
}

static void open_job(struct loader *loader, const char *section)
{
    int index = config_jobs_open(&loader->jobs, &loader->reporter, &loader->here, section);
    note_result(loader, index);
    loader->section = index < 0 ? SECTION_REFUSED : SECTION_JOB;
    loader->job = index < 0 ? 0 : (size_t)index;
}

static void take_section(void *context, unsigned line, const char *section)
{
    struct loader *loader = context;
    loader->here.line = line;
    loader->section = SECTION_REFUSED;
    if (loader->is_out_of_memory) {
        return;
    }
    if (config_jobs_is_section(section)) {
        open_job(loader, section);
    } else if (config_table_has_section(section)) {
        loader->section = SECTION_FIXED;
    } else {
        config_report_unknown_section(&loader->reporter, &loader->here, section);
    }
}

/* In other sections, too: a script in one that is refused should not be found fault with on top of it. */
static bool is_script(void *context, const char *section, const char *name)
{
    (void)context;
    const struct config_key *key = config_table_find(section, name);
    if (!key) {
        key = config_table_find_job_key(name);
    }
    return key && key->type == CONFIG_SCRIPT;
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
        .pair = take_pair,
        .fault = report_line,
        .section = take_section,
        .is_script = is_script,
        .context = loader,
    };
    loader->here = whole_file(file);
    loader->section = SECTION_NONE;
    loader->key = NULL;
    inifile_parse(text, length, &handler);
}

static void parse_descriptor(struct loader *loader, const char *file, int fd)
{
    const struct config_origin where = whole_file(file);
    struct stat status;
    size_t length = 0;
    if (fstat(fd, &status) < 0) {
        config_report_at(&loader->reporter, &where, "cannot be read: %s", strerror(errno));
        return;
    }
    if (status.st_size > INIFILE_SIZE_MAX) {
        config_report_at(&loader->reporter, &where, "is larger than %d bytes; is it a configuration?",
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
        config_report_at(&loader->reporter, &where, "grew while it was read; start again when it is written");
    } else if (result < 0) {
        config_report_at(&loader->reporter, &where, "cannot be read: %s", strerror(-result));
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
            config_report_path(&loader->reporter, file, fd, &fault);
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
    const struct config_origin where = whole_file(directory);
    if (!is_dropin_name(name)) {
        return true;
    }
    if (loader->dropin_count == CONFIG_DROPINS_MAX) {
        config_report_at(&loader->reporter, &where,
                         "there are more than %d files *%s in it; join some of them", CONFIG_DROPINS_MAX,
                         dropin_suffix);
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
    const struct config_origin where = whole_file(directory);
    int fd = path_open_trusted_directory(directory, loader->source->owner, &fault);
    if (fd < 0) {
        if (!is_absent(directory, fd)) {
            config_report_path(&loader->reporter, directory, fd, &fault);
        }
        return;
    }
    int result = listing_read(fd, collect_dropin, loader);
    close(fd);
    if (result < 0) {
        config_report_at(&loader->reporter, &where, "cannot be read: %s", strerror(-result));
    }
    qsort(loader->dropins, loader->dropin_count, sizeof(loader->dropins[0]), compare_paths);
    for (size_t i = 0; i < loader->dropin_count; i++) {
        load_file(loader, loader->dropins[i], true);
    }
}

/* A default that its own key refuses is a mistake of ours; it is reported as one of the table. */
static void load_defaults(struct loader *loader)
{
    loader->here = whole_file("(defaults)");
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
        const struct config_origin *origin = find_origin(loader, key);
        char *const *const *list = config_table_value(&loader->config, key);
        if ((*list)[0] == NULL && !origin->is_faulty) {
            config_report_at(&loader->reporter, origin,
                             "%s: an empty list guards nothing; if so, use enabled = no", names[i]);
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
    const struct config_origin *origin = find_origin(loader, config_table_find("init", "rewrite"));
    char *const *const list = loader->config.init.rewrite;
    for (size_t i = 0; list[i]; i++) {
        size_t j = 0;
        while (find_rewritten(list[j]) != find_rewritten(list[i])) {
            j++;
        }
        if (j < i) {
            config_report_at(&loader->reporter, origin,
                             "rewrite: '%s' and '%s' rewrite the same signal; leave one out", list[j],
                             list[i]);
        }
    }
}

/* What only all files together, or all entries of a list, can get wrong. */
static void check_whole(struct loader *loader)
{
    check_rewrites(loader);
    check_not_empty(loader);
    config_jobs_check(&loader->jobs, &loader->reporter);
}

int config_load(struct config *ret_config, const struct config_source *source, config_report *report,
                void *context)
{
    struct loader loader = {.source = source, .reporter = {.report = report, .context = context}};
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
    loader.config.jobs = loader.jobs.items;
    loader.config.job_count = loader.jobs.count;
    free(loader.jobs.origins);
    if (!loader.reporter.is_faulty && !loader.is_out_of_memory) {
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
    config_jobs_free(config->jobs, config->job_count);
    config->jobs = NULL;
    config->job_count = 0;
}
