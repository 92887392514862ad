/* SPDX-License-Identifier: MIT */
/*
 * envfile: real files, good and bad; read by somebody else, too long, and without memory.
 *
 * WRAP: read calloc envset_build
 */
#include "testing.h"

#include "sandbox_init/envfile.h"
#include "sandbox_init/envset.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STRANGER = 12345,
    MESSAGE_SIZE = 512,
    FDS_MAX = 1024,
};

static char base[64]; /* the test's directory, which is the working directory too */
static int descriptors;
static int read_error;   /* of the next read */
static bool is_dripping; /* a byte a read, an EINTR before each */
static bool is_memory_out;
static bool is_build_failing;

ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size)
{
    static bool is_interrupted;
    is_interrupted = !is_interrupted;
    if (read_error != 0 || (is_dripping && is_interrupted)) {
        errno = read_error != 0 ? read_error : EINTR;
        return -1;
    }
    return __real_read(fd, bytes, is_dripping ? 1 : size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return is_memory_out ? NULL : __real_calloc(count, size);
}

int __real_envset_build(char *const *environ_in, const struct envset_policy *policy, char ***ret_environ);
int __wrap_envset_build(char *const *environ_in, const struct envset_policy *policy, char ***ret_environ);
int __wrap_envset_build(char *const *environ_in, const struct envset_policy *policy, char ***ret_environ)
{
    return is_build_failing ? -ENOMEM : __real_envset_build(environ_in, policy, ret_environ);
}

static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < FDS_MAX; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *level)
{
    (void)status;
    (void)type;
    (void)level;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    read_error = 0;
    is_dripping = is_memory_out = is_build_failing = false;
    umask(022);
    snprintf(base, sizeof base, "/tmp/test_envfile.XXXXXX");
    if (mkdtemp(base) == NULL || chdir(base) < 0 || chmod(base, 0755) < 0) {
        return -1;
    }
    descriptors = count_descriptors();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    const int now = count_descriptors();
    if (chdir("/") < 0 || nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0) {
        return -1;
    }
    return now == descriptors ? 0 : -1;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char *const given[] = {"A=given", "B=given", "odd", "C=given", "A=again", NULL};

static char *const *as_list(const char *const *strings)
{
    return (char *const *)(uintptr_t)strings;
}

static void expect_variables(const char *path, const char *const *fixed, const char *expected)
{
    char message[MESSAGE_SIZE] = "untouched";
    char joined[4096] = "";
    char **built = NULL;
    const int result = envfile_build(path, as_list(given), as_list(fixed), &built, message, sizeof message);
    if (result != 0) {
        fail_msg("%s: %d, %s", path, result, message);
    }
    for (char *const *entry = built; *entry != NULL; entry++) {
        const size_t used = strlen(joined);
        snprintf(joined + used, sizeof joined - used, "%s|", *entry);
    }
    assert_string_equal(joined, expected);
    assert_string_equal(message, "untouched");
    free(built);
}

static void expect_message(const char *path, int error, const char *expected)
{
    char message[MESSAGE_SIZE] = "";
    char **built = NULL;
    const int result = envfile_build(path, as_list(given), NULL, &built, message, sizeof message);
    if (result != error || strcmp(message, expected) != 0) {
        fail_msg("%s: %d, %s instead of %d, %s", path, result, message, error, expected);
    }
    assert_null(built);
}

static void the_file_wins_over_what_was_given(void **state)
{
    (void)state;
    static const char *const nothing[] = {NULL};
    write_file("env", "# c\nexport B='x y'\nD=1\nA=2\nD=3\nEMPTY=\n");
    expect_variables("env", NULL, "A=2|B=x y|odd|C=given|D=3|EMPTY=|");
    expect_variables("env", nothing, "A=2|B=x y|odd|C=given|D=3|EMPTY=|");
    write_file("env", "");
    expect_variables("env", NULL, "A=given|B=given|odd|C=given|A=again|");
}

static void fixed_names_stay(void **state)
{
    (void)state;
    static const char *const fixed[] = {"B=given", "DD=1", "E", NULL};
    write_file("env", "B=file\nD=file\nDD=file\nE=file\nA=file\n");
    expect_variables("env", fixed, "A=file|B=given|odd|C=given|D=file|E=file|");
}

static void a_path_is_absolute_or_relative(void **state)
{
    (void)state;
    char path[128];
    assert_int_equal(mkdir("below", 0755), 0);
    write_file("below/env", "C=1");
    snprintf(path, sizeof path, "%s/below/env", base);
    expect_variables(path, NULL, "A=given|B=given|odd|C=1|A=again|");
    expect_variables("below/env", NULL, "A=given|B=given|odd|C=1|A=again|");
    expect_variables("./below/../below/env", NULL, "A=given|B=given|odd|C=1|A=again|");
    assert_int_equal(symlink("below/env", "link"), 0);
    expect_variables("link", NULL, "A=given|B=given|odd|C=1|A=again|");
}

static void faults_are_told_with_file_and_line(void **state)
{
    (void)state;
    char expected[MESSAGE_SIZE];
    write_file("env", "A=1\n\nB='x");
    expect_message("env", -EINVAL, "env:3: the quote that begins here is not closed");
    write_file("e\033v", "9=1");
    expect_message("e\033v", -EINVAL,
                   "e\\ev:1: a name has letters, digits and \"_\" only, and does not begin with a digit");
    snprintf(expected, sizeof expected, "%s/missing: No such file or directory", base);
    expect_message("missing", -ENOENT, expected);
    snprintf(expected, sizeof expected, "%s/env: Not a directory", base);
    expect_message("env/below", -ENOTDIR, expected);
    expect_message("", -ENOENT, ": No such file or directory");
}

static void what_others_can_write_is_refused(void **state)
{
    (void)state;
    char expected[MESSAGE_SIZE];
    write_file("env", "A=1");
    assert_int_equal(chmod("env", 0664), 0);
    snprintf(expected, sizeof expected, "%s/env: others can write it (mode 0664); try chmod go-w", base);
    expect_message("env", -EINVAL, expected);
    assert_int_equal(chmod("env", 0600), 0);
    assert_int_equal(chmod(base, 0777), 0);
    snprintf(expected, sizeof expected, "%s: others can write it (mode 0777); try chmod go-w", base);
    expect_message("env", -EINVAL, expected);
    assert_int_equal(chmod(base, 0755), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    snprintf(expected, sizeof expected, "%s/fifo: not a regular file", base);
    expect_message("fifo", -EINVAL, expected);
    snprintf(expected, sizeof expected, "%s/.: not a regular file", base);
    expect_message(".", -EINVAL, expected);
    if (geteuid() == 0) {
        assert_int_equal(chown("env", STRANGER, STRANGER), 0);
        snprintf(expected, sizeof expected,
                 "%s/env: belongs to uid 12345; it must belong to root or to uid 0, who reads it", base);
        expect_message("env", -EINVAL, expected);
    }
}

/* The trust is that of who reads it: the job's user. */
static int read_as_stranger(void)
{
    char message[MESSAGE_SIZE];
    char **built = NULL;
    if (setgroups(0, NULL) < 0 || setresgid(STRANGER, STRANGER, STRANGER) < 0 ||
        setresuid(STRANGER, STRANGER, STRANGER) < 0) {
        return 77;
    }
    const char *const good[] = {"roots", "own"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        if (envfile_build(good[i], as_list(given), NULL, &built, message, sizeof message) != 0) {
            return 10 + (int)i;
        }
        free(built);
    }
    return envfile_build("third", as_list(given), NULL, &built, message, sizeof message) == -EINVAL &&
                   envfile_build("closed", as_list(given), NULL, &built, message, sizeof message) == -EACCES
               ? 0
               : 20;
}

static void a_user_reads_its_own_and_roots(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    static const char *const names[] = {"roots", "own", "third", "closed"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        write_file(names[i], "A=1");
    }
    assert_int_equal(chown("own", STRANGER, 0), 0);
    assert_int_equal(chown("third", STRANGER + 1, 0), 0);
    assert_int_equal(chmod("closed", 0600), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(read_as_stranger());
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* SIZE bytes of comment, then a variable. */
static void write_long(size_t size)
{
    FILE *file = fopen("env", "we");
    assert_non_null(file);
    for (size_t i = 0; i < size - 4; i++) {
        fputc(i + 5 == size ? '\n' : '#', file);
    }
    fputs("C=1\n", file);
    assert_int_equal(fclose(file), 0);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    write_long(ENVFILE_SIZE_MAX);
    expect_variables("env", NULL, "A=given|B=given|odd|C=1|A=again|");
    write_long(ENVFILE_SIZE_MAX + 1);
    expect_message("env", -EINVAL, "env: longer than 65536 bytes");
    write_long(3 * ENVFILE_SIZE_MAX);
    expect_message("env", -EINVAL, "env: longer than 65536 bytes");
}

static void write_variables(size_t count)
{
    FILE *file = fopen("env", "we");
    assert_non_null(file);
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "V%zu=%zu\n", i, i);
    }
    assert_int_equal(fclose(file), 0);
}

static void variables_are_counted(void **state)
{
    (void)state;
    char message[MESSAGE_SIZE];
    char **built = NULL;
    write_variables(ENVFILE_VARIABLES_MAX);
    assert_int_equal(envfile_build("env", as_list(given + 5), NULL, &built, message, sizeof message), 0);
    assert_string_equal(built[0], "V0=0");
    assert_string_equal(built[ENVFILE_VARIABLES_MAX - 1], "V1023=1023");
    assert_null(built[ENVFILE_VARIABLES_MAX]);
    free(built);
    write_variables(ENVFILE_VARIABLES_MAX + 1);
    expect_message("env", -EINVAL, "env: more than 1024 variables");
}

static void reads_that_are_short_or_fail_are_met(void **state)
{
    (void)state;
    write_file("env", "C=1\nB=2");
    is_dripping = true;
    expect_variables("env", NULL, "A=given|B=2|odd|C=1|A=again|");
    is_dripping = false;
    read_error = EIO;
    expect_message("env", -EIO, "env: Input/output error");
}

static void no_memory_is_told(void **state)
{
    (void)state;
    write_file("env", "C=1");
    is_memory_out = true;
    expect_message("env", -ENOMEM, "env: Cannot allocate memory");
    is_memory_out = false;
    is_build_failing = true;
    expect_message("env", -ENOMEM, "env: Cannot allocate memory");
}

static void a_long_path_is_cut(void **state)
{
    (void)state;
    char path[3000];
    char message[MESSAGE_SIZE];
    char **built = NULL;
    for (size_t i = 0; i < sizeof path - 1; i++) {
        path[i] = i % 2 == 0 ? '.' : '/';
    }
    path[sizeof path - 1] = '\0';
    memcpy(path + sizeof path - 4, "env", 3);
    write_file("env", "A\n");
    assert_int_equal(envfile_build(path, as_list(given), NULL, &built, message, 256), -EINVAL);
    assert_true(strlen(message) < 256);
    assert_non_null(strstr(message, "...:1: there is no \"=\""));
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_file_wins_over_what_was_given),
        CASE(fixed_names_stay),
        CASE(a_path_is_absolute_or_relative),
        CASE(faults_are_told_with_file_and_line),
        CASE(what_others_can_write_is_refused),
        CASE(a_user_reads_its_own_and_roots),
        CASE(sizes_are_bounded),
        CASE(variables_are_counted),
        CASE(reads_that_are_short_or_fail_are_met),
        CASE(no_memory_is_told),
        CASE(a_long_path_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
