# SPDX-License-Identifier: MIT
# Behind another init, as an ordinary user, on a terminal, and without /proc jobs and services run, are
# ordered, restarted, logged and stopped as anywhere else.
write()
{
    cat >/etc/sandbox-init.ini <<END
[init]
log_dir = $1
runtime_dir =
[job:first]
command = echo first
[service:server]
command =
    $HELPERS/witness TERM=0 &
    exec $HELPERS/witness TERM=0
after = first
[service:failing]
command =
    # Its children are orphans, and end with it.
    $HELPERS/witness TERM=0 >/dev/null &
    exit 5
start_limit = 2
restart_delay = 10ms
stop_grace = 1h
[job:bad]
command = exit 3
retries = 1
retry_delay = 10ms
[job:skipped]
command = true
after = bad
[job:last]
command = echo last
after = server
END
}

two_are_ready()
{
    [ "$(grep -cs ' ready$' "$1/server.log")" -eq 2 ]
}

check()
{
    local directory=$1
    shift
    write "$directory"
    "$@"
    expect_log 'job:last: done'
    expect_log 'service:failing: failed: exit status 5'
    expect_log 'job:skipped: skipped: job:bad failed'
    expect_soon two_are_ready "$directory"
    expect grep -q ' last$' "$directory/last.log"
    term
    expect_status 0
    expect_same 2 "$(grep -c ' got TERM$' "$directory/server.log")"
    expect_log 'service:server: stopped'
    refute_log 'did not stop in time|killing'
}

check /run/subreaper start_subreaper
check /run/foreground start --foreground
given terminal
check /run/terminal start --foreground
given nothing
if [ ${#sanitizer[@]} -eq 0 ]; then
    given no-proc
    check /run/no-proc start
    check /run/no-proc-subreaper start_subreaper
    given nothing
fi
if [ -z "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
    check /tmp/user start_as 1234
    check /tmp/user-subreaper start_subreaper_as 1235
    expect_same '1234 1235' "$(stat -c %u /tmp/user/last.log /tmp/user-subreaper/last.log | paste -sd' ')"
fi
