# SPDX-License-Identifier: MIT
# --audit fails without a filter of system calls, and passes when PID 1 has one, too; the airlock's own is not taken
# for the container's.
needs_root
filter=("$HELPERS/refuser" ENOSYS)

# audit STATUS COMMAND-IN-FRONT...
audit()
{
    local wanted=$1 status=0
    shift
    inside "${sanitizer[@]}" "$@" "$PROGRAM" --audit --only seccomp >"$OUT" 2>/run/problem || status=$?
    expect_same "$wanted" "$status"
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

given before "set -- ${filter[*]} \"\$@\""
start
audit 0 "${filter[@]}"
says '^pass +seccomp +(filters on this process: [0-9]+|a filter on this process)$'
term
expect_status 0

grep -qx $'Seccomp:\t0' /proc/self/status || skip "without a filter: this machine has one itself"
given nothing
start
audit 1 setpriv --reuid 1234 --regid 1234 --clear-groups
says '^fail +seccomp +no filter: every system call of the kernel can be reached$'
says 'mend: devcontainer.json: .*seccomp=unconfined'
audit 0 "${filter[@]}"
says '^warn +seccomp +none on PID 1, and so none on what .docker exec. starts; '
