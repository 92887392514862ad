/* SPDX-License-Identifier: MIT */
#include "sandbox_init/audit.h"

#include "sandbox_init/checks.h"
#include "sandbox_init/cli.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/json.h"
#include "sandbox_init/screen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORD_WIDTH = 6,  /* columns of a verdict */
    NAME_WIDTH = 20, /* of a check's name, and what stands below it */
    PERSON_SIZE = ESCAPE_WIDTH_MAX * IDENTITY_TEXT_MAX + 32,
};

static size_t count(const struct checks *checks, enum finding_verdict verdict)
{
    size_t found = 0;
    for (size_t i = 0; checks_rows[i].name != NULL; i++) {
        found += checks_has(checks, i) && finding_judge(&checks->findings[i]) == verdict ? 1 : 0;
    }
    return found;
}

/* ---- text ---- */

static enum screen_colour colour_of(enum finding_verdict verdict)
{
    static const enum screen_colour colours[FINDING_VERDICT_COUNT] = {
        [FINDING_NONE] = SCREEN_DIM,
        [FINDING_PASS] = SCREEN_GREEN,
        [FINDING_WARN] = SCREEN_YELLOW,
        [FINDING_FAIL] = SCREEN_RED,
    };
    return colours[verdict];
}

/* Columns that stand before a text, on a screen that has room for them. */
static size_t indent_of(const struct screen *screen)
{
    const size_t wanted = WORD_WIDTH + NAME_WIDTH;
    return screen->columns > 2 * wanted ? wanted : WORD_WIDTH;
}

static void print_below(const struct screen *screen, const char *what, const char *text)
{
    char line[FINDING_SEEN_SIZE];
    const size_t indent = indent_of(screen);
    snprintf(line, sizeof line, "%s%s", what, text);
    fprintf(screen->stream, "%*s", (int)indent, "");
    screen_print_words(screen, indent, SCREEN_DIM, line);
}

/* A line that is to be copied is not broken, however wide it is. */
static void print_mend(const struct screen *screen, const struct finding_mend *mend)
{
    fprintf(screen->stream, "%*s%smend:%s %s: %s\n", (int)indent_of(screen), "",
            screen_begin(screen, SCREEN_BOLD), screen_end(screen, SCREEN_BOLD), mend->place, mend->line);
}

static void print_check(const struct screen *screen, const struct checks_row *row,
                        const struct finding *finding)
{
    char seen[FINDING_SEEN_SIZE];
    const enum finding_verdict verdict = finding_judge(finding);
    const enum screen_colour colour = colour_of(verdict);
    const bool is_narrow = indent_of(screen) < WORD_WIDTH + NAME_WIDTH;
    fprintf(screen->stream, "%s%-*s%s%s%-*s%s", screen_begin(screen, colour), WORD_WIDTH,
            finding_word(verdict), screen_end(screen, colour), screen_begin(screen, SCREEN_BOLD),
            is_narrow ? 0 : NAME_WIDTH, row->name, screen_end(screen, SCREEN_BOLD));
    if (is_narrow) {
        fprintf(screen->stream, "\n%*s", WORD_WIDTH, "");
    }
    finding_describe(finding, seen);
    screen_print_words(screen, indent_of(screen), SCREEN_PLAIN, seen);
    if (finding->unseen[0] != '\0') {
        print_below(screen, "not seen: ", finding->unseen);
    }
    print_below(screen, "why: ", row->why);
    for (size_t i = 0; verdict > FINDING_PASS && i < finding->mend_count; i++) {
        print_mend(screen, &finding->mends[i]);
    }
}

static const char *describe_person(char text[static PERSON_SIZE], const struct identity *person)
{
    const size_t used = escape_text(text, PERSON_SIZE - 32, person->name);
    snprintf(text + used, PERSON_SIZE - used, "%suid %u%s", used > 0 ? " (" : "", (unsigned)person->uid,
             used > 0 ? ")" : "");
    return text;
}

static void print_heading(const struct screen *screen, const struct scene *scene)
{
    char self[PERSON_SIZE];
    char agent[PERSON_SIZE];
    fprintf(screen->stream, "What %s may do here, as %s sees it%s\n\n", describe_person(agent, &scene->agent),
            scene->is_other ? describe_person(self, &scene->self) : "it",
            scene->is_other && !scene->can_become ? ", who may not look through its eyes" : "");
}

static void print_text(const struct audit_request *request, const struct checks *checks)
{
    struct screen screen;
    screen_look(&screen, request->stream, request->environ_in);
    if (!request->is_quiet) {
        print_heading(&screen, &checks->scene);
    }
    for (size_t i = 0; checks_rows[i].name != NULL; i++) {
        const bool is_fine = finding_judge(&checks->findings[i]) <= FINDING_PASS;
        if (checks_has(checks, i) && !(request->is_quiet && is_fine)) {
            print_check(&screen, &checks_rows[i], &checks->findings[i]);
        }
    }
    if (!request->is_quiet) {
        fprintf(request->stream, "\n%zu fail, %zu warn, %zu pass, %zu not applicable\n",
                count(checks, FINDING_FAIL), count(checks, FINDING_WARN), count(checks, FINDING_PASS),
                count(checks, FINDING_NONE));
    }
}

/* ---- JSON ---- */

static void put_person(struct json *json, const char *name, const struct identity *person)
{
    json_name(json, name);
    json_open(json, '{');
    json_number(json, "uid", person->uid);
    json_text(json, "name", person->name);
    json_close(json, '}');
}

static void put_check(struct json *json, const struct checks_row *row, const struct finding *finding)
{
    char seen[FINDING_SEEN_SIZE];
    json_entry_line(json);
    json_open(json, '{');
    json_string(json, "name", row->name);
    json_string(json, "verdict", finding_word(finding_judge(finding)));
    json_string(json, "seen", finding_describe(finding, seen));
    json_text(json, "not_seen", finding->unseen);
    json_string(json, "why", row->why);
    json_name(json, "mends");
    json_open(json, '[');
    for (size_t i = 0; finding_judge(finding) > FINDING_PASS && i < finding->mend_count; i++) {
        json_entry(json);
        json_open(json, '{');
        json_string(json, "place", finding->mends[i].place);
        json_string(json, "line", finding->mends[i].line);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void put_counts(struct json *json, const struct checks *checks)
{
    json_name(json, "counts");
    json_open(json, '{');
    json_number(json, "fail", count(checks, FINDING_FAIL));
    json_number(json, "warn", count(checks, FINDING_WARN));
    json_number(json, "pass", count(checks, FINDING_PASS));
    json_number(json, "not_applicable", count(checks, FINDING_NONE));
    json_close(json, '}');
}

static void print_json(const struct audit_request *request, const struct checks *checks)
{
    struct json json = {.stream = request->stream};
    json_open(&json, '{');
    json_number(&json, "schema", AUDIT_SCHEMA);
    put_person(&json, "about", &checks->scene.agent);
    put_person(&json, "seen_by", &checks->scene.self);
    put_counts(&json, checks);
    json_name(&json, "checks");
    json_open(&json, '[');
    for (size_t i = 0; checks_rows[i].name != NULL; i++) {
        const bool is_fine = finding_judge(&checks->findings[i]) <= FINDING_PASS;
        if (checks_has(checks, i) && !(request->is_quiet && is_fine)) {
            put_check(&json, &checks_rows[i], &checks->findings[i]);
        }
    }
    json_close(&json, ']');
    json_close(&json, '}');
    fputc('\n', request->stream);
}

/* ---- the mode ---- */

/* Which checks are wanted. Returns 0 or an exit status. */
static int choose(const struct audit_request *request, uint64_t *ret_set)
{
    char message[CHECKS_MESSAGE_SIZE];
    uint64_t only = CHECKS_ALL;
    uint64_t skip = 0;
    if ((request->only != NULL && checks_parse(request->only, &only, message) < 0) ||
        (request->skip != NULL && checks_parse(request->skip, &skip, message) < 0)) {
        fprintf(stderr, "sandbox-init: --audit: %s\n", message);
        return CLI_STATUS_USAGE;
    }
    *ret_set = only & ~skip;
    return 0;
}

static int show(const struct audit_request *request, const struct checks *checks)
{
    if (request->is_json) {
        print_json(request, checks);
    } else {
        print_text(request, checks);
    }
    if (fflush(request->stream) != 0 || ferror(request->stream)) {
        fprintf(stderr, "sandbox-init: cannot write the audit: %s\n", strerror(errno != 0 ? errno : EIO));
        return CLI_STATUS_SYSTEM;
    }
    return count(checks, FINDING_FAIL) > 0 ? CLI_STATUS_FAILED : CLI_STATUS_OK;
}

int audit_run(const struct audit_request *request)
{
    struct checks_request wanted = {
        .mode = "--audit",
        .config = request->config,
        .environ_in = request->environ_in,
        .user = request->user,
    };
    int status = choose(request, &wanted.set);
    if (status != 0) {
        return status;
    }
    struct checks *checks = calloc(1, sizeof *checks);
    if (checks == NULL) {
        fprintf(stderr, "sandbox-init: %s\n", strerror(ENOMEM));
        return CLI_STATUS_SYSTEM;
    }
    status = checks_run(checks, &wanted);
    if (status == 0) {
        status = show(request, checks);
        checks_finish(checks);
    }
    free(checks);
    return status;
}
