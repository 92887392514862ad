# SPDX-License-Identifier: MIT
# With CHOWN, DAC_OVERRIDE, KILL, SETGID and SETUID alone, which --audit proposes, everything works: sockets are
# revoked for good in a directory that is closed to others, jobs run as their users, and all are stopped.
needs_root
mkdir -m 755 /tmp/user
mkdir -m 700 /tmp/user/1234
chown 1234:1234 /tmp/user/1234
cat >/etc/sandbox-init.ini <<END
[job:own]
user = 1234
command = id -u >/tmp/user/1234/uid
[service:stays]
user = 1235
command = exec sleep 1000
END
given before 'set -- setpriv --bounding-set -all,+chown,+dac_override,+kill,+setgid,+setuid --inh-caps -all -- "$@"'
start
expect_same 00000000000000e3 "$(sed -n 's/^CapEff:.//p' "/proc/$INIT/status")"
expect_log 'watching [0-9]+ director'
refute_log degraded
expect_log 'job:own: done'
expect_same 1234 "$(</tmp/user/1234/uid)"
"$HELPERS/binder" --uid 1234 /tmp/user/1234/vscode-ipc-1.sock
expect_log 'revoked /tmp/user/1234/vscode-ipc-1.sock'
refute test -e /tmp/user/1234/vscode-ipc-1.sock
# shellcheck disable=SC2016 # the shell inside is to see it
background one inside_as 1236 sh -c 'trap "echo asked >/tmp/asked; exit" TERM; echo there; while :; do sleep 0.02; done'
expect_output one there
term
expect_status 0
expect_same asked "$(</tmp/asked)"
refute_log 'killed|killing|not permitted'
