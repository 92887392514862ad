/* SPDX-License-Identifier: MIT */
#include "sandbox_init/output.h"

#include "sandbox_init/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    NOTE_LENGTH_MAX = 512,
    PIPE_MODE = 0622,
    RENDERED_SIZE = 1 << 15, /* a portion of short lines doubles; more is hardly faster, but stays resident */
};

static const char cut_end[] = " [...]";
static const char cut_begin[] = "[...] ";

/* Lines on their way into the file. */
struct page {
    char stamp[STAMP_LENGTH + 1]; /* ends in a space */
    size_t used;
    char text[RENDERED_SIZE];
};

enum { PART_ROOM = STAMP_LENGTH + 1 + sizeof cut_begin + LINES_PART_MAX + sizeof cut_end };
_Static_assert((int)PART_ROOM < (int)RENDERED_SIZE, "every part of a line fits");

static void render_now(char text[static STAMP_LENGTH + 1])
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    stamp_render(text, &now);
}

static void page_begin(struct page *page)
{
    render_now(page->stamp);
    page->stamp[STAMP_LENGTH] = ' ';
    page->used = 0;
}

static void page_put(struct page *page, const char *text, size_t length)
{
    memcpy(page->text + page->used, text, length);
    page->used += length;
}

static void page_put_part(struct page *page, const struct lines_part *part)
{
    page_put(page, page->stamp, sizeof page->stamp);
    if (!part->is_first) {
        page_put(page, cut_begin, sizeof cut_begin - 1);
    }
    page_put(page, part->text, part->length);
    if (!part->is_last) {
        page_put(page, cut_end, sizeof cut_end - 1);
    }
    page->text[page->used++] = '\n';
}

static void say_loss(struct output *output, int error, uint64_t lost_before)
{
    if (!output->is_loss_said) {
        output->is_loss_said = true;
        output->lost_before = lost_before;
        log_warning(output->log, output->label,
                    "cannot write %s: %s: its lines are lost until that is over; %s", output->file.name,
                    logfile_explain(error), logfile_mend(error));
    }
}

static void say_end_of_loss(struct output *output)
{
    if (output->is_loss_said) {
        output->is_loss_said = false;
        log_info(output->log, output->label, "%s can be written again; %llu lines were lost",
                 output->file.name, (unsigned long long)(output->file.lost_ever - output->lost_before));
    }
}

/* Who looks for lines that are missing should not have to guess how many. */
static void say_lost_for_good(struct output *output)
{
    if (output->is_loss_said && output->file.lost > 0) {
        log_warning(output->log, output->label, "%s could not be written to the end; %llu lines were lost",
                    output->file.name, (unsigned long long)(output->file.lost_ever - output->lost_before));
    }
}

static void page_flush(struct page *page, struct output *output)
{
    if (page->used == 0) {
        return;
    }
    const uint64_t lost_before = output->file.lost_ever;
    const int result = logfile_write(&output->file, page->text, page->used);
    page->used = 0;
    if (result < 0) {
        say_loss(output, result, lost_before);
    } else {
        say_end_of_loss(output);
    }
}

static void put_part(struct output *output, struct page *page, const struct lines_part *part)
{
    if (output->file.directory != NULL) {
        if (sizeof page->text - page->used < PART_ROOM) {
            page_flush(page, output);
        }
        page_put_part(page, part);
    }
    /* For people the beginning of a very long line will do, as of any that is cut there. */
    if (output->has_echo && part->is_first) {
        log_echo(output->log, output->name, part->text, part->length);
    }
}

bool output_drain(struct output *output)
{
    char portion[OUTPUT_PORTION_SIZE];
    struct page page;
    struct lines_part part;
    const ssize_t got = read(output->read_fd, portion, sizeof portion);
    if (got <= 0) {
        return true;
    }
    const char *text = portion;
    size_t length = (size_t)got;
    page_begin(&page);
    while (lines_next(&output->lines, &text, &length, &part)) {
        put_part(output, &page, &part);
    }
    page_flush(&page, output);
    log_echo_flush(output->log);
    return (size_t)got < sizeof portion;
}

void output_end_line(struct output *output)
{
    struct page page;
    struct lines_part part;
    page_begin(&page);
    if (lines_end(&output->lines, &part)) {
        put_part(output, &page, &part);
    }
    page_flush(&page, output);
    log_echo_flush(output->log);
}

/* Our own texts are printable already, up to mistakes. */
static size_t mask_unprintable(char *text)
{
    size_t length = 0;
    for (; text[length] != '\0'; length++) {
        const unsigned char byte = (unsigned char)text[length];
        text[length] = (char)(byte < 0x20 || byte > 0x7e ? '?' : byte);
    }
    return length;
}

void output_note(struct output *output, const char *format, ...)
{
    static const char begin[] = "[sandbox-init: ";
    if (output->file.directory == NULL) {
        return;
    }
    char text[NOTE_LENGTH_MAX];
    struct page page;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    page_begin(&page);
    page_put(&page, page.stamp, sizeof page.stamp);
    page_put(&page, begin, sizeof begin - 1);
    page_put(&page, text, mask_unprintable(text));
    page_put(&page, "]\n", 2);
    page_flush(&page, output);
}

static size_t render_loss(const struct logfile *file, char *line)
{
    char when[STAMP_LENGTH + 1];
    render_now(when);
    const int length = snprintf(line, LOGFILE_NOTE_SIZE, "%s [sandbox-init: %llu lines were lost: %s]\n",
                                when, (unsigned long long)file->lost, logfile_explain(file->error));
    return length < LOGFILE_NOTE_SIZE ? (size_t)length : LOGFILE_NOTE_SIZE - 1;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    output_drain(poll->data);
}

static void close_pipe(const struct output *output)
{
    close(output->read_fd);
    close(output->write_fd);
}

static int make_pipe(struct output *output)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return -errno;
    }
    output->read_fd = ends[0];
    output->write_fd = ends[1];
    /*
     * Who has the other end open can open it again, as /dev/stderr, whoever it is; but not our end, to take
     * lines out, as the pipe's owner could.
     */
    fchmod(ends[1], PIPE_MODE);
    /* Only our end: the description of the other one is the job's. */
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
        const int error = -errno;
        close_pipe(output);
        return error;
    }
    return 0;
}

static void open_file(struct output *output, const struct output_request *request)
{
    char name[LOGFILE_NAME_SIZE];
    snprintf(name, sizeof name, "%s" OUTPUT_FILE_SUFFIX, request->name);
    logfile_init(&output->file, request->directory, name, request->max_size, request->keep, render_loss);
    const int result = logfile_open(&output->file);
    if (result < 0) {
        say_loss(output, result, 0);
    }
}

int output_open(struct output *output, uv_loop_t *loop, const struct output_request *request)
{
    if (strlen(request->name) + sizeof OUTPUT_FILE_SUFFIX > LOGFILE_NAME_SIZE) {
        return -ENAMETOOLONG;
    }
    *output = (struct output){
        .log = request->log, .name = request->name, .label = request->label, .has_echo = request->has_echo};
    int result = make_pipe(output);
    if (result < 0) {
        return result;
    }
    result = uv_poll_init(loop, &output->poll, output->read_fd);
    if (result < 0) {
        close_pipe(output);
        return result;
    }
    output->poll.data = output;
    open_file(output, request);
    return uv_poll_start(&output->poll, UV_READABLE, on_readable);
}

void output_close(struct output *output)
{
    if (output->poll.data == NULL) {
        return;
    }
    uv_close((uv_handle_t *)&output->poll, NULL);
    output->poll.data = NULL;
    say_lost_for_good(output);
    close_pipe(output);
    logfile_close(&output->file);
}
