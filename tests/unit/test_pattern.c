/* SPDX-License-Identifier: MIT */
/* pattern: what may be a pattern, what a pattern matches, and which names no pattern may match. */
#include "testing.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "sandbox_init/pattern.h"

/* The built-in patterns, each with a name that it is there for. */
static const struct {
    const char *glob;
    const char *name;
} defaults[] = {
    {"vscode-ssh-auth-*.sock", "vscode-ssh-auth-9f1c2d3e-0000-4000-8000-1234567890ab.sock"},
    {"vscode-ssh-auth-sock-*", "vscode-ssh-auth-sock-123456"},
    {"vscode-ipc-*.sock", "vscode-ipc-0b0c5e2e-7a3f-4c55-9d0b-93d1f0f0a001.sock"},
    {"vscode-git-*.sock", "vscode-git-1a2b3c4d5e.sock"},
    {"vscode-remote-containers-ipc-*.sock", "vscode-remote-containers-ipc-0b0c5e2e.sock"},
    {"cursor-ipc-*.sock", "cursor-ipc-1.sock"},
    {"windsurf-ipc-*.sock", "windsurf-ipc-1.sock"},
};

static void the_defaults_pass_and_match_what_they_are_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(defaults); i++) {
        const char *victim = NULL;
        if (pattern_check(defaults[i].glob, &victim) != PATTERN_OK) {
            fail_msg("%s matches %s", defaults[i].glob, victim);
        }
        struct pattern pattern = pattern_compile(defaults[i].glob);
        assert_true(pattern_matches(&pattern, defaults[i].name));
    }
}

static const struct {
    const char *glob;
    enum pattern_fault fault;
} examples[] = {
    {"vscode-git-askpass-*.sock", PATTERN_OK},
    {"S.gpg-agent*", PATTERN_OK}, /* by opt-in */
    {"S.keyboxd", PATTERN_OK},
    {"exact.sock", PATTERN_OK},
    {"[vV]scode-ipc-*", PATTERN_OK},
    {"[[:upper:]]-ipc-*", PATTERN_OK},
    {"[!a-z]-ipc-?", PATTERN_OK},
    {"[^a-z]-ipc-?", PATTERN_OK},
    {"x[]]y", PATTERN_OK},
    {"x[!]]y", PATTERN_OK},
    {"x[[]y", PATTERN_OK},
    {"x[[.-.]]y", PATTERN_OK},
    {"x[[=e=]y]z", PATTERN_OK},
    {"x]y", PATTERN_OK},
    {"back\\slash-*", PATTERN_OK},
    {"ends-in-\\", PATTERN_OK},
    {"", PATTERN_EMPTY},
    {"/", PATTERN_HAS_SLASH},
    {"/tmp/vscode-ipc-*.sock", PATTERN_HAS_SLASH},
    {"vscode-ipc-*/", PATTERN_HAS_SLASH},
    {"[", PATTERN_OPEN_BRACKET},
    {"x[", PATTERN_OPEN_BRACKET},
    {"x[abc", PATTERN_OPEN_BRACKET},
    {"x[]", PATTERN_OPEN_BRACKET},
    {"x[!]", PATTERN_OPEN_BRACKET},
    {"x[^]", PATTERN_OPEN_BRACKET},
    {"x[a]y[b", PATTERN_OPEN_BRACKET},
    {"x[[:alpha:]", PATTERN_OPEN_BRACKET},
    {"x[[:alpha]y", PATTERN_OPEN_BRACKET},
    {"x[[.]y", PATTERN_OPEN_BRACKET},
    {"x[[=]y", PATTERN_OPEN_BRACKET},
    {"x[[:]y]", PATTERN_OPEN_BRACKET},
    {"*", PATTERN_TOO_BROAD},
    {"?*", PATTERN_TOO_BROAD},
    {"?", PATTERN_TOO_BROAD},
    {"[!x]*", PATTERN_TOO_BROAD},
    {"*.sock", PATTERN_TOO_BROAD},
    {"*.*", PATTERN_TOO_BROAD},
    {"vscode-*", PATTERN_TOO_BROAD},
    {"vscode-*.sock", PATTERN_TOO_BROAD},
    {"vscode*", PATTERN_TOO_BROAD},
    {"v*", PATTERN_TOO_BROAD},
    {"vscode-[0-9a-f]*.sock", PATTERN_TOO_BROAD},
    {"vscode-[!i]*.sock", PATTERN_TOO_BROAD},
    {"vscode-0*.sock", PATTERN_TOO_BROAD},
    {"vscode-e*.sock", PATTERN_TOO_BROAD},
    {"vscode-????????[-]*.sock", PATTERN_TOO_BROAD},
    {"vscode-*-main.sock", PATTERN_TOO_BROAD},
    {"*-shared.sock", PATTERN_TOO_BROAD},
    {"lsp-*.sock", PATTERN_TOO_BROAD},
    {"lsp-[f]*", PATTERN_TOO_BROAD},
    {"X*", PATTERN_TOO_BROAD},
    {"X[0-9]", PATTERN_TOO_BROAD},
    {"default", PATTERN_TOO_BROAD},
    {"agent.*", PATTERN_TOO_BROAD},
    {"dbus-*", PATTERN_TOO_BROAD},
    {"wayland-?", PATTERN_TOO_BROAD},
    {".*", PATTERN_TOO_BROAD},
};

static void each_kind_of_fault_is_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        enum pattern_fault fault = pattern_check(examples[i].glob, NULL);
        if (fault != examples[i].fault) {
            fail_msg("the pattern %s %s", examples[i].glob, pattern_fault_text(fault));
        }
    }
}

/* Every name here must be protected in its own right: by a pattern that matches nothing else. */
static const char *const must_live[] = {
    "lsp-d7b02c9e4f1d8365a0c7e93b5d06a2f1.sock",
    "lsp-7b02c9e4f1d8365a0c7e93b5d06a2f184c7d01bab.sock",
    "python-ext-rpc-7b02c9e4f1d8365a0c7e.sock",
    "vscode-d7b02c9e4f1d8365a0c7e93b5d06a2f184c7d01b.sock",
    "vscode-07b02c9e4f1d8365a0c7.sock",
    "vscode-1a2b3c4d-1.99-main.sock",
    "vscode-1a2b3c4d-1.99-shared.sock",
    "vscode-5f0c2a9e-7d41-4b8e-9c36-0e1fa2d4b857.sock",
    "X0",
    "default",
    "agent.12345",
    "docker.sock",
    "control.sock",
    ".s.PGSQL.5432",
    "mysql.sock",
    "dbus-AbCdEf1234",
    "wayland-0",
    "a",
};

/*
 * Puts "?" into GLOB, a copy of NAME, for each digit of the random part but its first and its ninth, which
 * tells a long number from VS Code's own eight digits and their hyphen.
 */
static void blur(char *glob, const char *name)
{
    size_t spelled = strncmp(name, "vscode-", 7) == 0 ? 8 : 5;
    for (size_t i = spelled; name[i]; i++) {
        if (i != spelled + 7 && strchr("0123456789abcdef", name[i])) {
            glob[i] = '?';
        }
    }
}

static void what_must_live_cannot_be_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(must_live); i++) {
        char glob[PATTERN_SIZE_MAX];
        const char *victim = "unset";
        snprintf(glob, sizeof(glob), "%s", must_live[i]);
        if (strstr(must_live[i], "lsp-") || strstr(must_live[i], "vscode-")) {
            blur(glob, must_live[i]);
        }
        if (pattern_check(glob, &victim) != PATTERN_TOO_BROAD) {
            fail_msg("%s may be removed by %s", must_live[i], glob);
        }
        assert_int_equal(fnmatch(glob, victim, 0), 0);
        if (!strchr(glob, '?')) {
            assert_string_equal(victim, must_live[i]);
        }
    }
}

static void each_first_digit_of_a_random_name_is_protected(void **state)
{
    static const char *const globs[] = {"lsp-%c*.sock", "vscode-%c*.sock", "vscode-%c*-1.99-*",
                                        "vscode-%c???????[!-]???????????.sock",
                                        "%c???????????????????????????????.sock"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(globs) * 16; i++) {
        char glob[PATTERN_SIZE_MAX];
        const char *wildcard = strchr(globs[i / 16], '%');
        snprintf(glob, sizeof(glob), "%.*s%c%s", (int)(wildcard - globs[i / 16]), globs[i / 16],
                 "0123456789abcdef"[i % 16], wildcard + 2);
        if (pattern_check(glob, NULL) != PATTERN_TOO_BROAD) {
            fail_msg("%s is let pass", glob);
        }
    }
}

static void the_victim_is_told_only_where_there_is_one(void **state)
{
    const char *victim = "unset";
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        victim = "unset";
        pattern_check(examples[i].glob, &victim);
        if (examples[i].fault == PATTERN_TOO_BROAD) {
            assert_int_equal(fnmatch(examples[i].glob, victim, 0), 0);
        } else {
            assert_string_equal(victim, "unset");
        }
    }
}

static void a_pattern_has_at_most_127_bytes(void **state)
{
    char glob[PATTERN_SIZE_MAX + 1];
    (void)state;
    memset(glob, 'x', sizeof(glob));
    glob[PATTERN_SIZE_MAX - 1] = '\0';
    assert_int_equal(pattern_check(glob, NULL), PATTERN_OK);
    glob[PATTERN_SIZE_MAX - 1] = 'x';
    glob[PATTERN_SIZE_MAX] = '\0';
    assert_int_equal(pattern_check(glob, NULL), PATTERN_TOO_LONG);
}

static void every_fault_completes_its_sentence(void **state)
{
    static const char *const texts[PATTERN_FAULT_COUNT] = {
        [PATTERN_OK] = "is in order",
        [PATTERN_EMPTY] = "is empty",
        [PATTERN_TOO_LONG] = "is longer than 127 bytes",
        [PATTERN_HAS_SLASH] = "has a slash, but it is compared with file names, not with paths",
        [PATTERN_OPEN_BRACKET] = "has a \"[\" without its \"]\"; write \"[[]\" for the character itself",
        [PATTERN_TOO_BROAD] = "would remove sockets that must live",
    };
    (void)state;
    for (unsigned fault = 0; fault < PATTERN_FAULT_COUNT; fault++) {
        assert_string_equal(pattern_fault_text(fault), texts[fault]);
    }
    assert_string_equal(pattern_fault_text(PATTERN_FAULT_COUNT), "has an unknown fault");
}

static void the_prefix_ends_at_the_first_metacharacter(void **state)
{
    static const struct {
        const char *glob;
        size_t prefix_length;
    } prefixes[] = {
        {"vscode-ipc-*.sock", 11}, {"a?c", 1}, {"ab[c]", 2}, {"*", 0}, {"plain", 5}, {"a\\b*", 3}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        struct pattern pattern = pattern_compile(prefixes[i].glob);
        assert_ptr_equal(pattern.glob, prefixes[i].glob);
        assert_int_equal(pattern.prefix_length, prefixes[i].prefix_length);
    }
}

static const char *const match_globs[] = {
    "vscode-ipc-*.sock",
    "vscode-ipc-",
    "vscode-ipc-*",
    "?scode-ipc-*",
    "[uvw]scode*",
    "*",
    "a*b*c",
    "a\\*",
    "a[*]",
    ".hidden-*",
    "a*",
    "[!a]*",
    "",
    "a?c",
    "[[:upper:]]*",
    "a[]]b",
    "plain",
};
static const char *const match_names[] = {
    "",
    "a",
    "abc",
    "aXbYc",
    "a*",
    "a\\*",
    "a\\",
    ".hidden-1",
    "vscode-ipc-",
    "vscode-ipc-1.sock",
    "A",
    "a]b",
    "vscode-ip",
    "plain",
    "plain2",
    "plai",
    "\xff",
    "a\xff\xfe",
    "vscode-ipc-\x80.sock",
    "vscode-ipc-\n.sock",
};

static void the_prefix_changes_nothing_about_what_matches(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(match_globs) * COUNT_OF(match_names); i++) {
        const char *glob = match_globs[i / COUNT_OF(match_names)];
        const char *name = match_names[i % COUNT_OF(match_names)];
        struct pattern pattern = pattern_compile(glob);
        if (pattern_matches(&pattern, name) != (fnmatch(glob, name, FNM_NOESCAPE) == 0)) {
            fail_msg("%s and %s", glob, name);
        }
    }
}

static void names_are_bytes(void **state)
{
    static const struct {
        const char *glob;
        const char *name;
        bool matches;
    } rows[] = {
        {"vscode-ipc-*.sock", "vscode-ipc-\xff\xc3.sock", true}, /* not valid UTF-8 */
        {"vscode-ipc-?.sock", "vscode-ipc-\x80.sock", true},
        {"vscode-ipc-?.sock", "vscode-ipc-\xc3\xa9.sock", false},
        {"vscode-ipc-*.sock", "vscode-ipc-\n.sock", true},
        {"VSCODE-ipc-*.sock", "vscode-ipc-1.sock", false},
        {"*ipc", ".ipc", true},
        {"a\\*", "a\\b", true},
        {"a\\*", "a*", false},
        {"a[\\]b", "a\\b", true},
        {"a[*]b", "a*b", true},
        {"a[*]b", "axb", false},
        {"plain", "plain", true},
        {"plain", "plainer", false},
        {"plain", "plai", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pattern pattern = pattern_compile(rows[i].glob);
        if (pattern_matches(&pattern, rows[i].name) != rows[i].matches) {
            fail_msg("%s and %s", rows[i].glob, rows[i].name);
        }
    }
}

static void the_first_pattern_that_matches_is_found(void **state)
{
    const struct pattern patterns[] = {
        pattern_compile("b*"),
        pattern_compile("ab*"),
        pattern_compile("a*"),
    };
    (void)state;
    assert_ptr_equal(pattern_find(patterns, COUNT_OF(patterns), "abc"), &patterns[1]);
    assert_ptr_equal(pattern_find(patterns, COUNT_OF(patterns), "ac"), &patterns[2]);
    assert_null(pattern_find(patterns, COUNT_OF(patterns), "c"));
    assert_null(pattern_find(patterns, 2, "ac"));
    assert_null(pattern_find(NULL, 0, "abc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_pass_and_match_what_they_are_for),
        cmocka_unit_test(each_kind_of_fault_is_told_apart),
        cmocka_unit_test(what_must_live_cannot_be_named),
        cmocka_unit_test(each_first_digit_of_a_random_name_is_protected),
        cmocka_unit_test(the_victim_is_told_only_where_there_is_one),
        cmocka_unit_test(a_pattern_has_at_most_127_bytes),
        cmocka_unit_test(every_fault_completes_its_sentence),
        cmocka_unit_test(the_prefix_ends_at_the_first_metacharacter),
        cmocka_unit_test(the_prefix_changes_nothing_about_what_matches),
        cmocka_unit_test(names_are_bytes),
        cmocka_unit_test(the_first_pattern_that_matches_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
