/* SPDX-License-Identifier: MIT */
/*
 * guard: real sockets in real directories, with real events. Timers do not run by themselves: a case fires
 * them, so that nothing waits for a second. Counts hold for every user; that root's are final has its own
 * case.
 *
 * WRAP: inotify_init1 read open unlinkat uv_timer_start uv_hrtime clock_gettime malloc calloc realloc
 */
#include "testing.h"

#include "sandbox_init/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    TURNS_MAX = 3000, /* of at most 10 ms each */
    TEXT_SIZE = 4 << 20,
    DIRS_MAX = 8,
    NOBODY = 65534,
    STRANGER = 4242,
    SKIPPED = 77,
};

static const uint64_t never_ms = 1000000000;

static char base[32]; /* the test's directory */

/* ---- the wrapped calls ---- */

static int no_inotify;        /* errno; 0: it works */
static bool is_one_by_one;    /* a read takes a single event */
static bool has_no_mountinfo; /* as without /proc */
static int unlink_error;      /* errno; 0: it works */
static unsigned unlinks;
static bool has_no_memory;
static unsigned allocations;
static uint64_t clock_ns;     /* what the guard takes for the time; it stands still where no case moves it */
static uint64_t cpu_ns;       /* and for what it has worked */
static uint64_t walk_cost_ns; /* how long it works for a walk */
static uint64_t walk_wait_ns; /* how long others keep it from that */
static bool is_walk_counted;
static unsigned walks;

uint64_t __wrap_uv_hrtime(void);
uint64_t __wrap_uv_hrtime(void)
{
    return clock_ns;
}

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock != CLOCK_THREAD_CPUTIME_ID) {
        return __real_clock_gettime(clock, now);
    }
    is_walk_counted = false;
    now->tv_sec = (time_t)(cpu_ns / 1000000000);
    now->tv_nsec = (long)(cpu_ns % 1000000000);
    return 0;
}

int __real_inotify_init1(int flags);
int __wrap_inotify_init1(int flags);
int __wrap_inotify_init1(int flags)
{
    errno = no_inotify;
    return no_inotify != 0 ? -1 : __real_inotify_init1(flags);
}

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    const size_t fits_one = sizeof(struct inotify_event) + 32; /* with a name of 17 to 31 bytes, or less */
    return __real_read(fd, buffer, is_one_by_one && size > fits_one ? fits_one : size);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    if (has_no_mountinfo && strcmp(path, "/proc/self/mountinfo") == 0) {
        errno = ENOENT;
        return -1;
    }
    /* Where each begins, between two looks at the time; it may go round several times. */
    if (strcmp(path, "/") == 0 && !is_walk_counted) {
        is_walk_counted = true;
        walks++;
        cpu_ns += walk_cost_ns;
        clock_ns += walk_cost_ns + walk_wait_ns;
    }
    return __real_open(path, flags, 0600);
}

int __real_unlinkat(int dirfd, const char *path, int flags);
int __wrap_unlinkat(int dirfd, const char *path, int flags);
int __wrap_unlinkat(int dirfd, const char *path, int flags)
{
    unlinks++;
    errno = unlink_error;
    return unlink_error != 0 ? -1 : __real_unlinkat(dirfd, path, flags);
}

static struct {
    uv_timer_t *timer;
    uv_timer_cb callback;
    uint64_t timeout_ms;
    uint64_t repeat_ms;
} timers[4];
static size_t timer_count;

int __real_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout_ms, uint64_t repeat_ms);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout_ms, uint64_t repeat_ms);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout_ms, uint64_t repeat_ms)
{
    size_t i = 0;
    while (i < timer_count && timers[i].timer != timer) {
        i++;
    }
    if (i < COUNT_OF(timers)) {
        timers[i].timer = timer;
        timers[i].callback = callback;
        timers[i].timeout_ms = timeout_ms;
        timers[i].repeat_ms = repeat_ms;
        timer_count = i < timer_count ? timer_count : i + 1;
    }
    return __real_uv_timer_start(timer, callback, never_ms, repeat_ms);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    allocations++;
    return has_no_memory ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return has_no_memory ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return has_no_memory ? NULL : __real_realloc(memory, size);
}

/* ---- helpers ---- */

static uv_loop_t loop;
static int out;
static struct log the_log;
static struct guard guard;
static struct config config;
static char dir_texts[DIRS_MAX][128];
static char *dirs[DIRS_MAX + 1];
static char ipc_pattern[] = "vscode-ipc-*.sock";
static char ssh_pattern[] = "vscode-ssh-auth-sock-*";
static char *patterns[] = {ipc_pattern, ssh_pattern, NULL};
static char *no_environ[] = {NULL};

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/test-guard-XXXXXX");
    if (mkdtemp(base) == NULL || chmod(base, 0755) < 0 || uv_loop_init(&loop) < 0) {
        return -1;
    }
    no_inotify = unlink_error = 0;
    is_one_by_one = has_no_mountinfo = has_no_memory = false;
    timer_count = walks = 0;
    clock_ns = 1000000000;
    cpu_ns = 999999999; /* a second begins in the next walk */
    walk_cost_ns = walk_wait_ns = 0;
    memset(&guard, 0, sizeof guard);
    config = (struct config){.scrub = {.enabled = true, .dirs = dirs, .patterns = patterns}};
    out = memfd_create("log", MFD_CLOEXEC);
    log_init(&the_log, out, CONFIG_LOG_INFO, CONFIG_LOG_TEXT);
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    guard_stop(&guard);
    guard_stop(&guard);
    uv_run(&loop, UV_RUN_DEFAULT);
    guard_finish(&guard);
    close(out);
    unlink_error = 0;
    nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return uv_loop_close(&loop);
}

/* Path of NAME in the test's directory, which the next call but three overwrites. */
static const char *at(const char *name)
{
    static char paths[4][256];
    static size_t next;
    next = (next + 1) % COUNT_OF(paths);
    snprintf(paths[next], sizeof paths[0], "%s/%s", base, name);
    return paths[next];
}

static void make(const char *name)
{
    assert_int_equal(mkdir(at(name), 0755), 0);
}

static bool is_there(const char *name)
{
    struct stat status;
    return lstat(at(name), &status) == 0;
}

static bool bind_socket(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", base, name);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool is_bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return is_bound;
}

static void make_socket(const char *name)
{
    assert_true(bind_socket(name));
}

static void make_file(const char *name)
{
    assert_int_equal(mknod(at(name), S_IFREG | 0600, 0), 0);
}

/* Configures GLOBS (below the test's directory, ends in NULL). */
static void use_dirs(const char *const *globs)
{
    size_t count = 0;
    for (; globs[count] != NULL; count++) {
        assert_true(count < DIRS_MAX);
        snprintf(dir_texts[count], sizeof dir_texts[0], "%s/%s", base, globs[count]);
        dirs[count] = dir_texts[count];
    }
    dirs[count] = NULL;
}

#define GLOBS(...)                                                                                           \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        __VA_ARGS__, NULL                                                                                    \
    }

static void start(const char *const *globs)
{
    use_dirs(globs);
    assert_int_equal(guard_init(&guard, &config, no_environ, &the_log), 0);
    assert_int_equal(guard_start(&guard, &loop), 0);
}

static struct guard_report report(void)
{
    struct guard_report now;
    memset(&now, 0x55, sizeof now);
    guard_report(&guard, &now);
    return now;
}

/* Sockets that were removed; only root's removals of what others made are final. */
static uint64_t removed(void)
{
    const struct guard_report now = report();
    return now.counters.revoked + now.counters.unlinked;
}

/* Handles all events that are there. */
static void turn(void)
{
    for (int i = 0; i < 10; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
    }
}

/* Lets the loop run until NAME is gone. */
static bool goes(const char *name)
{
    for (int i = 0; i < TURNS_MAX && is_there(name); i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        struct pollfd wait = {.fd = uv_backend_fd(&loop), .events = POLLIN};
        poll(&wait, 1, is_there(name) ? 10 : 0);
    }
    turn();
    return !is_there(name);
}

static void fire(uv_timer_t *timer)
{
    assert_true(uv_is_active((uv_handle_t *)timer));
    for (size_t i = 0; i < timer_count; i++) {
        if (timers[i].timer == timer) {
            if (timers[i].repeat_ms == 0) {
                uv_timer_stop(timer);
            }
            timers[i].callback(timer);
        }
    }
}

static const char *output(void)
{
    static char text[TEXT_SIZE];
    const ssize_t got = pread(out, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

static void empty_output(void)
{
    assert_int_equal(ftruncate(out, 0), 0);
    assert_int_equal(lseek(out, 0, SEEK_SET), 0);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part)) {
        count++;
    }
    return count;
}

static void expect_said(const char *line, size_t times)
{
    char whole[512];
    snprintf(whole, sizeof whole, "Z sandbox-init %s\n", line);
    if (count_of(output(), whole) != times) {
        fail_msg("not %zu times \"%s\" in:\n%s", times, line, output());
    }
}

/* ---- cases: what is revoked ---- */

static void sockets_of_before_and_after_the_start_go(void **state)
{
    (void)state;
    make("t");
    make_socket("t/vscode-ipc-1.sock");
    make_socket("t/vscode-ssh-auth-sock-1");
    make_socket("t/lsp-1.sock");
    start(GLOBS("t"));
    assert_false(is_there("t/vscode-ipc-1.sock"));
    assert_false(is_there("t/vscode-ssh-auth-sock-1"));
    assert_int_equal(removed(), 2);
    make_socket("t/vscode-ipc-2.sock");
    make_socket("t/vscode-ipc-2.sock2");
    make_socket("t/vscode-ssh-auth-sock-2");
    assert_true(goes("t/vscode-ipc-2.sock"));
    assert_false(is_there("t/vscode-ssh-auth-sock-2"));
    assert_int_equal(removed(), 4);
    make_socket("t/vscode-ipc-2.sock"); /* the same name once more */
    assert_true(goes("t/vscode-ipc-2.sock"));
    assert_int_equal(removed(), 5);
    assert_true(is_there("t/lsp-1.sock") && is_there("t/vscode-ipc-2.sock2"));
    assert_int_equal(report().counters.refused + report().counters.failed, 0);
}

static void what_root_revokes_is_final(void **state)
{
    char line[128];
    (void)state;
    if (geteuid() != 0) {
        print_message("only root can revoke for good\n");
        skip();
    }
    make("t");
    make_socket("t/vscode-ipc-1.sock");
    assert_int_equal(chown(at("t/vscode-ipc-1.sock"), STRANGER, STRANGER), 0);
    const int held = open(at("t/vscode-ipc-1.sock"), O_PATH | O_CLOEXEC);
    start(GLOBS("t"));
    struct stat status;
    assert_int_equal(fstat(held, &status), 0);
    assert_int_equal(status.st_uid, 0);
    assert_int_equal(status.st_mode & 07777, 0);
    close(held);
    make_socket("t/vscode-ipc-2.sock");
    assert_int_equal(chown(at("t/vscode-ipc-2.sock"), STRANGER, STRANGER), 0);
    assert_true(goes("t/vscode-ipc-2.sock"));
    assert_int_equal(report().counters.revoked, 2);
    assert_int_equal(report().counters.unlinked, 0);
    assert_true(report().is_final);
    snprintf(line, sizeof line, "info guard: revoked %s/t/vscode-ipc-2.sock (owner %d)", base, STRANGER);
    expect_said(line, 1);
}

static void what_is_no_socket_stays(void **state)
{
    char line[128];
    (void)state;
    make("t");
    make("t/vscode-ipc-0.sock");
    start(GLOBS("t"));
    make_file("t/vscode-ipc-1.sock");
    assert_int_equal(mkfifo(at("t/vscode-ipc-2.sock"), 0600), 0);
    make("t/vscode-ipc-3.sock"); /* a directory's event is not worth a look */
    turn();
    assert_true(is_there("t/vscode-ipc-0.sock") && is_there("t/vscode-ipc-1.sock") &&
                is_there("t/vscode-ipc-2.sock") && is_there("t/vscode-ipc-3.sock"));
    assert_int_equal(report().counters.refused, 3);
    snprintf(line, sizeof line, "warning guard: left %s/t/vscode-ipc-1.sock alone: it is not a socket", base);
    expect_said(line, 1);
}

static void a_link_goes_and_its_target_stays(void **state)
{
    (void)state;
    make("t");
    make_socket("target");
    start(GLOBS("t"));
    assert_int_equal(symlink(at("target"), at("t/vscode-ipc-1.sock")), 0);
    assert_true(goes("t/vscode-ipc-1.sock"));
    assert_true(is_there("target"));
    assert_int_equal(report().counters.links, 1);
}

static void a_socket_that_is_moved_in_goes(void **state)
{
    (void)state;
    make("t");
    make("u");
    start(GLOBS("t"));
    make_socket("u/vscode-ipc-1.sock");
    assert_int_equal(rename(at("u/vscode-ipc-1.sock"), at("t/vscode-ipc-1.sock")), 0);
    assert_true(goes("t/vscode-ipc-1.sock"));
    make_socket("t/other");
    assert_int_equal(rename(at("t/other"), at("t/vscode-ipc-2.sock")), 0);
    assert_true(goes("t/vscode-ipc-2.sock"));
    assert_int_equal(removed(), 2);
}

static void a_variable_names_a_directory(void **state)
{
    static char variable[] = "$TESTDIR/t";
    char value[64];
    char *environ_in[] = {value, NULL};
    (void)state;
    make("t");
    snprintf(value, sizeof value, "TESTDIR=%s", base);
    dirs[0] = variable;
    dirs[1] = NULL;
    assert_int_equal(guard_init(&guard, &config, environ_in, &the_log), 0);
    assert_int_equal(guard_start(&guard, &loop), 0);
    make_socket("t/vscode-ipc-1.sock");
    assert_true(goes("t/vscode-ipc-1.sock"));
}

/* ---- cases: directories that change ---- */

static void a_directory_that_appears_is_swept(void **state)
{
    (void)state;
    start(GLOBS("user/*"));
    make("user");
    make("user/1");
    make_socket("user/1/vscode-ipc-1.sock"); /* before anybody could watch it */
    assert_true(goes("user/1/vscode-ipc-1.sock"));
    make_socket("user/1/vscode-ipc-2.sock");
    assert_true(goes("user/1/vscode-ipc-2.sock"));
    make("user/2");
    turn();
    make_socket("user/2/vscode-ipc-3.sock");
    assert_true(goes("user/2/vscode-ipc-3.sock"));
    assert_int_equal(report().directories, 2);
    assert_int_equal(removed(), 3);
}

static void a_directory_that_is_made_again_is_watched_again(void **state)
{
    (void)state;
    make("user");
    make("user/1");
    start(GLOBS("user/1"));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(rmdir(at("user/1")), 0);
        if (i % 2 == 0) {
            turn();
            assert_int_equal(report().directories, 0);
        }
        if (i > 2) {
            assert_int_equal(rmdir(at("user")), 0);
            make("user");
        }
        make("user/1");
        if (i % 3 == 0) {
            turn();
        }
        make_socket("user/1/vscode-ipc-1.sock");
        assert_true(goes("user/1/vscode-ipc-1.sock"));
        assert_int_equal(report().directories, 1);
    }
    assert_int_equal(removed(), 5);
}

static void a_directory_that_is_renamed_away_is_left_alone_until_it_is_back(void **state)
{
    (void)state;
    make("user");
    make("user/1");
    make("away");
    start(GLOBS("user/*"));
    assert_int_equal(rename(at("user/1"), at("away/1")), 0);
    turn();
    assert_int_equal(report().directories, 0);
    make_socket("away/1/vscode-ipc-1.sock");
    turn();
    assert_true(is_there("away/1/vscode-ipc-1.sock")); /* it is nowhere where we were told to look */
    assert_int_equal(rename(at("away/1"), at("user/2")), 0);
    assert_true(goes("user/2/vscode-ipc-1.sock"));
    make_socket("user/2/vscode-ipc-2.sock");
    assert_true(goes("user/2/vscode-ipc-2.sock"));
}

static void a_directory_that_is_replaced_is_exchanged(void **state)
{
    (void)state;
    make("user");
    make("new");
    make_socket("new/vscode-ipc-1.sock");
    start(GLOBS("user"));
    assert_int_equal(renameat2(AT_FDCWD, at("new"), AT_FDCWD, at("user"), RENAME_EXCHANGE), 0);
    assert_true(goes("user/vscode-ipc-1.sock"));
    make_socket("new/vscode-ipc-2.sock");
    make_socket("user/vscode-ipc-2.sock");
    assert_true(goes("user/vscode-ipc-2.sock"));
    assert_true(is_there("new/vscode-ipc-2.sock"));
    make("over");
    assert_int_equal(rename(at("over"), at("user")), 0); /* the empty one goes */
    turn();
    make_socket("user/vscode-ipc-3.sock");
    assert_true(goes("user/vscode-ipc-3.sock"));
}

static void a_directory_that_becomes_a_link_is_followed(void **state)
{
    (void)state;
    make("user");
    make("real");
    start(GLOBS("user"));
    assert_int_equal(rmdir(at("user")), 0);
    assert_int_equal(symlink("real", at("user")), 0);
    turn();
    make_socket("real/vscode-ipc-1.sock");
    assert_true(goes("real/vscode-ipc-1.sock"));
    assert_int_equal(rmdir(at("real")), 0);
    make("real");
    turn();
    make_socket("real/vscode-ipc-2.sock");
    assert_true(goes("real/vscode-ipc-2.sock"));
    assert_int_equal(unlink(at("user")), 0);
    make("user");
    make_socket("user/vscode-ipc-3.sock");
    assert_true(goes("user/vscode-ipc-3.sock"));
}

/* What a child does: an assertion of cmocka would go on with the other cases in the child. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n%s", __FILE__, __LINE__, #condition, output());                      \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

static void expect_in_child(int (*body)(void))
{
    int status = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        _exit(uv_loop_fork(&loop) != 0 ? 1 : body());
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        skip();
    }
    assert_int_equal(status, 0);
}

static bool start_in_child(const char *const *globs)
{
    use_dirs(globs);
    return guard_init(&guard, &config, no_environ, &the_log) == 0 && guard_start(&guard, &loop) == 0;
}

static int check_mounted_over(void)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
        fprintf(stderr, "no mount namespace can be made here: %s\n", strerror(errno));
        return SKIPPED;
    }
    CHECK(start_in_child(GLOBS("user")));
    turn();
    CHECK(mount("test", at("user"), "tmpfs", 0, NULL) == 0);
    CHECK(bind_socket("user/vscode-ipc-1.sock"));
    CHECK(goes("user/vscode-ipc-1.sock"));
    CHECK(bind_socket("user/vscode-ipc-2.sock"));
    CHECK(goes("user/vscode-ipc-2.sock"));
    CHECK(umount2(at("user"), MNT_DETACH) == 0);
    turn();
    CHECK(bind_socket("user/vscode-ipc-3.sock"));
    CHECK(goes("user/vscode-ipc-3.sock"));
    CHECK(report().directories == 1);
    CHECK(removed() == 3);

    /* A directory that is mounted over itself is the same one, but its entries are the new mount's. */
    CHECK(mount(at("user"), at("user"), "none", MS_BIND, NULL) == 0);
    turn();
    CHECK(bind_socket("user/vscode-ipc-5.sock"));
    CHECK(goes("user/vscode-ipc-5.sock"));
    CHECK(umount2(at("user"), MNT_DETACH) == 0);
    turn();
    CHECK(bind_socket("user/vscode-ipc-6.sock"));
    CHECK(goes("user/vscode-ipc-6.sock"));

    /* A socket that is mounted from the host is none of ours. */
    CHECK(bind_socket("host"));
    close(open(at("user/vscode-ipc-4.sock"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    CHECK(mount(at("host"), at("user/vscode-ipc-4.sock"), "none", MS_BIND, NULL) == 0);
    turn();
    CHECK(is_there("user/vscode-ipc-4.sock") && is_there("host"));
    CHECK(report().counters.failed == 0);
    CHECK(umount2(at("user/vscode-ipc-4.sock"), MNT_DETACH) == 0);
    return 0;
}

static void a_watch_that_the_kernel_ended_is_set_again(void **state)
{
    struct fileid id;
    (void)state;
    make("t");
    start(GLOBS("t"));
    assert_int_equal(fileid_read(AT_FDCWD, at("t"), &id), 0);
    const struct watchlist_directory *directory = watchlist_find_id(&guard.list, &id);
    assert_non_null(directory);
    watch_remove(&guard.watch, directory->watch_id);
    make_socket("t/vscode-ipc-1.sock"); /* of which no event tells */
    assert_true(goes("t/vscode-ipc-1.sock"));
    make_socket("t/vscode-ipc-2.sock");
    assert_true(goes("t/vscode-ipc-2.sock"));
    assert_int_equal(report().directories, 1);
}

static void what_is_mounted_over_is_swept_and_watched(void **state)
{
    (void)state;
    make("user");
    expect_in_child(check_mounted_over);
}

/* ---- cases: renames ---- */

static void a_renamed_socket_is_revoked_under_its_new_name(void **state)
{
    (void)state;
    make("t");
    make("u");
    start(GLOBS("t", "u"));
    for (int i = 0; i < 2; i++) {
        is_one_by_one = i == 1; /* the two events of a rename need not come in one read (inotify(7)) */
        make_socket("t/vscode-ipc-1.sock");
        assert_int_equal(rename(at("t/vscode-ipc-1.sock"), at("t/harmless")), 0);
        assert_true(goes("t/harmless"));
        make_socket("t/vscode-ipc-2.sock");
        assert_int_equal(rename(at("t/vscode-ipc-2.sock"), at("u/harmless")), 0);
        assert_true(goes("u/harmless"));
    }
    assert_int_equal(removed(), 4);
}

static void a_rename_is_chased_wherever_the_buffer_ends(void **state)
{
    (void)state;
    make("t");
    start(GLOBS("t"));
    /* 48 bytes for each of these events: the buffer's end falls on every place between them. */
    for (size_t before = 330; before < 350; before++) {
        for (size_t i = 0; i < before; i++) {
            const char *name = i % 2 == 0 ? "t/a-name-of-20-bytes" : "t/b-name-of-20-bytes";
            make_file(name);
            assert_int_equal(unlink(at(name)), 0);
        }
        make_socket("t/vscode-ipc-1.sock");
        assert_int_equal(rename(at("t/vscode-ipc-1.sock"), at("t/another-harmless-name")), 0);
        assert_true(goes("t/another-harmless-name"));
    }
    assert_int_equal(removed(), 20);
    assert_int_equal(report().counters.moved_away, 0);
}

static void a_socket_that_is_renamed_on_and_on_is_chased(void **state)
{
    static const char *const names[] = {"t/vscode-ipc-1.sock", "t/a", "u/b", "u/c", "t/d", "t/e"};
    (void)state;
    make("t");
    make("u");
    start(GLOBS("t", "u"));
    for (size_t length = 2; length <= COUNT_OF(names); length++) {
        for (int i = 0; i < 2; i++) {
            is_one_by_one = i == 1;
            make_socket(names[0]);
            for (size_t k = 1; k < length; k++) {
                assert_int_equal(rename(at(names[k - 1]), at(names[k])), 0);
            }
            if (!goes(names[length - 1])) {
                fail_msg("it got away by %zu renames", length - 1);
            }
        }
    }
    assert_int_equal(removed(), 2 * (COUNT_OF(names) - 1));
    make_socket("t/not-ours");
    assert_int_equal(rename(at("t/not-ours"), at("t/not-ours-either")), 0);
    turn();
    assert_true(is_there("t/not-ours-either"));
}

static void a_socket_that_is_moved_away_is_counted(void **state)
{
    (void)state;
    make("t");
    make("elsewhere");
    start(GLOBS("t"));
    for (int i = 0; i < 3; i++) {
        make_socket("t/vscode-ipc-1.sock");
        assert_int_equal(rename(at("t/vscode-ipc-1.sock"), at("elsewhere/s")), 0);
    }
    make_file("t/harmless");
    assert_int_equal(rename(at("t/harmless"), at("elsewhere/harmless")), 0);
    turn();
    assert_int_equal(report().counters.moved_away, 3);
    assert_true(is_there("elsewhere/s"));
    expect_said("warning guard: a socket was moved out of the watched directories before it could be revoked",
                3);
    make_file("t/another");
    turn();
    assert_int_equal(report().counters.moved_away, 3);
}

static void hard_links_are_counted_as_evidence(void **state)
{
    (void)state;
    make("t");
    start(GLOBS("t"));
    make_socket("t/vscode-ipc-1.sock");
    assert_int_equal(link(at("t/vscode-ipc-1.sock"), at("t/kept")), 0);
    assert_true(goes("t/vscode-ipc-1.sock"));
    assert_int_equal(report().counters.hard_links, 1);
    assert_int_equal(
        count_of(output(), "/t/vscode-ipc-1.sock had 2 names: somebody made hard links to keep it"), 1);
    struct stat status;
    assert_int_equal(stat(at("t/kept"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0);
}

/* ---- cases: what is said ---- */

static void the_start_says_what_is_watched(void **state)
{
    static const struct {
        int action;
        const char *line;
    } rows[] = {
        {CONFIG_SCRUB_REVOKE,
         "info guard: watching 1 directory: VS Code's sockets are removed as they appear"},
        {CONFIG_SCRUB_REPORT, "info guard: watching 1 directory: only reporting VS Code's sockets"},
    };
    (void)state;
    make("t");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        config.scrub.action = rows[i].action;
        start(GLOBS("t"));
        expect_said(rows[i].line, 1);
        assert_int_equal(report().is_dry, rows[i].action == CONFIG_SCRUB_REPORT);
        guard_stop(&guard);
        uv_run(&loop, UV_RUN_DEFAULT);
        guard_finish(&guard);
        memset(&guard, 0, sizeof guard);
    }
    make("u");
    config.scrub.action = CONFIG_SCRUB_REVOKE;
    start(GLOBS("t", "u", "v"));
    expect_said("info guard: watching 2 directories: VS Code's sockets are removed as they appear", 1);
}

static void with_action_report_sockets_stay(void **state)
{
    char line[128];
    (void)state;
    config.scrub.action = CONFIG_SCRUB_REPORT;
    make("t");
    make_socket("t/vscode-ipc-1.sock");
    start(GLOBS("t"));
    make_socket("t/vscode-ipc-2.sock");
    assert_int_equal(symlink("x", at("t/vscode-ipc-3.sock")), 0);
    turn();
    assert_true(is_there("t/vscode-ipc-1.sock") && is_there("t/vscode-ipc-2.sock") &&
                is_there("t/vscode-ipc-3.sock"));
    assert_int_equal(report().counters.found, 3);
    assert_int_equal(removed() + report().counters.links, 0);
    struct stat status;
    assert_int_equal(stat(at("t/vscode-ipc-2.sock"), &status), 0);
    assert_int_not_equal(status.st_mode & 07777, 0);
    snprintf(line, sizeof line,
             "warning guard: found %s/t/vscode-ipc-2.sock (owner %u); action = report leaves it there", base,
             (unsigned)geteuid());
    expect_said(line, 1);
}

static void names_are_printed_escaped(void **state)
{
    (void)state;
    make("t");
    start(GLOBS("t"));
    make_socket("t/vscode-ipc-\n\033[2J.sock");
    assert_true(goes("t/vscode-ipc-\n\033[2J.sock"));
    assert_int_equal(count_of(output(), "/t/vscode-ipc-\\n\\e[2J.sock (owner "), 1);
    assert_null(strchr(output(), '\033'));
}

static void a_flood_is_counted_and_not_said_in_full(void **state)
{
    enum { FLOOD = 5000 };
    char name[64];
    size_t left_out = 0;
    (void)state;
    make("t");
    start(GLOBS("t"));
    for (int i = 0; i < FLOOD; i++) {
        snprintf(name, sizeof name, "t/vscode-ipc-%d.sock", i);
        make_socket(name);
    }
    assert_true(goes(name));
    turn();
    assert_int_equal(removed(), FLOOD);
    fire(&guard.tally.timer);
    const char *text = output();
    const size_t said = count_of(text, "/t/vscode-ipc-");
    assert_in_range(said, TALLY_BURST, TALLY_BURST + 30 * TALLY_PER_SECOND);
    static const char note[] = " more lines about removals were left out";
    for (const char *at_note = text; (at_note = strstr(at_note, note)) != NULL; at_note++) {
        const char *number = at_note;
        while (number[-1] >= '0' && number[-1] <= '9') {
            number--;
        }
        left_out += strtoul(number, NULL, 10);
    }
    assert_int_equal(said + left_out, FLOOD);
}

static void the_stop_says_the_counts(void **state)
{
    (void)state;
    make("t");
    start(GLOBS("t"));
    make_file("t/vscode-ipc-1.sock");
    turn();
    guard_stop(&guard);
    expect_said("info guard: in all: 0 revoked, 0 unlinked, 0 links removed, 0 found, 1 refused, 0 failed, 0 "
                "with hard links, 0 moved away, 0 overflows",
                1);
    make_socket("t/vscode-ipc-2.sock");
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(is_there("t/vscode-ipc-2.sock"));
    struct guard_report zero;
    memset(&zero, 0, sizeof zero);
    const struct guard_report now = report();
    assert_int_equal(now.counters.refused + now.directories, 0);
    assert_false(now.is_polling || now.is_dry || now.is_final);
}

static int check_degraded(void)
{
    CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
    CHECK(start_in_child(GLOBS("t")));
    CHECK(!report().is_final);
    CHECK(count_of(output(),
                   "warning guard: degraded: only root with CAP_CHOWN revokes for good; as it is, a "
                   "socket is unlinked, and who opened it before can still connect\n") == 1);
    CHECK(bind_socket("t/vscode-ipc-1.sock"));
    CHECK(goes("t/vscode-ipc-1.sock"));
    CHECK(report().counters.unlinked == 1 && report().counters.revoked == 0);
    return 0;
}

static int check_without_capability(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    CHECK(syscall(SYS_capget, &header, data) == 0);
    data[CAP_TO_INDEX(CAP_CHOWN)].effective &= ~CAP_TO_MASK(CAP_CHOWN);
    CHECK(syscall(SYS_capset, &header, data) == 0);
    CHECK(start_in_child(GLOBS("t")));
    CHECK(!report().is_final);
    CHECK(count_of(output(), "warning guard: degraded: only root with CAP_CHOWN") == 1);
    return 0;
}

static int check_dry(void)
{
    CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
    config.scrub.action = CONFIG_SCRUB_REPORT;
    CHECK(start_in_child(GLOBS("t")));
    CHECK(count_of(output(), "degraded") == 0); /* nothing is to be revoked */
    return 0;
}

static void who_cannot_revoke_for_good_says_so(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("only root can become somebody else\n");
        skip();
    }
    make("t");
    assert_int_equal(chmod(at("t"), 01777), 0);
    expect_in_child(check_degraded);
    empty_output();
    expect_in_child(check_without_capability);
    empty_output();
    expect_in_child(check_dry);
}

static int check_unreadable(void)
{
    CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
    CHECK(start_in_child(GLOBS("t")));
    CHECK(count_of(output(), "/t cannot be watched: Permission denied; sockets in it stay unseen\n") == 1);
    CHECK(count_of(output(), "/t cannot be read: Permission denied; sockets in it stay unseen\n") == 1);
    CHECK(!report().is_polling); /* no sweep could read it either */
    turn();
    CHECK(uv_backend_timeout(&loop) == -1);
    return 0;
}

static void a_directory_that_we_may_not_read_is_said_and_left(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("only root can become somebody who may not read a directory\n");
        skip();
    }
    make("t");
    assert_int_equal(chmod(at("t"), 0711), 0);
    expect_in_child(check_unreadable);
}

static void a_socket_that_cannot_be_removed_is_tried_again_when_it_changes(void **state)
{
    char line[160];
    (void)state;
    make("t");
    start(GLOBS("t"));
    unlink_error = EBUSY;
    make_socket("t/vscode-ipc-1.sock");
    unlinks = 0;
    turn();
    turn();
    assert_in_range(unlinks, 1, 2); /* what we do to it ourselves does not wake us for ever */
    assert_int_equal(report().counters.failed, 1);
    snprintf(line, sizeof line,
             "error guard: cannot remove %s/t/vscode-ipc-1.sock: unlink: Device or resource busy", base);
    if (geteuid() != 0) {
        expect_said(line, 1);
    }
    chmod(at("t/vscode-ipc-1.sock"), 0777);
    turn();
    assert_int_equal(report().counters.failed, 1); /* said and counted once */
    unlink_error = 0;
    assert_true(is_there("t/vscode-ipc-1.sock"));
    assert_int_equal(chmod(at("t/vscode-ipc-1.sock"), 0777), 0);
    assert_true(goes("t/vscode-ipc-1.sock"));
    assert_int_equal(removed(), 1);
}

/* ---- cases: without events ---- */

static void without_inotify_it_sweeps_every_second_until_it_is_back(void **state)
{
    (void)state;
    make("t");
    make_socket("t/vscode-ipc-1.sock");
    no_inotify = EMFILE;
    start(GLOBS("t"));
    assert_false(is_there("t/vscode-ipc-1.sock"));
    assert_true(report().is_polling);
    assert_int_equal(report().directories, 0);
    make_socket("vscode-ipc-1.sock"); /* in a directory that is only on the way */
    expect_said(
        "error guard: no events: inotify: Too many open files; raise fs.inotify.max_user_instances on "
        "the host",
        1);
    expect_said("error guard: degraded: not every directory can be watched; sweeping every second instead",
                1);
    assert_int_equal(timers[0].timeout_ms, GUARD_POLL_MS);
    assert_int_equal(timers[0].repeat_ms, GUARD_POLL_MS);
    for (int i = 0; i < 3; i++) {
        make_socket("t/vscode-ipc-2.sock");
        turn();
        assert_true(is_there("t/vscode-ipc-2.sock"));
        fire(&guard.poll_timer);
        assert_false(is_there("t/vscode-ipc-2.sock"));
    }
    no_inotify = 0;
    make_socket("t/vscode-ipc-3.sock");
    fire(&guard.poll_timer);
    assert_false(is_there("t/vscode-ipc-3.sock"));
    assert_false(report().is_polling);
    assert_int_equal(report().directories, 1);
    assert_true(is_there("vscode-ipc-1.sock"));
    assert_int_equal(removed(), 5);
    expect_said("info guard: every directory is watched again", 1);
    expect_said("error guard: degraded: not every directory can be watched; sweeping every second instead",
                1);
    make_socket("t/vscode-ipc-4.sock");
    assert_true(goes("t/vscode-ipc-4.sock"));
    assert_int_equal(uv_backend_timeout(&loop), -1);
}

static void another_error_of_inotify_is_said_without_a_hint(void **state)
{
    (void)state;
    make("t");
    no_inotify = ENOSYS;
    start(GLOBS("t"));
    expect_said("error guard: no events: inotify: Function not implemented", 1);
}

static void too_many_directories_are_swept_every_second(void **state)
{
    enum { MANY = 2 * WATCHLIST_MAX };
    char name[64];
    (void)state;
    make("many");
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "many/%03d", i);
        make(name);
        snprintf(name, sizeof name, "many/%03d/vscode-ipc-1.sock", i);
        make_socket(name);
    }
    start(GLOBS("many/*"));
    assert_int_equal(removed(), MANY);
    assert_true(report().is_polling);
    assert_true(report().directories < WATCHLIST_MAX);
    expect_said(
        "error guard: degraded: not every directory can be watched, there are too many; sweeping every "
        "second instead",
        1);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "many/%03d/vscode-ipc-2.sock", i);
        make_socket(name);
    }
    turn(); /* those that are watched go at once */
    assert_int_equal(removed(), MANY + report().directories);
    fire(&guard.poll_timer);
    assert_int_equal(removed(), 2 * MANY);
    assert_true(report().is_polling);
    for (int i = 10; i < MANY; i++) {
        snprintf(name, sizeof name, "many/%03d", i);
        assert_int_equal(rmdir(at(name)), 0);
    }
    turn();
    if (report().is_polling) {
        fire(&guard.poll_timer);
    }
    assert_false(report().is_polling);
    assert_int_equal(report().directories, 10);
    expect_said("info guard: every directory is watched again", 1);
    make_socket("many/003/vscode-ipc-3.sock");
    assert_true(goes("many/003/vscode-ipc-3.sock"));
}

static size_t queue_size(void)
{
    unsigned long size = 0;
    FILE *stream = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
    if (stream != NULL && fscanf(stream, "%lu", &size) != 1) {
        size = 0;
    }
    if (stream != NULL) {
        fclose(stream);
    }
    return size;
}

/* ---- cases: walks that are slow ---- */

static bool is_walk_put_off(void)
{
    return uv_is_active((uv_handle_t *)&guard.walk_timer) != 0;
}

/* Makes the directory NAME and lets the loop run until that was walked for, or put off. */
static void make_and_wait(const char *name)
{
    const unsigned before = walks;
    make(name);
    for (int i = 0; i < TURNS_MAX && walks == before && !is_walk_put_off(); i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        struct pollfd wait = {.fd = uv_backend_fd(&loop), .events = POLLIN};
        poll(&wait, 1, 10);
    }
    turn();
}

static uint64_t walk_timeout_ms(void)
{
    for (size_t i = 0; i < timer_count; i++) {
        if (timers[i].timer == &guard.walk_timer) {
            assert_int_equal(timers[i].repeat_ms, 0);
            return timers[i].timeout_ms;
        }
    }
    return 0;
}

static void a_slow_walk_puts_the_next_one_off(void **state)
{
    (void)state;
    has_no_mountinfo = true; /* else a mount of anybody on this machine is a walk, too */
    make("t1");
    walk_cost_ns = 5000000;
    start(GLOBS("t*"));
    assert_int_equal(walks, 1);
    assert_false(is_walk_put_off());
    make_and_wait("t2");
    assert_int_equal(walks, 1);
    assert_true(is_walk_put_off());
    assert_int_equal(walk_timeout_ms(), 5 * GUARD_WALK_SHARE + 1);

    /* Sockets go on meanwhile where they are watched; what else comes does not put it off any further. */
    make_socket("t2/vscode-ipc-1.sock");
    make_socket("t1/vscode-ipc-1.sock");
    assert_true(goes("t1/vscode-ipc-1.sock"));
    clock_ns += 1000000 * (5 * GUARD_WALK_SHARE - 1);
    make("t3");
    make_socket("t1/vscode-ipc-2.sock");
    assert_true(goes("t1/vscode-ipc-2.sock"));
    assert_int_equal(walks, 1);
    assert_int_equal(walk_timeout_ms(), 5 * GUARD_WALK_SHARE + 1);
    assert_true(is_there("t2/vscode-ipc-1.sock"));

    fire(&guard.walk_timer);
    assert_int_equal(walks, 2);
    assert_false(is_there("t2/vscode-ipc-1.sock"));
    assert_int_equal(report().directories, 3);
    make_socket("t3/vscode-ipc-1.sock");
    assert_true(goes("t3/vscode-ipc-1.sock"));
    assert_false(is_walk_put_off());

    /* That one was slow, too. */
    make_and_wait("t4");
    assert_true(is_walk_put_off());
    assert_int_equal(walks, 2);
}

static void after_the_pause_events_cause_walks_again(void **state)
{
    static const struct {
        uint64_t cost_ns;
        uint64_t wait_ns;
        uint64_t later_ns;
        bool is_put_off;
    } rows[] = {
        {GUARD_WALK_SLOW_NS - 1, 0, 0, false},
        {GUARD_WALK_SLOW_NS - 1, 1000000000, 0, false},
        {GUARD_WALK_SLOW_NS, 0, 0, true},
        {GUARD_WALK_SLOW_NS, 1000000000, (uint64_t)GUARD_WALK_SHARE * GUARD_WALK_SLOW_NS - 1, true},
        {GUARD_WALK_SLOW_NS, 1000000000, (uint64_t)GUARD_WALK_SHARE * GUARD_WALK_SLOW_NS, false},
        {1000000000, 0, (uint64_t)GUARD_WALK_SHARE * 1000000000 - 1, true},
        {1000000000, 0, (uint64_t)GUARD_WALK_SHARE * 1000000000, false},
    };
    (void)state;
    has_no_mountinfo = true; /* else a mount of anybody on this machine is a walk, too */
    make("t1");
    start(GLOBS("t*"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char name[16];
        /* First one that costs so much, and then the one that is in question. */
        walk_cost_ns = rows[i].cost_ns;
        walk_wait_ns = rows[i].wait_ns;
        snprintf(name, sizeof name, "t%zu-a", i);
        make_and_wait(name);
        assert_false(is_walk_put_off());
        walk_cost_ns = walk_wait_ns = 0;
        clock_ns += rows[i].later_ns;
        snprintf(name, sizeof name, "t%zu-b", i);
        make_and_wait(name);
        if (is_walk_put_off() != rows[i].is_put_off) {
            fail_msg("row %zu: %s", i, is_walk_put_off() ? "put off" : "not put off");
        }
        if (rows[i].is_put_off) {
            fire(&guard.walk_timer);
        }
        assert_int_equal(report().directories, 3 + 2 * i);
    }
}

static void after_an_overflow_everything_is_swept(void **state)
{
    const size_t size = queue_size();
    (void)state;
    if (size == 0 || size > 100000) {
        print_message("fs.inotify.max_queued_events is %zu: no overflow can be made here\n", size);
        skip();
    }
    make("t");
    make("u");
    make("user");
    start(GLOBS("t", "u", "user/*"));
    make_file("t/noise");
    for (size_t i = 0; i < size / 4 + 10; i++) { /* four events each */
        assert_int_equal(rename(at("t/noise"), at("t/more noise")), 0);
        assert_int_equal(rename(at("t/more noise"), at("t/noise")), 0);
    }
    make_socket("t/vscode-ipc-1.sock"); /* of these the kernel tells nothing any more */
    make_socket("u/vscode-ipc-1.sock");
    make("user/1");
    make_socket("user/1/vscode-ipc-1.sock");
    assert_true(goes("u/vscode-ipc-1.sock"));
    assert_false(is_there("t/vscode-ipc-1.sock"));
    assert_false(is_there("user/1/vscode-ipc-1.sock"));
    assert_int_equal(report().counters.overflows, 1);
    assert_int_equal(removed(), 3);
    assert_int_equal(report().directories, 3);
    expect_said("warning guard: too many events at once, some were lost: sweeping all directories", 1);
    make_socket("t/vscode-ipc-2.sock");
    assert_true(goes("t/vscode-ipc-2.sock"));
    assert_int_equal(report().counters.overflows, 1);
}

static void without_proc_it_runs_and_says_what_it_will_not_notice(void **state)
{
    (void)state;
    make("t");
    has_no_mountinfo = true;
    start(GLOBS("t"));
    expect_said("warning guard: a directory that is mounted over later will not be noticed: "
                "/proc/self/mountinfo: No such file or directory",
                1);
    make_socket("t/vscode-ipc-1.sock");
    assert_true(goes("t/vscode-ipc-1.sock"));
}

/* ---- cases: costs ---- */

static void nothing_is_allocated_after_the_start(void **state)
{
    char name[64];
    (void)state;
    make("t");
    make("user");
    start(GLOBS("t", "user/*"));
    turn();
    allocations = 0;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "t/vscode-ipc-%d.sock", i);
        make_socket(name);
        if (i % 100 == 0) {
            snprintf(name, sizeof name, "user/%d", i);
            make(name);
            turn();
        }
    }
    turn();
    assert_int_equal(allocations, 0);
    assert_int_equal(removed(), 1000);
}

static void nothing_wakes_it_while_nothing_happens(void **state)
{
    (void)state;
    make("t");
    start(GLOBS("t", "missing/*"));
    turn();
    assert_int_equal(uv_backend_timeout(&loop), -1);
    assert_int_equal(timer_count, 0);
    assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 1); /* it lives, and waits for events alone */
    make_socket("t/vscode-ipc-1.sock");
    assert_true(goes("t/vscode-ipc-1.sock"));
    assert_int_equal(uv_backend_timeout(&loop), -1);
}

/* ---- cases: life ---- */

static void init_refuses_what_does_not_fit(void **state)
{
    static char many_text[] = "/tmp";
    static char long_text[PLACES_PATH_SIZE_MAX + 2];
    char *many_dirs[PLACES_GLOBS_MAX + 2];
    char *many_patterns[CONFIG_PATTERNS_MAX + 2];
    (void)state;
    for (size_t i = 0; i <= PLACES_GLOBS_MAX; i++) {
        many_dirs[i] = many_text;
    }
    many_dirs[PLACES_GLOBS_MAX + 1] = NULL;
    config.scrub.dirs = many_dirs;
    assert_int_equal(guard_init(&guard, &config, no_environ, &the_log), -E2BIG);
    guard_finish(&guard);
    memset(&guard, 0, sizeof guard);

    for (size_t i = 0; i <= CONFIG_PATTERNS_MAX; i++) {
        many_patterns[i] = ipc_pattern;
    }
    many_patterns[CONFIG_PATTERNS_MAX + 1] = NULL;
    use_dirs(GLOBS("t"));
    config.scrub.dirs = dirs;
    config.scrub.patterns = many_patterns;
    assert_int_equal(guard_init(&guard, &config, no_environ, &the_log), -E2BIG);
    guard_finish(&guard);
    memset(&guard, 0, sizeof guard);
    many_patterns[CONFIG_PATTERNS_MAX] = NULL;
    assert_int_equal(guard_init(&guard, &config, no_environ, &the_log), 0);
    guard_finish(&guard);
    memset(&guard, 0, sizeof guard);

    memset(long_text, 'x', sizeof long_text - 1);
    long_text[0] = '/';
    dirs[0] = long_text;
    config.scrub.patterns = patterns;
    assert_int_equal(guard_init(&guard, &config, no_environ, &the_log), -ENAMETOOLONG);
    guard_finish(&guard);
    memset(&guard, 0, sizeof guard);

    use_dirs(GLOBS("t"));
    has_no_memory = true;
    assert_int_equal(guard_init(&guard, &config, no_environ, &the_log), -ENOMEM);
    has_no_memory = false;
    guard_finish(&guard);
    memset(&guard, 0, sizeof guard);
    guard_finish(&guard); /* a zeroed one */
    assert_string_equal(output(), "");
}

static void before_the_start_the_report_is_zero(void **state)
{
    static const struct guard_report zero;
    (void)state;
    make("t");
    use_dirs(GLOBS("t"));
    assert_int_equal(guard_init(&guard, &config, no_environ, &the_log), 0);
    const struct guard_report now = report();
    assert_memory_equal(&now.counters, &zero.counters, sizeof zero.counters);
    assert_int_equal(now.directories, 0);
    assert_false(now.is_polling || now.is_final || now.is_dry);
    guard_stop(&guard); /* nothing to stop */
    assert_string_equal(output(), "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sockets_of_before_and_after_the_start_go),
        CASE(what_root_revokes_is_final),
        CASE(what_is_no_socket_stays),
        CASE(a_link_goes_and_its_target_stays),
        CASE(a_socket_that_is_moved_in_goes),
        CASE(a_variable_names_a_directory),
        CASE(a_directory_that_appears_is_swept),
        CASE(a_directory_that_is_made_again_is_watched_again),
        CASE(a_directory_that_is_renamed_away_is_left_alone_until_it_is_back),
        CASE(a_directory_that_is_replaced_is_exchanged),
        CASE(a_directory_that_becomes_a_link_is_followed),
        CASE(a_watch_that_the_kernel_ended_is_set_again),
        CASE(what_is_mounted_over_is_swept_and_watched),
        CASE(a_renamed_socket_is_revoked_under_its_new_name),
        CASE(a_rename_is_chased_wherever_the_buffer_ends),
        CASE(a_socket_that_is_renamed_on_and_on_is_chased),
        CASE(a_socket_that_is_moved_away_is_counted),
        CASE(hard_links_are_counted_as_evidence),
        CASE(the_start_says_what_is_watched),
        CASE(with_action_report_sockets_stay),
        CASE(names_are_printed_escaped),
        CASE(a_flood_is_counted_and_not_said_in_full),
        CASE(the_stop_says_the_counts),
        CASE(who_cannot_revoke_for_good_says_so),
        CASE(a_directory_that_we_may_not_read_is_said_and_left),
        CASE(a_socket_that_cannot_be_removed_is_tried_again_when_it_changes),
        CASE(without_inotify_it_sweeps_every_second_until_it_is_back),
        CASE(another_error_of_inotify_is_said_without_a_hint),
        CASE(too_many_directories_are_swept_every_second),
        CASE(a_slow_walk_puts_the_next_one_off),
        CASE(after_the_pause_events_cause_walks_again),
        CASE(after_an_overflow_everything_is_swept),
        CASE(without_proc_it_runs_and_says_what_it_will_not_notice),
        CASE(nothing_is_allocated_after_the_start),
        CASE(nothing_wakes_it_while_nothing_happens),
        CASE(init_refuses_what_does_not_fit),
        CASE(before_the_start_the_report_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
