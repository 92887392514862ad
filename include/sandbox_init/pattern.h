/* SPDX-License-Identifier: MIT */
/*
 * pattern: which file names are sockets to revoke.
 *
 * A pattern is a shell glob for one file name (glob(7): * ? [...]), matched by fnmatch(3). A backslash is an
 * ordinary byte (FNM_NOESCAPE), since C libraries disagree about what it quotes between brackets; "[*]" is
 * the star itself. A leading dot is an ordinary byte too. The locale stays "C", so that a name is bytes: in
 * others fnmatch may fail for a name that is not valid text, and an attacker chooses the names.
 *
 * Most events in a watched directory have nothing to do with us, so the literal beginning is compared first,
 * and fnmatch is called only for the rest (rejected alternative: one regular expression; it allocates and
 * hides the cost).
 */
#ifndef SANDBOX_INIT_PATTERN_H
#define SANDBOX_INIT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

enum {
    PATTERN_SIZE_MAX = 128, /* bytes of a pattern with its NUL */
};

/* A pattern ready to match. `glob` is the caller's and outlives it. */
struct pattern {
    const char *glob;
    size_t prefix_length; /* bytes of `glob` before its first metacharacter */
};

enum pattern_fault {
    PATTERN_OK,
    PATTERN_EMPTY,
    PATTERN_TOO_LONG,     /* more than PATTERN_SIZE_MAX - 1 bytes */
    PATTERN_HAS_SLASH,    /* it could never match: a name has none */
    PATTERN_OPEN_BRACKET, /* "[" without its "]", or "[:" without ":]": a literal to some C libraries */
    PATTERN_TOO_BROAD,    /* it matches sockets that must live, see pattern_check() */
    PATTERN_FAULT_COUNT,
};

/*
 * Is GLOB fit to say which sockets are removed? A pattern that matches every name, or one of the names
 * under which language servers and VS Code's own main process listen in the same directories (lsp-*.sock,
 * vscode-<hex>.sock: vscode-jsonrpc's generateRandomPipeName, VS Code's createStaticIPCHandle), or an
 * ordinary program's (tmux, X11, ssh-agent), is PATTERN_TOO_BROAD. Random names are represented by examples:
 * a pattern that spells out more than the first of their digits is taken to know what it wants.
 * RET_VICTIM may be NULL; it is set to the name that must not match, only with PATTERN_TOO_BROAD. It is
 * static.
 */
enum pattern_fault pattern_check(const char *glob, const char **ret_victim);

/* A fault in words that complete "the pattern ...": "has a slash", ... Never NULL. */
const char *pattern_fault_text(enum pattern_fault fault);

/* GLOB must have passed pattern_check(); it is kept by pointer. */
struct pattern pattern_compile(const char *glob);

bool pattern_matches(const struct pattern *pattern, const char *name);

/* The first of COUNT patterns that matches NAME, or NULL. */
const struct pattern *pattern_find(const struct pattern *patterns, size_t count, const char *name);

#endif
