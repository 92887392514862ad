# SPDX-License-Identifier: MIT
# A job has its three descriptors and no other, also where some were passed on to the main command: stdin is
# /dev/null, stdout and stderr are its own pipe. Of signals it has what the init was started with, and its
# process group is its own.
if [ -n "${SANDBOX_INIT_VALGRIND:-}" ]; then
    skip "valgrind keeps its log open"
fi
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:show]
command =
    ls -l /proc/$$/fd
    cat /proc/self/status >/run/status
    read -r pid name state parent group session terminal rest </proc/$$/stat
    echo "$pid $group" >/run/group
    cat
    if read -r line; then echo stole; fi
    echo done reading
[service:other]
command = exec sleep 1000
[job:after]
command = ls -l /proc/$$/fd; head -c 3 /dev/stdin | wc -c
after = other show
END
# The init's own stdin is for the main command.
printf 'a line\n' >/run/input
given before 'exec </run/input 7</etc/passwd 63<>/etc/sandbox-init.ini' # and what is passed on
start -- sleep 1000
expect_log 'job:after: done'
for name in show after; do
    file=/run/log/$name.log
    expect_same '0 1 2' "$(grep -oE ' [0-9]+ ->' "$file" | grep -oE '[0-9]+' | paste -sd' ')"
    expect grep -q ' 0 -> /dev/null$' "$file"
    expect grep -Eq ' 1 -> pipe:' "$file"
    expect_same "$(grep -oE '1 -> pipe.*' "$file" | cut -c6-)" "$(grep -oE '2 -> pipe.*' "$file" | cut -c6-)"
done
expect grep -q ' done reading$' /run/log/show.log
refute grep -Eq ' (a line|stole)$' /run/log/show.log
expect grep -q ' 0$' /run/log/after.log
for set in SigBlk SigIgn; do
    expect grep -Eq "^$set:.0+$" /run/status
done
read -r pid group </run/group
expect_same "$pid" "$group"
