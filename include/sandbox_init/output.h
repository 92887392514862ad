/* SPDX-License-Identifier: MIT */
/*
 * output: what a job or service writes, from its pipe into its log file and the container's log.
 *
 * One pipe a job, made once and kept through all its runs: we hold both ends, so a grandchild that outlives
 * its run still writes into the log, is never killed by SIGPIPE, and never keeps a run from ending. That a
 * run's output is complete is told by the pipe's being empty after the exit, not by an end of file
 * (rejected alternative: a pipe a run, whose end of file a background process delays for ever).
 *
 *   2026-11-23T14:01:02.123Z the line, byte for byte             in the file
 *   NAME | the line, made safe to print                          on the container's log
 *
 * A line of more than LINES_PART_MAX bytes is split; " [...]" ends each of its parts but the last, "[...] "
 * begins each but the first. On the container's log any line is cut at LOG_LINE_MAX. The time is that at
 * which we read it.
 *
 * A writer is never blocked for long: the pipe is emptied whatever becomes of the lines, in portions, so that
 * the guard gets its turn in between. What the file does not take is lost, counted in the file itself as
 * "<time> [sandbox-init: N lines were lost: REASON]", and said once on the container's log with the mend, and
 * again when it is over or the output is closed.
 */
#ifndef SANDBOX_INIT_OUTPUT_H
#define SANDBOX_INIT_OUTPUT_H

#include "sandbox_init/lines.h"
#include "sandbox_init/log.h"
#include "sandbox_init/logfile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    OUTPUT_PORTION_SIZE = 1 << 14, /* bytes taken from the pipe at a time */
};

#define OUTPUT_FILE_SUFFIX ".log"

struct output {
    uv_poll_t poll; /* its `data` is NULL: not open */
    int read_fd;
    int write_fd; /* for struct spawn_request */
    struct log *log;
    const char *name;
    const char *label;
    bool has_echo;
    struct logfile file;
    bool is_loss_said;    /* on the container's log, since the last line that could be written */
    uint64_t lost_before; /* lines, when that was said */
    struct lines lines;
};

struct output_request {
    struct log *log;   /* outlives it */
    const char *name;  /* the job's, printable ASCII without "/"; kept by pointer */
    const char *label; /* who it is in the log's lines of our own: "job:NAME"; kept by pointer */
    bool has_echo;
    const char *directory; /* of the log file NAME.log; kept by pointer; NULL: no file */
    uint64_t max_size;
    unsigned keep;
};

/*
 * Makes the pipe, both ends close-on-exec, and listens to it. That the log file cannot be written is said on
 * the log and is no failure. Returns 0 or -errno, and then there is nothing to close.
 */
int output_open(struct output *output, uv_loop_t *loop, const struct output_request *request);

/*
 * Takes what is in the pipe now, a portion at most. Returns true when the pipe was seen empty. A last line
 * without a newline stays, for output_end_line().
 */
bool output_drain(struct output *output);

/* Ends a last line that has no newline: whoever wrote it is gone. */
void output_end_line(struct output *output);

/* A line of our own in the job's log file: "<time> [sandbox-init: started, pid 12]". Not echoed. */
__attribute__((format(printf, 2, 3))) void output_note(struct output *output, const char *format, ...);

/*
 * Ends everything; what is still in the pipe is not read. The handle is closed when the loop has run once
 * more. A zeroed object is fine.
 */
void output_close(struct output *output);

#endif
