/* SPDX-License-Identifier: MIT */
#include "sandbox_init/config_value.h"

#include "sandbox_init/config_quantity.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/nearest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char white_space[] = " \t\n";
static const char no_value[] = "there is no value; leave the whole line out for the default";
static const char key_advice[] = "looks like a key; start that in the first column";

/* One value on its way in. */
struct intake {
    void *record;
    const struct config_key *key;
    config_value_report *report;
    void *context;
    bool is_faulty;
};

/* Reports MESSAGE, which may contain nothing that has not been escaped. Returns -EINVAL. */
static int refuse(struct intake *intake, const char *message)
{
    char text[2 * CONFIG_MESSAGE_SIZE];
    snprintf(text, sizeof(text), "%s: %s", intake->key->name, message);
    intake->is_faulty = true;
    intake->report(intake->context, text);
    return -EINVAL;
}

/* Reports "'VALUE' WHAT". */
static int refuse_value(struct intake *intake, const char *value, const char *what)
{
    char shown[CONFIG_SHOWN_SIZE];
    char message[CONFIG_MESSAGE_SIZE + CONFIG_SHOWN_SIZE + 4];
    escape_text(shown, sizeof(shown), value);
    snprintf(message, sizeof(message), "'%s' %s", shown, what);
    return refuse(intake, message);
}

static int take_bool(struct intake *intake, const char *text)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(text, words[i]) == 0) {
            const bool value = i % 2 == 1;
            memcpy(config_table_member(intake->record, intake->key), &value, sizeof(value));
            return 0;
        }
    }
    return refuse_value(intake, text, "is neither yes nor no");
}

static int take_quantity(struct intake *intake, const char *text)
{
    uint64_t value = 0;
    char message[CONFIG_MESSAGE_SIZE];
    if (!config_quantity_read(intake->key, text, &value, message, sizeof(message))) {
        return refuse_value(intake, text, message);
    }
    memcpy(config_table_member(intake->record, intake->key), &value, sizeof(value));
    return 0;
}

static int take_choice(struct intake *intake, const char *text)
{
    struct nearest best = {0};
    char what[CONFIG_MESSAGE_SIZE];
    for (int i = 0; intake->key->choices[i]; i++) {
        if (strcmp(text, intake->key->choices[i]) == 0) {
            memcpy(config_table_member(intake->record, intake->key), &i, sizeof(i));
            return 0;
        }
        nearest_offer(&best, text, intake->key->choices[i]);
    }
    if (best.name) {
        snprintf(what, sizeof(what), "is none of its choices; did you mean '%s'?", best.name);
        return refuse_value(intake, text, what);
    }
    size_t used = (size_t)snprintf(what, sizeof(what), "is none of its choices; write ");
    for (int i = 0; intake->key->choices[i] && used < sizeof(what); i++) {
        const char *separator = i == 0 ? "" : intake->key->choices[i + 1] ? ", " : " or ";
        used +=
            (size_t)snprintf(what + used, sizeof(what) - used, "%s%s", separator, intake->key->choices[i]);
    }
    return refuse_value(intake, text, what);
}

/* Lets the row's own check look at ENTRY. */
static int check_entry(struct intake *intake, const char *entry)
{
    char message[CONFIG_MESSAGE_SIZE];
    if (!intake->key->check || intake->key->check(entry, message, sizeof(message))) {
        return 0;
    }
    return refuse(intake, message);
}

static int take_string(struct intake *intake, const char *text)
{
    char **member = config_table_member(intake->record, intake->key);
    if (*text == '\0' && intake->key->min == 0) {
        return 0;
    }
    if (*text == '\0') {
        return refuse(intake, no_value);
    }
    if (check_entry(intake, text) < 0) {
        return -EINVAL;
    }
    *member = strdup(text);
    return *member ? 0 : -ENOMEM;
}

static size_t count_entries(char *const *list)
{
    size_t count = 0;
    while (list[count]) {
        count++;
    }
    return count;
}

static int append_entry(struct intake *intake, const char *entry)
{
    char ***member = config_table_member(intake->record, intake->key);
    size_t count = count_entries(*member);
    if (count >= intake->key->max) {
        char message[CONFIG_MESSAGE_SIZE];
        snprintf(message, sizeof(message),
                 "there are more than %" PRIu64 " entries; '@default' counts as all of its own",
                 intake->key->max);
        return refuse(intake, message);
    }
    char **longer = realloc(*member, (count + 2) * sizeof(*longer));
    if (!longer) {
        return -ENOMEM;
    }
    *member = longer;
    longer[count] = strdup(entry);
    longer[count + 1] = NULL;
    return longer[count] ? 0 : -ENOMEM;
}

static bool has_entry(const struct intake *intake, const char *entry)
{
    char *const *const *member = config_table_value(intake->record, intake->key);
    for (char *const *list = *member; *list; list++) {
        if (strcmp(*list, entry) == 0) {
            return true;
        }
    }
    return false;
}

/* Does TEXT begin with "KEY =", spaces or not, KEY being one that could stand there? */
static bool is_like_key(const struct intake *intake, const char *text)
{
    for (const struct config_key *key = config_table_of(intake->key); key->name; key++) {
        size_t length = strlen(key->name);
        if (strncmp(text, key->name, length) != 0) {
            continue;
        }
        const char *next = text + length;
        if (next[strspn(next, white_space)] == '=') {
            return true;
        }
    }
    return false;
}

/* Is WORD "[SECTION]", or "[job:" or "[service:" and more? */
static bool is_like_section(const char *word)
{
    for (const struct config_key *key = config_table_keys; key->section; key++) {
        size_t length = strlen(key->section);
        if (word[0] == '[' && strncmp(word + 1, key->section, length) == 0 &&
            strcmp(word + 1 + length, "]") == 0) {
            return true;
        }
    }
    return strncmp(word, "[job:", strlen("[job:")) == 0 ||
           strncmp(word, "[service:", strlen("[service:")) == 0;
}

/* What WORD was probably meant to be instead of an entry; NULL: it is one. */
static const char *find_word_fault(const struct intake *intake, const char *word)
{
    if (word[0] == '#' || word[0] == ';') {
        return "looks like a comment, which needs a line of its own; write '[#]' or '[;]' for the character";
    }
    if (word[0] == '"' || word[0] == '\'') {
        return "begins with a quote, which means nothing here; leave the quotes out";
    }
    if (word[0] == '@') {
        return "begins with '@', as only '@default' does; write '[@]' for the character";
    }
    if (word[0] == '=' || is_like_key(intake, word)) {
        return key_advice;
    }
    if (is_like_section(word)) {
        return "looks like a section; start that in the first column";
    }
    return NULL;
}

/* Takes one word of the list, which is no CONFIG_DEFAULT_WORD. */
static int take_word(struct intake *intake, const char *word)
{
    const char *fault = find_word_fault(intake, word);
    if (fault) {
        return refuse_value(intake, word, fault);
    }
    if (check_entry(intake, word) < 0) {
        return -EINVAL;
    }
    return !intake->key->takes_repeats && has_entry(intake, word) ? 0 : append_entry(intake, word);
}

/* Calls TAKE for each piece of TEXT between SEPARATORS. Goes on after faults, not without memory. */
static int for_each_piece(struct intake *intake, const char *text, const char *separators,
                          int (*take)(struct intake *intake, const char *piece))
{
    char *copy = strdup(text);
    if (!copy) {
        return -ENOMEM;
    }
    int result = 0;
    char *rest = NULL;
    for (char *piece = strtok_r(copy, separators, &rest); piece; piece = strtok_r(NULL, separators, &rest)) {
        if (take(intake, piece) == -ENOMEM) {
            result = -ENOMEM;
            break;
        }
    }
    free(copy);
    return result;
}

static int take_word_or_default(struct intake *intake, const char *word)
{
    if (strcmp(word, CONFIG_DEFAULT_WORD) == 0) {
        return for_each_piece(intake, intake->key->fallback, white_space, take_word);
    }
    return take_word(intake, word);
}

static int take_words(struct intake *intake, const char *text)
{
    if (is_like_key(intake, text)) {
        return refuse_value(intake, text, key_advice);
    }
    return for_each_piece(intake, text, white_space, take_word_or_default);
}

static int take_line(struct intake *intake, const char *line)
{
    return check_entry(intake, line) < 0 ? -EINVAL : append_entry(intake, line);
}

static int take_line_or_default(struct intake *intake, const char *line)
{
    if (strcmp(line, CONFIG_DEFAULT_WORD) == 0) {
        return for_each_piece(intake, intake->key->fallback, "\n", take_line);
    }
    return take_line(intake, line);
}

/* Does somebody hope for a comment behind the value? */
static bool has_hash(const char *text)
{
    return text[0] == '#' || strstr(text, " #") || strstr(text, "\t#");
}

static int take_scalar(struct intake *intake, const char *text)
{
    if (has_hash(text)) {
        return refuse_value(intake, text, "has a '#' in it; put comments on a line of their own");
    }
    if (intake->key->type == CONFIG_STRING) {
        return take_string(intake, text);
    }
    if (*text == '\0') {
        return refuse(intake, no_value);
    }
    if (intake->key->type == CONFIG_BOOL) {
        return take_bool(intake, text);
    }
    return intake->key->type == CONFIG_CHOICE ? take_choice(intake, text) : take_quantity(intake, text);
}

/* Appends LINE to the script. */
static int take_script_line(struct intake *intake, const char *line)
{
    char **member = config_table_member(intake->record, intake->key);
    size_t used = *member ? strlen(*member) : 0;
    size_t length = strlen(line);
    if (!*member && length == 0) {
        return 0;
    }
    if (used + 1 + length > CONFIG_SCRIPT_MAX) {
        char message[CONFIG_MESSAGE_SIZE];
        snprintf(message, sizeof(message), "this is more than %d bytes; put it into a file and refer to that",
                 CONFIG_SCRIPT_MAX);
        return refuse(intake, message);
    }
    char *longer = realloc(*member, used + 1 + length + 1);
    if (!longer) {
        return -ENOMEM;
    }
    if (*member) {
        longer[used++] = '\n';
    }
    memcpy(longer + used, line, length + 1);
    *member = longer;
    return 0;
}

int config_value_take(void *record, const struct config_key *key, const char *text,
                      config_value_report *report, void *context)
{
    struct intake intake = {.record = record, .key = key, .report = report, .context = context};
    int result = 0;
    if (key->type == CONFIG_SCRIPT) {
        result = take_script_line(&intake, text);
    } else if (key->type == CONFIG_WORDS) {
        result = take_words(&intake, text);
    } else if (key->type == CONFIG_LINES) {
        result = for_each_piece(&intake, text, "\n", take_line_or_default);
    } else {
        result = take_scalar(&intake, text);
    }
    return result == 0 && intake.is_faulty ? -EINVAL : result;
}

static bool is_list(const struct config_key *key)
{
    return key->type == CONFIG_WORDS || key->type == CONFIG_LINES;
}

bool config_value_is_too_short(const void *record, const struct config_key *key)
{
    return is_list(key) && count_entries(*(char *const *const *)config_table_value(record, key)) < key->min;
}

/* How many bytes of the record KEY's value takes. */
static size_t measure_member(const struct config_key *key)
{
    switch (key->type) {
    case CONFIG_BOOL:
        return sizeof(bool);
    case CONFIG_DURATION:
    case CONFIG_SIZE:
    case CONFIG_NUMBER:
    case CONFIG_OCTAL:
        return sizeof(uint64_t);
    case CONFIG_CHOICE:
        return sizeof(int);
    case CONFIG_STRING:
    case CONFIG_SCRIPT:
        return sizeof(char *);
    case CONFIG_WORDS:
    case CONFIG_LINES:
        break;
    }
    return sizeof(char **);
}

void config_value_free(void *record, const struct config_key *key)
{
    void *member = config_table_member(record, key);
    if (key->type == CONFIG_STRING || key->type == CONFIG_SCRIPT) {
        free(*(char **)member);
    }
    if (is_list(key)) {
        char **list = *(char ***)member;
        for (char **entry = list; entry && *entry; entry++) {
            free(*entry);
        }
        free(list);
    }
    memset(member, 0, measure_member(key));
}

int config_value_clear(void *record, const struct config_key *key)
{
    config_value_free(record, key);
    if (!is_list(key)) {
        return 0;
    }
    char ***member = config_table_member(record, key);
    *member = calloc(1, sizeof(**member));
    return *member ? 0 : -ENOMEM;
}
