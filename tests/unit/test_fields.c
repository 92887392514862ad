/* SPDX-License-Identifier: MIT */
/* fields: what is written is read the same, for all bytes and all sizes; and what strangers write is read. */
#include "testing.h"

#include "sandbox_init/fields.h"

#include <stdio.h>
#include <string.h>

static char buffer[FIELDS_LINE_MAX];

static struct fields_writer write_into(size_t size)
{
    memset(buffer, '#', sizeof buffer);
    return (struct fields_writer){.buffer = buffer, .size = size};
}

/* What was written so far. */
static const char *text_of(struct fields_writer *writer)
{
    static char text[FIELDS_LINE_MAX + 1];
    memcpy(text, writer->buffer, writer->used);
    text[writer->used] = '\0';
    return text;
}

static void records_are_written(void **state)
{
    (void)state;
    struct fields_writer writer = write_into(sizeof buffer);
    fields_begin(&writer, "job");
    fields_put(&writer, "name", "a b");
    fields_put(&writer, "reason", "");
    fields_put(&writer, "log", NULL);
    fields_put_number(&writer, "pid", 0);
    fields_put_number(&writer, "most", UINT64_MAX);
    assert_true(fields_end(&writer));
    fields_begin(&writer, "end");
    assert_true(fields_end(&writer));
    assert_string_equal(text_of(&writer),
                        "job\tname=a b\treason=\tlog=\tpid=0\tmost=18446744073709551615\nend\n");
}

static void values_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *written;
    } rows[] = {
        {"plain ~", "plain ~"},
        {"a\tb", "a\\tb"},
        {"a\nb\r", "a\\nb\\r"},
        {"\x1b[31m", "\\e[31m"},
        {"\\", "\\\\"},
        {"\x7f", "\\x7f"},
        {"\xc3\xa4", "\\xc3\\xa4"},
        {"\x01", "\\x01"},
        {"=", "="},
        {"\"'", "\"'"},
        {"\\n", "\\\\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char wanted[128];
        struct fields_writer writer = write_into(sizeof buffer);
        fields_begin(&writer, "r");
        fields_put(&writer, "k", rows[i].value);
        assert_true(fields_end(&writer));
        snprintf(wanted, sizeof wanted, "r\tk=%s\n", rows[i].written);
        assert_string_equal(text_of(&writer), wanted);
    }
}

/* Writes two records, the second of WIDTH bytes, into SIZE bytes. Returns whether the second one fit. */
static bool write_two(struct fields_writer *writer, size_t size)
{
    *writer = write_into(size);
    fields_begin(writer, "one");
    fields_put(writer, "a", "1");
    assert_true(fields_end(writer));
    fields_begin(writer, "two");
    fields_put(writer, "key", "x\ty");
    fields_put_number(writer, "number", 12345);
    fields_put(writer, "last", "\x01");
    return fields_end(writer);
}

static void a_record_fits_whole_or_leaves_no_trace(void **state)
{
    (void)state;
    static const char first[] = "one\ta=1\n";
    static const char both[] = "one\ta=1\ntwo\tkey=x\\ty\tnumber=12345\tlast=\\x01\n";
    struct fields_writer writer;
    for (size_t size = strlen(first); size < strlen(both); size++) {
        assert_false(write_two(&writer, size));
        assert_string_equal(text_of(&writer), first);
        for (size_t i = size; i < sizeof buffer; i++) {
            assert_int_equal(buffer[i], '#');
        }
    }
    assert_true(write_two(&writer, strlen(both)));
    assert_string_equal(text_of(&writer), both);
    assert_int_equal(buffer[strlen(both)], '#');
}

static void after_one_that_does_not_fit_the_next_one_can(void **state)
{
    (void)state;
    struct fields_writer writer = write_into(8);
    fields_begin(&writer, "a");
    fields_put(&writer, "key", "too long");
    assert_false(fields_end(&writer));
    assert_int_equal(writer.used, 0);
    fields_begin(&writer, "b");
    assert_true(fields_end(&writer));
    assert_string_equal(text_of(&writer), "b\n");
}

struct pair {
    const char *key;
    const char *value;
};

static void lines_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *name;
        struct pair pairs[4];
    } rows[] = {
        {"end\n", "end", {{0}}},
        {"end", "end", {{0}}},
        {"", "", {{0}}},
        {"\n", "", {{0}}},
        {"job\tname=a\tpid=12\n", "job", {{"name", "a"}, {"pid", "12"}}},
        {"job\tname=a=b\tc=\n", "job", {{"name", "a=b"}, {"c", ""}}},
        {"job\tword\t=x\t\n", "job", {{"word", ""}, {"", "x"}, {"", ""}}},
        {"job\t\tk=v", "job", {{"", ""}, {"k", "v"}}},
        {"\tk=v\n", "", {{"k", "v"}}},
        {"j\tk=\\t\\n\\r\\e\\\\\\x7f\\xff\n", "j", {{"k", "\t\n\r\x1b\\\x7f\xff"}}},
        {"j\tk=\\\\n\n", "j", {{"k", "\\n"}}},
        {"j\tk=\\q\\\n", "j", {{"k", "\\q\\"}}},
        {"j\tk=\\x\tl=\\x4\tm=\\xg0\tn=\\x0g\n",
         "j",
         {{"k", "\\x"}, {"l", "\\x4"}, {"m", "\\xg0"}, {"n", "\\x0g"}}},
        {"j\tk=\\x00\\xAA\n", "j", {{"k", "\\x00\\xAA"}}},
        {"j\tk=v\nmore\tx=y\n", "j", {{"k", "v"}}},
        {"j\\t\tk\\n=v\n", "j\\t", {{"k\\n", "v"}}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char line[128];
        struct fields_reader reader;
        const char *key = NULL;
        const char *value = NULL;
        snprintf(line, sizeof line, "%s", rows[i].line);
        assert_string_equal(fields_open(&reader, line), rows[i].name);
        for (size_t j = 0; j < 4 && rows[i].pairs[j].key != NULL; j++) {
            if (!fields_next(&reader, &key, &value)) {
                fail_msg("row %zu: field %zu is missing", i, j);
            }
            assert_string_equal(key, rows[i].pairs[j].key);
            assert_string_equal(value, rows[i].pairs[j].value);
        }
        if (fields_next(&reader, &key, &value)) {
            fail_msg("row %zu: there is a field '%s' more", i, key);
        }
        assert_false(fields_next(&reader, &key, &value));
    }
}

static void every_byte_comes_back(void **state)
{
    (void)state;
    char value[256];
    for (int byte = 1; byte < 256; byte++) {
        value[byte - 1] = (char)byte;
    }
    value[255] = '\0';
    struct fields_writer writer = write_into(sizeof buffer - 1);
    fields_begin(&writer, "r");
    fields_put(&writer, "bytes", value);
    assert_true(fields_end(&writer));
    for (size_t i = 0; i + 1 < writer.used; i++) {
        assert_true((buffer[i] >= 0x20 && buffer[i] <= 0x7e) || (i == 1 && buffer[i] == '\t'));
    }
    buffer[writer.used] = '\0';
    struct fields_reader reader;
    const char *key = NULL;
    const char *got = NULL;
    fields_open(&reader, buffer);
    assert_true(fields_next(&reader, &key, &got));
    assert_string_equal(got, value);
}

static void numbers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_number;
        uint64_t number;
    } rows[] = {
        {"0", true, 0},
        {"007", true, 7},
        {"1795455182629", true, 1795455182629},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"18446744073709551620", false, 0},
        {"99999999999999999999", false, 0},
        {"30000000000000000000", false, 0}, /* wraps to more than its tenth */
        {"184467440737095516150", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.5", false, 0},
        {"0x1", false, 0},
        {"1:", false, 0},
        {"1/", false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t number = 42;
        if (fields_read_number(rows[i].text, &number) != rows[i].is_number) {
            fail_msg("row %zu: '%s'", i, rows[i].text);
        }
        assert_int_equal(number, rows[i].is_number ? rows[i].number : 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_written),
        cmocka_unit_test(values_are_escaped),
        cmocka_unit_test(a_record_fits_whole_or_leaves_no_trace),
        cmocka_unit_test(after_one_that_does_not_fit_the_next_one_can),
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(numbers_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
