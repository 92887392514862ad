# SPDX-License-Identifier: MIT
# Without log_dir jobs log to /var/log/sandbox-init. An init that cannot write there, an ordinary user's or
# one on a read-only system, logs below /tmp/sandbox-init-UID, always in the same place, and says so.
needs_root
mount -n -t tmpfs -o mode=755 tmpfs /var/log
printf '[job:hello]\ncommand = echo hello; id -u\n' >/etc/sandbox-init.ini
start
expect_log 'job:hello: done'
expect grep -q ' hello$' /var/log/sandbox-init/hello.log
expect_same '755 0' "$(stat -c '%a %u' /var/log/sandbox-init)"
expect_same '644 0' "$(stat -c '%a %u' /var/log/sandbox-init/hello.log)"
expect inside_as 4321 cat /var/log/sandbox-init/hello.log
# Our own log has no file without being asked for one.
expect_same hello.log "$(ls /var/log/sandbox-init)"
refute_log 'log files are in'
term
expect_status 0

# An ordinary user, twice: the same place.
for runs in 1 2; do
    start_as 1234
    expect_log 'job:hello: done'
    expect_log 'log files are in /tmp/sandbox-init-1234/log: /var/log/sandbox-init: '
    expect_same "$runs" "$(grep -c ' hello$' /tmp/sandbox-init-1234/log/hello.log)"
    expect_same '700 1234' "$(stat -c '%a %u' /tmp/sandbox-init-1234)"
    refute inside_as 4321 ls /tmp/sandbox-init-1234/log
    term
    expect_status 0
done
expect_same 1 "$(grep -c ' hello$' /var/log/sandbox-init/hello.log)"

# Root, where nothing below /var can be written.
mount -n -o remount,ro /var/log
start
expect_log 'job:hello: done'
expect_log 'warning init: log files are in /tmp/sandbox-init-0/log: /var/log/sandbox-init: Read-only'
expect grep -q ' hello$' /tmp/sandbox-init-0/log/hello.log
expect inside_as 4321 cat /tmp/sandbox-init-0/log/hello.log
term
expect_status 0
umount -n /var/log
