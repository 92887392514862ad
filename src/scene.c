/* SPDX-License-Identifier: MIT */
#include "sandbox_init/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    STATUS_SIZE = 4096, /* of /proc/PID/status */
    UID_MAX_DIGITS = 16,
    WALK_MS = 200, /* of the processor's time that one walk through the processes may take */
};

/* ---- files ---- */

int scene_open_path(const struct scene *scene, const char *path, int flags)
{
    const struct open_how how = {
        /* O_PATH takes no others beside it (openat2(2)). */
        .flags = (unsigned)(flags | O_CLOEXEC | ((flags & O_PATH) != 0 ? 0 : O_NONBLOCK | O_NOCTTY)),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    long fd = syscall(SYS_openat2, scene->root_fd, path, &how, sizeof how);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) { /* before Linux 5.6; EPERM: an old seccomp filter */
        const char *relative = path[0] == '/' && path[1] != '\0' ? path + 1 : ".";
        fd = openat(scene->root_fd, relative, (int)how.flags);
    }
    return fd < 0 ? -errno : (int)fd;
}

/* Returns the bytes, or -errno. */
static ssize_t read_all(int fd, char *buffer, size_t size)
{
    size_t used = 0;
    ssize_t got = 1;
    while (got > 0 && used + 1 < size) {
        got = read(fd, buffer + used, size - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    buffer[used] = '\0';
    return got < 0 && used == 0 ? -errno : (ssize_t)used;
}

ssize_t scene_read(const struct scene *scene, const char *path, char *buffer, size_t size)
{
    buffer[0] = '\0';
    /* A device may do something when it is opened: look first, and see that it still is what was seen. */
    struct stat before;
    const int looked = scene_open_path(scene, path, O_PATH);
    if (looked < 0) {
        return looked;
    }
    const bool is_regular = fstat(looked, &before) == 0 && S_ISREG(before.st_mode);
    close(looked);
    if (!is_regular) {
        return -EINVAL;
    }
    const int fd = scene_open_path(scene, path, O_RDONLY);
    if (fd < 0) {
        return fd;
    }
    struct stat now;
    ssize_t result = -EINVAL;
    if (fstat(fd, &now) == 0 && S_ISREG(now.st_mode)) {
        result = read_all(fd, buffer, size);
    }
    close(fd);
    return result;
}

int scene_stat(const struct scene *scene, const char *path, struct stat *ret_status)
{
    const int fd = scene_open_path(scene, path, O_PATH | O_NOFOLLOW);
    if (fd < 0) {
        return fd;
    }
    const int result = fstat(fd, ret_status) < 0 ? -errno : 0;
    close(fd);
    return result;
}

ssize_t scene_read_link(const struct scene *scene, const char *path, char *buffer, size_t size)
{
    buffer[0] = '\0';
    const int fd = scene_open_path(scene, path, O_PATH | O_NOFOLLOW);
    if (fd < 0) {
        return fd;
    }
    const ssize_t length = readlinkat(fd, "", buffer, size - 1);
    const ssize_t result = length < 0 ? -errno : length;
    close(fd);
    buffer[length > 0 ? length : 0] = '\0';
    return result;
}

bool scene_has(const struct scene *scene, const char *path)
{
    struct stat status;
    return scene_stat(scene, path, &status) == 0;
}

int scene_list(const struct scene *scene, const char *path, listing_visit *visit, void *context)
{
    const int fd = scene_open_path(scene, path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return fd;
    }
    const int result = listing_read(fd, visit, context);
    close(fd);
    return result;
}

bool scene_may(const struct scene *scene, const char *path, int mode)
{
    bool is_allowed = false;
    scene_become(scene);
    const int fd = scene_open_path(scene, path, O_PATH);
    if (fd >= 0) {
        /* With the credentials that open files, which faccessat(2) alone does not take. */
        is_allowed = faccessat(fd, "", mode, AT_EACCESS | AT_EMPTY_PATH) == 0;
        close(fd);
    }
    scene_return(scene);
    return is_allowed;
}

/* ---- whose eyes ---- */

void scene_become(const struct scene *scene)
{
    if (scene->is_other && scene->can_become) {
        /* The groups first: afterwards it may be forbidden. Who cannot change them sees a little more. */
        setgroups(scene->agent.group_count, scene->agent.groups);
        setfsgid(scene->agent.gid);
        setfsuid(scene->agent.uid);
    }
}

void scene_return(const struct scene *scene)
{
    if (scene->is_other && scene->can_become) {
        setfsuid(scene->self.uid);
        setfsgid(scene->self.gid);
        setgroups(scene->self.group_count, scene->self.groups);
    }
}

/* Does setfsuid(2), which never fails loudly, do anything here? */
static bool try_to_become(uid_t uid, uid_t back)
{
    setfsuid(uid);
    const bool is_done = (uid_t)setfsuid(back) == uid;
    return is_done;
}

const char *scene_home(const struct scene *scene, char path[static SCENE_PATH_SIZE], const char *name)
{
    const char *home = scene->agent.home;
    snprintf(path, SCENE_PATH_SIZE, "%s%s", strcmp(home, "/") == 0 ? "" : home, name);
    return path;
}

const char *scene_variable(const struct scene *scene, const char *name)
{
    const size_t length = strlen(name);
    for (char *const *entry = scene->environ_in; *entry != NULL; entry++) {
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') {
            return *entry + length + 1;
        }
    }
    return NULL;
}

/* ---- processes ---- */

const char *scene_find_field(const char *text, const char *key)
{
    const size_t length = strlen(key);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        if (strncmp(line, key, length) == 0 && line[length] == ':') {
            return line + length + 1 + strspn(line + length + 1, " \t");
        }
        if (*line == '\0') {
            break;
        }
    }
    return NULL;
}

static void copy_line(char *to, size_t size, const char *from)
{
    const size_t length = from != NULL ? strcspn(from, "\n") : 0;
    snprintf(to, size, "%.*s", (int)length, from != NULL ? from : "");
}

/* Arguments end in NULs each. */
static void put_blanks(char *text, size_t length)
{
    for (size_t i = 0; i + 1 < length; i++) {
        if (text[i] == '\0') {
            text[i] = ' ';
        }
    }
}

/* The second of the ids in a field of /proc/PID/status. */
static unsigned long read_effective(const char *ids)
{
    const char *effective = ids != NULL ? strchr(ids, '\t') : NULL;
    return effective != NULL ? strtoul(effective + 1, NULL, 10) : 0;
}

static bool read_process(const struct scene *scene, const char *number, struct scene_process *process)
{
    char path[SCENE_PATH_SIZE];
    char status[STATUS_SIZE];
    snprintf(path, sizeof path, "/proc/%s/status", number);
    if (scene_read(scene, path, status, sizeof status) <= 0) {
        return false;
    }
    copy_line(process->name, sizeof process->name, scene_find_field(status, "Name"));
    process->uid = (uid_t)read_effective(scene_find_field(status, "Uid"));
    process->gid = (gid_t)read_effective(scene_find_field(status, "Gid"));
    snprintf(path, sizeof path, "/proc/%s/cmdline", number);
    const ssize_t length = scene_read(scene, path, process->cmdline, sizeof process->cmdline);
    put_blanks(process->cmdline, length > 0 ? (size_t)length : 0);
    return true;
}

struct walk {
    const struct scene *scene;
    scene_visit *visit;
    void *context;
    size_t count;
    int64_t until; /* of spent_ms() */
    bool is_cut;
};

/* Not the clock's: on a busy machine we would see less. */
static int64_t spent_ms(void)
{
    struct timespec spent = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (int64_t)spent.tv_sec * 1000 + spent.tv_nsec / 1000000;
}

static bool visit_name(void *context, const char *name)
{
    struct walk *walk = context;
    if (name[0] < '1' || name[0] > '9') {
        return true;
    }
    walk->is_cut = walk->count++ == SCENE_PROCESSES_MAX || spent_ms() > walk->until;
    if (walk->is_cut) {
        return false;
    }
    struct scene_process process = {.pid = (pid_t)strtol(name, NULL, 10)};
    return !read_process(walk->scene, name, &process) || walk->visit(walk->context, &process);
}

int scene_walk_processes(const struct scene *scene, scene_visit *visit, void *context)
{
    struct walk walk = {.scene = scene, .visit = visit, .context = context, .until = spent_ms() + WALK_MS};
    const int result = scene_list(scene, "/proc", visit_name, &walk);
    return walk.is_cut ? -E2BIG : result;
}

ssize_t scene_read_process(const struct scene *scene, const struct scene_process *process, const char *file,
                           char *buffer, size_t size)
{
    char path[SCENE_PATH_SIZE];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)process->pid, file);
    ssize_t result = scene_read(scene, path, buffer, size);
    if (result == -EACCES || result == -EPERM) {
        setfsuid(process->uid);
        setfsgid(process->gid);
        result = scene_read(scene, path, buffer, size);
        setfsgid(scene->self.gid);
        setfsuid(scene->self.uid);
    }
    return result;
}

/* ---- the beginning ---- */

/*
 * Is it a process of VS Code's server, or of one that is made of it? The program or the script that it runs
 * is in the server's folder; who only has such a name among its arguments is none.
 */
static bool is_server(const struct scene_process *process)
{
    static const char *const marks[] = {
        "/out/server-main.js", "/.vscode-server/",   "/.vscode-server-insiders/",
        "/.cursor-server/",    "/.windsurf-server/", "/code-server/out/node/entry",
    };
    const char *const first_end = strchr(process->cmdline, ' ');
    const char *const end = first_end != NULL ? first_end + 1 + strcspn(first_end + 1, " ") : NULL;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const char *found = strstr(process->cmdline, marks[i]);
        if (found != NULL && (end == NULL || found < end)) {
            return true;
        }
    }
    return false;
}

static bool visit_process(void *context, const struct scene_process *process)
{
    struct scene *scene = context;
    if (is_server(process)) {
        scene->server_pid = process->pid;
        scene->server_uid = process->uid;
    }
    return scene->server_pid == 0;
}

static int look_up(const struct scene *scene, const char *user, struct identity *ret_identity)
{
    char passwd[SCENE_PATH_SIZE];
    char group[SCENE_PATH_SIZE];
    snprintf(passwd, sizeof passwd, "/proc/self/fd/%d/etc/passwd", scene->root_fd);
    snprintf(group, sizeof group, "/proc/self/fd/%d/etc/group", scene->root_fd);
    int result = identity_lookup(user, passwd, group, ret_identity);
    if (result < 0) { /* without a /proc, or without its files */
        result = identity_lookup(user, "/etc/passwd", "/etc/group", ret_identity);
    }
    return result;
}

static int find_self(struct scene *scene)
{
    char number[UID_MAX_DIGITS];
    snprintf(number, sizeof number, "%u", (unsigned)geteuid());
    if (look_up(scene, number, &scene->self) < 0) {
        scene->self = (struct identity){.uid = geteuid(), .home = "/", .shell = "/bin/sh"};
    }
    scene->self.gid = getegid();
    const int count = getgroups(IDENTITY_GROUPS_MAX, scene->self.groups);
    scene->self.group_count = count > 0 ? (size_t)count : 0;
    const char *home = scene_variable(scene, "HOME");
    if (home != NULL && home[0] == '/' && strlen(home) < sizeof scene->self.home) {
        snprintf(scene->self.home, sizeof scene->self.home, "%s", home);
    }
    return 0;
}

static int find_agent(struct scene *scene, const char *user)
{
    char number[UID_MAX_DIGITS];
    scene->agent = scene->self;
    if (scene->self.uid != 0) {
        return 0;
    }
    user = user != NULL ? user : scene->config->init.user;
    if (user == NULL && scene->server_pid != 0) {
        snprintf(number, sizeof number, "%u", (unsigned)scene->server_uid);
        user = number;
    }
    if (user == NULL) {
        return 0;
    }
    const int result = look_up(scene, user, &scene->agent);
    scene->is_other = result == 0 && scene->agent.uid != scene->self.uid;
    scene->can_become = scene->is_other && try_to_become(scene->agent.uid, scene->self.uid);
    return result;
}

int scene_open(struct scene *ret_scene, const struct scene_request *request)
{
    struct scene scene = {
        .config = request->config,
        .environ_in = request->environ_in,
        .view = request->view,
    };
    scene.root_fd = open(request->root != NULL ? request->root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (scene.root_fd < 0) {
        return -errno;
    }
    scene_walk_processes(&scene, visit_process, &scene);
    find_self(&scene);
    const int result = find_agent(&scene, request->user);
    if (result < 0) {
        close(scene.root_fd);
        return result;
    }
    *ret_scene = scene;
    return 0;
}

void scene_close(struct scene *scene)
{
    close(scene->root_fd);
}
