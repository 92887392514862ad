/* SPDX-License-Identifier: MIT */
/*
 * lines: cuts a stream of bytes, which comes in pieces of any size, into lines.
 *
 * What comes out depends on the bytes alone, never on where the pieces ended. All bytes but the newlines come
 * out, NULs and carriage returns too. A line of more than LINES_PART_MAX bytes comes out in parts, cut
 * between the characters of UTF-8, each told to be one: memory stays bounded, whatever the writer does.
 *
 * Nothing is copied but the end of a piece that is in the middle of a line.
 */
#ifndef SANDBOX_INIT_LINES_H
#define SANDBOX_INIT_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum {
    LINES_PART_MAX = 8192, /* bytes; a line of just so many is whole */
};

/* Ready to use when zeroed. */
struct lines {
    size_t used;    /* bytes in `text` */
    size_t taken;   /* of these, at the beginning: the part that was given last */
    bool is_within; /* that part did not end its line */
    char text[LINES_PART_MAX];
};

/* A line, or a part of a very long one. */
struct lines_part {
    const char *text; /* until the next call, and as long as the piece is there */
    size_t length;    /* without the newline */
    bool is_first;
    bool is_last;
};

/*
 * Takes the next part from *PIECE, *LENGTH bytes, and moves both behind it. Returns false when there is none:
 * *LENGTH is 0 then, and a line without its end is kept for the next piece.
 */
bool lines_next(struct lines *lines, const char **piece, size_t *length, struct lines_part *ret_part);

/* The line that no newline ended: to be called when no more will come. Returns false when there is none. */
bool lines_end(struct lines *lines, struct lines_part *ret_part);

#endif
