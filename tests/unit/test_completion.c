/* SPDX-License-Identifier: MIT */
/*
 * completion: the scripts have all options and offer them only where they go. Real shells run them in the
 * integration tests.
 *
 * WRAP: connect
 */
#include "fake_init.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/completion.h"

static char text[1 << 17];
static char errors[1024];

static int run(const char *shell, const char *runtime_dir)
{
    FILE *stream = tmpfile();
    FILE *error_file = tmpfile();
    const int before = dup(STDERR_FILENO);
    fflush(stderr);
    dup2(fileno(error_file), STDERR_FILENO);
    const int status = completion_run(stream, shell, runtime_dir);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(stream);
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    rewind(error_file);
    errors[fread(errors, 1, sizeof errors - 1, error_file)] = '\0';
    fclose(error_file);
    return status;
}

/* The words that bash offers behind MODE, with blanks around each. */
static void find_offer(const char *mode, char offer[static 4096])
{
    char begin[64];
    snprintf(begin, sizeof begin, "\n        %s) offered='", mode);
    const char *at = strstr(text, begin);
    if (at == NULL) {
        fail_msg("nothing is offered behind %s", mode);
        return;
    }
    at += strlen(begin);
    snprintf(offer, 4096, " %.*s ", (int)strcspn(at, "'"), at);
}

static void bash_offers_what_goes_together(void **state)
{
    (void)state;
    assert_int_equal(run("bash", NULL), CLI_STATUS_OK);
    for (const struct cli_option *mode = cli_options; mode->mode != CLI_INIT; mode++) {
        char offer[4096] = "";
        find_offer(mode->name, offer);
        for (const struct cli_option *option = cli_options; option->name != NULL; option++) {
            char word[64];
            snprintf(word, sizeof word, " --%s ", option->name);
            const bool goes = option->mode == CLI_INIT && (option->modes & 1U << mode->mode) != 0;
            if ((strstr(offer, word) != NULL) != goes) {
                fail_msg("--%s behind --%s", option->name, mode->name);
            }
        }
    }
    char all[4096] = "";
    find_offer("''", all);
    for (const struct cli_option *option = cli_options; option->name != NULL; option++) {
        char word[64];
        snprintf(word, sizeof word, " --%s ", option->name);
        assert_non_null(strstr(all, word));
    }
}

static void zsh_has_every_option(void **state)
{
    (void)state;
    assert_int_equal(run("zsh", NULL), CLI_STATUS_OK);
    assert_int_equal(strncmp(text, "#compdef sandbox-init\n", 22), 0);
    for (const struct cli_option *option = cli_options; option->name != NULL; option++) {
        char spec[64];
        snprintf(spec, sizeof spec, ")--%s%s[", option->name, option->argument != NULL ? "=" : "");
        assert_non_null(strstr(text, spec));
        snprintf(spec, sizeof spec, ")-%c%s[", option->letter, option->argument != NULL ? "+" : "");
        assert_true(option->letter == 0 || strstr(text, spec) != NULL);
    }
    assert_non_null(strstr(text, "COMMAND'\\''s exit status"));
    assert_non_null(strstr(text, "FILE:_files'"));
}

static void names_are_asked_for(void **state)
{
    (void)state;
    fake_start_one("init\tprotocol=1\njob\tname=install\tkind=job\nguard\tname=no\njob\tname=web-1\n"
                   "job\tname=$(reboot)\njob\tname=\nend\n",
                   FAKE_CLOSES);
    assert_int_equal(run("names", fake.directory), CLI_STATUS_OK);
    assert_string_equal(fake_stop(), "status\n");
    assert_string_equal(text, "install\nweb-1\n");
    assert_int_equal(run("names", "/nowhere"), CLI_STATUS_OK);
    assert_string_equal(text, "");
    assert_string_equal(errors, "");
}

static void other_shells_are_refused(void **state)
{
    (void)state;
    assert_int_equal(run("fi\nsh", NULL), CLI_STATUS_USAGE);
    assert_string_equal(text, "");
    assert_string_equal(errors, "sandbox-init: there is completion for bash and zsh, not for 'fi\\nsh'\n");
    FILE *full = fopen("/dev/full", "we");
    assert_int_equal(completion_run(full, "zsh", NULL), CLI_STATUS_SYSTEM);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bash_offers_what_goes_together),
        cmocka_unit_test(zsh_has_every_option),
        cmocka_unit_test(names_are_asked_for),
        cmocka_unit_test(other_shells_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
