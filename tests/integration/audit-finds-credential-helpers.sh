# SPDX-License-Identifier: MIT
# --audit tells VS Code's relays of the host's credentials from other helpers, as git itself configures them.
needs_root
needs_command git
house_agent
audit_says pass git-helper 'neither git nor docker has a helper'

# As the Dev Containers extension does it: for everybody, or for the user.
relay='!f() { /root/.vscode-server/bin/1/node /tmp/vscode-remote-containers-1.js git-credential-helper $*; }; f'
HOME=/root git config --system credential.helper "$relay"
audit_says fail git-helper "/etc/gitconfig: VS Code's relay"
expect grep -q 'gitCredentialHelperConfigLocation' "$OUT"
refute_audit 'vscode-remote-containers-1'
as_agent git config --global credential.helper ''
expect_same '' "$(as_agent git -C / config --get credential.helper)"
audit_says pass git-helper
as_agent git config --global --add credential.helper "$relay"
audit_says fail git-helper "/home/agent/.gitconfig: VS Code's relay"
refute_audit '/etc/gitconfig'

# The mend that is given works.
mend=$(sed -n 's/.*postAttachCommand\\": \\"\(git [^\\]*\)\\".*/\1/p' "$OUT")
expect_same 'git config --global --unset-all credential.helper' "$mend"
# shellcheck disable=SC2086 # one word an argument
as_agent $mend
audit_says fail git-helper '/etc/gitconfig'
git config --system --unset-all credential.helper
audit_says pass git-helper

# A helper of another kind, in a repository's own configuration.
mkdir /tmp/repository
chown 1234:1234 /tmp/repository
as_agent git init -q /tmp/repository
as_agent git -C /tmp/repository config credential.helper 'store --file /tmp/x'
audit_says pass git-helper
cd /tmp/repository
audit_says warn git-helper '/tmp/repository/.git/config: the helper store"'

# Docker's.
as_agent mkdir /home/agent/.docker
echo '{"credsStore": "dev-containers-1a2b"}' >/home/agent/.docker/config.json
audit_says fail git-helper "/home/agent/.docker/config.json: VS Code's relay of the host's docker"
chmod 600 /home/agent/.docker/config.json # root's own
audit_says warn git-helper
