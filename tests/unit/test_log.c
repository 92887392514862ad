/* SPDX-License-Identifier: MIT */
/*
 * log: real pipes, files and directories; lines are compared whole, with the time of day masked. A call that
 * blocked would hang the test, which an alarm then ends.
 *
 * WRAP: write pwritev2 clock_gettime
 */
#include "testing.h"

#include "sandbox_init/log.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 4 << 20,
    READ_SIZE = 1 << 14,
    SECONDS_MAX = 300, /* for one case; a write that blocks never comes back */
    CHILD_SECONDS_MAX = 50,
    SKIPPED = 77, /* how a child says that it cannot be done here */
};

static char base[32];      /* the test's directory */
static char directory[96]; /* of the log file; not made yet */
static char file[128];
static char rotated[128];
static int out; /* a file in memory that the log writes to */
static struct log the_log;

/* ---- the wrapped calls ---- */

static int file_error;         /* what a write to the log file fails with; 0: it does not */
static bool is_short;          /* it takes only half */
static int no_pwritev2;        /* what pwritev2(2) fails with on an old kernel; 0: it does not */
static unsigned writes_to_out; /* system calls that wrote to `out` */
static int short_fd = -1;      /* takes `take_at_most` bytes of each write(2), and knows no pwritev2(2) */
static size_t take_at_most;

static time_t clock_seconds; /* what the clock shows; 0: the truth */

int __real_clock_gettime(clockid_t clock, struct timespec *ret_now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_now)
{
    if (clock == CLOCK_REALTIME && clock_seconds != 0) {
        *ret_now = (struct timespec){.tv_sec = clock_seconds, .tv_nsec = 7999999};
        return 0;
    }
    return __real_clock_gettime(clock, ret_now);
}

ssize_t __real_write(int fd, const void *data, size_t length);
ssize_t __wrap_write(int fd, const void *data, size_t length);
ssize_t __wrap_write(int fd, const void *data, size_t length)
{
    const bool is_file = the_log.file.fd >= 0 && fd == the_log.file.fd;
    if (is_file && file_error != 0) {
        errno = file_error;
        return -1;
    }
    writes_to_out += fd == out ? 1 : 0;
    if (fd == short_fd) {
        return __real_write(fd, data, length < take_at_most ? length : take_at_most);
    }
    return __real_write(fd, data, is_file && is_short ? length / 2 : length);
}

ssize_t __real_pwritev2(int fd, const struct iovec *vectors, int count, off_t offset, int flags);
ssize_t __wrap_pwritev2(int fd, const struct iovec *vectors, int count, off_t offset, int flags);
ssize_t __wrap_pwritev2(int fd, const struct iovec *vectors, int count, off_t offset, int flags)
{
    if (no_pwritev2 != 0 || fd == short_fd) {
        errno = fd == short_fd ? EOPNOTSUPP : no_pwritev2;
        return -1;
    }
    const ssize_t written = __real_pwritev2(fd, vectors, count, offset, flags);
    writes_to_out += fd == out && written > 0 ? 1 : 0;
    return written;
}

/* ---- helpers ---- */

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/test-log-XXXXXX");
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    umask(022);
    snprintf(directory, sizeof directory, "%s/logs", base);
    snprintf(file, sizeof file, "%s/logs/" LOG_FILE_NAME, base);
    snprintf(rotated, sizeof rotated, "%s/logs/" LOG_FILE_NAME ".1", base);
    out = memfd_create("log", MFD_CLOEXEC);
    file_error = no_pwritev2 = 0;
    is_short = false;
    writes_to_out = 0;
    log_init(&the_log, out, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    alarm(SECONDS_MAX);
    return out < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    alarm(0);
    log_finish(&the_log);
    close(out);
    return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Does TEXT begin like PATTERN, in which "0" stands for any digit? */
static bool begins_like(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; pattern++, text++) {
        if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern) {
            return false;
        }
    }
    return true;
}

/* Writes "TIME" over each long time stamp, "SHORT" over each short one. */
static void mask_times(char *text)
{
    static const char long_form[] = "0000-00-00T00:00:00.000Z";
    static const char short_form[] = "00:00:00.000";
    char *to = text;
    while (*text != '\0') {
        if (begins_like(text, long_form)) {
            memcpy(to, "TIME", 4);
            to += 4;
            text += sizeof long_form - 1;
        } else if (begins_like(text, short_form)) {
            memcpy(to, "SHORT", 5);
            to += 5;
            text += sizeof short_form - 1;
        } else {
            *to++ = *text++;
        }
    }
    *to = '\0';
}

/* All that is in the file FD, which the next call overwrites. */
static char *contents_of(int fd)
{
    static char text[TEXT_SIZE];
    size_t used = 0;
    ssize_t got;
    while (used + READ_SIZE < sizeof text && (got = pread(fd, text + used, READ_SIZE, (off_t)used)) > 0) {
        used += (size_t)got;
    }
    text[used] = '\0';
    return text;
}

static char *contents_at(const char *path)
{
    static char none[] = "(no such file)";
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return none;
    }
    char *text = contents_of(fd);
    close(fd);
    return text;
}

static void empty_out(void)
{
    assert_int_equal(ftruncate(out, 0), 0);
    assert_int_equal(lseek(out, 0, SEEK_SET), 0);
}

static void expect_out(const char *expected)
{
    char *text = contents_of(out);
    mask_times(text);
    assert_string_equal(text, expected);
}

static void expect_file(const char *path, const char *expected)
{
    char *text = contents_at(path);
    mask_times(text);
    assert_string_equal(text, expected);
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n' ? 1 : 0;
    }
    return count;
}

static void put_file(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(__real_write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* ---- a strict reader of the JSON that is written: one flat object of strings a line (RFC 8259) ---- */

/* Returns what follows the string at TEXT, or NULL if none is there. */
static const char *skip_string(const char *text)
{
    if (text == NULL || *text != '"') {
        return NULL;
    }
    for (text++; *text != '"'; text++) {
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e) {
            return NULL;
        }
        if (*text == '\\' && (*++text == '\0' || strchr("\"\\/bfnrt", *text) == NULL)) {
            return NULL;
        }
    }
    return text + 1;
}

static bool is_json_line(const char *text)
{
    char next = '{';
    while (*text == next) {
        text = skip_string(text + 1);
        if (text == NULL || *text != ':') {
            return false;
        }
        text = skip_string(text + 1);
        if (text == NULL) {
            return false;
        }
        next = ',';
    }
    return next == ',' && strcmp(text, "}\n") == 0;
}

/* ---- cases: lines ---- */

static void each_level_has_its_line_in_each_form(void **state)
{
    static const struct {
        enum config_log_level level;
        const char *text;
        const char *json;
        const char *colored;
    } rows[] = {
        {CONFIG_LOG_ERROR, "TIME sandbox-init error guard: said 7\n",
         "{\"time\":\"TIME\",\"level\":\"error\",\"part\":\"guard\",\"message\":\"said 7\"}\n",
         "SHORT \033[1;31merror  \033[0m guard: said 7\n"},
        {CONFIG_LOG_WARNING, "TIME sandbox-init warning guard: said 7\n",
         "{\"time\":\"TIME\",\"level\":\"warning\",\"part\":\"guard\",\"message\":\"said 7\"}\n",
         "SHORT \033[33mwarning\033[0m guard: said 7\n"},
        {CONFIG_LOG_INFO, "TIME sandbox-init info guard: said 7\n",
         "{\"time\":\"TIME\",\"level\":\"info\",\"part\":\"guard\",\"message\":\"said 7\"}\n",
         "SHORT \033[32minfo   \033[0m guard: said 7\n"},
        {CONFIG_LOG_DEBUG, "TIME sandbox-init debug guard: said 7\n",
         "{\"time\":\"TIME\",\"level\":\"debug\",\"part\":\"guard\",\"message\":\"said 7\"}\n",
         "SHORT \033[2mdebug  \033[0m guard: said 7\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char expected[512];
        empty_out();
        log_init(&the_log, out, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
        log_say(&the_log, rows[i].level, "guard", "said %d", 7);
        log_init(&the_log, out, CONFIG_LOG_DEBUG, CONFIG_LOG_JSON);
        log_say(&the_log, rows[i].level, "guard", "said %d", 7);
        log_use_colors(&the_log);
        log_say(&the_log, rows[i].level, "guard", "said %d", 7);
        snprintf(expected, sizeof expected, "%s%s%s", rows[i].text, rows[i].json, rows[i].colored);
        expect_out(expected);
    }
}

static void the_short_names_say_their_level(void **state)
{
    (void)state;
    log_error(&the_log, "a", "%s", "1");
    log_warning(&the_log, "b", "%s", "2");
    log_info(&the_log, "c", "%s", "3");
    log_debug(&the_log, "d", "%s", "4");
    expect_out("TIME sandbox-init error a: 1\nTIME sandbox-init warning b: 2\nTIME sandbox-init info c: 3\n"
               "TIME sandbox-init debug d: 4\n");
}

static void the_time_is_utc_and_now(void **state)
{
    char before[64];
    char after[64];
    struct tm utc;
    struct timespec now;
    (void)state;
    assert_int_equal(setenv("TZ", "Asia/Kolkata", 1), 0);
    tzset();
    clock_gettime(CLOCK_REALTIME, &now);
    strftime(before, sizeof before, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    log_info(&the_log, "a", "b");
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec++;
    strftime(after, sizeof after, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    unsetenv("TZ");
    const char *line = contents_of(out);
    assert_true(begins_like(line, "0000-00-00T00:00:00.000Z "));
    assert_true(strncmp(line, before, 19) >= 0);
    assert_true(strncmp(line, after, 19) <= 0);
}

/* Over all days of four centuries and one, and the last second before each. */
static void every_date_is_right(void **state)
{
    (void)state;
    for (time_t day = 1; day < (time_t)366 * 500; day++) {
        char wanted[64];
        char said[64] = "";
        struct tm utc;
        clock_seconds = day * 86400 - day % 2;
        strftime(wanted, sizeof wanted, "%Y-%m-%dT%H:%M:%S.007Z ", gmtime_r(&clock_seconds, &utc));
        log_info(&the_log, "a", "b");
        const ssize_t got = pread(out, said, strlen(wanted), 0);
        if (got < 0 || strcmp(said, wanted) != 0) {
            clock_seconds = 0;
            fail_msg("day %ld: %s, not %s", (long)day, said, wanted);
        }
        empty_out();
    }
    clock_seconds = 0;
}

static void only_lines_up_to_the_level_are_written(void **state)
{
    (void)state;
    for (int level = CONFIG_LOG_ERROR; level <= CONFIG_LOG_DEBUG; level++) {
        for (int said = CONFIG_LOG_ERROR; said <= CONFIG_LOG_DEBUG; said++) {
            empty_out();
            log_init(&the_log, out, (enum config_log_level)level, CONFIG_LOG_TEXT);
            log_use_file(&the_log, directory);
            log_say(&the_log, (enum config_log_level)said, "a", "b");
            assert_int_equal(log_is_on(&the_log, (enum config_log_level)said), said <= level);
            assert_int_equal(count_lines(contents_of(out)), said <= level);
            assert_int_equal(count_lines(contents_at(file)), said <= level);
            log_finish(&the_log);
            unlink(file);
        }
    }
}

static void what_is_not_printable_is_masked(void **state)
{
    (void)state;
    for (int form = 0; form < 3; form++) {
        log_init(&the_log, out, CONFIG_LOG_DEBUG, form == 1 ? CONFIG_LOG_JSON : CONFIG_LOG_TEXT);
        if (form == 2) {
            log_use_colors(&the_log);
        }
        for (int byte = 1; byte < 256; byte++) {
            empty_out();
            log_info(&the_log, "a", "<%c>", byte);
            const bool is_plain = byte >= 0x20 && byte <= 0x7e;
            const bool is_quoted = form == 1 && (byte == '"' || byte == '\\');
            char expected[8];
            snprintf(expected, sizeof expected, "<%s%c>", is_quoted ? "\\" : "", is_plain ? byte : '?');
            const char *line = contents_of(out);
            if (strstr(line, expected) == NULL || count_lines(line) != 1) {
                fail_msg("form %d, byte %d: %s", form, byte, line);
            }
        }
    }
}

/* Says a message of LENGTH times FILL and checks what every line must be, cut or not. */
static void expect_whole_line(size_t length, char fill, const char *part)
{
    char message[LOG_LINE_MAX * 2];
    memset(message, fill, length);
    message[length] = '\0';
    empty_out();
    writes_to_out = 0;
    log_say(&the_log, CONFIG_LOG_WARNING, part, "%s", message);
    const char *line = contents_of(out);
    const size_t got = strlen(line);
    const bool is_whole = got > 0 && got <= LOG_LINE_MAX && count_lines(line) == 1 && line[got - 1] == '\n';
    if (!is_whole || writes_to_out != 1) {
        fail_msg("%zu times '%c' in %u writes: %zu bytes: %s", length, fill, writes_to_out, got, line);
    }
    if (the_log.format == CONFIG_LOG_JSON && !the_log.is_colored && !is_json_line(line)) {
        fail_msg("%zu times '%c' is no JSON: %s", length, fill, line);
    }
    /* What fits well into a line is not cut: every byte of the message is there. */
    size_t found = 0;
    for (size_t i = 0; i < got; i++) {
        found += line[i] == fill ? 1 : 0;
    }
    if (length <= 1500 && fill == '~' && found != length) {
        fail_msg("%zu bytes of a message of %zu", found, length);
    }
}

static void a_line_of_any_length_stays_one_valid_line(void **state)
{
    static const char fills[] = {'~', '"', '\\', '\n'};
    char long_part[256];
    const char *const parts[] = {"g", long_part};
    (void)state;
    memset(long_part, 'p', sizeof long_part - 1);
    long_part[sizeof long_part - 1] = '\0';
    for (int form = 0; form < 3; form++) {
        log_init(&the_log, out, CONFIG_LOG_DEBUG, form == 1 ? CONFIG_LOG_JSON : CONFIG_LOG_TEXT);
        if (form == 2) {
            log_use_colors(&the_log);
        }
        for (size_t length = 0; length < LOG_LINE_MAX + 100; length += length < 900 ? 100 : 1) {
            expect_whole_line(length, fills[length % COUNT_OF(fills)], parts[length % COUNT_OF(parts)]);
            expect_whole_line(length, '~', parts[1]);
        }
    }
}

static void a_quote_at_the_cut_is_cut_whole(void **state)
{
    char message[LOG_LINE_MAX];
    (void)state;
    log_init(&the_log, out, CONFIG_LOG_DEBUG, CONFIG_LOG_JSON);
    for (size_t plain = 1700; plain < 1960; plain++) {
        memset(message, 'x', plain);
        strcpy(message + plain, "\"\"\\\\\"\\\"");
        empty_out();
        log_info(&the_log, "a", "%s", message);
        if (!is_json_line(contents_of(out))) {
            fail_msg("%zu bytes before the quotes: %s", plain, contents_of(out));
        }
    }
}

/* ---- cases: the descriptor ---- */

static const int old_kernels[] = {0, EOPNOTSUPP, ENOSYS, EPERM, EINVAL};

static size_t drain(int fd, char *text, size_t size)
{
    size_t used = 0;
    ssize_t got;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (used + 1 < size && (got = read(fd, text + used, size - 1 - used)) > 0) {
        used += (size_t)got;
    }
    text[used] = '\0';
    return used;
}

/* How many lines TEXT has or says to be lost: where no line fits, a note still may. */
static uint64_t count_or_lost(const char *text)
{
    static const char note[] = " sandbox-init warning log: ";
    static const char line[] = " sandbox-init info a: line ";
    static const size_t time_length = sizeof "0000-00-00T00:00:00.000Z" - 1;
    uint64_t count = 0;
    for (const char *end; *text != '\0'; text = end + 1) {
        end = strchr(text, '\n');
        assert_non_null(end);
        assert_true(begins_like(text, "0000-00-00T00:00:00.000Z"));
        if (strncmp(text + time_length, note, sizeof note - 1) == 0) {
            count += strtoull(text + time_length + sizeof note - 1, NULL, 10);
        } else {
            assert_int_equal(strncmp(text + time_length, line, sizeof line - 1), 0);
            count++;
        }
    }
    return count;
}

/* Fills what ENDS connects, drains it, and checks that every line was counted once, said or lost. */
static void expect_no_wait(const int ends[2])
{
    enum { SAID = 2000 };
    static char text[TEXT_SIZE];
    char expected[256];
    log_init(&the_log, ends[1], CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    for (int i = 0; i < SAID; i++) {
        log_info(&the_log, "a", "line %d %0900d", i, 0);
    }
    assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
    const uint64_t lost = the_log.lost;
    drain(ends[0], text, sizeof text);
    assert_true(lost > 0);
    assert_int_equal(count_or_lost(text) + lost, SAID);
    log_info(&the_log, "a", "there is room");
    log_info(&the_log, "a", "said once");
    drain(ends[0], text, sizeof text);
    mask_times(text);
    snprintf(expected, sizeof expected,
             "TIME sandbox-init warning log: %llu lines were lost: nobody read them in time, or stderr was "
             "closed\nTIME sandbox-init info a: there is room\nTIME sandbox-init info a: said once\n",
             (unsigned long long)lost);
    assert_string_equal(text, expected);
    assert_int_equal(the_log.lost, 0);
}

static void a_full_pipe_loses_lines_and_counts_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(old_kernels); i++) {
        int ends[2];
        no_pwritev2 = old_kernels[i];
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        expect_no_wait(ends);
        close(ends[0]);
        close(ends[1]);
    }
}

static void a_full_socket_loses_lines_and_counts_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(old_kernels); i++) {
        int ends[2];
        no_pwritev2 = old_kernels[i];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        expect_no_wait(ends);
        close(ends[0]);
        close(ends[1]);
    }
}

/* A pipe that has room for the note but not for the line behind it. */
static void a_line_that_is_lost_behind_the_note_is_counted_anew(void **state)
{
    static char text[TEXT_SIZE];
    int ends[2];
    char page[4096];
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 8192) == 8192);
    log_init(&the_log, ends[1], CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    memset(page, '-', sizeof page);
    assert_int_equal(__real_write(ends[1], page, sizeof page), sizeof page);
    assert_int_equal(__real_write(ends[1], page, sizeof page), sizeof page);
    log_info(&the_log, "a", "first");
    log_info(&the_log, "a", "second");
    assert_int_equal(the_log.lost, 2);
    assert_int_equal(read(ends[0], page, sizeof page), sizeof page);
    /* The note takes a slot of its own and leaves about 4,000 bytes in it. */
    log_info(&the_log, "a", "%01900d", 1);
    assert_int_equal(the_log.lost, 0);
    log_info(&the_log, "a", "%01900d", 2);
    log_info(&the_log, "a", "%01900d", 3);
    assert_true(the_log.lost > 0);
    const uint64_t lost = the_log.lost;
    drain(ends[0], text, sizeof text);
    log_info(&the_log, "a", "last");
    drain(ends[0], text, sizeof text);
    mask_times(text);
    char expected[256];
    snprintf(expected, sizeof expected,
             "TIME sandbox-init warning log: %llu lines were lost: nobody read them in time, or stderr was "
             "closed\nTIME sandbox-init info a: last\n",
             (unsigned long long)lost);
    assert_string_equal(text, expected);
    close(ends[0]);
    close(ends[1]);
}

static void a_closed_descriptor_loses_lines_until_it_is_back(void **state)
{
    const int fd = dup(out);
    (void)state;
    close(fd);
    log_init(&the_log, fd, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    log_info(&the_log, "a", "1");
    log_info(&the_log, "a", "2");
    log_info(&the_log, "a", "3");
    assert_int_equal(the_log.lost, 3);
    assert_int_equal(dup3(out, fd, O_CLOEXEC), fd);
    log_info(&the_log, "a", "4");
    close(fd);
    expect_out("TIME sandbox-init warning log: 3 lines were lost: nobody read them in time, or stderr was "
               "closed\nTIME sandbox-init info a: 4\n");
}

static void a_pipe_without_a_reader_loses_lines(void **state)
{
    sigset_t pipe_signal;
    sigset_t before;
    int ends[2];
    (void)state;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigprocmask(SIG_BLOCK, &pipe_signal, &before);
    for (size_t i = 0; i < COUNT_OF(old_kernels); i++) {
        no_pwritev2 = old_kernels[i];
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        close(ends[0]);
        log_init(&the_log, ends[1], CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
        log_info(&the_log, "a", "1");
        log_info(&the_log, "a", "2");
        assert_int_equal(the_log.lost, 2);
        assert_int_equal(sigtimedwait(&pipe_signal, NULL, &(struct timespec){0}), SIGPIPE);
        close(ends[1]);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void a_full_disk_behind_the_descriptor_loses_lines(void **state)
{
    const int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    (void)state;
    if (fd < 0) {
        skip();
    }
    log_init(&the_log, fd, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    log_info(&the_log, "a", "1");
    log_info(&the_log, "a", "2");
    assert_int_equal(the_log.lost, 2);
    close(fd);
}

static void a_regular_file_behind_the_descriptor_gets_every_line(void **state)
{
    static char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/stderr", base);
    for (size_t i = 0; i <= COUNT_OF(old_kernels); i++) {
        const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        /* The last: XFS and btrfs say so when the write would have to wait for their locks, not for room. */
        no_pwritev2 = i < COUNT_OF(old_kernels) ? old_kernels[i] : EAGAIN;
        log_init(&the_log, fd, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
        for (int k = 0; k < 1000; k++) {
            log_info(&the_log, "a", "%0900d", k);
        }
        assert_int_equal(the_log.lost, 0);
        assert_int_equal(count_lines(contents_of(fd)), 1000);
        close(fd);
    }
}

/* ---- cases: a terminal ---- */

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "line %d: not true: %s\n", __LINE__, #condition);                                \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

/* Makes a terminal, which becomes nobody's controlling one; ENDS: master and slave. */
static bool make_terminal(int ends[2])
{
    char *name = NULL;
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[0] >= 0 && grantpt(ends[0]) == 0 && unlockpt(ends[0]) == 0) {
        name = ptsname(ends[0]);
    }
    ends[1] = name != NULL ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    return ends[1] >= 0;
}

/* Runs BODY, which returns an exit status, in a child that ends when it blocks. */
static void expect_in_child(int (*body)(void))
{
    int status = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS_MAX);
        _exit(body());
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        print_message("skipped: no terminal can be made here\n");
        skip();
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        fail_msg("a line blocked");
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A terminal with room for a part of a line is writable, and blocks in the middle of that line. */
static int check_full_terminal(void)
{
    static char text[TEXT_SIZE];
    int ends[2];
    if (!make_terminal(ends)) {
        return SKIPPED;
    }
    log_init(&the_log, ends[1], CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    for (int i = 0; i < 200; i++) {
        log_info(&the_log, "a", "%0900d", i);
    }
    CHECK(the_log.lost > 0);
    for (size_t room = 1; room < 4096; room *= 2) {
        CHECK(read(ends[0], text, room) > 0);
        for (int i = 0; i < 20; i++) {
            log_info(&the_log, "a", "%01900d", i);
        }
        CHECK(the_log.lost > 0);
    }
    while (the_log.lost > 0) {
        drain(ends[0], text, sizeof text);
        log_info(&the_log, "a", "there is room");
    }
    return 0;
}

static void a_full_terminal_loses_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(old_kernels); i++) {
        no_pwritev2 = old_kernels[i];
        expect_in_child(check_full_terminal);
    }
}

/* The description of who started us is theirs, and their children's. */
static int check_own_description(void)
{
    int ends[2];
    CHECK(setsid() >= 0);
    if (!make_terminal(ends)) {
        return SKIPPED;
    }
    const int flags = fcntl(ends[1], F_GETFL);
    log_init(&the_log, ends[1], CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    log_info(&the_log, "a", "one");
    const int own = the_log.fd;
    CHECK(fcntl(ends[1], F_GETFL) == flags && (flags & O_NONBLOCK) == 0);
    CHECK(own != ends[1] && own == the_log.own_fd && isatty(own));
    CHECK((fcntl(own, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((fcntl(own, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(open("/dev/tty", O_RDWR | O_CLOEXEC) < 0 && errno == ENXIO);
    char text[256];
    const ssize_t got = read(ends[0], text, sizeof text - 1);
    CHECK(got > 0);
    text[got] = '\0';
    mask_times(text);
    CHECK(strcmp(text, "TIME sandbox-init info a: one\r\n") == 0);
    log_finish(&the_log);
    CHECK(fcntl(own, F_GETFD) < 0 && the_log.own_fd == -1);
    CHECK(fcntl(ends[1], F_GETFL) == flags);
    log_finish(&the_log);
    CHECK(fcntl(ends[1], F_GETFL) == flags);
    return 0;
}

static void a_terminal_is_opened_anew(void **state)
{
    (void)state;
    assert_int_equal(the_log.own_fd, -1); /* what is no terminal is not */
    assert_int_equal(the_log.fd, out);
    expect_in_child(check_own_description);
}

/* ---- cases: the file ---- */

static void the_file_and_its_directory_are_made(void **state)
{
    struct stat status;
    (void)state;
    assert_int_equal(log_use_file(&the_log, directory), 0);
    log_info(&the_log, "a", "one");
    assert_int_equal(stat(directory, &status), 0);
    assert_int_equal(status.st_mode, S_IFDIR | 0755);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0644);
    assert_true((fcntl(the_log.file.fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_ptr_equal(the_log.file.directory, directory);
    expect_file(file, "TIME sandbox-init info a: one\n");
    expect_out("TIME sandbox-init info a: one\n");
}

static void the_file_has_the_format_but_no_colours(void **state)
{
    (void)state;
    log_init(&the_log, out, CONFIG_LOG_DEBUG, CONFIG_LOG_JSON);
    log_use_colors(&the_log);
    assert_int_equal(log_use_file(&the_log, directory), 0);
    log_info(&the_log, "a", "one");
    expect_file(file, "{\"time\":\"TIME\",\"level\":\"info\",\"part\":\"a\",\"message\":\"one\"}\n");
    expect_out("SHORT \033[32minfo   \033[0m a: one\n");
}

static void the_file_is_added_to(void **state)
{
    (void)state;
    mkdir(directory, 0755);
    put_file(file, "before\n");
    assert_int_equal(log_use_file(&the_log, directory), 0);
    log_info(&the_log, "a", "one");
    put_file(file, ""); /* as "truncate -s 0" does; what follows is appended all the same */
    log_info(&the_log, "a", "two");
    expect_file(file, "TIME sandbox-init info a: two\n");
}

static void an_old_line_stays_before_the_new_one(void **state)
{
    (void)state;
    mkdir(directory, 0755);
    put_file(file, "before\n");
    assert_int_equal(log_use_file(&the_log, directory), 0);
    log_info(&the_log, "a", "one");
    expect_file(file, "before\nTIME sandbox-init info a: one\n");
}

static void a_full_file_is_rotated(void **state)
{
    enum { LINES = 3000 };
    struct stat status;
    (void)state;
    mkdir(directory, 0755);
    put_file(rotated, "from long ago\n");
    assert_int_equal(log_use_file(&the_log, directory), 0);
    for (int i = 0; i < LINES; i++) {
        log_info(&the_log, "a", "%0900d", i);
    }
    assert_int_equal(stat(rotated, &status), 0);
    assert_in_range(status.st_size, LOG_FILE_SIZE_MAX - LOG_LINE_MAX, LOG_FILE_SIZE_MAX);
    assert_int_equal(stat(file, &status), 0);
    assert_in_range(status.st_size, 1, LOG_FILE_SIZE_MAX);
    /* Two rotations: the two files end with the newest lines, in order and without a gap. */
    size_t first = strtoul(strchr(contents_at(rotated), 'Z') + sizeof " sandbox-init info a:", NULL, 10);
    const size_t in_old = count_lines(contents_at(rotated));
    const size_t second = strtoul(strchr(contents_at(file), 'Z') + sizeof " sandbox-init info a:", NULL, 10);
    assert_int_equal(second, first + in_old);
    assert_int_equal(second + count_lines(contents_at(file)), LINES);
}

static void a_file_that_was_full_before_is_rotated_at_once(void **state)
{
    (void)state;
    mkdir(directory, 0755);
    put_file(file, "begin\n");
    assert_int_equal(truncate(file, LOG_FILE_SIZE_MAX + 1), 0);
    assert_int_equal(log_use_file(&the_log, directory), 0);
    log_info(&the_log, "a", "one");
    expect_file(file, "TIME sandbox-init info a: one\n");
    struct stat status;
    assert_int_equal(stat(rotated, &status), 0);
    assert_int_equal(status.st_size, LOG_FILE_SIZE_MAX + 1);
}

static void a_file_is_filled_to_just_the_size(void **state)
{
    static const char one[] = "0000-00-00T00:00:00.000Z sandbox-init info a: one\n";
    struct stat status;
    (void)state;
    mkdir(directory, 0755);
    for (int over = 0; over <= 1; over++) {
        put_file(file, "");
        assert_int_equal(truncate(file, LOG_FILE_SIZE_MAX - (off_t)sizeof one + over), 0);
        const int end = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
        assert_int_equal(__real_write(end, "\n", 1), 1);
        close(end);
        assert_int_equal(log_use_file(&the_log, directory), 0);
        log_info(&the_log, "a", "one");
        assert_int_equal(stat(rotated, &status), over == 0 ? -1 : 0);
        assert_int_equal(stat(file, &status), 0);
        assert_int_equal(status.st_size, over == 0 ? LOG_FILE_SIZE_MAX : (off_t)sizeof one - 1);
        logfile_close(&the_log.file);
    }
}

static void a_file_that_cannot_be_rotated_does_not_grow(void **state)
{
    struct stat status;
    (void)state;
    mkdir(directory, 0755);
    put_file(file, "begin\n");
    const off_t size = LOG_FILE_SIZE_MAX;
    assert_int_equal(truncate(file, size), 0);
    assert_int_equal(mkdir(rotated, 0755), 0);
    assert_int_equal(log_use_file(&the_log, directory), 0);
    log_info(&the_log, "a", "one");
    log_info(&the_log, "a", "two");
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_size, size);
    assert_int_equal(rmdir(rotated), 0);
    log_info(&the_log, "a", "three");
    expect_file(file, "TIME sandbox-init warning log: 3 lines were lost: Is a directory\n"
                      "TIME sandbox-init info a: three\n"); /* one was that warning */
    assert_int_equal(stat(rotated, &status), 0);
    assert_int_equal(status.st_size, size);
    expect_out("TIME sandbox-init info a: one\n"
               "TIME sandbox-init warning log: cannot write sandbox-init.log: Is a directory; trying again "
               "at each line\n"
               "TIME sandbox-init info a: two\n"
               "TIME sandbox-init info a: three\n");
    log_finish(&the_log);

    /* At the start it is for the caller to say. */
    assert_int_equal(unlink(rotated), 0);
    assert_int_equal(mkdir(rotated, 0755), 0);
    assert_int_equal(truncate(file, LOG_FILE_SIZE_MAX + 1), 0);
    empty_out();
    assert_int_equal(log_use_file(&the_log, directory), -EISDIR);
    log_info(&the_log, "a", "four");
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_size, LOG_FILE_SIZE_MAX + 1);
    expect_out("TIME sandbox-init info a: four\n");
}

static void a_directory_that_is_a_link_is_refused(void **state)
{
    static char real[64];
    static char link_to_it[64];
    static char below[96];
    struct stat status;
    (void)state;
    snprintf(real, sizeof real, "%s/real", base);
    snprintf(link_to_it, sizeof link_to_it, "%s/link", base);
    snprintf(below, sizeof below, "%s/link/logs", base);
    assert_int_equal(mkdir(real, 0755), 0);
    assert_int_equal(symlink(real, link_to_it), 0);
    assert_int_equal(log_use_file(&the_log, link_to_it), -ENOTDIR);
    log_info(&the_log, "a", "one");
    assert_int_equal(the_log.file.fd, -1);
    assert_int_equal(rmdir(real), 0); /* nothing was made in it */
    log_info(&the_log, "a", "two");   /* nor where the link leads nowhere */
    assert_int_equal(stat(real, &status), -1);
    expect_out("TIME sandbox-init info a: one\nTIME sandbox-init info a: two\n");
    log_finish(&the_log);
    /* Only the last component is for those who could put a link there; /var/log may be one. */
    assert_int_equal(mkdir(real, 0755), 0);
    assert_int_equal(log_use_file(&the_log, below), 0);
}

static void a_deleted_file_is_made_again(void **state)
{
    (void)state;
    assert_int_equal(log_use_file(&the_log, directory), 0);
    log_info(&the_log, "a", "one");
    unlink(file);
    log_info(&the_log, "a", "two");
    expect_file(file, "TIME sandbox-init info a: two\n");
    unlink(file);
    rmdir(directory);
    log_info(&the_log, "a", "three");
    expect_file(file, "TIME sandbox-init info a: three\n");
    expect_out(
        "TIME sandbox-init info a: one\nTIME sandbox-init info a: two\nTIME sandbox-init info a: three\n");
}

static void a_vanished_parent_is_said_once_and_forgiven(void **state)
{
    static const char *expected =
        "TIME sandbox-init info a: one\n"
        "TIME sandbox-init info a: two\n"
        "TIME sandbox-init warning log: cannot write sandbox-init.log: No such file or directory; trying "
        "again at each line\n"
        "TIME sandbox-init info a: three\n"
        "TIME sandbox-init info a: four\n"
        "TIME sandbox-init info a: five\n"
        "TIME sandbox-init warning log: cannot write sandbox-init.log: No such file or directory; trying "
        "again at each line\n";
    static char deep[128];
    static char deep_file[160];
    (void)state;
    snprintf(deep, sizeof deep, "%s/logs/deep", base);
    snprintf(deep_file, sizeof deep_file, "%s/logs/deep/" LOG_FILE_NAME, base);
    mkdir(directory, 0755);
    assert_int_equal(log_use_file(&the_log, deep), 0);
    log_info(&the_log, "a", "one");
    unlink(deep_file);
    rmdir(deep);
    rmdir(directory);
    log_info(&the_log, "a", "two");
    log_info(&the_log, "a", "three");
    mkdir(directory, 0755);
    log_info(&the_log, "a", "four");
    expect_file(deep_file, "TIME sandbox-init warning log: 3 lines were lost: No such file or directory\n"
                           "TIME sandbox-init info a: four\n"); /* one was that warning */
    unlink(deep_file);
    rmdir(deep);
    rmdir(directory);
    log_info(&the_log, "a", "five"); /* that it fails again is news */
    expect_out(expected);
}

static void the_first_failure_is_the_callers_to_say(void **state)
{
    (void)state;
    put_file(directory, "a file stands there\n");
    assert_int_equal(log_use_file(&the_log, directory), -ENOTDIR);
    log_info(&the_log, "a", "one");
    expect_out("TIME sandbox-init info a: one\n");
    unlink(directory);
    log_info(&the_log, "a", "two");
    expect_file(file,
                "TIME sandbox-init warning log: 1 lines were lost: its directory is a symbolic link or no "
                "directory\nTIME sandbox-init info a: two\n");
}

/* Tries to use the file where something else stands, and later where it does not any more. */
static void expect_refusal(int error)
{
    char expected[256];
    log_init(&the_log, out, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    empty_out();
    assert_int_equal(log_use_file(&the_log, directory), error);
    log_info(&the_log, "a", "one");
    assert_int_equal(the_log.file.fd, -1);
    expect_out("TIME sandbox-init info a: one\n");
    assert_int_equal(remove(file), 0);
    log_info(&the_log, "a", "two");
    snprintf(expected, sizeof expected,
             "TIME sandbox-init warning log: 1 lines were lost: %s\nTIME sandbox-init info a: two\n",
             logfile_explain(error));
    expect_file(file, expected);
    log_finish(&the_log);
    assert_int_equal(remove(file), 0);
}

static void what_is_no_file_of_one_name_is_refused(void **state)
{
    static char victim[128];
    (void)state;
    snprintf(victim, sizeof victim, "%s/victim", base);
    mkdir(directory, 0755);

    put_file(victim, "untouched\n");
    assert_int_equal(symlink(victim, file), 0);
    expect_refusal(-ELOOP);
    assert_int_equal(link(victim, file), 0);
    expect_refusal(-EINVAL);
    expect_file(victim, "untouched\n");

    assert_int_equal(mkfifo(file, 0666), 0);
    expect_refusal(-EINVAL);
    assert_int_equal(mkfifo(file, 0666), 0);
    const int reader = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    expect_refusal(-EINVAL);
    char byte;
    assert_int_equal(read(reader, &byte, 1), 0);
    close(reader);

    assert_int_equal(mkdir(file, 0755), 0);
    expect_refusal(-EISDIR);
}

static void a_full_disk_is_said_once(void **state)
{
    (void)state;
    assert_int_equal(log_use_file(&the_log, directory), 0);
    file_error = ENOSPC;
    log_info(&the_log, "a", "one");
    log_info(&the_log, "a", "two");
    file_error = 0;
    log_info(&the_log, "a", "three");
    is_short = true;
    log_info(&the_log, "a", "four"); /* the disk is full behind half of it */
    is_short = false;
    log_info(&the_log, "a", "five");
    expect_out("TIME sandbox-init info a: one\n"
               "TIME sandbox-init warning log: cannot write sandbox-init.log: No space left on device; "
               "trying again at each line\n"
               "TIME sandbox-init info a: two\n"
               "TIME sandbox-init info a: three\n"
               "TIME sandbox-init info a: four\n"
               "TIME sandbox-init warning log: cannot write sandbox-init.log: No space left on device; "
               "trying again at each line\n"
               "TIME sandbox-init info a: five\n");
    assert_null(strstr(contents_at(file), "a: one"));
    assert_null(strstr(contents_at(file), "a: two"));
    assert_non_null(strstr(contents_at(file), "a: three"));
    assert_non_null(strstr(contents_at(file), "a: five"));
}

static void what_the_file_lost_is_noted_in_its_format(void **state)
{
    (void)state;
    log_init(&the_log, out, CONFIG_LOG_INFO, CONFIG_LOG_JSON);
    assert_int_equal(log_use_file(&the_log, directory), 0);
    file_error = EIO;
    log_info(&the_log, "a", "one");
    file_error = 0;
    log_info(&the_log, "a", "two");
    expect_file(file,
                "{\"time\":\"TIME\",\"level\":\"warning\",\"part\":\"log\",\"message\":\"2 lines were lost: "
                "Input/output error\"}\n" /* one was the warning of that */
                "{\"time\":\"TIME\",\"level\":\"info\",\"part\":\"a\",\"message\":\"two\"}\n");
}

static void a_full_pipe_does_not_keep_the_file_waiting(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    log_init(&the_log, ends[1], CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    assert_int_equal(log_use_file(&the_log, directory), 0);
    for (int i = 0; i < 200; i++) {
        log_info(&the_log, "a", "%0900d", i);
    }
    assert_true(the_log.lost > 0);
    assert_int_equal(count_lines(contents_at(file)), 200);
    close(ends[0]);
    close(ends[1]);
}

static void finish_closes_the_file_only(void **state)
{
    (void)state;
    assert_int_equal(log_use_file(&the_log, directory), 0);
    const int fd = the_log.file.fd;
    log_info(&the_log, "a", "one");
    log_finish(&the_log);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    log_info(&the_log, "a", "two");
    log_finish(&the_log);
    expect_out("TIME sandbox-init info a: one\nTIME sandbox-init info a: two\n");
    expect_file(file, "TIME sandbox-init info a: one\n");
}

/* ---- cases: what jobs print ---- */

static void echo(const char *text)
{
    log_echo(&the_log, "web", text, strlen(text));
}

static void an_echoed_line_has_its_job_in_each_form(void **state)
{
    (void)state;
    assert_int_equal(log_use_file(&the_log, directory), 0);
    log_echo(&the_log, "web", "a\0b\x1b[31m\t\xe2\x82\xac\xff\"\\", 15);
    log_echo(&the_log, "web", "", 0);
    log_echo_flush(&the_log);
    expect_out("web | a\\x00b\\e[31m\t\xe2\x82\xac\\xff\"\\\\\nweb | \n");
    expect_file(file, "");
    log_finish(&the_log);
    empty_out();
    log_init(&the_log, out, CONFIG_LOG_INFO, CONFIG_LOG_JSON);
    echo("\x1b\t\xe2\x82\xac\"\\");
    log_echo_flush(&the_log);
    expect_out("{\"time\":\"TIME\",\"level\":\"info\",\"part\":\"web\",\"message\":\"\\\\e\\t\xe2\x82\xac\\\""
               "\\\\\\\\\"}\n");
    empty_out();
    log_use_colors(&the_log);
    echo("one");
    log_echo(&the_log, "db", "two", 3);
    const char copy[] = {'w', 'e', 'b', '\0'};
    log_echo(&the_log, copy, "three", 5);
    log_echo_flush(&the_log);
    const char *text = contents_of(out);
    char name[32];
    assert_int_equal(sscanf(text, "\033%31[^w]web\033[0m | one\n", name), 1);
    assert_non_null(strstr(text, "db\033[0m | two\n\033"));
    assert_non_null(strstr(strstr(text, "two"), name)); /* the same colour again */
}

static void echoed_lines_have_the_level_info(void **state)
{
    (void)state;
    for (int level = CONFIG_LOG_ERROR; level <= CONFIG_LOG_DEBUG; level++) {
        empty_out();
        log_init(&the_log, out, (enum config_log_level)level, CONFIG_LOG_TEXT);
        echo("one");
        log_echo_flush(&the_log);
        expect_out(level >= CONFIG_LOG_INFO ? "web | one\n" : "");
    }
}

static void echoed_lines_are_gathered_in_order(void **state)
{
    (void)state;
    echo("one");
    echo("two");
    expect_out("");
    log_info(&the_log, "a", "b");
    expect_out("web | one\nweb | two\nTIME sandbox-init info a: b\n");
    assert_int_equal(writes_to_out, 2);
    log_echo_flush(&the_log);
    assert_int_equal(writes_to_out, 2);
    echo("three");
    log_finish(&the_log);
    expect_out("web | one\nweb | two\nTIME sandbox-init info a: b\nweb | three\n");
}

/* Each length up to more than a line, in text and JSON: one line, of the length that it may have. */
static void an_echoed_line_of_any_length_stays_one_line(void **state)
{
    static const char *const fills[] = {"x", "\"", "\xff", "\xe2\x82\xac"};
    static char text[2 * LOG_LINE_MAX];
    (void)state;
    for (int form = 0; form < 2; form++) {
        log_init(&the_log, out, CONFIG_LOG_INFO, form == 1 ? CONFIG_LOG_JSON : CONFIG_LOG_TEXT);
        for (size_t length = 0; length <= sizeof text; length += length < 300 ? 100 : 3) {
            const char *fill = fills[length % COUNT_OF(fills)];
            for (size_t i = 0; i < length; i++) {
                text[i] = fill[i % strlen(fill)];
            }
            empty_out();
            log_echo(&the_log, "web", text, length);
            log_echo_flush(&the_log);
            const char *line = contents_of(out);
            const size_t got = strlen(line);
            const bool is_cut = strstr(line, form == 1 ? "...\"}\n" : "...\n") != NULL;
            assert_true(got <= LOG_LINE_MAX && line[got - 1] == '\n' && count_lines(line) == 1);
            assert_true(!is_cut || got > LOG_LINE_MAX - 20);
            assert_true(is_cut || length < LOG_LINE_MAX);
        }
    }
}

static void a_slow_reader_loses_echoed_lines_and_they_are_counted(void **state)
{
    enum { SAID = 20000 };
    static char got[TEXT_SIZE];
    int ends[2];
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    for (size_t i = 0; i < COUNT_OF(old_kernels); i++) {
        no_pwritev2 = old_kernels[i];
        log_init(&the_log, ends[1], CONFIG_LOG_INFO, CONFIG_LOG_TEXT);
        for (int said = 0; said < SAID; said++) {
            echo("0123456789");
        }
        log_echo_flush(&the_log);
        const uint64_t lost = the_log.lost;
        uint64_t lines = 0;
        drain(ends[0], got, sizeof got);
        for (const char *line = got; *line != '\0'; line = strchr(line, '\n') + 1) {
            assert_int_equal(strncmp(line, "web | 0123456789\n", 17), 0);
            lines++;
        }
        assert_true(lost > 0);
        assert_int_equal(lines + lost, SAID);
        echo("again");
        log_echo_flush(&the_log);
        drain(ends[0], got, sizeof got);
        char expected[256];
        snprintf(expected, sizeof expected,
                 " sandbox-init warning log: %llu lines were lost: nobody read them in time, or stderr was "
                 "closed\nweb | again\n",
                 (unsigned long long)lost);
        assert_string_equal(got + strlen("0000-00-00T00:00:00.000Z"), expected);
    }
    close(ends[0]);
    close(ends[1]);
}

/* A stream may take a part: what it took whole is not lost, and the next line does not stand behind a torn
 * one. */
static void a_torn_line_is_ended_before_the_next(void **state)
{
    static char got[TEXT_SIZE];
    int ends[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    take_at_most = 70; /* four lines and two bytes */
    log_init(&the_log, ends[1], CONFIG_LOG_INFO, CONFIG_LOG_TEXT);
    short_fd = ends[1];
    for (int i = 0; i < 6; i++) {
        echo("0123456789");
    }
    log_echo_flush(&the_log);
    take_at_most = SIZE_MAX;
    assert_int_equal(the_log.lost, 2);
    echo("again");
    log_echo_flush(&the_log);
    short_fd = -1;
    drain(ends[0], got, sizeof got);
    mask_times(got);
    assert_string_equal(got, "web | 0123456789\nweb | 0123456789\nweb | 0123456789\nweb | 0123456789\nwe\n"
                             "TIME sandbox-init warning log: 2 lines were lost: nobody read them in time, or "
                             "stderr was closed\nweb | again\n");
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_echoed_line_has_its_job_in_each_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(echoed_lines_have_the_level_info, set_up, tear_down),
        cmocka_unit_test_setup_teardown(echoed_lines_are_gathered_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_echoed_line_of_any_length_stays_one_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_slow_reader_loses_echoed_lines_and_they_are_counted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_torn_line_is_ended_before_the_next, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_level_has_its_line_in_each_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_short_names_say_their_level, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_time_is_utc_and_now, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_lines_up_to_the_level_are_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_printable_is_masked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_of_any_length_stays_one_valid_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_quote_at_the_cut_is_cut_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_pipe_loses_lines_and_counts_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_socket_loses_lines_and_counts_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_is_lost_behind_the_note_is_counted_anew, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_closed_descriptor_loses_lines_until_it_is_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pipe_without_a_reader_loses_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_behind_the_descriptor_loses_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_regular_file_behind_the_descriptor_gets_every_line, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_terminal_loses_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_terminal_is_opened_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_and_its_directory_are_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_has_the_format_but_no_colours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_is_added_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_old_line_stays_before_the_new_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_file_is_rotated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_was_full_before_is_rotated_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_is_filled_to_just_the_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_rotated_does_not_grow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_directory_that_is_a_link_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deleted_file_is_made_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_vanished_parent_is_said_once_and_forgiven, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_failure_is_the_callers_to_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_of_one_name_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_is_said_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_file_lost_is_noted_in_its_format, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_pipe_does_not_keep_the_file_waiting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_date_is_right, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finish_closes_the_file_only, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
