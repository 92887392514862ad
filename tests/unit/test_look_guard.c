/* SPDX-License-Identifier: MIT */
/*
 * look_guard: a guard that the test plays, in a scene of the test's own: while the audit waits, it does what
 * a good one does, or half of it, or nothing.
 *
 * WRAP: nanosleep config_load calloc
 */
#include "testing.h"

#include "sandbox_init/config.h"
#include "sandbox_init/look_guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    AGENT = 12345,
    NAPS_MAX = 100, /* of 5 ms: half a second */
};

enum act { ACT_NOTHING, ACT_REVOKE, ACT_SHUT, ACT_UNLINK, ACT_CHOWN_ONLY, ACT_OPEN, ACT_REPLACE };

static char base[64];
static char tmp[] = "/tmp";
static char ipc[] = "vscode-ipc-*.sock";
static char *dirs[4];
static char *patterns[4];
static char *environ_in[4];
static struct config config;
static struct view view;
static struct scene scene;
static struct finding finding;
static enum act act;
static unsigned naps;
static unsigned slow_naps;  /* in which only the directory `quick` is looked at */
static char last_name[256]; /* of the bait that was seen last */
static bool has_memory;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return has_memory ? __real_calloc(count, size) : NULL;
}

static void treat(int dir_fd, const char *name)
{
    if (act == ACT_REVOKE || act == ACT_CHOWN_ONLY || act == ACT_OPEN) {
        assert_int_equal(fchownat(dir_fd, name, 0, 0, AT_SYMLINK_NOFOLLOW), 0);
    }
    if (act == ACT_REVOKE || act == ACT_SHUT) {
        assert_int_equal(fchmodat(dir_fd, name, 0, 0), 0);
    }
    if (act == ACT_OPEN) {
        assert_int_equal(fchmodat(dir_fd, name, 0777, 0), 0);
    }
    if (act != ACT_NOTHING && act != ACT_CHOWN_ONLY && act != ACT_OPEN) {
        assert_int_equal(unlinkat(dir_fd, name, 0), 0);
    }
    if (act == ACT_REPLACE) {
        close(openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    }
}

/* Visits the sockets in the directory NAME of the scene. */
static void guard(const char *name)
{
    const int dir_fd = openat(scene.root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fdopendir(dup(dir_fd));
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (entry->d_type == DT_SOCK) {
            snprintf(last_name, sizeof last_name, "%s", entry->d_name);
            treat(dir_fd, entry->d_name);
        }
    }
    closedir(stream);
    close(dir_fd);
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *rest);
int __wrap_nanosleep(const struct timespec *time, struct timespec *rest)
{
    (void)time;
    (void)rest;
    naps++;
    guard(naps > slow_naps ? "tmp" : "quick");
    return 0;
}

static const struct config_fault *load_faults; /* ends with one without a file */
static int load_result;
static struct config_source load_source;

int __wrap_config_load(struct config *ret_config, const struct config_source *source, config_report *report,
                       void *context);
int __wrap_config_load(struct config *ret_config, const struct config_source *source, config_report *report,
                       void *context)
{
    (void)ret_config;
    load_source = *source;
    for (const struct config_fault *fault = load_faults; fault != NULL && fault->file != NULL; fault++) {
        report(context, fault);
    }
    return load_result;
}

static void become_agent(void)
{
    scene.is_other = geteuid() == 0;
    scene.can_become = scene.is_other;
    if (scene.is_other) {
        scene.agent.uid = AGENT;
        scene.agent.gid = AGENT;
    }
}

static void make_directory(const char *name, mode_t mode)
{
    assert_int_equal(mkdirat(scene.root_fd, name, 0755), 0);
    assert_int_equal(fchmodat(scene.root_fd, name, mode, 0), 0);
}

static int begin(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "/tmp/test_guard.XXXXXX");
    if (mkdtemp(base) == NULL || chmod(base, 0755) < 0) {
        return -1;
    }
    act = ACT_NOTHING;
    naps = 0;
    slow_naps = 0;
    has_memory = true;
    load_faults = NULL;
    load_result = 0;
    environ_in[0] = NULL;
    dirs[0] = tmp;
    dirs[1] = NULL;
    patterns[0] = ipc;
    patterns[1] = NULL;
    finding = (struct finding){0};
    memset(&view, 0, sizeof view);
    snprintf(view.guard.level, sizeof view.guard.level, "full");
    config = (struct config){.scrub = {.dirs = dirs, .patterns = patterns}};
    scene = (struct scene){.root_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC),
                           .config = &config,
                           .environ_in = environ_in,
                           .view = &view,
                           .self = {.uid = geteuid(), .gid = getegid()},
                           .agent = {.uid = geteuid(), .gid = getegid()}};
    make_directory("tmp", 01777);
    become_agent();
    return 0;
}

static int end(void **state)
{
    (void)state;
    close(scene.root_fd);
    return testing_remove_tree(base);
}

static void look(enum finding_verdict verdict, const char *seen)
{
    char got[FINDING_SEEN_SIZE];
    finding = (struct finding){0};
    naps = 0;
    look_guard_revokes(&scene, &finding);
    assert_string_equal(finding_describe(&finding, got), seen);
    assert_int_equal(finding_judge(&finding), verdict);
    assert_true(naps <= NAPS_MAX);
}

static void expect_mends(const char *first, const char *second)
{
    assert_int_equal(finding.mend_count, (first != NULL ? 1 : 0) + (second != NULL ? 1 : 0));
    assert_true(first == NULL || strcmp(finding.mends[0].line, first) == 0);
    assert_true(second == NULL || strcmp(finding.mends[1].line, second) == 0);
}

static size_t count_names(const char *name)
{
    size_t count = 0;
    DIR *stream = fdopendir(openat(scene.root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    assert_non_null(stream);
    while (readdir(stream) != NULL) {
        count++;
    }
    closedir(stream);
    return count - 2;
}

static void tell(const char *level, const char *reason)
{
    snprintf(view.guard.level, sizeof view.guard.level, "%s", level);
    snprintf(view.guard.reason, sizeof view.guard.reason, "%s", reason);
}

static void revoked_passes(void **state)
{
    (void)state;
    char wanted[64];
    if (geteuid() != 0) {
        skip();
    }
    act = ACT_REVOKE;
    look(FINDING_PASS, "a socket in /tmp was revoked");
    expect_mends(NULL, NULL);
    assert_int_equal(naps, 1);
    snprintf(wanted, sizeof wanted, "vscode-ipc-sandbox-init-audit-%d.sock", (int)getpid());
    assert_string_equal(last_name, wanted);
    /* Whoever did it. */
    scene.view = NULL;
    look(FINDING_PASS, "a socket in /tmp was revoked");
}

static void removed_only_is_a_warning(void **state)
{
    (void)state;
    static const char seen[] = "a socket in /tmp was removed, but who opened it before can still connect";
    static const enum act acts[] = {ACT_UNLINK, ACT_SHUT};
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        act = acts[i];
        view.init.uid = (struct view_number){.value = 0, .is_known = true};
        look(FINDING_WARN, seen);
        if (geteuid() == 0) {
            expect_mends("cap_add: [CHOWN, FOWNER, DAC_OVERRIDE]", NULL);
        }
        view.init.uid.value = AGENT;
        look(FINDING_WARN, seen);
        expect_mends("USER root", "\"remoteUser\": \"vscode\"");
    }
}

static void revocation_holds_nobody_who_is_root(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    scene.is_other = false;
    scene.agent = scene.self;
    act = ACT_REVOKE;
    look(FINDING_WARN, "a socket in /tmp was removed, but who opened it before can still connect");
    expect_mends("\"remoteUser\": \"vscode\"", NULL);
}

static void left_there_fails_and_is_removed(void **state)
{
    (void)state;
    look(FINDING_FAIL, "a socket in /tmp was left there");
    expect_mends("docker restart CONTAINER", NULL);
    assert_int_equal(count_names("tmp"), 0);
    scene.view = NULL;
    look(FINDING_FAIL, "a socket in /tmp was left there");
    expect_mends("ENTRYPOINT [\"/usr/local/bin/sandbox-init\", \"--\"]", "\"overrideCommand\": false");
    assert_int_equal(count_names("tmp"), 0);
}

static void closed_but_there_is_revoked(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    act = ACT_CHOWN_ONLY; /* mode 0755 and root's: the agent can neither connect nor change that */
    look(FINDING_PASS, "a socket in /tmp was revoked");
    assert_int_equal(count_names("tmp"), 0);
}

static void roots_and_open_is_not_revoked(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    act = ACT_OPEN;
    look(FINDING_FAIL, "a socket in /tmp was left there");
}

static void slower_directory_is_waited_for(void **state)
{
    (void)state;
    static char quick[] = "/quick";
    if (geteuid() != 0) {
        skip();
    }
    make_directory("quick", 0777);
    dirs[1] = quick;
    dirs[2] = NULL;
    act = ACT_REVOKE;
    slow_naps = 3;
    look(FINDING_PASS, "a socket in /tmp was revoked; a socket in /quick was revoked");
    assert_int_equal(naps, 4);
}

static void what_the_init_tells_counts(void **state)
{
    (void)state;
    tell("report", "[scrub] action = report");
    look(FINDING_FAIL, "report: [scrub] action = report; a socket in /tmp was left there");
    expect_mends("[scrub] action = revoke", NULL);
    tell("off", "[scrub] enabled = no");
    view.guard.wanted = (struct view_number){.value = 0, .is_known = true};
    look(FINDING_FAIL, "off: [scrub] enabled = no; a socket in /tmp was left there");
    expect_mends("[scrub] enabled = yes", NULL);
    tell("off", "it could not be started");
    view.guard.wanted.value = 1;
    look(FINDING_FAIL, "off: it could not be started; a socket in /tmp was left there");
    expect_mends("docker restart CONTAINER", NULL);
    tell("degraded", "not every directory\n");
    view.guard.polling.value = 1;
    look(FINDING_WARN, "degraded: not every directory\\n; a socket in /tmp was not revoked at once");
    expect_mends("sysctl -w fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288", NULL);
}

static void variables_directory_is_a_warning(void **state)
{
    (void)state;
    static char variable[] = "$XDG_RUNTIME_DIR";
    static char value[] = "XDG_RUNTIME_DIR=/moved";
    if (geteuid() != 0) {
        skip();
    }
    make_directory("moved", 0777);
    dirs[0] = variable;
    dirs[1] = tmp;
    dirs[2] = NULL;
    environ_in[0] = value;
    environ_in[1] = NULL;
    act = ACT_REVOKE; /* in /tmp only */
    look(FINDING_WARN, "a socket in /moved, where a process here would make its own, was left there; "
                       "a socket in /tmp was revoked");
    expect_mends("[scrub] dirs = @default /moved", NULL);
    assert_int_equal(count_names("moved"), 0);
}

static void few_directories_are_tried_once_each(void **state)
{
    (void)state;
    static char any[] = "/*";
    static char name[] = "d0";
    for (int i = 0; i < 6; i++) {
        name[1] = (char)('0' + i);
        make_directory(name, 0777);
    }
    assert_int_equal(symlinkat("tmp", scene.root_fd, "link"), 0);
    dirs[1] = tmp;
    dirs[2] = any;
    dirs[3] = NULL;
    finding = (struct finding){0};
    look_guard_revokes(&scene, &finding);
    assert_int_equal(finding.facts[FINDING_FAIL].count, 4);
    for (int i = 0; i < 6; i++) {
        name[1] = (char)('0' + i);
        assert_int_equal(count_names(name), 0);
    }
}

static void what_cannot_be_tried_is_said(void **state)
{
    (void)state;
    char got[FINDING_SEEN_SIZE];
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(fchmodat(scene.root_fd, "tmp", 0755, 0), 0);
    look(FINDING_WARN, "it could not be tried");
    assert_non_null(strstr(finding.unseen, "uid 12345 can make none"));
    scene.view = NULL;
    look(FINDING_FAIL, "nobody guards");
    assert_int_equal(count_names("tmp"), 0);
    has_memory = false;
    look_guard_revokes(&scene, &finding);
    assert_non_null(strstr(finding_describe(&finding, got), "no memory"));
}

static void name_is_one_that_is_configured(void **state)
{
    (void)state;
    static char plain[] = "plain.sock";
    static char two[] = "a*b*";
    static char odd[] = "?-*.sock";
    static char mine[] = "mine-*.s";
    char wanted[64];
    patterns[0] = plain;
    patterns[1] = two;
    patterns[2] = odd;
    patterns[3] = NULL;
    look(FINDING_WARN, "it could not be tried");
    patterns[2] = mine;
    look(FINDING_FAIL, "a socket in /tmp was left there");
    snprintf(wanted, sizeof wanted, "mine-sandbox-init-audit-%d.s", (int)getpid());
    assert_string_equal(last_name, wanted);
    config.scrub.patterns = NULL;
    config.scrub.dirs = NULL;
    look(FINDING_WARN, "it could not be tried");
}

static void strangers_file_is_left_alone(void **state)
{
    (void)state;
    act = ACT_REPLACE;
    look(FINDING_WARN, "a socket in /tmp was removed, but who opened it before can still connect");
    assert_int_equal(count_names("tmp"), 1);
}

/* ---- the configuration ---- */

static void look_at_configuration(enum finding_verdict verdict, const char *seen)
{
    char got[FINDING_SEEN_SIZE];
    finding = (struct finding){0};
    look_guard_configuration(&scene, &finding);
    assert_string_equal(finding_describe(&finding, got), seen);
    assert_int_equal(finding_judge(&finding), verdict);
}

static void make_file(const char *name)
{
    close(openat(scene.root_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void configuration_is_loaded(void **state)
{
    (void)state;
    look_at_configuration(FINDING_PASS, "there is none, so the defaults hold");
    assert_string_equal(load_source.file, "/etc/sandbox-init.ini");
    assert_string_equal(load_source.dropin_dir, "/etc/sandbox-init.d");
    assert_false(load_source.is_required);
    make_directory("etc", 0755);
    make_directory("etc/sandbox-init.d", 0755);
    make_file("etc/sandbox-init.ini");
    make_file("etc/sandbox-init.d/a.ini");
    make_file("etc/sandbox-init.d/.b.ini");
    make_file("etc/sandbox-init.d/c.txt");
    look_at_configuration(FINDING_PASS, "2 valid, and in the hands of nobody but root");
    load_result = -ENOMEM;
    look_at_configuration(FINDING_WARN, "it cannot be loaded: Cannot allocate memory");
}

static void faults_fail_without_their_text(void **state)
{
    (void)state;
    static const struct config_fault faults[] = {
        {.file = "/etc/sandbox-init.ini", .line = 7, .message = "secret"},
        {.file = "/etc/sandbox-init.d/a.ini", .line = 1, .message = "secret"},
        {.file = NULL},
    };
    load_faults = faults;
    load_result = -EINVAL;
    look_at_configuration(
        FINDING_FAIL, "2 faults, the first at /etc/sandbox-init.ini:7: the next start ends with status 78");
    expect_mends("sandbox-init --check-config", NULL);
}

static void owner_is_the_inits(void **state)
{
    (void)state;
    view.init.uid = (struct view_number){.value = 1000, .is_known = true};
    look_at_configuration(FINDING_PASS, "there is none, so the defaults hold");
    assert_int_equal(load_source.owner, 1000);
    scene.view = NULL;
    look_at_configuration(FINDING_PASS, "there is none, so the defaults hold");
    assert_int_equal(load_source.owner, 0);
}

static void what_cannot_be_read_is_not_judged(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    make_directory("etc", 0755);
    make_directory("etc/sandbox-init.d", 0755);
    make_file("etc/sandbox-init.d/a.ini");
    scene.self.uid = AGENT;
    assert_int_equal(seteuid(AGENT), 0);
    look_at_configuration(FINDING_NONE, "it is not for uid 12345 to read");
    assert_int_equal(seteuid(0), 0);
    assert_non_null(strstr(finding.unseen, "look as root"));
    assert_int_equal(fchmodat(scene.root_fd, "etc/sandbox-init.d/a.ini", 0644, 0), 0);
    assert_int_equal(fchmodat(scene.root_fd, "etc/sandbox-init.d", 0700, 0), 0);
    assert_int_equal(seteuid(AGENT), 0);
    look_at_configuration(FINDING_NONE, "it is not for uid 12345 to read");
    assert_int_equal(seteuid(0), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(revoked_passes),
        CASE(removed_only_is_a_warning),
        CASE(revocation_holds_nobody_who_is_root),
        CASE(left_there_fails_and_is_removed),
        CASE(closed_but_there_is_revoked),
        CASE(roots_and_open_is_not_revoked),
        CASE(slower_directory_is_waited_for),
        CASE(what_the_init_tells_counts),
        CASE(variables_directory_is_a_warning),
        CASE(few_directories_are_tried_once_each),
        CASE(what_cannot_be_tried_is_said),
        CASE(name_is_one_that_is_configured),
        CASE(strangers_file_is_left_alone),
        CASE(configuration_is_loaded),
        CASE(faults_fail_without_their_text),
        CASE(owner_is_the_inits),
        CASE(what_cannot_be_read_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
