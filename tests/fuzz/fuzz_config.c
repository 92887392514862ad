/* SPDX-License-Identifier: MIT */
/* config: any bytes as the main file. What is taken is rendered, and that is read again as the same. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_init/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/fuzz_config.XXXXXX";

static void require(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void remove_file(void)
{
    unlink(path);
}

/* The loader opens files by their names, so there is one; its directory is trusted as any /tmp is. */
static int open_file(void)
{
    static int fd = -1;
    if (fd < 0) {
        fd = mkstemp(path);
        require(fd >= 0 && atexit(remove_file) == 0);
    }
    return fd;
}

static void require_printable(const char *text)
{
    for (; *text; text++) {
        require(*text >= 0x20 && *text <= 0x7e);
    }
}

static void on_fault(void *context, const struct config_fault *fault)
{
    unsigned *faults = context;
    require(strcmp(fault->file, path) == 0); /* not one of our own defaults, and not the whole file's */
    require(fault->line > 0);
    require(strlen(fault->message) > 10);
    require_printable(fault->message);
    (*faults)++;
}

/* Loads TEXT. Returns whether it was taken. */
static bool load(struct config *config, const void *text, size_t size)
{
    const struct config_source source = {.file = path, .is_required = true, .owner = geteuid()};
    unsigned faults = 0;
    int fd = open_file();
    require(ftruncate(fd, 0) == 0 && pwrite(fd, text, size, 0) == (ssize_t)size);
    int result = config_load(config, &source, on_fault, &faults);
    require(result == 0 || result == -EINVAL);
    require((result == 0) == (faults == 0));
    return result == 0;
}

static char *render(const struct config *config, int (*render_function)(const struct config *, FILE *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    require(stream != NULL);
    require(render_function(config, stream) == 0);
    require(fclose(stream) == 0);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config first = {0};
    struct config second = {0};
    if (!load(&first, data, size)) {
        return 0;
    }
    char *once = render(&first, config_render_ini);
    require(load(&second, once, strlen(once)));
    char *twice = render(&second, config_render_ini);
    require(strcmp(once, twice) == 0);
    char *json = render(&first, config_render_json);
    json[strcspn(json, "\n")] = '\0';
    require_printable(json);
    free(once);
    free(twice);
    free(json);
    config_finish(&first);
    config_finish(&second);
    return 0;
}
