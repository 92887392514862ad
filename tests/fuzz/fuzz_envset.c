/* SPDX-License-Identifier: MIT */
/* envset: a line is an entry of the list that its first byte names: "-" strip, "0" empty, "+" keep, "=" set,
 * anything else the environment itself. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox_init/envset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    LIST_MAX = 64,
};

enum list { LIST_STRIP, LIST_EMPTY, LIST_KEEP, LIST_SET, LIST_ENVIRON, LIST_COUNT };

static void require(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static enum list list_of(char kind)
{
    static const char kinds[] = "-0+=";
    const char *found = kind ? strchr(kinds, kind) : NULL;
    return found ? (enum list)(found - kinds) : LIST_ENVIRON;
}

/* Cuts TEXT into lines and hangs them into LISTS, which start zeroed and stay so at their ends. */
static void fill_lists(char *lists[LIST_COUNT][LIST_MAX + 1], char *text)
{
    size_t counts[LIST_COUNT] = {0};
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        enum list list = list_of(*line);
        if (counts[list] < LIST_MAX) {
            lists[list][counts[list]++] = *line ? line + 1 : line;
        }
    }
}

static size_t count(char *const *list)
{
    size_t entries = 0;
    while (list[entries]) {
        entries++;
    }
    return entries;
}

static bool is_in(char *const *list, const char *entry)
{
    for (; *list; list++) {
        if (strcmp(*list, entry) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_name(const char *entry, const char *name, size_t length)
{
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static size_t count_name(char *const *list, const char *name, size_t length)
{
    size_t entries = 0;
    for (; *list; list++) {
        if (has_name(*list, name, length)) {
            entries++;
        }
    }
    return entries;
}

/* Is ENTRY a name of LIST with no value? */
static bool is_emptied(char *const *list, const char *entry)
{
    size_t length = strlen(entry);
    for (; *list; list++) {
        if (strlen(*list) + 1 == length && has_name(entry, *list, length - 1)) {
            return true;
        }
    }
    return false;
}

/* The last entry of a name in `set` is there, and no other of that name. */
static void check_set(char *const *set, char *const *output)
{
    for (size_t i = 0; set[i]; i++) {
        size_t length = strcspn(set[i], "=");
        if (!set[i][length] || !envset_is_name(set[i], length)) {
            continue;
        }
        require(count_name(output, set[i], length) == 1);
        if (count_name(set + i + 1, set[i], length) == 0) {
            require(is_in(output, set[i]));
        }
    }
}

/* Nothing comes from nowhere, and what is taken away is gone. */
static void check_origin(char *lists[LIST_COUNT][LIST_MAX + 1], const struct envset_policy *policy,
                         char *const *output)
{
    for (; *output; output++) {
        if (is_in(lists[LIST_SET], *output) || is_emptied(lists[LIST_EMPTY], *output)) {
            continue;
        }
        require(is_in(lists[LIST_ENVIRON], *output));
        require(!envset_is_changed(policy, *output));
    }
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* INPUT must give the entries of OUTPUT, which is sorted. */
static void require_same(char *const *input, const struct envset_policy *policy, char *const *output)
{
    char **again = NULL;
    require(envset_build(input, policy, &again) == 0);
    require(count(again) == count(output));
    qsort(again, count(again), sizeof(*again), compare_entries);
    for (size_t i = 0; output[i]; i++) {
        require(strcmp(again[i], output[i]) == 0);
    }
    free(again);
}

static void check_lists(char *lists[LIST_COUNT][LIST_MAX + 1])
{
    const struct envset_policy policy = {
        .strip = lists[LIST_STRIP],
        .empty = lists[LIST_EMPTY],
        .keep = lists[LIST_KEEP],
        .set = lists[LIST_SET],
    };
    char *const *input = lists[LIST_ENVIRON];
    char **output = NULL;
    size_t changed = 0;
    require(envset_build(input, &policy, &output) == 0);
    check_set(lists[LIST_SET], output);
    check_origin(lists, &policy, output);
    qsort(output, count(output), sizeof(*output), compare_entries);
    require_same(output, &policy, output);

    for (size_t i = 0; input[i]; i++) {
        changed += envset_is_changed(&policy, input[i]) ? 1 : 0;
    }
    require(envset_wipe(input, &policy) == changed);
    require(envset_wipe(input, &policy) == 0);
    require_same(input, &policy, output);
    free(output);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *lists[LIST_COUNT][LIST_MAX + 1] = {{NULL}};
    char *text = malloc(size + 1);
    require(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    fill_lists(lists, text);
    check_lists(lists);
    free(text);
    return 0;
}
