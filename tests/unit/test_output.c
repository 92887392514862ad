/* SPDX-License-Identifier: MIT */
/*
 * output: a real loop, pipes and files; the times of day are masked. uv_loop_close() finds handles that leak.
 *
 * WRAP: write uv_poll_init fcntl pipe2
 */
#include "testing.h"

#include "sandbox_init/output.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 8 << 20,
    STAMP_ROOM = 25, /* what a line has more in the file */
};

static char base[64];
static char directory[96];
static char path[160]; /* of job.log */
static int out;        /* a file in memory: the container's log */
static struct log the_log;
static struct output output;
static uv_loop_t loop;

/* ---- the wrapped calls ---- */

static int file_error; /* what a write to the log file fails with */
static int init_error; /* uv_poll_init() */
static int fcntl_error;
static int pipe_error;
static unsigned file_writes;

ssize_t __real_write(int fd, const void *data, size_t length);
ssize_t __wrap_write(int fd, const void *data, size_t length);
ssize_t __wrap_write(int fd, const void *data, size_t length)
{
    const bool is_file = output.file.directory != NULL && fd == output.file.fd;
    file_writes += is_file ? 1 : 0;
    if (is_file && file_error != 0) {
        errno = file_error;
        return -1;
    }
    return __real_write(fd, data, length);
}

int __real_uv_poll_init(uv_loop_t *a_loop, uv_poll_t *poll, int fd);
int __wrap_uv_poll_init(uv_loop_t *a_loop, uv_poll_t *poll, int fd);
int __wrap_uv_poll_init(uv_loop_t *a_loop, uv_poll_t *poll, int fd)
{
    return init_error != 0 ? -init_error : __real_uv_poll_init(a_loop, poll, fd);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, int argument);
int __wrap_fcntl(int fd, int command, int argument)
{
    errno = fcntl_error;
    return fcntl_error != 0 ? -1 : __real_fcntl(fd, command, argument);
}

int __real_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags)
{
    errno = pipe_error;
    return pipe_error != 0 ? -1 : __real_pipe2(ends, flags);
}

/* ---- helpers ---- */

static int remove_one(const char *name, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(name);
}

static struct output_request request;

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/test-output-XXXXXX");
    if (mkdtemp(base) == NULL || uv_loop_init(&loop) != 0) {
        return -1;
    }
    umask(022);
    snprintf(directory, sizeof directory, "%s/logs", base);
    snprintf(path, sizeof path, "%s/job.log", directory);
    file_error = init_error = fcntl_error = pipe_error = 0;
    file_writes = 0;
    out = memfd_create("log", MFD_CLOEXEC);
    log_init(&the_log, out, CONFIG_LOG_INFO, CONFIG_LOG_TEXT);
    output = (struct output){0};
    request = (struct output_request){.log = &the_log,
                                      .name = "job",
                                      .label = "job:job",
                                      .has_echo = true,
                                      .directory = directory,
                                      .max_size = 64 << 20,
                                      .keep = 1};
    return out < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    output_close(&output);
    uv_run(&loop, UV_RUN_DEFAULT);
    log_finish(&the_log);
    close(out);
    if (uv_loop_close(&loop) != 0) {
        return -1;
    }
    return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void open_output(void)
{
    assert_int_equal(output_open(&output, &loop, &request), 0);
}

static void print(const char *text, size_t length)
{
    assert_int_equal(__real_write(output.write_fd, text, length), length);
}

static void print_text(const char *text)
{
    print(text, strlen(text));
}

static void drain(void)
{
    while (!output_drain(&output)) {
    }
}

/* Writes "TIME" over what looks like one at the beginning of a line. Returns the new length. */
static size_t mask_times(char *text, size_t length)
{
    static const char pattern[] = "0000-00-00T00:00:00.000Z";
    size_t used = 0;
    for (size_t at = 0; at < length; at++) {
        bool is_time = (at == 0 || text[at - 1] == '\n') && length - at >= sizeof pattern - 1;
        for (size_t i = 0; is_time && i < sizeof pattern - 1; i++) {
            const char byte = text[at + i];
            is_time = pattern[i] == '0' ? byte >= '0' && byte <= '9' : byte == pattern[i];
        }
        if (is_time) {
            memcpy(text + used, "TIME", 4);
            used += 4;
            at += sizeof pattern - 2;
        } else {
            text[used++] = text[at];
        }
    }
    text[used] = '\0';
    return used;
}

static char text[TEXT_SIZE];

static size_t read_all(int fd)
{
    size_t used = 0;
    ssize_t got;
    while ((got = pread(fd, text + used, sizeof text - 1 - used, (off_t)used)) > 0) {
        used += (size_t)got;
    }
    return mask_times(text, used);
}

static void expect_bytes(size_t length, const char *expected, size_t expected_length)
{
    if (length != expected_length || memcmp(text, expected, length) != 0) {
        fail_msg("%zu bytes, not %zu:\n%.2000s\nnot\n%.2000s", length, expected_length, text, expected);
    }
}

static void expect_file_bytes(const char *expected, size_t expected_length)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const size_t length = read_all(fd);
    close(fd);
    expect_bytes(length, expected, expected_length);
}

static void expect_file(const char *expected)
{
    expect_file_bytes(expected, strlen(expected));
}

static void expect_log(const char *expected)
{
    log_echo_flush(&the_log);
    expect_bytes(read_all(out), expected, strlen(expected));
}

/* ---- cases ---- */

static void a_line_is_in_the_file_and_on_the_log(void **state)
{
    (void)state;
    open_output();
    print_text("one\ntwo\n");
    assert_true(output_drain(&output));
    expect_file("TIME one\nTIME two\n");
    expect_log("job | one\njob | two\n");
}

static void the_loop_reads_what_is_printed(void **state)
{
    (void)state;
    open_output();
    print_text("one\n");
    uv_run(&loop, UV_RUN_ONCE);
    expect_file("TIME one\n");
    uv_run(&loop, UV_RUN_NOWAIT);
    expect_file("TIME one\n");
}

static void the_file_has_every_byte_and_the_log_none_that_drives_a_terminal(void **state)
{
    static const char bytes[] = "\x1b[2J\0\xff\t\xe2\x82\xac 10%\r20%\r\n";
    static const char in_file[] = "TIME \x1b[2J\0\xff\t\xe2\x82\xac 10%\r20%\r\n";
    (void)state;
    open_output();
    print(bytes, sizeof bytes - 1);
    drain();
    expect_file_bytes(in_file, sizeof in_file - 1);
    expect_log("job | \\e[2J\\x00\\xff\t\xe2\x82\xac 10%\\r20%\\r\n");
}

static void file_and_echo_can_be_off(void **state)
{
    (void)state;
    request.directory = NULL;
    open_output();
    print_text("one\n");
    drain();
    output_note(&output, "started");
    expect_log("job | one\n");
    output_close(&output);
    uv_run(&loop, UV_RUN_DEFAULT);
    request.directory = directory;
    request.has_echo = false;
    open_output();
    print_text("two\n");
    drain();
    expect_log("job | one\n");
    expect_file("TIME two\n");
    output_close(&output);
    uv_run(&loop, UV_RUN_DEFAULT);
    request.directory = NULL;
    open_output();
    print_text("three\n");
    drain();
    output_end_line(&output);
    expect_log("job | one\n");
}

static void a_line_without_its_end_waits_for_it(void **state)
{
    (void)state;
    open_output();
    print_text("one\ntw");
    drain();
    expect_file("TIME one\n");
    print_text("o\nthr");
    drain();
    expect_log("job | one\njob | two\n");
    output_note(&output, "exited");
    output_end_line(&output);
    output_end_line(&output);
    expect_file("TIME one\nTIME two\nTIME [sandbox-init: exited]\nTIME thr\n");
    expect_log("job | one\njob | two\njob | thr\n");
}

static void a_very_long_line_is_split_and_marked(void **state)
{
    static char line[3 * LINES_PART_MAX];
    static char expected[4 * LINES_PART_MAX];
    (void)state;
    memset(line, 'x', sizeof line);
    line[2 * LINES_PART_MAX + 5] = '\n';
    open_output();
    print(line, 2 * LINES_PART_MAX + 6);
    drain();
    snprintf(expected, sizeof expected, "TIME %.*s [...]\nTIME [...] %.*s [...]\nTIME [...] xxxxx\n",
             LINES_PART_MAX, line, LINES_PART_MAX, line);
    expect_file(expected);
    /* On the log it is one line, cut. */
    snprintf(expected, sizeof expected, "job | %.*s...\n", LOG_LINE_MAX - 13, line);
    expect_log(expected);
}

static void a_note_is_one_printable_line(void **state)
{
    char expected[600];
    char longest[1024];
    (void)state;
    open_output();
    output_note(&output, "started, pid %d", 12);
    output_note(&output, "a\nb\x1b");
    expect_file("TIME [sandbox-init: started, pid 12]\nTIME [sandbox-init: a?b?]\n");
    expect_log("");
    unlink(path);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    output_note(&output, "%s", longest);
    snprintf(expected, sizeof expected, "TIME [sandbox-init: %.511s]\n", longest);
    expect_file(expected);
}

/* A portion takes OUTPUT_PORTION_SIZE bytes, and says whether more may be there. */
static void a_flood_is_taken_in_portions(void **state)
{
    static char line[65];
    (void)state;
    memset(line, 'y', 63);
    line[63] = '\n';
    request.has_echo = false;
    open_output();
    for (int i = 0; i < 2 * OUTPUT_PORTION_SIZE / 64; i++) {
        print_text(line);
    }
    assert_false(output_drain(&output));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, OUTPUT_PORTION_SIZE / 64 * (64 + STAMP_ROOM));
    assert_int_equal(file_writes, 1);
    assert_false(output_drain(&output)); /* just full: there may be more */
    assert_true(output_drain(&output));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 2 * OUTPUT_PORTION_SIZE / 64 * (64 + STAMP_ROOM));
}

/* The shortest lines take the most room: nothing of them may be lost in between. */
static void empty_lines_are_lines(void **state)
{
    static char newlines[3 * OUTPUT_PORTION_SIZE];
    (void)state;
    memset(newlines, '\n', sizeof newlines);
    request.has_echo = false;
    open_output();
    print(newlines, sizeof newlines);
    drain();
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, sizeof newlines * (1 + STAMP_ROOM));
    assert_int_equal(output.file.lost_ever, 0);
}

static void what_is_lost_is_said_once_and_counted(void **state)
{
    (void)state;
    request.has_echo = false;
    open_output();
    print_text("one\n");
    drain();
    file_error = ENOSPC;
    print_text("two\nthree\n");
    drain();
    print_text("four\n");
    drain();
    file_error = 0;
    print_text("five\n");
    drain();
    print_text("six\n");
    drain();
    expect_file("TIME one\nTIME [sandbox-init: 3 lines were lost: No space left on device]\nTIME five\nTIME "
                "six\n");
    file_error = EIO;
    print_text("seven\n");
    drain();
    file_error = 0;
    print_text("eight\n");
    drain();
    expect_log("TIME sandbox-init warning job:job: cannot write job.log: No space left on device: its lines "
               "are lost "
               "until that is over; make room there\n"
               "TIME sandbox-init info job:job: job.log can be written again; 3 lines were lost\n"
               "TIME sandbox-init warning job:job: cannot write job.log: Input/output error: its lines are "
               "lost until "
               "that is over; look after that disk\n"
               "TIME sandbox-init info job:job: job.log can be written again; 1 lines were lost\n");
}

static void what_is_lost_for_good_is_counted_at_the_end(void **state)
{
    (void)state;
    request.has_echo = false;
    open_output();
    file_error = ENOSPC;
    print_text("one\ntwo\nthree\n");
    drain();
    output_close(&output);
    file_error = 0;
    expect_log(
        "TIME sandbox-init warning job:job: cannot write job.log: No space left on device: its lines "
        "are lost "
        "until that is over; make room there\n"
        "TIME sandbox-init warning job:job: job.log could not be written to the end; 3 lines were lost\n");
}

static void what_stands_in_the_way_is_said_at_once(void **state)
{
    (void)state;
    assert_int_equal(mkdir(directory, 0755), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    open_output();
    print_text("one\n");
    drain();
    unlink(path);
    print_text("two\n");
    drain();
    expect_file("TIME [sandbox-init: 1 lines were lost: a symbolic link has its name]\nTIME two\n");
    expect_log("TIME sandbox-init warning job:job: cannot write job.log: a symbolic link has its name: its "
               "lines are "
               "lost until that is over; remove that, or set log_dir to another directory\n"
               "job | one\njob | two\n"
               "TIME sandbox-init info job:job: job.log can be written again; 1 lines were lost\n");
}

static void a_full_disk_does_not_keep_the_writer_waiting(void **state)
{
    static char lines[OUTPUT_PORTION_SIZE];
    (void)state;
    memset(lines, '\n', sizeof lines);
    request.has_echo = false;
    open_output();
    file_error = ENOSPC;
    for (int i = 0; i < 100; i++) {
        print(lines, sizeof lines);
        drain();
    }
    assert_int_equal(output.file.lost_ever, 100 * sizeof lines);
}

static void only_our_end_does_not_wait(void **state)
{
    (void)state;
    open_output();
    assert_true((fcntl(output.read_fd, F_GETFL, 0) & O_NONBLOCK) != 0);
    assert_true((fcntl(output.write_fd, F_GETFL, 0) & O_NONBLOCK) == 0);
    assert_true((fcntl(output.read_fd, F_GETFD, 0) & FD_CLOEXEC) != 0);
    assert_true((fcntl(output.write_fd, F_GETFD, 0) & FD_CLOEXEC) != 0);
}

static void a_failure_leaves_nothing_open(void **state)
{
    static int *const errors[] = {&pipe_error, &init_error, &fcntl_error};
    char name[LOGFILE_NAME_SIZE];
    const int before = dup(0);
    (void)state;
    close(before);
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        *errors[i] = EMFILE;
        assert_int_equal(output_open(&output, &loop, &request), -EMFILE);
        *errors[i] = 0;
        const int after = dup(0);
        close(after);
        assert_int_equal(after, before);
        output_close(&output);
    }
    memset(name, 'n', sizeof name);
    name[LOGFILE_NAME_SIZE - sizeof OUTPUT_FILE_SUFFIX + 1] = '\0';
    request.name = name;
    assert_int_equal(output_open(&output, &loop, &request), -ENAMETOOLONG);
    name[LOGFILE_NAME_SIZE - sizeof OUTPUT_FILE_SUFFIX] = '\0';
    open_output();
}

static void close_closes_everything(void **state)
{
    (void)state;
    open_output();
    const int fds[] = {output.read_fd, output.write_fd, output.file.fd};
    print_text("never read\n");
    output_close(&output);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        assert_int_equal(fcntl(fds[i], F_GETFD, 0), -1);
    }
    output_close(&output);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_alive(&loop), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_line_is_in_the_file_and_on_the_log),
        CASE(the_loop_reads_what_is_printed),
        CASE(the_file_has_every_byte_and_the_log_none_that_drives_a_terminal),
        CASE(file_and_echo_can_be_off),
        CASE(a_line_without_its_end_waits_for_it),
        CASE(a_very_long_line_is_split_and_marked),
        CASE(a_note_is_one_printable_line),
        CASE(a_flood_is_taken_in_portions),
        CASE(empty_lines_are_lines),
        CASE(what_is_lost_is_said_once_and_counted),
        CASE(what_is_lost_for_good_is_counted_at_the_end),
        CASE(what_stands_in_the_way_is_said_at_once),
        CASE(a_full_disk_does_not_keep_the_writer_waiting),
        CASE(only_our_end_does_not_wait),
        CASE(a_failure_leaves_nothing_open),
        CASE(close_closes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
