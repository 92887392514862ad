/* SPDX-License-Identifier: MIT */
/*
 * checks: the table is fit to be shown and documented, sets of names are read, and what is run is what was
 * asked for, once an init answers and where none does.
 *
 * WRAP: connect look_container_pid1
 */
#include "fake_init.h"

#include "sandbox_init/checks.h"
#include "sandbox_init/cli.h"
#include "sandbox_init/config.h"

#include <ctype.h>
#include <fcntl.h>

static struct checks checks;
static struct config config;
static unsigned looked; /* how often the check was run */
static bool had_view;
static bool was_pid1;

void __wrap_look_container_pid1(const struct scene *scene, struct finding *finding);
void __wrap_look_container_pid1(const struct scene *scene, struct finding *finding)
{
    looked++;
    had_view = scene->view != NULL && scene->view->init.pid.value == 1;
    was_pid1 = scene->view != NULL && scene->view->init.is_pid1.value == 1;
    finding_note(finding, FINDING_WARN, "seen");
}

static void the_table_is_fit_to_be_shown(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct checks_row *row = checks_rows; row->name != NULL; row++, count++) {
        assert_in_range(strlen(row->name), 2, 19);
        for (const char *letter = row->name; *letter != '\0'; letter++) {
            assert_true(islower(*letter) || isdigit(*letter) || *letter == '-');
        }
        assert_in_range(strlen(row->why), 10, 110);
        assert_null(strchr(row->why, '\n'));
        assert_non_null(row->look);
        for (const struct checks_row *other = checks_rows; other != row; other++) {
            assert_string_not_equal(other->name, row->name);
        }
    }
    assert_in_range(count, 1, CHECKS_MAX - 1); /* the last bit is of none */
}

/* Each check is a tagged paragraph of the manual page's section on them, in the order of the table. */
static void the_manual_page_has_each_check(void **state)
{
    (void)state;
    static char page[131072];
    char tag[64];
    FILE *file = fopen(PROJECT_DIR "/src/sandbox-init.8", "re");
    assert_non_null(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    const char *at = strstr(page, "\n.SS Checks\n");
    assert_non_null(at);
    for (const struct checks_row *row = checks_rows; row->name != NULL; row++) {
        size_t used = (size_t)snprintf(tag, sizeof tag, "\n.TP 19\n.B ");
        for (const char *letter = row->name; *letter != '\0'; letter++) {
            used +=
                (size_t)snprintf(tag + used, sizeof tag - used, "%s%c", *letter == '-' ? "\\" : "", *letter);
        }
        snprintf(tag + used, sizeof tag - used, "\n");
        const char *next = strstr(at, "\n.TP 19\n");
        if (next == NULL || strncmp(next, tag, strlen(tag)) != 0) {
            fail_msg("the manual page does not go on with '%s'", row->name);
        }
        at = next + 1;
    }
    assert_true(strstr(at, "\n.S") < strstr(at, "\n.TP")); /* and no other one */
}

static void the_readme_knows_how_many_there_are(void **state)
{
    (void)state;
    static char readme[131072];
    char said[64];
    size_t count = 0;
    FILE *file = fopen(PROJECT_DIR "/README.md", "re");
    assert_non_null(file);
    readme[fread(readme, 1, sizeof readme - 1, file)] = '\0';
    fclose(file);
    while (checks_rows[count].name != NULL) {
        count++;
    }
    snprintf(said, sizeof said, "it is all %zu checks", count);
    assert_non_null(strstr(readme, said));
}

static size_t index_of(const char *name)
{
    size_t i = 0;
    while (strcmp(checks_rows[i].name, name) != 0) {
        i++;
    }
    return i;
}

static void names_are_read(void **state)
{
    (void)state;
    static const char *const lists[] = {"pid1", " pid1 ", ",pid1,", "pid1,pid1", "pid1\tpid1\n"};
    char message[CHECKS_MESSAGE_SIZE];
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        uint64_t set = 0;
        assert_int_equal(checks_parse(lists[i], &set, message), 0);
        assert_int_equal(set, UINT64_C(1) << index_of("pid1"));
    }
    for (size_t i = 0; checks_rows[i].name != NULL; i++) {
        uint64_t set = 0;
        assert_int_equal(checks_parse(checks_rows[i].name, &set, message), 0);
        assert_int_equal(set, UINT64_C(1) << i);
    }
}

static void unknown_names_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *names;
        const char *message;
    } rows[] = {
        {"pid2", "unknown check 'pid2'; did you mean 'pid1'?"},
        {"pid1,pdi1", "unknown check 'pdi1'; did you mean 'pid1'?"},
        {"x\x1b[2J", "unknown check 'x\\e[2J'; 'sandbox-init --audit' names all of them"},
        {"pid", "unknown check 'pid'; did you mean 'pid1'?"},
        {", ", "unknown check ''; 'sandbox-init --audit' names all of them"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char message[CHECKS_MESSAGE_SIZE];
        uint64_t set = 77;
        assert_int_equal(checks_parse(rows[i].names, &set, message), -EINVAL);
        assert_string_equal(message, rows[i].message);
        assert_int_equal(set, 77);
    }
    static char longest[4096];
    char message[CHECKS_MESSAGE_SIZE];
    uint64_t set = 0;
    memset(longest, '\n' + 1, sizeof longest - 1);
    assert_int_equal(checks_parse(longest, &set, message), -EINVAL);
    assert_non_null(strstr(message, "...'; 'sandbox-init --audit' names all of them"));
}

static int run(uint64_t set, const char *user)
{
    static char *const nothing[] = {NULL};
    const struct checks_request request = {
        .mode = "--audit", .config = &config, .environ_in = nothing, .user = user, .set = set};
    checks = (struct checks){0};
    looked = 0;
    return checks_run(&checks, &request);
}

static void only_what_was_asked_for_is_run(void **state)
{
    (void)state;
    const size_t at = index_of("pid1");
    assert_int_equal(run(UINT64_C(1) << at, NULL), 0);
    assert_int_equal(looked, 1);
    assert_true(checks_has(&checks, at));
    assert_int_equal(finding_judge(&checks.findings[at]), FINDING_WARN);
    assert_false(checks.has_view || had_view);
    checks_finish(&checks);
    assert_int_equal(run(UINT64_C(1) << (CHECKS_MAX - 1), NULL), 0);
    assert_int_equal(looked, 0);
    assert_false(checks_has(&checks, at));
    checks_finish(&checks);
}

static void what_the_init_told_is_handed_on(void **state)
{
    (void)state;
    fake_start_one("init\tprotocol=1\tversion=0.1.0\tpid=1\tis_pid1=1\tuid=0\tstate=running\nend\n",
                   FAKE_CLOSES);
    config.init.runtime_dir = fake.directory;
    assert_int_equal(run(UINT64_C(1) << index_of("pid1"), NULL), 0);
    assert_true(checks.has_view && had_view);
    assert_false(was_pid1); /* it says so, but it is a process of this test */
    checks_finish(&checks);
    fake_stop();
    config.init.runtime_dir = NULL;
}

static void a_user_that_there_is_not_is_told(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    FILE *errors = tmpfile();
    char text[256] = "";
    const int before = dup(STDERR_FILENO);
    fflush(stderr);
    dup2(fileno(errors), STDERR_FILENO);
    const int status = run(CHECKS_ALL, "no\nbody");
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(errors);
    text[fread(text, 1, sizeof text - 1, errors)] = '\0';
    fclose(errors);
    assert_int_equal(status, CLI_STATUS_USAGE);
    assert_string_equal(text, "sandbox-init: --audit: no such user in /etc/passwd: 'no\\nbody'\n");
    assert_int_equal(looked, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_fit_to_be_shown),
        cmocka_unit_test(the_manual_page_has_each_check),
        cmocka_unit_test(the_readme_knows_how_many_there_are),
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(unknown_names_are_told),
        cmocka_unit_test(only_what_was_asked_for_is_run),
        cmocka_unit_test(what_the_init_told_is_handed_on),
        cmocka_unit_test(a_user_that_there_is_not_is_told),
    };
    return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
