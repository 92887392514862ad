# SPDX-License-Identifier: MIT
# --audit fails for a sudo that would make the agent root, and says why one gives nothing: no_new_privs, a mount
# without set-user-ID, a mode that keeps the agent out. The program itself is tried each time.
needs_root
for place in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
    for name in "$place"/{sudo,doas,sudo-rs,sudo.ws}; do
        if [ -e "$name" ]; then
            mount -n --bind /dev/null "$name"
        fi
    done
done

# audit STATUS COMMAND-IN-FRONT...
audit()
{
    local wanted=$1 status=0
    shift
    env -i "PATH=/tmp/bin:$PATH_INSIDE" HOME=/tmp "${sanitizer[@]}" "$@" "$PROGRAM" --audit --only sudo \
        >"$OUT" 2>"$LOG" || status=$?
    expect_same "$wanted" "$status"
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

# With a program between: setpriv itself still has capabilities when it calls exec.
user=(setpriv --reuid 1234 --regid 1234 --clear-groups)
mkdir /tmp/bin
mount -n -t tmpfs -o mode=755 tmpfs /tmp/bin
audit 0 "${user[@]}"
says '^pass +sudo +neither sudo nor doas in [0-9]+ directories$'

cp "$(command -v id)" /tmp/bin/sudo
chmod 4755 /tmp/bin/sudo
expect_same 0 "$("${user[@]}" env /tmp/bin/sudo -u)"
audit 1 "${user[@]}"
says '^fail +sudo +/tmp/bin/sudo makes uid 1234 root$'
says 'mend: Dockerfile: RUN apt-get purge -y sudo$'
audit 1 sh -c 'exec "$@" --user 1234' sh
says '^fail +sudo +/tmp/bin/sudo makes uid 1234 root$'

expect_same 1234 "$("${user[@]}" --no-new-privs env /tmp/bin/sudo -u)"
audit 0 "${user[@]}" --no-new-privs
says '^pass +sudo +/tmp/bin/sudo is there, and gives nothing: no_new_privs$'
audit 0 "${user[@]}" "$PROGRAM" --exec -q --
says 'gives nothing: no_new_privs$'

mount -n -o remount,nosuid /tmp/bin
expect_same 1234 "$("${user[@]}" env /tmp/bin/sudo -u)"
audit 0 "${user[@]}"
says '^pass +sudo +/tmp/bin/sudo is there, and gives nothing: nosuid$'
mount -n -o remount,suid /tmp/bin

chmod 4750 /tmp/bin/sudo
refute "${user[@]}" env /tmp/bin/sudo -u 2>/dev/null
audit 0 "${user[@]}"
says '^pass +sudo +/tmp/bin/sudo is there, but not for uid 1234$'
audit 1 setpriv --reuid 1234 --regid 0 --clear-groups --
says '^fail +sudo '

audit 0
says '^n/a +sudo +the agent is root, and needs none$'
