/* SPDX-License-Identifier: MIT */
#include "sandbox_init/environs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gathering {
    const struct scene *scene;
    const char *const *names;
    struct environs *environs;
    char *text; /* ENVIRONS_TEXT_SIZE bytes */
};

static void add(struct environs *environs, const char *name, const char *value)
{
    char text[ENVIRONS_VALUE_SIZE];
    snprintf(text, sizeof text, "%s", value);
    for (size_t i = 0; i < environs->count; i++) {
        if (environs->values[i].name == name && strcmp(environs->values[i].text, text) == 0) {
            return;
        }
    }
    environs->is_cut = environs->is_cut || environs->count == ENVIRONS_VALUES_MAX;
    if (environs->count < ENVIRONS_VALUES_MAX) {
        struct environs_value *slot = &environs->values[environs->count++];
        slot->name = name;
        memcpy(slot->text, text, sizeof text);
    }
}

static void take_entry(const struct gathering *gathering, const char *entry)
{
    for (const char *const *name = gathering->names; *name != NULL; name++) {
        const size_t length = strlen(*name);
        if (strncmp(entry, *name, length) == 0 && entry[length] == '=' && entry[length + 1] != '\0') {
            add(gathering->environs, *name, entry + length + 1);
        }
    }
}

static bool visit_process(void *context, const struct scene_process *process)
{
    struct gathering *gathering = context;
    const ssize_t length =
        scene_read_process(gathering->scene, process, "environ", gathering->text, ENVIRONS_TEXT_SIZE);
    /* The init's own is closed to everybody, and known: nobody puts sockets there. */
    const bool is_init = process->pid == 1 && strcmp(process->name, "sandbox-init") == 0;
    gathering->environs->unread += (length == -EACCES || length == -EPERM) && !is_init ? 1 : 0;
    for (ssize_t i = 0; i < length; i += (ssize_t)strlen(gathering->text + i) + 1) {
        take_entry(gathering, gathering->text + i);
    }
    return true;
}

int environs_gather(struct environs *ret_environs, const struct scene *scene, const char *const *names)
{
    struct environs environs = {.values = calloc(ENVIRONS_VALUES_MAX, sizeof *environs.values)};
    struct gathering gathering = {
        .scene = scene, .names = names, .environs = &environs, .text = malloc(ENVIRONS_TEXT_SIZE)};
    if (environs.values == NULL || gathering.text == NULL) {
        free(environs.values);
        free(gathering.text);
        return -ENOMEM;
    }
    for (char *const *entry = scene->environ_in; *entry != NULL; entry++) {
        take_entry(&gathering, *entry);
    }
    const int result = scene_walk_processes(scene, visit_process, &gathering);
    environs.is_cut = environs.is_cut || result == -E2BIG;
    free(gathering.text);
    *ret_environs = environs;
    return 0;
}

void environs_finish(struct environs *environs)
{
    free(environs->values);
    *environs = (struct environs){0};
}
