# SPDX-License-Identifier: MIT
# Everybody may look and wait, but only root and the init's own user may start and stop.
needs_root
printf '[service:web]\ncommand = exec sleep 1000\n' >/etc/sandbox-init.ini
refused()
{
    local status=0
    inside_as "$@" >/mnt/state/said 2>&1 || status=$?
    expect_same 77 "$status"
    expect grep -q 'only root and the init' /mnt/state/said
}
check_steering()
{
    local user=$1 verb
    for verb in --start --stop --restart; do
        refused 4321 "$PROGRAM" "$verb" web
        expect inside_as "$user" "$PROGRAM" "$verb" web
        expect inside "$PROGRAM" "$verb" web
    done
    expect inside_as 4321 "$PROGRAM" --wait web
    inside_as 4321 "$PROGRAM" --status >/mnt/state/said || true
    expect grep -q '^web ' /mnt/state/said
    term
    expect_status 0
}
start
expect_log 'service:web: started'
check_steering 0
# Its own directory below /tmp is closed to others.
start_as 1234
expect_log 'service:web: started'
status=0
inside_as 4321 "$PROGRAM" --status >/mnt/state/said 2>&1 || status=$?
expect_same 3 "$status"
expect grep -q 'uid 4321 may not look into /tmp/sandbox-init-1234' /mnt/state/said
term
expect_status 0
chown 1234 /run/sandbox-init
start_as 1234
expect_log 'service:web: started'
check_steering 1234
