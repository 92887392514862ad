/* SPDX-License-Identifier: MIT */
/*
 * status: what a fake init tells, as a table in every width, as JSON, and as an exit status.
 *
 * WRAP: connect calloc
 */
#include "fake_init.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/status.h"

#include <fcntl.h>
#include <stdint.h>

#define INIT                                                                                                 \
    "init\tprotocol=1\tversion=0.1.0\tpid=1\tis_pid1=1\tuid=0\tstate=running\tnow_at=1763906465000\t"        \
    "started_at=1763906280000\tlog_dir=/var/log/sandbox-init\tcommand=sleep\tcommand_pid=12\n"
#define GUARD(level)                                                                                         \
    "guard\tlevel=" level "\treason=\tdirectories=3\tpolling=0\trevoked=12\tunlinked=0\tlinks=1\tfound=0\t"  \
    "refused=0\tfailed=0\thard_links=0\tmoved_away=0\toverflows=0\tlast_at=1763906460000\twanted=1\n"
#define DONE                                                                                                 \
    "job\tname=volumes\tkind=job\tenabled=1\tstate=done\tchanged_at=1763906280500\tstarted_at=1763906280000" \
    "\ttook=500\tpid=\ttries=1\ttries_max=1\tstatus=0\treason=\tafter=\tlog=/var/log/sandbox-init/"          \
    "volumes.log\n"
#define FAILED                                                                                               \
    "job\tname=install\tkind=job\tenabled=1\tstate=failed\tchanged_at=1763906288900\t"                       \
    "started_at=1763906280500\ttook=8400\tpid=\ttries=3\ttries_max=3\tstatus=1\t"                            \
    "reason=exit status 1 after 8.4 s\tafter=volumes\tlog=/var/log/sandbox-init/install.log\n"
#define SERVICE                                                                                              \
    "job\tname=web\tkind=service\tenabled=1\tstate=running\tchanged_at=1763906280000\t"                      \
    "started_at=1763906280000\ttook=\tpid=7\ttries=1\ttries_max=5\tstatus=\treason=\tafter=install "         \
    "volumes\t"                                                                                              \
    "log=/var/log/sandbox-init/web.log\n"
#define END "end\n"

static int failing_calloc; /* which call from now on fails; 0: none */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return failing_calloc > 0 && --failing_calloc == 0 ? NULL : __real_calloc(count, size);
}

struct asked {
    int status;
    char text[16384];
    char errors[2048];
};

static struct asked asked;

static void read_back(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* Runs it with standard error in a file. COLUMNS "": none. FLAGS of j(son), q(uiet). */
static void run(const char *answer, const char *columns, const char *flags)
{
    FILE *stream = tmpfile();
    FILE *errors = tmpfile();
    char variable[64];
    snprintf(variable, sizeof variable, "COLUMNS=%s", columns);
    char *const environ_in[] = {variable, NULL};
    const int before = dup(STDERR_FILENO);
    fake_start_one(answer, FAKE_CLOSES);
    const struct status_request request = {
        .runtime_dir = fake.directory,
        .environ_in = environ_in,
        .stream = stream,
        .is_json = strchr(flags, 'j') != NULL,
        .is_quiet = strchr(flags, 'q') != NULL,
    };
    fflush(stderr);
    dup2(fileno(errors), STDERR_FILENO);
    asked.status = status_run(&request);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    read_back(stream, asked.text, sizeof asked.text);
    read_back(errors, asked.errors, sizeof asked.errors);
    assert_string_equal(fake_stop(), "status\n");
}

static void all_is_shown(void **state)
{
    (void)state;
    run(INIT GUARD("full") DONE FAILED SERVICE END, "", "");
    assert_string_equal(
        asked.text,
        "init    degraded, sandbox-init 0.1.0, pid 1, up 3 min 05 s, since 2025-11-23 13:58:00 UTC\n"
        "command sleep, pid 12\n"
        "guard   full\n"
        "        3 directories, watched; revoked 12, unlinked 0, links 1, found 0, refused 0, failed 0, hard "
        "links 0, moved away 0, overflows 0; last 5.0 s ago\n"
        "logs    /var/log/sandbox-init\n"
        "\n"
        "NAME     KIND     STATE    FOR         TOOK    EXIT  TRIES  WHY                        LOG\n"
        "volumes  job      done     3 min 04 s  500 ms  0     1/1                               "
        "/var/log/sandbox-init/volumes.log\n"
        "install  job      failed   2 min 56 s  8.4 s   1     3/3    exit status 1 after 8.4 s  "
        "/var/log/sandbox-init/install.log\n"
        "web      service  running  3 min 05 s  -       -     1/5                               "
        "/var/log/sandbox-init/web.log\n");
    assert_int_equal(asked.status, CLI_STATUS_FAILED);
    assert_string_equal(asked.errors, "");
}

static void a_narrow_terminal_gets_less(void **state)
{
    (void)state;
    run(INIT GUARD("full") DONE FAILED SERVICE END, "64", "");
    assert_string_equal(asked.text, "init    degraded, sandbox-init 0.1.0, pid 1, up 3 min 05 s,\n"
                                    "        since 2025-11-23 13:58:00 UTC\n"
                                    "command sleep, pid 12\n"
                                    "guard   full\n"
                                    "        3 directories, watched; revoked 12, unlinked 0, links 1,\n"
                                    "        found 0, refused 0, failed 0, hard links 0, moved away\n"
                                    "        0, overflows 0; last 5.0 s ago\n"
                                    "logs    /var/log/sandbox-init\n"
                                    "\n"
                                    "NAME     STATE    FOR         TOOK    EXIT  WHY\n"
                                    "volumes  done     3 min 04 s  500 ms  0\n"
                                    "install  failed   2 min 56 s  8.4 s   1     exit status 1 aft...\n"
                                    "web      running  3 min 05 s  -       -\n");
}

/* The longest line of TEXT. */
static size_t find_width(const char *text)
{
    size_t width = 0;
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        width = length > width ? length : width;
        text += length + (text[length] == '\n' ? 1 : 0);
    }
    return width;
}

static void no_line_is_wider_than_the_screen(void **state)
{
    (void)state;
    for (unsigned columns = 10; columns < 140; columns += columns < 80 ? 1 : 13) {
        char text[16];
        snprintf(text, sizeof text, "%u", columns);
        run(INIT GUARD("full") DONE FAILED SERVICE END, text, "");
        if (find_width(asked.text) > columns) {
            fail_msg("%u columns: %s", columns, asked.text);
        }
        assert_non_null(strstr(asked.text, "fail"));
    }
    run(INIT GUARD("full") DONE FAILED SERVICE END, "1", "");
    assert_true(asked.text[0] != '\0');
}

static void others_texts_are_harmless(void **state)
{
    (void)state;
    static const char hostile[] =
        INIT "guard\tlevel=f\\x1b[2J\treason=\\x1b]0;title\\x07\n"
             "job\tname=\\x1bc\tkind=\\xff\tenabled=1\tstate=\\x9b2J\treason=\\x1b[8m\\n\"\\\\\tafter=\\x1ba "
             "\\x1bb\tlog=/\\x1b\n" END;
    static const char *const forms[] = {"", "j"};
    for (size_t form = 0; form < COUNT_OF(forms); form++) {
        run(hostile, "", forms[form]);
        for (const char *byte = asked.text; *byte != '\0'; byte++) {
            assert_true(*byte == '\n' || (*byte >= 0x20 && *byte <= 0x7e));
        }
        assert_non_null(strstr(asked.text, "\\e"));
    }
    assert_non_null(strstr(asked.text, "\"reason\": \"\\\\e[8m\\\\n\\\"\\\\\\\\\", \"after\": [\"\\\\ea\", "
                                       "\"\\\\eb\"]"));
}

static void json_has_it_all(void **state)
{
    (void)state;
    run(INIT GUARD("full") FAILED END, "20", "j");
    assert_string_equal(
        asked.text,
        "{\"schema\": 1, \"healthy\": false, \"init\": {\"version\": \"0.1.0\", \"pid\": 1, \"is_pid1\": "
        "true, "
        "\"uid\": 0, \"state\": \"running\", \"now_at\": 1763906465000, \"started_at\": 1763906280000, "
        "\"log_dir\": \"/var/log/sandbox-init\", \"command\": \"sleep\", \"command_pid\": 12}, \"guard\": "
        "{\"level\": \"full\", \"reason\": null, \"healthy\": true, \"directories\": 3, \"polling\": false, "
        "\"revoked\": 12, \"unlinked\": 0, \"links\": 1, \"found\": 0, \"refused\": 0, \"failed\": 0, "
        "\"hard_links\": 0, \"moved_away\": 0, \"overflows\": 0, \"last_at\": 1763906460000}, \"jobs\": "
        "[{\"name\": \"install\", \"kind\": \"job\", \"enabled\": true, \"state\": \"failed\", \"healthy\": "
        "false, \"changed_at\": 1763906288900, \"started_at\": 1763906280500, \"took_ms\": 8400, \"pid\": "
        "null, "
        "\"tries\": 3, \"tries_max\": 3, \"exit_status\": 1, \"reason\": \"exit status 1 after 8.4 s\", "
        "\"after\": [\"volumes\"], \"log\": \"/var/log/sandbox-init/install.log\"}]}\n");
    run("init\tprotocol=1\nend\n", "", "j");
    assert_non_null(strstr(asked.text, "\"init\": {\"version\": \"\", \"pid\": null, \"is_pid1\": false"));
    assert_non_null(strstr(asked.text, "\"jobs\": []}\n"));
}

static void the_exit_status_tells_health(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int status;
    } rows[] = {
        {INIT GUARD("full") END, CLI_STATUS_OK},
        {INIT GUARD("full") DONE SERVICE END, CLI_STATUS_OK},
        {INIT GUARD("report") DONE END, CLI_STATUS_OK},
        {INIT GUARD("degraded") DONE END, CLI_STATUS_FAILED},
        {INIT GUARD("off") DONE END, CLI_STATUS_FAILED},
        {INIT GUARD("full") DONE FAILED END, CLI_STATUS_FAILED},
        {INIT END, CLI_STATUS_FAILED},
        {INIT, CLI_STATUS_NO_INIT},
        {"nonsense\n", CLI_STATUS_NO_INIT},
        {"error\tcode=busy\tmessage=later\n", CLI_STATUS_BUSY},
    };
    static const char *const forms[] = {"", "j", "q", "jq"};
    for (size_t i = 0; i < COUNT_OF(rows) * COUNT_OF(forms); i++) {
        const char *form = forms[i % COUNT_OF(forms)];
        const int status = rows[i / COUNT_OF(forms)].status;
        run(rows[i / COUNT_OF(forms)].answer, "", form);
        const bool is_quiet = strchr(form, 'q') != NULL;
        const bool is_answer = status == CLI_STATUS_OK || status == CLI_STATUS_FAILED;
        if (asked.status != status || (asked.text[0] != '\0') != (is_answer && !is_quiet) ||
            (asked.errors[0] != '\0') != (!is_answer && !is_quiet)) {
            fail_msg("row %zu, '%s': %d, '%s', '%s'", i / COUNT_OF(forms), form, asked.status, asked.text,
                     asked.errors);
        }
    }
}

static void an_init_that_goes_down_is_said_to(void **state)
{
    (void)state;
    run("init\tprotocol=1\tversion=9\tpid=7\tis_pid1=0\tstate=jobs\tcommand=sl\tcommand_pid=\n" GUARD("off")
            END,
        "", "");
    assert_non_null(
        strstr(asked.text, "init    degraded, going down, sandbox-init 9, pid 7 (not PID 1), up 0 ms"));
    assert_non_null(strstr(asked.text, "\ncommand sl, not running\n"));
}

static void faults_of_the_system_are_told(void **state)
{
    (void)state;
    static const struct status_request request = {.stream = NULL};
    for (int call = 1; call <= 2; call++) {
        failing_calloc = call;
        assert_int_equal(status_run(&request), CLI_STATUS_SYSTEM);
    }
    failing_calloc = 0;
    char *const environ_in[] = {NULL};
    FILE *full = fopen("/dev/full", "w");
    fake_start_one(INIT GUARD("full") END, FAKE_CLOSES);
    struct status_request there = {.runtime_dir = fake.directory, .environ_in = environ_in, .stream = full};
    assert_int_equal(status_run(&there), CLI_STATUS_SYSTEM);
    there.is_quiet = true;
    fake_stop();
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_shown),
        cmocka_unit_test(a_narrow_terminal_gets_less),
        cmocka_unit_test(no_line_is_wider_than_the_screen),
        cmocka_unit_test(others_texts_are_harmless),
        cmocka_unit_test(json_has_it_all),
        cmocka_unit_test(the_exit_status_tells_health),
        cmocka_unit_test(an_init_that_goes_down_is_said_to),
        cmocka_unit_test(faults_of_the_system_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
