/* SPDX-License-Identifier: MIT */
/*
 * timeline: what a fake init tells, as a picture and as letters, to a stream and to a file.
 *
 * WRAP: connect calloc
 */
#include "fake_init.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/timeline.h"

#include <stdint.h>

#define INIT   "init\tprotocol=1\tversion=0.1.0\tnow_at=1763906465000\tstarted_at=1763906280000\n"
#define STATUS INIT "job\tname=install\tkind=job\tenabled=1\tstate=done\tafter=volumes\nend\n"
#define HISTORY                                                                                              \
    INIT "history\tlost=0\nspan\tname=install\tstate=running\tfrom_at=1763906280000\tto_at=1763906281000\n"  \
         "span\tname=install\tstate=done\tfrom_at=1763906281000\tto_at=\ntick\tat=1763906280500\t"           \
         "result=revoked\nend\n"

static int failing_calloc; /* which call from now on fails; 0: none */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    if (failing_calloc > 0 && --failing_calloc == 0) {
        errno = ENOMEM;
        return NULL;
    }
    return __real_calloc(count, size);
}

static int got_status;
static char got_text[65536];
static char got_errors[4096];
static char asked[256];

static void read_back(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void run_on(FILE *stream, const char *first, const char *second, bool is_text, const char *file)
{
    static char columns[] = "COLUMNS=70";
    char *const environ_in[] = {columns, NULL};
    const struct fake_answer answers[] = {{first, FAKE_CLOSES}, {second, FAKE_CLOSES}};
    FILE *errors = tmpfile();
    const int before = dup(STDERR_FILENO);
    fake_start(answers, 2);
    const struct timeline_request request = {
        .runtime_dir = fake.directory,
        .environ_in = environ_in,
        .stream = stream,
        .output_file = file,
        .is_text = is_text,
    };
    fflush(stderr);
    dup2(fileno(errors), STDERR_FILENO);
    got_status = timeline_run(&request);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    read_back(errors, got_errors, sizeof got_errors);
    snprintf(asked, sizeof asked, "%s", fake_stop());
}

static void run(const char *first, const char *second, bool is_text, const char *file)
{
    FILE *stream = tmpfile();
    run_on(stream, first, second, is_text, file);
    read_back(stream, got_text, sizeof got_text);
}

static void a_picture_is_drawn(void **state)
{
    (void)state;
    run(STATUS, HISTORY, false, NULL);
    assert_int_equal(got_status, CLI_STATUS_OK);
    assert_string_equal(asked, "status\nhistory\n");
    assert_string_equal(got_errors, "");
    assert_int_equal(strncmp(got_text, "<svg ", 5), 0);
    assert_non_null(strstr(got_text, "install: succeeded, from 0 ms, for 1.0 s"));
    assert_non_null(strstr(got_text, "revoked at 500 ms"));
}

static void letters_are_as_wide_as_the_terminal(void **state)
{
    (void)state;
    run(STATUS, HISTORY, true, NULL);
    assert_int_equal(got_status, CLI_STATUS_OK);
    assert_int_equal(strncmp(got_text, "install |####", 13), 0);
    assert_int_equal(strcspn(strchr(got_text, '+'), "\n") + strcspn(strstr(got_text, "        |+"), "+"), 45);
}

static void a_file_is_written(void **state)
{
    (void)state;
    char file[] = "/tmp/test_timeline.XXXXXX";
    close(mkstemp(file));
    run(STATUS, HISTORY, false, file);
    assert_int_equal(got_status, CLI_STATUS_OK);
    assert_string_equal(got_text, "");
    read_back(fopen(file, "re"), got_text, sizeof got_text);
    assert_non_null(strstr(got_text, "</svg>\n"));
    /* It stays as it is when there is nothing to be written. */
    run("error\tcode=busy\tmessage=no\n", "", false, file);
    assert_int_equal(got_status, CLI_STATUS_BUSY);
    read_back(fopen(file, "re"), got_text, sizeof got_text);
    assert_non_null(strstr(got_text, "</svg>\n"));
    unlink(file);
}

static void failures_are_told(void **state)
{
    (void)state;
    run("error\tcode=busy\tmessage=too many\n", "", false, NULL);
    assert_int_equal(got_status, CLI_STATUS_BUSY);
    assert_string_equal(got_errors, "sandbox-init: too many\n");
    run(STATUS, INIT, false, NULL);
    assert_int_equal(got_status, CLI_STATUS_NO_INIT);
    assert_string_equal(got_text, "");
    run(STATUS, HISTORY, false, "/nowhere/\n");
    assert_int_equal(got_status, CLI_STATUS_SYSTEM);
    assert_string_equal(got_errors, "sandbox-init: cannot write /nowhere/\\n: No such file or directory\n");
    FILE *full = fopen("/dev/full", "we");
    run_on(full, STATUS, HISTORY, false, NULL);
    fclose(full);
    assert_int_equal(got_status, CLI_STATUS_SYSTEM);
    assert_string_equal(got_errors, "sandbox-init: cannot write the timeline: No space left on device\n");
    run(STATUS, HISTORY, false, "/dev/full");
    assert_int_equal(got_status, CLI_STATUS_SYSTEM);
    for (int i = 1; i <= 2; i++) {
        failing_calloc = i;
        run(STATUS, HISTORY, false, NULL);
        failing_calloc = 0;
        assert_int_equal(got_status, CLI_STATUS_SYSTEM);
        assert_string_equal(got_errors, "sandbox-init: cannot draw the timeline: Cannot allocate memory\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_drawn),
        cmocka_unit_test(letters_are_as_wide_as_the_terminal),
        cmocka_unit_test(a_file_is_written),
        cmocka_unit_test(failures_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
