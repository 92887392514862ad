/* SPDX-License-Identifier: MIT */
#include "sandbox_init/stamp.h"

#include <string.h>

/* Writes NUMBER with WIDTH digits and returns what follows them. */
static char *put_number(char *to, unsigned number, unsigned width)
{
    for (unsigned i = width; i > 0; i--) {
        to[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return to + width;
}

static char *put_field(char *to, int number, unsigned width, char end)
{
    to = put_number(to, (unsigned)number, width);
    *to = end;
    return to + 1;
}

void stamp_render(char text[static STAMP_LENGTH + 1], const struct timespec *time)
{
    struct tm utc = {0};
    const struct tm *const is_known = gmtime_r(&time->tv_sec, &utc);
    if (is_known == NULL || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900) {
        memcpy(text, time->tv_sec < 0 ? "0000-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z",
               STAMP_LENGTH + 1);
        return;
    }
    char *to = put_field(text, utc.tm_year + 1900, 4, '-');
    to = put_field(to, utc.tm_mon + 1, 2, '-');
    to = put_field(to, utc.tm_mday, 2, 'T');
    to = put_field(to, utc.tm_hour, 2, ':');
    to = put_field(to, utc.tm_min, 2, ':');
    to = put_field(to, utc.tm_sec, 2, '.');
    to = put_field(to, (int)(time->tv_nsec / 1000000), 3, 'Z');
    *to = '\0';
}
