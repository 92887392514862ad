/* SPDX-License-Identifier: MIT */
/*
 * procs: real children in every state, a /proc that is missing or another namespace's, and texts that no
 * kernel writes.
 *
 * WRAP: open read readlink
 */
#include "testing.h"

#include "sandbox_init/procs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHILDREN = 300,
    FDS_MAX = 1024,
    SKIPPED = 77, /* how a child says that it cannot be done here */
};

static int descriptors; /* open ones, before the test */

/* ---- the wrapped calls ---- */

static int open_error;
static const char *fake_text; /* what is read in place of a file; NULL: the file */
static size_t fake_at;
static size_t chunk;   /* bytes that a read gives at most; 0: all */
static int read_error; /* when the text is over, or at once */
static int readlink_error;
static const char *fake_link;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    if (open_error != 0) {
        errno = open_error;
        return -1;
    }
    return __real_open(path, flags, 0600);
}

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    size = chunk > 0 && chunk < size ? chunk : size;
    if (fake_text != NULL && fake_text[fake_at] != '\0') {
        const size_t length = strnlen(fake_text + fake_at, size);
        memcpy(buffer, fake_text + fake_at, length);
        fake_at += length;
        return (ssize_t)length;
    }
    if (read_error != 0) {
        errno = read_error;
        return -1;
    }
    return fake_text != NULL ? 0 : __real_read(fd, buffer, size);
}

ssize_t __real_readlink(const char *path, char *buffer, size_t size);
ssize_t __wrap_readlink(const char *path, char *buffer, size_t size);
ssize_t __wrap_readlink(const char *path, char *buffer, size_t size)
{
    if (readlink_error != 0) {
        errno = readlink_error;
        return -1;
    }
    if (fake_link != NULL) {
        const size_t length = strnlen(fake_link, size);
        memcpy(buffer, fake_link, length);
        return (ssize_t)length;
    }
    return __real_readlink(path, buffer, size);
}

static void stop_injecting(void)
{
    open_error = read_error = readlink_error = 0;
    fake_text = fake_link = NULL;
    fake_at = chunk = 0;
}

static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < FDS_MAX; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

static int set_up(void **state)
{
    (void)state;
    stop_injecting();
    descriptors = count_descriptors();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stop_injecting();
    if (count_descriptors() != descriptors) {
        print_error("a descriptor was leaked\n");
        return -1;
    }
    if (waitpid(-1, NULL, WNOHANG) != -1) {
        print_error("a child was left\n");
        return -1;
    }
    return 0;
}

/* ---- children ---- */

/* Starts a child that does PREPARE (may be NULL) with ARGUMENT and stays; returns when that is done. */
static pid_t start_child(void (*prepare)(const char *argument), const char *argument)
{
    int ready[2];
    char byte;
    fflush(NULL);
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (prepare != NULL) {
            prepare(argument);
        }
        close(ready[0]);
        if (write(ready[1], "", 1) != 1) {
            _exit(1);
        }
        for (;;) {
            pause();
        }
    }
    close(ready[1]);
    assert_int_equal(__real_read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void stop_child(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A child that has ended and was not reaped. */
static pid_t make_zombie(void)
{
    siginfo_t info;
    const pid_t pid = start_child(NULL, NULL);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    return pid;
}

static struct procs_entry read_entry(pid_t pid)
{
    struct procs_entry entry;
    memset(&entry, 0xa5, sizeof entry);
    assert_int_equal(procs_read(pid, &entry), 0);
    assert_int_equal(entry.pid, pid);
    return entry;
}

static void take_name(const char *name)
{
    prctl(PR_SET_NAME, name);
}

static void a_child_is_read(void **state)
{
    (void)state;
    const pid_t pid = start_child(take_name, "somebody");
    const struct procs_entry entry = read_entry(pid);
    assert_int_equal(entry.parent, getpid());
    assert_string_equal(entry.name, "somebody");
    assert_false(entry.is_zombie);
    assert_false(entry.is_stopped);
    assert_false(entry.ignores_term);
    stop_child(pid);
}

static void we_can_be_read_too(void **state)
{
    (void)state;
    char name[16] = "";
    assert_int_equal(prctl(PR_GET_NAME, name), 0);
    const struct procs_entry entry = read_entry(getpid());
    assert_int_equal(entry.parent, getppid());
    assert_string_equal(entry.name, name);
}

static void a_zombie_is_told(void **state)
{
    (void)state;
    const pid_t pid = make_zombie();
    const struct procs_entry entry = read_entry(pid);
    assert_true(entry.is_zombie);
    assert_false(entry.is_stopped);
    assert_int_equal(entry.parent, getpid());
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_stopped_child_is_told(void **state)
{
    (void)state;
    const pid_t pid = start_child(NULL, NULL);
    int status;
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(read_entry(pid).is_stopped);
    assert_false(read_entry(pid).is_zombie);
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_int_equal(waitpid(pid, &status, WCONTINUED), pid);
    assert_false(read_entry(pid).is_stopped);
    stop_child(pid);
}

static void a_traced_child_that_stands_is_stopped(void **state)
{
    (void)state;
    fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0) {
            _exit(SKIPPED);
        }
        raise(SIGUSR1);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSTOPPED(status)) {
        print_message("skipped: tracing is not allowed here\n");
        skip();
    }
    assert_true(read_entry(pid).is_stopped);
    stop_child(pid);
}

static void do_nothing(int number)
{
    (void)number;
}

static void take_dispositions(const char *what)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    if (strcmp(what, "ignored") == 0) {
        sigaction(SIGTERM, &action, NULL);
    } else if (strcmp(what, "blocked") == 0) {
        sigprocmask(SIG_BLOCK, &term, NULL);
    } else if (strcmp(what, "caught") == 0) {
        action.sa_handler = do_nothing;
        sigaction(SIGTERM, &action, NULL);
    } else if (strcmp(what, "all others ignored") == 0 || strcmp(what, "all ignored") == 0) {
        for (int number = 1; number <= SIGRTMAX; number++) {
            if (number != SIGTERM || strcmp(what, "all ignored") == 0) {
                sigaction(number, &action, NULL);
            }
        }
    }
}

static void who_ignores_term_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        bool ignores_term;
    } rows[] = {{"default", false},
                {"ignored", true},
                {"blocked", false},
                {"caught", false},
                {"all others ignored", false},
                {"all ignored", true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const pid_t pid = start_child(take_dispositions, rows[i].what);
        if (read_entry(pid).ignores_term != rows[i].ignores_term) {
            fail_msg("%s", rows[i].what);
        }
        stop_child(pid);
    }
}

static void names_are_those_of_the_kernel(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        const char *read; /* the kernel itself escapes newlines and backslashes in a status file */
    } rows[] = {
        {"plain", "plain"},
        {"", ""},
        {" ", " "},
        {"123456789012345", "123456789012345"},
        {"1234567890123456", "123456789012345"},
        {"two words", "two words"},
        {"(x) Z 1", "(x) Z 1"},
        {"\x1b[2J", "\x1b[2J"},
        {"\xff\xfe", "\xff\xfe"},
        {"tab\there", "tab\there"},
        {"line\nline", "line\\nline"},
        {"\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n"},
        {"back\\slash", "back\\\\slash"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const pid_t pid = start_child(take_name, rows[i].given);
        const struct procs_entry entry = read_entry(pid);
        if (strcmp(entry.name, rows[i].read) != 0) {
            fail_msg("row %zu: '%s'", i, entry.name);
        }
        stop_child(pid);
    }
}

static void names_cannot_forge_a_field(void **state)
{
    (void)state;
    static const char *const names[] = {"x\nState:\tZ (z)", "x\nPPid:\t1\n", "\nSigIgn:\tffff", "Name:\tinit",
                                        "x\n\nName:\tx\n"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const pid_t pid = start_child(take_name, names[i]);
        const struct procs_entry entry = read_entry(pid);
        assert_int_equal(entry.parent, getpid());
        assert_false(entry.is_zombie);
        assert_false(entry.is_stopped);
        assert_false(entry.ignores_term);
        assert_null(strchr(entry.name, '\n'));
        stop_child(pid);
    }
}

/* ---- texts that no kernel of today writes ---- */

static void odd_texts_are_read_as_far_as_they_go(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct procs_entry entry;
    } rows[] = {
        {"", {.parent = 0}},
        {"Name:", {.parent = 0}},
        {"Name:\t", {.parent = 0}},
        {"Name:\tx", {.name = "x"}},
        {"Umask:\t0\nName:\tx\nState:\tS\n", {.parent = 0}}, /* the name comes first, or there is none */
        {"Name:\tx\nState:\tX (dead)\nPPid:\t7\n", {.parent = 7, .is_zombie = true, .name = "x"}},
        {"Name:\tx\nState:\tZ (zombie)\n", {.is_zombie = true, .name = "x"}},
        {"Name:\tx\nState:\tT (stopped)\n", {.is_stopped = true, .name = "x"}},
        {"Name:\tx\nState:\tt (tracing stop)\n", {.is_stopped = true, .name = "x"}},
        {"Name:\tx\nState:\tD (disk sleep)\n", {.name = "x"}},
        {"Name:\tx\nState:\t", {.name = "x"}},
        {"Name:\tx\nTracerPid:\t5\nPPid:\t4\n", {.parent = 4, .name = "x"}},
        {"Name:\tx\nSigIgn:\t0000000000004000\n", {.ignores_term = true, .name = "x"}},
        {"Name:\tx\nSigIgn:\tffffffffffffbfff\n", {.name = "x"}},
        {"Name:\tx\nSigBlk:\t0000000000004000\nSigCgt:\t0000000000004000\n", {.name = "x"}},
        {"Name:\tx\nSigIgn:\t", {.name = "x"}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fake_text = rows[i].text;
        fake_at = 0;
        const struct procs_entry entry = read_entry(getpid());
        const struct procs_entry *expected = &rows[i].entry;
        if (entry.parent != expected->parent || entry.is_zombie != expected->is_zombie ||
            entry.is_stopped != expected->is_stopped || entry.ignores_term != expected->ignores_term ||
            strcmp(entry.name, expected->name) != 0) {
            fail_msg("row %zu: parent %d, zombie %d, stopped %d, ignores %d, '%s'", i, entry.parent,
                     entry.is_zombie, entry.is_stopped, entry.ignores_term, entry.name);
        }
    }
}

static void names_that_are_too_long_are_cut(void **state)
{
    (void)state;
    static const size_t lengths[] = {PROCS_NAME_MAX - 2, PROCS_NAME_MAX - 1, PROCS_NAME_MAX, 200, 3000};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        char text[8192];
        const size_t kept = lengths[i] < PROCS_NAME_MAX ? lengths[i] : PROCS_NAME_MAX - 1;
        memcpy(text, "Name:\t", 6);
        memset(text + 6, 'n', lengths[i]);
        snprintf(text + 6 + lengths[i], sizeof text - 6 - lengths[i], "\nPPid:\t12\n");
        fake_text = text;
        fake_at = 0;
        const struct procs_entry entry = read_entry(getpid());
        assert_int_equal(strlen(entry.name), kept);
        assert_int_equal(strspn(entry.name, "n"), kept);
        assert_int_equal(entry.parent, 12);
    }
}

static void a_text_without_end_is_no_harm(void **state)
{
    (void)state;
    static char text[65536];
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "Name:\ta\nPPid:\t3\n", 16);
    fake_text = text;
    const struct procs_entry entry = read_entry(getpid());
    assert_string_equal(entry.name, "a");
    assert_int_equal(entry.parent, 3);
}

/* ---- failures ---- */

static void expect_unread(pid_t pid, int error)
{
    struct procs_entry entry;
    struct procs_entry before;
    memset(&entry, 0xa5, sizeof entry);
    memcpy(&before, &entry, sizeof entry);
    const int result = procs_read(pid, &entry);
    if (result != error) {
        fail_msg("pid %d: %d instead of %d", pid, result, error);
    }
    assert_memory_equal(&entry, &before, sizeof entry);
}

static void who_is_not_there_is_told(void **state)
{
    (void)state;
    const pid_t pid = start_child(NULL, NULL);
    stop_child(pid);
    expect_unread(pid, -ESRCH);
    expect_unread(0, -ESRCH);
    expect_unread(-1, -ESRCH);
    expect_unread(INT_MAX, -ESRCH);
    read_error = ESRCH; /* it went between open(2) and read(2) */
    expect_unread(getpid(), -ESRCH);
}

static void other_errors_are_told(void **state)
{
    (void)state;
    static const int errors[] = {EACCES, EMFILE, EIO};
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        open_error = errors[i];
        expect_unread(getpid(), -errors[i]);
        open_error = 0;
        read_error = errors[i];
        expect_unread(getpid(), -errors[i]);
        read_error = 0;
    }
}

/* ---- walks ---- */

struct seen {
    pid_t pids[CHILDREN];
    size_t count; /* of `pids` */
    unsigned times[CHILDREN];
    struct procs_entry entries[CHILDREN];
    size_t total;
    size_t end_at; /* the visit that ends the walk; 0: none */
    bool has_self;
    bool is_killing; /* at the first visit to one of them all the others */
};

static void kill_others(const struct seen *seen, size_t except)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (i != except) {
            stop_child(seen->pids[i]);
        }
    }
}

static bool see(void *context, const struct procs_entry *entry)
{
    struct seen *seen = context;
    seen->total++;
    seen->has_self = seen->has_self || entry->pid == getpid();
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->pids[i] == entry->pid) {
            seen->times[i]++;
            seen->entries[i] = *entry;
            if (seen->is_killing) {
                seen->is_killing = false;
                kill_others(seen, i);
            }
        }
    }
    return seen->total != seen->end_at;
}

static void see_child(void *context, pid_t pid)
{
    const struct procs_entry entry = {.pid = pid};
    see(context, &entry);
}

static void a_walk_meets_everybody_but_us_once(void **state)
{
    (void)state;
    static struct seen seen;
    seen = (struct seen){.count = 3};
    seen.pids[0] = start_child(take_name, "first");
    seen.pids[1] = make_zombie();
    seen.pids[2] = start_child(take_dispositions, "ignored");
    assert_int_equal(procs_walk(see, &seen), 0);
    assert_false(seen.has_self);
    for (size_t i = 0; i < seen.count; i++) {
        const struct procs_entry entry = read_entry(seen.pids[i]);
        assert_int_equal(seen.times[i], 1);
        assert_int_equal(seen.entries[i].parent, getpid());
        assert_string_equal(seen.entries[i].name, entry.name);
    }
    assert_string_equal(seen.entries[0].name, "first");
    assert_true(seen.entries[1].is_zombie);
    assert_true(seen.entries[2].ignores_term);
    stop_child(seen.pids[0]);
    assert_int_equal(waitpid(seen.pids[1], NULL, 0), seen.pids[1]);
    stop_child(seen.pids[2]);
}

static void a_visit_ends_the_walk(void **state)
{
    (void)state;
    static struct seen seen;
    const pid_t children[] = {start_child(NULL, NULL), start_child(NULL, NULL), start_child(NULL, NULL)};
    for (size_t end_at = 1; end_at <= COUNT_OF(children); end_at++) {
        seen = (struct seen){.end_at = end_at};
        assert_int_equal(procs_walk(see, &seen), 0);
        assert_int_equal(seen.total, end_at);
    }
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        stop_child(children[i]);
    }
}

static void who_goes_during_the_walk_is_not_visited(void **state)
{
    (void)state;
    static struct seen seen;
    seen = (struct seen){.count = 40, .is_killing = true};
    for (size_t i = 0; i < seen.count; i++) {
        seen.pids[i] = start_child(NULL, NULL);
    }
    assert_int_equal(procs_walk(see, &seen), 0);
    unsigned visited = 0;
    for (size_t i = 0; i < seen.count; i++) {
        visited += seen.times[i];
        if (seen.times[i] > 0) {
            stop_child(seen.pids[i]);
        }
    }
    assert_int_equal(visited, 1);
}

/* Else nobody would be asked to stop, and all be taken for gone, when the init has no descriptor left. */
static void who_cannot_be_read_is_there_all_the_same(void **state)
{
    (void)state;
    static struct seen seen;
    seen = (struct seen){.count = 2};
    seen.pids[0] = start_child(NULL, NULL);
    seen.pids[1] = start_child(NULL, NULL);
    read_error = EMFILE;
    const int result = procs_walk(see, &seen);
    stop_injecting();
    assert_int_equal(result, 0);
    for (size_t i = 0; i < seen.count; i++) {
        assert_int_equal(seen.times[i], 1);
        assert_false(seen.entries[i].is_zombie);
        assert_string_equal(seen.entries[i].name, "?");
        stop_child(seen.pids[i]);
    }
}

static void a_proc_that_is_not_ours_is_refused(void **state)
{
    (void)state;
    static const char *const links[] = {"1999999999", "", "self", "-1", "0"};
    static struct seen seen;
    seen = (struct seen){0};
    for (size_t i = 0; i < COUNT_OF(links); i++) {
        fake_link = links[i];
        assert_int_equal(procs_walk(see, &seen), -ENOENT);
        assert_int_equal(procs_walk_children(see_child, &seen), -ENOENT);
    }
    fake_link = NULL;
    readlink_error = ENOENT;
    assert_int_equal(procs_walk(see, &seen), -ENOENT);
    assert_int_equal(procs_walk_children(see_child, &seen), -ENOENT);
    readlink_error = 0;
    open_error = EMFILE;
    assert_int_equal(procs_walk(see, &seen), -EMFILE);
    assert_int_equal(procs_walk_children(see_child, &seen), -EMFILE);
    open_error = ENOENT; /* CONFIG_PROC_CHILDREN */
    assert_int_equal(procs_walk_children(see_child, &seen), -ENOENT);
    assert_int_equal(seen.total, 0);
}

/* ---- the children of this process ---- */

static bool has_children_file(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    return access(path, R_OK) == 0;
}

static void need_children_file(void)
{
    if (!has_children_file()) {
        print_message("skipped: this kernel does not list a process's children\n");
        skip();
    }
}

static void all_of_many_children_are_met_once(void **state)
{
    (void)state;
    static const size_t chunks[] = {0, 1, 3, 1000};
    static struct seen seen;
    need_children_file();
    seen = (struct seen){.count = CHILDREN};
    for (size_t i = 0; i < CHILDREN - 1; i++) {
        seen.pids[i] = start_child(NULL, NULL);
    }
    seen.pids[CHILDREN - 1] = make_zombie(); /* until it is reaped it is one */
    for (size_t i = 0; i < COUNT_OF(chunks); i++) {
        memset(seen.times, 0, sizeof seen.times);
        seen.total = 0;
        chunk = chunks[i];
        assert_int_equal(procs_walk_children(see_child, &seen), 0);
        chunk = 0;
        assert_int_equal(seen.total, CHILDREN);
        for (size_t k = 0; k < CHILDREN; k++) {
            assert_int_equal(seen.times[k], 1);
        }
    }
    for (size_t i = 0; i < CHILDREN - 1; i++) {
        stop_child(seen.pids[i]);
    }
    assert_int_equal(waitpid(seen.pids[CHILDREN - 1], NULL, 0), seen.pids[CHILDREN - 1]);
}

static void without_children_nobody_is_met(void **state)
{
    (void)state;
    static struct seen seen;
    need_children_file();
    seen = (struct seen){0};
    assert_int_equal(procs_walk_children(see_child, &seen), 0);
    assert_int_equal(seen.total, 0);
}

static int orphan_pipe[2];

/* In the child: leaves a grandchild behind, and its number in the pipe. */
static void leave_orphan(void)
{
    const pid_t orphan = fork();
    if (orphan == 0) {
        /* Should the test fail, nobody ends it: then it ends itself, and nobody waits for its output. */
        alarm(60);
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        for (;;) {
            pause();
        }
    }
    const ssize_t written = write(orphan_pipe[1], &orphan, sizeof orphan);
    _exit(written == (ssize_t)sizeof orphan ? 0 : 1);
}

static void adopted_children_are_met_and_grandchildren_not(void **state)
{
    (void)state;
    static struct seen seen;
    pid_t orphan = 0;
    siginfo_t info;
    need_children_file();
    fflush(NULL);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    assert_int_equal(pipe2(orphan_pipe, O_CLOEXEC), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        leave_orphan();
    }
    assert_int_equal(__real_read(orphan_pipe[0], &orphan, sizeof orphan), sizeof orphan);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    seen = (struct seen){.count = 2, .pids = {child, orphan}};
    assert_int_equal(procs_walk_children(see_child, &seen), 0);
    assert_int_equal(seen.times[0], 1);
    assert_int_equal(seen.times[1], 1); /* its parent is a zombie: it is ours already */
    assert_int_equal(waitpid(child, NULL, 0), child);
    seen.total = 0;
    assert_int_equal(procs_walk_children(see_child, &seen), 0);
    assert_int_equal(seen.total, 1);
    stop_child(orphan);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
    close(orphan_pipe[0]);
    close(orphan_pipe[1]);
}

static void a_childs_children_are_not_ours(void **state)
{
    (void)state;
    static struct seen seen;
    need_children_file();
    fflush(NULL);
    assert_int_equal(pipe2(orphan_pipe, O_CLOEXEC), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const pid_t grandchild = start_child(NULL, NULL);
        if (write(orphan_pipe[1], &grandchild, sizeof grandchild) != (ssize_t)sizeof grandchild) {
            _exit(1);
        }
        for (;;) {
            pause();
        }
    }
    pid_t grandchild = 0;
    assert_int_equal(__real_read(orphan_pipe[0], &grandchild, sizeof grandchild), sizeof grandchild);
    seen = (struct seen){.count = 2, .pids = {child, grandchild}};
    assert_int_equal(procs_walk_children(see_child, &seen), 0);
    assert_int_equal(seen.times[0], 1);
    assert_int_equal(seen.total, 1);
    stop_child(child); /* and with it the grandchild */
    close(orphan_pipe[0]);
    close(orphan_pipe[1]);
}

static void numbers_are_read_over_all_boundaries(void **state)
{
    (void)state;
    static const pid_t expected[] = {1, 22, 333, 4194304, 5};
    need_children_file();
    for (size_t size = 1; size <= 24; size++) {
        static struct seen seen;
        seen = (struct seen){.count = COUNT_OF(expected)};
        memcpy(seen.pids, expected, sizeof expected);
        fake_text = "1 22 333 4194304 5 ";
        fake_at = 0;
        chunk = size;
        assert_int_equal(procs_walk_children(see_child, &seen), 0);
        assert_int_equal(seen.total, COUNT_OF(expected));
        for (size_t i = 0; i < COUNT_OF(expected); i++) {
            assert_int_equal(seen.times[i], 1);
        }
    }
}

static void errors_of_reading_are_told(void **state)
{
    (void)state;
    static struct seen seen;
    need_children_file();
    seen = (struct seen){0};
    fake_text = "1 22 ";
    read_error = EIO;
    assert_int_equal(procs_walk_children(see_child, &seen), -EIO);
    assert_int_equal(seen.total, 2); /* those that were read before */
}

/* ---- other namespaces, in children ---- */

static int complain(int line, const char *what)
{
    fprintf(stderr, "child, line %d: not so: %s\n", line, what);
    return 1;
}

/* In a child, where a failed assertion would go on with the parent's tests. */
#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            return complain(__LINE__, #condition);                                                           \
        }                                                                                                    \
    } while (0)

static int wait_for(pid_t pid)
{
    int status;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static void expect_child(int (*body)(void))
{
    fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(60);
        _exit(body());
    }
    const int status = wait_for(pid);
    if (status == SKIPPED) {
        print_message("skipped: namespaces are not allowed here\n");
        skip();
    }
    assert_int_equal(status, 0);
}

static int enter_private_mounts(void)
{
    return unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ? -1 : 0;
}

static struct seen nobody;

static int walk_without_proc(void)
{
    struct procs_entry entry;
    if (enter_private_mounts() < 0 || umount2("/proc", MNT_DETACH) < 0) {
        return SKIPPED;
    }
    EXPECT(procs_walk(see, &nobody) < 0);
    EXPECT(procs_walk_children(see_child, &nobody) < 0);
    EXPECT(procs_read(getppid(), &entry) < 0);
    EXPECT(nobody.total == 0);
    return 0;
}

static void without_proc_it_is_told(void **state)
{
    (void)state;
    expect_child(walk_without_proc);
}

static int walk_as_first_process(void)
{
    EXPECT(getpid() == 1);
    EXPECT(procs_walk(see, &nobody) == -ENOENT);
    EXPECT(procs_walk_children(see_child, &nobody) == -ENOENT);
    EXPECT(nobody.total == 0);
    return 0;
}

/* In a PID namespace of its own, with the /proc of the one above. */
static int walk_foreign_proc(void)
{
    if (unshare(CLONE_NEWPID) < 0) {
        return SKIPPED;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(walk_as_first_process());
    }
    return wait_for(pid);
}

static void another_namespaces_proc_is_refused(void **state)
{
    (void)state;
    expect_child(walk_foreign_proc);
}

static int walk_own_proc(void)
{
    static struct seen seen;
    if (enter_private_mounts() < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0) {
        return SKIPPED;
    }
    const pid_t pid = start_child(NULL, NULL);
    seen = (struct seen){.count = 1, .pids = {pid}};
    EXPECT(procs_walk(see, &seen) == 0);
    EXPECT(seen.total == 1 && seen.times[0] == 1 && seen.entries[0].parent == 1 && !seen.has_self);
    if (has_children_file()) {
        EXPECT(procs_walk_children(see_child, &seen) == 0 && seen.times[0] == 2 && seen.total == 2);
    }
    return 0;
}

static int walk_own_namespace(void)
{
    if (unshare(CLONE_NEWPID) < 0) {
        return SKIPPED;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(walk_own_proc());
    }
    return wait_for(pid);
}

static void as_process_1_exactly_the_own_namespace_is_met(void **state)
{
    (void)state;
    expect_child(walk_own_namespace);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_child_is_read),
        CASE(we_can_be_read_too),
        CASE(a_zombie_is_told),
        CASE(a_stopped_child_is_told),
        CASE(a_traced_child_that_stands_is_stopped),
        CASE(who_ignores_term_is_told),
        CASE(names_are_those_of_the_kernel),
        CASE(names_cannot_forge_a_field),
        CASE(odd_texts_are_read_as_far_as_they_go),
        CASE(names_that_are_too_long_are_cut),
        CASE(a_text_without_end_is_no_harm),
        CASE(who_is_not_there_is_told),
        CASE(other_errors_are_told),
        CASE(a_walk_meets_everybody_but_us_once),
        CASE(a_visit_ends_the_walk),
        CASE(who_goes_during_the_walk_is_not_visited),
        CASE(who_cannot_be_read_is_there_all_the_same),
        CASE(a_proc_that_is_not_ours_is_refused),
        CASE(all_of_many_children_are_met_once),
        CASE(without_children_nobody_is_met),
        CASE(adopted_children_are_met_and_grandchildren_not),
        CASE(a_childs_children_are_not_ours),
        CASE(numbers_are_read_over_all_boundaries),
        CASE(errors_of_reading_are_told),
        CASE(without_proc_it_is_told),
        CASE(another_namespaces_proc_is_refused),
        CASE(as_process_1_exactly_the_own_namespace_is_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
