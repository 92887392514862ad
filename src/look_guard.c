/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_guard.h"

#include "sandbox_init/config.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/fileid.h"
#include "sandbox_init/probe.h"
#include "sandbox_init/suspects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    BAITS_MAX = 4,
    BAIT_NAME_SIZE = 80, /* with "/proc/self/fd/N/" before it, it fits into an address */
    BACKLOG = 8,
    REASON_SIZE = 400,
    WAIT_NS = 5000000, /* between two looks */
    WAITS_MAX = 80,    /* 400 ms, and what the looks take */
};

/* ---- the bait ---- */

/* A socket of VS Code's kind, made by us. */
struct bait {
    char directory[SCENE_PATH_SIZE];
    bool is_certain; /* the directory is configured by its name, not by a variable that the init may not have
                      */
    struct fileid directory_id;
    int dir_fd;
    int listen_fd;
    int held_fd; /* O_PATH, of the socket */
    struct stat made;
    bool is_there;   /* its name is */
    bool is_revoked; /* for good */
};

struct trap {
    const struct scene *scene;
    char name[BAIT_NAME_SIZE];
    char first_name[BAIT_NAME_SIZE]; /* under which it is made, and which nobody looks for */
    struct bait baits[BAITS_MAX];
    size_t count;
    bool is_certain; /* of the directories that are found now */
};

/* Makes a name of GLOB, which has one star and nothing else that is special. Can it be done? */
static bool make_name(struct trap *trap, const char *glob)
{
    const char *star = strchr(glob, '*');
    if (star == NULL || strpbrk(star + 1, "*") != NULL || strpbrk(glob, "?[\\") != NULL) {
        return false;
    }
    return snprintf(trap->name, sizeof trap->name, "%.*ssandbox-init-audit-%d%s", (int)(star - glob), glob,
                    (int)getpid(), star + 1) < (int)sizeof trap->name;
}

/* A name that the guard looks for, after those of VS Code's own command line if it can be. */
static bool choose_name(struct trap *trap, char *const *patterns)
{
    static const char wanted[] = "vscode-ipc-*.sock";
    bool is_made = false;
    snprintf(trap->first_name, sizeof trap->first_name, ".sandbox-init-audit-%d", (int)getpid());
    for (; patterns != NULL && *patterns != NULL; patterns++) {
        if (strcmp(*patterns, wanted) == 0) {
            return make_name(trap, wanted);
        }
        is_made = is_made || make_name(trap, *patterns);
    }
    return is_made;
}

static bool is_new(const struct trap *trap, const struct fileid *id)
{
    for (size_t i = 0; i < trap->count; i++) {
        if (fileid_is_same(&trap->baits[i].directory_id, id)) {
            return false;
        }
    }
    return true;
}

/*
 * As the agent. The socket is made under another name, held and listening before it is renamed: the guard,
 * which that wakes, may be done with it before we have taken another step.
 */
static bool lay(const struct trap *trap, struct bait *bait)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", bait->dir_fd,
             trap->first_name);
    bait->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bait->listen_fd < 0 || bind(bait->listen_fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        return false;
    }
    bait->held_fd = openat(bait->dir_fd, trap->first_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (bait->held_fd < 0 || fstat(bait->held_fd, &bait->made) < 0 || listen(bait->listen_fd, BACKLOG) < 0 ||
        renameat(bait->dir_fd, trap->first_name, bait->dir_fd, trap->name) < 0) {
        unlinkat(bait->dir_fd, trap->first_name, 0);
        return false;
    }
    return true;
}

static void close_bait(const struct bait *bait)
{
    const int fds[] = {bait->dir_fd, bait->listen_fd, bait->held_fd};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
}

static bool visit_directory(void *context, const char *directory)
{
    struct trap *trap = context;
    struct bait bait = {.is_certain = trap->is_certain, .listen_fd = -1, .held_fd = -1, .is_there = true};
    scene_become(trap->scene);
    bait.dir_fd = scene_open_path(trap->scene, directory, O_PATH | O_DIRECTORY);
    const bool is_laid = bait.dir_fd >= 0 && fileid_read(bait.dir_fd, "", &bait.directory_id) == 0 &&
                         is_new(trap, &bait.directory_id) && lay(trap, &bait);
    scene_return(trap->scene);
    if (!is_laid) {
        close_bait(&bait);
        return true;
    }
    snprintf(bait.directory, sizeof bait.directory, "%s", directory);
    trap->baits[trap->count++] = bait;
    return trap->count < BAITS_MAX;
}

/* Lays one in each directory that is configured by its name, or by a variable. */
static void lay_some(struct trap *trap, struct suspects *suspects, bool is_certain)
{
    trap->is_certain = is_certain;
    char *const *dir = trap->scene->config->scrub.dirs;
    for (; dir != NULL && *dir != NULL && trap->count < BAITS_MAX; dir++) {
        if (((*dir)[0] != '$') == is_certain) {
            suspects_find_directories(suspects, *dir, visit_directory, trap);
        }
    }
}

static bool is_bait(const struct trap *trap, const struct bait *bait)
{
    struct stat now;
    return fstatat(bait->dir_fd, trap->name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
           now.st_dev == bait->made.st_dev && now.st_ino == bait->made.st_ino;
}

static void look_at(const struct trap *trap, struct bait *bait)
{
    struct stat now;
    /* Can the agent connect by what it held before, or will it, when it has changed the mode back? */
    const int fd = probe_connect_held(trap->scene, bait->held_fd, NULL);
    const bool is_lost = fstat(bait->held_fd, &now) == 0 && now.st_uid == 0;
    bait->is_there = is_bait(trap, bait);
    bait->is_revoked = is_lost && !probe_is_heard(fd);
    if (fd >= 0) {
        close(fd);
    }
}

/* Waits until the guard has done what it does, or should have. */
static void wait_for_guard(struct trap *trap)
{
    const struct timespec pause = {.tv_nsec = WAIT_NS};
    bool is_waiting = true;
    for (int i = 0; is_waiting && i < WAITS_MAX; i++) {
        is_waiting = false;
        for (size_t j = 0; j < trap->count; j++) {
            is_waiting = is_waiting || is_bait(trap, &trap->baits[j]);
        }
        if (is_waiting) {
            nanosleep(&pause, NULL);
        }
    }
    for (size_t i = 0; i < trap->count; i++) {
        look_at(trap, &trap->baits[i]);
    }
}

static void clean_up(struct trap *trap)
{
    for (size_t i = 0; i < trap->count; i++) {
        if (is_bait(trap, &trap->baits[i])) {
            unlinkat(trap->baits[i].dir_fd, trap->name, 0);
        }
        close_bait(&trap->baits[i]);
    }
}

/* ---- what it comes to ---- */

static void mend_nobody(const struct scene *scene, struct finding *finding)
{
    const struct view_guard *guard = scene->view != NULL ? &scene->view->guard : NULL;
    if (guard == NULL) {
        finding_mend(finding, "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-init\", \"--\"]");
        finding_mend(finding, "devcontainer.json", "\"overrideCommand\": false");
    } else if (strcmp(guard->level, "report") == 0) {
        finding_mend(finding, "sandbox-init.ini", "[scrub] action = revoke");
    } else if (guard->wanted.is_known && guard->wanted.value == 0) {
        finding_mend(finding, "sandbox-init.ini", "[scrub] enabled = yes");
    } else {
        finding_mend(finding, "host", "docker restart CONTAINER");
    }
}

/* It removes sockets, but who opened one before can still connect. */
static void mend_half(const struct scene *scene, struct finding *finding)
{
    if (scene->view != NULL && scene->view->init.uid.value != 0) {
        finding_mend(finding, "Dockerfile", "USER root");
        finding_mend(finding, "devcontainer.json", "\"remoteUser\": \"vscode\"");
    } else if (scene->agent.uid == 0) {
        finding_mend(finding, "devcontainer.json", "\"remoteUser\": \"vscode\"");
    } else {
        finding_mend(finding, "docker-compose.yml", "cap_add: [CHOWN, FOWNER, DAC_OVERRIDE]");
    }
}

static bool is_polling(const struct scene *scene)
{
    return scene->view != NULL && scene->view->guard.polling.value != 0;
}

static void tell_bait(const struct scene *scene, const struct bait *bait, struct finding *finding)
{
    char directory[FINDING_NAME_SIZE];
    finding_name(directory, bait->directory);
    if (bait->is_revoked) {
        finding_note(finding, FINDING_PASS, "a socket in %s was revoked", directory);
    } else if (!bait->is_there) {
        finding_note(finding, FINDING_WARN,
                     "a socket in %s was removed, but who opened it before can still connect", directory);
        mend_half(scene, finding);
    } else if (!bait->is_certain) {
        finding_note(finding, FINDING_WARN,
                     "a socket in %s, where a process here would make its own, was left there", directory);
        if (finding_is_word(bait->directory)) {
            finding_mend(finding, "sandbox-init.ini", "[scrub] dirs = @default %s", bait->directory);
        }
    } else if (is_polling(scene)) {
        finding_note(finding, FINDING_WARN, "a socket in %s was not revoked at once", directory);
    } else {
        finding_note(finding, FINDING_FAIL, "a socket in %s was left there", directory);
        mend_nobody(scene, finding);
    }
}

/* What the init says of its guard. */
static void tell_level(const struct scene *scene, struct finding *finding)
{
    char reason[REASON_SIZE];
    if (scene->view == NULL) {
        return;
    }
    const struct view_guard *guard = &scene->view->guard;
    escape_text(reason, sizeof reason, guard->reason);
    if (strcmp(guard->level, "degraded") == 0) {
        finding_note(finding, FINDING_WARN, "degraded: %s", reason);
        if (is_polling(scene)) {
            finding_mend(finding, "host",
                         "sysctl -w fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288");
        }
    } else if (strcmp(guard->level, "off") == 0 || strcmp(guard->level, "report") == 0) {
        finding_note(finding, FINDING_FAIL, "%s: %s", guard->level, reason);
        mend_nobody(scene, finding);
    }
}

void look_guard_revokes(const struct scene *scene, struct finding *finding)
{
    static const char *const none[] = {NULL};
    struct suspects suspects;
    struct trap trap = {.scene = scene};
    tell_level(scene, finding);
    if (suspects_init(&suspects, scene, none) < 0) {
        finding_note(finding, FINDING_WARN, "there is no memory to try it");
        return;
    }
    if (choose_name(&trap, scene->config->scrub.patterns)) {
        lay_some(&trap, &suspects, true);
        lay_some(&trap, &suspects, false);
    }
    wait_for_guard(&trap);
    for (size_t i = 0; i < trap.count; i++) {
        tell_bait(scene, &trap.baits[i], finding);
    }
    clean_up(&trap);
    if (trap.count == 0) {
        finding_note(finding, scene->view != NULL ? FINDING_WARN : FINDING_FAIL,
                     scene->view != NULL ? "it could not be tried" : "nobody guards");
        finding_miss(finding, "a socket being revoked: uid %u can make none of that kind in [scrub] dirs",
                     (unsigned)scene->agent.uid);
    }
    suspects_finish(&suspects);
}

/* ---- the configuration ---- */

struct faults {
    size_t count;
    unsigned line;
    char file[FINDING_NAME_SIZE];
};

/* The message may quote what should not be shown; where it is will do. */
static void count_fault(void *context, const struct config_fault *fault)
{
    struct faults *faults = context;
    if (faults->count++ == 0) {
        faults->line = fault->line;
        snprintf(faults->file, sizeof faults->file, "%s", fault->file);
    }
}

static void tell_faults(const struct faults *faults, struct finding *finding)
{
    char line[16] = "";
    if (faults->line > 0) {
        snprintf(line, sizeof line, ":%u", faults->line);
    }
    finding_note(finding, FINDING_FAIL, "%zu fault%s, the first at %s%s: the next start ends with status 78",
                 faults->count, faults->count > 1 ? "s" : "", faults->file, line);
}

struct files {
    const struct scene *scene;
    size_t count;
    size_t shut; /* that we may not read */
};

static void try_file(struct files *files, const char *path)
{
    const int fd = scene_open_path(files->scene, path, O_RDONLY);
    files->count += fd != -ENOENT ? 1 : 0;
    files->shut += fd == -EACCES || fd == -EPERM ? 1 : 0;
    if (fd >= 0) {
        close(fd);
    }
}

static bool visit_dropin(void *context, const char *name)
{
    char path[SCENE_PATH_SIZE];
    const size_t length = strlen(name);
    if (name[0] != '.' && length > 4 && strcmp(name + length - 4, ".ini") == 0) {
        snprintf(path, sizeof path, "%s/%s", CONFIG_DROPIN_DIR, name);
        try_file(context, path);
    }
    return true;
}

void look_guard_configuration(const struct scene *scene, struct finding *finding)
{
    struct config config = {0};
    struct faults faults = {0};
    struct files files = {.scene = scene};
    const struct config_source source = {.file = CONFIG_FILE,
                                         .dropin_dir = CONFIG_DROPIN_DIR,
                                         .owner =
                                             scene->view != NULL ? (uid_t)scene->view->init.uid.value : 0};
    try_file(&files, CONFIG_FILE);
    const int listed = scene_list(scene, CONFIG_DROPIN_DIR, visit_dropin, &files);
    if (files.shut > 0 || listed == -EACCES) {
        finding_note(finding, FINDING_NONE, "it is not for uid %u to read", (unsigned)scene->self.uid);
        finding_miss(finding, "whether the files are valid: look as root");
        return;
    }
    const int result = config_load(&config, &source, count_fault, &faults);
    config_finish(&config);
    if (faults.count > 0) {
        tell_faults(&faults, finding);
        finding_mend(finding, "container", "sandbox-init --check-config");
    } else if (result < 0) {
        finding_note(finding, FINDING_WARN, "it cannot be loaded: %s", strerror(-result));
    } else if (files.count == 0) {
        finding_note(finding, FINDING_PASS, "there is none, so the defaults hold");
    } else {
        finding_note(finding, FINDING_PASS, "%zu valid, and in the hands of nobody but root", files.count);
    }
}
