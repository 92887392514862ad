# SPDX-License-Identifier: MIT
# only_if_exists and unless_exists are looked at when it is the job's turn, from its directory. Where one does
# not hold there was nothing to do: the job is skipped, what comes after it starts.
mkdir /run/project
touch /run/project/lock /run/there
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:make]
command = touch /run/made; rm /run/there
[job:installs]
command = touch /run/installs
directory = /run/project
only_if_exists = lock /run/made
unless_exists = /run/there modules
after = make
[job:lacks]
command = touch /run/lacks
directory = /run/project
only_if_exists = lock package.json
[service:has]
command = touch /run/has; exec sleep 1000
unless_exists = modules /run/project
[job:after-lacks]
command = touch /run/after-lacks
after = lacks has
END
start -- sleep 1000
expect_log 'job:after-lacks: done'
expect_log 'job:installs: done'
expect_log 'info job:lacks: skipped: only_if_exists: package.json is missing'
expect_log 'info service:has: skipped: unless_exists: /run/project is there'
expect test -e /run/after-lacks -a -e /run/installs
refute test -e /run/lacks -o -e /run/has
refute_log '(job:lacks|service:has): started'
expect grep -q 'skipped: only_if_exists: package.json is missing' /run/log/lacks.log
term
expect_status 143
