/* SPDX-License-Identifier: MIT */
#include "sandbox_init/jobline.h"

#include "sandbox_init/escape.h"
#include "sandbox_init/logtail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    WORDS_SIZE = 2048, /* bytes of a line of the log that are shown */
};

enum screen_colour jobline_colour(const struct view_job *job)
{
    if (!view_is_job_healthy(job)) {
        return SCREEN_RED;
    }
    switch (view_judge(job)) {
    case VIEW_PENDING:
        return SCREEN_YELLOW;
    case VIEW_SUCCEEDED:
        return job->state == JOBSTATE_SKIPPED ? SCREEN_DIM : SCREEN_GREEN;
    case VIEW_FAILED:
        break;
    }
    return SCREEN_DIM;
}

/* Appends PREFIX and NUMBER, if that is known. */
static void add_number(char text[static JOBLINE_SIZE], const char *prefix, const struct view_number *number)
{
    const size_t used = strlen(text);
    if (number->is_known) {
        snprintf(text + used, JOBLINE_SIZE - used, "%s%" PRIu64, prefix, number->value);
    }
}

static void add_text(char text[static JOBLINE_SIZE], const char *prefix, const char *value)
{
    const size_t used = strlen(text);
    if (value[0] != '\0' && used + strlen(prefix) + ESCAPE_WIDTH_MAX < JOBLINE_SIZE) {
        memcpy(text + used, prefix, strlen(prefix) + 1);
        escape_text(text + used + strlen(prefix), JOBLINE_SIZE - used - strlen(prefix), value);
    }
}

static void add_took(char text[static JOBLINE_SIZE], const struct view_job *job)
{
    char elapsed[VIEW_ELAPSED_SIZE];
    if (job->took.is_known) {
        add_text(text, " after ", view_render_elapsed(elapsed, job->took.value));
    }
}

static void add_detail(char text[static JOBLINE_SIZE], const struct view_job *job)
{
    switch (job->state) {
    case JOBSTATE_WAITING:
        add_text(text, " for ", job->after);
        break;
    case JOBSTATE_RUNNING:
        add_number(text, ", pid ", &job->pid);
        break;
    case JOBSTATE_BACKOFF:
    case JOBSTATE_FAILED:
    case JOBSTATE_SKIPPED:
        add_text(text, ": ", job->reason);
        break;
    case JOBSTATE_DONE:
        add_took(text, job);
        break;
    case JOBSTATE_IDLE:
    case JOBSTATE_STARTING:
    case JOBSTATE_STOPPING:
    case JOBSTATE_DRAINING:
    case JOBSTATE_HOLE:
    case JOBSTATE_STATE_COUNT:
        break;
    }
}

const char *jobline_describe(char text[static JOBLINE_SIZE], const struct view_job *job)
{
    const bool is_again = job->state == JOBSTATE_BACKOFF;
    const bool is_idle = job->state == JOBSTATE_IDLE;
    if (is_idle) {
        snprintf(text, JOBLINE_SIZE, "%s", job->started_at.is_known ? "stopped" : "not started");
    } else if (is_again) {
        snprintf(text, JOBLINE_SIZE, "waiting for its next try");
    } else {
        escape_text(text, JOBLINE_SIZE, job->state_name);
    }
    add_detail(text, job);
    return text;
}

void jobline_print(const struct screen *screen, const struct view_job *job)
{
    char name[ESCAPE_WIDTH_MAX * VIEW_WORD_SIZE];
    char text[JOBLINE_SIZE];
    const enum screen_colour colour = jobline_colour(job);
    escape_text(name, sizeof name, job->name);
    fprintf(screen->stream, "%s: %s%s%s\n", name, screen_begin(screen, colour), jobline_describe(text, job),
            screen_end(screen, colour));
}

void jobline_print_words(const struct screen *screen, const struct view_job *job)
{
    char buffer[LOGTAIL_SIZE + 1];
    char shown[WORDS_SIZE];
    if (job->log[0] == '\0') {
        return;
    }
    escape_text(shown, sizeof shown, job->log);
    const char *line = logtail_read(job->log, JOBLINE_WORDS, buffer);
    fprintf(screen->stream, "%s%s%s%s\n", screen_begin(screen, SCREEN_DIM),
            line[0] != '\0' ? "  the end of " : "  its log is ", shown, screen_end(screen, SCREEN_DIM));
    while (line[0] != '\0') {
        const size_t length = strcspn(line, "\n");
        escape_line(shown, sizeof shown, line, length);
        fprintf(screen->stream, "  | %s\n", shown);
        line += length + (line[length] == '\n' ? 1 : 0);
    }
}
