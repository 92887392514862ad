# SPDX-License-Identifier: MIT
# What the agent can connect to fails, wherever it is, by root's look and by the agent's own; what it cannot,
# passes: a socket of another user, one that nobody listens on, a language server's.
needs_root
needs_own_network
audit=$STATE/audit

# look WHO STATUS [AGENT]: WHO is a uid, or root as `docker exec` has it, who looks through AGENT's eyes
look()
{
    local status=0
    if [ "$1" = root ]; then
        inside setpriv --bounding-set "-all,$DOCKER_CAPS" --inh-caps -all -- \
            "$PROGRAM" --audit --only sockets --user "${3:-1234}" >"$audit" 2>&1 || status=$?
    else
        inside_as "$1" "$PROGRAM" --audit --only sockets >"$audit" 2>&1 || status=$?
    fi
    expect_same "$2 as $1" "$status as $1"
}

# serve NAME UID PATH
serve()
{
    background "$1" inside "$HELPERS/listener" --uid "$2" "$3" --stay
    expect_output "$1" listening
}

start
expect_log 'watching [0-9]+ director'
serve language 1234 /tmp/vscode-0123456789abcdef.sock
for who in root 1234; do
    look "$who" 0
    expect has_line "$audit" '^pass +sockets +there is none'
done
# One that was revoked still listens, but not under its name.
serve revoked 1234 /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
look root 0
expect has_line "$audit" '^pass +sockets +of [0-9]+ that listen the names are gone'
# VS Code's environment leads to where nobody guards.
mkdir -m 755 /tmp/moved
chown 1234 /tmp/moved
background server inside env XDG_RUNTIME_DIR=/tmp/moved "$HELPERS/listener" --uid 1234 \
    /tmp/moved/vscode-git-0123456789.sock --stay
expect_output server listening
for who in root 1234; do
    look "$who" 1
    expect has_line "$audit" '^fail +sockets +/tmp/moved/vscode-git-0123456789.sock: listener, pid [0-9]+,'
    expect has_line "$audit" 'mend: sandbox-init.ini: \[scrub\] dirs = @default /tmp/moved$'
done
# Another user's is closed to the agent.
for who in root 1235; do
    look "$who" 0 1235
    expect has_line "$audit" '^pass +sockets +1 of VS Code.s kind cannot be connected to'
done
end server
rm /tmp/moved/*
# A user's group need not have its number.
background list inside setpriv --reuid 1234 --regid 100 --clear-groups -- env 'REMOTE_CONTAINERS_SOCKETS=["/tmp/nothing","/tmp/moved/agent"]' \
    "$HELPERS/listener" /tmp/moved/agent --stay
expect_output list listening
look root 1
expect has_line "$audit" '^fail +sockets +/tmp/moved/agent: listener'
end list
term
expect_status 0

# Without a guard. The other end is outside of the container.
printf '[scrub]\nenabled = no\n' >/etc/sandbox-init.ini
start
"$HELPERS/binder" --uid 1234 /tmp/vscode-ipc-2.sock
look root 0
expect has_line "$audit" '^pass +sockets +1 of VS Code.s kind cannot be connected to'
background outside "$HELPERS/listener" --uid 1234 /tmp/vscode-ssh-auth-1.sock --stay
expect_output outside listening
for who in root 1234; do
    look "$who" 1
    expect has_line "$audit" '^fail +sockets +/tmp/vscode-ssh-auth-1.sock: somebody outside of the container'
    expect has_line "$audit" 'mend: host: docker exec -u root CONTAINER sandbox-init --oneshot-clean'
done
expect inside "$PROGRAM" --oneshot-clean >"$STATE/cleaned"
look root 0
