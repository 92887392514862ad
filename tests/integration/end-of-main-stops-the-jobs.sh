# SPDX-License-Identifier: MIT
# When the main command ends, jobs and services are stopped in the same way, and its status stays the
# container's. Nothing is started any more.
cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /run/log
[service:server]
command = exec $HELPERS/witness TERM=5
[job:endless]
command = exec $HELPERS/witness TERM=0
after = server
[job:next]
command = echo ran >/run/ran
after = endless
[job:fails]
command = exit 1
retries = 100
retry_delay = 1h
END
start -- "$HELPERS/witness" USR1=42
expect_soon grep -qx ready "$OUT"
expect_soon grep -qs ' ready$' /run/log/server.log
expect_soon grep -qs ' ready$' /run/log/endless.log
expect_log 'job:fails: .*; again in'
kill_init USR1
expect_status 42
expect_log 'server \| got TERM'
expect_log 'endless \| got TERM'
refute_log '(server|endless) \| got USR1'
expect_log 'service:server: stopped'
expect_log 'job:endless: stopped'
refute test -e /run/ran
expect_same 1 "$(grep -c 'service:server: started' "$LOG")"
