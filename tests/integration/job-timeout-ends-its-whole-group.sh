# SPDX-License-Identifier: MIT
# A run that takes longer than `timeout` is a failure. Its whole process group gets stop_signal, also who is
# stopped; who has not ended after stop_grace is killed, before the next try begins.
cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /run/log
[job:polite]
command =
    $HELPERS/witness TERM=7 >/run/polite.child &
    until grep -q ready /run/polite.child; do sleep 0.01; done
    kill -STOP \$!
    exec $HELPERS/witness TERM=0
timeout = 2s
stop_grace = 1h
[job:stubborn]
command =
    if pgrep -x witness -g 0; then
        echo of a former try >/run/left
    fi
    $HELPERS/witness >/run/stubborn.child &
    exec $HELPERS/witness
timeout = 2s
stop_signal = USR1
stop_grace = 100ms
retries = 1
retry_delay = 10ms
END
start
# A success in the end does not make up for it.
expect_log 'warning job:polite: not done after .* \(timeout\): stopping it'
expect_log 'error job:polite: failed: timed out after '
expect grep -qx 'got TERM' /run/polite.child
expect grep -q ' got TERM$' /run/log/polite.log

expect_log 'warning job:stubborn: did not stop in time: killed'
expect_log 'warning job:stubborn: timed out after .*; again in 10 ms'
expect_log 'error job:stubborn: failed: timed out after '
expect grep -qx 'got USR1' /run/stubborn.child
expect_same 2 "$(grep -c ' got USR1$' /run/log/stubborn.log)"
refute test -e /run/left
none_left()
{
    ! inside pgrep -x witness
}
expect_soon none_left
expect_running
