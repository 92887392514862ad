/* SPDX-License-Identifier: MIT */
/* signame: every signal there is, and whatever else somebody might take for one. */
#include "testing.h"

#include "sandbox_init/signame.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    STANDARD_MAX = 31, /* the real-time signals and those that the C library keeps stand behind (signal(7)) */
    NUMBERS_MAX = 256, /* far beyond the last signal */
};

struct row {
    const char *text;
    int number;
};

/* All the standard signals; there are no others up to STANDARD_MAX. */
static const struct row standard[] = {
    {"HUP", SIGHUP},       {"INT", SIGINT},       {"QUIT", SIGQUIT}, {"ILL", SIGILL},   {"TRAP", SIGTRAP},
    {"ABRT", SIGABRT},     {"BUS", SIGBUS},       {"FPE", SIGFPE},   {"KILL", SIGKILL}, {"USR1", SIGUSR1},
    {"SEGV", SIGSEGV},     {"USR2", SIGUSR2},     {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM},
    {"CHLD", SIGCHLD},     {"CONT", SIGCONT},     {"STOP", SIGSTOP}, {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN},
    {"TTOU", SIGTTOU},     {"URG", SIGURG},       {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ}, {"PROF", SIGPROF},
    {"SYS", SIGSYS},       {"VTALRM", SIGVTALRM}, {"IO", SIGIO},     {"PWR", SIGPWR},   {"WINCH", SIGWINCH},
#ifdef SIGSTKFLT
    {"STKFLT", SIGSTKFLT},
#endif
#ifdef SIGEMT
    {"EMT", SIGEMT},
#endif
};

static bool is_signal(int number)
{
    return (number >= 1 && number <= STANDARD_MAX) || (number >= SIGNAME_RTMIN && number <= SIGNAME_RTMAX);
}

static void lower(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (char)(*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text);
    }
}

static void expect_number(const char *text, int number)
{
    const int parsed = signame_parse(text);
    if (parsed != number) {
        fail_msg("'%s' is %d instead of %d", text, parsed, number);
    }
}

/* TEXT with and without SIG, in capitals and without, and mixed. */
static void expect_in_all_spellings(const char *text, int number)
{
    char spelling[64];
    expect_number(text, number);
    snprintf(spelling, sizeof spelling, "SIG%s", text);
    expect_number(spelling, number);
    lower(spelling + 4);
    expect_number(spelling, number);
    lower(spelling);
    expect_number(spelling, number);
    expect_number(spelling + 3, number);
}

static void every_name_is_read_in_all_spellings(void **state)
{
    (void)state;
    bool has_row[STANDARD_MAX + 1] = {0};
    for (size_t i = 0; i < COUNT_OF(standard); i++) {
        assert_in_range(standard[i].number, 1, STANDARD_MAX);
        has_row[standard[i].number] = true;
        expect_in_all_spellings(standard[i].text, standard[i].number);
    }
    for (int number = 1; number <= STANDARD_MAX; number++) {
        assert_true(has_row[number]);
    }
}

static void every_real_time_signal_is_read_from_both_ends(void **state)
{
    (void)state;
    char text[32];
    expect_in_all_spellings("RTMIN", 34);
    expect_in_all_spellings("RTMAX", 64);
    for (int distance = 0; distance <= SIGNAME_RTMAX - SIGNAME_RTMIN; distance++) {
        snprintf(text, sizeof text, "RTMIN+%d", distance);
        expect_in_all_spellings(text, SIGNAME_RTMIN + distance);
        snprintf(text, sizeof text, "RTMAX-%d", distance);
        expect_in_all_spellings(text, SIGNAME_RTMAX - distance);
    }
    snprintf(text, sizeof text, "RTMIN+%d", SIGNAME_RTMAX - SIGNAME_RTMIN + 1);
    expect_in_all_spellings(text, -EINVAL);
    snprintf(text, sizeof text, "RTMAX-%d", SIGNAME_RTMAX - SIGNAME_RTMIN + 1);
    expect_in_all_spellings(text, -EINVAL);
}

static void every_number_of_a_signal_is_read(void **state)
{
    (void)state;
    char text[32];
    for (int number = -1; number <= NUMBERS_MAX; number++) {
        snprintf(text, sizeof text, "%d", number);
        expect_number(text, is_signal(number) ? number : -EINVAL);
    }
}

static const char *const not_signals[] = {
    /* nothing, and too little */
    "", " ", "SIG", "sig", "T", "TER", "SIGTER", "RT", "RTM", "RTMI",
    /* too much */
    "TERMX", "TERM15", "SIGSIGTERM", "SIG TERM", " TERM", "TERM ", "TERM\n", "\tTERM", "TERM,INT", "TERM:0",
    "-TERM", "+TERM", "TERM+1", "XTERM", "SIGNAL", "signal 99",
    /* numbers in other clothes */
    "0", "00", "015", "00000000000000000000000000000000000000015", "+15", "-15", " 15", "15 ", "15x", "15.0",
    "1e1", "0xf", "0x0f", "SIG15", "sig9", "--15", "1_5",
    /* numbers beyond any integer; the second one is 15 in 32 bits, the third one in 64 */
    "2147483648", "4294967311", "18446744073709551631", "99999999999999999999999999",
    /* real-time signals with something wrong behind */
    "RTMIN+", "RTMAX-", "RTMIN-1", "RTMAX+1", "RTMIN-0", "RTMAX+0", "RTMIN1", "RTMAX1", "RTMIN++1",
    "RTMIN+-1", "RTMAX--1", "RTMIN+ 1", "RTMIN +1", "RTMIN+1 ", "RTMIN+01", "RTMAX-00", "RTMIN+1x", "RTMIN+x",
    "RTMINX", "RTMIN+4294967296", "RTMIN+18446744073709551616", "RTMIDDLE", "RT+1",
    /* names of signals elsewhere, and of no signal */
    "INFO", "EXIT", "DEBUG", "ERR", "NULL", "\xc3\xb6"};

static void nothing_else_is_a_signal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(not_signals); i++) {
        expect_number(not_signals[i], -EINVAL);
    }
}

static void every_signal_has_its_name(void **state)
{
    (void)state;
    char buffer[SIGNAME_SIZE];
    char expected[64];
    for (size_t i = 0; i < COUNT_OF(standard); i++) {
        snprintf(expected, sizeof expected, "SIG%s", standard[i].text);
        assert_ptr_equal(signame_format(standard[i].number, buffer), buffer);
        assert_string_equal(buffer, expected);
    }
    for (int number = SIGNAME_RTMIN; number <= SIGNAME_RTMAX; number++) {
        snprintf(expected, sizeof expected, "SIGRTMIN+%d", number - SIGNAME_RTMIN);
        assert_ptr_equal(signame_format(number, buffer), buffer);
        assert_string_equal(buffer, expected);
    }
}

static void what_is_no_signal_has_its_number(void **state)
{
    static const struct row rows[] = {
        {"signal 0", 0},
        {"signal -1", -1},
        {"signal 99", 99},
        {"signal 2147483647", INT_MAX},
        {"signal -2147483648", INT_MIN},
    };
    (void)state;
    char buffer[SIGNAME_SIZE];
    char expected[64];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_ptr_equal(signame_format(rows[i].number, buffer), buffer);
        assert_string_equal(buffer, rows[i].text);
    }
    for (int number = -NUMBERS_MAX; number <= NUMBERS_MAX; number++) {
        if (!is_signal(number)) {
            snprintf(expected, sizeof expected, "signal %d", number);
            assert_string_equal(signame_format(number, buffer), expected);
        }
    }
}

static void what_is_written_can_be_read(void **state)
{
    (void)state;
    char buffer[SIGNAME_SIZE];
    for (int number = -NUMBERS_MAX; number <= NUMBERS_MAX; number++) {
        expect_number(signame_format(number, buffer), is_signal(number) ? number : -EINVAL);
    }
}

static void expect_rewrite(const char *text, int from, int to)
{
    struct signame_rewrite rewrite = {-7, -7};
    const int result = signame_parse_rewrite(text, &rewrite);
    if (result != 0 || rewrite.from != from || rewrite.to != to) {
        fail_msg("'%s' is %d: %d to %d instead of %d to %d", text, result, rewrite.from, rewrite.to, from,
                 to);
    }
}

static void expect_no_rewrite(const char *text)
{
    struct signame_rewrite rewrite = {-7, -7};
    const int result = signame_parse_rewrite(text, &rewrite);
    if (result != -EINVAL || rewrite.from != -7 || rewrite.to != -7) {
        fail_msg("'%s' is %d: %d to %d, but not refused", text, result, rewrite.from, rewrite.to);
    }
}

static bool can_be_rewritten(int number)
{
    return number != SIGKILL && number != SIGSTOP && number != SIGCHLD && number != SIGPIPE;
}

static void expect_rewrite_if(bool is_fit, const char *text, int from, int to)
{
    if (is_fit) {
        expect_rewrite(text, from, to);
    } else {
        expect_no_rewrite(text);
    }
}

/* The full product, by names and by numbers. */
static void every_signal_is_rewritten_to_every_other(void **state)
{
    (void)state;
    char from_name[SIGNAME_SIZE];
    char to_name[SIGNAME_SIZE];
    char text[2 * SIGNAME_SIZE];
    for (int from = 0; from <= SIGNAME_RTMAX + 1; from++) {
        for (int to = 0; to <= SIGNAME_RTMAX + 1; to++) {
            const bool is_fit = is_signal(from) && can_be_rewritten(from) && (is_signal(to) || to == 0);
            snprintf(text, sizeof text, "%d:%d", from, to);
            expect_rewrite_if(is_fit, text, from, to);
            const char *const written = to == 0 ? "0" : signame_format(to, to_name);
            snprintf(text, sizeof text, "%s:%s", signame_format(from, from_name), written);
            expect_rewrite_if(is_fit, text, from, to);
        }
    }
}

static void rewrites_are_read_in_all_spellings(void **state)
{
    (void)state;
    expect_rewrite("TERM:QUIT", SIGTERM, SIGQUIT);
    expect_rewrite("sigterm:Quit", SIGTERM, SIGQUIT);
    expect_rewrite("15:3", SIGTERM, SIGQUIT);
    expect_rewrite("TERM:3", SIGTERM, SIGQUIT);
    expect_rewrite("15:SIGQUIT", SIGTERM, SIGQUIT);
    expect_rewrite("TERM:TERM", SIGTERM, SIGTERM);
    expect_rewrite("HUP:0", SIGHUP, 0);
    expect_rewrite("RTMIN+3:KILL", SIGNAME_RTMIN + 3, SIGKILL);
    expect_rewrite("INT:SIGRTMAX-1", SIGINT, SIGNAME_RTMAX - 1);
}

static const char *const not_rewrites[] = {
    "", ":", "TERM", "15", "TERM:", ":TERM", ":0", "0:", "0:0", "0:TERM", "TERM:QUIT:", "TERM:QUIT:INT",
    ":TERM:QUIT", "TERM::QUIT", "TERM:0:0", "TERM :QUIT", "TERM: QUIT", " TERM:QUIT", "TERM:QUIT ",
    "TERM=QUIT", "TERM,QUIT", "TERM-QUIT", "TERM:00", "TERM:-1", "TERM:+0", "TERM:X", "X:TERM", "TERM:SIG",
    "TERM:015", "015:TERM", "KILL:TERM", "sigkill:TERM", "9:TERM", "STOP:0", "CHLD:USR1", "PIPE:TERM",
    /* longer than any signal's name */
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:TERM", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:TERM",
    "RTMIN+0000000000000000000000000000000000000000000000000000000000000000:TERM"};

static void nothing_else_is_a_rewrite(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(not_rewrites); i++) {
        expect_no_rewrite(not_rewrites[i]);
    }
    expect_no_rewrite("TERM\0QUIT"); /* what stands behind the end is not read */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_read_in_all_spellings),
        cmocka_unit_test(every_real_time_signal_is_read_from_both_ends),
        cmocka_unit_test(every_number_of_a_signal_is_read),
        cmocka_unit_test(nothing_else_is_a_signal),
        cmocka_unit_test(every_signal_has_its_name),
        cmocka_unit_test(what_is_no_signal_has_its_number),
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(every_signal_is_rewritten_to_every_other),
        cmocka_unit_test(rewrites_are_read_in_all_spellings),
        cmocka_unit_test(nothing_else_is_a_rewrite),
    };
    return cmocka_run_group_tests_name("signame", tests, NULL, NULL);
}
