# SPDX-License-Identifier: MIT
# --audit compares the agent's user with that of VS Code's server: the same is a warning, root a failure, another one
# passes. Behind the airlock the server is closed all the same.
needs_root

# audit STATUS UID COMMAND-IN-FRONT...
audit()
{
    local wanted=$1 uid=$2 status=0
    shift 2
    env -i "PATH=$PATH_INSIDE" HOME=/tmp "${sanitizer[@]}" setpriv --reuid "$uid" --regid "$uid" --clear-groups -- \
        "$@" "$PROGRAM" --audit --only uid >"$OUT" 2>"$LOG" || status=$?
    expect_same "$wanted" "$status"
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

audit 0 1234
says "^n/a +uid +uid 1234; no server of VS Code's is to be seen\$"
run_here 1 --audit --only uid
says '^fail +uid +the agent is root, as far as is known'
says 'mend: devcontainer.json: "remoteUser": "vscode"$'

mkdir -p /tmp/home/.vscode-server/bin
cp "$(command -v sleep)" /tmp/home/.vscode-server/bin/node
background server setpriv --reuid 1234 --regid 1234 --clear-groups -- /tmp/home/.vscode-server/bin/node 1000
expect_soon pgrep -U 1234 -x node >/dev/null
server=$(pgrep -U 1234 -x node)

audit 0 1234
says "^warn +uid +uid 1234 is that of VS Code's server \(pid $server\), too: it can trace it, open its debugger and"
says 'mend: terminal: sandbox-init --exec -- COMMAND$'
if "$PROGRAM" --exec --explain --json | grep -Eq '"wall": "processes", "state": "holds"'; then
    audit 0 1234 "$PROGRAM" --exec -q --
    says "^warn +uid +uid 1234 is that of .* too: it can change its extensions, but not trace it from here\$"
fi
audit 0 1235
says "^pass +uid +uid 1235; VS Code's server \(pid $server\) has uid 1234\$"

# Root looks at the server's user, if nobody says otherwise.
run_here 0 --audit --only uid
says "^warn +uid +uid 1234 is that of VS Code's server \(pid $server\), too"
run_here 0 --audit --only uid --user 1235
says '^pass +uid +uid 1235; '
run_here 1 --audit --only uid --user 0
says '^fail +uid +the agent is root$'
