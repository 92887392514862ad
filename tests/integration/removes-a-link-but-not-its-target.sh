# SPDX-License-Identifier: MIT
# Of a symbolic link with such a name only the link goes. Remote SSH makes such ones, and an attacker might.
background server "$HELPERS/listener" /tmp/agent --stay
expect_output server listening
echo content >/tmp/file
before=$(stat -c '%u %a' /tmp/agent /tmp/file)
ln -s /tmp/agent /tmp/vscode-ssh-auth-sock-1
start
ln -s /tmp/agent /tmp/vscode-ssh-auth-sock-2
ln -s /tmp/file /tmp/vscode-ipc-1.sock
ln -s /tmp/nowhere /tmp/vscode-ipc-2.sock
for link in vscode-ssh-auth-sock-1 vscode-ssh-auth-sock-2 vscode-ipc-1.sock vscode-ipc-2.sock; do
    expect_log "removed the symbolic link /tmp/$link "
    refute test -L "/tmp/$link"
done
expect_same "$before" "$(stat -c '%u %a' /tmp/agent /tmp/file)"
expect_same connected "$("$HELPERS/connector" /tmp/agent)"
