# SPDX-License-Identifier: MIT
# --wait ends with 0 when all jobs are done, says each change in a line where there is no terminal, takes who had
# nothing to do for success, waits for a service until it runs, and does not wait for services that were not named.
cat >/etc/sandbox-init.ini <<'END'
[job:first]
command = read line </run/gate
[job:second]
command = true
after = first
[job:unmet]
command = false
only_if_exists = /nowhere
[service:web]
command = exec sleep 1000
after = first
[service:never]
command = sleep 0.1; exit 1
start_limit = 0
[job:off]
command = true
enabled = no
END
mkfifo /run/gate
start
expect_log 'job:first: started'
background all inside "$PROGRAM" --wait
background web inside "$PROGRAM" --wait web second
expect_output all 'second: waiting for first'
expect_output all 'unmet: skipped: only_if_exists'
expect_output web 'web: waiting for first'
status=0
inside "$PROGRAM" --wait first --timeout 50ms 2>/mnt/state/said || status=$?
expect_same 124 "$status"
expect grep -q 'not done after .* (--timeout):' /mnt/state/said
expect grep -q '  first: running, pid' /mnt/state/said
echo go >/run/gate
expect join all
expect join web
expect grep -q '^first: done after' "$(output_of all)"
expect grep -q '^second: done after' "$(output_of all)"
refute grep -q '^\(web\|never\|off\): ' "$(output_of all)"
expect grep -q '^web: running, pid' "$(output_of web)"
# It is known already.
expect inside "$PROGRAM" --wait --timeout 5s
expect inside "$PROGRAM" --wait --quiet
status=0
inside "$PROGRAM" --wait off 2>&1 >/mnt/state/said || status=$?
expect_same 1 "$status"
expect grep -q '^off: not started$' /mnt/state/said
status=0
inside "$PROGRAM" --wait secnd 2>/mnt/state/said || status=$?
expect_same 64 "$status"
expect grep -q "did you mean 'second'?" /mnt/state/said
