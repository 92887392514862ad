# SPDX-License-Identifier: MIT
# When the container goes down, who waits for a job learns that it was stopped, who asks for the state is told so,
# and who wants to start something is refused.
cat >/etc/sandbox-init.ini <<'END'
[job:work]
command = trap '' TERM; read line </run/gate
stop_grace = 20s
[service:web]
command = exec sleep 1000
END
mkfifo /run/gate
start -- "$HELPERS/witness" TERM=0
expect_log 'job:work: started'
background waiting inside "$PROGRAM" --wait
expect_output waiting '^work: running'
term
expect_output waiting '^work: stopping$'
inside "$PROGRAM" --status >/mnt/state/said || true
expect grep -q '^init .*, going down, sandbox-init' /mnt/state/said
expect grep -q '^work .* stopping' /mnt/state/said
status=0
inside "$PROGRAM" --start web >/mnt/state/said 2>&1 || status=$?
expect_same 1 "$status"
expect grep -q 'going down: nothing is started any more' /mnt/state/said
expect inside "$PROGRAM" --stop web
echo go >/run/gate
status=0
join waiting || status=$?
# It may be asked to end itself before it hears of that.
expect test "$status" -eq 1 -o "$status" -eq 3 -o "$status" -eq 143
