/* SPDX-License-Identifier: MIT */
/* fields: the input is a line. What is read of it is written anew, and has to be read the same. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox_init/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* A word of the program itself: the writer escapes values only. */
static bool is_word(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < 0x20 || *text > 0x7e || *text == '=') {
            return false;
        }
    }
    return true;
}

static void write_and_read(const char *key, const char *value)
{
    const size_t size = strlen(key) + 5 * strlen(value) + 8;
    struct fields_writer writer = {.buffer = malloc(size), .size = size - 1};
    struct fields_reader reader;
    const char *read_key = NULL;
    const char *read_value = NULL;
    require(writer.buffer != NULL);
    fields_begin(&writer, "r");
    fields_put(&writer, key, value);
    require(fields_end(&writer) && writer.used < size);
    writer.buffer[writer.used] = '\0';
    require(strchr(writer.buffer, '\n') == writer.buffer + writer.used - 1);
    require(strcmp(fields_open(&reader, writer.buffer), "r") == 0);
    require(fields_next(&reader, &read_key, &read_value));
    require(strcmp(read_key, key) == 0 && strcmp(read_value, value) == 0);
    require(!fields_next(&reader, &read_key, &read_value));
    free(writer.buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1);
    struct fields_reader reader;
    const char *key = NULL;
    const char *value = NULL;
    require(line != NULL);
    if (size > 0) {
        memcpy(line, data, size);
    }
    line[size] = '\0';
    const char *last = fields_open(&reader, line);
    require(last == line && strpbrk(last, "\t\n") == NULL);
    while (fields_next(&reader, &key, &value)) {
        uint64_t number = 0;
        require(key > last && value >= key && value + strlen(value) <= line + size);
        require(strpbrk(key, "\t\n=") == NULL);
        last = value + strlen(value);
        if (fields_read_number(value, &number)) {
            require(strspn(value, "0123456789") == strlen(value));
        }
        if (is_word(key)) {
            write_and_read(key, value);
        }
    }
    free(line);
    return 0;
}
