/* SPDX-License-Identifier: MIT */
/*
 * identity: users looked up in files that the tests write, as they are and as they should not be; and
 * children that become them, for which the kernel is at times less strict than it should be.
 *
 * WRAP: fopen setgroups setresgid setresuid syscall
 */
#include "testing.h"

#include "sandbox_init/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FDS_MAX = 1024,
    STRANGER = 12345,
    SKIPPED = 77, /* how a child says that it cannot be done here */
};

static char base[64];         /* the test's directory */
static int descriptors;       /* open ones, before the test */
static const char *fail_path; /* fopen(3) of this one fails with EACCES */

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
    if (fail_path != NULL && strcmp(path, fail_path) == 0) {
        errno = EACCES;
        return NULL;
    }
    return __real_fopen(path, mode);
}

/* What becomes of a wrapped call. */
enum fate { DONE, FAILS, DOES_NOTHING };

static enum fate setgroups_fate;
static enum fate setresgid_fate;
static enum fate setresuid_fate;
static enum fate capset_fate;
static enum fate capget_fate;

/* Returns the result of a call that is not made. */
static int suffer(enum fate fate)
{
    errno = EPROTO;
    return fate == FAILS ? -1 : 0;
}

int __real_setgroups(size_t count, const gid_t *groups);
int __wrap_setgroups(size_t count, const gid_t *groups);
int __wrap_setgroups(size_t count, const gid_t *groups)
{
    return setgroups_fate != DONE ? suffer(setgroups_fate) : __real_setgroups(count, groups);
}

int __real_setresgid(gid_t real, gid_t effective, gid_t saved);
int __wrap_setresgid(gid_t real, gid_t effective, gid_t saved);
int __wrap_setresgid(gid_t real, gid_t effective, gid_t saved)
{
    return setresgid_fate != DONE ? suffer(setresgid_fate) : __real_setresgid(real, effective, saved);
}

int __real_setresuid(uid_t real, uid_t effective, uid_t saved);
int __wrap_setresuid(uid_t real, uid_t effective, uid_t saved);
int __wrap_setresuid(uid_t real, uid_t effective, uid_t saved)
{
    return setresuid_fate != DONE ? suffer(setresuid_fate) : __real_setresuid(real, effective, saved);
}

/* Only capget(2) and capset(2) are made by number. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list arguments;
    va_start(arguments, number);
    void *header = va_arg(arguments, void *);
    void *data = va_arg(arguments, void *);
    va_end(arguments);
    const enum fate fate = number == SYS_capset ? capset_fate : capget_fate;
    return fate != DONE ? suffer(fate) : __real_syscall(number, header, data);
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
    fail_path = NULL;
    descriptors = count_descriptors();
    snprintf(base, sizeof base, "/tmp/test_identity.XXXXXX");
    return mkdtemp(base) == NULL || chdir(base) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (chdir("/") < 0 || nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0) {
        return -1;
    }
    if (count_descriptors() != descriptors) {
        print_error("a descriptor was leaked\n");
        return -1;
    }
    return 0;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = __real_fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char usual_passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
                                   "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
                                   "node:x:1000:1001:Node,,,:/home/node:/bin/zsh\n"
                                   "bare:x:1002:1002:::\n"
                                   "twin:x:1000:7:second with this number:/home/twin:/bin/twin\n"
                                   "node:x:4000:4000:second with this name:/home/other:/bin/other\n"
                                   "nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
                                   "last:x:4294967294:4294967294::/last:/bin/last\n"
                                   "4242:x:5000:5001:a name of digits:/home/digits:/bin/digits\n"
                                   "sudo-rs:x:1003:1003::/home/s:/bin/s";

static const char usual_group[] = "root:x:0:\n"
                                  "wheel:x:10:root,node\n"
                                  "docker:x:999:other,node,third\n"
                                  "node:x:1001:\n"
                                  "again:x:1001:node\n"
                                  "nodes:x:20:nodes,node2,xnode\n"
                                  "twice:x:10:node,node\n"
                                  "empty::30:\n"
                                  "last:x:4294967294:last\n"
                                  "adm:x:4:node";

struct example {
    const char *user;
    int result;
    uid_t uid;
    gid_t gid;
    size_t group_count;
    gid_t groups[4];
    const char *name;
    const char *home;
    const char *shell;
};

static void expect_example(const struct example *example, const char *passwd, const char *group)
{
    struct identity identity;
    struct identity before;
    memset(&identity, 0xa5, sizeof identity);
    memcpy(&before, &identity, sizeof identity);
    const int result = identity_lookup(example->user, passwd, group, &identity);
    if (result != example->result) {
        fail_msg("'%s': %d", example->user, result);
    }
    if (result < 0) {
        assert_memory_equal(&identity, &before, sizeof identity);
        return;
    }
    if (identity.uid != example->uid || identity.gid != example->gid ||
        identity.group_count != example->group_count) {
        fail_msg("'%s': uid %u, gid %u, %zu groups", example->user, identity.uid, identity.gid,
                 identity.group_count);
    }
    for (size_t i = 0; i < identity.group_count; i++) {
        assert_int_equal(identity.groups[i], example->groups[i]);
    }
    assert_string_equal(identity.name, example->name);
    assert_string_equal(identity.home, example->home);
    assert_string_equal(identity.shell, example->shell);
}

static void users_are_found_by_name_and_number(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"root", 0, 0, 0, 2, {0, 10}, "root", "/root", "/bin/bash"},
        {"0", 0, 0, 0, 2, {0, 10}, "root", "/root", "/bin/bash"},
        {"node", 0, 1000, 1001, 4, {1001, 10, 999, 4}, "node", "/home/node", "/bin/zsh"},
        {"1000", 0, 1000, 1001, 4, {1001, 10, 999, 4}, "node", "/home/node", "/bin/zsh"},
        {"001000", 0, 1000, 1001, 4, {1001, 10, 999, 4}, "node", "/home/node", "/bin/zsh"},
        {"twin", 0, 1000, 7, 1, {7}, "twin", "/home/twin", "/bin/twin"},
        {"bare", 0, 1002, 1002, 1, {1002}, "bare", "/", "/bin/sh"},
        {"nobody", 0, 65534, 65534, 1, {65534}, "nobody", "/nonexistent", "/usr/sbin/nologin"},
        {"last", 0, 4294967294, 4294967294, 1, {4294967294}, "last", "/last", "/bin/last"},
        {"4294967294", 0, 4294967294, 4294967294, 1, {4294967294}, "last", "/last", "/bin/last"},
        {"sudo-rs", 0, 1003, 1003, 1, {1003}, "sudo-rs", "/home/s", "/bin/s"},
        /* A number that has no entry is taken as it is, even where an entry has it as its name. */
        {"4242", 0, 4242, 4242, 1, {4242}, "", "/", "/bin/sh"},
        {"777", 0, 777, 777, 1, {777}, "", "/", "/bin/sh"},
        {"30", 0, 30, 30, 1, {30}, "", "/", "/bin/sh"},
    };
    write_file("passwd", usual_passwd);
    write_file("group", usual_group);
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        expect_example(&examples[i], "passwd", "group");
    }
}

static void names_that_are_not_there_are_told(void **state)
{
    (void)state;
    static const char *const names[] = {"nod",
                                        "nodes",
                                        "Node",
                                        "ROOT",
                                        "",
                                        " ",
                                        "node ",
                                        " node",
                                        "x",
                                        "-1",
                                        "+0",
                                        " 0",
                                        "0 ",
                                        "0x0",
                                        "1000:",
                                        "1e3",
                                        "1000\n",
                                        "4294967295",
                                        "4294967296",
                                        "18446744073709551616",
                                        "99999999999999999999999999",
                                        "node:x",
                                        "*"};
    write_file("passwd", usual_passwd);
    write_file("group", usual_group);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct example example = {.user = names[i], .result = -ENOENT};
        expect_example(&example, "passwd", "group");
    }
}

static void an_image_without_files_has_numbers_only(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"1000", 0, 1000, 1000, 1, {1000}, "", "/", "/bin/sh"},
        {"0", 0, 0, 0, 1, {0}, "", "/", "/bin/sh"},
        {.user = "node", .result = -ENOENT},
        {.user = "root", .result = -ENOENT},
    };
    static const struct example node = {"node", 0, 1000, 1001, 1, {1001}, "node", "/home/node", "/bin/zsh"};
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        expect_example(&examples[i], "missing", "missing");
    }
    write_file("group", usual_group);
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        expect_example(&examples[i], "missing", "group");
    }
    write_file("passwd", usual_passwd);
    expect_example(&node, "passwd", "missing");
}

static void a_passwd_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {.user = "node", .result = -EACCES},
        {.user = "1000", .result = -EACCES}, /* it may have an entry, with other groups */
        {.user = "777", .result = -EACCES},
    };
    write_file("passwd", usual_passwd);
    write_file("group", usual_group);
    fail_path = "passwd";
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        expect_example(&examples[i], "passwd", "group");
    }
    /* It opens, and the first read fails with EISDIR. */
    static const struct example unread[] = {{.user = "node", .result = -EISDIR},
                                            {.user = "1000", .result = -EISDIR}};
    assert_int_equal(mkdir("directory", 0700), 0);
    for (size_t i = 0; i < COUNT_OF(unread); i++) {
        expect_example(&unread[i], "directory", "group");
    }
}

static void lines_that_are_none_are_passed_over(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"node", 0, 1000, 1001, 2, {1001, 10}, "node", "/home/node", "/bin/zsh"},
        {.user = "half", .result = -ENOENT},
        {.user = "# comment", .result = -ENOENT},
    };
    write_file("passwd", "\n# comment:x:1:1::/:/bin/sh\nhalf\nhalf:x\nhalf:x:notanumber:1::/:/bin/sh\n:::\n"
                         "node:x:1000:1001:Node:/home/node:/bin/zsh\n");
    write_file("group", "\nhalf\nhalf:x\nhalf:x:what:node\n:::\nwheel:x:10:node\n");
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        expect_example(&examples[i], "passwd", "group");
    }
}

/* Writes a passwd whose user "long" has texts of these lengths. */
static void write_long(size_t name, size_t home, size_t shell)
{
    char text[2048];
    char xs[512];
    memset(xs, 'x', sizeof xs);
    snprintf(text, sizeof text, "%.*s:x:1000:1000::/%.*s:/%.*s\n", (int)name, xs, (int)(home - 1), xs,
             (int)(shell - 1), xs);
    write_file("passwd", text);
}

static void texts_that_are_too_long_are_refused(void **state)
{
    (void)state;
    enum { FITS = IDENTITY_TEXT_MAX - 1 };
    static const struct {
        size_t name, home, shell;
        int result;
    } rows[] = {
        {FITS, FITS, FITS, 0},
        {FITS + 1, 5, 5, -E2BIG},
        {5, FITS + 1, 5, -E2BIG},
        {5, 5, FITS + 1, -E2BIG},
    };
    write_file("group", "");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct identity identity;
        struct identity before;
        memset(&identity, 0xa5, sizeof identity);
        memcpy(&before, &identity, sizeof identity);
        write_long(rows[i].name, rows[i].home, rows[i].shell);
        const int result = identity_lookup("1000", "passwd", "group", &identity);
        if (result != rows[i].result) {
            fail_msg("row %zu: %d", i, result);
        }
        if (result < 0) {
            assert_memory_equal(&identity, &before, sizeof identity);
        } else {
            assert_int_equal(strlen(identity.name), FITS);
            assert_int_equal(strlen(identity.home), FITS);
            assert_int_equal(strlen(identity.shell), FITS);
        }
    }
}

/* Writes COUNT groups with the member node, the numbers from 2000 on. */
static void write_groups(int count)
{
    FILE *file = __real_fopen("group", "we");
    assert_non_null(file);
    for (int i = 0; i < count; i++) {
        fprintf(file, "g%d:x:%d:a,node,b\n", i, 2000 + i);
    }
    assert_int_equal(fclose(file), 0);
}

static void too_many_groups_are_refused(void **state)
{
    (void)state;
    struct identity identity;
    write_file("passwd", usual_passwd);
    write_groups(IDENTITY_GROUPS_MAX - 1); /* and its own */
    assert_int_equal(identity_lookup("node", "passwd", "group", &identity), 0);
    assert_int_equal(identity.group_count, IDENTITY_GROUPS_MAX);
    assert_int_equal(identity.groups[0], 1001);
    for (size_t i = 1; i < IDENTITY_GROUPS_MAX; i++) {
        assert_int_equal(identity.groups[i], 2000 + i - 1);
    }
    write_groups(IDENTITY_GROUPS_MAX);
    static const struct example refused = {.user = "node", .result = -E2BIG};
    expect_example(&refused, "passwd", "group");
}

static void a_group_with_very_many_members_is_read(void **state)
{
    (void)state;
    static const struct example node = {"node",     0,      1000,         1001,      2,
                                        {1001, 77}, "node", "/home/node", "/bin/zsh"};
    write_file("passwd", usual_passwd);
    FILE *file = __real_fopen("group", "we");
    assert_non_null(file);
    fputs("big:x:77:", file);
    for (int i = 0; i < 20000; i++) {
        fprintf(file, "member%d,", i);
    }
    fputs("node\nafter:x:78:other\n", file);
    assert_int_equal(fclose(file), 0);
    expect_example(&node, "passwd", "group");
}

/* ---- becoming somebody, in children ---- */

static const struct identity stranger = {
    .uid = STRANGER, .gid = STRANGER + 1, .groups = {STRANGER + 1, 4, 4000}, .group_count = 3};

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

static void expect_child(int (*body)(void))
{
    if (geteuid() != 0) {
        print_message("skipped: only root can become somebody else\n");
        skip();
    }
    fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(60);
        _exit(body());
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == SKIPPED) {
        print_message("skipped: this kernel or container does not allow it\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* The set KEY of proc(5)'s status; all bits where it cannot be read. */
static unsigned long long set_of(const char *key)
{
    char line[256];
    unsigned long long set = ~0ULL;
    FILE *file = __real_fopen("/proc/self/status", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            set = strtoull(line + strlen(key) + 1, NULL, 16);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return set;
}

static bool has_no_capability(void)
{
    return set_of("CapInh") == 0 && set_of("CapPrm") == 0 && set_of("CapEff") == 0 && set_of("CapAmb") == 0;
}

static bool has_ids(uid_t uid, gid_t gid)
{
    uid_t users[3];
    gid_t groups[3];
    return getresuid(&users[0], &users[1], &users[2]) == 0 && users[0] == uid && users[1] == uid &&
           users[2] == uid && getresgid(&groups[0], &groups[1], &groups[2]) == 0 && groups[0] == gid &&
           groups[1] == gid && groups[2] == gid;
}

static int become_another(void)
{
    gid_t groups[8];
    const unsigned long long bounding = set_of("CapBnd");
    EXPECT(identity_become(&stranger) == 0);
    EXPECT(has_ids(STRANGER, STRANGER + 1));
    EXPECT(getgroups(COUNT_OF(groups), groups) == 3);
    EXPECT(groups[0] == 4 && groups[1] == 4000 && groups[2] == STRANGER + 1); /* the kernel sorts them */
    EXPECT(has_no_capability());
    EXPECT(set_of("CapBnd") == bounding);
    EXPECT(setuid(0) < 0 && setresuid(0, 0, 0) < 0 && setgid(0) < 0 && __real_setgroups(0, NULL) < 0);
    EXPECT(identity_become(&stranger) == 0); /* it is that already */
    const struct identity root = {.group_count = 0};
    EXPECT(identity_become(&root) == -EPERM);
    return 0;
}

static void another_user_is_taken_for_good(void **state)
{
    (void)state;
    expect_child(become_another);
}

/* What a runtime may have left: these keep the capabilities, or hand them on. */
static int prepare_trap(unsigned long secure_bits)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    if (__real_syscall(SYS_capget, &header, data) < 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(data); i++) {
        data[i].inheritable = data[i].permitted;
    }
    return __real_syscall(SYS_capset, &header, data) < 0 ||
                   prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) < 0 ||
                   prctl(PR_SET_SECUREBITS, secure_bits, 0, 0, 0) < 0
               ? -1
               : 0;
}

static int become_another_with_no_fixup(void)
{
    if (prepare_trap(SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED) < 0) {
        return SKIPPED;
    }
    EXPECT(!has_no_capability());
    EXPECT(identity_become(&stranger) == 0);
    EXPECT(has_ids(STRANGER, STRANGER + 1) && has_no_capability());
    EXPECT(setuid(0) < 0);
    return 0;
}

static int become_another_with_kept_capabilities(void)
{
    if (prepare_trap(SECBIT_KEEP_CAPS) < 0) {
        return SKIPPED;
    }
    EXPECT(identity_become(&stranger) == 0);
    EXPECT(has_ids(STRANGER, STRANGER + 1) && has_no_capability());
    return 0;
}

static void secure_bits_keep_nothing(void **state)
{
    (void)state;
    expect_child(become_another_with_no_fixup);
    expect_child(become_another_with_kept_capabilities);
}

/* Each call fails, or says that it did what it did not. */
static int meet_each_fate(void)
{
    static const struct {
        enum fate *call;
        enum fate fate;
        int result;
        unsigned long secure_bits;
    } rows[] = {
        {&setgroups_fate, FAILS, -EPROTO, 0},
        {&setresgid_fate, FAILS, -EPROTO, 0},
        {&setresgid_fate, DOES_NOTHING, -EPERM, 0},
        {&setresuid_fate, FAILS, -EPROTO, 0},
        {&setresuid_fate, DOES_NOTHING, -EPERM, 0},
        {&capset_fate, FAILS, -EPROTO, 0},
        {&capget_fate, FAILS, -EPROTO, 0},
        {&capset_fate, DOES_NOTHING, -EPERM, SECBIT_NO_SETUID_FIXUP}, /* all sets stay */
        {&capset_fate, DOES_NOTHING, -EPERM, SECBIT_KEEP_CAPS},       /* the permitted one stays */
        {&capset_fate, DOES_NOTHING, -EPERM, 0},                      /* the inheritable one stays */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const pid_t pid = fork(); /* each is spoilt by its try */
        if (pid == 0) {
            if (prepare_trap(rows[i].secure_bits) < 0) {
                _exit(SKIPPED);
            }
            *rows[i].call = rows[i].fate;
            _exit(identity_become(&stranger) == rows[i].result ? 0 : 100 + (int)i);
        }
        int status;
        EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        if (status != 0) {
            return WEXITSTATUS(status);
        }
    }
    return 0;
}

static void what_did_not_happen_is_noticed(void **state)
{
    (void)state;
    expect_child(meet_each_fate);
}

static int stay_root(void)
{
    static const struct identity root = {.groups = {0, 7}, .group_count = 2};
    gid_t groups[8];
    const unsigned long long permitted = set_of("CapPrm");
    EXPECT(identity_become(&root) == 0);
    EXPECT(has_ids(0, 0) && getgroups(COUNT_OF(groups), groups) == 2 && groups[1] == 7);
    EXPECT(set_of("CapPrm") == permitted && set_of("CapEff") == permitted);
    return 0;
}

static void root_stays_root(void **state)
{
    (void)state;
    expect_child(stay_root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(users_are_found_by_name_and_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_that_are_not_there_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_image_without_files_has_numbers_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_passwd_that_cannot_be_read_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_that_are_none_are_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_that_are_too_long_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_groups_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_group_with_very_many_members_is_read, set_up, tear_down),
        cmocka_unit_test(another_user_is_taken_for_good),
        cmocka_unit_test(secure_bits_keep_nothing),
        cmocka_unit_test(what_did_not_happen_is_noticed),
        cmocka_unit_test(root_stays_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
