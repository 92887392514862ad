/* SPDX-License-Identifier: MIT */
/* lines: examples, and that the same comes out wherever the pieces end. */
#include "testing.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sandbox_init/lines.h"

enum {
    TEXT_MAX = 4 * LINES_PART_MAX,
    SHOWN_MAX = 2 * TEXT_MAX,
};

static struct lines lines;
static char shown[SHOWN_MAX]; /* the parts one after another, as "<part>", "<part|" and "|part>" */
static size_t shown_length;

static void show(const struct lines_part *part)
{
    assert_true(part->length <= LINES_PART_MAX);
    assert_null(memchr(part->text, '\n', part->length));
    shown[shown_length++] = part->is_first ? '<' : '|';
    memcpy(shown + shown_length, part->text, part->length);
    shown_length += part->length;
    shown[shown_length++] = part->is_last ? '>' : '|';
}

static void feed(const char *piece, size_t length)
{
    struct lines_part part;
    /* A copy of just its size, so that valgrind and ASan see what is read behind it. */
    char *const copy = test_malloc(length + 1);
    const char *at = copy;
    memcpy(copy, piece, length);
    while (lines_next(&lines, &at, &length, &part)) {
        show(&part);
    }
    assert_int_equal(length, 0);
    test_free(copy);
}

static void begin(void)
{
    memset(&lines, 0, sizeof lines);
    shown_length = 0;
}

static void end(void)
{
    struct lines_part part;
    if (lines_end(&lines, &part)) {
        show(&part);
        assert_true(part.is_last);
    }
    assert_false(lines_end(&lines, &part));
}

static void expect_shown(const char *expected, size_t length)
{
    assert_int_equal(shown_length, length);
    assert_memory_equal(shown, expected, length);
}

static const struct {
    const char *text;
    const char *shown;
} examples[] = {
    {"", ""},
    {"\n", "<>"},
    {"a\n", "<a>"},
    {"a", "<a>"},
    {"one\ntwo\n", "<one><two>"},
    {"one\ntwo", "<one><two>"},
    {"\n\na\n\n", "<><><a><>"},
    {"10%\r20%\rdone\r\n", "<10%\r20%\rdone\r>"},
    {"\xff\xc3\n\x80", "<\xff\xc3><\x80>"},
};

static void examples_come_out_in_every_pair_of_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        const size_t length = strlen(examples[i].text);
        for (size_t cut = 0; cut <= length; cut++) {
            begin();
            feed(examples[i].text, cut);
            feed(examples[i].text + cut, length - cut);
            end();
            expect_shown(examples[i].shown, strlen(examples[i].shown));
        }
    }
}

static void a_nul_is_a_byte_like_others(void **state)
{
    (void)state;
    begin();
    feed("a\0b\n\0", 5);
    feed("\0\n", 2);
    end();
    expect_shown("<a\0b><\0\0>", 9);
}

static void a_line_without_its_end_is_kept(void **state)
{
    (void)state;
    begin();
    feed("one\ntw", 6);
    expect_shown("<one>", 5);
    feed("o", 1);
    expect_shown("<one>", 5);
    feed("\n", 1);
    expect_shown("<one><two>", 10);
    end();
    expect_shown("<one><two>", 10);
}

static void what_is_whole_is_not_copied(void **state)
{
    static const char text[] = "one\ntwo\n";
    const char *at = text;
    size_t length = strlen(text);
    struct lines_part part;
    (void)state;
    begin();
    assert_true(lines_next(&lines, &at, &length, &part));
    assert_ptr_equal(part.text, text);
    assert_ptr_equal(at, text + 4);
    assert_int_equal(length, 4);
    assert_true(lines_next(&lines, &at, &length, &part));
    assert_ptr_equal(part.text, text + 4);
    assert_false(lines_next(&lines, &at, &length, &part));
}

/* Cuts TEXT into pieces at FIRST and every STEP bytes from there. */
static void feed_pieces(const char *text, size_t length, size_t first, size_t step)
{
    size_t piece = first < length ? first : length;
    for (; length > 0; piece = step < length ? step : length) {
        feed(text, piece);
        text += piece;
        length -= piece;
    }
    end();
}

/* Whatever the pieces, what comes out of TEXT is EXPECTED. */
static void expect_in_all_pieces(const char *text, size_t length, const char *expected,
                                 size_t expected_length)
{
    static const size_t steps[] = {
        1, 2, 3, 4095, 4096, LINES_PART_MAX - 1, LINES_PART_MAX, LINES_PART_MAX + 1, 3 * LINES_PART_MAX};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        for (size_t first = 1; first <= 4; first++) {
            begin();
            feed_pieces(text, length, first, steps[i]);
            expect_shown(expected, expected_length);
        }
    }
    for (size_t first = LINES_PART_MAX - 6; first <= LINES_PART_MAX + 6; first++) {
        begin();
        feed_pieces(text, length, first, TEXT_MAX);
        expect_shown(expected, expected_length);
    }
}

/* Beginnings and ends around the limit; the characters of UTF-8 lie at every place of it. */
static void long_lines_are_cut_between_characters(void **state)
{
    static const struct {
        size_t filled;    /* bytes of 'a' */
        const char *rest; /* after them */
        size_t cut;       /* bytes of the first part; 0: one part */
    } rows[] = {
        {LINES_PART_MAX - 1, "", 0},
        {LINES_PART_MAX, "", 0},
        {LINES_PART_MAX + 1, "", LINES_PART_MAX},
        {LINES_PART_MAX - 1, "\xc3\xa9", LINES_PART_MAX - 1},
        {LINES_PART_MAX - 2, "\xc3\xa9", 0},
        {LINES_PART_MAX - 2, "\xc3\xa9x", LINES_PART_MAX},
        {LINES_PART_MAX - 1, "\xe2\x82\xac", LINES_PART_MAX - 1},
        {LINES_PART_MAX - 2, "\xe2\x82\xac", LINES_PART_MAX - 2},
        {LINES_PART_MAX - 3, "\xe2\x82\xac.", LINES_PART_MAX},
        {LINES_PART_MAX - 1, "\xf0\x9f\x98\x80", LINES_PART_MAX - 1},
        {LINES_PART_MAX - 2, "\xf0\x9f\x98\x80", LINES_PART_MAX - 2},
        {LINES_PART_MAX - 3, "\xf0\x9f\x98\x80", LINES_PART_MAX - 3},
        {LINES_PART_MAX - 4, "\xf0\x9f\x98\x80.", LINES_PART_MAX},
        /* What is no UTF-8 is cut at the limit. */
        {LINES_PART_MAX - 4, "\x80\x80\x80\x80\x80", LINES_PART_MAX},
        {LINES_PART_MAX - 2, "\xc3\xa9\xa9", LINES_PART_MAX},
    };
    static char text[TEXT_MAX];
    static char expected[SHOWN_MAX];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        memset(text, 'a', rows[i].filled);
        const size_t length = rows[i].filled + strlen(rows[i].rest);
        snprintf(text + rows[i].filled, sizeof text - rows[i].filled, "%s\nnext", rows[i].rest);
        const size_t cut = rows[i].cut;
        const int used = cut > 0 ? snprintf(expected, sizeof expected, "<%.*s||%.*s><next>", (int)cut, text,
                                            (int)(length - cut), text + cut)
                                 : snprintf(expected, sizeof expected, "<%.*s><next>", (int)length, text);
        expect_in_all_pieces(text, length + 5, expected, (size_t)used);
    }
}

static void a_very_long_line_has_parts_in_its_middle(void **state)
{
    static char text[TEXT_MAX];
    static char expected[SHOWN_MAX];
    (void)state;
    memset(text, 'a', 3 * LINES_PART_MAX + 1);
    const int used = snprintf(expected, sizeof expected, "<%.*s||%.*s||%.*s||a>", LINES_PART_MAX, text,
                              LINES_PART_MAX, text, LINES_PART_MAX, text);
    expect_in_all_pieces(text, 3 * LINES_PART_MAX + 1, expected, (size_t)used);
    text[3 * LINES_PART_MAX + 1] = '\n';
    expect_in_all_pieces(text, 3 * LINES_PART_MAX + 2, expected, (size_t)used);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_come_out_in_every_pair_of_pieces),
        cmocka_unit_test(a_nul_is_a_byte_like_others),
        cmocka_unit_test(a_line_without_its_end_is_kept),
        cmocka_unit_test(what_is_whole_is_not_copied),
        cmocka_unit_test(long_lines_are_cut_between_characters),
        cmocka_unit_test(a_very_long_line_has_parts_in_its_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
