# SPDX-License-Identifier: MIT
# PID 1 is not dumpable: a process of the same user can neither read its environment and memory nor take hold
# of it.
needs_root
start_as 1234 -- sleep 1000
expect_log 'watching [0-9]+ director'
for file in environ mem maps fd/0; do
    refute inside_as 1234 cat "/proc/1/$file"
done
# What it starts is an ordinary program, which shows that the attempts were fit to succeed.
main=$(inside pgrep -x sleep)
expect inside_as 1234 grep -qa HOME "/proc/$main/environ"
expect_same refused "$(inside_as 1234 "$HELPERS/tracer" 1)"
if [ "$(inside_as 1234 "$HELPERS/tracer" "$main")" != traced ]; then
    skip "nobody may trace anybody here (kernel.yama.ptrace_scope)"
fi
