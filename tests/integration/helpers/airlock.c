/* SPDX-License-Identifier: MIT */
/*
 * airlock outside DIR            what is to be protected: makes DIR/vscode-ipc-1.sock and DIR/datagram.sock
 * and the abstract socket @vscode-ipc-1, all of which answer; holds the first one open as descriptor 9
 * (O_PATH); writes DIR/pid, says "ready" and stays airlock attack DIR             tries everything against
 * it, and says "ATTACK RESULT" for each: "open", or the errno's name airlock smuggle DIR ALLOWED    the same
 * for bringing what is in DIR below ALLOWED, where it could be used airlock holding DIR COMMAND... becomes
 * COMMAND, with descriptor 8 (O_PATH) on DIR/vscode-ipc-1.sock airlock own DIR                says how it
 * went with what a program must be able to do with what is its own airlock layers PROGRAM N       runs
 * PROGRAM --exec N times in one another; the innermost says "in" airlock machine FILE           as root of an
 * empty machine: runs a line of FILE after the other (words with blanks between them), says their statuses,
 * and turns the machine off
 *
 * Everything in one static program, because the end-to-end test's machine has no other.
 */
#include "helper.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    HELD_FD = 9,
    INHERITED_FD = 8,
    PATH_SIZE = 512,
    WORDS_MAX = 32,
    LINE_SIZE = 1024,
};

static const char abstract_name[] = "vscode-ipc-1";

static const char *name_of(int error)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {
        {0, "open"},
        {EACCES, "EACCES"},
        {EPERM, "EPERM"},
        {ENOENT, "ENOENT"},
        {ECONNREFUSED, "ECONNREFUSED"},
        {ENOSYS, "ENOSYS"},
        {EXDEV, "EXDEV"},
        {ESRCH, "ESRCH"},
        {EINVAL, "EINVAL"},
        {ENOTCONN, "ENOTCONN"},
        {EPROTOTYPE, "EPROTOTYPE"},
        {EROFS, "EROFS"},
        {EBADF, "EBADF"},
        {ELOOP, "ELOOP"},
        {EIO, "EIO"},
        {EAGAIN, "EAGAIN"},
    };
    static char number[24];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].error == error) {
            return names[i].name;
        }
    }
    (void)snprintf(number, sizeof number, "errno-%d", error);
    return number;
}

static void tell(const char *what, int error)
{
    printf("%s %s\n", what, name_of(error));
    fflush(stdout);
}

static void join(char path[PATH_SIZE], const char *dir, const char *name)
{
    (void)snprintf(path, PATH_SIZE, "%.400s/%.100s", dir, name); /* a socket's is shorter anyway */
}

static struct sockaddr_un abstract_address(socklen_t *ret_length)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path + 1, abstract_name, sizeof abstract_name - 1);
    *ret_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof abstract_name);
    return address;
}

/* ---- outside ---- */

static int bind_path(int type, const char *path)
{
    const struct sockaddr_un address = helper_address(path);
    const int fd = socket(AF_UNIX, type, 0);
    (void)unlink(path);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, 0777) != 0) {
        err(2, "%s", path);
    }
    return fd;
}

static int bind_abstract(void)
{
    socklen_t length = 0;
    const struct sockaddr_un address = abstract_address(&length);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, length) != 0) {
        err(2, "abstract socket");
    }
    return fd;
}

static void write_pid(const char *dir)
{
    char path[PATH_SIZE];
    join(path, dir, "pid");
    FILE *file = fopen(path, "w");
    if (file == NULL || fprintf(file, "%d\n", (int)getpid()) < 0 || fclose(file) != 0) {
        err(2, "%s", path);
    }
}

static pid_t read_pid(const char *dir)
{
    char path[PATH_SIZE];
    char line[24] = "";
    join(path, dir, "pid");
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        err(2, "%s", path);
    }
    (void)fclose(file);
    line[strcspn(line, "\n")] = '\0';
    return (pid_t)helper_number(line, 0x7fffffff);
}

static int run_outside(const char *dir)
{
    char path[PATH_SIZE];
    struct pollfd fds[3] = {{.events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}};
    (void)mkdir(dir, 0777);
    (void)chmod(dir, 0777); /* as far as it is ours */
    join(path, dir, "datagram.sock");
    fds[0].fd = bind_path(SOCK_DGRAM, path);
    fds[1].fd = bind_abstract();
    join(path, dir, "vscode-ipc-1.sock");
    fds[2].fd = bind_path(SOCK_STREAM, path);
    const int held = open(path, O_PATH | O_CLOEXEC);
    if (held < 0 || dup2(held, HELD_FD) < 0 || listen(fds[1].fd, 64) != 0 || listen(fds[2].fd, 64) != 0) {
        err(2, "%s", path);
    }
    signal(SIGUSR1, SIG_IGN); /* where a node server would open its debugger */
    write_pid(dir);
    helper_say("ready");
    for (;;) {
        char buffer[64];
        if (poll(fds, 3, -1) < 0) {
            continue;
        }
        if (fds[0].revents != 0) {
            (void)!recv(fds[0].fd, buffer, sizeof buffer, 0);
        }
        for (int i = 1; i < 3; i++) {
            (void)close(fds[i].revents != 0 ? accept(fds[i].fd, NULL, NULL) : -1);
        }
    }
}

/* ---- attacks: each returns 0 when it got through, or an errno ---- */

static int connect_to(int fd, const char *path)
{
    const struct sockaddr_un address = helper_address(path);
    const int error = fd < 0                                                                ? errno
                      : connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0
                                                                                            : errno;
    (void)close(fd);
    return error;
}

static int connect_path(const char *path)
{
    return connect_to(socket(AF_UNIX, SOCK_STREAM, 0), path);
}

static int attack_path(const char *dir, pid_t pid)
{
    char path[PATH_SIZE];
    (void)pid;
    join(path, dir, "vscode-ipc-1.sock");
    return connect_path(path);
}

static int attack_symlink(const char *dir, pid_t pid)
{
    char path[PATH_SIZE];
    (void)pid;
    join(path, dir, "symlink");
    (void)unlink(path);
    const int error = symlink("vscode-ipc-1.sock", path) == 0 ? connect_path(path) : errno;
    (void)unlink(path);
    return error;
}

/* A second name, in another directory. */
static int attack_hard_link(const char *dir, pid_t pid)
{
    char path[PATH_SIZE];
    char folder[PATH_SIZE];
    char second[PATH_SIZE];
    (void)pid;
    join(path, dir, "vscode-ipc-1.sock");
    join(folder, dir, "folder");
    join(second, folder, "mine.sock");
    (void)mkdir(folder, 0777);
    (void)unlink(second);
    const int error = link(path, second) == 0 ? connect_path(second) : errno;
    (void)unlink(second);
    (void)rmdir(folder);
    return error;
}

/* The directory is moved to another name, and into another one. */
static int attack_renamed(const char *dir, pid_t pid)
{
    char moved[PATH_SIZE];
    char path[PATH_SIZE];
    (void)pid;
    (void)snprintf(moved, sizeof moved, "%.400s-moved", dir);
    if (rename(dir, moved) != 0) {
        return errno;
    }
    join(path, moved, "vscode-ipc-1.sock");
    const int error = connect_path(path);
    return rename(moved, dir) == 0 ? error : errno;
}

static int attack_relative(const char *dir, pid_t pid)
{
    (void)pid;
    return chdir(dir) != 0 ? errno : connect_path("vscode-ipc-1.sock");
}

static int attack_root_link(const char *dir, pid_t pid)
{
    char path[PATH_SIZE];
    (void)pid;
    (void)snprintf(path, sizeof path, "/proc/self/root%s/vscode-ipc-1.sock", dir);
    return connect_path(path);
}

/* An O_PATH descriptor of one's own. */
static int attack_own_descriptor(const char *dir, pid_t pid)
{
    char path[PATH_SIZE];
    (void)pid;
    join(path, dir, "vscode-ipc-1.sock");
    const int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const int error = connect_path(path);
    (void)close(fd);
    return error;
}

/* One that was opened outside and inherited, of `holding`. */
static int attack_inherited(const char *dir, pid_t pid)
{
    (void)dir;
    (void)pid;
    return connect_path("/proc/self/fd/8" /* INHERITED_FD */);
}

/* One that a process outside holds. */
static int attack_outside_descriptor(const char *dir, pid_t pid)
{
    char path[PATH_SIZE];
    (void)dir;
    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, HELD_FD);
    return connect_path(path);
}

/* A socket that is taken over from the process outside. */
static int attack_getfd(const char *dir, pid_t pid)
{
    (void)dir;
#if defined SYS_pidfd_open && defined SYS_pidfd_getfd
    const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    const int fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, HELD_FD, 0);
    return fd < 0 ? errno : 0;
#else
    (void)pid;
    return ENOSYS;
#endif
}

static int send_datagram(int fd, const char *path)
{
    const struct sockaddr_un address = helper_address(path);
    if (fd < 0) {
        return errno;
    }
    const ssize_t sent = sendto(fd, "x", 1, 0, (const struct sockaddr *)&address, sizeof address);
    const int error = sent == 1 ? 0 : errno;
    (void)close(fd);
    return error;
}

static int attack_datagram(const char *dir, pid_t pid)
{
    char path[PATH_SIZE];
    (void)pid;
    join(path, dir, "datagram.sock");
    return send_datagram(socket(AF_UNIX, SOCK_DGRAM, 0), path);
}

/* One end of a connected pair, told to send elsewhere. */
static int attack_pair(const char *dir, pid_t pid)
{
    char path[PATH_SIZE];
    int pair[2] = {-1, -1};
    (void)pid;
    join(path, dir, "datagram.sock");
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) {
        return errno;
    }
    (void)close(pair[1]);
    return send_datagram(pair[0], path);
}

static int attack_abstract(const char *dir, pid_t pid)
{
    socklen_t length = 0;
    const struct sockaddr_un address = abstract_address(&length);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)dir;
    (void)pid;
    const int error = fd < 0                                                        ? errno
                      : connect(fd, (const struct sockaddr *)&address, length) == 0 ? 0
                                                                                    : errno;
    (void)close(fd);
    return error;
}

static int attack_signal(const char *dir, pid_t pid)
{
    (void)dir;
    return kill(pid, SIGUSR1) == 0 ? 0 : errno;
}

static int attack_trace(const char *dir, pid_t pid)
{
    (void)dir;
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0) {
        return errno;
    }
    /* It has to stop before it can be let go. */
    (void)ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
    (void)waitpid(pid, NULL, __WALL);
    (void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
    return 0;
}

static int read_proc(pid_t pid, const char *name)
{
    char path[PATH_SIZE];
    char byte = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const int error = fd < 0 ? errno : read(fd, &byte, 1) >= 0 ? 0 : errno;
    (void)close(fd);
    return error;
}

static int attack_environ(const char *dir, pid_t pid)
{
    (void)dir;
    return read_proc(pid, "environ");
}

static int attack_maps(const char *dir, pid_t pid)
{
    (void)dir;
    return read_proc(pid, "maps");
}

/* Types into a terminal of its own, which it could as well do with the one that it has from outside. */
static int attack_typing(const char *dir, pid_t pid)
{
    (void)dir;
    (void)pid;
    char name[64];
    const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || unlockpt(master) != 0 || ptsname_r(master, name, sizeof name) != 0) {
        return errno;
    }
    const pid_t child = fork();
    if (child == 0) {
        (void)setsid();
        const int terminal = open(name, O_RDWR | O_CLOEXEC);
        _exit(terminal >= 0 && ioctl(terminal, TIOCSTI, "x") == 0 ? 0 : errno);
    }
    int status = 0;
    (void)waitpid(child, &status, 0);
    (void)close(master);
    return WEXITSTATUS(status);
}

/* A ring could connect behind a filter's back. */
static int attack_ring(const char *dir, pid_t pid)
{
    char parameters[256] = {0}; /* struct io_uring_params is 120 bytes long */
    (void)dir;
    (void)pid;
    const long fd = syscall(425, 1, parameters); /* io_uring_setup(2); the number is the same everywhere */
    const int error = fd < 0 ? errno : 0;
    (void)close((int)fd);
    return error;
}

/* A name below ALLOWED for what is in DIR, by a link or by moving all of DIR there. */
static int run_smuggling(const char *dir, const char *allowed)
{
    char from[PATH_SIZE];
    char to[PATH_SIZE];
    join(from, dir, "vscode-ipc-1.sock");
    join(to, allowed, "mine.sock");
    tell("smuggled-link", link(from, to) == 0 ? connect_path(to) : errno);
    (void)unlink(to);
    join(to, allowed, "mine");
    if (rename(dir, to) != 0) {
        tell("smuggled-directory", errno);
        return 0;
    }
    join(from, to, "vscode-ipc-1.sock");
    tell("smuggled-directory", connect_path(from));
    return rename(to, dir) == 0 ? 0 : 1;
}

static int run_attacks(const char *dir)
{
    const pid_t pid = read_pid(dir);
    static const struct {
        const char *name;
        int (*attack)(const char *dir, pid_t pid);
    } attacks[] = {
        {"path", attack_path},
        {"symlink", attack_symlink},
        {"hard-link", attack_hard_link},
        {"renamed", attack_renamed},
        {"relative", attack_relative},
        {"root-link", attack_root_link},
        {"own-descriptor", attack_own_descriptor},
        {"inherited-descriptor", attack_inherited},
        {"outside-descriptor", attack_outside_descriptor},
        {"pidfd-getfd", attack_getfd},
        {"datagram", attack_datagram},
        {"datagram-pair", attack_pair},
        {"abstract", attack_abstract},
        {"signal", attack_signal},
        {"trace", attack_trace},
        {"environ", attack_environ},
        {"maps", attack_maps},
        {"typing", attack_typing},
        {"ring", attack_ring},
    };
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        tell(attacks[i].name, attacks[i].attack(dir, pid));
    }
    return 0;
}

/* ---- what is one's own ---- */

static int own_path(const char *dir)
{
    char path[PATH_SIZE];
    join(path, dir, "own.sock");
    const struct sockaddr_un address = helper_address(path);
    (void)unlink(path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 8) != 0) {
        return errno;
    }
    /* As a child of ours would, since that is how programs use them. */
    const pid_t child = fork();
    if (child == 0) {
        _exit(connect_path(path));
    }
    int status = 0;
    (void)waitpid(child, &status, 0);
    (void)unlink(path);
    (void)close(fd);
    return WEXITSTATUS(status);
}

static int own_abstract(const char *dir)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)dir;
    (void)snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "own-%d", (int)getpid());
    const int server = socket(AF_UNIX, SOCK_STREAM, 0);
    const int client = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server < 0 || bind(server, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server, 8) != 0 || connect(client, (const struct sockaddr *)&address, sizeof address) != 0) {
        return errno;
    }
    (void)close(server);
    (void)close(client);
    return 0;
}

static int own_pair(const char *dir)
{
    int pair[2];
    (void)dir;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 ? 0 : errno;
}

static int own_child(const char *dir)
{
    (void)dir;
    const pid_t child = fork();
    if (child == 0) {
        for (;;) {
            (void)pause();
        }
    }
    int error = read_proc(child, "environ");
    error = error == 0 && ptrace(PTRACE_SEIZE, child, NULL, NULL) != 0 ? errno : error;
    error = error == 0 && kill(child, SIGKILL) != 0 ? errno : error;
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, __WALL);
    return error;
}

/* Between directories. */
static int own_files(const char *dir)
{
    char folder[PATH_SIZE];
    char from[PATH_SIZE];
    char to[PATH_SIZE];
    join(folder, dir, "own");
    join(from, dir, "own-file");
    join(to, folder, "own-file");
    (void)mkdir(folder, 0700);
    const int fd = open(from, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    int error = fd < 0 || link(from, to) != 0 ? errno : 0;
    error = error == 0 && rename(to, from) != 0 ? errno : error;
    (void)close(fd);
    (void)unlink(from);
    (void)unlink(to);
    (void)rmdir(folder);
    return error;
}

static int own_network(const char *dir)
{
    (void)dir;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int error = fd < 0 || listen(fd, 8) != 0 ? errno : 0;
    (void)close(fd);
    return error;
}

static int run_own(const char *dir)
{
    static const struct {
        const char *name;
        int (*use)(const char *dir);
    } uses[] = {
        {"own-path", own_path},   {"own-abstract", own_abstract}, {"own-pair", own_pair},
        {"own-child", own_child}, {"own-files", own_files},       {"own-network", own_network},
    };
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        tell(uses[i].name, uses[i].use(dir));
    }
    return 0;
}

/* ---- the rest ---- */

static int run_layers(char *self, char *program, unsigned long depth)
{
    char less[24];
    if (depth == 0) {
        helper_say("in");
        return 0;
    }
    (void)snprintf(less, sizeof less, "%lu", depth - 1);
    char *const argv[] = {
        program, (char[]){"--exec"}, (char[]){"-q"}, self, (char[]){"layers"}, program, less, NULL};
    (void)execv(program, argv);
    err(2, "%s", program);
}

static int run_holding(char **argv)
{
    char path[PATH_SIZE];
    join(path, argv[0], "vscode-ipc-1.sock");
    const int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 || dup2(fd, INHERITED_FD) < 0) {
        err(2, "%s", path);
    }
    (void)execv(argv[1], argv + 1);
    err(2, "%s", argv[1]);
}

/* "@UID" as a first word: as that user, without groups and capabilities. "&" as the last: do not wait. */
static void run_line(char *line)
{
    char *words[WORDS_MAX + 1] = {NULL};
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \n", &rest)) {
        words[count++] = word;
    }
    const bool is_background = count > 1 && strcmp(words[count - 1], "&") == 0;
    if (is_background) {
        words[--count] = NULL;
    }
    if (count == 0) {
        return;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        char **argv = words;
        if (argv[0][0] == '@') {
            const uid_t uid = (uid_t)helper_number(argv[0] + 1, 0x7fffffff);
            if (setgid(uid) != 0 || setuid(uid) != 0) {
                err(2, "user");
            }
            argv++;
        }
        (void)execv(argv[0], argv);
        err(127, "%s", argv[0]);
    }
    int status = 0;
    if (!is_background) {
        (void)waitpid(pid, &status, 0);
        printf("status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        fflush(stdout);
    } else {
        (void)usleep(300000); /* it says so when it is ready, but on a console, which nobody reads here */
    }
}

/* A machine whose /init is the program under test has nothing mounted. */
static void mount_machine(void)
{
    (void)mkdir("/proc", 0755);
    (void)mkdir("/tmp", 01777);
    (void)mkdir("/run", 0755);
    (void)mount("proc", "/proc", "proc", 0, NULL);
    (void)mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777");
    (void)mount("tmpfs", "/run", "tmpfs", 0, "mode=755");
    (void)mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    (void)mkdir("/dev/pts", 0755);
    (void)mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666");
}

static int run_file(const char *name)
{
    char line[LINE_SIZE];
    mount_machine();
    FILE *file = fopen(name, "r");
    if (file == NULL) {
        err(2, "%s", name);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        printf("== %s", line);
        fflush(stdout);
        if (strncmp(line, "mkdir ", 6) == 0) {
            line[strcspn(line, "\n")] = '\0';
            (void)mkdir(line + 6, 0777);
            (void)chmod(line + 6, 0777);
        } else {
            run_line(line);
        }
    }
    (void)fclose(file);
    helper_say("== the end");
    (void)usleep(200000); /* for the console */
    return reboot(RB_AUTOBOOT);
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    if (argc == 3 && strcmp(what, "outside") == 0) {
        return run_outside(argv[2]);
    }
    if (argc == 3 && strcmp(what, "attack") == 0) {
        return run_attacks(argv[2]);
    }
    if (argc == 4 && strcmp(what, "smuggle") == 0) {
        return run_smuggling(argv[2], argv[3]);
    }
    if (argc > 3 && strcmp(what, "holding") == 0) {
        return run_holding(argv + 2);
    }
    if (argc == 3 && strcmp(what, "own") == 0) {
        return run_own(argv[2]);
    }
    if (argc == 4 && strcmp(what, "layers") == 0) {
        return run_layers(argv[0], argv[2], helper_number(argv[3], 1000));
    }
    if (argc == 3 && strcmp(what, "machine") == 0) {
        return run_file(argv[2]);
    }
    errx(2, "usage: airlock outside|attack|own DIR, smuggle DIR ALLOWED, holding DIR COMMAND..., "
            "layers PROGRAM N, machine FILE");
}
