/* SPDX-License-Identifier: MIT */
/* gitconfig: what git-config(1) says of the syntax, what git itself writes, and what it would refuse. */
#include "testing.h"

#include "sandbox_init/gitconfig.h"

#include <stdlib.h>
#include <string.h>

struct collected {
    char text[8192]; /* "section|subsection|key|value\n" for each pair */
    size_t used;
};

static void collect(void *context, const struct gitconfig_pair *pair)
{
    struct collected *collected = context;
    const int wrote = snprintf(collected->text + collected->used, sizeof collected->text - collected->used,
                               "%s|%s|%s|%s\n", pair->section, pair->subsection, pair->key, pair->value);
    assert_in_range(wrote, 0, sizeof collected->text - collected->used - 1);
    collected->used += (size_t)wrote;
}

static const struct {
    const char *text;
    const char *pairs;
} rows[] = {
    {"", ""},
    {"[core]\n\thooksPath = .husky\n", "core||hookspath|.husky\n"},
    {"[credential \"https://github.com\"]\n\thelper =\n\thelper = !/usr/bin/gh auth git-credential\n",
     "credential|https://github.com|helper|\n"
     "credential|https://github.com|helper|!/usr/bin/gh auth git-credential\n"},
    /* As git writes what VS Code tells it to. */
    {"[credential]\n\thelper = \"!f() { /root/node /tmp/vscode-remote-containers-1.js git-credential-helper "
     "$*; }; "
     "f\"\n",
     "credential||helper|!f() { /root/node /tmp/vscode-remote-containers-1.js git-credential-helper $*; }; "
     "f\n"},
    /* Names: case, the old subsections, escapes in the new ones. */
    {"[CORE]\nBare\n[Url.HTTPS://X]\na-1=b\n[s \"A\\\"\\\\\\q ]\"]\nk=v\n",
     "core||bare|\nurl|https://x|a-1|b\ns|A\"\\q ]|k|v\n"},
    /* A subsection ends with its section. */
    {"[a \"b\"]\nk=1\n[c]\nk=2\n", "a|b|k|1\nc||k|2\n"},
    /* On the section's own line, without an end of line, with a byte order mark and CR LF. */
    {"\xef\xbb\xbf[a] k = v ; x\r\n [b]l\r\n", "a||k|v\nb||l|\n"},
    {"[a]\nk=v", "a||k|v\n"},
    /* Values: blanks, comments, quotes, escapes, lines that go on. */
    {"[a]\nk =  x  y \t # z\n", "a||k|x  y\n"},
    {"[a]\nk = \" x # y \" ; z\n", "a||k| x # y \n"},
    {"[a]\nk = a\"b c\"d\n", "a||k|ab cd\n"},
    {"[a]\nk = \\\"x\\\\ \\t\\n\\b\\q\n", "a||k|\"x\\ \t\n\bq\n"},
    {"[a]\nk = one \\\n  two \\\r\n three\nl = 1\n", "a||k|one   two  three\na||l|1\n"},
    {"[a]\nk = x # y \\\nl = 1\n", "a||k|x\na||l|1\n"},
    {"[a]\nk = x\\", "a||k|x\\\n"},
    /* What git refuses is left out. */
    {"k = v\n", "||k|v\n"},
    {"[a]\n1k = v\n_ = v\nk v\n= v\nl = 1\n", "a||l|1\n"},
    {"[a\nk = 1\n[b \"c\nk = 2\n[\nk = 3\n", "a||k|1\nb|c|k|2\n||k|3\n"},
    {"# [a]\n; k = v\n\n \t\n[b]\n\t# k = 1\n", ""},
};

static void test_pairs(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(rows); row++) {
        struct collected collected = {.used = 0};
        gitconfig_read(rows[row].text, collect, &collected);
        if (strcmp(collected.text, rows[row].pairs) != 0) {
            fail_msg("row %zu: got\n%s", row, collected.text);
        }
    }
}

static void test_long_ones_are_cut(void **state)
{
    (void)state;
    char *text = malloc(20000);
    assert_non_null(text);
    char *at = text;
    *at++ = '[';
    memset(at, 's', 100);
    at += 100;
    memcpy(at, " \"", 2);
    at += 2;
    memset(at, 'u', 1000);
    at += 1000;
    memcpy(at, "\"]", 2);
    at += 2;
    memset(at, 'k', 1000);
    at += 1000;
    *at++ = '=';
    memset(at, 'v', 10000);
    at += 10000;
    memcpy(at, "\nk=v", sizeof "\nk=v");
    struct collected collected = {.used = 0};
    gitconfig_read(text, collect, &collected);
    free(text);
    const size_t names = (size_t)(GITCONFIG_NAME_SIZE - 1);
    const size_t first =
        2 * names + GITCONFIG_SUBSECTION_SIZE - 1 + GITCONFIG_VALUE_SIZE - 1 + strlen("|||\n");
    assert_int_equal(collected.used, first + names + GITCONFIG_SUBSECTION_SIZE - 1 + strlen("||k|v\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_long_ones_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
