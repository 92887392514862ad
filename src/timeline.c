/* SPDX-License-Identifier: MIT */
#include "sandbox_init/timeline.h"

#include "sandbox_init/chart.h"
#include "sandbox_init/chart_svg.h"
#include "sandbox_init/chart_text.h"
#include "sandbox_init/cli.h"
#include "sandbox_init/client.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 256 };

/* Takes what the init answers to QUESTION. Returns 0 or an exit status, and has said why. */
static int ask(struct chart *chart, const char *runtime_dir, const char *question)
{
    const struct client_request request = {.runtime_dir = runtime_dir, .text = question};
    struct client client;
    struct fields_reader reader;
    const char *name = NULL;
    int status = client_open(&client, &request);
    enum client_event event = status == 0 ? CLIENT_RECORD : CLIENT_FAILED;
    while (event == CLIENT_RECORD) {
        event = client_next(&client, -1, &name, &reader);
        if (event == CLIENT_RECORD) {
            chart_take(chart, name, &reader);
        }
    }
    status = event == CLIENT_END ? 0 : client_report(&client);
    client_close(&client);
    return status;
}

static int fail(const char *what, const char *subject)
{
    char shown[SHOWN_MAX];
    const int error = errno;
    escape_text(shown, sizeof shown, subject);
    fprintf(stderr, "sandbox-init: %s %s: %s\n", what, shown, strerror(error));
    return CLI_STATUS_SYSTEM;
}

static void render(const struct timeline_request *request, FILE *stream, const struct chart *chart)
{
    struct screen screen;
    screen_look(&screen, stream, request->environ_in);
    if (!request->is_text) {
        chart_svg_render(stream, chart);
    } else {
        chart_text_render(stream, chart,
                          screen.columns < CHART_TEXT_COLUMNS_MAX ? screen.columns : CHART_TEXT_COLUMNS);
    }
    if (screen.is_terminal && !request->is_text) {
        fputs(
            "sandbox-init: that was a picture; --output FILE writes it for a browser, --text shows it here\n",
            stderr);
    }
}

static int write_chart(const struct timeline_request *request, const struct chart *chart)
{
    const char *file = request->output_file;
    FILE *stream = file != NULL ? fopen(file, "we") : request->stream;
    if (stream == NULL) {
        return fail("cannot write", file);
    }
    render(request, stream, chart);
    const bool is_written = fflush(stream) == 0 && ferror(stream) == 0;
    int status = is_written ? CLI_STATUS_OK : fail("cannot write", file != NULL ? file : "the timeline");
    if (file != NULL && fclose(stream) != 0 && status == CLI_STATUS_OK) {
        status = fail("cannot write", file);
    }
    return status;
}

int timeline_run(const struct timeline_request *request)
{
    struct chart *chart = calloc(1, sizeof *chart);
    struct view *view = calloc(1, sizeof *view);
    int status = CLI_STATUS_OK;
    if (chart == NULL || view == NULL) {
        status = fail("cannot draw", "the timeline");
    } else {
        chart->view = view;
        status = ask(chart, request->runtime_dir, "status");
        status = status == 0 ? ask(chart, request->runtime_dir, "history") : status;
        if (status == CLI_STATUS_OK) {
            chart_finish(chart);
            status = write_chart(request, chart);
        }
    }
    free(view);
    free(chart);
    return status;
}
