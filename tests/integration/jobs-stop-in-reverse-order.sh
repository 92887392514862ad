# SPDX-License-Identifier: MIT
# At the container's end each job and service is asked to stop when all that come after it have ended; then
# the main command; then who was started by `docker exec`. What is not connected is asked at once.
cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /run/log
stop_grace = 1h
[service:database]
command = exec $HELPERS/witness TERM=0
[service:server]
command = exec $HELPERS/witness USR1=0
after = database
stop_grace = 1h
[job:client]
command = exec $HELPERS/witness USR1=0
after = server
stop_grace = 1h
[service:other]
command = exec $HELPERS/witness TERM=0
END
start -- "$HELPERS/witness" TERM=3
background exec inside "$HELPERS/witness" TERM=0
expect_output exec ready
expect_soon grep -qx ready "$OUT"
for name in database server client other; do
    expect_soon grep -qs ' ready$' /run/log/$name.log
done
term
expect_log 'client \| got TERM'
expect_log 'service:other: stopped'
refute_log '(server|database) \| got TERM'
pid_of()
{
    grep -oE "(job|service):$1: started, pid [0-9]+" "$LOG" | grep -oE '[0-9]+$'
}
inside bash -c "kill -USR1 $(pid_of client)"
expect_log 'server \| got TERM'
refute_log 'database \| got TERM'
refute grep -q 'got TERM' "$OUT"
refute grep -q 'got TERM' "$(output_of exec)"
# Who is asked to stop is not started again. (This shell may not outlive the container.)
inside bash -c "kill -USR1 $(pid_of server)" || true
expect_status 3
expect_log 'database \| got TERM'
expect grep -qx 'got TERM' "$OUT"
expect_output exec 'got TERM'
expect_same 'client: stopped server: stopped database: stopped' \
    "$(grep -oE '(client|server|database): stopped' "$LOG" | paste -sd' ')"
expect_same 3 "$(grep -cE '(job:client|service:server|service:database): started' "$LOG")"
