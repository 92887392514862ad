# SPDX-License-Identifier: MIT
# The main command gets the three standard descriptors as they are, and nothing of ours.
if [ -n "${SANDBOX_INIT_VALGRIND:-}" ]; then
    skip "valgrind keeps its log open"
fi
start -- sh -c 'ls /proc/$$/fd; exec sleep 1000'
expect_soon grep -qx 2 "$OUT"
expect_same '0 1 2' "$(paste -sd' ' "$OUT")"
# By then everything that the program opens is open.
expect test "$(find "/proc/$INIT/fd" -type l | wc -l)" -gt 5
