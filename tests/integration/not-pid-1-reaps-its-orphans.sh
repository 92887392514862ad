# SPDX-License-Identifier: MIT
# Behind another init the orphans of its own descendants still become its own, and no zombie stays of them.
has_children()
{
    [ "$(grep -Ec "^PPid:[[:space:]]$1\$" /proc/[0-9]*/status 2>/dev/null | grep -c ':1$')" -eq "$2" ]
}

background init program_here -- sh -c "$HELPERS/zombies 50; ($HELPERS/witness USR1=0 &); exec sleep 1000"
expect_output init ready
expect_soon has_children "${background_pid[init]}" 2
pkill -USR1 -P "${background_pid[init]}" witness
expect_soon has_children "${background_pid[init]}" 1
kill -s TERM "${background_pid[init]}"
status=0
join init || status=$?
expect_same 143 "$status"
