# SPDX-License-Identifier: MIT
# --oneshot-clean removes what is there, says so line by line, and exits 0 when nothing is left, 1 otherwise.
needs_root
run_here 0 --oneshot-clean
expect grep -Eqx '1 director(y|ies): 0 revoked, 0 unlinked, 0 links removed, 0 left' "$OUT"

mkdir -p /run/user/1000
"$HELPERS/binder" --uid 1234 /tmp/vscode-ipc-1.sock /tmp/lsp-1.sock
"$HELPERS/binder" /run/user/1000/vscode-git-0123456789.sock
ln -s nowhere /tmp/vscode-ssh-auth-sock-1
run_here 0 --oneshot-clean
refute test -e /tmp/vscode-ipc-1.sock
refute test -e /run/user/1000/vscode-git-0123456789.sock
refute test -L /tmp/vscode-ssh-auth-sock-1
expect test -S /tmp/lsp-1.sock
expect grep -Eqx 'revoked +/tmp/vscode-ipc-1.sock \(owner 1234\)' "$OUT"
expect grep -Eqx 'unlinked +/run/user/1000/vscode-git-0123456789.sock \(owner 0\).*' "$OUT"
expect grep -Eqx 'link +/tmp/vscode-ssh-auth-sock-1 .*' "$OUT"
expect grep -Eqx '2 directories: 1 revoked, 1 unlinked, 1 links removed, 0 left' "$OUT"

# Something stays.
"$HELPERS/binder" /run/host.sock
touch /tmp/vscode-ipc-2.sock
mount --bind /run/host.sock /tmp/vscode-ipc-2.sock
run_here 1 --oneshot-clean
expect grep -Eqx 'mount +/tmp/vscode-ipc-2.sock .*mounted from outside.*' "$OUT"
expect grep -Eq ', 1 left$' "$OUT"
run_here 1 --oneshot-clean --quiet
expect grep -q vscode-ipc-2.sock "$OUT"
refute grep -q 'links removed' "$OUT"
