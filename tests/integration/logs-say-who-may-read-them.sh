# SPDX-License-Identifier: MIT
# The logs of an ordinary user's init are that user's and root's; others are told so. Root's are for everybody.
needs_root
cat >/etc/sandbox-init.ini <<'END'
[job:work]
command = echo hello
END
start_as 1000
expect_log 'job:work: done'
expect_same hello "$(inside_as 1000 "$PROGRAM" --logs work | grep -v sandbox-init | cut -c26-)"
expect_same hello "$(inside "$PROGRAM" --logs work | grep -v sandbox-init | cut -c26-)"
expect_same 1 "$(inside_as 1001 "$PROGRAM" --logs work 2>/run/why || echo $?)"
expect_same 'sandbox-init: cannot read /tmp/sandbox-init-1000/log: only uid 1000 and root may; run this as one of them' \
    "$(</run/why)"
term
expect_status 0
start
expect_log 'job:work: done'
expect_same hello "$(inside_as 1001 "$PROGRAM" --logs work | grep -v sandbox-init | cut -c26-)"
