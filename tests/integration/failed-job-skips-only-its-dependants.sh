# SPDX-License-Identifier: MIT
# When a job fails, or a service is given up, those that come after it are skipped, and so are those after
# them, each with its reason. All others go on, and the container lives.
mkfifo /run/gate
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:bad]
command = exit 3
[job:child]
command = echo ran >/run/child
after = bad good
[job:grandchild]
command = echo ran >/run/grandchild
after = child
[job:good]
command = read line </run/gate
[job:after-good]
command = echo ran >/run/after-good
after = good
[service:lost]
command = true
directory = /run/nowhere
start_limit = 2
restart_delay = 10ms
[service:client]
command = echo ran >/run/client; exec sleep 1000
after = lost
[service:other]
command = exec sleep 1000
[job:after-other]
command = echo ran >/run/after-other
after = other
END
start -- sleep 1000
expect_log 'error job:bad: failed: exit status 3 after '
expect_log 'warning job:child: skipped: job:bad failed'
expect_log 'warning job:grandchild: skipped: job:child was skipped'
expect_log 'error service:lost: failed: .*directory = /run/nowhere: '
expect_log 'warning service:client: skipped: service:lost failed'
expect_log 'job:after-other: done'
echo go >/run/gate
expect_log 'job:after-good: done'
expect_same 'after-good after-other' "$(cd /run && echo after-* | paste -sd' ')"
refute test -e /run/child -o -e /run/grandchild -o -e /run/client
expect inside pgrep -x sleep
expect_running
term
expect_status 143
