# SPDX-License-Identifier: MIT
# The pid file is there while the program runs. A directory that others could change gets none.
start
expect_soon test -s /run/sandbox-init/pid
expect_same 1 "$(</run/sandbox-init/pid)"
term
expect_status 0
refute test -e /run/sandbox-init/pid

chmod 777 /run/sandbox-init
start
expect_log 'watching [0-9]+ director'
refute test -e /run/sandbox-init/pid
term
expect_status 0
printf '[init]\nruntime_dir =\n' >/etc/sandbox-init.ini
chmod 755 /run/sandbox-init
start
expect_log 'watching [0-9]+ director'
refute test -e /run/sandbox-init/pid
