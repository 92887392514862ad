/* SPDX-License-Identifier: MIT */
/* config_quantity: every type with what it takes, what it refuses word for word, and what it writes. */
#include "testing.h"

#include "sandbox_init/config_quantity.h"

#include <stdio.h>
#include <string.h>

struct row {
    const char *text;
    uint64_t value;
    const char *message; /* NULL: it is taken */
};

static void expect_rows(const struct config_key *key, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 77;
        char message[CONFIG_MESSAGE_SIZE] = "";
        bool is_taken = config_quantity_read(key, rows[i].text, &value, message, sizeof(message));
        if (is_taken != !rows[i].message) {
            fail_msg("row %zu: '%s' is %s: %s", i, rows[i].text, is_taken ? "taken" : "refused", message);
        }
        assert_string_equal(message, rows[i].message ? rows[i].message : "");
        assert_int_equal(value, rows[i].message ? 77 : rows[i].value);
    }
}

#define NO_DURATION "is no duration; write a number with ms, s, m or h, such as 8s"
#define NO_TIME     "has no unit that we know; write ms, s, m or h behind the number"
#define NO_TENTHS   "is a fraction; write a whole number of a smaller unit, such as 1500ms"
#define NEGATIVE    "is negative; write 0 or more"

static void test_reads_durations(void **state)
{
    (void)state;
    static const struct config_key key = {.type = CONFIG_DURATION, .min = 1500, .max = 86400000};
    static const struct row rows[] = {
        {"1500ms", 1500, NULL},
        {"2", 2000, NULL},
        {"08s", 8000, NULL},
        {"5m", 300000, NULL},
        {"24h", 86400000, NULL},
        {"0", 0, "is too short; write at least 1500ms"},
        {"1s", 0, "is too short; write at least 1500ms"},
        {"86400001ms", 0, "is too long; write at most 24h"},
        {"25h", 0, "is too long; write at most 24h"},
        {"18446744073709551616", 0, "is too long; write at most 24h"},
        {"18446744073709551615h", 0, "is too long; write at most 24h"},
        {"", 0, NO_DURATION},
        {"soon", 0, NO_DURATION},
        {"5 s", 0, NO_TIME},
        {"5S", 0, NO_TIME},
        {"5K", 0, NO_TIME},
        {"1.5s", 0, NO_TENTHS},
        {"-5s", 0, NEGATIVE},
    };
    expect_rows(&key, rows, COUNT_OF(rows));
}

#define NO_SIZE  "is no size; write a number of bytes, or one with K, M or G, such as 10M"
#define NO_BYTES "has no unit that we know; write K, M or G behind the number, or nothing for bytes"
#define NO_PARTS "is a fraction; write a whole number of a smaller unit, such as 1536K"

static void test_reads_sizes(void **state)
{
    (void)state;
    static const struct config_key key = {.type = CONFIG_SIZE, .min = 4096, .max = (uint64_t)1 << 40};
    static const struct row rows[] = {
        {"4096", 4096, NULL},
        {"4K", 4096, NULL},
        {"04097", 4097, NULL},
        {"10M", 10485760, NULL},
        {"3G", 3221225472, NULL},
        {"1024G", (uint64_t)1 << 40, NULL},
        {"0", 0, "is too small; write at least 4K"},
        {"4095", 0, "is too small; write at least 4K"},
        {"3K", 0, "is too small; write at least 4K"},
        {"1025G", 0, "is too large; write at most 1024G"},
        {"1099511627777", 0, "is too large; write at most 1024G"},
        {"18446744073709551616", 0, "is too large; write at most 1024G"},
        {"17179869185G", 0, "is too large; write at most 1024G"}, /* 1G in 64 bits */
        {"", 0, NO_SIZE},
        {"M", 0, NO_SIZE},
        {"10m", 0, NO_BYTES},
        {"10MB", 0, NO_BYTES},
        {"10 M", 0, NO_BYTES},
        {"1T", 0, NO_BYTES},
        {"1.5M", 0, NO_PARTS},
        {"-1M", 0, NEGATIVE},
    };
    expect_rows(&key, rows, COUNT_OF(rows));
}

#define NO_NUMBER "is no number; write it in digits, such as 3"
#define NO_WHOLE  "is no whole number; write it in digits only, such as 3"

static void test_reads_numbers(void **state)
{
    (void)state;
    static const struct config_key key = {.type = CONFIG_NUMBER, .min = 2, .max = 100};
    static const struct row rows[] = {
        {"2", 2, NULL},
        {"100", 100, NULL},
        {"007", 7, NULL},
        {"1", 0, "is too small; write at least 2"},
        {"101", 0, "is too large; write at most 100"},
        {"99999999999999999999999", 0, "is too large; write at most 100"},
        {"", 0, NO_NUMBER},
        {"three", 0, NO_NUMBER},
        {"+3", 0, NO_NUMBER},
        {"3x", 0, NO_WHOLE},
        {"3K", 0, NO_WHOLE},
        {"0x3", 0, NO_WHOLE},
        {"3.5", 0, "is a fraction; write a whole number"},
        {"-3", 0, NEGATIVE},
    };
    expect_rows(&key, rows, COUNT_OF(rows));
}

static void test_reads_signed_numbers(void **state)
{
    (void)state;
    static const struct config_key key = {.type = CONFIG_NUMBER, .min = (uint64_t)-20, .max = 19};
    static const struct row rows[] = {
        {"-20", (uint64_t)-20, NULL},
        {"-1", (uint64_t)-1, NULL},
        {"-0", 0, NULL},
        {"0", 0, NULL},
        {"19", 19, NULL},
        {"20", 0, "is too large; write at most 19"},
        {"-21", 0, "is too small; write at least -20"},
        {"-18446744073709551616", 0, "is too small; write at least -20"},
        {"18446744073709551596", 0, "is too large; write at most 19"}, /* -20 in 64 bits */
        {"-", 0, NO_NUMBER},
        {"--1", 0, NO_NUMBER},
        {"1-", 0, NO_WHOLE},
        {"-1.5", 0, "is a fraction; write a whole number"},
    };
    expect_rows(&key, rows, COUNT_OF(rows));
    static const struct config_key below = {.type = CONFIG_NUMBER, .min = (uint64_t)-20, .max = (uint64_t)19};
    static const struct row more[] = {{"-19", (uint64_t)-19, NULL}};
    expect_rows(&below, more, COUNT_OF(more));
}

#define NO_OCTAL "is no octal number; write digits from 0 to 7, such as 022"

static void test_reads_octal_numbers(void **state)
{
    (void)state;
    static const struct config_key key = {.type = CONFIG_OCTAL, .max = 0777};
    static const struct row rows[] = {
        {"0", 0, NULL},
        {"022", 022, NULL},
        {"22", 022, NULL},
        {"0777", 0777, NULL},
        {"1000", 0, "is too large; write at most 777"},
        {"777777777777777777777777777", 0, "is too large; write at most 777"},
        {"8", 0, NO_OCTAL},
        {"028", 0, NO_OCTAL},
        {"u=rwx", 0, NO_OCTAL},
        {"", 0, NO_OCTAL},
        {"0o22", 0, NO_OCTAL},
        {"0.2", 0, "is a fraction; write an octal number, such as 022"},
        {"-022", 0, NEGATIVE},
    };
    expect_rows(&key, rows, COUNT_OF(rows));
}

static void test_writes(void **state)
{
    (void)state;
    static const struct {
        enum config_type type;
        uint64_t value;
        const char *text;
    } rows[] = {
        {CONFIG_DURATION, 0, "0"},
        {CONFIG_DURATION, 1, "1ms"},
        {CONFIG_DURATION, 999, "999ms"},
        {CONFIG_DURATION, 1000, "1s"},
        {CONFIG_DURATION, 1500, "1500ms"},
        {CONFIG_DURATION, 59000, "59s"},
        {CONFIG_DURATION, 60000, "1m"},
        {CONFIG_DURATION, 90000, "90s"},
        {CONFIG_DURATION, 3600000, "1h"},
        {CONFIG_DURATION, 5400000, "90m"},
        {CONFIG_DURATION, 86400000, "24h"},
        {CONFIG_DURATION, 3600001, "3600001ms"},
        {CONFIG_DURATION, UINT64_MAX, "18446744073709551615ms"},
        {CONFIG_SIZE, 0, "0"},
        {CONFIG_SIZE, 1, "1"},
        {CONFIG_SIZE, 1023, "1023"},
        {CONFIG_SIZE, 1024, "1K"},
        {CONFIG_SIZE, 1536, "1536"},
        {CONFIG_SIZE, 10485760, "10M"},
        {CONFIG_SIZE, 1572864, "1536K"},
        {CONFIG_SIZE, (uint64_t)1 << 40, "1024G"},
        {CONFIG_SIZE, UINT64_MAX, "18446744073709551615"},
        {CONFIG_NUMBER, 0, "0"},
        {CONFIG_NUMBER, 1024, "1024"},
        {CONFIG_NUMBER, (uint64_t)-20, "-20"},
        {CONFIG_NUMBER, (uint64_t)INT64_MIN, "-9223372036854775808"},
        {CONFIG_OCTAL, 0, "000"},
        {CONFIG_OCTAL, 022, "022"},
        {CONFIG_OCTAL, 0777, "777"},
        {CONFIG_OCTAL, UINT64_MAX, "1777777777777777777777"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct config_key key = {.type = rows[i].type};
        char buffer[CONFIG_QUANTITY_SIZE];
        config_quantity_write(&key, rows[i].value, buffer);
        assert_string_equal(buffer, rows[i].text);
    }
}

/* Every value that can be read is written as one that is read as the same. */
static void test_reads_what_it_writes(void **state)
{
    (void)state;
    static const struct config_key keys[] = {
        {.type = CONFIG_DURATION, .max = (uint64_t)1 << 40},
        {.type = CONFIG_SIZE, .max = (uint64_t)1 << 40},
        {.type = CONFIG_NUMBER, .max = (uint64_t)1 << 40},
        {.type = CONFIG_OCTAL, .max = (uint64_t)1 << 40},
        {.type = CONFIG_NUMBER, .min = (uint64_t) - ((int64_t)1 << 40), .max = (uint64_t)1 << 40},
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        uint64_t step = 1;
        for (uint64_t value = 0; value <= keys[i].max; value += step, step += step / 3 + 1) {
            uint64_t wanted = (int64_t)keys[i].min < 0 ? (uint64_t) - (int64_t)value : value;
            uint64_t again = 77;
            char buffer[CONFIG_QUANTITY_SIZE];
            char message[CONFIG_MESSAGE_SIZE];
            config_quantity_write(&keys[i], wanted, buffer);
            assert_true(config_quantity_read(&keys[i], buffer, &again, message, sizeof(message)));
            assert_int_equal(again, wanted);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_durations),      cmocka_unit_test(test_reads_sizes),
        cmocka_unit_test(test_reads_numbers),        cmocka_unit_test(test_reads_signed_numbers),
        cmocka_unit_test(test_reads_octal_numbers),  cmocka_unit_test(test_writes),
        cmocka_unit_test(test_reads_what_it_writes),
    };
    return cmocka_run_group_tests_name("config_quantity", tests, NULL, NULL);
}
