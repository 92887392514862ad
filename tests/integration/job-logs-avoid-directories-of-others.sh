# SPDX-License-Identifier: MIT
# A directory that others control, or a link that stands in its place, is not used for logs: nothing of theirs
# is written, and no forgery of theirs is taken for ours. Where no place is left jobs run all the same, and
# their output is on the container's log.
needs_root
mount -n -t tmpfs -o mode=755 tmpfs /var/log
cat >/etc/sandbox-init.ini <<'END'
[job:hello]
command = echo hello
[job:after]
command = true
after = hello
END
check()
{
    start
    expect_log 'job:after: done'
    expect_log 'hello \| hello'
    expect_log "$1"
    term
    expect_status 0
    rm -rf /tmp/sandbox-init-0 /var/log/sandbox-init
}
elsewhere='warning init: log files are in /tmp/sandbox-init-0/log: /var/log/sandbox-init: '
mkdir /var/log/sandbox-init
chown 1234 /var/log/sandbox-init
check "${elsewhere}belongs to uid 1234"
mkdir -m 1777 /var/log/sandbox-init
chmod 1777 /var/log/sandbox-init
check "${elsewhere}others can change what is in there"
mkdir /run/target
ln -s /run/target /var/log/sandbox-init
check "${elsewhere}is a symbolic link"
chmod 777 /var/log
check 'warning init: log files are in /tmp/sandbox-init-0/log: /var/log: '
chmod 755 /var/log

# Squatters in /tmp, too: nowhere is left.
mount -n -o remount,ro /var/log
mkdir -m 777 /tmp/sandbox-init-0
chown 1234 /tmp/sandbox-init-0
check 'warning init: no log files: .*/tmp/sandbox-init-0: belongs to uid 1234'
ln -s /run/target /tmp/sandbox-init-0
check 'warning init: no log files: .*/tmp/sandbox-init-0: is a symbolic link'
mkdir /tmp/sandbox-init-0
mkdir -m 777 /tmp/sandbox-init-0/log
chmod 777 /tmp/sandbox-init-0/log
check 'warning init: no log files: .*/tmp/sandbox-init-0/log: others can change'
expect_same '' "$(ls /run/target)"

# As an ordinary user, where somebody was quicker to take the name.
mkdir -m 755 /tmp/sandbox-init-1234
chown 4321 /tmp/sandbox-init-1234
start_as 1234
expect_log 'job:after: done'
expect_log 'warning init: no log files: .*/tmp/sandbox-init-1234: belongs to uid 4321'
expect_same '' "$(ls /tmp/sandbox-init-1234)"
term
expect_status 0
