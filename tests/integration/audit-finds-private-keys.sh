# SPDX-License-Identifier: MIT
# --audit finds the private keys of ssh and gpg that the agent can read, and tells whether a passphrase is on them.
needs_root
needs_command ssh-keygen gpg
house_agent
audit_says pass ssh-keys 'no private key'
audit_says pass gpg-keys 'no private key'

as_agent mkdir -m 700 /home/agent/.ssh
# A key of each kind, in each format; small ones, which are made quickly.
keys=0
for kind in 'ed25519 RFC4716' 'rsa RFC4716 -b 1024' 'ecdsa PKCS8' 'rsa PKCS8 -b 1024' 'ecdsa PEM' 'rsa PEM -b 1024'; do
    read -r -a words <<<"$kind"
    for passphrase in '' secret; do
        keys=$((keys + 1))
        as_agent ssh-keygen -q -a 1 -t "${words[0]}" -m "${words[@]:1}" -N "$passphrase" \
            -f /home/agent/.ssh/k </dev/null
        if [ -z "$passphrase" ]; then
            audit_says fail ssh-keys '/home/agent/.ssh/k has no passphrase"'
        else
            audit_says warn ssh-keys '/home/agent/.ssh/k has a passphrase"'
        fi
        rm /home/agent/.ssh/k
        mv /home/agent/.ssh/k.pub "/home/agent/.ssh/$keys.pub"
    done
done
expect_same 12 "$keys"
audit_says pass ssh-keys # the public halves stay

# The name is somebody's to choose, and the mend is copied into a shell.
as_agent ssh-keygen -q -t ed25519 -N '' -f '/home/agent/.ssh/k; id' </dev/null
audit_says fail ssh-keys
expect grep -Fq "\"rm '/home/agent/.ssh/k; id'\"" "$OUT"
as_agent rm -r /home/agent/.ssh
# A home that is a link into another mount: no mount brings the key.
mv /home/agent /run/agent
ln -s /run/agent /home/agent
as_agent mkdir -m 700 /home/agent/.ssh
as_agent ssh-keygen -q -t ed25519 -N '' -f /home/agent/.ssh/k </dev/null
audit_says fail ssh-keys
expect grep -Fq '"rm /home/agent/.ssh/k"' "$OUT"
as_agent rm /home/agent/.ssh/k

# Another user's counts as far as the agent can read it: ssh-keygen makes it for its owner only.
mkdir /home/vscode /home/vscode/.ssh
ssh-keygen -q -t ed25519 -N '' -f /home/vscode/.ssh/id_ed25519
audit_says pass ssh-keys
chmod 644 /home/vscode/.ssh/id_ed25519
audit_says fail ssh-keys '/home/vscode/.ssh/id_ed25519 has no passphrase"'

make_gpg_key()
{
    as_agent gpg --quiet --batch --pinentry-mode loopback --passphrase "$1" --quick-gen-key "$2" ed25519 sign never \
        2>/dev/null
    as_agent gpgconf --kill gpg-agent
}

make_gpg_key secret locked@example.org
audit_says warn gpg-keys '/home/agent/.gnupg/private-keys-v1.d/[0-9A-F]+.key has a passphrase"'
make_gpg_key '' plain@example.org
audit_says fail gpg-keys '.key has no passphrase; .*.key has a passphrase"'
chmod 000 /home/agent/.gnupg/private-keys-v1.d
audit_says pass gpg-keys
