/* SPDX-License-Identifier: MIT */
/*
 * revoke: takes one socket away from everybody, for good.
 *
 * Unlinking is not enough: who holds an O_PATH descriptor or a hard link from before can still connect.
 * After chown to root and chmod 000 nobody can, and its former owner cannot undo it; connect(2) needs write
 * permission on the socket (unix(7)), whatever path or descriptor leads to it. So: open without following,
 * decide by what the descriptor is, chown, chmod, see that the name still is that file, unlink.
 *
 * Not covered, and why: whoever connected before keeps the connection; root with CAP_DAC_OVERRIDE ignores
 * modes, so a socket that root made can only be unlinked.
 */
#ifndef SANDBOX_INIT_REVOKE_H
#define SANDBOX_INIT_REVOKE_H

#include "sandbox_init/fileid.h"

#include <stdbool.h>
#include <sys/types.h>

enum revoke_result {
    REVOKE_REVOKED,    /* final: owner root, mode 000, name gone */
    REVOKE_UNLINKED,   /* degraded: the name is gone, but not for a holder of a descriptor or hard link */
    REVOKE_LINK,       /* a symbolic link: it is gone, its target was not touched */
    REVOKE_FOUND,      /* only looked: it would have been revoked */
    REVOKE_GONE,       /* nothing has this name (any more) */
    REVOKE_NOT_SOCKET, /* refused: a file, directory, FIFO or device */
    REVOKE_MOUNT,      /* refused: mounted there, it is the host's */
    REVOKE_CHANGED,    /* refused: the name stood for another file at each look */
    REVOKE_FAILED,     /* `error` and `step` say why */
    REVOKE_RESULT_COUNT,
};

struct revoke_outcome {
    enum revoke_result result;
    int error;        /* REVOKE_FAILED: negative errno; else what went wrong on the way to the result, or 0 */
    const char *step; /* where `error` came from: "open", "stat", "chown", "chmod", "unlink"; or NULL */
    struct fileid id; /* what was found; all zero when nothing was */
    bool is_harmless; /* we took it from its owner: only root can connect, even if the name is still there */
};

/*
 * Revokes NAME in the directory DIRFD, whose identity is DIRECTORY. IS_DRY: looks only.
 * Makes at most a dozen system calls for each of at most three looks, allocates nothing, logs nothing.
 */
struct revoke_outcome revoke_socket(int dirfd, const struct fileid *directory, const char *name, bool is_dry);

/* Can this process revoke finally what others made? Root with CAP_CHOWN (capget(2)). */
bool revoke_is_final(void);

/* The result in a word for logs, counters and JSON: "revoked", "unlinked", "link", "found", ... */
const char *revoke_result_name(enum revoke_result result);

#endif
