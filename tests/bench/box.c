/* SPDX-License-Identifier: MIT */
#include "box.h"

#include "bench.h"
#include "inside/report.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

enum {
    VARIABLES = 60, /* of the environment */
};

/* The child's clock, seen from here. Boxes start one after the other, so one is enough. */
struct notes {
    uint64_t setup_begin_ns;
    uint64_t setup_end_ns;
};

static volatile struct notes *notes;
static char *environment[VARIABLES + 1];

/* What a dev container has, the part that VS Code adds included. */
static const char *const known_variables[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "HOSTNAME=0123456789ab",
    "LANG=C.UTF-8",
    "TERM=xterm-256color",
    "SSH_AUTH_SOCK=/tmp/vscode-ssh-auth-01234567-89ab-cdef-0123-456789abcdef.sock",
    "VSCODE_IPC_HOOK_CLI=/tmp/vscode-ipc-01234567-89ab-cdef-0123-456789abcdef.sock",
    "VSCODE_GIT_IPC_HANDLE=/tmp/vscode-git-0123456789.sock",
    "VSCODE_GIT_ASKPASS_MAIN=/vscode/vscode-server/bin/linux-x64/extensions/git/dist/askpass-main.js",
    "GIT_ASKPASS=/vscode/vscode-server/bin/linux-x64/extensions/git/dist/askpass.sh",
    "BROWSER=/vscode/vscode-server/bin/linux-x64/bin/helpers/browser.sh",
    "REMOTE_CONTAINERS=true",
    "REMOTE_CONTAINERS_IPC=/tmp/vscode-remote-containers-ipc-01234567-89ab-cdef-0123-456789abcdef.sock",
    "REMOTE_CONTAINERS_SOCKETS=[\"/tmp/vscode-ssh-auth-0123.sock\",\"/root/.gnupg/S.gpg-agent\"]",
    "NODE_OPTIONS=--require=/vscode/bootloader.js",
    "NODE_VERSION=22.11.0",
    "PYTHONUNBUFFERED=1",
};

/* capabilities(7) that Docker gives by default. */
static const unsigned char docker_capabilities[] = {
    CAP_CHOWN,   CAP_DAC_OVERRIDE,     CAP_FOWNER,  CAP_FSETID,     CAP_KILL,  CAP_SETGID,      CAP_SETUID,
    CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_SYS_CHROOT, CAP_MKNOD, CAP_AUDIT_WRITE, CAP_SETFCAP,
};

static void build_environment(void)
{
    const size_t known = sizeof known_variables / sizeof known_variables[0];
    for (size_t i = 0; i < VARIABLES; i++) {
        const int length =
            i < known ? asprintf(&environment[i], "%s", known_variables[i])
                      : asprintf(&environment[i], "PROJECT_SETTING_%02zu=a value of usual length", i);
        if (length < 0) {
            errx(1, "out of memory");
        }
    }
}

static void mount_empty(const char *path, const char *options)
{
    if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0) {
        err(1, "cannot mount on %s", path);
    }
}

/* A configuration of this machine would change what is measured. */
static void hide_configuration(void)
{
    const int fd = open("/run/no-configuration", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || mkdir("/run/no-configurations", 0755) < 0) {
        err(1, "/run");
    }
    close(fd);
    if ((mount("/run/no-configuration", "/etc/sandbox-init.ini", NULL, MS_BIND, NULL) < 0 ||
         mount("/run/no-configurations", "/etc/sandbox-init.d", NULL, MS_BIND, NULL) < 0) &&
        errno != ENOENT) {
        err(1, "cannot hide /etc/sandbox-init.ini");
    }
}

void box_prepare_all(const char *directory)
{
    /* So that no descriptor of ours is where a box's process gets its report. */
    int fd;
    do {
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    } while (fd >= 0 && fd <= BENCH_REPORT_FD);
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        err(1, "namespaces and mounts are not allowed here (they need root; in a container, --privileged)");
    }
    if (mount(directory, "/mnt", NULL, MS_BIND, NULL) < 0) {
        err(1, "cannot mount %s on /mnt", directory);
    }
    mount_empty("/tmp", "mode=1777");
    mount_empty("/run", "mode=755");
    hide_configuration();
    umask(022);
    notes = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (notes == MAP_FAILED) {
        err(1, "mmap");
    }
    build_environment();
}

static bool is_docker_capability(int capability)
{
    return memchr(docker_capabilities, capability, sizeof docker_capabilities) != NULL;
}

/* In the child, as PID 1 of the new namespace. */
static void set_up(const struct box_request *request)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    bench_pin(request->cpu);
    if (unshare(CLONE_NEWNS) < 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) {
        err(1, "cannot mount /proc");
    }
    if (request->has_own_files) {
        mount_empty("/tmp", "mode=1777");
        mount_empty("/run", "mode=755");
    }
    for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++) {
        if (!is_docker_capability(i)) {
            prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
        }
    }
}

static size_t append(const char **argv, size_t count, const char *const *more)
{
    for (; more != NULL && *more != NULL; more++) {
        if (count == BOX_ARGUMENTS_MAX) {
            errx(1, "too many arguments");
        }
        argv[count++] = *more;
    }
    return count;
}

struct pipes {
    int exec[2];
    int report[2];
    int log[2];
};

_Noreturn static void run_child(const struct box_request *request, const struct pipes *pipes)
{
    const char *argv[BOX_ARGUMENTS_MAX + 1];
    notes->setup_begin_ns = report_now_ns();
    set_up(request);
    notes->setup_end_ns = report_now_ns();
    const size_t count = append(argv, append(argv, 0, request->init), request->command);
    argv[count] = NULL;
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(pipes->report[1], BENCH_REPORT_FD) < 0 || dup2(pipes->log[1], STDERR_FILENO) < 0) {
        _exit(1);
    }
    execve(argv[0], (char *const *)(uintptr_t)argv, environment);
    const int error = errno;
    const ssize_t written = write(pipes->exec[1], &error, sizeof error);
    (void)written;
    _exit(1);
}

static void open_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0) {
        err(1, "pipe");
    }
}

static void stop_blocking(int fd)
{
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
        err(1, "fcntl");
    }
}

void box_start(struct box *ret_box, const struct box_request *request)
{
    struct pipes pipes = {0};
    open_pipe(pipes.exec);
    open_pipe(pipes.report);
    open_pipe(pipes.log);
    stop_blocking(pipes.log[0]);
    struct box box = {.mounts_fd = -1};
    struct clone_args arguments = {
        .flags = CLONE_NEWPID | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&box.pid_fd,
        .exit_signal = SIGCHLD,
    };
    box.exec_fd = pipes.exec[0];
    box.report_fd = pipes.report[0];
    box.log_fd = pipes.log[0];
    box.fork_ns = report_now_ns();
    box.pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (box.pid < 0) {
        err(1, "cannot make a PID namespace");
    }
    if (box.pid == 0) {
        run_child(request, &pipes);
    }
    close(pipes.exec[1]);
    close(pipes.report[1]);
    close(pipes.log[1]);
    *ret_box = box;
}

static int open_proc(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

void box_await_exec(struct box *box)
{
    int error = 0;
    const ssize_t got = read(box->exec_fd, &error, sizeof error);
    if (got != 0) {
        errx(1, "a box did not start: %s", strerror(got > 0 ? error : errno));
    }
    box->mounts_fd = open_proc(box->pid, "ns/mnt");
}

uint64_t box_setup_ns(void)
{
    return notes->setup_end_ns - notes->setup_begin_ns;
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return poll(&ready, 1, timeout_ms) > 0;
}

void box_read_report(const struct box *box, void *data, size_t size)
{
    if (!is_readable(box->report_fd, BOX_PATIENCE_MS) || read(box->report_fd, data, size) != (ssize_t)size) {
        char log[2048];
        const ssize_t got = read(box->log_fd, log, sizeof log);
        errx(1, "a main command did not report; its log:\n%.*s", got > 0 ? (int)got : 0, log);
    }
}

bool box_await_end(const struct box *box, int timeout_ms)
{
    return is_readable(box->pid_fd, timeout_ms);
}

void box_drain_log(struct box *box)
{
    char buffer[4096];
    ssize_t got;
    while ((got = read(box->log_fd, buffer, sizeof buffer)) > 0) {
        box->log_bytes += (size_t)got;
    }
}

void box_finish(struct box *box)
{
    siginfo_t info;
    syscall(SYS_pidfd_send_signal, box->pid_fd, SIGKILL, NULL, 0);
    if (waitid((idtype_t)P_PIDFD, (id_t)box->pid_fd, &info, WEXITED) < 0) {
        err(1, "waitid");
    }
    close(box->pid_fd);
    close(box->exec_fd);
    close(box->report_fd);
    close(box->log_fd);
    if (box->mounts_fd >= 0) {
        close(box->mounts_fd);
    }
}

/* Reads all of a small file of PID 1's, as a string. */
static void read_proc(const struct box *box, const char *name, char *buffer, size_t size)
{
    const int fd = open_proc(box->pid, name);
    const ssize_t got = fd < 0 ? -1 : read(fd, buffer, size - 1);
    if (got < 0) {
        err(1, "/proc/%d/%s", (int)box->pid, name);
    }
    buffer[got] = '\0';
    close(fd);
}

pid_t box_first_child(const struct box *box)
{
    char name[64];
    char text[256];
    snprintf(name, sizeof name, "task/%d/children", (int)box->pid);
    read_proc(box, name, text, sizeof text);
    return (pid_t)strtol(text, NULL, 10);
}

uint64_t box_cpu_ns(const struct box *box)
{
    char text[128];
    bench_sleep_ms(5);
    read_proc(box, "schedstat", text, sizeof text);
    return strtoull(text, NULL, 10);
}

double box_status_kb(const struct box *box, const char *field)
{
    char text[8192];
    char wanted[64];
    read_proc(box, "status", text, sizeof text);
    snprintf(wanted, sizeof wanted, "\n%s:", field);
    const char *found = strstr(text, wanted);
    if (found == NULL) {
        errx(1, "no %s in /proc/PID/status", field);
    }
    return strtod(found + strlen(wanted), NULL);
}
