/* SPDX-License-Identifier: MIT */
#include "sandbox_init/steer.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/client.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/jobline.h"
#include "sandbox_init/screen.h"
#include "sandbox_init/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const verbs[] = {
    [STEER_START] = "start", [STEER_STOP] = "stop", [STEER_RESTART] = "restart"};

/* Large: on the heap. */
struct steer {
    const struct steer_request *request;
    struct screen screen;
    uint64_t until_ms; /* CLOCK_MONOTONIC; 0: no limit */
    struct client client;
    struct view view;
    struct view_job before; /* as it was when we came; its state is JOBSTATE_HOLE: not known */
};

static uint64_t now_ms(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Milliseconds that are left; -1: any number. */
static int64_t find_patience(const struct steer *steer)
{
    const uint64_t now = now_ms();
    if (steer->until_ms == 0) {
        return -1;
    }
    return steer->until_ms > now ? (int64_t)(steer->until_ms - now) : 0;
}

/* Asks and takes what comes. Returns 0 at its end, or an exit status. */
typedef void seen_call(struct steer *steer, const struct view_job *job);

static int converse(struct steer *steer, const char *text, bool is_endless, seen_call *seen)
{
    struct client *client = &steer->client;
    const struct client_request question = {
        .runtime_dir = steer->request->runtime_dir, .text = text, .is_endless = is_endless};
    struct fields_reader reader;
    const char *name = NULL;
    if (client_open(client, &question) != 0) {
        return client_report(client);
    }
    for (;;) {
        const enum client_event event = client_next(client, find_patience(steer), &name, &reader);
        if (event == CLIENT_END) {
            return 0;
        }
        if (event == CLIENT_FAILED) {
            return client_report(client);
        }
        if (event == CLIENT_NOTHING && find_patience(steer) == 0) {
            client_close(client);
            return CLI_STATUS_TIMEOUT;
        }
        const struct view_job *job = event == CLIENT_RECORD ? view_take(&steer->view, name, &reader) : NULL;
        if (job != NULL && seen != NULL) {
            seen(steer, job);
        }
    }
}

/* What passes in a moment is not worth a line. What is so at the end is said then. */
static void say_progress(struct steer *steer, const struct view_job *job)
{
    const bool is_worth_it = job->state == JOBSTATE_WAITING || job->state == JOBSTATE_BACKOFF ||
                             (job->state == JOBSTATE_RUNNING && !job->is_service);
    if (is_worth_it && !steer->request->is_quiet && steer->request->verb != STEER_STOP) {
        jobline_print(&steer->screen, job);
        fflush(steer->screen.stream);
    }
}

/* Was it so already, so that nothing had to be done? */
static bool is_as_before(const struct steer *steer, const struct view_job *job)
{
    const struct view_job *before = &steer->before;
    return before->state == job->state && before->changed_at.value == job->changed_at.value;
}

static void say_stopped(struct steer *steer, const struct view_job *job)
{
    char name[ESCAPE_WIDTH_MAX * VIEW_WORD_SIZE];
    char text[JOBLINE_SIZE];
    escape_text(name, sizeof name, job->name);
    jobline_describe(text, job);
    if (is_as_before(steer, job)) {
        fprintf(steer->screen.stream, "%s: did not run (%s)\n", name, text);
    } else {
        fprintf(steer->screen.stream, "%s: %s\n", name, text);
    }
}

static void say_started(struct steer *steer, const struct view_job *job)
{
    char name[ESCAPE_WIDTH_MAX * VIEW_WORD_SIZE];
    char text[JOBLINE_SIZE];
    if (!is_as_before(steer, job)) {
        jobline_print(&steer->screen, job);
        return;
    }
    escape_text(name, sizeof name, job->name);
    fprintf(steer->screen.stream, "%s: already %s\n", name, jobline_describe(text, job));
}

/* Returns an exit status. */
static int conclude(struct steer *steer, const char *name)
{
    const struct view_job *job = view_find_job(&steer->view, name);
    const bool is_quiet = steer->request->is_quiet;
    if (job == NULL) {
        fprintf(stderr, "sandbox-init: the init did not say what became of '%s'\n", name);
        return CLI_STATUS_SYSTEM;
    }
    if (steer->request->verb == STEER_STOP) {
        if (!is_quiet) {
            say_stopped(steer, job);
        }
        return CLI_STATUS_OK;
    }
    const bool has_failed = view_judge(job) != VIEW_SUCCEEDED;
    if (has_failed || !is_quiet) {
        say_started(steer, job);
    }
    if (has_failed) {
        jobline_print_words(&steer->screen, job);
    }
    return has_failed ? CLI_STATUS_FAILED : CLI_STATUS_OK;
}

static int say_timeout(const struct steer *steer, const char *name)
{
    fprintf(stderr, "sandbox-init: '%s' goes on, but took longer than --timeout: %s\n",
            verbs[steer->request->verb], name);
    return CLI_STATUS_TIMEOUT;
}

/* That it is not there is said when it is asked for. */
static void remember(struct steer *steer, const char *name)
{
    const struct view_job *job = view_find_job(&steer->view, name);
    steer->before = job != NULL ? *job : (struct view_job){.state = JOBSTATE_HOLE};
    steer->view = (struct view){.job_count = 0};
}

static int change_one(struct steer *steer, const char *name)
{
    char text[CLIENT_REQUEST_MAX];
    int status = converse(steer, "status", false, NULL);
    if (status == 0) {
        remember(steer, name);
        snprintf(text, sizeof text, "%s %s", verbs[steer->request->verb], name);
        status = converse(steer, text, true, say_progress);
    }
    if (status == CLI_STATUS_TIMEOUT) {
        return say_timeout(steer, name);
    }
    return status == 0 ? conclude(steer, name) : status;
}

int steer_run(const struct steer_request *request)
{
    struct steer *steer = calloc(1, sizeof *steer);
    int status = CLI_STATUS_OK;
    if (steer == NULL) {
        fprintf(stderr, "sandbox-init: %s\n", strerror(ENOMEM));
        return CLI_STATUS_SYSTEM;
    }
    steer->request = request;
    steer->until_ms = request->timeout_ms > 0 ? now_ms() + request->timeout_ms : 0;
    screen_look(&steer->screen, request->stream, request->environ_in);
    for (size_t i = 0; i < request->name_count; i++) {
        const int result = change_one(steer, request->names[i]);
        status = status == CLI_STATUS_OK ? result : status;
    }
    if ((fflush(request->stream) != 0 || ferror(request->stream)) && status == CLI_STATUS_OK) {
        fprintf(stderr, "sandbox-init: cannot write what happened: %s\n", strerror(errno != 0 ? errno : EIO));
        status = CLI_STATUS_SYSTEM;
    }
    free(steer);
    return status;
}
