# SPDX-License-Identifier: MIT
# Nobody is run as somebody else than was asked for: an init that is not root, and a user that nobody knows,
# are errors of the configuration, which name the job. Nothing is started.
needs_root
printf 'agent:x:1234:1235::/home/agent:/bin/sh\n' >>/etc/passwd
write()
{
    cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /tmp/log
[job:first]
command = echo ran >/tmp/ran
[service:second]
command = echo ran >/tmp/ran
user = $1
END
}

write agent
start_as 4321 -- sh -c 'echo ran'
expect_status 78
expect_log 'service:second.*user = agent: only root can run programs as another user, and we are uid 4321'
refute grep -q ran "$OUT"
refute test -e /tmp/ran

write nobody-of-that-name
start -- sh -c 'echo ran'
expect_status 78
expect_log 'service:second.*user = nobody-of-that-name: no such user'
refute grep -q ran "$OUT"
refute test -e /tmp/ran

# Whom it is already it need not become.
write 4321
start_as 4321
expect_log 'job:first: done'
expect test -e /tmp/ran
