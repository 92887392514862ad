# SPDX-License-Identifier: MIT
# confine: a job or service runs behind the airlock, with its attacks refused that work without. What this kernel
# lacks is said once; under strict a wall that is missing is a failure, and allow_unix is looked for at the start.
needs_root
needs_plain_program "the program is not what is tested here"
explained=$("$PROGRAM" --exec --explain --json)
grep -Eq '"wall": "signals", "state": "holds"' <<<"$explained" ||
    skip "this kernel has no Landlock scopes (Linux 6.12)"
echo 'agent:x:1234:1234::/tmp/yard:/bin/sh' >>/etc/passwd
mkdir -m 777 /tmp/yard /tmp/yard/outside
cat >/etc/sandbox-init.ini <<INI
[service:outside]
user = agent
command = exec $HELPERS/airlock outside /tmp/yard/outside
echo = no
[job:ready]
user = agent
command = until [ -s /tmp/yard/outside/pid ] && [ -e /tmp/yard/outside/vscode-ipc-1.sock ]; do sleep 0.02; done
after = outside
[job:bare]
user = agent
after = ready
command = $HELPERS/airlock attack /tmp/yard/outside
[job:auto]
user = agent
after = bare
confine = auto
command = $HELPERS/airlock attack /tmp/yard/outside
[job:strict]
user = agent
after = auto
confine = strict
command = $HELPERS/airlock attack /tmp/yard/outside; grep NoNewPrivs /proc/self/status
[service:kept]
user = agent
after = strict
confine = auto
command = kill -USR2 \$(cat /tmp/yard/outside/pid) 2>&1; exec sleep 1000
[scrub]
enabled = no
INI
start
expect_log 'service:kept: started' 30

# came_to JOB ATTACK RESULT
came_to()
{
    expect_soon grep -Eqx "$1 \| $2 $3" "$LOG"
}

for name in path symlink abstract signal environ; do
    came_to bare "$name" open
done
for level in auto strict; do
    came_to "$level" signal EPERM
    came_to "$level" abstract EPERM
    came_to "$level" environ EACCES
    came_to "$level" path "$(
        grep -Eq '"wall": "path sockets", "state": "holds"' <<<"$explained" && echo EACCES ||
            { [ "$level" = strict ] && echo EPERM || echo open; }
    )"
done
expect_log 'strict \| NoNewPrivs:.*1'
expect_log 'kept \| .*(not permitted|No permission)'
if ! grep -Eq '"wall": "path sockets", "state": "holds"' <<<"$explained"; then
    expect_log 'warning airlock: confine = auto: no wall for path sockets: '
    expect_same 1 "$(grep -c 'confine = auto' "$LOG")"
fi
term
expect_status 0

# Privileges to gain are what the first wall is about.
printf '[job:a]\ncommand = x\nallow_privileges = yes\nconfine = auto\n' >/etc/sandbox-init.ini
run_here 78 --check-config
expect grep -q 'sandbox-init.ini:4: confine: behind the airlock there are no privileges to gain; leave out' "$LOG"
