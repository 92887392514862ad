# SPDX-License-Identifier: MIT
# We block all signals; the main command does not, but it ignores and blocks what we were started to.
start -- sh -c 'cat /proc/self/status; exec sleep 1000'
expect_soon grep -q '^SigCgt' "$OUT"
expect_same "0000000000000000" "$(awk '/^SigBlk:/ { print $2 }' "$OUT")"
expect_same "0000000000000000" "$(awk '/^SigIgn:/ { print $2 }' "$OUT")"
expect grep -Eq '^SigBlk:.*[1-9a-f]' "/proc/$INIT/status"
term
expect_status 143

# HUP is bit 0, USR1 bit 9, USR2 bit 11.
env -i --default-signal --ignore-signal=HUP,USR1 --block-signal=USR2 "${sanitizer[@]}" PATH="$PATH" \
    "${wrapper[@]}" "$PROGRAM" -- cat /proc/self/status >/tmp/status 2>"$LOG"
expect_same "0000000000000800" "$(awk '/^SigBlk:/ { print $2 }' /tmp/status)"
expect_same "0000000000000201" "$(awk '/^SigIgn:/ { print $2 }' /tmp/status)"
