/* SPDX-License-Identifier: MIT */
/*
 * screen: what can be shown on a stream: is it a terminal, how wide is it, does it want colours?
 *
 * Nothing that others wrote goes to a stream but through here or through escape.h.
 */
#ifndef SANDBOX_INIT_SCREEN_H
#define SANDBOX_INIT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum screen_colour {
    SCREEN_PLAIN,
    SCREEN_BOLD,
    SCREEN_DIM,
    SCREEN_GREEN,
    SCREEN_YELLOW,
    SCREEN_RED,
    SCREEN_BLUE,
    SCREEN_COLOUR_COUNT,
};

struct screen {
    FILE *stream;
    bool is_terminal;
    bool has_colours;
    bool can_move;    /* the cursor can be moved: it is a terminal, and TERM is not "dumb" */
    unsigned columns; /* at least 1; UINT_MAX: no limit */
    unsigned rows;    /* the same */
};

/*
 * Looks at STREAM and, in ENVIRON, at NO_COLOR (set and not empty: no colours, https://no-color.org), TERM
 * and COLUMNS (a number from 1 on: so wide, whatever it is). What is no terminal has no limit, no colours.
 */
void screen_look(struct screen *screen, FILE *stream, char *const *environ_in);

/* What begins and ends COLOUR; "" where there are no colours. */
const char *screen_begin(const struct screen *screen, enum screen_colour colour);
const char *screen_end(const struct screen *screen, enum screen_colour colour);

/*
 * Cuts TEXT, printable ASCII or the UTF-8 that escape_line() lets through, to COLUMNS characters, the last
 * three of which are then "..." (less where there is no room for these). Returns how many there are now.
 */
size_t screen_cut(char *text, size_t columns);

/*
 * Prints TEXT, printable ASCII that is written over, word by word in lines that fit, and a newline. The
 * cursor stands in column INDENT, where the lines that follow begin, too. The first word is in COLOUR. A word
 * that is longer than a line is cut.
 */
void screen_print_words(const struct screen *screen, size_t indent, enum screen_colour colour, char *text);

#endif
