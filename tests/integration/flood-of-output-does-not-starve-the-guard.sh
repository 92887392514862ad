# SPDX-License-Identifier: MIT
# Jobs that write as much as they can, 100 MB and on without an end, take no turn from the guard: sockets are
# revoked, other jobs run and are logged, and TERM stops it all.
needs_plain_program "it is about speed"
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:counted]
command = yes abcdefghi | head -c 100000000
echo = no
log_max_size = 1M
[service:lines]
command = exec yes
echo = no
log_max_size = 1M
after = counted
[service:echoed]
command = exec yes
log_max_size = 1M
after = counted
[service:bytes]
command = exec cat /dev/zero
echo = no
log_max_size = 1M
after = counted
[job:after]
command = echo I was there
after = lines echoed bytes
END
# Nobody reads the container's log.
mkfifo /run/full
exec {pipe}<>/run/full
given before 'exec 2>/run/full'
start
revoke_some()
{
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do
        "$HELPERS/binder" "/tmp/vscode-ipc-$1-$i.sock"
        expect_soon test ! -e "/tmp/vscode-ipc-$1-$i.sock"
    done
}
expect_soon grep -qs ' abcdefghi$' /run/log/counted.log
revoke_some 1
wait_until 40 grep -qs 'done after' /run/log/counted.log || fail "100 MB were never written"
# What the file begins with may be any line, but all are whole.
refute grep -Evq '^[0-9T:.Z-]{24} (abcdefghi|\[sandbox-init: .*\])$' /run/log/counted.log
expect test "$(stat -c %s /run/log/counted.log)" -le 1048576

expect_soon grep -qs ' I was there$' /run/log/after.log
is_flooded()
{
    [ -e /run/log/lines.log.3 ] && [ -e /run/log/echoed.log.3 ] && [ -e /run/log/bytes.log.3 ]
}
expect_soon is_flooded
revoke_some 2
term
expect_status 0
