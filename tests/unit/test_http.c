/* SPDX-License-Identifier: MIT */
/* http: answers that are whole, cut, late, endless, or no HTTP at all. */
#include "testing.h"

#include "fake_http.h"

#include "sandbox_init/dial.h"
#include "sandbox_init/http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    PATIENCE_MS = 5000,
    SHORT_MS = 50,
};

static const char *said; /* what the other side says */
static size_t said_size;
static bool is_closed; /* and then hangs up */
static int other;

/* Asks, and the answer is there already. */
static int ask(unsigned patience, struct http_answer *answer)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    other = ends[1];
    assert_int_equal(write(other, said, said_size), said_size);
    if (is_closed) {
        shutdown(other, SHUT_WR);
    }
    *answer = (struct http_answer){0};
    const int result = http_ask(ends[0], "GET", "/_ping", dial_now() + patience, answer);
    close(ends[0]);
    return result;
}

static void say(const char *text, bool is_last)
{
    said = text;
    said_size = strlen(text);
    is_closed = is_last;
}

static void answers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_closed;
        int status; /* or -errno */
        const char *body;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", false, 200, "OK"},
        {"HTTP/1.0 403 Forbidden\r\ncontent-length:93\r\n\r\n<html>", true, 403, "<html>"},
        {"HTTP/1.1 404 Not Found\r\nX: y\r\n\r\n{}", true, 404, "{}"},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", false, 204, ""},
        {"HTTP/1.1 200 OK\r\nX-Content-Length: 1\r\nContent-Length: 3\r\n\r\nabc", false, 200, "abc"},
        {"HTTP/1.1 200 OK\r\nA: b", true, 200, ""},
        {"HTTP/1.1 999 No\r\n\r\n", true, -EPROTO, NULL},
        {"HTTP/1.1 OK\r\n\r\n", true, -EPROTO, NULL},
        {"HTTP/1.1 2", true, -EPROTO, NULL},
        {"SSH-2.0-OpenSSH_9.2\r\n", true, -EPROTO, NULL},
        {"", true, -ECONNRESET, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_answer answer;
        say(rows[i].text, rows[i].is_closed);
        const int result = ask(PATIENCE_MS, &answer);
        close(other);
        assert_int_equal(result, rows[i].status < 0 ? rows[i].status : 0);
        if (rows[i].body != NULL) {
            assert_int_equal(answer.status, rows[i].status);
            assert_string_equal(answer.body, rows[i].body);
        }
    }
}

static void what_is_asked_is_http(void **state)
{
    (void)state;
    char request[512] = "";
    struct http_answer answer;
    say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false);
    assert_int_equal(ask(PATIENCE_MS, &answer), 0);
    assert_true(read(other, request, sizeof request - 1) > 0);
    close(other);
    assert_string_equal(
        request, "GET /_ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

static void waiting_ends_at_the_deadline(void **state)
{
    (void)state;
    struct http_answer answer;
    say("", false);
    assert_int_equal(ask(SHORT_MS, &answer), -ETIMEDOUT);
    close(other);
    say("HTTP/1.", false);
    assert_int_equal(ask(SHORT_MS, &answer), -ETIMEDOUT);
    close(other);
    /* The rest does not come: what is there is enough. */
    say("HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nno", false);
    assert_int_equal(ask(SHORT_MS, &answer), 0);
    assert_int_equal(answer.status, 403);
    close(other);
}

static void endless_answers_are_cut(void **state)
{
    (void)state;
    static char text[3 * HTTP_TEXT_SIZE];
    struct http_answer answer;
    memset(text, 'x', sizeof text);
    said = text;
    said_size = sizeof text;
    is_closed = false;
    assert_int_equal(ask(PATIENCE_MS, &answer), -EPROTO);
    close(other);
    memcpy(text, "HTTP/1.1 200 OK\r\n\r\n", 19);
    assert_int_equal(ask(PATIENCE_MS, &answer), 0);
    assert_int_equal(strlen(answer.text), HTTP_TEXT_SIZE - 1);
    close(other);
}

static void hung_up_before_the_question(void **state)
{
    (void)state;
    int ends[2];
    struct http_answer answer = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    close(ends[1]);
    assert_int_equal(http_ask(ends[0], "GET", "/", dial_now() + PATIENCE_MS, &answer), -EPIPE);
    close(ends[0]);
}

/* A socket that takes nothing more. */
static void sending_ends_at_the_deadline(void **state)
{
    (void)state;
    int ends[2];
    char zeros[4096] = {0};
    struct http_answer answer = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    while (write(ends[0], zeros, sizeof zeros) > 0) {
    }
    while (write(ends[0], zeros, 1) > 0) {
    }
    assert_int_equal(http_ask(ends[0], "GET", "/", dial_now() + SHORT_MS, &answer), -ETIMEDOUT);
    close(ends[0]);
    close(ends[1]);
}

static void answer_in_pieces(int fd, const char *request)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole";
    (void)request;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        send(fd, text + i, 1, MSG_NOSIGNAL);
        usleep(500);
    }
    pause(); /* it does not hang up */
}

static void pieces_are_put_together(void **state)
{
    (void)state;
    unsigned port = 0;
    struct http_answer answer = {0};
    const struct dial_files files = {.hosts = "", .resolv = ""};
    const pid_t server = fake_http_fork(fake_http_listen(INADDR_LOOPBACK, &port), answer_in_pieces);
    const int fd = dial_tcp("127.0.0.1", (uint16_t)port, &files, dial_now() + PATIENCE_MS);
    assert_true(fd >= 0);
    assert_int_equal(http_ask(fd, "GET", "/", dial_now() + PATIENCE_MS, &answer), 0);
    assert_string_equal(answer.body, "whole");
    close(fd);
    fake_http_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_read),
        cmocka_unit_test(what_is_asked_is_http),
        cmocka_unit_test(waiting_ends_at_the_deadline),
        cmocka_unit_test(endless_answers_are_cut),
        cmocka_unit_test(hung_up_before_the_question),
        cmocka_unit_test(sending_ends_at_the_deadline),
        cmocka_unit_test(pieces_are_put_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
