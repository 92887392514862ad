/* SPDX-License-Identifier: MIT */
/*
 * signame: signals by name, as people write them and as logs show them.
 *
 * Not strsignal(3) or sigabbrev_np(3): one is prose, the other not in every libc, and neither reads a name.
 */
#ifndef SANDBOX_INIT_SIGNAME_H
#define SANDBOX_INIT_SIGNAME_H

enum {
    SIGNAME_SIZE = 32, /* bytes that every name fits in, with its NUL */
    /* As Docker and most C libraries count. musl's SIGRTMIN is 35: RTMIN+3 would be another signal there. */
    SIGNAME_RTMIN = 34,
    SIGNAME_RTMAX = 64,
};

/*
 * The number of the signal TEXT: "TERM", "SIGTERM", "term", "15", "RTMIN+3", "SIGRTMAX-1" (kill(1)). Numbers
 * have neither a sign nor leading zeros. No signals are 0 and those between the standard and the real-time
 * ones, which the C library keeps for itself (signal(7)).
 * Returns 1 to SIGNAME_RTMAX, or -EINVAL for what is no signal.
 */
int signame_parse(const char *text);

struct signame_rewrite {
    int from;
    int to; /* 0: FROM is swallowed */
};

/*
 * Reads "FROM:TO", two signals as above or "0" for TO. FROM must be one that can be caught and that is not
 * kept for ourselves: not KILL, STOP, CHLD, PIPE. Returns 0 or -EINVAL; RET_REWRITE is untouched on failure.
 */
int signame_parse_rewrite(const char *text, struct signame_rewrite *ret_rewrite);

/*
 * Writes NUMBER's name: "SIGTERM", "SIGRTMIN+3", which signame_parse() reads, or "signal 99" for what is no
 * signal. Returns BUFFER.
 */
const char *signame_format(int number, char buffer[SIGNAME_SIZE]);

#endif
