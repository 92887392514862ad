# SPDX-License-Identifier: MIT
# With log_dir every line is also in sandbox-init.log there; a directory that cannot be used is said, and
# harms nothing; one that comes later is used then.
printf '[init]\nlog_dir = /run/logs\n' >/etc/sandbox-init.ini
start
expect_soon grep -q 'watching [0-9]* director' /run/logs/sandbox-init.log
term
expect_status 0
expect grep -q 'SIGTERM from outside: stopping' /run/logs/sandbox-init.log
expect_same 644 "$(stat -c %a /run/logs/sandbox-init.log)"

rm -r /run/logs
printf '[init]\nlog_dir = /run/far/logs\n' >/etc/sandbox-init.ini
start
expect_log 'warning init: no log file in /run/far/logs: No such file or directory; trying again'
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
mkdir -p /run/far
"$HELPERS/binder" /tmp/vscode-ipc-2.sock
expect_soon grep -q vscode-ipc-2.sock /run/far/logs/sandbox-init.log
# Deleted from under it, as a careless logrotate does.
rm -r /run/far/logs
"$HELPERS/binder" /tmp/vscode-ipc-3.sock
expect_soon grep -q vscode-ipc-3.sock /run/far/logs/sandbox-init.log
term
expect_status 0
expect_same 1 "$(grep -c 'trying again' "$LOG")"
