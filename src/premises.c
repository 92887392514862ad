/* SPDX-License-Identifier: MIT */
#include "sandbox_init/premises.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    GIT_FILE_SIZE = 1024, /* of a .git that is a file */
    OCTAL_DIGITS = 3,
};

const char *premises_join(char path[static SCENE_PATH_SIZE], const char *directory, const char *name)
{
    snprintf(path, SCENE_PATH_SIZE, "%s%s", strcmp(directory, "/") == 0 ? "" : directory, name);
    return path;
}

/* ---- through the agent's eyes ---- */

ssize_t premises_read(const struct scene *scene, const char *path, char *buffer, size_t size)
{
    scene_become(scene);
    const ssize_t result = scene_read(scene, path, buffer, size);
    scene_return(scene);
    return result;
}

static int identify(const struct scene *scene, const char *path, int flags, struct fileid *ret_id)
{
    const int fd = scene_open_path(scene, path, O_PATH | flags);
    if (fd < 0) {
        return fd;
    }
    const int result = fileid_read(fd, "", ret_id);
    close(fd);
    return result;
}

int premises_identify(const struct scene *scene, const char *path, struct fileid *ret_id)
{
    scene_become(scene);
    const int result = identify(scene, path, O_NOFOLLOW, ret_id);
    scene_return(scene);
    return result;
}

const char *premises_variable(const struct scene *scene, const char *name)
{
    const char *value = scene->is_other ? NULL : scene_variable(scene, name);
    return value != NULL && value[0] == '/' ? value : NULL;
}

void premises_admit(const struct scene *scene, struct finding *finding)
{
    if (scene->is_other && !scene->can_become) {
        finding_miss(finding, "what uid %u sees, whom we cannot become: look as uid %u",
                     (unsigned)scene->agent.uid, (unsigned)scene->agent.uid);
    }
}

struct search {
    const char *glob;
    struct premises_names *names;
    size_t visits;
};

static bool visit_name(void *context, const char *name)
{
    struct search *search = context;
    struct premises_names *names = search->names;
    const bool is_match = fnmatch(search->glob, name, 0) == 0;
    if (++search->visits > PREMISES_VISITS_MAX || (is_match && names->count == PREMISES_NAMES_MAX)) {
        names->is_cut = true;
        return false;
    }
    if (!is_match) {
        return true;
    }
    snprintf(names->names[names->count++], PREMISES_NAME_SIZE, "%s", name);
    return true;
}

int premises_list(const struct scene *scene, const char *directory, const char *glob,
                  struct premises_names *ret_names)
{
    struct search search = {.glob = glob, .names = ret_names};
    ret_names->count = 0;
    ret_names->is_cut = false;
    scene_become(scene);
    const int result = scene_list(scene, directory, visit_name, &search);
    scene_return(scene);
    return result;
}

bool premises_may_write(const struct scene *scene, const char *path, struct finding *finding)
{
    struct premises_names names;
    char file[SCENE_PATH_SIZE];
    char name[PREMISES_NAME_SIZE + 1];
    if (scene_may(scene, path, W_OK)) {
        return true;
    }
    premises_list(scene, path, "*", &names);
    for (size_t i = 0; i < names.count; i++) {
        snprintf(name, sizeof name, "/%s", names.names[i]);
        if (scene_may(scene, premises_join(file, path, name), W_OK)) {
            return true;
        }
    }
    if (names.is_cut) {
        finding_miss(finding, "more than %d files in %s", PREMISES_NAMES_MAX, finding_name(name, path));
    }
    return false;
}

/* ---- homes and workspaces ---- */

/* Adds the directory PATH unless it is there, or is none. */
static void add(const struct scene *scene, struct premises *premises, const char *path)
{
    struct fileid id;
    int result = identify(scene, path, O_DIRECTORY, &id);
    if (result < 0) { /* a root without CAP_DAC_OVERRIDE may see less than the agent */
        scene_become(scene);
        result = identify(scene, path, O_DIRECTORY, &id);
        scene_return(scene);
    }
    if (result < 0 || strlen(path) >= SCENE_PATH_SIZE) {
        return;
    }
    for (size_t i = 0; i < premises->count; i++) {
        if (fileid_is_same(&premises->ids[i], &id) && premises->ids[i].mount == id.mount) {
            return;
        }
    }
    if (premises->count == PREMISES_MAX) {
        premises->is_cut = true;
        return;
    }
    snprintf(premises->paths[premises->count], SCENE_PATH_SIZE, "%s", path);
    premises->ids[premises->count++] = id;
}

/* Something to be done with PATH. */
typedef void found_path(const struct scene *scene, struct premises *premises, const char *path);

struct children {
    const struct scene *scene;
    struct premises *premises;
    const char *directory;
    found_path *found;
};

static bool visit_child(void *context, const char *name)
{
    const struct children *children = context;
    char path[SCENE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", children->directory, name);
    children->found(children->scene, children->premises, path);
    return !children->premises->is_cut;
}

static void add_children(const struct scene *scene, struct premises *premises, const char *directory,
                         found_path *found)
{
    struct children children = {.scene = scene, .premises = premises, .directory = directory, .found = found};
    scene_list(scene, directory, visit_child, &children);
}

void premises_find_homes(const struct scene *scene, struct premises *ret_homes)
{
    ret_homes->count = 0;
    ret_homes->is_cut = false;
    add(scene, ret_homes, scene->agent.home);
    add(scene, ret_homes, "/root");
    add_children(scene, ret_homes, "/home", add);
}

/* The devcontainer CLI has a ~/.devcontainer of its own. */
static bool is_home(const struct scene *scene, const char *path)
{
    static const char homes[] = "/home/";
    return strcmp(path, scene->agent.home) == 0 || strcmp(path, "/root") == 0 ||
           (strncmp(path, homes, strlen(homes)) == 0 && strchr(path + strlen(homes), '/') == NULL);
}

static bool is_workspace(const struct scene *scene, const char *path)
{
    static const char *const marks[] = {"/.git", "/.devcontainer", "/.devcontainer.json", "/.vscode"};
    const size_t count = is_home(scene, path) ? 1 : sizeof marks / sizeof marks[0];
    char mark[SCENE_PATH_SIZE];
    struct fileid id;
    for (size_t i = 0; i < count; i++) {
        premises_join(mark, path, marks[i]);
        if (scene_has(scene, mark) || premises_identify(scene, mark, &id) == 0) {
            return true;
        }
    }
    return false;
}

static void add_workspace(const struct scene *scene, struct premises *premises, const char *path)
{
    if (strcmp(path, "/") != 0 && is_workspace(scene, path)) {
        add(scene, premises, path);
    }
}

/* The working directory, or the nearest one above it that is a workspace. */
static void add_working_directory(const struct scene *scene, struct premises *premises)
{
    char path[SCENE_PATH_SIZE];
    if (getcwd(path, sizeof path) == NULL) {
        return;
    }
    for (char *slash = strrchr(path, '/'); slash != NULL && path[1] != '\0'; slash = strrchr(path, '/')) {
        if (is_workspace(scene, path)) {
            add(scene, premises, path);
            return;
        }
        slash[slash == path ? 1 : 0] = '\0';
    }
}

/* Copies the mount point, the fifth field of a line of mountinfo, in which blanks are octal (proc(5)). */
static bool read_mount_point(const char *line, char path[static SCENE_PATH_SIZE])
{
    size_t used = 0;
    for (int field = 1; field < 5; field++) {
        line += strcspn(line, " \n");
        line += *line == ' ' ? 1 : 0;
    }
    while (*line != '\0' && *line != ' ' && *line != '\n' && used + 1 < SCENE_PATH_SIZE) {
        char digits[OCTAL_DIGITS + 1] = "";
        if (*line == '\\' && strnlen(line, OCTAL_DIGITS + 1) == OCTAL_DIGITS + 1) {
            memcpy(digits, line + 1, OCTAL_DIGITS);
        }
        path[used++] = (char)(digits[0] != '\0' ? strtol(digits, NULL, 8) : *line);
        line += digits[0] != '\0' ? OCTAL_DIGITS + 1 : 1;
    }
    path[used] = '\0';
    return path[0] == '/';
}

static void add_mounts(const struct scene *scene, struct premises *premises)
{
    char text[PREMISES_TEXT_SIZE];
    char path[SCENE_PATH_SIZE];
    if (scene_read(scene, "/proc/self/mountinfo", text, sizeof text) <= 0) {
        return;
    }
    for (const char *line = text; *line != '\0'; line += *line == '\n' ? 1 : 0) {
        if (read_mount_point(line, path)) {
            add_workspace(scene, premises, path);
        }
        line += strcspn(line, "\n");
    }
}

void premises_find_workspaces(const struct scene *scene, struct premises *ret_workspaces)
{
    ret_workspaces->count = 0;
    ret_workspaces->is_cut = false;
    add_working_directory(scene, ret_workspaces);
    add_workspace(scene, ret_workspaces, "/workspace");
    add_children(scene, ret_workspaces, "/workspaces", add_workspace);
    add_children(scene, ret_workspaces, "/workspace", add_workspace);
    add_mounts(scene, ret_workspaces);
}

/* ---- git ---- */

/* Reads the path in the first line of FILE, behind WORD; what is relative begins at BASE. */
static bool read_link_file(const struct scene *scene, const char *file, const char *word, const char *base,
                           char path[static SCENE_PATH_SIZE])
{
    char text[GIT_FILE_SIZE];
    if (premises_read(scene, file, text, sizeof text) <= 0 || strncmp(text, word, strlen(word)) != 0) {
        return false;
    }
    const char *target = text + strlen(word);
    const int length = (int)strcspn(target, "\n");
    const int used = target[0] == '/' ? snprintf(path, SCENE_PATH_SIZE, "%.*s", length, target)
                                      : snprintf(path, SCENE_PATH_SIZE, "%s/%.*s", base, length, target);
    return length > 0 && used < SCENE_PATH_SIZE;
}

bool premises_find_git(const struct scene *scene, const char *workspace, const char *name,
                       char path[static SCENE_PATH_SIZE])
{
    char git[SCENE_PATH_SIZE];
    char link[SCENE_PATH_SIZE];
    char common[SCENE_PATH_SIZE];
    struct fileid id;
    if (premises_identify(scene, premises_join(git, workspace, "/.git"), &id) < 0) {
        return false;
    }
    if (S_ISREG(id.mode)) {
        if (!read_link_file(scene, git, "gitdir: ", workspace, link)) {
            return false;
        }
        memcpy(git, link, sizeof git);
    }
    if (read_link_file(scene, premises_join(link, git, "/commondir"), "", git, common)) {
        memcpy(git, common, sizeof git);
    }
    premises_join(path, git, name);
    return premises_identify(scene, git, &id) == 0;
}
