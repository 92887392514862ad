/* SPDX-License-Identifier: MIT */
#include "sandbox_init/procs.h"

#include "sandbox_init/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads all of a small file into BUFFER, NUL-terminated. Returns 0 or -errno. */
static int read_file(const char *path, char *buffer, size_t size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? -ESRCH : -errno;
    }
    const ssize_t got = read(fd, buffer, size - 1);
    const int error = -errno;
    close(fd);
    if (got < 0) {
        return error;
    }
    buffer[got] = '\0';
    return 0;
}

/* The value behind "\nKEY:\t" in a status file, or NULL. */
static const char *find_field(const char *status, const char *key)
{
    const char *found = strstr(status, key);
    return found != NULL ? found + strlen(key) : NULL;
}

int procs_read(pid_t pid, struct procs_entry *ret_entry)
{
    char path[64];
    char status[4096];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    const int result = read_file(path, status, sizeof status);
    if (result < 0) {
        return result;
    }
    /* The name comes first and the kernel escapes newlines in it, so no name can forge another field. */
    const char *name = strncmp(status, "Name:\t", 6) == 0 ? status + 6 : "";
    const char *state = find_field(status, "\nState:\t");
    const char *parent = find_field(status, "\nPPid:\t");
    const char *ignored = find_field(status, "\nSigIgn:\t");
    *ret_entry = (struct procs_entry){
        .pid = pid,
        .parent = parent != NULL ? (pid_t)strtol(parent, NULL, 10) : 0,
        .is_stopped = state != NULL && (*state == 'T' || *state == 't'),
        .is_zombie = state != NULL && (*state == 'Z' || *state == 'X'),
        .ignores_term = ignored != NULL && (strtoull(ignored, NULL, 16) >> (SIGTERM - 1) & 1) != 0,
    };
    const size_t length = strcspn(name, "\n");
    memcpy(ret_entry->name, name, length < PROCS_NAME_MAX ? length : PROCS_NAME_MAX - 1);
    return 0;
}

struct walk {
    procs_visit *visit;
    void *context;
    pid_t self;
};

static bool visit_entry(void *context, const char *name)
{
    const struct walk *walk = context;
    char *end = NULL;
    const long pid = strtol(name, &end, 10);
    struct procs_entry entry;
    if (*end != '\0' || pid <= 0 || pid == walk->self) {
        return true;
    }
    const int result = procs_read((pid_t)pid, &entry);
    if (result == -ESRCH) {
        return true;
    }
    if (result < 0) { /* without descriptors, say: it is there all the same, and has to be asked to stop */
        entry = (struct procs_entry){.pid = (pid_t)pid, .name = "?"};
    }
    return walk->visit(walk->context, &entry);
}

/* The /proc of another PID namespace would name processes that our numbers do not mean. */
static bool is_own_proc(void)
{
    char target[32];
    const ssize_t length = readlink("/proc/self", target, sizeof target - 1);
    if (length < 0) {
        return false;
    }
    target[length] = '\0';
    return strtol(target, NULL, 10) == getpid();
}

int procs_walk(procs_visit *visit, void *context)
{
    if (!is_own_proc()) {
        return -ENOENT;
    }
    const int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    struct walk walk = {.visit = visit, .context = context, .self = getpid()};
    const int result = listing_read(fd, visit_entry, &walk);
    close(fd);
    return result;
}

/* Takes the next of a list of numbers that are each followed by a space; PID keeps what came before. */
static void take_character(char character, pid_t *pid, void (*visit)(void *context, pid_t pid), void *context)
{
    if (character >= '0' && character <= '9') {
        *pid = *pid * 10 + (character - '0');
        return;
    }
    visit(context, *pid);
    *pid = 0;
}

static int read_numbers(int fd, void (*visit)(void *context, pid_t pid), void *context)
{
    char buffer[1024];
    pid_t pid = 0; /* a read may end within a number */
    ssize_t got;
    while ((got = read(fd, buffer, sizeof buffer)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            take_character(buffer[i], &pid, visit, context);
        }
    }
    return got < 0 ? -errno : 0;
}

int procs_walk_children(void (*visit)(void *context, pid_t pid), void *context)
{
    if (!is_own_proc()) {
        return -ENOENT;
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    const int result = read_numbers(fd, visit, context);
    close(fd);
    return result;
}
