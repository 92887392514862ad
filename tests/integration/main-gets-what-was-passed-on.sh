# SPDX-License-Identifier: MIT
# The main command finds what was passed to it through us: an open descriptor and who it is for
# (sd_listen_fds(3)), the working directory, standard input, an ignored SIGCHLD; and has its exit status.
look='echo "$LISTEN_FDS $([ "$LISTEN_PID" = $$ ] && echo mine || echo "of ${LISTEN_PID-nobody}")"'
look="$look; pwd; ls /proc/\$\$/fd; cat <&3; exec sleep 1000"
descriptors='0 1 2 3'
echo 'from descriptor 3' >/tmp/passed
given before 'exec 3</tmp/passed; cd /usr/bin'

seen()
{
    "$@" -- sh -c "$look"
    expect_soon grep -q 'from descriptor 3' "$OUT"
    expect_same "/usr/bin" "$(sed -n 2p "$OUT")"
    if [ -z "${SANDBOX_INIT_VALGRIND:-}" ]; then # which keeps its log open
        expect_same "$descriptors" "$(sed '1,2d; /^from/d' "$OUT" | paste -sd' ')"
    fi
    listen=$(sed -n 1p "$OUT")
    term
    expect_status 143
}

given env LISTEN_FDS=1 LISTEN_PID=1
seen start
expect_same '1 mine' "$listen"
seen start_subreaper # PID 1 is another there
expect_same '1 of 1' "$listen"
given env LISTEN_PID=99
seen start
expect_same '1 of 99' "$listen"
given nothing
given before 'exec 3</tmp/passed; cd /usr/bin'
seen start
expect_same ' of nobody' "$listen"

# As another init's child, with its own pid.
sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' - \
    env "${sanitizer[@]}" "${wrapper[@]//%p/listen.%p}" "$PROGRAM" -q -- sh -c \
    '[ "$LISTEN_PID" = $$ ] && echo mine' >/tmp/out 2>"$LOG"
expect_same mine "$(</tmp/out)"

# What was left of standard input by then is all there.
status=0
(
    read -r first
    echo "before: $first"
    program_here -q -- sh -c 'cat; exit 4'
) <<<$'one\ntwo\nthree' >/tmp/out 2>"$LOG" || status=$?
expect_same 4 "$status"
expect_same $'before: one\ntwo\nthree' "$(</tmp/out)"

# CHLD is bit 16: ignored as before, and yet no exit status is lost.
for how in first child; do
    command=(env -i --default-signal --ignore-signal=CHLD "PATH=$PATH" "${sanitizer[@]}"
        "${wrapper[@]//%p/$how.%p}" "$PROGRAM" -q --)
    if [ "$how" = first ]; then
        command=(unshare --pid --fork --kill-child -- "${command[@]}")
    fi
    # In a namespace without a /proc of its own nobody can look; valgrind sets it to the default.
    if [ "$how" = child ] && [ -z "${SANDBOX_INIT_VALGRIND:-}" ]; then
        "${command[@]}" grep SigIgn /proc/self/status >/tmp/out 2>"$LOG"
        expect_same 0000000000010000 "$(awk '{ print $2 }' /tmp/out)"
    fi
    status=0
    "${command[@]}" sh -c 'exit 23' 2>"$LOG" || status=$?
    expect_same 23 "$status"
done
start -- true
expect_status 0
