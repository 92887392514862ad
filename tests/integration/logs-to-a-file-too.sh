# SPDX-License-Identifier: MIT
# With log_dir every line is also in sandbox-init.log there. In place of a directory that cannot be used there
# is one below /tmp, which is said. One that is deleted meanwhile is made again.
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
expect_log 'warning init: log files are in /tmp/sandbox-init-0/log: .*/run/far'
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon grep -q vscode-ipc-1.sock /tmp/sandbox-init-0/log/sandbox-init.log
# Deleted from under it, as a careless logrotate does.
rm -r /tmp/sandbox-init-0/log
"$HELPERS/binder" /tmp/vscode-ipc-2.sock
expect_soon grep -q vscode-ipc-2.sock /tmp/sandbox-init-0/log/sandbox-init.log
term
expect_status 0
refute_log 'trying again'
