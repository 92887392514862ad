# SPDX-License-Identifier: MIT
# A socket that is moved out of the watched directories before the program comes is gone for it: the log says
# so. One that is only renamed within them is not lost.
mkdir /tmp/below
start
expect_log 'watching [0-9]+ director'
kill_init STOP
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
mv /tmp/vscode-ipc-1.sock /tmp/innocent
kill_init CONT
expect_soon test ! -e /tmp/innocent
refute_log 'was moved out'
kill_init STOP
"$HELPERS/binder" /tmp/vscode-ipc-2.sock
mv /tmp/vscode-ipc-2.sock /tmp/below/kept
kill_init CONT
expect_log 'warning guard: a socket was moved out of the watched directories'
term
expect_status 0
expect_log 'in all: .* 1 moved away'
