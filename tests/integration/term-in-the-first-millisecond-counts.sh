# SPDX-License-Identifier: MIT
# A stop that is asked for while the program is still getting ready is neither lost nor does anything hang on
# it.
times=200
if [ "$slowness" -ne 1 ]; then
    times=50
fi
command=(env "${sanitizer[@]}" "$PROGRAM")
expect_same "$times times 0" "$("$HELPERS/hasty" $times "${command[@]}" 2>/dev/null)"
expect_same "$times times 143" "$("$HELPERS/hasty" $times "${command[@]}" -- sleep 1000 2>/dev/null)"
