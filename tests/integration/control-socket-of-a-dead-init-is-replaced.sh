# SPDX-License-Identifier: MIT
# A control socket that a killed init left behind is replaced; that of a live one is not, nor is anything else.
CONTROL=/run/sandbox-init/control
start
expect_soon test -S $CONTROL
kill_init KILL
expect_soon test -e "$STATE/status" # of what ran it, which is not told the signal by all versions
expect test -S $CONTROL
start
expect_soon inside "$HELPERS/asker" $CONTROL status
expect_same 666 "$(stat -c %a $CONTROL)"

# A second one, which does all but this.
printf '[init]\n[job:mine]\ncommand = true\n' >/etc/second.ini
inode=$(stat -c %i $CONTROL)
background second program_here --foreground --config /etc/second.ini
expect_output second 'another init listens in /run/sandbox-init; give this one a runtime_dir'
expect_output second 'job:mine: done'
expect_same "$inode" "$(stat -c %i $CONTROL)"
kill -s TERM "${background_pid[second]}"
expect join second
expect_same "$inode" "$(stat -c %i $CONTROL)"
expect inside "$HELPERS/asker" $CONTROL status
term
expect_status 0

# What is no socket is somebody's.
echo precious >$CONTROL
start -- sleep 1000
expect_log 'no control socket in /run/sandbox-init: File exists'
expect_running
expect_same precious "$(<$CONTROL)"
term
expect_status 143
expect_same precious "$(<$CONTROL)"
