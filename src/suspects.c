/* SPDX-License-Identifier: MIT */
#include "sandbox_init/suspects.h"

#include "sandbox_init/socktable.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the beginning and the end ---- */

static void want(struct suspects *suspects, const char *variable)
{
    size_t i = 0;
    while (suspects->variables[i] != NULL && strcmp(suspects->variables[i], variable) != 0) {
        i++;
    }
    if (i + 1 < SUSPECTS_VARIABLES_MAX) {
        suspects->variables[i] = variable;
    }
}

/* The variables that [scrub] dirs begin with. */
static void want_configured(struct suspects *suspects)
{
    size_t count = 0;
    for (char *const *dir = suspects->scene->config->scrub.dirs; dir != NULL && *dir != NULL; dir++) {
        const size_t length = strcspn(*dir, "/");
        if ((*dir)[0] == '$' && length <= SUSPECTS_VARIABLE_SIZE && count < CONFIG_DIRS_MAX) {
            char *name = suspects->configured[count++];
            snprintf(name, SUSPECTS_VARIABLE_SIZE, "%.*s", (int)length - 1, *dir + 1);
            want(suspects, name);
        }
    }
}

int suspects_init(struct suspects *suspects, const struct scene *scene, const char *const *variables)
{
    *suspects = (struct suspects){.scene = scene, .all = calloc(SUSPECTS_MAX, sizeof *suspects->all)};
    want(suspects, "TMPDIR");
    want(suspects, "XDG_RUNTIME_DIR");
    for (; *variables != NULL; variables++) {
        want(suspects, *variables);
    }
    want_configured(suspects);
    if (suspects->all == NULL || environs_gather(&suspects->environs, scene, suspects->variables) < 0) {
        suspects_finish(suspects);
        return -ENOMEM;
    }
    return 0;
}

void suspects_finish(struct suspects *suspects)
{
    environs_finish(&suspects->environs);
    free(suspects->all);
    *suspects = (struct suspects){0};
}

/* ---- directories ---- */

struct walk {
    struct suspects *suspects;
    suspects_visit *visit;
    void *context;
    const char *path; /* of the directory that is listed */
    const char *glob; /* of one component, for a name in it */
    const char *rest; /* of the glob, behind it */
    bool is_ended;
};

static void expand(struct walk *walk, const char *path, const char *glob);

/* Notes that a name was looked at. Are there too many by now? */
static bool count_name(struct suspects *suspects)
{
    suspects->is_cut = suspects->is_cut || suspects->names == SUSPECTS_NAMES_MAX;
    suspects->names += suspects->is_cut ? 0 : 1;
    return suspects->is_cut;
}

/* Writes PATH, "/" if need be, and NAME into BUFFER. Does it fit? */
static bool join(char buffer[static SCENE_PATH_SIZE], const char *path, const char *name)
{
    const size_t length = strlen(path);
    const bool has_slash = length > 0 && path[length - 1] == '/';
    return snprintf(buffer, SCENE_PATH_SIZE, "%s%s%s", path, has_slash ? "" : "/", name) < SCENE_PATH_SIZE;
}

static void list(struct suspects *suspects, const char *path, listing_visit *visit, void *context)
{
    const int result = scene_list(suspects->scene, path, visit, context);
    if ((result == -EACCES || result == -EPERM) && scene_may(suspects->scene, path, X_OK)) {
        suspects->is_blind = true;
    }
}

static bool visit_component(void *context, const char *name)
{
    struct walk *walk = context;
    char path[SCENE_PATH_SIZE];
    if (count_name(walk->suspects)) {
        return false;
    }
    if (fnmatch(walk->glob, name, FNM_PERIOD) == 0 && join(path, walk->path, name)) {
        struct walk next = *walk;
        expand(&next, path, walk->rest);
        walk->is_ended = next.is_ended;
    }
    return !walk->is_ended;
}

/* Takes the meaning off the backslashes in GLOB, which has no other special characters. */
static void unescape(char *glob)
{
    char *to = glob;
    for (const char *from = glob; *from != '\0'; from++) {
        from += *from == '\\' && from[1] != '\0' ? 1 : 0;
        *to++ = *from;
    }
    *to = '\0';
}

/* Goes on from the directory PATH along GLOB. */
static void expand(struct walk *walk, const char *path, const char *glob)
{
    char component[SCENE_PATH_SIZE];
    char next[SCENE_PATH_SIZE];
    glob += strspn(glob, "/");
    const size_t length = strcspn(glob, "/");
    if (length >= sizeof component) {
        return;
    }
    if (length == 0) {
        const int fd = scene_open_path(walk->suspects->scene, path, O_PATH | O_DIRECTORY);
        if (fd >= 0) {
            close(fd);
            walk->is_ended = !walk->visit(walk->context, path);
        }
        return;
    }
    memcpy(component, glob, length);
    component[length] = '\0';
    if (strpbrk(component, "*?[") == NULL) {
        unescape(component);
        if (join(next, path, component)) {
            expand(walk, next, glob + length);
        }
        return;
    }
    walk->path = path;
    walk->glob = component;
    walk->rest = glob + length;
    list(walk->suspects, path, visit_component, walk);
}

void suspects_find_directories(struct suspects *suspects, const char *dir, suspects_visit *visit,
                               void *context)
{
    struct walk walk = {.suspects = suspects, .visit = visit, .context = context};
    if (dir[0] != '$') {
        expand(&walk, "/", dir);
        return;
    }
    const size_t length = strcspn(dir + 1, "/");
    for (size_t i = 0; i < suspects->environs.count && !walk.is_ended; i++) {
        const struct environs_value *value = &suspects->environs.values[i];
        if (strlen(value->name) == length && strncmp(value->name, dir + 1, length) == 0 &&
            value->text[0] == '/') {
            expand(&walk, value->text, dir + 1 + length);
        }
    }
}

/* ---- suspects ---- */

bool suspects_match(const char *const *patterns, const char *name)
{
    const char *slash = strrchr(name, '/');
    name = slash != NULL ? slash + 1 : name;
    for (; patterns != NULL && *patterns != NULL; patterns++) {
        if (fnmatch(*patterns, name, FNM_NOESCAPE) == 0) {
            return true;
        }
    }
    return false;
}

void suspects_add(struct suspects *suspects, const char *path, bool is_in_place)
{
    for (size_t i = 0; i < suspects->count; i++) {
        if (strcmp(suspects->all[i].path, path) == 0) {
            suspects->all[i].is_in_place = suspects->all[i].is_in_place || is_in_place;
            return;
        }
    }
    if (suspects->count == SUSPECTS_MAX || strlen(path) >= SCENE_PATH_SIZE) {
        suspects->is_cut = true;
        return;
    }
    struct suspects_one *one = &suspects->all[suspects->count++];
    snprintf(one->path, sizeof one->path, "%s", path);
    one->is_in_place = is_in_place;
}

struct search {
    struct suspects *suspects;
    const char *const *patterns;
    const char *directory;
    bool is_in_place;
};

static bool visit_name(void *context, const char *name)
{
    const struct search *search = context;
    char path[SCENE_PATH_SIZE];
    if (count_name(search->suspects)) {
        return false;
    }
    if (suspects_match(search->patterns, name) && join(path, search->directory, name)) {
        suspects_add(search->suspects, path, search->is_in_place);
    }
    return true;
}

static bool visit_directory(void *context, const char *directory)
{
    struct search search = *(const struct search *)context;
    search.directory = directory;
    list(search.suspects, directory, visit_name, &search);
    return !search.suspects->is_cut;
}

void suspects_search(struct suspects *suspects, const char *dir, const char *const *patterns,
                     bool is_in_place)
{
    struct search search = {.suspects = suspects, .patterns = patterns, .is_in_place = is_in_place};
    suspects_find_directories(suspects, dir, visit_directory, &search);
}

static bool visit_entry(void *context, const struct socktable_entry *entry)
{
    const struct search *search = context;
    if (!entry->is_abstract && entry->is_listening && entry->name[0] == '/' &&
        suspects_match(search->patterns, entry->name)) {
        suspects_add(search->suspects, entry->name, false);
    }
    return true;
}

void suspects_search_table(struct suspects *suspects, const char *const *patterns)
{
    struct search search = {.suspects = suspects, .patterns = patterns};
    const int result = socktable_walk(suspects->scene, visit_entry, &search);
    suspects->is_cut = suspects->is_cut || result == -E2BIG;
    suspects->is_tableless = result < 0 && result != -E2BIG;
}

/* The strings of a list such as ["/a","/b"]. */
static void add_list(struct suspects *suspects, const char *text)
{
    char path[SCENE_PATH_SIZE];
    while ((text = strchr(text, '"')) != NULL) {
        text++;
        const size_t length = strcspn(text, "\"");
        if (text[0] == '/' && length < sizeof path) {
            memcpy(path, text, length);
            path[length] = '\0';
            suspects_add(suspects, path, false);
        }
        text += length;
        text += *text == '"' ? 1 : 0;
    }
}

void suspects_add_variable(struct suspects *suspects, const char *variable)
{
    for (size_t i = 0; i < suspects->environs.count; i++) {
        const struct environs_value *value = &suspects->environs.values[i];
        if (strcmp(value->name, variable) != 0) {
            continue;
        }
        if (value->text[0] == '/') {
            suspects_add(suspects, value->text, false);
        } else if (value->text[0] == '[') {
            add_list(suspects, value->text);
        }
    }
}

void suspects_tell_misses(const struct suspects *suspects, struct finding *finding)
{
    if (suspects->is_cut || suspects->environs.is_cut) {
        finding_miss(finding, "more names or processes than are looked at: clean up and look again");
    }
    if (suspects->is_blind) {
        finding_miss(finding, "names in a directory that uid %u may not list: look as root",
                     (unsigned)suspects->scene->self.uid);
    }
    if (suspects->is_tableless) {
        finding_miss(finding, "sockets elsewhere: there is no /proc/net/unix");
    }
    if (suspects->environs.unread > 0) {
        const bool is_root = suspects->scene->self.uid == 0;
        finding_miss(finding, "where the environments of %zu other processes say that sockets are%s",
                     suspects->environs.unread, is_root ? ": closed even to root" : ": look as root");
    }
}
