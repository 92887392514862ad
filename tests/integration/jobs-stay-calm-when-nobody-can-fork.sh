# SPDX-License-Identifier: MIT
# At the limit of processes a job cannot start: that is a failure like any other, said with its reason, and
# tried again; when there is room the next try succeeds. What runs goes on.
needs_root
needs_plain_program "it needs threads of its own"
needs_command prlimit
cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /tmp/log
runtime_dir =
[job:gate]
command = read line </tmp/gate
[job:patient]
command = echo started at last
after = gate
retries = 100
retry_delay = 10ms
[job:given-up]
command = touch /tmp/ran
after = gate
retries = 1
retry_delay = 10ms
[job:after-given-up]
command = touch /tmp/ran
after = given-up
[service:restarted]
command = exec sleep 1000
after = gate
start_limit = 0
restart_delay = 50ms
[service:running]
command = exec $HELPERS/witness TERM=0
END
mkfifo -m 666 /tmp/gate
start_as 54321
expect_log 'job:gate: started'
expect_log 'running \| ready'
inside_as 54321 prlimit --pid 1 --nproc=1:
echo go >/tmp/gate
expect_log 'warning job:patient: cannot start a process: Resource temporarily unavailable; again in 10 ms'
expect_log 'warning job:patient: cannot start a process: Resource temporarily unavailable; again in 40 ms'
expect_log 'error job:given-up: failed: cannot start a process: Resource temporarily unavailable'
expect_log 'warning job:after-given-up: skipped: job:given-up failed'
expect_log 'warning service:restarted: cannot start a process: .*; again in 100 ms'
expect_running
refute_log 'job:patient: (failed|started)'
inside_as 54321 prlimit --pid 1 --nproc=1000:
expect_log 'job:patient: done' 60
expect_log 'service:restarted: started' 60
expect grep -q ' started at last$' /tmp/log/patient.log
refute test -e /tmp/ran
# What runs needs no process to be stopped.
inside_as 54321 prlimit --pid 1 --nproc=1:
term
expect_status 0
expect_log 'running \| got TERM'
