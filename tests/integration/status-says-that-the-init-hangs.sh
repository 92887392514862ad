# SPDX-License-Identifier: MIT
# Who asks an init that does not answer is told so, in time, and who asks one that is dead, too.
start
expect_log 'watching'
kill_init STOP
status=0
before=$SECONDS
inside "$PROGRAM" --status >/mnt/state/said 2>&1 || status=$?
expect_same 3 "$status"
expect test $((SECONDS - before)) -lt $((30 * slowness))
expect grep -q 'the init (pid 1) does not answer: it hangs, or was stopped' /mnt/state/said
kill_init CONT
expect inside "$PROGRAM" --status --quiet
kill_init KILL
expect_soon test -e "$STATE/status"
expect test -S /run/sandbox-init/control
run_here 3 --status
expect_log 'no init runs here: the one of /run/sandbox-init/control is dead'
