/* SPDX-License-Identifier: MIT */
/* pattern: the first line is a glob, the rest a file's name. */
#include <fnmatch.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox_init/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static bool glob_matches(const char *glob, const char *name)
{
    return fnmatch(glob, name, FNM_NOESCAPE) == 0;
}

/* Nothing that passes may match one of these, whatever it looks like. */
static void require_harmless(const struct pattern *pattern)
{
    static const char *const names[] = {
        "lsp-c7b02c9e4f1d8365a0c7e93b5d06a2f1.sock",
        "vscode-3a2b3c4d-1.99-main.sock",
        "X0",
        "default",
        "docker.sock",
        "a",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        require(!pattern_matches(pattern, names[i]));
    }
}

static void check_fault(const char *glob, enum pattern_fault fault, const char *victim)
{
    const char *text = pattern_fault_text(fault);
    require(text && *text);
    require((fault == PATTERN_EMPTY) == (*glob == '\0'));
    require(fault != PATTERN_TOO_LONG || strlen(glob) >= PATTERN_SIZE_MAX);
    require(fault != PATTERN_HAS_SLASH || strchr(glob, '/'));
    require(fault != PATTERN_OPEN_BRACKET || strchr(glob, '['));
    require((fault == PATTERN_TOO_BROAD) == (victim != NULL));
    require(!victim || glob_matches(glob, victim));
}

static void check_match(const char *glob, const char *name)
{
    struct pattern pattern = pattern_compile(glob);
    bool matches = pattern_matches(&pattern, name);
    require(pattern.prefix_length <= strlen(glob));
    require(matches == glob_matches(glob, name));
    require(pattern_find(&pattern, 1, name) == (matches ? &pattern : NULL));
}

/* LENGTH bytes of DATA as a string in a block of its own: a NUL among them ends it. */
static char *make_string(const uint8_t *data, size_t length)
{
    char *text = malloc(length + 1);
    require(text != NULL);
    if (length > 0) {
        memcpy(text, data, length);
    }
    text[length] = '\0';
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t glob_length = 0;
    while (glob_length < size && data[glob_length] != '\n') {
        glob_length++;
    }
    size_t name_begin = glob_length < size ? glob_length + 1 : size;
    char *glob = make_string(data, glob_length);
    char *name = make_string(data + name_begin, size - name_begin);
    const char *victim = NULL;
    enum pattern_fault fault = pattern_check(glob, &victim);
    check_fault(glob, fault, victim);
    if (fault == PATTERN_OK) {
        struct pattern pattern = pattern_compile(glob);
        check_match(glob, name);
        require_harmless(&pattern);
    }
    free(glob);
    free(name);
    return 0;
}
