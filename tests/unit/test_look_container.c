/* SPDX-License-Identifier: MIT */
/* look_container: whom one meets as PID 1, as the process list of a scene and an init's own word say. */
#include "fake_scene.h"

#include "sandbox_init/look_container.h"

static struct view view; /* large */

static void everybody_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *arguments;
        const char *text;
        const char *mend;
    } rows[] = {
        {"sh", "/bin/sh -c echo Container started\ntrap \"exit 0\" 15", "VS Code's shell loop",
         "devcontainer.json: \"overrideCommand\": false"},
        {"sh", "/bin/sh -c while sleep 1000; do :; done", "a shell loop", "ENTRYPOINT"},
        {"docker-init", "/sbin/docker-init -- sleep infinity", "it is docker-init, which",
         "docker-compose.yml: init: false"},
        {"podman-init", "/run/podman-init -- sleep", "it is catatonit, which `--init`", "ENTRYPOINT"},
        {"catatonit", "/catatonit -- sleep", "it is catatonit, which `--init`", "ENTRYPOINT"},
        {"tini", "/usr/bin/tini -- x", "it is tini", "ENTRYPOINT"},
        {"dumb-init", "dumb-init x", "it is dumb-init", "ENTRYPOINT"},
        {"sleep", "sleep infinity", "sleep, which neither reaps nor stops", "ENTRYPOINT"},
        {"tail", "tail -f /dev/null", "tail, which neither reaps nor stops", "ENTRYPOINT"},
        {"pause", "/pause", "the pod's pause container", "shareProcessNamespace: false"},
        {"systemd", "/sbin/init", "systemd: the host's", "ENTRYPOINT"},
        {"init(docker-des", "/init", "it is init(docker-des;", "ENTRYPOINT"},
        {"bash", "bash", "it is bash; no sandbox-init runs", "ENTRYPOINT [\"/usr/local/bin/sandbox-init\"]"},
        {"a\x1b[1m", "x", "it is a\\e[1m;", "ENTRYPOINT"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fake_process(1, rows[i].name, 0, rows[i].arguments, NULL);
        fake_expect(look_container_pid1, FINDING_FAIL, rows[i].text);
        if (strstr(fake_look(look_container_pid1), rows[i].mend) == NULL) {
            fail_msg("no mend '%s' in:\n%s", rows[i].mend, fake_look(look_container_pid1));
        }
    }
}

static void who_answers_as_pid_1_passes(void **state)
{
    (void)state;
    fake_process(1, "sandbox-init", 0, "/usr/local/bin/sandbox-init", NULL);
    snprintf(view.init.version, sizeof view.init.version, "0.1.0");
    view.init.is_pid1 = (struct view_number){.value = 1, .is_known = true};
    fake_scene.view = &view;
    fake_expect(look_container_pid1, FINDING_PASS, "pass: sandbox-init 0.1.0 is\n");
}

static void who_does_not_answer_is_a_warning(void **state)
{
    (void)state;
    fake_process(1, "sandbox-init", 0, "/usr/local/bin/sandbox-init", NULL);
    fake_expect(look_container_pid1, FINDING_WARN, "not seen: what it does");
}

static void below_another_init_is_a_warning(void **state)
{
    (void)state;
    fake_process(1, "docker-init", 0, "/sbin/docker-init -- sandbox-init", NULL);
    view.init.is_pid1 = (struct view_number){.value = 0, .is_known = true};
    fake_scene.view = &view;
    fake_expect(look_container_pid1, FINDING_WARN, "; sandbox-init is its child");
}

static void hidden_is_not_known(void **state)
{
    (void)state;
    fake_process(12, "bash", 1000, "bash", NULL);
    fake_expect(look_container_pid1, FINDING_WARN, "not seen: /proc/1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everybody_is_known, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(who_answers_as_pid_1_passes, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(who_does_not_answer_is_a_warning, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(below_another_init_is_a_warning, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(hidden_is_not_known, fake_begin, fake_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
