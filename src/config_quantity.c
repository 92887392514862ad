/* SPDX-License-Identifier: MIT */
#include "sandbox_init/config_quantity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    UNITS_MAX = 4,
};

struct unit {
    const char *name;
    uint64_t factor;
};

/* How quantities of a type are written, and what is said about those that are not. */
struct notation {
    uint64_t base;                /* of its digits */
    uint64_t bare;                /* the factor of a number without a unit */
    struct unit units[UNITS_MAX]; /* the largest first; the one that comes last divides every value */
    const char *no_number;
    const char *no_unit;
    const char *fraction;
    const char *too_much;
    const char *too_little;
};

static const struct notation durations = {
    .base = 10,
    .bare = 1000,
    .units = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}},
    .no_number = "is no duration; write a number with ms, s, m or h, such as 8s",
    .no_unit = "has no unit that we know; write ms, s, m or h behind the number",
    .fraction = "is a fraction; write a whole number of a smaller unit, such as 1500ms",
    .too_much = "long",
    .too_little = "short",
};
static const struct notation sizes = {
    .base = 10,
    .bare = 1,
    .units = {{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"", 1}},
    .no_number = "is no size; write a number of bytes, or one with K, M or G, such as 10M",
    .no_unit = "has no unit that we know; write K, M or G behind the number, or nothing for bytes",
    .fraction = "is a fraction; write a whole number of a smaller unit, such as 1536K",
    .too_much = "large",
    .too_little = "small",
};
static const struct notation numbers = {
    .base = 10,
    .bare = 1,
    .units = {{"", 1}},
    .no_number = "is no number; write it in digits, such as 3",
    .no_unit = "is no whole number; write it in digits only, such as 3",
    .fraction = "is a fraction; write a whole number",
    .too_much = "large",
    .too_little = "small",
};
static const struct notation octals = {
    .base = 8,
    .bare = 1,
    .units = {{"", 1}},
    .no_number = "is no octal number; write digits from 0 to 7, such as 022",
    .no_unit = "is no octal number; write digits from 0 to 7, such as 022",
    .fraction = "is a fraction; write an octal number, such as 022",
    .too_much = "large",
    .too_little = "small",
};

static const struct notation *find_notation(const struct config_key *key)
{
    if (key->type == CONFIG_DURATION) {
        return &durations;
    }
    if (key->type == CONFIG_SIZE) {
        return &sizes;
    }
    return key->type == CONFIG_OCTAL ? &octals : &numbers;
}

/* One text on its way in. */
struct reading {
    const struct config_key *key;
    const struct notation *notation;
    char *message;
    size_t size;
};

/* All return false, so that a reading can end with them. */
static bool refuse(const struct reading *reading, const char *what)
{
    snprintf(reading->message, reading->size, "%s", what);
    return false;
}

static bool refuse_much(const struct reading *reading)
{
    char limit[CONFIG_QUANTITY_SIZE];
    config_quantity_write(reading->key, reading->key->max, limit);
    snprintf(reading->message, reading->size, "is too %s; write at most %s", reading->notation->too_much,
             limit);
    return false;
}

static bool refuse_little(const struct reading *reading)
{
    char limit[CONFIG_QUANTITY_SIZE];
    config_quantity_write(reading->key, reading->key->min, limit);
    snprintf(reading->message, reading->size, "is too %s; write at least %s", reading->notation->too_little,
             limit);
    return false;
}

/* Finds what a number with the unit NAME is multiplied with. Returns 0 for a unit that we do not know. */
static uint64_t find_factor(const struct notation *notation, const char *name)
{
    if (*name == '\0') {
        return notation->bare;
    }
    for (size_t i = 0; i < UNITS_MAX && notation->units[i].name; i++) {
        if (strcmp(name, notation->units[i].name) == 0) {
            return notation->units[i].factor;
        }
    }
    return 0;
}

/* Reads a quantity of at most CEILING; the digits may go on above it, but the number does not. */
static bool read_magnitude(const struct reading *reading, const char *text, uint64_t ceiling,
                           uint64_t *ret_value)
{
    const struct notation *notation = reading->notation;
    uint64_t number = 0;
    const char *digit = text;
    for (; *digit >= '0' && (uint64_t)(*digit - '0') < notation->base; digit++) {
        if (number <= ceiling) {
            number = number * notation->base + (uint64_t)(*digit - '0');
        }
    }
    if (digit == text) {
        return refuse(reading, notation->no_number);
    }
    if (*digit == '.' || *digit == ',') {
        return refuse(reading, notation->fraction);
    }
    uint64_t factor = find_factor(notation, digit);
    if (factor == 0) {
        return refuse(reading, notation->no_unit);
    }
    *ret_value = number > ceiling / factor ? ceiling + 1 : number * factor;
    return true;
}

/* A number that may be below 0, and above: the bounds have both signs. */
static bool read_signed(const struct reading *reading, const char *text, uint64_t *ret_value)
{
    uint64_t magnitude = 0;
    bool is_negative = text[0] == '-';
    int64_t least = (int64_t)reading->key->min;
    int64_t most = (int64_t)reading->key->max;
    uint64_t ceiling = is_negative ? (uint64_t)-least : (uint64_t)most;
    if (!read_magnitude(reading, text + (is_negative ? 1 : 0), ceiling, &magnitude)) {
        return false;
    }
    if (magnitude > ceiling) {
        return is_negative ? refuse_little(reading) : refuse_much(reading);
    }
    *ret_value = is_negative ? 0 - magnitude : magnitude;
    return true;
}

bool config_quantity_read(const struct config_key *key, const char *text, uint64_t *ret_value, char *message,
                          size_t size)
{
    struct reading reading = {.key = key, .notation = find_notation(key), .size = size};
    reading.message = message;
    uint64_t value = 0;
    if (key->type == CONFIG_NUMBER && (int64_t)key->min < 0) {
        return read_signed(&reading, text, ret_value);
    }
    if (text[0] == '-') {
        return refuse(&reading, "is negative; write 0 or more");
    }
    if (!read_magnitude(&reading, text, key->max, &value)) {
        return false;
    }
    if (value > key->max) {
        return refuse_much(&reading);
    }
    if (value < key->min) {
        return refuse_little(&reading);
    }
    *ret_value = value;
    return true;
}

void config_quantity_write(const struct config_key *key, uint64_t value, char buffer[CONFIG_QUANTITY_SIZE])
{
    const struct unit *unit = find_notation(key)->units;
    if (key->type == CONFIG_OCTAL) {
        snprintf(buffer, CONFIG_QUANTITY_SIZE, "%03" PRIo64, value);
        return;
    }
    if (key->type == CONFIG_NUMBER) {
        snprintf(buffer, CONFIG_QUANTITY_SIZE, "%" PRId64, (int64_t)value);
        return;
    }
    while (value % unit->factor != 0) {
        unit++;
    }
    snprintf(buffer, CONFIG_QUANTITY_SIZE, "%" PRIu64 "%s", value / unit->factor,
             value == 0 ? "" : unit->name);
}
