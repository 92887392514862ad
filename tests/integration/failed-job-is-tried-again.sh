# SPDX-License-Identifier: MIT
# A job that fails is tried again as often as `retries` says, after a delay that doubles each time; it is done
# as soon as one try succeeds. What comes after it waits for that.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:third-time]
command = echo try >>/run/tries; test $(wc -l </run/tries) -ge 3
retries = 5
retry_delay = 20ms
[job:never]
command = echo try >>/run/never; kill -KILL $$
retries = 3
retry_delay = 30ms
[job:after]
command = cp /run/tries /run/seen
after = third-time
END
start
expect_log 'job:after: done'
expect_same 3 "$(wc -l </run/tries)"
expect_same 3 "$(wc -l </run/seen)"
expect_log 'error job:never: failed: ended by (SIG)?KILL after '
expect_same 4 "$(wc -l </run/never)"
again_of()
{
    grep -oE "warning job:$1: .*; again in .*" "$LOG" | sed 's/.*; //' | paste -sd,
}
expect_same 'again in 20 ms,again in 40 ms' "$(again_of third-time)"
expect_same 'again in 30 ms,again in 60 ms,again in 120 ms' "$(again_of never)"
expect_log 'job:never: started, pid [0-9]+, try 4'
expect_same 4 "$(grep -c 'ended by' /run/log/never.log)"
expect_running
