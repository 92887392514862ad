# SPDX-License-Identifier: MIT
# Anybody with its uid opens the debugger of a node server, such as VS Code's, by a signal, and then runs code in it.
# Not from behind the airlock.
needs_command node
"$PROGRAM" --exec --explain --json | grep -q '"wall": "signals", "state": "holds"' ||
    skip "this kernel has no signal scope (Linux 6.12)"

has_debugger()
{
    grep -q "Debugger listening" "$(output_of "$1")"
}

for name in guarded open; do
    background "$name" env NODE_OPTIONS= node -e 'console.log(process.pid); setInterval(() => {}, 1000)'
    expect_output "$name" '^[0-9]+$' 30
done
guarded=$(head -n 1 "$(output_of guarded)")

refute "$PROGRAM" --exec -q -- sh -c "kill -s USR1 $guarded" 2>/dev/null
refute "$PROGRAM" --exec -q -- node -e "process.kill($guarded, 'SIGUSR1')" 2>/dev/null
refute "$PROGRAM" --exec -q -- node -e "process._debugProcess($guarded)" 2>/dev/null
# The one that is signalled from outside has it open by the time that the other one would have had it.
kill -s USR1 "$(head -n 1 "$(output_of open)")"
expect_soon has_debugger open
refute has_debugger guarded
