# SPDX-License-Identifier: MIT
# On a terminal the main command is the foreground process group: it may read, and Ctrl-C is its own. As PID 1
# and as another init's child, as root and as an ordinary user, with and without /proc.
given terminal
main='trap "echo interrupted" INT; echo ready; read -r line || read -r line; echo "got $line"; exit 5'
check()
{
    "$@" -- sh -c "$main"
    expect_soon grep -q ready "$OUT"
    type_in $'\003'
    expect_soon grep -q interrupted "$OUT"
    expect_running
    type_in $'hello\n'
    expect_soon grep -q 'got hello' "$OUT"
    expect_status 5
}

check start
check start_subreaper
if [ -z "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
    check start_as 1234
    check start_subreaper_as 1234
fi
if [ ${#sanitizer[@]} -eq 0 ]; then # which need /proc
    given no-proc
    check start
fi
