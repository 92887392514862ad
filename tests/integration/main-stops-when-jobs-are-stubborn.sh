# SPDX-License-Identifier: MIT
# Jobs that do not stop cannot use up the time of the others: when half of stop_grace is over the main command
# and all others are asked, too, and at its end whoever is left is killed.
cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /run/log
stop_grace = 1s
[service:stubborn]
command = exec $HELPERS/witness
stop_grace = 1h
[service:waiting]
command = exec $HELPERS/witness TERM=0
[service:last]
command = exec $HELPERS/witness
stop_grace = 1h
after = stubborn
END
start -- "$HELPERS/witness" TERM=4
expect_soon grep -qx ready "$OUT"
for name in stubborn waiting last; do
    expect_soon grep -qs ' ready$' /run/log/$name.log
done
term
expect_status 4
expect grep -qx 'got TERM' "$OUT"
expect_log 'warning init: killing 2 processes: '
expect_log 'service:waiting: stopped'
expect_log 'last \| got TERM'
expect_log 'stubborn \| got TERM'
