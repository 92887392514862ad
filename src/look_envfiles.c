/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_envfiles.h"

#include "sandbox_init/envset.h"
#include "sandbox_init/variables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 256 * 1024, /* of a file; more is not looked at */
    CACHES_MAX = 32,
    LIST_SIZE = 256,
    ENTRY_SIZE = 4096, /* of a variable; a longer value is cut */
};

struct caches {
    const struct scene *scene;
    char paths[CACHES_MAX][SCENE_PATH_SIZE];
    const char *directory; /* that is looked through now */
    size_t count;
    size_t left_out;
};

static bool visit_cache(void *context, const char *name)
{
    struct caches *caches = context;
    const size_t length = strlen(name);
    if (strncmp(name, "env-", 4) != 0 || length < 5 || strcmp(name + length - 5, ".json") != 0) {
        return true;
    }
    if (caches->count == CACHES_MAX) {
        caches->left_out++;
        return false;
    }
    const int written =
        snprintf(caches->paths[caches->count], SCENE_PATH_SIZE, "%s/%s", caches->directory, name);
    caches->count += written < SCENE_PATH_SIZE ? 1 : 0;
    return true;
}

static bool visit_session(void *context, const char *name)
{
    struct caches *caches = context;
    char directory[SCENE_PATH_SIZE];
    if (strncmp(name, "devcontainers-", 14) == 0) {
        snprintf(directory, sizeof directory, "/tmp/%s", name);
        caches->directory = directory;
        scene_list(caches->scene, directory, visit_cache, caches);
        caches->directory = NULL;
    }
    return caches->left_out == 0;
}

/* What is in one file. */
struct haul {
    const struct variables *variables;
    char secrets[LIST_SIZE];
    char dangers[LIST_SIZE];
};

static void add_name(char list[static LIST_SIZE], const char *entry)
{
    char shown[FINDING_NAME_SIZE];
    const size_t used = strlen(list);
    variables_name(shown, entry);
    if (strstr(list, "...") == NULL) {
        const bool fits = used + 2 + strlen(shown) + 5 < LIST_SIZE;
        snprintf(list + used, LIST_SIZE - used, "%s%s", used > 0 ? ", " : "", fits ? shown : "...");
    }
}

static void take_entry(struct haul *haul, const char *entry)
{
    if (variables_find_secret(haul->variables, entry) == VARIABLES_SECRET) {
        add_name(haul->secrets, entry);
    } else if (variables_is_lead(haul->variables, entry)) {
        add_name(haul->dangers, entry);
    }
}

/* Lines as pam_env(8) reads them: NAME=VALUE, NAME="VALUE", with or without "export". */
static void read_lines(struct haul *haul, char *text)
{
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char entry[ENTRY_SIZE];
        line += strspn(line, " \t");
        line += strncmp(line, "export ", 7) == 0 ? 7 : 0;
        const size_t length = strcspn(line, "=");
        if (line[length] == '=' && envset_is_name(line, length)) {
            const char *value = line + length + 1;
            value += strspn(value, "\"'");
            snprintf(entry, sizeof entry, "%.*s=%s", (int)length, line, value);
            entry[strcspn(entry, "\"'")] = '\0';
            take_entry(haul, entry);
        }
    }
}

/*
 * Copies the string whose first byte is at TEXT, behind the quote, into BUFFER. Returns what is behind it. A
 * name that needs escapes is none, and of a value it only counts whether it is empty.
 */
static const char *copy_string(const char *text, char *buffer, size_t size)
{
    size_t used = 0;
    while (*text != '\0' && *text != '"') {
        text += *text == '\\' && text[1] != '\0' ? 1 : 0;
        if (used + 1 < size) {
            buffer[used++] = *text;
        }
        text++;
    }
    buffer[used] = '\0';
    return *text == '"' ? text + 1 : text;
}

/* The members of a JSON object whose values are strings. */
static void read_json(struct haul *haul, const char *text)
{
    static const char blanks[] = " \t\r\n";
    char name[ENVSET_NAME_SIZE];
    char value[ENTRY_SIZE];
    char entry[ENTRY_SIZE + ENVSET_NAME_SIZE];
    while ((text = strchr(text, '"')) != NULL) {
        text = copy_string(text + 1, name, sizeof name);
        text += strspn(text, blanks);
        if (*text != ':') {
            continue;
        }
        text++;
        text += strspn(text, blanks);
        if (*text == '"') {
            text = copy_string(text + 1, value, sizeof value);
            snprintf(entry, sizeof entry, "%s=%s", name, value);
            take_entry(haul, entry);
        }
    }
}

/* Reads PATH as the agent. Returns the bytes read or -errno. */
static ssize_t read_file(struct haul *haul, const char *path, char *buffer, bool is_json)
{
    scene_become(haul->variables->scene);
    const ssize_t length = scene_read(haul->variables->scene, path, buffer, TEXT_SIZE);
    scene_return(haul->variables->scene);
    if (length > 0 && is_json) {
        read_json(haul, buffer);
    } else if (length > 0) {
        read_lines(haul, buffer);
    }
    return length;
}

static void note_file(const struct variables *variables, const char *path, char *buffer, bool is_json,
                      struct finding *finding)
{
    struct haul haul = {.variables = variables};
    char shown[FINDING_NAME_SIZE];
    const unsigned uid = (unsigned)variables->scene->agent.uid;
    const ssize_t result = read_file(&haul, path, buffer, is_json);
    finding_name(shown, path);
    if (result == -ENOENT) {
        return;
    }
    if (result < 0) {
        finding_note(finding, FINDING_PASS, "%s is closed to uid %u", shown, uid);
        return;
    }
    if (result == TEXT_SIZE - 1) {
        finding_miss(finding, "what stands in %s behind its first %zd bytes", shown, result);
    }
    if (haul.secrets[0] != '\0') {
        finding_note(finding, FINDING_WARN, "%s has secrets: %s", shown, haul.secrets);
    }
    if (haul.dangers[0] != '\0') {
        finding_note(finding, FINDING_WARN, "%s has what leads out: %s", shown, haul.dangers);
    }
    if (uid != 0 && scene_may(variables->scene, path, W_OK)) {
        finding_note(finding, is_json ? FINDING_WARN : FINDING_FAIL, "%s can be written by uid %u, for %s",
                     shown, uid, is_json ? "later lifecycle commands" : "all who log in");
    } else if (haul.secrets[0] == '\0' && haul.dangers[0] == '\0') {
        finding_note(finding, FINDING_PASS, "%s has neither secrets nor what leads out", shown);
    }
}

void look_envfiles_all(const struct scene *scene, struct finding *finding)
{
    static const char system_file[] = "/etc/environment";
    struct variables variables;
    struct caches caches = {.scene = scene};
    char *buffer = malloc(TEXT_SIZE);
    if (buffer == NULL) {
        finding_note(finding, FINDING_WARN, "nothing was looked at: %s", strerror(ENOMEM));
        return;
    }
    variables_prepare(&variables, scene);
    note_file(&variables, system_file, buffer, false, finding);
    if (finding_judge(finding) == FINDING_FAIL) {
        finding_mend(finding, "Dockerfile", "RUN chown root: /etc/environment && chmod 644 /etc/environment");
    }
    if (finding->facts[FINDING_WARN].count > 0) {
        finding_mend(
            finding, "sandbox-init.ini",
            "environment_file = /run/secrets/env (for the job that needs it; instead of \"containerEnv\" "
            "and environment:)");
    }
    scene_become(scene);
    scene_list(scene, "/tmp", visit_session, &caches);
    scene_return(scene);
    const size_t before = finding->facts[FINDING_WARN].count;
    for (size_t i = 0; i < caches.count; i++) {
        note_file(&variables, caches.paths[i], buffer, true, finding);
    }
    if (finding->facts[FINDING_WARN].count > before) {
        finding_mend(finding, "devcontainer.json", "\"userEnvProbe\": \"none\"");
    }
    if (caches.left_out > 0) {
        finding_miss(finding, "more than %d caches of the devcontainer CLI in /tmp", CACHES_MAX);
    }
    free(buffer);
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_NONE,
                     "neither /etc/environment nor a cache of the devcontainer CLI is there");
    }
}
