# SPDX-License-Identifier: MIT
# With no configuration the main command gets its environment without the addresses of what VS Code forwards;
# those that have a default when they are missing are empty.
if [ -n "${SANDBOX_INIT_VALGRIND:-}" ]; then
    skip "valgrind adds to the environment, and takes away"
fi
given env SSH_AUTH_SOCK=/tmp/agent GPG_AGENT_INFO=/tmp/gpg BROWSER=/vscode/browser.sh SSH_AGENT_PID=7 \
    VSCODE_IPC_HOOK_CLI=/tmp/ipc VSCODE_=x REMOTE_CONTAINERS=true REMOTE_CONTAINERS_IPC=/tmp/ipc \
    GIT_ASKPASS=/vscode/askpass.sh SSH_ASKPASS=/a SSH_ASKPASS_REQUIRE=force \
    GIT_EDITOR=/home/me/.vscode-server/extensions/git/dist/git-editor.sh \
    DISPLAY=:1 WAYLAND_DISPLAY=wayland-0 XAUTHORITY=/a DBUS_SESSION_BUS_ADDRESS=unix:path=/run/bus \
    NODE_OPTIONS=--require=/a.js WSL_INTEROP=/run/w CODE_SERVER_SESSION_SOCKET=/tmp/c \
    GITHUB_TOKEN=mine EDITOR=vim MY_VSCODE_X=1 EMPTY=
start -- env
expect_status 0
expect_same "BROWSER= EDITOR=vim EMPTY= GITHUB_TOKEN=mine GPG_AGENT_INFO= HOME=/root MY_VSCODE_X=1 \
PATH=$PATH_INSIDE SSH_AUTH_SOCK=" "$(grep -v SAN_OPTIONS= "$OUT" | sort | paste -sd' ')"

# One's own editor stays.
given nothing
given env GIT_EDITOR=vim
start -- sh -c 'echo "$GIT_EDITOR"'
expect_status 0
expect_same vim "$(<"$OUT")"
