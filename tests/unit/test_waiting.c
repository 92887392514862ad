/* SPDX-License-Identifier: MIT */
/*
 * waiting: fake inits whose jobs succeed, fail, take too long or vanish; on a file and on a pseudo-terminal.
 *
 * WRAP: connect
 */
#include "fake_init.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/waiting.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define INIT "init\tprotocol=1\tnow_at=100000\n"
#define AT(number, name, kind, state, tries, more)                                                           \
    "job\tname=" name "\tkind=" kind "\tenabled=1\tstate=" state "\tchanged_at=" number                      \
    "\tstarted_at=90000\ttries=" tries "\t" more "\n"
#define JOB(number, name, state)     AT(number, name, "job", state, "1", "took=210\tpid=7")
#define WAITING(number, name, after) AT(number, name, "job", "waiting", "0", "after=" after)
#define BLOCKED(number, name, need)                                                                          \
    AT(number, name, "job", "skipped", "0", "after=" need "\treason=job:" need " failed")
#define FAILED(number, name)         AT(number, name, "job", "failed", "1", "reason=exit status 3")
#define SERVICE(number, name, state) AT(number, name, "service", state, "1", "pid=9")
#define END                          "end\n"

struct asked {
    int status;
    char text[65536];
    char errors[4096];
    char requests[4096];
};

static struct asked asked;

static void read_back(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* NAMES: separated by blanks. */
static void run_into(FILE *stream, const struct fake_answer *answers, size_t count, const char *names,
                     uint64_t timeout_ms, bool is_quiet)
{
    static char words[8192];
    const char *list[CLI_OPERANDS_MAX + 1];
    size_t name_count = 0;
    char *rest = NULL;
    char *const environ_in[] = {NULL};
    FILE *errors = tmpfile();
    const int before = dup(STDERR_FILENO);
    snprintf(words, sizeof words, "%s", names);
    for (char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        list[name_count++] = word;
    }
    fake_start(answers, count);
    const struct waiting_request request = {
        .runtime_dir = fake.directory,
        .environ_in = environ_in,
        .stream = stream,
        .names = list,
        .name_count = name_count,
        .timeout_ms = timeout_ms,
        .is_quiet = is_quiet,
    };
    fflush(stderr);
    dup2(fileno(errors), STDERR_FILENO);
    asked.status = waiting_run(&request);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    read_back(errors, asked.errors, sizeof asked.errors);
    snprintf(asked.requests, sizeof asked.requests, "%s", fake_stop());
}

static void run(const struct fake_answer *answers, size_t count, const char *names, uint64_t timeout_ms,
                bool is_quiet)
{
    FILE *stream = tmpfile();
    run_into(stream, answers, count, names, timeout_ms, is_quiet);
    read_back(stream, asked.text, sizeof asked.text);
}

struct example {
    struct fake_answer answers[3];
    size_t count;
    const char *names;
    uint64_t timeout_ms;
    int status;
    const char *text;
    const char *errors;
    const char *requests;
};

static void expect_example(size_t row, const struct example *example)
{
    run(example->answers, example->count, example->names, example->timeout_ms, false);
    if (asked.status != example->status || strcmp(asked.text, example->text) != 0 ||
        strcmp(asked.errors, example->errors) != 0 || strcmp(asked.requests, example->requests) != 0) {
        fail_msg("row %zu: %d\n%s---\n%s---\n%s", row, asked.status, asked.text, asked.errors,
                 asked.requests);
    }
}

static const struct example examples[] = {
    /* Nothing to wait for. */
    {{{INIT END, FAKE_CLOSES}}, 1, "", 0, CLI_STATUS_OK, "", "", "status\n"},
    {{{INIT SERVICE("1", "web", "backoff") END, FAKE_CLOSES}}, 1, "", 0, CLI_STATUS_OK, "", "", "status\n"},
    {{{INIT JOB("1", "a", "done") AT("1", "b", "job", "skipped", "1", "reason=not there") END, FAKE_CLOSES}},
     1,
     "",
     0,
     CLI_STATUS_OK,
     "a: done after 210 ms\nb: skipped: not there\n",
     "",
     "status\n"},
    /* Changes come. Those that pass, and those that are none, are not said. */
    {{{INIT JOB("1", "a", "running") WAITING("1", "b", "a") END, FAKE_CLOSES},
      {INIT JOB("1", "a", "running") WAITING("1", "b", "a") JOB("2", "a", "draining") JOB("3", "a", "done")
           JOB("4", "b", "starting") JOB("5", "b", "running") SERVICE("5", "web", "running")
               JOB("6", "b", "done"),
       FAKE_HANGS}},
     2,
     "",
     0,
     CLI_STATUS_OK,
     "a: running, pid 7\nb: waiting for a\na: done after 210 ms\nb: running, pid 7\nb: done after 210 "
     "ms\n",
     "",
     "status\nwatch\n"},
    /* One has failed: the other one's end would change nothing. */
    {{{INIT JOB("1", "a", "running") JOB("1", "b", "running") END, FAKE_CLOSES},
      {INIT JOB("1", "a", "running") FAILED("2", "b"), FAKE_HANGS},
      {INIT JOB("1", "a", "running") FAILED("2", "b") END, FAKE_CLOSES}},
     3,
     "",
     0,
     CLI_STATUS_FAILED,
     "a: running, pid 7\nb: running, pid 7\nb: failed: exit status 3\n",
     "",
     "status\nwatch\nstatus\n"},
    /* It is skipped for another one, which was not asked for, but is to blame. */
    {{{INIT JOB("1", "x", "running") WAITING("1", "y", "x") WAITING("1", "b", "y") END, FAKE_CLOSES},
      {INIT BLOCKED("2", "b", "y"), FAKE_HANGS},
      {INIT FAILED("2", "x") BLOCKED("2", "y", "x") BLOCKED("2", "b", "y") END, FAKE_CLOSES}},
     3,
     "b",
     0,
     CLI_STATUS_FAILED,
     "b: waiting for y\nb: skipped: job:y failed\nx: failed: exit status 3\n",
     "",
     "status\nwatch b\nstatus\n"},
    {{{INIT AT("1", "a", "job", "idle", "0", "") END, FAKE_CLOSES}},
     1,
     "a",
     0,
     CLI_STATUS_FAILED,
     "a: stopped\n",
     "",
     "status\nstatus\n"},
    /* Services: until they run. */
    {{{INIT SERVICE("1", "web", "backoff") JOB("1", "a", "running") END, FAKE_CLOSES},
      {INIT SERVICE("2", "web", "running"), FAKE_HANGS}},
     2,
     "web",
     0,
     CLI_STATUS_OK,
     "web: waiting for its next try\nweb: running, pid 9\n",
     "",
     "status\nwatch web\n"},
    {{{INIT AT("1", "web", "service", "failed", "5", "reason=r") END, FAKE_CLOSES}},
     1,
     "web",
     0,
     CLI_STATUS_FAILED,
     "web: failed: r\n",
     "",
     "status\nstatus\n"},
    /* It took too long. */
    {{{INIT JOB("1", "a", "running") JOB("1", "b", "done") WAITING("1", "c", "a") END, FAKE_CLOSES},
      {INIT, FAKE_HANGS}},
     2,
     "a b c",
     1,
     CLI_STATUS_TIMEOUT,
     "a: running, pid 7\nb: done after 210 ms\nc: waiting for a\n",
     "",
     "status\nwatch a b c\n"},
    /* The server does not know it, does not want, or is gone. */
    {{{INIT JOB("1", "a", "done") END, FAKE_CLOSES},
      {"error\tcode=unknown\tmessage=there is no job or service 'x'\n", FAKE_CLOSES}},
     2,
     "a x",
     0,
     CLI_STATUS_USAGE,
     "a: done after 210 ms\n",
     "sandbox-init: there is no job or service 'x'\n",
     "status\nwatch a x\n"},
    {{{"error\tcode=busy\tmessage=later\n", FAKE_CLOSES}},
     1,
     "",
     0,
     CLI_STATUS_BUSY,
     "",
     "sandbox-init: later\n",
     "status\n"},
    {{{INIT JOB("1", "a", "running") END, FAKE_CLOSES}, {INIT JOB("1", "a", "running") END, FAKE_CLOSES}},
     2,
     "",
     0,
     CLI_STATUS_SYSTEM,
     "a: running, pid 7\n",
     "sandbox-init: the init did not say what became of all of them\n",
     "status\nwatch\n"},
};

static void it_ends_as_soon_as_the_answer_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct example row = examples[i];
        if (row.status == CLI_STATUS_TIMEOUT) { /* how long it took stands in the message */
            run(row.answers, row.count, row.names, row.timeout_ms, false);
            assert_int_equal(asked.status, CLI_STATUS_TIMEOUT);
            assert_string_equal(asked.text, row.text);
            assert_non_null(strstr(asked.errors, "sandbox-init: not done after "));
            assert_non_null(strstr(asked.errors, "(--timeout):\n  a: running, pid 7\n  c: waiting for a\n"));
            continue;
        }
        expect_example(i, &row);
    }
}

static void an_init_that_ends_meanwhile_is_none(void **state)
{
    (void)state;
    static const struct fake_answer answers[] = {{INIT JOB("1", "a", "running") END, FAKE_CLOSES},
                                                 {INIT JOB("1", "a", "stopping"), FAKE_CLOSES}};
    run(answers, 2, "", 0, false);
    assert_int_equal(asked.status, CLI_STATUS_NO_INIT);
    assert_string_equal(asked.text, "a: running, pid 7\na: stopping\n");
    assert_non_null(strstr(asked.errors, " ended before it had answered\n"));
}

static void quietly_only_failures_are_said(void **state)
{
    (void)state;
    static const struct fake_answer good[] = {{INIT JOB("1", "a", "running") END, FAKE_CLOSES},
                                              {INIT JOB("2", "a", "done"), FAKE_HANGS}};
    static const struct fake_answer bad[] = {{INIT JOB("1", "a", "running") END, FAKE_CLOSES},
                                             {INIT FAILED("2", "a"), FAKE_HANGS},
                                             {INIT FAILED("2", "a") END, FAKE_CLOSES}};
    run(good, 2, "", 0, true);
    assert_int_equal(asked.status, CLI_STATUS_OK);
    assert_string_equal(asked.text, "");
    run(bad, 3, "", 0, true);
    assert_int_equal(asked.status, CLI_STATUS_FAILED);
    assert_string_equal(asked.text, "a: failed: exit status 3\n");
}

static void too_many_names_are_refused(void **state)
{
    (void)state;
    static const struct fake_answer answer = {INIT END, FAKE_CLOSES};
    char names[CLI_OPERANDS_MAX * 40] = "";
    for (size_t used = 0, i = 0; i < CLI_OPERANDS_MAX; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "%032zu ", i);
    }
    run(&answer, 1, names, 0, false);
    assert_int_equal(asked.status, CLI_STATUS_USAGE);
    assert_string_equal(asked.errors,
                        "sandbox-init: these are too many names for one request; give fewer of them\n");
}

/* ---- on a terminal ---- */

static int master;

static FILE *open_terminal(unsigned short columns, unsigned short rows)
{
    const struct winsize size = {.ws_col = columns, .ws_row = rows};
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    const int fd = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
    FILE *stream = fdopen(fd, "w");
    assert_non_null(stream);
    return stream;
}

static void run_on_terminal(unsigned short columns, unsigned short rows, const struct fake_answer *answers,
                            size_t count)
{
    FILE *stream = open_terminal(columns, rows);
    size_t used = 0;
    ssize_t got;
    run_into(stream, answers, count, "", 0, false);
    fflush(stream);
    while ((got = read(master, asked.text + used, sizeof asked.text - 1 - used)) > 0) {
        used += (size_t)got;
    }
    asked.text[used] = '\0';
    fclose(stream);
    close(master);
}

/* Takes colours and other sequences out, and returns the widest line. */
static size_t find_width(const char *text)
{
    size_t width = 0;
    size_t columns = 0;
    for (; *text != '\0'; text++) {
        if (*text == '\x1b') {
            text += strcspn(text, "mKJAlh");
        } else if (*text == '\n' || *text == '\r') {
            columns = 0;
        } else {
            columns++;
            width = columns > width ? columns : width;
        }
    }
    return width;
}

static const struct fake_answer live_answers[] = {
    {INIT JOB("1", "a", "running")
         WAITING("1", "bbbbbbbbbb", "a and-one-more-of-a-long-name and-another-one-of-a-long-name") END,
     FAKE_CLOSES},
    {INIT JOB("2", "a", "done") JOB("3", "bbbbbbbbbb", "done"), FAKE_HANGS}};

static void a_terminal_gets_a_live_display(void **state)
{
    (void)state;
    run_on_terminal(80, 24, live_answers, 2);
    assert_int_equal(asked.status, CLI_STATUS_OK);
    assert_int_equal(strncmp(asked.text, "\x1b[?25l\x1b[?7l\r", 12), 0);
    static const char last[] = "\x1b[32m+ a           done          210 ms  \x1b[0m\x1b[K\r\n"
                               "\x1b[32m+ bbbbbbbbbb  done          210 ms  \x1b[0m\x1b[K\r\n"
                               "2 of 2  ";
    assert_non_null(strstr(asked.text, last));
    const size_t length = strlen(asked.text);
    static const char end[] = "[##############################]\x1b[K\x1b[J\x1b[?7h\x1b[?25h\r\n";
    assert_true(length > sizeof end);
    assert_string_equal(asked.text + length - (sizeof end - 1), end);
}

static void the_display_fits_any_screen(void **state)
{
    (void)state;
    for (unsigned short columns = 1; columns < 90; columns = (unsigned short)(columns + 1 + columns / 4)) {
        run_on_terminal(columns, 24, live_answers, 2);
        assert_int_equal(asked.status, CLI_STATUS_OK);
        if (find_width(asked.text) > columns) {
            fail_msg("%u columns: %s", columns, asked.text);
        }
    }
}

static void a_low_screen_shows_what_is_not_done(void **state)
{
    (void)state;
    static const struct fake_answer answers[] = {{INIT JOB("1", "a", "done") JOB("1", "b", "done")
                                                      JOB("1", "c", "running") JOB("1", "d", "done")
                                                          JOB("1", "e", "done") JOB("1", "f", "running") END,
                                                  FAKE_CLOSES},
                                                 {INIT FAILED("2", "f"), FAKE_HANGS},
                                                 {INIT FAILED("2", "f") END, FAKE_CLOSES}};
    run_on_terminal(80, 5, answers, 3);
    assert_int_equal(asked.status, CLI_STATUS_FAILED);
    assert_null(strstr(asked.text, "+ a"));
    assert_non_null(strstr(asked.text, "c  running"));
    assert_non_null(strstr(asked.text, "x f  failed"));
    assert_non_null(strstr(asked.text, "  and 4 more\x1b[K"));
    assert_non_null(strstr(asked.text, "\x1b[?25h\r\nf: \x1b[31mfailed: exit status 3\x1b[0m\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_as_soon_as_the_answer_is_known),
        cmocka_unit_test(an_init_that_ends_meanwhile_is_none),
        cmocka_unit_test(quietly_only_failures_are_said),
        cmocka_unit_test(too_many_names_are_refused),
        cmocka_unit_test(a_terminal_gets_a_live_display),
        cmocka_unit_test(the_display_fits_any_screen),
        cmocka_unit_test(a_low_screen_shows_what_is_not_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
