# SPDX-License-Identifier: MIT
# A real Node that is debugged fails: told so by its arguments, and by a signal of another process of its user.
needs_command node
needs_plain_program "Node has 200 ms to answer"
audit=$STATE/audit

look()
{
    inside "$PROGRAM" --audit --only inspector >"$audit" 2>&1 || true
    has_line "$audit" "$1"
}

# A port that nobody has: on the machine's network others may debug something.
is_free()
{
    ! grep -Eq " 0100007F:$(printf %04X "$1") [0-9A-F:]+ 0A " /proc/net/tcp
}

start sleep 1000
for port in {9230..9239} 0; do
    if is_free "$port"; then
        break
    fi
done
if [ "$port" -eq 0 ]; then
    skip "all ports of debuggers are in use"
fi
debugged="^fail +inspector .*a Node process of uid 0 lets itself be debugged on 127.0.0.1, port"
refute look "$debugged $port"
background debugged inside node "--inspect=127.0.0.1:$port" -e 'setInterval(() => {}, 1000)'
expect_output debugged 'Debugger listening'
expect_soon look "$debugged $port"
end debugged
refute look "$debugged $port"

# SIGUSR1 opens it.
background plain inside node "--inspect-port=127.0.0.1:$port" -e 'console.log("ready"); setInterval(() => {}, 1000)'
expect_output plain ready
refute look "$debugged $port"
expect inside pkill -USR1 -x node
expect_output plain 'Debugger listening'
expect_soon look "$debugged $port"
