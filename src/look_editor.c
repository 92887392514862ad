/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_editor.h"

#include "sandbox_init/premises.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    MARKER_SIZE = 4096, /* that are read of a marker; a time is there, usually */
};

/* Where servers of VS Code, and of what is made of it, keep their files. */
static const char *const servers[] = {
    "/.vscode-server",   "/.vscode-server-insiders", "/.vscode-remote",      "/.cursor-server",
    "/.windsurf-server", "/.vscodium-server",        "/.antigravity-server", "/.local/share/code-server",
};

enum {
    SERVERS_COUNT = sizeof servers / sizeof servers[0],
};

/* Something to be done with DIRECTORY, which may not be there. */
typedef void visit_directory(void *context, const char *directory);

/* In all homes. Notes if there are too many. */
static void visit_homes(const struct scene *scene, struct finding *finding, visit_directory *visit,
                        void *context)
{
    struct premises homes;
    premises_find_homes(scene, &homes);
    for (size_t i = 0; i < homes.count; i++) {
        visit(context, homes.paths[i]);
    }
    if (homes.is_cut) {
        finding_miss(finding, "more than %d homes", PREMISES_MAX);
    }
}

/* How to have the agent be somebody else. */
static void mend_uid(struct finding *finding)
{
    finding_mend(finding, "Dockerfile", "RUN useradd --create-home agent");
    finding_mend(finding, "host", "docker exec -it -u agent CONTAINER COMMAND");
}

/* ---- extensions ---- */

struct code {
    const struct scene *scene;
    struct finding *finding;
    size_t seen; /* directories and files with VS Code's code */
    size_t writable;
};

static void look_at_code(void *context, const char *path)
{
    struct code *code = context;
    char shown[FINDING_NAME_SIZE];
    struct fileid id;
    if (!scene_has(code->scene, path) && premises_identify(code->scene, path, &id) < 0) {
        return;
    }
    code->seen++;
    if (premises_may_write(code->scene, path, code->finding)) {
        code->writable++;
        finding_note(code->finding, FINDING_WARN, "%s", finding_name(shown, path));
    }
}

static void look_at_code_of_home(void *context, const char *home)
{
    static const char *const places[] = {"/extensions", "/bin", "/cli/servers"};
    struct code *code = context;
    char server[SCENE_PATH_SIZE];
    char path[SCENE_PATH_SIZE];
    for (size_t i = 0; i < SERVERS_COUNT; i++) {
        premises_join(server, home, servers[i]);
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            look_at_code(code, premises_join(path, server, places[k]));
        }
    }
    look_at_code(code, premises_join(path, home, "/.vscode-remote-containers/dist"));
}

void look_editor_extensions(const struct scene *scene, struct finding *finding)
{
    static const char *const shared[] = {"/vscode/vscode-server/extensionsCache",
                                         "/vscode/vscode-server/bin"};
    struct code code = {.scene = scene, .finding = finding};
    struct premises_names names;
    char path[SCENE_PATH_SIZE];
    visit_homes(scene, finding, look_at_code_of_home, &code);
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        look_at_code(&code, shared[i]);
    }
    premises_list(scene, "/tmp", "vscode-remote-containers-*.js", &names);
    for (size_t i = 0; i < names.count; i++) {
        snprintf(path, sizeof path, "/tmp/%s", names.names[i]);
        look_at_code(&code, path);
    }
    if (names.is_cut) {
        finding_miss(finding, "all of the many files in /tmp");
    }
    if (code.writable > 0) {
        mend_uid(finding);
    } else if (code.seen > 0) {
        finding_note(finding, FINDING_PASS, "none of the %zu places with VS Code's code", code.seen);
    } else {
        finding_note(finding, FINDING_NONE, "VS Code has not been here");
    }
    premises_admit(scene, finding);
}

/* ---- markers ---- */

struct markers {
    const struct scene *scene;
    struct finding *finding;
    size_t fine;
    uid_t owner; /* of the home that is looked at */
};

/* As the shell does: NULs and the line ends at the end do not count. */
static bool is_empty(const char *text, ssize_t length)
{
    for (ssize_t i = 0; i < length; i++) {
        if (text[i] != '\0' && text[i] != '\n') {
            return false;
        }
    }
    return true;
}

/* May the owner of the home write it, as far as modes tell? */
static bool is_writable(const struct markers *markers, const struct stat *status)
{
    const mode_t bits = status->st_uid == markers->owner ? S_IWUSR : S_IWGRP | S_IWOTH;
    return markers->owner == 0 || (status->st_mode & bits) != 0;
}

/* Why the marker PATH silences its command, or NULL. */
static const char *judge_marker(const struct markers *markers, const char *path, const struct stat *status)
{
    char text[MARKER_SIZE];
    if (S_ISDIR(status->st_mode)) {
        return "a directory";
    }
    if (!S_ISREG(status->st_mode)) {
        return S_ISLNK(status->st_mode) ? "a link" : "no regular file";
    }
    if (!is_writable(markers, status)) {
        return "read-only";
    }
    const ssize_t length = scene_read(markers->scene, path, text, sizeof text);
    if (length < 0) {
        return NULL;
    }
    return is_empty(text, length) ? "empty" : NULL;
}

static void look_at_marker(struct markers *markers, const char *directory, const char *name)
{
    char path[SCENE_PATH_SIZE];
    char shown[FINDING_NAME_SIZE];
    struct stat status;
    if (scene_stat(markers->scene, premises_join(path, directory, name), &status) < 0) {
        return;
    }
    const char *why = judge_marker(markers, path, &status);
    if (why == NULL) {
        markers->fine++;
        return;
    }
    finding_name(shown, path);
    finding_note(markers->finding, FINDING_FAIL, "%s is %s", shown, why);
    finding_mend_file(markers->finding, "terminal", "rm -rf", path);
}

static const char read_only[] = "read-only, without a marker";

/* Returns why no marker can be made in DIRECTORY, or NULL. */
static const char *judge_directory(const struct markers *markers, const char *directory)
{
    char path[SCENE_PATH_SIZE];
    struct stat status;
    const int fd = scene_open_path(markers->scene, directory, O_PATH | O_DIRECTORY);
    if (fd < 0) {
        const bool is_in_the_way = fd == -ENOTDIR || (fd == -ENOENT && scene_has(markers->scene, directory));
        return is_in_the_way ? "no directory" : NULL;
    }
    const bool is_read_only = fstat(fd, &status) == 0 && !is_writable(markers, &status);
    close(fd);
    premises_join(path, directory, "/.postStartCommandMarker");
    return is_read_only && !scene_has(markers->scene, path) ? read_only : NULL;
}

/* Is it the home of whom VS Code runs as? Others' may be closed to us. */
static bool is_servers(const struct markers *markers)
{
    const struct scene *scene = markers->scene;
    return scene->server_pid != 0 ? markers->owner == scene->server_uid : markers->owner == scene->agent.uid;
}

static void look_at_marker_directory(struct markers *markers, const char *directory)
{
    static const char *const names[] = {"/.onCreateCommandMarker", "/.updateContentCommandMarker",
                                        "/.postCreateCommandMarker", "/.postStartCommandMarker",
                                        "/.postAttachCommandMarker"};
    char shown[FINDING_NAME_SIZE];
    struct stat status;
    if (scene_stat(markers->scene, directory, &status) == -EACCES) {
        if (is_servers(markers)) {
            finding_miss(markers->finding, "%s: look as its owner", finding_name(shown, directory));
        }
        return;
    }
    const char *why = judge_directory(markers, directory);
    if (why != NULL) {
        finding_name(shown, directory);
        finding_note(markers->finding, FINDING_FAIL, "%s is %s", shown, why);
        finding_mend_file(markers->finding, "terminal", why == read_only ? "chmod u+w" : "rm -rf", directory);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        look_at_marker(markers, directory, names[i]);
    }
}

static void look_at_markers_of_home(void *context, const char *home)
{
    struct markers *markers = context;
    char server[SCENE_PATH_SIZE];
    char path[SCENE_PATH_SIZE];
    struct stat status;
    if (scene_stat(markers->scene, home, &status) < 0) {
        return;
    }
    markers->owner = status.st_uid;
    for (size_t i = 0; i < SERVERS_COUNT; i++) {
        premises_join(server, home, servers[i]);
        look_at_marker_directory(markers, premises_join(path, server, "/data/Machine"));
    }
    look_at_marker_directory(markers, premises_join(path, home, "/.devcontainer"));
}

void look_editor_markers(const struct scene *scene, struct finding *finding)
{
    struct markers markers = {.scene = scene, .finding = finding};
    visit_homes(scene, finding, look_at_markers_of_home, &markers);
    if (finding_judge(finding) != FINDING_NONE) {
        finding_mend(finding, "sandbox-init.ini",
                     "[job:NAME] (what must run, as a job: no marker silences it)");
    } else if (markers.fine > 0) {
        finding_note(finding, FINDING_PASS, "none of %zu", markers.fine);
    } else {
        finding_note(finding, FINDING_NONE, "there is no marker");
    }
}

/* ---- tokens ---- */

struct tokens {
    const struct scene *scene;
    struct finding *finding;
    size_t seen;
};

static void look_at_tokens(struct tokens *tokens, const char *directory, const char *glob)
{
    struct premises_names names;
    char path[SCENE_PATH_SIZE];
    char name[PREMISES_NAME_SIZE + 1];
    char shown[FINDING_NAME_SIZE];
    char first[2];
    premises_list(tokens->scene, directory, glob, &names);
    for (size_t i = 0; i < names.count; i++) {
        snprintf(name, sizeof name, "/%s", names.names[i]);
        premises_join(path, directory, name);
        if (premises_read(tokens->scene, path, first, sizeof first) > 0) {
            tokens->seen++;
            finding_note(tokens->finding, FINDING_WARN, "%s", finding_name(shown, path));
        }
    }
    if (names.is_cut) {
        finding_miss(tokens->finding, "all of the many files in %s", finding_name(shown, directory));
    }
}

static void look_at_tokens_of_home(void *context, const char *home)
{
    struct tokens *tokens = context;
    char server[SCENE_PATH_SIZE];
    char path[SCENE_PATH_SIZE];
    for (size_t i = 0; i < SERVERS_COUNT; i++) {
        premises_join(server, home, servers[i]);
        look_at_tokens(tokens, server, ".*.token");
        look_at_tokens(tokens, premises_join(path, server, "/data/Machine"), ".connection-token-*");
    }
    look_at_tokens(tokens, premises_join(path, home, "/.claude/ide"), "*.lock");
    look_at_tokens(tokens, premises_join(path, home, "/.copilot/ide"), "*.lock");
}

void look_editor_tokens(const struct scene *scene, struct finding *finding)
{
    struct tokens tokens = {.scene = scene, .finding = finding};
    char path[SCENE_PATH_SIZE];
    const char *claude = premises_variable(scene, "CLAUDE_CONFIG_DIR");
    visit_homes(scene, finding, look_at_tokens_of_home, &tokens);
    if (claude != NULL && strcmp(claude, scene_home(scene, path, "/.claude")) != 0) {
        look_at_tokens(&tokens, premises_join(path, claude, "/ide"), "*.lock");
    }
    snprintf(path, sizeof path, "/run/user/%u", (unsigned)scene->agent.uid);
    look_at_tokens(&tokens, path, "cursor-remote-code.token.*");
    if (tokens.seen > 0) {
        mend_uid(finding);
    } else {
        finding_note(finding, FINDING_PASS, "none that it can read");
    }
    premises_admit(scene, finding);
}
