# SPDX-License-Identifier: MIT
# --audit says who may trace whom on this host, which is tried; and passes where the host's Yama forbids it.
needs_root
user=(setpriv --reuid 1234 --regid 1234 --clear-groups)

audit()
{
    env -i "PATH=$PATH_INSIDE" HOME=/tmp "${sanitizer[@]}" "${user[@]}" "$PROGRAM" --audit --only ptrace-scope \
        >"$OUT" 2>"$LOG" || fail "the audit fails: $(<"$LOG")"
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

background one "${user[@]}" sleep 1000
expect_soon pgrep -U 1234 -x sleep >/dev/null
audit
if [ "$("${user[@]}" "$HELPERS/tracer" "$(pgrep -U 1234 -x sleep)")" = traced ]; then
    says '^warn +ptrace-scope +(0|no Yama in this kernel): who has the same uid can be traced'
    says 'mend: host: '
else
    says '^pass +ptrace-scope +[123]: '
fi

# Hosts of other kinds, as their kernels show it.
mount -n -t tmpfs tmpfs /proc/sys/kernel
audit
says '^warn +ptrace-scope +no Yama in this kernel'
mkdir /proc/sys/kernel/yama
echo 0 >/proc/sys/kernel/yama/ptrace_scope
audit
says '^warn +ptrace-scope +0: who has the same uid can be traced'
says 'mend: host: sysctl kernel.yama.ptrace_scope=1$'
echo 1 >/proc/sys/kernel/yama/ptrace_scope
audit
says '^pass +ptrace-scope +1: only children can be traced$'
umount -n /proc/sys/kernel
