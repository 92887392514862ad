# SPDX-License-Identifier: MIT
# Behind another init it works, and says what it cannot do there.
start_subreaper
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
term
expect_status 0
expect_log 'warning init: not PID 1, that is [a-z]+: only our own descendants'
expect_same 1 "$(grep -c 'not PID 1' "$LOG")"

start
expect_log 'watching [0-9]+ director'
term
expect_status 0
refute_log 'not PID 1'
