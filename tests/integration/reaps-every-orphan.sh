# SPDX-License-Identifier: MIT
# Whoever loses its parent becomes PID 1's child, be it a descendant of the main command or of a `docker
# exec`, and no zombie stays of it.
has_children()
{
    [ "$(grep -Ec "^PPid:[[:space:]]$INIT\$" /proc/[0-9]*/status 2>/dev/null | grep -c ':1$')" -eq "$1" ]
}

start -- sh -c "$HELPERS/zombies 50; exec sleep 1000"
expect_soon grep -q 'orphaned 50' "$OUT"
expect_soon has_children 1

expect_same 'orphaned 50' "$(inside "$HELPERS/zombies" 50)"
expect_soon has_children 1

# One that lives on for a while is adopted, and reaped when it ends.
mkfifo /tmp/gate
inside sh -c '(read -r _ </tmp/gate) & exit 0'
expect_soon has_children 2
echo now >/tmp/gate
expect_soon has_children 1

term
expect_status 143
