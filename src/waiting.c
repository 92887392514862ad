/* SPDX-License-Identifier: MIT */
#include "sandbox_init/waiting.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/client.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/jobline.h"
#include "sandbox_init/logtail.h"
#include "sandbox_init/screen.h"
#include "sandbox_init/sigmask.h"
#include "sandbox_init/view.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define HIDE_CURSOR    "\x1b[?25l\x1b[?7l" /* and let no line run on into the next */
#define SHOW_CURSOR    "\x1b[?7h\x1b[?25h"
#define REST_OF_LINE   "\x1b[K"
#define REST_OF_SCREEN "\x1b[J"

enum {
    FRAME_SIZE = 1 << 16, /* bytes of one drawing */
    LINE_SIZE = 2048,     /* of a line of it */
    NAME_COLUMNS = 24,
    STATE_COLUMNS = 8,
    ELAPSED_COLUMNS = 11,
    BAR_COLUMNS = 30,
    AT_ONCE_MAX = 1000,   /* records taken before the screen and the signals have their turn */
    LOOK_AGAIN_MS = 1000, /* while an answer is due */
};

/* Large: on the heap. */
struct waiting {
    const struct waiting_request *request;
    struct screen screen;
    bool is_live;
    int signal_fd;     /* -1: none */
    sigset_t mask;     /* before ours */
    uint64_t begun_ms; /* CLOCK_MONOTONIC, as all that end in _ms */
    uint64_t until_ms; /* 0: no limit */
    uint64_t told_ms;  /* when the init told its own time */
    uint64_t drawn_ms;
    size_t drawn_lines; /* that stand on the screen, to be drawn over */
    unsigned turn;      /* of the spinner */
    bool is_changed;    /* since it was drawn */
    struct client client;
    struct view view;
    size_t frame_used;
    char frame[FRAME_SIZE];
};

static uint64_t now_ms(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* What the init's clock shows now. */
static uint64_t find_init_now(const struct waiting *waiting)
{
    return waiting->view.init.now_at.value + (now_ms() - waiting->told_ms);
}

static bool is_wanted(const struct waiting *waiting, const struct view_job *job)
{
    for (size_t i = 0; i < waiting->request->name_count; i++) {
        if (strcmp(waiting->request->names[i], job->name) == 0) {
            return true;
        }
    }
    return waiting->request->name_count == 0 && job->is_enabled && !job->is_service;
}

/* ---- what is known ---- */

/* Of all that are wanted. */
static enum view_verdict judge_all(const struct waiting *waiting)
{
    enum view_verdict verdict = VIEW_SUCCEEDED;
    for (size_t i = 0; i < waiting->view.job_count; i++) {
        const struct view_job *job = &waiting->view.jobs[i];
        const enum view_verdict one = is_wanted(waiting, job) ? view_judge(job) : VIEW_SUCCEEDED;
        if (one == VIEW_FAILED) {
            return VIEW_FAILED;
        }
        verdict = one == VIEW_PENDING ? VIEW_PENDING : verdict;
    }
    return verdict;
}

static bool has_all_names(struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->request->name_count; i++) {
        if (view_find_job(&waiting->view, waiting->request->names[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/* ---- a line a change ---- */

static void say_change(const struct waiting *waiting, const struct view_job *job)
{
    const bool is_passing = job->state == JOBSTATE_STARTING || job->state == JOBSTATE_DRAINING;
    if (!waiting->is_live && !waiting->request->is_quiet && !is_passing && is_wanted(waiting, job)) {
        jobline_print(&waiting->screen, job);
        fflush(waiting->screen.stream);
    }
}

static void take(struct waiting *waiting, const char *name, struct fields_reader *reader)
{
    struct view *view = &waiting->view;
    /* As they were, to tell what is news. */
    struct view_number changed_at[CONFIG_JOBS_MAX];
    enum jobstate_state states[CONFIG_JOBS_MAX];
    const size_t count = view->job_count;
    for (size_t i = 0; i < count; i++) {
        changed_at[i] = view->jobs[i].changed_at;
        states[i] = view->jobs[i].state;
    }
    const struct view_job *job = view_take(view, name, reader);
    if (strcmp(name, "init") == 0) {
        waiting->told_ms = now_ms();
    }
    if (job == NULL) {
        return;
    }
    const size_t index = (size_t)(job - view->jobs);
    if (index >= count || states[index] != job->state || changed_at[index].value != job->changed_at.value) {
        waiting->is_changed = true;
        say_change(waiting, job);
    }
}

/* ---- the live display ---- */

__attribute__((format(printf, 2, 3))) static void add(struct waiting *waiting, const char *format, ...)
{
    const size_t room = sizeof waiting->frame - waiting->frame_used;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(waiting->frame + waiting->frame_used, room, format, arguments);
    va_end(arguments);
    waiting->frame_used += length < 0 ? 0 : (size_t)length < room ? (size_t)length : room - 1;
}

static void flush_frame(struct waiting *waiting)
{
    fwrite(waiting->frame, 1, waiting->frame_used, waiting->screen.stream);
    fflush(waiting->screen.stream);
    waiting->frame_used = 0;
}

static bool has_process(const struct view_job *job)
{
    return job->state >= JOBSTATE_STARTING && job->state <= JOBSTATE_DRAINING;
}

static char choose_mark(const struct waiting *waiting, const struct view_job *job)
{
    static const char spinner[] = "|/-\\";
    switch (view_judge(job)) {
    case VIEW_SUCCEEDED:
        return job->state == JOBSTATE_SKIPPED ? '-' : '+';
    case VIEW_FAILED:
        return 'x';
    case VIEW_PENDING:
        break;
    }
    if (!has_process(job)) {
        return '.';
    }
    return spinner[waiting->turn % (sizeof spinner - 1)];
}

/* The last line of its output, as far as it can be read. */
static void write_last_line(char text[static LINE_SIZE], const struct view_job *job)
{
    char buffer[LOGTAIL_SIZE + 1];
    size_t length = 0;
    bool is_own = false;
    text[0] = '\0';
    const char *line = logtail_read(job->log, 1, buffer);
    const char *said = logtail_find_text(line, &length, &is_own);
    if (!is_own && length > 0) {
        escape_line(text, LINE_SIZE, said, length);
    }
    for (char *tab = text; (tab = strchr(tab, '\t')) != NULL;) {
        *tab = ' '; /* it would take more than one column */
    }
}

static void write_detail(char text[static LINE_SIZE], const struct view_job *job)
{
    text[0] = '\0';
    if (job->state == JOBSTATE_RUNNING && !job->is_service) {
        write_last_line(text, job);
    } else if (job->state == JOBSTATE_WAITING) {
        const size_t used = (size_t)snprintf(text, LINE_SIZE, "for ");
        escape_text(text + used, LINE_SIZE - used, job->after);
    } else if (job->reason[0] != '\0') {
        escape_text(text, LINE_SIZE, job->reason);
    }
}

static void write_elapsed(const struct waiting *waiting, char text[static VIEW_ELAPSED_SIZE],
                          const struct view_job *job)
{
    const struct view_number *since = has_process(job) ? &job->started_at : &job->changed_at;
    if (view_judge(job) == VIEW_PENDING) {
        view_render_elapsed(text, view_find_elapsed(since, find_init_now(waiting)));
    } else if (job->took.is_known) {
        view_render_elapsed(text, job->took.value);
    } else {
        text[0] = '\0';
    }
}

static void draw_job(struct waiting *waiting, const struct view_job *job, size_t name_columns)
{
    const struct screen *screen = &waiting->screen;
    const enum screen_colour colour = jobline_colour(job);
    char left[LINE_SIZE];
    char name[ESCAPE_WIDTH_MAX * VIEW_WORD_SIZE];
    char state[ESCAPE_WIDTH_MAX * VIEW_WORD_SIZE];
    char elapsed[VIEW_ELAPSED_SIZE];
    char detail[LINE_SIZE];
    escape_text(name, sizeof name, job->name);
    escape_text(state, sizeof state, job->state_name);
    screen_cut(name, name_columns);
    screen_cut(state, STATE_COLUMNS);
    write_elapsed(waiting, elapsed, job);
    write_detail(detail, job);
    snprintf(left, sizeof left, "%c %-*s  %-*s %*s  ", choose_mark(waiting, job), (int)name_columns, name,
             STATE_COLUMNS, state, ELAPSED_COLUMNS, elapsed);
    const size_t width = screen->columns > 1 ? screen->columns - 1 : 1;
    const size_t used = screen_cut(left, width);
    screen_cut(detail, width - used);
    add(waiting, "%s%s%s%s" REST_OF_LINE "\n", screen_begin(screen, colour), left, screen_end(screen, colour),
        detail);
    waiting->drawn_lines++;
}

static void draw_bar(struct waiting *waiting, size_t done, size_t count)
{
    char bar[BAR_COLUMNS + 1];
    char line[LINE_SIZE];
    char elapsed[VIEW_ELAPSED_SIZE];
    const size_t filled = count > 0 ? done * BAR_COLUMNS / count : BAR_COLUMNS;
    memset(bar, '.', BAR_COLUMNS);
    memset(bar, '#', filled);
    bar[BAR_COLUMNS] = '\0';
    snprintf(line, sizeof line, "%zu of %zu  %s  [%s]", done, count,
             view_render_elapsed(elapsed, now_ms() - waiting->begun_ms), bar);
    screen_cut(line, waiting->screen.columns > 1 ? waiting->screen.columns - 1 : 1);
    add(waiting, "%s" REST_OF_LINE, line);
}

/* How wide the names are, how many there are, and how many of them are known to have succeeded. */
static size_t measure(const struct waiting *waiting, size_t *ret_count, size_t *ret_done)
{
    size_t columns = 1;
    *ret_count = *ret_done = 0;
    for (size_t i = 0; i < waiting->view.job_count; i++) {
        const struct view_job *job = &waiting->view.jobs[i];
        if (!is_wanted(waiting, job)) {
            continue;
        }
        const size_t length = strlen(job->name);
        columns = length > columns ? length : columns;
        *ret_done += view_judge(job) == VIEW_SUCCEEDED ? 1 : 0;
        ++*ret_count;
    }
    return columns < NAME_COLUMNS ? columns : NAME_COLUMNS;
}

/* On a screen that is too low for all, those that succeeded are left out, and then the last ones. */
static void draw_jobs(struct waiting *waiting, size_t columns, size_t count)
{
    const size_t rows = waiting->screen.rows > 3 ? waiting->screen.rows - 2 : 1;
    size_t left_out = 0;
    for (size_t i = 0; i < waiting->view.job_count; i++) {
        const struct view_job *job = &waiting->view.jobs[i];
        if (!is_wanted(waiting, job)) {
            continue;
        }
        const bool is_dispensable = count > rows && view_judge(job) == VIEW_SUCCEEDED;
        if (is_dispensable || waiting->drawn_lines >= rows) {
            left_out++;
        } else {
            draw_job(waiting, job, columns);
        }
    }
    if (left_out > 0) {
        add(waiting, "  and %zu more" REST_OF_LINE "\n", left_out);
        waiting->drawn_lines++;
    }
}

static void draw(struct waiting *waiting)
{
    size_t count = 0;
    size_t done = 0;
    const size_t columns = measure(waiting, &count, &done);
    screen_look(&waiting->screen, waiting->request->stream, waiting->request->environ_in);
    add(waiting, "\r");
    if (waiting->drawn_lines > 0) {
        add(waiting, "\x1b[%zuA", waiting->drawn_lines);
    }
    waiting->drawn_lines = 0;
    draw_jobs(waiting, columns, count);
    draw_bar(waiting, done, count);
    add(waiting, REST_OF_SCREEN);
    flush_frame(waiting);
    waiting->turn++;
    waiting->is_changed = false;
    waiting->drawn_ms = now_ms();
}

static void begin_live(struct waiting *waiting)
{
    add(waiting, HIDE_CURSOR);
    waiting->drawn_lines = 0;
    waiting->is_changed = true;
}

static void end_live(struct waiting *waiting)
{
    add(waiting, SHOW_CURSOR "\n");
    flush_frame(waiting);
}

/* Does anything of what is drawn change by itself? */
static bool is_moving(const struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->view.job_count; i++) {
        const struct view_job *job = &waiting->view.jobs[i];
        const bool has_clock = has_process(job) || job->state == JOBSTATE_BACKOFF;
        if (has_clock && is_wanted(waiting, job) && view_judge(job) == VIEW_PENDING) {
            return true;
        }
    }
    return false;
}

/* ---- signals ---- */

/* Those that would leave the terminal as it is. That they are not ours to take is seen to in take_signal().
 */
static void catch_signals(struct waiting *waiting)
{
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
    sigset_t caught;
    sigset_t blocked;
    sigemptyset(&caught);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        sigaddset(&caught, taken[i]);
    }
    sigmask_block_all(&waiting->mask);
    blocked = waiting->mask;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        sigaddset(&blocked, taken[i]);
    }
    waiting->signal_fd = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
    sigmask_set(waiting->signal_fd >= 0 ? &blocked : &waiting->mask);
}

static void release_signals(struct waiting *waiting)
{
    if (waiting->signal_fd >= 0) {
        close(waiting->signal_fd);
        waiting->signal_fd = -1;
        sigmask_set(&waiting->mask);
    }
}

/* Returns an exit status if the signal did not end us, as it should have; -1: go on. */
static int take_signal(struct waiting *waiting)
{
    struct signalfd_siginfo info;
    if (waiting->signal_fd < 0 || read(waiting->signal_fd, &info, sizeof info) != (ssize_t)sizeof info) {
        return -1;
    }
    const int number = (int)info.ssi_signo;
    if (number == SIGWINCH) {
        waiting->is_changed = true;
        return -1;
    }
    end_live(waiting);
    if (number == SIGTSTP) {
        raise(SIGSTOP); /* until somebody continues us */
        begin_live(waiting);
        return -1;
    }
    release_signals(waiting);
    raise(number);
    return 128 + number;
}

/* ---- the conversation ---- */

/* Asks for the state of everything. Returns 0 or an exit status. */
static int look(struct waiting *waiting)
{
    const struct client_request question = {.runtime_dir = waiting->request->runtime_dir, .text = "status"};
    struct fields_reader reader;
    const char *name = NULL;
    enum client_event event = CLIENT_FAILED;
    if (client_open(&waiting->client, &question) != 0) {
        return waiting->client.status;
    }
    while ((event = client_next(&waiting->client, -1, &name, &reader)) == CLIENT_RECORD) {
        take(waiting, name, &reader);
    }
    return event == CLIENT_END ? 0 : waiting->client.status;
}

static int subscribe(struct waiting *waiting)
{
    char text[CLIENT_REQUEST_MAX + 1] = "watch";
    size_t used = strlen(text);
    for (size_t i = 0; i < waiting->request->name_count; i++) {
        if (used < sizeof text) {
            used += (size_t)snprintf(text + used, sizeof text - used, " %s", waiting->request->names[i]);
        }
    }
    const struct client_request question = {
        .runtime_dir = waiting->request->runtime_dir, .text = text, .is_endless = true};
    return client_open(&waiting->client, &question);
}

/* Takes what is there. Returns false when there will be no more: `client` says why. */
static enum client_event take_all(struct waiting *waiting)
{
    struct fields_reader reader;
    const char *name = NULL;
    enum client_event event = CLIENT_RECORD;
    for (int i = 0; i < AT_ONCE_MAX && event == CLIENT_RECORD; i++) {
        event = client_next(&waiting->client, 0, &name, &reader);
        if (event == CLIENT_RECORD) {
            take(waiting, name, &reader);
        }
    }
    return event;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t find_rest(uint64_t at_ms)
{
    const uint64_t now = now_ms();
    return at_ms > now ? (int64_t)(at_ms - now) : 0;
}

/* Draws if it is time to, and waits for news. */
static void pause_for_news(struct waiting *waiting)
{
    int64_t patience = INT32_MAX;
    if (waiting->is_live && (waiting->is_changed || is_moving(waiting))) {
        const uint64_t due_ms = waiting->drawn_ms + WAITING_FRAME_MS;
        if (find_rest(due_ms) == 0) {
            draw(waiting);
        }
        patience = waiting->is_changed || is_moving(waiting) ? find_rest(waiting->drawn_ms + WAITING_FRAME_MS)
                                                             : patience;
    }
    if (waiting->until_ms != 0) {
        patience = smaller(patience, find_rest(waiting->until_ms));
    }
    if (waiting->client.deadline_ms != 0) {
        patience = smaller(patience, LOOK_AGAIN_MS);
    }
    struct pollfd ready[2] = {{.fd = waiting->client.fd, .events = POLLIN},
                              {.fd = waiting->signal_fd, .events = POLLIN}};
    poll(ready, 2, (int)patience);
}

/* Returns an exit status, CLI_STATUS_OK or CLI_STATUS_FAILED when the answer is known. */
static int follow(struct waiting *waiting)
{
    for (;;) {
        const enum client_event event = take_all(waiting);
        const enum view_verdict verdict = judge_all(waiting);
        if (verdict != VIEW_PENDING && has_all_names(waiting)) {
            return verdict == VIEW_SUCCEEDED ? CLI_STATUS_OK : CLI_STATUS_FAILED;
        }
        if (event == CLIENT_FAILED || event == CLIENT_END) {
            return event == CLIENT_FAILED ? waiting->client.status : CLI_STATUS_SYSTEM;
        }
        if (waiting->until_ms != 0 && find_rest(waiting->until_ms) == 0) {
            return CLI_STATUS_TIMEOUT;
        }
        if (event == CLIENT_NOTHING) {
            pause_for_news(waiting);
        }
        const int status = take_signal(waiting);
        if (status >= 0) {
            waiting->is_live = false;
            return status;
        }
    }
}

static int wait_live(struct waiting *waiting)
{
    catch_signals(waiting);
    begin_live(waiting);
    const int status = follow(waiting);
    if (waiting->is_live) {
        draw(waiting);
        end_live(waiting);
    }
    release_signals(waiting);
    return status;
}

/* ---- what is said in the end ---- */

static uint64_t bit_of(const struct waiting *waiting, const struct view_job *job)
{
    return UINT64_C(1) << (job - waiting->view.jobs);
}

/* Returns the bits of those that JOB comes after. */
static uint64_t find_needs(struct waiting *waiting, const struct view_job *job)
{
    char names[VIEW_AFTER_SIZE];
    char *rest = NULL;
    uint64_t needs = 0;
    memcpy(names, job->after, sizeof names);
    for (char *name = strtok_r(names, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest)) {
        const struct view_job *need = view_find_job(&waiting->view, name);
        needs |= need != NULL ? bit_of(waiting, need) : 0;
    }
    return needs;
}

/* Returns the bits of those that failed among JOB and what it comes after, maybe by way of others. */
static uint64_t find_culprits(struct waiting *waiting, const struct view_job *job)
{
    uint64_t concerned = bit_of(waiting, job);
    uint64_t culprits = 0;
    uint64_t before;
    do {
        before = concerned;
        for (size_t i = 0; i < waiting->view.job_count; i++) {
            const bool is_concerned = (before >> i & 1) != 0;
            const bool has_failed = waiting->view.jobs[i].state == JOBSTATE_FAILED;
            concerned |= is_concerned ? find_needs(waiting, &waiting->view.jobs[i]) : 0;
            culprits |= is_concerned && has_failed ? UINT64_C(1) << i : 0;
        }
    } while (concerned != before);
    return culprits;
}

static void say_failures(struct waiting *waiting)
{
    uint64_t culprits = 0;
    /* Of those that it comes after we were told nothing; if we still can be, the words below tell more. */
    const bool was_live = waiting->is_live;
    const bool was_quiet = waiting->request->is_quiet;
    waiting->is_live = true; /* nothing more is news */
    client_close(&waiting->client);
    look(waiting);
    waiting->is_live = was_live;
    for (size_t i = 0; i < waiting->view.job_count; i++) {
        struct view_job *job = &waiting->view.jobs[i];
        if (!is_wanted(waiting, job) || view_judge(job) != VIEW_FAILED) {
            continue;
        }
        if (was_live || was_quiet) {
            jobline_print(&waiting->screen, job);
        }
        culprits |= find_culprits(waiting, job);
    }
    for (size_t i = 0; i < waiting->view.job_count; i++) {
        struct view_job *job = &waiting->view.jobs[i];
        if ((culprits >> i & 1) == 0) {
            continue;
        }
        if (!is_wanted(waiting, job)) {
            jobline_print(&waiting->screen, job);
        }
        jobline_print_words(&waiting->screen, job);
    }
}

static void say_timeout(const struct waiting *waiting)
{
    char elapsed[VIEW_ELAPSED_SIZE];
    char text[JOBLINE_SIZE];
    char name[ESCAPE_WIDTH_MAX * VIEW_WORD_SIZE];
    fprintf(stderr, "sandbox-init: not done after %s (--timeout):\n",
            view_render_elapsed(elapsed, now_ms() - waiting->begun_ms));
    for (size_t i = 0; i < waiting->view.job_count; i++) {
        const struct view_job *job = &waiting->view.jobs[i];
        if (is_wanted(waiting, job) && view_judge(job) == VIEW_PENDING) {
            escape_text(name, sizeof name, job->name);
            fprintf(stderr, "  %s: %s\n", name, jobline_describe(text, job));
        }
    }
}

static void conclude(struct waiting *waiting, int status)
{
    if (status == CLI_STATUS_FAILED) {
        say_failures(waiting);
    } else if (status == CLI_STATUS_TIMEOUT) {
        say_timeout(waiting);
    } else if (status == CLI_STATUS_SYSTEM && waiting->client.message[0] == '\0') {
        fprintf(stderr, "sandbox-init: the init did not say what became of all of them\n");
    } else if (status != CLI_STATUS_OK && waiting->client.message[0] != '\0') {
        client_report(&waiting->client);
    }
}

static int wait_for_all(struct waiting *waiting)
{
    int status = look(waiting);
    if (status != 0) {
        return status;
    }
    if (has_all_names(waiting) && judge_all(waiting) != VIEW_PENDING) {
        if (waiting->is_live) {
            draw(waiting);
            fputc('\n', waiting->screen.stream);
        }
        return judge_all(waiting) == VIEW_SUCCEEDED ? CLI_STATUS_OK : CLI_STATUS_FAILED;
    }
    status = subscribe(waiting);
    if (status != 0) {
        return status;
    }
    return waiting->is_live ? wait_live(waiting) : follow(waiting);
}

int waiting_run(const struct waiting_request *request)
{
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (waiting == NULL) {
        fprintf(stderr, "sandbox-init: %s\n", strerror(ENOMEM));
        return CLI_STATUS_SYSTEM;
    }
    waiting->request = request;
    waiting->signal_fd = -1;
    waiting->begun_ms = now_ms();
    waiting->until_ms = request->timeout_ms > 0 ? waiting->begun_ms + request->timeout_ms : 0;
    screen_look(&waiting->screen, request->stream, request->environ_in);
    waiting->is_live = waiting->screen.can_move && !request->is_quiet;
    int status = wait_for_all(waiting);
    conclude(waiting, status);
    client_close(&waiting->client);
    if ((fflush(request->stream) != 0 || ferror(request->stream)) && status == CLI_STATUS_OK) {
        fprintf(stderr, "sandbox-init: cannot write what happened: %s\n", strerror(errno != 0 ? errno : EIO));
        status = CLI_STATUS_SYSTEM;
    }
    free(waiting);
    return status;
}
