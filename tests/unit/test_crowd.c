/* SPDX-License-Identifier: MIT */
/*
 * crowd: real processes, of a subreaper and of a PID 1 in a namespace of its own. Every case runs in a child,
 * so that whatever is asked or killed is the case's own.
 */
#include "testing.h"

#include "sandbox_init/crowd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SKIPPED = 77,
    TRIES_MAX = 3000, /* of 10 ms each */
    SECONDS_MAX = 100,
    TEXT_SIZE = 1 << 16,
};

/* What a child does: an assertion of cmocka would go on with the other cases in the child. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

static struct crowd crowd;
static struct log the_log;
static int out;

/* Runs BODY in a child that adopts its orphans. */
static void expect_in_child(int (*body)(void))
{
    int status = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS_MAX);
        setpgid(0, 0);
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        out = memfd_create("log", MFD_CLOEXEC);
        log_init(&the_log, out, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
        _exit(body());
    }
    assert_true(child > 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    kill(-child, SIGKILL); /* nobody outlives a case */
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        skip();
    }
    assert_int_equal(status, 0);
}

static int (*first_body)(void);
static bool has_proc = true;

/* Becomes the parent of a PID namespace, whose first process runs `first_body`. */
static int run_first(void)
{
    int status = 0;
    if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0 ||
        mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
        fprintf(stderr, "no PID namespace can be made here: %s\n", strerror(errno));
        return SKIPPED;
    }
    const pid_t first = fork();
    if (first == 0) {
        alarm(SECONDS_MAX);
        if (has_proc && mount("proc", "/proc", "proc", 0, NULL) < 0) {
            _exit(SKIPPED);
        }
        _exit(first_body());
    }
    return waitpid(first, &status, 0) == first && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void expect_as_first(int (*body)(void))
{
    first_body = body;
    expect_in_child(run_first);
}

/* ---- processes ---- */

static volatile sig_atomic_t terms; /* TERM signals that a counter got */

static void count_term(int number)
{
    (void)number;
    terms++;
}

static _Noreturn void pause_for_ever(void)
{
    for (;;) {
        pause();
    }
}

enum kind {
    PLAIN,       /* obeys TERM */
    IGNORES,     /* ignores TERM, as interactive shells do, and obeys HUP */
    STUBBORN,    /* ignores TERM and HUP */
    STOPPED,     /* obeys TERM, but only once it goes on */
    COUNTS,      /* counts TERM and ends at SIGRTMIN with the number */
    HAS_CHILD,   /* ignores TERM and HUP; its own child obeys TERM, and with that it ends */
    HAS_SESSION, /* plain, in a session of its own */
};

static _Noreturn void end_with_count(int number)
{
    (void)number;
    _exit(terms);
}

static pid_t start_grandchild(const int ready[2])
{
    const pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS_MAX); /* it does outlive its parent where the case wants an orphan */
        signal(SIGTERM, SIG_DFL);
        close(ready[0]);
        close(ready[1]);
        pause_for_ever();
    }
    return child;
}

/* Starts a process, which is ready when this returns. */
static pid_t start(enum kind kind)
{
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) < 0) {
        return -1;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* nobody outlives a case that fails */
        signal(SIGTERM, kind == IGNORES || kind == STUBBORN || kind == HAS_CHILD ? SIG_IGN : SIG_DFL);
        signal(SIGHUP, kind == STUBBORN || kind == HAS_CHILD ? SIG_IGN : SIG_DFL);
        if (kind == COUNTS) {
            /* Of two that are pending the lower number is handled first, and whole: nothing goes uncounted.
             */
            struct sigaction action = {.sa_handler = count_term};
            sigfillset(&action.sa_mask);
            sigaction(SIGTERM, &action, NULL);
            action.sa_handler = end_with_count;
            sigaction(SIGRTMIN, &action, NULL);
        }
        if (kind == HAS_SESSION) {
            setsid();
        }
        const pid_t child = kind == HAS_CHILD ? start_grandchild(ready) : 0;
        close(ready[0]);
        close(ready[1]); /* when the last of us does, that tells that we are ready */
        if (kind == STOPPED) {
            raise(SIGSTOP);
        }
        if (kind == HAS_CHILD) {
            waitpid(child, NULL, 0);
            _exit(33);
        }
        pause_for_ever();
    }
    char byte;
    close(ready[1]);
    const ssize_t got = read(ready[0], &byte, 1);
    close(ready[0]);
    siginfo_t info;
    if (kind == STOPPED) {
        waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT);
    }
    return got == 0 ? pid : -1;
}

/* Starts a process that dies at once, and leaves its zombie. */
static pid_t start_zombie(void)
{
    siginfo_t info;
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    return pid;
}

/* Waits for PID. Returns the signal that ended it, or 1000 and its exit status. */
static int end_of(pid_t pid)
{
    int status = 0;
    if (waitpid(pid, &status, 0) != pid) {
        return -1;
    }
    return WIFSIGNALED(status) ? WTERMSIG(status) : 1000 + WEXITSTATUS(status);
}

static bool is_alive(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

static int kill_and_end(pid_t pid)
{
    kill(pid, SIGKILL);
    return end_of(pid);
}

/* What was logged since the last call, without the time. */
static const char *take_output(void)
{
    static char text[TEXT_SIZE];
    static const size_t time_length = sizeof "0000-00-00T00:00:00.000Z sandbox-init " - 1;
    const ssize_t got = pread(out, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    if (ftruncate(out, 0) < 0 || lseek(out, 0, SEEK_SET) < 0) {
        return "";
    }
    return (size_t)got > time_length ? text + time_length : "";
}

/* ---- cases: a subreaper's own children ---- */

static int check_asking(void)
{
    const pid_t bystander = getppid();
    crowd_init(&crowd, true);
    CHECK(!crowd.owns_all);
    const pid_t plain = start(PLAIN);
    const pid_t ignores = start(IGNORES);
    const pid_t stubborn = start(STUBBORN);
    const pid_t stopped = start(STOPPED);
    const pid_t session = start(HAS_SESSION);
    const pid_t parent = start(HAS_CHILD);
    crowd_follow(&crowd); /* nobody was asked to yet */
    CHECK(is_alive(plain) && is_alive(ignores));
    crowd_ask(&crowd, 0);
    CHECK(end_of(plain) == SIGTERM);
    CHECK(end_of(ignores) == SIGHUP);
    CHECK(end_of(stopped) == SIGTERM);
    CHECK(end_of(session) == SIGTERM);
    CHECK(is_alive(stubborn) && is_alive(parent)); /* a grandchild is its parent's business */
    CHECK(kill(bystander, 0) == 0);
    CHECK(kill_and_end(stubborn) == SIGKILL);
    CHECK(kill_and_end(parent) == SIGKILL);
    return 0;
}

static void children_are_asked_in_the_way_that_they_obey(void **state)
{
    (void)state;
    expect_in_child(check_asking);
}

static int check_following(void)
{
    crowd_init(&crowd, true);
    const pid_t counter = start(COUNTS);
    const pid_t parent = start(HAS_CHILD);
    crowd_ask(&crowd, 0);
    for (int i = 0; i < 5; i++) {
        crowd_follow(&crowd);
    }
    kill(counter, SIGRTMIN);
    CHECK(end_of(counter) == 1001); /* once */
    const pid_t late = start(PLAIN);
    crowd_follow(&crowd);
    CHECK(end_of(late) == SIGTERM);
    CHECK(kill_and_end(parent) == SIGKILL);
    crowd_follow(&crowd); /* its child is ours now */
    int status = 0;
    CHECK(wait(&status) > 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    CHECK(crowd_is_gone(&crowd));
    return 0;
}

static void who_becomes_ours_later_is_asked_once_too(void **state)
{
    (void)state;
    expect_in_child(check_following);
}

static int check_forgetting(void)
{
    crowd_init(&crowd, true);
    const pid_t counter = start(COUNTS);
    const pid_t other = start(COUNTS);
    crowd_ask(&crowd, 0);
    CHECK(crowd.told_count == 2);
    crowd_forget(&crowd, counter); /* as if its number had been given to another process */
    crowd_forget(&crowd, 999999);
    CHECK(crowd.told_count == 1);
    crowd_follow(&crowd);
    kill(counter, SIGRTMIN);
    kill(other, SIGRTMIN);
    CHECK(end_of(other) == 1001);
    /* Both of its signals may have been merged into one, if it did not run in between. */
    const int end = end_of(counter);
    CHECK(end == 1002 || end == 1001);
    CHECK(crowd.told_count == 2);
    return 0;
}

static void a_forgotten_number_is_asked_again(void **state)
{
    (void)state;
    expect_in_child(check_forgetting);
}

static int check_many(void)
{
    pid_t children[CROWD_TOLD_MAX + 10];
    crowd_init(&crowd, true);
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        children[i] = start(PLAIN);
        CHECK(children[i] > 0);
    }
    crowd_ask(&crowd, 0);
    CHECK(crowd.told_count == CROWD_TOLD_MAX);
    crowd_follow(&crowd);
    CHECK(crowd.told_count == CROWD_TOLD_MAX);
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        CHECK(end_of(children[i]) == SIGTERM);
        crowd_forget(&crowd, children[i]);
    }
    CHECK(crowd.told_count == 0);
    return 0;
}

static void more_children_than_can_be_remembered_are_asked_all_the_same(void **state)
{
    (void)state;
    expect_in_child(check_many);
}

static int check_killing(void)
{
    crowd_init(&crowd, true);
    const pid_t stubborn = start(STUBBORN);
    const pid_t stopped = start(STOPPED);
    const pid_t parent = start(HAS_CHILD);
    crowd_ask(&crowd, 0);
    crowd_kill(&crowd);
    CHECK(end_of(stubborn) == SIGKILL);
    CHECK(end_of(stopped) > 0); /* by the one or the other */
    CHECK(end_of(parent) == SIGKILL);
    crowd_follow(&crowd); /* its child */
    CHECK(wait(NULL) > 0);
    const pid_t late = start(STUBBORN);
    crowd_follow(&crowd);
    CHECK(end_of(late) == SIGKILL);
    CHECK(crowd_is_gone(&crowd));
    return 0;
}

static void all_are_killed_and_who_becomes_ours_later_too(void **state)
{
    (void)state;
    expect_in_child(check_killing);
}

static int check_killing_alone(void)
{
    crowd_init(&crowd, false);
    const pid_t stubborn = start(STUBBORN);
    crowd_kill(&crowd);
    CHECK(end_of(stubborn) == SIGKILL);
    const pid_t late = start(STUBBORN);
    crowd_follow(&crowd);
    CHECK(end_of(late) == SIGKILL);
    return 0;
}

static void a_kill_needs_no_asking_before(void **state)
{
    (void)state;
    expect_in_child(check_killing_alone);
}

static int check_gone(void)
{
    crowd_init(&crowd, true);
    CHECK(crowd_is_gone(&crowd));
    const pid_t plain = start(PLAIN);
    CHECK(!crowd_is_gone(&crowd));
    CHECK(kill_and_end(plain) == SIGKILL);
    CHECK(crowd_is_gone(&crowd));
    const pid_t zombie = start_zombie();
    CHECK(!crowd_is_gone(&crowd)); /* its exit status is still to be collected */
    CHECK(end_of(zombie) == 1000);
    CHECK(crowd_is_gone(&crowd));
    return 0;
}

static void nobody_is_left_when_the_last_was_collected(void **state)
{
    (void)state;
    expect_in_child(check_gone);
}

static int check_insisting(void)
{
    static const struct {
        enum kind kind;
        int end; /* 0: it lives on */
    } rows[] = {{PLAIN, 0}, {IGNORES, SIGHUP}, {STUBBORN, 0}, {COUNTS, 0}};
    siginfo_t info;
    const pid_t stopped = start(STOPPED);
    crowd_insist(stopped);
    CHECK(waitid(P_PID, (id_t)stopped, &info, WCONTINUED | WNOWAIT) == 0);
    CHECK(is_alive(stopped));
    CHECK(kill_and_end(stopped) == SIGKILL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const pid_t pid = start(rows[i].kind);
        crowd_insist(pid);
        if (rows[i].end != 0) {
            CHECK(end_of(pid) == rows[i].end);
        } else {
            CHECK(is_alive(pid));
            CHECK(kill_and_end(pid) == SIGKILL);
        }
    }
    crowd_insist(start_zombie());
    crowd_insist(999999);
    return 0;
}

static int check_asked_group(void)
{
    crowd_init(&crowd, true);
    const pid_t leader = start(COUNTS);
    CHECK(setpgid(leader, leader) == 0);
    const pid_t member = start(COUNTS);
    CHECK(setpgid(member, leader) == 0);
    const pid_t other = start(COUNTS);
    crowd_ask(&crowd, leader);
    crowd_follow(&crowd);
    kill(leader, SIGRTMIN);
    kill(member, SIGRTMIN);
    kill(other, SIGRTMIN);
    CHECK(end_of(leader) == 1000);
    CHECK(end_of(member) == 1000);
    CHECK(end_of(other) == 1001);
    const pid_t late = start(STUBBORN);
    CHECK(setpgid(late, late) == 0);
    crowd_ask(&crowd, late);
    crowd_kill(&crowd); /* which makes no difference */
    CHECK(end_of(late) == SIGKILL);
    return 0;
}

static int check_asking_a_group(void)
{
    crowd_init(&crowd, true);
    const pid_t leader = start(COUNTS);
    CHECK(setpgid(leader, leader) == 0);
    const pid_t member = start(COUNTS);
    CHECK(setpgid(member, leader) == 0);
    const pid_t shell = start(IGNORES);
    CHECK(setpgid(shell, leader) == 0);
    const pid_t frozen = start(STOPPED);
    CHECK(setpgid(frozen, leader) == 0);
    const pid_t zombie = start_zombie();
    const pid_t stranger = start(COUNTS);
    crowd_ask_group(&crowd, leader, leader);
    crowd_ask_group(&crowd, 999999, 0);
    CHECK(end_of(shell) == SIGHUP);
    CHECK(end_of(frozen) == SIGTERM);
    kill(leader, SIGRTMIN);
    kill(member, SIGRTMIN);
    kill(stranger, SIGRTMIN);
    CHECK(end_of(leader) == 1000);
    CHECK(end_of(member) == 1001);
    CHECK(end_of(stranger) == 1000);
    CHECK(end_of(zombie) == 1000);
    return 0;
}

static void a_group_is_asked_but_for_one(void **state)
{
    (void)state;
    expect_in_child(check_asking_a_group);
    expect_as_first(check_asking_a_group);
}

/* Nobody can be left out; as PID 1 crowd_ask() reaches them all, and they get one request. */
static int check_asking_a_group_without_proc(void)
{
    crowd_init(&crowd, false);
    const pid_t leader = start(COUNTS);
    CHECK(setpgid(leader, leader) == 0);
    const pid_t member = start(PLAIN);
    CHECK(setpgid(member, leader) == 0);
    crowd_ask_group(&crowd, leader, leader);
    CHECK(end_of(member) == SIGTERM);
    crowd_init(&crowd, true);
    crowd_ask_group(&crowd, leader, 0);
    kill(leader, SIGRTMIN);
    CHECK(end_of(leader) == 1001);
    return 0;
}

static void without_proc_a_whole_group_is_asked(void **state)
{
    (void)state;
    has_proc = false;
    expect_as_first(check_asking_a_group_without_proc);
    has_proc = true;
}

static int check_waking(void)
{
    siginfo_t info;
    const pid_t leader = start(STOPPED);
    CHECK(setpgid(leader, leader) == 0);
    const pid_t member = start(STOPPED);
    CHECK(setpgid(member, leader) == 0);
    const pid_t stranger = start(STOPPED);
    crowd_wake_group(leader);
    CHECK(waitid(P_PID, (id_t)leader, &info, WCONTINUED | WNOWAIT) == 0);
    CHECK(waitid(P_PID, (id_t)member, &info, WCONTINUED | WNOWAIT) == 0);
    info.si_pid = 0;
    CHECK(waitid(P_PID, (id_t)stranger, &info, WCONTINUED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0);
    CHECK(kill_and_end(leader) == SIGKILL);
    CHECK(kill_and_end(member) == SIGKILL);
    CHECK(kill_and_end(stranger) == SIGKILL);
    crowd_wake_group(999999);
    return 0;
}

static void who_is_stopped_in_a_group_is_continued(void **state)
{
    (void)state;
    expect_in_child(check_waking);
    expect_as_first(check_waking);
}

static void a_group_that_was_asked_before_is_left_out(void **state)
{
    (void)state;
    expect_in_child(check_asked_group);
    expect_as_first(check_asked_group);
}

static void who_ignores_term_gets_hup(void **state)
{
    (void)state;
    expect_in_child(check_insisting);
}

static int check_names(void)
{
    char expected[256];
    crowd_init(&crowd, true);
    prctl(PR_SET_NAME, "first", 0, 0, 0);
    crowd_say_left(&crowd, &the_log, "killing");
    CHECK(strcmp(take_output(), "") == 0);
    const pid_t zombie = start_zombie();
    crowd_say_left(&crowd, &the_log, "killing");
    CHECK(strcmp(take_output(), "") == 0);
    const pid_t a = start(PLAIN);
    crowd_say_left(&crowd, &the_log, "killing");
    snprintf(expected, sizeof expected, "warning init: killing 1 process: first (pid %d)\n", (int)a);
    CHECK(strcmp(take_output(), expected) == 0);
    prctl(PR_SET_NAME, "sec\033ond", 0, 0, 0);
    const pid_t b = start(PLAIN);
    crowd_say_left(&crowd, &the_log, "even KILL did not end");
    snprintf(expected, sizeof expected,
             "warning init: even KILL did not end 2 processes: first (pid %d), sec\\eond (pid %d)\n", (int)a,
             (int)b);
    CHECK(strcmp(take_output(), expected) == 0);
    kill(a, SIGKILL);
    kill(b, SIGKILL);
    CHECK(end_of(a) == SIGKILL && end_of(b) == SIGKILL && end_of(zombie) == 1000);
    return 0;
}

static void who_is_left_is_named(void **state)
{
    (void)state;
    expect_in_child(check_names);
}

static int check_many_names(void)
{
    pid_t children[100];
    crowd_init(&crowd, true);
    prctl(PR_SET_NAME, "\033\033\033\033\033\033\033\033\033\033\033\033\033\033\033", 0, 0, 0);
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        children[i] = start(PLAIN);
    }
    crowd_say_left(&crowd, &the_log, "killing");
    const char *text = take_output();
    CHECK(strncmp(text, "warning init: killing 100 processes: \\e", 39) == 0);
    CHECK(strlen(text) < 1200);
    CHECK(strcmp(text + strlen(text) - 2, ")\n") == 0); /* whole names only */
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        kill(children[i], SIGKILL);
        CHECK(end_of(children[i]) == SIGKILL);
    }
    return 0;
}

static void of_too_many_some_are_named_and_all_counted(void **state)
{
    (void)state;
    expect_in_child(check_many_names);
}

/* ---- cases: PID 1 ---- */

static int check_first_asking(void)
{
    int status = 0;
    CHECK(getpid() == 1);
    crowd_init(&crowd, true);
    CHECK(crowd.owns_all);
    CHECK(crowd_is_gone(&crowd));
    const pid_t plain = start(PLAIN);
    const pid_t ignores = start(IGNORES);
    const pid_t stopped = start(STOPPED);
    const pid_t session = start(HAS_SESSION);
    const pid_t parent = start(HAS_CHILD);
    CHECK(!crowd_is_gone(&crowd));
    crowd_ask(&crowd, 0);
    CHECK(end_of(plain) == SIGTERM);
    CHECK(end_of(ignores) == SIGHUP);
    CHECK(end_of(stopped) == SIGTERM);
    CHECK(end_of(session) == SIGTERM);
    CHECK(end_of(parent) == 1033); /* grandchildren are asked as well */
    CHECK(crowd_is_gone(&crowd));
    const pid_t stubborn = start(STUBBORN);
    const pid_t deep = start(HAS_CHILD);
    crowd_follow(&crowd); /* does nothing here: kill(-1) reached everybody */
    CHECK(is_alive(stubborn));
    crowd_kill(&crowd);
    CHECK(end_of(stubborn) == SIGKILL);
    CHECK(end_of(deep) == SIGKILL);
    while (wait(&status) > 0) {
        CHECK(WTERMSIG(status) == SIGKILL); /* the grandchild, which became ours */
    }
    CHECK(crowd_is_gone(&crowd));
    return 0;
}

static void as_pid_1_everybody_is_asked_and_killed(void **state)
{
    (void)state;
    expect_as_first(check_first_asking);
}

static int check_first_names(void)
{
    char expected[256];
    crowd_init(&crowd, true);
    prctl(PR_SET_NAME, "name", 0, 0, 0);
    const pid_t parent = start(HAS_CHILD);
    for (int i = 0; i < TRIES_MAX && kill(parent + 1, 0) < 0; i++) {
        poll(NULL, 0, 10);
    }
    crowd_say_left(&crowd, &the_log, "killing");
    snprintf(expected, sizeof expected, "warning init: killing 2 processes: name (pid %d), name (pid %d)\n",
             (int)parent, (int)parent + 1);
    CHECK(strcmp(take_output(), expected) == 0);
    crowd_init(&crowd, false); /* ours alone */
    crowd_say_left(&crowd, &the_log, "killing");
    CHECK(strcmp(take_output(), expected) == 0); /* the child becomes ours when its parent is killed */
    return 0;
}

static void as_pid_1_everybody_is_named(void **state)
{
    (void)state;
    expect_as_first(check_first_names);
}

static int check_first_that_may_not(void)
{
    CHECK(getpid() == 1);
    crowd_init(&crowd, false);
    CHECK(!crowd.owns_all);
    const pid_t parent = start(HAS_CHILD);
    crowd_ask(&crowd, 0);
    CHECK(is_alive(parent)); /* its child was left alone, and so it lives */
    CHECK(kill_and_end(parent) == SIGKILL);
    return 0;
}

static void as_pid_1_of_a_person_only_own_children_are_asked(void **state)
{
    (void)state;
    expect_as_first(check_first_that_may_not);
}

static int check_without_proc(void)
{
    CHECK(getpid() == 1);
    crowd_init(&crowd, true);
    const pid_t plain = start(PLAIN);
    const pid_t ignores = start(IGNORES);
    crowd_ask(&crowd, 0);
    CHECK(end_of(plain) == SIGTERM);
    CHECK(is_alive(ignores)); /* who ignores what cannot be seen */
    CHECK(!crowd_is_gone(&crowd));
    crowd_say_left(&crowd, &the_log, "killing");
    CHECK(strcmp(take_output(), "") == 0);
    crowd_kill(&crowd);
    CHECK(end_of(ignores) == SIGKILL);
    CHECK(crowd_is_gone(&crowd));
    return 0;
}

static void without_proc_it_asks_and_kills_all_the_same(void **state)
{
    (void)state;
    has_proc = false; /* what is there belongs to another namespace */
    expect_as_first(check_without_proc);
    has_proc = true;
}

/* The first process of a namespace in which another one was put from outside, as by 'docker exec'. */
static int check_visitor(int from_outside, int to_outside)
{
    pid_t visitor = 0;
    char byte = 0;
    crowd_init(&crowd, true);
    CHECK(write(to_outside, "1", 1) == 1); /* let the visitor come */
    CHECK(read(from_outside, &visitor, sizeof visitor) == sizeof visitor);
    CHECK(!crowd_is_gone(&crowd));
    crowd_ask(&crowd, 0);
    CHECK(write(to_outside, "2", 1) == 1); /* now it should have ended: look, but leave its zombie */
    CHECK(read(from_outside, &byte, 1) == 1 && byte == 'z');
    CHECK(kill(2, 0) == 0);       /* the zombie has a number here */
    CHECK(crowd_is_gone(&crowd)); /* but nobody here could collect it */
    return 0;
}

/* The runtime outside: starts the first process, then puts a visitor beside it. */
static int check_exec(void)
{
    int down[2];
    int up[2];
    int status = 0;
    char byte;
    siginfo_t info;
    if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0 ||
        mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
        fprintf(stderr, "no PID namespace can be made here: %s\n", strerror(errno));
        return SKIPPED;
    }
    CHECK(pipe2(down, O_CLOEXEC) == 0 && pipe2(up, O_CLOEXEC) == 0);
    const pid_t first = fork();
    if (first == 0) {
        if (mount("proc", "/proc", "proc", 0, NULL) < 0) {
            _exit(SKIPPED);
        }
        const int result = check_visitor(down[0], up[1]);
        close(up[1]); /* the kernel lets us go when the visitor's zombie is gone */
        _exit(result);
    }
    close(up[1]);
    if (read(up[0], &byte, 1) != 1) {
        return waitpid(first, &status, 0) == first && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    const pid_t visitor = start(PLAIN);
    CHECK(write(down[1], &visitor, sizeof visitor) == sizeof visitor);
    CHECK(read(up[0], &byte, 1) == 1);
    CHECK(waitid(P_PID, (id_t)visitor, &info, WEXITED | WNOWAIT) == 0);
    CHECK(info.si_code == CLD_KILLED && info.si_status == SIGTERM);
    CHECK(write(down[1], "z", 1) == 1);
    CHECK(read(up[0], &byte, 1) == 0);
    CHECK(end_of(visitor) == SIGTERM);
    CHECK(waitpid(first, &status, 0) == first);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void visitors_are_asked_and_their_zombies_do_not_count(void **state)
{
    (void)state;
    expect_in_child(check_exec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_are_asked_in_the_way_that_they_obey),
        cmocka_unit_test(who_becomes_ours_later_is_asked_once_too),
        cmocka_unit_test(a_forgotten_number_is_asked_again),
        cmocka_unit_test(more_children_than_can_be_remembered_are_asked_all_the_same),
        cmocka_unit_test(all_are_killed_and_who_becomes_ours_later_too),
        cmocka_unit_test(a_kill_needs_no_asking_before),
        cmocka_unit_test(nobody_is_left_when_the_last_was_collected),
        cmocka_unit_test(who_ignores_term_gets_hup),
        cmocka_unit_test(a_group_that_was_asked_before_is_left_out),
        cmocka_unit_test(a_group_is_asked_but_for_one),
        cmocka_unit_test(without_proc_a_whole_group_is_asked),
        cmocka_unit_test(who_is_stopped_in_a_group_is_continued),
        cmocka_unit_test(who_is_left_is_named),
        cmocka_unit_test(of_too_many_some_are_named_and_all_counted),
        cmocka_unit_test(as_pid_1_everybody_is_asked_and_killed),
        cmocka_unit_test(as_pid_1_everybody_is_named),
        cmocka_unit_test(as_pid_1_of_a_person_only_own_children_are_asked),
        cmocka_unit_test(without_proc_it_asks_and_kills_all_the_same),
        cmocka_unit_test(visitors_are_asked_and_their_zombies_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
