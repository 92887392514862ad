# SPDX-License-Identifier: MIT
# As another init's child, as an ordinary user and without /proc: it warns once, forwards, reaps, stops the
# main command and whatever of its own it can find, and ends in time.
if [ ${#sanitizer[@]} -gt 0 ]; then
    skip "sanitizers need /proc"
fi
printf '[init]\nstop_grace = 1s\nkill_grace = 300ms\n' >/etc/sandbox-init.ini
given no-proc
start_subreaper -- sh -c "$HELPERS/zombies 20; exec $HELPERS/witness TERM=7"
expect_soon grep -qx ready "$OUT"
expect_same 1 "$(grep -c 'warning init: not PID 1, that is another program: ' "$LOG")"
kill_init USR1
expect_soon grep -qx 'got USR1' "$OUT"
term
expect_status 7

# Nobody can be asked whom it cannot find, but it does not wait for ever.
start_subreaper -- sh -c "(setsid $HELPERS/witness >/tmp/orphan &) ; exec $HELPERS/witness TERM=8"
expect_soon grep -qx ready "$OUT"
expect_soon grep -qsx ready /tmp/orphan
term
expect_status 8

given nothing
if [ -z "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
    start_subreaper_as 1234 -- sh -c "(setsid $HELPERS/witness TERM=0 >/tmp/own &)
        exec $HELPERS/witness TERM=9"
    expect_soon grep -qx ready "$OUT"
    expect_soon grep -qsx ready /tmp/own
    term
    expect_status 9
    expect_same $'ready\ngot TERM' "$(</tmp/own)"
    expect_same 1 "$(grep -c 'not PID 1' "$LOG")"
fi
