# SPDX-License-Identifier: MIT
# The airlock needs no privilege, no file that can be written, no /proc: it is the same for root and users, with
# Docker's capabilities and without any, on a read-only root. And it takes the privileges that could undo it.
needs_root
needs_plain_program "the program is started in many ways"
"$PROGRAM" --exec --explain -q --unix-sockets strict 2>/dev/null || skip "this kernel has not all the walls"

# Without sockets nobody gets far, and /proc says no_new_privs.
cat >/tmp/inside <<'END'
#!/bin/sh
kill -s 0 1 2>/dev/null && echo "it can signal the outside"
test ! -e /proc/self/status || grep -q '^NoNewPrivs:.1' /proc/self/status || echo "it may gain privileges"
echo inside
END
chmod 755 /tmp/inside
airlock=("$PROGRAM" --exec --unix-sockets strict -- /tmp/inside)

expect_same inside "$("${airlock[@]}" 2>&1)"
expect_same inside "$(setpriv --reuid 1234 --regid 1234 --clear-groups -- "${airlock[@]}" 2>&1)"
expect_same inside "$(setpriv --bounding-set "-all,$DOCKER_CAPS" --inh-caps -all -- "${airlock[@]}" 2>&1)"
expect_same inside "$(setpriv --bounding-set -all --inh-caps -all -- "${airlock[@]}" 2>&1)"
expect_same inside "$(setpriv --no-new-privs --reuid 1234 --regid 1234 --clear-groups -- "${airlock[@]}" 2>&1)"
expect_same inside "$(unshare --mount sh -c 'mount -n -t tmpfs -o ro tmpfs /run && mount -n -o remount,bind,ro /tmp &&
    mount -n --bind / / && mount -n -o remount,bind,ro / && exec "$@"' sh "${airlock[@]}" 2>&1)"
expect_same inside "$(unshare --mount sh -c 'mount -n -t tmpfs -o ro tmpfs /proc && exec "$@"' sh "${airlock[@]}" 2>&1)"

# A set-user-ID program gives nothing inside.
cp "$(command -v id)" /tmp/setuid-id
chmod 4755 /tmp/setuid-id
expect_same 0 "$(setpriv --reuid 1234 --regid 1234 --clear-groups -- /tmp/setuid-id -u)"
expect_same 1234 "$(setpriv --reuid 1234 --regid 1234 --clear-groups -- "$PROGRAM" --exec -q -- /tmp/setuid-id -u)"

# Bits 21 and 38, CAP_SYS_ADMIN and CAP_PERFMON, would read other processes' environment all the same.
capabilities=$("$PROGRAM" --exec -q -- sh -c 'sed -n "s/^Cap\(Prm\|Eff\):.//p" /proc/self/status')
for set in $capabilities; do
    expect_same 0 "$((0x$set & (1 << 21 | 1 << 38)))"
done
# The others are as they were.
before=$(sed -n 's/^CapPrm:.//p' /proc/self/status)
expect_same "$((0x$before & ~(1 << 21 | 1 << 38)))" "$((0x${capabilities%%[[:space:]]*}))"

# A terminal stays the terminal, with job control.
if command -v script >/dev/null; then
    script -qec "'$PROGRAM' --exec -q -- bash -ic 'test -t 0 && sleep 0.01 & fg && echo it was in front'" /dev/null \
        >"$OUT" 2>&1 </dev/null || fail "on a terminal: $(<"$OUT")"
    expect grep -q 'it was in front' "$OUT"
    refute grep -q 'no job control' "$OUT"
fi
