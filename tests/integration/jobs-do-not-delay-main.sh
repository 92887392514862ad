# SPDX-License-Identifier: MIT
# The main command does not wait for jobs, whatever they do: it is the first process that is started, and it
# runs while they hang.
{
    printf '[init]\nlog_dir = /run/log\n'
    for i in $(seq 60); do
        printf '[job:j%s]\ncommand = read line </run/gate\n' "$i"
    done
    printf '[job:fails]\ncommand = true\ndirectory = /run\nenvironment_file = none\n'
    printf '[job:waits]\ncommand = touch /run/ran\nafter = j1 fails\n'
} >/etc/sandbox-init.ini
mkfifo /run/gate
start -- sh -c 'echo "pid $$"; exec sleep 1000'
expect_soon grep -q '^pid ' "$OUT"
for i in $(seq 60); do
    expect_log "job:j$i: started"
done
main=$(grep -oE '[0-9]+' "$OUT")
first=$(grep -oE 'started, pid [0-9]+' "$LOG" | grep -oE '[0-9]+' | sort -n | head -n 1)
expect test "$main" -lt "$first"
refute test -e /run/ran
term
expect_status 143
