# SPDX-License-Identifier: MIT
# A stopped process cannot act on any request: it is continued, whichever signal stops the container, be it
# the main command, one in its process group or another, and nothing waits for the end of a grace period.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
# freeze N: as soon as there are N of them
freeze()
{
    local pids=() pid
    checks=$((checks + 1))
    while [ ${#pids[@]} -ne "$1" ]; do
        mapfile -t pids < <(pgrep --ns "$INIT" --nslist pid -x 'sleep|tail' || true)
    done
    for pid in "${pids[@]}"; do
        kill -s STOP "$pid"
        expect_soon grep -q '^State:.T' "/proc/$pid/status"
    done
}

for how in start start_subreaper; do
    for signal in TERM INT QUIT; do
        "$how" -- sleep 1000
        freeze 1
        kill_init "$signal"
        expect_status $((128 + $(kill -l "$signal")))
    done

    # The whole process group, as Ctrl-Z stops it. In a shell's background INT and QUIT are ignored.
    for signal in TERM INT; do
        "$how" -- sh -c 'sleep 1000 & exec sleep 1000'
        freeze 2
        kill_init "$signal"
        expect_status $((128 + $(kill -l "$signal")))
    done

    "$how" -- sh -c '(setsid sleep 1000 &); exec tail -f /dev/null'
    freeze 2
    term
    expect_status 143
done
