# SPDX-License-Identifier: MIT
# At the container's end the whole process group of each job and service gets its stop_signal, also who is
# stopped, and whoever has not ended after the job's own stop_grace is killed, long before the container's.
cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /run/log
stop_grace = 1h
[service:obedient]
command =
    $HELPERS/witness INT=0 >/run/obedient.child &
    until grep -q ready /run/obedient.child; do sleep 0.01; done
    kill -STOP \$!
    exec $HELPERS/witness INT=0
stop_signal = SIGINT
stop_grace = 1h
[job:stubborn]
command =
    $HELPERS/witness >/run/stubborn.child &
    exec $HELPERS/witness
stop_grace = 200ms
# Its own process ends at once, what it left behind does not.
[service:forsaken]
command =
    $HELPERS/witness >/run/forsaken.child &
    exec $HELPERS/witness TERM=3
stop_grace = 200ms
END
start
is_all_ready()
{
    grep -q ' ready$' /run/log/obedient.log && grep -q ' ready$' /run/log/stubborn.log &&
        grep -q ready /run/stubborn.child && grep -q ' ready$' /run/log/forsaken.log &&
        grep -q ready /run/forsaken.child
} 2>/dev/null
expect_soon is_all_ready
term
expect_status 0
expect_log 'info service:obedient: stopped after'
expect grep -qx 'got INT' /run/obedient.child
expect grep -q ' got INT$' /run/log/obedient.log
refute_log 'service:obedient: did not stop'
expect_log 'warning job:stubborn: did not stop in time: killed'
expect_log 'warning service:forsaken: did not stop in time: killed'
expect grep -qx 'got TERM' /run/stubborn.child
expect grep -qx 'got TERM' /run/forsaken.child
expect grep -q ' got TERM$' /run/log/stubborn.log
# Not the init's own grace period, which takes an hour.
refute_log 'killing [0-9]+ process'
