# SPDX-License-Identifier: MIT
# Whatever the main command does to PID 1 and to itself: the container lives on, or ends with the right
# status.
ulimit -c 0
# KILL and STOP do not reach PID 1 from within its namespace.
start -- sh -c 'kill -KILL 1; kill -STOP 1; exit 5'
expect_status 5
refute_log 'stopping'

# SEGV to it is a signal like any other: the main command's.
if [ -z "${SANDBOX_INIT_VALGRIND:-}" ]; then
    start -- sh -c 'kill -SEGV 1; exec sleep 1000'
    expect_status 139
    start -- "$HELPERS/witness" TERM=6
    expect_soon grep -qx ready "$OUT"
    inside sh -c 'kill -SEGV 1'
    expect_soon grep -qx 'got 11' "$OUT"
    term
    expect_status 6
fi

# TERM from a child is a request, and the log says whose it was.
start -- sh -c 'echo $$; kill -TERM 1; exec sleep 1000'
expect_status 143
expect_log "SIGTERM from pid $(head -n 1 "$OUT"): stopping"

# Another child than the main command is killed, or crashes: nobody's business.
start -- sh -c 'sh -c "kill -KILL \$\$"; sh -c "kill -SEGV \$\$"; (sh -c "kill -KILL \$\$" &); exit 6'
expect_status 6

# `kill -1` with a signal that can be caught reaches everybody but PID 1.
start -- "$HELPERS/witness" TERM=7
background other inside "$HELPERS/witness" TERM=0
expect_soon grep -qx ready "$OUT"
expect_output other ready
# It does not reach who sends it; but main then ends, and the init asks the sender, too, if it is still there.
inside sh -c 'kill -TERM -1' || true
expect_status 7
expect_output other 'got TERM'
refute_log 'SIGTERM from'
