# SPDX-License-Identifier: MIT
# --audit tells where secrets are stored that the agent can read, and never the secret.
needs_root
needs_command git
house_agent
audit_says pass credentials 'no secret in the files where programs store them'

# As git itself stores it.
as_agent git config --global credential.helper store
printf 'protocol=https\nhost=example.org\nusername=u\npassword=hunter2\n' >/tmp/approved
as_agent git credential approve </tmp/approved
expect grep -q hunter2 /home/agent/.git-credentials
audit_says fail credentials '/home/agent/.git-credentials'
refute_audit hunter2
mend=$(sed -n 's/.*"line": "\(rm [^"]*\)".*/\1/p' "$OUT")
expect_same 'rm /home/agent/.git-credentials' "$mend"
# shellcheck disable=SC2086 # one word an argument
as_agent $mend
audit_says pass credentials

# Another user's: it counts as far as the agent can read it.
mkdir -p /home/vscode/.docker
echo '{"auths": {"ghcr.io": {"auth": "aHVudGVyMg=="}}}' >/home/vscode/.docker/config.json
audit_says fail credentials '/home/vscode/.docker/config.json'
refute_audit aHVudGVyMg
chmod 700 /home/vscode
audit_says pass credentials

# The host's own, mounted: not to be removed, but not to be mounted.
mkdir /tmp/aws /home/agent/.aws
printf '[default]\naws_secret_access_key = hunter2\n' >/tmp/aws/credentials
mount --bind /tmp/aws /home/agent/.aws
audit_says fail credentials '/home/agent/.aws/credentials'
refute_audit '"rm '
expect grep -q 'leave out the one that brings /home/agent/.aws/credentials' "$OUT"
umount /home/agent/.aws

# In a workspace.
mkdir /tmp/repository
chown 1234:1234 /tmp/repository
as_agent git init -q /tmp/repository
cd /tmp/repository
as_agent git remote add origin https://u:hunter2@example.org/x.git
audit_says fail credentials '/tmp/repository/.git/config, in an address or header'
refute_audit hunter2
as_agent git remote set-url origin https://example.org/x.git
# shellcheck disable=SC2016 # npm's own
echo '//registry.example.com/:_authToken=${NPM_TOKEN}' >.npmrc
as_agent mkdir /home/agent/.claude
echo '{"claudeAiOauth": {"accessToken": "x"}}' >/home/agent/.claude/.credentials.json
audit_says pass credentials "/home/agent/.claude/.credentials.json, an agent's own"
echo '//registry.example.com/:_authToken=hunter2' >.npmrc
audit_says fail credentials '/tmp/repository/.npmrc'

# A trap does not stop it.
rm .npmrc
mkfifo -m 666 .npmrc
audit_says pass credentials
