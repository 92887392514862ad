/* SPDX-License-Identifier: MIT */
#include "sandbox_init/config_render.h"

#include "sandbox_init/config_quantity.h"
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

static const char *name_kind(const struct config_job *job)
{
    return job->is_service ? "service" : "job";
}

/* The usual indentation of a script's lines, or the least when one of them would be too long to be read
 * again. */
static int measure_script_indent(const char *script)
{
    for (const char *line = script; *line; line += *line == '\n') {
        size_t length = strcspn(line, "\n");
        if (length + INDENT_USUAL > INIFILE_SCRIPT_LINE_MAX) {
            return INDENT_LEAST;
        }
        line += length;
    }
    return INDENT_USUAL;
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

/* SCRIPT: NULL for none. One of one line stands behind its key, where that fits. Of a longer one each line is
 * indented. */
static void write_ini_script(const struct config_key *key, const char *script, FILE *stream)
{
    size_t length = strcspn(script, "\n");
    if (script[length] == '\0' && strlen(key->name) + strlen(" = ") + length <= INIFILE_SCRIPT_LINE_MAX) {
        fprintf(stream, "%s =%s%s\n", key->name, length > 0 ? " " : "", script);
        return;
    }
    int indent = measure_script_indent(script);
    fprintf(stream, "%s =\n", key->name);
    for (const char *line = script;; line += length + 1) {
        length = strcspn(line, "\n");
        fprintf(stream, "%*s%.*s\n", length > 0 ? indent : 0, "", (int)length, line);
        if (line[length] == '\0') {
            return;
        }
    }
}

static void write_ini_quantity(const struct config_key *key, uint64_t value, FILE *stream)
{
    char text[CONFIG_QUANTITY_SIZE];
    config_quantity_write(key, value, text);
    write_ini_scalar(key, text, stream);
}

static void write_ini_value(const void *record, const struct config_key *key, FILE *stream)
{
    const void *value = config_table_value(record, key);
    switch (key->type) {
    case CONFIG_BOOL:
        write_ini_scalar(key, *(const bool *)value ? "yes" : "no", stream);
        break;
    case CONFIG_DURATION:
    case CONFIG_SIZE:
    case CONFIG_NUMBER:
    case CONFIG_OCTAL:
        write_ini_quantity(key, *(const uint64_t *)value, stream);
        break;
    case CONFIG_CHOICE:
        write_ini_scalar(key, key->choices[*(const int *)value], stream);
        break;
    case CONFIG_STRING:
        write_ini_scalar(key, *(char *const *)value ? *(char *const *)value : "", stream);
        break;
    case CONFIG_SCRIPT:
        write_ini_script(key, *(char *const *)value ? *(char *const *)value : "", stream);
        break;
    case CONFIG_WORDS:
    case CONFIG_LINES:
        write_ini_list(key, *(char *const *const *)value, stream);
        break;
    }
}

static void write_ini_job(const struct config_job *job, FILE *stream)
{
    fprintf(stream, "\n[%s:%s]\n", name_kind(job), job->name);
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        if (config_table_fits(key, job->is_service)) {
            write_ini_value(job, key, stream);
        }
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
    for (size_t i = 0; i < config->job_count; i++) {
        write_ini_job(&config->jobs[i], stream);
    }
    return finish_stream(stream);
}

/* How many bytes of TEXT are one character in UTF-8, and which it is. Returns 0 for what is none. */
static size_t read_character(const unsigned char *text, uint32_t *ret_character)
{
    static const struct {
        unsigned char mask, mark;
        uint32_t least; /* what is written longer than it need be is none */
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    size_t length = 1;
    while (length <= 4 && (text[0] & forms[length - 1].mask) != forms[length - 1].mark) {
        length++;
    }
    if (length > 4) {
        return 0;
    }
    uint32_t character = text[0] & (uint32_t)(unsigned char)~forms[length - 1].mask;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) { /* so is a NUL */
            return 0;
        }
        character = character << 6 | (text[i] & 0x3fU);
    }
    bool is_surrogate = character >= 0xd800 && character <= 0xdfff;
    bool is_one = character >= forms[length - 1].least && character <= 0x10ffff && !is_surrogate;
    *ret_character = character;
    return is_one ? length : 0;
}

static void write_json_character(uint32_t character, FILE *stream)
{
    if (character >= 0x10000) {
        uint32_t rest = character - 0x10000;
        fprintf(stream, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
    } else if (character == '"' || character == '\\') {
        fprintf(stream, "\\%c", (char)character);
    } else if (character == '\n') {
        fputs("\\n", stream);
    } else if (character == '\t') {
        fputs("\\t", stream);
    } else if (character < 0x20 || character > 0x7e) {
        fprintf(stream, "\\u%04" PRIx32, character);
    } else {
        fputc((int)character, stream);
    }
}

static void write_json_string(const char *text, FILE *stream)
{
    fputc('"', stream);
    for (const unsigned char *byte = (const unsigned char *)text; *byte;) {
        uint32_t character = 0;
        size_t length = read_character(byte, &character);
        write_json_character(length > 0 ? character : 0xdc00U + *byte, stream);
        byte += length > 0 ? length : 1;
    }
    fputc('"', stream);
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

static void write_json_text(const char *text, FILE *stream)
{
    if (text) {
        write_json_string(text, stream);
    } else {
        fputs("null", stream);
    }
}

static void write_json_value(const void *record, const struct config_key *key, FILE *stream)
{
    const void *value = config_table_value(record, key);
    char text[CONFIG_QUANTITY_SIZE];
    switch (key->type) {
    case CONFIG_BOOL:
        fputs(*(const bool *)value ? "true" : "false", stream);
        break;
    case CONFIG_DURATION:
    case CONFIG_SIZE:
        fprintf(stream, "%" PRIu64, *(const uint64_t *)value);
        break;
    case CONFIG_NUMBER:
        fprintf(stream, "%" PRId64, *(const int64_t *)value);
        break;
    case CONFIG_OCTAL:
        config_quantity_write(key, *(const uint64_t *)value, text);
        write_json_string(text, stream);
        break;
    case CONFIG_CHOICE:
        write_json_string(key->choices[*(const int *)value], stream);
        break;
    case CONFIG_STRING:
    case CONFIG_SCRIPT:
        write_json_text(*(char *const *)value, stream);
        break;
    case CONFIG_WORDS:
    case CONFIG_LINES:
        write_json_list(*(char *const *const *)value, stream);
        break;
    }
}

static void write_json_job(const struct config_job *job, FILE *stream)
{
    fprintf(stream, "{\"name\": \"%s\", \"kind\": \"%s\"", job->name, name_kind(job));
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        if (config_table_fits(key, job->is_service)) {
            fprintf(stream, ", \"%s\": ", key->name);
            write_json_value(job, key, stream);
        }
    }
    fputc('}', stream);
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
    fputs("}, \"jobs\": [", stream);
    for (size_t i = 0; i < config->job_count; i++) {
        fputs(i > 0 ? ", " : "", stream);
        write_json_job(&config->jobs[i], stream);
    }
    fputs("]}\n", stream);
    return finish_stream(stream);
}
