/* SPDX-License-Identifier: MIT */
/*
 * fake_history: records as an init tells them, for the tests of what is drawn from them.
 *
 * A history is written as words: "a:waiting@0 b:running@10" are spans of the jobs a and b, in the order of
 * their beginnings, each until the next one of that job; "!revoked@5" is a tick. Times are milliseconds from
 * FAKE_START.
 */
#ifndef SANDBOX_INIT_FAKE_HISTORY_H
#define SANDBOX_INIT_FAKE_HISTORY_H

#include "testing.h"

#include "sandbox_init/chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_START UINT64_C(1763906280000)

static struct view fake_view;
static struct chart fake_chart;

static inline void fake_record(const char *record)
{
    static char line[FIELDS_LINE_MAX];
    struct fields_reader reader;
    snprintf(line, sizeof line, "%s", record);
    const char *name = fields_open(&reader, line);
    chart_take(&fake_chart, name, &reader);
}

static inline void fake_begin(uint64_t now, uint64_t lost)
{
    char record[256];
    memset(&fake_view, 0, sizeof fake_view);
    memset(&fake_chart, 0, sizeof fake_chart);
    fake_chart.view = &fake_view;
    snprintf(record, sizeof record, "init\tprotocol=1\tversion=1.2.3\tnow_at=%llu\tstarted_at=%llu",
             (unsigned long long)(FAKE_START + now), (unsigned long long)FAKE_START);
    fake_record(record);
    snprintf(record, sizeof record, "history\tlost=%llu", (unsigned long long)lost);
    fake_record(record);
}

/* REST: further fields, with their tabs. */
static inline void fake_job(const char *name, const char *kind, const char *state, const char *rest)
{
    char record[4096];
    snprintf(record, sizeof record, "job\tname=%s\tkind=%s\tenabled=1\tstate=%s%s", name, kind, state, rest);
    fake_record(record);
}

/* Until when the span at WORD lasts: the next one of its job, as fields have it. */
static inline void fake_find_end(const char *word, const char *rest, char end[static 32])
{
    const size_t length = strcspn(word, ":") + 1;
    end[0] = '\0';
    for (const char *at = rest; at != NULL; at = strchr(at, ' ')) {
        at += *at == ' ' ? 1 : 0;
        if (strncmp(at, word, length) == 0) {
            snprintf(end, 32, "%llu",
                     (unsigned long long)(FAKE_START + strtoull(strchr(at, '@') + 1, NULL, 10)));
            return;
        }
    }
}

static inline void fake_happen(const char *history)
{
    for (const char *word = history; word != NULL && *word != '\0';) {
        const char *next = strchr(word, ' ');
        char end[32];
        char record[256];
        const int64_t at = strtoll(strchr(word, '@') + 1, NULL, 10);
        const unsigned long long time = (unsigned long long)((int64_t)FAKE_START + at);
        if (*word == '!') {
            snprintf(record, sizeof record, "tick\tat=%llu\tresult=%.*s", time, (int)strcspn(word + 1, "@"),
                     word + 1);
        } else {
            const size_t name = strcspn(word, ":");
            fake_find_end(word, next, end);
            snprintf(record, sizeof record, "span\tname=%.*s\tstate=%.*s\tfrom_at=%llu\tto_at=%s", (int)name,
                     word, (int)strcspn(word + name + 1, "@"), word + name + 1, time, end);
        }
        fake_record(record);
        word = next != NULL ? next + 1 : NULL;
    }
}

#endif
