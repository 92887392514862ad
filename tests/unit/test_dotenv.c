/* SPDX-License-Identifier: MIT */
/* dotenv: examples of what is read, and one for each thing that is refused. */
#include "testing.h"

#include "sandbox_init/dotenv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOINED_SIZE = 4096 };

/* The variables of one text, each in brackets, since values have newlines. */
static char joined[JOINED_SIZE];
static int callback_result;

static int join(void *context, char *entry)
{
    assert_ptr_equal(context, joined);
    const size_t used = strlen(joined);
    snprintf(joined + used, sizeof joined - used, "[%s]", entry);
    return callback_result;
}

/* TEXT has LENGTH bytes, in memory of exactly the size that is asked for. */
static int parse(const char *text, size_t length, struct dotenv_error *ret_error)
{
    char *copy = malloc(length + 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    copy[length] = '='; /* what is behind the text does not count */
    joined[0] = '\0';
    const int result = dotenv_parse(copy, length, join, joined, ret_error);
    free(copy);
    return result;
}

struct example {
    const char *text;
    const char *variables;
};

static void expect_examples(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct dotenv_error error = {0};
        const int result = parse(examples[i].text, strlen(examples[i].text), &error);
        if (result != 0 || strcmp(joined, examples[i].variables) != 0 || error.line != 0) {
            fail_msg("row %zu, %s: %d, %s, line %zu: %s", i, examples[i].text, result, joined, error.line,
                     error.message != NULL ? error.message : "");
        }
    }
}

static void lines_without_a_variable_give_none(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", ""},
        {"\n", ""},
        {"\r\n\r\n", ""},
        {"  \t \n\n", ""},
        {"   ", ""},
        {"#", ""},
        {"# A=1\n", ""},
        {" \t# A=1 'x\n", ""},
        {"#A=1\r\n#B=2", ""},
        {"\xef\xbb\xbf", ""},
        {"\xef\xbb\xbf# A=1", ""},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void plain_values_end_with_the_line(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"A=1", "[A=1]"},
        {"A=1\n", "[A=1]"},
        {"A=1\r\n", "[A=1]"},
        {"A=1\nB=2\n", "[A=1][B=2]"},
        {"A=1\r\nB=2\r\n\r\nC=3", "[A=1][B=2][C=3]"},
        {"A=1\n\n# c\n  B=2", "[A=1][B=2]"},
        {"\xef\xbb\xbf"
         "A=1",
         "[A=1]"},
        {"_a9Z=x", "[_a9Z=x]"},
        {"A=", "[A=]"},
        {"A=\n", "[A=]"},
        {"A=\r\nB=", "[A=][B=]"},
        {"A=   \nB=1", "[A=][B=1]"},
        {"A=two words", "[A=two words]"},
        {"A=  a  b\t \nB=1", "[A=a  b][B=1]"},
        {"A=x=y==", "[A=x=y==]"},
        {"A==", "[A==]"},
        {" \tA \t= \t1 \t", "[A=1]"},
        {"A =1", "[A=1]"},
        {"A= 1", "[A=1]"},
        {"A=it's", "[A=it's]"},
        {"A=say \"x\"", "[A=say \"x\"]"},
        {"A=\\n\\", "[A=\\n\\]"},
        {"A=C:\\dir", "[A=C:\\dir]"},
        {"A=$HOME ${X:-y} `id` $(id)", "[A=$HOME ${X:-y} `id` $(id)]"},
        {"A=\xc3\xa4\xff\x01", "[A=\xc3\xa4\xff\x01]"},
        {"A=1\nA=2\nA=", "[A=1][A=2][A=]"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void a_blank_makes_a_comment(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"A=1 # c\nB=2", "[A=1][B=2]"},
        {"A=1\t#c", "[A=1]"},
        {"A=1  \t # c # d", "[A=1]"},
        {"A=1#2", "[A=1#2]"},
        {"A=https://x/#y z", "[A=https://x/#y z]"},
        {"A=#1", "[A=#1]"},
        {"A =#1", "[A=#1]"},
        {"A= #1", "[A=]"},
        {"A=\t# c\nB=2", "[A=][B=2]"},
        {"A='1' # c\nB=2", "[A=1][B=2]"},
        {"A=\"1\"\t# 'c\nB=2", "[A=1][B=2]"},
        {"A=' # '", "[A= # ]"},
        {"A=\" # \"", "[A= # ]"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void export_is_for_shells(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"export A=1", "[A=1]"},           {" export \t A = 'x y' # c\nB=2", "[A=x y][B=2]"},
        {"export=1", "[export=1]"},        {"exportA=1", "[exportA=1]"},
        {"export export=1", "[export=1]"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void single_quotes_are_literal(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"A=''", "[A=]"},
        {"A='1'", "[A=1]"},
        {"A=' a b '  ", "[A= a b ]"},
        {"A='$B \\n \\\\ \\\" \" #'\nB=2", "[A=$B \\n \\\\ \\\" \" #][B=2]"},
        {"A='C:\\'", "[A=C:\\]"},
        {"A='one\ntwo\n\n four'\nB=2", "[A=one\ntwo\n\n four][B=2]"},
        {"A='one\r\ntwo'\r\nB=2", "[A=one\ntwo][B=2]"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void double_quotes_have_escapes(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"A=\"\"", "[A=]"},
        {"A=\"1\"", "[A=1]"},
        {"A=\" it's \"", "[A= it's ]"},
        {"A=\"\\n\\r\\t\\\"\\\\\\$\"", "[A=\n\r\t\"\\$]"},
        {"A=\"\\\\n\"", "[A=\\n]"},
        {"A=\"$B ${C}\"", "[A=$B ${C}]"},
        {"A=\"-----\none\ntwo\n\"\nB=2", "[A=-----\none\ntwo\n][B=2]"},
        {"A=\"one\r\n\\ntwo\"\r\nB=2", "[A=one\n\ntwo][B=2]"},
        {"A=\"x\"\nA=\"y\"", "[A=x][A=y]"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static const char no_equals[] = "there is no \"=\" behind the name; an empty value is written NAME=";
static const char bad_name[] = "a name has letters, digits and \"_\" only, and does not begin with a digit";
static const char not_closed[] = "the quote that begins here is not closed";
static const char more_behind[] =
    "behind the closing quote there is more; quote the whole value, and in double "
    "quotes write \\\" for a quote";
static const char bad_escape[] =
    "in double quotes a backslash stands only before n, r, t, \", \\ and $; for the "
    "backslash itself write \\\\, or use single quotes";
static const char nul_byte[] = "there is a NUL byte; save the file as plain text (UTF-8)";
static const char lone_return[] = "there is a carriage return within the line; end lines with LF or CRLF";

/* With its size, since there are NULs in some. */
#define TEXT(text) (text), sizeof(text) - 1

static void what_is_refused_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        size_t line;
        const char *message;
        const char *variables; /* those in front of it */
    } rows[] = {
        {TEXT("A"), 1, no_equals, ""},
        {TEXT("A=1\nB\nC=3"), 2, no_equals, "[A=1]"},
        {TEXT("export A"), 1, no_equals, ""},
        {TEXT("export"), 1, no_equals, ""},
        {TEXT("\r\n\r\n  A B=1"), 3, no_equals, ""},
        {TEXT("A=1 # c\nB='x' # c\nC"), 3, no_equals, "[A=1][B=x]"},
        {TEXT("A: 1"), 1, no_equals, ""},
        {TEXT("A-B"), 1, no_equals, ""},
        {TEXT("=1"), 1, bad_name, ""},
        {TEXT(" = "), 1, bad_name, ""},
        {TEXT("A=1\n\n9A=1"), 3, bad_name, "[A=1]"},
        {TEXT("A-B=1"), 1, bad_name, ""},
        {TEXT("A.B=1"), 1, bad_name, ""},
        {TEXT("\xc3\xa4=1"), 1, bad_name, ""},
        {TEXT("'A'=1"), 1, bad_name, ""},
        {TEXT("export 1A=2"), 1, bad_name, ""},
        {TEXT("A=1\n\xef\xbb\xbf"
              "B=2"),
         2, bad_name, "[A=1]"},
        {TEXT("A='"), 1, not_closed, ""},
        {TEXT("A=\""), 1, not_closed, ""},
        {TEXT("A=1\nB='x\ny\nC=\"3\n"), 2, not_closed, "[A=1]"},
        {TEXT("\nA=\"x\\\"\n\n"), 2, not_closed, ""},
        {TEXT("A='x'y"), 1, more_behind, ""},
        {TEXT("A='x' y"), 1, more_behind, ""},
        {TEXT("A='x'#y"), 1, more_behind, ""},
        {TEXT("A=\"x\"\"y\""), 1, more_behind, ""},
        {TEXT("A='it\\'s'"), 1, more_behind, ""},
        {TEXT("A='x\ny' z"), 2, more_behind, ""},
        {TEXT("A=\"\\q\""), 1, bad_escape, ""},
        {TEXT("A=\"\\'\""), 1, bad_escape, ""},
        {TEXT("A=\"\\\n\""), 1, bad_escape, ""},
        {TEXT("A=\"\n\n\\ \""), 3, bad_escape, ""},
        {TEXT("A=\"\\"), 1, bad_escape, ""},
        {TEXT("A=1\nB=\0"), 2, nul_byte, ""},
        {TEXT("\0"), 1, nul_byte, ""},
        {TEXT("A=1\n# \0\nB=2"), 2, nul_byte, ""},
        {TEXT("A='\n\n\0'"), 3, nul_byte, ""},
        {TEXT("A=1\rB=2\r"), 1, lone_return, ""},
        {TEXT("A=1\n\nB=2\r"), 3, lone_return, ""},
        {TEXT("A='x\ry'\n"), 1, lone_return, ""},
        {TEXT("#\r\r\n"), 1, lone_return, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct dotenv_error error = {0};
        const int result = parse(rows[i].text, rows[i].length, &error);
        if (result != -EINVAL || error.line != rows[i].line || strcmp(error.message, rows[i].message) != 0 ||
            strcmp(joined, rows[i].variables) != 0) {
            fail_msg("row %zu: %d, %s, line %zu: %s", i, result, joined, error.line,
                     error.message != NULL ? error.message : "");
        }
    }
}

static void a_callback_ends_the_reading(void **state)
{
    (void)state;
    static const int results[] = {-ENOMEM, -EINVAL, 7};
    for (size_t i = 0; i < COUNT_OF(results); i++) {
        struct dotenv_error error = {.line = 99};
        callback_result = results[i];
        assert_int_equal(parse("A=1\nB=2\n?", 9, &error), results[i]);
        assert_string_equal(joined, "[A=1]");
        assert_int_equal(error.line, 99); /* untouched: nothing is wrong with the text */
    }
    callback_result = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_without_a_variable_give_none),
        cmocka_unit_test(plain_values_end_with_the_line),
        cmocka_unit_test(a_blank_makes_a_comment),
        cmocka_unit_test(export_is_for_shells),
        cmocka_unit_test(single_quotes_are_literal),
        cmocka_unit_test(double_quotes_have_escapes),
        cmocka_unit_test(what_is_refused_is_told_with_its_line),
        cmocka_unit_test(a_callback_ends_the_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
