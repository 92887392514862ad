# SPDX-License-Identifier: MIT
# When the terminal is closed, the main command gets HUP, as if it had been started there itself; that ends it
# and so the container, though nobody reads what we write any more.
given terminal
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
for how in start start_subreaper; do
    "$how" -- sh -c "exec $HELPERS/witness HUP=6 >/tmp/witness"
    expect_soon grep -qx ready /tmp/witness
    hang_up_terminal
    expect_status 6
    expect_same 1 "$(grep -c 'got HUP' /tmp/witness)"
    rm /tmp/witness
done

# Who takes it by default.
start -- sleep 1000
expect_soon pgrep -P "$INIT" -x sleep
hang_up_terminal
expect_status 129

# An interactive shell, which may notice the end of its input before the signal.
start -- bash --norc --noprofile -i
type_in $'echo is-$((1 + 1))\n'
expect_soon grep -q 'is-2' "$OUT"
hang_up_terminal
expect_soon test -e "$STATE/status"
expect grep -Eqx '0|1|129' "$STATE/status"

# Without a command there is nobody to tell. The init of a detached container stays; who runs it by hand
# does not want it to.
start
expect_soon grep -q 'watching' "$OUT"
hang_up_terminal
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_soon test ! -e /tmp/vscode-ipc-1.sock
term
expect_status 0
start --foreground
expect_soon grep -q 'watching' "$OUT"
hang_up_terminal
expect_status 0
