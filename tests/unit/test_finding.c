/* SPDX-License-Identifier: MIT */
/* finding: the worst verdict wins, what is worse is not crowded out, and nothing overflows. */
#include "testing.h"

#include "sandbox_init/finding.h"

#include <string.h>

static struct finding finding;
static char text[FINDING_SEEN_SIZE];

static int reset(void **state)
{
    (void)state;
    finding = (struct finding){0};
    return 0;
}

static void the_worst_verdict_is_the_check_s(void **state)
{
    (void)state;
    static const enum finding_verdict order[] = {FINDING_NONE, FINDING_PASS, FINDING_WARN, FINDING_FAIL};
    static const char *const words[] = {"n/a", "pass", "warn", "fail"};
    for (size_t a = 0; a < COUNT_OF(order); a++) {
        assert_string_equal(finding_word(order[a]), words[a]);
        for (size_t b = 0; b < COUNT_OF(order); b++) {
            finding = (struct finding){0};
            assert_int_equal(finding_judge(&finding), FINDING_NONE);
            finding_note(&finding, order[a], "a");
            finding_note(&finding, order[b], "b");
            assert_int_equal(finding_judge(&finding), order[a] > order[b] ? order[a] : order[b]);
        }
    }
}

static void what_is_worse_stands_first(void **state)
{
    (void)state;
    assert_string_equal(finding_describe(&finding, text), "");
    finding_note(&finding, FINDING_NONE, "there is none");
    assert_string_equal(finding_describe(&finding, text), "there is none");
    finding_note(&finding, FINDING_PASS, "%d closed", 3);
    assert_string_equal(finding_describe(&finding, text), "3 closed");
    finding_note(&finding, FINDING_FAIL, "one open");
    finding_note(&finding, FINDING_WARN, "one odd");
    finding_note(&finding, FINDING_FAIL, "another");
    assert_string_equal(finding_describe(&finding, text), "one open; another; one odd; 3 closed");
}

static void what_has_no_room_is_counted(void **state)
{
    (void)state;
    for (int i = 0; i < FINDING_FACTS_MAX + 12; i++) {
        finding_note(&finding, FINDING_WARN, "w%d", i);
    }
    finding_note(&finding, FINDING_FAIL, "f");
    assert_string_equal(finding_describe(&finding, text), "f; w0; w1; w2; w3; w4; w5; w6; w7 and 12 more");
}

/* Facts that are too long are cut; one that does not fit is counted, and so is every one behind it. */
static void long_facts_do_not_overflow(void **state)
{
    (void)state;
    static char longest[3 * FINDING_TEXT_SIZE];
    memset(longest, 'x', sizeof longest - 1);
    for (int verdict = FINDING_NONE; verdict < FINDING_VERDICT_COUNT; verdict++) {
        finding_note(&finding, (enum finding_verdict)verdict, "%s", longest);
        finding_note(&finding, (enum finding_verdict)verdict, "short");
        finding_note(&finding, (enum finding_verdict)verdict, "short");
        assert_int_equal(strlen(finding.facts[verdict].text), FINDING_TEXT_SIZE - 1);
        assert_int_equal(finding.facts[verdict].count, 3);
        assert_int_equal(finding.facts[verdict].shown, 1);
    }
    finding_describe(&finding, text);
    assert_non_null(strstr(text, "x and 2 more; x"));
    assert_int_equal(strlen(text), 3 * (FINDING_TEXT_SIZE - 1 + strlen(" and 2 more")) + 2 * strlen("; "));
}

/* Whoever copies a mend must not run what somebody wrote into the name of a file. */
static void names_in_commands_are_one_word(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *wanted;
    } rows[] = {
        {"/home/a/.ssh/id_ed25519", "rm /home/a/.ssh/id_ed25519"},
        {"/k; touch x", "rm '/k; touch x'"},
        {"/$(id)`id`\\\"", "rm '/$(id)`id`\\\"'"},
        {"/k' id '", "rm (by hand: its name is not one to copy)"},
        {"/k\nid", "rm (by hand: its name is not one to copy)"},
        {"/k\xc3\xa9", "rm (by hand: its name is not one to copy)"},
    };
    char longest[FINDING_NAME_SIZE + 1] = "/";
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        finding = (struct finding){0};
        finding_mend_file(&finding, "terminal", "rm", rows[i].path);
        assert_string_equal(finding.mends[0].line, rows[i].wanted);
        assert_int_equal(finding_is_word(rows[i].path), i == 0);
    }
    memset(longest + 1, 'x', FINDING_NAME_SIZE - 2);
    assert_true(finding_is_word(longest));
    longest[FINDING_NAME_SIZE - 1] = 'x';
    assert_false(finding_is_word(longest)); /* another file may be called like its beginning */
    finding = (struct finding){0};
    finding_mend_file(&finding, "terminal", "rm", longest);
    assert_string_equal(finding.mends[0].line, rows[3].wanted);
}

static void mends_are_named_once_and_not_without_end(void **state)
{
    (void)state;
    finding_mend(&finding, "Dockerfile", "USER %s", "vscode");
    finding_mend(&finding, "Dockerfile", "USER vscode");
    finding_mend(&finding, "host", "USER vscode");
    assert_int_equal(finding.mend_count, 2);
    assert_string_equal(finding.mends[0].place, "Dockerfile");
    assert_string_equal(finding.mends[0].line, "USER vscode");
    assert_string_equal(finding.mends[1].place, "host");
    for (int i = 0; i < 2 * FINDING_MENDS_MAX; i++) {
        finding_mend(&finding, "host", "%d", i);
    }
    assert_int_equal(finding.mend_count, FINDING_MENDS_MAX);
}

static void what_was_missed_first_stays(void **state)
{
    (void)state;
    finding_miss(&finding, "%s", "environments of 3 processes: look as root");
    finding_miss(&finding, "another");
    assert_string_equal(finding.unseen, "environments of 3 processes: look as root");
}

static void names_are_made_safe(void **state)
{
    (void)state;
    char name[FINDING_NAME_SIZE];
    char longest[2 * FINDING_NAME_SIZE];
    assert_string_equal(finding_name(name, "/tmp/a\n\x1b[2J\xff"), "/tmp/a\\n\\e[2J\\xff");
    memset(longest, '\n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    finding_name(name, longest);
    assert_in_range(strlen(name), FINDING_NAME_SIZE - 8, FINDING_NAME_SIZE - 1);
    assert_string_equal(name + strlen(name) - 3, "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_worst_verdict_is_the_check_s, reset),
        cmocka_unit_test_setup(what_is_worse_stands_first, reset),
        cmocka_unit_test_setup(what_has_no_room_is_counted, reset),
        cmocka_unit_test_setup(long_facts_do_not_overflow, reset),
        cmocka_unit_test_setup(names_in_commands_are_one_word, reset),
        cmocka_unit_test_setup(mends_are_named_once_and_not_without_end, reset),
        cmocka_unit_test_setup(what_was_missed_first_stays, reset),
        cmocka_unit_test_setup(names_are_made_safe, reset),
    };
    return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
