# SPDX-License-Identifier: MIT
# --audit passes when no_new_privs holds for PID 1, too; what has it in the airlock only is told apart, and so are
# other processes of the agent's without.
needs_root
user=(setpriv --reuid 1234 --regid 1234 --clear-groups)
locked=(setpriv --reuid 1234 --regid 1234 --clear-groups --no-new-privs)

# audit STATUS COMMAND-IN-FRONT...
audit()
{
    local wanted=$1 status=0
    shift
    inside "${sanitizer[@]}" "$@" "$PROGRAM" --audit --only no-new-privileges >"$OUT" 2>/run/problem || status=$?
    expect_same "$wanted" "$status"
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

start
audit 1 "${user[@]}"
says '^fail +no-new-privileges +not set: programs can give privileges$'
says 'mend: devcontainer.json: "securityOpt": \["no-new-privileges:true"\]$'
audit 0 "${user[@]}" "$PROGRAM" --exec -q --
says '^warn +no-new-privileges +not for PID 1, and so not for what .docker exec. starts; set for this process$'
term
expect_status 0

# As Docker does it with security_opt: no-new-privileges:true.
given before 'set -- setpriv --no-new-privs -- "$@"'
start
audit 0 "${locked[@]}"
says '^pass +no-new-privileges +set for this process$'
background one inside "${user[@]}" sleep 1000
expect_soon pgrep -U 1234 -x sleep >/dev/null
audit 0 "${locked[@]}"
says '^warn +no-new-privileges +not for 1 of 1 other processes of uid 1234 \(sleep\); set for this process$'
