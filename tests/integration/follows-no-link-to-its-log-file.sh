# SPDX-License-Identifier: MIT
# No link or second name leads the log into another file, and a directory that others may write is not used.
needs_root
mkdir -m 755 /run/logs
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
rm /run/logs/sandbox-init.log
chmod 777 /run/logs
start
expect_log 'log files are in /tmp/sandbox-init-0/log: /run/logs: others can change what is in there'
term
expect_status 0
refute test -e /run/logs/sandbox-init.log
