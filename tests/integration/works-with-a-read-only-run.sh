# SPDX-License-Identifier: MIT
# Where the pid file cannot be written it is not; everything else works.
given before 'mount -t tmpfs -o ro tmpfs /run'
start -- "$HELPERS/witness" TERM=0
expect_soon grep -qx ready "$OUT"
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
refute_log '(error|warning) init'
term
expect_status 0
