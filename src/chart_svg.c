/* SPDX-License-Identifier: MIT */
#include "sandbox_init/chart_svg.h"

#include "sandbox_init/stamp.h"

#include <string.h>

/* All in user units, which are pixels where nobody zooms. */
enum {
    EDGE = 16,
    LETTER = 8, /* width of a letter of 12 px: fixed-width fonts have 6.6 to 7.5 */
    TITLE_TOP = 28,
    LINE = 18,
    AXIS_TOP = 84, /* where the rows begin */
    ROW = 24,
    BAR = 14,
    GAP = 12, /* between columns */
    CHART_WIDTH = 760,
    SWATCH = 12,
    MARK = 5,      /* half the size of a cross */
    TEXT_DROP = 4, /* from the middle of a line to its baseline */
    NOTE_SIZE = 256,
};

static const char *const look_classes[CHART_LOOK_COUNT] = {
    [CHART_WAITING] = "waiting",     [CHART_STARTING] = "starting", [CHART_RUNNING] = "running",
    [CHART_SUCCEEDED] = "succeeded", [CHART_FAILED] = "failed",     [CHART_STOPPING] = "stopping",
    [CHART_BACKOFF] = "backoff",     [CHART_SKIPPED] = "skipped",   [CHART_GAVE_UP] = "gave-up",
};

/* The least width of a bar: what is shorter is drawn as wide. */
#define BAR_MIN 1.5

/* Colours that are told apart by those who see fewer of them, too (Okabe and Ito). */
static const char style[] =
    "<style>\n"
    "text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;fill:#1f2328;"
    "white-space:pre}\n"
    ".title{font-weight:bold;font-size:15px}.dim{fill:#59636e}\n"
    ".page{fill:#fff}.band{fill:#f3f5f7}.grid{stroke:#d1d9e0}.needs{stroke:#818b98;fill:none}\n"
    ".waiting{fill:#c4ccd4}.starting{fill:#56b4e9}.running{fill:#0072b2}.succeeded{fill:#009e73}\n"
    ".failed{fill:#d55e00}.backoff{fill:#f0c000}.stopping{fill:#cc79a7}\n"
    ".skipped{fill:#fff;stroke:#818b98;stroke-dasharray:2 "
    "1}.gave-up{fill:none;stroke:#b00020;stroke-width:3}\n"
    ".tick{stroke:#009e73;stroke-width:2}.bad{stroke:#b00020;stroke-width:2}\n"
    "@media (prefers-color-scheme:dark){\n"
    "text{fill:#e6edf3}.dim{fill:#9198a1}\n"
    ".page{fill:#0d1117}.band{fill:#161b22}.grid{stroke:#30363d}\n"
    ".waiting{fill:#4d5561}.running{fill:#3d9be0}.skipped{fill:#0d1117}\n"
    ".gave-up{stroke:#ff6b6b}.bad{stroke:#ff6b6b}\n"
    "}\n"
    "</style>\n";

struct picture {
    FILE *stream;
    const struct chart *chart;
    int chart_left;
    int text_left; /* of the texts behind the bars */
    int width;
    int height;
};

/* ---- parts ---- */

/* TEXT is printable ASCII. */
static void put_text(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", stream);
            break;
        case '<':
            fputs("&lt;", stream);
            break;
        case '>':
            fputs("&gt;", stream);
            break;
        case '"':
            fputs("&quot;", stream);
            break;
        default:
            fputc(*text, stream);
        }
    }
}

static void put_label(const struct picture *picture, int x, int y, const char *attributes, const char *text)
{
    fprintf(picture->stream, "<text x=\"%d\" y=\"%d\"%s>", x, y, attributes);
    put_text(picture->stream, text);
    fputs("</text>\n", picture->stream);
}

static double place(const struct picture *picture, uint64_t at)
{
    return picture->chart_left + (double)at * CHART_WIDTH / (double)picture->chart->length;
}

static int middle_of(size_t row)
{
    return AXIS_TOP + (int)row * ROW + ROW / 2;
}

static void put_elapsed(FILE *stream, uint64_t ms)
{
    char text[VIEW_ELAPSED_SIZE];
    fputs(view_render_elapsed(text, ms), stream);
}

/* ---- how wide things are ---- */

static int longer(int width, const char *text)
{
    const int other = (int)strlen(text);
    return other > width ? other : width;
}

static int row_text_length(const struct chart_row *row)
{
    const int between = row->after[0] != '\0' ? 2 : 0;
    return (int)(strlen(row->outcome) + strlen(row->after)) + between;
}

static void count_ticks(const struct chart *chart, char note[static NOTE_SIZE])
{
    size_t bad = 0;
    for (size_t i = 0; i < chart->tick_count; i++) {
        bad += chart->ticks[i].is_bad ? 1 : 0;
    }
    const int used =
        snprintf(note, NOTE_SIZE, "%zu event%s", chart->tick_count, chart->tick_count == 1 ? "" : "s");
    if (bad > 0) {
        snprintf(note + used, (size_t)(NOTE_SIZE - used), ", %zu not revoked", bad);
    }
}

static bool is_in_legend(const struct chart *chart, enum chart_look look)
{
    for (size_t i = 0; i < chart->bar_count; i++) {
        if (chart->bars[i].look == look) {
            return true;
        }
    }
    return false;
}

/* ---- the head ---- */

static void render_moment(char text[static STAMP_LENGTH + 1], uint64_t at)
{
    const struct timespec time = {.tv_sec = (time_t)(at / 1000), .tv_nsec = (long)(at % 1000) * 1000000};
    stamp_render(text, &time);
}

static void render_note(const struct chart *chart, char note[static NOTE_SIZE])
{
    char elapsed[VIEW_ELAPSED_SIZE];
    size_t used = 0;
    if (chart->row_count > 0) {
        used = (size_t)snprintf(
            note, NOTE_SIZE, chart->is_settled ? "all settled after %s" : "not settled after %s",
            view_render_elapsed(elapsed, chart->is_settled ? chart->settled : chart->length));
    } else {
        used = (size_t)snprintf(note, NOTE_SIZE, "no jobs or services");
    }
    if (chart->later > 0) {
        used += (size_t)snprintf(note + used, NOTE_SIZE - used, "; %zu later event%s not shown", chart->later,
                                 chart->later == 1 ? " is" : "s are");
    }
    if (chart->lost > 0) {
        snprintf(note + used, NOTE_SIZE - used, "; the oldest %llu are forgotten",
                 (unsigned long long)chart->lost);
    }
}

static void put_head(const struct picture *picture, const char *note)
{
    const struct view_init *init = &picture->chart->view->init;
    char title[CHART_TEXT_SIZE + VIEW_WORD_SIZE];
    char moment[STAMP_LENGTH + 1];
    fprintf(picture->stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
            picture->width, picture->height, picture->width, picture->height);
    snprintf(title, sizeof title, "start-up under sandbox-init %.32s", init->version);
    for (char *at = title; *at != '\0'; at++) {
        *at = (char)(*at < 0x20 || *at > 0x7e ? '?' : *at);
    }
    fputs("<title>", picture->stream);
    put_text(picture->stream, title);
    fputs("</title>\n", picture->stream);
    fputs(style, picture->stream);
    fprintf(picture->stream, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", picture->width,
            picture->height);
    put_label(picture, EDGE, TITLE_TOP, " class=\"title\"", title);
    render_moment(moment, picture->chart->begin_at);
    char line[NOTE_SIZE + STAMP_LENGTH + 8];
    snprintf(line, sizeof line, "%s  %s", moment, note);
    put_label(picture, EDGE, TITLE_TOP + LINE, " class=\"dim\"", line);
}

static void put_axis(const struct picture *picture)
{
    const struct chart *chart = picture->chart;
    const int bottom = AXIS_TOP + ((int)chart->row_count + 1) * ROW;
    for (uint64_t at = 0; at <= chart->length; at += chart->step) {
        const double x = place(picture, at);
        fprintf(picture->stream, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>\n", x, AXIS_TOP, bottom);
        fprintf(picture->stream, "<text class=\"dim mark\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">", x,
                AXIS_TOP - 6);
        if (at > 0) {
            put_elapsed(picture->stream, at);
        } else {
            fputc('0', picture->stream);
        }
        fputs("</text>\n", picture->stream);
    }
}

/* ---- rows ---- */

static void put_bands(const struct picture *picture)
{
    for (size_t row = 0; row <= picture->chart->row_count; row += 2) {
        fprintf(picture->stream, "<rect class=\"band\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                EDGE / 2, AXIS_TOP + (int)row * ROW, picture->width - EDGE, ROW);
    }
}

/* From where the other one was there to where this one began. */
static void put_needs(const struct picture *picture, size_t index)
{
    const struct chart *chart = picture->chart;
    const struct chart_row *row = &chart->rows[index];
    if (row->begins_at == UINT64_MAX) {
        return;
    }
    const double to = place(picture, row->begins_at);
    for (size_t other = 0; other < chart->row_count; other++) {
        const struct chart_row *needed = &chart->rows[other];
        const bool is_needed = (row->needs & UINT64_C(1) << other) != 0;
        if (is_needed && needed->is_ready && needed->ready_at <= row->begins_at) {
            fprintf(picture->stream, "<path class=\"needs\" d=\"M%.1f %dH%.1fV%d\"/>\n",
                    place(picture, needed->ready_at), middle_of(other), to, middle_of(index));
        }
    }
}

/* What is too short to be seen is drawn as wide as can be. */
static void put_bar(const struct picture *picture, const struct chart_bar *bar)
{
    FILE *stream = picture->stream;
    const double from = place(picture, bar->from);
    const double to = place(picture, bar->to);
    const int middle = middle_of(bar->row);
    if (bar->look == CHART_GAVE_UP) {
        fprintf(stream, "<path class=\"%s\" d=\"M%.1f %dl%d %dm0 -%dl-%d %d\">", look_classes[bar->look],
                from, middle - MARK, 2 * MARK, 2 * MARK, 2 * MARK, 2 * MARK, 2 * MARK);
    } else {
        const double width = bar->look == CHART_SKIPPED ? 2 * MARK : to - from;
        fprintf(stream, "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\">",
                look_classes[bar->look], from, middle - BAR / 2, width < BAR_MIN ? BAR_MIN : width, BAR);
    }
    fputs("<title>", stream);
    put_text(stream, picture->chart->rows[bar->row].name);
    fprintf(stream, ": %s, from ", chart_look_name(bar->look));
    put_elapsed(stream, bar->from);
    if (bar->to > bar->from) {
        fputs(", for ", stream);
        put_elapsed(stream, bar->to - bar->from);
    }
    fprintf(stream, "</title></%s>\n", bar->look == CHART_GAVE_UP ? "path" : "rect");
}

static void put_bars(const struct picture *picture, bool is_short)
{
    const struct chart *chart = picture->chart;
    for (size_t i = 0; i < chart->bar_count; i++) {
        const struct chart_bar *bar = &chart->bars[i];
        if ((place(picture, bar->to) - place(picture, bar->from) < BAR_MIN) == is_short) {
            put_bar(picture, bar);
        }
    }
}

static void put_row_texts(const struct picture *picture, size_t index)
{
    const struct chart_row *row = &picture->chart->rows[index];
    const int y = middle_of(index) + TEXT_DROP;
    put_label(picture, EDGE, y, " class=\"name\"", row->name);
    fprintf(picture->stream, "<text class=\"outcome\" x=\"%d\" y=\"%d\">", picture->text_left, y);
    put_text(picture->stream, row->outcome);
    if (row->after[0] != '\0') {
        fputs("<tspan class=\"dim\">  ", picture->stream);
        put_text(picture->stream, row->after);
        fputs("</tspan>", picture->stream);
    }
    fputs("</text>\n", picture->stream);
}

static void put_guard(const struct picture *picture, const char *note)
{
    const struct chart *chart = picture->chart;
    const int middle = middle_of(chart->row_count);
    put_label(picture, EDGE, middle + TEXT_DROP, " class=\"name\"", "(guard)");
    put_label(picture, picture->text_left, middle + TEXT_DROP, " class=\"outcome dim\"", note);
    for (size_t i = 0; i < chart->tick_count; i++) {
        const struct chart_tick *tick = &chart->ticks[i];
        fprintf(picture->stream, "<path class=\"%s\" d=\"M%.1f %dv%d\"><title>",
                tick->is_bad ? "bad" : "tick", place(picture, tick->at), middle - BAR / 2, BAR);
        put_text(picture->stream, tick->what);
        fputs(" at ", picture->stream);
        put_elapsed(picture->stream, tick->at);
        fputs("</title></path>\n", picture->stream);
    }
}

/* ---- the legend ---- */

/* Draws it, or with no STREAM only goes through it. Returns how many lines it has. */
static int put_legend(const struct picture *picture, int top, bool is_drawn)
{
    int x = EDGE;
    int lines = 1;
    for (int look = 0; look < CHART_LOOK_COUNT; look++) {
        const char *name = chart_look_name((enum chart_look)look);
        const int width = SWATCH + GAP / 2 + (int)strlen(name) * LETTER + 2 * GAP;
        if (!is_in_legend(picture->chart, (enum chart_look)look)) {
            continue;
        }
        if (x > EDGE && x + width > picture->width - EDGE) {
            x = EDGE;
            lines++;
        }
        const int middle = top + (lines - 1) * LINE;
        if (is_drawn && look == CHART_GAVE_UP) {
            fprintf(picture->stream, "<path class=\"gave-up\" d=\"M%d %dl%d %dm0 -%dl-%d %d\"/>\n", x,
                    middle - MARK, 2 * MARK, 2 * MARK, 2 * MARK, 2 * MARK, 2 * MARK);
        } else if (is_drawn) {
            fprintf(picture->stream, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                    look_classes[look], x, middle - SWATCH / 2, SWATCH, SWATCH);
        }
        if (is_drawn) {
            put_label(picture, x + SWATCH + GAP / 2, middle + TEXT_DROP, " class=\"legend\"", name);
        }
        x += width;
    }
    return lines;
}

void chart_svg_render(FILE *stream, const struct chart *chart)
{
    struct picture picture = {.stream = stream, .chart = chart};
    char note[NOTE_SIZE];
    char ticks[NOTE_SIZE];
    render_note(chart, note);
    count_ticks(chart, ticks);
    int names = (int)strlen("(guard)");
    int texts = (int)strlen(ticks);
    for (size_t i = 0; i < chart->row_count; i++) {
        const int length = row_text_length(&chart->rows[i]);
        names = longer(names, chart->rows[i].name);
        texts = length > texts ? length : texts;
    }
    picture.chart_left = EDGE + names * LETTER + 2 * GAP;
    picture.text_left = picture.chart_left + CHART_WIDTH + 2 * GAP;
    picture.width = picture.text_left + texts * LETTER + EDGE;
    const int head = 2 * EDGE + (STAMP_LENGTH + 2 + (int)strlen(note)) * LETTER;
    picture.width = head > picture.width ? head : picture.width;
    const int legend_top = AXIS_TOP + ((int)chart->row_count + 1) * ROW + ROW;
    picture.height = legend_top + put_legend(&picture, legend_top, false) * LINE;
    put_head(&picture, note);
    put_bands(&picture);
    put_axis(&picture);
    for (size_t i = 0; i < chart->row_count; i++) {
        put_needs(&picture, i);
    }
    /* What is as short as a starting lies upon its neighbours. */
    put_bars(&picture, false);
    put_bars(&picture, true);
    for (size_t i = 0; i < chart->row_count; i++) {
        put_row_texts(&picture, i);
    }
    put_guard(&picture, ticks);
    put_legend(&picture, legend_top, true);
    fputs("</svg>\n", stream);
}
