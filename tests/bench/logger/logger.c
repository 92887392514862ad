/* SPDX-License-Identifier: MIT */
/*
 * logger DIRECTORY MAX_SIZE KEEP [echo]
 *
 * What the program does with what a job prints, as a logger for a pipe on stdin, such as svlogd and s6-log
 * are: the lines go with their time into DIRECTORY/job.log, and with "echo" to stdout too.
 */
#include "sandbox_init/output.h"

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct log the_log;
static struct output output;

/* Has everybody closed the other end, and was all of it read? */
static bool is_over(void)
{
    struct pollfd end = {.fd = output.read_fd, .events = POLLIN};
    return poll(&end, 1, 0) == 1 && (end.revents & POLLIN) == 0;
}

int main(int argc, char **argv)
{
    uv_loop_t loop;
    if (argc < 4) {
        errx(64, "usage: logger DIRECTORY MAX_SIZE KEEP [echo]");
    }
    log_init(&the_log, STDOUT_FILENO, CONFIG_LOG_INFO, CONFIG_LOG_TEXT);
    const struct output_request request = {
        .log = &the_log,
        .name = "job",
        .label = "job:job",
        .has_echo = argc > 4,
        .directory = argv[1],
        .max_size = strtoull(argv[2], NULL, 10),
        .keep = (unsigned)strtoul(argv[3], NULL, 10),
    };
    if (uv_loop_init(&loop) != 0 || output_open(&output, &loop, &request) != 0) {
        errx(71, "cannot start");
    }
    /* Our pipe in place of its own, whose writing end it holds and which would never end. */
    if (fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) != 0 || dup3(STDIN_FILENO, output.read_fd, O_CLOEXEC) < 0) {
        err(71, "stdin");
    }
    close(STDIN_FILENO);
    while (!is_over()) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    output_end_line(&output);
    output_close(&output);
    log_finish(&the_log);
    return 0;
}
