/* SPDX-License-Identifier: MIT */
/*
 * suspects: directories by globs and variables, the kernel's list, values of variables; each path once, and
 * what was left out is told. In a scene of the test's own.
 *
 * WRAP: calloc
 */
#include "testing.h"

#include "sandbox_init/suspects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char base[64];
static char dir_variable[] = "$MINE/below";
static char *dirs[] = {dir_variable, NULL};
static struct config config = {.scrub = {.dirs = dirs}};
static char *environ_in[8];
static struct scene scene;
static struct suspects suspects;
static unsigned fail_at; /* which allocation fails; 0: none */

static const char *const none[] = {NULL};
static const char *const sockets[] = {"vscode-ipc-*.sock", "X[0-9]*", NULL};

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return fail_at > 0 && --fail_at == 0 ? NULL : __real_calloc(count, size);
}

static void make_directory(const char *path)
{
    assert_int_equal(mkdirat(scene.root_fd, path, 0755), 0);
}

static void make_file(const char *path, const char *text)
{
    const int fd = openat(scene.root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static int begin(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "/tmp/test_suspects.XXXXXX");
    if (mkdtemp(base) == NULL || chmod(base, 0755) < 0) {
        return -1;
    }
    environ_in[0] = NULL;
    scene = (struct scene){.root_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC),
                           .config = &config,
                           .environ_in = environ_in,
                           .self = {.uid = geteuid(), .gid = getegid()},
                           .agent = {.uid = geteuid(), .gid = getegid()}};
    make_directory("tmp");
    make_directory("proc");
    make_directory("proc/net");
    make_file("proc/net/unix", "");
    return 0;
}

static int end(void **state)
{
    (void)state;
    suspects_finish(&suspects);
    close(scene.root_fd);
    return testing_remove_tree(base);
}

static void open_with(const char *const *variables)
{
    assert_int_equal(suspects_init(&suspects, &scene, variables), 0);
}

static void expect_all(const char *wanted)
{
    char got[4096] = "";
    for (size_t i = 0; i < suspects.count; i++) {
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s%s", i > 0 ? " " : "",
                 suspects.all[i].path, suspects.all[i].is_in_place ? "!" : "");
    }
    assert_string_equal(got, wanted);
}

static void directories_are_searched(void **state)
{
    (void)state;
    make_directory("tmp/user");
    make_directory("tmp/user/1");
    make_directory("tmp/user/.hidden");
    make_file("tmp/user/file", "");
    make_file("tmp/vscode-ipc-1.sock", "");
    make_file("tmp/vscode-git-1.sock", "");
    make_file("tmp/user/1/vscode-ipc-2.sock", "");
    make_file("tmp/user/.hidden/vscode-ipc-3.sock", "");
    assert_int_equal(symlinkat("1", scene.root_fd, "tmp/user/link"), 0);
    open_with(none);
    suspects_search(&suspects, "/tmp", sockets, true);
    suspects_search(&suspects, "/tmp/us[e]r/1", sockets, false);
    suspects_search(&suspects, "/tmp/us\\er/1", sockets, true);
    suspects_search(&suspects, "/nowhere/*", sockets, false);
    expect_all("/tmp/vscode-ipc-1.sock! /tmp/user/1/vscode-ipc-2.sock!");
    suspects_search(&suspects, "/tmp/user/l*", sockets, false);
    assert_int_equal(suspects.count, 3);
    suspects_search(&suspects, "/*/user/*", sockets, false);
    assert_int_equal(suspects.count, 3);
    suspects_search(&suspects, "/", sockets, false);
    suspects_search(&suspects, "/tmp//user/1/", sockets, false);
    assert_int_equal(suspects.count, 3);
    assert_false(suspects.is_cut);
    assert_false(suspects.is_blind);
}

static bool take_first(void *context, const char *directory)
{
    snprintf(context, SCENE_PATH_SIZE, "%s", directory);
    return false;
}

static void visitor_may_end_it(void **state)
{
    (void)state;
    char found[SCENE_PATH_SIZE] = "";
    make_directory("tmp/a");
    make_directory("tmp/b");
    open_with(none);
    suspects_find_directories(&suspects, "/tmp/*", take_first, found);
    assert_true(strcmp(found, "/tmp/a") == 0 || strcmp(found, "/tmp/b") == 0);
}

static void variables_lead_to_directories(void **state)
{
    (void)state;
    char mine[] = "MINE=/tmp/*";
    char xdg[] = "XDG_RUNTIME_DIR=tmp";
    environ_in[0] = mine;
    environ_in[1] = xdg;
    environ_in[2] = NULL;
    make_directory("tmp/*");
    make_directory("tmp/*/below");
    make_directory("tmp/other");
    make_directory("tmp/other/below");
    make_file("tmp/*/below/X1", "");
    make_file("tmp/other/below/X2", "");
    open_with(none);
    suspects_search(&suspects, "$MINE/below", sockets, false);
    suspects_search(&suspects, "$XDG_RUNTIME_DIR", sockets, false);
    suspects_search(&suspects, "$UNKNOWN", sockets, false);
    suspects_search(&suspects, "$MIN/below", sockets, false);
    expect_all("/tmp/*/below/X1");
}

static void kernels_list_is_searched(void **state)
{
    (void)state;
    make_file("proc/net/unix", "1: 2 0 00010000 0001 01 5 /far/vscode-ipc-1.sock\n"
                               "1: 2 0 00000000 0001 03 6 /far/vscode-ipc-2.sock\n"
                               "1: 2 0 00010000 0001 01 7 @/tmp/.X11-unix/X0\n"
                               "1: 2 0 00010000 0001 01 8 vscode-ipc-3.sock\n"
                               "1: 2 0 00010000 0001 01 9 /far/other.sock\n");
    open_with(none);
    suspects_search_table(&suspects, sockets);
    expect_all("/far/vscode-ipc-1.sock");
    assert_false(suspects.is_tableless);
    assert_int_equal(unlinkat(scene.root_fd, "proc/net/unix", 0), 0);
    suspects_search_table(&suspects, sockets);
    assert_true(suspects.is_tableless);
}

static void values_are_paths_or_lists(void **state)
{
    (void)state;
    static const char *const names[] = {"LIST", "PLAIN", "ODD", NULL};
    char list[] = "LIST=[\"/tmp/a b\",\"/tmp/c\",\"relative\",\"\",\"/open";
    char plain[] = "PLAIN=/tmp/d";
    char odd[] = "ODD=something";
    environ_in[0] = list;
    environ_in[1] = plain;
    environ_in[2] = odd;
    environ_in[3] = NULL;
    open_with(names);
    suspects_add_variable(&suspects, "LIST");
    suspects_add_variable(&suspects, "PLAIN");
    suspects_add_variable(&suspects, "ODD");
    suspects_add_variable(&suspects, "TMPDIR");
    expect_all("/tmp/a b /tmp/c /open /tmp/d");
}

static void too_many_are_cut_and_told(void **state)
{
    (void)state;
    char path[64];
    struct finding finding = {0};
    open_with(none);
    for (int i = 0; i < SUSPECTS_MAX; i++) {
        snprintf(path, sizeof path, "/%d", i);
        suspects_add(&suspects, path, false);
    }
    assert_false(suspects.is_cut);
    suspects_tell_misses(&suspects, &finding);
    assert_string_equal(finding.unseen, "");
    suspects_add(&suspects, "/1", false);
    assert_false(suspects.is_cut);
    suspects_add(&suspects, "/more", false);
    assert_true(suspects.is_cut);
    assert_int_equal(suspects.count, SUSPECTS_MAX);
    suspects_tell_misses(&suspects, &finding);
    assert_non_null(strstr(finding.unseen, "more names"));
}

static void many_names_are_not_all_looked_at(void **state)
{
    (void)state;
    make_file("tmp/vscode-ipc-1.sock", "");
    open_with(none);
    suspects.names = SUSPECTS_NAMES_MAX - 1;
    suspects_search(&suspects, "/tmp", sockets, false);
    assert_int_equal(suspects.count, 1);
    assert_false(suspects.is_cut);
    suspects_search(&suspects, "/tmp", sockets, false);
    assert_true(suspects.is_cut);
    suspects.is_cut = false;
    suspects_search(&suspects, "/tm*", sockets, false);
    assert_true(suspects.is_cut);
}

static void closed_directory_is_told(void **state)
{
    (void)state;
    struct finding finding = {0};
    if (geteuid() != 0) {
        skip();
    }
    make_directory("tmp/through");
    make_directory("tmp/shut");
    assert_int_equal(fchmodat(scene.root_fd, "tmp/through", 0711, 0), 0);
    assert_int_equal(fchmodat(scene.root_fd, "tmp/shut", 0700, 0), 0);
    open_with(none);
    assert_int_equal(seteuid(12345), 0);
    suspects_search(&suspects, "/tmp/shut", sockets, false);
    const bool is_blind_before = suspects.is_blind;
    suspects_search(&suspects, "/tmp/through", sockets, false);
    assert_int_equal(seteuid(0), 0);
    assert_false(is_blind_before);
    assert_true(suspects.is_blind);
    suspects_tell_misses(&suspects, &finding);
    assert_non_null(strstr(finding.unseen, "look as root"));
}

static void other_misses_are_told(void **state)
{
    (void)state;
    struct finding finding = {0};
    open_with(none);
    suspects.environs.unread = 3;
    suspects_tell_misses(&suspects, &finding);
    assert_non_null(strstr(finding.unseen, "3 other processes"));
    assert_non_null(strstr(finding.unseen, scene.self.uid == 0 ? "even to root" : "look as root"));
    finding = (struct finding){0};
    suspects.is_tableless = true;
    suspects_tell_misses(&suspects, &finding);
    assert_non_null(strstr(finding.unseen, "/proc/net/unix"));
}

static void no_memory_is_an_error(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 2; i++) {
        fail_at = i;
        assert_int_equal(suspects_init(&suspects, &scene, none), -ENOMEM);
        assert_int_equal(fail_at, 0);
        assert_null(suspects.all);
    }
}

static void last_component_is_matched(void **state)
{
    (void)state;
    assert_true(suspects_match(sockets, "vscode-ipc-1.sock"));
    assert_true(suspects_match(sockets, "/tmp/x/X0"));
    assert_false(suspects_match(sockets, "/X0/x"));
    assert_false(suspects_match(sockets, "vscode-12.sock"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(directories_are_searched),
        CASE(visitor_may_end_it),
        CASE(variables_lead_to_directories),
        CASE(kernels_list_is_searched),
        CASE(values_are_paths_or_lists),
        CASE(too_many_are_cut_and_told),
        CASE(many_names_are_not_all_looked_at),
        CASE(closed_directory_is_told),
        CASE(other_misses_are_told),
        CASE(no_memory_is_an_error),
        CASE(last_component_is_matched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
