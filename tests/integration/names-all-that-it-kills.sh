# SPDX-License-Identifier: MIT
# Whoever has to be killed is named: as PID 1 everybody in the container, elsewhere all of our descendants, and
# nobody else.
printf '[init]\nstop_grace = 300ms\n' >/etc/sandbox-init.ini
is_everybody_ready()
{
    [ "$(cat /tmp/child /tmp/grandchild /tmp/orphan 2>/dev/null | grep -cx ready)" -eq 3 ]
}

for how in start start_subreaper; do
    # Shells that wait for theirs, and ignore what would end them.
    "$how" -- sh -c "trap '' TERM HUP; $HELPERS/witness >/tmp/child & (setsid $HELPERS/witness >/tmp/orphan &)
        sh -c '$HELPERS/witness >/tmp/grandchild & wait'; wait"
    background stranger inside "$HELPERS/witness"
    expect_output stranger ready
    expect_soon is_everybody_ready
    term
    expect_status 137
    # Two shells, three witnesses, and where we are PID 1 the stranger, whom nothing else connects with us.
    if [ "$how" = start ]; then
        expect_log 'warning init: killing 6 processes: '
    else
        expect_log 'warning init: killing 5 processes: '
    fi
    expect_same 2 "$(grep -o 'sh (pid [0-9]*)' "$LOG" | sort -u | wc -l)"
    end stranger
    rm /tmp/child /tmp/grandchild /tmp/orphan
done
