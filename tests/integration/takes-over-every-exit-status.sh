# SPDX-License-Identifier: MIT
# Each of the 256 exit statuses, and 128 and its number for each signal that can end a program: as PID 1 and
# as another init's child, as root and as an ordinary user.
needs_root
step=1
if [ "$slowness" -ne 1 ]; then
    step=37
fi
clean=(env -i --default-signal "PATH=$PATH_INSIDE" "${sanitizer[@]}")

# status_as HOW UID COMMAND...: runs it as main of the program; prints the program's exit status
status_as()
{
    local how=$1 uid=$2 status=0 command=()
    shift 2
    if [ "$how" = first ]; then
        command+=(unshare --pid --fork --kill-child --)
    fi
    command+=("${clean[@]}")
    if [ "$uid" -ne 0 ]; then
        command+=(setpriv --reuid "$uid" --regid "$uid" --clear-groups --)
    fi
    "${command[@]}" "${wrapper[@]//%p/$EPOCHREALTIME.%p}" "$PROGRAM" -q -- "$@" \
        >>"$OUT" 2>>"$LOG" </dev/null || status=$?
    echo "$status"
}

for ((status = 0; status < 256; status += step)); do
    expect_same "$status" "$(status_as first 0 sh -c "exit $status")"
done
for how in first child; do
    for uid in 0 1234; do
        for status in 0 1 64 71 78 99 125 126 127 128 129 137 143 254 255; do
            expect_same "$how $uid: $status" "$how $uid: $(status_as "$how" "$uid" sh -c "exit $status")"
        done
    done
done

# All but those that end nobody (CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, WINCH) and the C library's own two.
ulimit -c 0
for ((number = 1; number <= 64; number += step)); do
    case $number in
        17 | 18 | 19 | 20 | 21 | 22 | 23 | 28 | 32 | 33) continue ;;
    esac
    how=first
    if ((number % 2)); then
        how=child
    fi
    expect_same "signal $((128 + number))" "signal $(status_as "$how" 0 sh -c "kill -$number \$\$")"
done
