/* SPDX-License-Identifier: MIT */
#include "sandbox_init/screen.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    COLUMNS_USUAL = 80,
    ROWS_USUAL = 24,
    COLUMNS_MAX = 10000, /* what says it is wider lies */
    ELLIPSIS_LENGTH = 3,
};

static const char *find_variable(char *const *environ_in, const char *name)
{
    const size_t length = strlen(name);
    for (; *environ_in != NULL; environ_in++) {
        if (strncmp(*environ_in, name, length) == 0 && (*environ_in)[length] == '=') {
            return *environ_in + length + 1;
        }
    }
    return "";
}

static unsigned read_columns(const char *text)
{
    char *end = NULL;
    const unsigned long columns = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && columns <= COLUMNS_MAX ? (unsigned)columns : 0;
}

void screen_look(struct screen *screen, FILE *stream, char *const *environ_in)
{
    struct winsize size = {0};
    const bool is_dumb = strcmp(find_variable(environ_in, "TERM"), "dumb") == 0;
    const unsigned wanted = read_columns(find_variable(environ_in, "COLUMNS"));
    *screen = (struct screen){.stream = stream, .columns = UINT_MAX, .rows = UINT_MAX};
    screen->is_terminal = isatty(fileno(stream)) == 1;
    screen->has_colours = screen->is_terminal && !is_dumb && find_variable(environ_in, "NO_COLOR")[0] == '\0';
    screen->can_move = screen->is_terminal && !is_dumb;
    if (screen->is_terminal) {
        ioctl(fileno(stream), TIOCGWINSZ, &size);
        screen->columns = size.ws_col > 0 ? size.ws_col : COLUMNS_USUAL;
        screen->rows = size.ws_row > 0 ? size.ws_row : ROWS_USUAL;
    }
    if (wanted > 0) {
        screen->columns = wanted;
    }
}

const char *screen_begin(const struct screen *screen, enum screen_colour colour)
{
    static const char *const codes[SCREEN_COLOUR_COUNT] = {
        [SCREEN_PLAIN] = "",         [SCREEN_BOLD] = "\x1b[1m",    [SCREEN_DIM] = "\x1b[2m",
        [SCREEN_GREEN] = "\x1b[32m", [SCREEN_YELLOW] = "\x1b[33m", [SCREEN_RED] = "\x1b[31m",
        [SCREEN_BLUE] = "\x1b[34m",
    };
    return screen->has_colours ? codes[colour] : "";
}

const char *screen_end(const struct screen *screen, enum screen_colour colour)
{
    return screen->has_colours && colour != SCREEN_PLAIN ? "\x1b[0m" : "";
}

/* The bytes that go on with a character of UTF-8 take no column of their own. */
static bool is_start(char byte)
{
    return ((unsigned char)byte & 0xc0U) != 0x80;
}

static size_t count_columns(const char *text)
{
    size_t columns = 0;
    for (; *text != '\0'; text++) {
        columns += is_start(*text) ? 1 : 0;
    }
    return columns;
}

/* Returns where the character after the first COLUMNS begins. */
static char *find_column(char *text, size_t columns)
{
    while (*text != '\0') {
        if (is_start(*text) && columns-- == 0) {
            break;
        }
        text++;
    }
    return text;
}

size_t screen_cut(char *text, size_t columns)
{
    const size_t there = count_columns(text);
    if (there <= columns) {
        return there;
    }
    const size_t dots = columns < ELLIPSIS_LENGTH ? columns : ELLIPSIS_LENGTH;
    char *const end = find_column(text, columns - dots);
    /* There are at least as many bytes behind it as there were characters. */
    memset(end, '.', dots);
    end[dots] = '\0';
    return columns;
}

void screen_print_words(const struct screen *screen, size_t indent, enum screen_colour colour, char *text)
{
    const size_t room = screen->columns > indent ? screen->columns - indent : 1;
    char *rest = NULL;
    size_t used = 0;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        const size_t length = screen_cut(word, room);
        if (used > 0 && used + 1 + length > room) {
            fprintf(screen->stream, "\n%*s", (int)indent, "");
            used = 0;
        }
        fprintf(screen->stream, "%s%s%s%s", used > 0 ? " " : "", screen_begin(screen, colour), word,
                screen_end(screen, colour));
        used += length + (used > 0 ? 1 : 0);
        colour = SCREEN_PLAIN;
    }
    fputc('\n', screen->stream);
}
