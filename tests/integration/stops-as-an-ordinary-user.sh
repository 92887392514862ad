# SPDX-License-Identifier: MIT
# PID 1 as an ordinary user: it asks and kills whom it may, and where it may not (root's), it says who is left
# and ends all the same, with the main command's status.
needs_root
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
start_as 1234 -- sh -c "(setsid $HELPERS/witness TERM=0 >/tmp/orphan &)
    exec $HELPERS/witness TERM=9"
background session inside_as 1234 "$HELPERS/witness" TERM=0
expect_soon grep -qx ready "$OUT"
expect_soon grep -qsx ready /tmp/orphan
expect_output session ready
term
expect_status 9
expect_same $'ready\ngot TERM' "$(</tmp/orphan)"
expect_output session 'got TERM'

printf '[init]\nstop_grace = 600ms\nkill_grace = 300ms\n' >/etc/sandbox-init.ini
start_as 1234 -- "$HELPERS/witness" TERM=8
background session inside_as 1234 "$HELPERS/witness"
background stranger inside "$HELPERS/witness"
expect_soon grep -qx ready "$OUT"
expect_output session ready
expect_output stranger ready
# The last one is root's: the kernel ends it with the namespace.
stranger=$(pgrep --ns "$INIT" --nslist pid -u 0 -x witness)
inside_number=$(awk '/^NSpid:/ { print $NF }' "/proc/$stranger/status")
term
expect_status 8
expect_output session 'got TERM'
refute grep -q got "$(output_of stranger)"
expect_log "warning init: killing 2 processes: .*witness \(pid $inside_number\)"
expect_log "warning init: even KILL did not end 1 process: witness \(pid $inside_number\)"
