/* SPDX-License-Identifier: MIT */
#include "sandbox_init/socktable.h"

#include "sandbox_init/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PIECE_SIZE = 4096,
    COLUMNS = 7, /* before a name: Num, RefCount, Protocol, Flags, Type, St, Inode */
    NUMBER_SIZE = 16,
    FLAGS_COLUMN = 3,  /* from 0 */
    LISTENS = 0x10000, /* __SO_ACCEPTCON, in Flags */
};

/* The beginning of the next column, or NULL; moves *TEXT behind it. */
static const char *take_column(const char **text, const char *end)
{
    while (*text < end && **text == ' ') {
        (*text)++;
    }
    const char *column = *text;
    while (*text < end && **text != ' ') {
        (*text)++;
    }
    return *text > column ? column : NULL;
}

/* Reads the hexadecimal number between COLUMN and END. */
static bool read_flags(const char *column, const char *end, unsigned long *ret_flags)
{
    char number[NUMBER_SIZE];
    char *rest = NULL;
    snprintf(number, sizeof number, "%.*s", (int)(end - column), column);
    *ret_flags = strtoul(number, &rest, 16);
    return *rest == '\0';
}

/* Is it a socket with a name? The heading is none. */
static bool parse(const struct lines_part *part, struct socktable_entry *ret_entry)
{
    const char *text = part->text;
    const char *end = part->text + part->length;
    unsigned long flags = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *column = take_column(&text, end);
        if (column == NULL || (i == FLAGS_COLUMN && !read_flags(column, text, &flags))) {
            return false;
        }
    }
    /* One blank before the name; what follows may be blanks, too. */
    const size_t length = text < end ? (size_t)(end - text) - 1 : 0;
    if (length == 0 || length >= sizeof ret_entry->name) {
        return false;
    }
    const size_t skipped = text[1] == '@' ? 1 : 0;
    *ret_entry = (struct socktable_entry){.is_abstract = skipped > 0, .is_listening = (flags & LISTENS) != 0};
    memcpy(ret_entry->name, text + 1 + skipped, length - skipped);
    return true;
}

struct walk {
    socktable_visit *visit;
    void *context;
    size_t count;
    bool is_ended;
};

static void take_lines(struct walk *walk, struct lines *lines, const char *piece, size_t length)
{
    struct lines_part part;
    while (!walk->is_ended && lines_next(lines, &piece, &length, &part)) {
        struct socktable_entry entry;
        if (part.is_first && part.is_last && parse(&part, &entry)) {
            walk->count++;
            walk->is_ended = walk->count > SOCKTABLE_MAX || !walk->visit(walk->context, &entry);
        }
    }
}

int socktable_walk(const struct scene *scene, socktable_visit *visit, void *context)
{
    char piece[PIECE_SIZE];
    struct lines lines = {0};
    struct walk walk = {.visit = visit, .context = context};
    ssize_t got = 1;
    int error = 0;
    const int fd = scene_open_path(scene, "/proc/net/unix", O_RDONLY);
    if (fd < 0) {
        return fd;
    }
    while (got > 0 && !walk.is_ended) {
        got = read(fd, piece, sizeof piece);
        error = got < 0 ? -errno : 0;
        if (got > 0) {
            take_lines(&walk, &lines, piece, (size_t)got);
        }
    }
    close(fd);
    return walk.count > SOCKTABLE_MAX ? -E2BIG : error;
}
