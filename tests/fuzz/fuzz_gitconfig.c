/* SPDX-License-Identifier: MIT */
/* gitconfig: the input is a file. What is read fits, and has the names that git knows. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox_init/gitconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void take_pair(void *context, const struct gitconfig_pair *pair)
{
    static const char in_names[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t *left = context;
    require((*left)-- > 0);
    require(strnlen(pair->section, sizeof pair->section) < sizeof pair->section);
    require(strnlen(pair->subsection, sizeof pair->subsection) < sizeof pair->subsection);
    require(strnlen(pair->key, sizeof pair->key) < sizeof pair->key);
    require(strnlen(pair->value, sizeof pair->value) < sizeof pair->value);
    require(pair->section[strspn(pair->section, in_names)] == '\0');
    require(pair->key[0] != '\0' && pair->key[strspn(pair->key, in_names)] == '\0');
    require(strchr(pair->subsection, '\n') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    size_t left = size; /* a pair takes a byte at least */
    gitconfig_read(text, take_pair, &left);
    free(text);
    return 0;
}
