/* SPDX-License-Identifier: MIT */
/*
 * listing: real directories, small and large, changed while they are read; and what the kernel may refuse.
 *
 * WRAP: syscall openat malloc calloc realloc opendir fdopendir scandir
 */
#include "testing.h"

#include "sandbox_init/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MANY = 1000, /* entries that take several buffers of any sane size */
    STRANGER = 12345,
    FDS_MAX = 1024,
};

static char base[64]; /* the test's directory */
static int base_fd;
static int descriptors; /* open ones, before the test */

/* The wrapped calls. */
static long fail_at;         /* which getdents64(2) fails with EIO; 0: none */
static long reads;           /* getdents64(2) so far */
static unsigned allocations; /* by whom the tests link, not by the C library */
static int open_flags;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list arguments;
    va_start(arguments, number);
    const int fd = va_arg(arguments, int);
    void *buffer = va_arg(arguments, void *);
    const size_t size = va_arg(arguments, size_t);
    va_end(arguments);
    assert_int_equal(number, SYS_getdents64);
    if (++reads == fail_at) {
        errno = EIO;
        return -1;
    }
    return __real_syscall(number, fd, buffer, size);
}

int __real_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...);
int __wrap_openat(int dirfd, const char *path, int flags, ...)
{
    open_flags = flags;
    return __real_openat(dirfd, path, flags);
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

/* They allocate inside of the C library. */
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
    (void)path;
    allocations++;
    return NULL;
}

DIR *__wrap_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd)
{
    (void)fd;
    allocations++;
    return NULL;
}

int __wrap_scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
                   int (*compare)(const struct dirent **, const struct dirent **));
int __wrap_scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
                   int (*compare)(const struct dirent **, const struct dirent **))
{
    (void)path;
    (void)list;
    (void)filter;
    (void)compare;
    allocations++;
    return -1;
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
    fail_at = reads = 0;
    allocations = 0;
    snprintf(base, sizeof base, "/tmp/test_listing.XXXXXX");
    if (mkdtemp(base) == NULL || chdir(base) < 0) {
        return -1;
    }
    base_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    descriptors = count_descriptors();
    return base_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    const int now = count_descriptors();
    close(base_fd);
    if (chdir("/") < 0 || nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0) {
        return -1;
    }
    if (now != descriptors) {
        print_error("a descriptor was leaked\n");
        return -1;
    }
    return 0;
}

static void make_file(const char *name)
{
    const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        fail_msg("%s: %s", name, strerror(errno));
    }
    close(fd);
}

static void make_many(void)
{
    for (int i = 0; i < MANY; i++) {
        char name[64];
        snprintf(name, sizeof name, "%d-with-a-name-of-some-length", i);
        make_file(name);
    }
}

/* What was visited: for names that begin with a number how often each, and the others. */
struct seen {
    unsigned times[MANY];
    char names[16][256];
    size_t name_count;
    size_t total;
    size_t stop_after;     /* visits; 0: never */
    bool is_removing;      /* each entry, as it is visited */
    bool is_removing_next; /* another entry: what comes, may come or not */
};

static bool visit(void *context, const char *name)
{
    struct seen *seen = context;
    seen->total++;
    if (name[0] >= '0' && name[0] <= '9') {
        const long number = strtol(name, NULL, 10);
        assert_in_range(number, 0, MANY - 1);
        seen->times[number]++;
        if (seen->is_removing_next) {
            char next[64];
            snprintf(next, sizeof next, "%ld-with-a-name-of-some-length", (number + 1) % MANY);
            unlinkat(base_fd, next, 0);
        }
    } else {
        assert_true(seen->name_count < COUNT_OF(seen->names));
        snprintf(seen->names[seen->name_count++], sizeof seen->names[0], "%s", name);
    }
    if (seen->is_removing) {
        assert_int_equal(unlinkat(base_fd, name, 0), 0);
    }
    return seen->stop_after == 0 || seen->total < seen->stop_after;
}

static bool has_seen(const struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->name_count; i++) {
        if (strcmp(seen->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void an_empty_directory_has_no_entries(void **state)
{
    (void)state;
    struct seen seen = {0};
    assert_int_equal(listing_read(base_fd, visit, &seen), 0);
    assert_int_equal(seen.total, 0);
}

static void all_names_but_dot_and_dot_dot_are_visited(void **state)
{
    (void)state;
    char longest[256];
    memset(longest, 'l', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const names[] = {"...",     "..a",  ".a", ".",  "..",  " ",     "a\nb",
                                 "\x1b[2J", "\xff", "a",  "ab", "abc", longest, "....."};
    struct seen seen = {0};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(names[i], ".") != 0 && strcmp(names[i], "..") != 0) {
            make_file(names[i]);
        }
    }
    assert_int_equal(listing_read(base_fd, visit, &seen), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const bool is_dot = strcmp(names[i], ".") == 0 || strcmp(names[i], "..") == 0;
        if (has_seen(&seen, names[i]) == is_dot) {
            fail_msg("'%s' was %s", names[i], is_dot ? "seen" : "missed");
        }
    }
    assert_int_equal(seen.total, COUNT_OF(names) - 2);
}

static void all_types_are_visited(void **state)
{
    (void)state;
    struct seen seen = {0};
    make_file("file");
    assert_int_equal(mkdir("directory", 0700), 0);
    assert_int_equal(symlink("nowhere", "link"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    make_file("directory/inside");
    assert_int_equal(listing_read(base_fd, visit, &seen), 0);
    assert_true(has_seen(&seen, "file") && has_seen(&seen, "directory") && has_seen(&seen, "link") &&
                has_seen(&seen, "fifo"));
    assert_int_equal(seen.total, 4);
}

static void each_of_many_is_visited_once(void **state)
{
    (void)state;
    static struct seen seen;
    seen = (struct seen){0};
    make_many();
    assert_int_equal(listing_read(base_fd, visit, &seen), 0);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(seen.times[i], 1);
    }
    assert_int_equal(seen.total, MANY);
    assert_true(reads > 2);
    assert_true((open_flags & O_CLOEXEC) != 0);
}

static void entries_may_be_removed_in_the_call(void **state)
{
    (void)state;
    static struct seen seen;
    seen = (struct seen){.is_removing = true};
    make_many();
    assert_int_equal(listing_read(base_fd, visit, &seen), 0);
    assert_int_equal(seen.total, MANY);
    seen = (struct seen){0};
    assert_int_equal(listing_read(base_fd, visit, &seen), 0);
    assert_int_equal(seen.total, 0);
}

static void who_stays_is_seen_while_others_vanish(void **state)
{
    (void)state;
    static struct seen seen;
    seen = (struct seen){.is_removing_next = true};
    make_many();
    assert_int_equal(listing_read(base_fd, visit, &seen), 0);
    for (size_t i = 0; i < MANY; i++) {
        char name[64];
        snprintf(name, sizeof name, "%zu-with-a-name-of-some-length", i);
        if (seen.times[i] > 1 || (seen.times[i] == 0 && faccessat(base_fd, name, F_OK, 0) == 0)) {
            fail_msg("%s was seen %u times", name, seen.times[i]);
        }
    }
}

static void a_visit_ends_the_listing(void **state)
{
    (void)state;
    static const size_t stops[] = {1, 2, 1000, MANY - 1, MANY};
    static struct seen seen;
    make_many();
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        seen = (struct seen){.stop_after = stops[i]};
        assert_int_equal(listing_read(base_fd, visit, &seen), 0);
        assert_int_equal(seen.total, stops[i]);
    }
}

static void the_descriptors_offset_is_not_used(void **state)
{
    (void)state;
    static struct seen seen;
    make_many();
    const int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    char buffer[1024];
    assert_true(__real_syscall(SYS_getdents64, fd, buffer, sizeof buffer) > 0);
    const off_t offset = lseek(fd, 0, SEEK_CUR);
    assert_int_not_equal(offset, 0);
    for (int round = 0; round < 2; round++) {
        seen = (struct seen){0};
        assert_int_equal(listing_read(fd, visit, &seen), 0);
        assert_int_equal(seen.total, MANY);
        assert_true(lseek(fd, 0, SEEK_CUR) == offset);
    }
    close(fd);
}

static void nothing_is_allocated(void **state)
{
    (void)state;
    static struct seen seen;
    seen = (struct seen){0};
    make_many();
    allocations = 0;
    assert_int_equal(listing_read(base_fd, visit, &seen), 0);
    assert_int_equal(allocations, 0);
    assert_int_equal(seen.total, MANY);
}

static void failures_are_told(void **state)
{
    (void)state;
    struct seen seen = {0};
    make_file("file");
    assert_int_equal(mkdir("gone", 0700), 0);
    const int file_fd = open("file", O_RDONLY | O_CLOEXEC);
    const int gone_fd = open("gone", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(rmdir("gone"), 0);
    assert_int_equal(listing_read(file_fd, visit, &seen), -ENOTDIR);
    assert_int_equal(listing_read(gone_fd, visit, &seen), -ENOENT);
    assert_int_equal(listing_read(9999, visit, &seen), -EBADF);
    assert_int_equal(listing_read(-1, visit, &seen), -EBADF);
    fail_at = 1;
    reads = 0;
    assert_int_equal(listing_read(base_fd, visit, &seen), -EIO);
    assert_int_equal(seen.total, 0);
    close(file_fd);
    close(gone_fd);
}

static void a_failure_in_the_middle_comes_after_what_was_read(void **state)
{
    (void)state;
    static struct seen seen;
    seen = (struct seen){0};
    make_many();
    fail_at = 3;
    assert_int_equal(listing_read(base_fd, visit, &seen), -EIO);
    assert_in_range(seen.total, 2, MANY - 1);
}

static void an_unreadable_directory_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only root can become somebody else\n");
        skip();
    }
    make_file("file");
    assert_int_equal(chmod(base, 0711), 0);
    fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct seen seen = {0};
        _exit(setresuid(STRANGER, STRANGER, STRANGER) == 0 &&
                      listing_read(base_fd, visit, &seen) == -EACCES && seen.total == 0
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_directory_has_no_entries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_names_but_dot_and_dot_dot_are_visited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_types_are_visited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_of_many_is_visited_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(entries_may_be_removed_in_the_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_stays_is_seen_while_others_vanish, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_visit_ends_the_listing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_descriptors_offset_is_not_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_allocated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_in_the_middle_comes_after_what_was_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unreadable_directory_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
