/* SPDX-License-Identifier: MIT */
#include "sandbox_init/envfile.h"

#include "sandbox_init/dotenv.h"
#include "sandbox_init/envset.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SHOWN_MAX = 160, /* bytes of a path in a message */
};

struct content {
    char *const *fixed;
    size_t length;
    size_t count;
    char *entries[ENVFILE_VARIABLES_MAX + 1]; /* in `text`; ends in NULL */
    char text[ENVFILE_SIZE_MAX + 1];
};

static int say_error(int error, const char *path, char *message, size_t size)
{
    char shown[SHOWN_MAX];
    escape_text(shown, sizeof shown, path);
    snprintf(message, size, "%s: %s", shown, strerror(-error));
    return error;
}

static int say_fault(int error, const struct path_fault *fault, char *message, size_t size)
{
    char shown[SHOWN_MAX];
    escape_text(shown, sizeof shown, fault->name);
    switch (fault->distrust) {
    case PATH_TRUSTED:
        snprintf(message, size, "%s: %s", shown, strerror(-error));
        return error;
    case PATH_NOT_REGULAR:
        snprintf(message, size, "%s: not a regular file", shown);
        break;
    case PATH_FOREIGN_OWNER:
        snprintf(message, size, "%s: belongs to uid %u; it must belong to root or to uid %u, who reads it",
                 shown, (unsigned)fault->owner, (unsigned)geteuid());
        break;
    case PATH_WRITABLE:
        snprintf(message, size, "%s: others can write it (mode %04o); try chmod go-w", shown,
                 (unsigned)fault->mode & 07777U);
        break;
    }
    return -EINVAL;
}

/* Reads one byte more than fits, to see that it does not. Returns 0 or -errno; -EFBIG for a file too long. */
static int read_all(int fd, struct content *content)
{
    while (content->length < sizeof content->text) {
        const ssize_t got = read(fd, content->text + content->length, sizeof content->text - content->length);
        if (got < 0 && errno != EINTR) {
            return -errno;
        }
        if (got == 0) {
            return 0;
        }
        content->length += got > 0 ? (size_t)got : 0;
    }
    return -EFBIG;
}

static int read_file(const char *path, struct content *content, char *message, size_t size)
{
    struct path_fault fault;
    const int fd = path_open_trusted(path, geteuid(), &fault);
    if (fd < 0) {
        return say_fault(fd, &fault, message, size);
    }
    const int result = read_all(fd, content);
    close(fd);
    if (result == -EFBIG) {
        char shown[SHOWN_MAX];
        escape_text(shown, sizeof shown, path);
        snprintf(message, size, "%s: longer than %d bytes", shown, ENVFILE_SIZE_MAX);
        return -EINVAL;
    }
    return result < 0 ? say_error(result, path, message, size) : 0;
}

static bool has_name(char *const *entries, const char *entry)
{
    const size_t length = strcspn(entry, "=") + 1;
    for (; entries != NULL && *entries != NULL; entries++) {
        if (strncmp(*entries, entry, length) == 0) {
            return true;
        }
    }
    return false;
}

static int take_entry(void *context, char *entry)
{
    struct content *content = context;
    if (has_name(content->fixed, entry)) {
        return 0;
    }
    if (content->count == ENVFILE_VARIABLES_MAX) {
        return -E2BIG;
    }
    content->entries[content->count++] = entry;
    return 0;
}

static int build(struct content *content, const char *path, char *const *environ_in, char ***ret_environ,
                 char *message, size_t size)
{
    struct dotenv_error error;
    int result = read_file(path, content, message, size);
    if (result < 0) {
        return result;
    }
    result = dotenv_parse(content->text, content->length, take_entry, content, &error);
    char shown[SHOWN_MAX];
    escape_text(shown, sizeof shown, path);
    if (result == -E2BIG) {
        snprintf(message, size, "%s: more than %d variables", shown, ENVFILE_VARIABLES_MAX);
        return -EINVAL;
    }
    if (result < 0) {
        snprintf(message, size, "%s:%zu: %s", shown, error.line, error.message);
        return result;
    }
    const struct envset_policy policy = {.set = content->entries};
    result = envset_build(environ_in, &policy, ret_environ);
    return result < 0 ? say_error(result, path, message, size) : 0;
}

int envfile_build(const char *path, char *const *environ_in, char *const *fixed, char ***ret_environ,
                  char *message, size_t size)
{
    struct content *content = calloc(1, sizeof *content);
    if (content == NULL) {
        return say_error(-ENOMEM, path, message, size);
    }
    content->fixed = fixed;
    const int result = build(content, path, environ_in, ret_environ, message, size);
    free(content);
    return result;
}
