/* SPDX-License-Identifier: MIT */
/*
 * client: a fake init that says whatever it likes, or nothing, and what is made of it. Time is ours: a wait
 * that nobody ends is over at once.
 *
 * WRAP: connect poll clock_gettime setsockopt getsockopt geteuid stat open nanosleep
 */
#include "fake_init.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/client.h"

#include <fcntl.h>
#include <poll.h>
#include <time.h>

#define INIT "init\tprotocol=1\tversion=0.1.0\n"

enum {
    REAL_WAIT_MS = 300, /* that the fake may take to answer */
};

static struct client client;

/* ---- what is wrapped ---- */

static uint64_t skipped_ms;  /* time that was not waited for */
static uid_t pretended_peer; /* -1: the real one */
static uid_t pretended_euid;
static uid_t pretended_owner; /* of /proc/1 */
static const char *pretended_comm;
static unsigned naps;
static bool is_always_waiting; /* even when it was not asked to: something comes before the time is over */

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    const int result = __real_clock_gettime(clock, time);
    time->tv_sec += (time_t)(skipped_ms / 1000);
    return result;
}

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    timeout = is_always_waiting ? REAL_WAIT_MS : timeout;
    const int ready =
        __real_poll(fds, count, timeout < REAL_WAIT_MS && timeout >= 0 ? timeout : REAL_WAIT_MS);
    if (ready == 0 && timeout > REAL_WAIT_MS) {
        skipped_ms += (uint64_t)timeout + 1000;
    }
    return ready;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *rest);
int __wrap_nanosleep(const struct timespec *time, struct timespec *rest)
{
    (void)time;
    (void)rest;
    naps++;
    skipped_ms += 1000;
    return 0;
}

int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    const struct timeval short_time = {.tv_usec = 100000};
    return __real_setsockopt(fd, level, option, option == SO_SNDTIMEO ? &short_time : value, size);
}

int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
    const int result = __real_getsockopt(fd, level, option, value, size);
    if (option == SO_PEERCRED && pretended_peer != (uid_t)-1) {
        ((struct ucred *)value)->uid = pretended_peer;
    }
    return result;
}

uid_t __wrap_geteuid(void);
uid_t __wrap_geteuid(void)
{
    return pretended_euid;
}

int __real_stat(const char *path, struct stat *status);
int __wrap_stat(const char *path, struct stat *status);
int __wrap_stat(const char *path, struct stat *status)
{
    if (strcmp(path, "/proc/1") != 0) {
        return __real_stat(path, status);
    }
    *status = (struct stat){.st_uid = pretended_owner};
    return 0;
}

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
    if (strcmp(path, "/proc/1/comm") != 0) {
        return __real_open(path, flags, mode);
    }
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(write(ends[1], pretended_comm, strlen(pretended_comm)) > 0);
    close(ends[1]);
    return ends[0];
}

static int begin(void **state)
{
    (void)state;
    skipped_ms = 0;
    naps = 0;
    is_always_waiting = false;
    pretended_peer = (uid_t)-1;
    pretended_euid = getuid();
    pretended_owner = 0;
    pretended_comm = "tini\n";
    fake_tried[0] = '\0';
    fake_error = ENOENT;
    return 0;
}

/* ---- asking ---- */

static int ask(const char *runtime_dir, bool is_endless)
{
    const struct client_request request = {
        .runtime_dir = runtime_dir, .text = "status", .is_endless = is_endless};
    memset(&client, 0xa5, sizeof client);
    return client_open(&client, &request);
}

/* Joins what comes, "name[key=value,key=value] ...", until it ends, and says how. */
static const char *read_all(int64_t patience_ms)
{
    static char all[4096];
    size_t used = 0;
    const char *name = NULL;
    struct fields_reader reader;
    enum client_event event;
    all[0] = '\0';
    while ((event = client_next(&client, patience_ms, &name, &reader)) == CLIENT_RECORD) {
        const char *key = NULL;
        const char *value = NULL;
        used += (size_t)snprintf(all + used, sizeof all - used, "%s", name);
        while (fields_next(&reader, &key, &value) && used < sizeof all) {
            used += (size_t)snprintf(all + used, sizeof all - used, "[%s=%s]", key, value);
        }
        used += (size_t)snprintf(all + used, sizeof all - used, " ");
        assert_true(used < sizeof all);
    }
    const char *how = event == CLIENT_END ? "END" : event == CLIENT_NOTHING ? "NOTHING" : client.message;
    snprintf(all + used, sizeof all - used, "%s", how);
    return all;
}

static void an_answer_is_read_to_its_end(void **state)
{
    (void)state;
    fake_start_one(INIT "guard\tlevel=full\treason=\njob\tname=a\\tb\\x1b\nend\njob\tname=late\n",
                   FAKE_CLOSES);
    assert_int_equal(ask(fake.directory, false), 0);
    assert_int_equal(client.uid, getuid());
    assert_int_equal(client.pid, getpid()); /* who listened, not who accepts */
    assert_string_equal(read_all(-1),
                        "init[protocol=1][version=0.1.0] guard[level=full][reason=] job[name=a\tb\x1b] END");
    assert_int_equal(client.fd, -1);
    assert_string_equal(fake_stop(), "status\n");
}

struct nonsense {
    const char *text;
    enum fake_manner manner;
    int status;
    const char *message; /* PID: who listened, ours */
};

static void write_message(char *message, size_t size, const char *text)
{
    size_t used = 0;
    for (const char *pid; (pid = strstr(text, "PID")) != NULL; text = pid + 3) {
        used +=
            (size_t)snprintf(message + used, size - used, "%.*s%d", (int)(pid - text), text, (int)getpid());
    }
    snprintf(message + used, size - used, "%s", text);
}

static void whatever_is_said_ends_in_a_message(void **state)
{
    (void)state;
    static const struct nonsense rows[] = {
        {"", FAKE_CLOSES, 3, "the init (pid PID) ended before it had answered"},
        {INIT, FAKE_CLOSES, 3, "the init (pid PID) ended before it had answered"},
        {INIT "job\tname=half", FAKE_CLOSES, 3, "the init (pid PID) ended before it had answered"},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", FAKE_CLOSES, 3,
         "who answers (pid PID) is no init of ours: it does not begin with the record 'init'"},
        {"\n", FAKE_CLOSES, 3,
         "who answers (pid PID) is no init of ours: it does not begin with the record 'init'"},
        {"end\n", FAKE_CLOSES, 3,
         "who answers (pid PID) is no init of ours: it does not begin with the record 'init'"},
        {"initial\tprotocol=1\nend\n", FAKE_CLOSES, 3,
         "who answers (pid PID) is no init of ours: it does not begin with the record 'init'"},
        {"init\tversion=9\nend\n", FAKE_CLOSES, 3,
         "who answers (pid PID) is no init of ours: its protocol is not 1; use the sandbox-init that the "
         "container "
         "runs"},
        {"init\tprotocol=2\nend\n", FAKE_CLOSES, 3,
         "who answers (pid PID) is no init of ours: its protocol is not 1; use the sandbox-init that the "
         "container "
         "runs"},
        {"", FAKE_HANGS, 3,
         "the init (pid PID) does not answer: it hangs, or was stopped; try `kill -CONT PID`, or restart the "
         "container"},
        {INIT "job\tname=a\n", FAKE_HANGS, 3,
         "the init (pid PID) does not answer: it hangs, or was stopped; try `kill -CONT PID`, or restart the "
         "container"},
        {"x", FAKE_FLOODS, 3, "who answers (pid PID) is no init of ours: it sends a line without an end"},
        {INIT, FAKE_FLOODS, 3,
         "who answers (pid PID) is no init of ours: its answer does not come to an end"},
        {"error\tcode=unknown\tmessage=there is no \\x1b[2J\n", FAKE_CLOSES, 64, "there is no \\e[2J"},
        {"error\tcode=denied\tmessage=no\n", FAKE_CLOSES, 77, "no"},
        {"error\tcode=busy\tmessage=no\n", FAKE_CLOSES, 75, "no"},
        {"error\tcode=stopping\tmessage=no\n", FAKE_CLOSES, 1, "no"},
        {"error\tcode=request\tmessage=no\n", FAKE_CLOSES, 71, "no"},
        {"error\tcode=new\tmessage=no\n", FAKE_CLOSES, 71, "no"},
        {"error\n", FAKE_CLOSES, 71, "the init refuses, and does not say why"},
        {INIT "error\tcode=denied\tmessage=late\n", FAKE_CLOSES, 77, "late"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char message[256];
        begin(NULL);
        fake_start_one(rows[i].text, rows[i].manner);
        write_message(message, sizeof message, rows[i].message);
        assert_int_equal(ask(fake.directory, false), 0);
        const char *name = NULL;
        struct fields_reader reader;
        enum client_event event;
        do {
            event = client_next(&client, -1, &name, &reader);
        } while (event == CLIENT_RECORD);
        if (event != CLIENT_FAILED || client.status != rows[i].status ||
            strcmp(client.message, message) != 0) {
            fail_msg("row %zu: event %d, status %d, '%s'", i, (int)event, client.status, client.message);
        }
        assert_int_equal(client.fd, -1);
        assert_int_equal(client_next(&client, -1, &name, &reader), CLIENT_FAILED);
        fake_stop();
    }
}

/* A byte now and then does not put the deadline off. */
static void a_trickle_is_no_answer(void **state)
{
    (void)state;
    const char *name = NULL;
    struct fields_reader reader;
    fake_start_one("init\tprotocol=1", FAKE_TRICKLES);
    assert_int_equal(ask(fake.directory, false), 0);
    assert_int_equal(client_next(&client, 50, &name, &reader), CLIENT_NOTHING);
    skipped_ms += CLIENT_PATIENCE_MS + 1000;
    is_always_waiting = true;
    assert_int_equal(client_next(&client, -1, &name, &reader), CLIENT_FAILED);
    assert_int_equal(client.status, CLI_STATUS_NO_INIT);
    assert_non_null(strstr(client.message, "does not answer"));
    fake_stop();
}

static void an_endless_answer_may_be_silent_once_it_has_begun(void **state)
{
    (void)state;
    fake_start_one(INIT "job\tname=a\n", FAKE_HANGS);
    assert_int_equal(ask(fake.directory, true), 0);
    assert_true(client.deadline_ms != 0);
    const char *name = NULL;
    struct fields_reader reader;
    assert_int_equal(client_next(&client, -1, &name, &reader), CLIENT_RECORD);
    assert_string_equal(name, "init");
    assert_int_equal(client_next(&client, -1, &name, &reader), CLIENT_RECORD);
    assert_true(client.deadline_ms == 0);
    skipped_ms += 1000 * (uint64_t)CLIENT_PATIENCE_MS;
    assert_int_equal(client_next(&client, 20, &name, &reader), CLIENT_NOTHING);
    assert_int_equal(client_next(&client, 0, &name, &reader), CLIENT_NOTHING);
    client_close(&client);
    fake_stop();
}

static void an_endless_answer_must_begin(void **state)
{
    (void)state;
    fake_start_one("", FAKE_HANGS);
    assert_int_equal(ask(fake.directory, true), 0);
    const char *name = NULL;
    struct fields_reader reader;
    assert_int_equal(client_next(&client, -1, &name, &reader), CLIENT_FAILED);
    assert_int_equal(client.status, CLI_STATUS_NO_INIT);
    fake_stop();
}

static void an_endless_answer_may_be_of_any_length(void **state)
{
    (void)state;
    static char line[8192];
    memset(line, 'x', sizeof line);
    memcpy(line, INIT "job\tname=", strlen(INIT "job\tname="));
    line[sizeof line - 2] = '\n';
    line[sizeof line - 1] = '\0';
    fake_start_one(line, FAKE_FLOODS);
    assert_int_equal(ask(fake.directory, true), 0);
    const char *name = NULL;
    struct fields_reader reader;
    for (size_t i = 0; i < 3 * (size_t)CLIENT_ANSWER_MAX / sizeof line; i++) {
        assert_int_equal(client_next(&client, -1, &name, &reader), CLIENT_RECORD);
    }
    client_close(&client);
    fake_stop();
}

/* ---- whom it believes ---- */

static void strangers_are_not_believed(void **state)
{
    (void)state;
    static const struct {
        uid_t peer;
        uid_t euid;
        uid_t owner;
        bool is_believed;
    } rows[] = {
        {0, 1000, 0, true},       {0, 0, 1000, true},  {1000, 1000, 0, true},  {1000, 0, 1000, true},
        {1000, 1001, 1000, true}, {1000, 0, 0, false}, {1000, 1001, 0, false}, {1000, 1001, 1002, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        begin(NULL);
        fake_start_one(INIT "end\n", FAKE_CLOSES);
        pretended_peer = rows[i].peer;
        pretended_euid = rows[i].euid;
        pretended_owner = rows[i].owner;
        const int status = ask(fake.directory, false);
        if ((status == 0) != rows[i].is_believed) {
            fail_msg("row %zu: %d", i, status);
        }
        if (status != 0) {
            char message[512];
            snprintf(
                message, sizeof message,
                "no init runs here: uid 1000 listens on %s, and is neither root, nor you, nor the owner of "
                "PID 1; run this as root, or as that user if it is the init's",
                fake.path);
            assert_int_equal(status, CLI_STATUS_NO_INIT);
            assert_string_equal(client.message, message);
            assert_int_equal(client.fd, -1);
        }
        client_close(&client);
        fake_stop();
    }
}

static void all_places_are_tried_in_order(void **state)
{
    (void)state;
    pretended_euid = 1234;
    pretended_owner = 1000;
    assert_int_equal(ask("/nowhere/at-all", false), CLI_STATUS_NO_INIT);
    assert_string_equal(fake_tried, "/nowhere/at-all/control /run/sandbox-init/control "
                                    "/tmp/sandbox-init-1234/control /tmp/sandbox-init-1000/control "
                                    "/tmp/sandbox-init-0/control");
    assert_string_equal(
        client.message,
        "no init runs here, or it has no control socket (looked for /nowhere/at-all/control, "
        "/run/sandbox-init/control, /tmp/sandbox-init-1234/control, "
        "/tmp/sandbox-init-1000/control, /tmp/sandbox-init-0/control); start sandbox-init as the "
        "container's entrypoint, or give its configuration with --config");
    assert_int_equal(naps, 0);
    fake_tried[0] = '\0';
    pretended_euid = pretended_owner = 0;
    assert_int_equal(ask(NULL, false), CLI_STATUS_NO_INIT);
    assert_string_equal(fake_tried, "/run/sandbox-init/control /tmp/sandbox-init-0/control");
    assert_int_equal(ask("/run/\x1b[2J", false), CLI_STATUS_NO_INIT);
    assert_non_null(strstr(client.message, "/run/\\e[2J/control"));
}

static void an_init_that_is_just_starting_is_waited_for(void **state)
{
    (void)state;
    pretended_comm = "sandbox-init\n";
    assert_int_equal(ask(NULL, false), CLI_STATUS_NO_INIT);
    assert_in_range(naps, 2, 3);
    naps = 0;
    pretended_comm = "sandbox-init-x\n";
    assert_int_equal(ask(NULL, false), CLI_STATUS_NO_INIT);
    assert_int_equal(naps, 0);
}

/* A path that no address can take. The way back is found, too. */
static void a_long_directory_is_reached(void **state)
{
    (void)state;
    char here[512];
    char there[512];
    char directory[512];
    char other[sizeof directory + 16];
    fake_start_one(INIT "end\n", FAKE_CLOSES);
    snprintf(directory, sizeof directory, "%s/%0150d", fake.directory, 1);
    assert_int_equal(mkdir(directory, 0700), 0);
    snprintf(other, sizeof other, "%s/control", directory);
    assert_int_equal(link(fake.path, other), 0);
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(ask(directory, false), 0);
    assert_string_equal(read_all(-1), "init[protocol=1][version=0.1.0] END");
    assert_non_null(getcwd(there, sizeof there));
    assert_string_equal(here, there);
    unlink(other);
    rmdir(directory);
    fake_stop();
}

static void a_socket_that_nobody_accepts_on_is_given_up(void **state)
{
    (void)state;
    const int fd = fake_listen();
    int clients[16];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char message[256];
    snprintf(address.sun_path, sizeof address.sun_path, "%s", fake.path);
    assert_int_equal(listen(fd, 0), 0);
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        __real_connect(clients[i], (const struct sockaddr *)&address, sizeof address);
    }
    fake.pid = -1; /* so that the wrapped connect() knows it */
    assert_int_equal(ask(fake.directory, false), CLI_STATUS_NO_INIT);
    snprintf(message, sizeof message, "the init does not take connections on %s: it hangs, or was stopped",
             fake.path);
    assert_string_equal(client.message, message);
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        close(clients[i]);
    }
    close(fd);
    fake.pid = 0; /* not to be reached at all */
    fake_error = EACCES;
    assert_int_equal(ask(fake.directory, false), CLI_STATUS_NO_INIT);
    snprintf(message, sizeof message,
             "no init answers: uid %u may not look into %s; run this as root or as the init's user",
             (unsigned)getuid(), fake.directory);
    assert_string_equal(client.message, message);
    fake.pid = -1;
    fake_error = ENOENT;
    /* And now there is a name of somebody who is dead. */
    assert_int_equal(ask(fake.directory, false), CLI_STATUS_NO_INIT);
    snprintf(message, sizeof message,
             "no init runs here: the one of %s is dead; start sandbox-init as the container's entrypoint",
             fake.path);
    assert_string_equal(client.message, message);
    unlink(fake.path);
    rmdir(fake.directory);
    fake.pid = 0;
}

static void too_long_a_request_is_not_sent(void **state)
{
    (void)state;
    static char text[CLIENT_REQUEST_MAX + 1];
    memset(text, 'x', CLIENT_REQUEST_MAX);
    const struct client_request request = {.runtime_dir = NULL, .text = text};
    fake_start_one("error\tmessage=it came\n", FAKE_CLOSES);
    struct client_request there = request;
    there.runtime_dir = fake.directory;
    assert_int_equal(client_open(&client, &there), CLI_STATUS_USAGE);
    assert_string_equal(client.message, "these are too many names for one request; give fewer of them");
    assert_int_equal(client.fd, -1);
    text[CLIENT_REQUEST_MAX - 1] = '\0';
    assert_int_equal(client_open(&client, &there), 0);
    assert_string_equal(read_all(-1), "it came");
    fake_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_answer_is_read_to_its_end, begin),
        cmocka_unit_test_setup(whatever_is_said_ends_in_a_message, begin),
        cmocka_unit_test_setup(a_trickle_is_no_answer, begin),
        cmocka_unit_test_setup(an_endless_answer_may_be_silent_once_it_has_begun, begin),
        cmocka_unit_test_setup(an_endless_answer_must_begin, begin),
        cmocka_unit_test_setup(an_endless_answer_may_be_of_any_length, begin),
        cmocka_unit_test_setup(strangers_are_not_believed, begin),
        cmocka_unit_test_setup(all_places_are_tried_in_order, begin),
        cmocka_unit_test_setup(an_init_that_is_just_starting_is_waited_for, begin),
        cmocka_unit_test_setup(a_long_directory_is_reached, begin),
        cmocka_unit_test_setup(a_socket_that_nobody_accepts_on_is_given_up, begin),
        cmocka_unit_test_setup(too_long_a_request_is_not_sent, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
