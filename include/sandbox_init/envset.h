/* SPDX-License-Identifier: MIT */
/*
 * envset: the environment that children get.
 *
 * VS Code leaves addresses of its sockets, code to be preloaded and helper programs in the environment.
 * The policy removes them once, at start, for everything that we start later; and envset_wipe() takes them
 * out of our own /proc/PID/environ, which shows the strings that execve(2) left on our stack (proc(5)).
 *
 * A rule is a glob for a name ("VSCODE_*"), or NAME=GLOB, which holds only for a variable whose value
 * matches too ("GIT_EDITOR=*git-editor*"); its NAME is a glob as well and ends at the first "=". Matching is
 * pattern.h's: fnmatch(3) with FNM_NOESCAPE in the "C" locale.
 *
 * Precedence, strongest first: set, keep, strip, empty. The `empty` names are set to "" even where they were
 * not there: tools fall back to a default when they are unset (ssh to its agent, xdg-open to a browser).
 *
 * Invariant: the result of a policy depends on the variables alone. Applied to its own result, or to what
 * envset_wipe() has left, it gives the same variables again.
 */
#ifndef SANDBOX_INIT_ENVSET_H
#define SANDBOX_INIT_ENVSET_H

#include <stdbool.h>
#include <stddef.h>

enum {
    /*
     * Bytes of a name with its NUL. fnmatch needs a string of its own for the name, and copies of any
     * length would need an allocation that may fail. No shell and no tool makes such names, so a variable
     * with a longer one is stripped whatever `keep` says; a rule with a longer NAME before "=" holds for
     * none.
     */
    ENVSET_NAME_SIZE = 512,
};

/* Every member is an array that ends in NULL, or NULL for an empty one. Nothing is owned. */
struct envset_policy {
    char *const *strip; /* rules: these are left out */
    char *const *empty; /* plain names, no globs: these are always there, with no value */
    char *const *keep;  /* rules: these are never stripped or emptied */
    char *const *set;   /* NAME=VALUE: these are always there, with this value; the last of a name wins */
};

/*
 * Builds the environment of children from ENVIRON (as in environ(7), ends in NULL).
 * Order is kept; new names come last, `empty` before `set`, each in its list's order.
 *
 * A name that is set or emptied is there once, in the place of its first variable. Other names that appear
 * several times stay so; where `keep` holds for one value of a name, its emptied ones are left out. An
 * `empty` name for which a strip or keep rule without "=" holds is not added where it was not.
 *
 * An entry without "=" has no name: it is passed on unless its whole text matches a strip rule (and no keep
 * rule). An entry without any text, such as envset_wipe() leaves, is left out. Entries of `empty` and `set`
 * whose name envset_is_name() refuses are without effect.
 *
 * RET_ENVIRON: an array that ends in NULL, in one allocation with all its strings (nothing points into
 * ENVIRON, which may be wiped): free(3) it. Untouched on failure.
 * Returns 0, or -ENOMEM.
 */
int envset_build(char *const *environ_in, const struct envset_policy *policy, char ***ret_environ);

/*
 * Overwrites with NUL bytes, where they stand, the strings of ENVIRON for which envset_is_changed() is true.
 * ENVIRON's array itself is not changed. Returns how many were wiped.
 */
size_t envset_wipe(char *const *environ_in, const struct envset_policy *policy);

/*
 * Does the policy take ENTRY ("NAME=VALUE") away from children, by `strip`, `empty` or `set`? Not when it is
 * set or emptied to what it was.
 */
bool envset_is_changed(const struct envset_policy *policy, const char *entry);

/* A name as `empty` and `set` take it: [A-Za-z_][A-Za-z0-9_]*, LENGTH bytes of NAME. */
bool envset_is_name(const char *name, size_t length);

#endif
