# SPDX-License-Identifier: MIT
# Where the directory is read-only the socket stays: that is said once, not at every sweep, and counted once.
mkdir /run/fixed
"$HELPERS/binder" /run/fixed/vscode-ipc-1.sock
mount --bind /run/fixed /run/fixed
mount -o remount,bind,ro /run/fixed
printf '[scrub]\ndirs = @default /run/fixed\n' >/etc/sandbox-init.ini
given no-inotify # so it sweeps again and again
start
expect_log 'error guard: cannot remove /run/fixed/vscode-ipc-1.sock: unlink: Read-only file system'
for number in 1 2; do
    "$HELPERS/binder" "/tmp/vscode-ipc-$number.sock"
    expect_soon test ! -e "/tmp/vscode-ipc-$number.sock"
done
term
expect_status 0
expect_same 1 "$(grep -c 'cannot remove' "$LOG")"
expect_log 'in all: .* 1 failed'
