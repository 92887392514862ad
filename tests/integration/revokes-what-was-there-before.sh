# SPDX-License-Identifier: MIT
# Sockets that are there when the program starts are swept, whether somebody listens on them or not.
mkdir -p /run/user/1000
background server "$HELPERS/listener" /tmp/vscode-ipc-live.sock --stay
expect_output server listening
"$HELPERS/binder" /tmp/vscode-ipc-dead.sock /run/user/1000/vscode-git-0123456789.sock
start
expect_soon test ! -e /tmp/vscode-ipc-live.sock
expect_soon test ! -e /tmp/vscode-ipc-dead.sock
expect_soon test ! -e /run/user/1000/vscode-git-0123456789.sock
