# SPDX-License-Identifier: MIT
# Of the stops that are asked for within a millisecond of its exec, it loses no more than the earliest possible
# program does, which blocks with its very first instructions: what comes before that, the kernel drops.
needs_plain_program "they take longer to start"
case $(uname -m) in
    x86_64 | aarch64 | armv7l | riscv64) ;;
    *) skip "there is no entry point for this processor" ;;
esac
if [ ! -x "$HELPERS/earliest" ]; then
    skip "the program is linked dynamically: the dynamic linker takes longer than that"
fi
times=500
read -r lost must <<<"$("$HELPERS/instant" $times "$PROGRAM" "$HELPERS/earliest")"
# Two random numbers, about Poisson: their difference is above 4 standard deviations once in 30,000 runs.
may=$(awk -v must="$must" -v lost="$lost" 'BEGIN { print must + 4 * sqrt(must + lost) + 1 }')
echo "of $times lost: $lost by the program, $must by the earliest possible one"
if awk -v may="$may" -v lost="$lost" 'BEGIN { exit !(lost > may) }'; then
    fail "it lost $lost of $times, the earliest possible program $must"
fi
expect test "$lost" -lt "$times"
