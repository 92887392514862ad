/* SPDX-License-Identifier: MIT */
/*
 * places: globs compiled and walked in a directory of the test's own, which "@" stands for. A walk is written
 * down as a line a visit: "@/a -> b" looks for b on the way, "@/a -> b!" for b as a target, "@/a." is where a
 * glob ends, "@/a: ELOOP" is an error.
 *
 * WRAP: open statx malloc calloc realloc free
 */
#include "testing.h"

#include "sandbox_init/places.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STRANGER = 12345,    /* a uid that is neither root's nor ours */
    RECORD_SIZE = 65536, /* bytes of a walk that was written down */
    FDS_MAX = 1024,
};

static char base[64];   /* the test's directory */
static int descriptors; /* open ones, before the test */

struct record {
    char text[RECORD_SIZE];
    size_t used;
    int visits;
    int end_at; /* the visit that ends the walk; 0: none */
    int fds[FDS_MAX];
    void (*on_visit)(const struct places_visit *visit); /* may be NULL */
    bool is_all;                                        /* what is above the test's directory too */
};
static struct record record;

/* The wrapped calls; they fail only in a walk. */
static bool is_walking;
static int open_error;
static int statx_error;
static int statx_from; /* the first statx(2) that fails */
static int statx_count;
static unsigned allocations;
static unsigned frees;
static bool is_memory_out;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    if (is_walking && open_error != 0) {
        errno = open_error;
        return -1;
    }
    return __real_open(path, flags, 0600);
}

int __real_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status);
int __wrap_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status);
int __wrap_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status)
{
    if (is_walking && statx_error != 0 && ++statx_count >= statx_from) {
        errno = statx_error;
        return -1;
    }
    return __real_statx(dirfd, path, flags, mask, status);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    allocations++;
    return is_memory_out ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return is_memory_out ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return is_memory_out ? NULL : __real_realloc(memory, size);
}

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
    frees += memory != NULL ? 1 : 0;
    __real_free(memory);
}

/* How many descriptors are open. */
static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < FDS_MAX; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *level)
{
    (void)status;
    (void)type;
    (void)level;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    is_walking = is_memory_out = record.is_all = false;
    record.end_at = 0;
    record.on_visit = NULL;
    open_error = statx_error = statx_from = statx_count = 0;
    umask(022);
    snprintf(base, sizeof base, "/tmp/test_places.XXXXXX");
    if (mkdtemp(base) == NULL || chdir(base) < 0 || chmod(base, 0755) < 0) {
        return -1;
    }
    descriptors = count_descriptors();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    const int now = count_descriptors();
    if (chdir("/") < 0 || nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0) {
        return -1;
    }
    if (now != descriptors) {
        print_error("a descriptor was leaked\n");
        return -1;
    }
    return 0;
}

static void need_root(void)
{
    if (geteuid() != 0) {
        print_message("skipped: only root can give files away\n");
        skip();
    }
}

static void make_directories(const char *const *names)
{
    for (; *names != NULL; names++) {
        assert_int_equal(mkdir(*names, 0755), 0);
    }
}

static void make_file(const char *name)
{
    const int fd = __real_open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    close(fd);
}

/* ---- walks ---- */

/* TEXT with the test's directory for each "@", in one of a few static buffers. */
static const char *at(const char *text)
{
    static char buffers[8][2048];
    static size_t next;
    char *buffer = buffers[next++ % COUNT_OF(buffers)];
    size_t used = 0;
    for (; *text != '\0'; text++) {
        const int length = *text == '@' ? snprintf(buffer + used, sizeof buffers[0] - used, "%s", base)
                                        : snprintf(buffer + used, sizeof buffers[0] - used, "%c", *text);
        used += (size_t)length;
    }
    return buffer;
}

static const char *error_word(int error)
{
    static const struct {
        int error;
        const char *word;
    } rows[] = {{-ELOOP, "ELOOP"},   {-EACCES, "EACCES"}, {-EIO, "EIO"},
                {-EMFILE, "EMFILE"}, {-EINVAL, "EINVAL"}, {-ENAMETOOLONG, "ENAMETOOLONG"},
                {-ENOENT, "ENOENT"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].error == error) {
            return rows[i].word;
        }
    }
    return "?";
}

__attribute__((format(printf, 1, 2))) static void write_down(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length =
        vsnprintf(record.text + record.used, sizeof record.text - record.used, format, arguments);
    va_end(arguments);
    assert_in_range(length, 0, sizeof record.text - record.used - 1);
    record.used += (size_t)length;
}

static void expect_usable(const struct places_visit *visit)
{
    struct stat status;
    assert_int_equal(fcntl(visit->fd, F_GETFL) & O_PATH, O_PATH);
    assert_int_equal(fcntl(visit->fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fstat(visit->fd, &status), 0);
    assert_true(S_ISDIR(status.st_mode));
    assert_int_equal(visit->id.inode, status.st_ino);
    assert_int_equal(visit->id.device, status.st_dev);
    assert_int_equal(visit->id.owner, status.st_uid);
    assert_int_equal(stat(visit->path, &status), 0);
    assert_int_equal(visit->id.inode, status.st_ino);
}

static bool on_visit(void *context, const struct places_visit *visit)
{
    assert_ptr_equal(context, &record);
    is_walking = false;
    const size_t base_length = strlen(base);
    const bool is_below = strncmp(visit->path, base, base_length) == 0;
    if (visit->error == 0) {
        expect_usable(visit);
    } else {
        assert_true(visit->error < 0);
    }
    record.fds[record.visits++ % FDS_MAX] = visit->fd;
    if (is_below || record.is_all || visit->error < 0) {
        write_down("%s%s", is_below ? "@" : "", is_below ? visit->path + base_length : visit->path);
        if (visit->error < 0) {
            write_down(": %s\n", error_word(visit->error));
        } else if (visit->child == NULL) {
            assert_false(visit->is_child_last);
            write_down(".\n");
        } else {
            write_down(" -> %s%s\n", visit->child, visit->is_child_last ? "!" : "");
        }
    }
    if (record.on_visit != NULL) {
        record.on_visit(visit);
    }
    is_walking = true;
    return record.visits != record.end_at;
}

static void walk(const struct places *places)
{
    record.used = 0;
    record.text[0] = '\0';
    record.visits = 0;
    const int before = count_descriptors();
    const unsigned allocations_before = allocations;
    is_walking = true;
    places_walk(places, on_visit, &record);
    is_walking = false;
    assert_int_equal(allocations, allocations_before);
    assert_int_equal(count_descriptors(), before);
}

/* Compiles the globs (up to three, "@" in them) and walks them. */
static void walk_globs(const char *const *globs)
{
    char texts[3][2048];
    char *dirs[4] = {NULL};
    char *no_environ[] = {NULL};
    for (size_t i = 0; globs[i] != NULL; i++) {
        assert_true(i < COUNT_OF(texts));
        snprintf(texts[i], sizeof texts[i], "%s", at(globs[i]));
        dirs[i] = texts[i];
    }
    struct places places;
    assert_int_equal(places_init(&places, dirs, no_environ), 0);
    walk(&places);
    places_finish(&places);
}

static void expect_walk(const char *glob, const char *expected)
{
    const char *const globs[] = {glob, NULL};
    walk_globs(globs);
    if (strcmp(record.text, expected) != 0) {
        fail_msg("%s:\n%sinstead of\n%s", glob, record.text, expected);
    }
}

/* How often LINE is in the record; for walks whose order is the directory's. */
static int count_line(const char *line)
{
    int count = 0;
    const size_t length = strlen(line);
    for (const char *found = record.text; (found = strstr(found, line)) != NULL; found += length) {
        count += (found == record.text || found[-1] == '\n') && found[length] == '\n' ? 1 : 0;
    }
    return count;
}

/* The same for siblings: LINES (up to NULL) are all that was visited, in any order. */
static void expect_walk_of(const char *glob, const char *const *lines)
{
    const char *const globs[] = {glob, NULL};
    walk_globs(globs);
    size_t total = 0;
    for (; *lines != NULL; lines++) {
        total += strlen(*lines) + 1;
        if (count_line(*lines) != 1) {
            fail_msg("%s: '%s' is not in\n%s", glob, *lines, record.text);
        }
    }
    if (total != record.used) {
        fail_msg("%s: too much in\n%s", glob, record.text);
    }
}

static void a_walk_goes_from_the_root_down(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "a/b", NULL};
    char expected[256];
    make_directories(names);
    snprintf(expected, sizeof expected, "/ -> tmp\n/tmp -> %s\n@ -> a\n@/a -> b!\n@/a/b.\n",
             base + strlen("/tmp/"));
    record.is_all = true;
    expect_walk("@/a/b", expected);
    expect_walk("/", "/.\n");
    record.is_all = false;
}

static void directories_that_are_missing_are_not_visited(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "a/b", NULL};
    make_directories(names);
    expect_walk("@", "@.\n");
    expect_walk("@/missing", "@ -> missing!\n");
    expect_walk("@/missing/far/below", "@ -> missing\n");
    expect_walk("@/a/missing", "@ -> a\n@/a -> missing!\n");
    expect_walk("@/a/missing/*", "@ -> a\n@/a -> missing\n");
    expect_walk("@/x*", "@ -> x*!\n");
    expect_walk("@/x*/b", "@ -> x*\n");
    expect_walk("@/*/x", "@ -> *\n@/a -> x!\n");
    expect_walk("@/a/*/x", "@ -> a\n@/a -> *\n@/a/b -> x!\n");
}

static void globs_match_as_in_a_shell(void **state)
{
    (void)state;
    static const char *const names[] = {"1000", "1001", "x",    ".hidden", "..odd",
                                        "a*b",  "axb",  "a\\b", "[",       NULL};
    static const struct {
        const char *glob;
        const char *lines[12];
    } rows[] = {
        {"@/*", {"@ -> *!", "@/1000.", "@/1001.", "@/x.", "@/a*b.", "@/axb.", "@/a\\b.", "@/[."}},
        {"@/?", {"@ -> ?!", "@/x.", "@/[."}},
        {"@/100?", {"@ -> 100?!", "@/1000.", "@/1001."}},
        {"@/[01]*", {"@ -> [01]*!", "@/1000.", "@/1001."}},
        {"@/100[!0]", {"@ -> 100[!0]!", "@/1001."}},
        {"@/a*", {"@ -> a*!", "@/a*b.", "@/axb.", "@/a\\b."}},
        {"@/a\\*b", {"@ -> a\\*b!", "@/a*b."}},
        {"@/a\\**", {"@ -> a\\**!", "@/a*b."}},
        {"@/a\\\\b", {"@ -> a\\\\b!", "@/a\\b."}},
        {"@/\\x", {"@ -> \\x!", "@/x."}},
        {"@/\\[", {"@ -> \\[!", "@/[."}},
        {"@/.*", {"@ -> .*!", "@/.hidden.", "@/..odd."}},
        {"@/.hidden", {"@ -> .hidden!", "@/.hidden."}},
        {"@/?hidden", {"@ -> ?hidden!"}},
        {"@/[.]hidden", {"@ -> [.]hidden!"}},
        {"@/*hidden", {"@ -> *hidden!"}},
        {"@/*/y",
         {"@ -> *", "@/1000 -> y!", "@/1001 -> y!", "@/x -> y!", "@/a*b -> y!", "@/axb -> y!", "@/a\\b -> y!",
          "@/[ -> y!"}},
        {"@//./x//", {"@ -> x!", "@/x."}},
    };
    make_directories(names);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_walk_of(rows[i].glob, rows[i].lines);
    }
}

static void globs_match_at_several_depths(void **state)
{
    (void)state;
    static const char *const names[] = {"u",         "u/1",       "u/2", "u/1/run", "u/2/run",
                                        "u/1/run/a", "u/2/run/b", "u/3", NULL};
    static const char *const lines[] = {
        "@ -> u",          "@/u -> [0-9]",    "@/u/1 -> run", "@/u/2 -> run", "@/u/3 -> run",
        "@/u/1/run -> ?!", "@/u/2/run -> ?!", "@/u/1/run/a.", "@/u/2/run/b.", NULL};
    make_directories(names);
    expect_walk_of("@/u/[0-9]/run/?", lines);
    const char *parent = strstr(record.text, "@/u/1 ");
    const char *child = strstr(record.text, "@/u/1/run ");
    assert_true(parent != NULL && child > parent && strstr(record.text, "@/u/1/run/a.") > child);
}

static void what_is_no_directory_is_passed_over(void **state)
{
    (void)state;
    static const char *const names[] = {"d", "d/sub", NULL};
    static const char *const lines[] = {"@ -> *!", "@/d.", NULL};
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    make_directories(names);
    make_file("file");
    assert_int_equal(mkfifo("fifo", 0600), 0);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    expect_walk_of("@/*", lines);
    expect_walk("@/file", "@ -> file!\n");
    expect_walk("@/file/below", "@ -> file\n");
    expect_walk("@/fifo/*", "@ -> fifo\n");
}

static void globs_are_walked_in_their_order(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "a/x", "b", NULL};
    static const char *const globs[] = {"@/b", "@/a/*", "@/?", NULL};
    make_directories(names);
    walk_globs(globs);
    assert_ptr_equal(strstr(record.text, "@ -> b!\n@/b.\n@ -> a\n@/a -> *!\n@/a/x.\n@ -> ?!\n"), record.text);
    /* What several globs lead to is visited for each. */
    assert_int_equal(count_line("@/b."), 2);
    assert_int_equal(count_line("@/a."), 1);
    assert_int_equal(count_line("@/a -> *!"), 1);
}

static void links_are_resolved_on_the_way(void **state)
{
    (void)state;
    static const char *const names[] = {"real", "real/sub", "real/sub/leaf", "odd*", NULL};
    static const struct {
        const char *target; /* of "link" */
        const char *glob;
        const char *expected;
    } rows[] = {
        {"real", "@/link/sub", "@ -> link\n@ -> real\n@/real -> sub!\n@/real/sub.\n"},
        {"real", "@/link", "@ -> link!\n@ -> real!\n@/real.\n"},
        {"real/sub", "@/link", "@ -> link!\n@ -> real\n@/real -> sub!\n@/real/sub.\n"},
        {"real/sub", "@/link/*", "@ -> link\n@ -> real\n@/real -> sub\n@/real/sub -> *!\n@/real/sub/leaf.\n"},
        {".//real/.", "@/link/sub", "@ -> link\n@ -> real\n@/real -> sub!\n@/real/sub.\n"},
        {"real/missing", "@/link/sub", "@ -> link\n@ -> real\n@/real -> missing\n"},
        {"missing", "@/link/sub", "@ -> link\n@ -> missing\n"},
        {"missing", "@/link", "@ -> link!\n@ -> missing!\n"},
        {"odd*", "@/link", "@ -> link!\n@ -> odd\\*!\n@/odd*.\n"}, /* a target has no globs */
        {"real/../real", "@/link",
         "@ -> link!\n@ -> real\n@/real -> ..\n@/real/.. -> real!\n@/real/../real.\n"},
        {".", "@/link/real", "@ -> link\n@ -> real!\n@/real.\n"},
    };
    make_directories(names);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(symlink(rows[i].target, "link"), 0);
        expect_walk(rows[i].glob, rows[i].expected);
        assert_int_equal(unlink("link"), 0);
    }
}

static void absolute_links_start_at_the_root_again(void **state)
{
    (void)state;
    static const char *const names[] = {"real", "real/sub", "other", "other/b", NULL};
    char expected[512];
    make_directories(names);
    assert_int_equal(symlink(at("@/real"), "other/a"), 0);
    snprintf(
        expected, sizeof expected,
        "/ -> tmp\n/tmp -> %s\n@ -> other\n@/other -> a\n/ -> tmp\n/tmp -> %s\n@ -> real\n@/real -> sub!\n"
        "@/real/sub.\n",
        base + strlen("/tmp/"), base + strlen("/tmp/"));
    record.is_all = true;
    expect_walk("@/other/a/sub", expected);
    record.is_all = false;
    /* Back from one, the walk goes on where it was, wherever it stands in the directory. */
    static const char *const more[] = {"many", "many/d1", "many/d2", "many/d3", "many/d4", NULL};
    static const char *const links[] = {"many/a", "many/e1", "many/e2", "many/z"};
    make_directories(more);
    for (size_t k = 0; k < COUNT_OF(links); k++) {
        assert_int_equal(symlink(at("@/real"), links[k]), 0);
    }
    static const char *const globs[] = {"@/many/*", NULL};
    walk_globs(globs);
    assert_int_equal(count_line("@/real."), COUNT_OF(links));
    for (char line[] = "@/many/d1."; line[8] <= '4'; line[8]++) {
        assert_int_equal(count_line(line), 1);
    }
}

static void links_are_followed_whoever_made_them(void **state)
{
    (void)state;
    static const char *const names[] = {"real", NULL};
    need_root();
    make_directories(names);
    assert_int_equal(symlink("real", "link"), 0);
    assert_int_equal(lchown("link", STRANGER, STRANGER), 0);
    assert_int_equal(chown("real", STRANGER + 1, STRANGER), 0);
    expect_walk("@/link", "@ -> link!\n@ -> real!\n@/real.\n");
}

/* Makes the links l1 to l<COUNT>, each to the one before; l0 is a directory. */
static void make_chain(int count)
{
    char name[16];
    char target[16] = "l0";
    assert_int_equal(mkdir("l0", 0755), 0);
    for (int i = 1; i <= count; i++) {
        snprintf(name, sizeof name, "l%d", i);
        assert_int_equal(symlink(target, name), 0);
        memcpy(target, name, sizeof target);
    }
}

static void links_in_a_row_are_limited(void **state)
{
    (void)state;
    char glob[32];
    const char *const one[] = {glob, NULL};
    struct stat status;
    make_chain(PLACES_LINKS_MAX + 1);
    /* VS Code gets no further than we do. */
    snprintf(glob, sizeof glob, "l%d", PLACES_LINKS_MAX);
    assert_int_equal(stat(glob, &status), 0);
    snprintf(glob, sizeof glob, "l%d", PLACES_LINKS_MAX + 1);
    assert_int_equal(stat(glob, &status), -1);
    assert_int_equal(errno, ELOOP);
    snprintf(glob, sizeof glob, "@/l%d", PLACES_LINKS_MAX);
    walk_globs(one);
    assert_int_equal(count_line("@/l0."), 1);
    assert_null(strstr(record.text, "ELOOP"));
    snprintf(glob, sizeof glob, "@/l%d", PLACES_LINKS_MAX + 1);
    walk_globs(one);
    assert_int_equal(count_line("@/l0."), 0);
    assert_int_equal(count_line("@: ELOOP"), 1);
    assert_int_equal(symlink("self", "self"), 0);
    assert_int_equal(symlink("b", "a"), 0);
    assert_int_equal(symlink("a", "b"), 0);
    static const char *const loops[] = {"@/self/x", "@/a", "@/[b]/x", NULL};
    walk_globs(loops);
    assert_int_equal(count_line("@: ELOOP"), 3);
    /* Links beside each other are not in a row. */
    static const char *const all[] = {"@/l[0-9]", NULL};
    walk_globs(all);
    assert_int_equal(count_line("@/l0."), 10);
}

/*
 * Deep directories with a link to themselves at the bottom: without a limit each round adds a frame for each
 * of them, and it is not for who made them to decide how much stack we need.
 */
static void a_walk_does_not_go_deeper_than_its_stack(void **state)
{
    (void)state;
    char path[PLACES_PATH_SIZE_MAX];
    snprintf(path, sizeof path, "%s", base);
    while (strlen(path) < 400) {
        strncat(path, "/d", sizeof path - strlen(path) - 1);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    strncat(path, "/l", sizeof path - strlen(path) - 1);
    assert_int_equal(symlink(path, path), 0);
    assert_int_equal(symlink(path, "link"), 0);
    static const char *const globs[] = {"@/link/*", NULL};
    walk_globs(globs);
    assert_int_equal(record.visits, PLACES_DEPTH_MAX + 1);
    assert_string_equal(record.text + record.used - strlen(": ELOOP\n"), ": ELOOP\n");
    /* The next glob may go as deep again. */
    static const char *const shallow[] = {"@/link/*", "@/d/d", NULL};
    walk_globs(shallow);
    assert_int_equal(count_line("@/d/d."), 1);
}

/* The walk takes place in the way of events: links must not make it as long as their maker likes. */
static void directories_behind_links_are_limited(void **state)
{
    (void)state;
    static const char *const once[] = {"@/link/*", NULL};
    static const char *const thrice[] = {"@/link/*", "@/link/*", "@/many/*", NULL};
    enum { ON_THE_WAY = 2 }; /* the test's directory, where the link leads on from, and "many" */
    char path[64];
    assert_int_equal(PLACES_BEHIND_MAX, 1024);
    assert_int_equal(mkdir("many", 0755), 0);
    assert_int_equal(symlink("many", "link"), 0);
    for (int i = 0; i < PLACES_BEHIND_MAX - ON_THE_WAY; i++) {
        snprintf(path, sizeof path, "many/%d", i);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    walk_globs(once);
    const int all = record.visits;
    assert_null(strstr(record.text, "ELOOP"));
    walk_globs(once); /* each walk begins anew */
    assert_int_equal(record.visits, all);
    assert_null(strstr(record.text, "ELOOP"));

    assert_int_equal(mkdir("many/more", 0755), 0);
    walk_globs(once);
    assert_int_equal(record.visits, all + 1);
    const char *error = strstr(record.text, ": ELOOP\n");
    assert_non_null(error);
    assert_null(strstr(error + 1, ": ELOOP\n"));
    assert_non_null(strstr(record.text, "@/many/"));

    /* All globs share the limit, but what no link leads to is walked on. */
    walk_globs(thrice);
    assert_int_equal(count_line("@: ELOOP"), 1);
    assert_int_equal(count_line("@/many/more."), strstr(error, "more: ELOOP") == NULL ? 2 : 1);
    const char *last = strstr(record.text, "@ -> many");
    assert_non_null(last);
}

static void links_into_proc_are_not_followed(void **state)
{
    (void)state;
    static const char *const targets[] = {"/proc/self/cwd", "/proc/self/root", "/proc/sys", "/proc"};
    static const char *const relative[] = {"@/up", NULL};
    static const char *const plain[] = {"/proc/sys", NULL};
    static const char *const own[] = {"/proc/self", NULL};
    struct statfs status;
    if (statfs("/proc", &status) < 0 || status.f_type != PROC_SUPER_MAGIC) {
        print_message("skipped: there is no /proc here\n");
        skip();
    }
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        assert_int_equal(symlink(targets[i], "link"), 0);
        expect_walk("@/link", "@ -> link!\n/proc: ELOOP\n");
        expect_walk("@/link/x", "@ -> link\n/proc: ELOOP\n");
        assert_int_equal(unlink("link"), 0);
    }
    assert_int_equal(symlink("../../proc/self/cwd", "up"), 0);
    walk_globs(relative);
    assert_non_null(strstr(record.text, "/proc: ELOOP\n"));
    assert_int_equal(count_line("@."), 0);

    record.is_all = true;
    walk_globs(plain);
    assert_int_equal(count_line("/proc -> sys!"), 1);
    assert_int_equal(count_line("/proc/sys."), 1);
    assert_null(strstr(record.text, "ELOOP"));
    /* Here /proc itself has the link. */
    walk_globs(own);
    assert_int_equal(count_line("/proc -> self!"), 1);
    assert_int_equal(count_line("/proc: ELOOP"), 1);
}

static void links_that_grow_too_long_are_told(void **state)
{
    (void)state;
    enum { FITS = PLACES_PATH_SIZE_MAX - 2 }; /* and the slash before what follows */
    char target[PLACES_PATH_SIZE_MAX + 2];
    static const struct {
        size_t length;
        const char *glob;
        bool is_told;
    } rows[] = {
        {FITS, "@/link", false},    {FITS + 1, "@/link", true},    {FITS + 2, "@/link", true},
        {FITS + 3, "@/link", true}, {FITS - 2, "@/link/x", false}, {FITS - 1, "@/link/x", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        memset(target, '/', rows[i].length);
        memcpy(target + rows[i].length - 8, "/missing", 9);
        assert_int_equal(symlink(target, "link"), 0);
        const char *const globs[] = {rows[i].glob, NULL};
        walk_globs(globs);
        if ((count_line("@: ENAMETOOLONG") == 1) != rows[i].is_told) {
            fail_msg("row %zu: %s", i, record.text);
        }
        assert_int_equal(unlink("link"), 0);
    }
}

static void a_callback_ends_the_whole_walk(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "a/x", "b", "b/x", NULL};
    static const char *const globs[] = {"@/?/x", "@/link", "@/self", NULL}; /* an error can end it too */
    make_directories(names);
    assert_int_equal(symlink("a/x", "link"), 0);
    assert_int_equal(symlink("self", "self"), 0);
    walk_globs(globs);
    const int all = record.visits;
    assert_in_range(all, 10, 100);
    for (int i = 1; i <= all; i++) {
        record.end_at = i;
        walk_globs(globs);
        assert_int_equal(record.visits, i);
    }
    static const char *const after[] = {"@/self", "@/a", NULL};
    record.end_at = 0;
    walk_globs(after);
    const char *error = strstr(record.text, "ELOOP\n");
    assert_non_null(error);
    record.end_at = record.visits - 4; /* "/", "/tmp", "@" and "@/a" follow it */
    walk_globs(after);
    assert_string_equal(record.text + record.used - strlen("ELOOP\n"), "ELOOP\n");
}

static void remove_child(const struct places_visit *visit)
{
    static const char *const names[] = {"a/b", "a"};
    if (strcmp(visit->path, base) == 0) {
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            unlinkat(visit->fd, names[i], AT_REMOVEDIR);
        }
    }
}

static void remove_siblings(const struct places_visit *visit)
{
    if (visit->child == NULL) {
        for (char name[] = "a"; name[0] <= 'e'; name[0]++) {
            if (strcmp(visit->path + strlen(base) + 1, name) != 0) {
                unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
            }
        }
    }
}

static void remove_visited(const struct places_visit *visit)
{
    if (strcmp(visit->path, at("@/a")) == 0) {
        unlinkat(AT_FDCWD, "a/b", AT_REMOVEDIR);
        unlinkat(AT_FDCWD, "a", AT_REMOVEDIR);
    }
}

static void directories_that_vanish_in_the_walk_are_no_error(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "a/b", NULL};
    static const char *const five[] = {"a", "b", "c", "d", "e", NULL};
    make_directories(names);
    record.on_visit = remove_child;
    expect_walk("@/a/b", "@ -> a\n");
    make_directories(names);
    expect_walk("@/*/b", "@ -> *\n");
    make_directories(names);
    record.on_visit = remove_visited;
    expect_walk("@/a/b", "@ -> a\n@/a -> b!\n");
    make_directories(five);
    record.on_visit = remove_siblings;
    const char *const globs[] = {"@/?", NULL};
    walk_globs(globs);
    record.on_visit = NULL;
    assert_int_equal(record.used, strlen("@ -> ?!\n@/a.\n"));
}

static int kept_fd;

static void keep_descriptor(const struct places_visit *visit)
{
    if (visit->child == NULL) {
        kept_fd = dup(visit->fd);
    }
}

static void a_descriptor_is_closed_after_the_call_unless_kept(void **state)
{
    (void)state;
    static const char *const names[] = {"a", NULL};
    char text[128];
    char *dirs[] = {text, NULL};
    char *no_environ[] = {NULL};
    struct places places;
    struct stat kept;
    struct stat there;
    make_directories(names);
    snprintf(text, sizeof text, "%s/a", base);
    assert_int_equal(places_init(&places, dirs, no_environ), 0);
    record.used = 0;
    record.visits = 0;
    record.on_visit = keep_descriptor;
    places_walk(&places, on_visit, &record);
    is_walking = false;
    record.on_visit = NULL;
    for (int i = 0; i < record.visits; i++) {
        assert_true(record.fds[i] == kept_fd || fcntl(record.fds[i], F_GETFD) < 0);
    }
    assert_int_equal(fstat(kept_fd, &kept), 0);
    assert_int_equal(stat("a", &there), 0);
    assert_int_equal(kept.st_ino, there.st_ino);
    close(kept_fd);
    places_finish(&places);
}

static void very_many_directories_are_visited(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++) {
        char name[16];
        snprintf(name, sizeof name, "u%d", i);
        assert_int_equal(mkdir(name, 0755), 0);
    }
    const char *const globs[] = {"@/u*/run", NULL};
    walk_globs(globs);
    for (int i = 0; i < 500; i++) {
        char line[64];
        snprintf(line, sizeof line, "@/u%d -> run!", i);
        assert_int_equal(count_line(line), 1);
    }
}

/* ---- errors ---- */

/* In a child, where a failed assertion would go on with the parent's tests. */
static int walk_as_stranger(void)
{
    static const char *const globs[] = {"@/closed/sub", "@/closed/*", "@/unreadable/*", NULL};
    if (setgroups(0, NULL) < 0 || setresgid(STRANGER, STRANGER, STRANGER) < 0 ||
        setresuid(STRANGER, STRANGER, STRANGER) < 0) {
        return 77;
    }
    walk_globs(globs);
    static const char expected[] = "@ -> closed\n@/closed -> sub!\n@/closed/sub: EACCES\n"
                                   "@ -> closed\n@/closed -> *!\n@/closed: EACCES\n"
                                   "@ -> unreadable\n@/unreadable -> *!\n@/unreadable: EACCES\n";
    if (strcmp(record.text, expected) != 0) {
        fprintf(stderr, "%sinstead of\n%s", record.text, expected);
        return 1;
    }
    static const char *const literal[] = {"@/unreadable/s\\ub", NULL};
    walk_globs(literal);
    return strcmp(record.text, "@ -> unreadable\n@/unreadable -> s\\ub!\n@/unreadable/sub.\n") == 0 ? 0 : 2;
}

static void directories_that_may_not_be_read_are_told(void **state)
{
    (void)state;
    static const char *const names[] = {"closed", "closed/sub", "unreadable", "unreadable/sub", NULL};
    need_root();
    make_directories(names);
    assert_int_equal(chmod("closed", 0700), 0);
    assert_int_equal(chmod("unreadable", 0711), 0);
    fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(60);
        _exit(walk_as_stranger());
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("skipped: it is not allowed to become somebody else here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void errors_of_looking_end_a_branch(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "a/b", NULL};
    make_directories(names);
    statx_error = EIO;
    statx_from = 4; /* of "@/a" */
    expect_walk("@/a/b", "@ -> a\n@/a: EIO\n");
    statx_count = 0;
    statx_from = 1;
    expect_walk("@/a/b", "/: EIO\n");
    statx_error = 0;
    open_error = EMFILE;
    expect_walk("@/a/b", "/: EMFILE\n");
    assert_int_equal(record.visits, 1);
    assert_int_equal(record.fds[0], -1);
}

static void an_error_has_no_descriptor(void **state)
{
    (void)state;
    static const char *const globs[] = {"@/self/x", NULL};
    assert_int_equal(symlink("self", "self"), 0);
    walk_globs(globs);
    assert_int_equal(count_line("@: ELOOP"), 1);
    assert_int_equal(record.fds[record.visits - 1], -1);
}

/* Makes base/<LENGTH x>, and enters nothing. */
static void make_long_directory(const char *parent, size_t length, char *name)
{
    memset(name, 'x', length);
    name[length] = '\0';
    const int fd = __real_open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(fd, name, 0755), 0);
    close(fd);
}

static void paths_that_grow_too_long_are_told(void **state)
{
    (void)state;
    char first[256];
    char second[256];
    char path[1024];
    char expected[1024];
    make_long_directory(".", 255, first);
    const size_t room = PLACES_PATH_SIZE_MAX - 1 - strlen(base) - 1 - strlen(first) - 1;
    assert_in_range(room, 2, 254);
    make_long_directory(first, room, second);
    snprintf(expected, sizeof expected, "@ -> x*\n@/%s -> x*!\n@/%s/%s.\n", first, first, second);
    expect_walk("@/x*/x*", expected);
    snprintf(path, sizeof path, "%s/%s", first, second);
    assert_int_equal(rmdir(path), 0);
    make_long_directory(first, room + 1, second);
    snprintf(expected, sizeof expected, "@ -> x*\n@/%s -> x*!\n@/%s: ENAMETOOLONG\n", first, first);
    expect_walk("@/x*/x*", expected);
}

/* ---- compiling ---- */

/* What an entry is compiled to; NULL for an entry that is left out. */
static void expect_glob(const struct places *places, const char *entry, const char *expected)
{
    if (places->count != (expected != NULL ? 1 : 0)) {
        fail_msg("%s: %zu globs", entry, places->count);
    }
    if (expected != NULL && strcmp(places->globs[0], expected) != 0) {
        fail_msg("%s: %s instead of %s", entry, places->globs[0], expected);
    }
}

static char *const *as_list(const char *const *strings)
{
    return (char *const *)(uintptr_t)strings;
}

static void entries_are_compiled(void **state)
{
    (void)state;
    static const char *const environ_in[] = {
        "FOOBAR=/foobar", "FOO=/f/g/",        "FOO=/second", "EMPTY=",      "RELATIVE=run/x",
        "ROOT=/",         "STAR=/a*b/?[c]\\", "TILDE=~",     "EQUALS=/a=b", "NOVALUE",
        "DOLLAR=/$FOO",   "SPACE= /leading",  NULL};
    static const struct {
        const char *entry;
        const char *glob;
    } rows[] = {
        {"/", "/"},
        {"/run/user/*", "/run/user/*"},
        {"/run/[a-z]?/\\*", "/run/[a-z]?/\\*"},
        {"/a/$FOO", "/a/$FOO"},
        {"$FOO", "/f/g/"},
        {"$FOO/", "/f/g//"},
        {"$FOO/h/*", "/f/g//h/*"},
        {"$FOO/$FOOBAR", "/f/g//$FOOBAR"},
        {"$FOOBAR", "/foobar"},
        {"$FO", NULL},
        {"$FOOB/x", NULL},
        {"$foo", NULL},
        {"$UNSET", NULL},
        {"$UNSET/rest", NULL},
        {"$EMPTY", NULL},
        {"$EMPTY/rest", NULL},
        {"$RELATIVE", NULL},
        {"$RELATIVE/rest", NULL},
        {"$TILDE/rest", NULL},
        {"$SPACE", NULL},
        {"$NOVALUE", NULL},
        {"$", NULL},
        {"$/x", NULL},
        {"$ROOT", "/"},
        {"$ROOT/x", "//x"},
        {"$STAR", "/a\\*b/\\?\\[c]\\\\"},
        {"$STAR/*", "/a\\*b/\\?\\[c]\\\\/*"},
        {"$EQUALS", "/a=b"},
        {"$DOLLAR", "/$FOO"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *const dirs[] = {rows[i].entry, NULL};
        struct places places;
        assert_int_equal(places_init(&places, as_list(dirs), as_list(environ_in)), 0);
        expect_glob(&places, rows[i].entry, rows[i].glob);
        allocations = 1;
        frees = 0;
        places_finish(&places);
        assert_int_equal(frees, allocations);
        assert_null(places.globs);
        assert_int_equal(places.count, 0);
        places_finish(&places);
    }
}

static void entries_that_lead_nowhere_leave_the_others(void **state)
{
    (void)state;
    static const char *const dirs[] = {"$UNSET", "/a", "$EMPTY/x", "/c/d/e", "$RELATIVE", "/f", NULL};
    static const char *const environ_in[] = {"EMPTY=", "RELATIVE=x", NULL};
    static const char *const expected[] = {"/a", "/c/d/e", "/f"};
    struct places places;
    assert_int_equal(places_init(&places, as_list(dirs), as_list(environ_in)), 0);
    assert_int_equal(places.count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_string_equal(places.globs[i], expected[i]);
    }
    places_finish(&places);
    static const char *const none[] = {NULL};
    assert_int_equal(places_init(&places, as_list(none), as_list(none)), 0);
    assert_int_equal(places.count, 0);
    walk(&places);
    assert_int_equal(record.visits, 0);
    places_finish(&places);
}

static void a_variables_globs_are_literal(void **state)
{
    (void)state;
    static const char *const names[] = {"a*b",   "axb",     "a*b/x",     "a*b/y",
                                        "axb/z", "q?[c]\\", "q?[c]\\/x", NULL};
    char star[128];
    char odd[128];
    const char *const environ_in[] = {star, odd, NULL};
    const char *const dirs[] = {"$STAR", "$STAR/x", "$ODD/*", NULL};
    make_directories(names);
    snprintf(star, sizeof star, "STAR=%s/a*b", base);
    snprintf(odd, sizeof odd, "ODD=%s/q?[c]\\", base);
    struct places places;
    assert_int_equal(places_init(&places, as_list(dirs), as_list(environ_in)), 0);
    memset(star, 'X', sizeof star - 1); /* it was copied */
    memset(odd, 'X', sizeof odd - 1);
    walk(&places);
    assert_string_equal(record.text, "@ -> a\\*b!\n@/a*b.\n"
                                     "@ -> a\\*b\n@/a*b -> x!\n@/a*b/x.\n"
                                     "@ -> q\\?\\[c]\\\\\n@/q?[c]\\ -> *!\n@/q?[c]\\/x.\n");
    places_finish(&places);
}

/* LENGTH bytes: a slash and xs, with a NUL. */
static void fill(char *text, size_t length)
{
    memset(text, 'x', length);
    text[0] = '/';
    text[length] = '\0';
}

static void entries_that_are_too_long_are_refused(void **state)
{
    (void)state;
    enum { FITS = PLACES_PATH_SIZE_MAX - 1 };
    static const struct {
        size_t value;  /* bytes of the variable V; 0: the entry is written out */
        size_t rest;   /* bytes of the entry, or behind $V */
        bool has_star; /* the value's last byte is one, which takes two */
        int result;
    } rows[] = {
        {0, FITS, false, 0},
        {0, FITS + 1, false, -ENAMETOOLONG},
        {FITS, 0, false, 0},
        {FITS, 0, true, -ENAMETOOLONG},
        {FITS - 1, 0, true, 0},
        {FITS + 1, 0, false, -ENAMETOOLONG},
        {300, FITS - 300, false, 0},
        {300, FITS - 299, false, -ENAMETOOLONG},
        {FITS, 1, false, -ENAMETOOLONG},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char value[1024] = "V=";
        char entry[1024] = "$V";
        const bool has_value = rows[i].value > 0;
        if (has_value) {
            fill(value + 2, rows[i].value);
            value[1 + rows[i].value] = rows[i].has_star ? '*' : 'x';
        }
        if (rows[i].rest > 0) {
            fill(entry + (has_value ? 2 : 0), rows[i].rest);
        }
        const char *const dirs[] = {"/before", entry, NULL};
        const char *const environ_in[] = {value, NULL};
        struct places places;
        const int result = places_init(&places, as_list(dirs), as_list(environ_in));
        if (result != rows[i].result) {
            fail_msg("row %zu: %d", i, result);
        }
        places_finish(&places);
    }
}

static void dots_lead_where_they_do_in_a_path(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "a/b", "c", NULL};
    make_directories(names);
    expect_walk("@/a/../c", "@ -> a\n@/a -> ..\n@/a/.. -> c!\n@/a/../c.\n");
    expect_walk("@/./a/./b/.", "@ -> a\n@/a -> b!\n@/a/b.\n");
    expect_walk("@/a/...", "@ -> a\n@/a -> ...!\n");
}

static void too_many_entries_are_refused(void **state)
{
    (void)state;
    static const char *const no_environ[] = {NULL};
    const char *dirs[PLACES_GLOBS_MAX + 2];
    for (size_t i = 0; i <= PLACES_GLOBS_MAX; i++) {
        dirs[i] = "/tmp";
    }
    struct places places;
    dirs[PLACES_GLOBS_MAX] = NULL;
    assert_int_equal(places_init(&places, as_list(dirs), as_list(no_environ)), 0);
    assert_int_equal(places.count, PLACES_GLOBS_MAX);
    places_finish(&places);
    dirs[PLACES_GLOBS_MAX] = "/tmp";
    dirs[PLACES_GLOBS_MAX + 1] = NULL;
    assert_int_equal(places_init(&places, as_list(dirs), as_list(no_environ)), -E2BIG);
    places_finish(&places);
}

static void no_memory_is_told(void **state)
{
    (void)state;
    static const char *const no_environ[] = {NULL};
    static const char *const dirs[] = {"/tmp", NULL};
    struct places places;
    is_memory_out = true;
    assert_int_equal(places_init(&places, as_list(dirs), as_list(no_environ)), -ENOMEM);
    is_memory_out = false;
    places_finish(&places);
    struct places zeroed = {0};
    places_finish(&zeroed);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_walk_goes_from_the_root_down),
        CASE(directories_that_are_missing_are_not_visited),
        CASE(globs_match_as_in_a_shell),
        CASE(globs_match_at_several_depths),
        CASE(what_is_no_directory_is_passed_over),
        CASE(globs_are_walked_in_their_order),
        CASE(links_are_resolved_on_the_way),
        CASE(absolute_links_start_at_the_root_again),
        CASE(links_are_followed_whoever_made_them),
        CASE(links_in_a_row_are_limited),
        CASE(a_walk_does_not_go_deeper_than_its_stack),
        CASE(directories_behind_links_are_limited),
        CASE(links_into_proc_are_not_followed),
        CASE(links_that_grow_too_long_are_told),
        CASE(a_callback_ends_the_whole_walk),
        CASE(directories_that_vanish_in_the_walk_are_no_error),
        CASE(a_descriptor_is_closed_after_the_call_unless_kept),
        CASE(very_many_directories_are_visited),
        CASE(directories_that_may_not_be_read_are_told),
        CASE(errors_of_looking_end_a_branch),
        CASE(an_error_has_no_descriptor),
        CASE(paths_that_grow_too_long_are_told),
        CASE(entries_are_compiled),
        CASE(entries_that_lead_nowhere_leave_the_others),
        CASE(a_variables_globs_are_literal),
        CASE(entries_that_are_too_long_are_refused),
        CASE(dots_lead_where_they_do_in_a_path),
        CASE(too_many_entries_are_refused),
        CASE(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
