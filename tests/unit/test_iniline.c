/* SPDX-License-Identifier: MIT */
/* iniline: lines with all that can be found in them. What the reader makes of that, test_inifile.c tells. */
#include "testing.h"

#include "sandbox_init/iniline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* TEXT as the only line, in a block of its exact size, for the sanitizers and valgrind. */
static char *block;

static struct iniline make_line(const char *text)
{
    struct iniline line;
    size_t length = strlen(text);
    free(block);
    block = malloc(length + 1);
    assert_non_null(block);
    memcpy(block + 1, text, length);
    assert_int_equal(iniline_read(block + 1, length, 0, &line), length);
    return line;
}

static int tear_down(void **state)
{
    (void)state;
    free(block);
    block = NULL;
    return 0;
}

static void expect_text(const char *text, size_t length, const char *expected)
{
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
}

static void test_reads_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *body;
        bool is_indented, is_blank;
    } rows[] = {
        {"a", "a", false, false},         {"", "", false, true},       {" \tb c\t ", "b c", true, false},
        {"# d", "# d", false, true},      {"; e", "; e", false, true}, {"  #", "#", true, true},
        {"f # g", "f # g", false, false}, {"   ", "", true, true},     {"h", "h", false, false},
    };
    char text[256] = "";
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t used = strlen(text);
        bool is_last = i + 1 == COUNT_OF(rows);
        snprintf(text + used, sizeof(text) - used, "%s%s", rows[i].text,
                 is_last ? ""
                 : i % 2 ? "\r\n"
                         : "\n");
    }
    size_t offset = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct iniline line;
        offset = iniline_read(text, strlen(text), offset, &line);
        expect_text(line.text, line.length, rows[i].text);
        expect_text(line.body, line.body_length, rows[i].body);
        assert_int_equal(line.is_indented, rows[i].is_indented);
        assert_int_equal(line.is_blank, rows[i].is_blank);
    }
    assert_int_equal(offset, strlen(text));
}

/* A CR is a part of the line but right before its end. */
static void test_keeps_other_carriage_returns(void **state)
{
    (void)state;
    struct iniline line;
    assert_int_equal(iniline_read("a\r\r\nb\r", 6, 0, &line), 4);
    expect_text(line.text, line.length, "a\r");
    assert_int_equal(iniline_read("a\r\r\nb\r", 6, 4, &line), 6);
    expect_text(line.text, line.length, "b\r");
    assert_int_equal(iniline_read("\r\n", 2, 0, &line), 2);
    assert_int_equal(line.length, 0);
}

static void test_finds_byte_order_marks(void **state)
{
    (void)state;
    assert_int_equal(iniline_measure_mark("\xef\xbb\xbfx", 4), 3);
    assert_int_equal(iniline_measure_mark("\xef\xbb\xbf", 3), 3);
    assert_int_equal(iniline_measure_mark("\xef\xbb\xbf", 2), 0);
    assert_int_equal(iniline_measure_mark("x\xef\xbb\xbf", 4), 0);
    assert_int_equal(iniline_measure_mark("", 0), 0);
    static const char *const with[] = {"\xef\xbb\xbf", "a=\xef\xbb\xbf-b", "  a\xef\xbb\xbf"};
    static const char *const without[] = {"", "a", "\xef\xbb", "\xbb\xbf\xef"};
    for (size_t i = 0; i < COUNT_OF(with); i++) {
        struct iniline line = make_line(with[i]);
        assert_true(iniline_has_mark(&line));
    }
    for (size_t i = 0; i < COUNT_OF(without); i++) {
        struct iniline line = make_line(without[i]);
        assert_false(iniline_has_mark(&line));
    }
}

static void test_finds_control_characters(void **state)
{
    (void)state;
    for (unsigned byte = 1; byte <= 0xff; byte++) {
        const char text[] = {'a', (char)byte, 'b', '\0'};
        if (byte == '\n') {
            continue;
        }
        struct iniline line = make_line(text);
        bool is_control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
        assert_ptr_equal(iniline_find_control(&line), is_control ? line.text + 1 : NULL);
    }
    struct iniline line;
    iniline_read("a\0b", 3, 0, &line);
    assert_ptr_equal(iniline_find_control(&line), line.text + 1);
}

static void test_finds_inline_comments(void **state)
{
    (void)state;
    static const char *const with[] = {"a ;", "a\t;b", "a b=c ; d", "[a ;"};
    static const char *const without[] = {"", ";", " ; a", "a;b", "a; b", "a #"};
    for (size_t i = 0; i < COUNT_OF(with); i++) {
        struct iniline line = make_line(with[i]);
        assert_true(iniline_has_inline_comment(&line));
    }
    for (size_t i = 0; i < COUNT_OF(without); i++) {
        struct iniline line = make_line(without[i]);
        assert_false(iniline_has_inline_comment(&line));
    }
}

static void test_finds_separators(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key, *rest; /* NULL: there is none */
    } rows[] = {
        {"a=b", "a", "=b"},       {" a b\t= c=d", "a b", "= c=d"},
        {"a: b=c", "a", ": b=c"}, {"=", "", "="},
        {":", "", ":"},           {"abc", "abc", NULL},
        {"  ", "", NULL},         {"a b ", "a b", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct iniline line = make_line(rows[i].text);
        const char *key = NULL;
        size_t length = 0;
        const char *separator = iniline_find_separator(&line, &key, &length);
        expect_text(key, length, rows[i].key);
        assert_int_equal(!separator, !rows[i].rest);
        if (separator) {
            expect_text(separator, (size_t)(line.text + line.length - separator), rows[i].rest);
        }
    }
}

static void test_skips_indents(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"    a", "  ", "  a"}, {"  a", "  ", "a"},     {" a", "  ", "a"},  {"a", "  ", "a"},
        {"\ta", "  ", "\ta"},   {" \ta", "  ", "\ta"},  {"  a", "", "  a"}, {" ", "  ", ""},
        {"", "  ", ""},         {"\t  a", "\t ", " a"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct iniline line = make_line(rows[i][0]);
        const char *rest = iniline_skip_indent(&line, rows[i][1], strlen(rows[i][1]));
        expect_text(rest, (size_t)(line.text + line.length - rest), rows[i][2]);
    }
}

static void test_knows_ends_of_cases(void **state)
{
    (void)state;
    static const char *const ends[] = {";;", ";&", ";;&", ";; ", "  ;;"};
    static const char *const others[] = {"", ";", ";;;", "; ;", ";;x", "&", ";;#"};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct iniline line = make_line(ends[i]);
        assert_true(iniline_is_case_end(&line));
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct iniline line = make_line(others[i]);
        assert_false(iniline_is_case_end(&line));
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_teardown(function, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_reads_lines),
        TEST(test_keeps_other_carriage_returns),
        TEST(test_finds_byte_order_marks),
        TEST(test_finds_control_characters),
        TEST(test_finds_inline_comments),
        TEST(test_finds_separators),
        TEST(test_skips_indents),
        TEST(test_knows_ends_of_cases),
    };
    return cmocka_run_group_tests_name("iniline", tests, NULL, NULL);
}
