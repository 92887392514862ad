/* SPDX-License-Identifier: MIT */
/*
 * childenv: with the real /etc/passwd, from which root and our own user are taken.
 *
 * WRAP: envset_build
 */
#include "testing.h"

#include "sandbox_init/childenv.h"
#include "sandbox_init/envset.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A string that may be written, as the environment's may. */
#define TEXT(text) ((char[]){text})

int __real_envset_build(char *const *environ_in, const struct envset_policy *policy, char ***ret_environ);
int __wrap_envset_build(char *const *environ_in, const struct envset_policy *policy, char ***ret_environ);

static int builds_left = -1; /* before one fails; -1: none does */

int __wrap_envset_build(char *const *environ_in, const struct envset_policy *policy, char ***ret_environ)
{
    if (builds_left == 0) {
        return -ENOMEM;
    }
    builds_left -= builds_left > 0 ? 1 : 0;
    return __real_envset_build(environ_in, policy, ret_environ);
}

static char *nothing[] = {NULL};
static char *strip[] = {TEXT("VSCODE_*"), NULL};
static char *empty[] = {TEXT("BROWSER"), NULL};
static char *keep[] = {TEXT("VSCODE_KEPT"), NULL};
static char *set[] = {TEXT("EDITOR=vi"), NULL};

static struct config config_with_user(char *user)
{
    struct config config = {0};
    config.init.user = user;
    config.env.strip = strip;
    config.env.empty = empty;
    config.env.keep = keep;
    config.env.set = set;
    return config;
}

/* The environment as one text, a line a variable. */
static const char *join(char *const *variables)
{
    static char text[4096];
    text[0] = '\0';
    for (; *variables != NULL; variables++) {
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s\n", *variables);
    }
    return text;
}

/* As the main command's is built. */
static struct childenv_request request_for(const struct config *config, char *const *environ_in)
{
    return (struct childenv_request){
        .config = config,
        .environ_in = environ_in,
        .section = "init",
        .user = config->init.user,
    };
}

static char *given[] = {TEXT("A=1"),
                        TEXT("VSCODE_IPC=x"),
                        TEXT("VSCODE_KEPT=y"),
                        TEXT("HOME=/old"),
                        TEXT("BROWSER=z"),
                        TEXT("EDITOR=emacs"),
                        NULL};

static void without_a_user_it_is_the_policys_environment(void **state)
{
    (void)state;
    const struct config config = config_with_user(NULL);
    struct childenv childenv;
    char message[256] = "untouched";
    const struct childenv_request request = request_for(&config, given);
    assert_int_equal(childenv_build(&childenv, &request, message, sizeof message), 0);
    assert_false(childenv.has_user);
    assert_string_equal(message, "untouched");
    assert_string_equal(join(childenv.variables), "A=1\nVSCODE_KEPT=y\nHOME=/old\nBROWSER=\nEDITOR=vi\n");
    childenv_finish(&childenv);
    assert_null(childenv.variables);
    childenv_finish(&childenv);
}

/* Our own user can always be asked for; its entry is the expected result. */
static void a_user_brings_its_variables(void **state)
{
    (void)state;
    struct childenv childenv;
    char message[256];
    char number[16];
    char expected[2048];
    const struct passwd *entry = getpwuid(geteuid()); /* of the test's own libc, not of the program's */
    if (entry == NULL) {
        skip();
    }
    snprintf(number, sizeof number, "%u", (unsigned)geteuid());
    char *const names[] = {entry->pw_name, number};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct config config = config_with_user(names[i]);
        config.env.strip = config.env.empty = config.env.keep = config.env.set = nothing;
        char *const old[] = {TEXT("A=1"), TEXT("HOME=/old"), TEXT("USER=old"), NULL};
        const struct childenv_request request = request_for(&config, old);
        assert_int_equal(childenv_build(&childenv, &request, message, sizeof message), 0);
        assert_true(childenv.has_user);
        assert_int_equal(childenv.user.uid, geteuid());
        snprintf(expected, sizeof expected, "A=1\nHOME=%s\nUSER=%s\nSHELL=%s\nLOGNAME=%s\n", entry->pw_dir,
                 entry->pw_name, entry->pw_shell, entry->pw_name);
        assert_string_equal(join(childenv.variables), expected);
        childenv_finish(&childenv);
    }
}

static void a_number_without_an_entry_has_no_name(void **state)
{
    (void)state;
    struct childenv childenv;
    char message[256];
    if (geteuid() != 0) {
        skip();
    }
    struct config config = config_with_user(TEXT("4000000000"));
    config.env.strip = config.env.empty = config.env.keep = config.env.set = nothing;
    char *const old[] = {TEXT("USER=old"), TEXT("LOGNAME=old"), TEXT("USERS=2"), NULL};
    const struct childenv_request request = request_for(&config, old);
    assert_int_equal(childenv_build(&childenv, &request, message, sizeof message), 0);
    assert_int_equal(childenv.user.uid, 4000000000U);
    assert_string_equal(join(childenv.variables), "USERS=2\nHOME=/\nSHELL=/bin/sh\n");
    childenv_finish(&childenv);
}

static void who_cannot_be_is_refused(void **state)
{
    (void)state;
    struct childenv childenv = {.has_user = true};
    char message[256];
    const struct config config = config_with_user(TEXT("nobody-has-this-name"));
    const struct childenv_request request = request_for(&config, given);
    assert_int_equal(childenv_build(&childenv, &request, message, sizeof message), -EINVAL);
    assert_string_equal(message, "[init] user = nobody-has-this-name: no such user in /etc/passwd");
    assert_true(childenv.has_user); /* untouched */
}

static int refuse_as_user(void)
{
    struct childenv childenv;
    char message[256];
    const struct config config = config_with_user(TEXT("0"));
    const struct childenv_request request = request_for(&config, given);
    if (setuid(12345) < 0 || childenv_build(&childenv, &request, message, sizeof message) != -EINVAL) {
        return 1;
    }
    return strcmp(message,
                  "[init] user = 0: only root can run programs as another user, and we are uid 12345");
}

static void only_root_can_have_others_run(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(refuse_as_user() != 0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* Whichever of the three builds has no memory: the error comes out, and nothing is lost or half done. */
static void no_memory_is_an_error(void **state)
{
    (void)state;
    char number[16];
    char message[256];
    snprintf(number, sizeof number, "%u", (unsigned)geteuid());
    const struct config config = config_with_user(number);
    char *const environment[] = {TEXT("B=2"), NULL};
    for (int builds = 0; builds < 3; builds++) {
        struct childenv childenv = {0};
        builds_left = builds;
        struct childenv_request request = request_for(&config, given);
        request.environment = environment;
        assert_int_equal(childenv_build(&childenv, &request, message, sizeof message), -ENOMEM);
        assert_null(childenv.variables);
    }
    builds_left = -1;
}

static void a_job_has_its_own_section_user_and_variables(void **state)
{
    (void)state;
    struct childenv childenv;
    char message[256];
    char expected[2048];
    const struct passwd *entry = getpwuid(geteuid());
    if (entry == NULL) {
        skip();
    }
    const struct config config = config_with_user(TEXT("nobody-has-this-name")); /* [init]'s does not count */
    char *const environment[] = {TEXT("VSCODE_IPC=mine"), TEXT("EDITOR=ed"), TEXT("HOME=/elsewhere"),
                                 TEXT("NEW=a=b"),         TEXT("NEW=last"),  NULL};
    struct childenv_request request = request_for(&config, given);
    request.section = "job:install";
    request.user = entry->pw_name;
    request.environment = environment;
    assert_int_equal(childenv_build(&childenv, &request, message, sizeof message), 0);
    snprintf(expected, sizeof expected,
             "A=1\nVSCODE_KEPT=y\nHOME=/elsewhere\nBROWSER=\nEDITOR=ed\nSHELL=%s\nUSER=%s\nLOGNAME=%s\n"
             "VSCODE_IPC=mine\nNEW=last\n",
             entry->pw_shell, entry->pw_name, entry->pw_name);
    assert_string_equal(join(childenv.variables), expected);
    childenv_finish(&childenv);

    request.user = NULL;
    assert_int_equal(childenv_build(&childenv, &request, message, sizeof message), 0);
    assert_false(childenv.has_user);
    assert_string_equal(join(childenv.variables), "A=1\nVSCODE_KEPT=y\nHOME=/elsewhere\nBROWSER=\nEDITOR=ed\n"
                                                  "VSCODE_IPC=mine\nNEW=last\n");
    childenv_finish(&childenv);

    request.user = "x\033y";
    assert_int_equal(childenv_build(&childenv, &request, message, sizeof message), -EINVAL);
    assert_string_equal(message, "[job:install] user = x\\ey: no such user in /etc/passwd");
}

/* A job may be prepared before the wipe or after it. */
static void after_the_wipe_it_is_the_same(void **state)
{
    (void)state;
    const struct config config = config_with_user(NULL);
    char message[256];
    char before[4096];
    struct childenv childenv;
    char editor[] = "EDITOR=emacs";
    char secret[] = "VSCODE_IPC=secret";
    char browser[] = "BROWSER=secret";
    char *own[] = {editor, secret, browser, TEXT("A=1"), NULL};
    char *const environment[] = {TEXT("B=2"), NULL};
    struct childenv_request request = request_for(&config, own);
    request.environment = environment;
    assert_int_equal(childenv_build(&childenv, &request, message, sizeof message), 0);
    snprintf(before, sizeof before, "%s", join(childenv.variables));
    childenv_finish(&childenv);
    assert_int_equal(childenv_wipe(&config, own), 3);
    assert_int_equal(childenv_build(&childenv, &request, message, sizeof message), 0);
    const char *after = join(childenv.variables);
    /* What is set or emptied comes where it was, or last where it is no more. */
    assert_int_equal(strlen(after), strlen(before));
    for (const char *line = strtok(before, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        assert_non_null(strstr(after, line));
    }
    childenv_finish(&childenv);
}

static void what_children_do_not_get_is_wiped(void **state)
{
    (void)state;
    const struct config config = config_with_user(NULL);
    char stripped[] = "VSCODE_IPC=secret";
    char emptied[] = "BROWSER=secret";
    char kept[] = "VSCODE_KEPT=y";
    char *own[] = {stripped, emptied, kept, NULL};
    assert_int_equal(childenv_wipe(&config, own), 2);
    const char zeros[sizeof stripped] = {0};
    assert_memory_equal(stripped, zeros, sizeof stripped);
    assert_memory_equal(emptied, zeros, sizeof emptied);
    assert_string_equal(kept, "VSCODE_KEPT=y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_user_it_is_the_policys_environment),
        cmocka_unit_test(a_user_brings_its_variables),
        cmocka_unit_test(a_number_without_an_entry_has_no_name),
        cmocka_unit_test(who_cannot_be_is_refused),
        cmocka_unit_test(only_root_can_have_others_run),
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(a_job_has_its_own_section_user_and_variables),
        cmocka_unit_test(after_the_wipe_it_is_the_same),
        cmocka_unit_test(what_children_do_not_get_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
