# SPDX-License-Identifier: MIT
# Who asks twice does not want to wait until the grace period of the stubborn is over.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
check()
{
    "$@" -- "$HELPERS/witness"
    expect_soon grep -q '^ready' "$OUT"
    term
    expect_soon grep -q '^got TERM' "$OUT"
    expect_running
    term
    expect_status 137
}

check start
check start_subreaper
if [ -z "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
    check start_as 1234
    check start_subreaper_as 1234
fi
given terminal
check start
check start_subreaper
given nothing
if [ ${#sanitizer[@]} -eq 0 ]; then # which need /proc
    given no-proc
    check start
    given nothing
fi

# The same without a main command, for a process that is nobody's child; and the second one can be another
# signal.
start
background stubborn inside "$HELPERS/witness"
expect_output stubborn ready
term
expect_output stubborn 'got TERM'
expect_running
kill_init INT
expect_status 0
