# SPDX-License-Identifier: MIT
# --audit is about the agent: as root it looks through the eyes of the user of --user, or of [init] user, or of
# VS Code's server, and says so; as that user itself, it sees the same.
needs_root
echo 'agent:x:1234:1234::/run/home:/bin/sh' >>/etc/passwd
mkdir -p /run/home/.ssh
printf -- '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n' >/run/home/.ssh/id_test
chmod 600 /run/home/.ssh/id_test
start
first_line()
{
    head -n 1 <("$@" "$PROGRAM" --audit --only ssh-keys "${arguments[@]}")
}
arguments=()
expect_same 'What root (uid 0) may do here, as it sees it' "$(first_line inside)"
expect_same 'What agent (uid 1234) may do here, as it sees it' "$(first_line inside_as 1234)"
expect_same 'What uid 1235 may do here, as it sees it' "$(first_line inside_as 1235)"
arguments=(--user agent)
expect_same 'What agent (uid 1234) may do here, as root (uid 0) sees it' "$(first_line inside)"
# Others cannot be asked about by whom is not root.
expect_same 'What uid 1235 may do here, as it sees it' "$(first_line inside_as 1235)"
arguments=()

# A key that belongs to root is none of the agent's; its own is.
expect inside "$PROGRAM" --audit --only ssh-keys --user agent
chown 1234 /run/home/.ssh/id_test
refute inside "$PROGRAM" --audit --only ssh-keys --user agent
refute inside_as 1234 env HOME=/run/home "$PROGRAM" --audit --only ssh-keys
expect inside_as 1235 env HOME=/run/home "$PROGRAM" --audit --only ssh-keys

run_here 64 --audit --user nobody-of-that-name
expect_log "no such user in /etc/passwd: 'nobody-of-that-name'"
term
expect_status 0

printf '[init]\nuser = agent\n' >/etc/sandbox-init.ini
start
expect_same 'What agent (uid 1234) may do here, as root (uid 0) sees it' "$(first_line inside)"
term
expect_status 0
rm /etc/sandbox-init.ini

# A process of the server: a program of its folder.
start
mkdir -p /run/home/.vscode-server/bin
cp /bin/sleep /run/home/.vscode-server/bin/node
background server inside_as 1234 /run/home/.vscode-server/bin/node 1000
is_about_the_agent()
{
    [ "$(first_line inside)" = 'What agent (uid 1234) may do here, as root (uid 0) sees it' ]
}
expect_soon is_about_the_agent
