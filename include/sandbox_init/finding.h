/* SPDX-License-Identifier: MIT */
/*
 * finding: what one check of the audit found: how bad it is, what was seen, and how to mend it.
 *
 * A check notes facts, each with a verdict of its own; the worst one is the check's. What is worse stands
 * first and is not crowded out: facts are counted by verdict, and what has no more room is a number ("and 12
 * more"). A check that noted nothing has nothing to say: that is a fault of the check, and shown as such.
 *
 * Invariant: every text is printable ASCII. Whatever others chose, names of files and processes, goes through
 * escape.h on its way in. Values of variables and contents of files that may be secrets are never noted.
 */
#ifndef SANDBOX_INIT_FINDING_H
#define SANDBOX_INIT_FINDING_H

#include <stdbool.h>
#include <stddef.h>

enum finding_verdict {
    FINDING_NONE, /* nothing was noted; or, of the check as a whole, it does not apply here */
    FINDING_PASS,
    FINDING_WARN, /* weaker than it could be, or a matter of taste */
    FINDING_FAIL, /* something in here reaches what it must not */
    FINDING_VERDICT_COUNT,
};

enum {
    FINDING_TEXT_SIZE = 1024, /* bytes of the facts of one verdict, with the NUL */
    FINDING_FACTS_MAX = 8,    /* of one verdict that are shown */
    FINDING_MENDS_MAX = 6,
    FINDING_LINE_SIZE = 256,                                              /* of a mend */
    FINDING_SEEN_SIZE = FINDING_VERDICT_COUNT * (FINDING_TEXT_SIZE + 32), /* of all the facts */
};

/* Where a line is to be put: "devcontainer.json", "docker-compose.yml", "Dockerfile", "host". */
struct finding_mend {
    const char *place;            /* a string that is not copied */
    char line[FINDING_LINE_SIZE]; /* the very line, or command */
};

struct finding_facts {
    char text[FINDING_TEXT_SIZE]; /* those that are shown, with "; " between them */
    size_t count;
    size_t shown;
};

/* Zero-initialise. */
struct finding {
    struct finding_facts facts[FINDING_VERDICT_COUNT]; /* of FINDING_NONE: why it does not apply */
    struct finding_mend mends[FINDING_MENDS_MAX];
    size_t mend_count;
    char unseen[FINDING_LINE_SIZE]; /* what could not be looked at, and as whom it could be; "": nothing */
};

/*
 * Notes a fact. FINDING_NONE: the check does not apply, for the reason that is given, unless something else
 * is noted. Names from outside must be made safe by finding_name() before.
 */
__attribute__((format(printf, 3, 4))) void finding_note(struct finding *finding, enum finding_verdict verdict,
                                                        const char *format, ...);

/* Adds a line that mends it, once, as long as there is room. PLACE is kept by pointer. */
__attribute__((format(printf, 3, 4))) void finding_mend(struct finding *finding, const char *place,
                                                        const char *format, ...);

/*
 * Adds COMMAND for the file PATH, in such a way that a shell has it as one word, whatever it is called: who
 * copies the line must not run what somebody wrote into a name. One that cannot be shown as it is, or is too
 * long, is left out.
 */
void finding_mend_file(struct finding *finding, const char *place, const char *command, const char *path);

/* Notes what could not be seen. The first one stays. */
__attribute__((format(printf, 2, 3))) void finding_miss(struct finding *finding, const char *format, ...);

enum {
    FINDING_NAME_SIZE = 128,
};

/* Writes NAME, made safe and cut to what fits, into BUFFER. Returns BUFFER. */
const char *finding_name(char buffer[static FINDING_NAME_SIZE], const char *name);

/* Is the absolute path PATH one word, as it is, to a shell and in an INI file, and short enough to show? */
bool finding_is_word(const char *path);

/* The worst of what was noted. */
enum finding_verdict finding_judge(const struct finding *finding);

/* "pass", "warn", "fail", "n/a". */
const char *finding_word(enum finding_verdict verdict);

/* Writes what was seen, worst first, into BUFFER. Returns BUFFER. */
const char *finding_describe(const struct finding *finding, char buffer[static FINDING_SEEN_SIZE]);

#endif
