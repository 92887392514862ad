# SPDX-License-Identifier: MIT
# Behind the airlock every way to VS Code's sockets and processes is shut that its user has: by path, link,
# descriptor, moved directory; abstract and datagram sockets; signals, ptrace, /proc. Each is tried without the
# airlock, too, where it works: so the attempt was fit to succeed.
needs_root
needs_plain_program "the program is not what is tested here"

as_user()
{
    setpriv --reuid 1234 --regid 1234 --clear-groups -- "$@"
}

# attack NAME COMMAND-IN-FRONT...: what each attack came to, in $STATE/NAME.
attack()
{
    local name=$1
    shift
    as_user "$HELPERS/airlock" holding /tmp/yard/outside "$@" "$HELPERS/airlock" attack /tmp/yard/outside \
        >"$STATE/$name"
}

# came_to NAME ATTACK RESULT
came_to()
{
    expect_same "$2 $3" "$(grep "^$2 " "$STATE/$1")"
}

holds()
{
    "$PROGRAM" --exec --explain --json "${@:2}" |
        grep -Eq "\"wall\": \"$1\", \"state\": \"holds\""
}

holds signals || skip "this kernel has no Landlock scopes (Linux 6.12): $("$PROGRAM" --exec --explain | tail -n 1)"
mkdir -m 777 /tmp/yard /tmp/yard/outside /tmp/yard/inside
background outside as_user "$HELPERS/airlock" outside /tmp/yard/outside
expect_output outside ready

attack bare
attack auto "$PROGRAM" --exec -q --
attack strict "$PROGRAM" --exec -q --unix-sockets strict --
attack off "$PROGRAM" --exec -q --unix-sockets off --
paths=(path symlink hard-link renamed relative root-link own-descriptor inherited-descriptor)
datagrams=(datagram datagram-pair)

# They bite: nothing else stops them.
came_to bare trace open || skip "nobody may trace anybody here (kernel.yama.ptrace_scope)"
for name in "${paths[@]}" "${datagrams[@]}" outside-descriptor abstract signal environ maps pidfd-getfd; do
    came_to bare "$name" open
done

# Into a terminal nothing can be typed, which the shell outside would read; newer kernels can be told so for all.
if grep -qx 'typing open' "$STATE/bare"; then
    for level in auto strict off; do
        came_to "$level" typing EPERM
    done
fi

# What Landlock has.
for level in auto strict off; do
    for name in signal trace pidfd-getfd; do
        came_to "$level" "$name" EPERM
    done
    for name in environ maps; do
        came_to "$level" "$name" EACCES
    done
done
came_to auto abstract EPERM
came_to strict abstract EPERM
came_to off abstract open

# Sockets with a path: Landlock from ABI 9 on, a filter under strict before.
refused=EPERM
unrefused=open
if holds 'path sockets'; then
    refused=EACCES
    unrefused=EACCES
fi
expect holds 'path sockets' --unix-sockets strict
for name in "${paths[@]}" "${datagrams[@]}"; do
    came_to strict "$name" "$refused"
    came_to auto "$name" "$unrefused"
    came_to off "$name" open
done
came_to auto outside-descriptor EACCES
came_to off outside-descriptor EACCES
expect grep -Eqx 'outside-descriptor E(ACCES|PERM)' "$STATE/strict"
if [ "$refused" = EPERM ]; then
    came_to strict ring ENOSYS
fi

# The same from root, who has every capability here.
"$PROGRAM" --exec -q "$HELPERS/airlock" attack /tmp/yard/outside >"$STATE/root"
for name in signal trace pidfd-getfd abstract; do
    came_to root "$name" EPERM
done
for name in environ maps outside-descriptor; do
    came_to root "$name" EACCES
done

# What is one's own works; under strict on an older kernel all but the sockets.
for level in auto strict off; do
    as_user "$PROGRAM" --exec -q --unix-sockets "$level" "$HELPERS/airlock" own /tmp/yard/inside >"$STATE/own-$level"
    for name in own-pair own-child own-files own-network; do
        came_to "own-$level" "$name" open
    done
done
for name in own-path own-abstract; do
    came_to own-auto "$name" open
    came_to own-off "$name" open
    came_to own-strict "$name" "${unrefused/#open/EPERM}"
done
