/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_git.h"

#include "sandbox_init/gitconfig.h"
#include "sandbox_init/premises.h"

#include <stdio.h>
#include <string.h>

enum {
    HELPERS_MAX = 16,
    HELPER_NAME_SIZE = 64,
    INCLUDES_DEPTH_MAX = 3,
    FILES_MAX = 16, /* that are read, those that others include among them */
};

struct helper {
    char file[SCENE_PATH_SIZE];
    char name[HELPER_NAME_SIZE]; /* never a whole command: it may have a password in it */
    bool is_relay;               /* it asks VS Code */
};

struct helpers {
    struct helper items[HELPERS_MAX];
    size_t count;
    size_t files; /* read so far */
    bool is_cut;  /* there are more helpers, or more files */
};

/* ---- git's configuration ---- */

struct reading {
    const struct scene *scene;
    struct helpers *helpers;
    const char *file;
    unsigned depth; /* of includes */
};

static void read_config(const struct scene *scene, struct helpers *helpers, const char *file, unsigned depth);

static bool is_relay(const char *text)
{
    static const char *const marks[] = {"vscode-remote-containers",
                                        "dev-containers",
                                        "git-credential-helper",
                                        "remote-cli",
                                        "vscode-server",
                                        "vscode-git",
                                        ".cursor-server",
                                        ".windsurf-server"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strstr(text, marks[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* "store --file x", "/usr/lib/git-core/git-credential-libsecret", "!/usr/bin/gh auth git-credential". */
static void name_helper(const char *value, char name[static HELPER_NAME_SIZE])
{
    static const char prefix[] = "git-credential-";
    if (value[0] == '!') {
        const bool is_gh = strstr(value, "gh auth git-credential") != NULL;
        snprintf(name, HELPER_NAME_SIZE, "%s", is_gh ? "gh" : "a command");
        return;
    }
    const size_t length = strcspn(value, " \t");
    const char *begin = value;
    for (const char *byte = value; byte < value + length; byte++) {
        begin = *byte == '/' ? byte + 1 : begin;
    }
    begin += strncmp(begin, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
    snprintf(name, HELPER_NAME_SIZE, "%.*s", (int)(value + length - begin), begin);
}

static void take_helper(const struct reading *reading, const struct gitconfig_pair *pair)
{
    struct helpers *helpers = reading->helpers;
    if (pair->value[0] == '\0') { /* forgets all before it; for one address only, it does not help others */
        helpers->count = pair->subsection[0] == '\0' ? 0 : helpers->count;
        return;
    }
    if (helpers->count == HELPERS_MAX) {
        helpers->is_cut = true;
        return;
    }
    struct helper *helper = &helpers->items[helpers->count++];
    snprintf(helper->file, sizeof helper->file, "%s", reading->file);
    name_helper(pair->value, helper->name);
    helper->is_relay = is_relay(pair->value);
}

/* A condition (includeIf) is taken to hold: it does somewhere. */
static void follow(const struct reading *reading, const char *target)
{
    char path[SCENE_PATH_SIZE];
    if (target[0] == '/') {
        snprintf(path, sizeof path, "%s", target);
    } else if (strncmp(target, "~/", 2) == 0) {
        scene_home(reading->scene, path, target + 1);
    } else {
        const char *slash = strrchr(reading->file, '/');
        snprintf(path, sizeof path, "%.*s/%s", (int)(slash - reading->file), reading->file, target);
    }
    if (reading->depth < INCLUDES_DEPTH_MAX) {
        read_config(reading->scene, reading->helpers, path, reading->depth + 1);
    } else {
        reading->helpers->is_cut = true;
    }
}

static void take_pair(void *context, const struct gitconfig_pair *pair)
{
    const struct reading *reading = context;
    if (strcmp(pair->section, "credential") == 0 && strcmp(pair->key, "helper") == 0) {
        take_helper(reading, pair);
    } else if (strncmp(pair->section, "include", strlen("include")) == 0 && strcmp(pair->key, "path") == 0) {
        follow(reading, pair->value);
    }
}

static void read_config(const struct scene *scene, struct helpers *helpers, const char *file, unsigned depth)
{
    char text[PREMISES_TEXT_SIZE];
    struct reading reading = {.scene = scene, .helpers = helpers, .file = file, .depth = depth};
    if (helpers->files == FILES_MAX) {
        helpers->is_cut = true;
        return;
    }
    helpers->files++;
    const ssize_t length = premises_read(scene, file, text, sizeof text);
    if (length > 0) {
        helpers->is_cut = helpers->is_cut || length == sizeof text - 1;
        gitconfig_read(text, take_pair, &reading);
    }
}

/* What holds in every repository. */
static void read_common(const struct scene *scene, struct helpers *helpers)
{
    char path[SCENE_PATH_SIZE];
    const char *global = premises_variable(scene, "GIT_CONFIG_GLOBAL");
    const char *xdg = premises_variable(scene, "XDG_CONFIG_HOME");
    read_config(scene, helpers, "/usr/local/etc/gitconfig", 0);
    read_config(scene, helpers, "/etc/gitconfig", 0);
    if (global != NULL) {
        read_config(scene, helpers, global, 0);
        return;
    }
    premises_join(path, xdg != NULL ? xdg : scene->agent.home,
                  xdg != NULL ? "/git/config" : "/.config/git/config");
    read_config(scene, helpers, path, 0);
    read_config(scene, helpers, scene_home(scene, path, "/.gitconfig"), 0);
}

/* ---- what is said ---- */

static void note_helper(const struct helper *helper, struct finding *finding)
{
    char file[FINDING_NAME_SIZE];
    char name[FINDING_NAME_SIZE];
    finding_name(file, helper->file);
    if (!helper->is_relay) {
        finding_note(finding, FINDING_WARN, "%s: the helper %s", file, finding_name(name, helper->name));
        finding_mend(
            finding, "devcontainer.json",
            "\"customizations\": {\"vscode\": {\"settings\": {\"dev.containers.copyGitConfig\": false, "
            "\"remote.containers.copyGitConfig\": false}}}");
        return;
    }
    finding_note(finding, FINDING_FAIL, "%s: VS Code's relay of the host's git credentials", file);
    finding_mend(finding, "devcontainer.json",
                 "\"customizations\": {\"vscode\": {\"settings\": "
                 "{\"dev.containers.gitCredentialHelperConfigLocation\": \"none\"}}}");
    if (strncmp(helper->file, "/etc/", strlen("/etc/")) != 0) {
        finding_mend(finding, "devcontainer.json",
                     "\"postAttachCommand\": \"git config --global --unset-all credential.helper\"");
    }
}

static bool is_noted(const struct helpers *noted, const struct helper *helper)
{
    for (size_t i = 0; i < noted->count; i++) {
        if (strcmp(noted->items[i].file, helper->file) == 0 &&
            strcmp(noted->items[i].name, helper->name) == 0 && noted->items[i].is_relay == helper->is_relay) {
            return true;
        }
    }
    return false;
}

static void note_new(const struct helpers *helpers, struct helpers *noted, struct finding *finding)
{
    for (size_t i = 0; i < helpers->count; i++) {
        if (noted->count == HELPERS_MAX) {
            noted->is_cut = true;
            return;
        }
        if (!is_noted(noted, &helpers->items[i])) {
            note_helper(&helpers->items[i], finding);
            noted->items[noted->count++] = helpers->items[i];
        }
    }
    noted->is_cut = noted->is_cut || helpers->is_cut;
}

/* A workspace that forgets the common helpers does so for itself only. */
static void look_at_git(const struct scene *scene, struct finding *finding)
{
    struct premises workspaces;
    struct helpers common = {.count = 0};
    struct helpers noted = {.count = 0};
    char path[SCENE_PATH_SIZE];
    read_common(scene, &common);
    note_new(&common, &noted, finding);
    premises_find_workspaces(scene, &workspaces);
    for (size_t i = 0; i < workspaces.count; i++) {
        if (premises_find_git(scene, workspaces.paths[i], "/config", path)) {
            struct helpers own = {.count = 0};
            read_config(scene, &own, path, 0);
            note_new(&own, &noted, finding);
        }
    }
    if (noted.is_cut || workspaces.is_cut) {
        finding_miss(finding,
                     "the rest of long or many git configurations: look with git config --show-origin "
                     "--get-all credential.helper");
    }
}

/* Copies the string behind the name KEY of JSON. */
static bool find_string(const char *json, const char *key, char value[static HELPER_NAME_SIZE])
{
    const char *at = strstr(json, key);
    if (at == NULL) {
        return false;
    }
    at += strlen(key);
    at += strspn(at, " \t\r\n:");
    if (*at != '"') {
        return false;
    }
    snprintf(value, HELPER_NAME_SIZE, "%.*s", (int)strcspn(at + 1, "\"\n"), at + 1);
    return value[0] != '\0';
}

static void look_at_docker(const struct scene *scene, struct finding *finding)
{
    char text[PREMISES_TEXT_SIZE];
    char path[SCENE_PATH_SIZE];
    char file[FINDING_NAME_SIZE];
    char store[HELPER_NAME_SIZE];
    char name[FINDING_NAME_SIZE];
    struct premises_names scripts;
    const char *directory = premises_variable(scene, "DOCKER_CONFIG");
    premises_join(path, directory != NULL ? directory : scene->agent.home,
                  directory != NULL ? "/config.json" : "/.docker/config.json");
    finding_name(file, path);
    const bool is_read = premises_read(scene, path, text, sizeof text) > 0;
    bool is_relayed = false;
    if (is_read && strstr(text, "\"dev-containers-") != NULL) {
        is_relayed = true;
        finding_note(finding, FINDING_FAIL, "%s: VS Code's relay of the host's docker credentials", file);
    } else if (is_read && find_string(text, "\"credsStore\"", store)) {
        finding_note(finding, FINDING_WARN, "%s: docker's store %s", file, finding_name(name, store));
    }
    premises_list(scene, "/usr/local/bin", "docker-credential-dev-containers-*", &scripts);
    if (!is_relayed && scripts.count > 0) {
        is_relayed = true;
        finding_note(finding, FINDING_WARN, "/usr/local/bin/%s: VS Code's, and not in use",
                     finding_name(name, scripts.names[0]));
    }
    if (is_relayed) {
        finding_mend(finding, "devcontainer.json",
                     "\"customizations\": {\"vscode\": {\"settings\": "
                     "{\"dev.containers.dockerCredentialHelper\": false}}}");
    }
}

void look_git_helper(const struct scene *scene, struct finding *finding)
{
    look_at_git(scene, finding);
    look_at_docker(scene, finding);
    premises_admit(scene, finding);
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_PASS, "neither git nor docker has a helper");
    }
}
