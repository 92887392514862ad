/* SPDX-License-Identifier: MIT */
/*
 * inifile: any bytes. What is taken is clean, and written down plainly it is read again as the same. The
 * value of "command" is a script, everywhere but in [plain].
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox_init/inifile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
    FILE *plain; /* all pairs and sections, as plainly as they can be written */
    int faults;
    unsigned last_line;
    char section[INIFILE_NAME_MAX + 1];
    char key[INIFILE_NAME_MAX + 1];
};

static void require(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static bool is_clean(const char *text)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_trimmed(const char *text)
{
    size_t length = strlen(text);
    return length == 0 || (!strchr(" \t", text[0]) && !strchr(" \t", text[length - 1]));
}

static bool is_script(void *context, const char *section, const char *key)
{
    require(context != NULL && strlen(key) <= INIFILE_NAME_MAX);
    return strcmp(section, "plain") != 0 && strcmp(key, "command") == 0;
}

/* Every byte counts but white space before the first line. */
static void write_script_line(struct reading *reading, const struct inifile_pair *pair)
{
    require(strlen(pair->value) <= INIFILE_SCRIPT_LINE_MAX && is_clean(pair->value));
    if (!pair->is_continued) {
        require(*pair->value == '\0' || !strchr(" \t", *pair->value));
        fprintf(reading->plain, "%s=%s\n", pair->key, pair->value);
    } else {
        fprintf(reading->plain, "%s%s\n", *pair->value ? " " : "", pair->value);
    }
}

static void write_pair(struct reading *reading, const struct inifile_pair *pair)
{
    require(is_clean(pair->value) && is_trimmed(pair->value));
    require(!strstr(pair->value, " ;") && !strstr(pair->value, "\t;"));
    require(!pair->is_continued || *pair->value);
    if (pair->is_continued) {
        fprintf(reading->plain, " %s\n", pair->value);
    } else {
        fprintf(reading->plain, "%s=%s\n", pair->key, pair->value);
    }
}

static void on_pair(void *context, const struct inifile_pair *pair)
{
    struct reading *reading = context;
    /* Blank lines of a script are told when the next one of its lines has come, a refused one at once. */
    require(pair->line > reading->last_line || reading->faults > 0);
    require(strcmp(pair->section, reading->section) == 0);
    require(*pair->key && strlen(pair->key) <= INIFILE_NAME_MAX && is_clean(pair->key) &&
            is_trimmed(pair->key));
    require(!pair->is_continued || strcmp(pair->key, reading->key) == 0);
    if (is_script(reading, pair->section, pair->key)) {
        write_script_line(reading, pair);
    } else {
        write_pair(reading, pair);
    }
    reading->last_line = pair->line;
    snprintf(reading->key, sizeof(reading->key), "%s", pair->key);
}

static void on_fault(void *context, unsigned line, const char *message)
{
    struct reading *reading = context;
    require(line > reading->last_line || reading->faults > 0);
    require(strlen(message) > 10);
    for (; *message; message++) {
        require(*message >= 0x20 && *message <= 0x7e);
    }
    reading->last_line = line;
    reading->faults++;
}

static void on_section(void *context, unsigned line, const char *section)
{
    struct reading *reading = context;
    require(line > reading->last_line);
    require(*section && strlen(section) <= INIFILE_NAME_MAX && is_clean(section) && !strchr(section, ']'));
    fprintf(reading->plain, "[%s]\n", section);
    reading->last_line = line;
    snprintf(reading->section, sizeof(reading->section), "%s", section);
    reading->key[0] = '\0';
}

/* Reads TEXT. Returns the plain form; free(3) it. */
static char *read_text(const char *text, size_t length, int *ret_faults)
{
    char *plain = NULL;
    size_t plain_size = 0;
    struct reading reading = {.plain = open_memstream(&plain, &plain_size)};
    const struct inifile_handler handler = {.pair = on_pair,
                                            .fault = on_fault,
                                            .section = on_section,
                                            .is_script = is_script,
                                            .context = &reading};
    require(reading.plain != NULL);
    *ret_faults = inifile_parse(text, length, &handler);
    require(*ret_faults == reading.faults);
    require(fclose(reading.plain) == 0);
    return plain;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int faults = 0;
    char *once = read_text((const char *)data, size, &faults);
    char *twice = read_text(once, strlen(once), &faults);
    require(faults == 0);
    require(strcmp(once, twice) == 0);
    free(once);
    free(twice);
    return 0;
}
