/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_workspace.h"

#include "sandbox_init/gitconfig.h"
#include "sandbox_init/premises.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LIST_SIZE = 512, /* of the names of a workspace's files */
    HEX_DIGITS = 4,  /* of \u */
};

/* ---- what the agent may change ---- */

struct target {
    const char *path;
    bool is_git;       /* it is where git keeps it */
    bool is_made_anew; /* it counts, too, if it is not there yet but can be made */
};

static const struct target targets[] = {
    {"/.devcontainer", false, true},
    {"/.devcontainer.json", false, false},
    {"/.vscode", false, true},
    {"/hooks", true, true},
    {"/config", true, false},
    {"/.envrc", false, false},
    {"/.husky", false, false},
    {"/.idea", false, false},
    {"/.mcp.json", false, false},
    {"/.claude/settings.json", false, false},
    {"/.claude/settings.local.json", false, false},
    {"/.cursor/mcp.json", false, false},
};

enum change {
    CANNOT,
    BY_RENAMING, /* it is read-only itself, but can be replaced */
    AS_IT_IS,
};

struct look {
    const struct scene *scene;
    struct finding *finding;
    const char *workspace;
    char list[LIST_SIZE]; /* what can be changed in it */
};

/* May the agent take the name PATH away, and put another file in its place? */
static bool may_rename(const struct scene *scene, const char *path)
{
    char parent[SCENE_PATH_SIZE];
    struct fileid entry;
    struct fileid directory;
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
    const int found = premises_identify(scene, path, &entry);
    if ((found == 0 && entry.is_mount_root) || !scene_may(scene, parent, W_OK | X_OK)) {
        return false;
    }
    /* unlink(2): in a directory with the sticky bit only what is one's own. */
    const uid_t agent = scene->agent.uid;
    return found == -ENOENT || premises_identify(scene, parent, &directory) < 0 ||
           (directory.mode & S_ISVTX) == 0 || agent == 0 || entry.owner == agent || directory.owner == agent;
}

/* BASE stays where it is. */
static enum change ask(const struct look *look, const char *base, const char *path)
{
    char above[SCENE_PATH_SIZE];
    struct fileid id;
    const bool is_there = premises_identify(look->scene, path, &id) == 0;
    if (is_there && premises_may_write(look->scene, path, look->finding)) {
        return AS_IT_IS;
    }
    snprintf(above, sizeof above, "%s", path);
    while (strlen(above) > strlen(base)) {
        if (may_rename(look->scene, above)) {
            return is_there ? BY_RENAMING : AS_IT_IS;
        }
        *strrchr(above, '/') = '\0';
    }
    return CANNOT;
}

/* A name is escaped already. */
static void list(struct look *look, const char *name, enum change change)
{
    const size_t used = strlen(look->list);
    snprintf(look->list + used, sizeof look->list - used, "%s%s%s", used > 0 ? ", " : "", name,
             change == BY_RENAMING ? " (by renaming what is around it)" : "");
}

#define MOUNTS "devcontainer.json, in \"mounts\""

static void mend(const struct look *look, const char *name)
{
    if (strcmp(name, ".git/hooks") == 0) { /* .git stays where it is only if it is a mount of its own */
        finding_mend(
            look->finding, MOUNTS,
            "\"source=${localWorkspaceFolder}/.git,target=${containerWorkspaceFolder}/.git,type=bind\"");
    }
    finding_mend(look->finding, MOUNTS,
                 "\"source=${localWorkspaceFolder}/%s,target=${containerWorkspaceFolder}/%s,"
                 "type=bind,readonly\"",
                 name, name);
}

/* Where TARGET is, what it is called, and the directory that stays where it is; false: there is none. */
static bool find_target(const struct look *look, const struct target *target,
                        char path[static SCENE_PATH_SIZE], char name[static FINDING_NAME_SIZE],
                        char base[static SCENE_PATH_SIZE])
{
    const size_t length = strlen(look->workspace);
    snprintf(base, SCENE_PATH_SIZE, "%s", look->workspace);
    snprintf(name, FINDING_NAME_SIZE, "%s%s", target->is_git ? ".git" : "",
             target->path + (target->is_git ? 0 : 1));
    if (!target->is_git) {
        premises_join(path, look->workspace, target->path);
        return true;
    }
    if (!premises_find_git(look->scene, look->workspace, target->path, path)) {
        return false;
    }
    if (strncmp(path, base, length) != 0 || path[length] != '/') { /* a worktree's, or a submodule's */
        finding_name(name, path);
        snprintf(base, SCENE_PATH_SIZE, "%.*s", (int)(strrchr(path, '/') - path), path);
    }
    return true;
}

static void look_at_target(struct look *look, const struct target *target)
{
    char path[SCENE_PATH_SIZE];
    char base[SCENE_PATH_SIZE];
    char name[FINDING_NAME_SIZE];
    struct fileid id;
    if (!find_target(look, target, path, name, base)) {
        return;
    }
    const bool is_there = premises_identify(look->scene, path, &id) == 0;
    if (!is_there && !target->is_made_anew) {
        return;
    }
    const enum change change = ask(look, base, path);
    if (change != CANNOT) {
        list(look, name, change);
        if (is_there && name[0] != '/' && (target->is_git || target->is_made_anew)) {
            mend(look, name);
        }
    }
}

/* Where git takes hooks from instead. */
static void take_pair(void *context, const struct gitconfig_pair *pair)
{
    struct look *look = context;
    char path[SCENE_PATH_SIZE];
    char name[FINDING_NAME_SIZE];
    if (strcmp(pair->section, "core") != 0 || strcmp(pair->key, "hookspath") != 0 || pair->value[0] == '\0' ||
        pair->value[0] == '~') {
        return;
    }
    const bool is_absolute = pair->value[0] == '/';
    const int length = snprintf(path, sizeof path, "%s%s%s", is_absolute ? "" : look->workspace,
                                is_absolute ? "" : "/", pair->value);
    if (length < SCENE_PATH_SIZE && premises_may_write(look->scene, path, look->finding)) {
        list(look, finding_name(name, pair->value), AS_IT_IS);
    }
}

static void look_at_hooks_path(struct look *look)
{
    char path[SCENE_PATH_SIZE];
    char text[PREMISES_TEXT_SIZE];
    if (premises_find_git(look->scene, look->workspace, "/config", path) &&
        premises_read(look->scene, path, text, sizeof text) > 0) {
        gitconfig_read(text, take_pair, look);
    }
}

static void look_at_workspace_files(struct look *look)
{
    struct premises_names names;
    char path[SCENE_PATH_SIZE];
    char name[PREMISES_NAME_SIZE + 1];
    char shown[FINDING_NAME_SIZE];
    premises_list(look->scene, look->workspace, "*.code-workspace", &names);
    for (size_t i = 0; i < names.count; i++) {
        snprintf(name, sizeof name, "/%s", names.names[i]);
        const enum change change = ask(look, look->workspace, premises_join(path, look->workspace, name));
        if (change != CANNOT) {
            list(look, finding_name(shown, names.names[i]), change);
        }
    }
}

/* Returns false, and says so, where there is no workspace. */
static bool find_workspaces(const struct scene *scene, struct premises *workspaces, struct finding *finding)
{
    premises_find_workspaces(scene, workspaces);
    if (workspaces->count == 0) {
        finding_note(finding, FINDING_NONE,
                     "no workspace: neither in /workspaces, in /workspace, where we are, nor mounted");
    }
    if (workspaces->is_cut) {
        finding_miss(finding, "more than %d workspaces", PREMISES_MAX);
    }
    premises_admit(scene, finding);
    return workspaces->count > 0;
}

void look_workspace_writable(const struct scene *scene, struct finding *finding)
{
    struct premises workspaces;
    char shown[FINDING_NAME_SIZE];
    if (!find_workspaces(scene, &workspaces, finding)) {
        return;
    }
    for (size_t i = 0; i < workspaces.count; i++) {
        struct look look = {.scene = scene, .finding = finding, .workspace = workspaces.paths[i]};
        for (size_t k = 0; k < sizeof targets / sizeof targets[0]; k++) {
            look_at_target(&look, &targets[k]);
        }
        look_at_hooks_path(&look);
        look_at_workspace_files(&look);
        finding_name(shown, workspaces.paths[i]);
        if (look.list[0] != '\0') {
            finding_note(finding, FINDING_WARN, "%s: it can change %s", shown, look.list);
        } else {
            finding_note(finding, FINDING_PASS, "%s: nothing that others run", shown);
        }
    }
}

/* ---- what the workspace's own settings do ---- */

struct setting {
    const char *key;   /* with "*" at its end: what begins so */
    const char *value; /* what it begins with; NULL: whatever it is */
    enum finding_verdict verdict;
    const char *place; /* of the mend; NULL: the read-only mount of .vscode */
    const char *mend;
};

static const struct setting settings[] = {
    {"remote.localPortHost", "\"allInterfaces\"", FINDING_FAIL, ".vscode/settings.json",
     "\"remote.localPortHost\": \"localhost\""},
    {"remote.extensionKind", NULL, FINDING_WARN, NULL, NULL},
    {"task.allowAutomaticTasks", "\"on\"", FINDING_WARN, "VS Code's user settings",
     "\"task.allowAutomaticTasks\": \"off\""},
    {"runOn", "\"folderOpen\"", FINDING_WARN, "VS Code's user settings",
     "\"task.allowAutomaticTasks\": \"off\""},
    {"chat.tools.autoApprove", "true", FINDING_WARN, ".vscode/settings.json",
     "\"chat.tools.autoApprove\": false"},
    {"chat.tools.global.autoApprove", "true", FINDING_WARN, ".vscode/settings.json",
     "\"chat.tools.global.autoApprove\": false"},
    {"terminal.integrated.profiles.*", NULL, FINDING_WARN, NULL, NULL},
    {"terminal.integrated.automationProfile.*", NULL, FINDING_WARN, NULL, NULL},
    {"terminal.integrated.defaultProfile.*", NULL, FINDING_WARN, NULL, NULL},
    {"terminal.integrated.shell.*", NULL, FINDING_WARN, NULL, NULL},
    {"terminal.integrated.env.*", NULL, FINDING_WARN, NULL, NULL},
};

/* The letter that \uXXXX at TEXT is, if it needs no escape; 0: it is something else. */
static char decode(const char *text)
{
    char digits[HEX_DIGITS + 1] = "";
    char *end = digits;
    if (strncmp(text, "\\u", 2) != 0) {
        return 0;
    }
    snprintf(digits, sizeof digits, "%s", text + 2);
    const long code = strtol(digits, &end, 16);
    const bool is_plain = code > ' ' && code <= '~' && code != '"' && code != '\\';
    return (char)(end == digits + HEX_DIGITS && is_plain ? code : 0);
}

/* Copies the string that begins at TEXT. Returns its end, behind the quote. */
static const char *copy_string(const char *text, char **to)
{
    *(*to)++ = *text++;
    while (*text != '\0' && *text != '"') {
        const char letter = decode(text);
        if (letter != 0) {
            *(*to)++ = letter;
            text += strlen("\\u") + HEX_DIGITS;
            continue;
        }
        if (*text == '\\' && text[1] != '\0') {
            *(*to)++ = *text++;
        }
        *(*to)++ = *text++;
    }
    if (*text == '"') {
        *(*to)++ = *text++;
    }
    return text;
}

/* In place: comments are taken out, and letters that are written as \u in strings become letters. */
static void simplify(char *json)
{
    const char *text = json;
    char *to = json;
    while (*text != '\0') {
        if (*text == '"') {
            text = copy_string(text, &to);
        } else if (strncmp(text, "//", 2) == 0) {
            text += strcspn(text, "\n");
        } else if (strncmp(text, "/*", 2) == 0) {
            const char *end = strstr(text + 2, "*/");
            text = end != NULL ? end + 2 : text + strlen(text);
        } else {
            *to++ = *text++;
        }
    }
    *to = '\0';
}

static bool is_key(const struct setting *setting, const char *key, size_t length)
{
    const size_t wanted = strlen(setting->key);
    if (setting->key[wanted - 1] == '*') {
        return length >= wanted - 1 && strncmp(key, setting->key, wanted - 1) == 0;
    }
    return length == wanted && strncmp(key, setting->key, wanted) == 0;
}

static void look_at_key(const char *file, const char *key, size_t length, const char *value,
                        struct finding *finding)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const struct setting *setting = &settings[i];
        if (!is_key(setting, key, length) ||
            (setting->value != NULL && strncmp(value, setting->value, strlen(setting->value)) != 0)) {
            continue;
        }
        char raw[FINDING_NAME_SIZE];
        char shown[FINDING_NAME_SIZE];
        snprintf(raw, sizeof raw, "%.*s", (int)length, key);
        finding_note(finding, setting->verdict, "%s: %s%s%.*s", file, finding_name(shown, raw),
                     setting->value != NULL ? ": " : "",
                     (int)(setting->value != NULL ? strlen(setting->value) : 0), value);
        if (setting->place != NULL) {
            finding_mend(finding, setting->place, "%s", setting->mend);
        } else {
            finding_mend(finding, MOUNTS,
                         "\"source=${localWorkspaceFolder}/.vscode,"
                         "target=${containerWorkspaceFolder}/.vscode,type=bind,readonly\"");
        }
    }
}

/* Returns whether there is such a file. */
static bool look_at_settings(const struct scene *scene, const char *path, struct finding *finding)
{
    char text[PREMISES_TEXT_SIZE];
    char file[FINDING_NAME_SIZE];
    const ssize_t got = premises_read(scene, path, text, sizeof text);
    if (got < 0) {
        return false;
    }
    finding_name(file, path);
    if (got == sizeof text - 1) {
        finding_miss(finding, "what stands in %s behind its first %zd bytes", file, got);
    }
    simplify(text);
    for (const char *at = strchr(text, '"'); at != NULL && *at != '\0'; at = strchr(at, '"')) {
        const char *key = ++at;
        while (*at != '\0' && *at != '"') {
            at += *at == '\\' && at[1] != '\0' ? 2 : 1;
        }
        const size_t length = (size_t)(at - key);
        at += *at == '"' ? 1 : 0;
        at += strspn(at, " \t\r\n");
        if (*at == ':') {
            at += 1 + strspn(at + 1, " \t\r\n");
            look_at_key(file, key, length, at, finding);
        }
    }
    return true;
}

void look_workspace_settings(const struct scene *scene, struct finding *finding)
{
    static const char *const files[] = {"/.vscode/settings.json", "/.vscode/tasks.json"};
    struct premises workspaces;
    struct premises_names names;
    char path[SCENE_PATH_SIZE];
    char name[PREMISES_NAME_SIZE + 1];
    size_t count = 0;
    if (!find_workspaces(scene, &workspaces, finding)) {
        return;
    }
    for (size_t i = 0; i < workspaces.count; i++) {
        for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
            premises_join(path, workspaces.paths[i], files[k]);
            count += look_at_settings(scene, path, finding) ? 1 : 0;
        }
        premises_list(scene, workspaces.paths[i], "*.code-workspace", &names);
        for (size_t k = 0; k < names.count; k++) {
            snprintf(name, sizeof name, "/%s", names.names[k]);
            premises_join(path, workspaces.paths[i], name);
            count += look_at_settings(scene, path, finding) ? 1 : 0;
        }
        if (names.is_cut) {
            finding_miss(finding, "all of the many files in a workspace");
        }
    }
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_PASS, "nothing of that kind in %zu files of %zu workspaces", count,
                     workspaces.count);
    }
}
