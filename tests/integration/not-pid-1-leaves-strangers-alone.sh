# SPDX-License-Identifier: MIT
# Behind another init it stops its own descendants, orphans included, and nobody else.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
background stranger "$HELPERS/witness"
expect_output stranger ready
# One orphan is there before the stop, another becomes one in the middle of it: when its shell is asked,
# and goes.
background init program_here -- sh -c "
    (setsid $HELPERS/witness TERM=0 >/tmp/early &)
    (setsid sh -c '$HELPERS/witness TERM=0 >/tmp/late & wait' &)
    exec $HELPERS/witness TERM=9"
expect_output init ready
expect_soon grep -qx ready /tmp/early
expect_soon grep -qx ready /tmp/late
kill -s TERM "${background_pid[init]}"
status=0
join init || status=$?
expect_same 9 "$status"
expect grep -qx 'got TERM' /tmp/early
expect grep -qx 'got TERM' /tmp/late
expect kill -0 "${background_pid[stranger]}"
refute grep -q got "$(output_of stranger)"
