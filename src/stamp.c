/* SPDX-License-Identifier: MIT */
#include "sandbox_init/stamp.h"

#include <stdint.h>
#include <string.h>

#define END_OF_9999 INT64_C(253402300800) /* 10000-01-01T00:00:00Z */

/* Writes NUMBER with WIDTH digits and returns what follows them. */
static char *put_number(char *to, unsigned number, unsigned width)
{
    for (unsigned i = width; i > 0; i--) {
        to[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return to + width;
}

static char *put_field(char *to, unsigned number, unsigned width, char end)
{
    to = put_number(to, number, width);
    *to = end;
    return to + 1;
}

struct date {
    unsigned year;
    unsigned month;
    unsigned day;
};

/*
 * The date in UTC, by years that begin in March, so that a leap day is the last one of its year. Not
 * gmtime_r(3), which first reads the time zone of the machine from files, and allocates memory for it.
 */
static struct date date_of(uint64_t days_since_1970)
{
    enum { DAYS_400 = 146097, DAYS_100 = 36524, DAYS_4 = 1461, DAYS_0000_03_01 = 719468 };
    const unsigned days = (unsigned)(days_since_1970 + DAYS_0000_03_01);
    const unsigned of_era = days % DAYS_400;
    const unsigned year =
        (of_era - of_era / (DAYS_4 - 1) + of_era / DAYS_100 - of_era / (DAYS_400 - 1)) / 365;
    const unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    const unsigned month = (5 * of_year + 2) / 153; /* 153 days are the five months from March to July */
    return (struct date){
        .year = days / DAYS_400 * 400 + year + (month >= 10 ? 1 : 0),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - (153 * month + 2) / 5 + 1,
    };
}

void stamp_render(char text[static STAMP_LENGTH + 1], const struct timespec *time)
{
    if (time->tv_sec < 0 || time->tv_sec >= END_OF_9999) {
        memcpy(text, time->tv_sec < 0 ? "1970-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z",
               STAMP_LENGTH + 1);
        return;
    }
    const uint64_t seconds = (uint64_t)time->tv_sec;
    const unsigned of_day = (unsigned)(seconds % 86400);
    const struct date date = date_of(seconds / 86400);
    char *to = put_field(text, date.year, 4, '-');
    to = put_field(to, date.month, 2, '-');
    to = put_field(to, date.day, 2, 'T');
    to = put_field(to, of_day / 3600, 2, ':');
    to = put_field(to, of_day / 60 % 60, 2, ':');
    to = put_field(to, of_day % 60, 2, '.');
    to = put_field(to, (unsigned)(time->tv_nsec / 1000000), 3, 'Z');
    *to = '\0';
}
