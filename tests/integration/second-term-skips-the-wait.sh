# SPDX-License-Identifier: MIT
# Who asks twice does not want to wait until the grace period of the stubborn is over.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
start -- "$HELPERS/witness"
expect_soon grep -qx ready "$OUT"
term
expect_soon grep -qx 'got TERM' "$OUT"
expect_running
term
expect_status 137

# The same without a main command, for a process that is nobody's child; and the second one can be another
# signal.
start
background stubborn inside "$HELPERS/witness"
expect_output stubborn ready
term
expect_output stubborn 'got TERM'
expect_running
kill_init INT
expect_status 0
