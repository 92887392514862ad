# SPDX-License-Identifier: MIT
# While services run and say nothing, nothing is done: no timer, no polling.
needs_plain_program "they make system calls of their own"
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[service:one]
command = exec sleep 1000
[service:two]
command = echo there; exec sleep 1000
after = one done
timeout = 0
[job:done]
command = echo out; (sleep 1000) &
timeout = 1h
[job:failed]
command = exit 1
[job:running]
command = exec sleep 1000
timeout = 1h
[job:waiting]
command = true
after = running
END
switches()
{
    awk '/ctxt_switches:/ { n += $2 } END { print n }' "/proc/$INIT/status"
}

is_idle()
{
    local before
    before=$(switches)
    sleep 0.2
    [ "$(switches)" = "$before" ]
}

start -- sleep 1000
expect_log 'service:two: started'
expect_log 'two \| there'
expect_log 'job:done: done'
expect_log 'job:failed: failed'
expect_log 'job:running: started'
expect_soon is_idle

# A process that makes no system call and does not run is not switched to either.
before=$(switches)
sleep 2
expect_same "$before" "$(switches)"

needs_command strace
strace -f -qq -o /mnt/state/strace -p "$INIT" 2>/mnt/state/strace.error &
tracer=$!
is_traced()
{
    grep -q "^TracerPid:[[:space:]]*$tracer$" "/proc/$INIT/status"
}
wait_until 5 is_traced || skip "strace may not trace here: $(head -n 1 /mnt/state/strace.error)"
sleep 2
kill -s INT "$tracer"
wait "$tracer" || true
# What it waits in is interrupted by strace itself, and so begun anew once.
expect_same "" "$(grep -v 'epoll_p\?wait' /mnt/state/strace || true)"
expect test "$(wc -l </mnt/state/strace)" -le 2
