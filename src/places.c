/* SPDX-License-Identifier: MIT */
#include "sandbox_init/places.h"

#include "sandbox_init/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char glob_characters[] = "*?[\\";

static const char *find_variable(char *const *environ_in, const char *name, size_t length)
{
    for (; *environ_in != NULL; environ_in++) {
        if (strncmp(*environ_in, name, length) == 0 && (*environ_in)[length] == '=') {
            return *environ_in + length + 1;
        }
    }
    return NULL;
}

/* Appends TEXT to BUFFER, which holds USED of PLACES_PATH_SIZE_MAX bytes; IS_LITERAL: it has no globs. */
static int append(char *buffer, size_t *used, const char *text, bool is_literal)
{
    for (; *text != '\0'; text++) {
        const bool is_escaped = is_literal && strchr(glob_characters, *text) != NULL;
        if (*used + (is_escaped ? 2 : 1) >= PLACES_PATH_SIZE_MAX) {
            return -ENAMETOOLONG;
        }
        if (is_escaped) {
            buffer[(*used)++] = '\\';
        }
        buffer[(*used)++] = *text;
    }
    buffer[*used] = '\0';
    return 0;
}

/* Puts ENTRY's glob into BUFFER. Returns 0, -ENOENT for a variable that leads nowhere, -ENAMETOOLONG. */
static int expand(const char *entry, char *const *environ_in, char *buffer)
{
    size_t used = 0;
    if (entry[0] != '$') {
        return append(buffer, &used, entry, false);
    }
    const size_t length = strcspn(entry + 1, "/");
    const char *value = find_variable(environ_in, entry + 1, length);
    if (value == NULL || value[0] != '/') {
        return -ENOENT;
    }
    const int result = append(buffer, &used, value, true);
    return result < 0 ? result : append(buffer, &used, entry + 1 + length, false);
}

int places_init(struct places *ret_places, char *const *dirs, char *const *environ_in)
{
    size_t count = 0;
    while (dirs[count] != NULL) {
        count++;
    }
    *ret_places = (struct places){0};
    if (count > PLACES_GLOBS_MAX) {
        return -E2BIG;
    }
    ret_places->globs = calloc(count + 1, sizeof *ret_places->globs);
    if (ret_places->globs == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        const int result = expand(dirs[i], environ_in, ret_places->globs[ret_places->count]);
        if (result < 0 && result != -ENOENT) {
            return result;
        }
        ret_places->count += result == 0 ? 1 : 0;
    }
    return 0;
}

void places_finish(struct places *places)
{
    free(places->globs);
    *places = (struct places){0};
}

/* One walk along one glob. */
struct walk {
    places_callback *callback;
    void *context;
    bool is_ended;
    unsigned links;                  /* followed on the way to where we are */
    unsigned behind;                 /* directories behind links that the whole walk went through */
    unsigned depth;                  /* directories gone through on the way, each a frame on the stack */
    char path[PLACES_PATH_SIZE_MAX]; /* of where we are */
};

static void walk_further(struct walk *walk, int fd, const char *glob);

static void visit(struct walk *walk, const struct places_visit *visit)
{
    walk->is_ended = walk->is_ended || !walk->callback(walk->context, visit);
}

static void report_error(struct walk *walk, int error)
{
    const struct places_visit nothing = {.fd = -1, .error = error, .path = walk->path};
    visit(walk, &nothing);
}

/* Copies the first component of GLOB and sets REST to what is behind it. Returns its length, 0: none. */
static size_t cut_component(const char *glob, char *component, const char **rest)
{
    size_t length;
    do {
        glob += strspn(glob, "/");
        length = strcspn(glob, "/");
        *rest = glob + length;
        memcpy(component, glob, length);
        component[length] = '\0';
        glob = *rest;
    } while (strcmp(component, ".") == 0);
    return length;
}

static void walk_from_root(struct walk *walk, const char *glob)
{
    const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    memcpy(walk->path, "/", sizeof "/");
    if (root < 0) {
        report_error(walk, -errno);
        return;
    }
    walk_further(walk, root, glob);
    close(root);
}

/* Goes on from the directory FD, in which a link to TARGET stands, to TARGET and from there along REST. */
static void walk_link(struct walk *walk, int fd, const char *target, const char *rest)
{
    char glob[PLACES_PATH_SIZE_MAX];
    char path[PLACES_PATH_SIZE_MAX];
    size_t used = 0;
    if (walk->links == PLACES_LINKS_MAX) {
        report_error(walk, -ELOOP);
        return;
    }
    if (append(glob, &used, target, true) < 0 || append(glob, &used, "/", false) < 0 ||
        append(glob, &used, rest, false) < 0) {
        report_error(walk, -ENAMETOOLONG);
        return;
    }
    walk->links++;
    if (target[0] == '/') {
        memcpy(path, walk->path, sizeof path);
        walk_from_root(walk, glob);
        memcpy(walk->path, path, sizeof path);
    } else {
        walk_further(walk, fd, glob);
    }
    walk->links--;
}

/* Goes from the directory FD to its entry NAME, if that is a directory or leads to one. */
static void walk_into(struct walk *walk, int fd, const char *name, const char *rest)
{
    const size_t used = strlen(walk->path);
    const size_t slash = used > 1 ? 1 : 0; /* "/" ends in one already */
    const size_t length = strlen(name);
    char target[PLACES_PATH_SIZE_MAX];
    if (used + slash + length >= sizeof walk->path) {
        report_error(walk, -ENAMETOOLONG);
        return;
    }
    const int child = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int error = -errno;
    const ssize_t target_length = child < 0 ? readlinkat(fd, name, target, sizeof target) : -1;
    if (target_length == (ssize_t)sizeof target) {
        report_error(walk, -ENAMETOOLONG);
        return;
    }
    if (target_length >= 0) {
        target[target_length] = '\0';
        walk_link(walk, fd, target, rest);
        return;
    }
    memcpy(walk->path + used, "/", slash);
    memcpy(walk->path + used + slash, name, length + 1);
    if (child >= 0) {
        walk_further(walk, child, rest);
        close(child);
    } else if (error != -ENOENT && error != -ENOTDIR) {
        report_error(walk, error);
    }
    walk->path[used] = '\0';
}

struct entries {
    struct walk *walk;
    int fd;
    const char *glob;
    const char *rest;
};

static bool visit_entry(void *context, const char *name)
{
    const struct entries *entries = context;
    if (fnmatch(entries->glob, name, FNM_PERIOD) == 0) {
        walk_into(entries->walk, entries->fd, name, entries->rest);
    }
    return !entries->walk->is_ended;
}

/* A component without globs needs no listing, which an unreadable directory would refuse. */
static bool take_literally(const char *component, char *name)
{
    for (; *component != '\0'; component++) {
        if (*component == '\\' && component[1] != '\0') {
            component++;
        } else if (strchr(glob_characters, *component) != NULL) {
            return false;
        }
        *name++ = *component;
    }
    *name = '\0';
    return true;
}

/* Visits the directory FD and goes on along GLOB. */
static void walk_directory(struct walk *walk, int fd, const char *glob)
{
    char component[PLACES_PATH_SIZE_MAX];
    char name[PLACES_PATH_SIZE_MAX];
    char ignored[PLACES_PATH_SIZE_MAX];
    const char *rest = NULL;
    const char *after = NULL;
    const size_t length = cut_component(glob, component, &rest);
    struct places_visit here = {
        .fd = fd,
        .path = walk->path,
        .child = length > 0 ? component : NULL,
        .is_child_last = length > 0 && cut_component(rest, ignored, &after) == 0,
    };
    here.error = fileid_read(fd, "", &here.id);
    visit(walk, &here);
    if (walk->is_ended || here.error < 0 || length == 0) {
        return;
    }
    if (take_literally(component, name)) {
        walk_into(walk, fd, name, rest);
        return;
    }
    struct entries entries = {.walk = walk, .fd = fd, .glob = component, .rest = rest};
    const int result = listing_read(fd, visit_entry, &entries);
    if (result < 0) {
        report_error(walk, result);
    }
}

/* What /proc/self and the like mean depends on who asks: VS Code would end elsewhere than we. */
static bool is_proc(int fd)
{
    struct statfs status;
    return fstatfs(fd, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

/* Links that somebody made can lead through far more directories than a glob has: the stack has an end. */
static void walk_further(struct walk *walk, int fd, const char *glob)
{
    if (walk->depth == PLACES_DEPTH_MAX ||
        (walk->links > 0 && (walk->behind == PLACES_BEHIND_MAX || is_proc(fd)))) {
        report_error(walk, -ELOOP);
        return;
    }
    walk->behind += walk->links > 0 ? 1 : 0;
    walk->depth++;
    walk_directory(walk, fd, glob);
    walk->depth--;
}

void places_walk(const struct places *places, places_callback *callback, void *context)
{
    struct walk walk = {.callback = callback, .context = context};
    for (size_t i = 0; i < places->count && !walk.is_ended; i++) {
        walk_from_root(&walk, places->globs[i]);
    }
}
