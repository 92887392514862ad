/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#undef execvp

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* The program NAME as execvp(3) finds it; NAME itself where there is none. */
static const char *find_program(const char *name, char *buffer, size_t size)
{
    const char *rest = strchr(name, '/') == NULL ? getenv("PATH") : NULL;
    while (rest != NULL) {
        const size_t length = strcspn(rest, ":");
        const char *slash = length > 0 ? "/" : "";
        const int written = snprintf(buffer, size, "%.*s%s%s", (int)length, rest, slash, name);
        if (written > 0 && (size_t)written < size && is_program(buffer)) {
            return buffer;
        }
        rest = rest[length] == ':' ? rest + length + 1 : NULL;
    }
    return name;
}

/* Only returns when it fails. */
static void run_by_shell(const char *name, char *const argv[])
{
    char path[4096];
    size_t count = 0;
    while (argv[count] != NULL) {
        count++;
    }
    const char **words = calloc(count + 2, sizeof *words);
    if (words == NULL) {
        return;
    }
    words[0] = "/bin/sh";
    words[1] = find_program(name, path, sizeof path);
    for (size_t i = 1; i < count; i++) {
        words[i + 1] = argv[i];
    }
    union {
        const char **words;
        char *const *argv;
    } same = {.words = words};
    execv(words[0], same.argv);
    const int error = errno;
    free(words);
    errno = error;
}

int musl_execvp(const char *name, char *const argv[])
{
    execvp(name, argv);
    if (errno == ENOEXEC) {
        run_by_shell(name, argv);
    }
    return -1;
}

int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *ret_status)
{
    return (int)syscall(SYS_statx, dirfd, path, flags, mask, ret_status);
}

ssize_t pwritev2(int fd, const struct iovec *vectors, int count, off_t offset, int flags)
{
    /* The kernel wants the offset in two halves, and on 64 bits takes all of it as the first. */
    return syscall(SYS_pwritev2, fd, vectors, count, (long)offset, (long)(offset >> 31 >> 1), flags);
}

int renameat2(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path, unsigned flags)
{
    return (int)syscall(SYS_renameat2, old_dirfd, old_path, new_dirfd, new_path, flags);
}
