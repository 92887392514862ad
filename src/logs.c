/* SPDX-License-Identifier: MIT */
#include "sandbox_init/logs.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/client.h"
#include "sandbox_init/config_table.h"
#include "sandbox_init/directories.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/listing.h"
#include "sandbox_init/logfile.h"
#include "sandbox_init/nearest.h"
#include "sandbox_init/output.h"
#include "sandbox_init/stamp.h"
#include "sandbox_init/trail.h"
#include "sandbox_init/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define OWN_NAME "sandbox-init" /* no job can be called so */

enum {
    NAME_SIZE = LOGFILE_NAME_SIZE,
    SHOWN_MAX = 256,  /* bytes of a path in a message */
    POLLING_MS = 250, /* between looks, where there is no inotify to tell */
    ARMINGS_MAX = 16, /* looks for directories that appear while they are looked for */
    JSON_STAMP = 9,   /* where the time stands in a line of the init's own log in JSON */
    DIRECTORY_EVENTS = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF,
};

static const char *const name_colors[] = {"\033[36m", "\033[35m", "\033[34m",
                                          "\033[96m", "\033[95m", "\033[94m"};

/* A log, and the piece of a line that comes next in it. */
struct source {
    char name[NAME_SIZE];
    bool has_piece;
    struct trail_piece piece;
    char stamp[STAMP_LENGTH + 1]; /* of its last line that has one */
    bool is_missing_said;
    struct trail trail;
};

struct logs {
    const struct logs_request *request;
    char directory[DIRECTORIES_PATH_SIZE]; /* of the logs; "": not known */
    bool is_told;                          /* by the init: there is no other place */
    char names[LOGS_SOURCES_MAX][NAME_SIZE];
    size_t name_count;
    bool is_crowded; /* there are more */
    struct source *sources;
    size_t source_count;
    int name_width;
    uint64_t left_out; /* lines that come before the last `lines` of all */
    bool is_within;    /* what was printed last ended no line */
    int status;
    uv_loop_t loop;
    struct watch watch;
    int directory_watch; /* -1: none */
    int above_watch;     /* of the directory above, or of the nearest that there is */
    bool is_to_be_armed;
    bool is_watching; /* inotify tells */
    uv_timer_t timer;
    uv_poll_t reader; /* tells that nobody reads; its `data` is NULL: not started */
    int reader_fd;
};

__attribute__((format(printf, 3, 4))) static int fail(struct logs *logs, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("sandbox-init: ", logs->request->errors);
    vfprintf(logs->request->errors, format, arguments);
    fputc('\n', logs->request->errors);
    va_end(arguments);
    logs->status = status;
    return status;
}

/* ---- whose logs there are, and where ---- */

static void add_name(struct logs *logs, const char *name)
{
    for (size_t i = 0; i < logs->name_count; i++) {
        if (strcmp(logs->names[i], name) == 0) {
            return;
        }
    }
    if (logs->name_count == LOGS_SOURCES_MAX) {
        logs->is_crowded = true;
    } else if (strlen(name) + sizeof OUTPUT_FILE_SUFFIX <= NAME_SIZE) {
        snprintf(logs->names[logs->name_count++], NAME_SIZE, "%s", name);
    }
}

static void take_record(struct logs *logs, const char *record, struct fields_reader *reader)
{
    const bool is_init = strcmp(record, "init") == 0;
    const bool is_job = strcmp(record, "job") == 0;
    const char *key = NULL;
    const char *value = NULL;
    while (fields_next(reader, &key, &value)) {
        if (is_init && strcmp(key, "log_dir") == 0) {
            snprintf(logs->directory, sizeof logs->directory, "%s", value);
        } else if (is_job && strcmp(key, "name") == 0 && config_table_is_job_name(value)) {
            add_name(logs, value);
        }
    }
}

/* Whether it answers or not: the files are what counts. */
static void ask_init(struct logs *logs)
{
    const struct client_request question = {.runtime_dir = logs->request->runtime_dir, .text = "status"};
    struct client client;
    struct fields_reader reader;
    const char *record = NULL;
    enum client_event event = CLIENT_FAILED;
    if (client_open(&client, &question) == 0) {
        while ((event = client_next(&client, -1, &record, &reader)) == CLIENT_RECORD) {
            take_record(logs, record, &reader);
        }
    }
    client_close(&client);
    logs->is_told = event == CLIENT_END;
}

/* The names of others in a directory of logs are no concern of ours. */
static bool on_file(void *context, const char *file)
{
    static const char suffix[] = OUTPUT_FILE_SUFFIX;
    const size_t length = strlen(file);
    if (length < sizeof suffix || strcmp(file + length - (sizeof suffix - 1), suffix) != 0 ||
        length >= NAME_SIZE) {
        return true;
    }
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)(length - (sizeof suffix - 1)), file);
    if (strcmp(name, OWN_NAME) == 0 || config_table_is_job_name(name)) {
        add_name(context, name);
    }
    return true;
}

/* Returns 0 or -errno. */
static int list_directory(struct logs *logs, const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int result = fd < 0 ? -errno : listing_read(fd, on_file, logs);
    if (fd >= 0) {
        close(fd);
    }
    return result;
}

/* Takes PATH for the directory if there are logs in it, or if they cannot be listed. */
static bool try_directory(struct logs *logs, const char *path)
{
    if (logs->directory[0] != '\0' || strlen(path) >= sizeof logs->directory) {
        return logs->directory[0] != '\0';
    }
    const int result = list_directory(logs, path);
    if (logs->name_count > 0 || result == -EACCES) {
        snprintf(logs->directory, sizeof logs->directory, "%s", path);
    }
    return logs->directory[0] != '\0';
}

/* As directories_choose() names it for an init with UID. */
static bool try_temporary(struct logs *logs, uid_t uid)
{
    char path[DIRECTORIES_PATH_SIZE];
    snprintf(path, sizeof path, "%s/sandbox-init-%u/log", DIRECTORIES_TEMPORARY, (unsigned)uid);
    return try_directory(logs, path);
}

/* Where an init that does not answer us, or did not outlive its logs, has put them. */
static bool find_directory(struct logs *logs)
{
    struct stat pid1;
    const char *wanted = logs->request->log_dir != NULL ? logs->request->log_dir : DIRECTORIES_LOG;
    return try_directory(logs, wanted) || try_temporary(logs, geteuid()) ||
           (stat("/proc/1", &pid1) == 0 && try_temporary(logs, pid1.st_uid));
}

/* Who may read what we may not: the owner of the first directory that stops us, or of PATH itself. */
static uid_t find_reader(const char *path)
{
    char part[DIRECTORIES_PATH_SIZE + NAME_SIZE];
    struct stat status = {0};
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool is_open = access(part, X_OK) == 0;
        if (!is_open && stat(part, &status) == 0) {
            return status.st_uid;
        }
        *slash = '/';
    }
    return stat(part, &status) == 0 ? status.st_uid : 0;
}

static int fail_to_read(struct logs *logs, const char *path, int error)
{
    char shown[SHOWN_MAX];
    escape_text(shown, sizeof shown, path);
    if (error != -EACCES && error != -EPERM) {
        return fail(logs, CLI_STATUS_FAILED, "cannot read %s: %s", shown, strerror(-error));
    }
    const uid_t reader = find_reader(path);
    if (reader == 0) {
        return fail(logs, CLI_STATUS_FAILED, "cannot read %s: only root may; run this as root", shown);
    }
    return fail(logs, CLI_STATUS_FAILED, "cannot read %s: only uid %u and root may; run this as one of them",
                shown, (unsigned)reader);
}

static int fail_without_place(struct logs *logs)
{
    char shown[SHOWN_MAX];
    if (logs->is_told) {
        return fail(logs, CLI_STATUS_FAILED,
                    logs->name_count == 0
                        ? "there are no jobs or services, and so there are no logs; configure some"
                        : "the init writes no log files; its own log says why, and what log_dir can be");
    }
    const char *wanted = logs->request->log_dir != NULL ? logs->request->log_dir : DIRECTORIES_LOG;
    escape_text(shown, sizeof shown, wanted);
    return fail(logs, CLI_STATUS_FAILED,
                "no init runs here, and there are no logs in %s or %s/sandbox-init-%u/log; give the "
                "configuration that names their log_dir with --config",
                shown, DIRECTORIES_TEMPORARY, (unsigned)geteuid());
}

static int find_logs(struct logs *logs)
{
    ask_init(logs);
    if (!logs->is_told) {
        logs->directory[0] = '\0';
    }
    const bool is_found = logs->is_told ? logs->directory[0] != '\0' : find_directory(logs);
    if (!is_found) {
        return fail_without_place(logs);
    }
    /* What the init does not know (any more) may have left a log; that it has none yet is no failure. */
    const int result = list_directory(logs, logs->directory);
    return result < 0 && result != -ENOENT ? fail_to_read(logs, logs->directory, result) : 0;
}

static int fail_unknown(struct logs *logs)
{
    char shown[SHOWN_MAX];
    struct nearest best = {0};
    escape_text(shown, sizeof shown, logs->request->job);
    for (size_t i = 0; i < logs->name_count; i++) {
        nearest_offer(&best, logs->request->job, logs->names[i]);
    }
    if (best.name != NULL) {
        return fail(logs, CLI_STATUS_USAGE, "there is no job or service '%s'; did you mean '%s'?", shown,
                    best.name);
    }
    return fail(logs, CLI_STATUS_USAGE, "there is no job or service '%s'; `sandbox-init --status` names them",
                shown);
}

/* Leaves the names of those that are to be shown. Returns 0 or an exit status. */
static int choose_names(struct logs *logs)
{
    const char *job = logs->request->job;
    size_t kept = 0;
    if (job != NULL && strcmp(job, OWN_NAME) == 0) {
        add_name(logs, OWN_NAME);
    }
    for (size_t i = 0; i < logs->name_count; i++) {
        const bool is_own = strcmp(logs->names[i], OWN_NAME) == 0;
        if (job != NULL ? strcmp(logs->names[i], job) == 0 : !is_own) {
            memmove(logs->names[kept++], logs->names[i], NAME_SIZE);
        }
    }
    if (kept == 0 && job != NULL) {
        return fail_unknown(logs);
    }
    logs->name_count = kept;
    if (job == NULL && logs->is_crowded) {
        fail(logs, CLI_STATUS_FAILED, "there are more than %d logs: some are left out; name one",
             LOGS_SOURCES_MAX);
    }
    return 0;
}

/* ---- lines ---- */

static bool is_stamp(const char *text)
{
    static const char shape[] = "0000-00-00T00:00:00.000Z";
    for (size_t i = 0; i < STAMP_LENGTH; i++) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '0' ? !is_digit : text[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

/* The init's own log may be of JSON. */
static void take_stamp(struct source *source)
{
    const struct trail_piece *piece = &source->piece;
    const size_t at = piece->length > 0 && piece->text[0] == '{' ? JSON_STAMP : 0;
    if (piece->is_first && piece->length >= at + STAMP_LENGTH && is_stamp(piece->text + at)) {
        memcpy(source->stamp, piece->text + at, STAMP_LENGTH);
    }
}

static void load(struct source *source)
{
    source->has_piece = source->has_piece || trail_next(&source->trail, &source->piece);
    if (source->has_piece) {
        take_stamp(source);
    }
}

/* The one whose line is the oldest; of equal ones, the first. */
static struct source *find_next(struct logs *logs)
{
    struct source *best = NULL;
    for (size_t i = 0; i < logs->source_count; i++) {
        struct source *source = &logs->sources[i];
        load(source);
        if (source->has_piece && (best == NULL || strcmp(source->stamp, best->stamp) < 0)) {
            best = source;
        }
    }
    return best;
}

static void print_name(const struct logs *logs, const struct source *source)
{
    const struct logs_request *request = logs->request;
    if (request->job != NULL) {
        return;
    }
    const size_t number = (size_t)(source - logs->sources) % (sizeof name_colors / sizeof name_colors[0]);
    const char *color = request->has_colors ? name_colors[number] : "";
    fprintf(request->stream, "%s%-*s%s | ", color, logs->name_width, source->name,
            request->has_colors ? "\033[0m" : "");
}

static void print_piece(struct logs *logs, const struct source *source)
{
    const struct trail_piece *piece = &source->piece;
    FILE *stream = logs->request->stream;
    if (piece->is_first || !logs->is_within) {
        print_name(logs, source);
    }
    if (logs->request->is_terminal) {
        char shown[TRAIL_LINE_MAX * ESCAPE_WIDTH_MAX + 1];
        const size_t length = escape_line(shown, sizeof shown, piece->text, piece->length);
        fwrite(shown, 1, length, stream);
    } else {
        fwrite(piece->text, 1, piece->length, stream);
    }
    /* One log's bytes stay what they are; in what is put together, and for people, each has a line. */
    const bool is_free = logs->request->job == NULL || logs->request->is_terminal;
    if (piece->has_newline || (piece->is_last && is_free)) {
        fputc('\n', stream);
    }
    logs->is_within = !piece->is_last;
}

/* The whole line that is next in SOURCE, as far as it is there. */
static void take_line(struct logs *logs, struct source *source)
{
    const bool is_left_out = logs->left_out > 0;
    logs->left_out -= is_left_out ? 1 : 0;
    bool is_last = false;
    while (source->has_piece && !is_last) {
        is_last = source->piece.is_last;
        if (!is_left_out) {
            print_piece(logs, source);
        }
        source->has_piece = !is_last && trail_next(&source->trail, &source->piece);
    }
    if (!is_last && logs->request->job == NULL && logs->is_within) {
        fputc('\n', logs->request->stream);
        logs->is_within = false;
    }
}

static void say_missing(struct logs *logs, struct source *source)
{
    if (source->trail.has_missed && !source->is_missing_said) {
        source->is_missing_said = true;
        fprintf(logs->request->errors,
                "sandbox-init: lines of %s may be missing here: a file of its log was removed before it was "
                "read, or just now\n",
                source->name);
    }
}

/* Prints what there is. Returns false when the stream cannot be written. */
static bool pump(struct logs *logs)
{
    struct source *source = NULL;
    while (ferror(logs->request->stream) == 0 && (source = find_next(logs)) != NULL) {
        take_line(logs, source);
    }
    for (size_t i = 0; i < logs->source_count; i++) {
        say_missing(logs, &logs->sources[i]);
    }
    if (fflush(logs->request->stream) == 0 && ferror(logs->request->stream) == 0) {
        return true;
    }
    if (errno == EPIPE) { /* who reads has seen enough */
        logs->status = CLI_STATUS_SYSTEM;
    } else {
        fail(logs, CLI_STATUS_SYSTEM, "cannot write the lines: %s", strerror(errno));
    }
    return false;
}

/* ---- opening ---- */

static void open_source(struct logs *logs, const char *name)
{
    struct source *source = &logs->sources[logs->source_count++];
    char file[NAME_SIZE];
    snprintf(source->name, sizeof source->name, "%s", name);
    snprintf(file, sizeof file, "%.*s" OUTPUT_FILE_SUFFIX, (int)(NAME_SIZE - sizeof OUTPUT_FILE_SUFFIX),
             name);
    const int width = (int)strlen(name);
    logs->name_width = width > logs->name_width ? width : logs->name_width;
    const int result =
        trail_open(&source->trail, logs->directory, file, logs->request->lines, logs->request->is_following);
    if (result < 0 && result != -ENOENT) {
        char path[DIRECTORIES_PATH_SIZE + NAME_SIZE];
        snprintf(path, sizeof path, "%s/%s", logs->directory, file);
        fail_to_read(logs, path, result);
    } else if (result < 0 && logs->request->job != NULL && !logs->request->is_following) {
        fprintf(logs->request->errors, "sandbox-init: %s has no log yet\n", name);
    }
}

/* Of several logs there is to be no more than the last lines of all together. */
static void open_sources(struct logs *logs)
{
    uint64_t count = 0;
    for (size_t i = 0; i < logs->name_count; i++) {
        open_source(logs, logs->names[i]);
        count += logs->sources[i].trail.line_count;
    }
    const uint64_t wanted = logs->request->lines >= 0 ? (uint64_t)logs->request->lines : UINT64_MAX;
    logs->left_out = count > wanted ? count - wanted : 0;
}

static void close_sources(struct logs *logs)
{
    for (size_t i = 0; i < logs->source_count; i++) {
        struct source *source = &logs->sources[i];
        if (source->trail.error < 0 && logs->status == CLI_STATUS_OK) {
            char path[DIRECTORIES_PATH_SIZE + NAME_SIZE + sizeof OUTPUT_FILE_SUFFIX];
            snprintf(path, sizeof path, "%s/%s" OUTPUT_FILE_SUFFIX, logs->directory, source->name);
            fail_to_read(logs, path, source->trail.error);
        }
        trail_close(&source->trail);
    }
    free(logs->sources);
}

/* ---- following ---- */

/* Watches the directory PATH. Returns its id or -errno. */
static int watch_path(struct logs *logs, const char *path, uint32_t mask)
{
    const int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    const int id = watch_add(&logs->watch, fd, mask);
    close(fd);
    return id;
}

/* Makes PATH that of the directory above. Returns false for "/". */
static bool cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash[1] == '\0') {
        return false;
    }
    slash[slash == path ? 1 : 0] = '\0';
    return true;
}

static void replace_watch(struct logs *logs, int *id, int new_id, int kept_id)
{
    if (*id >= 0 && *id != new_id && *id != kept_id) {
        watch_remove(&logs->watch, *id);
    }
    *id = new_id;
}

/* Watches the directory if it is there, and the nearest one above it, which tells when it comes and goes. */
static int arm_once(struct logs *logs)
{
    char path[DIRECTORIES_PATH_SIZE];
    snprintf(path, sizeof path, "%s", logs->directory);
    const int id = watch_path(logs, path, DIRECTORY_EVENTS | IN_MODIFY);
    int above = -ENOENT;
    while (above == -ENOENT && cut_last(path)) {
        above = watch_path(logs, path, DIRECTORY_EVENTS);
    }
    replace_watch(logs, &logs->directory_watch, id, above);
    replace_watch(logs, &logs->above_watch, above, id);
    return id != -ENOENT && id < 0 ? id : above;
}

/* Until a look that changes nothing: what appeared before its parent was watched was not told. */
static void arm(struct logs *logs)
{
    int result = 0;
    int before = -1;
    int above = -1;
    int count = 0;
    do {
        before = logs->directory_watch;
        above = logs->above_watch;
        result = arm_once(logs);
    } while (result >= 0 && ++count < ARMINGS_MAX &&
             (before != logs->directory_watch || above != logs->above_watch));
    logs->is_to_be_armed = false;
    logs->is_watching = result >= 0;
}

static void on_timer(uv_timer_t *timer);

/* What inotify does not tell is looked after. */
static void set_timer(struct logs *logs)
{
    if (logs->is_watching) {
        uv_timer_stop(&logs->timer);
    } else if (uv_is_active((const uv_handle_t *)&logs->timer) == 0) {
        uv_timer_start(&logs->timer, on_timer, POLLING_MS, POLLING_MS);
    }
}

static void look_again(struct logs *logs)
{
    if (logs->is_to_be_armed && watch_is_running(&logs->watch)) {
        arm(logs);
        set_timer(logs);
    }
    if (!pump(logs)) {
        uv_stop(&logs->loop);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct logs *logs = timer->data;
    logs->is_to_be_armed = true;
    look_again(logs);
}

static void on_watch(void *context, const struct watch_event *event)
{
    struct logs *logs = context;
    if (event == NULL) {
        look_again(logs);
    } else if (event->id != logs->directory_watch ||
               (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
        logs->is_to_be_armed = true;
    }
}

static void on_reader(uv_poll_t *poll, int status, int events)
{
    (void)events;
    if (status < 0) {
        struct logs *logs = poll->data;
        uv_stop(&logs->loop);
    }
}

/*
 * Whoever reads a pipe from us may leave while there is nothing to write. The pipe is opened once more, since
 * the loop makes what it polls non-blocking, for everybody who has it.
 */
static void watch_reader(struct logs *logs)
{
    char path[sizeof "/proc/self/fd/" + 11];
    struct stat status;
    const int fd = fileno(logs->request->stream);
    if (fstat(fd, &status) < 0 || !S_ISFIFO(status.st_mode)) {
        return;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    logs->reader_fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (logs->reader_fd >= 0 && uv_poll_init(&logs->loop, &logs->reader, logs->reader_fd) == 0) {
        logs->reader.data = logs;
        uv_poll_start(&logs->reader, UV_DISCONNECT, on_reader);
    }
}

static void close_loop(struct logs *logs)
{
    watch_stop(&logs->watch);
    uv_close((uv_handle_t *)&logs->timer, NULL);
    if (logs->reader.data != NULL) {
        uv_close((uv_handle_t *)&logs->reader, NULL);
    }
    uv_run(&logs->loop, UV_RUN_DEFAULT);
    uv_loop_close(&logs->loop);
    if (logs->reader_fd >= 0) {
        close(logs->reader_fd);
    }
}

static void follow(struct logs *logs)
{
    const int result = uv_loop_init(&logs->loop);
    if (result < 0) {
        fail(logs, CLI_STATUS_SYSTEM, "cannot follow: %s", strerror(-result));
        return;
    }
    uv_timer_init(&logs->loop, &logs->timer);
    logs->timer.data = logs;
    logs->directory_watch = logs->above_watch = logs->reader_fd = -1;
    if (watch_start(&logs->watch, &logs->loop, on_watch, logs) == 0) {
        arm(logs);
    }
    set_timer(logs);
    watch_reader(logs);
    if (pump(logs)) {
        uv_run(&logs->loop, UV_RUN_DEFAULT);
    }
    close_loop(logs);
}

static void show(struct logs *logs)
{
    logs->sources = calloc(logs->name_count > 0 ? logs->name_count : 1, sizeof *logs->sources);
    if (logs->sources == NULL) {
        fail(logs, CLI_STATUS_SYSTEM, "there is no memory to read the logs");
        return;
    }
    open_sources(logs);
    if (logs->request->is_following) {
        follow(logs);
    } else {
        pump(logs);
    }
    close_sources(logs);
}

int logs_run(const struct logs_request *request)
{
    struct logs logs = {.request = request};
    if (find_logs(&logs) == 0 && choose_names(&logs) == 0) {
        show(&logs);
    }
    return logs.status;
}
