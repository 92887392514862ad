# SPDX-License-Identifier: MIT
# The main command goes first; what others do for it, they can still do until it is gone.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
start -- "$HELPERS/witness" USR1=3
background other inside "$HELPERS/witness" TERM=0
expect_soon grep -qx ready "$OUT"
expect_output other ready
term
expect_soon grep -qx 'got TERM' "$OUT"
# The other one would have to be slower than all of this not to have said it by now.
kill_init USR2
expect_soon grep -qx 'got USR2' "$OUT"
refute grep -q 'got TERM' "$(output_of other)"
kill_init USR1
expect_status 3
expect_output other 'got TERM'
