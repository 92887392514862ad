/* SPDX-License-Identifier: MIT */
/* dotenv: the input is a file. What is read is written anew, all in double quotes, and has to be read the
 * same. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox_init/dotenv.h"
#include "sandbox_init/envset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* The text that is read, what was read of it, and the same as a new file. */
struct reading {
    const char *text;
    size_t size;
    const char *last;
    char *plain; /* the entries, each with its NUL */
    size_t plain_size;
    char *quoted;
    size_t quoted_size;
};

static void add_quoted(struct reading *reading, const char *entry)
{
    char *to = reading->quoted + reading->quoted_size;
    const size_t name_size = strcspn(entry, "=") + 1;
    memcpy(to, entry, name_size);
    to += name_size;
    *to++ = '"';
    for (const char *byte = entry + name_size; *byte != '\0'; byte++) {
        const char *found = strchr("\\\"$\r", *byte);
        if (found != NULL) {
            *to++ = '\\';
        }
        *to = *byte;
        if (*byte == '\r') {
            *to = 'r';
        }
        to++;
    }
    *to++ = '"';
    *to++ = '\n';
    reading->quoted_size = (size_t)(to - reading->quoted);
}

static int take_entry(void *context, char *entry)
{
    struct reading *reading = context;
    const size_t size = strlen(entry) + 1;
    require(entry >= reading->text && entry + size <= reading->text + reading->size + 1);
    require(reading->last == NULL || entry > reading->last); /* none is written over */
    require(strchr(entry, '=') != NULL && envset_is_name(entry, strcspn(entry, "=")));
    reading->last = entry + size - 1;
    memcpy(reading->plain + reading->plain_size, entry, size);
    reading->plain_size += size;
    if (reading->quoted != NULL) {
        add_quoted(reading, entry);
    }
    return 0;
}

static int read_text(char *text, size_t size, struct reading *reading)
{
    struct dotenv_error error = {0};
    size_t lines = 1;
    for (size_t i = 0; i < size; i++) {
        lines += text[i] == '\n' ? 1 : 0;
    }
    reading->text = text;
    reading->size = size;
    const int result = dotenv_parse(text, size, take_entry, reading, &error);
    require(result == 0 || result == -EINVAL);
    if (result != 0) {
        require(error.message != NULL && error.line >= 1 && error.line <= lines);
    }
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct reading first = {.plain = malloc(size + 1), .quoted = malloc(2 * size + 4 * (size / 2 + 1))};
    struct reading second = {.plain = malloc(size + 1)};
    require(text != NULL && first.plain != NULL && first.quoted != NULL && second.plain != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    if (read_text(text, size, &first) == 0) {
        first.quoted = realloc(first.quoted, first.quoted_size + 1);
        require(first.quoted != NULL);
        require(read_text(first.quoted, first.quoted_size, &second) == 0);
        require(first.plain_size == second.plain_size);
        require(memcmp(first.plain, second.plain, first.plain_size) == 0);
    }
    free(text);
    free(first.plain);
    free(first.quoted);
    free(second.plain);
    return 0;
}
