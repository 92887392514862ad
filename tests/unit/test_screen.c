/* SPDX-License-Identifier: MIT */
/* screen: a pipe and a real pseudo-terminal, the variables that count, and texts that are cut. */
#include "testing.h"

#include "sandbox_init/screen.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static FILE *terminal;
static int master;

static int open_terminal(void **state)
{
    (void)state;
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        return -1;
    }
    const int fd = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    terminal = fd >= 0 ? fdopen(fd, "w") : NULL;
    return terminal != NULL ? 0 : -1;
}

static int close_terminal(void **state)
{
    (void)state;
    fclose(terminal);
    close(master);
    return 0;
}

/* VARIABLES: up to two of them. */
static struct screen look(FILE *stream, const char *first, const char *second)
{
    char one[64];
    char two[64];
    char *const environ_in[] = {one, two, NULL};
    struct screen screen;
    snprintf(one, sizeof one, "%s", first);
    snprintf(two, sizeof two, "%s", second);
    screen_look(&screen, stream, environ_in);
    assert_ptr_equal(screen.stream, stream);
    return screen;
}

static void a_terminal_is_looked_at(void **state)
{
    (void)state;
    static const struct {
        unsigned short real_columns;
        const char *first;
        const char *second;
        bool has_colours;
        bool can_move;
        unsigned columns;
    } rows[] = {
        {120, "", "", true, true, 120},
        {0, "TERM=xterm", "", true, true, 80},
        {120, "NO_COLOR=1", "TERM=xterm", false, true, 120},
        {120, "NO_COLOR=", "TERM=xterm", true, true, 120},
        {120, "NO_COLORS=1", "XTERM=dumb", true, true, 120},
        {120, "TERM=dumb", "", false, false, 120},
        {120, "COLUMNS=33", "", true, true, 33},
        {120, "COLUMNS=1", "", true, true, 1},
        {120, "COLUMNS=0", "", true, true, 120},
        {120, "COLUMNS=-5", "", true, true, 120},
        {120, "COLUMNS=33x", "", true, true, 120},
        {120, "COLUMNS=99999999999999999999", "", true, true, 120},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct winsize size = {.ws_col = rows[i].real_columns, .ws_row = rows[i].real_columns};
        assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
        const struct screen screen = look(terminal, rows[i].first, rows[i].second);
        if (!screen.is_terminal || screen.has_colours != rows[i].has_colours ||
            screen.can_move != rows[i].can_move || screen.columns != rows[i].columns ||
            screen.rows != (size.ws_row > 0 ? size.ws_row : 24)) {
            fail_msg("row %zu: %d %d %u %u", i, screen.has_colours, screen.can_move, screen.columns,
                     screen.rows);
        }
    }
}

static void what_is_no_terminal_is_plain_and_endless(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    struct screen screen = look(file, "TERM=xterm", "");
    assert_false(screen.is_terminal || screen.has_colours || screen.can_move);
    assert_int_equal(screen.columns, UINT_MAX);
    assert_int_equal(screen.rows, UINT_MAX);
    screen = look(file, "COLUMNS=40", "");
    assert_int_equal(screen.columns, 40);
    fclose(file);
}

static void colours_begin_and_end(void **state)
{
    (void)state;
    const struct screen plain = {.has_colours = false};
    const struct screen coloured = {.has_colours = true};
    for (int colour = 0; colour < SCREEN_COLOUR_COUNT; colour++) {
        const char *begin = screen_begin(&coloured, (enum screen_colour)colour);
        const char *end = screen_end(&coloured, (enum screen_colour)colour);
        assert_string_equal(screen_begin(&plain, (enum screen_colour)colour), "");
        assert_string_equal(screen_end(&plain, (enum screen_colour)colour), "");
        assert_true((colour == SCREEN_PLAIN) == (begin[0] == '\0'));
        assert_true((colour == SCREEN_PLAIN) == (end[0] == '\0'));
    }
    assert_string_equal(screen_begin(&coloured, SCREEN_RED), "\x1b[31m");
    assert_string_equal(screen_end(&coloured, SCREEN_RED), "\x1b[0m");
}

static void texts_are_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
        const char *cut;
        size_t length;
    } rows[] = {
        {"", 0, "", 0},
        {"abc", 3, "abc", 3},
        {"abcdef", 6, "abcdef", 6},
        {"abcdef", 5, "ab...", 5},
        {"abcdef", 3, "...", 3},
        {"abcdef", 2, "..", 2},
        {"abcdef", 0, "", 0},
        {"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 5, "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 5},
        {"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 4, "\xc3\xbc...", 4},
        {"a\xf0\x9f\x98\x80zzz", 4, "a...", 4},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", rows[i].text);
        assert_int_equal(screen_cut(text, rows[i].columns), rows[i].length);
        assert_string_equal(text, rows[i].cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_terminal_is_looked_at, open_terminal, close_terminal),
        cmocka_unit_test(what_is_no_terminal_is_plain_and_endless),
        cmocka_unit_test(colours_begin_and_end),
        cmocka_unit_test(texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
