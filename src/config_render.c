/* SPDX-License-Identifier: MIT */
#include "sandbox_init/config_render.h"

#include "sandbox_init/config_value.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/inifile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    INDENT_USUAL = 4,
    INDENT_LEAST = 1, /* still a continuation line, for an entry that fills it */
    WIDTH_USUAL = 100,
};
_Static_assert(WIDTH_USUAL < (int)INIFILE_LINE_MAX, "lines that are filled up can be read again");

static int finish_stream(FILE *stream)
{
    errno = 0;
    if (fflush(stream) == 0 && !ferror(stream)) {
        return 0;
    }
    return errno > 0 ? -errno : -EIO;
}

/* An entry may be as long as a line lets it be, and was then read from a line with the least around it. */
static int choose_indent(size_t length)
{
    return length + INDENT_USUAL <= INIFILE_LINE_MAX ? INDENT_USUAL : INDENT_LEAST;
}

static void write_ini_scalar(const struct config_key *key, const char *text, FILE *stream)
{
    bool fits = strlen(key->name) + strlen(" = ") + strlen(text) <= INIFILE_LINE_MAX;
    fprintf(stream, "%s%s%s\n", key->name, *text == '\0' ? " =" : fits ? " = " : "=", text);
}

/* The key stands alone and all entries are indented below it, as many in a line as look well. */
static void write_ini_list(const struct config_key *key, char *const *list, FILE *stream)
{
    size_t column = 0;
    fprintf(stream, "%s =", key->name);
    for (; *list; list++) {
        size_t length = strlen(*list);
        bool goes_on = key->type == CONFIG_WORDS && column > 0 && column + 1 + length <= WIDTH_USUAL;
        int indent = choose_indent(length);
        if (goes_on) {
            fprintf(stream, " %s", *list);
        } else {
            fprintf(stream, "\n%*s%s", indent, "", *list);
        }
        column = (goes_on ? column + 1 : (size_t)indent) + length;
    }
    fputc('\n', stream);
}

static void write_ini_value(const struct config *config, const struct config_key *key, FILE *stream)
{
    const void *value = config_table_value(config, key);
    char duration[CONFIG_DURATION_SIZE];
    switch (key->type) {
    case CONFIG_BOOL:
        write_ini_scalar(key, *(const bool *)value ? "yes" : "no", stream);
        break;
    case CONFIG_DURATION:
        config_value_write_duration(duration, *(const uint64_t *)value);
        write_ini_scalar(key, duration, stream);
        break;
    case CONFIG_CHOICE:
        write_ini_scalar(key, key->choices[*(const int *)value], stream);
        break;
    case CONFIG_STRING:
        write_ini_scalar(key, *(char *const *)value ? *(char *const *)value : "", stream);
        break;
    case CONFIG_WORDS:
    case CONFIG_LINES:
        write_ini_list(key, *(char *const *const *)value, stream);
        break;
    }
}

int config_render_ini(const struct config *config, FILE *stream)
{
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        if (config_table_begins_section(key)) {
            fprintf(stream, "%s[%s]\n", key == config_table_keys ? "" : "\n", key->section);
        }
        write_ini_value(config, key, stream);
    }
    return finish_stream(stream);
}

static void write_json_string(const char *text, FILE *stream)
{
    char escaped[INIFILE_LINE_MAX * ESCAPE_WIDTH_MAX + 1];
    escape_json(escaped, sizeof(escaped), text);
    fprintf(stream, "\"%s\"", escaped);
}

static void write_json_list(char *const *list, FILE *stream)
{
    fputc('[', stream);
    for (size_t i = 0; list[i]; i++) {
        fputs(i == 0 ? "" : ", ", stream);
        write_json_string(list[i], stream);
    }
    fputc(']', stream);
}

static void write_json_value(const struct config *config, const struct config_key *key, FILE *stream)
{
    const void *value = config_table_value(config, key);
    switch (key->type) {
    case CONFIG_BOOL:
        fputs(*(const bool *)value ? "true" : "false", stream);
        break;
    case CONFIG_DURATION:
        fprintf(stream, "%" PRIu64, *(const uint64_t *)value);
        break;
    case CONFIG_CHOICE:
        write_json_string(key->choices[*(const int *)value], stream);
        break;
    case CONFIG_STRING:
        if (*(char *const *)value) {
            write_json_string(*(char *const *)value, stream);
        } else {
            fputs("null", stream);
        }
        break;
    case CONFIG_WORDS:
    case CONFIG_LINES:
        write_json_list(*(char *const *const *)value, stream);
        break;
    }
}

int config_render_json(const struct config *config, FILE *stream)
{
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        if (config_table_begins_section(key)) {
            fprintf(stream, "%s\"%s\": {", key == config_table_keys ? "{" : "}, ", key->section);
        }
        fprintf(stream, "%s\"%s\": ", config_table_begins_section(key) ? "" : ", ", key->name);
        write_json_value(config, key, stream);
    }
    fputs("}}\n", stream);
    return finish_stream(stream);
}
