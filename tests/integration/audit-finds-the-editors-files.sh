# SPDX-License-Identifier: MIT
# --audit tells which of VS Code's programs the agent can change and which of its tokens it can read: all of its
# own user's, none of another's.
needs_root
house_agent
audit_says n/a extensions 'VS Code has not been here'
audit_says pass tokens

server=/home/agent/.vscode-server
as_agent mkdir -p "$server/extensions/a.b-1.0" "$server/bin/1/out" "$server/data/Machine" /home/agent/.claude/ide
as_agent sh -c "umask 077; echo secret >$server/data/Machine/.connection-token-1"
as_agent sh -c 'umask 077; echo "{\"authToken\": \"secret\"}" >/home/agent/.claude/ide/4711.lock'
audit_says warn extensions "$server/extensions; $server/bin\""
audit_says warn tokens "$server/data/Machine/.connection-token-1; /home/agent/.claude/ide/4711.lock\""
refute_audit secret

# VS Code as another user.
mv "$server" /home/vscode-server
mkdir -p /home/vscode
mv /home/vscode-server /home/vscode/.vscode-server
rm -r /home/agent/.claude
chown -R 1235:1235 /home/vscode
audit_says pass extensions 'none of the 2 places'
audit_says pass tokens 'none that it can read'
chmod o+w /home/vscode/.vscode-server/extensions/a.b-1.0
audit_says warn extensions '/home/vscode/.vscode-server/extensions"'
chmod o-w /home/vscode/.vscode-server/extensions/a.b-1.0
chmod o+r /home/vscode/.vscode-server/data/Machine/.connection-token-1
audit_says warn tokens /home/vscode
chmod 700 /home/vscode
audit_says pass tokens

# The scripts of the Dev Containers extension.
as_agent touch /tmp/vscode-remote-containers-server-1.js
audit_says warn extensions '/tmp/vscode-remote-containers-server-1.js"'
chown root: /tmp/vscode-remote-containers-server-1.js
audit_says pass extensions
