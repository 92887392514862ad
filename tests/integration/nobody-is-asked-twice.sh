# SPDX-License-Identifier: MIT
# Each process gets one request to stop: the main command and who shares its process group the signal itself,
# the others TERM. Who is stopped gets CONT, too; who runs gets none.
printf '[init]\nstop_grace = 2s\n' >/etc/sandbox-init.ini
for how in start start_subreaper; do
    # One in the main command's process group, one in a group of its own.
    "$how" -- sh -c "$HELPERS/witness >/tmp/mate & (setsid $HELPERS/witness >/tmp/orphan &)
        (setsid $HELPERS/witness >/tmp/frozen &)
        exec $HELPERS/witness"
    expect_soon grep -qx ready "$OUT"
    for name in mate orphan frozen; do
        expect_soon grep -qsx ready "/tmp/$name"
    done
    for pid in $(pgrep -x witness); do
        if [ "$(readlink "/proc/$pid/fd/1")" = /tmp/frozen ]; then
            kill -s STOP "$pid"
            expect_soon grep -q '^State:.T' "/proc/$pid/status"
        fi
    done
    if [ "$how" = start ]; then
        background session inside "$HELPERS/witness"
        expect_output session ready
    fi
    term
    # The main command does not end: half of the time later the others are asked, in the end all are killed.
    expect_status 137
    expect_log 'warning init: killing [3-5] processes: .*witness \(pid [0-9]+\)'
    expect_same $'ready\ngot TERM' "$(<"$OUT")"
    expect_same $'ready\ngot TERM' "$(</tmp/mate)"
    expect_same $'ready\ngot TERM' "$(</tmp/orphan)"
    expect_same $'ready\ngot TERM\ngot CONT' "$(</tmp/frozen)"
    if [ "$how" = start ]; then
        expect_same $'ready\ngot TERM' "$(head -n 2 "$(output_of session)")"
        refute grep -q CONT "$(output_of session)"
    fi
    rm /tmp/mate /tmp/orphan /tmp/frozen
done
