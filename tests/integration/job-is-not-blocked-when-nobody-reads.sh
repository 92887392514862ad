# SPDX-License-Identifier: MIT
# The container's stderr is a pipe that is full and stays so: a job that writes much goes on, its file has all
# of it, and TERM stops the container. The lines that the container's log lost are counted there.
mkfifo /run/full
exec {pipe}<>/run/full
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:writer]
command = seq 100000; echo written >/run/written
END
given before 'exec 2>/run/full'
start
expect_soon test -e /run/written
expect_soon grep -qs 'done after' /run/log/writer.log
expect_same "$(seq 100000)" "$(cut -c26- /run/log/writer.log | grep -v sandbox-init)"
# The guard goes on as well.
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
# Somebody reads: what was there, and, once there is room, the next lines.
cat <&"$pipe" >/run/read &
is_counted()
{
    "$HELPERS/binder" "/tmp/vscode-ipc-$RANDOM.sock" &&
        grep -aEq '[0-9]+ lines were lost: nobody read them' /run/read
}
expect_soon is_counted
expect_soon grep -aq ' guard: .*/tmp/vscode-ipc-' /run/read
term
expect_status 0
# Whole lines only, up to those of the program and the one that ended within.
refute grep -aEvq '^(writer \| [0-9]*|[0-9]{4}-.* sandbox-init .*)$' /run/read
