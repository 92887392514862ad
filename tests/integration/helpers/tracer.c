/* SPDX-License-Identifier: MIT */
/*
 * tracer PID
 *
 * Tries to take hold of a process as a debugger does. Says "traced", or "refused" when that is not permitted.
 */
#include "helper.h"

#include <sys/ptrace.h>
#include <sys/types.h>

int main(int argc, char **argv)
{
    if (argc != 2) {
        errx(2, "usage: tracer PID");
    }
    /* The kernel lets go of the process when we end. */
    if (ptrace(PTRACE_SEIZE, (pid_t)helper_number(argv[1], 0x7fffffff), NULL, NULL) == 0) {
        helper_say("traced");
    } else if (errno == EPERM) {
        helper_say("refused");
    } else {
        err(2, "ptrace");
    }
    return 0;
}
