/* SPDX-License-Identifier: MIT */
/*
 * look_inspector: what Node answers, answered by a process of the test's own, and tables of ports in a scene.
 *
 * WRAP: clock_gettime poll
 */
#include "fake_scene.h"

#include "fake_http.h"
#include "fake_time.h"

#include "sandbox_init/look_inspector.h"

static void answer_as_node(int fd, const char *request)
{
    static const char body[] = "{\n  \"Browser\": \"node.js/v20.11.0\",\n  \"Protocol-Version\": \"1.1\"\n}";
    char text[256];
    snprintf(text, sizeof text,
             "HTTP/1.0 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n"
             "Cache-Control: no-cache\r\nContent-Length: %zu\r\n\r\n%s",
             sizeof body - 1, strncmp(request, "GET /json/version ", 18) == 0 ? body : "");
    fake_http_say(fd, text);
}

static void answer_as_browser(int fd, const char *request)
{
    (void)request;
    fake_http_say(fd, "HTTP/1.1 200 OK\r\n\r\n{\"Browser\": \"Chrome/120\"}");
}

/* Somebody of uid 1000 listens at ADDRESS (as the kernel writes it) on PORT. */
static void listen_in_table(const char *path, const char *address, unsigned port, unsigned state)
{
    char text[512];
    snprintf(
        text, sizeof text,
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 16 1\n"
        "   1: %s:%04X 00000000:0000 %02X 00000000:00000000 00:00000000 00000000  1000        0 17 1\n",
        address, port, state);
    fake_file(path, text);
}

static void named_ports_are_asked(void **state)
{
    (void)state;
    unsigned port = 0;
    char arguments[64];
    char options[64];
    char wanted[128];
    const pid_t server = fake_http_fork(fake_http_listen(INADDR_LOOPBACK, &port), answer_as_node);
    snprintf(wanted, sizeof wanted,
             "fail: a Node process of uid 1000 lets itself be debugged on 127.0.0.1, port %u\n", port);
    listen_in_table("/proc/net/tcp", "0100007F", port, 10);
    fake_expect(look_inspector_inspector, FINDING_PASS, "pass: none listens\n"); /* nobody named that port */
    static const char *const forms[] = {"--inspect=%u", "--inspect-brk=127.0.0.1:%u",
                                        "--inspect-wait=[::1]:%u", "--inspect-port=localhost:%u"};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        char option[64];
        char *digits = NULL;
        snprintf(option, sizeof option, "%s", forms[i]);
        digits = strstr(option, "%u");
        snprintf(digits, sizeof option - (size_t)(digits - option), "%u", port);
        snprintf(arguments, sizeof arguments, "node %s x.js", option);
        snprintf(options, sizeof options, "NODE_OPTIONS=--a %s --b", option);
        fake_process(12, "node", 1000, arguments, "A=b");
        fake_expect(look_inspector_inspector, FINDING_FAIL, wanted);
        fake_process(12, "node", 1000, "node x.js", options);
        fake_expect(look_inspector_inspector, FINDING_FAIL, wanted);
    }
    listen_in_table("/proc/net/tcp", "00000000", port, 10); /* on all addresses */
    fake_expect(look_inspector_inspector, FINDING_FAIL, wanted);
    listen_in_table("/proc/net/tcp", "0100007F", port, 1); /* a connection, nobody who listens */
    fake_expect(look_inspector_inspector, FINDING_PASS, "none listens");
    fake_http_stop(server);
}

/* Anybody can listen on hundreds of addresses of that port. */
static void too_many_are_said(void **state)
{
    (void)state;
    char text[8192] = "  sl\n";
    for (unsigned i = 0; i < 40; i++) {
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used,
                 " %u: %02X00007F:240D 00000000:0000 0A 0:0 00:0 0  1000        0 17 1\n", i, i + 100);
    }
    fake_file("/proc/net/tcp", text);
    fake_expect(look_inspector_inspector, FINDING_PASS, "not seen: what listens on 8 more ports\n");
}

static void others_on_that_port_pass(void **state)
{
    (void)state;
    unsigned port = 0;
    char arguments[64];
    pid_t server = fake_http_fork(fake_http_listen(INADDR_LOOPBACK, &port), answer_as_browser);
    snprintf(arguments, sizeof arguments, "node --inspect=%u", port);
    fake_process(12, "node", 1000, arguments, NULL);
    listen_in_table("/proc/net/tcp", "0100007F", port, 10);
    fake_expect(look_inspector_inspector, FINDING_PASS, "none listens");
    fake_http_stop(server);
    fake_expect(look_inspector_inspector, FINDING_PASS, "none listens"); /* and who is gone */
    const int listener = fake_http_listen(INADDR_LOOPBACK, &port);
    fake_time_passes = true;
    fake_expect(look_inspector_inspector, FINDING_WARN, "on 127.0.0.1 does not say what it is");
    fake_time_passes = false;
    close(listener);
}

static void default_port_is_asked(void **state)
{
    (void)state;
    unsigned port = 9239;
    /* 127.0.0.77: somebody may have the port on 127.0.0.1. */
    const pid_t server = fake_http_fork(fake_http_listen(0x7f00004d, &port), answer_as_node);
    listen_in_table("/proc/net/tcp", "4D00007F", port, 10);
    fake_expect(look_inspector_inspector, FINDING_FAIL, "on 127.0.0.77, port 9239");
    assert_non_null(strstr(fake_look(look_inspector_inspector), "confine = yes"));
    fake_http_stop(server);
    listen_in_table("/proc/net/tcp", "4D00007F", 9228, 10);
    fake_expect(look_inspector_inspector, FINDING_PASS, "none listens");
}

static void version_6_is_looked_at_too(void **state)
{
    (void)state;
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t size = sizeof in6;
    const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char arguments[64];
    if (fd < 0 || bind(fd, (const struct sockaddr *)&in6, sizeof in6) < 0) {
        skip(); /* there is no IPv6 here */
    }
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in6, &size), 0);
    const pid_t server = fake_http_fork(fd, answer_as_node);
    snprintf(arguments, sizeof arguments, "node --inspect=[::1]:%u", ntohs(in6.sin6_port));
    fake_process(12, "node", 1000, arguments, NULL);
    fake_file("/proc/net/tcp", "heading\n");
    listen_in_table("/proc/net/tcp6", "00000000000000000000000001000000", ntohs(in6.sin6_port), 10);
    fake_expect(look_inspector_inspector, FINDING_FAIL, "lets itself be debugged on ::1, port");
    listen_in_table("/proc/net/tcp6", "00000000000000000000000000000000", ntohs(in6.sin6_port), 10);
    fake_expect(look_inspector_inspector, FINDING_FAIL, "lets itself be debugged on ::1, port");
    fake_http_stop(server);
}

static void a_port_of_nodes_choice_is_a_warning(void **state)
{
    (void)state;
    fake_file("/proc/net/tcp", "heading\n");
    fake_process(12, "node", 1000, "node --inspect=0 x.js", NULL);
    fake_expect(look_inspector_inspector, FINDING_WARN, "one is told to choose a port by itself");
}

static void odd_options_and_tables_do_no_harm(void **state)
{
    (void)state;
    fake_process(12, "node", 1000,
                 "node --inspect --inspect=host --inspect=:x --inspect= --inspect-port=99999", NULL);
    fake_file("/proc/net/tcp", "heading\n  0: 7F:240D 0:0 0A 0:0 0:0 0 1 0\n  1: 0100007F:\n  2: x\n");
    fake_expect(look_inspector_inspector, FINDING_PASS, "none listens");
}

static void without_proc_it_is_not_known(void **state)
{
    (void)state;
    fake_expect(look_inspector_inspector, FINDING_WARN, "not seen: /proc/net/tcp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(named_ports_are_asked, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(too_many_are_said, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(others_on_that_port_pass, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(default_port_is_asked, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(version_6_is_looked_at_too, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(a_port_of_nodes_choice_is_a_warning, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(odd_options_and_tables_do_no_harm, fake_begin, fake_end),
        cmocka_unit_test_setup_teardown(without_proc_it_is_not_known, fake_begin, fake_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
