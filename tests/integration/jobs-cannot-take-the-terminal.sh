# SPDX-License-Identifier: MIT
# On a terminal a job reads nothing and stops for nothing: /dev/tty is an error for it, its stdin is empty,
# and the main command keeps the foreground.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:asks]
command =
    if read line; then echo stdin had a line; fi
    if (: </dev/tty); then echo there is a terminal; fi
    echo through
[service:background]
command = cat /dev/tty || true; exec sleep 1000
END
given terminal
start -- sh -c 'echo ready; read -r line; echo "got $line"; exit 5'
expect_log 'job:asks: done'
expect_log 'service:background: started'
expect grep -q ' through$' /run/log/asks.log
refute grep -Eq 'there is a terminal|had a line' /run/log/asks.log
expect_soon grep -q 'No such device or address' /run/log/background.log
expect_log '^ready'
type_in $'hello\n'
expect_log '^got hello'
expect_status 5
