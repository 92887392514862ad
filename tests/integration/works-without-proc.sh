# SPDX-License-Identifier: MIT
# Without /proc the guard revokes, though it cannot notice later mounts, which it says; and everybody is
# stopped.
if [ ${#sanitizer[@]} -gt 0 ]; then
    skip "sanitizers need /proc"
fi
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
given no-proc
start -- "$HELPERS/witness" TERM=7
expect_soon grep -qx ready "$OUT"
background other inside "$HELPERS/witness" TERM=0
expect_output other ready
expect_log 'warning guard: a directory that is mounted over later will not be noticed'
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
inside sh -c '(sleep 1000 &) && exit 0'
term
expect_status 7
expect_output other 'got TERM'
