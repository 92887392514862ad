/* SPDX-License-Identifier: MIT */
#include "sandbox_init/client.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/directories.h"
#include "sandbox_init/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_NAME "control"
#define OWN_NAME    "sandbox-init"

enum {
    PLACES_MAX = 5,
    PLACE_SIZE = DIRECTORIES_PATH_SIZE,
    SHOWN_MAX = 160, /* bytes of a path or of somebody's text in a message */
    TRY_AGAIN_MS = 20,
};

/* Where the socket may be, the likeliest first. */
struct places {
    char paths[PLACES_MAX][PLACE_SIZE]; /* directories */
    size_t count;
    uid_t owner; /* of PID 1; -1: not known */
};

/* What was found there, of which the most telling is said. */
enum finding { FINDING_NONE, FINDING_DEAD, FINDING_CLOSED, FINDING_STRANGER, FINDING_HUNG, FINDING_INIT };

static uint64_t now_ms(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

__attribute__((format(printf, 3, 4))) static int fail(struct client *client, int status, const char *format,
                                                      ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(client->message, sizeof client->message, format, arguments);
    va_end(arguments);
    client->status = status;
    return status;
}

/* ---- where it may be ---- */

static void add_place(struct places *places, const char *path)
{
    for (size_t i = 0; i < places->count; i++) {
        if (strcmp(places->paths[i], path) == 0) {
            return;
        }
    }
    if (strlen(path) < PLACE_SIZE) {
        memcpy(places->paths[places->count++], path, strlen(path) + 1);
    }
}

/* As directories_choose() names it for an init with UID. */
static void add_temporary(struct places *places, uid_t uid)
{
    char path[PLACE_SIZE];
    snprintf(path, sizeof path, "%s/sandbox-init-%u", DIRECTORIES_TEMPORARY, (unsigned)uid);
    add_place(places, path);
}

static void list_places(struct places *places, const char *runtime_dir)
{
    struct stat status;
    *places = (struct places){.owner = (uid_t)-1};
    if (runtime_dir != NULL) {
        add_place(places, runtime_dir);
    }
    add_place(places, DIRECTORIES_RUNTIME);
    add_temporary(places, geteuid());
    /* The directory itself belongs to the process's user even where it is not dumpable (proc(5)). */
    if (stat("/proc/1", &status) == 0) {
        places->owner = status.st_uid;
        add_temporary(places, places->owner);
    }
    add_temporary(places, 0);
}

static bool is_believed(const struct places *places, uid_t uid)
{
    return uid == 0 || uid == geteuid() || uid == places->owner;
}

/* ---- getting there ---- */

static int set_patience(int fd, int option, uint64_t ms)
{
    const struct timeval time = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
    return setsockopt(fd, SOL_SOCKET, option, &time, sizeof time);
}

static int connect_here(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    return connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
}

/* A longer path than an address takes: from within its directory, and back. */
static int connect_from_within(int fd, const char *directory)
{
    const int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (here < 0) {
        return -errno;
    }
    int result = chdir(directory) < 0 ? -errno : connect_here(fd, SOCKET_NAME);
    if (fchdir(here) < 0 && result == 0) {
        result = -errno;
    }
    close(here);
    return result;
}

static int connect_to(int fd, const char *directory)
{
    char path[PLACE_SIZE + sizeof SOCKET_NAME];
    const int length = snprintf(path, sizeof path, "%s/%s", directory, SOCKET_NAME);
    return (size_t)length < sizeof(((struct sockaddr_un *)NULL)->sun_path)
               ? connect_here(fd, path)
               : connect_from_within(fd, directory);
}

/* Connecting takes as long as the other side has too many waiting. */
static enum finding try_connected(struct client *client, const struct places *places, int error)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof peer;
    if (error == -EAGAIN || error == -ETIMEDOUT) {
        return FINDING_HUNG;
    }
    if (error == -EACCES) {
        return FINDING_CLOSED;
    }
    if (error < 0) {
        return error == -ECONNREFUSED ? FINDING_DEAD : FINDING_NONE;
    }
    if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || !is_believed(places, peer.uid)) {
        client->uid = peer.uid;
        return FINDING_STRANGER;
    }
    client->uid = peer.uid;
    client->pid = peer.pid;
    return FINDING_INIT;
}

static enum finding try_place(struct client *client, const struct places *places, const char *directory)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return FINDING_NONE;
    }
    client->fd = fd;
    set_patience(fd, SO_SNDTIMEO, client->patience_ms);
    const enum finding finding = try_connected(client, places, connect_to(fd, directory));
    if (finding != FINDING_INIT) {
        close(fd);
        client->fd = -1;
    }
    return finding;
}

/* ---- nobody there ---- */

/* Is PID 1 an init of ours, which may not have come to its socket yet? */
static bool is_pid1_ours(void)
{
    char name[32] = "";
    const int fd = open("/proc/1/comm", O_RDONLY | O_CLOEXEC);
    const ssize_t length = fd >= 0 ? read(fd, name, sizeof name - 1) : -1;
    if (fd >= 0) {
        close(fd);
    }
    return length > 0 && strcmp(name, OWN_NAME "\n") == 0;
}

static void write_places(const struct places *places, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < places->count && used < size; i++) {
        char shown[SHOWN_MAX];
        escape_text(shown, sizeof shown, places->paths[i]);
        used += (size_t)snprintf(text + used, size - used, "%s%s/" SOCKET_NAME, i > 0 ? ", " : "", shown);
    }
}

static int fail_to_find(struct client *client, const struct places *places, enum finding finding,
                        const char *directory)
{
    char shown[SHOWN_MAX];
    char all[CLIENT_MESSAGE_SIZE / 2];
    escape_text(shown, sizeof shown, directory);
    write_places(places, all, sizeof all);
    switch (finding) {
    case FINDING_HUNG:
        return fail(client, CLI_STATUS_NO_INIT,
                    "the init does not take connections on %s/" SOCKET_NAME ": it hangs, or was stopped",
                    shown);
    case FINDING_STRANGER:
        return fail(
            client, CLI_STATUS_NO_INIT,
            "no init runs here: uid %u listens on %s/" SOCKET_NAME
            ", and is neither root, nor you, nor the owner of PID 1; run this as root, or as that user "
            "if it is the init's",
            (unsigned)client->uid, shown);
    case FINDING_CLOSED:
        return fail(client, CLI_STATUS_NO_INIT,
                    "no init answers: uid %u may not look into %s; run this as root or as the init's user",
                    (unsigned)geteuid(), shown);
    case FINDING_DEAD:
        return fail(client, CLI_STATUS_NO_INIT,
                    "no init runs here: the one of %s/" SOCKET_NAME " is dead; start sandbox-init as the "
                    "container's entrypoint",
                    shown);
    case FINDING_NONE:
    case FINDING_INIT:
        break;
    }
    return fail(client, CLI_STATUS_NO_INIT,
                "no init runs here, or it has no control socket (looked for %s); start sandbox-init as the "
                "container's entrypoint, or give its configuration with --config",
                all);
}

/* Tries all places once. Returns the most telling of what was found, and where. */
static enum finding try_places(struct client *client, const struct places *places, const char **ret_directory)
{
    enum finding best = FINDING_NONE;
    for (size_t i = 0; i < places->count && best != FINDING_INIT; i++) {
        const enum finding finding = try_place(client, places, places->paths[i]);
        if (finding > best) {
            best = finding;
            *ret_directory = places->paths[i];
        }
    }
    return best;
}

static int find_init(struct client *client, const char *runtime_dir)
{
    struct places places;
    list_places(&places, runtime_dir);
    const char *directory = "";
    const uint64_t birth_ms = client->patience_ms < CLIENT_BIRTH_MS ? client->patience_ms : CLIENT_BIRTH_MS;
    const uint64_t until = now_ms() + birth_ms;
    const struct timespec pause = {.tv_nsec = TRY_AGAIN_MS * 1000000L};
    enum finding finding = try_places(client, &places, &directory);
    while (finding != FINDING_INIT && finding != FINDING_HUNG && finding != FINDING_CLOSED &&
           now_ms() < until && is_pid1_ours()) {
        nanosleep(&pause, NULL);
        finding = try_places(client, &places, &directory);
    }
    return finding == FINDING_INIT ? 0 : fail_to_find(client, &places, finding, directory);
}

/* ---- asking ---- */

static int ask(struct client *client, const char *text)
{
    char line[CLIENT_REQUEST_MAX + 1];
    const int length = snprintf(line, sizeof line, "%s\n", text);
    if (length > CLIENT_REQUEST_MAX) {
        return fail(client, CLI_STATUS_USAGE, "these are too many names for one request; give fewer of them");
    }
    /* It refuses some before they ask; then what it says is there all the same. */
    const ssize_t sent = send(client->fd, line, (size_t)length, MSG_NOSIGNAL);
    if (sent != length && errno != EPIPE && errno != ECONNRESET) {
        return fail(client, CLI_STATUS_NO_INIT, "the init does not take a request: %s", strerror(errno));
    }
    return 0;
}

int client_open(struct client *client, const struct client_request *request)
{
    *client = (struct client){
        .fd = -1,
        .is_endless = request->is_endless,
        .patience_ms = request->patience_ms > 0 ? request->patience_ms : CLIENT_PATIENCE_MS,
    };
    int status = find_init(client, request->runtime_dir);
    if (status == 0) {
        status = ask(client, request->text);
    }
    client->deadline_ms = now_ms() + client->patience_ms;
    if (status != 0) {
        client_close(client);
    }
    return status;
}

/* ---- the answer ---- */

static enum client_event give_up(struct client *client)
{
    client_close(client);
    return CLIENT_FAILED;
}

static enum client_event fail_late(struct client *client)
{
    fail(client, CLI_STATUS_NO_INIT,
         "the init (pid %d) does not answer: it hangs, or was stopped; try `kill -CONT %d`, or restart the "
         "container",
         (int)client->pid, (int)client->pid);
    return give_up(client);
}

static enum client_event fail_nonsense(struct client *client, const char *what)
{
    fail(client, CLI_STATUS_NO_INIT, "who answers (pid %d) is no init of ours: %s", (int)client->pid, what);
    return give_up(client);
}

static enum client_event fail_ended(struct client *client)
{
    fail(client, CLI_STATUS_NO_INIT, "the init (pid %d) ended before it had answered", (int)client->pid);
    return give_up(client);
}

static int find_code_status(const char *code)
{
    static const struct {
        const char *code;
        int status;
    } rows[] = {
        {"unknown", CLI_STATUS_USAGE},   {"denied", CLI_STATUS_DENIED},  {"busy", CLI_STATUS_BUSY},
        {"stopping", CLI_STATUS_FAILED}, {"request", CLI_STATUS_SYSTEM},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].code, code) == 0) {
            return rows[i].status;
        }
    }
    return CLI_STATUS_SYSTEM;
}

static enum client_event take_error(struct client *client, struct fields_reader *reader)
{
    const char *key = NULL;
    const char *value = NULL;
    client->status = CLI_STATUS_SYSTEM;
    snprintf(client->message, sizeof client->message, "the init refuses, and does not say why");
    while (fields_next(reader, &key, &value)) {
        if (strcmp(key, "message") == 0) {
            escape_text(client->message, sizeof client->message, value);
        } else if (strcmp(key, "code") == 0) {
            client->status = find_code_status(value);
        }
    }
    return give_up(client);
}

/* Looks at the record `init` without taking it: whoever asked gets it whole. */
static bool is_protocol_known(const char *line)
{
    char copy[FIELDS_LINE_MAX];
    struct fields_reader reader;
    const char *key = NULL;
    const char *value = NULL;
    uint64_t protocol = 0;
    memcpy(copy, line, strlen(line) + 1);
    if (strcmp(fields_open(&reader, copy), "init") != 0) {
        return false;
    }
    while (fields_next(&reader, &key, &value)) {
        if (strcmp(key, "protocol") == 0) {
            return fields_read_number(value, &protocol) && protocol == CLIENT_PROTOCOL;
        }
    }
    return false;
}

static bool is_record(const char *line, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(line, name, length) == 0 && (line[length] == '\0' || line[length] == '\t');
}

static enum client_event take_line(struct client *client, char *line, const char **ret_name,
                                   struct fields_reader *ret_reader)
{
    if (is_record(line, "error")) {
        fields_open(ret_reader, line);
        return take_error(client, ret_reader);
    }
    if (!client->is_begun && !is_protocol_known(line)) {
        return fail_nonsense(client,
                             is_record(line, "init")
                                 ? "its protocol is not 1; use the sandbox-init that the container runs"
                                 : "it does not begin with the record 'init'");
    }
    client->is_begun = true;
    if (client->is_endless) {
        client->deadline_ms = 0;
    }
    *ret_name = fields_open(ret_reader, line);
    if (strcmp(*ret_name, "end") == 0) {
        client_close(client);
        return CLIENT_END;
    }
    return CLIENT_RECORD;
}

/* Returns the next whole line, cut out of the buffer; NULL: there is none. */
static char *cut_line(struct client *client)
{
    char *const begin = client->buffer + client->taken;
    char *const end = memchr(begin, '\n', client->used - client->taken);
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    client->taken = (size_t)(end + 1 - client->buffer);
    return begin;
}

static void make_room(struct client *client)
{
    client->used -= client->taken;
    memmove(client->buffer, client->buffer + client->taken, client->used);
    client->taken = 0;
}

/* Milliseconds to wait: PATIENCE_MS, but no longer than until the deadline. */
static int find_wait(const struct client *client, int64_t patience_ms)
{
    const uint64_t now = now_ms();
    int64_t wait = patience_ms;
    if (client->deadline_ms != 0) {
        const int64_t left = client->deadline_ms > now ? (int64_t)(client->deadline_ms - now) : 0;
        wait = wait < 0 || left < wait ? left : wait;
    }
    return wait > 1 << 30 ? 1 << 30 : (int)wait;
}

/* Returns CLIENT_RECORD when there are more bytes. */
static enum client_event receive(struct client *client, int64_t patience_ms)
{
    make_room(client);
    if (client->used == sizeof client->buffer || client->received > CLIENT_ANSWER_MAX) {
        return fail_nonsense(client, client->used == sizeof client->buffer
                                         ? "it sends a line without an end"
                                         : "its answer does not come to an end");
    }
    /* Not only when nothing comes: a byte now and then is no answer either. */
    struct pollfd ready = {.fd = client->fd, .events = POLLIN};
    const int count = poll(&ready, 1, find_wait(client, patience_ms));
    if (client->deadline_ms != 0 && now_ms() >= client->deadline_ms) {
        return fail_late(client);
    }
    if (count <= 0) {
        return CLIENT_NOTHING;
    }
    const ssize_t got =
        recv(client->fd, client->buffer + client->used, sizeof client->buffer - client->used, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return CLIENT_NOTHING;
    }
    if (got <= 0) {
        return fail_ended(client);
    }
    client->used += (size_t)got;
    client->received += client->is_endless ? 0 : (size_t)got;
    return CLIENT_RECORD;
}

enum client_event client_next(struct client *client, int64_t patience_ms, const char **ret_name,
                              struct fields_reader *ret_reader)
{
    const uint64_t until = patience_ms > 0 ? now_ms() + (uint64_t)patience_ms : 0;
    char *line = cut_line(client);
    while (line == NULL) {
        if (client->fd < 0) {
            return CLIENT_FAILED;
        }
        const enum client_event event = receive(client, patience_ms);
        if (event == CLIENT_FAILED || (event == CLIENT_NOTHING && patience_ms >= 0)) {
            return event;
        }
        line = cut_line(client);
        if (until != 0) {
            const uint64_t now = now_ms();
            patience_ms = until > now ? (int64_t)(until - now) : 0;
        }
    }
    return take_line(client, line, ret_name, ret_reader);
}

int client_report(const struct client *client)
{
    fprintf(stderr, "sandbox-init: %s\n", client->message);
    return client->status;
}

void client_close(struct client *client)
{
    if (client->fd >= 0) {
        close(client->fd);
        client->fd = -1;
    }
    client->taken = client->used = 0;
}
