# SPDX-License-Identifier: MIT
# The main command is stopped with the signal that asked us, and what it then says is the container's exit
# status.
status=11
for signal in TERM INT QUIT; do
    start -- "$HELPERS/witness" TERM=11 INT=12 QUIT=13
    expect_soon grep -qx ready "$OUT"
    kill_init "$signal"
    expect_status $((status++))
done
