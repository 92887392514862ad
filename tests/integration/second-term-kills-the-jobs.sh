# SPDX-License-Identifier: MIT
# Who asks twice does not want to wait for the jobs either, nor for those that they wait for.
cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /run/log
stop_grace = 1h
[service:first]
command = exec $HELPERS/witness
[service:second]
command =
    $HELPERS/witness &
    exec $HELPERS/witness
after = first
stop_grace = 1h
[job:later]
command = exit 1
retries = 100
retry_delay = 1h
END
for main in "" "$HELPERS/witness"; do
    rm -rf /run/log
    start ${main:+-- $main}
    expect_log 'job:later: .*; again in 60 min'
    expect_soon grep -qs ' ready$' /run/log/first.log
    two_are_ready()
    {
        [ "$(grep -cs ' ready$' /run/log/second.log)" -eq 2 ]
    }
    expect_soon two_are_ready
    if [ -n "$main" ]; then
        expect_soon grep -qx ready "$OUT"
    fi
    term
    expect_log 'second \| got TERM'
    expect_running
    term
    if [ -n "$main" ]; then
        expect_status 137
    else
        expect_status 0
    fi
    refute_log 'first \| got TERM'
done
