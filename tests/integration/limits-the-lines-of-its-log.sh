# SPDX-License-Identifier: MIT
# However many sockets come at once, the log has few lines, the number of those left out, and the true counts.
start
expect_log 'watching [0-9]+ director'
kill_init STOP
expect_same 'bound 3000' "$("$HELPERS/flood" /tmp 3000)"
touch /tmp/vscode-ipc-file.sock
kill_init CONT
expect_log 'left /tmp/vscode-ipc-file.sock alone' # other kinds of lines have their own limit
expect_log '[0-9]+ more lines about removals were left out; so far'
kill_init STOP
expect_same 'bound 500' "$("$HELPERS/flood" /tmp 500)"
kill_init CONT
is_empty()
{
    [ -z "$(find /tmp -name 'vscode-ipc-[0-9]*' -print -quit)" ]
}
expect_soon is_empty
term
expect_status 0
expect_log 'in all: (3500 revoked, 0|0 revoked, 3500) unlinked, .* 1 refused'
expect test "$(wc -l <"$LOG")" -lt 300
shown=$(grep -cE 'guard: (revoked|unlinked) /tmp' "$LOG")
left_out=$(sed -n 's/.* \([0-9]*\) more lines about removals.*/\1/p' "$LOG" | paste -sd+)
expect_same 3500 $((shown + left_out))
