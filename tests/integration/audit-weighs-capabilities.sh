# SPDX-License-Identifier: MIT
# --audit fails for capabilities that the agent has, and for those that lead to the host; warns of what nobody needs;
# and passes with those that it puts into its mend.
needs_root
user=(--reuid 1234 --regid 1234 --clear-groups)

# audit STATUS SETPRIV-OPTION...
audit()
{
    local wanted=$1 status=0
    shift
    env -i "PATH=$PATH_INSIDE" HOME=/tmp "${sanitizer[@]}" setpriv "$@" -- "$PROGRAM" --audit --only capabilities \
        >"$OUT" 2>"$LOG" || status=$?
    expect_same "$wanted" "$status"
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

# Docker's own.
audit 0 --bounding-set "-all,$DOCKER_CAPS" "${user[@]}"
says '^warn +capabilities +root needs no FSETID, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP; uid 1234 has none$'
added=$(sed -n 's/.*mend: docker-compose.yml: cap_add: \[\(.*\)\]$/\1/p' "$OUT")
expect_same "CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID" "$added"

# The mend is one.
few=-all,+$(tr -d ' ' <<<"${added,,}" | sed 's/,/,+/g')
audit 0 --bounding-set "$few" "${user[@]}"
says "^pass +capabilities +uid 1234 has none; root can have $added\$"
audit 0 --bounding-set -all "${user[@]}"
says '^pass +capabilities +uid 1234 has none; root can have none$'

audit 1 --bounding-set "$few,+sys_admin" "${user[@]}"
says '^fail +capabilities +sudo would give SYS_ADMIN; uid 1234 has none$'
audit 0 --bounding-set "$few,+sys_admin" "${user[@]}" --no-new-privs
says '^warn +capabilities +root could have SYS_ADMIN; uid 1234 has none$'
audit 1 --bounding-set "$few,+sys_admin" --inh-caps -all --no-new-privs
says '^fail +capabilities +root has SYS_ADMIN$'

# As --privileged has it, without what this machine has not itself.
bounding=$((16#$(sed -n 's/^CapBnd:.//p' /proc/self/status)))
audit 1 "${user[@]}"
if (((bounding & 0x27426b1004) == 0x27426b1004)); then
    says '^fail +capabilities +all that lead out can be gained: the container is privileged; '
    says 'mend: docker-compose.yml: privileged: false$'
else
    says '^fail +capabilities +sudo would give '
fi

# What the agent has without asking anybody; root sees it by a process of the agent's, and says when there is none.
raw=(--bounding-set "$few,+net_raw" "${user[@]}" --inh-caps '-all,+net_raw' --ambient-caps '-all,+net_raw')
audit 1 "${raw[@]}"
says '^fail +capabilities +uid 1234 has NET_RAW; root needs no NET_RAW$'
audit 0 --bounding-set "$few" "${user[@]}" --inh-caps -all,+chown
says '^warn +capabilities +programs of uid 1234 can inherit CHOWN; '
run_here 1 --audit --only capabilities --user 1234
says 'not seen: what processes of uid 1234 have, of which none is there: look as that user$'
background one setpriv "${raw[@]}" -- sleep 1000
expect_soon pgrep -U 1234 -x sleep >/dev/null
run_here 1 --audit --only capabilities --user 1234
says '^fail +capabilities +sleep of uid 1234 has NET_RAW; '
