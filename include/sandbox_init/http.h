/* SPDX-License-Identifier: MIT */
/*
 * http: one question by HTTP/1.1 (RFC 9112) on a connection, and the beginning of its answer.
 *
 * Only what asking a service what it is needs: no body is sent, and what is read is bounded in size and time.
 */
#ifndef SANDBOX_INIT_HTTP_H
#define SANDBOX_INIT_HTTP_H

#include <stdint.h>

enum {
    HTTP_TEXT_SIZE = 2048, /* of an answer, head and body, with the NUL */
};

struct http_answer {
    int status; /* 200 */
    char text[HTTP_TEXT_SIZE];
    const char *body; /* in TEXT; "" when it did not come, or not in time */
};

/*
 * Sends METHOD for PATH on the connected, non-blocking FD and waits for the answer until DEADLINE (dial.h).
 * Returns 0; -EPROTO: that is no HTTP; -ETIMEDOUT; -ECONNRESET: it hung up; another -errno.
 */
int http_ask(int fd, const char *method, const char *path, uint64_t deadline, struct http_answer *ret_answer);

#endif
