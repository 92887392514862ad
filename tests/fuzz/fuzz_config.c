/* SPDX-License-Identifier: MIT */
/*
 * config: any bytes as the main file. What is taken is rendered, and that is read again as the same, value by
 * value; a job's command can be read back from the JSON, too, byte by byte.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_init/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/fuzz_config.XXXXXX";

static void require(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void remove_file(void)
{
    unlink(path);
}

/* The loader opens files by their names, so there is one; its directory is trusted as any /tmp is. */
static int open_file(void)
{
    static int fd = -1;
    if (fd < 0) {
        fd = mkstemp(path);
        require(fd >= 0 && atexit(remove_file) == 0);
    }
    return fd;
}

static void require_printable(const char *text)
{
    for (; *text; text++) {
        require(*text >= 0x20 && *text <= 0x7e);
    }
}

static void on_fault(void *context, const struct config_fault *fault)
{
    unsigned *faults = context;
    require(strcmp(fault->file, path) == 0); /* not one of our own defaults, and not the whole file's */
    require(fault->line > 0);
    require(strlen(fault->message) > 10);
    require_printable(fault->message);
    (*faults)++;
}

/* Loads TEXT. Returns whether it was taken. */
static bool load(struct config *config, const void *text, size_t size)
{
    const struct config_source source = {.file = path, .is_required = true, .owner = geteuid()};
    unsigned faults = 0;
    int fd = open_file();
    require(ftruncate(fd, 0) == 0 && pwrite(fd, text, size, 0) == (ssize_t)size);
    int result = config_load(config, &source, on_fault, &faults);
    require(result == 0 || result == -EINVAL);
    require((result == 0) == (faults == 0));
    return result == 0;
}

static char *render(const struct config *config, int (*render_function)(const struct config *, FILE *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    require(stream != NULL);
    require(render_function(config, stream) == 0);
    require(fclose(stream) == 0);
    return text;
}

static void require_same_text(const char *a, const char *b)
{
    require(!a == !b);
    require(!a || strcmp(a, b) == 0);
}

static void require_same_list(char *const *a, char *const *b)
{
    for (; *a && *b; a++, b++) {
        require_same_text(*a, *b);
    }
    require(!*a && !*b);
}

static void require_same_value(const struct config_key *key, const void *a, const void *b)
{
    switch (key->type) {
    case CONFIG_BOOL:
        require(*(const bool *)a == *(const bool *)b);
        break;
    case CONFIG_CHOICE:
        require(*(const int *)a == *(const int *)b);
        break;
    case CONFIG_DURATION:
    case CONFIG_SIZE:
    case CONFIG_NUMBER:
    case CONFIG_OCTAL:
        require(*(const uint64_t *)a == *(const uint64_t *)b);
        break;
    case CONFIG_STRING:
    case CONFIG_SCRIPT:
        require_same_text(*(char *const *)a, *(char *const *)b);
        break;
    case CONFIG_WORDS:
    case CONFIG_LINES:
        require_same_list(*(char *const *const *)a, *(char *const *const *)b);
        break;
    }
}

/* A and B are records of the same kind, TABLE is theirs. */
static void require_same_record(const struct config_key *table, const void *a, const void *b)
{
    for (const struct config_key *key = table; key->name; key++) {
        require_same_value(key, config_table_value(a, key), config_table_value(b, key));
    }
}

static void require_same(const struct config *a, const struct config *b)
{
    require_same_record(config_table_keys, a, b);
    require(a->job_count == b->job_count);
    for (size_t i = 0; i < a->job_count; i++) {
        require_same_text(a->jobs[i].name, b->jobs[i].name);
        require(a->jobs[i].is_service == b->jobs[i].is_service && a->jobs[i].needs == b->jobs[i].needs);
        require_same_record(config_table_job_keys, &a->jobs[i], &b->jobs[i]);
    }
}

/* No job waits for itself, however long the way is: one that waits for nobody can always be taken away. */
static void require_order(const struct config *config)
{
    uint64_t left = 0;
    for (size_t i = 0; i < config->job_count; i++) {
        require(config->jobs[i].command && config->jobs[i].shell[0] && config->jobs[i].stop_signal);
        left |= UINT64_C(1) << i;
    }
    for (size_t round = 0; round < config->job_count; round++) {
        for (size_t i = 0; i < config->job_count; i++) {
            left &= (config->jobs[i].needs & left) == 0 ? ~(UINT64_C(1) << i) : UINT64_MAX;
        }
    }
    require(left == 0);
}

static unsigned read_unit(const char *digits)
{
    unsigned unit = 0;
    require(sscanf(digits, "%4x", &unit) == 1);
    return unit;
}

/* Appends CHARACTER to TEXT in UTF-8, or the byte that it stands for. Returns what is behind it. */
static char *write_character(char *text, unsigned character)
{
    if (character >= 0xdc80 && character <= 0xdcff) {
        *text++ = (char)(character - 0xdc00);
    } else if (character < 0x80) {
        *text++ = (char)character;
    } else if (character < 0x800) {
        *text++ = (char)(0xc0 | character >> 6);
        *text++ = (char)(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        *text++ = (char)(0xe0 | character >> 12);
        *text++ = (char)(0x80 | (character >> 6 & 0x3f));
        *text++ = (char)(0x80 | (character & 0x3f));
    } else {
        *text++ = (char)(0xf0 | character >> 18);
        *text++ = (char)(0x80 | (character >> 12 & 0x3f));
        *text++ = (char)(0x80 | (character >> 6 & 0x3f));
        *text++ = (char)(0x80 | (character & 0x3f));
    }
    return text;
}

/* Reads the character behind a backslash at *JSON, and moves that behind it. */
static unsigned read_escape(const char **json)
{
    char kind = *(*json)++;
    if (kind != 'u') {
        return kind == 'n' ? '\n' : kind == 't' ? '\t' : (unsigned char)kind;
    }
    unsigned unit = read_unit(*json);
    *json += 4;
    if (unit < 0xd800 || unit > 0xdbff) {
        return unit;
    }
    require((*json)[0] == '\\' && (*json)[1] == 'u');
    unsigned low = read_unit(*json + 2);
    require(low >= 0xdc00 && low <= 0xdfff);
    *json += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/* The strings behind "command": in JSON are those of CONFIG's jobs. */
static void require_commands(const struct config *config, const char *json)
{
    static const char name[] = "\"command\": \"";
    char *text = malloc(strlen(json) + 1);
    require(text != NULL);
    for (size_t i = 0; i < config->job_count; i++) {
        char *end = text;
        json = strstr(json, name);
        require(json != NULL);
        json += strlen(name);
        while (*json != '"') {
            unsigned character = (unsigned char)*json++;
            end = write_character(end, character == '\\' ? read_escape(&json) : character);
        }
        *end = '\0';
        require_same_text(text, config->jobs[i].command);
    }
    require(strstr(json, name) == NULL);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config first = {0};
    struct config second = {0};
    if (!load(&first, data, size)) {
        return 0;
    }
    char *once = render(&first, config_render_ini);
    require(load(&second, once, strlen(once)));
    require_same(&first, &second);
    require_order(&first);
    char *twice = render(&second, config_render_ini);
    require(strcmp(once, twice) == 0);
    char *json = render(&first, config_render_json);
    json[strcspn(json, "\n")] = '\0';
    require_printable(json);
    require_commands(&first, json);
    free(once);
    free(twice);
    free(json);
    config_finish(&first);
    config_finish(&second);
    return 0;
}
