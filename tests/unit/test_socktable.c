/* SPDX-License-Identifier: MIT */
/*
 * socktable: the kernel's list as it is, and lists that nobody would write but an attacker.
 */
#include "testing.h"

#include "sandbox_init/socktable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEADING "Num       RefCount Protocol Flags    Type St Inode Path\n"
#define LISTENS "0000000000000000: 00000002 00000000 00010000 0001 01 12345 "
#define SPEAKS  "0000000000000000: 00000003 00000000 00000000 0001 03 12346 "

static char base[64];
static struct scene scene;
static char seen[4096];
static size_t wanted; /* how many are visited before the visitor has enough; 0: all */
static size_t count;

static int begin(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "/tmp/test_socktable.XXXXXX");
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    scene = (struct scene){.root_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    return scene.root_fd < 0 || mkdirat(scene.root_fd, "proc", 0755) < 0 ||
                   mkdirat(scene.root_fd, "proc/net", 0755) < 0
               ? -1
               : 0;
}

static int end(void **state)
{
    (void)state;
    close(scene.root_fd);
    return testing_remove_tree(base);
}

static bool note(void *context, const struct socktable_entry *entry)
{
    assert_ptr_equal(context, &scene);
    const size_t used = strlen(seen);
    snprintf(seen + used, sizeof seen - used, "%s%s<%s>", entry->is_abstract ? "@" : "",
             entry->is_listening ? "*" : "", entry->name);
    return ++count != wanted;
}

static int walk(void)
{
    seen[0] = '\0';
    count = 0;
    return socktable_walk(&scene, note, &scene);
}

static FILE *open_list(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/proc/net/unix", base);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    return file;
}

static void write_list(const char *text)
{
    FILE *file = open_list();
    fputs(text, file);
    fclose(file);
}

static void lines_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *seen;
    } rows[] = {
        {HEADING, ""},
        {HEADING LISTENS "/tmp/a.sock\n", "*</tmp/a.sock>"},
        {HEADING SPEAKS "/tmp/a.sock\n" LISTENS "@/tmp/.X11-unix/X0\n", "</tmp/a.sock>@*</tmp/.X11-unix/X0>"},
        /* Without a name. */
        {HEADING "0000000000000000: 00000003 00000000 00000000 0001 03 12346\n", ""},
        {HEADING "0000000000000000: 00000003 00000000 00000000 0001 03 12346 \n", ""},
        /* Blanks are a part of it. */
        {HEADING LISTENS " a  b \n", "*< a  b >"},
        {HEADING LISTENS "@\n", "@*<>"},
        {HEADING LISTENS "relative\n", "*<relative>"},
        {"rubbish\n\n\x01\x02\n" LISTENS "/a\n", "*</a>"},
        {"1 2 3 zz 5 6 7 /a\n1 2 3 1000x 5 6 7 /b\n", ""},
        {"", ""},
        {HEADING LISTENS "/no-newline", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        write_list(rows[i].text);
        assert_int_equal(walk(), 0);
        if (strcmp(seen, rows[i].seen) != 0) {
            fail_msg("row %zu: %s", i, seen);
        }
    }
}

static void long_names_are_left_out(void **state)
{
    (void)state;
    FILE *file = open_list();
    fprintf(file, "%s%0*d\n", LISTENS, SOCKTABLE_NAME_SIZE, 0);
    fprintf(file, "%s%0*d\n", LISTENS, 100000, 0);
    fprintf(file, "%s%0*d\n", LISTENS, SOCKTABLE_NAME_SIZE - 1, 0);
    fclose(file);
    assert_int_equal(walk(), 0);
    assert_int_equal(count, 1);
}

static void endless_lists_end(void **state)
{
    (void)state;
    FILE *file = open_list();
    for (size_t i = 0; i < SOCKTABLE_MAX; i++) {
        fprintf(file, "%s/%zu\n", SPEAKS, i);
    }
    fflush(file);
    assert_int_equal(walk(), 0);
    assert_int_equal(count, SOCKTABLE_MAX);
    fprintf(file, "%s/one-more\n", SPEAKS);
    fclose(file);
    assert_int_equal(walk(), -E2BIG);
    assert_int_equal(count, SOCKTABLE_MAX);
    wanted = 2;
    assert_int_equal(walk(), 0);
    assert_int_equal(count, 2);
    wanted = 0;
}

static void no_list_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(walk(), -ENOENT);
    assert_int_equal(mkdirat(scene.root_fd, "proc/net/unix", 0755), 0);
    assert_int_equal(walk(), -EISDIR);
}

static bool search(void *context, const struct socktable_entry *entry)
{
    int *found = context;
    *found += entry->is_listening && !entry->is_abstract && strcmp(entry->name, seen) == 0 ? 1 : 0;
    return true;
}

static void kernels_own_list_is_read(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int found = 0;
    snprintf(seen, sizeof seen, "%s/socket", base);
    memcpy(address.sun_path, seen, strlen(seen));
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(scene.root_fd);
    scene.root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(socktable_walk(&scene, search, &found), 0);
    assert_int_equal(found, 1);
    close(fd);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(lines_are_read),      CASE(long_names_are_left_out),  CASE(endless_lists_end),
        CASE(no_list_is_an_error), CASE(kernels_own_list_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
