/* SPDX-License-Identifier: MIT */
/* escape: both forms of every byte, the way back, and what is left of a text that does not fit. */
#include "testing.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sandbox_init/escape.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_come_out_as_written),
        cmocka_unit_test(every_pair_of_bytes_is_printable_and_reversible),
        cmocka_unit_test(what_does_not_fit_is_cut_between_escapes),
        cmocka_unit_test(width_max_is_what_the_widest_byte_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
