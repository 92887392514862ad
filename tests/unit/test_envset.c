/* SPDX-License-Identifier: MIT */
/*
 * envset: what children get, told as whole environments.
 *
 * WRAP: malloc
 */
#include "testing.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox_init/envset.h"

enum {
    LIST_MAX = 16,
};

static bool is_memory_out;
static unsigned allocations;

void *__real_malloc(size_t size); /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c) */
void *__wrap_malloc(size_t size); /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c) */
void *__wrap_malloc(size_t size)
{
    allocations++;
    return is_memory_out ? NULL : __real_malloc(size);
}

/* Copies LIST into writable memory, as execve(2) leaves it on the stack, to be freed with free_copy(). */
static void copy_list(char *copy[LIST_MAX], const char *const list[LIST_MAX])
{
    size_t count = 0;
    while (list[count]) {
        copy[count] = strdup(list[count]);
        assert_non_null(copy[count]);
        count++;
    }
    copy[count] = NULL;
}

static void free_copy(char *copy[LIST_MAX])
{
    for (size_t i = 0; copy[i]; i++) {
        free(copy[i]);
    }
}

/* One policy and environment, and what children get of it. Unused lists are NULL in the policy. */
struct example {
    const char *about;
    const char *strip[LIST_MAX];
    const char *empty[LIST_MAX];
    const char *keep[LIST_MAX];
    const char *set[LIST_MAX];
    const char *input[LIST_MAX];
    const char *output[LIST_MAX];
    const char *wiped[LIST_MAX]; /* the entries of `input` that envset_wipe() takes */
};

#define VSCODE_STRIP "SSH_AGENT_PID", "VSCODE_*", "REMOTE_CONTAINERS*", "GIT_ASKPASS", "SSH_ASKPASS*"
#define VSCODE_EMPTY "SSH_AUTH_SOCK", "GPG_AGENT_INFO", "BROWSER"

static const struct example examples[] = {
    {
        .about = "the built-in policy on VS Code's variables",
        .strip = {VSCODE_STRIP, "GIT_EDITOR=*git-editor*", "LD_PRELOAD", "DISPLAY"},
        .empty = {VSCODE_EMPTY},
        .input = {"PATH=/usr/bin", "SSH_AUTH_SOCK=/tmp/vscode-ssh-auth-1.sock", "HOME=/home/a",
                  "VSCODE_NONCE=1", "REMOTE_CONTAINERS=true", "REMOTE_CONTAINERS_IPC=/tmp/x.sock",
                  "SSH_ASKPASS_REQUIRE=force", "GIT_EDITOR=\"/vscode/git-editor.sh\"", "SSH_AGENT_PID=12",
                  "XVSCODE_A=1", "vscode_a=1"},
        .output = {"PATH=/usr/bin", "SSH_AUTH_SOCK=", "HOME=/home/a", "XVSCODE_A=1", "vscode_a=1",
                   "GPG_AGENT_INFO=", "BROWSER="},
        .wiped = {"SSH_AUTH_SOCK=/tmp/vscode-ssh-auth-1.sock", "VSCODE_NONCE=1", "REMOTE_CONTAINERS=true",
                  "REMOTE_CONTAINERS_IPC=/tmp/x.sock", "SSH_ASKPASS_REQUIRE=force",
                  "GIT_EDITOR=\"/vscode/git-editor.sh\"", "SSH_AGENT_PID=12"},
    },
    {
        .about = "an editor that is not VS Code's stays",
        .strip = {"GIT_EDITOR=*git-editor*"},
        .input = {"GIT_EDITOR=vim", "EDITOR=git-editor"},
        .output = {"GIT_EDITOR=vim", "EDITOR=git-editor"},
    },
    {
        .about = "a question mark is any one character, first, last or between",
        .strip = {"?A", "B?", "C?C", "V=?"},
        .input = {"AA=1", "A=1", "AAA=1", "BB=1", "B=1", "CXC=1", "CC=1", "V=1", "V2=1"},
        .output = {"A=1", "AAA=1", "B=1", "CC=1", "V2=1"},
        .wiped = {"AA=1", "BB=1", "CXC=1", "V=1"},
    },
    {.about = "nothing to do", .input = {"A=1", "B="}, .output = {"A=1", "B="}},
    {.about = "nothing at all"},
    {.about = "an empty environment", .empty = {"E"}, .set = {"S=1"}, .output = {"E=", "S=1"}},

    /* Precedence, pair by pair. */
    {
        .about = "set beats keep",
        .keep = {"A", "A=1"},
        .set = {"A=2"},
        .input = {"A=1"},
        .output = {"A=2"},
        .wiped = {"A=1"},
    },
    {
        .about = "set beats strip",
        .strip = {"A", "B"},
        .set = {"A=2", "B=3"},
        .input = {"A=1"},
        .output = {"A=2", "B=3"},
        .wiped = {"A=1"},
    },
    {
        .about = "set beats empty",
        .empty = {"A", "B"},
        .set = {"A=2", "B=3"},
        .input = {"A=1"},
        .output = {"A=2", "B=3"},
        .wiped = {"A=1"},
    },
    {
        .about = "keep beats strip",
        .strip = {"VSCODE_*"},
        .keep = {"VSCODE_CWD"},
        .input = {"VSCODE_CWD=/", "VSCODE_PID=1"},
        .output = {"VSCODE_CWD=/"},
        .wiped = {"VSCODE_PID=1"},
    },
    {
        .about = "keep beats empty, be the name there or not",
        .empty = {"A", "B"},
        .keep = {"[AB]"},
        .input = {"A=1"},
        .output = {"A=1"},
    },
    {
        .about = "strip beats empty, be the name there or not",
        .strip = {"A", "B"},
        .empty = {"A", "B"},
        .input = {"A=1"},
        .output = {NULL},
        .wiped = {"A=1"},
    },

    /* Rules with a value. */
    {
        .about = "both the name and the value must match",
        .strip = {"A*=x*"},
        .input = {"A=x", "AB=xy", "A=y", "B=x", "A=", "A=yx", "AB=c=x"},
        .output = {"A=y", "B=x", "A=", "A=yx", "AB=c=x"},
        .wiped = {"A=x", "AB=xy"},
    },
    {
        .about = "a rule's name ends at its first equals sign, a variable's too",
        .strip = {"A=b=*", "C*"},
        .input = {"A=b=c", "A=bc", "B=C", "C=A=B"},
        .output = {"A=bc", "B=C"},
        .wiped = {"A=b=c", "C=A=B"},
    },
    {
        .about = "a star in a name does not run into the value",
        .strip = {"*_X"},
        .input = {"A_X=1", "A=1_X", "A=_X=1"},
        .output = {"A=1_X", "A=_X=1"},
        .wiped = {"A_X=1"},
    },
    {
        .about = "an empty value can be asked for",
        .strip = {"A="},
        .input = {"A=", "A=1"},
        .output = {"A=1"},
        .wiped = {"A="},
    },
    {
        .about = "a name of `empty` is added although a rule with a value has stripped it",
        .strip = {"A=bad"},
        .empty = {"A"},
        .input = {"A=bad", "B=1"},
        .output = {"B=1", "A="},
        .wiped = {"A=bad"},
    },
    {
        .about = "a kept value is not followed by an emptied one",
        .empty = {"A"},
        .keep = {"A=good"},
        .input = {"A=bad", "A=good", "A=worse"},
        .output = {"A=good"},
        .wiped = {"A=bad", "A=worse"},
    },
    {
        .about = "backslash and dot are ordinary bytes",
        .strip = {"A=\\*", "*B"},
        .input = {"A=\\x", "A=*", ".B=1"},
        .output = {"A=*"},
        .wiped = {"A=\\x", ".B=1"},
    },
    {
        .about = "values need not be valid text",
        .strip = {"A=*\xff", "*\xfe"},
        .input = {"A=\xc3\xff", "\xfe=1", "B=\xff"},
        .output = {"B=\xff"},
        .wiped = {"A=\xc3\xff", "\xfe=1"},
    },

    /* Duplicates. */
    {
        .about = "duplicates stay, and are all stripped",
        .strip = {"B"},
        .input = {"A=1", "B=1", "A=2", "B=2", "A=1"},
        .output = {"A=1", "A=2", "A=1"},
        .wiped = {"B=1", "B=2"},
    },
    {
        .about = "a set name is there once, where it first was",
        .set = {"A=x"},
        .input = {"B=1", "A=1", "C=1", "A=2"},
        .output = {"B=1", "A=x", "C=1"},
        .wiped = {"A=1", "A=2"},
    },
    {
        .about = "an emptied name is there once, where it first was",
        .empty = {"A", "A"},
        .input = {"B=1", "A=1", "C=1", "A=2"},
        .output = {"B=1", "A=", "C=1"},
        .wiped = {"A=1", "A=2"},
    },
    {
        .about = "an emptied name is added once",
        .empty = {"A", "B", "A"},
        .input = {"C=1"},
        .output = {"C=1", "A=", "B="},
    },
    {
        .about = "the last of a set name wins",
        .set = {"A=1", "B=1", "A=2", "B=3"},
        .input = {"B=0"},
        .output = {"B=3", "A=2"},
        .wiped = {"B=0"},
    },
    {
        .about = "what is set or emptied to what it was is not wiped",
        .empty = {"A"},
        .set = {"B=1"},
        .input = {"A=", "B=1"},
        .output = {"A=", "B=1"},
    },

    /* Entries that are not NAME=VALUE. */
    {
        .about = "an entry without an equals sign is passed on",
        .strip = {"B=*"},
        .empty = {"A"},
        .set = {"B=1"},
        .input = {"A", "B", "C"},
        .output = {"A", "B", "C", "A=", "B=1"},
    },
    {
        .about = "... unless all of it matches a strip rule",
        .strip = {"A*"},
        .keep = {"AB"},
        .input = {"A", "AC", "AB", "B"},
        .output = {"AB", "B"},
        .wiped = {"A", "AC"},
    },
    {
        .about = "an entry without any text is left out",
        .strip = {"*"},
        .keep = {"A"},
        .input = {"", "A=1", ""},
        .output = {"A=1"},
    },
    {
        .about = "a name may be empty or odd",
        .strip = {"=x"},
        .empty = {""},
        .set = {"=y"},
        .input = {"=", "=x", "BASH_FUNC_a%%=() { :; }", "a.b=1"},
        .output = {"=", "BASH_FUNC_a%%=() { :; }", "a.b=1"},
        .wiped = {"=x"},
    },
    {
        .about = "entries of empty and set that are not as they should be have no effect",
        .empty = {"A*", "B=", "1"},
        .set = {"C", "D*=1", "2=1"},
        .input = {"A*=1", "B=1", "1=1", "C=1", "D*=2", "2=2"},
        .output = {"A*=1", "B=1", "1=1", "C=1", "D*=2", "2=2"},
    },
    {
        .about = "a name is not taken for a longer or shorter one",
        .empty = {"AB"},
        .set = {"CD=1"},
        .input = {"A=1", "ABC=1", "C=2", "CDE=2"},
        .output = {"A=1", "ABC=1", "C=2", "CDE=2", "AB=", "CD=1"},
    },
};

/* An example's lists as envset takes them. */
struct copies {
    char *strip[LIST_MAX];
    char *empty[LIST_MAX];
    char *keep[LIST_MAX];
    char *set[LIST_MAX];
    char *input[LIST_MAX];
    struct envset_policy policy;
};

static void copy_example(struct copies *copies, const struct example *example)
{
    copy_list(copies->strip, example->strip);
    copy_list(copies->empty, example->empty);
    copy_list(copies->keep, example->keep);
    copy_list(copies->set, example->set);
    copy_list(copies->input, example->input);
    copies->policy = (struct envset_policy){
        .strip = copies->strip[0] ? copies->strip : NULL,
        .empty = copies->empty[0] ? copies->empty : NULL,
        .keep = copies->keep[0] ? copies->keep : NULL,
        .set = copies->set[0] ? copies->set : NULL,
    };
}

static void free_example(struct copies *copies)
{
    free_copy(copies->strip);
    free_copy(copies->empty);
    free_copy(copies->keep);
    free_copy(copies->set);
    free_copy(copies->input);
}

static void check_list(const char *about, char *const *list, const char *const expected[LIST_MAX])
{
    size_t i = 0;
    for (; list[i] && expected[i]; i++) {
        if (strcmp(list[i], expected[i]) != 0) {
            fail_msg("%s: \"%s\" instead of \"%s\"", about, list[i], expected[i]);
        }
    }
    if (list[i] || expected[i]) {
        fail_msg("%s: %s \"%s\"", about, list[i] ? "unexpected" : "missing", list[i] ? list[i] : expected[i]);
    }
}

static void children_get_what_the_examples_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct copies copies;
        char **output = NULL;
        copy_example(&copies, &examples[i]);
        assert_int_equal(envset_build(copies.input, &copies.policy, &output), 0);
        check_list(examples[i].about, output, examples[i].output);
        check_list(examples[i].about, copies.input, examples[i].input);
        free(output);
        free_example(&copies);
    }
}

static bool is_in(const char *const list[LIST_MAX], const char *entry)
{
    for (size_t i = 0; list[i]; i++) {
        if (strcmp(list[i], entry) == 0) {
            return true;
        }
    }
    return false;
}

static void wiping_reaches_what_is_changed_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct copies copies;
        size_t expected = 0;
        copy_example(&copies, &examples[i]);
        while (examples[i].wiped[expected]) {
            expected++;
        }
        for (size_t j = 0; copies.input[j]; j++) {
            if (envset_is_changed(&copies.policy, copies.input[j]) !=
                is_in(examples[i].wiped, copies.input[j])) {
                fail_msg("%s: \"%s\"", examples[i].about, copies.input[j]);
            }
        }
        if (envset_wipe(copies.input, &copies.policy) != expected) {
            fail_msg("%s", examples[i].about);
        }
        for (size_t j = 0; copies.input[j]; j++) {
            const char *before = examples[i].input[j];
            char zeros[128] = {0};
            if (is_in(examples[i].wiped, before)) {
                assert_memory_equal(copies.input[j], zeros, strlen(before) + 1);
            } else {
                assert_string_equal(copies.input[j], before);
            }
        }
        assert_int_equal(envset_wipe(copies.input, &copies.policy), 0);
        free_example(&copies);
    }
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Are the entries of both the same, in whatever order? Sorts both. */
static bool has_same_entries(char **a, char **b)
{
    size_t a_count = 0;
    size_t b_count = 0;
    while (a[a_count]) {
        a_count++;
    }
    while (b[b_count]) {
        b_count++;
    }
    qsort(a, a_count, sizeof(*a), compare_entries);
    qsort(b, b_count, sizeof(*b), compare_entries);
    for (size_t i = 0; a_count == b_count && i < a_count; i++) {
        if (strcmp(a[i], b[i]) != 0) {
            return false;
        }
    }
    return a_count == b_count;
}

static void applied_again_or_after_wiping_it_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct copies copies;
        char **once = NULL;
        char **twice = NULL;
        char **after_wipe = NULL;
        copy_example(&copies, &examples[i]);
        assert_int_equal(envset_build(copies.input, &copies.policy, &once), 0);
        assert_int_equal(envset_build(once, &copies.policy, &twice), 0);
        envset_wipe(copies.input, &copies.policy);
        assert_int_equal(envset_build(copies.input, &copies.policy, &after_wipe), 0);
        if (!has_same_entries(twice, once) || !has_same_entries(after_wipe, once)) {
            fail_msg("%s", examples[i].about);
        }
        free(once);
        free(twice);
        free(after_wipe);
        free_example(&copies);
    }
}

static void the_result_is_one_allocation_of_its_own(void **state)
{
    struct copies copies;
    char **output = NULL;
    (void)state;
    copy_example(&copies, &examples[0]);
    allocations = 0;
    assert_int_equal(envset_build(copies.input, &copies.policy, &output), 0);
    assert_int_equal(allocations, 1);
    for (size_t i = 0; copies.input[i]; i++) {
        memset(copies.input[i], '#', strlen(copies.input[i]));
    }
    free_example(&copies);
    check_list("after the input was freed", output, examples[0].output);
    free(output);
}

static void without_memory_nothing_is_touched(void **state)
{
    struct copies copies;
    char *untouched = NULL;
    char **output = &untouched;
    (void)state;
    copy_example(&copies, &examples[0]);
    is_memory_out = true;
    int rc = envset_build(copies.input, &copies.policy, &output);
    is_memory_out = false;
    assert_int_equal(rc, -ENOMEM);
    assert_ptr_equal(output, &untouched);
    check_list("without memory", copies.input, examples[0].input);
    free_example(&copies);
}

/* Makes an entry whose name is LENGTH times the byte A, in ENTRY of LENGTH + 3 bytes. */
static void make_long_entry(char *entry, size_t length)
{
    memset(entry, 'A', length);
    memcpy(entry + length, "=1", 3);
}

static void a_name_too_long_to_be_judged_is_stripped(void **state)
{
    char longest[ENVSET_NAME_SIZE + 3];
    char too_long[ENVSET_NAME_SIZE + 3];
    char *const input[] = {longest, too_long, NULL};
    char all[] = "A*";
    char *const keep[] = {all, NULL};
    char **output = NULL;
    (void)state;
    make_long_entry(longest, ENVSET_NAME_SIZE - 1);
    make_long_entry(too_long, ENVSET_NAME_SIZE);
    const struct envset_policy keeping = {.keep = keep};
    assert_int_equal(envset_build(input, &keeping, &output), 0);
    assert_string_equal(output[0], longest);
    assert_null(output[1]);
    free(output);

    const struct envset_policy stripping = {.strip = keep};
    assert_true(envset_is_changed(&stripping, longest));

    char *const set[] = {too_long, NULL}; /* its name is compared in full */
    const struct envset_policy setting = {.set = set};
    assert_int_equal(envset_build(input, &setting, &output), 0);
    assert_string_equal(output[1], too_long);
    assert_null(output[2]);
    free(output);
}

/* Makes a rule for variables whose name has a B and whose value is 1; its own name has LENGTH bytes. */
static void make_long_rule(char *rule, size_t length)
{
    memset(rule, '*', length);
    rule[1] = 'B';
    memcpy(rule + length, "=1", 3);
}

static void a_rule_whose_name_is_too_long_holds_for_none(void **state)
{
    char rule[ENVSET_NAME_SIZE + 3];
    char *const strip[] = {rule, NULL};
    const struct envset_policy policy = {.strip = strip};
    (void)state;
    make_long_rule(rule, ENVSET_NAME_SIZE - 1);
    assert_true(envset_is_changed(&policy, "ABC=1"));
    make_long_rule(rule, ENVSET_NAME_SIZE);
    assert_false(envset_is_changed(&policy, "ABC=1"));
}

static void a_value_may_be_as_long_as_the_kernel_lets_it(void **state)
{
    enum { STRING_MAX = 32 * 4096 }; /* execve(2): MAX_ARG_STRLEN */
    char *entry = malloc(STRING_MAX);
    char rule[] = "A=*x";
    char *const strip[] = {rule, NULL};
    const struct envset_policy policy = {.strip = strip};
    (void)state;
    assert_non_null(entry);
    memset(entry, 'y', STRING_MAX - 1);
    memcpy(entry, "A=", 2);
    entry[STRING_MAX - 1] = '\0';
    assert_false(envset_is_changed(&policy, entry));
    entry[STRING_MAX - 2] = 'x';
    assert_true(envset_is_changed(&policy, entry));
    free(entry);
}

static void a_name_is_what_a_shell_takes_for_one(void **state)
{
    static const char *const names[] = {"A", "z", "_", "A1", "_1", "PATH", "a_b_C"};
    static const char *const others[] = {"", "1", "1A", "A-", "A B", "A=", "A*", "-", ".", "\xc3\xa9", "A.b"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!envset_is_name(names[i], strlen(names[i]))) {
            fail_msg("%s is a name", names[i]);
        }
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (envset_is_name(others[i], strlen(others[i]))) {
            fail_msg("%s is not a name", others[i]);
        }
    }
    for (int byte = 0; byte < 256; byte++) {
        const char name[] = {'A', (char)byte};
        bool is_word = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
                       (byte >= 'a' && byte <= 'z');
        assert_int_equal(envset_is_name(name, 2), is_word);
        assert_int_equal(envset_is_name(name + 1, 1), is_word && !(byte >= '0' && byte <= '9'));
        assert_true(envset_is_name(name, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_get_what_the_examples_say),
        cmocka_unit_test(wiping_reaches_what_is_changed_and_nothing_else),
        cmocka_unit_test(applied_again_or_after_wiping_it_changes_nothing),
        cmocka_unit_test(the_result_is_one_allocation_of_its_own),
        cmocka_unit_test(without_memory_nothing_is_touched),
        cmocka_unit_test(a_name_too_long_to_be_judged_is_stripped),
        cmocka_unit_test(a_rule_whose_name_is_too_long_holds_for_none),
        cmocka_unit_test(a_value_may_be_as_long_as_the_kernel_lets_it),
        cmocka_unit_test(a_name_is_what_a_shell_takes_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
