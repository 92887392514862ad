# SPDX-License-Identifier: MIT
# All runs of a job write into one pipe. It blocks, whatever the run before did to it (node makes it
# non-blocking), and it is the job's user's: /dev/stdout and /dev/stderr can be opened.
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
command = echo to stderr >/dev/stderr; echo to stdout >/dev/stdout
END
start
expect_log 'job:twice: failed'
expect_same 2 "$(grep -c '^twice . flags 0$' "$LOG")"
expect_log 'job:user: done'
expect_log '^user . to stderr$'
expect_log '^user . to stdout$'

# Who may not give it away goes on without.
given without-caps chown
printf '[job:user]\nuser = 65534\ncommand = echo to stdout\n' >/etc/sandbox-init.ini
start
expect_log 'job:user: done'
expect_log '^user . to stdout$'
