# SPDX-License-Identifier: MIT
# --audit names programs that give privileges: by set-user-ID, by set-group-ID, by file capabilities; and says when
# they give nothing. Each is tried.
needs_root
user=(setpriv --reuid 1234 --regid 1234 --clear-groups)

# audit COMMAND-IN-FRONT...
audit()
{
    env -i "PATH=/tmp/bin:$PATH_INSIDE" HOME=/tmp "${sanitizer[@]}" "$@" "$PROGRAM" --audit --only setuid \
        >"$OUT" 2>"$LOG" || fail "the audit fails: $(<"$LOG")"
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

# What this machine has of its own gives nothing from here on; only what is in /tmp/bin can.
for place in / /usr /usr/local; do
    if mountpoint -q "$place"; then
        mount -n -o remount,bind,nosuid "$place" || skip "$place cannot be mounted without set-user-ID"
    fi
done
mkdir /tmp/bin
mount -n -t tmpfs -o mode=755 tmpfs /tmp/bin
audit "${user[@]}"
says '^pass +setuid +([0-9]+ give nothing: nosuid|none in [0-9]+ directories)$'

cp "$(command -v id)" /tmp/bin/as-other
cp "$(command -v id)" /tmp/bin/as-root
cp "$(command -v id)" /tmp/bin/in-group
cp "$(command -v cat)" /tmp/bin/capable
cp "$(command -v id)" /tmp/bin/plain
cp "$(command -v id)" /tmp/bin/not-for-all
chown 1235 /tmp/bin/as-other
chgrp 1236 /tmp/bin/in-group
chmod 4755 /tmp/bin/as-root /tmp/bin/as-other
chmod 4700 /tmp/bin/not-for-all
chmod 2755 /tmp/bin/in-group
ln -s as-root /tmp/bin/link
# CAP_NET_RAW, permitted and effective: struct vfs_cap_data of linux/capability.h, revision 2.
python3 -c 'import os, struct
os.setxattr("/tmp/bin/capable", "security.capability", struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0))' ||
    skip "this file system has no file capabilities"
# With a program between: setpriv itself still has capabilities when it calls exec.
effective()
{
    "$@" env /tmp/bin/capable /proc/self/status | sed -n 's/^CapEff:\t//p'
}

expect_same "0 1235 1236" "$("${user[@]}" /tmp/bin/as-root -u) $("${user[@]}" /tmp/bin/as-other -u) $("${user[@]}" /tmp/bin/in-group -g)"
expect_same 0000000000002000 "$(effective "${user[@]}")"
audit "${user[@]}"
says '^warn +setuid +/tmp/bin/as-other \(uid 1235\); /tmp/bin/as-root; /tmp/bin/capable \(capabilities\); /tmp/bin/in-group \(group 1236\)(; [0-9]+ give nothing: nosuid)?$'
says 'mend: docker-compose.yml: security_opt: \["no-new-privileges:true"\]$'
cp "$OUT" /run/as-user
audit sh -c 'exec "$@" --user 1234' sh
expect_same "$(tail -n +2 /run/as-user)" "$(tail -n +2 "$OUT")"

expect_same 1234 "$("${user[@]}" --no-new-privs env /tmp/bin/as-root -u)"
expect_same 0000000000000000 "$(effective "${user[@]}" --no-new-privs)"
audit "${user[@]}" --no-new-privs
says '^pass +setuid +[0-9]+ give nothing: no_new_privs$'

# Who is in the group, or is that user, gains nothing.
audit setpriv --reuid 1235 --regid 1236 --clear-groups
refute has_line "$OUT" 'as-other|in-group'
audit setpriv --reuid 1235 --regid 1235 --groups 1236
refute has_line "$OUT" 'as-other|in-group'

mount -n -o remount,nosuid /tmp/bin
expect_same 0000000000000000 "$(effective "${user[@]}")"
audit "${user[@]}"
says '^pass +setuid +[0-9]+ give nothing: nosuid$'
