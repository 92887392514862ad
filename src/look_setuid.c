/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_setuid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
    STATUS_SIZE = 8192,
    DIRECTORIES_MAX = 64,
    ENTRIES_MAX = 32768, /* that are looked at in one directory */
    PROGRAMS_MAX = 128,
};

struct directory {
    char path[SCENE_PATH_SIZE];
    dev_t device;
    ino_t inode;
};

struct program {
    char path[SCENE_PATH_SIZE];
    dev_t device;
    ino_t inode;
    uid_t owner;
    gid_t group;
    bool gives_user;
    bool gives_group;
    bool gives_capabilities;
    bool is_on_nosuid;
};

/* Large: not for the stack. Zero-initialise. */
struct look {
    const struct scene *scene;
    bool is_locked; /* no_new_privs */
    struct directory directories[DIRECTORIES_MAX];
    size_t directory_count;
    const struct directory *current;
    size_t entries; /* in it so far */
    struct program programs[PROGRAMS_MAX];
    size_t program_count;
    bool is_short; /* not all could be looked at, */
    bool is_blind; /* or not for capabilities */
};

/* ---- where ---- */

static void add_directory(struct look *look, const char *path, size_t length)
{
    struct stat status;
    if (path[0] != '/' || length >= SCENE_PATH_SIZE) {
        return;
    }
    if (look->directory_count == DIRECTORIES_MAX) {
        look->is_short = true;
        return;
    }
    struct directory *directory = &look->directories[look->directory_count];
    snprintf(directory->path, sizeof directory->path, "%.*s", (int)length, path);
    const int fd = scene_open_path(look->scene, directory->path, O_PATH | O_DIRECTORY);
    if (fd < 0) {
        return;
    }
    bool is_new = fstat(fd, &status) == 0;
    close(fd);
    /* /bin is a link to /usr/bin where /usr is merged. */
    for (size_t i = 0; is_new && i < look->directory_count; i++) {
        is_new = look->directories[i].device != status.st_dev || look->directories[i].inode != status.st_ino;
    }
    if (is_new) {
        directory->device = status.st_dev;
        directory->inode = status.st_ino;
        look->directory_count++;
    }
}

static void add_directories(struct look *look, const char *path)
{
    while (path != NULL && *path != '\0') {
        const size_t length = strcspn(path, ":");
        add_directory(look, path, length);
        path += length + (path[length] == ':' ? 1 : 0);
    }
}

/* Returns NULL without memory. */
static struct look *prepare(const struct scene *scene)
{
    char status[STATUS_SIZE];
    struct look *look = calloc(1, sizeof *look);
    if (look == NULL) {
        return NULL;
    }
    look->scene = scene;
    if (scene_read(scene, "/proc/self/status", status, sizeof status) > 0) {
        const char *value = scene_find_field(status, "NoNewPrivs");
        look->is_locked = value != NULL && *value == '1';
    }
    add_directories(look, scene_variable(scene, "PATH"));
    add_directories(look, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    return look;
}

/* The same; NULL, and said why, where there is nothing to look for. */
static struct look *begin(const struct scene *scene, struct finding *finding)
{
    if (scene->agent.uid == 0) {
        finding_note(finding, FINDING_NONE, "the agent is root, and needs none");
        return NULL;
    }
    struct look *look = prepare(scene);
    if (look == NULL) {
        finding_note(finding, FINDING_WARN, "there is no memory to look");
    }
    return look;
}

/* ---- what is there ---- */

static bool has_capabilities(struct look *look, int fd)
{
    char path[sizeof "/proc/self/fd/" + 12];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd); /* fgetxattr(2) takes no O_PATH descriptor */
    if (getxattr(path, "security.capability", NULL, 0) > 0) {
        return true;
    }
    look->is_blind = look->is_blind || (errno != ENODATA && errno != ENOTSUP);
    return false;
}

static bool is_in_groups(const struct identity *agent, gid_t group)
{
    bool is_in = agent->gid == group;
    for (size_t i = 0; !is_in && i < agent->group_count; i++) {
        is_in = agent->groups[i] == group;
    }
    return is_in;
}

/* Is what stands at PATH a program that gives the agent something? It need not be let to start it. */
static bool examine(struct look *look, const char *path, struct program *ret_program)
{
    struct stat status = {0};
    struct statvfs mounted;
    struct program program = {0};
    const struct identity *agent = &look->scene->agent;
    const int fd = scene_open_path(look->scene, path, O_PATH);
    if (fd < 0) {
        return false;
    }
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        program.gives_user = (status.st_mode & S_ISUID) != 0 && status.st_uid != agent->uid;
        /* Without the x it means mandatory locks. */
        program.gives_group = (status.st_mode & S_ISGID) != 0 && (status.st_mode & S_IXGRP) != 0 &&
                              !is_in_groups(agent, status.st_gid);
        program.gives_capabilities = has_capabilities(look, fd);
        program.is_on_nosuid = fstatvfs(fd, &mounted) == 0 && (mounted.f_flag & ST_NOSUID) != 0;
    }
    close(fd);
    snprintf(program.path, sizeof program.path, "%s", path);
    program.device = status.st_dev;
    program.inode = status.st_ino;
    program.owner = status.st_uid;
    program.group = status.st_gid;
    *ret_program = program;
    return program.gives_user || program.gives_group || program.gives_capabilities;
}

static bool takes_effect(const struct look *look, const struct program *program)
{
    return !look->is_locked && !program->is_on_nosuid;
}

static const char *const sudos[] = {"sudo", "doas", "sudo-rs", "sudo.ws"};

/* One that is called so, but by capabilities or a group, is one of the others. */
static bool is_sudo(const char *name, const struct program *program)
{
    const bool makes_root = program->gives_user && program->owner == 0;
    for (size_t i = 0; makes_root && i < sizeof sudos / sizeof sudos[0]; i++) {
        if (strcmp(sudos[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- the check of sudo ---- */

static void mend_privileges(struct finding *finding)
{
    finding_mend(finding, "devcontainer.json", "\"securityOpt\": [\"no-new-privileges:true\"]");
    finding_mend(finding, "docker-compose.yml", "security_opt: [\"no-new-privileges:true\"]");
}

static void note_sudo(const struct look *look, const struct program *program, const char *name,
                      struct finding *finding)
{
    char shown[FINDING_NAME_SIZE];
    const unsigned uid = (unsigned)look->scene->agent.uid;
    finding_name(shown, program->path);
    if (!scene_may(look->scene, program->path, X_OK)) {
        finding_note(finding, FINDING_PASS, "%s is there, but not for uid %u", shown, uid);
    } else if (!takes_effect(look, program)) {
        finding_note(finding, FINDING_PASS, "%s is there, and gives nothing: %s", shown,
                     look->is_locked ? "no_new_privs" : "nosuid");
    } else {
        finding_note(finding, FINDING_FAIL, "%s makes uid %u root", shown, uid);
        finding_mend(finding, "Dockerfile", "RUN apt-get purge -y %s",
                     strcmp(name, "doas") == 0 ? "doas opendoas" : "sudo");
        mend_privileges(finding);
    }
}

/* What /bin/sudo and /usr/bin/sudo, or a link, lead to, is one program. Returns NULL for a new one. */
static struct program *find_program(struct look *look, const struct program *program)
{
    for (size_t i = 0; i < look->program_count; i++) {
        if (look->programs[i].device == program->device && look->programs[i].inode == program->inode) {
            return &look->programs[i];
        }
    }
    return NULL;
}

static void add_program(struct look *look, const struct program *program)
{
    struct program *known = find_program(look, program);
    if (known != NULL) {
        /* Always the same name, in whatever order they come. */
        *known = strcmp(program->path, known->path) < 0 ? *program : *known;
        return;
    }
    if (look->program_count == PROGRAMS_MAX) {
        look->is_short = true;
        return;
    }
    look->programs[look->program_count++] = *program;
}

static void look_for_sudo(struct look *look, const char *directory, const char *name, struct finding *finding)
{
    char path[SCENE_PATH_SIZE];
    struct program program;
    const int length = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (length < SCENE_PATH_SIZE && examine(look, path, &program) && is_sudo(name, &program) &&
        find_program(look, &program) == NULL) {
        add_program(look, &program);
        note_sudo(look, &program, name, finding);
    }
}

void look_setuid_sudo(const struct scene *scene, struct finding *finding)
{
    struct look *look = begin(scene, finding);
    if (look == NULL) {
        return;
    }
    for (size_t i = 0; i < look->directory_count; i++) {
        for (size_t j = 0; j < sizeof sudos / sizeof sudos[0]; j++) {
            look_for_sudo(look, look->directories[i].path, sudos[j], finding);
        }
    }
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_PASS, "neither sudo nor doas in %zu directories",
                     look->directory_count);
    }
    free(look);
}

/* ---- the check of the others ---- */

static bool visit_entry(void *context, const char *name)
{
    struct look *look = context;
    char path[SCENE_PATH_SIZE];
    struct program program;
    if (++look->entries > ENTRIES_MAX) {
        look->is_short = true;
        return false;
    }
    const int length = snprintf(path, sizeof path, "%s/%s", look->current->path, name);
    if (length < SCENE_PATH_SIZE && examine(look, path, &program) && !is_sudo(name, &program) &&
        scene_may(look->scene, path, X_OK)) {
        add_program(look, &program);
    }
    return true;
}

static int compare_paths(const void *one, const void *other)
{
    return strcmp(((const struct program *)one)->path, ((const struct program *)other)->path);
}

static void note_program(const struct program *program, struct finding *finding)
{
    char shown[FINDING_NAME_SIZE];
    finding_name(shown, program->path);
    if (program->gives_user && program->owner == 0) {
        finding_note(finding, FINDING_WARN, "%s", shown);
    } else if (program->gives_user) {
        finding_note(finding, FINDING_WARN, "%s (uid %u)", shown, (unsigned)program->owner);
    } else if (program->gives_capabilities) {
        finding_note(finding, FINDING_WARN, "%s (capabilities)", shown);
    } else {
        finding_note(finding, FINDING_WARN, "%s (group %u)", shown, (unsigned)program->group);
    }
}

static void note_programs(const struct look *look, struct finding *finding)
{
    size_t without = 0;
    for (size_t i = 0; i < look->program_count; i++) {
        if (takes_effect(look, &look->programs[i])) {
            note_program(&look->programs[i], finding);
        } else {
            without++;
        }
    }
    if (without > 0) {
        finding_note(finding, FINDING_PASS, "%zu give nothing: %s", without,
                     look->is_locked ? "no_new_privs" : "nosuid");
    } else if (look->program_count == 0) {
        finding_note(finding, FINDING_PASS, "none in %zu directories", look->directory_count);
    }
    if (finding_judge(finding) > FINDING_PASS) {
        mend_privileges(finding);
        finding_mend(finding, "Dockerfile", "RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} +");
    }
    if (look->is_blind) {
        finding_miss(finding, "file capabilities, for which /proc is needed");
    } else if (look->is_short) {
        finding_miss(finding, "what is beyond %d directories of %d files each, and %d programs",
                     DIRECTORIES_MAX, ENTRIES_MAX, PROGRAMS_MAX);
    }
}

void look_setuid_programs(const struct scene *scene, struct finding *finding)
{
    struct look *look = begin(scene, finding);
    if (look == NULL) {
        return;
    }
    for (size_t i = 0; i < look->directory_count; i++) {
        look->current = &look->directories[i];
        look->entries = 0;
        scene_list(scene, look->current->path, visit_entry, look);
    }
    qsort(look->programs, look->program_count, sizeof look->programs[0], compare_paths);
    note_programs(look, finding);
    free(look);
}
