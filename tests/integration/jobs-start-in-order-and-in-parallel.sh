# SPDX-License-Identifier: MIT
# Each job and service starts as soon as all that it names in `after` is there: a job that is done, a service
# that runs. What does not wait for one another runs at the same time. A disabled one is not started, and
# nobody waits for it.
mkfifo /run/left /run/right /run/gate
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:last]
command = echo last >>/run/order; exec 3>&-
after = second server both
[job:second]
command = echo second >>/run/order
after = first
[job:first]
command = read line </run/gate; echo first >>/run/order
[service:server]
command = exec sleep 1000
after = first
[job:both]
command = true
after = one other
# Opening a fifo waits for the other side: these two end only if they run together.
[job:one]
command = echo left >/run/left; read line </run/right
[job:other]
command = read line </run/left; echo right >/run/right
[job:disabled]
command = echo disabled >>/run/order
enabled = no
[job:after-disabled]
command = echo there
after = disabled
END
start -v
expect_log 'job:one: done'
expect_log 'job:other: done'
expect_log 'job:after-disabled: done'
refute_log '(job:second|service:server|job:last): (started|waiting ->)'
refute test -e /run/order
echo go >/run/gate
expect_log 'job:last: done'
expect_same 'first second last' "$(paste -sd' ' /run/order)"
# The service was there, not done, when the last one began.
expect_same $'service:server: starting -> running\njob:last: waiting -> starting' \
    "$(grep -oE '(service:server: starting -> running|job:last: waiting -> starting)' "$LOG")"
refute_log 'service:server: .*(stopped|exit status)'
refute_log 'job:disabled: '
refute grep -q disabled /run/order
expect_running
