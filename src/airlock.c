/* SPDX-License-Identifier: MIT */
#include "sandbox_init/airlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Landlock, as in include/uapi/linux/landlock.h of Linux 7.1 ---- */

/*
 * Defined here because <linux/landlock.h> is as old as the distribution: Debian 12's knows ABI 3. The numbers
 * are ABI; Documentation/userspace-api/landlock.rst says what each means.
 */
struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net; /* ABI 4 */
    uint64_t scoped;             /* ABI 6; kernels that know less take zeros for what they do not know */
};

struct path_beneath {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

enum {
    CREATE_RULESET_VERSION = 1 << 0,
    RULE_PATH_BENEATH = 1,

    ACCESS_FS_REFER = 1 << 13,        /* ABI 2: link or rename a file into another directory */
    ACCESS_FS_RESOLVE_UNIX = 1 << 16, /* ABI 9: connect(2) or sendmsg(2) to a path socket of outside */
    SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0,
    SCOPE_SIGNAL = 1 << 1,

    ABI_PROCESSES = 2, /* ABI 1 has that wall, too, but forbids to move files between directories */
    ABI_SCOPES = 6,
    ABI_PATH_SOCKETS = 9,
};

#ifndef SYS_landlock_create_ruleset /* the same on all architectures, since they are from after Linux 5.1 */
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif
#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1UL << 2) /* Linux 4.17 */
#endif
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup    425
#define SYS_io_uring_enter    426
#define SYS_io_uring_register 427
#endif

/* CAP_PERFMON, which headers from before Linux 5.8 do not have. */
#define CAPABILITY_PERFMON 38

static const char *release_with(int abi)
{
    return abi >= ABI_PATH_SOCKETS ? "Linux 7.1" : abi >= ABI_SCOPES ? "Linux 6.12" : "Linux 5.19";
}

/* ---- seccomp ---- */

/*
 * Only architectures whose socket(2) is a call of its own, with its arguments in registers: where
 * socketcall(2) has them in memory, a filter cannot see the family.
 */
#if defined __x86_64__ && !defined __ILP32__
#define FILTER_ARCHITECTURE AUDIT_ARCH_X86_64
#define SECOND_IOCTL        (X32_SYSCALL_BIT | 514) /* x32's */
#define FOREIGN_IOCTL       54                      /* i386's */
#elif defined __aarch64__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FILTER_ARCHITECTURE AUDIT_ARCH_AARCH64
#define SECOND_IOCTL        SYS_ioctl
#define FOREIGN_IOCTL       54 /* arm's */
#elif defined __riscv && __riscv_xlen == 64
#define FILTER_ARCHITECTURE AUDIT_ARCH_RISCV64
#define SECOND_IOCTL        SYS_ioctl
#define FOREIGN_IOCTL       29 /* riscv32's */
#endif

#ifdef FILTER_ARCHITECTURE
/* The kernel takes an int, so that the lower half of the register is all that counts (little-endian). */
#define LOAD(member)               BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define IF_EQUAL(value, yes, no)   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define IF_ANY_BIT(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, value, yes, no)
#define RETURN(value)              BPF_STMT(BPF_RET | BPF_K, value)
#define REFUSE(error)              RETURN(SECCOMP_RET_ERRNO | ((error)&SECCOMP_RET_DATA))

enum {
    X32_SYSCALL_BIT = 0x40000000, /* asm/unistd.h */
    SOCKET_TYPE_MASK = 0xf, /* the rest of socketpair(2)'s type are flags: linux/net.h, SOCK_TYPE_MASK */
};

/*
 * What makes an AF_UNIX socket that is not connected yet, by whatever door.
 *
 * A program of a foreign architecture (i386, arm) is killed: it would call socketcall(2), and cannot even
 * exit when all its calls fail. x32 numbers get what a kernel without x32 says. io_uring makes sockets and
 * connects them behind the filter's back; programs fall back when it is not there. A pair of datagram sockets
 * could connect(2) and sendto(2) elsewhere; pairs of streams and of packets are connected for good. Sockets
 * that others pass (SCM_RIGHTS) come through one that was there before; pidfd_getfd(2) and ptrace(2) reach
 * inside only, by Landlock.
 *
 * socket(2) fails with EPERM rather than EAFNOSUPPORT: a permission is what it is about, for who has to find
 * out why something does not work.
 */
static const struct sock_filter no_unix_sockets[] = {
    LOAD(arch),
    IF_EQUAL(FILTER_ARCHITECTURE, 1, 0),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
#ifdef __x86_64__
    IF_ANY_BIT(X32_SYSCALL_BIT, 0, 1),
    REFUSE(ENOSYS),
#endif
    IF_EQUAL(SYS_io_uring_setup, 2, 0),
    IF_EQUAL(SYS_io_uring_enter, 1, 0),
    IF_EQUAL(SYS_io_uring_register, 0, 1),
    REFUSE(ENOSYS),
    IF_EQUAL(SYS_socket, 0, 4),
    LOAD(args[0]),
    IF_EQUAL(AF_UNIX, 0, 1),
    REFUSE(EPERM),
    RETURN(SECCOMP_RET_ALLOW),
    IF_EQUAL(SYS_ioctl, 0, 5),
    LOAD(args[1]),
    IF_EQUAL(TIOCSTI, 1, 0),
    IF_EQUAL(TIOCLINUX, 0, 1),
    REFUSE(EPERM),
    RETURN(SECCOMP_RET_ALLOW),
    IF_EQUAL(SYS_socketpair, 0, 5),
    LOAD(args[1]),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SOCKET_TYPE_MASK),
    IF_EQUAL(SOCK_STREAM, 2, 0),
    IF_EQUAL(SOCK_SEQPACKET, 1, 0),
    REFUSE(EPERM),
    RETURN(SECCOMP_RET_ALLOW),
};

/*
 * What types into a terminal: TIOCSTI, and on a console TIOCLINUX, which pastes. The shell that has started
 * the airlock would read it, outside. Programs of the foreign architecture go on as usual.
 */
static const struct sock_filter no_typing[] = {
    LOAD(arch),
    IF_EQUAL(FILTER_ARCHITECTURE, 3, 0),
    LOAD(nr),
    IF_EQUAL(FOREIGN_IOCTL, 4, 0),
    RETURN(SECCOMP_RET_ALLOW),
    LOAD(nr),
    IF_EQUAL(SECOND_IOCTL, 1, 0),
    IF_EQUAL(SYS_ioctl, 0, 4),
    LOAD(args[1]),
    IF_EQUAL(TIOCSTI, 1, 0),
    IF_EQUAL(TIOCLINUX, 0, 1),
    REFUSE(EPERM),
    RETURN(SECCOMP_RET_ALLOW),
};

/* Without the flag, kernels before 5.16 would slow down all that is behind the filter (speculative stores).
 */
static int set_filter(const struct sock_fprog *program)
{
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, program) < 0 ? -errno
                                                                                                      : 0;
}

static int install_filter(bool refuses_sockets)
{
    const struct sock_filter *filter = refuses_sockets ? no_unix_sockets : no_typing;
    const size_t size = refuses_sockets ? sizeof no_unix_sockets : sizeof no_typing;
    const struct sock_fprog program = {
        .len = (unsigned short)(size / sizeof filter[0]),
        .filter = (struct sock_filter *)(uintptr_t)filter, /* the kernel only reads it */
    };
    return set_filter(&program);
}

static int probe_seccomp(void)
{
    /* A filter at address 0 cannot be read where there are filters; where there are none it is not tried. */
    const int result = set_filter(NULL);
    return result == -EFAULT ? 0 : result;
}
#else
static int install_filter(bool refuses_sockets)
{
    (void)refuses_sockets;
    return -ENOEXEC;
}

static int probe_seccomp(void)
{
    return -ENOEXEC;
}
#endif

struct airlock_kernel airlock_probe(void)
{
    struct airlock_kernel kernel = {.seccomp_error = probe_seccomp()};
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    if (abi > 0) {
        kernel.landlock_abi = (int)abi;
    } else {
        kernel.landlock_error = abi < 0 ? -errno : -ENOSYS;
    }
    return kernel;
}

/* ---- which walls, and by whom ---- */

static void choose_keepers(struct airlock *airlock, const struct airlock_policy *policy)
{
    const int abi = airlock->kernel.landlock_abi;
    const bool wants_sockets = policy->unix_sockets != CONFIG_UNIX_OFF;
    enum airlock_keeper *keepers = airlock->keepers;
    airlock->unix_sockets = policy->unix_sockets;
    airlock->has_filter = airlock->kernel.seccomp_error == 0;
    airlock->refuses_sockets =
        airlock->has_filter && policy->unix_sockets == CONFIG_UNIX_STRICT && abi < ABI_PATH_SOCKETS;
    const enum airlock_keeper other = airlock->refuses_sockets ? AIRLOCK_SECCOMP : AIRLOCK_NOBODY;
    keepers[AIRLOCK_PRIVILEGES] = AIRLOCK_PRCTL;
    keepers[AIRLOCK_TERMINAL] = airlock->has_filter ? AIRLOCK_SECCOMP : AIRLOCK_NOBODY;
    keepers[AIRLOCK_PROCESSES] = abi >= ABI_PROCESSES ? AIRLOCK_LANDLOCK : AIRLOCK_NOBODY;
    keepers[AIRLOCK_SIGNALS] = abi >= ABI_SCOPES ? AIRLOCK_LANDLOCK : AIRLOCK_NOBODY;
    keepers[AIRLOCK_ABSTRACT_SOCKETS] = abi >= ABI_SCOPES ? AIRLOCK_LANDLOCK : other;
    keepers[AIRLOCK_PATH_SOCKETS] = abi >= ABI_PATH_SOCKETS ? AIRLOCK_LANDLOCK : other;
    if (policy->allow_signals) {
        keepers[AIRLOCK_SIGNALS] = AIRLOCK_WAIVED;
    }
    if (!wants_sockets) {
        keepers[AIRLOCK_ABSTRACT_SOCKETS] = keepers[AIRLOCK_PATH_SOCKETS] = AIRLOCK_WAIVED;
    }
}

static struct ruleset build_ruleset(const struct airlock *airlock)
{
    struct ruleset ruleset = {0};
    if (airlock->keepers[AIRLOCK_SIGNALS] == AIRLOCK_LANDLOCK) {
        ruleset.scoped |= SCOPE_SIGNAL;
    }
    if (airlock->keepers[AIRLOCK_ABSTRACT_SOCKETS] == AIRLOCK_LANDLOCK) {
        ruleset.scoped |= SCOPE_ABSTRACT_UNIX_SOCKET;
    }
    if (airlock->keepers[AIRLOCK_PATH_SOCKETS] == AIRLOCK_LANDLOCK) {
        ruleset.handled_access_fs |= ACCESS_FS_RESOLVE_UNIX;
    }
    /*
     * Where a ruleset is about files at all, moving them between directories is denied unless it is handled
     * and allowed. And it is what a ruleset consists of that nothing else is asked of: a domain of one's own
     * is the wall around processes.
     */
    if (ruleset.handled_access_fs != 0 || ruleset.scoped == 0) {
        ruleset.handled_access_fs |= ACCESS_FS_REFER;
    }
    return ruleset;
}

static int allow_below(int ruleset_fd, const char *path, uint64_t access)
{
    const int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    const struct path_beneath rule = {.allowed_access = access, .parent_fd = fd};
    const int result =
        syscall(SYS_landlock_add_rule, ruleset_fd, RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
    close(fd);
    return result;
}

static const char *find_variable(char *const *environ_in, const char *name, size_t length)
{
    for (; environ_in != NULL && *environ_in != NULL; environ_in++) {
        if (strncmp(*environ_in, name, length) == 0 && (*environ_in)[length] == '=') {
            return *environ_in + length + 1;
        }
    }
    return "";
}

/* Writes the path that ENTRY stands for. Returns false when it stands for none. */
static bool resolve_entry(const char *entry, char *const *environ_in, char path[PATH_MAX])
{
    const char *start = "";
    const char *rest = entry;
    if (entry[0] == '$') {
        const size_t length = strcspn(entry + 1, "/");
        start = find_variable(environ_in, entry + 1, length);
        rest = entry + 1 + length;
    }
    const char *first = entry[0] == '$' ? start : rest;
    return first[0] == '/' && snprintf(path, PATH_MAX, "%s%s", start, rest) < PATH_MAX;
}

/* What is not there, or cannot be reached by us, cannot be connected to by name either. */
static int allow_entries(struct airlock *airlock, const struct airlock_policy *policy,
                         char *const *environ_in)
{
    char path[PATH_MAX];
    for (char *const *entry = policy->allow_unix; entry != NULL && *entry != NULL; entry++) {
        int result = -ENOENT;
        if (resolve_entry(*entry, environ_in, path)) {
            result = allow_below(airlock->ruleset_fd, path, ACCESS_FS_RESOLVE_UNIX);
        }
        airlock->allowed += result == 0;
        airlock->absent += result < 0;
        if (result == -ENOMEM || result == -EMFILE || result == -ENFILE) {
            return result;
        }
    }
    return 0;
}

static int open_ruleset(struct airlock *airlock, const struct airlock_policy *policy, char *const *environ_in)
{
    const struct ruleset ruleset = build_ruleset(airlock);
    const long fd = syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
    if (fd < 0) {
        return -errno;
    }
    int result = 0;
    airlock->ruleset_fd = (int)fd;
    if ((ruleset.handled_access_fs & ACCESS_FS_REFER) != 0) {
        result = allow_below(airlock->ruleset_fd, "/", ACCESS_FS_REFER);
    }
    if (result == 0 && (ruleset.handled_access_fs & ACCESS_FS_RESOLVE_UNIX) != 0) {
        result = allow_entries(airlock, policy, environ_in);
    }
    if (result < 0) {
        close(airlock->ruleset_fd);
        return result;
    }
    airlock->has_ruleset = true;
    return 0;
}

int airlock_prepare(struct airlock *ret_airlock, const struct airlock_policy *policy, char *const *environ_in,
                    char *message, size_t size)
{
    char missing[AIRLOCK_TEXT_SIZE];
    struct airlock airlock = {.kernel = airlock_probe()};
    choose_keepers(&airlock, policy);
    if (airlock_describe_missing(&airlock, missing) && policy->unix_sockets == CONFIG_UNIX_STRICT) {
        snprintf(message, size, "%s", missing);
        return -EOPNOTSUPP;
    }
    if (airlock.keepers[AIRLOCK_PROCESSES] == AIRLOCK_LANDLOCK) {
        const int result = open_ruleset(&airlock, policy, environ_in);
        if (result < 0) {
            snprintf(message, size, "cannot prepare the Landlock rules: %s", strerror(-result));
            return result;
        }
    }
    *ret_airlock = airlock;
    return 0;
}

/*
 * Newer kernels let whoever has one of these read other processes' environment and memory maps, whatever
 * Landlock says (kernel/fork.c, may_access_mm()). With no_new_privs set, no exec gives them back.
 */
static int give_up_capabilities(void)
{
    static const uint32_t piercing[_LINUX_CAPABILITY_U32S_3] = {
        [CAP_TO_INDEX(CAP_SYS_ADMIN)] = CAP_TO_MASK(CAP_SYS_ADMIN),
        [CAP_TO_INDEX(CAPABILITY_PERFMON)] = CAP_TO_MASK(CAPABILITY_PERFMON),
    };
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    bool has_any = false;
    if (syscall(SYS_capget, &header, sets) < 0) {
        return -errno;
    }
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        has_any = has_any || ((sets[i].permitted | sets[i].inheritable) & piercing[i]) != 0;
        sets[i].effective &= ~piercing[i];
        sets[i].permitted &= ~piercing[i];
        sets[i].inheritable &= ~piercing[i];
    }
    return has_any && syscall(SYS_capset, &header, sets) < 0 ? -errno : 0;
}

int airlock_enter(const struct airlock *airlock, enum airlock_step *ret_step)
{
    *ret_step = AIRLOCK_STEP_PRIVILEGES;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return -errno;
    }
    *ret_step = AIRLOCK_STEP_CAPABILITIES;
    const int result = airlock->has_ruleset ? give_up_capabilities() : 0;
    if (result < 0) {
        return result;
    }
    *ret_step = AIRLOCK_STEP_LANDLOCK;
    if (airlock->has_ruleset && syscall(SYS_landlock_restrict_self, airlock->ruleset_fd, 0) < 0) {
        return -errno;
    }
    *ret_step = AIRLOCK_STEP_SECCOMP;
    return airlock->has_filter ? install_filter(airlock->refuses_sockets) : 0;
}

void airlock_finish(struct airlock *airlock)
{
    if (airlock->has_ruleset) {
        close(airlock->ruleset_fd);
    }
    *airlock = (struct airlock){0};
}

/* ---- in words ---- */

enum {
    PART_SIZE = AIRLOCK_TEXT_SIZE / 4, /* bytes of a part of a text: each fits, and all together */
};

const char *airlock_wall_name(enum airlock_wall wall)
{
    static const char *const names[AIRLOCK_WALL_COUNT] = {
        [AIRLOCK_PRIVILEGES] = "privileges",
        [AIRLOCK_TERMINAL] = "terminal",
        [AIRLOCK_PROCESSES] = "processes",
        [AIRLOCK_SIGNALS] = "signals",
        [AIRLOCK_ABSTRACT_SOCKETS] = "abstract sockets",
        [AIRLOCK_PATH_SOCKETS] = "path sockets",
    };
    return names[wall];
}

/* 0: Landlock has nothing to do with it. */
static int abi_of(enum airlock_wall wall)
{
    static const int abis[AIRLOCK_WALL_COUNT] = {
        [AIRLOCK_PRIVILEGES] = 0,
        [AIRLOCK_TERMINAL] = 0,
        [AIRLOCK_PROCESSES] = ABI_PROCESSES,
        [AIRLOCK_SIGNALS] = ABI_SCOPES,
        [AIRLOCK_ABSTRACT_SOCKETS] = ABI_SCOPES,
        [AIRLOCK_PATH_SOCKETS] = ABI_PATH_SOCKETS,
    };
    return abis[wall];
}

/* Why Landlock does not keep a wall that needs ABI, and the mend. */
static void describe_lack(const struct airlock_kernel *kernel, int abi, char *buffer, size_t size)
{
    if (kernel->landlock_abi > 0) {
        snprintf(buffer, size, "that needs Landlock ABI %d (%s), and this kernel has %d", abi,
                 release_with(abi), kernel->landlock_abi);
    } else if (kernel->landlock_error == -EOPNOTSUPP) {
        snprintf(buffer, size,
                 "Landlock is disabled in this kernel; add landlock to lsm= on the kernel's command line");
    } else if (kernel->landlock_error == -ENOSYS) {
        snprintf(buffer, size,
                 "this kernel has no Landlock; it needs CONFIG_SECURITY_LANDLOCK, and %s or later",
                 release_with(abi));
    } else {
        snprintf(buffer, size,
                 "Landlock is refused (%s), probably by the container's seccomp profile; allow the three "
                 "landlock_* calls there",
                 strerror(-kernel->landlock_error));
    }
}

static void describe_seccomp(int error, char *buffer, size_t size)
{
    if (error == -ENOEXEC) {
        snprintf(buffer, size, "no seccomp filter for this architecture");
    } else {
        snprintf(buffer, size, "seccomp filters are refused (%s)", strerror(-error));
    }
}

void airlock_describe_kernel(const struct airlock_kernel *kernel, char *buffer)
{
    char landlock[PART_SIZE];
    char seccomp[PART_SIZE] = "seccomp filters";
    snprintf(landlock, sizeof landlock, "Landlock ABI %d", kernel->landlock_abi);
    if (kernel->landlock_abi == 0) {
        describe_lack(kernel, ABI_PATH_SOCKETS, landlock, sizeof landlock);
    }
    if (kernel->seccomp_error < 0) {
        describe_seccomp(kernel->seccomp_error, seccomp, sizeof seccomp);
    }
    snprintf(buffer, AIRLOCK_TEXT_SIZE, "%s; %s", landlock, seccomp);
}

static bool is_missing(const struct airlock *airlock, enum airlock_wall wall)
{
    return airlock->keepers[wall] == AIRLOCK_NOBODY;
}

/* Would `strict` have what is missing? */
static bool can_be_strict(const struct airlock *airlock)
{
    return airlock->unix_sockets == CONFIG_UNIX_AUTO && airlock->kernel.seccomp_error == 0 &&
           !is_missing(airlock, AIRLOCK_PROCESSES) && !is_missing(airlock, AIRLOCK_SIGNALS);
}

/* What else there is to do about what is missing. */
static void describe_choice(const struct airlock *airlock, char *buffer, size_t size)
{
    const bool lacks_sockets =
        is_missing(airlock, AIRLOCK_PATH_SOCKETS) || is_missing(airlock, AIRLOCK_ABSTRACT_SOCKETS);
    if (airlock->unix_sockets == CONFIG_UNIX_STRICT) {
        const bool are_signals_all = is_missing(airlock, AIRLOCK_SIGNALS) && !lacks_sockets &&
                                     !is_missing(airlock, AIRLOCK_PROCESSES) &&
                                     !is_missing(airlock, AIRLOCK_TERMINAL);
        snprintf(buffer, size, "; or do without, with unix_sockets = auto%s",
                 are_signals_all ? " or allow_signals = yes" : "");
    } else if (can_be_strict(airlock)) {
        snprintf(buffer, size, "; unix_sockets = strict refuses all Unix sockets instead");
    } else {
        buffer[0] = '\0';
    }
}

bool airlock_describe_missing(const struct airlock *airlock, char *buffer)
{
    char walls[PART_SIZE] = "";
    char lack[PART_SIZE] = "";
    char seccomp[PART_SIZE / 2] = "";
    char choice[PART_SIZE];
    int abi = 0;
    for (int i = 0; i < AIRLOCK_WALL_COUNT; i++) {
        const enum airlock_wall wall = (enum airlock_wall)i;
        if (is_missing(airlock, wall)) {
            const size_t used = strlen(walls);
            snprintf(walls + used, sizeof walls - used, "%s%s", used > 0 ? ", " : "",
                     airlock_wall_name(wall));
            abi = abi_of(wall) > abi ? abi_of(wall) : abi;
        }
    }
    buffer[0] = '\0';
    if (walls[0] == '\0') {
        return false;
    }
    if (abi > 0) {
        describe_lack(&airlock->kernel, abi, lack, sizeof lack);
    }
    if (is_missing(airlock, AIRLOCK_TERMINAL)) {
        describe_seccomp(airlock->kernel.seccomp_error, seccomp, sizeof seccomp);
    }
    describe_choice(airlock, choice, sizeof choice);
    snprintf(buffer, AIRLOCK_TEXT_SIZE, "no wall for %s: %s%s%s%s", walls, lack,
             lack[0] != '\0' && seccomp[0] != '\0' ? "; " : "", seccomp, choice);
    return true;
}

static const char *describe_wall(const struct airlock *airlock, enum airlock_wall wall)
{
    static const char *const by_landlock[AIRLOCK_WALL_COUNT] = {
        [AIRLOCK_PRIVILEGES] = "",
        [AIRLOCK_PROCESSES] =
            "those outside cannot be traced, nor their /proc/PID/environ, fd and mem be read",
        [AIRLOCK_SIGNALS] = "only processes inside can be signalled",
        [AIRLOCK_ABSTRACT_SOCKETS] = "only those made inside can be connected to",
        [AIRLOCK_PATH_SOCKETS] = "only those made inside can be connected to, and those of allow_unix",
    };
    static const char *const by_configuration[AIRLOCK_WALL_COUNT] = {
        [AIRLOCK_PRIVILEGES] = "",
        [AIRLOCK_TERMINAL] = "",
        [AIRLOCK_PROCESSES] = "",
        [AIRLOCK_SIGNALS] = "open to all that the uid may, as allow_signals = yes has it",
        [AIRLOCK_ABSTRACT_SOCKETS] = "open to all that the uid may, as unix_sockets = off has it",
        [AIRLOCK_PATH_SOCKETS] = "open to all that the uid may, as unix_sockets = off has it",
    };
    switch (airlock->keepers[wall]) {
    case AIRLOCK_PRCTL:
        return "set-user-ID programs such as sudo give nothing";
    case AIRLOCK_SECCOMP:
        return wall == AIRLOCK_TERMINAL ? "nothing can be typed into it, for the shell outside to read"
                                        : "no Unix sockets at all but connected pairs";
    case AIRLOCK_WAIVED:
        return by_configuration[wall];
    case AIRLOCK_LANDLOCK:
    case AIRLOCK_NOBODY:
        break;
    }
    return by_landlock[wall];
}

void airlock_explain(const struct airlock *airlock, enum airlock_wall wall, char *buffer)
{
    static const char *const keepers[] = {
        [AIRLOCK_NOBODY] = "",           [AIRLOCK_WAIVED] = "",         [AIRLOCK_PRCTL] = "no_new_privs",
        [AIRLOCK_LANDLOCK] = "Landlock", [AIRLOCK_SECCOMP] = "seccomp",
    };
    const enum airlock_keeper keeper = airlock->keepers[wall];
    const char *text = describe_wall(airlock, wall);
    char lack[PART_SIZE];
    if (keeper == AIRLOCK_NOBODY) {
        if (wall == AIRLOCK_TERMINAL) {
            describe_seccomp(airlock->kernel.seccomp_error, lack, sizeof lack);
        } else {
            describe_lack(&airlock->kernel, abi_of(wall), lack, sizeof lack);
        }
        snprintf(buffer, AIRLOCK_TEXT_SIZE, "open to all that the uid may: %s", lack);
    } else if (keeper == AIRLOCK_WAIVED) {
        snprintf(buffer, AIRLOCK_TEXT_SIZE, "%s", text);
    } else if (keeper == AIRLOCK_LANDLOCK && wall == AIRLOCK_PATH_SOCKETS) {
        snprintf(buffer, AIRLOCK_TEXT_SIZE, "%s: %s (%u there, %u not there)", keepers[keeper], text,
                 airlock->allowed, airlock->absent);
    } else {
        snprintf(buffer, AIRLOCK_TEXT_SIZE, "%s: %s", keepers[keeper], text);
    }
}

void airlock_describe_failure(enum airlock_step step, int error, char *buffer)
{
    static const char *const steps[] = {
        [AIRLOCK_STEP_PRIVILEGES] = "no_new_privs",
        [AIRLOCK_STEP_CAPABILITIES] = "to take capabilities away",
        [AIRLOCK_STEP_LANDLOCK] = "the Landlock rules",
        [AIRLOCK_STEP_SECCOMP] = "the seccomp filter",
    };
    if (step == AIRLOCK_STEP_LANDLOCK && error == -E2BIG) {
        snprintf(buffer, AIRLOCK_TEXT_SIZE,
                 "the kernel takes no further Landlock rules: there are 16 layers already, an airlock in an "
                 "airlock and so on; start it from further outside");
    } else {
        snprintf(buffer, AIRLOCK_TEXT_SIZE, "the kernel refused %s: %s", steps[step], strerror(-error));
    }
}
