# SPDX-License-Identifier: MIT
# stderr is a pipe that is full and stays so: the guard goes on, TERM stops it, and the lines that were lost
# are counted as soon as somebody reads.
mkfifo /mnt/state/full
exec {pipe}<>/mnt/state/full
fill()
{
    dd if=/dev/zero of=/mnt/state/full bs=4096 oflag=nonblock conv=notrunc status=none 2>/dev/null || true
}

fill
given before 'exec 2>/mnt/state/full'
start
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
term
expect_status 0

start
"$HELPERS/binder" /tmp/vscode-ipc-2.sock
expect_soon test ! -e /tmp/vscode-ipc-2.sock
# Somebody reads: what was there, and the next lines.
cat <&"$pipe" >/mnt/state/read &
is_drained()
{
    [ "$(wc -c </mnt/state/read)" -ge 65536 ]
}
expect_soon is_drained
"$HELPERS/binder" /tmp/vscode-ipc-3.sock
expect_soon grep -aEq '[0-9]+ lines were lost' /mnt/state/read
expect_soon grep -aq vscode-ipc-3.sock /mnt/state/read
term
expect_status 0
