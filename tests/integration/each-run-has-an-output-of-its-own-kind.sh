# SPDX-License-Identifier: MIT
# All runs of a job write into one pipe. It blocks, whatever the run before did to it (node makes it
# non-blocking), and whoever the job's user is can open it to write, as /dev/stdout and /dev/stderr, but not
# to read.
needs_root
needs_command python3
cat >/etc/sandbox-init.ini <<'END'
[job:twice]
shell = python3
retries = 1
retry_delay = 10ms
command =
    import fcntl, os, sys
    flags = fcntl.fcntl(1, fcntl.F_GETFL)
    print("flags", flags & (os.O_NONBLOCK | os.O_DIRECT), flush=True)
    fcntl.fcntl(1, fcntl.F_SETFL, flags | os.O_NONBLOCK | os.O_DIRECT)
    sys.exit(1)
[job:user]
user = 65534
command =
    echo to stderr >/dev/stderr; echo to stdout >/dev/stdout
    ! chmod 666 /proc/self/fd/1 2>/dev/null || echo changed
    if head -c 1 </dev/stdout; then echo stolen; fi
END
start
expect_log 'job:twice: failed'
expect_same 2 "$(grep -c '^twice . flags 0$' "$LOG")"
expect_log 'job:user: done'
expect_log '^user . to stderr$'
expect_log '^user . to stdout$'
refute_log '^user . (changed|stolen)$'
