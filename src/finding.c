/* SPDX-License-Identifier: MIT */
#include "sandbox_init/finding.h"

#include "sandbox_init/escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void finding_note(struct finding *finding, enum finding_verdict verdict, const char *format, ...)
{
    struct finding_facts *facts = &finding->facts[verdict];
    char fact[FINDING_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fact, sizeof fact, format, arguments);
    va_end(arguments);
    const size_t used = strlen(facts->text);
    const size_t needed = strlen(fact) + (used > 0 ? 2 : 0);
    facts->count++;
    if (facts->shown == FINDING_FACTS_MAX || facts->shown + 1 < facts->count ||
        used + needed >= sizeof facts->text) {
        return;
    }
    memcpy(facts->text + used, "; ", used > 0 ? 2 : 0);
    memcpy(facts->text + used + (used > 0 ? 2 : 0), fact, strlen(fact) + 1);
    facts->shown++;
}

void finding_mend(struct finding *finding, const char *place, const char *format, ...)
{
    struct finding_mend mend = {.place = place};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(mend.line, sizeof mend.line, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < finding->mend_count; i++) {
        const struct finding_mend *other = &finding->mends[i];
        if (strcmp(other->line, mend.line) == 0 && strcmp(other->place, mend.place) == 0) {
            return;
        }
    }
    if (finding->mend_count < FINDING_MENDS_MAX) {
        finding->mends[finding->mend_count++] = mend;
    }
}

bool finding_is_word(const char *path)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._@%+-";
    const size_t length = strlen(path);
    return length < FINDING_NAME_SIZE && strspn(path, letters) == length;
}

/* Can PATH stand between single quotes? */
static bool is_quotable(const char *path)
{
    const char *byte = path;
    while (*byte >= ' ' && *byte <= '~' && *byte != '\'') {
        byte++;
    }
    return *byte == '\0' && byte - path < FINDING_NAME_SIZE;
}

void finding_mend_file(struct finding *finding, const char *place, const char *command, const char *path)
{
    if (finding_is_word(path)) {
        finding_mend(finding, place, "%s %s", command, path);
    } else if (is_quotable(path)) {
        finding_mend(finding, place, "%s '%s'", command, path);
    } else {
        finding_mend(finding, place, "%s (by hand: its name is not one to copy)", command);
    }
}

void finding_miss(struct finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (finding->unseen[0] == '\0') {
        vsnprintf(finding->unseen, sizeof finding->unseen, format, arguments);
    }
    va_end(arguments);
}

const char *finding_name(char buffer[static FINDING_NAME_SIZE], const char *name)
{
    escape_text(buffer, FINDING_NAME_SIZE, name);
    return buffer;
}

enum finding_verdict finding_judge(const struct finding *finding)
{
    enum finding_verdict worst = FINDING_FAIL;
    while (worst != FINDING_NONE && finding->facts[worst].count == 0) {
        worst--;
    }
    return worst;
}

const char *finding_word(enum finding_verdict verdict)
{
    static const char *const words[FINDING_VERDICT_COUNT] = {
        [FINDING_NONE] = "n/a",
        [FINDING_PASS] = "pass",
        [FINDING_WARN] = "warn",
        [FINDING_FAIL] = "fail",
    };
    return words[verdict];
}

/* Returns the bytes written. */
static size_t add_facts(char *buffer, size_t size, const struct finding_facts *facts, bool is_first)
{
    int used = snprintf(buffer, size, "%s%s", is_first ? "" : "; ", facts->text);
    if (facts->count > facts->shown) {
        used += snprintf(buffer + used, size - (size_t)used, " and %zu more", facts->count - facts->shown);
    }
    return (size_t)used;
}

const char *finding_describe(const struct finding *finding, char buffer[static FINDING_SEEN_SIZE])
{
    size_t used = 0;
    buffer[0] = '\0';
    for (enum finding_verdict verdict = FINDING_FAIL; verdict != FINDING_NONE; verdict--) {
        if (finding->facts[verdict].count > 0) {
            used += add_facts(buffer + used, FINDING_SEEN_SIZE - used, &finding->facts[verdict], used == 0);
        }
    }
    if (used == 0) {
        add_facts(buffer, FINDING_SEEN_SIZE, &finding->facts[FINDING_NONE], true);
    }
    return buffer;
}
