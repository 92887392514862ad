/* SPDX-License-Identifier: MIT */
/*
 * trail: real files, written and rotated by logfile.h while they are read. Rotations between any two looks of
 * the reader are made by wrapping the calls that it looks with.
 *
 * WRAP: open lstat
 */
#include "testing.h"

#include "sandbox_init/logfile.h"
#include "sandbox_init/trail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];
static struct trail trail;
static char got[1 << 20]; /* what was read, lines ended with newlines, one without with "%" */

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);

int __real_lstat(const char *path, struct stat *status);
int __wrap_lstat(const char *path, struct stat *status);

/* Called before each look; the files may move. */
static void (*in_between)(void);
static unsigned looks;
static unsigned pause_between; /* looks from one call to the next */
static bool is_each_look;      /* not only when a file is opened */
static const char *moment;     /* the end of a path; NULL: any */

static void come_between(void)
{
    void (*const call)(void) = in_between;
    if (call != NULL && ++looks % (pause_between + 1) == 0) {
        in_between = NULL;
        call();
        in_between = call;
    }
}

int __wrap_open(const char *path, int flags, mode_t mode)
{
    const size_t length = moment != NULL ? strlen(moment) : 0;
    const size_t whole = strlen(path);
    if (strncmp(path, directory, strlen(directory)) == 0 && whole > length &&
        (moment == NULL || strcmp(path + whole - length, moment) == 0)) {
        come_between();
    }
    return __real_open(path, flags, mode);
}

int __wrap_lstat(const char *path, struct stat *status)
{
    if (is_each_look) {
        come_between();
    }
    return __real_lstat(path, status);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/test_trail.XXXXXX");
    in_between = NULL;
    looks = pause_between = 0;
    is_each_look = false;
    moment = NULL;
    got[0] = '\0';
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    in_between = NULL;
    trail_close(&trail);
    for (unsigned age = 0; age <= LOGFILE_KEEP_MAX; age++) {
        snprintf(command, sizeof command, age > 0 ? "%s/a.log.%u" : "%s/a.log", directory, age);
        unlink(command);
    }
    return rmdir(directory);
}

static const char *path_of(const char *file)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    return path;
}

static void put(const char *file, const char *text)
{
    FILE *stream = fopen(path_of(file), "ae");
    assert_non_null(stream);
    fputs(text, stream);
    assert_int_equal(fclose(stream), 0);
}

static void rename_file(const char *from, const char *to)
{
    char old[128];
    snprintf(old, sizeof old, "%s", path_of(from));
    assert_int_equal(rename(old, path_of(to)), 0);
}

static void open_trail(int64_t lines, bool is_following, int expected)
{
    assert_int_equal(trail_open(&trail, directory, "a.log", lines, is_following), expected);
}

/* All that comes now. */
static const char *read_all(void)
{
    struct trail_piece piece;
    size_t used = strlen(got);
    while (trail_next(&trail, &piece)) {
        assert_true(used + piece.length + 2 < sizeof got);
        memcpy(got + used, piece.text, piece.length);
        used += piece.length;
        got[used] = piece.has_newline ? '\n' : '%';
        used += piece.is_last ? 1 : 0;
        got[used] = '\0';
    }
    return got;
}

static const char *read_new(void)
{
    got[0] = '\0';
    return read_all();
}

static void all_files_are_read_the_oldest_first(void **state)
{
    (void)state;
    put("a.log.10", "one\n");
    put("a.log.2", "two\nthree\n");
    put("a.log.1", "four\n");
    put("a.log", "five\nsix");
    put("a.log.x", "");
    put("b.log", "");
    open_trail(-1, false, 0);
    assert_string_equal(read_all(), "one\ntwo\nthree\nfour\nfive\nsix%");
    assert_string_equal(read_new(), "");
    assert_true(trail.is_over);
    assert_false(trail.has_missed);
    assert_int_equal(trail.error, 0);
    unlink(path_of("a.log.x"));
    unlink(path_of("b.log"));
}

static void as_many_lines_as_wanted_are_read(void **state)
{
    (void)state;
    static const struct {
        int64_t lines;
        uint64_t count;
        const char *expected;
    } rows[] = {
        {0, 0, ""},
        {1, 1, "six%"},
        {2, 2, "five\nsix%"},
        {3, 3, "four\nfive\nsix%"},
        {4, 4, "three\nfour\nfive\nsix%"},
        {6, 6, "one\ntwo\nthree\nfour\nfive\nsix%"},
        {7, 6, "one\ntwo\nthree\nfour\nfive\nsix%"},
        {1000000, 6, "one\ntwo\nthree\nfour\nfive\nsix%"},
    };
    put("a.log.3", "one\n");
    put("a.log.2", "two\nthree\n");
    put("a.log.1", "four\n");
    put("a.log", "five\nsix");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int is_following = 0; is_following < 2; is_following++) {
            open_trail(rows[i].lines, is_following != 0, 0);
            assert_int_equal(trail.line_count, rows[i].count);
            char wanted[64];
            snprintf(wanted, sizeof wanted, "%s", rows[i].expected);
            /* A line without its end is waited for. */
            char *unfinished = strstr(wanted, "six%");
            if (is_following != 0 && unfinished != NULL) {
                *unfinished = '\0';
            }
            if (strcmp(read_new(), wanted) != 0) {
                fail_msg("row %zu: %s", i, got);
            }
            trail_close(&trail);
        }
    }
}

static void lines_are_found_across_blocks(void **state)
{
    (void)state;
    char line[5001];
    for (int i = 0; i < 20; i++) {
        memset(line, 'a' + i, sizeof line - 1);
        line[4999] = '\n';
        line[5000] = '\0';
        put("a.log", line);
    }
    for (int lines = 0; lines <= 21; lines++) {
        open_trail(lines, false, 0);
        const size_t expected = (size_t)(lines < 20 ? lines : 20);
        assert_int_equal(trail.line_count, expected);
        assert_int_equal(strlen(read_new()), expected * 5000);
        trail_close(&trail);
    }
}

static void it_ends_with_what_was_there_at_the_beginning(void **state)
{
    (void)state;
    put("a.log.1", "one\n");
    put("a.log", "two\n");
    open_trail(-1, false, 0);
    put("a.log", "three\n");
    rename_file("a.log.1", "a.log.2");
    rename_file("a.log", "a.log.1");
    put("a.log", "four\n");
    assert_string_equal(read_all(), "one\ntwo\n");
    assert_false(trail.has_missed);
}

static void what_is_rotated_away_before_it_is_read_is_noted(void **state)
{
    (void)state;
    put("a.log.2", "one\n");
    put("a.log.1", "two\n");
    put("a.log", "three\n");
    open_trail(-1, false, 0);
    assert_int_equal(unlink(path_of("a.log.2")), 0);
    assert_int_equal(unlink(path_of("a.log.1")), 0);
    assert_int_equal(unlink(path_of("a.log")), 0);
    put("a.log", "four\n");
    assert_string_equal(read_all(), "one\nthree\n");
    assert_true(trail.has_missed);
}

static void what_is_written_is_followed(void **state)
{
    (void)state;
    put("a.log", "one\ntw");
    open_trail(-1, true, 0);
    assert_string_equal(read_new(), "one\n");
    put("a.log", "o\n");
    assert_string_equal(read_new(), "two\n");
    assert_string_equal(read_new(), "");
    rename_file("a.log", "a.log.1");
    assert_string_equal(read_new(), "");
    put("a.log", "three\n");
    assert_string_equal(read_new(), "three\n");
    assert_false(trail.has_missed);
}

static void two_rotations_at_once_lose_nothing(void **state)
{
    (void)state;
    put("a.log", "one\n");
    open_trail(-1, true, 0);
    read_all();
    put("a.log", "two\n");
    rename_file("a.log", "a.log.1");
    put("a.log", "three\n");
    rename_file("a.log.1", "a.log.2");
    rename_file("a.log", "a.log.1");
    put("a.log", "four\n");
    assert_string_equal(read_new(), "two\nthree\nfour\n");
    assert_false(trail.has_missed);
}

static void a_line_that_its_file_does_not_end_is_ended(void **state)
{
    (void)state;
    put("a.log", "one");
    open_trail(-1, true, 0);
    assert_string_equal(read_new(), "");
    rename_file("a.log", "a.log.1");
    put("a.log", "two\n");
    assert_string_equal(read_new(), "one%two\n");
}

static void a_log_that_does_not_exist_yet_is_waited_for(void **state)
{
    (void)state;
    open_trail(3, true, -ENOENT);
    assert_string_equal(read_new(), "");
    put("a.log", "one\n");
    assert_string_equal(read_new(), "one\n");
    trail_close(&trail);
    assert_int_equal(unlink(path_of("a.log")), 0);
    open_trail(-1, false, -ENOENT);
    put("a.log", "one\n");
    assert_string_equal(read_new(), "");
}

static void a_log_that_is_deleted_or_cut_is_begun_anew(void **state)
{
    (void)state;
    put("a.log.1", "before\n");
    put("a.log", "one\n");
    open_trail(0, true, 0);
    put("a.log", "two\n");
    assert_string_equal(read_new(), "two\n");
    assert_int_equal(truncate(path_of("a.log"), 0), 0);
    put("a.log", "3\n");
    assert_string_equal(read_new(), "3\n");
    assert_false(trail.has_missed);
    const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    assert_int_equal(utimensat(AT_FDCWD, path_of("a.log.1"), long_ago, 0), 0);
    assert_int_equal(unlink(path_of("a.log")), 0);
    assert_string_equal(read_new(), "");
    put("a.log", "four\n");
    assert_string_equal(read_new(), "four\n");
    assert_true(trail.has_missed); /* who knows what was deleted */
}

static void no_link_and_no_device_is_read(void **state)
{
    (void)state;
    assert_int_equal(symlink("/etc/passwd", path_of("a.log")), 0);
    open_trail(-1, false, -ENOENT);
    trail_close(&trail);
    open_trail(5, false, -ENOENT);
    trail_close(&trail);
    assert_int_equal(unlink(path_of("a.log")), 0);
    assert_int_equal(mkfifo(path_of("a.log"), 0600), 0);
    open_trail(-1, false, -ENOENT);
    assert_string_equal(read_new(), "");
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        assert_int_equal(seteuid(65534), 0);
        assert_int_equal(seteuid(0), 0);
    } else {
        skip();
    }
    put("a.log.2", "one\n");
    put("a.log.1", "two\n");
    put("a.log", "three\n");
    assert_int_equal(chmod(directory, 0755), 0);
    assert_int_equal(chmod(path_of("a.log.1"), 0600), 0);
    assert_int_equal(seteuid(65534), 0);
    const int result = trail_open(&trail, directory, "a.log", -1, false);
    read_all();
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(result, 0);
    assert_string_equal(got, "one\nthree\n");
    assert_int_equal(trail.error, -EACCES);
    trail_close(&trail);
    got[0] = '\0';
    assert_int_equal(seteuid(65534), 0);
    const int followed = trail_open(&trail, directory, "a.log", -1, true);
    read_all();
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(followed, 0);
    assert_string_equal(got, "one\nthree\n");
    trail_close(&trail);
    assert_int_equal(chmod(path_of("a.log"), 0600), 0);
    assert_int_equal(seteuid(65534), 0);
    const int refused = trail_open(&trail, directory, "a.log", -1, false);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(refused, -EACCES);
}

static void very_long_lines_come_in_pieces(void **state)
{
    (void)state;
    struct trail_piece piece;
    static char line[3 * TRAIL_LINE_MAX];
    memset(line, 'x', sizeof line - 2);
    line[sizeof line - 2] = '\n';
    put("a.log", line);
    put("a.log", "short\n");
    open_trail(-1, false, 0);
    size_t length = 0;
    int pieces = 0;
    bool is_last = false;
    while (!is_last && trail_next(&trail, &piece)) {
        assert_int_equal(piece.is_first, pieces == 0);
        length += piece.length;
        is_last = piece.is_last;
        pieces++;
    }
    assert_int_equal(length, sizeof line - 2);
    assert_true(pieces >= 3);
    assert_true(piece.has_newline);
    assert_string_equal(read_new(), "short\n");
}

/* ---- while it is written ---- */

static struct logfile writer;
static unsigned written;

static void write_line(void)
{
    char line[32];
    const int length = snprintf(line, sizeof line, "line %u\n", written++);
    assert_int_equal(logfile_write(&writer, line, (size_t)length), 0);
}

/* A rotation one step at a time: between any two there is a gap in the numbers. */
static unsigned step;
static unsigned last_step;

static void rotate_a_step(void)
{
    static const unsigned oldest = 60;
    if (step == last_step) {
        return;
    }
    char from[16];
    char to[16];
    char old[128];
    const unsigned age = oldest - step % (oldest + 1);
    step++;
    if (age == 0) {
        char line[32];
        snprintf(line, sizeof line, "line %u\n", written++);
        put("a.log", line);
        return;
    }
    snprintf(from, sizeof from, age > 1 ? "a.log.%u" : "a.log", age - 1);
    snprintf(to, sizeof to, "a.log.%u", age);
    snprintf(old, sizeof old, "%s", path_of(from));
    rename(old, path_of(to));
}

static void write_many(void)
{
    for (int i = 0; i < 9; i++) {
        write_line();
    }
}

/* Files of four lines, with rotations between any two looks. */
static void no_line_is_lost_or_doubled_by_rotation(void **state)
{
    (void)state;
    logfile_init(&writer, directory, "a.log", 32, LOGFILE_KEEP_MAX, NULL);
    for (int64_t lines = -1; lines < 12; lines++) {
        written = 1000;
        write_many();
        write_many();
        in_between = write_line;
        const int result = trail_open(&trail, directory, "a.log", lines, true);
        in_between = NULL;
        assert_int_equal(result, 0);
        got[0] = '\0';
        for (int i = 0; i < 6; i++) {
            in_between = write_line;
            read_all();
            in_between = NULL;
            write_many();
        }
        read_all();
        unsigned next = 0;
        assert_int_equal(sscanf(got, "line %u", &next), 1);
        assert_true(lines >= 0 || next <= 1000);
        for (char *at = strstr(got, "line 1"); at != NULL; at = strstr(at + 1, "line 1"), next++) {
            unsigned number = 0;
            assert_int_equal(sscanf(at, "line %u", &number), 1);
            if (number != next) {
                fail_msg("%d lines: %u after %u", (int)lines, number, next - 1);
            }
        }
        assert_int_equal(next, written);
        assert_false(trail.has_missed);
        trail_close(&trail);
        logfile_close(&writer);
        tear_down(NULL);
        set_up(NULL);
        logfile_init(&writer, directory, "a.log", 32, LOGFILE_KEEP_MAX, NULL);
    }
    logfile_close(&writer);
    trail.file.fd = trail.last.fd = -1;
}

static void no_line_is_lost_in_the_gaps_of_a_rotation(void **state)
{
    (void)state;
    static const unsigned pauses[] = {0, 1, 2, 3, 6, 13, 33, 77, 130};
    for (size_t i = 0; i < COUNT_OF(pauses); i++) {
        char expected[1024] = "";
        size_t used = 0;
        written = 1000;
        last_step = 12 * 61;
        for (step = 0; step < last_step;) {
            rotate_a_step();
        }
        open_trail(-1, true, 0);
        got[0] = '\0';
        pause_between = pauses[i];
        last_step = 50 * 61;
        is_each_look = true;
        in_between = rotate_a_step;
        while (step < last_step) {
            read_all();
        }
        in_between = NULL;
        read_all();
        for (unsigned line = 1000; line < written; line++) {
            used += (size_t)snprintf(expected + used, sizeof expected - used, "line %u\n", line);
        }
        assert_int_equal(written, 1050);
        if (strcmp(got, expected) != 0) {
            fail_msg("a step every %u looks: %s", pauses[i] + 1, got);
        }
        tear_down(NULL);
        set_up(NULL);
    }
    trail.file.fd = trail.last.fd = -1;
}

static void fill_the_gap(void)
{
    if (access(path_of("a.log.2"), F_OK) < 0) {
        rename_file("a.log.1", "a.log.2");
    }
}

/* What moves up into a gap that was looked at already, while it is looked for below. */
static void what_moves_past_a_look_is_found(void **state)
{
    (void)state;
    put("a.log", "one\n");
    open_trail(-1, true, 0);
    assert_string_equal(read_new(), "one\n");
    rename_file("a.log", "a.log.3");
    put("a.log.1", "two\n");
    put("a.log", "three\n");
    moment = "/a.log.1";
    in_between = fill_the_gap;
    assert_string_equal(read_new(), "two\nthree\n");
    /* And back, for the last lines. */
    trail_close(&trail);
    in_between = NULL;
    rename_file("a.log.2", "a.log.1");
    in_between = fill_the_gap;
    moment = "/a.log.2";
    open_trail(3, false, 0);
    assert_string_equal(read_new(), "one\ntwo\nthree\n");
}

static void rotate_before_it_is_opened(void)
{
    if (access(path_of("a.log.2"), F_OK) < 0) {
        rename_file("a.log.1", "a.log.2");
        rename_file("a.log", "a.log.1");
        put("a.log", "three\n");
    }
}

static void the_oldest_is_found_while_it_moves(void **state)
{
    (void)state;
    put("a.log.1", "one\n");
    put("a.log", "two\n");
    moment = "/a.log.1";
    in_between = rotate_before_it_is_opened;
    open_trail(-1, true, 0);
    assert_string_equal(read_new(), "one\ntwo\nthree\n");
}

static void write_once(void)
{
    if (written == 0) {
        written = 1;
        put("a.log", "two\n");
        rename_file("a.log", "a.log.1");
        put("a.log", "three\n");
    }
}

/* After the end of the file was read, and before it is looked whether it still is the newest. */
static void what_is_written_right_before_a_rotation_is_read(void **state)
{
    (void)state;
    put("a.log", "one\n");
    open_trail(0, true, 0);
    written = 0;
    is_each_look = true;
    in_between = write_once;
    assert_string_equal(read_new(), "two\nthree\n");
}

/* Not followed: what was there at the beginning comes, whatever happens to it meanwhile, and then it ends. */
static void what_was_there_is_read_to_its_end_while_it_is_written(void **state)
{
    (void)state;
    char expected[64];
    logfile_init(&writer, directory, "a.log", 32, LOGFILE_KEEP_MAX, NULL);
    written = 1000;
    write_many();
    write_many();
    open_trail(-1, false, 0);
    in_between = write_line;
    read_all();
    in_between = NULL;
    snprintf(expected, sizeof expected, "line 1016\nline 1017\n");
    assert_string_equal(got + strlen(got) - strlen(expected), expected);
    assert_int_equal(strncmp(got, "line 1000\n", 10), 0);
    assert_int_equal(strlen(got), 18 * 10);
    logfile_close(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_files_are_read_the_oldest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(as_many_lines_as_wanted_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_are_found_across_blocks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_ends_with_what_was_there_at_the_beginning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_rotated_away_before_it_is_read_is_noted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_written_is_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_rotations_at_once_lose_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_its_file_does_not_end_is_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_does_not_exist_yet_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_is_deleted_or_cut_is_begun_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_link_and_no_device_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(very_long_lines_come_in_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_line_is_lost_or_doubled_by_rotation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_line_is_lost_in_the_gaps_of_a_rotation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_moves_past_a_look_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_is_found_while_it_moves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_written_right_before_a_rotation_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_there_is_read_to_its_end_while_it_is_written, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
