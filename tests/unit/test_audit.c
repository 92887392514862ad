/* SPDX-License-Identifier: MIT */
/*
 * audit: findings of every verdict as text in several widths and as JSON, what -q leaves out, and the exit
 * status.
 *
 * WRAP: connect calloc look_container_pid1
 */
#include "fake_init.h"

#include "sandbox_init/audit.h"
#include "sandbox_init/checks.h"
#include "sandbox_init/cli.h"

#include <fcntl.h>

static struct config config;
static struct finding wanted; /* what the check finds */
static bool is_without_memory;
static char text[16384];
static char errors[1024];

void __wrap_look_container_pid1(const struct scene *scene, struct finding *finding);
void __wrap_look_container_pid1(const struct scene *scene, struct finding *finding)
{
    (void)scene;
    *finding = wanted;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return is_without_memory ? NULL : __real_calloc(count, size);
}

static void read_back(FILE *file, char *to, size_t size)
{
    rewind(file);
    to[fread(to, 1, size - 1, file)] = '\0';
    fclose(file);
}

struct run {
    const char *only;
    const char *skip;
    const char *flags; /* of j(son), q(uiet) */
    const char *columns;
};

static int run_to(FILE *stream, const struct run *run)
{
    char columns[32];
    char *const environ_in[] = {columns, NULL};
    snprintf(columns, sizeof columns, "COLUMNS=%s", run->columns != NULL ? run->columns : "");
    const struct audit_request request = {
        .config = &config,
        .environ_in = environ_in,
        .only = run->only,
        .skip = run->skip,
        .is_json = run->flags != NULL && strchr(run->flags, 'j') != NULL,
        .is_quiet = run->flags != NULL && strchr(run->flags, 'q') != NULL,
        .stream = stream,
    };
    FILE *file = tmpfile();
    const int before = dup(STDERR_FILENO);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    const int status = audit_run(&request);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    read_back(file, errors, sizeof errors);
    return status;
}

static int run(const struct run *run)
{
    FILE *stream = tmpfile();
    const int status = run_to(stream, run);
    read_back(stream, text, sizeof text);
    return status;
}

static void find_everything(void)
{
    wanted = (struct finding){0};
    finding_note(&wanted, FINDING_FAIL, "it is tini; no sandbox-init runs");
    finding_note(&wanted, FINDING_WARN, "it is old");
    finding_miss(&wanted, "its files: look as root");
    finding_mend(&wanted, "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-init\"]");
    finding_mend(&wanted, "devcontainer.json", "\"init\": false");
}

static void expect_text(const char *needle)
{
    if (strstr(text, needle) == NULL) {
        fail_msg("'%s' is not in:\n%s", needle, text);
    }
}

static void a_check_is_shown_with_all_there_is_to_it(void **state)
{
    (void)state;
    find_everything();
    assert_int_equal(run(&(struct run){.only = "pid1"}), CLI_STATUS_FAILED);
    assert_string_equal(errors, "");
    expect_text("What ");
    expect_text("\nfail  pid1                it is tini; no sandbox-init runs; it is old\n"
                "                          not seen: its files: look as root\n"
                "                          why: only PID 1 ");
    expect_text("\n                          mend: Dockerfile: ENTRYPOINT [\"/usr/local/bin/sandbox-init\"]\n"
                "                          mend: devcontainer.json: \"init\": false\n"
                "\n1 fail, 0 warn, 0 pass, 0 not applicable\n");
}

/* What is to be copied is whole, whatever the width; all else fits. */
static void it_fits_the_screen(void **state)
{
    (void)state;
    find_everything();
    assert_int_equal(run(&(struct run){.only = "pid1", .columns = "60"}), CLI_STATUS_FAILED);
    expect_text("\nfail  pid1                it is tini; no sandbox-init runs;\n                          it "
                "is old\n");
    assert_int_equal(run(&(struct run){.only = "pid1", .columns = "40"}), CLI_STATUS_FAILED);
    expect_text("\nfail  pid1\n      it is tini; no sandbox-init runs;\n      it is old\n");
    for (const char *line = strstr(text, "\nfail"); line != NULL; line = strchr(line + 1, '\n')) {
        const size_t length = strcspn(line + 1, "\n");
        assert_true(length <= 40 || strncmp(line + 1, "      mend: ", 12) == 0);
    }
}

static void the_exit_status_is_the_verdict(void **state)
{
    (void)state;
    static const struct {
        enum finding_verdict verdict;
        int status;
        const char *word;
        const char *counts;
        bool is_shown; /* with -q */
    } rows[] = {
        {FINDING_NONE, CLI_STATUS_OK, "\nn/a ", "\n0 fail, 0 warn, 0 pass, 1 not applicable\n", false},
        {FINDING_PASS, CLI_STATUS_OK, "\npass ", "\n0 fail, 0 warn, 1 pass, 0 not applicable\n", false},
        {FINDING_WARN, CLI_STATUS_OK, "\nwarn ", "\n0 fail, 1 warn, 0 pass, 0 not applicable\n", true},
        {FINDING_FAIL, CLI_STATUS_FAILED, "\nfail ", "\n1 fail, 0 warn, 0 pass, 0 not applicable\n", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        wanted = (struct finding){0};
        finding_note(&wanted, rows[i].verdict, "seen");
        finding_mend(&wanted, "host", "a line");
        assert_int_equal(run(&(struct run){.only = "pid1"}), rows[i].status);
        expect_text(rows[i].word);
        expect_text(rows[i].counts);
        /* There is nothing to mend where all is well. */
        assert_int_equal(strstr(text, "mend: host: a line\n") != NULL, rows[i].verdict > FINDING_PASS);
        assert_int_equal(run(&(struct run){.only = "pid1", .flags = "q"}), rows[i].status);
        assert_int_equal(text[0] != '\0', rows[i].is_shown);
        assert_null(strstr(text, "applicable"));
    }
}

static void programs_get_the_same(void **state)
{
    (void)state;
    find_everything();
    assert_int_equal(run(&(struct run){.only = "pid1", .flags = "j"}), CLI_STATUS_FAILED);
    expect_text("{\"schema\": 1, \"about\": {\"uid\": ");
    expect_text(
        "\"counts\": {\"fail\": 1, \"warn\": 0, \"pass\": 0, \"not_applicable\": 0}, \"checks\": [{\"name\": "
        "\"pid1\", \"verdict\": \"fail\", \"seen\": \"it is tini; no sandbox-init runs; it is old\", "
        "\"not_seen\": \"its files: look as root\", \"why\": \"only PID 1 ");
    expect_text("\"mends\": [{\"place\": \"Dockerfile\", \"line\": \"ENTRYPOINT "
                "[\\\"/usr/local/bin/sandbox-init\\\"]\"}, {\"place\": \"devcontainer.json\", "
                "\"line\": \"\\\"init\\\": false\"}]}]}\n");
    wanted = (struct finding){0};
    finding_note(&wanted, FINDING_PASS, "seen");
    assert_int_equal(run(&(struct run){.only = "pid1", .flags = "j"}), CLI_STATUS_OK);
    expect_text("\"not_seen\": null");
    expect_text("\"mends\": []}]}\n");
    assert_int_equal(run(&(struct run){.only = "pid1", .flags = "jq"}), CLI_STATUS_OK);
    expect_text("\"pass\": 1, \"not_applicable\": 0}, \"checks\": []}\n");
}

static void wrong_names_are_refused(void **state)
{
    (void)state;
    assert_int_equal(run(&(struct run){.only = "pid2"}), CLI_STATUS_USAGE);
    assert_string_equal(errors, "sandbox-init: --audit: unknown check 'pid2'; did you mean 'pid1'?\n");
    assert_int_equal(run(&(struct run){.skip = "pid1,pid2"}), CLI_STATUS_USAGE);
    assert_string_equal(text, "");
    assert_int_equal(run(&(struct run){.only = "pid1", .skip = "pid1"}), CLI_STATUS_OK);
    expect_text("\n0 fail, 0 warn, 0 pass, 0 not applicable\n");
}

static void faults_of_the_system_are_told(void **state)
{
    (void)state;
    is_without_memory = true;
    assert_int_equal(run(&(struct run){.only = "pid1"}), CLI_STATUS_SYSTEM);
    is_without_memory = false;
    assert_string_equal(errors, "sandbox-init: Cannot allocate memory\n");
    FILE *full = fopen("/dev/full", "we");
    assert_non_null(full);
    assert_int_equal(run_to(full, &(struct run){.only = "pid1"}), CLI_STATUS_SYSTEM);
    fclose(full);
    assert_string_equal(errors, "sandbox-init: cannot write the audit: No space left on device\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_is_shown_with_all_there_is_to_it),
        cmocka_unit_test(it_fits_the_screen),
        cmocka_unit_test(the_exit_status_is_the_verdict),
        cmocka_unit_test(programs_get_the_same),
        cmocka_unit_test(wrong_names_are_refused),
        cmocka_unit_test(faults_of_the_system_are_told),
    };
    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
