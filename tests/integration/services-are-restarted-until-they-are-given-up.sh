# SPDX-License-Identifier: MIT
# A service that ended is started again, after a delay that doubles while it fails; after start_limit failures
# in a row it is given up. A success begins a new row. What a run left behind is ended before the next one.
cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /run/log
[service:failing]
command =
    if test -e /run/left; then
        kill -0 \$(cat /run/left) 2>/dev/null && echo it lives
    fi
    $HELPERS/witness TERM=0 >/dev/null &
    echo \$! >/run/left
    exit 5
start_limit = 4
restart_delay = 20ms
stop_grace = 1h
[service:mixed]
command =
    echo run >>/run/mixed
    case \$(wc -l </run/mixed) in
    3 | 6) exit 0 ;;
    esac
    exit 6
start_limit = 3
restart_delay = 10ms
END
start
expect_log 'error service:failing: failed: exit status 5 after'
expect_same 'again in 20 ms,again in 40 ms,again in 80 ms' \
    "$(grep -oE 'service:failing: .*; again in .*' "$LOG" | sed 's/.*; //' | paste -sd,)"
expect_same 4 "$(grep -c 'service:failing: started' "$LOG")"
expect_log 'service:failing: started, pid [0-9]+, try 4'
refute_log 'it lives'
none_left()
{
    ! inside pgrep -x witness
}
expect_soon none_left

# Twice two failures and a success, then three.
expect_log 'error service:mixed: failed: exit status 6 after'
expect_same 9 "$(wc -l </run/mixed)"
expect_running
