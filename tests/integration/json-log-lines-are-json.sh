# SPDX-License-Identifier: MIT
# With log_format = json every line of the log is one object, whatever is named in it.
needs_command python3
printf '[init]\nlog_format = json\nlog_level = debug\n' >/etc/sandbox-init.ini
start -- sh -c 'exit 3'
expect_status 3
start
expect_log watching
"$HELPERS/binder" $'/tmp/vscode-ipc-"\\\n\e[2J\xff.sock'
expect_log 'vscode-ipc'
term
expect_status 0
expect python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="ascii")]
assert len(lines) > 3
assert all(set(line) == {"time", "level", "part", "message"} for line in lines), lines
' "$LOG"
