# SPDX-License-Identifier: MIT
# A line of more than 8192 bytes is split, never between the bytes of a character, and each part is marked;
# put together the parts are the line. One of just 8192 bytes stays whole.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:long]
command = cat /run/input
echo = no
END
{
    head -c 8192 /dev/zero | tr '\0' a
    echo
    head -c 8193 /dev/zero | tr '\0' b
    echo
    printf 'x'
    { yes 'äöü€𝄞' || true; } | head -n 20000 | tr -d '\n'
    echo
    echo short
    head -c 300000 /dev/zero | tr '\0' c
} >/run/input
start
expect_log 'job:long: done'
grep -av ' \[sandbox-init: ' /run/log/long.log | cut -b26- >/run/lines
# Every part but a last one is full, up to a character.
expect_same 8192 "$(head -n 1 /run/lines | tr -d '\n' | wc -c)"
awk '{ if (length($0) > 8192 + 12) exit 1 }' /run/lines
expect awk '
    / \[\.\.\.\]$/ { n = length($0) - 6 - (/^\[\.\.\.\] / ? 6 : 0); if (n < 8189 || n > 8192) exit 1 }
' /run/lines
refute grep -q '^\[\.\.\.\] a' /run/lines
expect_same '[...] b' "$(sed -n 3p /run/lines)"
needs_command python3
expect python3 - <<'END'
lines = open("/run/lines", "rb").read().split(b"\n")[:-1]
for line in lines:
    line.decode("utf-8")
whole = b""
for line in lines:
    if line.startswith(b"[...] "):
        assert whole.endswith(b" [...]"), whole[-20:]
        whole = whole[:-6] + line[6:]
    else:
        assert not whole.endswith(b" [...]"), whole[-20:]
        whole += (b"\n" if whole else b"") + line
assert whole == open("/run/input", "rb").read(), "not the same"
END
