/* SPDX-License-Identifier: MIT */
/*
 * variables: what a variable means to the audit: does it lead out, does it load code, is it a secret?
 *
 * What leads out or loads code is what [env] of the configuration, and what its default strips or empties
 * (envset.h), so that the audit and the product say the same. The value is looked at to tell an address from
 * one whose socket is gone. Secrets are told by their names.
 *
 * Invariant: no value leaves this module.
 */
#ifndef SANDBOX_INIT_VARIABLES_H
#define SANDBOX_INIT_VARIABLES_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

#include <stdbool.h>

enum {
    VARIABLES_RULES_SIZE = 1024,
    VARIABLES_RULES_MAX = 64,
};

/* Names or globs, in the form that envset.h takes. */
struct variables_rules {
    char text[VARIABLES_RULES_SIZE];
    char *words[VARIABLES_RULES_MAX + 1];
};

/* Points into itself: not to be copied. */
struct variables {
    const struct scene *scene;
    struct variables_rules strip; /* the defaults */
    struct variables_rules empty;
    struct variables_rules secrets;
    struct variables_rules agents;
    struct variables_rules telling;
    bool has_live_socket;
};

/* From bad to worse. */
enum variables_lead {
    VARIABLES_TAME,
    VARIABLES_TELLING,  /* it says where VS Code is, and reaches nothing */
    VARIABLES_KEPT,     /* it is there because the configuration has it so */
    VARIABLES_SETTINGS, /* NODE_OPTIONS without code */
    VARIABLES_DEAD,     /* what it leads to is not there, or closed to the agent */
    VARIABLES_STRIPPED, /* the configuration strips it, its default does not */
    VARIABLES_LEADING,
    VARIABLES_LOADING, /* code, into programs that are started with it */
    VARIABLES_LEAD_COUNT,
};

enum variables_secret {
    VARIABLES_NO_SECRET,
    VARIABLES_AGENTS_OWN, /* the key that it is started with */
    VARIABLES_KEPT_SECRET,
    VARIABLES_SECRET,
};

/*
 * Looks, too, whether any of VS Code's sockets that SCENE's environment names is there: if none is, VS Code's
 * programs and tokens lead nowhere either.
 */
void variables_prepare(struct variables *variables, const struct scene *scene);

/* ENTRY: "NAME=VALUE". One without a value is tame. */
enum variables_lead variables_find_lead(const struct variables *variables, const char *entry);

/*
 * Would it be VARIABLES_DEAD, or worse? For variables of others: no file that they name is looked at, since
 * it could be on a file system of theirs that never answers (fuse(4)).
 */
bool variables_is_lead(const struct variables *variables, const char *entry);

enum variables_secret variables_find_secret(const struct variables *variables, const char *entry);

/* Writes ENTRY's name, made safe, into BUFFER. Returns BUFFER. */
const char *variables_name(char buffer[static FINDING_NAME_SIZE], const char *entry);

#endif
