/* SPDX-License-Identifier: MIT */
/* logtail: files of all kinds, and the last lines that are found in them. */
#include "testing.h"

#include "sandbox_init/logtail.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/test-logtail-XXXXXX";
static char path[64];
static char buffer[LOGTAIL_SIZE + 1];

static int make_directory(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s/log", mkdtemp(directory));
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void write_file(const char *text, size_t length)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, length), (ssize_t)length);
    close(fd);
}

static void the_last_lines_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t lines;
        const char *found;
    } rows[] = {
        {"", 3, ""},
        {"half", 3, ""},
        {"\n", 3, "\n"},
        {"one\n", 3, "one\n"},
        {"one\n", 1, "one\n"},
        {"one\n", 0, ""},
        {"one\ntwo\nthree\n", 1, "three\n"},
        {"one\ntwo\nthree\n", 2, "two\nthree\n"},
        {"one\ntwo\nthree\n", 3, "one\ntwo\nthree\n"},
        {"one\ntwo\nthree\n", 4, "one\ntwo\nthree\n"},
        {"one\ntwo\nhalf", 1, "two\n"},
        {"one\n\n\n", 2, "\n\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        write_file(rows[i].text, strlen(rows[i].text));
        const char *found = logtail_read(path, rows[i].lines, buffer);
        if (strcmp(found, rows[i].found) != 0) {
            fail_msg("row %zu: '%s'", i, found);
        }
    }
}

static void a_long_file_is_looked_at_from_its_end(void **state)
{
    (void)state;
    static char text[2 * LOGTAIL_SIZE];
    memset(text, 'x', sizeof text);
    write_file(text, sizeof text);
    assert_string_equal(logtail_read(path, 1, buffer), "");
    memcpy(text + sizeof text - 9, "\none\ntwo\n", 9);
    write_file(text, sizeof text);
    assert_string_equal(logtail_read(path, 2, buffer), "one\ntwo\n");
    assert_int_equal(strlen(logtail_read(path, 3, buffer)), LOGTAIL_SIZE);
}

static void what_is_no_regular_file_is_left_alone(void **state)
{
    (void)state;
    char other[80];
    snprintf(other, sizeof other, "%s-2", path);
    unlink(path);
    assert_string_equal(logtail_read(path, 1, buffer), "");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_string_equal(logtail_read(path, 1, buffer), "");
    unlink(path);
    assert_int_equal(symlink("/etc/passwd", other), 0);
    assert_string_equal(logtail_read(other, 1, buffer), "");
    unlink(other);
    assert_string_equal(logtail_read("/dev/zero", 1, buffer), "");
    assert_string_equal(logtail_read("/tmp", 1, buffer), "");
    assert_string_equal(logtail_read("", 1, buffer), "");
}

static void the_text_is_behind_the_time(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *text;
        bool is_own;
    } rows[] = {
        {"2026-11-23T14:01:02.123Z a text\nmore", "a text", false},
        {"2026-11-23T14:01:02.123Z [sandbox-init: done after 2 ms]\n", "[sandbox-init: done after 2 ms]",
         true},
        {"2026-11-23T14:01:02.123Z ", "", false},
        {"2026-11-23T14:01:02.123Z", "2026-11-23T14:01:02.123Z", false},
        {"without a time", "without a time", false},
        {"", "", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t length = 99;
        bool is_own = !rows[i].is_own;
        const char *text = logtail_find_text(rows[i].line, &length, &is_own);
        assert_int_equal(length, strlen(rows[i].text));
        assert_memory_equal(text, rows[i].text, length);
        assert_int_equal(is_own, rows[i].is_own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_lines_are_found),
        cmocka_unit_test(a_long_file_is_looked_at_from_its_end),
        cmocka_unit_test(what_is_no_regular_file_is_left_alone),
        cmocka_unit_test(the_text_is_behind_the_time),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
