/* SPDX-License-Identifier: MIT */
/*
 * premises: where files lie that the audit asks about: everybody's homes, and the workspaces.
 *
 * Homes, because what the agent may read or write is not only its own: VS Code's may be another user's.
 * Workspaces are found by what stands in them, since no file says where they are: the devcontainer CLI's
 * /workspaces/NAME, /workspace, the working directory or one above it, and whatever is mounted.
 *
 * What reads here, reads through the agent's eyes.
 */
#ifndef SANDBOX_INIT_PREMISES_H
#define SANDBOX_INIT_PREMISES_H

#include "sandbox_init/fileid.h"
#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    PREMISES_MAX = 16,
    PREMISES_NAMES_MAX = 128,
    PREMISES_VISITS_MAX = 16384, /* names that are looked at in one directory */
    PREMISES_NAME_SIZE = 256,
    PREMISES_TEXT_SIZE = 65536, /* that are read of a file */
};

struct premises {
    char paths[PREMISES_MAX][SCENE_PATH_SIZE];
    struct fileid ids[PREMISES_MAX];
    size_t count;
    bool is_cut; /* there are more */
};

/* The agent's home first, then /root and all in /home. */
void premises_find_homes(const struct scene *scene, struct premises *ret_homes);

/*
 * Directories with a .git, .devcontainer, .devcontainer.json or .vscode in them; no two the same. A home is
 * one only with a .git.
 */
void premises_find_workspaces(const struct scene *scene, struct premises *ret_workspaces);

/* Writes DIRECTORY and NAME ("/.ssh") into PATH. Returns PATH. */
const char *premises_join(char path[static SCENE_PATH_SIZE], const char *directory, const char *name);

/*
 * Writes where git keeps NAME ("/config", "/hooks") of the work tree WORKSPACE into PATH, also where its
 * .git is a file that says so, as in worktrees and submodules (gitrepository-layout(5)). Returns false
 * without a repository.
 */
bool premises_find_git(const struct scene *scene, const char *workspace, const char *name,
                       char path[static SCENE_PATH_SIZE]);

struct premises_names {
    char names[PREMISES_NAMES_MAX][PREMISES_NAME_SIZE];
    size_t count;
    bool is_cut; /* there are more */
};

/* Lists what matches GLOB (fnmatch(3)) in DIRECTORY. Returns 0 or -errno, and then there are none. */
int premises_list(const struct scene *scene, const char *directory, const char *glob,
                  struct premises_names *ret_names);

/*
 * May the agent write PATH, or one of the files in it if it is a directory? Notes as not seen that there are
 * too many.
 */
bool premises_may_write(const struct scene *scene, const char *path, struct finding *finding);

/* scene_read() as the agent. */
ssize_t premises_read(const struct scene *scene, const char *path, char *buffer, size_t size);

/*
 * Of another user's variables we know nothing: the value of NAME if the agent is who we are and it is an
 * absolute path, else NULL.
 */
const char *premises_variable(const struct scene *scene, const char *name);

/* fileid_read() of PATH, not following a last link, as the agent. */
int premises_identify(const struct scene *scene, const char *path, struct fileid *ret_id);

/* Notes, where we cannot look through the agent's eyes, that we did not. */
void premises_admit(const struct scene *scene, struct finding *finding);

#endif
