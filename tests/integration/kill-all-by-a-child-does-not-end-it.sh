# SPDX-License-Identifier: MIT
# `kill -9 -1`, as an agent or a script of its may do it, ends everybody but PID 1.
start
background victim inside "$HELPERS/witness"
expect_output victim ready
inside sh -c 'kill -KILL -1'
status=0
join victim || status=$?
expect_same 137 "$status"
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
expect_running
term
expect_status 0

# With a main command the container ends with that.
start -- "$HELPERS/witness"
expect_soon grep -qx ready "$OUT"
# The killer itself is spared, until it is asked to stop as everybody is.
inside sh -c 'kill -KILL -1' || true
expect_status 137
