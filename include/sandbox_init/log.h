/* SPDX-License-Identifier: MIT */
/*
 * log: what the init has to say, on stderr and, if asked, in a file.
 *
 * One line an event, written by one write(2). Nothing about it can stop or kill the init: a full pipe, a
 * closed stderr, a full disk or a vanished directory loses lines, and the number lost is said as soon as a
 * line can be written again. It never blocks: whether a pipe has room is asked before, and an inherited
 * descriptor is never switched to O_NONBLOCK, which would reach our children through the shared description.
 *
 *   2026-11-23T14:01:02.123Z sandbox-init info guard: revoked /tmp/vscode-ipc-1.sock (owner 1000)
 *   {"time":"2026-11-23T14:01:02.123Z","level":"info","part":"guard","message":"revoked ..."}
 *
 * Callers pass names from outside through escape.h. As a second line of defence, a control character that
 * is left in a message is written as "?".
 *
 * What jobs print is echoed on stderr, too, not in the file: each job has one of its own (see output.h).
 *
 *   NAME | the line, as escape_line() makes it
 *   {"time":"2026-11-23T14:01:02.123Z","level":"info","part":"NAME","message":"the line"}
 */
#ifndef SANDBOX_INIT_LOG_H
#define SANDBOX_INIT_LOG_H

#include "sandbox_init/config.h"
#include "sandbox_init/logfile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_LINE_MAX = 2048,     /* bytes of a line; what is longer is cut */
    LOG_GATHERED_MAX = 4096, /* bytes of jobs' lines that are written at once: PIPE_BUF, so as to be whole */
    LOG_FILE_SIZE_MAX = 1 << 20, /* bytes; then the file becomes "[name].1" and a new one is begun */
    LOG_FILE_KEEP = 1,
};

#define LOG_FILE_NAME "sandbox-init.log"

struct log {
    int fd;
    int own_fd; /* `fd`, where it is a terminal opened again so as not to block; -1: it is not */
    enum config_log_level level;
    enum config_log_format format;
    bool is_colored; /* for a person at a terminal: short time, colours */
    uint64_t lost;   /* lines that `fd` did not take and that were not reported yet */
    bool is_torn;    /* `fd` took only the beginning of the last one */

    struct logfile file;
    bool is_file_broken; /* the last attempt to write it failed, and that was said */

    size_t gathered; /* bytes of jobs' lines in `text` that were not written yet */
    char text[LOG_GATHERED_MAX];
};

/* Begins to write to FD at LEVEL. The object may be used at once; no failure is possible. */
void log_init(struct log *log, int fd, enum config_log_level level, enum config_log_format format);

/* Writes for a person from now on: short time stamps and colours. */
void log_use_colors(struct log *log);

/*
 * Writes to DIRECTORY/sandbox-init.log too; the string is kept by pointer. The directory's last component is
 * made if it is missing, and must not be a symbolic link. The file is opened again when somebody deleted it.
 * Returns 0, or -errno for the first attempt; either way each further line tries again, and failures are said
 * once.
 */
int log_use_file(struct log *log, const char *directory);

/* Writes what was gathered and closes the file. */
void log_finish(struct log *log);

/* Would a line of LEVEL be written? For callers whose message costs something to make. */
bool log_is_on(const struct log *log, enum config_log_level level);

/* Says one line. PART: the module or job that speaks. FORMAT as in printf(3), without a newline. */
__attribute__((format(printf, 4, 5))) void log_say(struct log *log, enum config_log_level level,
                                                   const char *part, const char *format, ...);

#define log_error(log, part, ...)   log_say(log, CONFIG_LOG_ERROR, part, __VA_ARGS__)
#define log_warning(log, part, ...) log_say(log, CONFIG_LOG_WARNING, part, __VA_ARGS__)
#define log_info(log, part, ...)    log_say(log, CONFIG_LOG_INFO, part, __VA_ARGS__)
#define log_debug(log, part, ...)   log_say(log, CONFIG_LOG_DEBUG, part, __VA_ARGS__)

/*
 * A line that the job NAME printed: LENGTH bytes of TEXT, any bytes, without its newline. It has the level
 * info: where only warnings or errors are wanted it is in the job's own file alone. It may be gathered with
 * others until log_echo_flush(), a log_say(), or LOG_GATHERED_MAX; what a slow reader does not take is lost
 * like any other line.
 */
void log_echo(struct log *log, const char *name, const char *text, size_t length);

void log_echo_flush(struct log *log);

#endif
