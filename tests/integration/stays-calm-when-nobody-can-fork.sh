# SPDX-License-Identifier: MIT
# At the limit of processes: when there cannot be one for the main command it ends with 71 and says why. A
# main command that forks in vain is its own affair: the program does not spin, still reaps, and still
# stops.
needs_root
needs_plain_program "it needs threads of its own, or its own time"
for how in start_as start_subreaper_as; do
    given nothing
    given before 'ulimit -u 1'
    "$how" 54321 -- sleep 1000
    expect_status 71
    expect_log 'error init: cannot start a process for the command: Resource temporarily unavailable'
done

cpu_of()
{
    awk '{ print $14 + $15 }' "/proc/$1/stat"
}

has_worked()
{
    [ "$(cpu_of "$1")" -ge 30 ]
}

check_storm()
{
    local main before spent
    "$@" -- "$HELPERS/zombies" 100000 --storm
    expect_soon grep -qx 'at the limit' "$OUT"
    main=$(pgrep --ns "$INIT" --nslist pid -P "$INIT" -o -x zombies)
    before=$(cpu_of "$INIT")
    expect_soon has_worked "$main"
    spent=$(($(cpu_of "$INIT") - before))
    expect test "$spent" -lt 10 # of 100 in a second, while that one spent 30
    # It needs no process of its own to stop all of them.
    term
    expect_status 143
}

given nothing
given before 'ulimit -u 30'
check_storm start_as 54321
check_storm start_subreaper_as 54321

# A limit of the container's: root's too.
pids=/sys/fs/cgroup/pids
if [ ! -d "$pids" ]; then
    pids=/sys/fs/cgroup
fi
group=$pids/sandbox-init-test.$$.$RANDOM
if mkdir "$group" 2>/dev/null && [ -w "$group/pids.max" ]; then
    echo 30 >"$group/pids.max"
    given nothing
    given before "echo \$\$ >$group/cgroup.procs"
    check_storm start
    echo 1 >"$group/pids.max"
    start -- sleep 1000
    expect_status 71
    expect_log 'cannot start a process for the command: Resource temporarily unavailable'
    rmdir "$group"
fi
