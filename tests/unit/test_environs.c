/* SPDX-License-Identifier: MIT */
/*
 * environs: our own environment and those of processes, in a /proc of the test's own.
 *
 * WRAP: calloc malloc
 */
#include "testing.h"

#include "sandbox_init/environs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {"XDG_RUNTIME_DIR", "TMPDIR", NULL};
static char *const no_environ[] = {NULL};
static char base[64];
static struct scene scene;
static struct environs environs;
static unsigned fail_at; /* which allocation fails; 0: none */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return fail_at > 0 && --fail_at == 0 ? NULL : __real_calloc(count, size);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return fail_at > 0 && --fail_at == 0 ? NULL : __real_malloc(size);
}

static int begin(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "/tmp/test_environs.XXXXXX");
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    scene = (struct scene){.root_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC),
                           .environ_in = no_environ,
                           .self = {.uid = geteuid(), .gid = getegid()}};
    return scene.root_fd < 0 || mkdirat(scene.root_fd, "proc", 0755) < 0 ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    environs_finish(&environs);
    close(scene.root_fd);
    return testing_remove_tree(base);
}

static void write_file(const char *pid, const char *name, const char *text, size_t length)
{
    char path[128];
    snprintf(path, sizeof path, "%s/proc/%s", base, pid);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/proc/%s/%s", base, pid, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

static void make_process(const char *pid, const char *text, size_t length)
{
    static const char status[] = "Name:\tnode\nUid:\t1000\t1000\t1000\t1000\n";
    write_file(pid, "status", status, sizeof status - 1);
    write_file(pid, "environ", text, length);
}

#define PROCESS(pid, text) make_process(pid, text, sizeof(text) - 1)

static bool has(const char *name, const char *text)
{
    for (size_t i = 0; i < environs.count; i++) {
        if (strcmp(environs.values[i].name, name) == 0 && strcmp(environs.values[i].text, text) == 0) {
            return true;
        }
    }
    return false;
}

static void values_are_gathered_once(void **state)
{
    (void)state;
    char own[] = "TMPDIR=/own";
    char other[] = "OTHER=/no";
    char *const own_environ[] = {own, other, NULL};
    scene.environ_in = own_environ;
    PROCESS("1", "PATH=/bin\0TMPDIR=/own\0XDG_RUNTIME_DIR=/run/user/1\0");
    PROCESS("2", "XDG_RUNTIME_DIR=/run/user/1\0XDG_RUNTIME_DIR=/run/user/2\0TMPDIR=\0XTMPDIR=/x\0TMPDIR");
    PROCESS("3", "TMPDIR=/not-ended");
    PROCESS("4", "");
    PROCESS("5", "XDG_RUNTIME_DIR=/own\0");
    assert_int_equal(environs_gather(&environs, &scene, names), 0);
    assert_int_equal(environs.count, 5);
    assert_true(has("TMPDIR", "/own"));
    assert_true(has("TMPDIR", "/not-ended"));
    assert_true(has("XDG_RUNTIME_DIR", "/run/user/1"));
    assert_true(has("XDG_RUNTIME_DIR", "/run/user/2"));
    assert_true(has("XDG_RUNTIME_DIR", "/own"));
    assert_false(environs.is_cut);
    assert_int_equal(environs.unread, 0);
}

static void too_much_is_cut(void **state)
{
    (void)state;
    char text[64];
    char *longer = calloc(1, ENVIRONS_VALUE_SIZE + 32);
    assert_non_null(longer);
    snprintf(longer, ENVIRONS_VALUE_SIZE + 32, "TMPDIR=/%0*d", ENVIRONS_VALUE_SIZE, 0);
    make_process("1", longer, strlen(longer));
    free(longer);
    for (int i = 2; i < ENVIRONS_VALUES_MAX + 1; i++) {
        char pid[16];
        snprintf(pid, sizeof pid, "%d", i);
        snprintf(text, sizeof text, "TMPDIR=/%d", i);
        make_process(pid, text, strlen(text));
    }
    assert_int_equal(environs_gather(&environs, &scene, names), 0);
    assert_int_equal(environs.count, ENVIRONS_VALUES_MAX);
    assert_false(environs.is_cut);
    environs_finish(&environs);
    PROCESS("1000", "TMPDIR=/one-more");
    assert_int_equal(environs_gather(&environs, &scene, names), 0);
    assert_int_equal(environs.count, ENVIRONS_VALUES_MAX);
    assert_true(environs.is_cut);
}

static void what_may_not_be_read_is_counted(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    static const char init[] = "Name:\tsandbox-init\nUid:\t1000\t1000\t1000\t1000\n";
    PROCESS("1", "TMPDIR=/secret");
    PROCESS("2", "TMPDIR=/mine");
    PROCESS("3", "TMPDIR=/secret");
    write_file("1", "status", init, sizeof init - 1);
    assert_int_equal(fchmodat(scene.root_fd, "proc/1/environ", 0600, 0), 0);
    assert_int_equal(fchmodat(scene.root_fd, "proc/3/environ", 0600, 0), 0);
    /* Seen by somebody who is neither root nor the process' user. */
    assert_int_equal(fchmodat(scene.root_fd, ".", 0755, 0), 0);
    assert_int_equal(seteuid(12345), 0);
    scene.self = (struct identity){.uid = 12345, .gid = 12345};
    const int result = environs_gather(&environs, &scene, names);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(result, 0);
    assert_int_equal(environs.count, 1);
    assert_int_equal(environs.unread, 1);
}

static void no_memory_is_an_error(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 2; i++) {
        fail_at = i;
        assert_int_equal(environs_gather(&environs, &scene, names), -ENOMEM);
        assert_int_equal(fail_at, 0);
        assert_null(environs.values);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(values_are_gathered_once),
        CASE(too_much_is_cut),
        CASE(what_may_not_be_read_is_counted),
        CASE(no_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
