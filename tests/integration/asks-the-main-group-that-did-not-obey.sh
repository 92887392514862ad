# SPDX-License-Identifier: MIT
# Who shares the main command's process group and ignores the signal that stopped it, as a shell's background
# does with INT, is asked with TERM as all others are.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
for how in start start_subreaper; do
    for signal in INT QUIT; do
        "$how" -- sh -c "$HELPERS/witness TERM=0 >/tmp/mate & exec $HELPERS/witness $signal=4"
        expect_soon grep -qsx ready /tmp/mate
        expect_soon grep -qx ready "$OUT"
        kill_init "$signal"
        expect_status 4
        expect_same "ready"$'\n'"got $signal"$'\n'"got TERM" "$(</tmp/mate)"
        rm /tmp/mate
    done
done
start -r TERM:INT -- sh -c "$HELPERS/witness TERM=0 >/tmp/mate & exec $HELPERS/witness INT=4"
expect_soon grep -qsx ready /tmp/mate
expect_soon grep -qx ready "$OUT"
term
expect_status 4
expect_same $'ready\ngot INT\ngot TERM' "$(</tmp/mate)"
rm /tmp/mate

# Nor does it depend on the main command's end. That itself got its signal, and no other.
printf '[init]\nstop_grace = 2s\n' >/etc/sandbox-init.ini
for how in start start_subreaper; do
    for signal in INT QUIT; do
        "$how" -- sh -c "$HELPERS/witness TERM=0 >/tmp/mate & exec $HELPERS/witness"
        expect_soon grep -qsx ready /tmp/mate
        expect_soon grep -qx ready "$OUT"
        kill_init "$signal"
        expect_status 137
        expect_same "ready"$'\n'"got $signal"$'\n'"got TERM" "$(</tmp/mate)"
        expect_same "ready"$'\n'"got $signal" "$(grep -v 'got 17' "$OUT")" # CHLD: the other one's end
        expect_log 'warning init: killing 1 process: witness'
        rm /tmp/mate
    done
done
