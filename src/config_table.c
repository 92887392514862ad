/* SPDX-License-Identifier: MIT */
#include "sandbox_init/config_table.h"

#include "sandbox_init/envset.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/pattern.h"
#include "sandbox_init/signame.h"

#include <stdio.h>
#include <string.h>

enum {
    USER_LENGTH_MAX = 32, /* what useradd(8) takes */
};

/* Writes "'ENTRY' WHAT". Returns false, so that a check can end with it. */
static bool refuse(char *message, size_t size, const char *entry, const char *what)
{
    char shown[CONFIG_SHOWN_SIZE];
    escape_text(shown, sizeof(shown), entry);
    snprintf(message, size, "'%s' %s", shown, what);
    return false;
}

/* A piece of text with a glob in it, and whether a backslash takes the meaning off what follows it there. */
struct span {
    const char *text;
    size_t length;
    bool has_escapes;
};

/* The length of the bracket expression at START (glob(7)), or 0 when it is not closed. */
static size_t measure_bracket(const struct span *glob, size_t start)
{
    size_t end = start + 1;
    if (end < glob->length && (glob->text[end] == '!' || glob->text[end] == '^')) {
        end++;
    }
    if (end < glob->length && glob->text[end] == ']') { /* the first one stands for itself */
        end++;
    }
    while (end < glob->length && glob->text[end] != ']') {
        end += glob->has_escapes && glob->text[end] == '\\' ? 2 : 1;
    }
    return end < glob->length ? end + 1 - start : 0;
}

/* What is wrong with the glob, which fnmatch(3) would silently take for something else; NULL: nothing. */
static const char *find_glob_fault(struct span glob)
{
    for (size_t i = 0; i < glob.length;) {
        size_t width = 1;
        if (glob.text[i] == '[') {
            width = measure_bracket(&glob, i);
        } else if (glob.has_escapes && glob.text[i] == '\\') {
            width = 2;
        }
        if (width == 0) {
            return "has a '[' without its ']'; write '[[]' for a bracket as such";
        }
        if (i + width > glob.length) {
            return "has a backslash with nothing behind it; write two for a backslash as such";
        }
        i += width;
    }
    return NULL;
}

/* What is wrong with PATH, which is empty or begins with "/"; NULL: nothing. */
static const char *find_path_fault(const char *path, bool is_glob)
{
    size_t depth = 0;
    while (*path == '/') {
        const char *component = ++path;
        size_t length = strcspn(component, "/");
        path += length;
        if (length == 0) {
            return *path ? "has two '/' in a row; leave one out" : "ends in '/'; leave that out";
        }
        if (component[0] == '.' && (length == 1 || (length == 2 && component[1] == '.'))) {
            return "has a '.' or '..' for a directory; write where that leads";
        }
        if (++depth > CONFIG_DIR_DEPTH_MAX) {
            return "is more than 32 directories deep";
        }
        const char *fault = NULL;
        if (is_glob) {
            fault = find_glob_fault((struct span){component, length, true});
        }
        if (fault) {
            return fault;
        }
    }
    return NULL;
}
_Static_assert(CONFIG_DIR_DEPTH_MAX == 32, "find_path_fault() names this number");

static bool check_path(const char *entry, char *message, size_t size)
{
    const char *fault = "is not absolute; begin it with '/'";
    if (strcmp(entry, "/") == 0) {
        return true;
    }
    if (entry[0] == '/') {
        fault = find_path_fault(entry, false);
    }
    return !fault || refuse(message, size, entry, fault);
}

static bool check_dir(const char *entry, char *message, size_t size)
{
    const char *path = entry;
    const char *fault = NULL;
    if (strcmp(entry, "/") == 0) {
        return true;
    }
    if (entry[0] == '$') {
        path = entry + strcspn(entry, "/");
        if (!envset_is_name(entry + 1, (size_t)(path - entry - 1))) {
            fault = "has no variable's name behind '$'; write $NAME or $NAME/..., without braces";
        }
    } else if (entry[0] != '/') {
        fault = "is not absolute; begin it with '/' or with a variable such as $HOME";
    }
    if (!fault) {
        fault = find_path_fault(path, true);
    }
    return !fault || refuse(message, size, entry, fault);
}

/* A directory below which VS Code makes its sockets, so that to allow it would be to have no wall. */
static bool is_too_broad(const char *entry)
{
    static const char *const broad[] = {"/",        "/tmp", "/tmp/user", "/var",    "/var/run",
                                        "/var/tmp", "/run", "/run/user", "$TMPDIR", "$XDG_RUNTIME_DIR",
                                        "/dev/shm", "$HOME"};
    for (size_t i = 0; i < sizeof(broad) / sizeof(broad[0]); i++) {
        if (strcmp(entry, broad[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_socket(const char *entry, char *message, size_t size)
{
    const char *path = entry + (entry[0] == '$' ? strcspn(entry, "/") : 0);
    const char *fault = find_path_fault(path, false);
    if (is_too_broad(entry)) {
        fault = "is too broad: VS Code makes its sockets there; write more of the path";
    } else if (entry[0] == '$' && !envset_is_name(entry + 1, (size_t)(path - entry - 1))) {
        fault = "has no variable's name behind '$'; write $NAME or $NAME/..., without braces";
    } else if (entry[0] != '$' && entry[0] != '/') {
        fault = "is not absolute; begin it with '/' or with a variable such as $HOME";
    } else if (path[strcspn(path, "*?[")] != '\0') {
        fault = "has a glob in it; write the path of one socket, or of a directory for all below it";
    }
    return !fault || refuse(message, size, entry, fault);
}

static bool check_pattern(const char *entry, char *message, size_t size)
{
    const char *victim = NULL;
    enum pattern_fault fault = pattern_check(entry, &victim);
    if (fault == PATTERN_OK) {
        return true;
    }
    if (fault != PATTERN_TOO_BROAD) {
        return refuse(message, size, entry, pattern_fault_text(fault));
    }
    char what[CONFIG_MESSAGE_SIZE];
    snprintf(what, sizeof(what),
             "is too broad: it would take '%s' too, which others need; write more of the name", victim);
    return refuse(message, size, entry, what);
}

static bool check_user(const char *entry, char *message, size_t size)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t length = strlen(entry);
    if (strspn(entry, "0123456789") == length) {
        /* (uid_t)-1 is nobody's: chown(2) and setresuid(2) take it for "leave as it is". */
        if (length > 10 || (length == 10 && strcmp(entry, "4294967294") > 0)) {
            return refuse(message, size, entry, "is no user; a number is at most 4294967294");
        }
        return true;
    }
    if (strspn(entry, letters) != length || entry[0] == '-' || entry[0] == '.' || length > USER_LENGTH_MAX) {
        return refuse(message, size, entry,
                      "is no user; write a name as it stands in /etc/passwd, or a number");
    }
    return true;
}

static bool check_rewrite(const char *entry, char *message, size_t size)
{
    struct signame_rewrite rewrite;
    if (signame_parse_rewrite(entry, &rewrite) == 0) {
        return true;
    }
    return refuse(message, size, entry,
                  "is no rewriting; write two signals as in TERM:QUIT, or TERM:0 for none; "
                  "KILL, STOP, CHLD and PIPE cannot be rewritten");
}

static bool check_exit_status(const char *entry, char *message, size_t size)
{
    size_t length = strlen(entry);
    bool is_number = length > 0 && length <= 3 && strspn(entry, "0123456789") == length;
    bool has_leading_zero = entry[0] == '0' && length > 1;
    /* Numbers of three digits stand in the order of their texts. */
    if (is_number && !has_leading_zero && (length < 3 || strcmp(entry, "255") <= 0)) {
        return true;
    }
    return refuse(message, size, entry,
                  "is no exit status; write a number from 0 to 255, without a sign or leading zeros");
}

static bool check_stop_signal(const char *entry, char *message, size_t size)
{
    return signame_parse(entry) > 0 ||
           refuse(message, size, entry, "is no signal; write a name or a number, such as TERM or 15");
}

static bool check_signal(const char *entry, char *message, size_t size)
{
    if (signame_parse(entry) > 0) {
        return true;
    }
    return refuse(message, size, entry,
                  "is no signal; write a name or a number, such as TERM or 15, or nothing for none");
}

/* A rule of [env] strip and keep: a glob, or NAME=GLOB with a glob for the name too. */
static bool check_rule(const char *entry, char *message, size_t size)
{
    size_t name_length = strcspn(entry, "=");
    const char *value = entry[name_length] ? entry + name_length + 1 : "";
    const char *fault = find_glob_fault((struct span){entry, name_length, false});
    if (name_length == 0) {
        fault = "has no name before '='; write NAME, or NAME=GLOB";
    } else if (!fault) {
        fault = find_glob_fault((struct span){value, strlen(value), false});
    }
    return !fault || refuse(message, size, entry, fault);
}

static bool check_name(const char *entry, char *message, size_t size)
{
    if (envset_is_name(entry, strlen(entry))) {
        return true;
    }
    return refuse(message, size, entry, "is no variable's name; globs and values stand in other keys");
}

static bool check_assignment(const char *entry, char *message, size_t size)
{
    size_t name_length = strcspn(entry, "=");
    if (entry[name_length] == '\0') {
        return refuse(message, size, entry, "has no '='; write NAME=VALUE");
    }
    if (!envset_is_name(entry, name_length)) {
        return refuse(message, size, entry,
                      "has no variable's name before '='; write NAME=VALUE without spaces");
    }
    return true;
}

/* A path that a job's process looks at, so that it may be relative; the words of a list come here, too. */
static bool check_job_path(const char *entry, char *message, size_t size)
{
    size_t length = strlen(entry);
    if (entry[0] == '~' || entry[0] == '$') {
        return refuse(message, size, entry,
                      "begins with '~' or '$', which only a shell expands; write the path itself");
    }
    if (entry[length - 1] == '\\') {
        return refuse(message, size, entry, "ends in a backslash, which does not join it with the next word");
    }
    return true;
}

static bool check_job_name(const char *entry, char *message, size_t size)
{
    if (config_table_is_job_name(entry)) {
        return true;
    }
    return refuse(message, size, entry,
                  "is no name of a job or service; write what stands behind ':' in its "
                  "section, with white space between several");
}

static const char *const log_levels[] = {
    [CONFIG_LOG_ERROR] = "error", [CONFIG_LOG_WARNING] = "warning", [CONFIG_LOG_INFO] = "info",
    [CONFIG_LOG_DEBUG] = "debug", [CONFIG_LOG_DEBUG + 1] = NULL,
};
static const char *const log_formats[] = {
    [CONFIG_LOG_TEXT] = "text",
    [CONFIG_LOG_JSON] = "json",
    [CONFIG_LOG_JSON + 1] = NULL,
};
static const char *const scrub_actions[] = {
    [CONFIG_SCRUB_REVOKE] = "revoke",
    [CONFIG_SCRUB_REPORT] = "report",
    [CONFIG_SCRUB_REPORT + 1] = NULL,
};
static const char *const restarts[] = {
    [CONFIG_RESTART_ALWAYS] = "always",
    [CONFIG_RESTART_ON_FAILURE] = "on-failure",
    [CONFIG_RESTART_NEVER] = "never",
    [CONFIG_RESTART_NEVER + 1] = NULL,
};

static const char *const confines[] = {
    [CONFIG_CONFINE_NO] = "no",
    [CONFIG_CONFINE_AUTO] = "auto",
    [CONFIG_CONFINE_STRICT] = "strict",
    [CONFIG_CONFINE_STRICT + 1] = NULL,
};

const char *const config_table_unix_sockets[] = {
    [CONFIG_UNIX_AUTO] = "auto",
    [CONFIG_UNIX_STRICT] = "strict",
    [CONFIG_UNIX_OFF] = "off",
    [CONFIG_UNIX_OFF + 1] = NULL,
};

#define KEY(section_name, key_name, member)                                                                  \
    .section = #section_name, .name = #key_name, .offset = offsetof(struct config, member)
#define HOURS(count) ((uint64_t)(count)*3600 * 1000)

const struct config_key config_table_keys[] = {
    {KEY(init, user, init.user), .type = CONFIG_STRING, .fallback = "", .check = check_user,
     .help = "who the children run as; empty: as the init does"},
    {KEY(init, stop_grace, init.stop_grace_ms), .type = CONFIG_DURATION, .fallback = "8s", .max = HOURS(24),
     .help = "how long processes may take to stop before they are killed"},
    {KEY(init, kill_grace, init.kill_grace_ms), .type = CONFIG_DURATION, .fallback = "2s", .max = HOURS(1),
     .help = "how long the init waits for killed processes to be gone"},
    {KEY(init, rewrite, init.rewrite), .type = CONFIG_WORDS, .max = CONFIG_RULES_MAX, .check = check_rewrite,
     .fallback = "", .help = "signals FROM:TO: the main command gets TO in place of FROM; TO 0: nothing"},
    {KEY(init, remap_exit, init.remap_exit), .type = CONFIG_WORDS, .max = CONFIG_RULES_MAX,
     .check = check_exit_status, .fallback = "",
     .help = "exit statuses of the main command that are taken as 0"},
    {KEY(init, pdeathsig, init.pdeathsig), .type = CONFIG_STRING, .fallback = "", .check = check_signal,
     .help = "the signal that the init gets when its parent dies; empty: none"},
    {KEY(init, log_level, init.log_level), .type = CONFIG_CHOICE, .fallback = "info", .choices = log_levels,
     .help = "the least urgent lines that are logged"},
    {KEY(init, log_format, init.log_format), .type = CONFIG_CHOICE, .fallback = "text",
     .choices = log_formats, .help = "one line of text, or one JSON object a line"},
    {KEY(init, log_dir, init.log_dir), .type = CONFIG_STRING, .fallback = "", .check = check_path,
     .help = "where jobs log to, and the init to sandbox-init.log; empty: a default for jobs only"},
    {KEY(init, runtime_dir, init.runtime_dir), .type = CONFIG_STRING, .fallback = "/run/sandbox-init",
     .check = check_path, .help = "the directory of the file `pid`; empty: none"},

    {KEY(scrub, enabled, scrub.enabled), .type = CONFIG_BOOL, .fallback = "yes",
     .help = "whether sockets are looked for at all"},
    {KEY(scrub, dirs, scrub.dirs), .type = CONFIG_WORDS, .max = CONFIG_DIRS_MAX, .check = check_dir,
     .fallback = "/tmp $TMPDIR $XDG_RUNTIME_DIR /run/user/* /tmp/user/*",
     .help = "the directories that are watched, not those below them"},
    {KEY(scrub, patterns, scrub.patterns), .type = CONFIG_WORDS, .max = CONFIG_PATTERNS_MAX,
     .check = check_pattern,
     .fallback = "vscode-ssh-auth-*.sock vscode-ssh-auth-sock-*\n"
                 "vscode-ipc-*.sock vscode-git-*.sock vscode-remote-containers-ipc-*.sock\n"
                 "cursor-ipc-*.sock windsurf-ipc-*.sock",
     .help = "the names of the sockets that are revoked there"},
    {KEY(scrub, action, scrub.action), .type = CONFIG_CHOICE, .fallback = "revoke", .choices = scrub_actions,
     .help = "make them unusable and remove them, or only log them"},

    {KEY(env, strip, env.strip), .type = CONFIG_WORDS, .max = CONFIG_LIST_MAX, .check = check_rule,
     .fallback = "SSH_AGENT_PID VSCODE_* REMOTE_CONTAINERS*\n"
                 "GIT_ASKPASS SSH_ASKPASS* GIT_EDITOR=*git-editor*.sh*\n"
                 "DISPLAY WAYLAND_DISPLAY XAUTHORITY DBUS_SESSION_BUS_ADDRESS\n"
                 "LD_PRELOAD LD_AUDIT NODE_OPTIONS WSL_INTEROP CODE_SERVER_SESSION_SOCKET",
     .help = "variables that children do not get: NAME or NAME=VALUE, both as globs"},
    {KEY(env, empty, env.empty), .type = CONFIG_WORDS, .max = CONFIG_LIST_MAX, .check = check_name,
     .fallback = "SSH_AUTH_SOCK GPG_AGENT_INFO BROWSER",
     .help = "variables that children get with no value, so that no program falls back to a default"},
    {KEY(env, keep, env.keep), .type = CONFIG_WORDS, .max = CONFIG_LIST_MAX, .check = check_rule,
     .fallback = "", .help = "variables that are neither stripped nor emptied, whatever strip and empty say"},
    {KEY(env, set, env.set), .type = CONFIG_LINES, .max = CONFIG_LIST_MAX, .check = check_assignment,
     .fallback = "", .help = "variables that children get with this value, one NAME=VALUE a line"},

    {KEY(airlock, unix_sockets, airlock.unix_sockets), .type = CONFIG_CHOICE, .fallback = "auto",
     .choices = config_table_unix_sockets,
     .help = "Unix sockets from outside: refuse what the kernel can, insist on it, or let all be used"},
    {KEY(airlock, allow_unix, airlock.allow_unix), .type = CONFIG_WORDS, .max = CONFIG_SOCKETS_MAX,
     .check = check_socket, .fallback = "/run/sandbox-init/control",
     .help = "sockets, or directories of such, that can be used from inside all the same"},
    {KEY(airlock, allow_signals, airlock.allow_signals), .type = CONFIG_BOOL, .fallback = "no",
     .help = "whether processes outside can be signalled from inside"},

    {KEY(prompt, text, prompt.text), .type = CONFIG_SCRIPT, .fallback = "",
     .help = "Markdown that --prompt ends with: what an agent should know of this project"},
    {.section = NULL, .name = NULL},
};
_Static_assert(sizeof(config_table_keys) / sizeof(config_table_keys[0]) <= CONFIG_KEYS_MAX + 1,
               "CONFIG_KEYS_MAX is too small");

#define JOB_KEY(key_name, member) .name = #key_name, .offset = offsetof(struct config_job, member)
#define KIBIBYTES(count)          ((uint64_t)(count)*1024)

const struct config_key config_table_job_keys[] = {
    {JOB_KEY(command, command), .type = CONFIG_SCRIPT, .fallback = NULL,
     .help = "what is run: a script for the shell, over several lines if need be"},
    {JOB_KEY(shell, shell), .type = CONFIG_WORDS, .fallback = "/bin/sh -e", .min = 1, .max = CONFIG_LIST_MAX,
     .takes_repeats = true, .help = "the program, with its arguments, that gets -c and the command"},
    {JOB_KEY(directory, directory), .type = CONFIG_STRING, .fallback = "", .check = check_path,
     .help = "where it runs; empty: where the init does"},
    {JOB_KEY(user, user), .type = CONFIG_STRING, .fallback = "", .check = check_user,
     .help = "who it runs as; empty: as [init] user says"},
    {JOB_KEY(environment, environment), .type = CONFIG_LINES, .fallback = "", .max = CONFIG_LIST_MAX,
     .check = check_assignment, .help = "variables that it gets besides, one NAME=VALUE a line"},
    {JOB_KEY(environment_file, environment_file), .type = CONFIG_STRING, .fallback = "",
     .check = check_job_path, .help = "a file with more of them, as it is when the job starts"},
    {JOB_KEY(after, after), .type = CONFIG_WORDS, .fallback = "", .max = CONFIG_JOBS_MAX,
     .check = check_job_name, .help = "the jobs that are done and the services that run before it starts"},
    {JOB_KEY(only_if_exists, only_if_exists), .type = CONFIG_WORDS, .fallback = "", .max = CONFIG_LIST_MAX,
     .check = check_job_path, .help = "paths: skipped where one of them is missing"},
    {JOB_KEY(unless_exists, unless_exists), .type = CONFIG_WORDS, .fallback = "", .max = CONFIG_LIST_MAX,
     .check = check_job_path, .help = "paths: skipped where one of them is there"},
    {JOB_KEY(timeout, timeout_ms), .type = CONFIG_DURATION, .fallback = "0", .max = HOURS(24),
     .help = "how long one run may take before it is stopped as a failure; 0: for ever"},
    {JOB_KEY(stop_signal, stop_signal), .type = CONFIG_STRING, .fallback = "TERM", .min = 1,
     .check = check_stop_signal, .help = "the signal that asks its processes to stop"},
    {JOB_KEY(stop_grace, stop_grace_ms), .type = CONFIG_DURATION, .fallback = "5s", .max = HOURS(24),
     .help = "how long they may take to stop before they are killed"},
    {JOB_KEY(retries, retries), .kind = CONFIG_FOR_JOBS, .type = CONFIG_NUMBER, .fallback = "0", .max = 100,
     .help = "how often it is tried again when it failed"},
    {JOB_KEY(retry_delay, retry_delay_ms), .kind = CONFIG_FOR_JOBS, .type = CONFIG_DURATION, .fallback = "1s",
     .max = HOURS(24), .help = "how long before the first of these; doubles each time"},
    {JOB_KEY(restart, restart), .kind = CONFIG_FOR_SERVICES, .type = CONFIG_CHOICE, .fallback = "always",
     .choices = restarts, .help = "whether it is started again when it ended"},
    {JOB_KEY(restart_delay, restart_delay_ms), .kind = CONFIG_FOR_SERVICES, .type = CONFIG_DURATION,
     .fallback = "1s", .min = 10, .max = HOURS(24),
     .help = "how long before the first restart in a row; doubles each time"},
    {JOB_KEY(start_limit, start_limit), .kind = CONFIG_FOR_SERVICES, .type = CONFIG_NUMBER, .fallback = "5",
     .max = 1000, .help = "failures in a row after which it is given up; 0: never"},
    {JOB_KEY(nice, nice), .type = CONFIG_NUMBER, .fallback = "0", .min = (uint64_t)-20, .max = 19,
     .help = "its nice value: the higher, the more it lets others go first"},
    {JOB_KEY(umask, umask), .type = CONFIG_OCTAL, .fallback = "022", .max = 0777,
     .help = "the permissions that its new files do not get"},
    {JOB_KEY(allow_privileges, allow_privileges), .type = CONFIG_BOOL, .fallback = "no",
     .help = "whether sudo and the like can work in it"},
    {JOB_KEY(confine, confine), .type = CONFIG_CHOICE, .fallback = "no", .choices = confines,
     .help = "whether it runs behind the airlock, and what if a wall cannot be had: go on, or fail"},
    {JOB_KEY(echo, echo), .type = CONFIG_BOOL, .fallback = "yes",
     .help = "whether the container's log gets its output, too"},
    {JOB_KEY(log_max_size, log_max_size), .type = CONFIG_SIZE, .fallback = "10M", .min = KIBIBYTES(4),
     .max = KIBIBYTES(1024) * 1024 * 1024, .help = "bytes of its log after which a new file is begun"},
    {JOB_KEY(log_keep, log_keep), .type = CONFIG_NUMBER, .fallback = "3", .max = 99,
     .help = "how many older files of its log are kept"},
    {JOB_KEY(enabled, enabled), .type = CONFIG_BOOL, .fallback = "yes",
     .help = "whether it is started at all"},
    {.name = NULL},
};
_Static_assert(sizeof(config_table_job_keys) / sizeof(config_table_job_keys[0]) <= CONFIG_JOB_KEYS_MAX + 1,
               "CONFIG_JOB_KEYS_MAX is too small");

const struct config_key *config_table_find(const char *section, const char *name)
{
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        if ((!section || strcmp(key->section, section) == 0) && strcmp(key->name, name) == 0) {
            return key;
        }
    }
    return NULL;
}

const struct config_key *config_table_find_job_key(const char *name)
{
    for (const struct config_key *key = config_table_job_keys; key->name; key++) {
        if (strcmp(key->name, name) == 0) {
            return key;
        }
    }
    return NULL;
}

bool config_table_fits(const struct config_key *key, bool is_service)
{
    return key->kind == CONFIG_FOR_BOTH || (key->kind == CONFIG_FOR_SERVICES) == is_service;
}

const struct config_key *config_table_of(const struct config_key *key)
{
    return key->section ? config_table_keys : config_table_job_keys;
}

bool config_table_is_job_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char others[] = "_.-";
    size_t length = strlen(name);
    if (length == 0 || length >= CONFIG_JOB_NAME_SIZE || !strchr(letters, name[0])) {
        return false;
    }
    for (size_t i = 1; i < length; i++) {
        if (!strchr(letters, name[i]) && !strchr(others, name[i])) {
            return false;
        }
    }
    return true;
}

bool config_table_has_section(const char *section)
{
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        if (strcmp(key->section, section) == 0) {
            return true;
        }
    }
    return false;
}

bool config_table_begins_section(const struct config_key *key)
{
    return key == config_table_keys || strcmp(key->section, (key - 1)->section) != 0;
}

void *config_table_member(void *record, const struct config_key *key)
{
    return (char *)record + key->offset;
}

const void *config_table_value(const void *record, const struct config_key *key)
{
    return (const char *)record + key->offset;
}
