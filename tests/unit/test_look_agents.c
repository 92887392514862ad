/* SPDX-License-Identifier: MIT */
/*
 * look_agents: agents that the test plays, in a scene of its own: with keys, without, locked, silent, and
 * relays to others.
 *
 * WRAP: calloc poll
 */
#include "testing.h"

#include "sandbox_init/dial.h"
#include "sandbox_init/look_agents.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MANY = 40,
    CHILDREN_MAX = MANY,
    PATIENCE_MS = 20000,
};

static char base[64];
static char *environ_in[4];
static struct config config;
static struct scene scene;
static struct finding finding;
static pid_t children[CHILDREN_MAX];
static size_t child_count;
static bool has_memory;
static bool is_anybody_silent; /* else a machine under load may take its time */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return has_memory ? __real_calloc(count, size) : NULL;
}

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    return __real_poll(fds, count, is_anybody_silent ? timeout : PATIENCE_MS);
}

static void make_directory(const char *name)
{
    assert_true(mkdirat(scene.root_fd, name, 0755) == 0 || errno == EEXIST);
}

static void name_ourselves(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "proc/%d", (int)getpid());
    make_directory(path);
    snprintf(path, sizeof path, "proc/%d/comm", (int)getpid());
    const int fd = openat(scene.root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    dprintf(fd, "%s\n", name);
    close(fd);
}

static int begin(void **state)
{
    (void)state;
    has_memory = true;
    is_anybody_silent = false;
    snprintf(base, sizeof base, "/tmp/test_agents.XXXXXX");
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    environ_in[0] = NULL;
    finding = (struct finding){0};
    scene = (struct scene){.root_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC),
                           .config = &config,
                           .environ_in = environ_in,
                           .self = {.uid = geteuid(), .gid = getegid(), .home = "/home"},
                           .agent = {.uid = geteuid(), .gid = getegid(), .home = "/home"}};
    static const char *const names[] = {"tmp", "proc", "home", "home/.gnupg", "home/.ssh"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        make_directory(names[i]);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    while (child_count > 0) {
        kill(children[--child_count], SIGKILL);
        waitpid(children[child_count], NULL, 0);
    }
    close(scene.root_fd);
    return testing_remove_tree(base);
}

struct manner {
    const char *wanted; /* is read before anything is said; NULL: nothing */
    size_t wanted_size;
    const char *said;
    size_t said_size;
};

static void serve(int listener, const struct manner *manner)
{
    char got[64];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        const int fd = accept(listener, NULL, NULL);
        if (manner->wanted != NULL && (read(fd, got, sizeof got) != (ssize_t)manner->wanted_size ||
                                       memcmp(got, manner->wanted, manner->wanted_size) != 0)) {
            _exit(1); /* then nobody listens any more */
        }
        if (write(fd, manner->said, manner->said_size) < 0) {
            _exit(1);
        }
        /* Who hangs up first is not us. */
        while (read(fd, got, sizeof got) > 0) {
        }
        close(fd);
    }
}

static void play(const char *name, const struct manner *manner)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", base, name);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        serve(fd, manner);
    }
    children[child_count++] = child;
    close(fd);
}

static const char *seen_by(void (*look)(const struct scene *, struct finding *))
{
    static char got[FINDING_SEEN_SIZE];
    finding = (struct finding){0};
    look(&scene, &finding);
    return finding_describe(&finding, got);
}

/* Writes TEXT with our pid in place of each "@". */
static void put_pid(char buffer[static 512], const char *text)
{
    size_t used = 0;
    for (; *text != '\0'; text++) {
        if (*text == '@') {
            used += (size_t)snprintf(buffer + used, 512 - used, "%d", (int)getpid());
        } else {
            buffer[used++] = *text;
        }
    }
    buffer[used] = '\0';
}

/* TEXT has "@" for our pid. */
static void expect_ssh(enum finding_verdict verdict, const char *text)
{
    char wanted[512];
    put_pid(wanted, text);
    assert_string_equal(seen_by(look_agents_ssh), wanted);
    assert_int_equal(finding_judge(&finding), verdict);
}

static void expect_mends(const char *first, const char *second)
{
    assert_int_equal(finding.mend_count, (first != NULL ? 1 : 0) + (second != NULL ? 1 : 0));
    assert_true(first == NULL || strcmp(finding.mends[0].line, first) == 0);
    assert_true(second == NULL || strcmp(finding.mends[1].line, second) == 0);
}

/* ---- SSH ---- */

static const char ask[] = {0, 0, 0, 1, 11};
static const char three_keys[] = {0, 0, 0, 99, 12, 0, 0, 0, 3, 's', 'e', 'c', 'r', 'e', 't'};
static const char one_key[] = {0, 0, 0, 99, 12, 0, 0, 0, 1};
static const char no_key[] = {0, 0, 0, 5, 12, 0, 0, 0, 0};
static const char one_byte[] = {0};
static const char failure[] = {0, 0, 0, 1, 5};
static const char other[] = {0, 0, 0, 5, 14, 0, 0, 0, 3}; /* SSH_AGENT_SIGN_RESPONSE */
#define MANNER(text)                                                                                         \
    &(const struct manner)                                                                                   \
    {                                                                                                        \
        .wanted = ask, .wanted_size = sizeof ask, .said = (text), .said_size = sizeof(text)                  \
    }

static void no_agent_passes(void **state)
{
    (void)state;
    expect_ssh(FINDING_PASS, "none answers");
    has_memory = false;
    expect_ssh(FINDING_WARN, "there is no memory to look");
}

static void keys_fail_and_are_counted_only(void **state)
{
    (void)state;
    play("tmp/vscode-ssh-auth-1.sock", MANNER(three_keys));
    name_ourselves("node");
    expect_ssh(FINDING_FAIL, "/tmp/vscode-ssh-auth-1.sock: node, pid @, listens, and signs with 3 keys");
    expect_mends("env -u SSH_AUTH_SOCK code", "\"remoteEnv\": {\"SSH_AUTH_SOCK\": \"\"}");
}

static void local_agent_has_another_mend(void **state)
{
    (void)state;
    make_directory("tmp/ssh-abc");
    play("tmp/ssh-abc/agent.7", MANNER(one_key));
    name_ourselves("ssh-agent");
    expect_ssh(FINDING_FAIL, "/tmp/ssh-abc/agent.7: ssh-agent, pid @, listens, and signs with 1 key");
    expect_mends("ssh-add -D", "\"remoteEnv\": {\"SSH_AUTH_SOCK\": \"\"}");
}

static void agent_without_keys_is_a_warning(void **state)
{
    (void)state;
    make_directory("home/.ssh/agent");
    play("home/.ssh/agent/s.1", MANNER(no_key));
    expect_ssh(FINDING_WARN,
               "/home/.ssh/agent/s.1: somebody (pid @, gone or hidden) listens, an agent without keys");
    expect_mends("\"remoteEnv\": {\"SSH_AUTH_SOCK\": \"\"}", NULL);
}

/* Anybody can make many that say a byte and no more: they are waited for together, not one by one. */
static void many_that_are_slow_are_asked_together(void **state)
{
    (void)state;
    char name[64];
    is_anybody_silent = true;
    make_directory("tmp/ssh-abc");
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "tmp/ssh-abc/agent.%d", i);
        play(name, i == 0 ? MANNER(one_key) : MANNER(one_byte));
    }
    const uint64_t before = dial_now();
    seen_by(look_agents_ssh);
    assert_int_equal(finding.facts[FINDING_FAIL].count, 1);
    assert_int_equal(finding.facts[FINDING_WARN].count, MANY - 1);
    /* One by one it would be 200 ms for each. */
    assert_in_range(dial_now() - before, 0, 200 * MANY / 2);
}

static void few_descriptors_are_enough(void **state)
{
    (void)state;
    char name[64];
    struct rlimit before;
    make_directory("tmp/ssh-abc");
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "tmp/ssh-abc/agent.%d", i);
        play(name, MANNER(no_key));
    }
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit few = {.rlim_cur = MANY / 2, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    seen_by(look_agents_ssh);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(finding.facts[FINDING_WARN].count, MANY);
}

static void other_answers_are_a_warning(void **state)
{
    (void)state;
    static char variable[] = "SSH_AUTH_SOCK=/home/mine";
    environ_in[0] = variable;
    environ_in[1] = NULL;
    const struct manner *const manners[] = {MANNER(failure), MANNER(other)};
    is_anybody_silent = true; /* after five bytes, of nine that are waited for */
    for (size_t i = 0; i < COUNT_OF(manners); i++) {
        play("home/mine", manners[i]);
        expect_ssh(
            FINDING_WARN,
            "/home/mine: somebody (pid @, gone or hidden) listens, but does not answer as an agent does");
        assert_int_equal(unlinkat(scene.root_fd, "home/mine", 0), 0);
    }
}

static void silence_is_a_warning(void **state)
{
    (void)state;
    static const char nothing[] = {0};
    const struct manner manner = {.said = nothing, .said_size = 0};
    is_anybody_silent = true;
    play("tmp/vscode-ssh-auth-1.sock", &manner);
    expect_ssh(FINDING_WARN, "/tmp/vscode-ssh-auth-1.sock: somebody (pid @, gone or hidden) listens, but "
                             "answers nothing");
}

/* ---- GPG ---- */

static void expect_gpg(const char *said, enum finding_verdict verdict, const char *seen)
{
    char text[512];
    put_pid(text, said);
    const struct manner manner = {.said = text, .said_size = strlen(text)};
    is_anybody_silent = said[0] == '\0';
    play("home/.gnupg/S.gpg-agent", &manner);
    char wanted[512];
    put_pid(wanted, seen);
    assert_string_equal(seen_by(look_agents_gpg), wanted);
    assert_int_equal(finding_judge(&finding), verdict);
    assert_int_equal(unlinkat(scene.root_fd, "home/.gnupg/S.gpg-agent", 0), 0);
}

static void local_gpg_agent_passes(void **state)
{
    (void)state;
    assert_string_equal(seen_by(look_agents_gpg), "none answers");
    expect_gpg("OK Pleased to meet you, process @\n", FINDING_PASS,
               "/home/.gnupg/S.gpg-agent is an agent's in here");
    /* The greeting counts, whatever the process is called. */
    name_ourselves("node");
    expect_gpg("OK Pleased to meet you, process @\n", FINDING_PASS,
               "/home/.gnupg/S.gpg-agent is an agent's in here");
    name_ourselves("gpg-agent");
    expect_gpg("OK Pleased to meet you\n", FINDING_PASS, "/home/.gnupg/S.gpg-agent is an agent's in here");
    name_ourselves("keyboxd");
    expect_gpg("", FINDING_PASS, "/home/.gnupg/S.gpg-agent is an agent's in here");
    assert_int_equal(finding.mend_count, 0);
}

static void relay_fails(void **state)
{
    (void)state;
    static const char seen[] =
        "/home/.gnupg/S.gpg-agent: node, pid @, listens, and hands on to an agent elsewhere";
    name_ourselves("node");
    expect_gpg("OK Pleased to meet you, process 1@\n", FINDING_FAIL, seen);
    expect_mends("[scrub] dirs = @default /home/.gnupg", "[scrub] patterns = @default S.gpg-agent*");
    expect_gpg("", FINDING_FAIL, seen);
    expect_gpg("ERR process @\n", FINDING_FAIL, seen);
    name_ourselves("gpg-agent");
    expect_gpg("OK Pleased to meet you, process 1@\n", FINDING_FAIL,
               "/home/.gnupg/S.gpg-agent: gpg-agent, pid @, listens, and hands on to an agent elsewhere");
}

static void unknown_is_a_warning(void **state)
{
    (void)state;
    expect_gpg(
        "", FINDING_WARN,
        "/home/.gnupg/S.gpg-agent: somebody (pid @, gone or hidden) listens, and does not say what it is");
}

static void other_homes_are_found(void **state)
{
    (void)state;
    static char variable[] = "GNUPGHOME=/tmp/keys";
    const struct manner manner = {.said = "", .said_size = 0};
    environ_in[0] = variable;
    environ_in[1] = NULL;
    make_directory("tmp/keys");
    is_anybody_silent = true;
    name_ourselves("node");
    play("tmp/keys/S.keyboxd", &manner);
    assert_non_null(strstr(seen_by(look_agents_gpg), "/tmp/keys/S.keyboxd: node"));
    has_memory = false;
    assert_string_equal(seen_by(look_agents_gpg), "there is no memory to look");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(no_agent_passes),
        CASE(keys_fail_and_are_counted_only),
        CASE(local_agent_has_another_mend),
        CASE(agent_without_keys_is_a_warning),
        CASE(many_that_are_slow_are_asked_together),
        CASE(few_descriptors_are_enough),
        CASE(other_answers_are_a_warning),
        CASE(silence_is_a_warning),
        CASE(local_gpg_agent_passes),
        CASE(relay_fails),
        CASE(unknown_is_a_warning),
        CASE(other_homes_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
