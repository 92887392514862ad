/* SPDX-License-Identifier: MIT */
#include "sandbox_init/signame.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const names[] = {
    [SIGHUP] = "HUP",       [SIGINT] = "INT",     [SIGQUIT] = "QUIT",     [SIGILL] = "ILL",
    [SIGTRAP] = "TRAP",     [SIGABRT] = "ABRT",   [SIGBUS] = "BUS",       [SIGFPE] = "FPE",
    [SIGKILL] = "KILL",     [SIGUSR1] = "USR1",   [SIGSEGV] = "SEGV",     [SIGUSR2] = "USR2",
    [SIGPIPE] = "PIPE",     [SIGALRM] = "ALRM",   [SIGTERM] = "TERM",     [SIGCHLD] = "CHLD",
    [SIGCONT] = "CONT",     [SIGSTOP] = "STOP",   [SIGTSTP] = "TSTP",     [SIGTTIN] = "TTIN",
    [SIGTTOU] = "TTOU",     [SIGURG] = "URG",     [SIGXCPU] = "XCPU",     [SIGXFSZ] = "XFSZ",
    [SIGPROF] = "PROF",     [SIGSYS] = "SYS",     [SIGVTALRM] = "VTALRM", [SIGIO] = "IO",
    [SIGPWR] = "PWR",       [SIGWINCH] = "WINCH",
#ifdef SIGSTKFLT
    [SIGSTKFLT] = "STKFLT",
#endif
#ifdef SIGEMT
    [SIGEMT] = "EMT",
#endif
};

enum { NAMES_COUNT = sizeof names / sizeof names[0] };

static bool has_name(int number)
{
    return number > 0 && number < NAMES_COUNT && names[number] != NULL;
}

static bool is_real_time(int number)
{
    return number >= SIGNAME_RTMIN && number <= SIGNAME_RTMAX;
}

/* Reads digits to the end of TEXT. Returns the number, or -EINVAL. */
static int parse_number(const char *text, int max)
{
    const bool has_leading_zero = text[0] == '0' && text[1] != '\0'; /* octal to some */
    if (text[0] < '0' || text[0] > '9' || has_leading_zero) {
        return -EINVAL;
    }
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10); /* ULONG_MAX for what is too large */
    return *end == '\0' && value <= (unsigned long)max ? (int)value : -EINVAL;
}

/* "RTMIN", "RTMIN+3", "RTMAX-1". Returns the number, or -EINVAL. */
static int parse_real_time(const char *text)
{
    const int span = SIGNAME_RTMAX - SIGNAME_RTMIN;
    const bool from_min = strncasecmp(text, "RTMIN", 5) == 0;
    if (!from_min && strncasecmp(text, "RTMAX", 5) != 0) {
        return -EINVAL;
    }
    int distance = 0;
    if (text[5] != '\0') {
        distance = text[5] == (from_min ? '+' : '-') ? parse_number(text + 6, span) : -EINVAL;
    }
    if (distance < 0) {
        return -EINVAL;
    }
    return from_min ? SIGNAME_RTMIN + distance : SIGNAME_RTMAX - distance;
}

int signame_parse(const char *text)
{
    const int number = parse_number(text, SIGNAME_RTMAX);
    if (number >= 0) {
        return has_name(number) || is_real_time(number) ? number : -EINVAL;
    }
    if (strncasecmp(text, "SIG", 3) == 0) {
        text += 3;
    }
    for (int i = 1; i < NAMES_COUNT; i++) {
        if (has_name(i) && strcasecmp(text, names[i]) == 0) {
            return i;
        }
    }
    return parse_real_time(text);
}

static bool can_be_rewritten(int number)
{
    return number > 0 && number != SIGKILL && number != SIGSTOP && number != SIGCHLD && number != SIGPIPE;
}

int signame_parse_rewrite(const char *text, struct signame_rewrite *ret_rewrite)
{
    const size_t length = strcspn(text, ":");
    char first[SIGNAME_SIZE];
    if (text[length] != ':' || length >= sizeof first) {
        return -EINVAL;
    }
    memcpy(first, text, length);
    first[length] = '\0';
    const char *second = text + length + 1;
    const int from = signame_parse(first);
    const int to = strcmp(second, "0") == 0 ? 0 : signame_parse(second);
    if (!can_be_rewritten(from) || to < 0) {
        return -EINVAL;
    }
    *ret_rewrite = (struct signame_rewrite){.from = from, .to = to};
    return 0;
}

const char *signame_format(int number, char buffer[SIGNAME_SIZE])
{
    if (has_name(number)) {
        snprintf(buffer, SIGNAME_SIZE, "SIG%s", names[number]);
    } else if (is_real_time(number)) {
        snprintf(buffer, SIGNAME_SIZE, "SIGRTMIN+%d", number - SIGNAME_RTMIN);
    } else {
        snprintf(buffer, SIGNAME_SIZE, "signal %d", number);
    }
    return buffer;
}
