# SPDX-License-Identifier: MIT
# The number of inotify instances is the host user's, and may be used up: then it sweeps, and says so.
given no-inotify
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
start
expect_soon test ! -e /tmp/vscode-ipc-1.sock
expect_log 'error guard: no events: inotify: .*; raise fs.inotify.max_user_instances on the host'
expect_log 'error guard: degraded: not every directory can be watched; sweeping every second'
"$HELPERS/binder" /tmp/vscode-ipc-2.sock
expect_soon test ! -e /tmp/vscode-ipc-2.sock
mkdir -p /run/user/1000
"$HELPERS/binder" /run/user/1000/vscode-ipc-3.sock
expect_soon test ! -e /run/user/1000/vscode-ipc-3.sock
term
expect_status 0
expect_same 1 "$(grep -c degraded: "$LOG" || true)"
