# SPDX-License-Identifier: MIT
# Main ends, and before the program learns of it from the signal it looks around whether anybody is left: it
# must not take the zombie for nobody, and leave without what it has to say.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
start -- "$HELPERS/witness" USR1=9
expect_soon grep -qx ready "$OUT"
term
expect_soon grep -qx 'got TERM' "$OUT"
main=$(pgrep -P "$INIT" witness)
kill_init STOP
kill -s USR1 "$main"
expect_soon grep -q '^State:.Z' "/proc/$main/status"
# Time for its timer to be due, which it then finds together with the signal.
pause
pause
kill_init CONT
expect_status 9
