/* SPDX-License-Identifier: MIT */
/* nearest: the distance against its definition, then what is offered and what is kept. */
#include "testing.h"

#include <stdbool.h>
#include <string.h>

#include "sandbox_init/nearest.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The definition of the distance (optimal string alignment), word by word; slow, and so plainly right. */
static size_t distance_by_definition(const char *a, size_t i, const char *b, size_t j)
{
    if (i == 0 || j == 0) {
        return i + j;
    }
    size_t edits = distance_by_definition(a, i - 1, b, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
    edits = least(edits, distance_by_definition(a, i - 1, b, j) + 1);
    edits = least(edits, distance_by_definition(a, i, b, j - 1) + 1);
    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        edits = least(edits, distance_by_definition(a, i - 2, b, j - 2) + 1);
    }
    return edits;
}

/* The NUMBERth word over a, b and c, in order of length: "", a, b, c, aa, ... */
static void make_word(char *word, size_t number)
{
    size_t length = 0;
    for (; number > 0; number = (number - 1) / 3) {
        word[length++] = (char)('a' + (number - 1) % 3);
    }
    word[length] = '\0';
}

static void every_pair_of_short_words_is_measured_right(void **state)
{
    enum { WORDS = 1 + 3 + 9 + 27 + 81 };
    (void)state;
    for (size_t pair = 0; pair < (size_t)WORDS * WORDS; pair++) {
        char wanted[8] = {0};
        char known[8] = {0};
        make_word(wanted, pair / WORDS);
        make_word(known, pair % WORDS);
        size_t longest = strlen(wanted) > strlen(known) ? strlen(wanted) : strlen(known);
        size_t distance = distance_by_definition(wanted, strlen(wanted), known, strlen(known));
        struct nearest best = {0};
        nearest_offer(&best, wanted, known);
        bool is_near = distance <= 1 && distance < longest;
        if ((best.name == known) != is_near || (is_near && best.distance != distance)) {
            fail_msg("\"%s\" for \"%s\": distance %zu", known, wanted, distance);
        }
    }
}

static const struct {
    const char *wanted;
    const char *known;
    size_t distance;
    bool is_near;
} examples[] = {
    {"stop_grace", "stop_grace", 0, true},
    {"STOP_Grace", "stop_grace", 0, true},
    {"stop_grcae", "stop_grace", 1, true},
    {"stopgrace", "stop_grace", 1, true},
    {"stop_graces", "stop_grace", 1, true},
    {"stop-grace", "stop_grace", 1, true},
    {"kill_grace", "stop_grace", 4, false},
    {"patern", "patterns", 2, true},
    {"dir", "dirs", 1, true},
    {"drsi", "dirs", 2, false},
    {"on", "no", 1, true},
    {"foo", "dirs", 4, false},
    {"2", "1", 1, false},
    {"", "a", 1, false},
    {"", "", 0, false},
    {"abcdef", "abcdxy", 2, true},
    {"abcde", "abcxy", 2, false},
    {"abcdefghi", "abcdefxyz", 3, true},
    {"abcdefgh", "abcdexyz", 3, false},
    {"[", "{", 1, false}, /* letters only have a case: these are 0x20 apart too */
};

static void a_third_of_the_longer_name_is_near_enough(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct nearest best = {0};
        nearest_offer(&best, examples[i].wanted, examples[i].known);
        if ((best.name == examples[i].known) != examples[i].is_near) {
            fail_msg("\"%s\" for \"%s\"", examples[i].known, examples[i].wanted);
        }
        if (best.name) {
            assert_int_equal(best.distance, examples[i].distance);
        }
    }
}

static void the_closest_offer_is_kept_and_the_first_of_equals(void **state)
{
    static const char *const known[] = {"enabled", "pattern", "patterns", "PATTERNS", "action", "patternss"};
    struct nearest best = {0};
    (void)state;
    nearest_offer(&best, "patternz", known[0]);
    assert_null(best.name);
    for (size_t i = 1; i < COUNT_OF(known); i++) {
        nearest_offer(&best, "patternz", known[i]);
    }
    assert_ptr_equal(best.name, known[1]);
    assert_int_equal(best.distance, 1);

    best = (struct nearest){0};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        nearest_offer(&best, "paterns", known[i]);
    }
    assert_ptr_equal(best.name, known[2]);

    best = (struct nearest){0};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        nearest_offer(&best, "Patterns", known[i]);
    }
    assert_ptr_equal(best.name, known[2]);
    assert_int_equal(best.distance, 0);
}

static void names_of_more_than_63_bytes_are_near_nothing(void **state)
{
    char longest[64];
    char too_long[65];
    struct nearest best = {0};
    (void)state;
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    memset(too_long, 'a', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = '\0';
    nearest_offer(&best, longest, too_long);
    nearest_offer(&best, too_long, longest);
    nearest_offer(&best, too_long, too_long);
    assert_null(best.name);
    nearest_offer(&best, longest, longest);
    assert_ptr_equal(best.name, longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_short_words_is_measured_right),
        cmocka_unit_test(a_third_of_the_longer_name_is_near_enough),
        cmocka_unit_test(the_closest_offer_is_kept_and_the_first_of_equals),
        cmocka_unit_test(names_of_more_than_63_bytes_are_near_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
