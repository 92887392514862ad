/* SPDX-License-Identifier: MIT */
/*
 * steer: what is asked of a fake init, and what is said of its answers.
 *
 * WRAP: connect
 */
#include "fake_init.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/steer.h"

#include <stdint.h>

#define INIT "init\tprotocol=1\tnow_at=100000\n"
#define JOB(number, name, kind, state, more)                                                                 \
    "job\tname=" name "\tkind=" kind "\tenabled=1\tstate=" state "\tchanged_at=" number                      \
    "\tstarted_at=5\ttries=1\t" more "\n"
#define WEB(number, state)     JOB(number, "web", "service", state, "pid=7")
#define INSTALL(number, state) JOB(number, "install", "job", state, "took=210\tpid=8\treason=exit status 1")
#define END                    "end\n"

struct asked {
    int status;
    char text[4096];
    char errors[4096];
    char requests[1024];
};

static struct asked asked;

static void read_back(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

struct example {
    enum steer_verb verb;
    const char *names[3];
    struct fake_answer answers[4];
    size_t count;
    int status;
    const char *text;
    const char *errors;
    const char *requests;
    uint64_t timeout_ms;
    bool is_quiet;
};

static void run(const struct example *example)
{
    char *const environ_in[] = {NULL};
    FILE *stream = tmpfile();
    FILE *errors = tmpfile();
    const int before = dup(STDERR_FILENO);
    size_t name_count = 0;
    while (example->names[name_count] != NULL) {
        name_count++;
    }
    fake_start(example->answers, example->count);
    const struct steer_request request = {
        .runtime_dir = fake.directory,
        .environ_in = environ_in,
        .stream = stream,
        .verb = example->verb,
        .names = example->names,
        .name_count = name_count,
        .timeout_ms = example->timeout_ms,
        .is_quiet = example->is_quiet,
    };
    fflush(stderr);
    dup2(fileno(errors), STDERR_FILENO);
    asked.status = steer_run(&request);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    read_back(stream, asked.text, sizeof asked.text);
    read_back(errors, asked.errors, sizeof asked.errors);
    snprintf(asked.requests, sizeof asked.requests, "%s", fake_stop());
}

static const struct example examples[] = {
    {STEER_START,
     {"web"},
     {{INIT WEB("1", "idle") END, FAKE_CLOSES},
      {INIT WEB("2", "starting") WEB("3", "running") END, FAKE_CLOSES}},
     2,
     CLI_STATUS_OK,
     "web: running, pid 7\n",
     "",
     "status\nstart web\n",
     0,
     false},
    {STEER_START,
     {"web"},
     {{INIT WEB("1", "running") END, FAKE_CLOSES}, {INIT WEB("1", "running") END, FAKE_CLOSES}},
     2,
     CLI_STATUS_OK,
     "web: already running, pid 7\n",
     "",
     "status\nstart web\n",
     0,
     false},
    {STEER_START,
     {"install"},
     {{INIT INSTALL("1", "idle") END, FAKE_CLOSES},
      {INIT JOB("2", "install", "job", "waiting", "after=volumes") INSTALL("3", "running")
           INSTALL("4", "draining") INSTALL("5", "done") END,
       FAKE_CLOSES}},
     2,
     CLI_STATUS_OK,
     "install: waiting for volumes\ninstall: running, pid 8\ninstall: done after 210 ms\n",
     "",
     "status\nstart install\n",
     0,
     false},
    {STEER_START,
     {"install"},
     {{INIT INSTALL("1", "done") END, FAKE_CLOSES}, {INIT INSTALL("1", "done") END, FAKE_CLOSES}},
     2,
     CLI_STATUS_OK,
     "install: already done after 210 ms\n",
     "",
     "status\nstart install\n",
     0,
     false},
    {STEER_START,
     {"install"},
     {{INIT INSTALL("1", "idle") END, FAKE_CLOSES}, {INIT INSTALL("2", "failed") END, FAKE_CLOSES}},
     2,
     CLI_STATUS_FAILED,
     "install: failed: exit status 1\n",
     "",
     "status\nstart install\n",
     0,
     true},
    {STEER_RESTART,
     {"web"},
     {{INIT WEB("1", "running") END, FAKE_CLOSES},
      {INIT WEB("2", "stopping") WEB("3", "waiting") WEB("4", "running") END, FAKE_CLOSES}},
     2,
     CLI_STATUS_OK,
     "web: waiting\nweb: running, pid 7\n",
     "",
     "status\nrestart web\n",
     0,
     false},
    {STEER_STOP,
     {"web"},
     {{INIT WEB("1", "running") END, FAKE_CLOSES},
      {INIT WEB("2", "stopping") WEB("3", "idle") END, FAKE_CLOSES}},
     2,
     CLI_STATUS_OK,
     "web: stopped\n",
     "",
     "status\nstop web\n",
     0,
     false},
    {STEER_STOP,
     {"web"},
     {{INIT WEB("3", "idle") END, FAKE_CLOSES}, {INIT WEB("3", "idle") END, FAKE_CLOSES}},
     2,
     CLI_STATUS_OK,
     "web: did not run (stopped)\n",
     "",
     "status\nstop web\n",
     0,
     false},
    {STEER_STOP,
     {"web"},
     {{INIT WEB("1", "running") END, FAKE_CLOSES}, {INIT WEB("3", "failed") END, FAKE_CLOSES}},
     2,
     CLI_STATUS_OK,
     "",
     "",
     "status\nstop web\n",
     0,
     true},
    /* Several: the first that goes wrong is what counts, and the next ones get their turn. */
    {STEER_STOP,
     {"wbe", "web"},
     {{INIT WEB("1", "running") END, FAKE_CLOSES},
      {"error\tcode=unknown\tmessage=no wbe\n", FAKE_CLOSES},
      {INIT WEB("1", "running") END, FAKE_CLOSES},
      {INIT WEB("3", "idle") END, FAKE_CLOSES}},
     4,
     CLI_STATUS_USAGE,
     "web: stopped\n",
     "sandbox-init: no wbe\n",
     "status\nstop wbe\nstatus\nstop web\n",
     0,
     false},
    {STEER_START,
     {"web"},
     {{INIT WEB("1", "idle") END, FAKE_CLOSES}, {"error\tcode=denied\tmessage=only root\n", FAKE_CLOSES}},
     2,
     CLI_STATUS_DENIED,
     "",
     "sandbox-init: only root\n",
     "status\nstart web\n",
     0,
     false},
    {STEER_START,
     {"web"},
     {{INIT WEB("1", "idle") END, FAKE_CLOSES}, {"error\tcode=stopping\tmessage=going down\n", FAKE_CLOSES}},
     2,
     CLI_STATUS_FAILED,
     "",
     "sandbox-init: going down\n",
     "status\nstart web\n",
     0,
     false},
    {STEER_RESTART,
     {"web"},
     {{INIT WEB("1", "idle") END, FAKE_CLOSES}, {INIT WEB("2", "backoff"), FAKE_HANGS}},
     2,
     CLI_STATUS_TIMEOUT,
     "web: waiting for its next try\n",
     "sandbox-init: 'restart' goes on, but took longer than --timeout: web\n",
     "status\nrestart web\n",
     500,
     false},
    {STEER_RESTART,
     {"web"},
     {{INIT WEB("1", "idle") END, FAKE_CLOSES}, {INIT END, FAKE_CLOSES}},
     2,
     CLI_STATUS_SYSTEM,
     "",
     "sandbox-init: the init did not say what became of 'web'\n",
     "status\nrestart web\n",
     0,
     false},
    {STEER_RESTART,
     {"web"},
     {{"nonsense\n", FAKE_CLOSES}},
     1,
     CLI_STATUS_NO_INIT,
     "",
     NULL,
     "status\n",
     0,
     false},
};

static void what_happened_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        run(&examples[i]);
        if (asked.status != examples[i].status || strcmp(asked.text, examples[i].text) != 0 ||
            (examples[i].errors != NULL && strcmp(asked.errors, examples[i].errors) != 0) ||
            strcmp(asked.requests, examples[i].requests) != 0) {
            fail_msg("row %zu: %d\n%s---\n%s---\n%s", i, asked.status, asked.text, asked.errors,
                     asked.requests);
        }
    }
}

static void an_init_that_ends_meanwhile_is_said_to(void **state)
{
    (void)state;
    static const struct example row = {
        .verb = STEER_STOP,
        .names = {"web"},
        .answers = {{INIT WEB("1", "running") END, FAKE_CLOSES}, {INIT WEB("2", "stopping"), FAKE_CLOSES}},
        .count = 2,
    };
    run(&row);
    assert_int_equal(asked.status, CLI_STATUS_NO_INIT);
    assert_non_null(strstr(asked.errors, " ended before it had answered\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_happened_is_said),
        cmocka_unit_test(an_init_that_ends_meanwhile_is_said_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
