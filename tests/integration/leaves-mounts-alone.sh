# SPDX-License-Identifier: MIT
# A socket that is mounted from outside is the host's: not removed, nor its mode changed, which the host would
# see.
mkdir /run/host
background server "$HELPERS/listener" /run/host/wayland-0 --stay
expect_output server listening
touch /tmp/vscode-ipc-1.sock
mount --bind /run/host/wayland-0 /tmp/vscode-ipc-1.sock
before=$(stat -c '%u %a' /run/host/wayland-0)
start
expect_log 'left /tmp/vscode-ipc-1.sock alone: it is mounted there from outside'
expect_same "$before" "$(stat -c '%u %a' /run/host/wayland-0)"
expect_same connected "$("$HELPERS/connector" /tmp/vscode-ipc-1.sock)"
