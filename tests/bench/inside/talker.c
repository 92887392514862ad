/* SPDX-License-Identifier: MIT */
/*
 * talker BYTES LINE: prints lines of LINE bytes, their newline included, about BYTES in all, a stdio buffer
 * at a time, as programs do whose output is no terminal.
 */
#include <stdlib.h>
#include <unistd.h>

enum {
    WRITE_SIZE = 4096,
    LINES_SIZE = 64 * WRITE_SIZE, /* filled once: making lines is not to be what is measured */
};

int main(int argc, char **argv)
{
    static char text[LINES_SIZE];
    if (argc != 3) {
        return 64;
    }
    const unsigned long bytes = strtoul(argv[1], NULL, 10);
    const unsigned long line = strtoul(argv[2], NULL, 10);
    if (line == 0 || line > sizeof text) {
        return 64;
    }
    const size_t whole = sizeof text / line * line;
    for (size_t i = 0; i < whole; i++) {
        text[i] = (char)(i % line == line - 1 ? '\n' : 'a' + i % 26);
    }
    size_t at = 0;
    for (unsigned long done = 0; done < bytes;) {
        const size_t length = whole - at < WRITE_SIZE ? whole - at : WRITE_SIZE;
        if (write(STDOUT_FILENO, text + at, length) != (ssize_t)length) {
            return 71;
        }
        done += length;
        at = (at + length) % whole;
    }
    return 0;
}
