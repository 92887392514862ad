# SPDX-License-Identifier: MIT
# When more happens at once than the kernel keeps for us, nothing is lost but time.
limit=$(</proc/sys/fs/inotify/max_queued_events)
if [ "$limit" -gt 19000 ]; then
    skip "the event queue is too long here to be filled in a test: $limit"
fi
start
expect_log 'watching [0-9]+ director'
kill_init STOP
(cd /tmp && seq -f file-%.0f 20000 | xargs touch)
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect test -S /tmp/vscode-ipc-1.sock
kill_init CONT
expect_soon test ! -e /tmp/vscode-ipc-1.sock
expect_log 'warning guard: too many events at once'
# And it goes on.
"$HELPERS/binder" /tmp/vscode-ipc-2.sock
expect_soon test ! -e /tmp/vscode-ipc-2.sock
term
expect_status 0
expect_log 'in all: .* 1 overflows'
