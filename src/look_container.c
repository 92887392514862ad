/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_container.h"

#include <stdio.h>
#include <string.h>

enum {
    STATUS_SIZE = 4096,
};

#define ENTRYPOINT "ENTRYPOINT [\"/usr/local/bin/sandbox-init\"]"

/* Whom one meets as PID 1, by the beginning of its arguments or by its name, and what to do about it. */
struct first {
    const char *cmdline; /* NULL: by its name */
    const char *name;
    const char *who;
    struct {
        const char *place; /* NULL: there is no second one */
        const char *line;
    } mends[2];
};

static const struct first firsts[] = {
    {"/bin/sh -c echo Container started",
     NULL,
     "VS Code's shell loop, which replaces the image's ENTRYPOINT",
     {{"devcontainer.json", "\"overrideCommand\": false"}}},
    {"/bin/sh -c while sleep",
     NULL,
     "a shell loop, which neither reaps nor stops",
     {{"Dockerfile", ENTRYPOINT}}},
    {NULL,
     "docker-init",
     "docker-init, which a feature's or base image's \"init\": true or `--init` asks for",
     {{"devcontainer.json", "\"init\": false"}, {"docker-compose.yml", "init: false"}}},
    {NULL, "catatonit", "catatonit, which `--init` asks for", {{"Dockerfile", ENTRYPOINT}}},
    {NULL, "podman-init", "catatonit, which `--init` asks for", {{"Dockerfile", ENTRYPOINT}}},
    {NULL, "tini", "tini", {{"Dockerfile", ENTRYPOINT}}},
    {NULL, "dumb-init", "dumb-init", {{"Dockerfile", ENTRYPOINT}}},
    {NULL, "s6-svscan", "s6-svscan", {{"Dockerfile", ENTRYPOINT}}},
    {NULL, "sleep", "sleep, which neither reaps nor stops", {{"Dockerfile", ENTRYPOINT}}},
    {NULL, "tail", "tail, which neither reaps nor stops", {{"Dockerfile", ENTRYPOINT}}},
    {NULL, "pause", "the pod's pause container", {{"pod.yaml", "shareProcessNamespace: false"}}},
    {NULL, "systemd", "systemd: the host's, or a container's of its own", {{"Dockerfile", ENTRYPOINT}}},
};

/* For everybody else. */
static const struct first nobody = {.mends = {{"Dockerfile", ENTRYPOINT}}};

static const struct first *find_first(const char *name, const char *cmdline)
{
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        const struct first *first = &firsts[i];
        if (first->cmdline != NULL ? strncmp(cmdline, first->cmdline, strlen(first->cmdline)) == 0
                                   : strcmp(name, first->name) == 0) {
            return first;
        }
    }
    return &nobody;
}

struct search {
    struct scene_process first;
    bool is_found;
};

static bool visit_process(void *context, const struct scene_process *process)
{
    struct search *search = context;
    if (process->pid == 1) {
        search->first = *process;
        search->is_found = true;
    }
    return !search->is_found;
}

void look_container_pid1(const struct scene *scene, struct finding *finding)
{
    struct search search = {0};
    char shown[FINDING_NAME_SIZE];
    scene_walk_processes(scene, visit_process, &search);
    if (scene->view != NULL && scene->view->init.is_pid1.value != 0) {
        finding_note(finding, FINDING_PASS, "sandbox-init %s is",
                     finding_name(shown, scene->view->init.version));
        return;
    }
    if (!search.is_found) {
        finding_note(finding, FINDING_WARN, "PID 1 cannot be seen");
        finding_miss(finding, "/proc/1, which is hidden: look as root");
        return;
    }
    const struct first *first = find_first(search.first.name, search.first.cmdline);
    const enum finding_verdict verdict = scene->view != NULL ? FINDING_WARN : FINDING_FAIL;
    if (strcmp(search.first.name, "sandbox-init") == 0) {
        finding_note(finding, FINDING_WARN, "sandbox-init is, but does not answer");
        finding_miss(finding, "what it does: its control socket is not to be reached as uid %u; look as root",
                     (unsigned)scene->self.uid);
        return;
    }
    finding_note(finding, verdict, "it is %s%s",
                 first->who != NULL ? first->who : finding_name(shown, search.first.name),
                 scene->view != NULL ? "; sandbox-init is its child, guards, and cannot reap or stop what "
                                       "`docker exec` starts"
                                     : "; no sandbox-init runs");
    for (size_t i = 0; i < 2 && first->mends[i].place != NULL; i++) {
        finding_mend(finding, first->mends[i].place, "%s", first->mends[i].line);
    }
}
