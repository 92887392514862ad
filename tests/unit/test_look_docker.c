/* SPDX-License-Identifier: MIT */
/*
 * look_docker: engines and proxies that answer as real ones were seen to, on sockets of a scene and on
 * 127.0.0.1; where they are named; those that are silent, gone, or none.
 *
 * WRAP: clock_gettime poll
 */
#include "fake_scene.h"

#include "fake_http.h"
#include "fake_time.h"

#include "sandbox_init/look_docker.h"

static void say_status(int fd, const char *status, const char *body)
{
    char text[512];
    snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(body), body);
    fake_http_say(fd, text);
}

static void answer_as_dockerd(int fd, const char *request)
{
    if (strncmp(request, "GET /_ping ", 11) == 0) {
        say_status(fd, "200 OK", "OK");
    } else if (strncmp(request, "POST /containers/create ", 24) == 0) {
        say_status(fd, "500 Internal Server Error", "{\"message\":\"EOF\"}");
    } else {
        say_status(fd, "404 Not Found", "{}");
    }
}

static void answer_as_proxy(int fd, const char *request)
{
    if (strncmp(request, "GET ", 4) == 0) {
        say_status(fd, "200 OK", "OK");
    } else {
        say_status(fd, "403 Forbidden", "<html>");
    }
}

static void answer_with_405(int fd, const char *request)
{
    (void)request;
    say_status(fd, "405 Method Not Allowed", "");
}

/* ALLOW_RESTARTS=1, say. */
static void answer_as_leaky_proxy(int fd, const char *request)
{
    if (strstr(request, "/restart ") != NULL) {
        answer_as_dockerd(fd, request);
    } else {
        answer_as_proxy(fd, request);
    }
}

static void answer_without_engine(int fd, const char *request)
{
    (void)request;
    say_status(fd, "503 Service Unavailable", "");
}

static void answer_as_tls(int fd, const char *request)
{
    (void)request;
    say_status(fd, "400 Bad Request", "Client sent an HTTP request to an HTTPS server.\n");
}

static void answer_as_ssh(int fd, const char *request)
{
    (void)request;
    fake_http_say(fd, "SSH-2.0-x\r\n");
}

/* Engines need no more than what is written into this file to be told what was asked. */
static void answer_and_write_down(int fd, const char *request)
{
    FILE *stream = fopen(fake_path("/asked"), "a");
    if (stream != NULL) {
        fprintf(stream, "%.*s\n", (int)strcspn(request, "\r"), request);
        fclose(stream);
    }
    answer_as_proxy(fd, request);
}

static void on_socket(fake_http_answer *answer, enum finding_verdict verdict, const char *text)
{
    const pid_t server = fake_http_fork(fake_http_listen_unix(fake_path("/run/docker.sock")), answer);
    fake_expect(look_docker_docker, verdict, text);
    fake_http_stop(server);
    unlink(fake_path("/run/docker.sock"));
}

static void engines_that_obey_fail(void **state)
{
    (void)state;
    on_socket(answer_as_dockerd, FINDING_FAIL,
              "fail: unix:///run/docker.sock obeys (POST /containers/create is answered with 500)\n");
    on_socket(answer_as_leaky_proxy, FINDING_FAIL,
              "obeys (POST /containers/-sandbox-init-audit/restart is answered with 404)");
    assert_non_null(strstr(fake_look(look_docker_docker), "no engine"));
}

static void those_that_refuse_pass(void **state)
{
    (void)state;
    on_socket(answer_as_proxy, FINDING_PASS,
              "unix:///run/docker.sock: reads are answered, writes refused (403)\n");
    on_socket(answer_with_405, FINDING_PASS, "reads are refused, too, writes refused (405)");
}

static void those_that_say_nothing_useful_are_a_warning(void **state)
{
    (void)state;
    on_socket(answer_without_engine, FINDING_WARN, "no engine is behind it now (503)");
    on_socket(answer_as_tls, FINDING_WARN, "unix:///run/docker.sock does not speak as Docker does: TLS?");
    on_socket(answer_as_ssh, FINDING_WARN, "not seen: what unix:///run/docker.sock lets the agent do");
}

static void silent_ones_cost_no_more_than_the_deadline(void **state)
{
    (void)state;
    const int listener = fake_http_listen_unix(fake_path("/run/docker.sock"));
    fake_time_passes = true;
    fake_expect(look_docker_docker, FINDING_WARN,
                "unix:///run/docker.sock cannot be reached: Connection timed out");
    fake_time_passes = false;
    close(listener);
}

static void without_engine_it_passes(void **state)
{
    (void)state;
    fake_expect(look_docker_docker, FINDING_NONE, "n/a: no engine is to be reached\n");
    close(fake_http_listen_unix(fake_path("/run/docker.sock"))); /* nobody listens any more */
    fake_file("/var/run/docker.sock", "no socket");
    fake_expect(look_docker_docker, FINDING_NONE, "n/a: no engine is to be reached\n");
}

static void one_socket_with_two_names_is_asked_once(void **state)
{
    (void)state;
    testing_need_openat2();
    fake_path("/var/x");
    fake_link("/var/run", "/run");
    on_socket(answer_as_proxy, FINDING_PASS,
              "pass: unix:///var/run/docker.sock: reads are answered, writes refused (403)\n");
}

static void every_kind_of_write_is_asked_for(void **state)
{
    (void)state;
    static const char wanted[] = "GET /_ping HTTP/1.1\n"
                                 "POST /containers/create HTTP/1.1\n"
                                 "POST /containers/-sandbox-init-audit/exec HTTP/1.1\n"
                                 "POST /containers/-sandbox-init-audit/start HTTP/1.1\n"
                                 "POST /containers/-sandbox-init-audit/stop HTTP/1.1\n"
                                 "POST /containers/-sandbox-init-audit/restart HTTP/1.1\n"
                                 "POST /exec/-sandbox-init-audit/start HTTP/1.1\n"
                                 "PUT /containers/-sandbox-init-audit/archive?path=/ HTTP/1.1\n"
                                 "DELETE /containers/-sandbox-init-audit HTTP/1.1\n"
                                 "DELETE /images/-sandbox-init-audit HTTP/1.1\n"
                                 "DELETE /volumes/-sandbox-init-audit HTTP/1.1\n"
                                 "DELETE /networks/-sandbox-init-audit HTTP/1.1\n"
                                 "DELETE /plugins/-sandbox-init-audit HTTP/1.1\n"
                                 "POST /commit?container=-sandbox-init-audit HTTP/1.1\n"
                                 "POST /build?dockerfile=-sandbox-init-audit HTTP/1.1\n"
                                 "POST /session HTTP/1.1\n";
    char asked[2048];
    on_socket(answer_and_write_down, FINDING_PASS, "writes refused (403)");
    assert_true(scene_read(&fake_scene, "/asked", asked, sizeof asked) > 0);
    assert_string_equal(asked, wanted);
}

/* ---- where it is named ---- */

static void variables_are_followed(void **state)
{
    (void)state;
    unsigned port = 0;
    char variable[64];
    char wanted[128];
    const pid_t server = fake_http_fork(fake_http_listen(INADDR_LOOPBACK, &port), answer_as_dockerd);
    snprintf(variable, sizeof variable, "DOCKER_HOST=tcp://docker-proxy:%u", port);
    snprintf(wanted, sizeof wanted, "fail: tcp://docker-proxy:%u obeys", port);
    fake_file("/etc/hosts", "127.0.0.1 docker-proxy\n");
    fake_environ[0] = variable;
    fake_expect(look_docker_docker, FINDING_FAIL, wanted);
    assert_non_null(strstr(fake_look(look_docker_docker), "POST: 0"));
    fake_environ[0] = NULL;
    fake_expect(look_docker_docker, FINDING_NONE, "no engine");
    fake_process(1, "sleep", 0, "sleep infinity", "A=b");
    fake_process(12, "node", 1000, "node x.js", variable);
    fake_expect(look_docker_docker, FINDING_FAIL, wanted);
    fake_http_stop(server);
}

static void contexts_are_followed(void **state)
{
    (void)state;
    const pid_t server =
        fake_http_fork(fake_http_listen_unix(fake_path("/srv/engine.sock")), answer_as_proxy);
    fake_file("/home/agent/.docker/contexts/meta/0a1b/meta.json",
              "{\"Name\":\"x\",\"Endpoints\":{\"docker\":{\"Host\":\"unix:///srv/engine.sock\"}}}");
    fake_file("/home/agent/.docker/contexts/meta/empty/meta.json", "{}");
    fake_expect(look_docker_docker, FINDING_PASS, "unix:///srv/engine.sock: reads are answered");
    fake_http_stop(server);
}

static void mounts_are_looked_at_whatever_they_are_called(void **state)
{
    (void)state;
    static const char *const sockets[] = {"/srv/innocent", "/outside/run/docker.sock", "/old/docker.sock"};
    fake_file("/proc/self/mountinfo", "20 1 0:1 / / rw - overlay overlay rw\n"
                                      "21 20 0:2 /docker.sock /srv/innocent rw - tmpfs tmpfs rw\n"
                                      "22 20 0:3 / /outside rw - ext4 /dev/sda1 rw\n"
                                      "23 20 0:4 / /old rw - tmpfs tmpfs rw\n");
    fake_expect(look_docker_docker, FINDING_NONE, "no engine");
    for (size_t i = 0; i < COUNT_OF(sockets); i++) {
        const pid_t server = fake_http_fork(fake_http_listen_unix(fake_path(sockets[i])), answer_as_dockerd);
        fake_expect(look_docker_docker, FINDING_FAIL, sockets[i]);
        fake_http_stop(server);
        unlink(fake_path(sockets[i]));
    }
}

static void usual_places_are_looked_at(void **state)
{
    (void)state;
    static char runtime[] = "XDG_RUNTIME_DIR=/xdg";
    static const char *const places[] = {"/var/run/docker.sock", "/run/podman/podman.sock",
                                         "/xdg/docker.sock", "/xdg/podman/podman.sock",
                                         "/home/agent/.docker/run/docker.sock"};
    fake_environ[0] = runtime;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const pid_t server = fake_http_fork(fake_http_listen_unix(fake_path(places[i])), answer_as_dockerd);
        fake_expect(look_docker_docker, FINDING_FAIL, places[i]);
        fake_http_stop(server);
        unlink(fake_path(places[i]));
    }
}

static void named_and_not_there_is_a_warning(void **state)
{
    (void)state;
    char *const variables[] = {
        (char[]){"DOCKER_HOST=tcp://127.0.0.1:1"},       (char[]){"DOCKER_HOST=tcp://docker-proxy"},
        (char[]){"CONTAINER_HOST=unix:///nowhere.sock"}, (char[]){"DOCKER_HOST=tcp://127.0.0.1:99999"},
        (char[]){"DOCKER_HOST=tcp://127.0.0.1:1/x"},
    };
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        fake_environ[0] = variables[i];
        fake_expect(look_docker_docker, FINDING_WARN, "not seen: what ");
        fake_expect(look_docker_docker, FINDING_WARN, "_HOST names, cannot be reached: ");
    }
    fake_environ[0] = (char[]){"DOCKER_HOST=ssh://me:secret@host"};
    fake_expect(look_docker_docker, FINDING_WARN, "DOCKER_HOST names an engine that is neither unix:// nor");
    assert_null(strstr(fake_look(look_docker_docker), "secret"));
    fake_environ[0] = (char[]){"DOCKER_HOST=tcp://me:secret@127.0.0.1:1"};
    fake_expect(look_docker_docker, FINDING_WARN, "DOCKER_HOST names an engine that is neither unix:// nor");
    assert_null(strstr(fake_look(look_docker_docker), "secret"));
    fake_environ[0] = (char[]){"DOCKER_HOST="};
    fake_expect(look_docker_docker, FINDING_NONE, "no engine");
}

static void too_many_names_are_said(void **state)
{
    (void)state;
    char variable[64];
    for (int i = 0; i < 30; i++) {
        snprintf(variable, sizeof variable, "DOCKER_HOST=unix:///%d.sock", i);
        fake_process(10 + i, "sleep", 1000, "sleep 1", variable);
    }
    fake_expect(look_docker_docker, FINDING_WARN,
                "not seen: more engines than 24, or more processes that may name one\n");
    assert_int_equal(fake_finding.facts[FINDING_WARN].count, 24);
}

static void other_runtimes_fail(void **state)
{
    (void)state;
    const int listener = fake_http_listen_unix(fake_path("/run/containerd/containerd.sock"));
    fake_expect(look_docker_docker, FINDING_FAIL,
                "fail: /run/containerd/containerd.sock accepts connections\n");
    close(listener);
}

/* As root, about another user. */
static void closed_sockets_pass(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    fake_scene.agent = (struct identity){.uid = 12345, .gid = 12345, .home = "/home/agent"};
    fake_scene.is_other = true;
    fake_scene.can_become = true;
    const pid_t server =
        fake_http_fork(fake_http_listen_unix(fake_path("/run/docker.sock")), answer_as_dockerd);
    assert_int_equal(chmod(fake_path("/run/docker.sock"), 0660), 0);
    fake_expect(look_docker_docker, FINDING_PASS, "pass: unix:///run/docker.sock is closed to it\n");
    fake_scene.agent.groups[0] = 54321; /* group docker */
    fake_scene.agent.group_count = 1;
    assert_int_equal(chown(fake_path("/run/docker.sock"), 0, 54321), 0);
    fake_expect(look_docker_docker, FINDING_FAIL, "obeys");
    fake_expect(look_docker_docker, FINDING_FAIL, "obeys");
    fake_file("/etc/group", "root:x:0:\nbroken\nengines:x:54321:me\nlast:x:1:\n");
    snprintf(fake_scene.agent.name, sizeof fake_scene.agent.name, "me");
    fake_expect(look_docker_docker, FINDING_FAIL, "mend: Dockerfile: RUN gpasswd --delete me engines\n");
    fake_http_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(engines_that_obey_fail, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(those_that_refuse_pass, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(those_that_say_nothing_useful_are_a_warning, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(silent_ones_cost_no_more_than_the_deadline, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(without_engine_it_passes, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(one_socket_with_two_names_is_asked_once, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(every_kind_of_write_is_asked_for, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(variables_are_followed, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(contexts_are_followed, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(mounts_are_looked_at_whatever_they_are_called, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(usual_places_are_looked_at, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(named_and_not_there_is_a_warning, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(too_many_names_are_said, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(other_runtimes_fail, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(closed_sockets_pass, fake_begin, fake_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
