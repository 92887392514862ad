/* SPDX-License-Identifier: MIT */
/*
 * watchlist: real directories that come, go and are exchanged, with real events. What the guard does with an
 * event is done here in short: note a lost watch, and walk again where something on the way changed.
 *
 * WRAP: inotify_add_watch openat malloc calloc realloc
 */
#include "testing.h"

#include "sandbox_init/watchlist.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TURNS_MAX = 3000, /* of at most 10 ms each */
    TEXT_SIZE = 1 << 16,
    GLOBS_MAX = 40,
    HANDED_MAX = 4096,
    NOBODY = 65534,
    SKIPPED = 77,
    SELF = IN_DELETE_SELF | IN_MOVE_SELF,
    ON_THE_WAY = SELF | IN_CREATE | IN_MOVED_TO,
    BEFORE_TARGETS = ON_THE_WAY | IN_DELETE,
    TARGET = ON_THE_WAY | IN_MOVED_FROM,
};

static char base[32]; /* the test's directory */

/* ---- the wrapped calls ---- */

static int add_error;        /* what a new watch fails with; 0: it does not */
static struct fileid add_id; /* only for this directory, where its inode is not 0 */
static unsigned adds;        /* successful ones */
static unsigned opens;       /* openat(2) */
static unsigned allocations; /* by the modules */
static void (*around)(bool); /* called before (false) and after (true) the watch of `around_id` */
static struct fileid around_id;

static bool is_here(const struct fileid *id)
{
    struct fileid here;
    return id->inode != 0 && fileid_read(AT_FDCWD, ".", &here) == 0 && fileid_is_same(&here, id);
}

int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
    if (add_error != 0 && (add_id.inode == 0 || is_here(&add_id))) {
        errno = add_error;
        return -1;
    }
    const bool is_around = around != NULL && is_here(&around_id);
    if (is_around) {
        around(false);
    }
    const int id = __real_inotify_add_watch(fd, path, mask);
    adds += id >= 0 ? 1 : 0;
    if (is_around) {
        around(true);
        around = NULL;
    }
    return id;
}

int __real_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...)
{
    opens++;
    return __real_openat(dirfd, path, flags, 0600);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return __real_realloc(memory, size);
}

/* ---- helpers ---- */

static uv_loop_t loop;
static int out;
static struct log the_log;
static struct tally tally;
static struct places places;
static struct watch watch;
static struct watchlist list;

static char handed[HANDED_MAX][64]; /* the paths below `base` of targets that were handed out */
static size_t handed_count;
static bool is_misused; /* a target was handed out otherwise than promised */
static bool is_dirty;
static unsigned told; /* events but those that end a watch, whether somebody is interested or not */
static struct {
    uint32_t mask;
    char name[32];
} last_event;

static void on_target(void *context, struct watchlist_directory *directory)
{
    const bool is_watched = directory->watch_id >= 0;
    /* It must be watched before it is swept, where that is possible. */
    const bool is_right = is_watched || !watch_is_running(&watch) || directory->error != 0;
    if (context != &list || directory->fd < 0 || !directory->is_target || !is_right) {
        is_misused = true;
        return;
    }
    const char *path = strstr(directory->path, base);
    snprintf(handed[handed_count % HANDED_MAX], sizeof handed[0], "%s",
             path != NULL ? path + strlen(base) : "");
    handed_count++;
}

static void on_event(void *context, const struct watch_event *event)
{
    (void)context;
    if (event == NULL) {
        return;
    }
    struct watchlist_directory *directory = watchlist_find(&list, event->id);
    /* The directories above the test's own are watched too, and other programs use them. */
    const bool is_foreign = directory != NULL && strstr(directory->path, base) == NULL;
    told += !is_foreign && (event->mask & IN_IGNORED) == 0 ? 1 : 0;
    if (directory == NULL || is_foreign) {
        return;
    }
    last_event.mask = event->mask;
    snprintf(last_event.name, sizeof last_event.name, "%s", event->name);
    if ((event->mask & IN_IGNORED) != 0) {
        watchlist_lose(directory);
    }
    is_dirty = is_dirty || (event->mask & (IN_IGNORED | SELF)) != 0 ||
               watchlist_is_on_the_way(directory, event->name);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/test-watchlist-XXXXXX");
    if (mkdtemp(base) == NULL || chmod(base, 0755) < 0 || uv_loop_init(&loop) < 0) {
        return -1;
    }
    add_error = 0;
    add_id = around_id = (struct fileid){0};
    around = NULL;
    handed_count = adds = told = 0;
    is_dirty = is_misused = false;
    memset(&list, 0, sizeof list);
    places = (struct places){0};
    watch = (struct watch){0};
    out = memfd_create("log", MFD_CLOEXEC);
    log_init(&the_log, out, CONFIG_LOG_DEBUG, CONFIG_LOG_TEXT);
    return tally_start(&tally, &loop, &the_log);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static int end_loop(void)
{
    watchlist_clear(&list);
    places_finish(&places);
    watch_stop(&watch);
    tally_stop(&tally);
    uv_run(&loop, UV_RUN_DEFAULT);
    close(out);
    return uv_loop_close(&loop);
}

static int tear_down(void **state)
{
    (void)state;
    const int result = is_misused ? -1 : end_loop();
    nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return result;
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

static void make_all(const char *const *names)
{
    for (; *names != NULL; names++) {
        make(*names);
    }
}

/* Compiles GLOBS (below the test's directory, ends in NULL). */
static void use_globs(const char *const *globs)
{
    static char texts[GLOBS_MAX][128];
    char *dirs[GLOBS_MAX + 1];
    char *no_environ[] = {NULL};
    size_t count = 0;
    for (; globs[count] != NULL; count++) {
        assert_true(count < GLOBS_MAX);
        snprintf(texts[count], sizeof texts[0], "%s/%s", base, globs[count]);
        dirs[count] = texts[count];
    }
    dirs[count] = NULL;
    places_finish(&places);
    assert_int_equal(places_init(&places, dirs, no_environ), 0);
    list.places = &places;
    list.watch = &watch;
    list.tally = &tally;
    list.on_target = on_target;
    list.context = &list;
}

static void start(const char *const *globs)
{
    use_globs(globs);
    assert_int_equal(watch_start(&watch, &loop, on_event, NULL), 0);
    watchlist_walk(&list, false);
}

/* The entry of the directory that has this name below the test's directory now. */
static struct watchlist_directory *entry_of(const char *name)
{
    struct fileid id;
    return fileid_read(AT_FDCWD, at(name), &id) == 0 ? watchlist_find_id(&list, &id) : NULL;
}

static bool is_target(const char *name)
{
    const struct watchlist_directory *directory = entry_of(name);
    return directory != NULL && directory->is_target && directory->watch_id >= 0 && directory->fd >= 0;
}

static bool was_handed(const char *name)
{
    for (size_t i = 0; i < handed_count && i < HANDED_MAX; i++) {
        if (handed[i][0] == '/' && strcmp(handed[i] + 1, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Lets the loop run until something on the way changed; then walks. Returns false when nothing does. */
static bool follow(void)
{
    handed_count = 0;
    for (int i = 0; i < TURNS_MAX && !is_dirty; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        struct pollfd wait = {.fd = uv_backend_fd(&loop), .events = POLLIN};
        poll(&wait, 1, is_dirty ? 0 : 10);
    }
    if (!is_dirty) {
        return false;
    }
    is_dirty = false;
    watchlist_walk(&list, false);
    return true;
}

/* Lets the loop run until no event is left. */
static void drain(void)
{
    for (int i = 0; i < 5; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
    }
}

static const char *output(void)
{
    static char text[TEXT_SIZE];
    const ssize_t got = pread(out, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part)) {
        count++;
    }
    return count;
}

static const char *const nothing[] = {NULL};

/* ---- cases: roles ---- */

static void each_role_has_its_mask(void **state)
{
    static const struct {
        const char *name;
        uint32_t mask;
        bool is_target;
        bool has_targets;
    } rows[] = {
        {"", ON_THE_WAY, false, false},           {"way", BEFORE_TARGETS, false, true},
        {"way/target", TARGET, true, false},      {"both", TARGET | BEFORE_TARGETS, true, true},
        {"both/deep", TARGET, true, false},       {"far", ON_THE_WAY, false, false},
        {"far/way", BEFORE_TARGETS, false, true}, {"far/way/target", TARGET, true, false},
    };
    (void)state;
    make_all((const char *const[]){"way", "way/target", "way/other", "both", "both/deep", "far", "far/way",
                                   "far/way/target", NULL});
    start((const char *const[]){"way/target", "both/d*", "b?th", "far/*/target", "missing", "way/missing/x",
                                NULL});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct watchlist_directory *directory = entry_of(rows[i].name);
        assert_non_null(directory);
        assert_true(directory->watch_id >= 0);
        /* The test's directory has to see "b?th" and "missing" come and go too. */
        assert_int_equal(directory->mask, i == 0 ? BEFORE_TARGETS : rows[i].mask);
        assert_int_equal(directory->is_target, rows[i].is_target);
        assert_int_equal(directory->has_targets, i == 0 || rows[i].has_targets);
        assert_int_equal(directory->fd >= 0, rows[i].is_target);
        assert_ptr_equal(watchlist_find(&list, directory->watch_id), directory);
        assert_string_equal(directory->path + strlen(directory->path) - strlen(rows[i].name), rows[i].name);
    }
    assert_null(entry_of("way/other"));
    assert_int_equal(watchlist_count(&list), 4);
    assert_int_equal(handed_count, 4);
    assert_true(was_handed("way/target") && was_handed("both") && was_handed("both/deep") &&
                was_handed("far/way/target"));
    assert_true(watchlist_is_complete(&list));
    assert_string_equal(output(), "");
}

static void a_held_descriptor_only_leads_to_its_directory(void **state)
{
    struct fileid id;
    (void)state;
    make("t");
    start(nothing);
    /* With a descriptor closed that everybody takes for a standard one. */
    const int saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    close(STDIN_FILENO);
    use_globs((const char *const[]){"t", NULL});
    watchlist_walk(&list, false);
    const struct watchlist_directory *directory = entry_of("t");
    const int fd = directory->fd;
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    }
    assert_true(fd > STDERR_FILENO);
    assert_int_equal(fcntl(directory->fd, F_GETFL) & O_PATH, O_PATH);
    assert_int_equal(fcntl(directory->fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fileid_read(directory->fd, "", &id), 0);
    assert_true(fileid_is_same(&id, &directory->id));
}

static void a_walk_without_changes_does_nothing(void **state)
{
    (void)state;
    make("a");
    make("a/b");
    /* The first glob wants less of "a" than the second, and that of it which the third wants. */
    start((const char *const[]){"a", "a/*", "a/b/c", NULL});
    const unsigned before = adds;
    const int id = entry_of("a/b")->watch_id;
    for (int i = 0; i < 5; i++) {
        watchlist_walk(&list, i % 2 == 0);
    }
    assert_int_equal(adds, before); /* no mask is narrowed for a moment, in which events would be lost */
    assert_int_equal(handed_count, 2);
    assert_int_equal(entry_of("a/b")->watch_id, id);
}

static void a_directory_of_several_globs_is_one_entry(void **state)
{
    (void)state;
    make("a");
    start((const char *const[]){"a", "?", "*", "./a", "//a/", NULL});
    assert_int_equal(watchlist_count(&list), 1);
    assert_int_equal(handed_count, 1);
}

static void what_is_looked_for_is_on_the_way(void **state)
{
    static const struct {
        const char *name;
        bool is_on_the_way;
    } rows[] = {
        {"user", true}, {"1000", true}, {"x1000", false}, {"User", false},
        {"", false},    {"100", false}, {".1000", false}, {"user/1000", false},
    };
    (void)state;
    make("user");
    make("any");
    start((const char *const[]){"user/x", "10?0", "user", "any/*", NULL});
    const struct watchlist_directory *directory = entry_of("");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(watchlist_is_on_the_way(directory, rows[i].name), rows[i].is_on_the_way);
    }
    const struct watchlist_directory *user = entry_of("user");
    assert_true(watchlist_is_on_the_way(user, "x"));
    assert_false(watchlist_is_on_the_way(user, "y"));
    const struct watchlist_directory *any = entry_of("any");
    assert_true(watchlist_is_on_the_way(any, "y"));
    assert_false(watchlist_is_on_the_way(any, ".y")); /* as the walk sees it (glob(7)) */
}

/* Looks for COUNT different names, or that many times for below the same one. */
static void look_for(size_t count, bool is_same)
{
    static char texts[GLOBS_MAX][32];
    const char *globs[GLOBS_MAX + 1];
    for (size_t i = 0; i < count; i++) {
        snprintf(texts[i], sizeof texts[0], is_same ? "glob-number-0/%zu" : "glob-number-%zu", i);
        globs[i] = texts[i];
    }
    globs[count] = NULL;
    places_finish(&places);
    use_globs(globs);
    watchlist_walk(&list, false);
}

static void with_more_globs_than_fit_any_name_may_matter(void **state)
{
    (void)state;
    start(nothing);
    look_for(1, false);
    assert_true(watchlist_is_on_the_way(entry_of(""), "glob-number-0"));
    assert_false(watchlist_is_on_the_way(entry_of(""), "something else"));
    look_for(GLOBS_MAX, true);
    assert_true(watchlist_is_on_the_way(entry_of(""), "glob-number-0"));
    assert_false(watchlist_is_on_the_way(entry_of(""), "something else"));
    look_for(GLOBS_MAX, false);
    assert_true(watchlist_is_on_the_way(entry_of(""), "glob-number-0"));
    assert_true(watchlist_is_on_the_way(entry_of(""), "something else"));
    make("glob-number-39");
    assert_true(follow());
    assert_true(is_target("glob-number-39"));
    look_for(2, false);
    assert_true(watchlist_is_on_the_way(entry_of(""), "glob-number-1"));
    assert_false(watchlist_is_on_the_way(entry_of(""), "glob-number-2"));
    assert_false(watchlist_is_on_the_way(entry_of(""), "something else"));
}

/* ---- cases: changes ---- */

static void a_target_that_appears_is_watched(void **state)
{
    (void)state;
    start((const char *const[]){"user/*", NULL});
    assert_int_equal(watchlist_count(&list), 0);
    assert_true(watchlist_is_complete(&list));
    make("user");
    assert_true(follow());
    assert_non_null(entry_of("user"));
    assert_int_equal(handed_count, 0);
    make("user/1000");
    assert_true(follow());
    assert_true(is_target("user/1000"));
    assert_int_equal(handed_count, 1);
    assert_true(was_handed("user/1000"));
}

static void a_tree_that_appears_at_once_is_found(void **state)
{
    (void)state;
    start((const char *const[]){"a/b/c/*", NULL});
    make_all((const char *const[]){"a", "a/b", "a/b/c", "a/b/c/d", "a/b/c/e", NULL});
    assert_true(follow());
    assert_true(is_target("a/b/c/d") && is_target("a/b/c/e"));
    assert_true(was_handed("a/b/c/d") && was_handed("a/b/c/e"));
}

static void a_target_that_vanishes_is_let_go(void **state)
{
    (void)state;
    make("user");
    make("user/1");
    make("user/2");
    start((const char *const[]){"user/*", NULL});
    const int fd = entry_of("user/1")->fd;
    const int id = entry_of("user/1")->watch_id;
    assert_int_equal(watchlist_count(&list), 2);
    assert_int_equal(rmdir(at("user/1")), 0);
    assert_true(follow());
    assert_int_equal(watchlist_count(&list), 1);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_null(watchlist_find(&list, id));
    assert_int_equal(handed_count, 0);
    assert_int_equal(rmdir(at("user/2")), 0);
    assert_int_equal(rmdir(at("user")), 0);
    assert_true(follow());
    assert_int_equal(watchlist_count(&list), 0);
}

static void a_directory_made_again_is_watched_again(void **state)
{
    (void)state;
    make("user");
    make("user/1");
    start((const char *const[]){"user/1", NULL});
    for (int i = 0; i < 5; i++) {
        /* The new inode may have the old one's number. */
        assert_int_equal(rmdir(at("user/1")), 0);
        if (i % 2 == 0) {
            assert_int_equal(rmdir(at("user")), 0);
            make("user");
        }
        make("user/1");
        assert_true(follow());
        drain();
        is_dirty = true;
        assert_true(follow());
        assert_true(is_target("user/1"));
        const struct watchlist_directory *directory = entry_of("user/1");
        close(open(at("user/1/file"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        last_event.mask = 0;
        drain();
        assert_int_equal(last_event.mask, IN_CREATE);
        assert_string_equal(last_event.name, "file");
        assert_ptr_equal(entry_of("user/1"), directory);
        assert_int_equal(unlink(at("user/1/file")), 0);
    }
}

static void a_directory_renamed_away_is_let_go_and_back_is_watched(void **state)
{
    (void)state;
    make_all((const char *const[]){"user", "user/1", "away", NULL});
    start((const char *const[]){"user/*", NULL});
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rename(at("user/1"), at("away/1")), 0);
        assert_true(follow());
        assert_int_equal(watchlist_count(&list), 0);
        drain();
        told = 0;
        make("away/1/x");
        assert_int_equal(rmdir(at("away/1/x")), 0);
        drain();
        assert_int_equal(told, 0);
        assert_int_equal(rename(at("away/1"), at("user/1")), 0);
        assert_true(follow());
        assert_true(is_target("user/1"));
        assert_true(was_handed("user/1"));
        drain();
        is_dirty = false;
    }
    /* The directory on the way too. */
    assert_int_equal(rename(at("user"), at("away/user")), 0);
    assert_true(follow());
    assert_int_equal(watchlist_count(&list), 0);
    assert_null(entry_of("away/user/1"));
    drain();
    assert_int_equal(rename(at("away/user"), at("user")), 0);
    assert_true(follow());
    assert_true(is_target("user/1"));
}

static void a_directory_replaced_by_a_rename_is_exchanged(void **state)
{
    (void)state;
    make_all((const char *const[]){"user", "user/1", "new", "new/1", NULL});
    start((const char *const[]){"user/1", NULL});
    assert_int_equal(rename(at("new/1"), at("user/1")), 0); /* over the empty one */
    assert_true(follow());
    assert_true(is_target("user/1"));
    assert_int_equal(watchlist_count(&list), 1);
    assert_true(was_handed("user/1"));
    make("new/1");
    drain();
    is_dirty = false;
    assert_int_equal(renameat2(AT_FDCWD, at("new"), AT_FDCWD, at("user"), RENAME_EXCHANGE), 0);
    assert_true(follow());
    assert_true(is_target("user/1"));
    assert_int_equal(watchlist_count(&list), 1);
    assert_null(entry_of("new/1"));
}

static void a_target_behind_a_link_is_followed_everywhere(void **state)
{
    (void)state;
    make_all((const char *const[]){"real", "real/1", "other", "other/1", NULL});
    assert_int_equal(symlink("real", at("user")), 0);
    start((const char *const[]){"user/1", NULL});
    assert_true(is_target("real/1"));
    /* What the link leads to is removed and made again. */
    assert_int_equal(rmdir(at("real/1")), 0);
    make("real/1");
    assert_true(follow());
    assert_true(is_target("real/1"));
    drain();
    /* The link leads elsewhere. */
    assert_int_equal(symlink("other", at("user.new")), 0);
    assert_int_equal(rename(at("user.new"), at("user")), 0);
    is_dirty = false;
    assert_true(follow());
    assert_true(is_target("other/1"));
    assert_null(entry_of("real/1"));
    drain();
    /* A directory stands where the link was. */
    assert_int_equal(unlink(at("user")), 0);
    make("user");
    make("user/1");
    is_dirty = false;
    assert_true(follow());
    assert_true(is_target("user/1"));
    assert_null(entry_of("other/1"));
    drain();
    /* And a link to an absolute path where the target was. */
    assert_int_equal(rmdir(at("user/1")), 0);
    assert_int_equal(symlink(at("real/1"), at("user/1")), 0);
    is_dirty = false;
    assert_true(follow());
    assert_true(is_target("real/1"));
    drain();
    assert_int_equal(rmdir(at("real/1")), 0);
    make("real/1");
    is_dirty = false;
    assert_true(follow());
    assert_true(is_target("real/1"));
    assert_int_equal(watchlist_count(&list), 1);
}

static void what_cannot_be_used_is_said_once(void **state)
{
    (void)state;
    assert_int_equal(symlink("loop", at("loop")), 0);
    start((const char *const[]){"loop", NULL});
    watchlist_walk(&list, true);
    assert_int_equal(
        count_of(output(), "cannot be used: Too many levels of symbolic links; sockets in it stay unseen"),
        1);
    assert_true(watchlist_is_complete(&list));
}

/* ---- cases: nothing appears unseen ---- */

static void make_new_ones(bool is_after)
{
    mkdir(at(is_after ? "user/after" : "user/before"), 0755);
    mkdir(at(is_after ? "user/after/x" : "user/before/x"), 0755);
}

static void what_appears_around_the_watch_is_found_in_the_same_walk(void **state)
{
    (void)state;
    make("user");
    assert_int_equal(fileid_read(AT_FDCWD, at("user"), &around_id), 0);
    around = make_new_ones;
    start((const char *const[]){"user/*/x", NULL});
    assert_null(around);
    assert_true(is_target("user/before/x") && is_target("user/after/x"));
    assert_int_equal(handed_count, 2);
}

static void exchange_child(bool is_after)
{
    if (!is_after) {
        rename(at("user"), at("old"));
        mkdir(at("user"), 0755);
        mkdir(at("user/1"), 0755);
    }
}

static void a_directory_exchanged_before_its_watch_is_found_in_the_same_walk(void **state)
{
    (void)state;
    make("user");
    assert_int_equal(fileid_read(AT_FDCWD, at("user"), &around_id), 0);
    around = exchange_child; /* the walk holds the old one, which it is about to watch */
    start((const char *const[]){"user/*", NULL});
    assert_true(is_target("user/1"));
    assert_null(entry_of("old"));
}

/* ---- cases: watches that are lost or not to be had ---- */

static void a_lost_watch_is_set_again(void **state)
{
    (void)state;
    make("t");
    start((const char *const[]){"t", NULL});
    struct watchlist_directory *directory = entry_of("t");
    const int old_id = directory->watch_id;
    watch_remove(&watch, old_id);
    for (int i = 0; i < TURNS_MAX && directory->watch_id >= 0; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(directory->watch_id, -1);
    assert_null(watchlist_find(&list, old_id));
    assert_int_equal(watchlist_count(&list), 0);
    assert_false(watchlist_is_complete(&list));
    handed_count = 0;
    watchlist_walk(&list, false);
    assert_true(is_target("t"));
    assert_int_not_equal(directory->watch_id, old_id);
    assert_true(was_handed("t")); /* something may have come while it was not watched */
    assert_true(watchlist_is_complete(&list));
}

static void without_inotify_targets_are_handed_out_all_the_same(void **state)
{
    (void)state;
    use_globs((const char *const[]){"t", NULL});
    watchlist_walk(&list, false);
    assert_false(watchlist_is_complete(&list)); /* nothing would tell us of one that appears */
    make("t");
    watchlist_walk(&list, false);
    assert_int_equal(handed_count, 1);
    assert_int_equal(watchlist_count(&list), 0);
    assert_int_equal(entry_of("t")->watch_id, -1);
    assert_false(watchlist_is_complete(&list));
    assert_int_equal(watch_start(&watch, &loop, on_event, NULL), 0);
    watchlist_walk(&list, false);
    assert_int_equal(handed_count, 2); /* watched now, so once more */
    assert_int_equal(watchlist_count(&list), 1);
    assert_true(watchlist_is_complete(&list));
}

static void a_watch_that_cannot_be_had_is_said_once_and_tried_again(void **state)
{
    static const struct {
        int error;
        const char *name; /* whose watch fails */
        bool is_complete;
        const char *said;
    } rows[] = {
        {ENOSPC, "w/t", false,
         "w/t cannot be watched: No space left on device; raise fs.inotify.max_user_watches on the host"},
        {EACCES, "w/t", true, "w/t cannot be watched: Permission denied; sockets in it stay unseen"},
        {ENOMEM, "w/t", false, "w/t cannot be watched: Cannot allocate memory; sockets in it stay unseen"},
        {ENOSPC, "w", true,
         "w cannot be watched: No space left on device; raise fs.inotify.max_user_watches on the host"},
        {EACCES, "w", true,
         "w cannot be watched: Permission denied; directories that appear in it stay unseen"},
    };
    (void)state;
    make("w");
    make("w/t");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        add_error = rows[i].error;
        assert_int_equal(fileid_read(AT_FDCWD, at(rows[i].name), &add_id), 0);
        handed_count = 0;
        start((const char *const[]){"w/t", NULL});
        watchlist_walk(&list, false);
        assert_int_equal(count_of(output(), rows[i].said), 1);
        assert_int_equal(entry_of(rows[i].name)->watch_id, -1);
        assert_int_equal(entry_of(rows[i].name)->error, -rows[i].error);
        assert_int_equal(watchlist_is_complete(&list), rows[i].is_complete);
        assert_int_equal(handed_count, 1);
        add_error = 0;
        watchlist_walk(&list, false);
        assert_true(is_target("w/t"));
        assert_true(watchlist_is_complete(&list));
        assert_int_equal(count_of(output(), "cannot be"), i + 1);
        watchlist_clear(&list);
        places_finish(&places);
        watch_stop(&watch);
        uv_run(&loop, UV_RUN_DEFAULT);
    }
}

static void a_rest_makes_changes_of_modes_told(void **state)
{
    (void)state;
    make("t");
    start((const char *const[]){"t", NULL});
    struct watchlist_directory *directory = entry_of("t");
    const int id = directory->watch_id;
    watchlist_note_rest(&list, directory);
    const unsigned before = adds;
    watchlist_note_rest(&list, directory);
    watchlist_walk(&list, false);
    assert_int_equal(adds, before);
    assert_int_equal(directory->watch_id, id);
    assert_int_equal(directory->mask, TARGET | IN_ATTRIB);
    close(open(at("t/rest"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_int_equal(chmod(at("t/rest"), 0), 0);
    drain();
    assert_int_equal(last_event.mask, IN_ATTRIB);
    assert_string_equal(last_event.name, "rest");
    assert_int_equal(handed_count, 1); /* a changed mask is no new watch */
}

/* ---- cases: too many ---- */

static void make_numbered(unsigned from, unsigned to)
{
    char name[32];
    for (unsigned i = from; i < to; i++) {
        snprintf(name, sizeof name, "many/%03u", i);
        make(name);
    }
}

static void remove_numbered(unsigned from, unsigned to)
{
    char name[32];
    for (unsigned i = from; i < to; i++) {
        snprintf(name, sizeof name, "many/%03u", i);
        assert_int_equal(rmdir(at(name)), 0);
    }
}

static size_t count_used(void)
{
    size_t count = 0;
    for (size_t i = 0; i < WATCHLIST_MAX; i++) {
        count += list.directories[i].is_used ? 1 : 0;
    }
    return count;
}

static void a_full_table_says_so_until_there_is_room(void **state)
{
    (void)state;
    make("many");
    make_numbered(0, 3 * WATCHLIST_MAX);
    start((const char *const[]){"many/*", NULL});
    const size_t count = watchlist_count(&list);
    assert_true(list.is_full);
    assert_false(watchlist_is_complete(&list));
    assert_int_equal(count_used(), WATCHLIST_MAX);
    assert_true(count < WATCHLIST_MAX && count > WATCHLIST_MAX / 2);

    /* A walk that fills the table ends there, and so forgets nothing that it did not come to. */
    opens = 0;
    watchlist_walk(&list, false);
    const unsigned brief = opens;
    assert_int_equal(watchlist_count(&list), count);
    opens = 0;
    watchlist_walk(&list, true);
    assert_true(opens >= 3 * WATCHLIST_MAX);
    assert_true(brief < opens);
    assert_true(list.is_full);
    assert_int_equal(watchlist_count(&list), count);
    assert_int_equal(handed_count, count);

    remove_numbered(0, 3 * WATCHLIST_MAX - 10);
    watchlist_walk(&list, true);
    assert_false(list.is_full);
    assert_true(watchlist_is_complete(&list));
    assert_int_equal(watchlist_count(&list), 10);
}

static void what_a_brief_walk_does_not_come_to_is_not_forgotten(void **state)
{
    (void)state;
    make("many");
    make("z");
    make("z/late");
    make_numbered(0, 50);
    start((const char *const[]){"many/*", "z/late", NULL});
    assert_true(is_target("z/late"));
    make_numbered(50, 2 * WATCHLIST_MAX);
    watchlist_walk(&list, false);
    watchlist_walk(&list, false);
    assert_true(list.is_full);
    assert_true(is_target("z/late"));
    watchlist_walk(&list, true);
    assert_true(is_target("z/late"));
}

static void a_table_that_was_full_of_the_old_takes_the_new_in_one_walk(void **state)
{
    (void)state;
    make("many");
    make_numbered(0, 100);
    start((const char *const[]){"many/*", NULL});
    assert_int_equal(watchlist_count(&list), 100);
    make_numbered(200, 300);
    remove_numbered(0, 100);
    watchlist_walk(&list, true);
    assert_false(list.is_full);
    assert_int_equal(watchlist_count(&list), 100);
    assert_true(is_target("many/200") && is_target("many/299"));
}

static void memory_of_entries_that_were_never_used_is_not_touched(void **state)
{
    (void)state;
    make("t");
    start((const char *const[]){"t", NULL});
    watchlist_walk(&list, false);
    assert_true(list.end < 16);
    static const char zeroes[sizeof list.directories[0]];
    for (size_t i = list.end; i < WATCHLIST_MAX; i++) {
        assert_memory_equal(&list.directories[i], zeroes, sizeof zeroes);
    }
}

/* ---- cases: the rest ---- */

static void clear_lets_go_of_everything(void **state)
{
    (void)state;
    make("a");
    make("b");
    start((const char *const[]){"a", "b", NULL});
    const int a = entry_of("a")->fd;
    const int b = entry_of("b")->fd;
    watchlist_clear(&list);
    assert_int_equal(fcntl(a, F_GETFD), -1);
    assert_int_equal(fcntl(b, F_GETFD), -1);
    assert_int_equal(watchlist_count(&list), 0);
    assert_int_equal(count_used(), 0);
    drain();
    last_event.mask = 0;
    make("a/x");
    drain();
    assert_int_equal(last_event.mask, 0);
    watchlist_clear(&list);
    handed_count = 0;
    watchlist_walk(&list, false); /* it can be filled again */
    assert_int_equal(handed_count, 2);
}

static void what_is_only_on_the_way_any_more_is_not_held(void **state)
{
    (void)state;
    make("a");
    make("a/b");
    start((const char *const[]){"a", "a/b", NULL});
    const int fd = entry_of("a")->fd;
    assert_true(fd >= 0);
    places_finish(&places);
    use_globs((const char *const[]){"a/b", NULL});
    watchlist_walk(&list, false);
    assert_int_equal(entry_of("a")->fd, -1);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_false(entry_of("a")->is_target);
    assert_int_equal(watchlist_count(&list), 1);
}

static void nothing_is_found_where_nothing_is_looked_for(void **state)
{
    struct fileid id;
    (void)state;
    start(nothing);
    assert_int_equal(list.end, 0);
    assert_int_equal(watchlist_count(&list), 0);
    assert_true(watchlist_is_complete(&list));
    assert_null(watchlist_find(&list, 1));
    assert_null(watchlist_find(&list, -1));
    assert_int_equal(fileid_read(AT_FDCWD, base, &id), 0);
    assert_null(watchlist_find_id(&list, &id));
}

static void nothing_is_allocated(void **state)
{
    char name[32];
    (void)state;
    make("user");
    start((const char *const[]){"user/*", NULL});
    allocations = 0;
    for (unsigned i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "user/%u", i);
        mkdir(at(name), 0755);
        watchlist_walk(&list, i % 2 == 0);
    }
    nftw(at("user"), remove_one, 16, FTW_DEPTH | FTW_PHYS);
    watchlist_walk(&list, false);
    watchlist_clear(&list);
    assert_int_equal(allocations, 0);
}

/* In a child: a failed assertion of cmocka would go on with the other cases there. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

static int check_mount(void)
{
    struct fileid below;
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
        fprintf(stderr, "no mount namespace can be made here: %s\n", strerror(errno));
        return SKIPPED;
    }
    CHECK(uv_loop_fork(&loop) == 0);
    use_globs((const char *const[]){"user/1", NULL});
    CHECK(watch_start(&watch, &loop, on_event, NULL) == 0);
    watchlist_walk(&list, false);
    CHECK(is_target("user/1"));
    CHECK(fileid_read(AT_FDCWD, at("user/1"), &below) == 0);
    CHECK(mount("test", at("user/1"), "tmpfs", 0, NULL) == 0);
    watchlist_walk(&list, false);
    CHECK(is_target("user/1"));
    CHECK(watchlist_find_id(&list, &below) == NULL);
    CHECK(watchlist_count(&list) == 1);
    CHECK(was_handed("user/1") && handed_count == 2);
    CHECK(umount2(at("user/1"), MNT_DETACH) == 0);
    watchlist_walk(&list, false);
    CHECK(watchlist_find_id(&list, &below) != NULL);
    CHECK(handed_count == 3);
    /* The same directory once more through another mount: what is in it belongs to that now. */
    struct fileid held;
    CHECK(mount(at("user/1"), at("user/1"), "none", MS_BIND, NULL) == 0);
    watchlist_walk(&list, false);
    CHECK(is_target("user/1") && watchlist_count(&list) == 1);
    const struct watchlist_directory *directory = entry_of("user/1");
    CHECK(fileid_read(directory->fd, "", &held) == 0);
    CHECK(held.mount == directory->id.mount);
    CHECK(fileid_read(AT_FDCWD, at("user/1"), &below) == 0);
    CHECK(held.mount == below.mount);
    CHECK(!is_misused);
    return 0;
}

static void what_is_mounted_over_is_watched_instead(void **state)
{
    int status = 0;
    (void)state;
    make("user");
    make("user/1");
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        _exit(check_mount());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        skip();
    }
    assert_int_equal(status, 0);
}

static int check_unreadable(void)
{
    CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
    CHECK(uv_loop_fork(&loop) == 0);
    use_globs((const char *const[]){"secret", "open/*", NULL});
    CHECK(watch_start(&watch, &loop, on_event, NULL) == 0);
    watchlist_walk(&list, false);
    CHECK(strstr(output(), "/secret cannot be watched: Permission denied; sockets in it stay unseen") !=
          NULL);
    CHECK(entry_of("secret") != NULL && entry_of("secret")->error == -EACCES);
    CHECK(is_target("open/1"));
    CHECK(watchlist_is_complete(&list));
    CHECK(watchlist_count_closed(&list) == 1);
    CHECK(!is_misused);
    return 0;
}

static void what_we_may_not_read_leaves_the_list_complete(void **state)
{
    int status = 0;
    (void)state;
    if (geteuid() != 0) {
        print_message("only root can become somebody who may not read a directory\n");
        skip();
    }
    make_all((const char *const[]){"secret", "open", "open/1", NULL});
    assert_int_equal(chmod(at("secret"), 0711), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        _exit(check_unreadable());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_role_has_its_mask),
        CASE(a_held_descriptor_only_leads_to_its_directory),
        CASE(a_walk_without_changes_does_nothing),
        CASE(a_directory_of_several_globs_is_one_entry),
        CASE(what_is_looked_for_is_on_the_way),
        CASE(with_more_globs_than_fit_any_name_may_matter),
        CASE(a_target_that_appears_is_watched),
        CASE(a_tree_that_appears_at_once_is_found),
        CASE(a_target_that_vanishes_is_let_go),
        CASE(a_directory_made_again_is_watched_again),
        CASE(a_directory_renamed_away_is_let_go_and_back_is_watched),
        CASE(a_directory_replaced_by_a_rename_is_exchanged),
        CASE(a_target_behind_a_link_is_followed_everywhere),
        CASE(what_cannot_be_used_is_said_once),
        CASE(what_appears_around_the_watch_is_found_in_the_same_walk),
        CASE(a_directory_exchanged_before_its_watch_is_found_in_the_same_walk),
        CASE(a_lost_watch_is_set_again),
        CASE(without_inotify_targets_are_handed_out_all_the_same),
        CASE(a_watch_that_cannot_be_had_is_said_once_and_tried_again),
        CASE(a_rest_makes_changes_of_modes_told),
        CASE(a_full_table_says_so_until_there_is_room),
        CASE(what_a_brief_walk_does_not_come_to_is_not_forgotten),
        CASE(a_table_that_was_full_of_the_old_takes_the_new_in_one_walk),
        CASE(memory_of_entries_that_were_never_used_is_not_touched),
        CASE(clear_lets_go_of_everything),
        CASE(what_is_only_on_the_way_any_more_is_not_held),
        CASE(nothing_is_found_where_nothing_is_looked_for),
        CASE(nothing_is_allocated),
        CASE(what_is_mounted_over_is_watched_instead),
        CASE(what_we_may_not_read_leaves_the_list_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
