# SPDX-License-Identifier: MIT
# Signals that do not stop the container are for the main command and whoever is in its process group.
start -- sh -c "$HELPERS/witness >/tmp/other & exec $HELPERS/witness TERM=0"
expect_soon grep -qx ready "$OUT"
expect_soon grep -qx ready /tmp/other
for signal in HUP USR1 USR2 ALRM CONT TSTP TTIN TTOU PWR IO WINCH RTMIN+3; do
    kill_init "$signal"
    expect_soon grep -Fqx "got $signal" "$OUT"
    expect_soon grep -Fqx "got $signal" /tmp/other
done
expect_running
