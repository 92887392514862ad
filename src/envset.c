/* SPDX-License-Identifier: MIT */
#include "sandbox_init/envset.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* What the policy does with one variable. */
enum verdict {
    VERDICT_PASS,
    VERDICT_SET,
    VERDICT_KEEP,
    VERDICT_STRIP,
    VERDICT_EMPTY,
};

/* The list's first entry; NULL stands for an empty list. */
static char *const *list_begin(char *const *list)
{
    static char *const nothing[] = {NULL};
    return list ? list : nothing;
}

static bool is_plain(char character)
{
    return character != '*' && character != '?' && character != '[';
}

/*
 * fnmatch(3) took more time than all else before the main command's start, and nearly always a plain
 * character tells already.
 */
static bool glob_matches(const char *glob, const char *text)
{
    for (; *glob != '\0' && is_plain(*glob); glob++, text++) {
        if (*glob != *text) {
            return false;
        }
    }
    if (*glob == '\0') {
        return *text == '\0';
    }
    return strcmp(glob, "*") == 0 || fnmatch(glob, text, FNM_NOESCAPE) == 0;
}

/* Can RULE not hold for NAME, since they begin with different plain characters? */
static bool begins_otherwise(const char *rule, const char *name)
{
    return *rule != *name && *rule != '=' && is_plain(*rule);
}

/* Cuts LENGTH bytes of TEXT out as a string. Returns whether they fit. */
static bool copy_name(char name[static ENVSET_NAME_SIZE], const char *text, size_t length)
{
    if (length >= ENVSET_NAME_SIZE) {
        return false;
    }
    memcpy(name, text, length);
    name[length] = '\0';
    return true;
}

/* VALUE is NULL where there is none: then only a rule that does not ask for one can hold. */
static bool rule_holds(const char *rule, const char *name, const char *value)
{
    char name_glob[ENVSET_NAME_SIZE];
    const char *equals = strchr(rule, '=');
    if (!equals) {
        return glob_matches(rule, name);
    }
    if (!value || !copy_name(name_glob, rule, (size_t)(equals - rule))) {
        return false;
    }
    return glob_matches(name_glob, name) && glob_matches(equals + 1, value);
}

static bool any_rule_holds(char *const *rules, const char *name, const char *value)
{
    for (rules = list_begin(rules); *rules; rules++) {
        if (!begins_otherwise(*rules, name) && rule_holds(*rules, name, value)) {
            return true;
        }
    }
    return false;
}

/* Is ENTRY a variable whose name is these LENGTH bytes of NAME? */
static bool has_name(const char *entry, const char *name, size_t length)
{
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

/* The last entry of `set` for this name, or NULL. */
static const char *find_set(const struct envset_policy *policy, const char *name, size_t length)
{
    const char *found = NULL;
    for (char *const *set = list_begin(policy->set); *set; set++) {
        if (has_name(*set, name, length)) {
            found = *set;
        }
    }
    return found != NULL && envset_is_name(name, length) ? found : NULL;
}

static bool is_emptied(const struct envset_policy *policy, const char *name)
{
    for (char *const *empty = list_begin(policy->empty); *empty; empty++) {
        if (strcmp(*empty, name) == 0) {
            return envset_is_name(name, strlen(name));
        }
    }
    return false;
}

/* The verdict on a variable that is not set, or that would be called NAME (VALUE: NULL). */
static enum verdict judge_name(const struct envset_policy *policy, const char *name, const char *value)
{
    if (any_rule_holds(policy->keep, name, value)) {
        return VERDICT_KEEP;
    }
    if (any_rule_holds(policy->strip, name, value)) {
        return VERDICT_STRIP;
    }
    return is_emptied(policy, name) ? VERDICT_EMPTY : VERDICT_PASS;
}

static enum verdict judge(const struct envset_policy *policy, const char *entry)
{
    char name[ENVSET_NAME_SIZE];
    const char *equals = strchr(entry, '=');
    if (!*entry) {
        return VERDICT_STRIP;
    }
    if (!equals) {
        enum verdict verdict = judge_name(policy, entry, NULL);
        return verdict == VERDICT_EMPTY ? VERDICT_PASS : verdict;
    }
    if (find_set(policy, entry, (size_t)(equals - entry))) {
        return VERDICT_SET;
    }
    if (!copy_name(name, entry, (size_t)(equals - entry))) {
        return VERDICT_STRIP;
    }
    return judge_name(policy, name, equals + 1);
}

/* An environment under construction. Without `entries` it only measures. */
struct build {
    char *const *input;
    const struct envset_policy *policy;
    char **entries;
    char *text;       /* where the strings go */
    size_t count;     /* entries so far, without the NULL */
    size_t text_size; /* bytes of all strings so far, with their NULs */
};

/* Adds the string ENTRY. */
static void build_add(struct build *build, const char *entry)
{
    size_t size = strlen(entry) + 1;
    if (build->entries) {
        build->entries[build->count] = build->text + build->text_size;
        memcpy(build->text + build->text_size, entry, size);
    }
    build->count++;
    build->text_size += size;
}

/* Adds a variable with this name and no value. */
static void build_add_emptied(struct build *build, const char *name, size_t length)
{
    if (build->entries) {
        char *text = build->text + build->text_size;
        build->entries[build->count] = text;
        memcpy(text, name, length);
        memcpy(text + length, "=", 2);
    }
    build->count++;
    build->text_size += length + 2;
}

/* Does a variable of this name stand before END (NULL: anywhere)? */
static bool build_has_before(const struct build *build, char *const *end, const char *name, size_t length)
{
    for (char *const *entry = build->input; *entry && entry != end; entry++) {
        if (has_name(*entry, name, length)) {
            return true;
        }
    }
    return false;
}

/* Is a variable of this name given to children, be it before END because it is emptied, or kept anywhere? */
static bool build_gives(const struct build *build, char *const *end, const char *name, size_t length)
{
    bool is_before = true;
    for (char *const *entry = build->input; *entry; entry++) {
        is_before = is_before && entry != end;
        if (!has_name(*entry, name, length)) {
            continue;
        }
        enum verdict verdict = judge(build->policy, *entry);
        if (verdict == VERDICT_KEEP || (verdict == VERDICT_EMPTY && is_before)) {
            return true;
        }
    }
    return false;
}

/* Adds what becomes of the variable at ENTRY. */
static void build_add_variable(struct build *build, char *const *entry)
{
    size_t name_length = strcspn(*entry, "=");
    const char *set = NULL;
    switch (judge(build->policy, *entry)) {
    case VERDICT_PASS:
    case VERDICT_KEEP:
        build_add(build, *entry);
        break;
    case VERDICT_SET:
        set = find_set(build->policy, *entry, name_length);
        if (set && !build_has_before(build, entry, *entry, name_length)) {
            build_add(build, set);
        }
        break;
    case VERDICT_EMPTY:
        if (!build_gives(build, entry, *entry, name_length)) {
            build_add_emptied(build, *entry, name_length);
        }
        break;
    case VERDICT_STRIP:
        break;
    }
}

/* Adds the name of `empty` at NAME, unless something else is to become of it, or has. */
static void build_add_empty(struct build *build, char *const *name)
{
    size_t length = strlen(*name);
    for (char *const *before = build->policy->empty; before != name; before++) {
        if (strcmp(*before, *name) == 0) {
            return;
        }
    }
    if (find_set(build->policy, *name, length) || judge_name(build->policy, *name, NULL) != VERDICT_EMPTY ||
        build_gives(build, NULL, *name, length)) {
        return;
    }
    build_add_emptied(build, *name, length);
}

static void build_all(struct build *build)
{
    for (char *const *entry = build->input; *entry; entry++) {
        build_add_variable(build, entry);
    }
    for (char *const *name = list_begin(build->policy->empty); *name; name++) {
        build_add_empty(build, name);
    }
    for (char *const *set = list_begin(build->policy->set); *set; set++) {
        size_t name_length = strcspn(*set, "=");
        if (find_set(build->policy, *set, name_length) == *set &&
            !build_has_before(build, NULL, *set, name_length)) {
            build_add(build, *set);
        }
    }
}

int envset_build(char *const *environ_in, const struct envset_policy *policy, char ***ret_environ)
{
    struct build measure = {.input = environ_in, .policy = policy};
    build_all(&measure);

    size_t array_size = (measure.count + 1) * sizeof(char *);
    char **entries = malloc(array_size + measure.text_size);
    if (!entries) {
        return -ENOMEM;
    }
    struct build build = {
        .input = environ_in,
        .policy = policy,
        .entries = entries,
        .text = (char *)(entries + measure.count + 1),
    };
    build_all(&build);
    entries[build.count] = NULL;
    *ret_environ = entries;
    return 0;
}

size_t envset_wipe(char *const *environ_in, const struct envset_policy *policy)
{
    size_t wiped = 0;
    for (char *const *entry = environ_in; *entry; entry++) {
        if (!envset_is_changed(policy, *entry)) {
            continue;
        }
        memset(*entry, 0, strlen(*entry));
        wiped++;
    }
    return wiped;
}

bool envset_is_changed(const struct envset_policy *policy, const char *entry)
{
    size_t name_length = strcspn(entry, "=");
    const char *set = NULL;
    if (!*entry) {
        return false;
    }
    switch (judge(policy, entry)) {
    case VERDICT_SET:
        set = find_set(policy, entry, name_length);
        return set && strcmp(entry, set) != 0;
    case VERDICT_EMPTY:
        return entry[name_length + 1] != '\0';
    case VERDICT_STRIP:
        return true;
    case VERDICT_PASS:
    case VERDICT_KEEP:
        break;
    }
    return false;
}

bool envset_is_name(const char *name, size_t length)
{
    /* Not isalpha(3): its answer depends on the locale. */
    for (size_t i = 0; i < length; i++) {
        bool is_letter = (name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= 'a' && name[i] <= 'z');
        bool is_digit = i > 0 && name[i] >= '0' && name[i] <= '9';
        if (!is_letter && !is_digit && name[i] != '_') {
            return false;
        }
    }
    return length > 0;
}
