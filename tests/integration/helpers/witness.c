/* SPDX-License-Identifier: MIT */
/*
 * witness [SIGNAL=STATUS]...
 *
 * Says "ready", and then "got SIGNAL" for each signal that it gets (TERM, RTMIN+3, ...). Ends with STATUS
 * when that is SIGNAL; no other ends it but KILL. (A shell that waits in `wait` is no such witness: a signal
 * that comes right before it is noticed only after that.)
 */
#include "helper.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGTERM, "TERM"}, {SIGINT, "INT"},   {SIGQUIT, "QUIT"}, {SIGHUP, "HUP"},   {SIGUSR1, "USR1"},
    {SIGUSR2, "USR2"}, {SIGALRM, "ALRM"}, {SIGCONT, "CONT"}, {SIGTSTP, "TSTP"}, {SIGTTIN, "TTIN"},
    {SIGTTOU, "TTOU"}, {SIGPWR, "PWR"},   {SIGPIPE, "PIPE"}, {SIGIO, "IO"},     {SIGWINCH, "WINCH"},
};

enum { SIGNAL_COUNT = sizeof(signals) / sizeof(signals[0]) };

static void write_name(char *buffer, size_t size, int number)
{
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (signals[i].number == number) {
            (void)snprintf(buffer, size, "%s", signals[i].name);
            return;
        }
    }
    if (number >= SIGRTMIN) {
        (void)snprintf(buffer, size, "RTMIN+%d", number - SIGRTMIN);
    } else {
        (void)snprintf(buffer, size, "%d", number);
    }
}

/* Returns the status to end with, or -1 to go on. */
static int find_status(char **argv, const char *name)
{
    size_t length = strlen(name);
    for (; *argv != NULL; argv++) {
        if (strncmp(*argv, name, length) == 0 && (*argv)[length] == '=') {
            return (int)helper_number(*argv + length + 1, 255);
        }
    }
    return -1;
}

int main(int argc, char **argv)
{
    sigset_t all;
    /* Not sigfillset(3), which leaves out 32 and 33. */
    memset(&all, 0xff, sizeof(all));
    if (argc < 1 || syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, _NSIG / 8) != 0) {
        err(2, "rt_sigprocmask");
    }
    helper_say("ready");
    for (;;) {
        char name[32];
        char line[64];
        int number = sigwaitinfo(&all, NULL);
        if (number < 0) {
            continue; /* it was stopped and goes on */
        }
        write_name(name, sizeof(name), number);
        (void)snprintf(line, sizeof(line), "got %s", name);
        helper_say(line);
        int status = find_status(argv + 1, name);
        if (status >= 0) {
            return status;
        }
    }
}
