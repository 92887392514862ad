# SPDX-License-Identifier: MIT
# What the main command gets in place of a signal, or that it gets none, by options and by the configuration.
start -r TERM:QUIT --rewrite USR1:0 -- "$HELPERS/witness" QUIT=4
expect_soon grep -qx ready "$OUT"
kill_init USR1
kill_init USR2
expect_soon grep -qx 'got USR2' "$OUT"
term
expect_status 4
refute grep -Eq 'got (USR1|TERM)' "$OUT"

printf '[init]\nrewrite = TERM:HUP USR1:USR2\n' >/etc/sandbox-init.ini
start -- "$HELPERS/witness" HUP=5
expect_soon grep -qx ready "$OUT"
kill_init USR1
expect_soon grep -qx 'got USR2' "$OUT"
term
expect_status 5
