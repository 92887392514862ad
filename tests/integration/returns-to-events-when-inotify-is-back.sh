# SPDX-License-Identifier: MIT
# Once inotify can be had again, it goes back to that, and sweeps no more.
given no-inotify
start
expect_log 'error guard: degraded: not every directory can be watched'
nsenter --target "$INIT" --user --preserve-credentials --pid --mount -- \
    sh -c 'echo 100 >/proc/sys/user/max_inotify_instances'
expect_log 'info guard: every directory is watched again'
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
expect_log 'unlinked|revoked'

switches()
{
    awk '/^voluntary_ctxt_switches:/ { print $2 }' "/proc/$INIT/status"
}

has_calmed_down()
{
    local before
    before=$(switches)
    sleep 1.5 # longer than it would wait until the next sweep
    [ "$(switches)" = "$before" ]
}

if [ "$slowness" -eq 1 ]; then
    expect_soon has_calmed_down
fi
