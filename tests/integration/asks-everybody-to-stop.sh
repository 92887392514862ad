# SPDX-License-Identifier: MIT
# TERM goes to every process in the container, those of `docker exec` included, so that editors and databases
# save. Also to one that is stopped just now.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
start
background editor inside "$HELPERS/witness" TERM=0
expect_output editor ready
witness="$HELPERS/witness TERM=0"
background session inside sh -c "$witness >/tmp/frozen & echo \$!; exec $witness"
expect_output session ready
expect_soon grep -qx ready /tmp/frozen
frozen=$(head -n 1 "$(output_of session)")
inside kill -s STOP "$frozen"
expect_soon inside grep -q '^State:.T' "/proc/$frozen/status"
term
expect_status 0
expect_output editor 'got TERM'
expect_output session 'got TERM'
expect grep -qx 'got TERM' /tmp/frozen
