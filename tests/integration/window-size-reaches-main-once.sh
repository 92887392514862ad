# SPDX-License-Identifier: MIT
# The main command learns of a new window size, once, though the kernel and we could both tell it.
winches()
{
    [ "$(grep -c WINCH "$OUT")" -ge "$1" ]
}

given terminal
start -- sh -c "tty; exec $HELPERS/witness TERM=0"
expect_soon grep -q ready "$OUT"
terminal=$(grep -Eo '^/dev/pts/[0-9]+' "$OUT")
for round in 1 2 3; do
    stty -F "$terminal" rows $((30 + round)) # one change each: stty makes a call for rows and one for columns
    expect_soon winches "$round"
done
# Had any come twice, it would be here before this one.
kill_init USR1
expect_soon grep -q 'got USR1' "$OUT"
expect_same 3 "$(grep -c WINCH "$OUT")"
term
expect_status 0
