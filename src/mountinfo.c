/* SPDX-License-Identifier: MIT */
#include "sandbox_init/mountinfo.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static bool is_octal(const char *text)
{
    return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' && text[2] >= '0' &&
           text[2] <= '7';
}

/* Takes the next field of the line, in which blanks, newlines and backslashes are "\040" and the like. */
static bool take_field(const char **line, char *field, size_t size)
{
    size_t used = 0;
    *line += strspn(*line, " ");
    const char *text = *line;
    while (*text != '\0' && *text != ' ' && *text != '\n') {
        char next = *text++;
        if (next == '\\' && is_octal(text)) {
            next = (char)((text[0] - '0') << 6 | (text[1] - '0') << 3 | (text[2] - '0'));
            text += 3;
        }
        if (used + 1 < size) {
            field[used++] = next;
        }
    }
    field[used] = '\0';
    const bool is_there = text != *line;
    *line = text;
    return is_there;
}

/* Is "ro" one of OPTIONS, which stand between commas? */
static bool has_read_only(const char *options)
{
    for (const char *option = options; option != NULL; option = strchr(option, ',')) {
        option += *option == ',' ? 1 : 0;
        if (strncmp(option, "ro", 2) == 0 && (option[2] == ',' || option[2] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool skip_fields(const char **line, size_t count)
{
    char field[MOUNTINFO_TYPE_SIZE];
    while (count > 0 && take_field(line, field, sizeof field)) {
        count--;
    }
    return count == 0;
}

/* Skips any number of tags, and what ends them. */
static bool skip_tags(const char **line)
{
    char field[MOUNTINFO_TYPE_SIZE] = "";
    while (strcmp(field, "-") != 0) {
        if (!take_field(line, field, sizeof field)) {
            return false;
        }
    }
    return true;
}

/* Its number, its parent's and the device's are of no use here. */
static bool read_line(const char *line, struct mountinfo_entry *entry)
{
    char options[MOUNTINFO_PATH_SIZE] = "";
    char super_options[MOUNTINFO_PATH_SIZE] = "";
    const bool is_read = skip_fields(&line, 3) && take_field(&line, entry->root, sizeof entry->root) &&
                         take_field(&line, entry->point, sizeof entry->point) &&
                         take_field(&line, options, sizeof options) && skip_tags(&line) &&
                         take_field(&line, entry->type, sizeof entry->type) &&
                         take_field(&line, entry->source, sizeof entry->source) &&
                         take_field(&line, super_options, sizeof super_options);
    entry->is_read_only = has_read_only(options) || has_read_only(super_options);
    return is_read;
}

bool mountinfo_next(const char **text, struct mountinfo_entry *ret_entry)
{
    bool is_read = false;
    while (!is_read && **text != '\0') {
        is_read = read_line(*text, ret_entry);
        *text += strcspn(*text, "\n");
        *text += **text == '\n' ? 1 : 0;
    }
    return is_read;
}
