# SPDX-License-Identifier: MIT
# The guard runs before others where it may; the main command does not.
needs_root
start -- sh -c 'nice; exec sleep 1000'
expect_soon test -s "$OUT"
expect_same "$(nice)" "$(<"$OUT")"
expect_same -20 "$(awk '{ print $19 }' "/proc/$INIT/stat")"
term
expect_status 143

own=$(nice)
background init nice -n 5 env "${sanitizer[@]}" "${wrapper[@]}" "$PROGRAM" -- nice
expect_output init "^$((own + 5 > 19 ? 19 : own + 5))\$"
join init
