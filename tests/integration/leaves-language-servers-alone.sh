# SPDX-License-Identifier: MIT
# Language servers name their sockets much as VS Code does its own, and a local GPG agent as a forwarded one.
names="lsp-0f3c2a1b.sock vscode-0f3c2a1b4d5e.sock vscode-1a2b3c4d-1.99-main.sock S.gpg-agent bus"
names="$names vscode-ipc-1.sock.lock"
for name in $names; do
    "$HELPERS/binder" "/tmp/before-$name" "/tmp/$name"
done
start
for name in $names; do
    mv "/tmp/before-$name" "/tmp/moved-$name"
    rm "/tmp/$name"
    background "$name" "$HELPERS/listener" "/tmp/$name" --stay
    expect_output "$name" listening
done
# Events are told in order: when this one is gone the others have been looked at.
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
for name in $names; do
    expect test -S "/tmp/moved-$name"
    expect_same connected "$("$HELPERS/connector" "/tmp/$name")"
done
