# SPDX-License-Identifier: MIT
# Nobody but somebody who wants to keep it gives such a socket a second name.
start
expect_log 'watching [0-9]+ director'
kill_init STOP
"$HELPERS/binder" /tmp/vscode-ipc-1.sock /tmp/vscode-ipc-2.sock
ln /tmp/vscode-ipc-1.sock /tmp/kept
kill_init CONT
expect_log 'warning guard: /tmp/vscode-ipc-1.sock had 2 names: somebody made hard links'
expect_soon test ! -e /tmp/vscode-ipc-2.sock
term
expect_status 0
expect_log 'in all: .* 1 with hard links'
refute_log 'vscode-ipc-2.sock had'
