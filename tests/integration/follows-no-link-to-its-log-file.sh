# SPDX-License-Identifier: MIT
# Where others may write to the log's directory, they cannot lead the log into another file.
needs_root
mkdir -m 777 /run/logs
echo precious >/run/precious
ln -s /run/precious /run/logs/sandbox-init.log
printf '[init]\nlog_dir = /run/logs\n' >/etc/sandbox-init.ini
start
expect_log 'no log file in /run/logs: '
term
expect_status 0
expect_same precious "$(</run/precious)"
rm /run/logs/sandbox-init.log
ln /run/precious /run/logs/sandbox-init.log
start
expect_log 'no log file in /run/logs: '
term
expect_status 0
expect_same precious "$(</run/precious)"
