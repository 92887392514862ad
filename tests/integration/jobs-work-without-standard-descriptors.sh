# SPDX-License-Identifier: MIT
# Whatever of stdin, stdout and stderr the init was started without: its jobs have all three, and their logs
# have what they said and nothing else.
if [ -n "${SANDBOX_INIT_VALGRIND:-}" ]; then
    skip "valgrind keeps its log open"
fi
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:first]
command = ls -l /proc/$$/fd; echo error >&2; if read line; then echo stole; fi
[job:second]
command = echo there
after = first
END
for closed in 0 1 2 '0 1' '0 2' '1 2' '0 1 2'; do
    rm -rf /run/log
    given nothing
    # shellcheck disable=SC2086 # one word a descriptor
    given closed $closed
    start -- sleep 1000
    expect_soon grep -qs 'done after' /run/log/second.log
    expect_same '0 1 2' "$(grep -oE ' [0-9]+ ->' /run/log/first.log | grep -oE '[0-9]+' | paste -sd' ')"
    expect grep -q ' 0 -> /dev/null$' /run/log/first.log
    expect grep -q ' error$' /run/log/first.log
    refute grep -q 'stole$' /run/log/first.log
    expect_same 3 "$(wc -l </run/log/second.log)"
    expect grep -q ' there$' /run/log/second.log
    term
    expect_status 143
done
