/* SPDX-License-Identifier: MIT */
/* escape: both forms of every byte, the way back, and what is left of a text that does not fit. */
#include "testing.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sandbox_init/escape.h"

/* Of U+0080 to U+10FFFF, counted from the ranges of the Unicode character database that escape.h names. */
enum { SHOWN_CHARACTERS = 970193 };

typedef size_t escape_function(char *buffer, size_t size, const char *text);

static const struct {
    const char *text;
    const char *escaped;
    const char *json;
} examples[] = {
    {"", "", ""},
    {"vscode-ipc-1.sock", "vscode-ipc-1.sock", "vscode-ipc-1.sock"},
    {"a b~", "a b~", "a b~"},
    {"a\nb", "a\\nb", "a\\\\nb"},
    {"\r\t", "\\r\\t", "\\\\r\\\\t"},
    {"\x1b[2J", "\\e[2J", "\\\\e[2J"},
    {"C:\\x", "C:\\\\x", "C:\\\\\\\\x"},
    {"say \"a\"", "say \"a\"", "say \\\"a\\\""},
    {"\x01\x7f", "\\x01\\x7f", "\\\\x01\\\\x7f"},
    {"\xc3\xa9\xff", "\\xc3\\xa9\\xff", "\\\\xc3\\\\xa9\\\\xff"},
    /* The right-to-left override. NOLINTNEXTLINE(misc-misleading-bidirectional) */
    {"\xe2\x80\xae", "\\xe2\\x80\\xae", "\\\\xe2\\\\x80\\\\xae"},
};

static void examples_come_out_as_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        char buffer[64];
        assert_int_equal(escape_text(buffer, sizeof(buffer), examples[i].text), strlen(examples[i].escaped));
        assert_string_equal(buffer, examples[i].escaped);
        assert_int_equal(escape_json(buffer, sizeof(buffer), examples[i].text), strlen(examples[i].json));
        assert_string_equal(buffer, examples[i].json);
    }
}

/* What a JSON reader makes of the inside of a string that has only these two escapes. */
static void read_json(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from == '\\') {
            from++;
            assert_true(*from == '\\' || *from == '"');
        } else {
            assert_true(*from != '"');
        }
        *to++ = *from;
    }
    *to = '\0';
}

/* The byte that the escape at *AT stands for; moves *AT behind it. */
static char unescape_one(const char **at)
{
    static const char letters[] = "nrte\\";
    static const char bytes[] = "\n\r\t\x1b\\";
    char letter = (*at)[1];
    const char *known = letter ? strchr(letters, letter) : NULL;
    unsigned byte = 0;
    if (**at != '\\') {
        return *(*at)++;
    }
    if (known) {
        *at += 2;
        return bytes[known - letters];
    }
    assert_int_equal(letter, 'x');
    assert_int_equal(sscanf(*at + 2, "%2x", &byte), 1); /* NOLINT(cert-err34-c) */
    *at += 4;
    return (char)byte;
}

static void unescape(char *buffer, const char *text)
{
    while (*text) {
        *buffer++ = unescape_one(&text);
    }
    *buffer = '\0';
}

static void every_pair_of_bytes_is_printable_and_reversible(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 256 * 255; pair++) {
        const char text[] = {(char)(pair / 256 + 1), (char)(pair % 256), 0};
        char escaped[2 * ESCAPE_WIDTH_MAX + 1];
        char json[2 * ESCAPE_WIDTH_MAX + 1];
        char back[sizeof(json)];
        escape_text(escaped, sizeof(escaped), text);
        escape_json(json, sizeof(json), text);
        for (size_t i = 0; json[i]; i++) {
            assert_in_range(json[i], 0x20, 0x7e);
        }
        for (size_t i = 0; escaped[i]; i++) {
            assert_in_range(escaped[i], 0x20, 0x7e);
        }
        read_json(json);
        assert_string_equal(json, escaped);
        unescape(back, escaped);
        assert_string_equal(back, text);
    }
}

/* The length that a cut text must have: the most whole escapes that leave room for "..." and the NUL. */
static size_t cut_length(escape_function *escape, const char *text, size_t size)
{
    char beginning[32];
    char whole[sizeof(beginning) * ESCAPE_WIDTH_MAX];
    size_t best = 0;
    for (size_t i = 0; i <= strlen(text); i++) {
        memcpy(beginning, text, i);
        beginning[i] = '\0';
        size_t length = escape(whole, sizeof(whole), beginning);
        if (length + sizeof("...") <= size) {
            best = length;
        }
    }
    return best + strlen("...");
}

static void check_size(escape_function *escape, const char *text, const char *whole, size_t size)
{
    char buffer[160];
    memset(buffer, '#', sizeof(buffer));
    size_t length = escape(buffer, size, text);
    assert_int_equal(length, strlen(buffer));
    for (size_t i = size; i < sizeof(buffer); i++) {
        assert_int_equal(buffer[i], '#');
    }
    if (strlen(whole) < size) {
        assert_string_equal(buffer, whole);
        return;
    }
    assert_int_equal(length, cut_length(escape, text, size));
    assert_memory_equal(buffer, whole, length - strlen("..."));
    assert_string_equal(buffer + length - strlen("..."), "...");
}

static void what_does_not_fit_is_cut_between_escapes(void **state)
{
    static const char *const texts[] = {"", "abcdefgh", "\x01\x02\x03\x04", "a\n\\\"\x80z\"b",
                                        "\n\n\n\n\n\n\n"};
    static escape_function *const functions[] = {escape_text, escape_json};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts) * COUNT_OF(functions); i++) {
        const char *text = texts[i / COUNT_OF(functions)];
        escape_function *escape = functions[i % COUNT_OF(functions)];
        char whole[128];
        escape(whole, sizeof(whole), text);
        for (size_t size = 4; size < strlen(whole) + 8; size++) {
            check_size(escape, text, whole, size);
        }
    }
}

static void width_max_is_what_the_widest_byte_takes(void **state)
{
    (void)state;
    size_t widest = 0;
    for (int byte = 1; byte < 256; byte++) {
        const char text[] = {(char)byte, 0};
        char buffer[32];
        size_t width = escape_json(buffer, sizeof(buffer), text);
        widest = width > widest ? width : widest;
        assert_in_range(escape_text(buffer, sizeof(buffer), text), 1, ESCAPE_WIDTH_MAX);
    }
    assert_int_equal(widest, ESCAPE_WIDTH_MAX);
}

/* ---- lines ---- */

static const struct {
    const char *text;
    const char *line; /* as text; NULL: it comes through as it is */
} line_examples[] = {
    {"plain ~", NULL},
    {"a\tb", NULL},
    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \xe4\xb8\xad\xc2\xa0",
     NULL},                                       /* é, the euro, an emoji, Chinese, U+00A0 */
    {"\xe2\x9a\xa0\xef\xb8\x8f", NULL},           /* a warning sign, as an emoji */
    {"\xef\xbf\xbd", NULL},                       /* the replacement character */
    {"\xf4\x80\x80\x80", "\\xf4\\x80\\x80\\x80"}, /* private use, the highest plane */
    {"\xee\x80\x80\xef\xa3\xbf", "\\xee\\x80\\x80\\xef\\xa3\\xbf"}, /* private use, the lowest */
    {"\xc2\x80\xc2\x9b\xc2\x9f", "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f"}, /* C1 */
    {"\xc2\xad", "\\xc2\\xad"},
    {"\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"}, /* line and paragraph separator */
    /* Overrides and isolates. NOLINTNEXTLINE(misc-misleading-bidirectional) */
    {"\xe2\x80\xae\xe2\x81\xa6", "\\xe2\\x80\\xae\\xe2\\x81\\xa6"},
    {"\xe2\x80\x8b\xef\xbb\xbf", "\\xe2\\x80\\x8b\\xef\\xbb\\xbf"},          /* zero width */
    {"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"},                            /* a tag */
    {"\xef\xbf\xbe\xf0\x9f\xbf\xbf", "\\xef\\xbf\\xbe\\xf0\\x9f\\xbf\\xbf"}, /* noncharacters */
    {"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf", "\\xc0\\xaf\\xe0\\x80\\xaf\\xf0\\x80\\x80\\xaf"}, /* overlong */
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},                   /* a surrogate */
    {"\xf4\x90\x80\x80\xf8", "\\xf4\\x90\\x80\\x80\\xf8"}, /* beyond Unicode */
    {"\xf9\x80\x80\x80", "\\xf9\\x80\\x80\\x80"},
    {"\xe0\x82\xa0\xf0\x82\x82\xac", "\\xe0\\x82\\xa0\\xf0\\x82\\x82\\xac"}, /* overlong, of what is shown */
    {"\xe2\x82", "\\xe2\\x82"},                                              /* cut */
    {"\xe2\x82z\xc3\xc3\xa9", "\\xe2\\x82z\\xc3\xc3\xa9"},                   /* cut, and goes on */
    {"\x1b[2J\r\n\\", "\\e[2J\\r\\n\\\\"},
};

/* What a JSON reader makes of the inside of a string with the escapes that lines have. */
static void read_line_json(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        assert_true((unsigned char)*from >= 0x20 && *from != '"');
        if (*from == '\\') {
            from++;
            assert_true(*from == '\\' || *from == '"' || *from == 't');
            if (*from == 't') {
                *to++ = '\t';
                continue;
            }
        }
        *to++ = *from;
    }
    *to = '\0';
}

static void lines_come_out_as_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(line_examples); i++) {
        const char *text = line_examples[i].text;
        const char *line = line_examples[i].line ? line_examples[i].line : text;
        char buffer[96];
        assert_int_equal(escape_line(buffer, sizeof(buffer), text, strlen(text)), strlen(line));
        assert_string_equal(buffer, line);
        escape_line_json(buffer, sizeof(buffer), text, strlen(text));
        read_line_json(buffer);
        assert_string_equal(buffer, line);
    }
}

static void a_line_may_have_nuls(void **state)
{
    char buffer[32];
    (void)state;
    assert_int_equal(escape_line(buffer, sizeof(buffer), "a\0b", 3), 6);
    assert_string_equal(buffer, "a\\x00b");
    assert_int_equal(escape_line_json(buffer, sizeof(buffer), "\0", 1), 5);
    assert_string_equal(buffer, "\\\\x00");
}

/* What is shown of all of Unicode: written down as ranges, counted, and each side of each border looked at.
 */
static void every_character_is_shown_or_escaped_whole(void **state)
{
    (void)state;
    unsigned shown = 0;
    for (unsigned character = 0x80; character < 0x110000; character++) {
        char text[5] = {0};
        char buffer[32];
        size_t length;
        if (character < 0x800) {
            text[0] = (char)(0xc0 | character >> 6);
            text[1] = (char)(0x80 | (character & 0x3f));
            length = 2;
        } else if (character < 0x10000) {
            text[0] = (char)(0xe0 | character >> 12);
            text[1] = (char)(0x80 | (character >> 6 & 0x3f));
            text[2] = (char)(0x80 | (character & 0x3f));
            length = 3;
        } else {
            text[0] = (char)(0xf0 | character >> 18);
            text[1] = (char)(0x80 | (character >> 12 & 0x3f));
            text[2] = (char)(0x80 | (character >> 6 & 0x3f));
            text[3] = (char)(0x80 | (character & 0x3f));
            length = 4;
        }
        const size_t width = escape_line(buffer, sizeof(buffer), text, length);
        if (width == length) {
            assert_string_equal(buffer, text);
            shown++;
        } else if (width != 4 * length) {
            fail_msg("U+%04X: %zu bytes", character, width);
        }
    }
    assert_int_equal(shown, SHOWN_CHARACTERS);
}

static void lines_are_cut_between_characters(void **state)
{
    static const char text[] = "ab\xc3\xa9\xe2\x82\xac\xff\x1b\xf0\x9f\x98\x80\"\\xyz";
    char whole[64];
    (void)state;
    for (int form = 0; form < 2; form++) {
        size_t (*const escape)(char *, size_t, const char *, size_t) = form ? escape_line_json : escape_line;
        const size_t width = escape(whole, sizeof(whole), text, sizeof(text) - 1);
        for (size_t size = 4; size <= width; size++) {
            char buffer[64];
            char again[64];
            memset(buffer, '#', sizeof(buffer));
            const size_t got = escape(buffer, size, text, sizeof(text) - 1);
            assert_int_equal(got, strlen(buffer));
            assert_true(got < size &&
                        got + 5 > size - 3); /* the widest unit less one is the most that is wasted */
            assert_int_equal(buffer[size], '#');
            assert_string_equal(buffer + got - 3, "...");
            assert_memory_equal(buffer, whole, got - 3);
            /* It ends between two: the beginning of the text that it is of comes to just that. */
            bool is_between = false;
            for (size_t i = 0; i < sizeof(text); i++) {
                is_between |=
                    escape(again, sizeof(again), text, i) == got - 3 && memcmp(again, buffer, got - 3) == 0;
            }
            assert_true(is_between);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_come_out_as_written),
        cmocka_unit_test(every_pair_of_bytes_is_printable_and_reversible),
        cmocka_unit_test(what_does_not_fit_is_cut_between_escapes),
        cmocka_unit_test(lines_come_out_as_written),
        cmocka_unit_test(a_line_may_have_nuls),
        cmocka_unit_test(every_character_is_shown_or_escaped_whole),
        cmocka_unit_test(lines_are_cut_between_characters),
        cmocka_unit_test(width_max_is_what_the_widest_byte_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
