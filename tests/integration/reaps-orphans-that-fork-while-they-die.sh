# SPDX-License-Identifier: MIT
# Orphans that come one after the other, each forked by one that ends: all are reaped, as PID 1 and as another
# init's child, and while they come it heeds everything else.
count=2000
if [ "$slowness" -ne 1 ]; then
    count=200
fi

has_only_main()
{
    [ "$(wc -w <"/proc/$INIT/task/$INIT/children")" -eq 1 ]
}

for how in start start_subreaper; do
    "$how" -- sh -c "setsid $HELPERS/zombies $count --chain; exec $HELPERS/witness TERM=4"
    test -e "/proc/$INIT/task/$INIT/children" || skip "this kernel does not list a process's children"
    expect_soon grep -qx ready "$OUT"
    kill_init USR1
    expect_soon grep -qx 'got USR1' "$OUT"
    expect_soon grep -qx "chained $count" "$OUT"
    expect_soon has_only_main
    term
    expect_status 4
done
