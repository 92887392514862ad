# SPDX-License-Identifier: MIT
# A socket that is bound under another name, or elsewhere, and then renamed to one that matches.
printf '[scrub]\ndirs = /run/guarded\n' >/etc/sandbox-init.ini
mkdir -p /run/guarded /run/elsewhere
start
expect_log 'watching [0-9]+ director'
"$HELPERS/binder" /run/guarded/other.sock /run/elsewhere/vscode-ipc-2.sock
mv /run/guarded/other.sock /run/guarded/vscode-ipc-1.sock
expect_soon test ! -e /run/guarded/vscode-ipc-1.sock
mv /run/elsewhere/vscode-ipc-2.sock /run/guarded/
expect_soon test ! -e /run/guarded/vscode-ipc-2.sock
