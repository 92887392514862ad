/* SPDX-License-Identifier: MIT */
/* mountinfo: lines of real machines, names with blanks in them, and lines that no kernel writes. */
#include "testing.h"

#include "sandbox_init/mountinfo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void lines_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        struct mountinfo_entry wanted;
    } rows[] = {
        {"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n",
         {"/mnt1", "/mnt2", "ext3", "/dev/root", false}},
        {"1 0 0:2 / / ro - overlay overlay rw,lowerdir=/x\n", {"/", "/", "overlay", "overlay", true}},
        {"1 0 0:2 / /a rw shared:1 master:2 propagate_from:3 unbindable - tmpfs none ro\n",
         {"/", "/a", "tmpfs", "none", true}},
        {"1 0 8:1 /my\\040files\\134x /b\\011\\012c rw,norelatime,rota - xfs /dev/sda1 rw,errors=remount-ro",
         {"/my files\\x", "/b\t\nc", "xfs", "/dev/sda1", false}},
        {"1 0 0:46 /me/.gitconfig//deleted /home/a/.gitconfig ro - fakeowner /run/host_mark/Users rw\n",
         {"/me/.gitconfig//deleted", "/home/a/.gitconfig", "fakeowner", "/run/host_mark/Users", true}},
        {"1 0 0:46 /a\\04 /b\\999 rw - 9p C:\\134 rw\n", {"/a\\04", "/b\\999", "9p", "C:\\", false}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mountinfo_entry entry;
        const char *text = rows[i].line;
        assert_true(mountinfo_next(&text, &entry));
        assert_string_equal(entry.root, rows[i].wanted.root);
        assert_string_equal(entry.point, rows[i].wanted.point);
        assert_string_equal(entry.type, rows[i].wanted.type);
        assert_string_equal(entry.source, rows[i].wanted.source);
        assert_int_equal(entry.is_read_only, rows[i].wanted.is_read_only);
        assert_false(mountinfo_next(&text, &entry));
        assert_string_equal(text, "");
    }
}

static void odd_lines_are_left_out(void **state)
{
    (void)state;
    struct mountinfo_entry entry;
    const char *text =
        "\n\n1\n1 0 0:1 / /a rw\n1 0 0:1 / /b rw -\n1 0 0:1 / /c rw - t\n1 0 0:1 / /d rw - t s\n"
        "1 0 0:1 / /e rw - t s rw\n1 0 0:1 / /f rw shared:1 t s rw\n \n1 0 0:1 / /g rw - t s rw";
    assert_true(mountinfo_next(&text, &entry));
    assert_string_equal(entry.point, "/e");
    assert_true(mountinfo_next(&text, &entry));
    assert_string_equal(entry.point, "/g");
    assert_false(mountinfo_next(&text, &entry));
    assert_false(mountinfo_next(&text, &entry));
}

static void long_fields_are_cut(void **state)
{
    (void)state;
    char line[4096];
    struct mountinfo_entry entry;
    const char *text = line;
    snprintf(line, sizeof line, "1 0 0:1 /%01000d /%01000d ro,%01000d - t%0100d s rw\n", 0, 0, 0, 0);
    assert_true(mountinfo_next(&text, &entry));
    assert_int_equal(strlen(entry.root), MOUNTINFO_PATH_SIZE - 1);
    assert_int_equal(strlen(entry.point), MOUNTINFO_PATH_SIZE - 1);
    assert_int_equal(strlen(entry.type), MOUNTINFO_TYPE_SIZE - 1);
    assert_true(entry.is_read_only);
}

static void every_mount_of_this_machine_is_read(void **state)
{
    (void)state;
    static char all[1024 * 1024];
    struct mountinfo_entry entry;
    size_t lines = 0;
    size_t count = 0;
    FILE *stream = fopen("/proc/self/mountinfo", "r");
    if (stream == NULL) {
        skip();
    }
    all[fread(all, 1, sizeof all - 1, stream)] = '\0';
    fclose(stream);
    for (const char *text = all; *text != '\0'; text++) {
        lines += *text == '\n' ? 1 : 0;
    }
    for (const char *text = all; mountinfo_next(&text, &entry); count++) {
        assert_true(entry.point[0] == '/');
    }
    assert_int_equal(count, lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(odd_lines_are_left_out),
        cmocka_unit_test(long_fields_are_cut),
        cmocka_unit_test(every_mount_of_this_machine_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
