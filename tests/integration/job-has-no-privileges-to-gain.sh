# SPDX-License-Identifier: MIT
# no_new_privs: a set-uid program gives a job nothing. allow_privileges = yes is the exception for one.
needs_root
printf 'agent:x:1234:1235::/home/agent:/bin/sh\n' >>/etc/passwd
mkdir /run/bin
cp "$(command -v id)" /run/bin/id
chmod 4755 /run/bin/id
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
user = agent
[job:plain]
command = /run/bin/id -u; grep NoNewPrivs /proc/self/status
[job:trusted]
command = /run/bin/id -u; grep NoNewPrivs /proc/self/status
allow_privileges = yes
END
start
expect_log 'job:plain: done'
expect_log 'job:trusted: done'
expect_same $'1234\nNoNewPrivs:\t1' "$(grep -v sandbox-init /run/log/plain.log | sed 's/^[^ ]* //')"
expect_same $'0\nNoNewPrivs:\t0' "$(grep -v sandbox-init /run/log/trusted.log | sed 's/^[^ ]* //')"
