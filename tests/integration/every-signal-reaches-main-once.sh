# SPDX-License-Identifier: MIT
# All signals that can be caught, the real-time ones too, reach the main command's process group, none twice
# and none as another, whoever we are. CHLD and PIPE are our own.
if [ -n "${SANDBOX_INIT_VALGRIND:-}" ]; then
    skip "valgrind dies of some of these, and reserves another"
fi

# What the witness calls each; those that stop the container, cannot be caught or are nobody's are not there.
names=([1]=HUP [4]=4 [5]=5 [6]=6 [7]=7 [8]=8 [10]=USR1 [11]=11 [12]=USR2 [14]=ALRM [16]=16 [18]=CONT [20]=TSTP
    [21]=TTIN [22]=TTOU [23]=23 [24]=24 [25]=25 [26]=26 [27]=27 [28]=WINCH [29]=IO [30]=PWR [31]=31)
names[32]=32
names[33]=33 # the C library's own, but only by agreement
for ((number = 34; number <= 64; number++)); do
    names[number]=RTMIN+$((number - 34))
done

both_said()
{
    [ "$(<"$OUT")" = "$1" ] && [ "$(</tmp/other)" = "$1" ]
}

check_all()
{
    local number wanted=ready
    "$@" -- sh -c "$HELPERS/witness >/tmp/other & exec $HELPERS/witness TERM=0"
    expect_soon test -s /tmp/other
    expect_soon both_said "$wanted"
    kill_init CHLD
    kill_init PIPE
    for number in "${!names[@]}"; do
        wanted+=$'\n'"got ${names[number]}"
        kill_init "$number"
        wait_until 10 both_said "$wanted" || fail "after signal $number: $(tail -n 2 "$OUT" /tmp/other)"
    done
    # Real-time signals are counted; the kernel hands out the lowest first.
    kill_init STOP
    kill_init 40
    kill_init 36
    kill_init 36
    kill_init CONT
    wanted+=$'\ngot CONT\ngot RTMIN+2\ngot RTMIN+2\ngot RTMIN+6'
    wait_until 10 both_said "$wanted" || fail "after several: $(tail -n 5 "$OUT" /tmp/other)"
    rm /tmp/other
    term
    expect_status 0
}

check_all start
if [ -z "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
    check_all start_subreaper_as 1234
fi
if [ ${#sanitizer[@]} -eq 0 ]; then
    given no-proc
    check_all start
fi
