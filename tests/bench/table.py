#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""table.py RESULTS: what the bench measured, as a table, and which bars hold.

RESULTS has lines "MEASURE<TAB>CONTENDER<TAB>NUMBER". A number of nanoseconds means nothing on another machine
or on another day; what means something is how the contenders of one run compare. So each gets a ratio: how
many times the program's median is its median, with the 95 % interval of that (a bootstrap over the rounds).
"""
import math
import os
import random
import statistics
import sys
from collections import defaultdict

PROGRAM = "sandbox-init"
RESAMPLES = 300
ORDER = [PROGRAM, f"{PROGRAM}, no command", "first instruction", "tini-static", "tini", "dumb-init",
         "catatonit", "sleep infinity", "no init at all", "bare C loop", "inotifywait | rm", "svlogd -tt",
         "s6-log t", "... who ask another one", "... nobody asks", "no airlock", "strict"]
AS_FAST = 1.05  # what "as fast as" allows: two medians are never the same

# measure, title, unit, is a tail of interest
SECTIONS = [
    ("start", "start: from the fork to the main command", "us", True),
    ("stop_main", "stop: from SIGTERM to the main command's death", "us", True),
    ("stop", "stop: from SIGTERM to the end of PID 1", "us", True),
    ("burst", "10,000 orphans that end at once: until all are reaped", "ms", False),
    ("burst_cpu", "10,000 orphans that end at once: PID 1's CPU time", "ms", False),
    ("trickle", "one orphan: from its last instruction until it is reaped", "us", False),
    ("trickle_cpu", "one orphan: PID 1's CPU time", "us", False),
    ("rss", "idle: resident memory (VmRSS)", "kB", False),
    ("rss_anon", "idle: of which its own (RssAnon)", "kB", False),
    ("rss_file", "idle: of which pages of files (RssFile)", "kB", False),
    ("calls_5s", "idle: system calls in 5 s", "", False),
    ("calls_30s", "idle: system calls in 30 s", "", False),
    ("harmless", "a socket: from bind() until others cannot connect", "us", True),
    ("gone", "a socket: from bind() until it is gone", "us", True),
    ("apart_harmless", "... until others cannot connect, with a CPU for each side", "us", True),
    ("apart_gone", "... until it is gone, with a CPU for each side", "us", True),
    ("asked_harmless", "... until others cannot connect, while 100 clients ask for the state", "us", True),
    ("asked_gone", "... until it is gone, while 100 clients ask for the state", "us", True),
    ("answers", "... of which are answered in a second", "", False),
    ("irrelevant", "a file created, 20,000 in a row: scrubber's CPU time for each", "ns", False),
    ("passing", "a file created and removed: scrubber's CPU time for each", "ns", False),
    ("growth_time", "a flood of sockets: time for each until all are gone", "us", False),
    ("growth", "a flood of sockets: growth of RssAnon", "kB", False),
    ("growth_log", "a flood of sockets: bytes of log", "", False),
    ("growth_left", "a flood of sockets: left over", "", False),
    ("loglines_80", "a job's lines of 80 bytes: time for each until all are logged", "ns", False),
    ("loglines_80_cpu", "a job's lines of 80 bytes: logger's CPU time for each", "ns", False),
    ("loglines_20", "a job's lines of 20 bytes: time for each until all are logged", "ns", False),
    ("loglines_20_cpu", "a job's lines of 20 bytes: logger's CPU time for each", "ns", False),
    ("airlock_start", "airlock: from the fork to the command behind it", "us", True),
    ("airlock_spawn", "inside the airlock: start a process and wait for it", "us", False),
    ("airlock_connect", "inside the airlock: connect to a Unix socket with a path", "ns", False),
    ("airlock_open", "inside the airlock: open a file and close it", "ns", False),
    ("airlock_signal", "inside the airlock: signal itself", "ns", False),
]


class Results:
    """All numbers, by measure and contender, in the order of the rounds."""

    def __init__(self, lines):
        self.numbers = defaultdict(dict)
        for line in lines:
            measure, contender, number = line.rstrip("\n").split("\t")
            self.numbers[measure].setdefault(contender, []).append(float(number))
        self.random = random.Random(1)
        self.ratios = {}

    def median(self, measure, contender):
        return statistics.median(self.numbers[measure][contender])

    def ratio(self, measure, other, contender=PROGRAM):
        """Returns (ratio of the medians, low, high), or None without a ratio."""
        key = (measure, other, contender)
        if key not in self.ratios:
            self.ratios[key] = self.find_ratio(*key)
        return self.ratios[key]

    def find_ratio(self, measure, other, contender):
        ours, theirs = self.numbers[measure][contender], self.numbers[measure][other]
        if not self.median(measure, other):
            return None
        found = []
        for _ in range(RESAMPLES if len(ours) > 2 else 0):
            below = statistics.median(self.random.choices(theirs, k=len(theirs)))
            if below:
                found.append(statistics.median(self.random.choices(ours, k=len(ours))) / below)
        found.sort()
        middle = self.median(measure, contender) / self.median(measure, other)
        if not found:
            return middle, middle, middle
        return middle, found[int(len(found) * 0.025)], found[int(len(found) * 0.975)]

    def early(self, contender):
        """Returns how many early signals were lost, of how many, and the latest lost one's delay in us."""
        lost = self.numbers.get("early_lost", {}).get(contender, [])
        heard = self.numbers.get("early_heard", {}).get(contender, [])
        return len(lost), len(lost) + len(heard), max(lost, default=0)


def show_number(number):
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.1f}"


def show_ratio(ratio):
    if ratio is None:
        return ""
    if ratio[1] == ratio[2]:
        return f"{ratio[0]:.2f}x"
    return f"{ratio[0]:.2f}x ({ratio[1]:.2f} to {ratio[2]:.2f})"


def print_row(*cells):
    print("  {:<26}{:>12} {:<4}{:>12}   {}".format(*cells).rstrip())


def print_section(results, measure, title, unit, has_tail):
    contenders = results.numbers[measure]
    print(f"\n{title}")
    print_row("", "median", "", "99 %" if has_tail else "", f"{PROGRAM} is")
    for name in sorted(contenders, key=ORDER.index):
        numbers = sorted(contenders[name])
        tail = show_number(numbers[int(len(numbers) * 0.99)]) if has_tail else ""
        ratio = "" if name == PROGRAM else show_ratio(results.ratio(measure, name))
        print_row(name, show_number(results.median(measure, name)), unit, tail, ratio)


def print_early(results):
    print("\nSIGTERM 0 to 1,000 us after the exec of PID 1: signals that were lost")
    print_row("", "lost", "", "of", "the latest of them")
    heard, lost = results.numbers["early_heard"], results.numbers.get("early_lost", {})
    for name in sorted({*heard, *lost}, key=ORDER.index):
        count_lost, count, latest = results.early(name)
        latest = f"{latest:,.0f} us after the exec" if count_lost else ""
        print_row(name, show_number(count_lost), "", show_number(count), latest)


# ---- the bars ----

HOLDS, MISSED, UNSURE = "holds", "DOES NOT HOLD", "unsure"


def below(results, measure, other, limit):
    """The ratio must be at most LIMIT; where the interval has both sides of it, nobody knows."""
    ratio = results.ratio(measure, other)
    if ratio is None:
        return "nothing to compare with", UNSURE
    verdict = HOLDS if ratio[0] <= limit else MISSED
    if ratio[1] < limit < ratio[2]:
        verdict = f"{UNSURE}, rather {'yes' if ratio[0] <= limit else 'no'}"
    return show_ratio(ratio), verdict


def quicker(results, measure, other, times):
    """The program must be at least TIMES times as quick as OTHER: the inverse of below()."""
    middle, low, high = results.ratio(measure, other)
    _, verdict = below(results, measure, other, 1 / times)
    return f"{1 / middle:.1f} times ({1 / high:.1f} to {1 / low:.1f})", verdict


def at_most(number, limit, text):
    return text, HOLDS if number <= limit else MISSED


def find_bars(results):
    """Yields (measure it rests on, title, how to find what was measured and the verdict)."""
    calls = "calls_30s" if "calls_30s" in results.numbers else "calls_5s"
    sleep, bare, notify, tini = "sleep infinity", "bare C loop", "inotifywait | rm", "tini-static"

    def show_early():
        """What the kernel drops before the first instruction, no program can hear: that is the bar."""
        lost, count, _ = results.early(PROGRAM)
        best_lost, best_count, _ = results.early("first instruction")
        may = best_lost * count / best_count
        # Numbers of rare events scatter by their square root; so does their difference, by that of the sum.
        scatter = 2 * math.sqrt(lost + may)
        text = f"{lost} of {count:,}; the earliest possible program {best_lost} of {best_count:,}"
        return at_most(lost, may + scatter, text)

    def show_stop():
        stop_ms = results.median("stop", PROGRAM) / 1000
        return at_most(stop_ms, 500, f"{stop_ms:.1f} ms")

    def show_calls():
        number = results.median(calls, PROGRAM)
        return at_most(number, 0, show_number(number))

    yield "rss", "resident memory, idle: below sleep infinity", lambda: below(results, "rss", sleep, 1)
    yield calls, f"system calls while idle: 0 in {calls[6:-1]} s", show_calls
    yield "gone", "bind() to gone: 1.5x the bare loop", lambda: below(results, "gone", bare, 1.5)
    yield "gone", "... a CPU for each side", lambda: below(results, "apart_gone", bare, 1.5)
    yield "gone", "bind() to gone: 20x quicker than inotifywait", lambda: quicker(results, "gone", notify, 20)
    yield "gone", "... a CPU for each side", lambda: quicker(results, "apart_gone", notify, 20)
    yield "asked_gone", "... while 100 clients ask: 2x nobody's asking", lambda: below(
        results, "asked_gone", "... nobody asks", 2)
    yield "irrelevant", "an irrelevant event: 2x the bare loop", lambda: below(results, "irrelevant", bare, 2)
    yield "passing", "... created and removed", lambda: below(results, "passing", bare, 2)
    yield "start", "start: 1.5x tini, static against static", lambda: below(results, "start", tini, 1.5)
    yield "early_heard", "early SIGTERM: lost as by the earliest program", show_early
    yield "burst", "10,000 orphans: as fast as tini", lambda: below(results, "burst", tini, AS_FAST)
    yield "stop", "stop with nothing stubborn: below 0.5 s", show_stop
    for length in "80", "20":
        for logger in "svlogd -tt", "s6-log t":
            measure, title = f"loglines_{length}", f"a job's lines of {length} bytes: as fast as {logger}"
            yield measure, title, lambda m=measure, o=logger: below(results, m, o, 1)


def print_bars(results):
    print("\nwhat it must reach")
    for measure, title, find in find_bars(results):
        text, verdict = find() if measure in results.numbers else ("", "not measured")
        print(f"  {title:<48} {verdict:<18} {text}".rstrip())


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: table.py RESULTS")
    with open(sys.argv[1], encoding="utf-8") as file:
        results = Results(file)
    machine = os.uname()
    print(f"{machine.sysname} {machine.release}, {machine.machine}, {os.cpu_count()} CPUs; "
          f"load at the end {os.getloadavg()[0]:.1f}")
    print("ratio: the program's median by the other's, with its 95 % interval; below 1 the program is better")
    for section in SECTIONS:
        if section[0] in results.numbers:
            print_section(results, *section)
        if section[0] == "stop" and "early_heard" in results.numbers:
            print_early(results)
    print_bars(results)


main()
