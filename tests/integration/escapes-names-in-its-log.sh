# SPDX-License-Identifier: MIT
# A name cannot forge a line, nor steer the terminal of whoever reads the log.
start
expect_log 'watching [0-9]+ director'
"$HELPERS/binder" $'/tmp/vscode-ipc-\n2026 sandbox-init info guard: forged\e[2J.sock'
"$HELPERS/binder" $'/tmp/vscode-ipc-\xff\xc3\xa4\r\x9b.sock'
touch $'/tmp/vscode-ipc-\x7f\\.sock'
expect_log 'alone: it is not a socket'
term
expect_status 0
refute grep -qP '[^\x20-\x7e]' "$LOG"
refute_log '^2026 sandbox-init info guard: forged'
expect_log 'vscode-ipc-[^ ]+n2026 sandbox-init info guard: forged'
