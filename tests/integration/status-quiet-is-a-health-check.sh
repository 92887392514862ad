# SPDX-License-Identifier: MIT
# --status --quiet prints nothing and ends with 0 when all is as it should be, 1 when a job failed or the guard
# cannot do what it was told, 3 when no init answers.
check_health()
{
    local wanted=$1 status=0
    shift
    inside "$PROGRAM" --status --quiet "$@" >/mnt/state/said 2>&1 || status=$?
    expect_same "$wanted" "$status"
    refute test -s /mnt/state/said
}

run_here 3 --status --quiet
refute test -s "$OUT" -o -s "$LOG"
run_here 3 --status
expect_log 'no init runs here'

cat >/etc/sandbox-init.ini <<'END'
[job:work]
command = read line </run/gate; exit "$line"
[job:unmet]
command = false
only_if_exists = /nowhere
END
mkfifo /run/gate
start
expect_log 'watching'
check_health 0
echo 0 >/run/gate
expect_log 'job:work: done'
check_health 0
term
expect_status 0

start
echo 1 >/run/gate
expect_log 'job:work: failed'
check_health 1
term
expect_status 0

# What was switched off is as it should be.
printf '[scrub]\nenabled = no\n' >/etc/sandbox-init.ini
start
check_health 0
term
expect_status 0
printf '[scrub]\naction = report\n' >/etc/sandbox-init.ini
start
check_health 0
term
expect_status 0

# Without CAP_CHOWN nothing is revoked for good.
rm /etc/sandbox-init.ini
given without-caps chown
start
check_health 1
