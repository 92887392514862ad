/* SPDX-License-Identifier: MIT */
/*
 * scene: what the audit looks at, and through whose eyes.
 *
 * The question is never what we may do, but what the agent may: the user as whom VS Code's terminals and the
 * programs in them run. As that user we just try. As root we look through its eyes: between scene_become()
 * and scene_return() files and sockets answer as they would answer it (setfsuid(2)), for one thread and
 * without a process of its own. Rejected: computing from modes and owners what the kernel would say, which
 * forgets ACLs, mounts and security modules.
 *
 * Everything is read below one held directory, "/", by openat2(2) that neither leaves it nor follows magic
 * links; tests hold another one. Nothing that we open blocks, no device is opened, and no file is read
 * further than the caller's buffer. Nothing is ever written.
 */
#ifndef SANDBOX_INIT_SCENE_H
#define SANDBOX_INIT_SCENE_H

#include "sandbox_init/config_table.h"
#include "sandbox_init/identity.h"
#include "sandbox_init/listing.h"
#include "sandbox_init/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

enum {
    SCENE_PATH_SIZE = 512,
    SCENE_CMDLINE_SIZE = 1024,
    SCENE_NAME_SIZE = 64,
    SCENE_PROCESSES_MAX = 32768, /* that are looked at in one walk */
};

struct scene {
    int root_fd; /* O_PATH; owned */
    const struct config *config;
    char *const *environ_in;
    const struct view *view; /* what the init told; NULL: none answered */
    struct identity self;
    struct identity agent; /* whom the answers are about; the same as `self` if we are not root */
    bool is_other;         /* it is another user than we are, */
    bool can_become;       /* and the kernel lets us look through its eyes */
    pid_t server_pid;      /* a process of VS Code's server; 0: none is to be seen */
    uid_t server_uid;
};

struct scene_request {
    const char *root; /* a directory; NULL: "/" */
    const struct config *config;
    char *const *environ_in;
    const struct view *view;
    const char *user; /* who the agent is, a name or a number; NULL: to be found out */
};

/*
 * Looks around. The agent is whoever we are, if we are not root; else USER, [init] user, the user of VS
 * Code's server, the first of these that there is; else root. What REQUEST points to must live as long as
 * RET_SCENE. Returns 0; -ENOENT: there is no such user; another -errno. Then there is nothing to close.
 */
int scene_open(struct scene *ret_scene, const struct scene_request *request);

void scene_close(struct scene *scene);

/* From here on, until scene_return(), files and sockets answer as they would answer the agent. Not nested. */
void scene_become(const struct scene *scene);
void scene_return(const struct scene *scene);

/*
 * Opens PATH (absolute, in the scene) with FLAGS of open(2), to which O_CLOEXEC, O_NONBLOCK and O_NOCTTY are
 * added. Returns a descriptor or -errno.
 */
int scene_open_path(const struct scene *scene, const char *path, int flags);

/*
 * Reads the regular file PATH, as much of it as SIZE - 1 bytes hold, and ends it with a NUL.
 * Returns the bytes read, or -errno: -EINVAL for what is no regular file.
 */
ssize_t scene_read(const struct scene *scene, const char *path, char *buffer, size_t size);

/* Looks at PATH, not following a last link. Returns 0 or -errno. */
int scene_stat(const struct scene *scene, const char *path, struct stat *ret_status);

/* Reads where the link PATH leads, magic ones such as /proc/self/ns/net too. Returns its bytes or -errno. */
ssize_t scene_read_link(const struct scene *scene, const char *path, char *buffer, size_t size);

/* Is there something at PATH? */
bool scene_has(const struct scene *scene, const char *path);

/* Visits the names in the directory PATH. Returns 0 or -errno. */
int scene_list(const struct scene *scene, const char *path, listing_visit *visit, void *context);

/* May the agent do that to PATH? MODE: of R_OK, W_OK and X_OK (access(2)); links are followed. */
bool scene_may(const struct scene *scene, const char *path, int mode);

/* Writes the agent's home and NAME ("/.ssh") into PATH. Returns PATH. */
const char *scene_home(const struct scene *scene, char path[static SCENE_PATH_SIZE], const char *name);

/* The value of NAME in ENVIRON_IN, or NULL. */
const char *scene_variable(const struct scene *scene, const char *name);

struct scene_process {
    pid_t pid;
    uid_t uid; /* effective, as is */
    gid_t gid;
    char name[SCENE_NAME_SIZE];       /* the kernel's, not escaped */
    char cmdline[SCENE_CMDLINE_SIZE]; /* its arguments with blanks between them, cut; "" if it has none */
};

/* Returns false to end. */
typedef bool scene_visit(void *context, const struct scene_process *process);

/*
 * Visits all processes that can be seen, the oldest first. Returns 0; -E2BIG: there are more than can be
 * looked at in some hundred milliseconds, which anybody can start; or -errno without a /proc.
 */
int scene_walk_processes(const struct scene *scene, scene_visit *visit, void *context);

/*
 * Reads FILE ("environ") of PROCESS into BUFFER, ended with a NUL, through its own user's eyes where ours are
 * not let (a root without CAP_SYS_PTRACE). Returns the bytes read, or -errno.
 */
ssize_t scene_read_process(const struct scene *scene, const struct scene_process *process, const char *file,
                           char *buffer, size_t size);

/*
 * The value behind KEY ("CapEff") in a file of lines "KEY:<tab>VALUE" such as /proc/PID/status, which
 * is in TEXT; NULL: there is none. It ends at the end of its line, not with a NUL.
 */
const char *scene_find_field(const char *text, const char *key);

#endif
