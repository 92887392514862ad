/* SPDX-License-Identifier: MIT */
/*
 * first_call PROGRAM [ARGUMENT...]
 *
 * Runs PROGRAM and says what its first system call is that is made from its own code, and not from the
 * dynamic linker's or a library's: "blocks all signals", or which other ("system call 12"), or "none".
 */
#include "helper.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h> /* has to come after the C library's own */

/* Is ADDRESS in a piece of PID's memory that is of the file PROGRAM? */
static bool is_own_code(pid_t pid, uint64_t address, const char *program)
{
    char path[64];
    char line[4096];
    bool is_own = false;
    (void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    if (maps == NULL) {
        err(2, "%s", path);
    }
    while (!is_own && fgets(line, sizeof(line), maps) != NULL) {
        char *end = NULL;
        const uint64_t from = strtoull(line, &end, 16);
        const uint64_t to = strtoull(end + 1, NULL, 16);
        const char *file = strchr(line, '/');
        is_own = address >= from && address < to && file != NULL &&
                 strncmp(file, program, strlen(program)) == 0 && file[strlen(program)] == '\n';
    }
    (void)fclose(maps);
    return is_own;
}

static bool blocks_all(pid_t pid, const struct __ptrace_syscall_info *call)
{
    if (call->entry.nr != SYS_rt_sigprocmask || call->entry.args[0] != SIG_SETMASK) {
        return false;
    }
    /* Two halves: a word is half of a set on 32-bit machines. */
    for (unsigned i = 0; i < 8; i += (unsigned)sizeof(long)) {
        if (ptrace(PTRACE_PEEKDATA, pid, call->entry.args[1] + i, NULL) != -1L) {
            return false;
        }
    }
    return true;
}

static void say_call(pid_t pid, const struct __ptrace_syscall_info *call)
{
    if (blocks_all(pid, call)) {
        helper_say("blocks all signals");
    } else {
        printf("system call %llu\n", (unsigned long long)call->entry.nr);
    }
}

int main(int argc, char **argv)
{
    int status = 0;
    if (argc < 2) {
        errx(2, "usage: first_call PROGRAM [ARGUMENT...]");
    }
    const pid_t pid = fork();
    if (pid == 0) {
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void)close(STDOUT_FILENO);
        execv(argv[1], argv + 1);
        err(2, "%s", argv[1]);
    }
    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        (void)ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
        struct __ptrace_syscall_info call = {.op = PTRACE_SYSCALL_INFO_NONE};
        (void)ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(call), &call);
        if (call.op == PTRACE_SYSCALL_INFO_ENTRY && is_own_code(pid, call.instruction_pointer, argv[1])) {
            say_call(pid, &call);
            (void)kill(pid, SIGKILL);
            return 0;
        }
        if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) != 0) {
            err(2, "ptrace");
        }
    }
    helper_say("none");
    return 0;
}
