/* SPDX-License-Identifier: MIT */
#include "sandbox_init/status.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/jobline.h"
#include "sandbox_init/json.h"
#include "sandbox_init/screen.h"
#include "sandbox_init/snapshot.h"
#include "sandbox_init/stamp.h"
#include "sandbox_init/view.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELL_SIZE = 2 * VIEW_PATH_SIZE, /* bytes of a text of the table, and of one made safe for JSON */
    LINE_SIZE = 4096,               /* of a paragraph */
    INDENT = 8,                     /* columns of a paragraph's name */
    GAP = 2,                        /* columns between those of the table */
    WHY_MIN = 20,                   /* columns that are worth showing of a reason */
};

/* ---- the table ---- */

enum column {
    COLUMN_NAME,
    COLUMN_KIND,
    COLUMN_STATE,
    COLUMN_FOR,
    COLUMN_TOOK,
    COLUMN_EXIT,
    COLUMN_TRIES,
    COLUMN_WHY,
    COLUMN_LOG,
    COLUMN_COUNT,
};

static const char *const titles[COLUMN_COUNT] = {"NAME", "KIND",  "STATE", "FOR", "TOOK",
                                                 "EXIT", "TRIES", "WHY",   "LOG"};

/* What a narrow terminal does without, first of all the first. */
static const enum column dispensable[] = {COLUMN_LOG,  COLUMN_KIND, COLUMN_TRIES, COLUMN_TOOK,
                                          COLUMN_EXIT, COLUMN_FOR,  COLUMN_WHY};

struct table {
    const struct screen *screen;
    const struct view *view;
    size_t widths[COLUMN_COUNT]; /* 0: left out */
};

static void write_number(char cell[static CELL_SIZE], const struct view_number *number)
{
    if (number->is_known) {
        snprintf(cell, CELL_SIZE, "%" PRIu64, number->value);
    } else {
        snprintf(cell, CELL_SIZE, "-");
    }
}

static void write_tries(char cell[static CELL_SIZE], const struct view_job *job)
{
    write_number(cell, &job->tries);
    const size_t used = strlen(cell);
    if (job->tries_max.is_known && job->tries_max.value > 0) {
        snprintf(cell + used, CELL_SIZE - used, "/%" PRIu64, job->tries_max.value);
    }
}

static void write_why(char cell[static CELL_SIZE], const struct view_job *job)
{
    if (job->reason[0] != '\0') {
        escape_text(cell, CELL_SIZE, job->reason);
    } else if (job->state == JOBSTATE_WAITING && job->after[0] != '\0') {
        const size_t used = (size_t)snprintf(cell, CELL_SIZE, "after ");
        escape_text(cell + used, CELL_SIZE - used, job->after);
    } else {
        snprintf(cell, CELL_SIZE, "%s",
                 job->state == JOBSTATE_IDLE && !job->is_enabled ? "enabled = no" : "");
    }
}

static void write_cell(char cell[static CELL_SIZE], const struct view_job *job, enum column column,
                       uint64_t now_at)
{
    char elapsed[VIEW_ELAPSED_SIZE] = "-";
    switch (column) {
    case COLUMN_NAME:
        escape_text(cell, CELL_SIZE, job->name);
        break;
    case COLUMN_KIND:
        snprintf(cell, CELL_SIZE, "%s", job->is_service ? "service" : "job");
        break;
    case COLUMN_STATE:
        escape_text(cell, CELL_SIZE, job->state_name);
        break;
    case COLUMN_FOR:
        view_render_elapsed(elapsed, view_find_elapsed(&job->changed_at, now_at));
        snprintf(cell, CELL_SIZE, "%s", elapsed);
        break;
    case COLUMN_TOOK:
        snprintf(cell, CELL_SIZE, "%s",
                 job->took.is_known ? view_render_elapsed(elapsed, job->took.value) : elapsed);
        break;
    case COLUMN_EXIT:
        write_number(cell, &job->status);
        break;
    case COLUMN_TRIES:
        write_tries(cell, job);
        break;
    case COLUMN_WHY:
        write_why(cell, job);
        break;
    case COLUMN_LOG:
    case COLUMN_COUNT:
        escape_text(cell, CELL_SIZE, job->log);
        break;
    }
}

static size_t measure(const struct table *table, enum column column)
{
    const struct view *view = table->view;
    char cell[CELL_SIZE];
    size_t width = 0;
    for (size_t i = 0; i < view->job_count; i++) {
        write_cell(cell, &view->jobs[i], column, view->init.now_at.value);
        const size_t length = strlen(cell);
        width = length > width ? length : width;
    }
    const size_t title = strlen(titles[column]);
    return width > 0 && width < title ? title : width; /* of what nobody has there is no column */
}

/* Columns of the whole table, of a reason no more than are worth it. */
static size_t add_up(const struct table *table)
{
    size_t sum = 0;
    for (int column = 0; column < COLUMN_COUNT; column++) {
        const size_t width = table->widths[column];
        const size_t counted = column == COLUMN_WHY && width > WHY_MIN ? WHY_MIN : width;
        sum += counted > 0 ? counted + GAP : 0;
    }
    return sum - GAP;
}

static void fit(struct table *table)
{
    const size_t columns = table->screen->columns;
    for (int column = 0; column < COLUMN_COUNT; column++) {
        table->widths[column] = measure(table, (enum column)column);
    }
    for (size_t i = 0; i < sizeof dispensable / sizeof dispensable[0] && add_up(table) > columns; i++) {
        table->widths[dispensable[i]] = 0;
    }
    size_t *why = &table->widths[COLUMN_WHY];
    const size_t room = columns > add_up(table) ? columns - add_up(table) : 0;
    if (*why > WHY_MIN && *why - WHY_MIN > room) {
        *why = WHY_MIN + room;
    }
    size_t *name = &table->widths[COLUMN_NAME];
    const size_t over = add_up(table) > columns ? add_up(table) - columns : 0;
    *name = over < *name ? *name - over : 1;
}

/* JOB NULL: the titles. */
static void print_row(const struct table *table, const struct view_job *job)
{
    const struct screen *screen = table->screen;
    char cell[CELL_SIZE];
    size_t behind = 0; /* blanks that are due before the next text */
    for (int column = 0; column < COLUMN_COUNT; column++) {
        const size_t width = table->widths[column];
        if (width == 0) {
            continue;
        }
        enum screen_colour colour = SCREEN_PLAIN;
        if (job == NULL) {
            snprintf(cell, sizeof cell, "%s", titles[column]);
            colour = SCREEN_BOLD;
        } else {
            write_cell(cell, job, (enum column)column, table->view->init.now_at.value);
            colour = column == COLUMN_STATE ? jobline_colour(job) : SCREEN_PLAIN;
        }
        const size_t used = screen_cut(cell, width);
        if (used > 0) {
            fprintf(screen->stream, "%*s%s%s%s", (int)behind, "", screen_begin(screen, colour), cell,
                    screen_end(screen, colour));
            behind = 0;
        }
        behind += width - used + GAP;
    }
    fputc('\n', screen->stream);
}

static void print_table(const struct screen *screen, const struct view *view)
{
    struct table table = {.screen = screen, .view = view};
    if (view->job_count == 0) {
        return;
    }
    fit(&table);
    fputc('\n', screen->stream);
    print_row(&table, NULL);
    for (size_t i = 0; i < view->job_count; i++) {
        print_row(&table, &view->jobs[i]);
    }
}

/* ---- what stands above it ---- */

/* Prints NAME and TEXT, word by word, in lines that fit; the first word in COLOUR. */
static void print_paragraph(const struct screen *screen, const char *name, enum screen_colour colour,
                            char *text)
{
    const size_t indent = screen->columns > 3 * INDENT ? INDENT : 0;
    fprintf(screen->stream, "%s%s%s", screen_begin(screen, SCREEN_BOLD), name,
            screen_end(screen, SCREEN_BOLD));
    if (indent > 0) {
        fprintf(screen->stream, "%*s", (int)(indent - strlen(name)), "");
    } else if (name[0] != '\0') {
        fputc('\n', screen->stream);
    }
    screen_print_words(screen, indent, colour, text);
}

static void print_init(const struct screen *screen, const struct view *view)
{
    const struct view_init *init = &view->init;
    const struct timespec started = {.tv_sec = (time_t)(init->started_at.value / 1000)};
    char version[2 * VIEW_WORD_SIZE];
    char state[2 * VIEW_WORD_SIZE];
    char elapsed[VIEW_ELAPSED_SIZE];
    char stamp[STAMP_LENGTH + 1];
    char text[LINE_SIZE];
    escape_text(version, sizeof version, init->version);
    escape_text(state, sizeof state, strcmp(init->state, "running") == 0 ? "" : init->state);
    stamp_render(stamp, &started);
    stamp[STAMP_CLOCK - 1] = '\0';
    stamp[STAMP_CLOCK + 8] = '\0';
    const bool is_healthy = view_is_healthy(view);
    snprintf(text, sizeof text, "%s, %ssandbox-init %s, pid %" PRIu64 "%s, up %s, since %s %s UTC",
             is_healthy ? "healthy" : "degraded", state[0] != '\0' ? "going down, " : "", version,
             init->pid.value, init->is_pid1.value == 0 ? " (not PID 1)" : "",
             view_render_elapsed(elapsed, view_find_elapsed(&init->started_at, init->now_at.value)), stamp,
             stamp + STAMP_CLOCK);
    print_paragraph(screen, "init", is_healthy ? SCREEN_GREEN : SCREEN_RED, text);
    if (init->command[0] != '\0') {
        const size_t used = escape_text(text, sizeof text / 2, init->command);
        if (init->command_pid.is_known) {
            snprintf(text + used, sizeof text - used, ", pid %" PRIu64, init->command_pid.value);
        } else {
            snprintf(text + used, sizeof text - used, ", not running");
        }
        print_paragraph(screen, "command", SCREEN_PLAIN, text);
    }
}

static void print_guard(const struct screen *screen, const struct view *view)
{
    const struct view_guard *guard = &view->guard;
    char level[2 * VIEW_WORD_SIZE];
    char reason[2 * VIEW_TEXT_SIZE];
    char elapsed[VIEW_ELAPSED_SIZE];
    char text[LINE_SIZE];
    escape_text(level, sizeof level, guard->level);
    escape_text(reason, sizeof reason, guard->reason);
    const bool is_full = strcmp(guard->level, "full") == 0;
    snprintf(text, sizeof text, "%s%s%s", level, reason[0] != '\0' ? ": " : "", reason);
    print_paragraph(screen, "guard",
                    is_full                        ? SCREEN_GREEN
                    : view_is_guard_healthy(guard) ? SCREEN_YELLOW
                                                   : SCREEN_RED,
                    text);
    snprintf(text, sizeof text,
             "%" PRIu64 " director%s, %s; revoked %" PRIu64 ", unlinked %" PRIu64 ", links %" PRIu64
             ", found %" PRIu64 ", refused %" PRIu64 ", failed %" PRIu64 ", hard links %" PRIu64
             ", moved away %" PRIu64 ", overflows %" PRIu64 "; last %s%s",
             guard->directories.value, guard->directories.value == 1 ? "y" : "ies",
             guard->polling.value != 0 ? "some swept every second" : "watched", guard->revoked.value,
             guard->unlinked.value, guard->links.value, guard->found.value, guard->refused.value,
             guard->failed.value, guard->hard_links.value, guard->moved_away.value, guard->overflows.value,
             guard->last_at.is_known
                 ? view_render_elapsed(elapsed, view_find_elapsed(&guard->last_at, view->init.now_at.value))
                 : "never",
             guard->last_at.is_known ? " ago" : "");
    print_paragraph(screen, "", SCREEN_PLAIN, text);
}

static void print_logs(const struct screen *screen, const struct view *view)
{
    char text[LINE_SIZE];
    if (view->init.log_dir[0] != '\0' && view->job_count > 0) {
        escape_text(text, sizeof text, view->init.log_dir);
        print_paragraph(screen, "logs", SCREEN_PLAIN, text);
    }
}

static void print_text(const struct status_request *request, const struct view *view)
{
    struct screen screen;
    screen_look(&screen, request->stream, request->environ_in);
    print_init(&screen, view);
    print_guard(&screen, view);
    print_logs(&screen, view);
    print_table(&screen, view);
}

/* ---- JSON ---- */

static void put_number(struct json *json, const char *name, const struct view_number *number)
{
    if (number->is_known) {
        json_number(json, name, number->value);
    } else {
        json_null(json, name);
    }
}

static void put_init(struct json *json, const struct view_init *init)
{
    json_name(json, "init");
    json_open(json, '{');
    json_string(json, "version", init->version);
    put_number(json, "pid", &init->pid);
    json_flag(json, "is_pid1", init->is_pid1.value != 0);
    put_number(json, "uid", &init->uid);
    json_string(json, "state", init->state);
    put_number(json, "now_at", &init->now_at);
    put_number(json, "started_at", &init->started_at);
    json_text(json, "log_dir", init->log_dir);
    json_text(json, "command", init->command);
    put_number(json, "command_pid", &init->command_pid);
    json_close(json, '}');
}

static void put_guard(struct json *json, const struct view_guard *guard)
{
    json_name(json, "guard");
    json_open(json, '{');
    json_string(json, "level", guard->level);
    json_text(json, "reason", guard->reason);
    json_flag(json, "healthy", view_is_guard_healthy(guard));
    put_number(json, "directories", &guard->directories);
    json_flag(json, "polling", guard->polling.value != 0);
    put_number(json, "revoked", &guard->revoked);
    put_number(json, "unlinked", &guard->unlinked);
    put_number(json, "links", &guard->links);
    put_number(json, "found", &guard->found);
    put_number(json, "refused", &guard->refused);
    put_number(json, "failed", &guard->failed);
    put_number(json, "hard_links", &guard->hard_links);
    put_number(json, "moved_away", &guard->moved_away);
    put_number(json, "overflows", &guard->overflows);
    put_number(json, "last_at", &guard->last_at);
    json_close(json, '}');
}

/* The names in LIST, separated by blanks, as an array. */
static void put_names(struct json *json, const char *name, const char *list)
{
    json_name(json, name);
    json_open(json, '[');
    while (*list != '\0') {
        char word[VIEW_WORD_SIZE] = "";
        const size_t length = strcspn(list, " ");
        memcpy(word, list, length < sizeof word ? length : sizeof word - 1);
        json_entry_string(json, word);
        list += length + strspn(list + length, " ");
    }
    json_close(json, ']');
}

static void put_job(struct json *json, const struct view_job *job)
{
    json_entry_line(json);
    json_open(json, '{');
    json_string(json, "name", job->name);
    json_string(json, "kind", job->is_service ? "service" : "job");
    json_flag(json, "enabled", job->is_enabled);
    json_string(json, "state", job->state_name);
    json_flag(json, "healthy", view_is_job_healthy(job));
    put_number(json, "changed_at", &job->changed_at);
    put_number(json, "started_at", &job->started_at);
    put_number(json, "took_ms", &job->took);
    put_number(json, "pid", &job->pid);
    put_number(json, "tries", &job->tries);
    put_number(json, "tries_max", &job->tries_max);
    put_number(json, "exit_status", &job->status);
    json_text(json, "reason", job->reason);
    put_names(json, "after", job->after);
    json_text(json, "log", job->log);
    json_close(json, '}');
}

static void print_json(FILE *stream, const struct view *view)
{
    struct json json = {.stream = stream};
    json_open(&json, '{');
    json_number(&json, "schema", STATUS_SCHEMA);
    json_flag(&json, "healthy", view_is_healthy(view));
    put_init(&json, &view->init);
    put_guard(&json, &view->guard);
    json_name(&json, "jobs");
    json_open(&json, '[');
    for (size_t i = 0; i < view->job_count; i++) {
        put_job(&json, &view->jobs[i]);
    }
    json_close(&json, ']');
    json_close(&json, '}');
    fputc('\n', stream);
}

/* ---- the mode ---- */

static int show(const struct status_request *request, const struct view *view)
{
    if (request->is_json && !request->is_quiet) {
        print_json(request->stream, view);
    } else if (!request->is_quiet) {
        print_text(request, view);
    }
    if (fflush(request->stream) != 0 || ferror(request->stream)) {
        fprintf(stderr, "sandbox-init: cannot write the status: %s\n", strerror(errno != 0 ? errno : EIO));
        return CLI_STATUS_SYSTEM;
    }
    return view_is_healthy(view) ? CLI_STATUS_OK : CLI_STATUS_FAILED;
}

int status_run(const struct status_request *request)
{
    struct client *client = calloc(1, sizeof *client);
    struct view *view = calloc(1, sizeof *view);
    int status = CLI_STATUS_SYSTEM;
    if (client == NULL || view == NULL) {
        fprintf(stderr, "sandbox-init: %s\n", strerror(ENOMEM));
    } else if ((status = snapshot_take(view, client, request->runtime_dir, 0)) == 0) {
        status = show(request, view);
    } else if (!request->is_quiet) {
        client_report(client);
    }
    free(client);
    free(view);
    return status;
}
