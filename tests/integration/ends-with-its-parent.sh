# SPDX-License-Identifier: MIT
# With --pdeathsig it gets that signal when its parent dies, and so stops.
parent()
{
    (program_here -p TERM -- "$HELPERS/witness" TERM=0 >/tmp/witness 2>/tmp/log) &
    read -r _
}

background parent parent
expect_soon grep -qx ready /tmp/witness
hang_up parent
join parent || true
expect_soon grep -qx 'got TERM' /tmp/witness
expect_soon grep -q 'SIGTERM from .*: stopping' /tmp/log
