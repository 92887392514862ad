# SPDX-License-Identifier: MIT
# A file system that is mounted over a watched directory later is seen, and what was below it when it goes
# again.
printf '[scrub]\ndirs = /run/a/b\n' >/etc/sandbox-init.ini
mkdir -p /run/a/b
start
expect_log 'watching [0-9]+ director'
gone_inside()
{
    inside test ! -e "$1"
}

inside mount -t tmpfs tmpfs /run/a/b
inside "$HELPERS/binder" /run/a/b/vscode-ipc-1.sock
expect_soon gone_inside /run/a/b/vscode-ipc-1.sock
inside mount -t tmpfs tmpfs /run/a
inside mkdir /run/a/b
inside "$HELPERS/binder" /run/a/b/vscode-ipc-2.sock
expect_soon gone_inside /run/a/b/vscode-ipc-2.sock
inside umount --lazy /run/a
inside umount --lazy /run/a/b
inside "$HELPERS/binder" /run/a/b/vscode-ipc-3.sock
expect_soon gone_inside /run/a/b/vscode-ipc-3.sock
