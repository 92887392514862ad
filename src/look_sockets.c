/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_sockets.h"

#include "sandbox_init/probe.h"
#include "sandbox_init/suspects.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    WORDS_SIZE = 1024,                   /* of the default names, and of the default directories */
    LIST_MAX = 32 + CONFIG_PATTERNS_MAX, /* the default, and as many as can be configured */
};

/* ---- what to look for ---- */

struct words {
    char text[WORDS_SIZE];
    const char *list[LIST_MAX]; /* ends in NULL */
    size_t count;
};

static void add_word(struct words *words, const char *word)
{
    if (words->count + 1 < LIST_MAX) {
        words->list[words->count++] = word;
    }
}

/* The default of KEY in [scrub], and what is CONFIGURED, which may be NULL. */
static void gather_words(struct words *words, const char *key, char *const *configured)
{
    char *rest = NULL;
    snprintf(words->text, sizeof words->text, "%s", config_table_find("scrub", key)->fallback);
    for (char *word = strtok_r(words->text, " \n", &rest); word != NULL;
         word = strtok_r(NULL, " \n", &rest)) {
        add_word(words, word);
    }
    for (; configured != NULL && *configured != NULL; configured++) {
        add_word(words, *configured);
    }
}

static const char *const values[] = {"REMOTE_CONTAINERS_SOCKETS", "REMOTE_CONTAINERS_IPC",
                                     "VSCODE_IPC_HOOK_CLI", "VSCODE_GIT_IPC_HANDLE"};
static const char *const variables[] = {"REMOTE_CONTAINERS_SOCKETS",
                                        "REMOTE_CONTAINERS_IPC",
                                        "VSCODE_IPC_HOOK_CLI",
                                        "VSCODE_GIT_IPC_HANDLE",
                                        "TMP",
                                        "TEMP",
                                        "CODE_SERVER_SESSION_SOCKET",
                                        "CLAUDE_CODE_MESSAGING_SOCKET",
                                        NULL};

static void search(struct suspects *suspects)
{
    const struct config *config = suspects->scene->config;
    struct words patterns = {0};
    struct words dirs = {0};
    gather_words(&patterns, "patterns", config->scrub.patterns);
    gather_words(&dirs, "dirs", config->scrub.dirs);
    add_word(&dirs, "$TMP");
    add_word(&dirs, "$TEMP");
    for (char *const *dir = config->scrub.dirs; dir != NULL && *dir != NULL; dir++) {
        /* The init may have other variables than those in whose environments we look. */
        const bool is_in_place = (*dir)[0] != '$';
        suspects_search(suspects, *dir, (const char *const *)config->scrub.patterns, is_in_place);
    }
    for (size_t i = 0; i < dirs.count; i++) {
        suspects_search(suspects, dirs.list[i], patterns.list, false);
    }
    suspects_search_table(suspects, patterns.list);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        suspects_add_variable(suspects, values[i]);
    }
}

/* What steers an editor or an agent in here, and is no way out by itself. */
static void search_lesser(struct suspects *suspects)
{
    static const char *const server[] = {"code-server-ipc.sock", NULL};
    static const char *const any[] = {"*.sock", NULL};
    char path[SCENE_PATH_SIZE];
    suspects_search(suspects, scene_home(suspects->scene, path, "/.local/share/code-server"), server, false);
    suspects_search(suspects, "/tmp/cc-socks", any, false);
    suspects_search_table(suspects, server);
    suspects_add_variable(suspects, "CODE_SERVER_SESSION_SOCKET");
    suspects_add_variable(suspects, "CLAUDE_CODE_MESSAGING_SOCKET");
}

/* ---- what to do about it ---- */

static void mend(const struct scene *scene, const struct suspects_one *one, struct finding *finding)
{
    char directory[SCENE_PATH_SIZE];
    snprintf(directory, sizeof directory, "%s", one->path);
    char *slash = strrchr(directory, '/');
    slash[slash == directory ? 1 : 0] = '\0';
    if (scene->view == NULL) {
        finding_mend(finding, "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-init\", \"--\"]");
    } else if (one->is_in_place) {
        finding_mend(finding, "host", "docker exec -u root CONTAINER sandbox-init --oneshot-clean");
    } else if (!suspects_match((const char *const *)scene->config->scrub.patterns, one->path)) {
        finding_mend(finding, "sandbox-init.ini", "[scrub] patterns = @default");
    } else if (finding_is_word(directory)) {
        finding_mend(finding, "sandbox-init.ini", "[scrub] dirs = @default %s", directory);
    }
}

/* ---- the look ---- */

struct tally {
    size_t open;
    size_t shut; /* the agent may not, or nobody listens */
    size_t gone; /* listens on under a name that is not there any more */
};

static void try_one(const struct suspects *suspects, const struct suspects_one *one,
                    enum finding_verdict verdict, struct tally *tally, struct finding *finding)
{
    char path[FINDING_NAME_SIZE];
    char who[PROBE_PEER_SIZE];
    struct probe_peer peer;
    const int fd = probe_connect(suspects->scene, one->path, &peer);
    if (probe_is_heard(fd)) {
        finding_note(finding, verdict, "%s: %s listens", finding_name(path, one->path),
                     probe_describe_peer(who, &peer));
    }
    tally->open += probe_is_heard(fd) ? 1 : 0;
    tally->gone += fd == -ENOENT ? 1 : 0;
    tally->shut += !probe_is_heard(fd) && fd != -ENOENT && fd != -ENOTSOCK ? 1 : 0;
    if (fd >= 0) {
        close(fd);
    }
}

static void try_all(struct suspects *suspects, struct finding *finding)
{
    struct tally tally = {0};
    for (size_t i = 0; i < suspects->count; i++) {
        const size_t open = tally.open;
        try_one(suspects, &suspects->all[i], FINDING_FAIL, &tally, finding);
        if (tally.open > open) {
            mend(suspects->scene, &suspects->all[i], finding);
        }
    }
    if (tally.shut > 0) {
        finding_note(finding, FINDING_PASS, "%zu of VS Code's kind cannot be connected to", tally.shut);
    }
    if (tally.gone > 0) {
        finding_note(finding, FINDING_PASS, "of %zu that listen the names are gone", tally.gone);
    }
    if (tally.open + tally.shut + tally.gone == 0) {
        finding_note(finding, FINDING_PASS, "there is none of VS Code's kind");
    }
}

void look_sockets_open(const struct scene *scene, struct finding *finding)
{
    struct suspects suspects;
    struct tally lesser = {0};
    if (suspects_init(&suspects, scene, variables) < 0) {
        finding_note(finding, FINDING_WARN, "there is no memory to look");
        return;
    }
    search(&suspects);
    try_all(&suspects, finding);
    const size_t before = suspects.count;
    search_lesser(&suspects);
    for (size_t i = before; i < suspects.count; i++) {
        try_one(&suspects, &suspects.all[i], FINDING_WARN, &lesser, finding);
    }
    suspects_tell_misses(&suspects, finding);
    suspects_finish(&suspects);
}
