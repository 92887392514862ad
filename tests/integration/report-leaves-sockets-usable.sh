# SPDX-License-Identifier: MIT
# With action = report they are named in the log, once, and nothing is done to them.
printf '[scrub]\naction = report\n' >/etc/sandbox-init.ini
background before "$HELPERS/listener" /tmp/vscode-ipc-1.sock --stay
expect_output before listening
start
background after "$HELPERS/listener" /tmp/vscode-ipc-2.sock --stay
expect_output after listening
for number in 1 2; do
    expect_log "warning guard: found /tmp/vscode-ipc-$number.sock \(owner 0\)"
    expect_same connected "$("$HELPERS/connector" "/tmp/vscode-ipc-$number.sock")"
done
ln -s nowhere /tmp/vscode-ssh-auth-sock-1
expect_log 'found /tmp/vscode-ssh-auth-sock-1'
expect test -L /tmp/vscode-ssh-auth-sock-1
term
expect_status 0
expect_log 'in all: 0 revoked, 0 unlinked, 0 links removed, 3 found'
