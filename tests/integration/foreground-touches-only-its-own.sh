# SPDX-License-Identifier: MIT
# --foreground guards as the init does, stops on request, and addresses nobody but its own children, as PID 1
# too.
printf '[init]\nstop_grace = 1h\n[scrub]\ndirs = /tmp/guarded\n' >/tmp/own.ini
mkdir /tmp/guarded
start --foreground -c /tmp/own.ini
background stranger inside "$HELPERS/witness"
expect_output stranger ready
"$HELPERS/binder" /tmp/guarded/vscode-ipc-1.sock /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/guarded/vscode-ipc-1.sock
expect test -S /tmp/vscode-ipc-1.sock
kill_init INT
expect_status 0
refute grep -q got "$(output_of stranger)"

background stranger "$HELPERS/witness"
expect_output stranger ready
background guard program_here --foreground --config /tmp/own.ini -- "$HELPERS/witness" INT=6
expect_output guard ready
kill -s INT "${background_pid[guard]}"
status=0
join guard || status=$?
expect_same 6 "$status"
expect kill -0 "${background_pid[stranger]}"
refute grep -q got "$(output_of stranger)"
refute grep -q 'not PID 1' "$(output_of guard)"
