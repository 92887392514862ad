# SPDX-License-Identifier: MIT
# All end at the same moment, and all are reaped, while the program goes on with its work.
count=10000
if [ "$slowness" -ne 1 ]; then
    count=1000 # the helper, too, is then a build that is slow to fork
fi

has_no_children()
{
    [ -z "$(cat "/proc/$INIT/task/$INIT/children")" ]
}

start
test -e "/proc/$INIT/task/$INIT/children" || skip "this kernel does not list a process's children"
expect_same "orphaned $count" "$(inside "$HELPERS/zombies" $count)"
wait_until 40 has_no_children || fail "not all were reaped"
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
term
expect_status 0

# The same of its own descendants, where another init is PID 1, as an ordinary user.
has_main_and_one()
{
    [ "$(wc -w <"/proc/$INIT/task/$INIT/children")" -eq 2 ]
}

if [ -z "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
    # One orphan lives on, and shows whose they are.
    start_subreaper_as 1234 -- sh -c "$HELPERS/zombies $count; ($HELPERS/witness TERM=0 >/tmp/own &); exec $HELPERS/witness TERM=3"
    wait_until 40 grep -qx ready "$OUT" || fail "the main command did not come to its end"
    expect grep -qx "orphaned $count" "$OUT"
    wait_until 40 has_main_and_one || fail "not all were reaped"
    term
    expect_status 3
fi
