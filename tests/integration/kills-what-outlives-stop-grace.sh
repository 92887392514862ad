# SPDX-License-Identifier: MIT
# Who does not obey is killed when stop_grace is over, and the log says who that was.
printf '[init]\nstop_grace = 300ms\n' >/etc/sandbox-init.ini
start -- "$HELPERS/witness"
expect_soon grep -qx ready "$OUT"
term
expect_status 137
expect_log 'warning init: killing 1 process: witness \(pid [0-9]+\)'
expect grep -qx 'got TERM' "$OUT"

start
background stubborn inside "$HELPERS/witness"
expect_output stubborn ready
term
expect_status 0
expect_log 'warning init: killing 1 process: witness \(pid [0-9]+\)'
expect_output stubborn 'got TERM'
