# SPDX-License-Identifier: MIT
# Each of the three may be closed, and all of them: nothing of ours takes their place, and for the main
# command they are closed as well.
if [ -n "${SANDBOX_INIT_VALGRIND:-}" ]; then
    skip "valgrind opens what is closed"
fi
number=0
for closed in 0 1 2 "0 1 2"; do
    given nothing
    # shellcheck disable=SC2086 # one or more
    given closed $closed
    number=$((number + 1))
    start -- sleep 1000
    "$HELPERS/binder" "/tmp/vscode-ipc-$number.sock"
    expect_soon test ! -e "/tmp/vscode-ipc-$number.sock"
    expect_soon pgrep -P "$INIT" -x sleep
    main=$(pgrep -P "$INIT" -x sleep)
    for fd in 0 1 2; do
        if [[ " $closed " = *" $fd "* ]]; then
            refute test -e "/proc/$main/fd/$fd"
            expect_same / "$(readlink "/proc/$INIT/fd/$fd")" # what answers EBADF
        else
            expect test -e "/proc/$main/fd/$fd"
        fi
    done
    term
    expect_status 143
done
