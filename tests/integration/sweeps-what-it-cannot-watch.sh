# SPDX-License-Identifier: MIT
# The number of watches is the host user's, too: what gets none is swept, what has one is watched.
mkdir -p /run/user/1000 /run/user/1001
given inotify-watches 2
start
expect_log 'raise fs.inotify.max_user_watches on the host'
expect_log 'error guard: degraded: not every directory can be watched; sweeping every second'
for directory in /tmp /run/user/1000 /run/user/1001; do
    "$HELPERS/binder" "$directory/vscode-ipc-1.sock"
    expect_soon test ! -e "$directory/vscode-ipc-1.sock"
done
