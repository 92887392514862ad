# SPDX-License-Identifier: MIT
# Without the rights to take a socket from its owner it can only be unlinked: that is done, and said.
needs_root
given without-caps chown,fowner
start
expect_log 'warning guard: degraded: only root with CAP_CHOWN'
"$HELPERS/binder" --uid 1234 /tmp/vscode-ipc-1.sock
expect_log 'warning guard: unlinked /tmp/vscode-ipc-1.sock \(owner 1234\), but could not chown it'
refute test -e /tmp/vscode-ipc-1.sock
term
expect_status 0
expect_log 'in all: 0 revoked, 1 unlinked'

given nothing
start_as 1234
expect_log 'warning guard: degraded: only root with CAP_CHOWN'
"$HELPERS/binder" --uid 1234 /tmp/vscode-ipc-2.sock
expect_log 'warning guard: unlinked /tmp/vscode-ipc-2.sock \(owner 1234\), who can still connect'
refute test -e /tmp/vscode-ipc-2.sock
# What is somebody else's it cannot even unlink in a sticky directory.
"$HELPERS/binder" --uid 1235 /tmp/vscode-ipc-3.sock
expect_log 'error guard: cannot remove /tmp/vscode-ipc-3.sock: unlink'
expect test -S /tmp/vscode-ipc-3.sock
term
expect_status 0
expect_log 'in all: 0 revoked, 1 unlinked, .* 1 failed'

# A directory that it may not look into is one that it does not guard.
given nothing
given without-caps dac_override,dac_read_search
install -d -o 1234 -m 700 /tmp/user
start
expect_log 'watching [0-9]+ director'
inside "$PROGRAM" --status >/mnt/state/said || true
expect grep -q '^guard   degraded: 1 directory is closed to us' /mnt/state/said
term
expect_status 0
rm -r /tmp/user

given nothing
start
expect_log 'watching [0-9]+ director'
refute_log degraded
