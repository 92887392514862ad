# SPDX-License-Identifier: MIT
# With no configuration: /tmp, TMPDIR, XDG_RUNTIME_DIR, /run/user/* and /tmp/user/*, those that are there and
# those that come later.
mkdir -p /run/user/1000 /tmp/user/1000 /run/scratch
given env TMPDIR=/run/scratch
given env "XDG_RUNTIME_DIR=/run/odd [name]*"
start
expect_log 'watching [0-9]+ director'
mkdir -p /run/user/1001 /tmp/user/1001 "/run/odd [name]*"
for directory in /tmp /run/scratch "/run/odd [name]*" /run/user/100{0,1} /tmp/user/100{0,1}; do
    "$HELPERS/binder" "$directory/vscode-ipc-1.sock"
    expect_soon test ! -e "$directory/vscode-ipc-1.sock"
done
# Nowhere else.
mkdir /run/odder
"$HELPERS/binder" /run/vscode-ipc-1.sock /run/odder/vscode-ipc-1.sock /tmp/user/vscode-ipc-1.sock
"$HELPERS/binder" /tmp/vscode-ipc-2.sock
expect_soon test ! -e /tmp/vscode-ipc-2.sock
expect test -S /run/vscode-ipc-1.sock -a -S /run/odder/vscode-ipc-1.sock -a -S /tmp/user/vscode-ipc-1.sock
