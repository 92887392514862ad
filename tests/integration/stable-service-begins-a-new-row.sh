# SPDX-License-Identifier: MIT
# A service that failed only after it ran for 10 seconds begins a new row of failures: it is not given up, and
# the delay is the first one again.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[service:server]
command =
    echo run >>/run/runs
    test "$(wc -l </run/runs)" -ne 3 || sleep 10.5
    exit 1
start_limit = 3
restart_delay = 20ms
END
start
expect_log 'service:server: failed: exit status 1' 30
expect_same 'again in 20 ms,again in 40 ms,again in 20 ms,again in 40 ms' \
    "$(grep -oE 'service:server: .*; again in .*' "$LOG" | sed 's/.*; //' | paste -sd,)"
expect_same 5 "$(wc -l </run/runs)"
