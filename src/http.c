/* SPDX-License-Identifier: MIT */
#include "sandbox_init/http.h"

#include "sandbox_init/dial.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    REQUEST_SIZE = 512,
    STATUS_AT = 9, /* behind "HTTP/1.1 " */
};

static int send_all(int fd, const char *text, size_t length, uint64_t deadline)
{
    while (length > 0) {
        const ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            return -errno;
        }
        text += sent > 0 ? sent : 0;
        length -= sent > 0 ? (size_t)sent : 0;
        const int result = sent < 0 && errno == EAGAIN ? dial_wait(fd, POLLOUT, deadline) : 0;
        if (result < 0) {
            return result;
        }
    }
    return 0;
}

/* The body in TEXT; NULL: the head has not ended. */
static const char *find_body(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    return end != NULL ? end + 4 : NULL;
}

/* Content-Length, or -1. */
static long find_length(const char *text, const char *body)
{
    static const char name[] = "\r\nContent-Length:";
    for (const char *line = strstr(text, "\r\n"); line != NULL && line < body - 2;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line, name, sizeof name - 1) == 0) {
            return strtol(line + sizeof name - 1, NULL, 10);
        }
    }
    return -1;
}

static bool is_complete(const char *text, size_t used)
{
    const char *body = find_body(text);
    const long length = body != NULL ? find_length(text, body) : -1;
    return length >= 0 && used - (size_t)(body - text) >= (size_t)length;
}

/* Reads until the answer is there, the other side hangs up, TEXT is full or the time is over. */
static int receive(int fd, char text[static HTTP_TEXT_SIZE], uint64_t deadline)
{
    size_t used = 0;
    int result = 0;
    text[0] = '\0';
    while (result == 0 && used + 1 < HTTP_TEXT_SIZE && !is_complete(text, used)) {
        result = dial_wait(fd, POLLIN, deadline);
        const ssize_t got = result == 0 ? recv(fd, text + used, HTTP_TEXT_SIZE - 1 - used, 0) : 0;
        if (got < 0 && errno != EAGAIN && errno != EINTR) {
            result = -errno;
        } else if (result == 0 && got == 0) {
            result = -ECONNRESET;
        }
        used += got > 0 ? (size_t)got : 0;
        text[used] = '\0';
    }
    return result;
}

/* The status of "HTTP/1.1 200 OK"; 0: that is no HTTP, or not yet. */
static int read_status(const char *text)
{
    if (strncmp(text, "HTTP/1.", 7) != 0 || strlen(text) < STATUS_AT + 3) {
        return 0;
    }
    const long status = strtol(text + STATUS_AT, NULL, 10);
    return status >= 100 && status <= 599 ? (int)status : 0;
}

int http_ask(int fd, const char *method, const char *path, uint64_t deadline, struct http_answer *ret_answer)
{
    char request[REQUEST_SIZE];
    const int length = snprintf(
        request, sizeof request,
        "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", method, path);
    int result = send_all(fd, request, (size_t)length, deadline);
    if (result == 0) {
        result = receive(fd, ret_answer->text, deadline);
        ret_answer->status = read_status(ret_answer->text);
        const char *body = find_body(ret_answer->text);
        ret_answer->body = body != NULL ? body : "";
    }
    if (result == 0 || (result == -ECONNRESET && ret_answer->text[0] != '\0')) {
        return ret_answer->status != 0 ? 0 : -EPROTO;
    }
    return result == -ETIMEDOUT && ret_answer->status != 0 ? 0 : result;
}
