# SPDX-License-Identifier: MIT
# A display of the container's own, for a browser, passes; one that VS Code's helper forwards, or that is mounted
# from outside, fails.
needs_root
needs_own_network
audit=$STATE/audit

look()
{
    local status=0
    if [ "$1" = root ]; then
        inside "$PROGRAM" --audit --only "$2" --user 1234 >"$audit" 2>&1 || status=$?
    else
        inside_as "$1" "$PROGRAM" --audit --only "$2" >"$audit" 2>&1 || status=$?
    fi
    expect_same "$3 as $1" "$status as $1"
}

# both CHECK STATUS REGEX
both()
{
    local who
    for who in root 1234; do
        look "$who" "$1" "$2"
        expect has_line "$audit" "$3"
    done
}

start
mkdir -m 1777 /tmp/.X11-unix
both x11 0 '^pass +x11 +none answers'
if command -v Xvfb >/dev/null; then
    background display inside_as 1234 Xvfb :97 -nolisten local
    expect_soon test -S /tmp/.X11-unix/X97
else
    background display inside_as 1234 "$HELPERS/relay" /tmp/.X11-unix/X97 /tmp/nowhere --name Xvfb
    expect_output display listening
fi
both x11 0 '^pass +x11 +/tmp/.X11-unix/X97: Xvfb, pid [0-9]+, listens'
end display
rm -f /tmp/.X11-unix/X97
background forward inside_as 1234 "$HELPERS/relay" /tmp/.X11-unix/X1 /tmp/nowhere --name node
expect_output forward listening
both x11 1 '^fail +x11 +/tmp/.X11-unix/X1: node, pid [0-9]+, listens'
expect has_line "$audit" 'mend: devcontainer.json: "containerEnv": \{"DISPLAY": ":99"\}$'
look 1235 x11 0
expect has_line "$audit" '^pass +x11 +none answers'
end forward
rm /tmp/.X11-unix/X1
background outside "$HELPERS/listener" --uid 1234 /tmp/.X11-unix/X0 --stay
expect_output outside listening
both x11 1 '^fail +x11 +/tmp/.X11-unix/X0: somebody outside of the container listens'
expect has_line "$audit" 'mend: docker-compose.yml: volumes: \(without /tmp/.X11-unix\)$'

# The host's compositor, as VS Code mounts it: below a link in the directory that it makes.
both wayland 0 '^pass +wayland +none answers'
mkdir -m 755 /run/host /tmp/user
mkdir -m 700 /tmp/user/1234
chown 1234 /run/host /tmp/user/1234
background host "$HELPERS/listener" --uid 1234 /run/host/wayland-0 --stay
expect_output host listening
inside touch /tmp/vscode-wayland-1.sock
inside mount -n --bind /run/host/wayland-0 /tmp/vscode-wayland-1.sock
ln -s /tmp/vscode-wayland-1.sock /tmp/user/1234/wayland-0
both wayland 1 '^fail +wayland +/tmp/vscode-wayland-1.sock: somebody outside of the container listens'
expect has_line "$audit" 'mend: VS Code.s user settings: "dev.containers.mountWaylandSocket": false$'
inside umount -n /tmp/vscode-wayland-1.sock
rm /tmp/user/1234/wayland-0
end host
background compositor inside_as 1234 "$HELPERS/relay" /tmp/user/1234/wayland-1 /tmp/nowhere --name weston
expect_output compositor listening
both wayland 0 '^pass +wayland +/tmp/user/1234/wayland-1: weston, pid [0-9]+, listens'
