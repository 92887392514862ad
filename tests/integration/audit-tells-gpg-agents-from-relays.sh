# SPDX-License-Identifier: MIT
# A real gpg-agent of the container passes; the same behind a relay, as VS Code forwards the host's, fails: it
# greets somebody else.
needs_root
needs_own_network
needs_command gpg-agent gpgconf gpg-connect-agent
audit=$STATE/audit

look()
{
    status=0
    if [ "$1" = root ]; then
        inside "$PROGRAM" --audit --only gpg-agent --user 1234 >"$audit" 2>&1 || status=$?
    else
        inside_as "$1" env HOME=/tmp/home "$PROGRAM" --audit --only gpg-agent >"$audit" 2>&1 || status=$?
    fi
}

# sees WHO STATUS REGEX
sees()
{
    look "$1"
    [ "$status" -eq "$2" ] && has_line "$audit" "$3"
}

both()
{
    expect_soon sees root "$@"
    expect_soon sees 1234 "$@"
}

echo 'agent:x:1234:1234::/tmp/home:/bin/sh' >>/etc/passwd
start
mkdir -m 755 /tmp/home
mkdir -m 700 /tmp/home/.gnupg
chown -R 1234:1234 /tmp/home
both 0 '^pass +gpg-agent +none answers'
inside_as 1234 env HOME=/tmp/home gpg-connect-agent /bye 2>"$STATE/started"
expect inside_as 1234 test -S /tmp/home/.gnupg/S.gpg-agent
both 0 '^pass +gpg-agent +.*/tmp/home/.gnupg/S.gpg-agent is an agent.s in here'
expect has_line "$audit" '/tmp/home/.gnupg/S.gpg-agent.extra is an agent.s in here'
# The agent still works.
inside_as 1234 env HOME=/tmp/home gpg-connect-agent 'GETINFO version' /bye >"$STATE/version"
expect has_line "$STATE/version" '^OK'

# The same agent, elsewhere and handed on.
mkdir -m 755 /tmp/relayed
chown 1234 /tmp/relayed
background forward inside_as 1234 env GNUPGHOME=/tmp/relayed "$HELPERS/relay" /tmp/relayed/S.gpg-agent \
    /tmp/home/.gnupg/S.gpg-agent.extra --name node
expect_output forward listening
both 1 '^fail +gpg-agent +/tmp/relayed/S.gpg-agent: node, pid [0-9]+, listens, and hands on'
expect has_line "$audit" 'mend: sandbox-init.ini: \[scrub\] dirs = @default /tmp/relayed$'
expect has_line "$audit" 'mend: sandbox-init.ini: \[scrub\] patterns = @default S.gpg-agent\*$'
# What calls itself an agent is believed no more.
end forward
rm /tmp/relayed/*
background named inside_as 1234 env GNUPGHOME=/tmp/relayed "$HELPERS/relay" /tmp/relayed/S.gpg-agent \
    /tmp/home/.gnupg/S.gpg-agent.extra --name gpg-agent
expect_output named listening
both 1 '^fail +gpg-agent +/tmp/relayed/S.gpg-agent: gpg-agent, pid [0-9]+, listens, and hands on'
end named
rm /tmp/relayed/*

# From outside of the container.
background outside setpriv --reuid 1234 --regid 1234 --clear-groups -- "$HELPERS/listener" \
    /tmp/home/.gnupg/S.keyboxd --stay
expect_output outside listening
both 1 '^fail +gpg-agent +/tmp/home/.gnupg/S.keyboxd: somebody outside of the container listens'
expect has_line "$audit" 'mend: docker-compose.yml: volumes: \(without /tmp/home/.gnupg/S.keyboxd\)$'
end outside

# What the mend says, done.
term
expect_status 0
printf '[scrub]\ndirs = @default /tmp/relayed\npatterns = @default S.gpg-agent*\n' >/etc/sandbox-init.ini
rm -r /tmp/home/.gnupg
start
background forward inside_as 1234 env GNUPGHOME=/tmp/relayed "$HELPERS/relay" /tmp/relayed/S.gpg-agent \
    /tmp/nowhere --name node
expect_output forward listening
expect_soon test ! -e /tmp/relayed/S.gpg-agent
both 0 '^pass +gpg-agent +none answers'
