# SPDX-License-Identifier: MIT
# stderr is a pipe whose reader has ended: SIGPIPE does not end the program, as PID 1 or not.
given before 'exec 2> >(exec true); wait $!'
for how in start start_subreaper; do
    "$how" -- "$HELPERS/witness" TERM=0
    expect_soon grep -qx ready "$OUT"
    "$HELPERS/binder" /tmp/vscode-ipc-1.sock
    expect_soon test ! -e /tmp/vscode-ipc-1.sock
    refute grep -q 'got PIPE' "$OUT"
    term
    expect_status 0
done
