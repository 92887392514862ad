# SPDX-License-Identifier: MIT
# What is said on the command line is added to the configuration, and wins for the same signal.
printf '[init]\nrewrite = USR1:0 USR2:0 HUP:WINCH\nremap_exit = 3\npdeathsig = USR1\n' >/etc/sandbox-init.ini
start -r USR1:USR1 --rewrite HUP:CONT -r RTMIN+3:RTMAX-1 -r ALRM:IO -r ALRM:PWR -e 4 -- \
    "$HELPERS/witness" TERM=3
expect_soon grep -qx ready "$OUT"
wanted=ready
while read -r signal got; do
    kill_init "$signal"
    if [ -n "$got" ]; then
        wanted+=$'\n'"got $got"
        expect_soon grep -Fqx "got $got" "$OUT"
    fi
done <<<$'USR2\nUSR1 USR1\nHUP CONT\nRTMIN+3 RTMIN+29\nALRM PWR'
expect_same "$wanted" "$(<"$OUT")"
term
expect_status 0
start -e 4 -- sh -c 'exit 4'
expect_status 0
start -e 4 -- sh -c 'exit 5'
expect_status 5

# A signal rewritten to one that stops is the main command's alone.
start -r HUP:TERM -- "$HELPERS/witness" INT=3
expect_soon grep -qx ready "$OUT"
kill_init HUP
expect_soon grep -qx 'got TERM' "$OUT"
expect_running
refute_log stopping
kill_init INT
expect_status 0

# What the kernel sends it when its parent dies: by the key, and by the option, which wins.
parent()
{
    (program_here "$@" -- "$HELPERS/witness" TERM=0 >/tmp/witness 2>/tmp/log) &
    read -r _
}

dies_with()
{
    local wanted=$1
    shift
    : >/tmp/witness
    background parent parent -r USR1:USR1 -r USR2:USR2 "$@"
    expect_soon grep -qx ready /tmp/witness
    hang_up parent
    join parent || true
    expect_soon grep -qx "got $wanted" /tmp/witness
    kill -s TERM "$(ps -o ppid= -p "$(pgrep -x witness)")"
    expect_soon grep -qx 'got TERM' /tmp/witness
    expect_same "ready"$'\n'"got $wanted"$'\n'"got TERM" "$(</tmp/witness)"
}

dies_with USR1
dies_with USR2 --pdeathsig=USR2
