/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_environment.h"

#include "sandbox_init/envset.h"
#include "sandbox_init/variables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 256 * 1024, /* of an environment; more is not looked at */
    NAMES_MAX = 64,         /* different ones in one survey */
    LIST_SIZE = 256,
};

/* ---- the other processes ---- */

struct seen {
    char name[FINDING_NAME_SIZE];  /* made safe */
    size_t count;                  /* of the processes that have it, */
    size_t last;                   /* the number of the last one of which is this */
    char process[SCENE_NAME_SIZE]; /* the first of them */
    bool is_mixed;                 /* others are called otherwise */
};

typedef bool is_wanted(const struct variables *variables, const char *entry);

struct survey {
    const struct variables *variables;
    is_wanted *is_wanted;
    char *buffer;
    struct seen seen[NAMES_MAX];
    size_t seen_count;
    size_t read;   /* processes whose environment was read */
    size_t closed; /* those of the agent's user that it was not */
    size_t cut;
};

/* A name that comes again in one environment counts once. */
static void count_name(struct survey *survey, const struct scene_process *process, const char *entry)
{
    char name[FINDING_NAME_SIZE];
    size_t i = 0;
    variables_name(name, entry);
    while (i < survey->seen_count && strcmp(survey->seen[i].name, name) != 0) {
        i++;
    }
    if (i == NAMES_MAX) {
        return;
    }
    struct seen *seen = &survey->seen[i];
    if (i == survey->seen_count) {
        *seen = (struct seen){0};
        memcpy(seen->name, name, sizeof seen->name);
        memcpy(seen->process, process->name, sizeof seen->process);
        survey->seen_count++;
    }
    if (seen->last != survey->read) {
        seen->last = survey->read;
        seen->count++;
        seen->is_mixed = seen->is_mixed || strcmp(seen->process, process->name) != 0;
    }
}

static bool visit_process(void *context, const struct scene_process *process)
{
    struct survey *survey = context;
    const struct scene *scene = survey->variables->scene;
    const bool is_open = scene->agent.uid == 0 || process->uid == scene->agent.uid;
    if (!is_open || process->pid == getpid()) {
        return true;
    }
    const ssize_t length = scene_read_process(scene, process, "environ", survey->buffer, TEXT_SIZE);
    survey->closed += length == -EACCES || length == -EPERM ? 1 : 0;
    if (length <= 0) { /* a kernel thread, or gone meanwhile */
        return true;
    }
    survey->read++;
    survey->cut += length == TEXT_SIZE - 1 ? 1 : 0;
    for (const char *entry = survey->buffer; entry < survey->buffer + length; entry += strlen(entry) + 1) {
        if (survey->is_wanted(survey->variables, entry)) {
            count_name(survey, process, entry);
        }
    }
    return true;
}

/* Notes what the processes have whose environment the agent can read. */
static void look_at_processes(struct survey *survey, struct finding *finding)
{
    const struct scene *scene = survey->variables->scene;
    char process[FINDING_NAME_SIZE];
    survey->buffer = malloc(TEXT_SIZE);
    const int result = survey->buffer == NULL ? -ENOMEM : scene_walk_processes(scene, visit_process, survey);
    free(survey->buffer);
    survey->buffer = NULL;
    for (size_t i = 0; i < survey->seen_count; i++) {
        const struct seen *seen = &survey->seen[i];
        finding_note(finding, FINDING_WARN, "%s in %zu of %zu processes (%s%s)", seen->name, seen->count,
                     survey->read, finding_name(process, seen->process), seen->is_mixed ? ", ..." : "");
    }
    if (result == -E2BIG) {
        finding_miss(finding, "the environments of processes beyond the first %zu", survey->read);
    } else if (result < 0) {
        finding_miss(finding, "the environments of other processes: %s", strerror(-result));
    } else if (survey->closed > 0) {
        finding_miss(finding, "environments of uid %u that are closed to us (%zu): look %s",
                     (unsigned)scene->agent.uid, survey->closed,
                     scene->self.uid != 0 ? "as root, from outside the airlock" : "with CAP_SYS_PTRACE");
    } else if (survey->cut > 0) {
        finding_miss(finding, "what is beyond %d KiB of an environment (%zu)", TEXT_SIZE / 1024, survey->cut);
    }
}

/* ---- the check of what leads out ---- */

/* Which of NAMES are in the environment here, as the members of a JSON object with empty values. */
static void list_reached(const struct scene *scene, char list[static LIST_SIZE])
{
    static const char *const reached[] = {"SSH_AUTH_SOCK",
                                          "REMOTE_CONTAINERS_IPC",
                                          "REMOTE_CONTAINERS_SOCKETS",
                                          "REMOTE_CONTAINERS_DISPLAY_SOCK",
                                          "DISPLAY",
                                          "WAYLAND_DISPLAY"};
    size_t used = 0;
    list[0] = '\0';
    for (size_t i = 0; i < sizeof reached / sizeof reached[0]; i++) {
        const char *value = scene_variable(scene, reached[i]);
        if (value != NULL && value[0] != '\0') {
            used += (size_t)snprintf(list + used, LIST_SIZE - used, "%s\"%s\": \"\"", used > 0 ? ", " : "",
                                     reached[i]);
        }
    }
}

static void mend_variables(const struct scene *scene, struct finding *finding)
{
    char list[LIST_SIZE];
    finding_mend(finding, "terminal", "sandbox-init --exec -- COMMAND");
    finding_mend(finding, "devcontainer.json",
                 "\"customizations\": {\"vscode\": {\"settings\": "
                 "{\"terminal.integrated.defaultProfile.linux\": \"airlock\"}}} (with the profiles of "
                 "etc/devcontainer/airlock.jsonc)");
    list_reached(scene, list);
    if (list[0] != '\0') {
        finding_mend(finding, "devcontainer.json", "\"remoteEnv\": { %s }", list);
    }
    if (scene_variable(scene, "GIT_ASKPASS") != NULL) {
        finding_mend(
            finding, "devcontainer.json",
            "\"customizations\": {\"vscode\": {\"settings\": {\"git.terminalAuthentication\": false, "
            "\"github.gitAuthentication\": false}}}");
    }
}

static void note_lead(const struct variables *variables, const char *entry, struct finding *finding)
{
    static const struct {
        enum finding_verdict verdict;
        const char *text;
    } rows[VARIABLES_LEAD_COUNT] = {
        [VARIABLES_TAME] = {FINDING_NONE, ""},
        [VARIABLES_TELLING] = {FINDING_PASS, "only informs"},
        [VARIABLES_KEPT] = {FINDING_WARN, "is kept, as the configuration has it"},
        [VARIABLES_SETTINGS] = {FINDING_WARN, "is set, but loads no code"},
        [VARIABLES_DEAD] = {FINDING_WARN, "leads nowhere now"},
        [VARIABLES_STRIPPED] = {FINDING_FAIL, "is here, which the configuration strips"},
        [VARIABLES_LEADING] = {FINDING_FAIL, "leads out"},
        [VARIABLES_LOADING] = {FINDING_FAIL, "loads code"},
    };
    char name[FINDING_NAME_SIZE];
    const enum variables_lead lead = variables_find_lead(variables, entry);
    if (lead != VARIABLES_TAME) {
        finding_note(finding, rows[lead].verdict, "%s %s", variables_name(name, entry), rows[lead].text);
    }
}

void look_environment_variables(const struct scene *scene, struct finding *finding)
{
    struct variables variables;
    struct survey survey = {.variables = &variables, .is_wanted = variables_is_lead};
    size_t count = 0;
    variables_prepare(&variables, scene);
    for (char *const *entry = scene->environ_in; *entry != NULL; entry++) {
        note_lead(&variables, *entry, finding);
        count++;
    }
    look_at_processes(&survey, finding);
    if (finding_judge(finding) > FINDING_PASS) {
        mend_variables(scene, finding);
    } else {
        finding_note(finding, FINDING_PASS,
                     "none of %zu variables leads out or loads code, nor any in %zu other processes", count,
                     survey.read);
    }
}

/* ---- the check of secrets ---- */

static bool is_wanted_secret(const struct variables *variables, const char *entry)
{
    return variables_find_secret(variables, entry) == VARIABLES_SECRET;
}

/* Adds NAME, if it can be written in an INI file, and fits. */
static void add_word(char list[static LIST_SIZE], const char *name)
{
    const size_t used = strlen(list);
    if (envset_is_name(name, strlen(name)) && used + 1 + strlen(name) < LIST_SIZE - 32) {
        snprintf(list + used, LIST_SIZE - used, " %s", name);
    }
}

static void mend_secrets(const struct survey *survey, struct finding *finding)
{
    const struct config *config = survey->variables->scene->config;
    const struct envset_policy policy = {.strip = config->env.strip, .empty = config->env.empty};
    char list[LIST_SIZE] = "";
    char entry[FINDING_NAME_SIZE + 2];
    for (size_t i = 0; i < survey->seen_count; i++) {
        snprintf(entry, sizeof entry, "%s=x", survey->seen[i].name);
        if (!envset_is_changed(&policy, entry)) {
            add_word(list, survey->seen[i].name);
        }
    }
    if (list[0] != '\0') {
        finding_mend(finding, "sandbox-init.ini", "[env] strip = @default%s", list);
    }
    finding_mend(finding, "terminal", "sandbox-init --exec -- COMMAND");
}

static void note_secret(const struct variables *variables, const char *entry, struct finding *finding)
{
    char name[FINDING_NAME_SIZE];
    variables_name(name, entry);
    switch (variables_find_secret(variables, entry)) {
    case VARIABLES_SECRET:
        finding_note(finding, FINDING_WARN, "%s is here", name);
        break;
    case VARIABLES_KEPT_SECRET:
        finding_note(finding, FINDING_PASS, "%s is kept, as the configuration has it", name);
        break;
    case VARIABLES_AGENTS_OWN:
        finding_note(finding, FINDING_PASS, "%s is the agent's own", name);
        break;
    case VARIABLES_NO_SECRET:
        break;
    }
}

void look_environment_secrets(const struct scene *scene, struct finding *finding)
{
    struct variables variables;
    struct survey survey = {.variables = &variables, .is_wanted = is_wanted_secret};
    const struct scene_process self = {.pid = getpid()};
    variables_prepare(&variables, scene);
    for (char *const *entry = scene->environ_in; *entry != NULL; entry++) {
        note_secret(&variables, *entry, finding);
    }
    look_at_processes(&survey, finding);
    if (finding_judge(finding) <= FINDING_PASS) {
        finding_note(finding, FINDING_PASS,
                     "no other variable is called like a secret, nor any in %zu processes", survey.read);
        return;
    }
    for (char *const *entry = scene->environ_in; *entry != NULL; entry++) {
        if (is_wanted_secret(&variables, *entry)) {
            count_name(&survey, &self, *entry);
        }
    }
    mend_secrets(&survey, finding);
}
