# SPDX-License-Identifier: MIT
# A TERM at any moment of the start is the main command's, also of one that is being forked or exec()ed just
# then: with TERM blocked, as it is inherited here, it finds it pending and none is lost.
needs_plain_program "the moments are others there"
command=(env --block-signal=TERM "$PROGRAM" -q -- "$HELPERS/witness" TERM=7)
expect_same '100 times 7' "$("$HELPERS/hasty" 100 "${command[@]}" 2>/dev/null | grep times)"

# The same as another init's child. (The shell itself blocks TERM only now and then.)
is_ours()
{
    [ "$(</proc/"$1"/comm)" = sandbox-init ]
}

for ((i = 0; i < 30; i++)); do
    (trap - ERR EXIT && exec "${command[@]}") >/dev/null 2>&1 &
    until is_ours $!; do
        :
    done
    kill -s TERM $!
    status=0
    wait $! || status=$?
    expect_same 7 "$status"
done
