# SPDX-License-Identifier: MIT
# What a job writes stands on the container's log, too, as `NAME | line`; not with echo = no, and not where
# the log is quiet. The file has it in any case.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:loud]
command = echo 'of the  loud one'; echo error >&2; printf 'no end'
[job:silent]
command = echo 'of the silent one'
echo = no
END
start
expect_log 'job:loud: done'
expect_log 'job:silent: done'
expect_same $'loud | of the  loud one\nloud | error\nloud | no end' "$(grep '^loud | ' "$LOG")"
refute_log 'of the silent one'
expect grep -q ' of the silent one$' /run/log/silent.log
term
expect_status 0

rm -r /run/log
start -q
expect_soon grep -qs ' no end$' /run/log/loud.log
expect_soon grep -qs 'done after' /run/log/loud.log
refute_log 'loud'
