/* SPDX-License-Identifier: MIT */
/*
 * flood DIRECTORY N
 *
 * Binds N sockets one after another in DIRECTORY, named as VS Code's are (vscode-ipc-PID-NUMBER.sock), as
 * quickly as it can, and leaves them there. Says "bound N".
 */
#include "helper.h"

#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 3) {
        errx(2, "usage: flood DIRECTORY N");
    }
    unsigned long count = helper_number(argv[2], 1000000);
    for (unsigned long i = 0; i < count; i++) {
        char path[108];
        int length = snprintf(path, sizeof(path), "%s/vscode-ipc-%d-%lu.sock", argv[1], (int)getpid(), i);
        if (length < 0 || (size_t)length >= sizeof(path)) {
            errx(2, "the path is too long for a socket: %s", argv[1]);
        }
        int fd = helper_listen(path);
        /* listen() may fail with ENOENT no more than bind(): the socket is ours, whatever became of its name.
         */
        if (fd < 0) {
            err(2, "%s", path);
        }
        (void)close(fd);
    }
    printf("bound %lu\n", count);
    return 0;
}
