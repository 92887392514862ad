/* SPDX-License-Identifier: MIT */
/*
 * dial: real connections on 127.0.0.1; a name server of the test's own, that answers, is silent, or is not
 * there. Its port is not 53, so connect() sends what goes there to it.
 *
 * WRAP: connect getrandom
 */
#include "testing.h"

#include "fake_http.h"

#include "sandbox_init/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    PATIENCE_MS = 2000,
    SHORT_MS = 60,
    DNS_PORT = 53,
};

static unsigned dns_port; /* 0: nobody is there */
static bool has_random;

int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    struct sockaddr_in in;
    if (address->sa_family == AF_INET) {
        memcpy(&in, address, sizeof in);
        if (ntohs(in.sin_port) == DNS_PORT) {
            if (dns_port == 0) {
                errno = ENETUNREACH;
                return -1;
            }
            in.sin_port = htons((uint16_t)dns_port);
            return __real_connect(fd, (const struct sockaddr *)&in, sizeof in);
        }
    }
    return __real_connect(fd, address, size);
}

ssize_t __real_getrandom(void *buffer, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *buffer, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *buffer, size_t size, unsigned flags)
{
    if (!has_random) {
        errno = EAGAIN;
        return -1;
    }
    return __real_getrandom(buffer, size, flags);
}

static unsigned port; /* somebody listens there */
static int listener;

static int begin(void **state)
{
    (void)state;
    port = 0;
    dns_port = 0;
    has_random = true;
    listener = fake_http_listen(INADDR_LOOPBACK, &port);
    return 0;
}

static int end(void **state)
{
    (void)state;
    return close(listener);
}

static int dial(const char *host, const char *hosts, const char *resolv, unsigned patience)
{
    const struct dial_files files = {.hosts = hosts, .resolv = resolv};
    return dial_tcp(host, (uint16_t)port, &files, dial_now() + patience);
}

static void expect_connected(int fd)
{
    if (fd < 0) {
        fail_msg("%s", strerror(-fd));
    }
    assert_int_not_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    close(fd);
}

static void numbers_and_hosts_need_no_server(void **state)
{
    (void)state;
    expect_connected(dial("127.0.0.1", "", "", PATIENCE_MS));
    expect_connected(dial("docker-proxy", "127.0.0.1 docker-proxy\n", "", PATIENCE_MS));
}

static void refused_is_said(void **state)
{
    (void)state;
    close(listener);
    assert_int_equal(dial("127.0.0.1", "", "", PATIENCE_MS), -ECONNREFUSED);
    listener = fake_http_listen(INADDR_LOOPBACK, &port);
}

/* ---- with a name server ---- */

/* Answers every question whose first label is LABEL with 127.0.0.1, and others with nothing. */
static pid_t start_dns(const char *label, unsigned foreign_first)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t size = sizeof in;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &size), 0);
    dns_port = ntohs(in.sin_port);
    const pid_t child = fork();
    if (child != 0) {
        assert_true(child > 0);
        close(fd);
        return child;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        static const char record[] = "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1";
        char message[512];
        struct sockaddr_in from;
        socklen_t from_size = sizeof from;
        ssize_t got = recvfrom(fd, message, sizeof message, 0, (struct sockaddr *)&from, &from_size);
        if (got < 17 || label == NULL) {
            continue;
        }
        const size_t asked = (size_t)got;
        message[2] = (char)0x81;
        /* Its length first, then the label, then what comes behind. */
        const bool is_it = message[asked - 3] == 1 && (size_t)message[12] == strcspn(label, ".") &&
                           strncmp(message + 13, label, strcspn(label, ".")) == 0 &&
                           (strchr(label, '.') == NULL) == (message[13 + strcspn(label, ".")] == 0);
        if (is_it) {
            message[7] = 1;
            memcpy(message + got, record, sizeof record - 1);
            got += (ssize_t)sizeof record - 1;
        }
        for (unsigned i = 0; i < foreign_first; i++) {
            message[0] ^= 1;
            sendto(fd, message, (size_t)got, 0, (struct sockaddr *)&from, from_size);
            message[0] ^= 1;
        }
        sendto(fd, message, (size_t)got, 0, (struct sockaddr *)&from, from_size);
    }
}

static void server_knows_the_name(void **state)
{
    (void)state;
    const pid_t dns = start_dns("docker-proxy", 3);
    expect_connected(dial("docker-proxy", "", "nameserver 127.0.0.1\n", PATIENCE_MS));
    has_random = false; /* right after the start of a machine */
    expect_connected(dial("docker-proxy", "", "nameserver 127.0.0.1\n", PATIENCE_MS));
    fake_http_stop(dns);
}

static void domains_are_appended(void **state)
{
    (void)state;
    const pid_t dns = start_dns("docker-proxy.with", 0);
    expect_connected(dial("docker-proxy", "", "nameserver 127.0.0.1\nsearch with.domain\n", PATIENCE_MS));
    assert_int_equal(dial("docker-proxy", "", "nameserver 127.0.0.1\n", PATIENCE_MS), -ENOENT);
    assert_int_equal(dial("other", "", "nameserver 127.0.0.1\nsearch a b c\n", PATIENCE_MS), -ENOENT);
    fake_http_stop(dns);
}

static void without_servers_nobody_knows(void **state)
{
    (void)state;
    assert_int_equal(dial("docker-proxy", "", "", PATIENCE_MS), -ENOENT);
    assert_int_equal(dial("", "", "nameserver 127.0.0.1", PATIENCE_MS), -ENOENT);
}

static void silent_server_costs_no_more_than_the_deadline(void **state)
{
    (void)state;
    const pid_t dns = start_dns(NULL, 0);
    const uint64_t before = dial_now();
    assert_int_equal(
        dial("docker-proxy", "", "nameserver 127.0.0.1\nnameserver 127.0.0.2\nsearch a b c\n", SHORT_MS),
        -ETIMEDOUT);
    assert_true(dial_now() - before < PATIENCE_MS);
    fake_http_stop(dns);
    assert_int_equal(dial("docker-proxy", "", "nameserver 127.0.0.1\n", PATIENCE_MS), -ETIMEDOUT);
    dns_port = 0;
    assert_int_equal(dial("docker-proxy", "", "nameserver 127.0.0.1\n", PATIENCE_MS), -ETIMEDOUT);
}

static void waiting_ends(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dial_wait(ends[0], POLLIN, 0), -ETIMEDOUT);
    assert_int_equal(dial_wait(ends[0], POLLIN, dial_now() + 20), -ETIMEDOUT);
    assert_int_equal(dial_wait(ends[1], POLLOUT, 0), 0);
    close(ends[1]);
    assert_int_equal(dial_wait(ends[0], POLLIN, dial_now() + PATIENCE_MS), 0);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_and_hosts_need_no_server, begin, end),
        cmocka_unit_test_setup_teardown(refused_is_said, begin, end),
        cmocka_unit_test_setup_teardown(server_knows_the_name, begin, end),
        cmocka_unit_test_setup_teardown(domains_are_appended, begin, end),
        cmocka_unit_test_setup_teardown(without_servers_nobody_knows, begin, end),
        cmocka_unit_test_setup_teardown(silent_server_costs_no_more_than_the_deadline, begin, end),
        cmocka_unit_test_setup_teardown(waiting_ends, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
