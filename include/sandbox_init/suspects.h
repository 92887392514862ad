/* SPDX-License-Identifier: MIT */
/*
 * suspects: the paths at which sockets of some kind may be, gathered from all that can know: directories and
 * the globs for them, the kernel's list of sockets, variables of all visible processes. Each is there once.
 *
 * How much is looked at is bounded, since an attacker can make as many names as it likes; what was left out
 * is said, not passed over.
 */
#ifndef SANDBOX_INIT_SUSPECTS_H
#define SANDBOX_INIT_SUSPECTS_H

#include "sandbox_init/environs.h"
#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    SUSPECTS_MAX = 512,
    SUSPECTS_NAMES_MAX = 50000, /* names in directories that are looked at */
    SUSPECTS_VARIABLES_MAX = 96,
    SUSPECTS_VARIABLE_SIZE = 64, /* bytes of a name in [scrub] dirs with its NUL; longer ones are left out */
};

struct suspects_one {
    char path[SCENE_PATH_SIZE]; /* absolute, not escaped */
    bool is_in_place;           /* found by a search for which IS_IN_PLACE was given */
};

struct suspects {
    const struct scene *scene;
    const char *variables[SUSPECTS_VARIABLES_MAX]; /* that were asked for; ends in NULL */
    char configured[CONFIG_DIRS_MAX][SUSPECTS_VARIABLE_SIZE];
    struct environs environs;
    struct suspects_one *all; /* owned */
    size_t count;
    size_t names;      /* looked at */
    bool is_cut;       /* there was more */
    bool is_blind;     /* a directory cannot be listed, though the agent may go through it */
    bool is_tableless; /* the kernel's list cannot be read */
};

/*
 * Gets ready, with the values of VARIABLES (ends in NULL), of TMPDIR, XDG_RUNTIME_DIR and of those that
 * [scrub] dirs names. Strings are kept by pointer, and SUSPECTS does not move. Returns 0 or -ENOMEM; then
 * there is nothing to finish.
 */
int suspects_init(struct suspects *suspects, const struct scene *scene, const char *const *variables);

/* Takes a zeroed object too. */
void suspects_finish(struct suspects *suspects);

/* Returns false to end. */
typedef bool suspects_visit(void *context, const char *directory);

/* Visits the directories that DIR means, a glob, or "$NAME" and a glob behind it, as in [scrub] dirs. */
void suspects_find_directories(struct suspects *suspects, const char *dir, suspects_visit *visit,
                               void *context);

/* Adds what in the directories that DIR means has a name that one of PATTERNS (ends in NULL) matches. */
void suspects_search(struct suspects *suspects, const char *dir, const char *const *patterns,
                     bool is_in_place);

/* Adds what listens, or did, under such a name, wherever that was made, as the kernel lists it. */
void suspects_search_table(struct suspects *suspects, const char *const *patterns);

/* Adds the absolute paths in the values of VARIABLE, which may be a path or a list of them in JSON. */
void suspects_add_variable(struct suspects *suspects, const char *variable);

/* PATH is absolute. */
void suspects_add(struct suspects *suspects, const char *path, bool is_in_place);

/* Notes what was not looked at. */
void suspects_tell_misses(const struct suspects *suspects, struct finding *finding);

/* Does one of PATTERNS (ends in NULL; NULL: none) match NAME, or the last component of the path NAME? */
bool suspects_match(const char *const *patterns, const char *name);

#endif
