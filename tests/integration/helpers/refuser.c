/* SPDX-License-Identifier: MIT */
/*
 * refuser ERRNO COMMAND...
 *
 * Becomes COMMAND on a kernel without Landlock, as far as it can see: the calls fail with ERRNO, which is
 * ENOSYS (not built in), EOPNOTSUPP (disabled at boot) or EPERM (an old container engine's seccomp profile).
 */
#include "helper.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

static unsigned error_of(const char *name)
{
    static const struct {
        const char *name;
        unsigned error;
    } errors[] = {{"ENOSYS", ENOSYS}, {"EOPNOTSUPP", EOPNOTSUPP}, {"EPERM", EPERM}};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (strcmp(errors[i].name, name) == 0) {
            return errors[i].error;
        }
    }
    errx(2, "nobody knows the error %s", name);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        errx(2, "usage: refuser ERRNO COMMAND...");
    }
    /* The three calls are 444 to 446 on every architecture. */
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 444, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 446, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error_of(argv[1])),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0) {
        err(2, "seccomp");
    }
    execvp(argv[2], argv + 2);
    err(2, "%s", argv[2]);
}
