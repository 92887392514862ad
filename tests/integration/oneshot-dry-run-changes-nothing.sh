# SPDX-License-Identifier: MIT
# --dry-run says what --oneshot-clean would remove, and exits 1 for as long as there is something.
background server "$HELPERS/listener" /tmp/vscode-ipc-1.sock --stay
expect_output server listening
ln -s /tmp/vscode-ipc-1.sock /tmp/vscode-ssh-auth-sock-1
before=$(stat -c '%n %u %a %h' /tmp/*)
run_here 1 --oneshot-clean --dry-run
expect grep -Eqx 'found +/tmp/vscode-ipc-1.sock \(owner 0\).*' "$OUT"
expect grep -Eqx 'found +/tmp/vscode-ssh-auth-sock-1 .*' "$OUT"
expect_same "$before" "$(stat -c '%n %u %a %h' /tmp/*)"
expect_same connected "$("$HELPERS/connector" /tmp/vscode-ipc-1.sock)"

printf '[scrub]\naction = report\n' >/etc/sandbox-init.ini
run_here 1 --oneshot-clean
expect_same connected "$("$HELPERS/connector" /tmp/vscode-ipc-1.sock)"
rm /tmp/vscode-*
run_here 0 --oneshot-clean --dry-run
