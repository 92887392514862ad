# SPDX-License-Identifier: MIT
# Who waits is told, and asks nothing meanwhile: neither it nor the init makes a system call while nothing happens.
needs_command strace
needs_plain_program "it counts system calls"
mkfifo /run/gate
printf '[job:work]\ncommand = read line </run/gate\n' >/etc/sandbox-init.ini
start
expect_log 'job:work: started'
background waiting inside "$PROGRAM" --wait
expect_output waiting '^work: running'
waiter=$(pgrep --ns "$INIT" --nslist pid -f -- '--wait')
expect test -n "$waiter"
status=0
timeout -s INT 2 strace -qq -f -o /mnt/state/calls -p "$waiter" -p "$INIT" 2>/mnt/state/said || status=$?
if grep -q 'not permitted' /mnt/state/said; then
    skip 'nobody may be traced here'
fi
expect_same '' "$(grep -vE 'resumed|unfinished|^[0-9]+ +(poll|epoll_p?wait|restart_syscall)\(' /mnt/state/calls || true)"
echo go >/run/gate
expect join waiting
