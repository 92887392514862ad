# SPDX-License-Identifier: MIT
# --audit says of this kernel's Landlock what --exec --explain does, and the mend for what is missing.
audit()
{
    "$@" "$PROGRAM" --audit --only landlock >"$OUT" 2>"$LOG" || fail "the audit fails: $(<"$LOG")"
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

holds()
{
    "$PROGRAM" --exec --explain --json | grep -Eq "\"wall\": \"$1\", \"state\": \"holds\""
}

audit env
if holds 'path sockets'; then
    says '^pass +landlock +Landlock ABI ([0-9]{2}|9): the airlock keeps path sockets, too$'
elif holds signals; then
    says '^warn +landlock +Landlock ABI [678]: the airlock keeps signals and abstract sockets, but path sockets only'
    says 'mend: sandbox-init.ini: \[airlock\] unix_sockets = strict$'
    # The mend is one.
    sed -n 's/.*mend: sandbox-init.ini: //p' "$OUT" | sed 's/^\(\[airlock\]\) /\1\n/' >/etc/sandbox-init.ini
    audit env
    says '^pass +landlock +Landlock ABI [678], and unix_sockets = strict: '
else
    says '^warn +landlock '
    says 'mend: host: '
fi

printf '[airlock]\nunix_sockets = off\n' >/etc/sandbox-init.ini
audit "$HELPERS/refuser" ENOSYS
says '^warn +landlock +this kernel has no Landlock; it needs CONFIG_SECURITY_LANDLOCK'
says 'mend: host: Linux 6.12 or later, best 7.1, with CONFIG_SECURITY_LANDLOCK$'
audit "$HELPERS/refuser" EOPNOTSUPP
says '^warn +landlock +Landlock is disabled in this kernel'
audit "$HELPERS/refuser" EPERM
says '^warn +landlock +Landlock is refused \(Operation not permitted\)'
