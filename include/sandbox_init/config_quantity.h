/* SPDX-License-Identifier: MIT */
/*
 * config_quantity: durations, sizes and numbers, from text and back.
 *
 * Invariant: what is written is read again as the same. Bounds are those of the key, so nothing overflows.
 */
#ifndef SANDBOX_INIT_CONFIG_QUANTITY_H
#define SANDBOX_INIT_CONFIG_QUANTITY_H

#include "sandbox_init/config_table.h"

enum {
    CONFIG_QUANTITY_SIZE = 24, /* bytes of any quantity as text with its NUL */
};

/*
 * Reads TEXT as KEY's type says, which is CONFIG_DURATION, CONFIG_SIZE, CONFIG_NUMBER or CONFIG_OCTAL. The
 * value of a CONFIG_NUMBER is an int64_t in two's complement.
 * Returns true; or false with what is wrong in MESSAGE, to be put behind the quoted TEXT, SIZE being
 * CONFIG_MESSAGE_SIZE or more. RET_VALUE is then untouched.
 */
bool config_quantity_read(const struct config_key *key, const char *text, uint64_t *ret_value, char *message,
                          size_t size);

/* Writes VALUE as one would in a file, in the largest unit that leaves no rest: "8s", "1500ms", "10M", "0".
 */
void config_quantity_write(const struct config_key *key, uint64_t value, char buffer[CONFIG_QUANTITY_SIZE]);

#endif
