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
