/* SPDX-License-Identifier: MIT */
/*
 * checks: the checks of the audit, one table, and how they are run.
 *
 * A row is all that there is to know of a check: what it is called, why it matters, and who looks. The table
 * drives --audit, the names that --only and --skip take, --prompt, and the tests that hold the manual page to
 * it. What is looked at, and how, is in the look_*.h modules, one a subject.
 */
#ifndef SANDBOX_INIT_CHECKS_H
#define SANDBOX_INIT_CHECKS_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"
#include "sandbox_init/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct checks_row {
    const char *name; /* for --only and --skip: lower case letters, digits and "-" */
    const char *why;  /* one line: what follows when it fails */
    void (*look)(const struct scene *scene, struct finding *finding);
};

enum {
    CHECKS_MAX = 64, /* so that a set of them fits into the bits of a number */
    CHECKS_MESSAGE_SIZE = 256,
};

/* In the order in which they are shown. Ends with a row whose name is NULL. */
extern const struct checks_row checks_rows[];

/* A set of checks has bits 1 << index in checks_rows. */
#define CHECKS_ALL UINT64_MAX

/*
 * Reads NAMES, separated by commas or blanks, into RET_SET. Returns 0, or -EINVAL: MESSAGE (printable ASCII)
 * then says which name is unknown, and the nearest that is known.
 */
int checks_parse(const char *names, uint64_t *ret_set, char message[static CHECKS_MESSAGE_SIZE]);

/* Large: not for the stack. Zero-initialise. */
struct checks {
    struct client client;
    struct view view;
    bool has_view; /* an init answered */
    struct scene scene;
    uint64_t set;                        /* of those that were run */
    struct finding findings[CHECKS_MAX]; /* of these, each at its index in checks_rows */
};

struct checks_request {
    const char *mode; /* for messages: "--audit" */
    const struct config *config;
    char *const *environ_in;
    const char *user; /* whom it is about; NULL: as scene_open() finds out */
    uint64_t set;
};

/*
 * Asks the init, looks around and runs them. What REQUEST points to must live as long as CHECKS. Returns 0,
 * and checks_finish() ends it; or an exit status, said on standard error: CLI_STATUS_USAGE for a user that
 * there is not, CLI_STATUS_SYSTEM.
 */
int checks_run(struct checks *checks, const struct checks_request *request);

void checks_finish(struct checks *checks);

/* Was the check at INDEX run? */
bool checks_has(const struct checks *checks, size_t index);

#endif
