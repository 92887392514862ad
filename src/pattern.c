/* SPDX-License-Identifier: MIT */
#include "sandbox_init/pattern.h"

#include <fnmatch.h>
#include <string.h>

/*
 * Names of sockets that must live in the directories we guard: whoever deletes these breaks somebody's
 * work, and turns the guard off. A pattern that matches one of them is too broad.
 *
 * One row cannot stand for a random name, so there is one for each digit that the random part may begin
 * with ("vscode-e*.sock" is as wrong as "vscode-*.sock"), and they differ in length as the real ones do.
 */
#define EACH_FIRST_DIGIT(before, after)                                                                      \
    before "0" after, before "1" after, before "2" after, before "3" after, before "4" after,                \
        before "5" after, before "6" after, before "7" after, before "8" after, before "9" after,            \
        before "a" after, before "b" after, before "c" after, before "d" after, before "e" after,            \
        before "f" after
#define HEX_19 "7b02c9e4f1d8365a0c7"
#define HEX_31 HEX_19 "e93b5d06a2f1"
#define HEX_39 HEX_31 "84c7d01b"

static const char *const must_live[] = {
    /* Language servers: vscode-jsonrpc's generateRandomPipeName(), from its first version on. */
    EACH_FIRST_DIGIT("lsp-", HEX_31 ".sock"),
    EACH_FIRST_DIGIT("vscode-", HEX_39 ".sock"),
    EACH_FIRST_DIGIT("vscode-", HEX_19 ".sock"),
    EACH_FIRST_DIGIT("", HEX_31 ".sock"),
    "lsp-" HEX_39 "ab.sock",
    "vscode-5f0c2a9e-7d41-4b8e-9c36-0e1fa2d4b857.sock",
    "python-ext-rpc-" HEX_19 "e.sock",

    /* VS Code's own main process: its createStaticIPCHandle(). Without them it starts a second time. */
    EACH_FIRST_DIGIT("vscode-", "a2b3c4d-1.99-main.sock"),
    EACH_FIRST_DIGIT("vscode-", "a2b3c4d-1.99-shared.sock"),

    /* What an agent may run by itself: a terminal multiplexer, a display, its own ssh-agent. */
    "default",     /* tmux */
    "X0",          /* an X server, in /tmp/.X11-unix */
    "wayland-0",   /* a Wayland compositor */
    "agent.12345", /* ssh-agent started inside, in /tmp/ssh-XXXXXX */

    /* Services. */
    "docker.sock",
    "control.sock",
    "mysql.sock",
    ".s.PGSQL.5432",
    "dbus-AbCdEf1234",

    /* The shortest name there is: what matches it matches anything. */
    "a",
};

/* Behind the character or class at AT, between brackets; NULL: the class has no end. */
static const char *skip_item(const char *at)
{
    if (*at != '[' || !at[1] || !strchr(":.=", at[1])) {
        return at + 1;
    }
    /* "[:alpha:]": its "]" is not the bracket's. Some libcs take an open one literally, not all. */
    const char close[] = {at[1], ']', '\0'};
    const char *end = strstr(at + 2, close);
    return end ? end + 2 : NULL;
}

/* Returns what follows the bracket expression that begins at OPEN, or NULL if nothing closes it. */
static const char *skip_bracket(const char *open)
{
    const char *at = open + 1;
    if (*at == '!' || *at == '^') {
        at++;
    }
    if (*at == ']') { /* a first one stands for itself */
        at++;
    }
    while (*at && *at != ']') {
        at = skip_item(at);
        if (!at) {
            return NULL;
        }
    }
    return *at ? at + 1 : NULL;
}

static bool has_open_bracket(const char *glob)
{
    for (const char *at = strchr(glob, '['); at; at = strchr(at, '[')) {
        at = skip_bracket(at);
        if (!at) {
            return true;
        }
    }
    return false;
}

/* Without FNM_PERIOD, as the guard reads names that begin with a dot like any other. */
enum pattern_fault pattern_check(const char *glob, const char **ret_victim)
{
    if (!*glob) {
        return PATTERN_EMPTY;
    }
    if (strnlen(glob, PATTERN_SIZE_MAX) == PATTERN_SIZE_MAX) {
        return PATTERN_TOO_LONG;
    }
    if (strchr(glob, '/')) {
        return PATTERN_HAS_SLASH;
    }
    if (has_open_bracket(glob)) {
        return PATTERN_OPEN_BRACKET;
    }
    const struct pattern pattern = pattern_compile(glob);
    for (size_t i = 0; i < sizeof(must_live) / sizeof(must_live[0]); i++) {
        if (!pattern_matches(&pattern, must_live[i])) {
            continue;
        }
        if (ret_victim) {
            *ret_victim = must_live[i];
        }
        return PATTERN_TOO_BROAD;
    }
    return PATTERN_OK;
}

const char *pattern_fault_text(enum pattern_fault fault)
{
    static const char *const texts[] = {
        [PATTERN_OK] = "is in order",
        [PATTERN_EMPTY] = "is empty",
        [PATTERN_TOO_LONG] = "is longer than 127 bytes",
        [PATTERN_HAS_SLASH] = "has a slash, but it is compared with file names, not with paths",
        [PATTERN_OPEN_BRACKET] = "has a \"[\" without its \"]\"; write \"[[]\" for the character itself",
        [PATTERN_TOO_BROAD] = "would remove sockets that must live",
    };
    _Static_assert(sizeof(texts) / sizeof(texts[0]) == PATTERN_FAULT_COUNT, "every fault has a text");
    _Static_assert(PATTERN_SIZE_MAX == 128, "the text of PATTERN_TOO_LONG says so");
    return (unsigned)fault < PATTERN_FAULT_COUNT ? texts[fault] : "has an unknown fault";
}

struct pattern pattern_compile(const char *glob)
{
    return (struct pattern){.glob = glob, .prefix_length = strcspn(glob, "*?[")};
}

bool pattern_matches(const struct pattern *pattern, const char *name)
{
    if (strncmp(name, pattern->glob, pattern->prefix_length) != 0) {
        return false;
    }
    return fnmatch(pattern->glob + pattern->prefix_length, name + pattern->prefix_length, FNM_NOESCAPE) == 0;
}

const struct pattern *pattern_find(const struct pattern *patterns, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (pattern_matches(&patterns[i], name)) {
            return &patterns[i];
        }
    }
    return NULL;
}
