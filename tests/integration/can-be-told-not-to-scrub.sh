# SPDX-License-Identifier: MIT
# With enabled = no nothing is watched and nothing removed, which the log says.
printf '[scrub]\nenabled = no\n' >/etc/sandbox-init.ini
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
start
"$HELPERS/binder" /tmp/vscode-ipc-2.sock
expect_log 'warning guard: off \(\[scrub\] enabled = no\)'
term
expect_status 0
expect test -S /tmp/vscode-ipc-1.sock -a -S /tmp/vscode-ipc-2.sock
