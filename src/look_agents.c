/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_agents.h"

#include "sandbox_init/dial.h"
#include "sandbox_init/probe.h"
#include "sandbox_init/suspects.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DEADLINE_MS = 200, /* of the answers of one batch, which are asked at the same time: anybody can make */
    BATCH_MAX = 128,   /* hundreds that are silent, or say a byte now and then, and have us wait for each */
    IDENTITIES_ANSWER = 12, /* SSH_AGENT_IDENTITIES_ANSWER */
    IDENTITIES_SIZE = 9,    /* length, type, number of keys */
    GREETING_SIZE = 256,
};

static const char *const variables[] = {"SSH_AUTH_SOCK", "GNUPGHOME", NULL};

struct place {
    const char *dir;
    const char *patterns[4];
};

static void search_places(struct suspects *suspects, const struct place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        suspects_search(suspects, places[i].dir, places[i].patterns, false);
    }
}

/* Those in the agent's home; DIR begins with a slash. */
static void search_home(struct suspects *suspects, const char *dir, const char *const *patterns)
{
    char path[SCENE_PATH_SIZE];
    suspects_search(suspects, scene_home(suspects->scene, path, dir), patterns, false);
}

/* ---- asking ---- */

struct agent {
    const char *path;
    int fd; /* a result of probe_connect() */
    struct probe_peer peer;
};

/* What an agent is, told by what it says within DEADLINE_MS. It is heard; its FD may be -EAGAIN. */
typedef void tell_agent(const struct agent *agent, int deadline_ms, struct finding *finding);

struct question {
    const void *request; /* NULL: it speaks first */
    size_t size;
    tell_agent *tell;
};

static void call(const struct scene *scene, const struct question *question, struct agent *agent)
{
    agent->fd = probe_connect(scene, agent->path, &agent->peer);
    if (agent->fd >= 0 && question->size > 0) {
        /* Who takes no five bytes will answer none. */
        (void)!send(agent->fd, question->request, question->size, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

/* Returns how many of SUSPECTS from FIRST on were called: fewer where we may not have so many descriptors. */
static size_t call_batch(const struct suspects *suspects, size_t first, const struct question *question,
                         struct agent agents[static BATCH_MAX])
{
    const size_t left = suspects->count - first;
    const size_t max = left < BATCH_MAX ? left : BATCH_MAX;
    size_t count = 0;
    bool is_out = false;
    while (count < max && !is_out) {
        agents[count].path = suspects->all[first + count].path;
        call(suspects->scene, question, &agents[count]);
        is_out = agents[count].fd == -EMFILE && count > 0;
        count += is_out ? 0 : 1;
    }
    return count;
}

/* While we wait for one that is silent, the answers of the others come in. */
static void hear_batch(const struct agent *agents, size_t count, const struct question *question,
                       struct finding *finding)
{
    const uint64_t until = dial_now() + DEADLINE_MS;
    for (size_t i = 0; i < count; i++) {
        const uint64_t now = dial_now();
        if (probe_is_heard(agents[i].fd)) {
            question->tell(&agents[i], until > now ? (int)(until - now) : 0, finding);
        }
        if (agents[i].fd >= 0) {
            close(agents[i].fd);
        }
    }
}

static void ask_all(const struct suspects *suspects, const struct question *question, struct finding *finding)
{
    struct agent agents[BATCH_MAX];
    size_t count = 0;
    for (size_t first = 0; first < suspects->count; first += count) {
        count = call_batch(suspects, first, question, agents);
        hear_batch(agents, count, question, finding);
    }
}

/* ---- SSH ---- */

/* "ssh-agent -D -a PATH": whom no variable and no usual name leads to. */
static bool visit_agent(void *context, const struct scene_process *process)
{
    struct suspects *suspects = context;
    const char *option = strcmp(process->name, "ssh-agent") == 0 ? strstr(process->cmdline, " -a") : NULL;
    char path[SCENE_PATH_SIZE];
    if (option != NULL) {
        option += strlen(" -a");
        option += strspn(option, " ");
        snprintf(path, sizeof path, "%.*s", (int)strcspn(option, " "), option);
        if (path[0] == '/') {
            suspects_add(suspects, path, false);
        }
    }
    return true;
}

static void search_ssh(struct suspects *suspects)
{
    static const struct place places[] = {
        {"/tmp", {"vscode-ssh-auth-*", NULL}},
        {"/tmp/user/*", {"vscode-ssh-auth-*", NULL}},
        {"$TMPDIR", {"vscode-ssh-auth-*", NULL}},
        {"$XDG_RUNTIME_DIR", {"vscode-ssh-auth-*", "*ssh-agent*", "*ssh_agent*", NULL}},
        {"/run/user/*", {"vscode-ssh-auth-*", "*ssh-agent*", "*ssh_agent*", NULL}},
        {"/tmp/ssh-*", {"agent.*", NULL}},
        {"/run/user/*/keyring", {"ssh", ".ssh", NULL}},
        {"/run/user/*/gcr", {"ssh", NULL}},
        {"/run/user/*/gnupg", {"S.gpg-agent.ssh", NULL}},
        {"/run/user/*/gnupg/d.*", {"S.gpg-agent.ssh", NULL}},
        {"$GNUPGHOME", {"S.gpg-agent.ssh", NULL}},
        {"/run/host-services", {"ssh-auth.sock", NULL}},
        {"/", {"ssh-agent*", NULL}},
    };
    static const char *const gnupg[] = {"S.gpg-agent.ssh", NULL};
    static const char *const own[] = {"*", NULL};
    static const char *const listed[] = {"vscode-ssh-auth-*", "S.gpg-agent.ssh", "*ssh-agent*", NULL};
    search_places(suspects, places, sizeof places / sizeof places[0]);
    search_home(suspects, "/.gnupg", gnupg);
    search_home(suspects, "/.ssh/agent", own); /* OpenSSH 10.1 */
    suspects_add_variable(suspects, "SSH_AUTH_SOCK");
    scene_walk_processes(suspects->scene, visit_agent, suspects);
    suspects_search_table(suspects, listed);
}

/* Returns the number of keys that FD, which was asked, tells; -ENOMSG: no answer; -EBADMSG: another one. */
static int64_t count_keys(int fd, int deadline_ms)
{
    char text[IDENTITIES_SIZE + 1] = "";
    unsigned char answer[IDENTITIES_SIZE];
    const struct probe_question question = {
        .answer = text, .answer_size = sizeof text, .stop = -1, .deadline_ms = deadline_ms};
    const ssize_t length = probe_ask(fd, &question);
    if (length <= 0) {
        return -ENOMSG;
    }
    memcpy(answer, text, sizeof answer);
    if (length < IDENTITIES_SIZE || answer[4] != IDENTITIES_ANSWER) {
        return -EBADMSG;
    }
    return (int64_t)answer[5] << 24 | (int64_t)answer[6] << 16 | (int64_t)answer[7] << 8 | answer[8];
}

static void mend_ssh(const struct probe_peer *peer, struct finding *finding)
{
    if (strcmp(peer->name, "ssh-agent") == 0) {
        finding_mend(finding, "container", "ssh-add -D");
    } else if (peer->is_known && peer->pid == 0) {
        finding_mend(finding, "docker-compose.yml", "volumes: (without the agent's socket)");
    } else if (peer->name[0] != '\0') { /* else it has gone into the background, as only a local one does */
        finding_mend(finding, "host", "env -u SSH_AUTH_SOCK code");
    }
    finding_mend(finding, "devcontainer.json", "\"remoteEnv\": {\"SSH_AUTH_SOCK\": \"\"}");
}

static void tell_ssh(const struct agent *agent, int deadline_ms, struct finding *finding)
{
    char shown[FINDING_NAME_SIZE];
    char who[PROBE_PEER_SIZE];
    const struct probe_peer *peer = &agent->peer;
    const int64_t keys = agent->fd >= 0 ? count_keys(agent->fd, deadline_ms) : -ENOMSG;
    finding_name(shown, agent->path);
    probe_describe_peer(who, peer);
    if (keys > 0) {
        finding_note(finding, FINDING_FAIL, "%s: %s listens, and signs with %lld key%s", shown, who,
                     (long long)keys, keys > 1 ? "s" : "");
        mend_ssh(peer, finding);
    } else if (keys == 0) {
        finding_note(finding, FINDING_WARN, "%s: %s listens, an agent without keys", shown, who);
        mend_ssh(peer, finding);
    } else {
        finding_note(finding, FINDING_WARN, "%s: %s listens, but %s", shown, who,
                     keys == -ENOMSG ? "answers nothing" : "does not answer as an agent does");
    }
}

void look_agents_ssh(const struct scene *scene, struct finding *finding)
{
    static const unsigned char request[] = {0, 0, 0, 1, 11}; /* its length, SSH_AGENTC_REQUEST_IDENTITIES */
    static const struct question question = {.request = request, .size = sizeof request, .tell = tell_ssh};
    struct suspects suspects;
    if (suspects_init(&suspects, scene, variables) < 0) {
        finding_note(finding, FINDING_WARN, "there is no memory to look");
        return;
    }
    search_ssh(&suspects);
    ask_all(&suspects, &question, finding);
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_PASS, "none answers");
    }
    suspects_tell_misses(&suspects, finding);
    suspects_finish(&suspects);
}

/* ---- GPG ---- */

static const char *const gpg_patterns[] = {"S.gpg-agent", "S.gpg-agent.extra", "S.gpg-agent.browser",
                                           "S.keyboxd", NULL};

static void search_gpg(struct suspects *suspects)
{
    static const char *const dirs[] = {"$GNUPGHOME", "/run/user/*/gnupg", "/run/user/*/gnupg/d.*",
                                       "$XDG_RUNTIME_DIR/gnupg", "$XDG_RUNTIME_DIR/gnupg/d.*"};
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        suspects_search(suspects, dirs[i], gpg_patterns, false);
    }
    search_home(suspects, "/.gnupg", gpg_patterns);
    suspects_search_table(suspects, gpg_patterns);
}

enum gpg_kind { GPG_LOCAL, GPG_RELAYED, GPG_UNKNOWN };

static enum gpg_kind judge_gpg(const struct agent *agent, int deadline_ms)
{
    static const char mark[] = " process ";
    char greeting[GREETING_SIZE] = "";
    const struct probe_question question = {
        .answer = greeting, .answer_size = sizeof greeting, .stop = '\n', .deadline_ms = deadline_ms};
    const struct probe_peer *peer = &agent->peer;
    if (agent->fd >= 0) {
        probe_ask(agent->fd, &question);
    }
    const char *number = strncmp(greeting, "OK ", 3) == 0 ? strstr(greeting, mark) : NULL;
    if (number != NULL) {
        return strtol(number + strlen(mark), NULL, 10) == getpid() ? GPG_LOCAL : GPG_RELAYED;
    }
    if (strcmp(peer->name, "gpg-agent") == 0 || strcmp(peer->name, "keyboxd") == 0) {
        return GPG_LOCAL;
    }
    return peer->is_known && (peer->pid == 0 || peer->name[0] != '\0') ? GPG_RELAYED : GPG_UNKNOWN;
}

static void mend_gpg(const char *path, const struct probe_peer *peer, struct finding *finding)
{
    const char *slash = strrchr(path, '/');
    const size_t length = slash != NULL ? (size_t)(slash - path) : 0;
    char directory[FINDING_NAME_SIZE];
    char text[SCENE_PATH_SIZE] = "";
    memcpy(text, path, length);
    if (peer->is_known && peer->pid == 0) {
        finding_mend(finding, "docker-compose.yml", "volumes: (without %s)", finding_name(directory, path));
        return;
    }
    if (finding_is_word(text)) {
        finding_mend(finding, "sandbox-init.ini", "[scrub] dirs = @default %s", text);
    }
    finding_mend(finding, "sandbox-init.ini", "[scrub] patterns = @default S.gpg-agent*");
}

static void tell_gpg(const struct agent *agent, int deadline_ms, struct finding *finding)
{
    char shown[FINDING_NAME_SIZE];
    char who[PROBE_PEER_SIZE];
    const enum gpg_kind kind = judge_gpg(agent, deadline_ms);
    finding_name(shown, agent->path);
    probe_describe_peer(who, &agent->peer);
    if (kind == GPG_LOCAL) {
        finding_note(finding, FINDING_PASS, "%s is an agent's in here", shown);
    } else if (kind == GPG_RELAYED) {
        finding_note(finding, FINDING_FAIL, "%s: %s listens, and hands on to an agent elsewhere", shown, who);
        mend_gpg(agent->path, &agent->peer, finding);
    } else {
        finding_note(finding, FINDING_WARN, "%s: %s listens, and does not say what it is", shown, who);
    }
}

void look_agents_gpg(const struct scene *scene, struct finding *finding)
{
    static const struct question question = {.tell = tell_gpg};
    struct suspects suspects;
    if (suspects_init(&suspects, scene, variables) < 0) {
        finding_note(finding, FINDING_WARN, "there is no memory to look");
        return;
    }
    search_gpg(&suspects);
    ask_all(&suspects, &question, finding);
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_PASS, "none answers");
    }
    suspects_tell_misses(&suspects, finding);
    suspects_finish(&suspects);
}
