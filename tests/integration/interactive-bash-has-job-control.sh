# SPDX-License-Identifier: MIT
# An interactive bash as main command has the terminal and job control, and complains about nothing: Ctrl-Z
# stops what it runs, fg continues it, Ctrl-C ends it. As root and as an ordinary user.
needs_command bash
has_no_sed()
{
    ! pgrep --ns "$INIT" --nslist pid -x sed >/dev/null
}

check_bash()
{
    given terminal
    "$@" -- bash --norc --noprofile -i
    type_in $'PS1=; echo is-$((1 + 1))\n'
    expect_soon grep -q 'is-2' "$OUT"
    refute grep -Eq 'job control|terminal process group|ioctl' "$OUT"
    type_in $'sed -u s/^/got-/\n'
    type_in $'one\n'
    expect_soon grep -q 'got-one' "$OUT"
    type_in $'\032'
    expect_soon grep -q 'Stopped' "$OUT"
    type_in $'echo back-$((2 + 2))\n'
    expect_soon grep -q 'back-4' "$OUT"
    type_in $'fg\n'
    type_in $'two\n'
    expect_soon grep -q 'got-two' "$OUT"
    type_in $'\003' # which also throws away what is typed right behind it
    expect_soon has_no_sed
    type_in $'echo ended-$?\n'
    expect_soon grep -q 'ended-130' "$OUT"
    expect_running
    type_in $'exit 7\n'
    expect_status 7
}

check_bash start
check_bash start_subreaper
if [ -z "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
    check_bash start_as 1234
fi
