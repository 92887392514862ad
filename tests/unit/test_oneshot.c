/* SPDX-License-Identifier: MIT */
/*
 * oneshot: real sockets in real directories; reports are compared whole. "@" in what is expected stands for
 * the test's directory, "#" for our own uid.
 *
 * WRAP: unlinkat calloc
 */
#include "testing.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/oneshot.h"
#include "sandbox_init/places.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DIRS_MAX = 12,
    TEXT_SIZE = 1 << 16,
    STRANGER = 4242,
    NOBODY = 65534,
    SKIPPED = 77,
};

static int unlink_error; /* errno; 0: it works */
static bool has_no_memory;

int __real_unlinkat(int dirfd, const char *path, int flags);
int __wrap_unlinkat(int dirfd, const char *path, int flags);
int __wrap_unlinkat(int dirfd, const char *path, int flags)
{
    errno = unlink_error;
    return unlink_error != 0 ? -1 : __real_unlinkat(dirfd, path, flags);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return has_no_memory ? NULL : __real_calloc(count, size);
}

static char base[32]; /* the test's directory */
static struct config config;
static char dir_texts[DIRS_MAX][128];
static char *dirs[DIRS_MAX + 1];
static char pattern[] = "vscode-ipc-*";
static char *patterns[] = {pattern, NULL};
static char *no_environ[] = {NULL};
static struct oneshot_request request;

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/test-oneshot-XXXXXX");
    unlink_error = 0;
    has_no_memory = false;
    config = (struct config){.scrub = {.enabled = true, .dirs = dirs, .patterns = patterns}};
    request = (struct oneshot_request){.config = &config, .environ_in = no_environ};
    return mkdtemp(base) != NULL ? chmod(base, 0755) : -1;
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
    unlink_error = 0;
    return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
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

static bool is_there(const char *name)
{
    struct stat status;
    return lstat(at(name), &status) == 0;
}

/* Makes the directory that NAME is in, where it is missing, and the socket NAME in it. */
static void make_socket(const char *name, uid_t owner)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char directory[64];
    snprintf(directory, sizeof directory, "%.*s", (int)strcspn(name, "/"), name);
    mkdir(at(directory), 0755);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", base, name);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    assert_int_equal(chown(at(name), owner, (gid_t)-1), 0);
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

/* TEXT with the test's directory for "@" and our uid for "#". */
static const char *fill_in(const char *text)
{
    static char filled[TEXT_SIZE];
    size_t used = 0;
    for (; *text != '\0'; text++) {
        const size_t room = sizeof filled - used;
        if (*text == '@') {
            used += (size_t)snprintf(filled + used, room, "%s", base);
        } else if (*text == '#') {
            used += (size_t)snprintf(filled + used, room, "%u", (unsigned)geteuid());
        } else {
            filled[used++] = *text;
        }
    }
    filled[used] = '\0';
    return filled;
}

static char report[TEXT_SIZE];

/* Runs with what `request` says. Returns the exit status. */
static int run(void)
{
    char *text = NULL;
    size_t length = 0;
    request.stream = open_memstream(&text, &length);
    const int status = oneshot_run(&request);
    fclose(request.stream);
    snprintf(report, sizeof report, "%s", text);
    free(text);
    return status;
}

static void expect_run(const char *expected, int status)
{
    const int got = run();
    assert_string_equal(report, fill_in(expected));
    assert_int_equal(got, status);
}

/* Runs, with stderr and the report going to PATH; returns the status, and what was said on stderr. */
static int run_badly(const char *path, const char **ret_said)
{
    static char said[1024];
    const int err = memfd_create("stderr", MFD_CLOEXEC);
    const int saved = dup(STDERR_FILENO);
    fflush(stderr);
    dup2(err, STDERR_FILENO);
    request.stream = fopen(path, "we");
    const int status = request.stream != NULL ? oneshot_run(&request) : -1;
    dup2(saved, STDERR_FILENO);
    const ssize_t got = pread(err, said, sizeof said - 1, 0);
    said[got > 0 ? got : 0] = '\0';
    if (request.stream != NULL) {
        fclose(request.stream);
    }
    close(saved);
    close(err);
    *ret_said = said;
    return status;
}

/* ---- cases ---- */

static void where_nothing_is_nothing_is_done(void **state)
{
    (void)state;
    use_dirs(GLOBS("missing", "also/*"));
    expect_run("0 directories: 0 revoked, 0 unlinked, 0 links removed, 0 left\n", CLI_STATUS_OK);
    assert_int_equal(mkdir(at("missing"), 0755), 0);
    expect_run("1 directory: 0 revoked, 0 unlinked, 0 links removed, 0 left\n", CLI_STATUS_OK);
    request.is_json = true;
    expect_run("{\"dry_run\": false, \"sockets\": [], \"directories\": 1, \"unreadable\": 0, \"left\": 0}\n",
               CLI_STATUS_OK);
    request.is_json = false;
    request.is_quiet = true;
    expect_run("", CLI_STATUS_OK);
}

/* What every form says of one tree: a socket of our own, a link and a directory with such names, and others.
 */
static void make_tree(void)
{
    make_socket("a/vscode-ipc-1.sock", geteuid());
    make_socket("a/lsp-1.sock", geteuid());
    assert_int_equal(mkdir(at("b"), 0755), 0);
    assert_int_equal(symlink("nowhere", at("b/vscode-ipc-2.sock")), 0);
    assert_int_equal(mkdir(at("c"), 0755), 0);
    assert_int_equal(mknod(at("c/vscode-ipc-3.sock"), S_IFREG | 0600, 0), 0);
    use_dirs(GLOBS("b", "[a]", "a", "c", "missing"));
}

static void expect_tree_cleaned(void)
{
    assert_false(is_there("a/vscode-ipc-1.sock"));
    assert_false(is_there("b/vscode-ipc-2.sock"));
    assert_true(is_there("a/lsp-1.sock") && is_there("c/vscode-ipc-3.sock"));
}

static void each_socket_has_a_line_in_the_configurations_order(void **state)
{
    (void)state;
    make_tree();
    expect_run("link          @/b/vscode-ipc-2.sock (owner #); a symbolic link, its target was not touched\n"
               "unlinked      @/a/vscode-ipc-1.sock (owner #); degraded: who opened it before can still "
               "connect\n"
               "not-a-socket  @/c/vscode-ipc-3.sock (owner #); left there, it is not a socket\n"
               "3 directories: 0 revoked, 1 unlinked, 1 links removed, 0 left\n",
               CLI_STATUS_OK);
    expect_tree_cleaned();
}

static void as_json_it_is_one_object(void **state)
{
    (void)state;
    make_tree();
    request.is_json = true;
    expect_run(
        "{\"dry_run\": false, \"sockets\": ["
        "{\"path\": \"@/b/vscode-ipc-2.sock\", \"result\": \"link\", \"owner\": #, \"links\": 1, "
        "\"error\": null}, "
        "{\"path\": \"@/a/vscode-ipc-1.sock\", \"result\": \"unlinked\", \"owner\": #, \"links\": 1, "
        "\"error\": null}, "
        "{\"path\": \"@/c/vscode-ipc-3.sock\", \"result\": \"not-a-socket\", \"owner\": #, \"links\": 1, "
        "\"error\": null}"
        "], \"directories\": 3, \"unreadable\": 0, \"left\": 0}\n",
        CLI_STATUS_OK);
    expect_tree_cleaned();
}

static void verbose_names_the_directories(void **state)
{
    (void)state;
    make_tree();
    request.is_verbose = true;
    expect_run("directory     @/b\n"
               "link          @/b/vscode-ipc-2.sock (owner #); a symbolic link, its target was not touched\n"
               "directory     @/a\n"
               "unlinked      @/a/vscode-ipc-1.sock (owner #); degraded: who opened it before can still "
               "connect\n"
               "directory     @/c\n"
               "not-a-socket  @/c/vscode-ipc-3.sock (owner #); left there, it is not a socket\n"
               "3 directories: 0 revoked, 1 unlinked, 1 links removed, 0 left\n",
               CLI_STATUS_OK);
}

static void quiet_says_only_what_is_left(void **state)
{
    (void)state;
    make_tree();
    request.is_quiet = true;
    expect_run("", CLI_STATUS_OK);
    expect_tree_cleaned();
    make_socket("a/vscode-ipc-1.sock", geteuid());
    request.is_dry = true;
    expect_run("found         @/a/vscode-ipc-1.sock (owner #); left there, as asked\n", CLI_STATUS_LEFT);
    request.is_json = true;
    expect_run(
        "{\"dry_run\": true, \"sockets\": [{\"path\": \"@/a/vscode-ipc-1.sock\", \"result\": \"found\", "
        "\"owner\": #, \"links\": 1, \"error\": null}], \"directories\": 3, \"unreadable\": 0, \"left\": "
        "1}\n",
        CLI_STATUS_LEFT);
}

static void a_dry_run_changes_nothing(void **state)
{
    struct stat before;
    struct stat after;
    (void)state;
    make_tree();
    request.is_dry = true;
    assert_int_equal(stat(at("a/vscode-ipc-1.sock"), &before), 0);
    for (int i = 0; i < 2; i++) {
        expect_run("found         @/b/vscode-ipc-2.sock (owner #); left there, as asked\n"
                   "found         @/a/vscode-ipc-1.sock (owner #); left there, as asked\n"
                   "not-a-socket  @/c/vscode-ipc-3.sock (owner #); left there, it is not a socket\n"
                   "3 directories: 0 revoked, 0 unlinked, 0 links removed, 2 left\n",
                   CLI_STATUS_LEFT);
    }
    assert_int_equal(stat(at("a/vscode-ipc-1.sock"), &after), 0);
    assert_int_equal(before.st_mode, after.st_mode);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_true(is_there("b/vscode-ipc-2.sock"));
}

static void a_directory_has_no_hard_links(void **state)
{
    (void)state;
    assert_int_equal(mkdir(at("a"), 0755), 0);
    assert_int_equal(mkdir(at("a/vscode-ipc-1.sock"), 0755), 0);
    use_dirs(GLOBS("a"));
    expect_run("not-a-socket  @/a/vscode-ipc-1.sock (owner #); left there, it is not a socket\n"
               "1 directory: 0 revoked, 0 unlinked, 0 links removed, 0 left\n",
               CLI_STATUS_OK);
}

static void what_root_revokes_is_final(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("only root can revoke for good\n");
        skip();
    }
    make_socket("a/vscode-ipc-1.sock", STRANGER);
    assert_int_equal(link(at("a/vscode-ipc-1.sock"), at("a/kept")), 0);
    use_dirs(GLOBS("a"));
    expect_run("revoked       @/a/vscode-ipc-1.sock (owner 4242); it had 2 hard links\n"
               "1 directory: 1 revoked, 0 unlinked, 0 links removed, 0 left\n",
               CLI_STATUS_OK);
    struct stat status;
    assert_int_equal(stat(at("a/kept"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0);
    assert_int_equal(status.st_uid, 0);
}

static void what_cannot_be_removed_is_left(void **state)
{
    (void)state;
    make_socket("a/vscode-ipc-1.sock", geteuid());
    use_dirs(GLOBS("a"));
    unlink_error = EBUSY;
    expect_run("failed        @/a/vscode-ipc-1.sock (owner #); left there; unlink: Device or resource busy\n"
               "1 directory: 0 revoked, 0 unlinked, 0 links removed, 1 left\n",
               CLI_STATUS_LEFT);
    request.is_json = true;
    request.is_quiet = true;
    expect_run("{\"dry_run\": false, \"sockets\": [{\"path\": \"@/a/vscode-ipc-1.sock\", \"result\": "
               "\"failed\", \"owner\": #, \"links\": 1, \"error\": \"unlink: Device or resource busy\"}], "
               "\"directories\": 1, \"unreadable\": 0, \"left\": 1}\n",
               CLI_STATUS_LEFT);
}

static void names_are_escaped(void **state)
{
    (void)state;
    make_socket("a/vscode-ipc-\n\"\033\\", geteuid());
    use_dirs(GLOBS("a"));
    request.is_dry = true;
    expect_run("found         @/a/vscode-ipc-\\n\"\\e\\\\ (owner #); left there, as asked\n"
               "1 directory: 0 revoked, 0 unlinked, 0 links removed, 1 left\n",
               CLI_STATUS_LEFT);
    request.is_json = true;
    expect_run("{\"dry_run\": true, \"sockets\": [{\"path\": \"@/a/vscode-ipc-\\\\n\\\"\\\\e\\\\\\\\\", "
               "\"result\": \"found\", \"owner\": #, \"links\": 1, \"error\": null}], \"directories\": 1, "
               "\"unreadable\": 0, \"left\": 1}\n",
               CLI_STATUS_LEFT);
}

static void a_variable_names_a_directory(void **state)
{
    static char variable[] = "$TESTDIR/a";
    char value[64];
    char *environ_in[] = {value, NULL};
    (void)state;
    make_socket("a/vscode-ipc-1.sock", geteuid());
    snprintf(value, sizeof value, "TESTDIR=%s", base);
    dirs[0] = variable;
    dirs[1] = NULL;
    request.environ_in = environ_in;
    assert_int_equal(run(), CLI_STATUS_OK);
    assert_false(is_there("a/vscode-ipc-1.sock"));
}

static void many_sockets_are_all_seen(void **state)
{
    char name[64];
    (void)state;
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "a/vscode-ipc-%d.sock", i);
        make_socket(name, geteuid());
    }
    use_dirs(GLOBS("a"));
    assert_int_equal(run(), CLI_STATUS_OK);
    assert_non_null(strstr(report, "\n1 directory: 0 revoked, 500 unlinked, 0 links removed, 0 left\n"));
    assert_int_equal(rmdir(at("a")), 0);
}

static void a_report_that_cannot_be_written_is_an_error(void **state)
{
    const char *said = NULL;
    (void)state;
    make_socket("a/vscode-ipc-1.sock", geteuid());
    use_dirs(GLOBS("a"));
    if (access("/dev/full", W_OK) != 0) {
        print_message("there is no /dev/full here\n");
        skip();
    }
    assert_int_equal(run_badly("/dev/full", &said), CLI_STATUS_SYSTEM);
    assert_string_equal(said, "sandbox-init: cannot write the report: No space left on device\n");
    assert_false(is_there("a/vscode-ipc-1.sock")); /* it was done all the same */
}

static void what_cannot_be_prepared_is_an_error(void **state)
{
    static char long_text[PLACES_PATH_SIZE_MAX + 2];
    const char *said = NULL;
    (void)state;
    use_dirs(GLOBS("a"));
    has_no_memory = true;
    const int status = run_badly("/dev/null", &said);
    has_no_memory = false;
    assert_int_equal(status, CLI_STATUS_SYSTEM);
    assert_string_equal(said, "sandbox-init: cannot prepare the directories: Cannot allocate memory\n");
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[0] = '/';
    dirs[0] = long_text;
    assert_int_equal(run_badly("/dev/null", &said), CLI_STATUS_SYSTEM);
    assert_string_equal(said, "sandbox-init: cannot prepare the directories: File name too long\n");
}

/* What a child does: an assertion of cmocka would go on with the other cases in the child. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n%s", __FILE__, __LINE__, #condition, report);                        \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

static void expect_in_child(int (*body)(void))
{
    int status = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        _exit(body());
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        skip();
    }
    assert_int_equal(status, 0);
}

static int check_unreadable(void)
{
    CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
    use_dirs(GLOBS("secret", "open"));
    CHECK(run() == CLI_STATUS_LEFT);
    CHECK(strcmp(report, fill_in("unreadable    @/secret; Permission denied: what is in it stays unseen\n"
                                 "2 directories: 0 revoked, 0 unlinked, 0 links removed, 0 left\n")) == 0);
    request.is_quiet = true;
    CHECK(run() == CLI_STATUS_LEFT);
    CHECK(strcmp(report,
                 fill_in("unreadable    @/secret; Permission denied: what is in it stays unseen\n")) == 0);
    request.is_json = true;
    CHECK(run() == CLI_STATUS_LEFT);
    CHECK(strcmp(report, "{\"dry_run\": false, \"sockets\": [], \"directories\": 2, \"unreadable\": 1, "
                         "\"left\": 0}\n") == 0);
    return 0;
}

static void a_directory_that_cannot_be_read_is_said(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("only root can become somebody who may not read a directory\n");
        skip();
    }
    assert_int_equal(mkdir(at("secret"), 0711), 0);
    assert_int_equal(mkdir(at("open"), 0755), 0);
    expect_in_child(check_unreadable);
}

static void a_link_that_leads_in_a_circle_is_said(void **state)
{
    (void)state;
    assert_int_equal(symlink("loop", at("loop")), 0);
    use_dirs(GLOBS("loop"));
    assert_int_equal(run(), CLI_STATUS_LEFT);
    assert_non_null(strstr(report, "; Too many levels of symbolic links: what is in it stays unseen\n"));
}

static int check_mount(void)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
        fprintf(stderr, "no mount namespace can be made here: %s\n", strerror(errno));
        return SKIPPED;
    }
    CHECK(mount(at("host/socket"), at("a/vscode-ipc-1.sock"), "none", MS_BIND, NULL) == 0);
    use_dirs(GLOBS("a"));
    CHECK(run() == CLI_STATUS_LEFT);
    CHECK(strcmp(report,
                 fill_in("mount         @/a/vscode-ipc-1.sock (owner #); left there, it is mounted from "
                         "outside the container\n"
                         "1 directory: 0 revoked, 0 unlinked, 0 links removed, 1 left\n")) == 0);
    CHECK(is_there("host/socket"));
    return 0;
}

static void what_is_mounted_is_left(void **state)
{
    (void)state;
    make_socket("host/socket", geteuid());
    assert_int_equal(mkdir(at("a"), 0755), 0);
    assert_int_equal(mknod(at("a/vscode-ipc-1.sock"), S_IFREG | 0600, 0), 0);
    expect_in_child(check_mount);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(where_nothing_is_nothing_is_done),
        CASE(each_socket_has_a_line_in_the_configurations_order),
        CASE(as_json_it_is_one_object),
        CASE(verbose_names_the_directories),
        CASE(quiet_says_only_what_is_left),
        CASE(a_dry_run_changes_nothing),
        CASE(a_directory_has_no_hard_links),
        CASE(what_root_revokes_is_final),
        CASE(what_cannot_be_removed_is_left),
        CASE(names_are_escaped),
        CASE(a_variable_names_a_directory),
        CASE(many_sockets_are_all_seen),
        CASE(a_report_that_cannot_be_written_is_an_error),
        CASE(what_cannot_be_prepared_is_an_error),
        CASE(a_directory_that_cannot_be_read_is_said),
        CASE(a_link_that_leads_in_a_circle_is_said),
        CASE(what_is_mounted_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
