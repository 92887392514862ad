/* SPDX-License-Identifier: MIT */
/*
 * crowd: everybody who has to end before the container can, and the only place that addresses them together.
 *
 * As PID 1 that is every process of the namespace, those that 'docker exec' started included: they are
 * nobody's children here, and without us they would get no signal but the kernel's KILL. Elsewhere it is our
 * own children, and what they leave to us as their subreaper (prctl(2)): kill(-1) would reach the whole
 * machine.
 */
#ifndef SANDBOX_INIT_CROWD_H
#define SANDBOX_INIT_CROWD_H

#include "sandbox_init/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    CROWD_TOLD_MAX = 256, /* children remembered as asked, where we are not PID 1; more may be asked again */
};

struct crowd {
    bool owns_all;     /* PID 1: the whole namespace */
    bool is_asked;     /* from now on whoever becomes ours is asked too */
    bool is_killed;    /* or killed */
    pid_t asked_group; /* a process group that was asked before, by who knew better how; 0: none */
    pid_t told[CROWD_TOLD_MAX];
    size_t told_count;
};

/* MAY_OWN_ALL: false leaves everybody but our own children alone, even as PID 1. */
void crowd_init(struct crowd *crowd, bool may_own_all);

/*
 * Asks one process, which got TERM, once more in the way that it obeys: who ignores TERM gets HUP, as
 * interactive shells expect (bash(1), "SIGNALS"; systemd.kill(5), SendSIGHUP=), and who is stopped CONT.
 * Does nothing without /proc.
 */
void crowd_insist(pid_t pid);

/* Continues those of the process group GROUP who are stopped, and no others. Does nothing without /proc. */
void crowd_wake_group(pid_t group);

/*
 * Asks the process group GROUP as crowd_ask() asks everybody, but not EXCEPT, who knows already. Without
 * /proc nobody can be left out.
 */
void crowd_ask_group(const struct crowd *crowd, pid_t group, pid_t except);

/*
 * Asks everybody to end: TERM, CONT for those who are stopped, and crowd_insist(). The process group
 * ASKED_GROUP was asked already and is left out where /proc tells who is in it; 0: none was.
 */
void crowd_ask(struct crowd *crowd, pid_t asked_group);

/* Kills everybody. */
void crowd_kill(struct crowd *crowd);

/* Asks or kills those who became ours since. To be called now and then, while somebody is left. */
void crowd_follow(struct crowd *crowd);

/* Is nobody left? Zombies of parents outside the namespace do not count, where /proc tells. */
bool crowd_is_gone(const struct crowd *crowd);

/* A child with this pid was reaped: the number may stand for another one from now on. */
void crowd_forget(struct crowd *crowd, pid_t pid);

/*
 * Says who is left, as "<WHAT> 2 processes: bash (pid 7), node (pid 9)". Nothing where nobody is. Where we
 * are not PID 1 those are our descendants: each becomes our child when its parent is killed.
 */
void crowd_say_left(const struct crowd *crowd, struct log *log, const char *what);

#endif
