# SPDX-License-Identifier: MIT
# What cannot be run ends as it does in a shell: 127 is not there, 126 is there but cannot be run. A script
# without a first line `#!` is run by the shell, as execvp(3) does it.
given env PATH=/tmp/bin:/usr/bin:/bin
mkdir /tmp/bin /tmp/bin/folder
: >/tmp/bin/no-bit
printf 'echo "run by $0 with $*"\nexit 9\n' >/tmp/bin/plain
printf '#!/no/such/interpreter\n' >/tmp/bin/orphaned
printf '\177ELF and nothing more' >/tmp/bin/broken
ln -s loop /tmp/bin/loop
chmod +x /tmp/bin/plain /tmp/bin/orphaned /tmp/bin/broken

ends_with()
{
    run_here "$1" -- "$2"
    start -- "$2"
    expect_status "$1"
    expect_log "cannot run '$2': $3"
    expect_same 1 "$(grep -c 'cannot run' "$LOG")"
    # None of it is a crash, and nobody was there to be killed.
    refute_log 'warning init: killing'
}

ends_with 126 /tmp/bin/no-bit 'Permission denied'
ends_with 126 no-bit 'Permission denied'
ends_with 126 /tmp/bin/folder 'Permission denied'
ends_with 126 /tmp/bin/loop '(Too many levels of symbolic links|Symbolic link loop)'
# valgrind dies of an exec that fails this late.
[ -n "${SANDBOX_INIT_VALGRIND:-}" ] || ends_with 127 /tmp/bin/orphaned 'No such file'
ends_with 127 /tmp/bin/nothing 'No such file'
ends_with 127 nothing 'No such file'
ends_with 127 /tmp/bin/plain/below 'Not a directory'

for command in plain /tmp/bin/plain; do
    start -- "$command" one two
    expect_status 9
    expect grep -qx 'run by /tmp/bin/plain with one two' "$OUT"
done

# What the kernel does not know as a program is a script to execvp(3): the shell says what it thinks of it.
start -- broken
wait_until 30 test -e "$STATE/status" || fail "it hangs"
expect grep -Eqx '12[67]|2' "$STATE/status"
