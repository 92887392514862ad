/* SPDX-License-Identifier: MIT */
#include "sandbox_init/prompt.h"

#include "sandbox_init/checks.h"
#include "sandbox_init/cli.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/inifile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE_SIZE = ESCAPE_WIDTH_MAX * INIFILE_SCRIPT_LINE_MAX, /* bytes of a line that is made safe to print */
};

/* ---- what is said, and when ---- */

enum group {
    GROUP_WORKS,
    GROUP_CLOSED,
    GROUP_OPEN,
    GROUP_COUNT,
};

static const char *const headings[GROUP_COUNT] = {
    [GROUP_WORKS] = "Works",
    [GROUP_CLOSED] = "Does not work, on purpose; do not look for a way around it",
    [GROUP_OPEN] = "Works, but is not for you; use it only when the user asks for just that",
};

/* Of the checks of a sentence. */
enum when {
    WHEN_ALWAYS,
    WHEN_FINE,   /* each passes or does not apply */
    WHEN_PASS,   /* each passes */
    WHEN_ABSENT, /* each does not apply */
    WHEN_WARN,   /* one warns, or worse */
    WHEN_FAIL,   /* one fails */
};

#define GIT_CHECKS "git-helper,credentials,ssh-agent,ssh-keys"

static const struct sentence {
    enum group group;
    enum when when;
    const char *checks; /* as checks_parse() reads them */
    const char *text;
} sentences[] = {
    {GROUP_WORKS, WHEN_ALWAYS, NULL, "git on what is here: status, diff, log, add, commit, branch, rebase."},
    {GROUP_WORKS, WHEN_PASS, "docker",
     "Looking at Docker: `docker ps`, `docker logs`, `docker inspect`. What would create, start, stop or "
     "remove something is refused."},
    {GROUP_CLOSED, WHEN_PASS, "sudo",
     "Root: `sudo` gives nothing. If a system package is missing, say which one; do not try to install it."},
    {GROUP_CLOSED, WHEN_FINE, GIT_CHECKS,
     "Pushing, and private remotes: no git credentials, SSH keys or agents are in here. Commit, and leave "
     "`git push` to the user."},
    {GROUP_CLOSED, WHEN_FINE, "guard,sockets",
     "The user's editor and browser: VS Code's sockets are taken away as they appear, so `code` and "
     "`xdg-open` do nothing."},
    {GROUP_CLOSED, WHEN_FINE, "x11,wayland", "The user's screen: run browsers headless."},
    {GROUP_CLOSED, WHEN_ABSENT, "docker", "Docker: no engine is to be reached."},
    {GROUP_CLOSED, WHEN_PASS, "workspace",
     "Changing what runs outside of the sandbox: `.devcontainer`, `.git/hooks`, `.git/config` and `.vscode` "
     "are read-only."},
    {GROUP_OPEN, WHEN_FAIL, "sudo", "`sudo`."},
    {GROUP_OPEN, WHEN_FAIL, GIT_CHECKS, "Credentials of the user, with which `git push` or `ssh` may work."},
    {GROUP_OPEN, WHEN_FAIL, "guard,sockets",
     "VS Code's sockets in `/tmp` and `$XDG_RUNTIME_DIR`, which lead to the user's machine."},
    {GROUP_OPEN, WHEN_FAIL, "x11,wayland", "The user's screen: run browsers headless."},
    {GROUP_OPEN, WHEN_FAIL, "docker",
     "Docker: it can be written to, which is as good as root on the user's machine. Looking is fine."},
    {GROUP_OPEN, WHEN_FAIL, "mounts", "Directories of the user's machine that are no part of the project."},
    {GROUP_OPEN, WHEN_FAIL, "inspector", "Debuggers of Node programs that listen on `localhost`."},
    {GROUP_OPEN, WHEN_WARN, "secrets", "Secrets in environment variables: never print them."},
    {GROUP_OPEN, WHEN_WARN, "workspace",
     "Files that run outside of the sandbox: `.devcontainer`, `.git/hooks`, `.git/config`, `.vscode`. Say so "
     "when you change one."},
};

enum {
    SENTENCE_COUNT = sizeof sentences / sizeof sentences[0],
};

/* The checks of a sentence. What follows from a check that there is not is never said: a bit of none. */
static uint64_t set_of(const struct sentence *sentence)
{
    char message[CHECKS_MESSAGE_SIZE];
    uint64_t set = 0;
    if (sentence->checks != NULL && checks_parse(sentence->checks, &set, message) < 0) {
        set = UINT64_C(1) << (CHECKS_MAX - 1);
    }
    return set;
}

static bool holds_for(enum when when, enum finding_verdict verdict)
{
    switch (when) {
    case WHEN_FINE:
        return verdict <= FINDING_PASS;
    case WHEN_PASS:
        return verdict == FINDING_PASS;
    case WHEN_ABSENT:
        return verdict == FINDING_NONE;
    case WHEN_WARN:
        return verdict >= FINDING_WARN;
    case WHEN_FAIL:
        return verdict == FINDING_FAIL;
    case WHEN_ALWAYS:
        break;
    }
    return true;
}

static bool holds(const struct checks *checks, const struct sentence *sentence)
{
    const bool is_any = sentence->when == WHEN_WARN || sentence->when == WHEN_FAIL;
    const uint64_t set = set_of(sentence);
    size_t looked_at = 0;
    for (size_t i = 0; checks_rows[i].name != NULL; i++) {
        const bool is_in = (set >> i & 1) != 0;
        looked_at += is_in ? 1 : 0;
        if (is_in && holds_for(sentence->when, finding_judge(&checks->findings[i])) == is_any) {
            return is_any;
        }
    }
    return !is_any && (sentence->when == WHEN_ALWAYS || looked_at > 0);
}

static void print_group(const struct checks *checks, enum group group, FILE *stream)
{
    bool is_first = true;
    for (size_t i = 0; i < SENTENCE_COUNT; i++) {
        if (sentences[i].group == group && holds(checks, &sentences[i])) {
            fprintf(stream, is_first ? "\n## %s\n\n" : "", headings[group]);
            fprintf(stream, "- %s\n", sentences[i].text);
            is_first = false;
        }
    }
}

/* ---- jobs ---- */

/*
 * Only names that a configuration can have are said: who has our uid can answer in the init's place where
 * none runs, and would write what an agent takes for ours. One that waits for somebody to start it does not
 * run.
 */
static bool is_job(const struct view_job *job)
{
    const bool is_unwanted = job->state == JOBSTATE_IDLE && !job->is_enabled;
    return config_table_is_job_name(job->name) && !is_unwanted;
}

/* Prints the names of the jobs and services, those that failed or all, with what is worth knowing. */
static void print_jobs(const struct checks *checks, FILE *stream)
{
    const struct view *view = &checks->view;
    const char *between = "";
    for (size_t i = 0; i < view->job_count; i++) {
        const struct view_job *job = &view->jobs[i];
        if (is_job(job)) {
            fprintf(stream, "%s`%s`%s", between, job->name, job->is_service ? " (a service)" : "");
            between = ", ";
        }
    }
    fputs(".\n", stream);
}

static void print_failures(const struct checks *checks, FILE *stream)
{
    const struct view *view = &checks->view;
    for (size_t i = 0; i < view->job_count; i++) {
        const struct view_job *job = &view->jobs[i];
        if (view_is_job_healthy(job) || !is_job(job)) {
            continue;
        }
        if (job->state == JOBSTATE_SKIPPED) {
            fprintf(stream, "- `%s` was left out, since another one failed.\n", job->name);
        } else {
            fprintf(stream, "- `%s` failed: read `sandbox-init --logs %s` before you rely on it.\n",
                    job->name, job->name);
        }
    }
}

static void print_start_up(const struct checks *checks, FILE *stream)
{
    size_t count = 0;
    for (size_t i = 0; checks->has_view && i < checks->view.job_count; i++) {
        count += is_job(&checks->view.jobs[i]) ? 1 : 0;
    }
    if (count == 0) {
        return;
    }
    fputs("\n## Start-up\n\nIn the background run: ", stream);
    print_jobs(checks, stream);
    fputs(
        "\n"
        "- Wait for them before you build or test: `sandbox-init --wait --timeout 10m` (0: all succeeded).\n"
        "- What they printed: `sandbox-init --logs NAME`; how they are: `sandbox-init --status`.\n",
        stream);
    print_failures(checks, stream);
}

/* ---- the whole ---- */

static void print_heading(const struct checks *checks, FILE *stream)
{
    char name[ESCAPE_WIDTH_MAX * IDENTITY_TEXT_MAX];
    const struct identity *agent = &checks->scene.agent;
    escape_text(name, sizeof name, agent->name);
    fprintf(stream, "# This container\n\nYou work in a sandbox, as ");
    if (name[0] != '\0') {
        fprintf(stream, "`%s`", name);
    } else {
        fprintf(stream, "uid %u", (unsigned)agent->uid);
    }
    fprintf(stream, "%s. %s\n", agent->uid == 0 ? ", who is root in it" : "",
            checks->has_view ? "sandbox-init guards it." : "Nobody guards it: no sandbox-init runs.");
}

/* The user's own text, line by line; no line of it can drive a terminal. */
static void print_project(const struct checks *checks, FILE *stream)
{
    char buffer[LINE_SIZE];
    const char *line = checks->scene.config->prompt.text;
    if (line == NULL) {
        return;
    }
    fputs("\n## This project\n\n", stream);
    for (;;) {
        const size_t length = strcspn(line, "\n");
        escape_line(buffer, sizeof buffer, line, length);
        fprintf(stream, "%s\n", buffer);
        if (line[length] == '\0') {
            return;
        }
        line += length + 1;
    }
}

static int print(const struct checks *checks, FILE *stream)
{
    print_heading(checks, stream);
    for (int group = 0; group < GROUP_COUNT; group++) {
        print_group(checks, (enum group)group, stream);
    }
    print_start_up(checks, stream);
    print_project(checks, stream);
    if (fflush(stream) != 0 || ferror(stream)) {
        fprintf(stderr, "sandbox-init: cannot write the prompt: %s\n", strerror(errno != 0 ? errno : EIO));
        return CLI_STATUS_SYSTEM;
    }
    return CLI_STATUS_OK;
}

static uint64_t needed_checks(void)
{
    uint64_t set = 0;
    for (size_t i = 0; i < SENTENCE_COUNT; i++) {
        set |= set_of(&sentences[i]);
    }
    return set;
}

int prompt_run(const struct prompt_request *request)
{
    const struct checks_request wanted = {
        .mode = "--prompt",
        .config = request->config,
        .environ_in = request->environ_in,
        .user = request->user,
        .set = needed_checks(),
    };
    struct checks *checks = calloc(1, sizeof *checks);
    if (checks == NULL) {
        fprintf(stderr, "sandbox-init: %s\n", strerror(ENOMEM));
        return CLI_STATUS_SYSTEM;
    }
    int status = checks_run(checks, &wanted);
    if (status == 0) {
        status = print(checks, request->stream);
        checks_finish(checks);
    }
    free(checks);
    return status;
}
