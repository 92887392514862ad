# SPDX-License-Identifier: MIT
# A real ssh-agent in the container and one of the host's behind a relay: the audit finds them where the agent
# can, and counts their keys.
needs_root
needs_own_network
needs_command ssh-agent ssh-add ssh-keygen
audit=$STATE/audit

look()
{
    status=0
    if [ "$1" = root ]; then
        inside "$PROGRAM" --audit --only ssh-agent --user 1234 >"$audit" 2>&1 || status=$?
    else
        inside_as "$1" "$PROGRAM" --audit --only ssh-agent >"$audit" 2>&1 || status=$?
    fi
}

# sees WHO STATUS REGEX
sees()
{
    look "$1"
    [ "$status" -eq "$2" ] && has_line "$audit" "$3"
}

# Again, where a machine under load answers after the audit's deadline.
both()
{
    expect_soon sees root "$@"
    expect_soon sees 1234 "$@"
}

echo 'agent:x:1234:1234::/nonexistent:/bin/sh' >>/etc/passwd
# The host's, where nothing in the container looks. It is asked as its own user, or root.
host=/var/log/host
mkdir -m 755 "$host"
chown 1234 "$host"
as_user=(setpriv --reuid 1234 --regid 1234 --clear-groups --)
background host "${as_user[@]}" ssh-agent -D -a "$host/agent"
expect_soon test -S "$host/agent"
"${as_user[@]}" ssh-keygen -q -t ed25519 -N '' -C nobody@nowhere -f "$host/key"

printf '[scrub]\nenabled = no\n' >/etc/sandbox-init.ini
start
both 0 '^pass +ssh-agent +none answers'

# Another agent's socket by the variable of a process.
background forward inside_as 1234 env SSH_AUTH_SOCK=/tmp/moved \
    "$HELPERS/relay" /tmp/moved "$host/agent" --name node
expect_output forward listening
both 0 '^warn +ssh-agent +/tmp/moved: node, pid [0-9]+, listens, an agent without keys'
SSH_AUTH_SOCK=$host/agent "${as_user[@]}" ssh-add -q "$host/key"
both 1 '^fail +ssh-agent +/tmp/moved: node, pid [0-9]+, listens, and signs with 1 key'
expect has_line "$audit" 'mend: host: env -u SSH_AUTH_SOCK code$'
# Neither what the key is nor what it is called.
refute has_line "$audit" 'nobody|AAAA'
# Not the agent's.
expect sees 1235 0 '^pass +ssh-agent +none answers'
end forward
rm /tmp/moved

# By VS Code's name; and somebody who is no agent.
background forward inside_as 1234 "$HELPERS/relay" /tmp/vscode-ssh-auth-1.sock "$host/agent" --name node
expect_output forward listening
both 1 '^fail +ssh-agent +/tmp/vscode-ssh-auth-1.sock: node, pid [0-9]+, listens, and signs with 1 key'
end forward
rm /tmp/vscode-ssh-auth-1.sock
background other inside_as 1234 "$HELPERS/listener" /tmp/vscode-ssh-auth-2.sock --stay
expect_output other listening
both 0 '^warn +ssh-agent +/tmp/vscode-ssh-auth-2.sock: listener, pid [0-9]+, listens, but answers nothing'
end other
rm /tmp/vscode-ssh-auth-2.sock

# One of the container, where ssh-agent makes it. It goes into the background.
inside_as 1234 ssh-agent >"$STATE/agent.sh"
# shellcheck source=/dev/null
. "$STATE/agent.sh" >/dev/null
inside_as 1234 env "SSH_AUTH_SOCK=$SSH_AUTH_SOCK" ssh-add -q "$host/key"
both 1 "^fail +ssh-agent +$SSH_AUTH_SOCK: .* listens, and signs with 1 key"
inside_as 1234 env "SSH_AUTH_SOCK=$SSH_AUTH_SOCK" ssh-add -q -D
both 0 "^warn +ssh-agent +$SSH_AUTH_SOCK: .* listens, an agent without keys"

# Where only its own arguments say that it is.
inside_as 1234 mkdir -m 711 /tmp/odd
background odd inside_as 1234 ssh-agent -D -a /tmp/odd/s
expect_soon test -S /tmp/odd/s
inside_as 1234 env SSH_AUTH_SOCK=/tmp/odd/s ssh-add -q "$host/key"
both 1 '^fail +ssh-agent .*/tmp/odd/s: .* listens, and signs with 1 key'
end odd

# A guard keeps it away.
term
expect_status 0
rm /etc/sandbox-init.ini
start
background forward inside_as 1234 "$HELPERS/relay" /tmp/vscode-ssh-auth-3.sock "$host/agent" --name node
expect_output forward listening
expect_soon test ! -e /tmp/vscode-ssh-auth-3.sock
both 0 '^pass +ssh-agent +none answers'
