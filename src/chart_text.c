/* SPDX-License-Identifier: MIT */
#include "sandbox_init/chart_text.h"

#include <string.h>

enum {
    BARS_MIN = 10,    /* columns */
    OUTCOME_PART = 3, /* of the columns at most for what is said behind the bars */
};

/* Of two in one column the one of the higher look is seen; that of a run before that of a pause. */
static const char letters[CHART_LOOK_COUNT] = {
    [CHART_WAITING] = '.',   [CHART_STARTING] = '>', [CHART_RUNNING] = '=',
    [CHART_SUCCEEDED] = '#', [CHART_FAILED] = 'x',   [CHART_STOPPING] = '-',
    [CHART_BACKOFF] = '~',   [CHART_SKIPPED] = 's',  [CHART_GAVE_UP] = 'X',
};

static const unsigned char ranks[CHART_LOOK_COUNT] = {
    [CHART_WAITING] = 1, [CHART_STOPPING] = 2, [CHART_STARTING] = 3,
    [CHART_BACKOFF] = 4, [CHART_RUNNING] = 5,  [CHART_SUCCEEDED] = 6,
    [CHART_FAILED] = 7,  [CHART_SKIPPED] = 8,  [CHART_GAVE_UP] = 9,
};

struct page {
    FILE *stream;
    const struct chart *chart;
    size_t names; /* columns of each part */
    size_t bars;
    size_t outcomes;
};

static size_t place(const struct page *page, uint64_t at)
{
    const size_t column = (size_t)((double)at * (double)page->bars / (double)page->chart->length);
    return column < page->bars ? column : page->bars - 1;
}

static int rank_of(char letter)
{
    for (int look = 0; look < CHART_LOOK_COUNT; look++) {
        if (letters[look] == letter) {
            return ranks[look];
        }
    }
    return 0;
}

/* A bar ends before the column in which the next one begins. */
static void paint(const struct page *page, const struct chart_bar *bar, char *line)
{
    const size_t from = place(page, bar->from);
    const size_t to = bar->to >= page->chart->length ? page->bars : place(page, bar->to);
    for (size_t column = from; column == from || column < to; column++) {
        if (ranks[bar->look] > rank_of(line[column])) {
            line[column] = letters[bar->look];
        }
    }
}

static void put_line(const struct page *page, const char *name, char *line, const char *outcome)
{
    size_t length = page->bars;
    if (page->outcomes == 0 || *outcome == '\0') {
        while (length > 0 && line[length - 1] == ' ') {
            length--;
        }
    }
    fprintf(page->stream, "%-*s |%.*s", (int)page->names, name, (int)length, line);
    if (page->outcomes > 0 && *outcome != '\0') {
        const bool is_cut = strlen(outcome) > page->outcomes;
        fprintf(page->stream, "| %.*s%s", (int)(page->outcomes - (is_cut ? 3 : 0)), outcome,
                is_cut ? "..." : "");
    }
    fputc('\n', page->stream);
}

static void put_row(const struct page *page, size_t index)
{
    const struct chart_row *row = &page->chart->rows[index];
    char line[CHART_TEXT_COLUMNS_MAX + 1];
    char outcome[2 * CHART_TEXT_SIZE + 2];
    memset(line, ' ', page->bars);
    for (size_t i = 0; i < page->chart->bar_count; i++) {
        if (page->chart->bars[i].row == index) {
            paint(page, &page->chart->bars[i], line);
        }
    }
    snprintf(outcome, sizeof outcome, "%s%s%s", row->outcome, row->after[0] != '\0' ? ", " : "", row->after);
    put_line(page, row->name, line, outcome);
}

static void put_guard(const struct page *page)
{
    char line[CHART_TEXT_COLUMNS_MAX + 1];
    char outcome[CHART_TEXT_SIZE];
    memset(line, ' ', page->bars);
    for (size_t i = 0; i < page->chart->tick_count; i++) {
        const struct chart_tick *tick = &page->chart->ticks[i];
        char *column = &line[place(page, tick->at)];
        *column = (char)(tick->is_bad || *column == '!' ? '!' : '|');
    }
    snprintf(outcome, sizeof outcome, "%zu event%s", page->chart->tick_count,
             page->chart->tick_count == 1 ? "" : "s");
    put_line(page, "(guard)", line, outcome);
}

/* Marks and what they are, as many as do not touch. */
static void put_axis(const struct page *page)
{
    char marks[CHART_TEXT_COLUMNS_MAX + 1];
    char texts[CHART_TEXT_COLUMNS_MAX + 1];
    size_t used = 0;
    memset(marks, '-', page->bars);
    memset(texts, ' ', page->bars);
    for (uint64_t at = 0; at <= page->chart->length; at += page->chart->step) {
        char text[VIEW_ELAPSED_SIZE] = "0";
        const size_t column = place(page, at);
        if (at > 0) {
            view_render_elapsed(text, at);
        }
        marks[column] = '+';
        const size_t length = strlen(text);
        for (size_t i = 0; column >= used && column + length <= page->bars && i < length; i++) {
            texts[column + i] = text[i];
        }
        used = column >= used && column + length <= page->bars ? column + length + 1 : used;
    }
    put_line(page, "", marks, "");
    put_line(page, "", texts, "");
}

static void put_legend(const struct page *page, size_t columns)
{
    bool is_there[CHART_LOOK_COUNT] = {false};
    size_t used = 0;
    for (size_t i = 0; i < page->chart->bar_count; i++) {
        is_there[page->chart->bars[i].look] = true;
    }
    for (int look = 0; look < CHART_LOOK_COUNT; look++) {
        const char *name = chart_look_name((enum chart_look)look);
        const size_t width = strlen(name) + 4;
        if (!is_there[look]) {
            continue;
        }
        if (used > 0 && used + width > columns) {
            fputc('\n', page->stream);
            used = 0;
        }
        fprintf(page->stream, "%s%c %s", used > 0 ? "  " : "", letters[look], name);
        used += width;
    }
    if (used > 0) {
        fputc('\n', page->stream);
    }
}

static void put_notes(const struct page *page)
{
    const struct chart *chart = page->chart;
    char elapsed[VIEW_ELAPSED_SIZE];
    if (chart->row_count > 0) {
        fprintf(page->stream, "%s after %s\n", chart->is_settled ? "all settled" : "not settled",
                view_render_elapsed(elapsed, chart->is_settled ? chart->settled : chart->length));
    }
    if (chart->later > 0) {
        fprintf(page->stream, "%zu later event%s not shown\n", chart->later,
                chart->later == 1 ? " is" : "s are");
    }
    if (chart->lost > 0) {
        fprintf(page->stream, "the oldest %llu events are forgotten\n", (unsigned long long)chart->lost);
    }
}

static void lay_out(struct page *page, size_t columns)
{
    const struct chart *chart = page->chart;
    size_t outcomes = strlen("512 events");
    page->names = strlen("(guard)");
    for (size_t i = 0; i < chart->row_count; i++) {
        const struct chart_row *row = &chart->rows[i];
        const size_t length = strlen(row->outcome) + (row->after[0] != '\0' ? 2 + strlen(row->after) : 0);
        page->names = strlen(row->name) > page->names ? strlen(row->name) : page->names;
        outcomes = length > outcomes ? length : outcomes;
    }
    page->outcomes = outcomes < columns / OUTCOME_PART ? outcomes : columns / OUTCOME_PART;
    const size_t others = page->names + 2 + page->outcomes + 2;
    if (others + BARS_MIN > columns) {
        page->outcomes = 0;
    }
    const size_t taken = page->names + 2 + (page->outcomes > 0 ? page->outcomes + 2 : 0);
    page->bars = taken + BARS_MIN < columns ? columns - taken : BARS_MIN;
}

void chart_text_render(FILE *stream, const struct chart *chart, unsigned columns)
{
    struct page page = {.stream = stream, .chart = chart};
    columns = columns < CHART_TEXT_COLUMNS_MAX ? columns : CHART_TEXT_COLUMNS_MAX;
    lay_out(&page, columns);
    for (size_t i = 0; i < chart->row_count; i++) {
        put_row(&page, i);
    }
    put_guard(&page);
    put_axis(&page);
    put_legend(&page, columns);
    put_notes(&page);
}
