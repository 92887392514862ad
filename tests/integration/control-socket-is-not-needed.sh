# SPDX-License-Identifier: MIT
# Where there can be no control socket that is said once, and all else works.
mkdir -p /run/sandbox-init
chmod 777 /run/sandbox-init
mkdir -m 777 /tmp/sandbox-init-0
start -- sleep 1000
expect_log 'warning init: no control socket: /run/sandbox-init: others can change'
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
expect_same 1 "$(grep -c 'control socket' "$LOG")"
term
expect_status 143
# Who wants none gets none, and nothing is said.
printf '[init]\nruntime_dir =\n' >/etc/sandbox-init.ini
start -- sleep 1000
expect_log 'watching [0-9]+ director'
expect_running
refute_log 'control'
term
expect_status 143
rm /etc/sandbox-init.ini
rmdir /tmp/sandbox-init-0
chmod 755 /run/sandbox-init
# Without /proc it works all the same.
given no-proc
start -- sleep 1000
expect_soon test -S /run/sandbox-init/control
expect "$HELPERS/asker" /run/sandbox-init/control status
