/* SPDX-License-Identifier: MIT */
#include "sandbox_init/variables.h"

#include "sandbox_init/config_table.h"
#include "sandbox_init/envset.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- which variables ---- */

/* Not the agent's own, which it is started with: ANTHROPIC_API_KEY and the like. */
static const char secret_names[] =
    "GITHUB_PAT *_TOKEN *_SECRET *_SECRET_KEY *_PASSWORD *_PASSWD *_PASSPHRASE *_API_KEY *_APIKEY "
    "*_PRIVATE_KEY *_ACCESS_KEY *_ACCESS_KEY_ID *_STORAGE_KEY *_CONNECTION_STRING *_CREDENTIALS "
    "*_CREDENTIALS_FILE "
    "AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_* DATABASE_URL *_DATABASE_URL DATABASE_DSN "
    "SECRET_KEY SECRET_KEY_BASE PGPASSWORD MYSQL_PWD REDISCLI_AUTH DOCKER_AUTH_CONFIG NPM_CONFIG__AUTH "
    "SSHPASS TOKEN SECRET PASSWORD API_KEY";
static const char agent_names[] = "ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN CLAUDE_CODE_OAUTH_TOKEN";

/* They tell where VS Code is, and reach nothing. */
static const char telling_names[] =
    "REMOTE_CONTAINERS VSCODE_REMOTE_CONTAINERS_SESSION VSCODE_AGENT_FOLDER VSCODE_CWD VSCODE_NLS_CONFIG "
    "VSCODE_ESM_ENTRYPOINT VSCODE_INJECTION VSCODE_STABLE VSCODE_PROFILE_INITIALIZED "
    "VSCODE_PYTHON_AUTOACTIVATE_GUARD";

_Static_assert(sizeof secret_names <= VARIABLES_RULES_SIZE, "they fit");

static void split(struct variables_rules *rules, const char *text)
{
    static const char blanks[] = " \t\n";
    size_t count = 0;
    snprintf(rules->text, sizeof rules->text, "%s", text);
    for (char *word = rules->text; count < VARIABLES_RULES_MAX; word++) {
        word += strspn(word, blanks);
        if (*word == '\0') {
            break;
        }
        rules->words[count++] = word;
        word += strcspn(word, blanks);
        if (*word == '\0') {
            break;
        }
        *word = '\0';
    }
    rules->words[count] = NULL;
}

static bool holds(char *const *rules, const char *entry)
{
    const struct envset_policy policy = {.strip = rules};
    return envset_is_changed(&policy, entry);
}

static const char *default_of(const char *key)
{
    const struct config_key *row = config_table_find("env", key);
    return row != NULL && row->fallback != NULL ? row->fallback : "";
}

static const char *value_of(const char *entry)
{
    const char *equals = strchr(entry, '=');
    return equals != NULL ? equals + 1 : "";
}

static bool is_called(const char *entry, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool is_default(const struct variables *variables, const char *entry)
{
    const struct envset_policy policy = {.strip = variables->strip.words, .empty = variables->empty.words};
    return envset_is_changed(&policy, entry);
}

/* Does the configuration have that there be such a variable? */
static bool is_kept(const struct variables *variables, const char *entry)
{
    const struct config *config = variables->scene->config;
    for (char *const *set = config->env.set; set != NULL && *set != NULL; set++) {
        if (strcmp(*set, entry) == 0) {
            return true;
        }
    }
    return holds(config->env.keep, entry);
}

/* Is it to be taken away, by the configuration or by its default? */
static bool is_dangerous(const struct variables *variables, const char *entry)
{
    const struct config *config = variables->scene->config;
    const struct envset_policy policy = {.strip = config->env.strip, .empty = config->env.empty};
    return value_of(entry)[0] != '\0' && (envset_is_changed(&policy, entry) || is_default(variables, entry));
}

/* ---- what they lead to ---- */

/* Where the file is that VALUE names. Returns false when it names none. */
static bool find_path(const char *entry, char path[static SCENE_PATH_SIZE])
{
    static const char bus[] = "unix:path=";
    const char *value = value_of(entry);
    if (is_called(entry, "DISPLAY") && value[0] == ':') {
        snprintf(path, SCENE_PATH_SIZE, "/tmp/.X11-unix/X%.*s", (int)strspn(value + 1, "0123456789"),
                 value + 1);
        return true;
    }
    if (strncmp(value, bus, sizeof bus - 1) == 0) {
        value += sizeof bus - 1;
        snprintf(path, SCENE_PATH_SIZE, "%.*s", (int)strcspn(value, ","), value);
        return true;
    }
    snprintf(path, SCENE_PATH_SIZE, "%s", value);
    return value[0] == '/' && strlen(value) < SCENE_PATH_SIZE;
}

/* Is it a socket that the agent may connect to? That needs to write it (unix(7)). */
static bool leads_to_socket(const struct scene *scene, const char *path)
{
    struct stat status;
    const int fd = scene_open_path(scene, path, O_PATH);
    const bool is_socket = fd >= 0 && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
    if (fd >= 0) {
        close(fd);
    }
    return is_socket && scene_may(scene, path, W_OK);
}

/* Is OPTION one of the words of VALUE, or the beginning of one? */
static bool has_option(const char *value, const char *option)
{
    for (const char *found = strstr(value, option); found != NULL; found = strstr(found + 1, option)) {
        if (found == value || found[-1] == ' ' || found[-1] == '"') {
            return true;
        }
    }
    return false;
}

static bool loads_code(const char *entry)
{
    static const char *const options[] = {
        "-r", "--require", "--import", "--loader", "--experimental-loader", "--inspect"};
    if (!is_called(entry, "NODE_OPTIONS")) {
        return is_called(entry, "LD_PRELOAD") || is_called(entry, "LD_AUDIT");
    }
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (has_option(value_of(entry), options[i])) {
            return true;
        }
    }
    return false;
}

static bool is_of_editor(const char *entry)
{
    return strncmp(entry, "VSCODE_", 7) == 0 || strncmp(entry, "REMOTE_CONTAINERS", 17) == 0;
}

/* Does the default's variable ENTRY lead to something that is there? */
static bool is_alive(const struct variables *variables, const char *entry)
{
    char path[SCENE_PATH_SIZE];
    if (find_path(entry, path)) {
        return leads_to_socket(variables->scene, path) ||
               (variables->has_live_socket && scene_may(variables->scene, path, R_OK));
    }
    return variables->has_live_socket || !is_of_editor(entry);
}

/* Without a look at what it leads to. */
static enum variables_lead classify(const struct variables *variables, const char *entry)
{
    if (!is_dangerous(variables, entry)) {
        return VARIABLES_TAME;
    }
    if (is_kept(variables, entry)) {
        return VARIABLES_KEPT;
    }
    if (!is_default(variables, entry)) {
        return VARIABLES_STRIPPED;
    }
    if (holds(variables->telling.words, entry)) {
        return VARIABLES_TELLING;
    }
    if (loads_code(entry)) {
        return VARIABLES_LOADING;
    }
    return is_called(entry, "NODE_OPTIONS") ? VARIABLES_SETTINGS : VARIABLES_LEADING;
}

enum variables_lead variables_find_lead(const struct variables *variables, const char *entry)
{
    const enum variables_lead lead = classify(variables, entry);
    return lead == VARIABLES_LEADING && !is_alive(variables, entry) ? VARIABLES_DEAD : lead;
}

bool variables_is_lead(const struct variables *variables, const char *entry)
{
    return classify(variables, entry) >= VARIABLES_STRIPPED;
}

enum variables_secret variables_find_secret(const struct variables *variables, const char *entry)
{
    if (value_of(entry)[0] == '\0') {
        return VARIABLES_NO_SECRET;
    }
    if (holds(variables->agents.words, entry)) {
        return VARIABLES_AGENTS_OWN;
    }
    /* What leads out is another matter, whatever it is called. */
    if (!holds(variables->secrets.words, entry) || is_default(variables, entry)) {
        return VARIABLES_NO_SECRET;
    }
    return is_kept(variables, entry) ? VARIABLES_KEPT_SECRET : VARIABLES_SECRET;
}

const char *variables_name(char buffer[static FINDING_NAME_SIZE], const char *entry)
{
    char name[FINDING_NAME_SIZE];
    const size_t length = strcspn(entry, "=");
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name), entry);
    return finding_name(buffer, name);
}

/* ---- the beginning ---- */

static bool finds_live_socket(const struct variables *variables)
{
    char path[SCENE_PATH_SIZE];
    for (char *const *entry = variables->scene->environ_in; *entry != NULL; entry++) {
        if (is_of_editor(*entry) && find_path(*entry, path) && leads_to_socket(variables->scene, path)) {
            return true;
        }
    }
    return false;
}

void variables_prepare(struct variables *variables, const struct scene *scene)
{
    variables->scene = scene;
    split(&variables->strip, default_of("strip"));
    split(&variables->empty, default_of("empty"));
    split(&variables->secrets, secret_names);
    split(&variables->agents, agent_names);
    split(&variables->telling, telling_names);
    variables->has_live_socket = finds_live_socket(variables);
}
