# SPDX-License-Identifier: MIT
# When the main command ends by itself the container does, too, and everybody is asked first.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
start -- "$HELPERS/witness" USR1=5
background other inside "$HELPERS/witness" TERM=0
expect_soon grep -qx ready "$OUT"
expect_output other ready
kill_init USR1
expect_status 5
expect_output other 'got TERM'
