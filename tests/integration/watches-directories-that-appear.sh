# SPDX-License-Identifier: MIT
# A directory that does not exist yet is waited for, however far up its parents are missing, and so is what
# matches a glob. What is in it when it comes, is revoked too.
printf '[scrub]\ndirs = /run/a/b/c /run/globs/*/deep /run/late\n' >/etc/sandbox-init.ini
start
expect_log 'watching [0-9]+ director'
mkdir -p /run/a/b/c
"$HELPERS/binder" /run/a/b/c/vscode-ipc-1.sock
expect_soon test ! -e /run/a/b/c/vscode-ipc-1.sock
for name in one two; do
    mkdir -p "/run/globs/$name/deep"
    "$HELPERS/binder" "/run/globs/$name/deep/vscode-ipc-1.sock"
    expect_soon test ! -e "/run/globs/$name/deep/vscode-ipc-1.sock"
done
mkdir -p /run/ready/deep
"$HELPERS/binder" /run/ready/vscode-ipc-1.sock /run/ready/deep/vscode-ipc-1.sock
mv /run/ready /run/late
expect_soon test ! -e /run/late/vscode-ipc-1.sock
mv /run/late /run/globs/three
expect_soon test ! -e /run/globs/three/deep/vscode-ipc-1.sock
