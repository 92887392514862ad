# SPDX-License-Identifier: MIT
# With no configuration: every kind of socket that VS Code, its helpers and its forks forward.
start
expect_log 'watching [0-9]+ director'
for name in vscode-ssh-auth-0f3c2a.sock vscode-ssh-auth-sock-123456789 \
    vscode-ipc-4d2b1c9e-7a37-4b2e-9a55-3f6f4c1b2a10.sock vscode-git-0123456789.sock \
    vscode-git-askpass-0123456789012345678901234567890123456789.sock \
    vscode-remote-containers-ipc-4d2b1c9e-7a37-4b2e-9a55-3f6f4c1b2a10.sock \
    cursor-ipc-1.sock windsurf-ipc-1.sock; do
    "$HELPERS/binder" "/tmp/$name"
    expect_soon test ! -e "/tmp/$name"
done
