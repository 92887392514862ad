/* SPDX-License-Identifier: MIT */
/*
 * A kernel of any age is played by wrapping its two calls; what the walls do is tried on the real one in
 * children; and the seccomp filter, which its kernel would only run as a whole, is read by an interpreter.
 *
 * WRAP: syscall prctl
 */
#include "testing.h"

#include "sandbox_init/airlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);

/* The numbers once more, so that a slip in the program is not repeated here. */
enum {
    CREATE_RULESET = 444,
    ADD_RULE = 445,
    RESTRICT_SELF = 446,
    REFER = 0x2000,
    RESOLVE_UNIX = 0x10000,
    SCOPE_ABSTRACT = 1,
    SCOPE_SIGNAL = 2,
    RULES_MAX = 16,
};

struct attributes {
    uint64_t fs;
    uint64_t net;
    uint64_t scoped;
};

struct beneath {
    uint64_t access;
    int32_t fd;
} __attribute__((packed));

/* ---- a kernel that is played ---- */

static struct {
    bool is_played;
    int abi; /* 0: create_error */
    int create_error;
    int ruleset_error; /* of the ruleset itself, not of the question for the version */
    int rule_error;
    int rule_error_at; /* which rule fails, counted from 0 */
    int restrict_error;
    int seccomp_error; /* what seccomp(2) says without a program; 0: EFAULT, as it should */
    int filter_error;
    int no_new_privs_error;
    int capget_error;
    int capset_error;
    uint32_t capabilities[6]; /* effective, permitted, inheritable; then those from 32 on */

    struct attributes attributes;
    size_t attributes_size;
    struct beneath rules[RULES_MAX];
    struct stat files[RULES_MAX];
    size_t rule_count;
    int ruleset_fd;
    char order[64];
    struct sock_filter program[BPF_MAXINSNS];
    size_t program_length;
} kernel;

static void play(int abi, int create_error)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.is_played = true;
    kernel.abi = abi;
    kernel.create_error = create_error;
    kernel.rule_error_at = -1;
}

static long fail_with(int error)
{
    errno = error;
    return -1;
}

static long play_create(const struct attributes *attributes, size_t size, unsigned flags)
{
    if (kernel.abi == 0) {
        return fail_with(kernel.create_error);
    }
    if (attributes == NULL) {
        return size == 0 && flags == 1 ? kernel.abi : fail_with(EINVAL);
    }
    const uint64_t known_fs = kernel.abi >= 9 ? REFER | RESOLVE_UNIX : kernel.abi >= 2 ? REFER : 0;
    const uint64_t known_scopes = kernel.abi >= 6 ? SCOPE_ABSTRACT | SCOPE_SIGNAL : 0;
    if (kernel.ruleset_error != 0) {
        return fail_with(kernel.ruleset_error);
    }
    if (size != sizeof *attributes || flags != 0 || (attributes->fs & ~known_fs) != 0 ||
        (attributes->scoped & ~known_scopes) != 0 || attributes->net != 0) {
        return fail_with(EINVAL);
    }
    if (attributes->fs == 0 && attributes->scoped == 0) {
        return fail_with(ENOMSG);
    }
    kernel.attributes = *attributes;
    kernel.ruleset_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return kernel.ruleset_fd;
}

static long play_rule(int fd, int type, const struct beneath *rule)
{
    assert_int_equal(fd, kernel.ruleset_fd);
    assert_int_equal(type, 1);
    assert_true(kernel.rule_count < RULES_MAX);
    if ((int)kernel.rule_count == kernel.rule_error_at) {
        return fail_with(kernel.rule_error);
    }
    assert_int_equal(rule->access & ~kernel.attributes.fs, 0);
    assert_int_equal(fstat(rule->fd, &kernel.files[kernel.rule_count]), 0);
    kernel.rules[kernel.rule_count++] = *rule;
    return 0;
}

static int play_filter(const struct sock_fprog *program)
{
    if (program == NULL) {
        return (int)fail_with(kernel.seccomp_error != 0 ? kernel.seccomp_error : EFAULT);
    }
    strcat(kernel.order, "seccomp ");
    kernel.program_length = program->len;
    memcpy(kernel.program, program->filter, program->len * sizeof *program->filter);
    return kernel.filter_error != 0 ? (int)fail_with(kernel.filter_error) : 0;
}

/* Reading more arguments than were passed would be reading the caller's frame. */
static size_t count_arguments(long number)
{
    switch (number) {
    case CREATE_RULESET:
    case SYS_seccomp:
        return 3;
    case ADD_RULE:
        return 4;
    default:
        return 2;
    }
}

long __wrap_syscall(long number, ...)
{
    long a[4] = {0};
    va_list list;
    va_start(list, number);
    for (size_t i = 0; i < count_arguments(number); i++) {
        a[i] = va_arg(list, long);
    }
    va_end(list);
    if (!kernel.is_played) {
        return __real_syscall(number, a[0], a[1], a[2], a[3]);
    }
    switch (number) {
    case CREATE_RULESET:
        return play_create((const struct attributes *)a[0], (size_t)a[1], (unsigned)a[2]);
    case ADD_RULE:
        return play_rule((int)a[0], (int)a[1], (const struct beneath *)a[2]);
    case RESTRICT_SELF:
        assert_int_equal(a[0], kernel.ruleset_fd);
        assert_int_equal((unsigned)a[1], 0);
        strcat(kernel.order, "landlock ");
        return kernel.restrict_error != 0 ? fail_with(kernel.restrict_error) : 0;
    case SYS_seccomp:
        assert_int_equal((unsigned)a[0], SECCOMP_SET_MODE_FILTER);
        assert_int_equal(a[1], 4); /* SECCOMP_FILTER_FLAG_SPEC_ALLOW */
        return play_filter((const struct sock_fprog *)a[2]);
    case SYS_capget:
        memcpy((void *)a[1], kernel.capabilities, sizeof kernel.capabilities);
        strcat(kernel.order, "capget ");
        return kernel.capget_error != 0 ? fail_with(kernel.capget_error) : 0;
    case SYS_capset:
        memcpy(kernel.capabilities, (const void *)a[1], sizeof kernel.capabilities);
        strcat(kernel.order, "capset ");
        return kernel.capset_error != 0 ? fail_with(kernel.capset_error) : 0;
    default:
        fail_msg("nobody expects system call %ld", number);
        return -1;
    }
}

int __wrap_prctl(int option, ...)
{
    unsigned long a[4];
    va_list list;
    va_start(list, option);
    for (size_t i = 0; i < COUNT_OF(a); i++) {
        a[i] = va_arg(list, unsigned long);
    }
    va_end(list);
    if (!kernel.is_played) {
        return __real_prctl(option, a[0], a[1], a[2], a[3]);
    }
    assert_int_equal(option, PR_SET_NO_NEW_PRIVS);
    assert_int_equal(a[0], 1);
    assert_int_equal(a[1] | a[2] | a[3], 0);
    strcat(kernel.order, "nnp ");
    return kernel.no_new_privs_error != 0 ? (int)fail_with(kernel.no_new_privs_error) : 0;
}

static int stop_playing(void **state)
{
    (void)state;
    kernel.is_played = false;
    return 0;
}

#if defined __x86_64__ || defined __aarch64__ || (defined __riscv && __riscv_xlen == 64)
enum { HAS_FILTER = 1 };
#else
enum { HAS_FILTER = 0 };
#endif

/* ---- which walls stand where ---- */

static char *const none[] = {NULL};

static int prepare(struct airlock *airlock, const struct airlock_policy *policy, char *const *environ_in,
                   char *message)
{
    memset(airlock, 0x5a, sizeof *airlock);
    return airlock_prepare(airlock, policy, environ_in, message, AIRLOCK_TEXT_SIZE);
}

struct world {
    int abi;
    int create_error;
    int seccomp_error;
    enum config_unix_sockets level;
    bool allow_signals;
};

/* Who must keep WALL, said in another way than the program does. */
static enum airlock_keeper judge(const struct world *world, enum airlock_wall wall)
{
    static const int first_abi[AIRLOCK_WALL_COUNT] = {0, 0, 2, 6, 6, 9};
    const bool has_filter = HAS_FILTER && world->seccomp_error == 0;
    const bool is_socket = wall == AIRLOCK_ABSTRACT_SOCKETS || wall == AIRLOCK_PATH_SOCKETS;
    if (wall == AIRLOCK_PRIVILEGES) {
        return AIRLOCK_PRCTL;
    }
    if (wall == AIRLOCK_TERMINAL) {
        return has_filter ? AIRLOCK_SECCOMP : AIRLOCK_NOBODY;
    }
    if ((wall == AIRLOCK_SIGNALS && world->allow_signals) || (is_socket && world->level == CONFIG_UNIX_OFF)) {
        return AIRLOCK_WAIVED;
    }
    if (world->abi >= first_abi[wall]) {
        return AIRLOCK_LANDLOCK;
    }
    return is_socket && world->level == CONFIG_UNIX_STRICT && has_filter ? AIRLOCK_SECCOMP : AIRLOCK_NOBODY;
}

static void expect_ruleset(const struct world *world, const struct airlock *airlock)
{
    const bool has_path_wall = airlock->keepers[AIRLOCK_PATH_SOCKETS] == AIRLOCK_LANDLOCK;
    uint64_t scoped = airlock->keepers[AIRLOCK_SIGNALS] == AIRLOCK_LANDLOCK ? SCOPE_SIGNAL : 0;
    scoped |= airlock->keepers[AIRLOCK_ABSTRACT_SOCKETS] == AIRLOCK_LANDLOCK ? SCOPE_ABSTRACT : 0;
    assert_int_equal(airlock->has_ruleset, world->abi >= 2);
    if (!airlock->has_ruleset) {
        return;
    }
    assert_int_equal(kernel.attributes.scoped, scoped);
    assert_int_equal(kernel.attributes.fs, has_path_wall ? REFER | RESOLVE_UNIX : scoped == 0 ? REFER : 0);
    /* What is handled beside the wall is allowed again for everything there is. */
    const bool has_files = kernel.attributes.fs != 0;
    assert_int_equal(kernel.rule_count, has_files);
    if (has_files) {
        struct stat root;
        assert_int_equal(stat("/", &root), 0);
        assert_int_equal(kernel.rules[0].access, REFER);
        assert_true(kernel.files[0].st_ino == root.st_ino && kernel.files[0].st_dev == root.st_dev);
    }
}

static void expect_world(const struct world *world)
{
    struct airlock airlock;
    char message[AIRLOCK_TEXT_SIZE] = "";
    const struct airlock_policy policy = {
        .unix_sockets = world->level, .allow_signals = world->allow_signals, .allow_unix = none};
    bool is_missing = false;
    play(world->abi, world->create_error);
    kernel.seccomp_error = world->seccomp_error;
    const int result = prepare(&airlock, &policy, none, message);
    for (int wall = 0; wall < AIRLOCK_WALL_COUNT; wall++) {
        is_missing = is_missing || judge(world, (enum airlock_wall)wall) == AIRLOCK_NOBODY;
    }
    if (is_missing && world->level == CONFIG_UNIX_STRICT) {
        assert_int_equal(result, -EOPNOTSUPP);
        assert_true(message[0] != '\0');
        assert_int_equal(airlock.ruleset_fd, 0x5a5a5a5a); /* untouched */
        return;
    }
    assert_int_equal(result, 0);
    for (int wall = 0; wall < AIRLOCK_WALL_COUNT; wall++) {
        assert_int_equal(airlock.keepers[wall], judge(world, (enum airlock_wall)wall));
    }
    expect_ruleset(world, &airlock);
    assert_int_equal(airlock_describe_missing(&airlock, message), is_missing);
    assert_int_equal(message[0] != '\0', is_missing);
    assert_int_equal(airlock.has_filter, HAS_FILTER && world->seccomp_error == 0);
    const bool has_sockets_by_filter = airlock.keepers[AIRLOCK_PATH_SOCKETS] == AIRLOCK_SECCOMP;
    assert_int_equal(airlock.refuses_sockets, has_sockets_by_filter);
    airlock_finish(&airlock);
    assert_false(airlock.has_ruleset);
}

static void every_kernel_has_the_walls_that_it_can(void **state)
{
    (void)state;
    static const int no_landlock[] = {ENOSYS, EOPNOTSUPP, EPERM};
    static const int seccomp[] = {0, EINVAL, EPERM};
    for (int i = 0; i < 13 * 3 * 3 * 2; i++) {
        const int abi = i % 13 - 2;
        const struct world world = {
            .abi = abi > 0 ? abi : 0,
            .create_error = abi > 0 ? 0 : no_landlock[-abi],
            .seccomp_error = seccomp[i / 13 % 3],
            .level = (enum config_unix_sockets)(i / 13 / 3 % 3),
            .allow_signals = i / 13 / 3 / 3 == 1,
        };
        expect_world(&world);
    }
}

static void the_kernel_is_asked(void **state)
{
    (void)state;
    play(7, 0);
    struct airlock_kernel found = airlock_probe();
    assert_int_equal(found.landlock_abi, 7);
    assert_int_equal(found.landlock_error, 0);
    assert_int_equal(found.seccomp_error, HAS_FILTER ? 0 : -ENOEXEC);
    play(0, EOPNOTSUPP);
    kernel.seccomp_error = EINVAL;
    found = airlock_probe();
    assert_int_equal(found.landlock_abi, 0);
    assert_int_equal(found.landlock_error, -EOPNOTSUPP);
    assert_int_equal(found.seccomp_error, HAS_FILTER ? -EINVAL : -ENOEXEC);
    assert_string_equal(kernel.order, ""); /* and nothing is changed */
}

/* ---- allow_unix ---- */

static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

#define TEXT(text) ((char[]){text})

static void what_is_allowed_becomes_a_rule(void **state)
{
    (void)state;
    char *const allowed[] = {TEXT("/dev"),
                             TEXT("/no/such/file"),
                             TEXT("$DIR"),
                             TEXT("$DIR/null"),
                             TEXT("$UNSET/dev"),
                             TEXT("$REL"),
                             TEXT("/dev/null/below"),
                             TEXT("$DI/null"),
                             NULL};
    char *const variables[] = {TEXT("XDIR=/proc"), TEXT("DIR=/dev"), TEXT("REL=dev"), TEXT("DIR=/proc"),
                               NULL};
    const struct airlock_policy policy = {.allow_unix = allowed};
    static const char *const expected[] = {"/", "/dev", "/dev", "/dev/null"};
    struct airlock airlock;
    char message[AIRLOCK_TEXT_SIZE];
    const int before = count_descriptors();
    play(9, 0);
    assert_int_equal(prepare(&airlock, &policy, variables, message), 0);
    assert_int_equal(airlock.allowed, 3);
    assert_int_equal(airlock.absent, 5);
    assert_int_equal(kernel.rule_count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct stat wanted;
        assert_int_equal(stat(expected[i], &wanted), 0);
        assert_true(wanted.st_ino == kernel.files[i].st_ino && wanted.st_dev == kernel.files[i].st_dev);
        assert_int_equal(kernel.rules[i].access, i == 0 ? REFER : RESOLVE_UNIX);
    }
    airlock_finish(&airlock);
    assert_int_equal(count_descriptors(), before);
}

static void a_path_that_is_too_long_is_left_out(void **state)
{
    (void)state;
    static char variable[PATH_MAX + 16] = "LONG=/";
    memset(variable + strlen(variable), 'x', PATH_MAX - strlen(variable));
    char *const allowed[] = {TEXT("$LONG/null"), TEXT("/dev"), NULL};
    char *const variables[] = {variable, NULL};
    const struct airlock_policy policy = {.allow_unix = allowed};
    struct airlock airlock;
    char message[AIRLOCK_TEXT_SIZE];
    play(9, 0);
    assert_int_equal(prepare(&airlock, &policy, variables, message), 0);
    assert_int_equal(airlock.allowed, 1);
    assert_int_equal(airlock.absent, 1);
    airlock_finish(&airlock);
}

static void there_may_be_no_list_and_no_environment(void **state)
{
    (void)state;
    char *const allowed[] = {TEXT("$DIR"), NULL};
    struct airlock_policy policy = {.allow_unix = NULL};
    struct airlock airlock;
    char message[AIRLOCK_TEXT_SIZE];
    play(9, 0);
    assert_int_equal(prepare(&airlock, &policy, NULL, message), 0);
    airlock_finish(&airlock);
    policy.allow_unix = allowed;
    assert_int_equal(prepare(&airlock, &policy, NULL, message), 0);
    assert_int_equal(airlock.absent, 1);
    airlock_finish(&airlock);
}

/* ---- faults ---- */

static void expect_no_rules(int error)
{
    const struct airlock_policy policy = {.allow_unix = (char *const[]){TEXT("/dev"), NULL}};
    struct airlock airlock;
    char message[AIRLOCK_TEXT_SIZE];
    char expected[128];
    const int before = count_descriptors();
    assert_int_equal(prepare(&airlock, &policy, NULL, message), -error);
    snprintf(expected, sizeof expected, "cannot prepare the Landlock rules: %s", strerror(error));
    assert_string_equal(message, expected);
    assert_int_equal(airlock.ruleset_fd, 0x5a5a5a5a);
    assert_int_equal(count_descriptors(), before);
}

static void a_system_that_is_short_of_something_is_an_error(void **state)
{
    (void)state;
    static const int errors[] = {ENOMEM, EMFILE, ENFILE};
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        play(9, 0);
        kernel.ruleset_error = errors[i];
        expect_no_rules(errors[i]);
        for (int at = 0; at < 2; at++) {
            play(9, 0);
            kernel.rule_error = errors[i];
            kernel.rule_error_at = at;
            expect_no_rules(errors[i]);
        }
    }
}

static void entering_goes_in_this_order_and_stops_at_the_first_failure(void **state)
{
    (void)state;
    static const struct {
        int errors[5];
        const char *order;
        enum airlock_step step;
        int result;
    } rows[] = {
        {{0, 0, 0, 0, 0}, "nnp capget capset landlock seccomp ", AIRLOCK_STEP_SECCOMP, 0},
        {{EINVAL, 0, 0, 0, 0}, "nnp ", AIRLOCK_STEP_PRIVILEGES, -EINVAL},
        {{0, EINVAL, 0, 0, 0}, "nnp capget ", AIRLOCK_STEP_CAPABILITIES, -EINVAL},
        {{0, 0, EPERM, 0, 0}, "nnp capget capset ", AIRLOCK_STEP_CAPABILITIES, -EPERM},
        {{0, 0, 0, E2BIG, 0}, "nnp capget capset landlock ", AIRLOCK_STEP_LANDLOCK, -E2BIG},
        {{0, 0, 0, 0, ENOMEM}, "nnp capget capset landlock seccomp ", AIRLOCK_STEP_SECCOMP, -ENOMEM},
    };
    if (!HAS_FILTER) {
        skip();
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct airlock_policy policy = {.unix_sockets = CONFIG_UNIX_STRICT};
        struct airlock airlock;
        char message[AIRLOCK_TEXT_SIZE];
        enum airlock_step step = AIRLOCK_STEP_PRIVILEGES;
        play(7, 0);
        assert_int_equal(prepare(&airlock, &policy, NULL, message), 0);
        kernel.no_new_privs_error = rows[i].errors[0];
        kernel.capget_error = rows[i].errors[1];
        kernel.capset_error = rows[i].errors[2];
        kernel.restrict_error = rows[i].errors[3];
        kernel.filter_error = rows[i].errors[4];
        kernel.capabilities[1] = 1U << 21;
        assert_int_equal(airlock_enter(&airlock, &step), rows[i].result);
        assert_string_equal(kernel.order, rows[i].order);
        if (rows[i].result < 0) {
            assert_int_equal(step, rows[i].step);
        }
        airlock_finish(&airlock);
    }
}

/* CAP_SYS_ADMIN is 21 and CAP_PERFMON 38; nothing else is touched, and nothing is done where they are not. */
static void what_sees_through_the_walls_is_given_up(void **state)
{
    (void)state;
    static const struct {
        uint32_t before[6];
        uint32_t after[6];
        const char *order;
    } rows[] = {
        {{0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0}, "nnp capget landlock seccomp "},
        {{~(1U << 21), ~(1U << 21), ~(1U << 21), ~(1U << 6), ~(1U << 6), ~(1U << 6)},
         {~(1U << 21), ~(1U << 21), ~(1U << 21), ~(1U << 6), ~(1U << 6), ~(1U << 6)},
         "nnp capget landlock seccomp "},
        {{~0U, ~0U, ~0U, ~0U, ~0U, ~0U},
         {~(1U << 21), ~(1U << 21), ~(1U << 21), ~(1U << 6), ~(1U << 6), ~(1U << 6)},
         "nnp capget capset landlock seccomp "},
        {{0, 1U << 21, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0}, "nnp capget capset landlock seccomp "},
        {{0, 0, 0, 0, 0, 1U << 6}, {0, 0, 0, 0, 0, 0}, "nnp capget capset landlock seccomp "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct airlock_policy policy = {.unix_sockets = CONFIG_UNIX_AUTO};
        struct airlock airlock;
        char message[AIRLOCK_TEXT_SIZE];
        enum airlock_step step;
        play(7, 0);
        memcpy(kernel.capabilities, rows[i].before, sizeof kernel.capabilities);
        assert_int_equal(prepare(&airlock, &policy, NULL, message), 0);
        assert_int_equal(airlock_enter(&airlock, &step), 0);
        assert_memory_equal(kernel.capabilities, rows[i].after, sizeof kernel.capabilities);
        assert_string_equal(kernel.order, rows[i].order);
        airlock_finish(&airlock);
    }
}

static void only_what_is_needed_is_entered(void **state)
{
    (void)state;
    static const struct {
        int abi;
        enum config_unix_sockets level;
        const char *order;
    } rows[] = {
        {0, CONFIG_UNIX_AUTO, "nnp "},
        {1, CONFIG_UNIX_AUTO, "nnp "},
        {2, CONFIG_UNIX_OFF, "nnp capget landlock "},
        {7, CONFIG_UNIX_AUTO, "nnp capget landlock "},
        {9, CONFIG_UNIX_AUTO, "nnp capget landlock "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct airlock_policy policy = {.unix_sockets = rows[i].level};
        struct airlock airlock;
        char message[AIRLOCK_TEXT_SIZE];
        enum airlock_step step;
        play(rows[i].abi, ENOSYS);
        kernel.seccomp_error = EINVAL;
        assert_int_equal(prepare(&airlock, &policy, NULL, message), 0);
        assert_int_equal(airlock_enter(&airlock, &step), 0);
        assert_string_equal(kernel.order, rows[i].order);
        airlock_finish(&airlock);
    }
    struct airlock zeroed = {0};
    airlock_finish(&zeroed); /* which closes nothing: */
    assert_true(fcntl(0, F_GETFD) >= 0 || errno == EBADF);
}

/* ---- in words ---- */

static void what_is_missing_is_said_in_one_line(void **state)
{
    (void)state;
    static const char all[] = "no wall for processes, signals, abstract sockets, path sockets: ";
    static const struct {
        struct world world;
        const char *start; /* NULL: as `all` */
        const char *rest;
    } rows[] = {
        {{7, 0, 0, CONFIG_UNIX_AUTO, false},
         "no wall for path sockets: ",
         "that needs Landlock ABI 9 (Linux 7.1), and this kernel has 7; unix_sockets = strict refuses all "
         "Unix "
         "sockets instead"},
        {{7, 0, EINVAL, CONFIG_UNIX_AUTO, false},
         "no wall for terminal, path sockets: ",
         "that needs Landlock ABI 9 (Linux 7.1), and this kernel has 7; seccomp filters are refused (Invalid "
         "argument)"},
        {{9, 0, EPERM, CONFIG_UNIX_STRICT, false},
         "no wall for terminal: ",
         "seccomp filters are refused (Operation not permitted); or do without, with unix_sockets = auto"},
        {{7, 0, EINVAL, CONFIG_UNIX_STRICT, false},
         "no wall for terminal, path sockets: ",
         "that needs Landlock ABI 9 (Linux 7.1), and this kernel has 7; seccomp filters are refused (Invalid "
         "argument); or do without, with unix_sockets = auto"},
        {{4, 0, 0, CONFIG_UNIX_STRICT, false},
         "no wall for signals: ",
         "that needs Landlock ABI 6 (Linux 6.12), and this kernel has 4; or do without, with unix_sockets = "
         "auto or "
         "allow_signals = yes"},
        {{4, 0, 0, CONFIG_UNIX_OFF, false},
         "no wall for signals: ",
         "that needs Landlock ABI 6 (Linux 6.12), and this kernel has 4"},
        {{1, 0, 0, CONFIG_UNIX_OFF, true},
         "no wall for processes: ",
         "that needs Landlock ABI 2 (Linux 5.19), and this kernel has 1"},
        {{0, ENOSYS, 0, CONFIG_UNIX_AUTO, false},
         NULL,
         "this kernel has no Landlock; it needs CONFIG_SECURITY_LANDLOCK, and Linux 7.1 or later"},
        {{0, EOPNOTSUPP, 0, CONFIG_UNIX_AUTO, false},
         NULL,
         "Landlock is disabled in this kernel; add landlock to lsm= on the kernel's command line"},
        {{0, EPERM, 0, CONFIG_UNIX_AUTO, false},
         NULL,
         "Landlock is refused (Operation not permitted), probably by the container's seccomp profile; allow "
         "the "
         "three landlock_* calls there"},
        {{0, EOPNOTSUPP, 0, CONFIG_UNIX_STRICT, false},
         "no wall for processes, signals: ",
         "Landlock is disabled in this kernel; add landlock to lsm= on the kernel's command line; or do "
         "without, "
         "with unix_sockets = auto"},
        {{0, ENOSYS, EPERM, CONFIG_UNIX_STRICT, true},
         "no wall for terminal, processes, abstract sockets, path sockets: ",
         "this kernel has no Landlock; it needs CONFIG_SECURITY_LANDLOCK, and Linux 7.1 or later; seccomp "
         "filters are refused (Operation not permitted); or do without, with unix_sockets = auto"},
    };
    if (!HAS_FILTER) {
        skip();
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct world *world = &rows[i].world;
        const struct airlock_policy policy = {.unix_sockets = world->level,
                                              .allow_signals = world->allow_signals};
        struct airlock airlock;
        char message[AIRLOCK_TEXT_SIZE] = "";
        char expected[AIRLOCK_TEXT_SIZE];
        play(world->abi, world->create_error);
        kernel.seccomp_error = world->seccomp_error;
        if (prepare(&airlock, &policy, NULL, message) == 0) {
            assert_true(airlock_describe_missing(&airlock, message));
            airlock_finish(&airlock);
        }
        snprintf(expected, sizeof expected, "%s%s", rows[i].start != NULL ? rows[i].start : all,
                 rows[i].rest);
        assert_string_equal(message, expected);
    }
}

static void each_wall_is_explained(void **state)
{
    (void)state;
    static const struct {
        struct world world;
        enum airlock_wall wall;
        const char *text;
    } rows[] = {
        {{7, 0, 0, CONFIG_UNIX_AUTO, false},
         AIRLOCK_PRIVILEGES,
         "no_new_privs: set-user-ID programs such as sudo give nothing"},
        {{7, 0, 0, CONFIG_UNIX_OFF, false},
         AIRLOCK_TERMINAL,
         "seccomp: nothing can be typed into it, for the shell outside to read"},
        {{7, 0, EPERM, CONFIG_UNIX_AUTO, false},
         AIRLOCK_TERMINAL,
         "open to all that the uid may: seccomp filters are refused (Operation not permitted)"},
        {{7, 0, 0, CONFIG_UNIX_AUTO, false},
         AIRLOCK_PROCESSES,
         "Landlock: those outside cannot be traced, nor their /proc/PID/environ, fd and mem be read"},
        {{7, 0, 0, CONFIG_UNIX_AUTO, false},
         AIRLOCK_SIGNALS,
         "Landlock: only processes inside can be signalled"},
        {{7, 0, 0, CONFIG_UNIX_AUTO, true},
         AIRLOCK_SIGNALS,
         "open to all that the uid may, as allow_signals = yes has it"},
        {{7, 0, 0, CONFIG_UNIX_AUTO, false},
         AIRLOCK_ABSTRACT_SOCKETS,
         "Landlock: only those made inside can be connected to"},
        {{7, 0, 0, CONFIG_UNIX_OFF, false},
         AIRLOCK_ABSTRACT_SOCKETS,
         "open to all that the uid may, as unix_sockets = off has it"},
        {{9, 0, 0, CONFIG_UNIX_OFF, false},
         AIRLOCK_PATH_SOCKETS,
         "open to all that the uid may, as unix_sockets = off has it"},
        {{9, 0, 0, CONFIG_UNIX_STRICT, false},
         AIRLOCK_PATH_SOCKETS,
         "Landlock: only those made inside can be connected to, and those of allow_unix (1 there, 1 not "
         "there)"},
        {{7, 0, 0, CONFIG_UNIX_STRICT, false},
         AIRLOCK_PATH_SOCKETS,
         "seccomp: no Unix sockets at all but connected pairs"},
        {{7, 0, 0, CONFIG_UNIX_AUTO, false},
         AIRLOCK_PATH_SOCKETS,
         "open to all that the uid may: that needs Landlock ABI 9 (Linux 7.1), and this kernel has 7"},
        {{0, ENOSYS, 0, CONFIG_UNIX_AUTO, false},
         AIRLOCK_SIGNALS,
         "open to all that the uid may: this kernel has no Landlock; it needs CONFIG_SECURITY_LANDLOCK, and "
         "Linux 6.12 or later"},
    };
    if (!HAS_FILTER) {
        skip();
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct world *world = &rows[i].world;
        char *const allowed[] = {TEXT("/dev"), TEXT("/no/such/file"), NULL};
        const struct airlock_policy policy = {
            .unix_sockets = world->level, .allow_signals = world->allow_signals, .allow_unix = allowed};
        struct airlock airlock;
        char text[AIRLOCK_TEXT_SIZE];
        play(world->abi, world->create_error);
        kernel.seccomp_error = world->seccomp_error;
        assert_int_equal(prepare(&airlock, &policy, NULL, text), 0);
        airlock_explain(&airlock, rows[i].wall, text);
        assert_string_equal(text, rows[i].text);
        airlock_finish(&airlock);
    }
}

static void the_kernel_is_described(void **state)
{
    (void)state;
    static const struct {
        struct airlock_kernel kernel;
        const char *text;
    } rows[] = {
        {{10, 0, 0}, "Landlock ABI 10; seccomp filters"},
        {{0, -EOPNOTSUPP, 0},
         "Landlock is disabled in this kernel; add landlock to lsm= on the kernel's command line; seccomp "
         "filters"},
        {{2, 0, -ENOEXEC}, "Landlock ABI 2; no seccomp filter for this architecture"},
        {{2, 0, -EPERM}, "Landlock ABI 2; seccomp filters are refused (Operation not permitted)"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[AIRLOCK_TEXT_SIZE];
        airlock_describe_kernel(&rows[i].kernel, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void a_failed_step_is_described(void **state)
{
    (void)state;
    char text[AIRLOCK_TEXT_SIZE];
    airlock_describe_failure(AIRLOCK_STEP_LANDLOCK, -E2BIG, text);
    assert_string_equal(text,
                        "the kernel takes no further Landlock rules: there are 16 layers already, an airlock "
                        "in an airlock and so on; start it from further outside");
    airlock_describe_failure(AIRLOCK_STEP_LANDLOCK, -EPERM, text);
    assert_string_equal(text, "the kernel refused the Landlock rules: Operation not permitted");
    airlock_describe_failure(AIRLOCK_STEP_PRIVILEGES, -EINVAL, text);
    assert_string_equal(text, "the kernel refused no_new_privs: Invalid argument");
    airlock_describe_failure(AIRLOCK_STEP_CAPABILITIES, -EPERM, text);
    assert_string_equal(text, "the kernel refused to take capabilities away: Operation not permitted");
    airlock_describe_failure(AIRLOCK_STEP_SECCOMP, -E2BIG, text);
    assert_string_equal(text, "the kernel refused the seccomp filter: Argument list too long");
    assert_string_equal(airlock_wall_name(AIRLOCK_PATH_SOCKETS), "path sockets");
    assert_string_equal(airlock_wall_name(AIRLOCK_PRIVILEGES), "privileges");
}

/* ---- the filter ---- */

/* What seccomp(2) does with the program: the instructions that it uses, and no others. */
static uint32_t interpret(const struct seccomp_data *data)
{
    uint32_t value = 0;
    for (size_t at = 0; at < kernel.program_length; at++) {
        const struct sock_filter *step = &kernel.program[at];
        switch (step->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(step->k % 4 == 0 && step->k < sizeof *data);
            memcpy(&value, (const char *)data + step->k, sizeof value);
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            at += value == step->k ? step->jt : step->jf;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            at += (value & step->k) != 0 ? step->jt : step->jf;
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            value &= step->k;
            break;
        case BPF_RET | BPF_K:
            return step->k;
        default:
            fail_msg("instruction %zu: nobody knows %#x", at, step->code);
        }
    }
    fail_msg("the program runs over its end");
    return 0;
}

static void read_filter(enum config_unix_sockets level)
{
    const struct airlock_policy policy = {.unix_sockets = level};
    struct airlock airlock;
    char message[AIRLOCK_TEXT_SIZE];
    enum airlock_step step;
    play(7, 0);
    assert_int_equal(prepare(&airlock, &policy, NULL, message), 0);
    assert_int_equal(airlock_enter(&airlock, &step), 0);
    airlock_finish(&airlock);
}

#if defined __x86_64__
#define OWN AUDIT_ARCH_X86_64
#define FOREIGN                                                                                              \
    {                                                                                                        \
        AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0                                               \
    }
#elif defined __aarch64__
#define OWN AUDIT_ARCH_AARCH64
#define FOREIGN                                                                                              \
    {                                                                                                        \
        AUDIT_ARCH_ARM, AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, 0                                                \
    }
#else
#define OWN AUDIT_ARCH_RISCV64
#define FOREIGN                                                                                              \
    {                                                                                                        \
        AUDIT_ARCH_RISCV32, AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, 0                                            \
    }
#endif

enum { REFUSED = SECCOMP_RET_ERRNO | EPERM, ABSENT = SECCOMP_RET_ERRNO | ENOSYS };

static uint32_t filter_of(int number, uint64_t first, uint64_t second)
{
    const struct seccomp_data data = {.nr = number, .arch = OWN, .args = {first, second}};
    return interpret(&data);
}

static uint32_t expect_call(int number)
{
    const bool is_ring = number >= 425 && number <= 427;
    return is_ring ? (uint32_t)ABSENT : SECCOMP_RET_ALLOW;
}

static void the_filter_refuses_what_makes_a_socket_and_nothing_else(void **state)
{
    (void)state;
    if (!HAS_FILTER) {
        skip();
    }
    read_filter(CONFIG_UNIX_STRICT);
    for (int number = 0; number < 1024; number++) {
        if (number != SYS_socket && number != SYS_socketpair && number != SYS_ioctl) {
            assert_int_equal(filter_of(number, AF_UNIX, SOCK_DGRAM), expect_call(number));
        }
    }
    for (uint64_t family = 0; family < 64; family++) {
        const uint32_t expected = family == AF_UNIX ? (uint32_t)REFUSED : SECCOMP_RET_ALLOW;
        assert_int_equal(filter_of(SYS_socket, family, SOCK_STREAM), expected);
        /* The kernel looks at the lower half only, and so must we. */
        assert_int_equal(filter_of(SYS_socket, family | UINT64_C(0xdeadbeef00000000), SOCK_DGRAM), expected);
    }
    for (uint64_t type = 0; type < 16; type++) {
        const bool is_safe = type == SOCK_STREAM || type == SOCK_SEQPACKET;
        const uint32_t expected = is_safe ? SECCOMP_RET_ALLOW : (uint32_t)REFUSED;
        assert_int_equal(filter_of(SYS_socketpair, AF_UNIX, type), expected);
        assert_int_equal(filter_of(SYS_socketpair, AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK), expected);
        assert_int_equal(filter_of(SYS_socketpair, AF_UNIX, type | UINT64_C(0x100000000)), expected);
    }
}

enum { TYPE = 0x5412, PASTE = 0x541C, GET_SIZE = 0x5413 }; /* TIOCSTI, TIOCLINUX, TIOCGWINSZ */

static uint32_t ioctl_of(uint32_t arch, int number, uint64_t command)
{
    const struct seccomp_data data = {.nr = number, .arch = arch, .args = {0, command}};
    return interpret(&data);
}

static void nothing_can_be_typed(void **state)
{
    (void)state;
    static const uint64_t halves[] = {0,
                                      UINT64_C(0xdeadbeef00000000)}; /* the kernel looks at the lower one */
    if (!HAS_FILTER) {
        skip();
    }
    for (int level = CONFIG_UNIX_AUTO; level <= CONFIG_UNIX_OFF; level++) {
        read_filter((enum config_unix_sockets)level);
        for (size_t i = 0; i < COUNT_OF(halves); i++) {
            assert_int_equal(ioctl_of(OWN, SYS_ioctl, TYPE | halves[i]), REFUSED);
            assert_int_equal(ioctl_of(OWN, SYS_ioctl, PASTE | halves[i]), REFUSED);
            assert_int_equal(ioctl_of(OWN, SYS_ioctl, GET_SIZE | halves[i]), SECCOMP_RET_ALLOW);
        }
    }
    read_filter(CONFIG_UNIX_AUTO);
    for (int number = 0; number < 1024; number++) {
        const bool is_ioctl = number == SYS_ioctl;
        assert_int_equal(ioctl_of(OWN, number, TYPE), is_ioctl ? (uint32_t)REFUSED : SECCOMP_RET_ALLOW);
#ifdef __x86_64__
        const uint32_t foreign = number == 54 ? (uint32_t)REFUSED : SECCOMP_RET_ALLOW;
        assert_int_equal(ioctl_of(AUDIT_ARCH_I386, number, TYPE), foreign);
        const uint32_t x32 = number == 514 ? (uint32_t)REFUSED : SECCOMP_RET_ALLOW;
        assert_int_equal(ioctl_of(OWN, number | 0x40000000, TYPE), x32);
#endif
    }
}

static void the_filter_lets_no_other_architecture_through(void **state)
{
    (void)state;
    static const uint32_t foreign[] = FOREIGN;
    if (!HAS_FILTER) {
        skip();
    }
    read_filter(CONFIG_UNIX_STRICT);
    for (int number = 0; number < 1024; number++) {
        for (size_t i = 0; i < COUNT_OF(foreign); i++) {
            const struct seccomp_data data = {.nr = number, .arch = foreign[i]};
            assert_int_equal(interpret(&data), SECCOMP_RET_KILL_PROCESS);
        }
#ifdef __x86_64__
        assert_int_equal(filter_of(number | 0x40000000, AF_INET, SOCK_STREAM), ABSENT);
#endif
    }
}

/* ---- the real kernel ---- */

/* What a child came to: its status, or -1 for a signal. */
static int run_child(int (*act)(void *context), void *context)
{
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(act(context));
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* In a child: enters, really. Returns 0 or what failed, 100 and above. */
static int enter_really(enum config_unix_sockets level)
{
    const struct airlock_policy policy = {.unix_sockets = level};
    struct airlock airlock;
    char message[AIRLOCK_TEXT_SIZE];
    enum airlock_step step = AIRLOCK_STEP_PRIVILEGES;
    if (airlock_prepare(&airlock, &policy, NULL, message, sizeof message) < 0) {
        return 100;
    }
    const int result = airlock_enter(&airlock, &step) == 0 ? 0 : 101 + (int)step;
    airlock_finish(&airlock);
    return result;
}

static void need_landlock(int abi)
{
    kernel.is_played = false;
    if (airlock_probe().landlock_abi < abi) {
        print_message("skipped: needs Landlock ABI %d\n", abi);
        skip();
    }
}

static void need_filters(void)
{
    kernel.is_played = false;
    if (airlock_probe().seccomp_error < 0) {
        print_message("skipped: needs seccomp filters\n");
        skip();
    }
}

static int fails_with(long result, int error)
{
    return result < 0 && errno == error;
}

static int try_strict(void *context)
{
    int pair[2];
    (void)context;
    const int entered = enter_really(CONFIG_UNIX_STRICT);
    if (entered != 0) {
        return entered;
    }
    const bool has_own_sockets = airlock_probe().landlock_abi >= 9;
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (has_own_sockets ? fd < 0 : !fails_with(fd, EPERM)) {
        return 1;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        return 2;
    }
    if (!has_own_sockets && !fails_with(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), EPERM)) {
        return 3;
    }
    if (!has_own_sockets && !fails_with(__real_syscall(425, 1L, 0L), ENOSYS)) {
        return 4;
    }
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 5 : 0;
}

static void strict_leaves_no_unix_socket(void **state)
{
    (void)state;
    need_landlock(6);
    need_filters();
    assert_int_equal(run_child(try_strict, NULL), 0);
}

#ifdef __x86_64__
/* getpid(2) by the door for i386; without IA32 emulation it is a SIGSEGV. */
static int call_foreign(void *context)
{
    if (*(const bool *)context && enter_really(CONFIG_UNIX_STRICT) != 0) {
        return 100;
    }
    int result = 20;
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result == (int)getpid() ? 7 : 8;
}

static void a_foreign_call_is_deadly(void **state)
{
    (void)state;
    bool enters = false;
    need_landlock(6);
    need_filters();
    if (airlock_probe().landlock_abi >= 9 || run_child(call_foreign, &enters) != 7) {
        skip();
    }
    enters = true;
    assert_int_equal(run_child(call_foreign, &enters), -1);
}
#endif

struct outside {
    pid_t pid;
    bool enters;
    enum config_unix_sockets level;
};

static int attack(void *context)
{
    const struct outside *outside = context;
    char path[64];
    if (outside->enters && enter_really(outside->level) != 0) {
        return 100;
    }
    int open_doors = kill(outside->pid, 0) == 0 ? 1 : 0;
    snprintf(path, sizeof path, "/proc/%d/environ", (int)outside->pid);
    const int fd = open(path, O_RDONLY);
    char byte;
    open_doors |= fd >= 0 && read(fd, &byte, 1) == 1 ? 2 : 0;
    open_doors |= ptrace(PTRACE_SEIZE, outside->pid, NULL, NULL) == 0 ? 4 : 0;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "test-airlock-%d", (int)outside->pid);
    const int client = socket(AF_UNIX, SOCK_STREAM, 0);
    open_doors |= client >= 0 && connect(client, (struct sockaddr *)&address, sizeof address) == 0 ? 8 : 0;
    return open_doors;
}

/* A process outside with an abstract socket. Returns its pid. */
static pid_t start_outside(void)
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "test-airlock-%d", (int)getpid());
        const int server = socket(AF_UNIX, SOCK_STREAM, 0);
        if (bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 8) < 0 ||
            write(ready[1], "x", 1) != 1) {
            _exit(1);
        }
        for (;;) {
            pause();
        }
    }
    char byte;
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void what_is_outside_cannot_be_reached(void **state)
{
    (void)state;
    need_landlock(6);
    struct outside outside = {.pid = start_outside()};
    const int before = run_child(attack, &outside);
    outside.enters = true;
    const int in_auto = run_child(attack, &outside);
    outside.level = CONFIG_UNIX_OFF;
    const int in_off = run_child(attack, &outside);
    kill(outside.pid, SIGKILL);
    waitpid(outside.pid, NULL, 0);
    /* The attacks work where they are not refused. Tracing may be forbidden to all (Yama). */
    assert_int_equal(before & ~4, 11);
    assert_int_equal(in_auto, 0);
    assert_int_equal(in_off, 8);
}

static int nest(void *context)
{
    (void)context;
    for (int depth = 0; depth < 64; depth++) {
        const int result = enter_really(CONFIG_UNIX_AUTO);
        if (result != 0) {
            return result == 101 + AIRLOCK_STEP_LANDLOCK ? depth : 200;
        }
    }
    return 201;
}

/* Documentation/userspace-api/landlock.rst, "Ruleset layers". The test itself may be in some. */
static void it_nests_as_deep_as_the_kernel_lets_it(void **state)
{
    (void)state;
    need_landlock(6);
    assert_in_range(run_child(nest, NULL), 2, 16);
}

static int move_files(void *context)
{
    const char *folder = context;
    char from[128];
    char to[128];
    char linked[128];
    snprintf(from, sizeof from, "%s/a/file", folder);
    snprintf(to, sizeof to, "%s/b/file", folder);
    snprintf(linked, sizeof linked, "%s/a/linked", folder);
    if (enter_really(CONFIG_UNIX_AUTO) != 0) {
        return 100;
    }
    return rename(from, to) < 0 ? 1 : link(to, linked) < 0 ? 2 : 0;
}

/* A ruleset about files forbids that unless it is told not to (git and npm do nothing else all day). */
static void files_can_be_moved_between_directories(void **state)
{
    (void)state;
    char folder[] = "/tmp/test-airlock-XXXXXX";
    char command[128];
    need_landlock(2);
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "%s/a", folder);
    assert_int_equal(mkdir(command, 0700), 0);
    snprintf(command, sizeof command, "%s/b", folder);
    assert_int_equal(mkdir(command, 0700), 0);
    snprintf(command, sizeof command, "%s/a/file", folder);
    close(open(command, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(run_child(move_files, folder), 0);
    static const char *const left[] = {"a/linked", "b/file", "a", "b", ""};
    for (size_t i = 0; i < COUNT_OF(left); i++) {
        snprintf(command, sizeof command, "%s/%s", folder, left[i]);
        assert_int_equal(remove(command), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_kernel_is_asked, stop_playing),
        cmocka_unit_test_teardown(every_kernel_has_the_walls_that_it_can, stop_playing),
        cmocka_unit_test_teardown(what_is_allowed_becomes_a_rule, stop_playing),
        cmocka_unit_test_teardown(a_path_that_is_too_long_is_left_out, stop_playing),
        cmocka_unit_test_teardown(there_may_be_no_list_and_no_environment, stop_playing),
        cmocka_unit_test_teardown(a_system_that_is_short_of_something_is_an_error, stop_playing),
        cmocka_unit_test_teardown(entering_goes_in_this_order_and_stops_at_the_first_failure, stop_playing),
        cmocka_unit_test_teardown(what_sees_through_the_walls_is_given_up, stop_playing),
        cmocka_unit_test_teardown(only_what_is_needed_is_entered, stop_playing),
        cmocka_unit_test_teardown(what_is_missing_is_said_in_one_line, stop_playing),
        cmocka_unit_test_teardown(each_wall_is_explained, stop_playing),
        cmocka_unit_test_teardown(the_kernel_is_described, stop_playing),
        cmocka_unit_test_teardown(a_failed_step_is_described, stop_playing),
        cmocka_unit_test_teardown(the_filter_refuses_what_makes_a_socket_and_nothing_else, stop_playing),
        cmocka_unit_test_teardown(nothing_can_be_typed, stop_playing),
        cmocka_unit_test_teardown(the_filter_lets_no_other_architecture_through, stop_playing),
        cmocka_unit_test(strict_leaves_no_unix_socket),
#ifdef __x86_64__
        cmocka_unit_test(a_foreign_call_is_deadly),
#endif
        cmocka_unit_test(what_is_outside_cannot_be_reached),
        cmocka_unit_test(it_nests_as_deep_as_the_kernel_lets_it),
        cmocka_unit_test(files_can_be_moved_between_directories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
