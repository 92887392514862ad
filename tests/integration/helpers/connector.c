/* SPDX-License-Identifier: MIT */
/*
 * connector PATH         says "connected" or the errno's name; exits 0 or 1
 * connector hold PATH    the attacker whom unlink() does not stop: opens PATH with O_PATH, says "ready", and
 *                        for each line on stdin connects through that descriptor and says how it went
 */
#include "helper.h"

#include <fcntl.h>
#include <unistd.h>

static const char *error_name(int error)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {
        {EACCES, "EACCES"},         {EPERM, "EPERM"}, {ENOENT, "ENOENT"},   {ECONNREFUSED, "ECONNREFUSED"},
        {ECONNRESET, "ECONNRESET"}, {ELOOP, "ELOOP"}, {ENOTDIR, "ENOTDIR"}, {EAGAIN, "EAGAIN"},
        {EPROTOTYPE, "EPROTOTYPE"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].error == error) {
            return names[i].name;
        }
    }
    return "another error";
}

/* Returns 0 or an errno. */
static int try_connect(const char *path)
{
    struct sockaddr_un address = helper_address(path);
    int fd = helper_socket();
    int error = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
    (void)close(fd);
    return error;
}

static int tell(const char *path)
{
    int error = try_connect(path);
    helper_say(error == 0 ? "connected" : error_name(error));
    return error == 0 ? 0 : 1;
}

static int hold(const char *path)
{
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        err(2, "%s", path);
    }
    char through[64];
    (void)snprintf(through, sizeof(through), "/proc/self/fd/%d", fd);
    helper_say("ready");
    int status = 0;
    char line[64];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        status = tell(through);
    }
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "hold") == 0) {
        return hold(argv[2]);
    }
    if (argc == 2) {
        return tell(argv[1]);
    }
    errx(2, "usage: connector PATH | connector hold PATH");
}
