/* SPDX-License-Identifier: MIT */
/*
 * replay: runs a fuzz target once for each file named on the command line, in place of libFuzzer's main().
 *
 * So the corpora, and with them every input that once broke something, are ordinary tests with any compiler.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads STREAM to its end into a block of exactly its size, so that a sanitizer sees a read beyond it. */
static uint8_t *read_all(FILE *stream, size_t *ret_size)
{
    if (fseek(stream, 0, SEEK_END) != 0) {
        return NULL;
    }
    long size = ftell(stream);
    if (size < 0 || fseek(stream, 0, SEEK_SET) != 0) {
        return NULL;
    }
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    if (!data) {
        return NULL;
    }
    if (fread(data, 1, (size_t)size, stream) != (size_t)size) {
        free(data);
        return NULL;
    }
    *ret_size = (size_t)size;
    return data;
}

static int replay_file(const char *name)
{
    size_t size = 0;
    FILE *stream = fopen(name, "rbe");
    uint8_t *data = stream ? read_all(stream, &size) : NULL;
    if (stream) {
        fclose(stream);
    }
    if (!data) {
        perror(name);
        return -1;
    }
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (replay_file(argv[i]) < 0) {
            return EXIT_FAILURE;
        }
    }
    printf("%d inputs replayed\n", argc - 1);
    if (argc < 2) {
        fprintf(stderr, "no input was named: the corpus is missing\n");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
