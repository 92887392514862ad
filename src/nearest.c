/* SPDX-License-Identifier: MIT */
#include "sandbox_init/nearest.h"

#include <stdbool.h>
#include <string.h>

enum {
    NAME_LENGTH_MAX = 63,
};

/* Not tolower(3): what a name is near to must not depend on the locale. */
static char lower(char letter)
{
    if (letter >= 'A' && letter <= 'Z') {
        return (char)(letter - 'A' + 'a');
    }
    return letter;
}

static bool is_same(char a, char b)
{
    return lower(a) == lower(b);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Two texts and the last three rows of the table of distances between their beginnings. */
struct table {
    const char *a;
    const char *b;
    size_t rows[3][NAME_LENGTH_MAX + 1];
};

/* The distance between the first I bytes of one and the first J of the other, both at least 1. */
static size_t measure_at(const struct table *table, size_t i, size_t j)
{
    const char *a = table->a + i - 1;
    const char *b = table->b + j - 1;
    const size_t *above = table->rows[(i - 1) % 3];
    const size_t *row = table->rows[i % 3];
    size_t edits = above[j - 1] + (is_same(*a, *b) ? 0 : 1);
    edits = smaller(edits, smaller(above[j], row[j - 1]) + 1);
    if (i > 1 && j > 1 && is_same(*a, b[-1]) && is_same(a[-1], *b)) {
        edits = smaller(edits, table->rows[(i - 2) % 3][j - 2] + 1);
    }
    return edits;
}

/*
 * The textbook's matrix, of which only the row at hand and the two above it are kept: row i holds the
 * distances of the first i letters of A to every beginning of B.
 */
static size_t measure(const char *a, size_t a_length, const char *b, size_t b_length)
{
    struct table table = {.a = a, .b = b};
    for (size_t j = 0; j <= b_length; j++) {
        table.rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        table.rows[i % 3][0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            table.rows[i % 3][j] = measure_at(&table, i, j);
        }
    }
    return table.rows[a_length % 3][b_length];
}

void nearest_offer(struct nearest *best, const char *wanted, const char *known)
{
    size_t wanted_length = strnlen(wanted, NAME_LENGTH_MAX + 1);
    size_t known_length = strnlen(known, NAME_LENGTH_MAX + 1);
    if (wanted_length > NAME_LENGTH_MAX || known_length > NAME_LENGTH_MAX) {
        return;
    }
    size_t longest = wanted_length > known_length ? wanted_length : known_length;
    size_t limit = longest / 3 > 1 ? longest / 3 : 1;
    size_t distance = measure(wanted, wanted_length, known, known_length);
    if (distance > limit || distance >= longest || (best->name && distance >= best->distance)) {
        return;
    }
    best->name = known;
    best->distance = distance;
}
