# SPDX-License-Identifier: MIT
# An agent that makes sockets in a loop neither fills the memory nor the log.
count=100000
if [ "$slowness" -ne 1 ]; then
    count=5000
fi

anonymous_kb()
{
    awk '/^RssAnon:/ { print $2 }' "/proc/$INIT/status"
}

is_empty()
{
    [ -z "$(find /tmp -name 'vscode-*' -print -quit)" ]
}

start
expect_same 'bound 100' "$("$HELPERS/flood" /tmp 100)"
expect_soon is_empty
before=$(anonymous_kb)
expect_same "bound $count" "$("$HELPERS/flood" /tmp $count)"
wait_until 40 is_empty || fail "not all are gone"
after=$(anonymous_kb)
if [ "$slowness" -eq 1 ] && [ "$after" -gt $((before + 64)) ]; then
    fail "it grew from $before kB to $after kB"
fi
expect test "$(wc -l <"$LOG")" -lt $((count / 10))
term
expect_status 0
expect test "$(wc -c <"$LOG")" -lt 200000
